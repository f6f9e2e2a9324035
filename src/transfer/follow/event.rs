use std::time::Duration;

use crate::sql::Dialect;

/// What happens while a move is followed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FollowEvent {
    /// Somebody else follows, and is waited for.
    Waiting,
    /// So many more rows of a table were read, and are on PostgreSQL.
    Copying {
        /// The table, by its name on SQLite.
        table: String,
        /// Rows that came since this was told last.
        rows: u64,
    },
    /// All rows are on PostgreSQL; what was changed meanwhile is applied next.
    Copied {
        /// The rows that are there.
        rows: u64,
    },
    /// The first look at the side that is written.
    Following {
        /// The side that is written: its changes go to the other one.
        written: Dialect,
        /// Changes that were not applied yet.
        behind: u64,
    },
    /// How far the other side is behind: every two seconds, and with the first look.
    Behind {
        /// Changes that were not applied yet.
        changes: u64,
        /// How long ago the first of them was made.
        age: Duration,
        /// Rows that have no place on the other side now.
        set_aside: u64,
    },
    /// Changes were applied, all of a round or none.
    Applied {
        /// Rows that the round was about: several changes of one row are one.
        keys: u64,
        /// Of these, rows without a place on the other side.
        set_aside: u64,
        /// How long the round took.
        took: Duration,
    },
    /// Nothing is left to apply.
    Level,
    /// The move was ended, or taken away: nothing is left to follow.
    Ended,
    /// Both sides were switched, and the other direction is followed from here.
    Switched {
        /// The side that is written now.
        written: Dialect,
    },
}
