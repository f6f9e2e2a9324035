//! What the history of a database shows.

use crate::cli::context::open_to_read;
use crate::cli::database::AnyDatabase;
use crate::cli::drift::{self, Looker};
use crate::config::Target;
use crate::drift::Drift;
use crate::error::{Code, Error, Result};
use crate::plan::{Entry, Standing};
use crate::report::versions;
use crate::run::{self, Status};
use crate::source::Migrations;
use crate::version::Version;

/// The standings that are findings, with what is to be done.
const FINDINGS: [(Standing, &str); 8] = [
    (Standing::Pending, "`schemactl up` applies what is pending"),
    (Standing::OutOfOrder, "give it the next free version, or allow it: `schemactl up --order any`"),
    (Standing::Changed, "`schemactl up` applies it again"),
    (Standing::Partial, "`schemactl up` goes on where it stopped"),
    (Standing::Reverting, "`schemactl down` goes on where it stopped"),
    (Standing::Modified, "`schemactl plan` shows where it was modified, `schemactl repair` what mends it"),
    (Standing::Missing, "put the file back, or remove its record: `schemactl repair --forget <VERSION>`"),
    (Standing::Newer, "check with the release that has the files, or take it back: `schemactl down`"),
];

/// What differs between the history of a database and its files, and between what it holds and what they make.
pub(super) async fn findings(looker: &Looker<'_>, target: &Target) -> Result<Vec<Error>> {
    let (migrations, mut database) = open_to_read(target).await?;
    let read = look(looker, &mut database, target, &migrations).await;
    database.close().await;
    let (status, drift) = read?;
    let entries = status.entries(&migrations)?;
    let of_history = FINDINGS.into_iter().filter_map(|(standing, hint)| finding(target, &entries, standing, hint));
    Ok(of_history.chain(drift.and_then(|drift| drift::finding(target, &drift))).collect())
}

async fn look(
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    target: &Target,
    migrations: &Migrations,
) -> Result<(Status, Option<Drift>)> {
    let status = run::status(database).await?;
    let drift = looker.check(database, &status, target, migrations).await?;
    Ok((status, drift))
}

fn finding(target: &Target, entries: &[Entry<'_>], standing: Standing, hint: &str) -> Option<Error> {
    let found: Vec<Version> = entries.iter().filter(|entry| entry.standing() == standing).map(Entry::version).collect();
    let subject = match found.len() {
        0 => return None,
        1 => format!("version {} is", versions(&found)),
        _ => format!("versions {} are", versions(&found)),
    };
    let message = format!("{subject} {} in {}", standing.as_str(), target.connection);
    Some(Error::new(Code::CheckFailed, message).with_hint(hint))
}
