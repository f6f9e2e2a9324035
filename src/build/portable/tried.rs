//! Renderings are run before they are written, on databases that are made for it and thrown away, and what both come to is compared.

use std::path::Path;
use std::thread;

use crate::config::{CopySettings, Map, OneSided, Options};
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};
use crate::database::sqlite::inspect::loose_references;
use crate::down::postgres::PostgresScratch;
use crate::down::sqlite::SqliteScratch;
use crate::down::{Savepoints, ScratchReader, ScratchRunner};
use crate::error::{Code, Error, Place, Result};
use crate::prove::apply;
use crate::source::{Migration, Migrations};
use crate::sql::Dialect;
use crate::transfer::{MappedTable, MappedTables, compare};

/// Runs the migrations on SQLite, in memory. Returns the tables that they make, and what else is to be known.
pub(super) fn on_sqlite(folder: &Path, migrations: &Migrations) -> Result<(Vec<MappedTable>, Vec<String>)> {
    crate::sqlite::block_on(async {
        let mut scratch = SqliteScratch::open()?;
        let tables = run(&mut scratch, migrations).await?;
        if let Some(loose) = loose_references(&scratch.inspect().await?)?.into_iter().next() {
            let error = Error::new(Code::NotRendered, format!("on SQLite {loose}"));
            return Err(error
                .with_place(Place::whole(folder.display().to_string()))
                .with_state(STATE)
                .with_hint("SQLite takes such a key, and refuses the first row: mend it before it is written"));
        }
        Ok((tables, scratch.stood_in()?))
    })
}

/// Runs the migrations in a database of its own on a server.
pub(super) fn on_postgres(url: &str, migrations: &Migrations) -> Result<Vec<MappedTable>> {
    let settings = ConnectSettings::parse(url, &ConnectEnvironment::process())?;
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|cause| Error::io(Code::Connect, "the system refuses what a connection needs", cause))?;
        runtime.block_on(async {
            let mut scratch = Box::pin(PostgresScratch::open(settings, &Options::default())).await?;
            let tables = Box::pin(self::run(&mut scratch, migrations)).await;
            let closed = Box::pin(scratch.close()).await;
            let tables = tables?;
            closed?;
            Ok(tables)
        })
    };
    // In a thread of its own, since the program may have a runtime already, inside which there can be no other.
    thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

const STATE: &str = "nothing was written";

async fn run<S>(scratch: &mut S, migrations: &Migrations) -> Result<Vec<MappedTable>>
where
    S: ScratchReader<Snapshot: MappedTables> + ScratchRunner + Savepoints,
{
    for migration in migrations.in_order()? {
        // All that a run would refuse before it begins.
        migration.up().read_whole(S::DIALECT).map_err(|error| error.with_state(STATE))?;
        if !scratch.provides(&migration.up().directives()?.requires).await? {
            let message = format!("migration {migration} requires what the scratch database does not have");
            return Err(at(migration, Code::Untried, message).with_hint("name a server that has it"));
        }
        if let Err(error) = apply(scratch, migration.up()).await? {
            return Err(error.with_state(STATE).with_hint(by_hand(migration, S::DIALECT)));
        }
        if let Some(unsound) = scratch.unsound().await?.into_iter().next() {
            let message =
                format!("migration {migration} would not do on {} what it says: {unsound}", S::DIALECT.as_str());
            return Err(at(migration, Code::NotRendered, message).with_hint(by_hand(migration, S::DIALECT)));
        }
    }
    Ok(scratch.inspect().await?.tables())
}

fn at(migration: &Migration, code: Code, message: String) -> Error {
    Error::new(code, message).with_place(Place::whole(migration.up().path())).with_state(STATE)
}

fn by_hand(migration: &Migration, dialect: Dialect) -> String {
    format!("mend migration {migration}, or write it in SQL: what barrel renders for {} is not right", dialect.as_str())
}

/// Compares what both databases have, but for what is said to be on one of them alone.
pub(super) fn compared(folder: &Path, alone: &Alone, sqlite: &[MappedTable], postgres: &[MappedTable]) -> Result<()> {
    let place = Place::whole(folder.display().to_string());
    let one_sided = |list: &[String]| -> Result<Vec<OneSided>> {
        list.iter().map(|text| OneSided::parse(text, place.clone()).ok_or_else(|| no_name(text))).collect()
    };
    let map = Map {
        section: "map".to_owned(),
        schema: "public".to_owned(),
        tables: Vec::new(),
        columns: Vec::new(),
        sqlite_only: one_sided(&alone.sqlite)?,
        postgres_only: one_sided(&alone.postgres)?,
        #[cfg(feature = "cli")]
        convert: Vec::new(),
        #[cfg(feature = "cli")]
        types: Vec::new(),
        #[cfg(feature = "cli")]
        unique: Vec::new(),
        at: Vec::new(),
        copy: CopySettings::default(),
        place,
    };
    let found = compare(&map, sqlite, postgres);
    let Some(first) = found.first() else { return Ok(()) };
    let more = found.len() - 1;
    let and_more = if more == 0 { String::new() } else { format!("; and {more} more") };
    // The hints of the comparison are about schema.toml.
    let error = Error::new(Code::MapDiffers, format!("{first}{and_more}")).with_state("nothing was written");
    let error =
        error.with_place(map.place).with_hint("use types that both keep alike: docs/barrel.md has a table of them");
    Err(error.with_hint(
        "where it is meant to be on one alone: `.sqlite_only(\"table.column\")` or `.postgres_only(\"table.column\")` says so",
    ))
}

fn no_name(text: &str) -> Error {
    Error::new(Code::InvalidValue, format!("{text:?} is no name of a table or a column"))
        .with_hint("write `table` or `table.column`; a name that has a dot is in double quotes")
}

/// What is on one of the two alone.
#[derive(Debug, Default)]
pub(super) struct Alone {
    pub(super) sqlite: Vec<String>,
    pub(super) postgres: Vec<String>,
}
