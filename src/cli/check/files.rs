//! What the files alone show.

use crate::database::syntax::Syntax;
use crate::error::{Code, Error, Place, Result};
use crate::source::{Migration, Migrations, Script};
use crate::sql::Dialect;

/// Everything that is wrong with the texts of these migrations, which could be read.
pub(super) fn findings(dialect: Dialect, migrations: &Migrations) -> Vec<Error> {
    let mut findings = Vec::new();
    let syntax = Syntax::new(dialect);
    for migration in migrations {
        findings.extend(script(&syntax, dialect, migration.up()).err());
        findings.extend(migration.down().and_then(|down| script(&syntax, dialect, down).err()));
        findings.extend(way_back(migration).err());
    }
    findings
}

fn script(syntax: &Syntax, dialect: Dialect, script: &Script) -> Result<()> {
    script.read_whole(dialect)?;
    syntax.script(script)
}

/// A migration has a down, or says why not.
fn way_back(migration: &Migration) -> Result<()> {
    if migration.down().is_some() || migration.irreversible()?.is_some() {
        return Ok(());
    }
    let path = migration.up().path();
    Err(Error::new(Code::NoDown, format!("migration {migration} has no down"))
        .with_place(Place::whole(path))
        .with_hint("`schemactl generate` writes one; or write it by hand beside its file: the same name, ending in `.down.sql`")
        .with_hint(
            "where there is no way back, that file says so, and nothing else: `-- schemactl: irreversible = <reason>`",
        ))
}
