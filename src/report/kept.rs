//! What is kept of the rows that ups changed.

mod shown;

use comfy_table::{Cell, CellAlignment};
use indicatif::DecimalBytes;
use serde::Serialize;

pub(crate) use self::shown::{KeptVersionDocument, KeptVersionView};
use super::{DatabaseView, ErrorView, Paint, count};
use crate::history::{KeptRows, KeptState};
use crate::plural::count_of;
use crate::run::PurgePlan;
use crate::sql::Plain;

/// What is kept in every selected database.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct KeptDocument {
    pub(crate) databases: Vec<KeptView>,
}

/// What is kept in one database.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct KeptView {
    #[serde(flatten)]
    database: DatabaseView,
    notes: Vec<String>,
    kept: Vec<KeptRowsView>,
    /// Of all versions together.
    rows: u64,
    bytes: u64,
    error: Option<ErrorView>,
}

/// What is kept of a version, or was to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct KeptRowsView {
    pub(super) version: i64,
    pub(super) description: Option<String>,
    #[serde(flatten)]
    pub(super) facts: KeptFacts,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct KeptFacts {
    /// `kept`, `expired`, `purged`, `not_kept`, `unreadable`, `superseded`.
    state: &'static str,
    /// Why a down does not put the rows back.
    reason: Option<String>,
    tables: Vec<String>,
    rows: u64,
    bytes: u64,
    /// UTC, as RFC 3339.
    kept_at: Option<String>,
    /// None where it has no end, or is not kept.
    kept_until: Option<String>,
    #[serde(skip)]
    kept: KeptState,
}

/// What was purged, or would be.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PurgeDocument {
    pub(crate) databases: Vec<PurgeView>,
    /// The names of databases that were not begun, since one before them failed.
    pub(crate) not_begun: Vec<String>,
}

/// What was purged in one database, or would be.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PurgeView {
    #[serde(flatten)]
    database: DatabaseView,
    pub(crate) notes: Vec<String>,
    purged: Vec<KeptRowsView>,
    /// Versions that were named, and of which nothing is kept.
    nothing: Vec<NothingKeptView>,
    rows: u64,
    bytes: u64,
    /// Whether it was done.
    pub(crate) applied: bool,
    pub(crate) error: Option<ErrorView>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct NothingKeptView {
    version: i64,
    reason: String,
}

impl KeptView {
    pub(crate) fn new(database: DatabaseView, notes: Vec<String>, kept: &[KeptRows]) -> Self {
        let kept: Vec<KeptRowsView> = kept.iter().map(KeptRowsView::of).collect();
        let (rows, bytes) = sums(&kept);
        Self { database, notes, kept, rows, bytes, error: None }
    }

    pub(crate) fn failed(database: DatabaseView, error: ErrorView) -> Self {
        Self { error: Some(error), ..Self::new(database, Vec::new(), &[]) }
    }

    /// A line for each version, and a line that sums them up.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut lines = self.notes.clone();
        if self.kept.is_empty() {
            lines.push("nothing is kept".to_owned());
            return lines.join("\n");
        }
        let mut table = paint.table(["version", "description", "tables", "rows", "size", "kept until (UTC)"]);
        for kept in &self.kept {
            table.add_row(kept.row());
        }
        for column in [0, 3, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        if let Some(first) = table.column_mut(0) {
            first.set_padding((0, 1));
        }
        lines.extend(table.lines().map(|line| line.trim_end().to_owned()));
        lines.push(format!("\n{}", self.summary()));
        lines.join("\n")
    }
}

impl KeptView {
    /// `kept of 1 version: 3 rows, 53 B; expired, and still there, of 1 version: 2 rows, 20 B`.
    fn summary(&self) -> String {
        let of = |state: KeptState| {
            let some: Vec<&KeptRowsView> = self.kept.iter().filter(|kept| kept.facts.kept == state).collect();
            let (rows, bytes) = sums(some.iter().copied());
            format!("{}: {}", count(some.len(), "version"), size(rows, bytes))
        };
        let has_expired = self.kept.iter().any(|kept| kept.facts.kept == KeptState::Expired);
        let expired = if has_expired {
            format!("; expired, and still there, of {}", of(KeptState::Expired))
        } else {
            String::new()
        };
        format!("kept of {}{expired}", of(KeptState::Kept))
    }
}

/// `3 rows, 42 B`.
fn size(rows: u64, bytes: u64) -> String {
    format!("{}, {}", count_of(rows, "row"), DecimalBytes(bytes))
}

/// How many rows and bytes are there of all.
fn sums<'a>(kept: impl IntoIterator<Item = &'a KeptRowsView>) -> (u64, u64) {
    kept.into_iter().fold((0, 0), |(rows, bytes), kept| (rows + kept.facts.rows, bytes + kept.facts.bytes))
}

