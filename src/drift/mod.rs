//! Drift: what a database holds against what its history implies.
//!
//! Cheap where nothing changed: the fingerprint of the live catalog, or the digest of its rows, is the one that the last run recorded. Otherwise the applied
//! migrations are replayed on a scratch database, and the two are compared by name. So an upgraded server, or a newer inspection, raises
//! no false alarm. The live database is only read.

mod difference;
mod explain;
mod reach;
mod records;
mod replay;

pub(crate) use difference::{Difference, DifferenceKind, FactDifference};
pub(crate) use explain::Sql;
pub(crate) use reach::{Reach, Undone};
pub(crate) use records::NeverRun;

use std::collections::BTreeSet;

use crate::catalog::{Alignment, Catalog, Change, Ignore, Kind, Snapshot, Stamp, diff};
use crate::config::Options;
use crate::database::{Inspect, Inspection};
use crate::down::{Scratch, Undoing};
use crate::error::{Code, Hint, Result};
use crate::history::own_histories;
use crate::run::{self, HistoryRows};
use crate::source::{Migration, Migrations};
use crate::version::Version;

/// How much is told of what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The names of what differs.
    Names,
    /// Also the SQL that makes the difference, and the SQL that takes it back.
    Sql,
}

/// How a database stands to its history.
#[derive(Debug)]
pub(crate) struct Drift {
    /// The last version in the history.
    pub(crate) version: Option<Version>,
    /// What the run recorded that ended with it.
    pub(crate) recorded: Option<Stamp>,
    pub(crate) live: Stamp,
    /// The histories of ours that the database has besides: other applications', which count in no comparison.
    pub(crate) others: Vec<String>,
    /// What is not compared since data is being moved; none where none is.
    pub(crate) moved: Option<String>,
    pub(crate) finding: Finding,
    /// Versions that no record has, though their work is there.
    pub(crate) unrecorded: Vec<Version>,
}

/// Whether it drifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It holds what its history implies.
    None,
    /// It does not.
    Differs(Differences),
    /// It is not what the last run left; what differs is not known.
    Unexplained(Obstacles),
    /// There is nothing to compare it with.
    Unknown(Obstacles),
}

/// Why the migrations cannot be replayed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Obstacles {
    /// One sentence each.
    pub(crate) reasons: Vec<String>,
    /// What to do about it.
    pub(crate) hints: Vec<Hint>,
}

/// What differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    pub(crate) all: Vec<Difference>,
    /// What was done to the database outside of its migrations.
    pub(crate) done: Option<Sql>,
    /// What would take that back, where `done` is complete.
    pub(crate) undo: Option<Sql>,
    /// The data that goes with that.
    pub(crate) losses: Vec<String>,
    /// What is missing since it was recorded, and never run.
    pub(crate) never_run: Option<NeverRun>,
}

impl Differences {
    /// Whether there are schemas that no migration made: somebody else's, as a rule.
    pub(crate) fn has_new_schemas(&self) -> bool {
        self.all.iter().any(|difference| difference.kind == Kind::Schema && difference.how == DifferenceKind::Added)
    }
}

impl Finding {
    /// What differs, or why that is not known: one sentence each.
    pub(crate) fn sentences(&self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::Differs(differences) => differences.all.iter().map(Difference::to_string).collect(),
            Self::Unexplained(obstacles) | Self::Unknown(obstacles) => obstacles.reasons.clone(),
        }
    }
}

/// What the last run recorded.
pub(crate) fn recorded(rows: &HistoryRows) -> Option<Stamp> {
    rows.records().last()?.details()?.fingerprint.as_deref().map(Stamp::parse)
}

/// A reading is repeated where a run changed the history meanwhile, or a move began or ended, but not for ever.
const TRIES: usize = 3;

