use std::hash::{BuildHasher as _, RandomState};

/// The items in random order. The hasher of the standard library is seeded at random, which is enough to spread load.
pub(super) fn shuffled<T>(items: &[T]) -> Vec<&T> {
    let random = RandomState::new();
    let mut items: Vec<_> = items.iter().enumerate().collect();
    items.sort_by_cached_key(|(at, _)| random.hash_one(at));
    items.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_comes_first_at_some_time_and_none_is_lost() {
        let mut first = [false; 3];
        for _ in 0..200 {
            let mut shuffled: Vec<_> = shuffled(&[0_usize, 1, 2]).into_iter().copied().collect();
            first[shuffled[0]] = true;
            shuffled.sort_unstable();
            assert_eq!(shuffled, [0, 1, 2]);
        }
        assert_eq!(first, [true; 3]);
    }
}