impl KeptRowsView {
    fn of(kept: &KeptRows) -> Self {
        let description = kept.description.clone();
        Self { version: kept.version.get(), description, facts: KeptFacts::of(kept) }
    }

    /// `2 roles`.
    pub(super) fn name(&self) -> String {
        match &self.description {
            Some(description) => format!("{} {description}", self.version),
            None => format!("{} (not in the history)", self.version),
        }
    }

    fn row(&self) -> Vec<Cell> {
        let KeptFacts { tables, rows, bytes, .. } = &self.facts;
        let tables: Vec<String> = tables.iter().map(|table| Plain(table).to_string()).collect();
        let has_rows = self.facts.kept.has_rows();
        let of_rows = |text: String| match self.facts.kept {
            KeptState::Unreadable => Cell::new("?"),
            _ => Cell::new(if has_rows { text } else { String::new() }),
        };
        vec![
            Cell::new(self.version),
            Cell::new(self.description.as_deref().unwrap_or("(not in the history)")),
            Cell::new(crate::plural::listed(&tables, 3)),
            of_rows(rows.to_string()),
            of_rows(DecimalBytes(*bytes).to_string()),
            Cell::new(self.facts.until_or_why()),
        ]
    }
}

impl KeptFacts {
    pub(crate) fn of(kept: &KeptRows) -> Self {
        Self {
            state: kept.state.as_str(),
            reason: kept.reason.clone(),
            tables: kept.tables.clone(),
            rows: kept.rows,
            bytes: kept.bytes,
            kept_at: kept.kept_at.clone(),
            kept_until: kept.kept_until.clone(),
            kept: kept.state,
        }
    }

    /// `2026-12-30`, or that it is not kept.
    pub(crate) fn day(&self) -> String {
        let until = self.until();
        match (self.kept, until.get(..10)) {
            (KeptState::Kept, Some(day)) => day.to_owned(),
            _ => until,
        }
    }

    /// `2026-12-30 08:26:39`, or that it is not kept.
    fn until(&self) -> String {
        match (self.kept, &self.kept_until) {
            (KeptState::Kept, Some(until)) => moment(until),
            (KeptState::Kept, None) => "no end".to_owned(),
            (state, _) => state.to_string(),
        }
    }

    /// The same, with why it is not.
    fn until_or_why(&self) -> String {
        match self.reason.as_deref().map(|reason| reason.strip_prefix("they were ").unwrap_or(reason)) {
            Some(reason) if reason.starts_with(&self.until()) => reason.to_owned(),
            Some(reason) => format!("{}: {reason}", self.until()),
            None => self.until(),
        }
    }
}

/// `2026-11-04T09:30:00.123Z` without what a table has no room for.
fn moment(rfc3339: &str) -> String {
    rfc3339.get(..19).unwrap_or(rfc3339).replace('T', " ")
}

impl PurgeView {
    pub(crate) fn new(database: DatabaseView) -> Self {
        let (purged, nothing) = (Vec::new(), Vec::new());
        Self { database, notes: Vec::new(), purged, nothing, rows: 0, bytes: 0, applied: false, error: None }
    }

    pub(crate) fn set(&mut self, plan: &PurgePlan) {
        self.purged = plan.rows.iter().map(KeptRowsView::of).collect();
        (self.rows, self.bytes) = sums(&self.purged);
        let nothing = |(version, reason): &(crate::version::Version, String)| NothingKeptView {
            version: version.get(),
            reason: reason.clone(),
        };
        self.nothing = plan.nothing.iter().map(nothing).collect();
    }

    /// A line for each version.
    pub(crate) fn lines(&self) -> Vec<String> {
        let purged = self.purged.iter().map(|kept| {
            let KeptFacts { rows, bytes, tables, .. } = &kept.facts;
            let tables: Vec<String> = tables.iter().map(|table| Plain(table).to_string()).collect();
            let of =
                if tables.is_empty() { String::new() } else { format!(", of {}", crate::plural::listed(&tables, 10)) };
            let size = match kept.facts.kept {
                KeptState::Unreadable => "rows whose number is not known".to_owned(),
                _ => size(*rows, *bytes),
            };
            format!("purge {}: {size}{of}", kept.name())
        });
        let nothing = self
            .nothing
            .iter()
            .map(|nothing| format!("nothing is kept of version {}: {}", nothing.version, nothing.reason));
        purged.chain(nothing).collect()
    }

    /// What was done.
    pub(crate) fn done(&self) -> String {
        let (size, versions) = (size(self.rows, self.bytes), count(self.purged.len(), "version"));
        let downs = if self.purged.len() == 1 { "its down does" } else { "their downs do" };
        format!("purged {size}, of {versions}: {downs} not put rows back any more")
    }
}
