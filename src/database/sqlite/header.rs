//! PRAGMAs about the file as a whole. SQLite takes them for one that is empty, or for the next VACUUM, and passes over them in silence
//! otherwise (<https://www.sqlite.org/pragma.html#pragma_page_size>): whether one had its effect is read.

use super::tables::ask;
use super::{SqliteDatabase, failure, session};
use crate::database::{Failure, Job, Prelude};
use crate::error::{Code, Result};
use crate::event::Action;
use crate::sql::{Outside, Pragma, Statement, StatementKind, with_line_feeds};

const ENCODING: &str = "encoding";
const PAGE_SIZE: &str = "page_size";
const AUTO_VACUUM: &str = "auto_vacuum";

/// Whether a PRAGMA sets something of the main file as a whole.
pub(super) fn is_of_file(pragma: &Pragma<'_>) -> bool {
    let is_main = pragma.schema.as_ref().is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
    is_main && pragma.value.is_some() && [ENCODING, PAGE_SIZE, AUTO_VACUUM].iter().any(|name| pragma.is(name))
}

fn pragma<'s, 'a>(statement: &'s Statement<'a>) -> Option<&'s Pragma<'a>> {
    match &statement.kind {
        StatementKind::Pragma(pragma) | StatementKind::Outside(Outside::Pragma(pragma)) => Some(pragma),
        _ => None,
    }
}

/// Those with which the first migration begins: they come before the history's tables, with which a file is no longer empty.
pub(super) fn prelude(jobs: &[Job<'_>]) -> Prelude {
    let Some(job) = jobs.first().filter(|job| job.step.action() == Action::Apply) else { return Prelude::default() };
    let statements = job.analysis.statements_of(job.step.script().text()).flatten();
    let first = statements.take_while(|statement| pragma(statement).is_some());
    let of_file = first.filter(|statement| pragma(statement).is_some_and(is_of_file));
    Prelude(of_file.map(|statement| with_line_feeds(statement.text).into_owned()).collect())
}

/// Runs the prelude where the file is empty.
pub(super) fn begin(database: &SqliteDatabase<'_>, Prelude(pragmas): &Prelude) -> Result<()> {
    if pragmas.is_empty() || ask(database, pages)? > 0 {
        return Ok(());
    }
    ask(database, |connection| pragmas.iter().try_for_each(|pragma| session::run(connection, pragma)))
}

pub(super) fn pages(connection: &rusqlite::Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA main.page_count", [], |row| row.get(0))
}

/// What a script asks for, the last time that it does.
#[derive(Default)]
pub(super) struct Asked<'a>(Vec<(usize, Statement<'a>)>);

impl<'a> Asked<'a> {
    pub(super) fn note(&mut self, number: usize, statement: Statement<'a>) {
        let Some(asked) = pragma(&statement).filter(|pragma| is_of_file(pragma)) else { return };
        self.0.retain(|(_, earlier)| pragma(earlier).is_none_or(|earlier| !asked.is(&earlier.name)));
        self.0.push((number, statement));
    }

    /// Fails where something is not as it is asked for.
    pub(super) fn assert(&self, database: &SqliteDatabase<'_>, index: usize) -> Result<(), Failure> {
        self.0.iter().try_for_each(|(number, statement)| {
            let Some(pragma) = pragma(statement) else { return Ok(()) };
            is_set(database, pragma).map_err(|failure| failure.at(index, Some(*number), Some(statement.span())))
        })
    }
}

/// Before a step that runs statement by statement: what no VACUUM comes after must be so already.
pub(super) fn assert_fulfillable(database: &SqliteDatabase<'_>, job: &Job<'_>) -> Result<(), Failure> {
    let mut asked = Asked::default();
    for (number, statement) in job.analysis.statements_of(job.step.script().text()).flatten().enumerate() {
        if is_vacuum(&statement) {
            asked = Asked::default();
        }
        asked.note(number, statement);
    }
    asked.0.retain(|(_, statement)| pragma(statement).is_none_or(|pragma| !is_switch(database, pragma)));
    asked.assert(database, 0)
}

