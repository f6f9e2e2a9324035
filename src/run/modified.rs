use crate::config::{Edits, Options};
use crate::database::Reader;
use crate::error::{Place, Result};
use crate::history::{FirstChange, Record, Stored};
use crate::plan::{self, Entry, MigrationStatus, Refusal};
use crate::source::{Migration, Migrations};
use crate::sql::Dialect;
use crate::version::Version;

/// Adds to the refusal of a modified migration which statement is not the one that was applied.
pub(super) async fn locate<R: Reader>(database: &mut R, migrations: &Migrations, refusal: Refusal) -> Result<Refusal> {
    let Refusal::Modified { version, .. } = refusal else { return Ok(refusal) };
    let Some(migration) = migrations.get(version) else { return Ok(refusal) };
    let stored = database.stored(&[version]).await?;
    let Some(stored) = stored.first() else { return Ok(refusal) };
    Ok(refusal.with_change(first_change(database.dialect(), migration, stored)?))
}

fn first_change(
    dialect: Dialect,
    migration: &Migration,
    stored: &Stored,
) -> Result<Option<(FirstChange, Option<Place>)>> {
    let statements = migration.up().statements(dialect)?;
    let now: Vec<&str> = statements.iter().map(|statement| statement.text).collect();
    Ok(stored.hashes.first_change(&now).map(|change| match change {
        FirstChange::Statement(at) => {
            let place = statements.get(at).map(|found| migration.up().place(found.span()));
            (change, place)
        }
        FirstChange::OnlyComments | FirstChange::Removed(_) => (change, None),
    }))
}

/// Takes the text of the files for what was applied where the policy allows that, and every statement is still the one that was applied.
pub(super) async fn accept_comments<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    records: &mut [Record],
    options: &Options,
) -> Result<()> {
    if options.edits != Edits::Comments {
        return Ok(());
    }
    let entries = plan::survey(migrations, records)?;
    let is_modified = |entry: &&Entry<'_>| entry.status == MigrationStatus::Modified;
    let versions: Vec<Version> = entries.iter().filter(is_modified).map(Entry::version).collect();
    if versions.is_empty() {
        return Ok(());
    }
    let dialect = database.dialect();
    for stored in database.stored(&versions).await? {
        let Some(migration) = migrations.get(stored.version) else { continue };
        let Some(record) = records.iter_mut().find(|record| record.version == stored.version) else { continue };
        if let Some((FirstChange::OnlyComments, _)) = first_change(dialect, migration, &stored)? {
            record.checksum = migration.up().checksum().to_string();
        }
    }
    Ok(())
}
