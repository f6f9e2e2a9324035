//! The tables in which a move of data is recorded, beside the history: named after it, as its log is.

/// With what the error begins that a writer of SQLite gets once the source is closed.
pub(crate) const MOVED: &str = "moved to PostgreSQL: the rows of ";

/// What stands behind the history's name in that of the function by which PostgreSQL refuses writers.
pub(crate) const FENCE_FUNCTION: &str = "move_fence";

/// With what the names of triggers begin on SQLite, behind the history's name: those that note changes, and those that refuse writers. The name of
/// the table ends it.
pub(crate) const CAPTURE_TRIGGERS: &str = "move_";
pub(crate) const GATE_TRIGGERS: &str = "moved_";

/// With what the names of the functions begin, behind the history's name, that note what changes on PostgreSQL; a number follows.
pub(crate) const NOTE_FUNCTION: &str = "move_note_";

/// What stands behind the history's name in that of the sequence which numbers the rows of tables without a key.
pub(crate) const ROW_NUMBERS: &str = "move_row_numbers";

/// The column that a table without a primary key has on PostgreSQL while its source is followed: the rowid of the row.
pub(crate) const ROW_NUMBER: &str = "schemactl_move_rowid";

/// What the journal says of something that is off for a while, and comes back: in the order in which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ApartKind {
    Index,
    ForeignKey,
    Trigger,
    RowSecurity,
}

impl ApartKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::ForeignKey => "foreign key",
            Self::Trigger => "trigger",
            Self::RowSecurity => "row security of the owner",
        }
    }
}

/// A Julian day after all others: until then a source is closed that is closed for good.
pub(crate) const FOR_GOOD: f64 = 1e9;

/// A table of the move's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MoveTable {
    /// One row: between what the move is, and how far it has come.
    State,
    /// The ranges of rows into which each table is cut.
    Ranges,
    /// A row for each chunk that was written.
    Chunks,
    /// Values that have no place on the target.
    SetAside,
    /// What is off while rows come, and how it comes back.
    Apart,
    /// Ids that were made anew.
    Ids,
    /// One row: who follows the source, and how far.
    Follow,
    /// On the way back, a line for each key that was changed on the target.
    Returns,
}

/// A table on the source, of the triggers that note what is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureTable {
    /// A line for each key that was changed.
    Changes,
    /// One row: which move it is of.
    State,
    /// One row, of which the rowid shows whether VACUUM has given rows others (<https://www.sqlite.org/lang_vacuum.html>).
    Rowids,
    /// On the way back, the values by which rows are known here, where these are not the usual form of what the target has.
    Keys,
    /// On the way back, rows of the target that have no place here.
    Aside,
}

impl CaptureTable {
    pub(crate) const ALL: [Self; 5] = [Self::Changes, Self::State, Self::Rowids, Self::Keys, Self::Aside];

    /// Its name beside a history of this name.
    pub(crate) fn name(self, history: &str) -> String {
        let suffix = match self {
            Self::Changes => "move_changes",
            Self::State => "move_capture",
            Self::Rowids => "move_rowids",
            Self::Keys => "move_keys",
            Self::Aside => "move_aside",
        };
        format!("{history}_{suffix}")
    }
}

impl MoveTable {
    pub(crate) const ALL: [Self; 8] =
        [Self::State, Self::Ranges, Self::Chunks, Self::SetAside, Self::Apart, Self::Ids, Self::Follow, Self::Returns];

    /// Its name beside a history of this name.
    pub(crate) fn name(self, history: &str) -> String {
        let suffix = match self {
            Self::State => "move",
            Self::Ranges => "move_ranges",
            Self::Chunks => "move_chunks",
            Self::SetAside => "move_set_aside",
            Self::Apart => "move_apart",
            Self::Ids => "move_ids",
            Self::Follow => "move_follow",
            Self::Returns => "move_returns",
        };
        format!("{history}_{suffix}")
    }
}