/// After a statement that cannot be in a transaction: after VACUUM what came before it is so, and the journal mode is what was asked for.
pub(super) fn assert_done(
    database: &SqliteDatabase<'_>,
    job: &Job<'_>,
    statement: &Statement<'_>,
) -> Result<(), Failure> {
    if let Some(pragma) = pragma(statement).filter(|pragma| pragma.is("journal_mode") && pragma.value.is_some()) {
        return is_journaled(database, pragma);
    }
    if !is_vacuum(statement) {
        return Ok(());
    }
    let mut asked = Asked::default();
    let statements = job.analysis.statements_of(job.step.script().text()).flatten().enumerate();
    for (number, earlier) in statements.take_while(|(_, earlier)| earlier.offset < statement.offset) {
        asked.note(number, earlier);
    }
    // It is VACUUM that is run again.
    asked.assert(database, 0).map_err(|failure| failure.at(0, None, None))
}

/// VACUUM INTO writes another file.
fn is_vacuum(statement: &Statement<'_>) -> bool {
    let into = || statement.text.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("into"));
    matches!(statement.kind, StatementKind::Outside(Outside::Vacuum)) && !into()
}

/// From one kind of `auto_vacuum` to the other it can be switched at any time.
fn is_switch(database: &SqliteDatabase<'_>, pragma: &Pragma<'_>) -> bool {
    let is_on = |value: &str| normal(AUTO_VACUUM, value) != "0";
    pragma.is(AUTO_VACUUM)
        && pragma.value.as_deref().is_some_and(is_on)
        && read(database, AUTO_VACUUM).is_ok_and(|now| is_on(&now))
}

fn is_set(database: &SqliteDatabase<'_>, pragma: &Pragma<'_>) -> Result<(), Failure> {
    let name = pragma.name.to_ascii_lowercase();
    let asked = pragma.value.as_deref().unwrap_or_default();
    let now = read(database, &name)?;
    let (wanted, found) = (normal(&name, asked), normal(&name, &now));
    if wanted == found || (wanted == "utf16" && found.starts_with(&wanted)) {
        return Ok(());
    }
    let hint = if name == ENCODING {
        "only a new file takes it, from the first statements of its first migration"
    } else if name == PAGE_SIZE {
        "a new file takes it from the first statements of its first migration; any other with `-- schemactl: transaction = none` and VACUUM \
         after it, unless its journal_mode is WAL"
    } else {
        "a new file takes it from the first statements of its first migration; any other with `-- schemactl: transaction = none` and VACUUM \
         after it"
    };
    let cause = format!("PRAGMA {name} = {asked} had no effect: in this database, which is not empty, it is {now}");
    Err(Failure::new(Code::StatementFailed, cause).with_hint(hint))
}

/// What is in memory has no other journal.
fn is_journaled(database: &SqliteDatabase<'_>, pragma: &Pragma<'_>) -> Result<(), Failure> {
    let connection = database.connection();
    let is_file = connection.path().is_some_and(|path| !path.is_empty());
    let asked = pragma.value.as_deref().unwrap_or_default();
    let now = read(database, "journal_mode")?;
    if !is_file || pragma.schema.is_some() || asked.eq_ignore_ascii_case(&now) {
        return Ok(());
    }
    let cause = format!("PRAGMA journal_mode = {asked} had no effect: it is {now}");
    Err(Failure::new(Code::StatementFailed, cause)
        .with_hint("no other connection may have the database open for some changes, and a file system without shared memory has no WAL"))
}

fn read(database: &SqliteDatabase<'_>, name: &str) -> Result<String, Failure> {
    use rusqlite::types::Value;

    let connection = database.connection();
    let value = connection.query_row(&format!("PRAGMA main.{name}"), [], |row| row.get::<_, Value>(0));
    match value.map_err(|error| failure::of(error, connection))? {
        Value::Integer(number) => Ok(number.to_string()),
        Value::Text(text) => Ok(text),
        other => Ok(format!("{other:?}")),
    }
}

/// A value in the one form that is compared.
fn normal(name: &str, value: &str) -> String {
    let value = value.trim().to_ascii_lowercase();
    match (name, value.as_str()) {
        (AUTO_VACUUM, "none") => "0".to_owned(),
        (AUTO_VACUUM, "full") => "1".to_owned(),
        (AUTO_VACUUM, "incremental") => "2".to_owned(),
        (ENCODING, _) => value.replace('-', ""),
        _ => value.trim_start_matches('+').to_owned(),
    }
}
