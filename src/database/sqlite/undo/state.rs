//! How the rows of a part are now, before its down runs: as the up left them, or not.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::facts::{TableFacts, shown};
use super::images::{Images, are_same};
use crate::database::sqlite::session::number;
use crate::database::undo::{Conflict, ConflictKind, RowList, SHOWN, ValuesLeft};
use crate::history::{ImageKey, PartKind, UndoColumn, UndoPart};
use crate::sql::{Ident, Name};

/// A part whose rows were looked at, with what was found in a temporary table: for each image the number of the row that it is now, where rows
/// have one, and a verdict.
pub(super) struct PartState {
    pub(super) part: UndoPart,
    pub(super) images: Images,
    /// The temporary table: `image`, `live`, `verdict`.
    pub(super) table: String,
    /// The columns that the down fills from others.
    pub(super) moved: Vec<String>,
}

/// The verdict of a row that is as the up left it.
pub(super) const CLEAN: i64 = 0;

static CONFLICTS: [(i64, ConflictKind); 8] = [
    (CHANGED, ConflictKind::Changed),
    (KEYED, ConflictKind::Changed),
    (GIVEN, ConflictKind::Changed),
    (2, ConflictKind::Deleted),
    (3, ConflictKind::ThereAgain),
    (REFERRED, ConflictKind::Referred),
    (UNREADABLE, ConflictKind::Unreadable),
    (ORPHANED, ConflictKind::Orphaned),
];

/// Of one that is another one now.
pub(super) const CHANGED: i64 = 1;
/// The verdict of rows that newer ones refer to, and of those whose parent is gone.
pub(super) const REFERRED: i64 = 4;
pub(super) const ORPHANED: i64 = 6;
/// Of those whose table is gone, or has other columns.
const UNREADABLE: i64 = 5;
/// Of those that could not be put back.
pub(super) const UNFIT: i64 = 7;
/// Of those that had values of a column which was dropped, and were deleted since.
const GONE: i64 = 8;
/// Of rows that were changed, and are surely the same ones: what the up dropped or converted of them comes back to them.
pub(super) const KEYED: i64 = 9;
/// The same, once it has come back.
pub(super) const GIVEN: i64 = 10;

/// By which columns a row is found again: pairs of a column of the images, without `a` or `b`, and a name.
pub(super) fn key_places<'p>(
    part: &'p UndoPart,
    name: impl Fn(&'p UndoColumn) -> Option<&'p str>,
) -> Option<Vec<(usize, &'p str)>> {
    let keys = part.columns.iter().enumerate().filter(|(_, column)| column.in_key);
    let places: Vec<(usize, &str)> = keys.map(|(at, column)| Some((at, name(column)?))).collect::<Option<_>>()?;
    (!places.is_empty()).then_some(places)
}

impl PartState {
    /// Makes the table of what is found out about the rows of a part.
    pub(super) fn read(connection: &Connection, part: &UndoPart, moved: &[String]) -> rusqlite::Result<Self> {
        let images = Images::of_part(part);
        let table = format!("temp.schemactl_undo_state_{}", part.number);
        connection.execute_batch(&format!(
            "CREATE TABLE {table} (image INTEGER PRIMARY KEY, live INTEGER, verdict INTEGER NOT NULL)"
        ))?;
        Ok(Self { part: part.clone(), images, table, moved: moved.to_vec() })
    }

    /// The columns that come back to rows which are left as people made them otherwise: but for those that the script of the down fills from others,
    /// with what is people's own by then.
    pub(super) fn returning(&self) -> Vec<String> {
        let mut returning = self.part.returning();
        returning.retain(|name| !self.is_moved(name));
        returning
    }

    /// Whether the script of the down fills a column from others.
    pub(super) fn is_moved(&self, name: &str) -> bool {
        self.moved.iter().any(|moved| moved.eq_ignore_ascii_case(name))
    }

