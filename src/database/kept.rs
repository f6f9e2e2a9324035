//! What is kept of the rows that ups changed, for people to look at and to take away.

use std::collections::BTreeSet;
use std::fmt;

use super::undo::{Conflict, RowList};
use super::{Expected, HistoryChange, PurgeCause, Write};
use crate::config::UndoSettings;
use crate::error::Result;
use crate::history::{Elapsed, KeptRows, KeptState, LogEntry, LogOutcome, UndoColumn, UndoPart};
use crate::plural::{count, count_of, listed};
use crate::version::Version;

/// The questions about what is kept. None of them writes, and none has an answer of its own here: a database that keeps nothing says so by what it reads.
///
/// What is kept is taken away by a write of the history, [`HistoryChange::Purge`], together with its line in the log.
pub(crate) trait KeptRecords {
    /// What is kept of each version, or was to be, as the index says: one read, that no row of it makes longer. Empty where there is no index.
    async fn kept(&mut self) -> Result<Vec<KeptRows>>;

    /// Whether a start with nothing to do has found rows whose time is over.
    async fn has_expired(&mut self) -> Result<bool>;

    /// What is in the parts of a version of which something is kept.
    async fn kept_parts(&mut self, version: Version, shown: &ShownRows<'_>) -> Result<KeptParts>;

    /// The rows that the down of a version would not put back as they are now, of all that is kept of it; none where that cannot be told before it runs. For the
    /// version that is taken back next: only its rows are to be as their up left them. `reshaped` has the names that the down's statements about tables have.
    async fn in_the_way(
        &mut self,
        version: Version,
        parts: &[UndoPart],
        reshaped: &BTreeSet<String>,
    ) -> Result<Option<Vec<Conflict>>>;

    /// The columns of the tables that people made, each with its table, and with its schema where the dialect has some.
    async fn columns(&mut self) -> Result<Vec<ColumnPath>>;
}

/// How much is shown of what is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShownRows<'a> {
    /// Whether values are shown, beside keys.
    pub(crate) values: KeptValues,
    /// Of which columns neither are.
    pub(crate) settings: &'a UndoSettings,
    /// Whether the rows are compared with what the up left: only of the step that is taken back next are they to be as it left them.
    pub(crate) compare: CompareRows<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptValues {
    None,
    /// Of the rows whose keys are shown.
    OfFirst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompareRows<'a> {
    No,
    /// Beside a down whose statements about tables have these names.
    Beside(&'a BTreeSet<String>),
}

/// What is kept of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptParts {
    pub(crate) parts: Vec<KeptPart>,
    /// The rows that a down would not put back as they are now; none where that was not looked at.
    pub(crate) in_the_way: Option<Vec<Conflict>>,
}

/// What is kept of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptPart {
    /// The table as it was called before the up, and since: none where the up made or dropped it.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) what: KeptPartRows,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeptPartRows {
    /// Rows that the up inserted, changed, deleted, and columns of theirs that it dropped.
    Rows { inserted: ShownList, changed: ShownList, deleted: ShownList, dropped: Vec<String> },
    /// Values of columns that it dropped or converted.
    Values { columns: Vec<String>, values: u64 },
}

/// Rows, by their keys, and with values where these are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShownList {
    pub(crate) rows: RowList,
    /// For each key that is listed, its values; empty where they are not asked for.
    pub(crate) values: Vec<Vec<ShownValue>>,
}

/// A value as it was before the up and as it is since, as SQL writes it; none where there was no row, or is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownValue {
    pub(crate) column: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// A column of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnPath {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) column: String,
}

/// Of so many letters a value is shown.
const LONGEST: usize = 60;

/// What is not shown, since the settings of now say that it is never kept.
const HIDDEN: &str = "(ignored)";

impl KeptPart {
    pub(crate) fn of(part: &UndoPart, what: KeptPartRows) -> Self {
        Self { before: part.before.clone(), after: part.after.clone(), bytes: part.bytes, what }
    }
}

impl KeptPartRows {
    /// The rows of a part, with the columns that the up dropped.
    pub(crate) fn rows(part: &UndoPart, [inserted, changed, deleted]: [ShownList; 3]) -> Self {
        let is_dropped = |column: &&UndoColumn| column.after.is_none() && part.after.is_some();
        let dropped = part.columns.iter().filter(is_dropped).filter_map(|column| column.before.clone()).collect();
        Self::Rows { inserted, changed, deleted, dropped }
    }

    /// The values of a part.
    pub(crate) fn values(part: &UndoPart) -> Self {
        let columns = part.columns.iter().filter(|column| !column.in_key);
        Self::Values { columns: columns.filter_map(|column| column.before.clone()).collect(), values: part.rows }
    }
}

