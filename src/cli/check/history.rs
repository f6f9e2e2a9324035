//! What the history of a database shows.

use crate::cli::context::open_to_read;
use crate::cli::database::AnyDatabase;
use crate::cli::drift::{self, Looker};
use crate::cli::notes;
use crate::config::DatabaseTarget;
use crate::drift::Drift;
use crate::error::{Code, Error, Result};
use crate::plan::{Entry, MigrationStatus};
use crate::report::versions;
use crate::run::{self, HistoryRows};
use crate::source::Migrations;
use crate::version::Version;

/// The states that are findings, with what is to be done.
const FINDINGS: [(MigrationStatus, &str); 8] = [
    (MigrationStatus::Pending, "`schemactl up` applies what is pending"),
    (MigrationStatus::OutOfOrder, "give it the next free version, or allow it: `schemactl up --order any`"),
    (MigrationStatus::Changed, "`schemactl up` applies it again"),
    (MigrationStatus::Partial, "`schemactl up` goes on where it stopped"),
    (MigrationStatus::Reverting, "`schemactl down` goes on where it stopped"),
    (MigrationStatus::Modified, "`schemactl plan` shows where it was modified, `schemactl repair` what mends it"),
    (MigrationStatus::Missing, "put the file back, or remove its record: `schemactl repair --forget <VERSION>`"),
    (MigrationStatus::Newer, "check with the release that has the files, or take it back: `schemactl down`"),
];

/// What was found in a database.
#[derive(Default)]
pub(super) struct FoundInDatabase {
    pub(super) findings: Vec<Error>,
    /// What is no finding, and to be known all the same.
    pub(super) warnings: Vec<String>,
}

/// What differs between the history of a database and its files, and between what it holds and what they make.
pub(super) async fn look_at(looker: &Looker<'_>, target: &DatabaseTarget) -> Result<FoundInDatabase> {
    let (migrations, mut database) = open_to_read(target).await?;
    let read = look(looker, &mut database, target, &migrations).await;
    let warnings = match &read {
        Ok((rows, _)) => {
            let entries = rows.entries(&migrations)?;
            let pending = entries.iter().filter(|entry| entry.record().is_none()).filter_map(Entry::migration);
            let sql: Vec<&str> = pending.map(|migration| migration.up().text()).collect();
            notes::unfit_ignores(&mut database, target, &sql).await
        }
        Err(_) => Vec::new(),
    };
    database.close().await;
    let (rows, drift) = read?;
    let entries = rows.entries(&migrations)?;
    let of_history = FINDINGS.into_iter().filter_map(|(status, hint)| finding(target, &entries, status, hint));
    let findings = of_history.chain(drift.and_then(|drift| drift::finding(target, &drift))).collect();
    Ok(FoundInDatabase { findings, warnings })
}

async fn look(
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    target: &DatabaseTarget,
    migrations: &Migrations,
) -> Result<(HistoryRows, Option<Drift>)> {
    let rows = run::history_rows(database).await?;
    let drift = looker.check(database, &rows, target, migrations).await?;
    Ok((rows, drift))
}

fn finding(target: &DatabaseTarget, entries: &[Entry<'_>], status: MigrationStatus, hint: &str) -> Option<Error> {
    let found: Vec<Version> = entries.iter().filter(|entry| entry.status() == status).map(Entry::version).collect();
    let subject = match found.len() {
        0 => return None,
        1 => format!("version {} is", versions(&found)),
        _ => format!("versions {} are", versions(&found)),
    };
    let message = format!("{subject} {} in {}", status.as_str(), target.connection);
    Some(Error::new(Code::CheckFailed, message).with_hint(hint))
}
