//! Whether both backends of a database have what its map says that they have in common.

use crate::cli::prove::FolderProver;
use crate::config::{Map, MigrationSource};
use crate::error::{Error, Result};
use crate::source::Migrations;
use crate::transfer::{MappedTable, compare};

/// A map, and what was found.
pub(super) struct Mapped {
    pub(super) database: Option<String>,
    pub(super) findings: Vec<Error>,
}

/// Compares the two backends of every database that has a map, and of which both were selected.
pub(super) fn check(prover: &FolderProver<'_>, sources: &[MigrationSource]) -> Vec<Mapped> {
    let pairs = sources.iter().zip(sources.iter().skip(1));
    let of_one = pairs.filter(|(sqlite, postgres)| sqlite.database == postgres.database);
    let mapped = of_one.filter_map(|(sqlite, postgres)| {
        let map = prover.project().map(sqlite.database.as_deref())?;
        let findings = findings(prover, &map, sqlite, postgres).unwrap_or_else(|error| vec![error]);
        Some(Mapped { database: sqlite.database.clone(), findings })
    });
    mapped.collect()
}

fn findings(
    prover: &FolderProver<'_>,
    map: &Map,
    sqlite: &MigrationSource,
    postgres: &MigrationSource,
) -> Result<Vec<Error>> {
    let (Some(sqlite), Some(postgres)) = (tables(prover, sqlite)?, tables(prover, postgres)?) else {
        // The proof has told why.
        return Ok(Vec::new());
    };
    Ok(compare(map, &sqlite, &postgres))
}

/// The tables that all migrations of a folder make; `None` where one cannot be read or does not run.
fn tables(prover: &FolderProver<'_>, source: &MigrationSource) -> Result<Option<Vec<MappedTable>>> {
    let Ok(migrations) = Migrations::read(&source.migrations) else { return Ok(None) };
    prover.tables(source, &migrations)
}
