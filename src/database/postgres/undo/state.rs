//! How the rows of a part are now, before its down runs: as the up left them, or not.

use super::apart;
use super::by_key;
use super::facts::{KnownColumn, KnownTable, all_of, array};
use super::part::PartRows;
use crate::database::Failure;
use crate::database::postgres::PostgresDatabase;
use crate::database::undo::{Conflict, ConflictKind, RowList, SHOWN, ValuesLeft};
use crate::history::{ImageKey, PartKind, UndoColumn, UndoPart, UndoTable};
use crate::sql::{Ident, Literal, Name};
use crate::version::Version;

/// A part whose rows were looked at: each has a verdict.
pub(super) struct PartState {
    pub(super) part: UndoPart,
    pub(super) rows: PartRows,
    /// The table of the columns of all parts, and that of the rows of all.
    columns: String,
    kept: String,
    keeping: VerdictPlace,
}

/// Where the verdicts of images are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VerdictPlace {
    /// In the table of the rows, in the transaction of a down.
    Written,
    /// Nowhere: the query that works them out stands in the place of that table, and nothing is written or locked.
    Asked,
}

/// A query for the verdict of each image, `(image, verdict)`; and one that locks the rows which it compares, so that nobody changes them, or refers to them,
/// until a down is done.
struct ComparedRows {
    sql: String,
    lock: Option<String>,
}

/// The rows of a part with verdicts that a query works out, in the place of their table.
fn asked(rows: &PartRows, verdicts: &str) -> String {
    format!(
        "(SELECT r.version, r.number, r.image, r.was_there, r.is_there, r.row_key, r.before, r.after, r.is_same, v.verdict \
         FROM {} AS r JOIN ({verdicts}) AS v USING (image) WHERE {})",
        rows.table,
        rows.condition_of("r")
    )
}

/// The verdict of a row that is as the up left it.
pub(super) const CLEAN: u8 = 0;

static CONFLICTS: [(u8, ConflictKind); 7] = [
    (CHANGED, ConflictKind::Changed),
    (KEYED, ConflictKind::Changed),
    (GIVEN, ConflictKind::Changed),
    (DELETED, ConflictKind::Deleted),
    (THERE_AGAIN, ConflictKind::ThereAgain),
    (REFERRED, ConflictKind::Referred),
    (UNREADABLE, ConflictKind::Unreadable),
];

pub(super) const CHANGED: u8 = 1;
const DELETED: u8 = 2;
const THERE_AGAIN: u8 = 3;
/// Of rows that newer ones refer to.
pub(super) const REFERRED: u8 = 4;
/// Of those whose table is gone, or has other columns.
const UNREADABLE: u8 = 5;
/// Of those that could not be put back.
pub(super) const UNFIT: u8 = 7;
/// Of rows that were changed, and are surely the same ones: what the up dropped or converted of them comes back to them.
pub(super) const KEYED: u8 = 9;
/// The same, once it has come back.
pub(super) const GIVEN: u8 = 10;

impl PartState {
    pub(super) fn new(database: &PostgresDatabase<'_>, version: Version, part: &UndoPart) -> Self {
        let [columns, table] = [UndoTable::Columns, UndoTable::Rows].map(|table| database.tables.of_undo(table));
        let rows = PartRows { table: table.clone(), version, number: part.number };
        Self { part: part.clone(), rows, columns, kept: table, keeping: VerdictPlace::Written }
    }

