//! Rows for every table, so that what a migration does to users' rows shows.

mod column;
mod value;

use std::collections::BTreeSet;
use std::ops::Range;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use self::column::SeedColumn;
pub(crate) use self::column::SeedTable;
use super::name::ident;
use crate::database::postgres::scratch::ScratchDatabase;
use crate::down::seed::{
    Empty, Presence, ROWS, RefusedBy, RowRefusal, SeedCandidate, SeedGround, Slot, Wanted, WantedTable, distinct, fill,
};
use crate::error::Result;

/// The rows of a parent that are tried.
const PARENTS: usize = 3;

/// Sequences go on here: what a migration is given by one is another value than in a database without users' rows.
const AFTER_SEEDS: &str = "SELECT setval(c.oid::regclass, CASE WHEN s.seqmax > 1000000 THEN 950000 ELSE s.seqmax / 2 END), c.oid \
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid \
     WHERE s.seqincrement > 0 AND s.seqmax > 1000 AND NOT s.seqcycle AND c.oid NOT IN ({seen})";

/// Seeds the tables and sequences that were not seen yet, by oid.
pub(super) async fn tables(database: &mut ScratchDatabase, seen: &mut BTreeSet<u32>) -> Result<Vec<String>> {
    // Compiling what reads the catalog takes longer than reading it.
    database.control("BEGIN\n;\nSET LOCAL jit = off\n;\nSET CONSTRAINTS ALL IMMEDIATE").await?;
    let open = column::unseen(database, &numbers(seen)).await?;
    seen.extend(open.iter().map(|table| table.oid));
    let sequences = database.query(&AFTER_SEEDS.replace("{seen}", &numbers(seen))).await?;
    seen.extend(sequences.iter().filter_map(|row| row.get(1)?.parse::<u32>().ok()));
    let open: Vec<_> = open.into_iter().map(|found| table(found, &(0..ROWS))).collect();
    let empty = fill(database, &open).await?;
    database.commit().await?;
    Ok(empty.iter().map(Empty::to_string).collect())
}

/// The wanted tables, and those that refer to them, with candidates for these rows.
pub(super) async fn some(
    database: &mut ScratchDatabase,
    wanted: &Wanted,
    rows: &Range<usize>,
) -> Result<Vec<WantedTable<SeedTable>>> {
    let found = column::wanted(database, wanted).await?;
    Ok(found.into_iter().map(|found| table(found, rows)).collect())
}

/// Rules that wait for the end of a transaction do so again.
pub(super) async fn defer_again(database: &mut ScratchDatabase) -> Result<()> {
    const DEFERRED: &str = "SELECT string_agg(format('%I.%I', n.nspname, k.conname), ', ') FROM pg_constraint k \
         JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.condeferred";
    let rows = database.query(DEFERRED).await?;
    match rows.first().and_then(|row| row.get(0)) {
        Some(names) => database.control(&format!("SET CONSTRAINTS {names} DEFERRED")).await,
        None => Ok(()),
    }
}

/// A list that is never empty.
fn numbers(seen: &BTreeSet<u32>) -> String {
    let all: Vec<String> = std::iter::once(&0).chain(seen).map(u32::to_string).collect();
    all.join(", ")
}

/// The slots of a table: its references, and its other columns.
fn table(found: SeedTable, rows: &Range<usize>) -> WantedTable<SeedTable> {
    let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
    let mut slots = Vec::new();
    let mut references = BTreeSet::new();
    for column in &found.columns {
        match &column.reference {
            None => slots.push(plain(column, &names, rows)),
            Some(reference) if references.insert(&reference.oid) => {
                let is_same =
                    |other: &&SeedColumn| other.reference.as_ref().is_some_and(|same| same.oid == reference.oid);
                let columns: Vec<_> = found.columns.iter().filter(is_same).collect();
                slots.push(reference_slot(&found.name, &columns, rows));
            }
            Some(_) => {}
        }
    }
    WantedTable { name: found.name.clone(), slots, rows: rows.len(), facts: found }
}

fn plain(column: &SeedColumn, columns: &[&str], rows: &Range<usize>) -> Slot {
    let hints = value::hints(column, columns);
    let may_be_null = !column.not_null && !column.is_key;
    Slot {
        columns: vec![column.name.clone()],
        rows: rows
            .clone()
            .map(|row| {
                let mut rows = distinct(value::of(column, &hints, row).into_iter().map(SeedCandidate::one));
                rows.extend((may_be_null && column.has_default).then(|| SeedCandidate::one("NULL")));
                rows.extend((may_be_null || column.has_default).then_some(SeedCandidate::LeftOut));
                rows
            })
            .collect(),
        presence: if column.is_key || column.not_null && !column.has_default {
            Presence::Needed
        } else {
            Presence::Optional
        },
        parent: None,
        to: Vec::new(),
    }
}

