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
    #[non_exhaustive]
    Postgres {
        /// How far SQLite is behind at most, where the way back is open and followed.
        lag: Option<Duration>,
    },
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

    /// PostgreSQL is written, and SQLite is followed back with this lag, or not.
    pub fn postgres(lag: Option<Duration>) -> Self {
        Self::Postgres { lag }
    }

    /// Returns how far the side that is not written is behind at most. None where it is not followed, or nothing was heard of the follower.
    pub fn lag(self) -> Option<Duration> {
        match self {
            Self::Sqlite { lag } | Self::Postgres { lag } => lag,
            Self::Switching | Self::Unclear => None,
        }
    }

    /// Returns the side that takes writes.
    pub fn writer(self) -> Option<Side> {
        match self {
            Self::Sqlite { .. } => Some(Side::Sqlite),
            Self::Postgres { .. } => Some(Side::Postgres),
            Self::Switching | Self::Unclear => None,
        }
    }
}

/// In words, for a log.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { .. } | Self::Postgres { .. } => {
                let writer = self.writer().unwrap_or(Side::Sqlite);
                write!(f, "{writer} takes writes")?;
                let Some(lag) = self.lag() else { return Ok(()) };
                write!(f, ", and {} is {:.1} s behind at most", writer.other(), lag.as_secs_f64())
            }
            Self::Switching => f.write_str("neither side takes writes: a switch is at work, or has died on the way"),
            Self::Unclear => f.write_str("SQLite is open to writers, and nothing keeps them from PostgreSQL"),
        }
    }
}

/// What SQLite says of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SourceSeen {
    pub(super) gate: GateSeen,
    /// Whether its changes are noted for a move. One that is closed for good without that has seen the end of its move.
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

    /// How far SQLite is behind: before the way back is open, the lag is still that of the way there.
    fn lag_of_return(&self) -> Option<Duration> {
        self.lag.filter(|_| self.state.as_deref() == Some("open"))
    }

    /// Whether no rows were handed over yet.
    fn has_not_begun(&self) -> bool {
        !self.is_fenced && self.state.as_deref().is_none_or(|state| ["begun", "rows"].contains(&state))
    }
}

/// What follows from both.
pub(super) fn standing(source: SourceSeen, journal: &JournalSeen) -> Standing {
    let has_ended = !source.is_captured && !journal.is_fenced;
    match source.gate {
        GateSeen::Open if journal.is_fenced => Standing::Sqlite { lag: journal.lag },
        GateSeen::Open if journal.has_not_begun() => Standing::Sqlite { lag: None },
        GateSeen::ClosedForGood if journal.is_open() || has_ended => {
            Standing::Postgres { lag: journal.lag_of_return() }
        }
        GateSeen::Closed | GateSeen::ClosedForGood => Standing::Switching,
        GateSeen::Open => Standing::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(gate: GateSeen) -> SourceSeen {
        SourceSeen { gate, is_captured: true }
    }

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
        let (returned, back) = (seen(true, Some("returned"), true), seen(false, Some("open"), true));
        let (sqlite, postgres) = (Standing::Sqlite { lag: None }, Standing::Postgres { lag: None });
        for (gate, journals, expected) in [
            (GateSeen::Open, vec![&none, &begun, &following, &fenced, &returned], sqlite),
            // A file that was put back from a backup, and rows that were copied without being followed.
            (GateSeen::Open, vec![&switched, &complete, &copied, &back], Standing::Unclear),
            // Also where a journal is being taken away: PostgreSQL is open, and holds nothing.
            (GateSeen::Closed, vec![&none, &begun, &following, &switched, &complete], Standing::Switching),
            (GateSeen::ClosedForGood, vec![&none, &following, &fenced, &copied, &returned], Standing::Switching),
            (GateSeen::ClosedForGood, vec![&switched, &complete, &back], postgres),
        ] {
            for journal in journals {
                assert_eq!(standing(captured(gate), journal), expected, "{gate:?} {journal:?}");
            }
        }
    }

    #[test]
    fn the_lag_is_of_one_who_follows() {
        let lag = Some(Duration::from_secs(3));
        let journal = JournalSeen { is_fenced: true, state: Some("following".into()), is_followed: true, lag };
        assert_eq!(standing(captured(GateSeen::Open), &journal), Standing::Sqlite { lag });
        // What was said before the switch says nothing of the way back.
        for (state, expected) in [("switched", None), ("complete", None), ("open", lag)] {
            let journal = JournalSeen { is_fenced: false, state: Some(state.into()), ..journal.clone() };
            let seen = standing(captured(GateSeen::ClosedForGood), &journal);
            assert_eq!(seen, Standing::Postgres { lag: expected }, "{state}");
        }
    }

    #[test]
    fn a_move_that_has_ended_leaves_postgres() {
        let closed = SourceSeen { gate: GateSeen::ClosedForGood, is_captured: false };
        let ended = JournalSeen::default();
        assert_eq!(standing(closed, &ended), Standing::Postgres { lag: None });
        assert_eq!(standing(closed, &JournalSeen { is_fenced: true, ..ended }), Standing::Switching);
    }
}
