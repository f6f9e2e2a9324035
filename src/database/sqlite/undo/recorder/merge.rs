//! What a step has come to in the end: one record for each table, also where the step has made a table again.

use super::{Log, Recorder};
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::images::{Images, key_names};
use crate::history::{ImageKey, PartKind, UndoColumn, UndoPart};
use crate::sql::Name;

/// A part of the record, with its images.
#[derive(Debug, Clone)]
pub(in crate::database::sqlite) struct NetPart {
    pub(in crate::database::sqlite) part: UndoPart,
    pub(in crate::database::sqlite::undo) images: Images,
}

/// Joins what is noted of a table that was dropped with what is noted of the one that has its name now: that one goes on in its place. The last one that
/// was dropped comes first, since a table may be made again and again.
pub(super) fn rebuilt(recorder: &mut Recorder<'_>) -> rusqlite::Result<()> {
    for gone in (0..recorder.logs.len()).rev() {
        let was = &recorder.tables.list[gone];
        let Some(last) = was.last.as_ref().filter(|_| was.now.is_none()) else { continue };
        if was.is_made || was.is_continued || was.origin.schema.is_some() {
            continue;
        }
        let named = |name: &str| {
            let has_it = |now: &Name<'_>| now.schema.as_deref() == Some("main") && now.name.eq_ignore_ascii_case(name);
            let all = &recorder.tables.list;
            all.iter().position(|table| table.is_made && !table.is_virtual && table.now.as_ref().is_some_and(has_it))
        };
        if let Some(place) = named(&last.name).or_else(|| named(&was.origin.name)) {
            recorder.tables.list[gone].is_continued = true;
            join(recorder, gone, place)?;
        }
    }
    Ok(())
}

/// A table that was dropped, of which only what its copy lacks is kept, and whose place the copy did not take.
pub(super) fn cut_off(recorder: &Recorder<'_>) -> Option<String> {
    let mut all = recorder.tables.list.iter().zip(&recorder.logs);
    let (table, _) = all.find(|(table, log)| log.is_kept_by_copy && table.now.is_none() && !table.is_continued)?;
    Some(format!("table {} was copied, and dropped", table.origin.plain()))
}

fn join(recorder: &mut Recorder<'_>, gone: usize, place: usize) -> rusqlite::Result<()> {
    let old = std::mem::take(&mut recorder.logs[gone]);
    let origin = recorder.tables.list[gone].origin.clone();
    let origins: Vec<(String, Option<String>)> =
        recorder.tables.list[gone].columns.iter().map(|column| (column.name.clone(), column.origin.clone())).collect();
    let origin_of = |name: &str| {
        origins.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).and_then(|(_, origin)| origin.clone())
    };
    let made = &mut recorder.tables.list[place];
    made.is_made = false;
    made.origin = origin;
    made.columns.iter_mut().for_each(|column| column.origin = origin_of(&column.name));
    let Some(now) = made.now.clone() else { return Ok(()) };
    let names: Vec<String> = made.columns.iter().map(|column| column.name.clone()).collect();
    let Ok(facts) = TableFacts::read(recorder.connection, &now)? else {
        recorder.give_up(format!("table {} was made again", now.plain()));
        return Ok(());
    };
    let is_told_alike = |then: &TableFacts| match then.row_key {
        ImageKey::Rowid => facts.is_numbered_by_key() && then.is_numbered_by_key(),
        ImageKey::Columns | ImageKey::Content => {
            let names = |facts: &TableFacts| facts.key.iter().map(|key| key.sql.to_lowercase()).collect::<Vec<_>>();
            facts.row_key == ImageKey::Columns && names(&facts) == names(then)
        }
    };
    // The names that columns of the old table have in the new one.
    let renamed = |mut images: Images| {
        for column in &mut images.columns {
            let name = column
                .before
                .as_deref()
                .and_then(|before| names.iter().find(|name| origin_of(name).as_deref() == Some(before)));
            column.after = name.cloned();
        }
        images
    };
    let is_old_usable = old.facts.as_ref().is_none_or(is_told_alike);
    let new = &mut recorder.logs[place];
    for column in new.rows.iter_mut().flat_map(|rows| &mut rows.columns) {
        column.before = column.after.as_deref().and_then(origin_of);
    }
    let Log { rows, values, facts: then, .. } = old;
    if !is_old_usable && (rows.is_some() || !values.is_empty() && new.rows.is_some()) {
        recorder.give_up(format!("rows of table {} were changed, and the table made again", now.plain()));
        return Ok(());
    }
    match (rows.map(renamed), new.rows.take()) {
        (None, new_rows) => new.rows = new_rows,
        (Some(old_rows), None) => new.rows = Some(old_rows),
        (Some(old_rows), Some(new_rows)) => new.rows = Some(union(recorder.connection, old_rows, &new_rows)?),
    }
    // Rows that are noted from now on are told by other numbers.
    new.are_values_apart |= !is_old_usable && !values.is_empty();
    new.values.extend(values.into_iter().map(renamed));
    if new.facts.is_none() {
        new.facts = then;
    }
    Ok(())
}

