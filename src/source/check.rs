//! What must hold for the texts of a migration, whatever its SQL says.

use super::directives::{Directives, Repeat};
use super::header::Header;
use super::{Migration, Script};
use crate::error::{Code, Error, Place, Result};

/// Checks directives, and that there is something to run.
pub(super) fn migration(migration: &Migration) -> Result<()> {
    let up = migration.up();
    let directives = up.directives()?;
    if !has_statement(up) {
        return Err(empty(up).with_hint("a migration that does nothing on purpose is written `SELECT 1;`"));
    }
    match migration.down() {
        Some(down) => check_down(&directives, down),
        None => Ok(()),
    }
}

fn check_down(up: &Directives, down: &Script) -> Result<()> {
    let directives = down.directives()?;
    let declared = up.irreversible.is_some() || directives.irreversible.is_some();
    match (has_statement(down), declared) {
        (true, true) => return Err(contradiction(down)),
        (false, false) => {
            return Err(empty(down)
                .with_hint("remove the file, and `schemactl generate` writes it")
                .with_hint("where there is no way back, declare so: `-- schemactl: irreversible = <reason>`"));
        }
        _ => {}
    }
    let misplaced = [("requires", !directives.requires.is_empty()), ("repeat", directives.repeat != Repeat::Once)];
    match misplaced.iter().find(|(_, given)| *given) {
        Some((key, _)) => Err(misplaced_key(down, key)),
        None => Ok(()),
    }
}

fn has_statement(script: &Script) -> bool {
    Header::of(script.text()).statement.is_some()
}

fn empty(script: &Script) -> Error {
    Error::new(Code::Empty, format!("{} holds no statement", script.path())).with_place(Place::whole(script.path()))
}

fn contradiction(down: &Script) -> Error {
    let statement = Header::of(down.text()).statement.unwrap_or_default();
    let end = down.text().len();
    down.directive_error(statement..end, "the migration is declared irreversible, and yet has statements to revert it")
        .with_hint("remove the directive, or the statements")
}

fn misplaced_key(down: &Script, key: &str) -> Error {
    let at = down.text().find(key).unwrap_or_default();
    down.directive_error(at..at + key.len(), format!("`{key}` belongs into the file that applies the migration"))
}
