use crate::database::Database;
use crate::error::{Place, Result};
use crate::history::{FirstChange, Stored};
use crate::plan::Refusal;
use crate::source::{Migration, Migrations};
use crate::sql::Dialect;

/// Adds to the refusal of a modified migration which statement is not the one that was applied.
pub(super) async fn locate<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    refusal: Refusal,
) -> Result<Refusal> {
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
