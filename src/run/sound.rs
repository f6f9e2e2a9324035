//! What a step leaves that does not compile any more: told as it comes to be, apart from what was so before.

use std::collections::BTreeSet;

use crate::config::Options;
use crate::database::{Database, Job, Locked};
use crate::error::Result;
use crate::event::Event;

/// Of what was so before the run, as much is told.
const MOST: usize = 5;

/// What is known not to compile.
#[derive(Default)]
pub(super) struct Sound {
    known: BTreeSet<String>,
    /// Not told yet: it is no work of this run.
    before: Vec<String>,
}

impl Sound {
    /// Looks before the first step of some.
    pub(super) async fn before<D: Database>(locked: &mut Locked<'_, D>, jobs: &[Job<'_>], options: &Options) -> Self {
        if jobs.is_empty() {
            return Self::default();
        }
        match locked.unsound(jobs).await {
            Ok(before) => Self { known: before.iter().cloned().collect(), before },
            Err(error) => {
                warn(options, error.with_its_cause());
                Self::default()
            }
        }
    }

    /// Looks after steps, and tells what is new.
    pub(super) async fn after<D: Database>(&mut self, locked: &mut Locked<'_, D>, jobs: &[Job<'_>], options: &Options) {
        self.tell(locked.unsound(jobs).await, jobs, options);
    }

    fn tell(&mut self, found: Result<Vec<String>>, jobs: &[Job<'_>], options: &Options) {
        let name = match jobs {
            [] => return,
            [only] => only.step.name(),
            [.., last] => format!("the steps up to {}", last.step.name()),
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => return warn(options, error.with_its_cause()),
        };
        let new: Vec<String> = found.into_iter().filter(|found| self.known.insert(found.clone())).collect();
        for found in new {
            warn(options, format!("after {name}: {found}"));
        }
        let before = std::mem::take(&mut self.before);
        for found in before.iter().take(MOST) {
            notice(options, format!("so it was before this run: {found}"));
        }
        if before.len() > MOST {
            notice(options, format!("so it was before this run: {} more", before.len() - MOST));
        }
    }
}

fn warn(options: &Options, message: String) {
    options.observer.emit(Event::Notice { severity: "WARNING".to_owned(), message });
}

fn notice(options: &Options, message: String) {
    options.observer.emit(Event::Notice { severity: "NOTICE".to_owned(), message });
}