    /// Makes rows be found by their numbers, once all are there: an index that grows with each of them takes longer.
    pub(super) fn index(&self, connection: &Connection) -> rusqlite::Result<()> {
        let number = self.part.number;
        connection.execute_batch(&format!("CREATE INDEX {}_live ON schemactl_undo_state_{number} (live)", self.table))
    }

    /// Of rows of a table that is gone, or has other columns.
    pub(super) fn note_unreadable(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.note_all(connection, UNREADABLE)
    }

    /// Of rows that nobody can have changed, since the up has dropped their table.
    pub(super) fn note_clean(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.note_all(connection, CLEAN)
    }

    fn note_all(&self, connection: &Connection, verdict: i64) -> rusqlite::Result<()> {
        let sql = format!("INSERT INTO {} SELECT rowid, NULL, {verdict} FROM {}", self.table, self.images.table);
        connection.execute_batch(&sql)
    }

    /// Compares each row with what the up left.
    pub(super) fn compare(
        &self,
        connection: &Connection,
        table: &Name<'_>,
        facts: &TableFacts,
    ) -> rusqlite::Result<()> {
        let after: Vec<(usize, &str)> = self.images.now().collect();
        let has = |name: &str| facts.columns.iter().any(|column| column.name == name);
        if facts.row_key != self.part.row_key || !after.iter().all(|(_, name)| has(name)) {
            return self.note_unreadable(connection);
        }
        let same = are_same(after.iter().map(|(at, name)| (format!("t.{}", Ident(name)), format!("i.a{at}"))));
        // Of a column that the record does not know, a row that goes may have a value of people.
        let newer: Vec<String> = facts
            .columns
            .iter()
            .filter(|column| !after.iter().any(|(_, name)| *name == column.name))
            .map(|column| format!("t.{} IS NULL", Ident(&column.name)))
            .collect();
        let newer = if newer.is_empty() { "1".to_owned() } else { newer.join(" AND ") };
        let same = format!("({same} AND (i.b = 1 OR {newer}) AND {})", free(&self.part, facts));
        let rowid = (facts.row_key == ImageKey::Rowid).then(|| format!("t.{}", facts.key[0].sql));
        let live = rowid.clone().unwrap_or_else(|| "NULL".to_owned());
        let there = format!("t.{}", facts.key[0].sql);
        let declared = key_places(&self.part, |column| column.after.as_deref())
            .filter(|_| self.part.row_key == ImageKey::Rowid && !facts.is_numbered_by_key());
        let (left, gone) = if let Some(places) = &declared {
            (equal(places, 'a'), Some(equal(places, 'b')))
        } else {
            let matched = Images::matched(&facts.key);
            (matched.clone(), facts.has_key().then_some(matched))
        };
        let (state, images) = (&self.table, &self.images.table);
        // The value of a column comes back to no row that is gone.
        let absent = if self.part.kind == PartKind::Values { GONE } else { 2 };
        // REPLACE puts a row in the place of another with the same key: that one is the up's.
        let is_own = match &rowid {
            Some(rowid) => format!("{rowid} IN (SELECT live FROM {state} WHERE verdict = {CLEAN})"),
            None => "0".to_owned(),
        };
        connection.execute_batch(&format!(
            "INSERT INTO {state} SELECT i.rowid, {live}, CASE WHEN {there} IS NULL THEN {absent} WHEN {same} THEN {CLEAN} ELSE {CHANGED} END \
             FROM {images} AS i LEFT JOIN {table} AS t ON {left} WHERE i.a = 1 GROUP BY i.rowid"
        ))?;
        connection.execute_batch(&match gone {
            Some(gone) => format!(
                "INSERT INTO {state} SELECT i.rowid, NULL, CASE WHEN {there} IS NULL OR {is_own} THEN {CLEAN} ELSE 3 END \
                 FROM {images} AS i LEFT JOIN {table} AS t ON {gone} WHERE i.a IS NULL GROUP BY i.rowid"
            ),
            None => format!("INSERT INTO {state} SELECT rowid, NULL, {CLEAN} FROM {images} WHERE a IS NULL"),
        })?;
        // A key of a table that has numbers may be NULL, and names no row then.
        if let Some(rowid) = rowid.filter(|_| !facts.is_numbered_by_key()) {
            self.find_by_content(connection, table, &rowid, &same)?;
        }
        Ok(())
    }

