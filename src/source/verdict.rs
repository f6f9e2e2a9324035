//! What taking a migration back costs: one type from the proof to schema.lock, the history and what is shown.

use std::fmt;
use std::str::FromStr;

use super::reason;
use crate::sql::{Loss, Name, Plain};

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
    /// The words, the best first.
    pub(crate) const WORDS: [&str; 3] = ["lossless", "lossy", "irreversible"];

    /// Of a migration whose down was proven for another text of its up, if at all.
    pub(crate) fn of_another_text() -> Self {
        let reason = "its down was not proven for this text of it: schema.lock has another".to_owned();
        Self::Lossless.with(reason)
    }

    /// The word alone.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Lossless => "lossless",
            Self::Lossy(_) => "lossy",
            Self::Irreversible(_) => "irreversible",
        }
    }

    /// The same, where something else is lost as well.
    pub(crate) fn with(self, reason: String) -> Self {
        match self {
            Self::Lossless => Self::Lossy(Losses { lost: Vec::new(), reasons: vec![reason] }),
            Self::Lossy(mut losses) => {
                losses.reasons.push(reason);
                Self::Lossy(losses)
            }
            Self::Irreversible(reasons) => Self::Irreversible(reasons),
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

/// The text is no verdict that this release knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownVerdict;

/// As [`Display`](fmt::Display) writes it.
impl FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        let (word, reasons) = text.split_once(':').unwrap_or((text, ""));
        let reasons = reasons.split("; ").map(str::trim).filter(|reason| !reason.is_empty());
        let reasons: Vec<String> = reasons.map(str::to_owned).collect();
        match word {
            "lossless" if reasons.is_empty() => Ok(Self::Lossless),
            "lossy" => Ok(Self::Lossy(Losses { lost: Vec::new(), reasons })),
            "irreversible" => Ok(Self::Irreversible(reasons)),
            _ => Err(UnknownVerdict),
        }
    }
}

/// Why a down is not lossless: what becomes of rows, which no catalog shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Data that is there after the up, and gone when the down has run: this is what `down` asks for.
    pub(crate) lost: Vec<Loss>,
    /// What else is not as it was, one sentence each: what the up destroyed already, and rows that keep a down from running.
    pub(crate) reasons: Vec<String>,
}

impl Losses {
    pub(crate) fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.reasons.is_empty()
    }

    /// A table that the up dropped.
    pub(crate) fn table_was_dropped(&mut self, table: &Name<'_>) {
        self.reasons.push(reason::TABLE_WAS_DROPPED.say(&[&table.plain()]));
    }

    /// A column that the up dropped.
    pub(crate) fn column_was_dropped(&mut self, table: &Name<'_>, column: &str) {
        let column = format!("{}.{}", table.plain(), Plain(column));
        self.reasons.push(reason::COLUMN_WAS_DROPPED.say(&[&column]));
    }

    /// All of it, one sentence each.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.lost.iter().map(Loss::sentence).chain(self.reasons.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_read_as_it_is_written() {
        for text in
            ["lossless", "lossy", "lossy: a is dropped; b is dropped", "irreversible", "irreversible: rows: gone"]
        {
            assert_eq!(text.parse::<Verdict>().unwrap().to_string(), text);
        }
        // As an earlier release wrote it where no reason was given.
        assert_eq!("irreversible: ".parse(), Ok(Verdict::Irreversible(Vec::new())));
        for text in ["", "Lossless", "lossless: no", "lost", "lossy-ish"] {
            assert_eq!(text.parse::<Verdict>(), Err(UnknownVerdict), "{text}");
        }
    }
}
