use std::fmt;
use std::sync::OnceLock;

/// What was worked out of the rest of a value, once: it says nothing that the rest does not, so that two of them are equal.
#[derive(Clone)]
pub(super) struct Memo<T>(OnceLock<T>);

impl<T> Memo<T> {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What is known, or what `work` finds. A failure is not kept.
    pub(super) fn get_or_try<E>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(known) = self.0.get() {
            return Ok(known);
        }
        let found = work()?;
        Ok(self.0.get_or_init(|| found))
    }
}

impl<T> PartialEq for Memo<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Memo<T> {}

impl<T> fmt::Debug for Memo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_found_is_kept() {
        let memo = Memo::new();
        assert_eq!(memo.get_or_try(|| Err::<u8, _>("no")), Err("no"));
        assert_eq!(memo.get_or_try(|| Ok::<_, &str>(1)), Ok(&1));
        assert_eq!(memo.get_or_try(|| Ok::<_, &str>(2)), Ok(&1));
        assert_eq!(memo, Memo::new());
    }
}
