//! Rows put back after the script of a down has made their tables as they were: they are inserted and changed, and those of the up go.
//!
//! Each table is one statement of each kind. What a constraint forbids is tried again after the others, and row by row where that is no help.

use std::collections::BTreeMap;

use super::apart::{self, NamePath};
use super::facts::{self, Facts, KnownTable, OwnRows, all_of};
use super::state::{CLEAN, PartState, UNFIT};
use crate::database::Failure;
use crate::database::postgres::PostgresDatabase;
use crate::database::undo::UndoneValues;
use crate::error::Code;
use crate::history::{PartKind, UndoColumn, value_column};
use crate::sql::{Ident, Plain};

/// What is done with rows of a part, in the order in which that is tried: what refers to a row of the up has got back the one that it referred to before that row
/// goes, so that no cascade takes it along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowDeed {
    Insert,
    PutBack,
    Delete,
}

/// Work that is left to be done.
struct RowWork {
    part: usize,
    deed: RowDeed,
    /// One row of it; all where it is none.
    image: Option<u64>,
}

/// The condition about an image `i` that its row is put back.
pub(super) fn verdicts(puts_all_back: bool) -> String {
    if puts_all_back { "i.verdict IS NOT NULL".to_owned() } else { format!("i.verdict = {CLEAN}") }
}

fn before(column: &UndoColumn) -> Option<&str> {
    column.before.as_deref()
}

/// The table that a part is of, as it is after the script.
pub(super) fn table<'f>(facts: &'f Facts, state: &PartState) -> Option<&'f KnownTable> {
    facts.named(state.part.table_before().as_ref())
}

/// The statement that does something with rows of a part; none where it has nothing to do.
fn statement(
    state: &PartState,
    table: &KnownTable,
    deed: RowDeed,
    verdicts: &str,
    image: Option<u64>,
) -> Option<String> {
    let rows = &state.rows.table;
    let one = image.map_or_else(String::new, |image| format!(" AND i.image = {image}"));
    let of = format!("{} AND {verdicts}{one}", state.rows.condition_of("i"));
    let key = state.key(table, before);
    let columns = state.columns(table, before);
    let has_row = |key: &String| format!("i.row_key = {key}");
    match deed {
        RowDeed::Delete if state.is_by_content() => Some(format!(
            "DELETE FROM ONLY {} AS t WHERE t.ctid IN (SELECT l.ctid FROM {} JOIN {} USING (row_key, place))",
            table.name,
            PartState::ranked_live(table, &key?),
            state.ranked_images(&format!("{verdicts}{one}"))
        )),
        RowDeed::PutBack if state.is_by_content() => None,
        RowDeed::Delete => Some(format!(
            "DELETE FROM ONLY {} AS t USING {rows} AS i WHERE {of} AND NOT i.was_there AND i.is_there AND {}",
            table.name,
            has_row(&key?)
        )),
        RowDeed::PutBack => {
            let is_key = |place: usize| state.part.columns[place - 1].in_key;
            let set: Vec<String> = columns
                .iter()
                .filter(|(place, column)| !is_key(*place) && !column.is_always_identity)
                .map(|(place, column)| {
                    format!("{} = {}", Ident(&column.name), column.read_from(&format!("i.before[{place}]")))
                })
                .collect();
            if set.is_empty() {
                return None;
            }
            Some(format!(
                "UPDATE ONLY {} AS t SET {} FROM {rows} AS i WHERE {of} AND i.was_there AND NOT i.is_same AND {}",
                table.name,
                set.join(", "),
                has_row(&key?)
            ))
        }
        RowDeed::Insert => {
            let names: Vec<String> = columns.iter().map(|(_, column)| Ident(&column.name).to_string()).collect();
            let values: Vec<String> =
                columns.iter().map(|(place, column)| column.read_from(&format!("i.before[{place}]"))).collect();
            let is_absent = key.filter(|_| !state.is_by_content()).map_or_else(String::new, |key| {
                format!(" AND NOT EXISTS (SELECT FROM ONLY {} AS t WHERE {})", table.name, has_row(&key))
            });
            let into = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
            Some(format!(
                "INSERT INTO {}{into} OVERRIDING SYSTEM VALUE SELECT {} FROM {rows} AS i WHERE {of} AND i.was_there AND NOT i.is_same{is_absent}",
                table.name,
                values.join(", ")
            ))
        }
    }
}

