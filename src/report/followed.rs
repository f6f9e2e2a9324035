//! How far one side of a move follows the other, as text and as JSON.

use serde::Serialize;

use crate::plural::{count_of, have};
use crate::transfer::FollowState;

/// How far a source is followed, or on the way back the target.
#[derive(Debug, Serialize)]
pub(super) struct FollowView {
    /// Whether somebody follows, as was heard of them in the last ten seconds.
    is_alive: bool,
    /// Keys that were applied.
    changes: u64,
    /// Changes that were not applied when the follower last looked, and the age of the oldest; none where nobody has looked.
    behind: Option<u64>,
    behind_seconds: Option<f64>,
    /// Rows that have no place on the other side as they are.
    rows_set_aside: u64,
    /// UTC, as RFC 3339.
    applied_at: Option<String>,
    /// Why it is not known any more what was changed; none where it is, or was not asked.
    pub(super) lost: Option<String>,
}

impl FollowView {
    pub(super) fn new(state: &FollowState, rows_set_aside: u64) -> Self {
        Self {
            is_alive: state.is_alive,
            changes: state.changes,
            behind: state.behind,
            behind_seconds: state.behind_seconds,
            rows_set_aside,
            applied_at: state.applied_at.clone(),
            lost: None,
        }
    }

    /// SQLite is written.
    pub(super) fn following_text(&self) -> String {
        match &self.lost {
            Some(why) => format!(
                "the rows are copied, and the source cannot be followed any more: {why}\n\
                 begin anew: `schemactl move discard` and `schemactl move follow`\n"
            ),
            None => format!("the rows are copied, and the source is followed\n{}", self.progress()),
        }
    }

    /// PostgreSQL is written, and SQLite may be gone back to.
    pub(super) fn open_text(&self) -> String {
        let text = "both sides are switched: PostgreSQL is the one that is written, and SQLite is closed\n";
        match &self.lost {
            Some(why) => format!("{text}the way back is lost: {why}\n`schemactl move finish` ends it\n"),
            None => format!(
                "{text}what changes on PostgreSQL goes back to SQLite, until `schemactl move finish`; `schemactl move back` switches back\n{}",
                self.progress()
            ),
        }
    }

    fn progress(&self) -> String {
        let mut text = if self.is_alive {
            "somebody follows it\n"
        } else {
            "nobody follows it now: `schemactl move follow` goes on\n"
        }
        .to_owned();
        if let (Some(behind), Some(seconds)) = (self.behind, self.behind_seconds) {
            text += &match behind {
                0 => "level with the source when it was last looked at\n".to_owned(),
                _ => format!(
                    "behind by {} when it was last looked at, the first of them {seconds:.1} s old\n",
                    count_of(behind, "change")
                ),
            };
        }
        text += &format!("{} applied since the copy\n", count_of(self.changes, "key"));
        if self.rows_set_aside > 0 {
            text += &format!(
                "{} {} no place as they are\n",
                count_of(self.rows_set_aside, "row"),
                have(self.rows_set_aside)
            );
        }
        text
    }
}