/// Compares a database with what its history implies. `make` makes a scratch database, where one is needed.
pub(crate) async fn look<D, S>(
    database: &mut D,
    migrations: &Migrations,
    options: &Options,
    depth: Depth,
    mut make: impl AsyncFnMut() -> Result<S>,
) -> Result<Drift>
where
    D: Inspect,
    S: Scratch<Snapshot = D::Snapshot>,
{
    let mut tried = 1;
    loop {
        let rows = run::history_rows(database).await?;
        let skimmed = if recorded(&rows).is_some_and(|recorded| recorded.is_of_rows()) {
            database.skim(None).await?
        } else {
            None
        };
        let inspection = database.inspection().await?;
        let ignore = ignored(database, options).await?;
        let stamp = skimmed.map_or_else(|| inspection.stamp(&ignore), |skimmed| skimmed.seen.stamp);
        // What the log says is only a help: a role may read the history and not the log.
        let ran = if recorded(&rows).as_ref() == Some(&stamp) { None } else { database.order().await.ok() };
        let live = Live { inspection: &inspection, stamp, ran: ran.as_deref() };
        let drift = one(live, &rows, migrations, &ignore, depth, &mut make).await?;
        if drift.finding == Finding::None || tried == TRIES {
            return Ok(drift);
        }
        if run::history_rows(database).await? == rows && database.move_traces().await? == ignore.traces {
            return Ok(drift);
        }
        tried += 1;
    }
}

/// What counts in no comparison, as the options and the live database say.
async fn ignored<D: Inspect>(database: &mut D, options: &Options) -> Result<Ignore> {
    Ok(Ignore { traces: database.move_traces().await?, ..crate::database::ignored(options) })
}

/// What was read of a live database.
struct Live<'a, S> {
    inspection: &'a Inspection<S>,
    stamp: Stamp,
    /// The versions of which the log has a run; none where it was not read.
    ran: Option<&'a [Version]>,
}

async fn one<S: Scratch>(
    Live { inspection, stamp: live, ran }: Live<'_, S::Snapshot>,
    rows: &HistoryRows,
    migrations: &Migrations,
    ignore: &Ignore,
    depth: Depth,
    make: &mut impl AsyncFnMut() -> Result<S>,
) -> Result<Drift> {
    let last = rows.records().last();
    let entries = rows.entries(migrations)?;
    let recorded = recorded(rows);
    let finding = if recorded.as_ref() == Some(&live) {
        Finding::None
    } else {
        let compared = match replay::orders(&entries) {
            Ok(orders) => compare(inspection, &orders, ignore, depth, make).await?,
            Err(obstacles) => Err(obstacles),
        };
        match compared {
            Ok(None) => Finding::None,
            Ok(Some(mut differences)) => {
                differences.never_run = records::never_run(inspection, &entries, ran, ignore, make).await?;
                Finding::Differs(differences)
            }
            // Other rows may say the same.
            Err(obstacles) if recorded.as_ref().is_some_and(|one| one.is_comparable(&live) && !one.is_of_rows()) => {
                Finding::Unexplained(obstacles)
            }
            Err(obstacles) => Finding::Unknown(obstacles),
        }
    };
    let others = own_histories(inspection.snapshot.catalog()).into_iter().map(|history| history.name).collect();
    let unrecorded = match finding {
        Finding::None => Vec::new(),
        _ => records::unrecorded(inspection, &entries, ignore, make).await?,
    };
    let moved = ignore.traces.sentence();
    Ok(Drift { version: last.map(crate::history::Record::version), recorded, live, others, moved, finding, unrecorded })
}

/// What a history is to become, where versions are recorded without being run.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    /// Those of a baseline: their work is looked for.
    pub(crate) baseline: BTreeSet<Version>,
    /// Those that somebody names one by one.
    pub(crate) marked: BTreeSet<Version>,
    pub(crate) forgotten: BTreeSet<Version>,
}

/// Tells how far a database is what a baseline says that is to be recorded. The inner error says why that is not known.
pub(crate) async fn reached<D, S>(
    database: &mut D,
    migrations: &Migrations,
    recording: &Recording,
    options: &Options,
    mut make: impl AsyncFnMut() -> Result<S>,
) -> Result<Result<Reach, Obstacles>>
where
    D: Inspect,
    S: Scratch<Snapshot = D::Snapshot>,
{
    let rows = run::history_rows(database).await?;
    let inspection = database.inspection().await?;
    match replay::with(&rows.entries(migrations)?, recording) {
        Ok(order) => {
            let ignore = ignored(database, options).await?;
            reach::reach(&inspection, &order, &recording.baseline, &ignore, &mut make).await
        }
        Err(obstacles) => Ok(Err(obstacles)),
    }
}

