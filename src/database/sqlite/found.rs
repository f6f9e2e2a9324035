//! What was there before an up, and putting it back after the down.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::{SqliteDatabase, failure};
use crate::catalog::{Catalog, Fact, Id, Kind, Object, ObjectName};
use crate::database::found::{self, refused, refused_values};
use crate::database::{Failure, Job, Write};
use crate::event::Event;
use crate::history::{Fate, Prior, is_meant, is_named_like};
use crate::sql::{Dialect, Dropping, Effect, Ident, Verb, normal, tokens};

/// Reads what has one of these names: tables with their columns, and what else the schema has. A row of the schema is what an object is
/// told by, as long as it is not dropped.
pub(super) fn look(database: &SqliteDatabase<'_>, names: &BTreeSet<String>) -> Result<Catalog, Failure> {
    read(database, names).map_err(|error| failure::of(error, database.connection()))
}

fn read(database: &SqliteDatabase<'_>, names: &BTreeSet<String>) -> rusqlite::Result<Catalog> {
    let connection = database.connection();
    let mut catalog = Catalog::default();
    let mut statement = connection.prepare(
        "SELECT rowid, type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name, table): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let is_named =
            names.contains(&name.to_lowercase()) || kind == "trigger" && names.contains(&table.to_lowercase());
        if !is_named || database.tables.is_own(&table) {
            continue;
        }
        let Some(kind) = parse_kind(&kind) else { continue };
        let owner = matches!(kind, Kind::Index | Kind::Trigger).then_some(table);
        let mut object = Object::new(
            Id { kind, object: row.get(0)?, part: 0 },
            ObjectName { schema: None, owner, name: name.clone() },
        );
        let id = object.id;
        if is_text(kind) {
            object.read(Fact::Definition, &row.get::<_, String>(4)?);
        }
        catalog.insert(object);
        if kind == Kind::Table {
            columns(connection, &mut catalog, id, &name)?;
        }
    }
    set_parents(&mut catalog);
    Ok(catalog)
}

fn parse_kind(word: &str) -> Option<Kind> {
    Some(match word {
        "table" => Kind::Table,
        "index" => Kind::Index,
        "view" => Kind::View,
        "trigger" => Kind::Trigger,
        _ => return None,
    })
}

fn columns(connection: &Connection, catalog: &mut Catalog, table: Id, name: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT cid, name FROM pragma_table_xinfo(?1, 'main')")?;
    let mut rows = statement.query(params![name])?;
    while let Some(row) = rows.next()? {
        let (place, column): (u32, String) = (row.get(0)?, row.get(1)?);
        let id = Id { kind: Kind::Column, object: table.object, part: place };
        let own = ObjectName { schema: None, owner: Some(name.to_owned()), name: column };
        catalog.insert(Object { parent: Some(table), ..Object::new(id, own) });
    }
    Ok(())
}

/// An index or a trigger is a part of its table.
fn set_parents(catalog: &mut Catalog) {
    let tables: Vec<(String, Id)> = catalog
        .iter()
        .filter(|object| matches!(object.kind(), Kind::Table | Kind::View))
        .map(|object| (object.name.name.to_lowercase(), object.id))
        .collect();
    catalog.change_all(|object| {
        if object.parent.is_none() {
            let owner = object.name.owner.as_deref().unwrap_or_default().to_lowercase();
            object.parent = tables.iter().find(|(name, _)| *name == owner).map(|(_, id)| *id);
        }
    });
}

/// The write that records an up, with what it found. `before` was read before its statements.
pub(super) fn note<'a>(
    database: &SqliteDatabase<'_>,
    job: &Job<'a>,
    names: &BTreeSet<String>,
    before: &Catalog,
) -> Result<Write<'a>, Failure> {
    let mut prior = Prior::default();
    if !before.is_empty() {
        let mut after = look(database, names)?;
        tell_remade(job, before, &mut after);
        prior = Prior::of(before, &after);
    }
    let (write, notes) = found::note(Dialect::Sqlite, job, &prior);
    notes
        .into_iter()
        .for_each(|text| database.options.observer.emit(Event::Note { version: job.step.version(), text }));
    Ok(write)
}

/// What a script has dropped, or put another table in the place of, may have the row of the schema that it had before.
fn tell_remade(job: &Job<'_>, before: &Catalog, after: &mut Catalog) {
    const ANOTHER: u32 = 1 << 31;
    let statements = job.analysis.statements_of(job.step.script().text()).flatten();
    let effects: Vec<_> = statements.map(|statement| Effect::of(Dialect::Sqlite, &statement)).collect();
    let is_another = |object: &Object| {
        effects.iter().any(|effect| {
            let drops = match &effect.drops {
                Dropping::These(all) => all.iter().any(|dropped| is_meant(Dialect::Sqlite, dropped, object)),
                Dropping::Nothing | Dropping::Unclear => false,
            };
            let is_renamed = object.kind() == Kind::Table
                && effect.verb == Verb::Alter
                && effect.makes.as_ref().is_some_and(|made| made.name.name.eq_ignore_ascii_case(&object.name.name));
            drops || is_renamed
        })
    };
    // The row of what was dropped is given to what is made next.
    let has_row_of_other = |object: &Object| {
        object.kind() != Kind::Column
            && before.get(object.id).is_some_and(|before| before.name.name != object.name.name)
    };
    let remade = after.iter().filter(|object| is_another(object) || has_row_of_other(object));
    let remade: BTreeSet<Id> = remade.map(|object| object.id).collect();
    let moved = |id: Id| Id { object: id.object | ANOTHER, ..id };
    *after = std::mem::take(after)
        .into_objects()
        .map(|mut object| {
            let table = object.parent.filter(|parent| remade.contains(parent));
            if remade.contains(&object.id) || table.is_some() {
                object.id = moved(object.id);
            }
            object.parent = object.parent.map(|parent| if remade.contains(&parent) { moved(parent) } else { parent });
            object
        })
        .collect();
}

