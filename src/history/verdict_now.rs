//! What taking a version back costs in one database now: what is known of it by its text, without what is kept there.

use std::fmt;

use super::{KeptRows, KeptState, Stored, leave_rows, without_rows};
use crate::source::reason::ReasonKind;
use crate::source::{Directives, Losses, Script, Verdict};
use crate::sql::{Dialect, Losing, Loss, Statement, StatementKind, statements};

/// What taking a version back costs in this database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VerdictNow {
    /// What is known of it, without the reasons that a record takes away.
    Known(Verdict),
    /// Nothing, as long as the rows are kept that its up changed: until then, in UTC as RFC 3339, or without an end.
    WhileKept { until: Option<String> },
}

/// The down that would be run, as far as a verdict depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DownNow {
    rows: RowStatements,
    /// Whether all that the up did to rows is known.
    is_whole: bool,
    /// What its head says that is lost, in words of whoever wrote it.
    said: Vec<String>,
    /// What trying it on this database has shown.
    tried: TriedNow,
}

/// What becomes of the statements of a down that are about rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum RowStatements {
    /// They are run as they are written.
    #[default]
    Run,
    /// They are left away, since the record puts rows back; and nothing is left that does anything to rows of tables that stay.
    LeftAway,
    /// The same, and nothing else is left either: whatever is lost by such statements, or fails over them, the record has taken their place.
    AllThereIs,
}

/// What trying a down on the database showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum TriedNow {
    /// It was not tried, or not to its end.
    #[default]
    No,
    /// It runs, and takes nothing that is there.
    LosesNothing,
    /// It takes this: one sentence each.
    Loses(Vec<String>),
}

impl DownNow {
    /// Of the down that is stored with a version; else of that of its file, which would be run then.
    pub(crate) fn of(dialect: Dialect, stored: &Stored, of_file: Option<&Script>) -> Self {
        let of_store = stored.down.as_ref().filter(|down| down.is_intact).map(|down| {
            let path = "the stored down".into();
            Script::recorded(path, down.sql.clone().into(), down.checksum)
        });
        let is_stored = stored.down.is_some();
        let Some(script) = of_store.as_ref().or(of_file.filter(|_| !is_stored)) else { return Self::default() };
        let is_whole = stored.undo.is_whole();
        let said = script.directives().map(Directives::said).unwrap_or_default();
        let said = said.iter().filter(|loss| matches!(loss, Loss::Other { .. })).map(Loss::sentence).collect();
        let is_generated = script.is_generated();
        let rows =
            if is_whole && is_generated { RowStatements::of(dialect, script.text()) } else { RowStatements::Run };
        Self { rows, is_whole, said, tried: TriedNow::No }
    }

    /// The same, after it was tried on the database.
    pub(crate) fn tried(self, tried: TriedNow) -> Self {
        Self { tried, ..self }
    }

    /// Whether a reason of a verdict is none here, while the rows are kept.
    fn takes_away(&self, reason: &str) -> bool {
        if self.said.iter().any(|said| said == reason) {
            return false;
        }
        match ReasonKind::of(reason) {
            ReasonKind::OfUp => self.is_whole,
            ReasonKind::OfRowStatements => self.rows != RowStatements::Run || self.tried == TriedNow::LosesNothing,
            ReasonKind::OfDown | ReasonKind::InTheWay => {
                self.rows == RowStatements::AllThereIs || self.tried == TriedNow::LosesNothing
            }
            ReasonKind::Quote | ReasonKind::Other => false,
        }
    }
}

impl RowStatements {
    /// Of a generated down, where the record is whole.
    fn of(dialect: Dialect, down: &str) -> Self {
        let left = leave_rows(dialect, down);
        let left = left.as_deref().unwrap_or(down);
        // What `generate` writes where there is nothing to do, and around statements about rows.
        let is_nothing = |statement: Statement<'_>| {
            matches!(statement.kind, StatementKind::Pragma(_)) || statement.text.eq_ignore_ascii_case("select 1")
        };
        if statements(dialect, left).flatten().all(is_nothing) {
            return Self::AllThereIs;
        }
        let lost = Losing::new(dialect).risks(statements(dialect, left).flatten(), &[]);
        let is_of_rows = |loss: &Loss| matches!(loss, Loss::Deleted { .. } | Loss::Changed { .. } | Loss::Other { .. });
        let does_more = lost.hides || lost.risks.iter().any(|risk| is_of_rows(&risk.loss));
        if does_more { Self::Run } else { Self::LeftAway }
    }
}

impl VerdictNow {
    /// In words: what it costs here and now, and what it costs once nothing is kept, where that is another one.
    pub(crate) fn words(
        known: Option<&Verdict>,
        kept: Option<&KeptRows>,
        down: &DownNow,
    ) -> (Option<String>, Option<String>) {
        let now = Self::of(known.cloned(), kept, down).as_ref().map(Self::to_string);
        let unkept = known.map(Verdict::to_string).filter(|unkept| Some(unkept) != now.as_ref());
        (now, unkept)
    }

    /// Works it out of what is known by the text, what the index says that is kept of the version, and its down.
    pub(crate) fn of(known: Option<Verdict>, kept: Option<&KeptRows>, down: &DownNow) -> Option<Self> {
        let Some(kept) = kept else { return known.map(Self::Known) };
        if kept.is_gone() {
            return Some(Self::Known(without_rows(known, kept.reason.as_deref().unwrap_or_default())));
        }
        match (known?, kept.state) {
            (Verdict::Lossy(losses), KeptState::Kept) if down.is_whole => Some(Self::while_kept(&losses, kept, down)),
            (Verdict::Lossy(losses), KeptState::NotKept) => {
                let unkept = super::UndoRecord::Not(kept.reason.clone().unwrap_or_default()).unkept();
                Some(Self::Known(unkept.into_iter().fold(Verdict::Lossy(losses), Verdict::with)))
            }
            (known, _) => Some(Self::Known(known)),
        }
    }

    /// What is left of the reasons while the rows are kept. Where none is told, it is not known that they are taken away.
    fn while_kept(losses: &Losses, kept: &KeptRows, down: &DownNow) -> Self {
        let sentences = losses.sentences();
        let is_quote = |reason: &String| ReasonKind::of(reason) == ReasonKind::Quote;
        let mut left: Vec<String> = sentences.iter().filter(|reason| !down.takes_away(reason)).cloned().collect();
        let is_told = sentences.iter().any(|reason| !is_quote(reason));
        if !left.iter().any(|reason| ReasonKind::is_quoted_for(reason)) {
            left.retain(|reason| !is_quote(reason));
        }
        if let TriedNow::Loses(more) = &down.tried {
            let more: Vec<String> = more.iter().filter(|reason| !left.contains(reason)).cloned().collect();
            left.extend(more);
        }
        if !is_told || !left.is_empty() {
            return Self::Known(Verdict::Lossy(Losses { lost: Vec::new(), reasons: left }));
        }
        Self::WhileKept { until: kept.kept_until.clone() }
    }
}

/// `lossless while kept until 2026-12-30`.
impl fmt::Display for VerdictNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(verdict) => verdict.fmt(f),
            Self::WhileKept { until: None } => f.write_str("lossless while kept"),
            Self::WhileKept { until: Some(until) } => {
                write!(f, "lossless while kept until {}", until.get(..10).unwrap_or(until))
            }
        }
    }
}

#[cfg(test)]
mod tests;
