//! The columns of the history's tables: from these both databases make the tables, and tell one of theirs under another name.

/// A column of the history, or of its log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
}

/// What a column holds. Both databases have a type for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
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

const fn column(name: &'static str, holds: Holds) -> Column {
    Column { name, holds }
}

/// What an up found, before its statements ran.
pub(crate) const FOUND: &str = "found";

/// The running digest over this row and all below it: [`RunningDigest`](crate::source::RunningDigest).
pub(crate) const DIGEST: &str = "digest";

/// The history. What a release adds stands at the end, and may be NULL: there are tables without.
pub(crate) const HISTORY: [Column; FIRST + 2] = [
    column("version", Holds::Key),
    column("description", Holds::Text),
    column("phase", Holds::MaybeText),
    column("checksum", Holds::Text),
    column("state", Holds::State),
    column("statements_done", Holds::Number),
    column("statements", Holds::Number),
    column("in_doubt", Holds::Flag),
    column("applied_at", Holds::Moment),
    column("host", Holds::Text),
    column("application", Holds::Text),
    column("tool", Holds::Text),
    column("duration_ms", Holds::Number),
    column("fingerprint", Holds::MaybeText),
    column("verdict", Holds::MaybeText),
    column("statement_hashes", Holds::Text),
    column("down_checksum", Holds::MaybeText),
    column("down_sql", Holds::MaybeText),
    column(FOUND, Holds::MaybeText),
    column(DIGEST, Holds::MaybeText),
];

/// So many columns the history had in the first release.
const FIRST: usize = 18;

/// The columns that were added since.
pub(crate) fn added() -> &'static [Column] {
    &HISTORY[FIRST..]
}

/// The history as each release has made it, the oldest first.
pub(super) fn releases() -> impl Iterator<Item = &'static [Column]> {
    (FIRST..=HISTORY.len()).map(|count| &HISTORY[..count])
}

/// The log, to which lines are only added.
pub(crate) const LOG: [Column; 12] = [
    column("id", Holds::Line),
    column("logged_at", Holds::Moment),
    column("action", Holds::Text),
    column("version", Holds::Number),
    column("description", Holds::Text),
    column("checksum", Holds::Text),
    column("outcome", Holds::Text),
    column("detail", Holds::MaybeText),
    column("host", Holds::Text),
    column("application", Holds::Text),
    column("tool", Holds::Text),
    column("duration_ms", Holds::Number),
];

/// The definitions of columns, a line each: what CREATE TABLE has between its parentheses.
pub(crate) fn definitions(columns: &[Column], of: impl Fn(Column) -> String) -> String {
    let lines: Vec<String> = columns.iter().map(|column| format!("    {}", of(*column))).collect();
    lines.join(",\n")
}
