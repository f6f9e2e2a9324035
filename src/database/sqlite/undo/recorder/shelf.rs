//! What a statement would destroy, kept before it runs: the rows of a table that is dropped, the values of a column.

use super::log::CopyRole;
use super::{Recorder, RowCopy, keyed};
use crate::database::sqlite::session::number;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::images::{Images, is_same, key_names};
use crate::database::sqlite::undo::state::equal;
use crate::history::{UndoColumn, value_column};
use crate::sql::{CopiedColumns, Ident, Name, Plain, Shape, Statement, StatementKind, dropped_column};

/// Keeps what a statement takes.
pub(super) fn before(recorder: &mut Recorder<'_>, statement: &Statement<'_>) -> rusqlite::Result<()> {
    if let StatementKind::Shape(Shape::DropTable { name }) = &statement.kind {
        return table(recorder, name);
    }
    match dropped_column(statement) {
        Some((name, column)) => column_of(recorder, &name, &column),
        None => Ok(()),
    }
}

/// Whether a statement drops a table or a column.
pub(super) fn takes_something(statement: &Statement<'_>) -> bool {
    matches!(statement.kind, StatementKind::Shape(Shape::DropTable { .. })) || dropped_column(statement).is_some()
}

/// The place of a table with the facts about it, where it was there before the step and its rows are recorded.
fn known(recorder: &mut Recorder<'_>, name: &Name<'_>) -> rusqlite::Result<Option<(usize, Name<'static>, TableFacts)>> {
    let Some(at) = recorder.tables.resolve(name) else { return Ok(None) };
    let watched = &recorder.tables.list[at];
    let Some(now) = watched.now.clone() else { return Ok(None) };
    if watched.is_virtual && !watched.is_made {
        recorder.give_up(format!("table {} is virtual, and what it holds is not kept", Plain(&now.name)));
        return Ok(None);
    }
    if watched.is_made || watched.is_virtual || now.schema.as_deref() != Some("main") {
        return Ok(None);
    }
    match TableFacts::read(recorder.connection, &now)? {
        Ok(facts) => Ok(Some((at, now, facts))),
        Err(why) => {
            recorder.give_up(why);
            Ok(None)
        }
    }
}

fn table(recorder: &mut Recorder<'_>, name: &Name<'_>) -> rusqlite::Result<()> {
    let Some((at, now, facts)) = known(recorder, name)? else { return Ok(()) };
    recorder.read_left(at)?;
    if let Some(copy) = recorder.copy_in_place_of(at)
        && let Some(into) = recorder.tables.list[copy.into].now.clone()
        && let Ok(copied) = TableFacts::read(recorder.connection, &into)?
    {
        recorder.logs[at].copied = CopyRole::Dropped;
        keyed::before_drop(recorder, at, &now, &facts, true)?;
        return differences(recorder, at, &now, &facts, &copy, &into, &copied);
    }
    let columns: Vec<&str> = facts.columns.iter().map(|column| column.name.as_str()).collect();
    if may_keep(recorder, &now, &columns, &format!(" FROM {now}"))? {
        let images = recorder.images(at, &facts)?.clone();
        let sql = images.note(&facts.key, "t", &format!(" FROM {now} AS t"));
        keep(recorder, &images, &sql)?;
    }
    keyed::before_drop(recorder, at, &now, &facts, false)
}

