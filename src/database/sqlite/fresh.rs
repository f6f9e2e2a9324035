//! Temporary objects of the application's connection. SQLite looks for a name among them first: what a migration does to `orders` would
//! be done to a temporary table of that name, and a temporary trigger would act on the rows that a migration writes.

use super::SqliteDatabase;
use super::state::{Settings, Temporary};
use super::tables::ask;
use crate::database::Job;
use crate::error::{Code, Error, Result};
use crate::sql::mentions;

/// Fails where one of them has the name of something that the steps mention, or that is there.
pub(super) fn assert_unhidden(database: &SqliteDatabase<'_>, jobs: &[Job<'_>]) -> Result<()> {
    let temporary = database.settings.iter().flat_map(Settings::temporary);
    for object in temporary.filter(|object| object.kind != "index") {
        let mentioned = jobs.iter().find(|job| mentions(job.step.script().text(), &object.on));
        let why = match mentioned {
            Some(job) => format!("{} names it", job.step.name()),
            // The history's own are always named with their schema.
            None if !is_ours(database, &object.on) && is_lasting(database, &object.on)? => {
                "the database has one of that name".to_owned()
            }
            None => continue,
        };
        return Err(refusal(object, &why));
    }
    Ok(())
}

fn is_ours(database: &SqliteDatabase<'_>, name: &str) -> bool {
    database.tables.is_own(name)
}

/// Whether something that is not temporary has the name: triggers and views use that.
fn is_lasting(database: &SqliteDatabase<'_>, name: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE lower(name) = lower(?1))";
    ask(database, |connection| connection.query_row(sql, [name], |row| row.get(0)))
}

fn refusal(object: &Temporary, why: &str) -> Error {
    let Temporary { kind, name, on, .. } = object;
    let (what, cause) = match kind.as_str() {
        "trigger" => (
            format!("the connection has a temporary trigger {name} on {on}, which acts on what migrations write"),
            format!("of {on}: {why}"),
        ),
        _ => (
            format!("the connection has a temporary {kind} {name}, which hides what has its name"),
            format!("{why}: what a migration does under that name would be done to what ends with the connection"),
        ),
    };
    Error::new(Code::Usage, what).with_cause(cause).with_hint(format!(
        "drop it before running migrations (`DROP {kind} temp.{name}`), or hand over another connection"
    ))
}