    /// A row without a key is another with the same values: a VACUUM may have given it another number.
    fn find_by_content(
        &self,
        connection: &Connection,
        table: &Name<'_>,
        rowid: &str,
        same: &str,
    ) -> rusqlite::Result<()> {
        let (state, images) = (&self.table, &self.images.table);
        let mut lost = connection.prepare(&format!(
            "SELECT s.image FROM {state} AS s JOIN {images} AS i ON i.rowid = s.image WHERE s.verdict IN ({CHANGED}, 2) AND {} ORDER BY 1",
            lacks_key(&self.part, 'a')
        ))?;
        let lost: Vec<i64> = lost.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut find = connection.prepare(&format!(
            "SELECT {rowid} FROM {images} AS i, {table} AS t WHERE i.rowid = ?1 AND {same} \
             AND {rowid} NOT IN (SELECT live FROM {state} WHERE verdict = {CLEAN} AND live IS NOT NULL) LIMIT 1"
        ))?;
        let mut note =
            connection.prepare(&format!("UPDATE {state} SET verdict = {CLEAN}, live = ?2 WHERE image = ?1"))?;
        for image in lost {
            let found: Option<i64> = find.query_row([image], |row| row.get(0)).optional()?;
            if let Some(live) = found {
                note.execute([image, live])?;
            }
        }
        Ok(())
    }

    /// The same, with the columns that come back, and whether a row that is left as it is has a value in them.
    fn of_columns(&self, verdict: i64, what: &ConflictKind) -> ConflictKind {
        let mut dropped = if self.part.after.is_none() { Vec::new() } else { self.part.dropped() };
        dropped.retain(|name| !self.is_moved(name));
        match verdict {
            KEYED | GIVEN => ConflictKind::ChangedBeside { columns: self.returning(), values: ValuesLeft::ByKey },
            CHANGED if !dropped.is_empty() => {
                ConflictKind::ChangedBeside { columns: dropped, values: ValuesLeft::Without }
            }
            _ => what.clone(),
        }
    }

    /// What stands in the way of putting the rows back.
    pub(super) fn conflicts(&self, connection: &Connection) -> rusqlite::Result<Vec<Conflict>> {
        let mut conflicts = Vec::new();
        let sql = format!("SELECT DISTINCT verdict FROM {}", self.table);
        let found: BTreeSet<i64> =
            connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for (verdict, what) in CONFLICTS.iter().filter(|(verdict, _)| found.contains(verdict)) {
            let rows = self.list(connection, &format!("s.verdict = {verdict}"))?;
            if rows.count > 0 {
                conflicts.push(Conflict { table: self.name(), rows, what: self.of_columns(*verdict, what) });
            }
        }
        Ok(conflicts)
    }

    /// Notes that a row could not be put back.
    pub(super) fn note(&self, connection: &Connection, image: i64, verdict: i64) -> rusqlite::Result<()> {
        let sql = format!("UPDATE {} SET verdict = ?2 WHERE image = ?1", self.table);
        connection.execute(&sql, [image, verdict]).map(drop)
    }

    /// The rows that could not be put back, with what the database said.
    pub(super) fn unfit(&self, connection: &Connection, why: &str) -> rusqlite::Result<Option<Conflict>> {
        let rows = self.list(connection, &format!("s.verdict = {UNFIT}"))?;
        let what = ConflictKind::Taken(why.to_owned());
        Ok((rows.count > 0).then(|| Conflict { table: self.name(), rows, what }))
    }