/// Puts rows of these parts back, as far as that can be done at once. Returns how many statements were refused.
pub(super) async fn some_rows(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &[PartState],
    which: &[usize],
    verdicts: &str,
    vain: &mut OwnRows,
) -> Result<usize, Failure> {
    let mut last = facts::touched(database).await?;
    let mut work: Vec<(RowDeed, usize)> = Vec::new();
    for deed in [RowDeed::Insert, RowDeed::PutBack, RowDeed::Delete] {
        work.extend(which.iter().map(|part| (deed, *part)));
    }
    loop {
        let before = work.len();
        let mut left = Vec::new();
        for (deed, part) in work {
            let state = &parts[part];
            let Some(table) = table(facts, state) else { continue };
            let Some(sql) = statement(state, table, deed, verdicts, None) else { continue };
            if tried(database, &sql, &mut last, vain).await?.is_err() {
                left.push((deed, part));
            }
        }
        if left.is_empty() || left.len() == before {
            return Ok(left.len());
        }
        work = left;
    }
}

/// Runs a statement; `vain` gets what was counted of rows where it is rolled back. `last` is what was counted before.
pub(super) async fn tried(
    database: &mut PostgresDatabase<'_>,
    sql: &str,
    last: &mut BTreeMap<u32, (u64, u64)>,
    vain: &mut OwnRows,
) -> Result<Result<(), String>, Failure> {
    let done = apart::attempt_in(database, NamePath::Session, sql).await?;
    let now = facts::touched(database).await?;
    if done.is_err() {
        for (oid, (changed, deleted)) in &now {
            let was = last.get(oid).copied().unwrap_or_default();
            let sum = vain.entry(*oid).or_default();
            *sum = (sum.0 + deleted - was.1, sum.1 + changed - was.0);
        }
    }
    *last = now;
    Ok(done.map(drop))
}

/// How many values the rows had in columns that the down has not made again.
pub(super) async fn without_column(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    state: &PartState,
) -> Result<Vec<(String, u64)>, Failure> {
    let Some(table) = table(facts, state) else { return Ok(Vec::new()) };
    let there = state.columns(table, |column| column.before.as_deref());
    let mut lacking = Vec::new();
    for (place, column) in (1..).zip(&state.part.columns) {
        let Some(name) = column.before.as_ref().filter(|_| !there.iter().any(|(known, _)| *known == place)) else {
            continue;
        };
        let sql = format!(
            "SELECT count(CASE WHEN i.is_same THEN i.after[{place}] ELSE i.before[{place}] END) FROM {} AS i WHERE {} AND i.was_there",
            state.rows.table,
            state.rows.condition_of("i")
        );
        let count = apart::number_at(&apart::query(database, &sql).await?, 0).unwrap_or(0);
        if count > 0 {
            lacking.push((name.clone(), count));
        }
    }
    Ok(lacking)
}

/// Puts rows back. Returns why some could not be, which are noted so: by the place of their part. `vain` gets what was counted of rows and rolled back.
pub(super) async fn rows(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &[PartState],
    verdicts: &str,
    vain: &mut OwnRows,
) -> Result<BTreeMap<usize, String>, Failure> {
    let mut last = facts::touched(database).await?;
    let mut work = Vec::new();
    for deed in [RowDeed::Insert, RowDeed::PutBack, RowDeed::Delete] {
        let of_rows = parts.iter().enumerate().filter(|(_, state)| state.part.kind == PartKind::Rows);
        work.extend(of_rows.map(|(part, _)| RowWork { part, deed, image: None }));
    }
    let (mut is_by_row, mut is_way_made) = (false, false);
    loop {
        let before = work.len();
        let mut left = Vec::new();
        let mut why = BTreeMap::new();
        for one in work {
            let state = &parts[one.part];
            let Some(table) = table(facts, state) else { continue };
            let Some(sql) = statement(state, table, one.deed, verdicts, one.image) else { continue };
            if let Err(refused) = tried(database, &sql, &mut last, vain).await? {
                why.entry(one.part).or_insert(refused);
                left.push(one);
            }
        }
        if left.is_empty() {
            return Ok(BTreeMap::new());
        }
        if left.len() < before {
            work = left;
        } else if !is_by_row {
            is_by_row = true;
            work = row_by_row(database, parts, left, verdicts).await?;
        } else if !is_way_made && make_way(database, facts, parts, &mut left, vain).await? {
            is_way_made = true;
            last = facts::touched(database).await?;
            work = left;
        } else {
            for one in &left {
                let image = one.image.map_or_else(String::new, |image| format!(" AND image = {image}"));
                let rows = &parts[one.part].rows;
                let sql = format!("UPDATE {} SET verdict = {UNFIT} WHERE {}{image}", rows.table, rows.condition());
                apart::query(database, &sql).await?;
            }
            return Ok(why);
        }
    }
}

