/// The kind of value that a column is given in an attempt to seed a row: at first all columns the same, then each another one, since
/// what one check wants may be what another refuses. The same every time.
pub(crate) fn mixed(attempt: usize, place: usize, kinds: usize) -> usize {
    if attempt < kinds {
        return attempt;
    }
    // Two steps of a linear congruential generator, of which the high bits are used.
    let seed = (attempt * 31 + place * 17 + 7) as u64;
    let next = |state: u64| state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(next(next(seed)) >> 33).unwrap_or(0) % kinds
}

#[cfg(test)]
mod tests {
    use super::mixed;

    #[test]
    fn columns_come_to_differ() {
        assert_eq!((0..3).map(|attempt| mixed(attempt, 5, 3)).collect::<Vec<_>>(), [0, 1, 2]);
        let differs = (3..40).any(|attempt| mixed(attempt, 0, 3) != mixed(attempt, 1, 3));
        assert!(differs);
    }
}