/// All columns of a reference have their values from the same row.
fn reference_slot(table: &str, columns: &[&SeedColumn], rows: &Range<usize>) -> Slot {
    let references = || columns.iter().filter_map(|column| column.reference.as_ref());
    let parent = references().next().map_or("", |reference| &reference.parent);
    let key = |at: usize| {
        let one = |column: &str| {
            let row = format!("{at} % greatest(1, (SELECT count(*) FROM {parent}))");
            format!("(SELECT {} FROM {parent} ORDER BY tableoid, ctid DESC OFFSET {row} LIMIT 1)", ident(column))
        };
        SeedCandidate::Given(references().map(|reference| one(&reference.column)).collect())
    };
    let is_optional = !columns.iter().any(|column| column.not_null || column.is_key);
    Slot {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        rows: rows
            .clone()
            .map(|row| {
                let mut rows: Vec<SeedCandidate> = (0..PARENTS).map(|at| key(row + at)).collect();
                if parent == table {
                    rows.push(SeedCandidate::Own(references().map(|reference| reference.column.clone()).collect()));
                }
                rows.extend(is_optional.then(|| SeedCandidate::Given(vec!["NULL".to_owned(); columns.len()])));
                rows
            })
            .collect(),
        presence: if is_optional { Presence::Optional } else { Presence::Needed },
        parent: Some(parent.to_owned()),
        to: references().map(|reference| reference.column.clone()).collect(),
    }
}

impl SeedGround for ScratchDatabase {
    type Facts = SeedTable;

    async fn insert(&mut self, table: &WantedTable<SeedTable>, row: &[(&str, &str)]) -> Result<Result<(), RowRefusal>> {
        let insert = Insert::of(table, row);
        let Err(error) = self.offer(&format!("{SAVED}{}{KEPT}", insert.text)).await? else { return Ok(Ok(())) };
        self.control("ROLLBACK TO seed\n;\nRELEASE seed").await?;
        let refused = refused(&table.facts, &error).or_else(|| {
            let Some(ErrorPosition::Original(position)) = error.position() else { return None };
            Some((vec![row.get(insert.value_at(*position)?)?.0.to_owned()], RefusedBy::Values))
        });
        let (columns, by) = refused.unwrap_or((Vec::new(), RefusedBy::Rows));
        Ok(Err(RowRefusal { reason: error.message().to_owned(), columns, by }))
    }

    async fn insert_all(&mut self, table: &WantedTable<SeedTable>, rows: &[Vec<(&str, &str)>]) -> Result<bool> {
        let inserts: Vec<String> = rows.iter().map(|row| Insert::of(table, row).text).collect();
        self.attempt_one(&inserts.join("\n;\n")).await
    }

    async fn attempt_one(&mut self, sql: &str) -> Result<bool> {
        let ran = self.offer(&format!("{SAVED}{sql}{KEPT}")).await?.is_ok();
        if !ran {
            self.control("ROLLBACK TO seed\n;\nRELEASE seed").await?;
        }
        Ok(ran)
    }

    async fn has_rows(&mut self, table: &str) -> Result<bool> {
        let rows = self.query(&format!("SELECT EXISTS (SELECT FROM {table})")).await?;
        Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
    }
}

/// Around what can be taken back.
const SAVED: &str = "SAVEPOINT seed\n;\n";
const KEPT: &str = "\n;\nRELEASE seed";

struct Insert {
    text: String,
    /// Where each value ends in its message, in characters.
    ends: Vec<usize>,
}

impl Insert {
    fn of(table: &WantedTable<SeedTable>, row: &[(&str, &str)]) -> Self {
        let columns: Vec<String> = row.iter().map(|(column, _)| ident(column)).collect();
        let mut text = format!("INSERT INTO {}", table.name);
        let mut ends = Vec::new();
        if row.is_empty() {
            text.push_str(" DEFAULT VALUES");
        } else {
            text.push_str(&format!(" ({}) OVERRIDING SYSTEM VALUE VALUES (", columns.join(", ")));
            let mut end = SAVED.len() + text.chars().count();
            for (at, (_, value)) in row.iter().enumerate() {
                let value = format!("{}{value}", if at > 0 { ", " } else { "" });
                text.push_str(&value);
                end += value.chars().count();
                ends.push(end);
            }
            text.push(')');
        }
        Self { text, ends }
    }

    /// The value at a position as the server counts them: from 1, in characters.
    fn value_at(&self, position: u32) -> Option<usize> {
        let position = usize::try_from(position).ok()?;
        self.ends.iter().position(|end| position <= *end)
    }
}

/// The columns that a refusal is about, where the server names a rule or a column.
fn refused(table: &SeedTable, error: &DbError) -> Option<(Vec<String>, RefusedBy)> {
    let those = |is: &dyn Fn(&SeedColumn) -> bool| -> Vec<String> {
        table.columns.iter().filter(|column| is(column)).map(|column| column.name.clone()).collect()
    };
    let is_check = *error.code() == SqlState::CHECK_VIOLATION;
    // No partition takes it, in whichever table of partitions.
    if is_check && error.constraint().is_none() {
        return Some((those(&|column| !column.bounds.is_empty()), RefusedBy::Values));
    }
    if let Some(domain) = error.datatype() {
        return Some((those(&|column| column.named == domain), RefusedBy::Values));
    }
    if let (Some(column), &SqlState::NOT_NULL_VIOLATION) = (error.column(), error.code()) {
        // A trigger may have been refused what it wrote elsewhere.
        let is_here = error.table().is_some_and(|name| table.name.ends_with(&format!(".{}", ident(name))));
        return is_here.then(|| (vec![column.to_owned()], RefusedBy::Values));
    }
    let columns = table.rules.get(error.constraint()?).cloned().unwrap_or_default();
    Some((columns, if is_check { RefusedBy::Values } else { RefusedBy::Rows }))
}
