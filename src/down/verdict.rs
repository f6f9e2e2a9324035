use std::fmt;

/// What taking a migration back costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing.
    Lossless,
    /// The schema is restored; data is lost, for these reasons.
    Lossy(Vec<String>),
    /// There is no way back, for these reasons.
    Irreversible(Vec<String>),
}

impl Verdict {
    /// The word alone.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Lossless => "lossless",
            Self::Lossy(_) => "lossy",
            Self::Irreversible(_) => "irreversible",
        }
    }

    pub(crate) fn reasons(&self) -> &[String] {
        match self {
            Self::Lossless => &[],
            Self::Lossy(reasons) | Self::Irreversible(reasons) => reasons,
        }
    }
}

/// `lossy: column orders.total is dropped with its values`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        if !self.reasons().is_empty() {
            write!(f, ": {}", self.reasons().join("; "))?;
        }
        Ok(())
    }
}