impl ShownRows<'_> {
    /// The columns of which something is shown: those of the key, and all where values are; with their places.
    pub(crate) fn columns<'p>(&self, part: &'p UndoPart) -> Vec<(usize, &'p UndoColumn)> {
        let is_shown = |column: &UndoColumn| column.in_key || self.values == KeptValues::OfFirst;
        part.columns.iter().enumerate().filter(|(_, column)| is_shown(column)).collect()
    }

    /// Whether the settings of now say that the values of a column are never kept: they were kept when the settings did not.
    pub(crate) fn hides(&self, part: &UndoPart, column: &UndoColumn) -> bool {
        let tables = || [part.table_before(), part.table_after()].into_iter().flatten();
        let mut names = [&column.before, &column.after].into_iter().flatten();
        names.any(|name| tables().any(|table| self.settings.ignores(table.schema.as_deref(), &table.name, name)))
    }

    /// These rows, without the keys of those that have values in them which the settings of now say are never kept.
    pub(crate) fn without_ignored(&self, parts: &[UndoPart], mut conflicts: Vec<Conflict>) -> Vec<Conflict> {
        for conflict in &mut conflicts {
            let name = &conflict.table.name;
            let is_it = |part: &&UndoPart| {
                [&part.before, &part.after].into_iter().flatten().any(|known| name.eq_ignore_ascii_case(known))
            };
            let mut columns =
                parts.iter().filter(is_it).flat_map(|part| part.columns.iter().map(move |column| (part, column)));
            if columns.any(|(part, column)| column.in_key && self.hides(part, column)) {
                conflict.rows.first.clear();
            }
        }
        conflicts
    }

    /// A value as SQL writes it: as it was, where the row was there, and as it is, where it is there.
    pub(crate) fn value(
        &self,
        part: &UndoPart,
        column: &UndoColumn,
        before: Option<String>,
        after: Option<String>,
    ) -> ShownValue {
        let is_hidden = self.hides(part, column);
        let shown = |text: String| if is_hidden { HIDDEN.to_owned() } else { cut(&text) };
        ShownValue {
            column: column.before.as_ref().or(column.after.as_ref()).cloned().unwrap_or_default(),
            before: before.filter(|_| column.before.is_some()).map(shown),
            after: after.filter(|_| column.after.is_some()).map(shown),
        }
    }

    /// Adds a row to a list, by the values of these columns. One without a key has a number alone.
    pub(crate) fn add(
        &self,
        list: &mut ShownList,
        columns: &[(usize, &UndoColumn)],
        values: Vec<ShownValue>,
        number: impl fmt::Display,
    ) {
        let keys = columns.iter().zip(&values).filter(|((_, column), _)| column.in_key);
        let keys: Vec<String> = keys.map(|(_, value)| value.key()).collect();
        list.rows.first.push(if keys.is_empty() { format!("row {number}") } else { keys.join(", ") });
        if self.values == KeptValues::OfFirst {
            list.values.push(values.into_iter().filter(ShownValue::is_told).collect());
        }
    }
}

impl ShownValue {
    /// Whether it is another since, as those of a row that was inserted or deleted all are.
    fn is_told(&self) -> bool {
        self.before != self.after || self.before.as_deref() == Some(HIDDEN)
    }

    /// As the row is called now; where it is gone as it was.
    fn key(&self) -> String {
        let text = self.after.as_ref().or(self.before.as_ref()).map_or("NULL", String::as_str);
        format!("{} = {text}", self.column)
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

/// The write that takes away what is kept of a version, with its line in the log.
pub(crate) fn purge(kept: &KeptRows, cause: PurgeCause) -> Write<'static> {
    let why = match cause {
        PurgeCause::Asked => String::new(),
        PurgeCause::Expired => format!("; {}", kept.reason.as_deref().unwrap_or("their time was over")),
    };
    let log = LogEntry {
        action: "purge",
        version: kept.version,
        description: kept.description.clone().unwrap_or_default(),
        checksum: kept.checksum.clone().unwrap_or_default(),
        outcome: LogOutcome::Done,
        detail: Some(format!("purged {}{why}", what(kept))),
        elapsed: Elapsed::Milliseconds(0),
    };
    Write {
        expected: Expected::Kept { version: kept.version, at: kept.kept_at.clone() },
        change: HistoryChange::Purge { version: kept.version, numbers: kept.numbers.clone(), cause },
        log: Some(log),
    }
}

/// What a run says that takes away what is kept no longer.
pub(crate) fn told_expired(kept: &KeptRows) -> String {
    let until = kept.kept_until.as_deref().unwrap_or("now");
    format!(
        "what it did to rows was kept until {until}: {} are purged, and its down does not put them back",
        what(kept)
    )
}

/// `4 rows, 120 bytes, of role, guest`.
pub(crate) fn what(kept: &KeptRows) -> String {
    let tables = if kept.tables.is_empty() { count(kept.numbers.len(), "table") } else { listed(&kept.tables, 10) };
    match kept.state {
        // What the index says is not what is there.
        KeptState::Unreadable => format!("rows whose number is not known, of {tables}"),
        _ => format!("{}, {}, of {tables}", count_of(kept.rows, "row"), count_of(kept.bytes, "byte")),
    }
}
