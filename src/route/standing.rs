//! Which side takes writes now: a pure function of what both sides say.

use std::fmt;
use std::time::Duration;

use super::side::Side;

/// How both sides of a move stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// SQLite takes writes.
    #[non_exhaustive]
    Sqlite {
        /// How far PostgreSQL is behind at most. None where it is not followed, or nothing was heard of the follower.
        lag: Option<Duration>,
    },
    /// PostgreSQL takes writes.
    Postgres,
    /// Neither does: a switch is at work, or has died on the way. It ends with one of the two above.
    Switching,
    /// What both say does not fit together, so that neither is written: SQLite is open, and PostgreSQL too.
    Unclear,
}

impl Standing {
    /// SQLite is written, and PostgreSQL is followed with this lag, or not.
    pub fn sqlite(lag: Option<Duration>) -> Self {
        Self::Sqlite { lag }
    }

    /// Returns the side that takes writes.
    pub fn writer(self) -> Option<Side> {
        match self {
            Self::Sqlite { .. } => Some(Side::Sqlite),
            Self::Postgres => Some(Side::Postgres),
            Self::Switching | Self::Unclear => None,
        }
    }
}

/// In words, for a log.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { lag: None } => f.write_str("SQLite takes writes"),
            Self::Sqlite { lag: Some(lag) } => {
                write!(f, "SQLite takes writes, and PostgreSQL is {:.1} s behind at most", lag.as_secs_f64())
            }
            Self::Postgres => f.write_str("PostgreSQL takes writes"),
            Self::Switching => f.write_str("neither side takes writes: a switch is at work, or has died on the way"),
            Self::Unclear => f.write_str("SQLite is open to writers, and nothing keeps them from PostgreSQL"),
        }
    }
}

/// What SQLite says of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SourceSeen {
    pub(super) gate: GateSeen,
    /// Whether its changes are noted for a move.
    pub(super) is_captured: bool,
}

/// What SQLite says of writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GateSeen {
    /// Open, or no move has ever closed it.
    Open,
    /// Closed for a time.
    Closed,
    ClosedForGood,
}

/// What PostgreSQL says of a move.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct JournalSeen {
    /// Whether the function is there that refuses writers.
    pub(super) is_fenced: bool,
    /// The state of the move; none where there is no journal.
    pub(super) state: Option<String>,
    /// Whether the move is of a source that is followed, or was.
    pub(super) is_followed: bool,
    /// How far the target is behind at most, where a follower has said so.
    pub(super) lag: Option<Duration>,
}

impl JournalSeen {
    /// Whether PostgreSQL is the side that a switch has opened.
    fn is_open(&self) -> bool {
        !self.is_fenced && self.state.is_some() && self.is_followed
    }

    /// Whether no rows were handed over yet.
    fn has_not_begun(&self) -> bool {
        !self.is_fenced && self.state.as_deref().is_none_or(|state| ["begun", "rows"].contains(&state))
    }
}

/// What follows from both.
pub(super) fn standing(gate: GateSeen, journal: &JournalSeen) -> Standing {
    match gate {
        GateSeen::Open if journal.is_fenced => Standing::Sqlite { lag: journal.lag },
        GateSeen::Open if journal.has_not_begun() => Standing::Sqlite { lag: None },
        GateSeen::ClosedForGood if journal.is_open() => Standing::Postgres,
        GateSeen::Closed | GateSeen::ClosedForGood => Standing::Switching,
        GateSeen::Open => Standing::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_has_one_meaning() {
        let seen = |is_fenced, state: Option<&str>, is_followed| JournalSeen {
            is_fenced,
            state: state.map(str::to_owned),
            is_followed,
            lag: None,
        };
        let (none, begun) = (seen(false, None, false), seen(false, Some("begun"), true));
        let (following, fenced) = (seen(true, Some("following"), true), seen(true, Some("complete"), true));
        let (switched, complete) = (seen(false, Some("switched"), true), seen(false, Some("complete"), true));
        let copied = seen(false, Some("complete"), false);
        let sqlite = Standing::Sqlite { lag: None };
        for (gate, journals, expected) in [
            (GateSeen::Open, vec![&none, &begun, &following, &fenced], sqlite),
            // A file that was put back from a backup, and rows that were copied without being followed.
            (GateSeen::Open, vec![&switched, &complete, &copied], Standing::Unclear),
            // Also where a journal is being taken away: PostgreSQL is open, and holds nothing.
            (GateSeen::Closed, vec![&none, &begun, &following, &switched, &complete], Standing::Switching),
            (GateSeen::ClosedForGood, vec![&none, &following, &fenced, &copied], Standing::Switching),
            (GateSeen::ClosedForGood, vec![&switched, &complete], Standing::Postgres),
        ] {
            for journal in journals {
                assert_eq!(standing(gate, journal), expected, "{gate:?} {journal:?}");
            }
        }
    }

    #[test]
    fn the_lag_is_of_one_who_follows() {
        let lag = Some(Duration::from_secs(3));
        let journal = JournalSeen { is_fenced: true, state: Some("following".into()), is_followed: true, lag };
        assert_eq!(standing(GateSeen::Open, &journal), Standing::Sqlite { lag });
    }
}
