//! What must hold for the texts of a migration, whatever its SQL says.

use std::ops::Range;

use super::both_ways::{self, ScriptDirection};
use super::directive_value::{Cost, Lateness, Repeat};
use super::header::Header;
use super::{Directives, Migration, Script};
use crate::error::{Code, Error, Place, Result};

/// Checks directives, and that there is something to run.
pub(super) fn migration(migration: &Migration) -> Result<()> {
    let up = migration.up();
    both_ways::refuse(up, ScriptDirection::Up)?;
    let directives = up.directives()?;
    if !has_statement(up) {
        return Err(empty(up)
            .with_hint("write the SQL into it")
            .with_hint("a migration that does nothing on purpose is written `SELECT 1;`"));
    }
    let of_down = [("verdict", directives.verdict.is_some()), ("loses", !directives.loses.is_empty())];
    if let Some((key, _)) = of_down.iter().find(|(_, given)| *given) {
        return Err(misplaced_key(up, key, "the file that takes the migration back"));
    }
    match migration.down() {
        Some(down) => check_down(directives, down),
        None => Ok(()),
    }
}

fn check_down(up: &Directives, down: &Script) -> Result<()> {
    both_ways::refuse(down, ScriptDirection::Down)?;
    let directives = down.directives()?;
    let declared = up.irreversible.is_some() || directives.irreversible.is_some();
    match (has_statement(down), declared) {
        (true, true) => return Err(contradiction(down)),
        (false, false) => {
            return Err(empty(down)
                .with_hint("write the SQL into it that takes the migration back")
                .with_hint("or remove the file, and `schemactl generate` writes it")
                .with_hint(
                    "where there is no way back, write that into it alone: `-- schemactl: irreversible = <reason>`",
                ));
        }
        _ => {}
    }
    let misplaced = [
        ("requires", !directives.requires.is_empty()),
        ("repeat", directives.repeat != Repeat::Once),
        ("order", directives.order != Lateness::Policy),
        ("undo", directives.undo.is_some()),
    ];
    if let Some((key, _)) = misplaced.iter().find(|(_, given)| *given) {
        return Err(misplaced_key(down, key, "the file that applies the migration"));
    }
    check_verdict(declared, directives, down)
}

/// What a down says of its losses must not contradict itself: `down` goes by it.
fn check_verdict(declared: bool, directives: &Directives, down: &Script) -> Result<()> {
    let loses = !directives.loses.is_empty();
    let (key, reason) = match directives.verdict {
        Some(Cost::Lossless) if loses => ("loses", "a down that is lossless loses nothing"),
        Some(_) if declared => ("verdict", "the migration is declared irreversible: there is no down to judge"),
        None if declared && loses => {
            ("loses", "the migration is declared irreversible: there is no down to lose anything")
        }
        _ => return Ok(()),
    };
    Err(down.directive_error(key_span(down, key), reason))
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

fn misplaced_key(script: &Script, key: &str, place: &str) -> Error {
    script.directive_error(key_span(script, key), format!("`{key}` belongs into {place}"))
}

/// Where the key of a directive stands: the word may stand in other comments too.
fn key_span(script: &Script, key: &str) -> Range<usize> {
    let text = script.text();
    let is_key =
        |at: &usize| text[..*at].trim_end().ends_with(':') && text[*at + key.len()..].trim_start().starts_with('=');
    let at = text.match_indices(key).map(|(at, _)| at).find(is_key).unwrap_or_default();
    at..at + key.len()
}