/// Adds to the images of the old table those rows of the new one that are not among them.
fn union(connection: &rusqlite::Connection, mut old: Images, new: &Images) -> rusqlite::Result<Images> {
    let mut pairs = Vec::new();
    for (from, column) in new.columns.iter().enumerate() {
        let known = old.columns.iter().position(|known| column.after.is_some() && known.after == column.after);
        let into = match known {
            Some(into) => into,
            None => old.add(connection, column.clone())?,
        };
        pairs.push((into, from));
    }
    let targets = pairs.iter().map(|(into, _)| format!(", b{into}")).collect::<Vec<_>>().concat();
    let values = pairs.iter().map(|(_, from)| format!(", n.b{from}")).collect::<Vec<_>>().concat();
    let keys = key_names(old.keys);
    let same: Vec<String> = keys.iter().map(|key| format!("o.{key} = n.{key}")).collect();
    let (names, taken) = (keys.join(", "), keys.iter().map(|key| format!("n.{key}")).collect::<Vec<_>>().join(", "));
    connection.execute_batch(&format!(
        "INSERT INTO {0} ({names}, b{targets}) SELECT {taken}, n.b{values} FROM {1} AS n \
         WHERE NOT EXISTS (SELECT 1 FROM {0} AS o WHERE {2})",
        old.table,
        new.table,
        same.join(" AND ")
    ))?;
    new.drop(connection)?;
    Ok(old)
}

/// A row that was noted after a column of it was dropped has its value among those that are kept apart: there it goes.
pub(super) fn complete(recorder: &mut Recorder<'_>, at: usize) -> rusqlite::Result<()> {
    let connection = recorder.connection;
    if recorder.logs[at].are_values_apart && recorder.logs[at].rows.is_some() {
        let table = recorder.tables.list[at].origin.plain().to_string();
        recorder.give_up(format!("table {table} was made again, and rows of it were changed since"));
        return Ok(());
    }
    let Log { rows: Some(rows), values, .. } = &mut recorder.logs[at] else { return Ok(()) };
    let keys = key_names(rows.keys);
    let same: Vec<String> = keys.iter().map(|key| format!("v.{key} = i.{key}")).collect();
    let same = same.join(" AND ");
    for images in values {
        let Some((from, column)) = images.columns.iter().enumerate().find(|(_, column)| !column.in_key) else {
            continue;
        };
        let into = match rows.columns.iter().position(|known| known.before == column.before) {
            Some(into) => into,
            None => rows.add(connection, UndoColumn { after: None, ..column.clone() })?,
        };
        let is_kept = format!("EXISTS (SELECT 1 FROM {} AS v WHERE {same})", images.table);
        connection.execute_batch(&format!(
            "UPDATE {0} AS i SET b{into} = (SELECT v.b{from} FROM {1} AS v WHERE {same}) WHERE b = 1 AND {is_kept}; \
             DELETE FROM {1} AS v WHERE EXISTS (SELECT 1 FROM {0} AS i WHERE {same})",
            rows.table, images.table
        ))?;
    }
    Ok(())
}

/// What is kept of a table in the end: of its rows, or of the values of its columns.
pub(super) fn net(recorder: &mut Recorder<'_>, at: usize, kind: PartKind) -> rusqlite::Result<Vec<NetPart>> {
    let connection = recorder.connection;
    let watched = &recorder.tables.list[at];
    let (now, is_made, before) = (watched.now.clone(), watched.is_made, watched.origin.name.to_string());
    let log = &mut recorder.logs[at];
    let all: Vec<Images> = match kind {
        PartKind::Rows => log.rows.take().into_iter().collect(),
        PartKind::Values => std::mem::take(&mut log.values),
    };
    let mut parts = Vec::new();
    for mut images in all {
        if kind == PartKind::Rows {
            if let Some(now) = &now
                && let Ok(facts) = TableFacts::read(connection, now)?
            {
                images.know(connection, &facts)?;
                images.fill(connection, now, &facts.key)?;
            }
            images.forget_unchanged(connection)?;
        } else {
            let known = if now.is_some() { &recorder.tables.list[at].columns[..] } else { &[] };
            let name = |before: &String| known.iter().find(|known| known.origin.as_ref() == Some(before));
            for column in &mut images.columns {
                column.after = column.before.as_ref().and_then(name).map(|known| known.name.clone());
            }
            if let Some(now) = &now
                && let Ok(facts) = TableFacts::read(connection, now)?
            {
                images.fill_around(connection, now, &facts)?;
            }
        }
        let rows = images.rows(connection)?;
        if rows == 0 {
            images.drop(connection)?;
            continue;
        }
        let part = UndoPart {
            number: images.number,
            images: images.name.clone(),
            kind,
            schema_before: None,
            schema_after: None,
            before: (!is_made).then(|| before.clone()),
            after: now.as_ref().map(|now| now.name.to_string()),
            row_key: images.row_key,
            columns: images.columns.clone(),
            rows,
            bytes: images.bytes(connection)?,
        };
        parts.push(NetPart { part, images });
    }
    Ok(parts)
}
