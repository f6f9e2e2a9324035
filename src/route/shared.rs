//! What all handles of one route share.

use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::measure::{Measures, stands};
use super::settings::{Backends, RouteOptions};
use super::share::Share;
use super::side::Side;
use super::standing::Standing;
use crate::error::{Code, Error, Result};

pub(super) struct Shared {
    pub(super) options: RouteOptions,
    pub(super) measures: Measures,
    seen: Mutex<Seen>,
    /// Has both sides looked at now; none where nobody looks.
    nudge: Option<SyncSender<()>>,
}

/// How both sides stood when somebody looked.
#[derive(Debug, Clone, Copy)]
struct Seen {
    standing: Standing,
    at: Instant,
    /// The side that was the last one to take writes.
    writer: Side,
}

/// What a write is to do.
pub(super) enum Turn {
    Write(Side),
    /// No side is open now.
    Wait,
    /// The side that is open is not one of the application's.
    Never(Error),
}

/// Where a read goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReadTurn {
    pub(super) side: Side,
    /// Whether its key is one of those that PostgreSQL would serve if it were not too far behind.
    pub(super) is_held_back: bool,
}

impl Shared {
    /// # Errors
    /// The settings and the standing contradict each other.
    pub(super) fn new(options: RouteOptions, standing: Standing, nudge: Option<SyncSender<()>>) -> Result<Self> {
        let options = options.checked()?;
        if standing == Standing::Unclear {
            return Err(unclear());
        }
        agrees(options.backends, standing)?;
        // Until a switch is over, both hold the same.
        let writer = standing.writer().unwrap_or(Side::Sqlite);
        stands(None, standing);
        Ok(Self {
            options,
            measures: Measures::default(),
            seen: Mutex::new(Seen { standing, at: Instant::now(), writer }),
            nudge,
        })
    }

    pub(super) fn standing(&self) -> Standing {
        self.seen().standing
    }

    /// What is seen now.
    pub(super) fn see(&self, standing: Standing) {
        let before = {
            let mut seen = self.seen();
            let before = seen.standing;
            *seen = Seen { standing, at: Instant::now(), writer: standing.writer().unwrap_or(seen.writer) };
            before
        };
        stands(Some(before), standing);
    }

    pub(super) fn look_now(&self) {
        if let Some(nudge) = &self.nudge {
            // Where one is asked for already, it is for this one too.
            let _ = nudge.try_send(());
        }
    }

    pub(super) fn read(&self, share: Share, key: &[u8]) -> ReadTurn {
        let to = |side| ReadTurn { side, is_held_back: false };
        match self.options.backends {
            Backends::Sqlite => to(Side::Sqlite),
            Backends::Postgres => to(Side::Postgres),
            Backends::Both { .. } => {
                let seen = *self.seen();
                match seen.standing {
                    Standing::Sqlite { lag } if share.has(key) => self.behind(lag, seen.at.elapsed()),
                    _ => to(seen.writer),
                }
            }
        }
    }

    /// PostgreSQL, unless it is too far behind, or not followed.
    fn behind(&self, lag: Option<Duration>, ago: Duration) -> ReadTurn {
        let is_level = lag.is_some_and(|lag| lag + ago <= self.options.max_lag);
        ReadTurn { side: if is_level { Side::Postgres } else { Side::Sqlite }, is_held_back: !is_level }
    }

    /// Whether both sides are used, and the one that is not written follows close enough to be compared.
    pub(super) fn both_are_level(&self) -> bool {
        let seen = *self.seen();
        match (self.options.backends, seen.standing) {
            (Backends::Both { .. }, standing) => !self.behind(standing.lag(), seen.at.elapsed()).is_held_back,
            _ => false,
        }
    }

    pub(super) fn write(&self) -> Turn {
        let standing = self.standing();
        if let Err(error) = agrees(self.options.backends, standing) {
            return Turn::Never(error);
        }
        standing.writer().map_or(Turn::Wait, Turn::Write)
    }

    /// No step of what is done with it can panic, so that a poisoned lock has whole values.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses settings that name one side alone where the other one is written.
fn agrees(backends: Backends, standing: Standing) -> Result<()> {
    let (only, variable) = match backends {
        Backends::Both { .. } => return Ok(()),
        Backends::Sqlite => (Side::Sqlite, "DB_BACKEND=sqlite"),
        Backends::Postgres => (Side::Postgres, "DB_BACKEND=postgres"),
    };
    match standing.writer() {
        Some(writer) if writer != only => Err(Error::new(
            Code::NoSideOpen,
            format!("the application uses {only} alone, and {writer} is the side that is written"),
        )
        .with_cause(standing.to_string())
        .with_state("nothing was written")
        .with_hint(format!("`{variable}`, or what stands for it in the code, is to be another value"))
        .with_hint("`schemactl move status` says how both sides stand")),
        _ => Ok(()),
    }
}

fn unclear() -> Error {
    Error::new(Code::NoSideOpen, "which side is written is not known")
        .with_cause(Standing::Unclear.to_string())
        .with_state("nothing was written")
        .with_hint("the file of SQLite may have been put back from a backup after the switch; or rows were copied, and nobody follows")
        .with_hint("say which one it is: `DB_BACKEND=sqlite` or `DB_BACKEND=postgres`, and look at nothing")
}
