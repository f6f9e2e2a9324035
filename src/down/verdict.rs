use std::fmt;

use super::Losses;

/// What taking a migration back costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Lossless,
    /// The schema is restored; data is lost.
    Lossy(Losses),
    /// There is no way back, for these reasons.
    Irreversible(Vec<String>),
}

impl Verdict {
    pub(crate) const WORDS: [&str; 3] = ["lossless", "lossy", "irreversible"];

    /// The word alone.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Lossless => "lossless",
            Self::Lossy(_) => "lossy",
            Self::Irreversible(_) => "irreversible",
        }
    }

    /// One sentence each.
    pub(crate) fn reasons(&self) -> Vec<String> {
        match self {
            Self::Lossless => Vec::new(),
            Self::Lossy(losses) => losses.sentences(),
            Self::Irreversible(reasons) => reasons.clone(),
        }
    }
}

/// `lossy: column orders.total is dropped with its values`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        let reasons = self.reasons();
        if !reasons.is_empty() {
            write!(f, ": {}", reasons.join("; "))?;
        }
        Ok(())
    }
}