/// Replays the migrations in each order that may have been that of the live database, until the result is the same. Where none is, the
/// first that runs tells what differs. The inner error says why none runs.
async fn compare<S: Scratch>(
    live: &Inspection<S::Snapshot>,
    orders: &[Vec<&Migration>],
    ignore: &Ignore,
    depth: Depth,
    make: &mut impl AsyncFnMut() -> Result<S>,
) -> Result<Result<Option<Differences>, Obstacles>> {
    let mut first = None;
    let mut obstacles = Obstacles::default();
    for order in orders {
        let mut scratch = match opened(make, live, order).await? {
            Ok(scratch) => scratch,
            Err(obstacles) => return Ok(Err(obstacles)),
        };
        let outcome = on(&mut scratch, live, order, ignore, depth).await;
        let closed = scratch.close().await;
        match outcome? {
            Ok(None) => return closed.map(|()| Ok(None)),
            Ok(Some(differences)) => drop(first.get_or_insert(differences)),
            Err(reason) => obstacles.reasons.push(reason),
        }
        closed?;
    }
    Ok(first.map(Some).ok_or(obstacles))
}

/// Makes a scratch database, in which names lead where they do in the live one. The inner error says why there is none.
async fn opened<S: Scratch>(
    make: &mut impl AsyncFnMut() -> Result<S>,
    live: &Inspection<S::Snapshot>,
    order: &[&Migration],
) -> Result<Result<S, Obstacles>> {
    match make().await {
        Ok(mut scratch) => match scratch.look_up_as(live, order).await {
            Ok(()) => Ok(Ok(scratch)),
            Err(error) => scratch.close().await.and(Err(error)),
        },
        Err(error) if error.code() == Code::Interrupted => Err(error),
        Err(error) => {
            let hints = error.hints().to_vec();
            Ok(Err(Obstacles { reasons: vec![error.with_its_cause()], hints }))
        }
    }
}

/// A live database beside what migrations make of a scratch database, in the words of that.
struct SideBySide<S> {
    implied: S,
    found: S,
    /// How what was found is made comparable with what is implied.
    fit: Alignment,
}

/// Replays the migrations, and puts the live database beside them. The inner error says why the two cannot be compared.
async fn side_by_side<S: Scratch>(
    scratch: &mut S,
    live: &Inspection<S::Snapshot>,
    order: &[&Migration],
    ignore: &Ignore,
) -> Result<Result<SideBySide<S::Snapshot>, String>> {
    if let Err(reason) = replay::run(scratch, order).await? {
        return Ok(Err(reason));
    }
    let found = match scratch.comparable(live).await? {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    let implied = scratch.inspect().await?;
    let fit = Alignment::of(found.catalog(), implied.catalog(), ignore);
    Ok(Ok(SideBySide { implied, found, fit }))
}

/// What differs from what these migrations make of a scratch database.
async fn on<S: Scratch>(
    scratch: &mut S,
    live: &Inspection<S::Snapshot>,
    order: &[&Migration],
    ignore: &Ignore,
    depth: Depth,
) -> Result<Result<Option<Differences>, String>> {
    let SideBySide { implied, found, fit } = match side_by_side(scratch, live, order, ignore).await? {
        Ok(both) => both,
        Err(reason) => return Ok(Err(reason)),
    };
    let found = found.fitted(&fit, &implied);
    if differing(scratch, implied.catalog(), found.catalog()).is_empty() {
        return Ok(Ok(None));
    }
    let told = [&implied, &found].map(|snapshot| scratch.as_live(live, snapshot.catalog()));
    let changes = differing(scratch, &told[0], &told[1]);
    let all = difference::all(&told[0], &told[1], &changes);
    let mut differences = Differences { all, ..Differences::default() };
    if depth == Depth::Sql {
        differences.losses = explain::losses(&changes);
        let home = explain::home(scratch, order, &changes).await?;
        (differences.done, differences.undo) =
            explain::there_and_back(scratch, live, (&implied, &found), home.as_deref()).await?;
    }
    Ok(Ok(Some(differences)))
}

fn differing<'c, S: Undoing>(scratch: &S, implied: &'c Catalog, found: &'c Catalog) -> Vec<Change<'c>> {
    let mut changes = diff(implied, found);
    changes.retain(|change| !scratch.is_restored(std::slice::from_ref(change)));
    changes
}

#[cfg(test)]
mod tests;
