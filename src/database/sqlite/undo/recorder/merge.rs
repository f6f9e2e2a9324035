//! What a step has come to in the end: one record for each table, also where the step has made a table again.

use super::Recorder;
use super::log::{CopyRole, Log};
use crate::database::sqlite::undo::declared::DeclaredKey;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::images::{Images, LeftRows, key_names};
use crate::database::sqlite::watched::WatchedColumn;
use crate::history::{ImageKey, PartKind, UndoColumn, UndoPart, value_column};
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
    let (table, _) =
        all.find(|(table, log)| log.copied == CopyRole::Dropped && table.now.is_none() && !table.is_continued)?;
    Some(format!("table {} was copied, and dropped", table.origin.plain()))
}

fn join(recorder: &mut Recorder<'_>, gone: usize, place: usize) -> rusqlite::Result<()> {
    recorder.read_left(gone)?;
    recorder.read_left(place)?;
    let old = std::mem::take(&mut recorder.logs[gone]);
    let origin = recorder.tables.list[gone].origin.clone();
    let origins = recorder.tables.list[gone].columns.clone();
    let made = &mut recorder.tables.list[place];
    made.is_made = false;
    made.origin = origin;
    // A column may have got another name since the table was copied.
    for column in &mut made.columns {
        let same = origins.iter().find(|known| known.name.eq_ignore_ascii_case(&column.first));
        column.origin = same.and_then(|known| known.origin.clone());
    }
    let columns = made.columns.clone();
    let origin_of = |name: &str| {
        columns.iter().find(|known| known.name.eq_ignore_ascii_case(name)).and_then(|known| known.origin.clone())
    };
    let Some(now) = made.now.clone() else { return Ok(()) };
    if old.copied != CopyRole::Not {
        recorder.logs[place].copied = CopyRole::GoesOn;
    }
    if !note_copied(recorder, &old, gone, place, &now)? {
        return Ok(());
    }
    let made = &recorder.tables.list[place];
    let names: Vec<String> = made.columns.iter().map(|column| column.name.clone()).collect();
    let Ok(facts) = TableFacts::read(recorder.connection, &now)? else {
        let table = recorder.called(place);
        recorder.give_up(format!("table {table} was made again"));
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
    if !is_old_usable && old.key.is_some() {
        join_keyed(recorder, old, place, origin_of);
        return Ok(());
    }
    let new = &mut recorder.logs[place];
    for column in new.rows.iter_mut().flat_map(|rows| &mut rows.columns) {
        column.before = column.after.as_deref().and_then(origin_of);
    }
    let Log { rows, values, facts: then, .. } = old;
    if !is_old_usable && rows.is_some() {
        let table = recorder.called(place);
        recorder.give_up(format!("rows of table {table} were changed, and the table made again"));
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

/// Notes the rows that were copied from other tables into the one that is made: they were not there before. Where that cannot be told, nothing is kept.
fn note_copied(
    recorder: &mut Recorder<'_>,
    old: &Log,
    gone: usize,
    place: usize,
    now: &Name<'_>,
) -> rusqlite::Result<bool> {
    if !recorder.copies.iter().any(|copy| copy.into == place && copy.from != gone) {
        return Ok(true);
    }
    let facts = TableFacts::read(recorder.connection, now)?;
    let facts = facts.ok().filter(|_| old.copied != CopyRole::Dropped);
    let Some(facts) = facts else {
        let table = recorder.called(gone);
        recorder.give_up(format!("table {table} was made of several"));
        return Ok(false);
    };
    let images = recorder.images(place, &facts)?;
    let sql = images.note_all_absent(&facts.key, &now.to_string());
    recorder.connection.execute(&sql, []).map(|_| true)
}

/// Keeps what is noted of the old table beside what is noted of the new one: rows are told by their declared key in the end.
fn join_keyed(recorder: &mut Recorder<'_>, mut old: Log, place: usize, origin_of: impl Fn(&str) -> Option<String>) {
    let new = &mut recorder.logs[place];
    for column in new.rows.iter_mut().flat_map(|rows| &mut rows.columns) {
        column.before = column.after.as_deref().and_then(&origin_of);
    }
    new.olds = old.olds;
    new.olds.extend(old.rows.take());
    new.key = old.key;
    new.are_values_apart |= !old.values.is_empty();
    new.values.extend(old.values);
    if new.facts.is_none() {
        new.facts = old.facts;
    }
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
    let Log { rows: Some(rows), values, key, is_keyed, .. } = &mut recorder.logs[at] else { return Ok(()) };
    for images in values {
        let same = if let Some(key) = key.as_ref().filter(|_| *is_keyed) {
            key.is_same(("v", images), ("i", rows))
        } else {
            let keys: Vec<String> = key_names(rows.keys).iter().map(|key| format!("v.{key} = i.{key}")).collect();
            Some(keys.join(" AND "))
        };
        let Some(same) = same else { continue };
        let Some((from, column)) = value_column(&images.columns) else { continue };
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
    let key = log.key.clone().filter(|_| log.is_keyed);
    let (left, has_values) = (log.left, !log.values.is_empty());
    let all: Vec<Images> = match kind {
        PartKind::Rows => log.rows.take().into_iter().collect(),
        PartKind::Values => std::mem::take(&mut log.values),
    };
    let mut parts = Vec::new();
    for mut images in all {
        let mut counted = None;
        if kind == PartKind::Rows {
            let key = key.as_ref();
            if key.is_some() {
                called(&mut images, &recorder.tables.list[at].columns, now.is_some());
            }
            let facts = match &now {
                Some(now) => TableFacts::read(connection, now)?.ok(),
                None => None,
            };
            let known = images.columns.len();
            if let Some(facts) = &facts {
                images.know(connection, facts)?;
            }
            let told = recorder.room.told(at).filter(|_| {
                left == LeftRows::Told && key.is_none() && facts.is_some() && images.columns.len() == known
            });
            let mut is_other = told.is_none();
            match (key, &now, &facts) {
                (Some(key), now, _) => {
                    key.fill(connection, &images, now.as_ref().map(ToString::to_string).as_deref())?;
                }
                (None, Some(now), Some(facts)) => {
                    if told.is_none() {
                        images.fill(connection, now, &facts.key)?;
                    }
                    if let Some(key) = DeclaredKey::of(&images, facts) {
                        is_other |= key.tell_apart(connection, &images)?;
                    }
                }
                (None, ..) => {}
            }
            if is_other {
                images.forget_unchanged(connection)?;
            }
            // Values of columns that are kept apart were added to the rows.
            counted = told.filter(|_| !is_other && !has_values);
        } else {
            called(&mut images, &recorder.tables.list[at].columns, now.is_some());
            images = settled(recorder, images, now.as_ref())?;
        }
        let rows = match counted {
            Some(told) => told.rows,
            None => images.rows(connection)?,
        };
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
            beside: if kind == PartKind::Values {
                beside(&images, &recorder.tables.list[at].columns)
            } else {
                Vec::new()
            },
            rows,
            bytes: match counted {
                Some(told) => told.bytes,
                None => images.bytes(connection)?,
            },
        };
        parts.push(NetPart { part, images });
    }
    Ok(parts)
}

/// The columns beside kept values that the step has not made.
fn beside(images: &Images, columns: &[WatchedColumn]) -> Vec<String> {
    let value = value_column(&images.columns).map_or(images.columns.len(), |(place, _)| place);
    let others = images.columns.iter().skip(value + 1).filter_map(|column| column.after.as_ref());
    // What is not known counts as older.
    let is_made = |name: &&String| columns.iter().any(|known| known.name == **name && known.origin.is_none());
    others.filter(|name| !is_made(name)).cloned().collect()
}

/// Values of a column with the rows that had them, as the step has left these, where they are kept.
fn settled(recorder: &Recorder<'_>, mut images: Images, now: Option<&Name<'static>>) -> rusqlite::Result<Images> {
    let connection = recorder.connection;
    let facts = match now {
        Some(now) => TableFacts::read(connection, now)?.ok(),
        None => None,
    };
    let around = now.zip(facts.as_ref());
    if images.is_for_a_while() {
        if let Some((now, facts)) = around.filter(|(_, facts)| facts.is_numbered_by_key()) {
            images.call_around(facts);
            let columns = images.columns.iter().cloned().chain(images.unknown(facts)).collect();
            let filled = recorder.create_in_place_of(&images, columns)?;
            images.copy_around(connection, &filled, now, facts)?;
            images.drop(connection)?;
            return Ok(filled);
        }
        let kept = recorder.create_in_place_of(&images, images.columns.clone())?;
        images.copy(connection, &kept)?;
        images.drop(connection)?;
        images = kept;
    }
    if let Some((now, facts)) = around {
        images.fill_around(connection, now, facts)?;
    }
    Ok(images)
}

/// Gives columns the names that they have now, where their table is there.
fn called(images: &mut Images, columns: &[WatchedColumn], is_there: bool) {
    let known = if is_there { columns } else { &[] };
    let name = |before: &String| known.iter().find(|known| known.origin.as_ref() == Some(before));
    for column in &mut images.columns {
        column.after = column.before.as_ref().and_then(name).map(|known| known.name.clone());
    }
}