    /// The rows that are left out also where what is in the way goes: what they refer to is gone, or nothing makes them fit.
    pub(super) fn left_out(&self, connection: &Connection, why: &str) -> rusqlite::Result<Vec<Conflict>> {
        let orphans = self.list(connection, &format!("s.verdict = {ORPHANED}"))?;
        let orphans = Conflict { table: self.name(), rows: orphans, what: ConflictKind::Orphaned };
        let unfit = self.unfit(connection, why)?;
        Ok(std::iter::once(orphans).filter(|conflict| conflict.rows.count > 0).chain(unfit).collect())
    }

    /// The table as it is called now; where it is gone as it was called.
    pub(super) fn name(&self) -> Name<'static> {
        let name = self.part.after.clone().or_else(|| self.part.before.clone()).unwrap_or_default();
        Name { schema: None, name: name.into() }
    }

    /// Rows of a condition about an image `i` and its state `s`, with their keys.
    pub(super) fn list(&self, connection: &Connection, condition: &str) -> rusqlite::Result<RowList> {
        let from =
            format!("FROM {} AS s JOIN {} AS i ON i.rowid = s.image WHERE {condition}", self.table, self.images.table);
        let shown = shown_key(&self.part, |at| format!("CASE WHEN i.a = 1 THEN i.a{at} ELSE i.b{at} END"), "i.k0");
        listed(connection, &from, &shown, "i.rowid")
    }
}

/// The rows of what follows FROM: how many there are, and what is shown of the first.
pub(super) fn listed(connection: &Connection, from: &str, shown: &str, order: &str) -> rusqlite::Result<RowList> {
    let count = number(connection, &format!("SELECT count(*) {from}"))?;
    if count == 0 {
        return Ok(RowList::default());
    }
    // A text may be no UTF-8.
    let sql = format!("SELECT CAST({shown} AS BLOB) {from} ORDER BY {order} LIMIT {SHOWN}");
    let text = |row: &rusqlite::Row<'_>| Ok(String::from_utf8_lossy(&row.get::<_, Vec<u8>>(0)?).into_owned());
    let first = connection.prepare(&sql)?.query_map([], text)?.collect::<Result<_, _>>()?;
    Ok(RowList { count, first })
}

/// That an image has no key by which its row is found: none is declared, or a part of it is NULL.
pub(super) fn lacks_key(part: &UndoPart, side: char) -> String {
    let keys = part.columns.iter().enumerate().filter(|(_, column)| column.in_key);
    let nulls: Vec<String> = keys.map(|(at, _)| format!("i.{side}{at} IS NULL")).collect();
    if nulls.is_empty() { "1".to_owned() } else { format!("({})", nulls.join(" OR ")) }
}

/// That a row `t` has the values of an image `i` in these columns.
pub(super) fn equal(places: &[(usize, &str)], side: char) -> String {
    let all: Vec<String> = places.iter().map(|(at, name)| format!("t.{} = i.{side}{at}", Ident(name))).collect();
    all.join(" AND ")
}

/// That a row `t` has nothing in columns that people have made since under the names of those that the up dropped.
pub(super) fn free(part: &UndoPart, facts: &TableFacts) -> String {
    let there = part.vacated().filter(|name| facts.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)));
    let free: Vec<String> = there.map(|name| format!("t.{} IS NULL", Ident(name))).collect();
    if free.is_empty() { "1".to_owned() } else { free.join(" AND ") }
}

/// SQL for the key of a row: `id = 1`, or its number where it has no key.
pub(super) fn shown_key<'p>(part: &'p UndoPart, value: impl Fn(usize) -> String, number: &str) -> String {
    let key = part.columns.iter().enumerate().filter(|(_, column)| column.in_key);
    let name = |column: &'p UndoColumn| column.after.as_ref().or(column.before.as_ref()).map_or("", String::as_str);
    shown(key.map(|(at, column)| (name(column), value(at))), number)
}
