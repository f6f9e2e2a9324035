//! Whether a database holds what a baseline says that is to be recorded.

use crate::cli::database::AnyDatabase;
use crate::cli::drift::Looker;
use crate::config::DatabaseTarget;
use crate::drift::{Reach, Recording, Undone};
use crate::error::{Code, Error, Result};
use crate::plan::Repair;
use crate::plural::listed;
use crate::report::visible;
use crate::source::Migrations;
use crate::version::Version;

/// Refuses a baseline that is too high: what it says to be there is read from the database. Where that cannot be compared, this is told, and
/// the word of who asked is taken.
pub(super) async fn refuse_too_high(
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    migrations: &Migrations,
    target: &DatabaseTarget,
    repairs: &[Repair<'_>],
) -> Result<()> {
    let recording = recording(repairs);
    if recording.baseline.is_empty() {
        return Ok(());
    }
    match looker.reached(database, migrations, target, &recording).await? {
        Ok(reach) => match reach.undone.first() {
            Some(first) => Err(too_high(migrations, target, &recording, &reach, first)),
            None => Ok(()),
        },
        Err(obstacles) => {
            looker.context().output.note(visible(&format!(
                "not checked: whether {} holds what these versions make: {}",
                target.connection,
                obstacles.reasons.join("; ")
            )));
            Ok(())
        }
    }
}

fn recording(repairs: &[Repair<'_>]) -> Recording {
    let mut recording = Recording::default();
    for repair in repairs {
        match repair {
            Repair::Baseline { migration } => recording.baseline.insert(migration.version()),
            Repair::MarkApplied { migration, .. } => recording.marked.insert(migration.version()),
            Repair::Forget { record } => recording.forgotten.insert(record.version),
            Repair::Checksum { .. } | Repair::Down { .. } => false,
        };
    }
    recording
}

fn too_high(
    migrations: &Migrations,
    target: &DatabaseTarget,
    recording: &Recording,
    reach: &Reach,
    first: &Undone,
) -> Error {
    /// More are counted.
    const MOST: usize = 5;
    let name = migrations.get(first.version).map_or_else(|| first.version.to_string(), ToString::to_string);
    let what: Vec<&str> = reach.undone.iter().map(|undone| undone.what.as_str()).collect();
    let last = recording.baseline.last().map_or_else(String::new, Version::to_string);
    let error = Error::new(
        Code::Drift,
        format!("the baseline {last} is too high: {} does not hold what {name} makes", target.connection),
    )
    .with_cause(visible(&listed(&what, MOST)))
    .with_state("nothing was changed");
    let recorded = reach
        .absent
        .iter()
        .find(|undone| undone.version < first.version && !recording.baseline.contains(&undone.version));
    let error = match (recorded, reach.fits) {
        // What is recorded already does not become true by a lower baseline.
        (Some(Undone { version, what }), _) => error.with_hint(visible(&format!(
            "nothing of what {version} makes is there either ({what}), and it is recorded: where it was never run, `schemactl repair --forget \
             {version}`, and ask again"
        ))),
        (None, Some(fits)) => silent(
            error.with_hint(format!(
                "everything up to {fits} is there: `schemactl repair --baseline {fits}`, then `schemactl up` applies the rest"
            )),
            reach,
        ),
        (None, None) => error.with_hint("where nothing of these migrations is there, no table of such a name either, `schemactl up` applies them all"),
    };
    let error = error.with_hint("or make by hand what is missing, and ask again");
    // Over a database that has nothing of it, a record would be wrong whatever is meant.
    if reach.fits.is_none() {
        return error;
    }
    error.with_hint(format!(
        "or, where this database is to go without it: `schemactl repair --mark-applied {0}` records {0} alone, and does not look at the \
         database",
        first.version
    ))
}

/// Rows are not compared.
fn silent(error: Error, reach: &Reach) -> Error {
    let Some(lowest) = reach.silent.first() else { return error };
    error.with_hint(format!(
        "{} changes rows alone, or nothing that the catalog shows: look whether that was done, and where not, name the version below {lowest}",
        listed(&reach.silent, 5)
    ))
}
