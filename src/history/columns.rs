//! The columns of the history's tables: from these both databases make the tables, and tell one of theirs under another name.

/// A column of the history, or of its log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HistoryColumn {
    pub(crate) name: &'static str,
    pub(crate) holds: HistoryType,
}

/// What a column holds. Both databases have a type for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HistoryType {
    /// The version, by which a row of the history is found.
    Key,
    /// The number of a line of the log.
    Line,
    Text,
    /// A text, or NULL.
    MaybeText,
    /// One of the words of [`State`](super::State).
    State,
    Number,
    /// Yes or no, and no where it is not said.
    Flag,
    /// A moment, and now where it is not said.
    Moment,
}

const fn column(name: &'static str, holds: HistoryType) -> HistoryColumn {
    HistoryColumn { name, holds }
}

/// What an up found, before its statements ran.
pub(crate) const FOUND: &str = "found";

/// The running digest over this row and all below it: [`RunningDigest`](crate::source::RunningDigest).
pub(crate) const DIGEST: &str = "digest";

/// The history. What a release adds stands at the end, and may be NULL: there are tables without.
pub(crate) const HISTORY: [HistoryColumn; FIRST + 2] = [
    column("version", HistoryType::Key),
    column("description", HistoryType::Text),
    column("phase", HistoryType::MaybeText),
    column("checksum", HistoryType::Text),
    column("state", HistoryType::State),
    column("statements_done", HistoryType::Number),
    column("statements", HistoryType::Number),
    column("in_doubt", HistoryType::Flag),
    column("applied_at", HistoryType::Moment),
    column("host", HistoryType::Text),
    column("application", HistoryType::Text),
    column("tool", HistoryType::Text),
    column("duration_ms", HistoryType::Number),
    column("fingerprint", HistoryType::MaybeText),
    column("verdict", HistoryType::MaybeText),
    column("statement_hashes", HistoryType::Text),
    column("down_checksum", HistoryType::MaybeText),
    column("down_sql", HistoryType::MaybeText),
    column(FOUND, HistoryType::MaybeText),
    column(DIGEST, HistoryType::MaybeText),
];

/// So many columns the history had in the first release.
const FIRST: usize = 18;

/// The columns that were added since.
pub(crate) fn added() -> &'static [HistoryColumn] {
    &HISTORY[FIRST..]
}

/// The history as each release has made it, the oldest first.
pub(super) fn releases() -> impl Iterator<Item = &'static [HistoryColumn]> {
    (FIRST..=HISTORY.len()).map(|count| &HISTORY[..count])
}

/// The log, to which lines are only added.
pub(crate) const LOG: [HistoryColumn; 12] = [
    column("id", HistoryType::Line),
    column("logged_at", HistoryType::Moment),
    column("action", HistoryType::Text),
    column("version", HistoryType::Number),
    column("description", HistoryType::Text),
    column("checksum", HistoryType::Text),
    column("outcome", HistoryType::Text),
    column("detail", HistoryType::MaybeText),
    column("host", HistoryType::Text),
    column("application", HistoryType::Text),
    column("tool", HistoryType::Text),
    column("duration_ms", HistoryType::Number),
];

/// The definitions of columns, a line each: what CREATE TABLE has between its parentheses.
pub(crate) fn definitions(columns: &[HistoryColumn], of: impl Fn(HistoryColumn) -> String) -> String {
    let lines: Vec<String> = columns.iter().map(|column| format!("    {}", of(*column))).collect();
    lines.join(",\n")
}