/// Rows whose unique values go round in a circle: those of a table to which nothing refers are taken out, to be inserted as they were.
async fn make_way(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &[PartState],
    left: &mut [RowWork],
    vain: &mut OwnRows,
) -> Result<bool, Failure> {
    let mut is_made = false;
    for one in left.iter_mut().filter(|one| one.deed == RowDeed::PutBack) {
        let state = &parts[one.part];
        let Some(table) = table(facts, state) else { continue };
        let (Some(key), Some(image)) = (state.key(table, before), one.image) else { continue };
        let referred = format!("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = {}", table.oid);
        if apart::number(&apart::query(database, &referred).await?) > 0 {
            continue;
        }
        let sql = format!(
            "DELETE FROM ONLY {} AS t USING {} AS i WHERE {} AND i.image = {image} AND i.row_key = {key}",
            table.name,
            state.rows.table,
            state.rows.condition_of("i")
        );
        if apart::attempt_in(database, NamePath::Session, &sql).await?.is_err() {
            continue;
        }
        vain.entry(table.oid).or_default().0 += 1;
        one.deed = RowDeed::Insert;
        is_made = true;
    }
    Ok(is_made)
}

async fn row_by_row(
    database: &mut PostgresDatabase<'_>,
    parts: &[PartState],
    left: Vec<RowWork>,
    verdicts: &str,
) -> Result<Vec<RowWork>, Failure> {
    let mut work = Vec::new();
    for one in left {
        let rows = &parts[one.part].rows;
        let is_meant = match one.deed {
            RowDeed::Delete => "NOT i.was_there AND i.is_there",
            RowDeed::PutBack | RowDeed::Insert => "i.was_there AND NOT i.is_same",
        };
        let sql = format!(
            "SELECT i.image FROM {} AS i WHERE {} AND {verdicts} AND {is_meant} ORDER BY 1",
            rows.table,
            rows.condition_of("i")
        );
        let images = apart::query(database, &sql).await?;
        let images = images.iter().filter_map(|row| row.get(0)?.parse().ok());
        work.extend(images.map(|image| RowWork { part: one.part, deed: one.deed, image: Some(image) }));
    }
    Ok(work)
}

/// Gives the rows that are there the values of a column that comes back. None where it has no place.
pub(super) async fn values(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    state: &PartState,
    verdicts: &str,
) -> Result<Option<UndoneValues>, Failure> {
    let Some(table) = table(facts, state) else { return Ok(None) };
    let value = value_column(&state.part.columns);
    let Some((place, name)) = value.and_then(|(place, column)| Some((place + 1, column.before.as_deref()?))) else {
        return Ok(None);
    };
    let Some(column) = table.named(name) else { return Ok(None) };
    let Some(key) = state.key(table, before) else { return Ok(None) };
    let sql = format!(
        "WITH done AS (UPDATE ONLY {} AS t SET {} = {} FROM {} AS i WHERE {} AND {verdicts} AND i.row_key = {key} RETURNING 1) \
         SELECT (SELECT count(*) FROM done), (SELECT count(*) FROM ONLY {})",
        table.name,
        Ident(&column.name),
        column.read_from(&format!("i.before[{place}]")),
        state.rows.table,
        state.rows.condition_of("i"),
        table.name
    );
    let written = apart::attempt_in(database, NamePath::Session, &sql).await?;
    let rows = written.map_err(|why| {
        let column = format!("the values of column {} of table {}", Plain(name), table.name.plain());
        Failure::new(Code::RowsChanged, format!("{column} do not fit beside what was written since: {why}"))
    })?;
    let number = |at| apart::number_at(&rows, at).unwrap_or(0);
    let restored = number(0);
    // Of a conversion only those values are kept that the new type has not.
    let is_dropped = state.part.columns[place - 1].after.is_none();
    let newer_rows = if is_dropped { number(1).saturating_sub(restored) } else { 0 };
    Ok(Some(UndoneValues { column: name.to_owned(), restored, newer_rows }))
}

/// Looks whether every row is as it was: what a cascade or a trigger made of one after it was put back shows here.
pub(super) async fn verify(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &[PartState],
    verdicts: &str,
) -> Result<Option<String>, Failure> {
    // Of rows without a key as many are there as were put back.
    for state in parts.iter().filter(|state| state.part.kind == PartKind::Rows && !state.is_by_content()) {
        let Some(table) = table(facts, state) else { continue };
        let Some(key) = state.key(table, before) else { continue };
        let same: Vec<String> = state
            .columns(table, before)
            .iter()
            .map(|(place, column)| format!("{} IS NOT DISTINCT FROM i.before[{place}]", column.written("t")))
            .collect();
        let same = all_of(&same);
        let sql = format!(
            "SELECT count(*) FROM {} AS i LEFT JOIN ONLY {} AS t ON i.row_key = {key} \
             WHERE {} AND {verdicts} AND NOT i.is_same AND i.was_there <> (t.ctid IS NOT NULL AND (NOT i.was_there OR {same}))",
            state.rows.table,
            table.name,
            state.rows.condition_of("i")
        );
        let other = apart::number(&apart::query(database, &sql).await?);
        if other > 0 {
            let table = table.name.plain();
            return Ok(Some(format!("{other} of the rows of table {table} did not stay as they were put back")));
        }
    }
    Ok(None)
}