/// What the copy of a table that is dropped does not have.
fn differences(
    recorder: &mut Recorder<'_>,
    at: usize,
    now: &Name<'_>,
    facts: &TableFacts,
    copy: &RowCopy,
    into: &Name<'_>,
    copied: &TableFacts,
) -> rusqlite::Result<()> {
    for (place, column) in facts.columns.iter().enumerate() {
        let other = copied.columns.iter().enumerate().find(|(_, other)| other.name.eq_ignore_ascii_case(&column.name));
        let is_copied = other.is_some_and(|(there, _)| match &copy.columns {
            CopiedColumns::Named(names) => names.iter().any(|name| name.eq_ignore_ascii_case(&column.name)),
            CopiedColumns::AllInOrder => there == place,
            CopiedColumns::InOrder(names) => {
                let name = names.get(there).and_then(Option::as_deref);
                name.is_some_and(|name| name.eq_ignore_ascii_case(&column.name))
            }
        });
        if is_copied && other.is_some_and(|(_, other)| other.datatype == column.datatype) {
            continue;
        }
        if is_new(recorder, at, &column.name) {
            continue;
        }
        if column.in_key {
            let table = recorder.called(at);
            recorder.give_up(format!("table {table} is made again, and its key is not copied as it is"));
            return Ok(());
        }
        if !facts.has_key() || facts.row_key != copied.row_key || !copied.has_key() {
            let table = recorder.called(at);
            recorder.give_up(format!("table {table} is made again without a column, and has no primary key"));
            return Ok(());
        }
        let keys: Vec<String> = facts
            .columns
            .iter()
            .filter(|column| column.in_key)
            .map(|column| format!("t.{0} IS o.{0}", Ident(&column.name)))
            .collect();
        let from = match other {
            Some((_, other)) => {
                let same = is_same(&format!("t.{}", Ident(&column.name)), &format!("o.{}", Ident(&other.name)));
                format!(
                    " FROM {now} AS t LEFT JOIN {into} AS o ON {} WHERE NOT coalesce({same}, 0)",
                    keys.join(" AND ")
                )
            }
            None => format!(" FROM {now} AS t"),
        };
        values(recorder, at, now, facts, &column.name, &from)?;
    }
    Ok(())
}

fn column_of(recorder: &mut Recorder<'_>, name: &Name<'_>, column: &str) -> rusqlite::Result<()> {
    let Some((at, now, facts)) = known(recorder, name)? else { return Ok(()) };
    let Some(found) = facts.columns.iter().find(|known| known.name.eq_ignore_ascii_case(column)) else {
        return Ok(());
    };
    let column = found.name.clone();
    if is_new(recorder, at, &column) {
        return Ok(());
    }
    values(recorder, at, &now, &facts, &column, &format!(" FROM {now} AS t"))
}

/// Whether the step itself has added a column.
fn is_new(recorder: &Recorder<'_>, at: usize, column: &str) -> bool {
    let known = recorder.tables.list[at].columns.iter().find(|known| known.name == column);
    known.is_none_or(|known| known.origin.is_none())
}

/// Keeps the values of a column with the key of each row.
fn values(
    recorder: &mut Recorder<'_>,
    at: usize,
    now: &Name<'_>,
    facts: &TableFacts,
    column: &str,
    from: &str,
) -> rusqlite::Result<()> {
    let keys: Vec<&str> = facts.columns.iter().filter(|key| key.in_key).map(|key| key.name.as_str()).collect();
    let nulls: Vec<String> = keys.iter().map(|key| format!("t.{} IS NULL", Ident(key))).collect();
    let kept: Vec<&str> = keys.into_iter().chain([column]).collect();
    if !may_keep(recorder, now, &kept, from)? {
        return Ok(());
    }
    // Afterwards its row is found by the key alone.
    let keyless = format!("SELECT EXISTS (SELECT 1 FROM {now} AS t WHERE {})", nulls.join(" OR "));
    let lacks_key = nulls.is_empty() || (!facts.is_numbered_by_key() && number(recorder.connection, &keyless)? > 0);
    if lacks_key {
        let table = recorder.called(at);
        let column = Plain(column);
        recorder.give_up(format!("table {table} loses column {column}, and not all of its rows have a primary key"));
        return Ok(());
    }
    let known = &recorder.tables.list[at].columns;
    let of = |name: &str, in_key| UndoColumn {
        before: known.iter().find(|known| known.name == name).and_then(|known| known.origin.clone()),
        after: Some(name.to_owned()),
        in_key,
    };
    let keys = facts.columns.iter().filter(|key| key.in_key && key.name != column).map(|key| of(&key.name, true));
    let columns = keys.chain([of(column, false)]).collect();
    // In the end they are written once more, with the rows around them.
    let images = if facts.is_numbered_by_key() {
        recorder.create_for_a_while(facts, columns)?
    } else {
        recorder.create(facts, columns)?
    };
    let (targets, taken) = images.listed('b', "t");
    let row_keys: Vec<String> = facts.key.iter().map(|key| format!("t.{}", key.sql)).collect();
    let names = key_names(images.keys).join(", ");
    let is_new: Vec<String> = noted(recorder, at, &images, facts)
        .into_iter()
        .map(|(table, same)| format!("NOT EXISTS (SELECT 1 FROM {table} AS i WHERE {same})"))
        .collect();
    let and = if is_new.is_empty() {
        String::new()
    } else {
        format!(" {} {}", if from.contains(" WHERE ") { "AND" } else { "WHERE" }, is_new.join(" AND "))
    };
    let sql = format!(
        "INSERT INTO {} ({names}, b{targets}) SELECT {}, 1{taken}{from}{and}",
        images.table,
        row_keys.join(", ")
    );
    keep(recorder, &images, &sql)?;
    recorder.logs[at].values.push(images);
    recorder.logs[at].facts.get_or_insert_with(|| facts.clone());
    Ok(())
}