    /// The table as it is called now; where it is gone as it was called.
    pub(super) fn name(&self) -> Name<'static> {
        let name = self.part.table_after().or_else(|| self.part.table_before());
        name.unwrap_or(Name { schema: None, name: "".into() })
    }

    /// The columns that are in a record and in a table: their places, counted from 1, and what they are in the table.
    pub(super) fn columns<'t>(
        &self,
        table: &'t KnownTable,
        name: impl Fn(&UndoColumn) -> Option<&str>,
    ) -> Vec<(usize, &'t KnownColumn)> {
        let named = self.part.columns.iter().enumerate();
        let found = named.filter_map(|(place, column)| {
            let wanted = name(column)?;
            table.named(wanted).map(|known| (place + 1, known))
        });
        found.collect()
    }

    /// The key of a row `t`, as the record has it; none where the table has not the columns of it.
    pub(super) fn key(&self, table: &KnownTable, name: impl Fn(&UndoColumn) -> Option<&str>) -> Option<String> {
        let keys = self.part.columns.iter().filter(|column| column.in_key);
        let known = keys.map(|column| table.named(name(column)?));
        let written: Vec<String> = known.map(|column| Some(column?.written("t"))).collect::<Option<_>>()?;
        (!written.is_empty()).then(|| array(&written))
    }

    /// Whether its rows have no key, and equal ones stand for one another.
    pub(super) fn is_by_content(&self) -> bool {
        self.part.row_key == ImageKey::Content
    }

    /// The rows of a table, each with how many before it are its equals: `l (ctid, row_key, place)`.
    pub(super) fn ranked_live(table: &KnownTable, key: &str) -> String {
        format!(
            "(SELECT t.ctid, {key} AS row_key, row_number() OVER (PARTITION BY {key} ORDER BY t.ctid) AS place FROM ONLY {} AS t) AS l",
            table.name
        )
    }

    /// The rows that the up left, in the same way: `m (image, row_key, place)`.
    pub(super) fn ranked_images(&self, condition: &str) -> String {
        format!(
            "(SELECT i.image, i.row_key, row_number() OVER (PARTITION BY i.row_key ORDER BY i.image) AS place FROM {} AS i \
             WHERE {} AND i.is_there AND {condition}) AS m",
            self.rows.table,
            self.rows.condition_of("i")
        )
    }

    /// Compares each row with what the up left. The table is that of now, where it is there.
    pub(super) async fn compare(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        table: Option<&KnownTable>,
        keeping: VerdictPlace,
    ) -> Result<(), Failure> {
        let ComparedRows { sql, lock } = self.compared(table);
        self.keeping = keeping;
        if keeping == VerdictPlace::Asked {
            self.rows.table = asked(&self.rows, &sql);
            return Ok(());
        }
        let lock = lock.map_or_else(String::new, |lock| format!("{lock};\n"));
        let noted = format!(
            "{lock}UPDATE {} AS r SET verdict = v.verdict FROM ({sql}) AS v WHERE {} AND r.image = v.image",
            self.rows.table,
            self.rows.condition_of("r")
        );
        apart::query(database, &noted).await.map(drop)
    }

    fn compared(&self, table: Option<&KnownTable>) -> ComparedRows {
        let of_i = self.rows.condition_of("i");
        let all = |verdict: u8| ComparedRows {
            sql: format!("SELECT i.image, {verdict} AS verdict FROM {} AS i WHERE {of_i}", self.rows.table),
            lock: None,
        };
        if self.part.after.is_none() {
            // The up has dropped the table: nobody can have changed them.
            return all(CLEAN);
        }
        let after = |column: &UndoColumn| column.after.is_some();
        let found = table.map(|table| (table, self.columns(table, |column| column.after.as_deref())));
        let Some((table, columns)) = found
            .filter(|(_, columns)| columns.len() == self.part.columns.iter().filter(|column| after(column)).count())
        else {
            return all(UNREADABLE);
        };
        let Some(key) = self.key(table, |column| column.after.as_deref()) else {
            return all(if self.part.before.is_none() { CLEAN } else { UNREADABLE });
        };
        let same: Vec<String> = columns
            .iter()
            .map(|(place, column)| format!("{} IS NOT DISTINCT FROM i.after[{place}]", column.written("t")))
            .collect();
        // Of a column that the record does not know, a row that goes may have a value of people.
        let is_known = |name: &str| self.part.columns.iter().any(|column| column.after.as_deref() == Some(name));
        let newer = table.columns.iter().filter(|column| !is_known(&column.name));
        let newer: Vec<String> =
            newer.map(|column| format!("t.{} IS NOT DISTINCT FROM NULL", Ident(&column.name))).collect();
        let newer = all_of(&newer);
        let free = by_key::free(&self.part, table);
        let same = format!("{} AND (i.was_there OR {newer}) AND {free}", all_of(&same));
        let keyed = by_key::keyed(&self.part, &self.rows, &self.columns, table, &columns);
        // A value of a column that was dropped comes back whatever the row is by now, and to no row that is gone.
        let absent = if self.part.kind == PartKind::Values { CLEAN } else { DELETED };
        let absent = format!("CASE WHEN i.is_same OR NOT i.is_there THEN {CLEAN} ELSE {absent} END");
        let absent = self.unless_written_otherwise(table, absent);
        let rows = &self.rows.table;
        let sql = if self.is_by_content() {
            format!(
                "SELECT i.image, CASE WHEN f.image IS NULL THEN {absent} ELSE {CLEAN} END AS verdict FROM {rows} AS i \
                 LEFT JOIN (SELECT m.image FROM {} JOIN {} USING (row_key, place) JOIN ONLY {} AS t ON t.ctid = l.ctid WHERE {newer}) AS f \
                 ON f.image = i.image WHERE {of_i}",
                self.ranked_images("true"),
                Self::ranked_live(table, &key),
                table.name
            )
        } else {
            format!(
                "SELECT i.image, CASE WHEN t.ctid IS NULL THEN {absent} WHEN i.is_same THEN {CLEAN} WHEN NOT i.is_there THEN {THERE_AGAIN} \
                 WHEN {same} THEN {CLEAN} WHEN {keyed} THEN {KEYED} ELSE {CHANGED} END AS verdict \
                 FROM {rows} AS i LEFT JOIN ONLY {} AS t ON i.row_key = {key} WHERE {of_i}",
                table.name
            )
        };
        let lock = format!(
            "SELECT count(*) FROM (SELECT FROM ONLY {} AS t JOIN {rows} AS i ON i.row_key = {key} WHERE {of_i} FOR UPDATE OF t) AS locked",
            table.name
        );
        ComparedRows { sql, lock: Some(lock) }
    }

    /// The verdict of an image `i` whose row is not there, but for those whose key is there as its type compares, and written in another way: that is the row, where
    /// the up has not left it so.
    fn unless_written_otherwise(&self, table: &KnownTable, absent: String) -> String {
        let keys = self.part.columns.iter().filter(|column| column.in_key && self.part.row_key == ImageKey::Columns);
        let known = keys.map(|key| table.named(key.after.as_deref()?));
        let Some(known) = known.collect::<Option<Vec<&KnownColumn>>>() else { return absent };
        if !known.iter().any(|column| column.is_loose()) {
            return absent;
        }
        let equal = known.iter().enumerate().map(|(at, column)| {
            format!("u.{} = {}", Ident(&column.name), column.read_from(&format!("i.row_key[{}]", at + 1)))
        });
        let equal: Vec<String> = equal.collect();
        format!(
            "CASE WHEN NOT i.is_same AND EXISTS (SELECT FROM ONLY {} AS u WHERE {} AND NOT EXISTS (\
             SELECT FROM {} AS j WHERE {} AND j.is_there AND j.row_key = {})) \
             THEN CASE WHEN i.is_there THEN {CHANGED} ELSE {THERE_AGAIN} END ELSE {absent} END",
            table.name,
            all_of(&equal),
            self.rows.table,
            self.rows.condition_of("j"),
            array(&known.iter().map(|column| column.written("u")).collect::<Vec<_>>())
        )
    }

    /// Gives the images that a query finds another verdict. Returns how many these are.
    pub(super) async fn note(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        images: &str,
        verdict: u8,
    ) -> Result<u64, Failure> {
        if self.keeping == VerdictPlace::Written {
            let sql = format!(
                "WITH found AS (UPDATE {} SET verdict = {verdict} WHERE {} AND image IN ({images}) RETURNING 1) SELECT count(*) FROM found",
                self.rows.table,
                self.rows.condition()
            );
            return Ok(apart::number(&apart::query(database, &sql).await?));
        }
        let found = apart::query(database, images).await?;
        let listed: Vec<&str> = found.iter().filter_map(|row| row.get(0)).collect();
        if !listed.is_empty() {
            let noted = format!(
                "SELECT w.image, CASE WHEN w.image = ANY ('{{{}}}'::bigint[]) THEN {verdict} ELSE w.verdict END AS verdict FROM {} AS w",
                listed.join(","),
                self.rows.table
            );
            let rows = PartRows { table: self.kept.clone(), ..self.rows.clone() };
            self.rows.table = asked(&rows, &noted);
        }
        Ok(listed.len() as u64)
    }

    /// The same, with the columns that come back, and whether a row that is left as it is has a value in them.
    fn of_columns(&self, verdict: u8, what: &ConflictKind) -> ConflictKind {
        let dropped = if self.part.after.is_none() { Vec::new() } else { self.part.dropped() };
        match verdict {
            KEYED | GIVEN => ConflictKind::ChangedBeside { columns: self.part.returning(), values: ValuesLeft::ByKey },
            CHANGED if !dropped.is_empty() => {
                ConflictKind::ChangedBeside { columns: dropped, values: ValuesLeft::Without }
            }
            _ => what.clone(),
        }
    }

    /// What stands in the way of putting the rows back.
    pub(super) async fn conflicts(&self, database: &mut PostgresDatabase<'_>) -> Result<Vec<Conflict>, Failure> {
        let mut conflicts = Vec::new();
        for (verdict, what) in &CONFLICTS {
            let rows = self.list(database, &format!("i.verdict = {verdict}")).await?;
            if rows.count > 0 {
                conflicts.push(Conflict { table: self.shown(database), rows, what: self.of_columns(*verdict, what) });
            }
        }
        Ok(conflicts)
    }

    /// The rows that could not be put back, with what the database said.
    pub(super) async fn unfit(
        &self,
        database: &mut PostgresDatabase<'_>,
        why: &str,
    ) -> Result<Option<Conflict>, Failure> {
        let rows = self.list(database, &format!("i.verdict = {UNFIT}")).await?;
        let what = ConflictKind::Unfit(why.to_owned());
        Ok((rows.count > 0).then(|| Conflict { table: self.shown(database), rows, what }))
    }

    /// The table for messages: without its schema where that is the one of the history.
    fn shown(&self, database: &PostgresDatabase<'_>) -> Name<'static> {
        shown(database, self.name())
    }

    /// Rows of a condition about an image `i`, with their keys.
    pub(super) async fn list(&self, database: &mut PostgresDatabase<'_>, condition: &str) -> Result<RowList, Failure> {
        let from = format!("FROM {} AS i WHERE {} AND {condition}", self.rows.table, self.rows.condition_of("i"));
        let keys = self.part.columns.iter().filter(|column| column.in_key).enumerate().map(|(at, column)| {
            let name = column.after.as_ref().or(column.before.as_ref()).map_or("", String::as_str);
            let value = format!("i.row_key[{}]", at + 1);
            format!(
                "{} || CASE WHEN {value} ~ '^-?[0-9]+$' THEN {value} ELSE quote_literal({value}) END",
                Literal(Some(&format!("{name} = ")))
            )
        });
        let keys: Vec<String> = keys.collect();
        let shown = if keys.is_empty() { "'row ' || i.image".to_owned() } else { keys.join(" || ', ' || ") };
        let sql = format!("SELECT count(*) {from};\nSELECT {shown} {from} ORDER BY i.image LIMIT {SHOWN}");
        let rows = apart::query(database, &sql).await?;
        let text = |row: &tokio_postgres::SimpleQueryRow| row.get(0).map(str::to_owned);
        let count = rows.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or(0);
        Ok(RowList { count, first: rows.iter().skip(1).filter_map(text).collect() })
    }
}

/// A table for messages: without its schema where that is the one of the history.
pub(super) fn shown(database: &PostgresDatabase<'_>, name: Name<'static>) -> Name<'static> {
    if name.schema.as_deref() == Some(database.tables.schema()) { Name { schema: None, ..name } } else { name }
}
