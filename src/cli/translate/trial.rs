//! The migrations are applied to a scratch database, and what they make is compared with SQLite, before anybody gets them.

use super::super::context::Context;
use super::super::database::scratch;
use super::super::runtime;
use super::TranslateEnds;
use super::map_file::SchemaText;
use super::write::PlannedFile;
use crate::catalog::Catalog;
use crate::config::MigrationSource;
use crate::database::sqlite::inspect::SqliteSnapshot;
use crate::down::postgres::PostgresScratch;
use crate::down::{Savepoints as _, ScratchReader as _};
use crate::error::{Code, Error, Result};
use crate::prove::apply;
use crate::source::{Lateness, Migrations, ProgramMigration};
use crate::sql::Dialect;
use crate::transfer::{BegunMove, MappedTables as _, compare, layout};

/// Applies the files, and looks whether the map leads from what SQLite has to what they make.
pub(super) fn run(
    context: &Context,
    ends: &TranslateEnds,
    snapshot: &SqliteSnapshot,
    files: &[PlannedFile],
    schema_file: &SchemaText,
) -> Result<()> {
    let migrations = Migrations::of_program(files.iter().map(given).collect())?;
    let source = MigrationSource {
        database: ends.target.database.clone(),
        dialect: Dialect::Postgres,
        migrations: ends.folder.clone(),
    };
    let catalog = runtime::block_on(async {
        let scratch = scratch(context.interrupt(), &ends.project, &source).await?;
        Box::pin(made(scratch, &migrations)).await
    })?;
    let mut wrong = compare(&schema_file.map, &snapshot.tables(), &catalog.tables());
    wrong.extend(layout(&schema_file.map, snapshot, &catalog, &BegunMove::default()).err().unwrap_or_default());
    match wrong.into_iter().next() {
        None => Ok(()),
        Some(error) => Err(error.with_state("nothing was written")),
    }
}

fn given(file: &PlannedFile) -> ProgramMigration {
    ProgramMigration {
        path: file.path.display().to_string(),
        version: file.version,
        name: file.description.to_owned(),
        lateness: Lateness::Policy,
        text: file.text.clone(),
    }
}

/// What the migrations make of an empty database.
async fn made(mut scratch: PostgresScratch, migrations: &Migrations) -> Result<Catalog> {
    let catalog = catalog(&mut scratch, migrations).await;
    let closed = Box::pin(scratch.close()).await;
    let catalog = catalog?;
    closed?;
    Ok(catalog)
}

async fn catalog(scratch: &mut PostgresScratch, migrations: &Migrations) -> Result<Catalog> {
    for migration in migrations {
        if let Err(error) = apply(scratch, migration.up()).await? {
            let message = format!("the server does not take {}, as it was translated", migration.up().path());
            let cause = error.cause().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
            return Err(Error::new(Code::StatementFailed, message)
                .with_cause(cause)
                .with_state("nothing was written")
                .with_hint("mend the type, where [map.types] has one that the server does not know")
                .with_hint("leave out the table or column that it is about: `sqlite_only` in the map")
                .with_hint("`schemactl translate --dry-run --no-trial` shows the text")
                .with_source(error));
        }
    }
    scratch.inspect().await
}