/// The images that have the value of a column as it was, with the condition that one of them is of a row `t`: what is noted first counts. `new` are those
/// that the value is to be kept in.
fn noted(recorder: &Recorder<'_>, at: usize, new: &Images, facts: &TableFacts) -> Vec<(String, String)> {
    let log = &recorder.logs[at];
    let by_key = |images: &Images| {
        let keys = new.columns.iter().filter(|column| column.in_key && column.before.is_some());
        let place = |column: &UndoColumn| images.columns.iter().position(|known| known.before == column.before);
        let places: Option<Vec<(usize, &str)>> =
            keys.map(|column| Some((place(column)?, column.after.as_deref()?))).collect();
        // In the collation of the key, which is the left side's.
        places.filter(|places| !places.is_empty()).map(|places| (images.table.clone(), equal(&places, 'b')))
    };
    let by_number = |images: &Images| (images.table.clone(), Images::matched(&facts.key));
    let before = |images: &Images| value_column(&images.columns).map(|(_, column)| column.before.clone());
    let has_value = |images: &&Images| before(images) == before(new);
    // Those of a table that is about to be dropped are told by their key already.
    let is_told_by_key = log.copied == CopyRole::Dropped && log.key.is_some();
    let rows = log.rows.iter().filter_map(|rows| if is_told_by_key { by_key(rows) } else { Some(by_number(rows)) });
    let olds = log.olds.iter().filter_map(by_key);
    let values = log.values.iter().filter(has_value).filter_map(by_key);
    rows.chain(olds).chain(values).collect()
}

fn keep(recorder: &mut Recorder<'_>, images: &Images, sql: &str) -> rusqlite::Result<()> {
    // Without a limit nobody asks.
    let bytes = |recorder: &Recorder<'_>| {
        if recorder.room.is_limited() { images.bytes(recorder.connection) } else { Ok(0) }
    };
    let before = bytes(recorder)?;
    let rows = recorder.connection.execute(sql, [])?;
    let bytes = bytes(recorder)?.saturating_sub(before);
    recorder.room.take_rows(u64::try_from(rows).unwrap_or(u64::MAX), bytes);
    recorder.ask();
    if let Some(why) = recorder.room.why_full() {
        recorder.give_up(why);
    }
    Ok(())
}

/// Whether rows of a query are there, and these columns of them are to be kept, and are few enough.
fn may_keep(recorder: &mut Recorder<'_>, table: &Name<'_>, columns: &[&str], from: &str) -> rusqlite::Result<bool> {
    let rows = number(recorder.connection, &format!("SELECT count(*){from}"))?;
    if rows == 0 || recorder.refuses(table, columns) {
        return Ok(false);
    }
    let is_enough = recorder.room.is_enough_for(rows);
    if !is_enough {
        recorder.give_up(format!("the step takes {rows} rows or values of table {}", table.plain()));
    }
    Ok(is_enough)
}