/// After the statements of a down: brings back, exactly, what was there before the up, and refuses where something of it is gone.
/// `start` is what was there before the down.
pub(super) fn settle(
    database: &SqliteDatabase<'_>,
    job: &Job<'_>,
    prior: &Prior,
    start: &Catalog,
) -> Result<(), Failure> {
    let now = look(database, &names(prior))?;
    let lost = lost(prior, start, &now);
    if !lost.is_empty() && !database.options.accept_data_loss {
        return Err(refused(&lost));
    }
    for part in added(prior, &job.step.left.objects, &now) {
        drop_part(database, part)?;
    }
    // In the order in which they were made: a view comes after what it reads, a trigger after its table.
    let mut all: Vec<&Object> = prior.objects.iter().map(|before| &before.object).collect();
    all.sort_by_key(|object| object.id.object);
    for then in all.into_iter().filter(|object| is_text(object.kind())) {
        if let Some(definition) = text_of(then) {
            make_again(database, &names(prior), then, definition)?;
        }
    }
    Ok(())
}

/// What a view, an index or a trigger was made by.
fn text_of(object: &Object) -> Option<&str> {
    object.statement().or_else(|| object.body.view()?.definition.as_deref())
}

/// Makes a view, an index or a trigger what it was. What is there is read again for each: a view takes its triggers with it.
fn make_again(
    database: &SqliteDatabase<'_>,
    names: &BTreeSet<String>,
    then: &Object,
    definition: &str,
) -> Result<(), Failure> {
    let now = look(database, names)?;
    let is_there =
        |table: &str| now.iter().any(|now| now.name.owner.is_none() && now.name.name.eq_ignore_ascii_case(table));
    match now.iter().find(|now| is_named_like(now, then)) {
        Some(current) if is_same(text_of(current), definition) => return Ok(()),
        Some(_) => run(database, &format!("DROP {} main.{}", then.kind(), Ident(&then.name.name)))?,
        None if then.name.owner.as_deref().is_some_and(|table| !is_there(table)) => return Ok(()),
        None => {}
    }
    run(database, definition)
}

/// The names of what was there, as [`look`] takes them.
pub(super) fn names(prior: &Prior) -> BTreeSet<String> {
    prior.names().into_iter().map(|name| name.to_lowercase()).collect()
}

fn run(database: &SqliteDatabase<'_>, sql: &str) -> Result<(), Failure> {
    let connection = database.connection();
    super::session::run(connection, sql).map_err(|error| {
        failure::of(error, connection).with_hint(format!("it was to be as it was before the migration: `{sql}`"))
    })
}

/// What is nothing but its text, and can be made again of it.
fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::View | Kind::Index | Kind::Trigger)
}

fn is_same(a: Option<&str>, b: &str) -> bool {
    let form = |text: &str| normal(text, &tokens(Dialect::Sqlite, text));
    a.is_some_and(|a| form(a) == form(b))
}

/// Tables that were there before the up and until the down, and are gone.
fn lost(prior: &Prior, start: &Catalog, now: &Catalog) -> Vec<String> {
    let is_in = |catalog: &Catalog, object: &Object| catalog.iter().any(|other| is_named_like(other, object));
    let tables = prior.objects.iter().filter(|before| before.fate != Fate::Gone).map(|before| &before.object);
    tables
        .filter(|object| object.kind() == Kind::Table && is_in(start, object) && !is_in(now, object))
        .map(|object| format!("{} {}", object.kind(), object.name.plain()))
        .collect()
}

/// What the up added to tables that the down left alone, and that is still there.
fn added<'a>(prior: &'a Prior, left: &'a [Object], now: &'a Catalog) -> impl Iterator<Item = &'a Object> {
    let of_left = |part: &&Object| part.parent.is_some_and(|parent| left.iter().any(|object| object.id == parent));
    let made = prior.made.iter().filter(of_left);
    made.filter_map(|made| now.iter().find(|now| is_named_like(now, made)))
}

fn drop_part(database: &SqliteDatabase<'_>, part: &Object) -> Result<(), Failure> {
    let name = Ident(&part.name.name);
    let table = Ident(part.name.owner.as_deref().unwrap_or_default());
    match part.kind() {
        Kind::Index | Kind::Trigger => run(database, &format!("DROP {} {name}", part.kind())),
        Kind::Column => {
            let connection = database.connection();
            let count = format!("SELECT count({name}) FROM main.{table}");
            let count: i64 =
                connection.query_row(&count, [], |row| row.get(0)).map_err(|error| failure::of(error, connection))?;
            if count > 0 && !database.options.accept_data_loss {
                return Err(refused_values(&part.name.plain(), &count.to_string()));
            }
            run(database, &format!("ALTER TABLE main.{table} DROP COLUMN {name}"))
        }
        _ => Ok(()),
    }
}
