//! Rows for every table, so that what a migration does to users' rows shows.

mod column;
mod value;

use std::collections::BTreeSet;

use self::column::{SeedColumn, SeedTable};
use super::name::{ident, literal};
use super::scratch::PostgresScratch;
use crate::database::postgres::scratch::ScratchDatabase;
use crate::error::Result;

/// Rows for each table: one with every column filled, one with as many NULLs as may be.
const ROWS: usize = 2;

/// How many different rows are tried, where checks refuse them.
const MOST_TRIES: usize = 60;

/// Sequences go on here: what a migration is given by one is another value than in a database without users' rows.
const AFTER_SEEDS: &str = "SELECT setval(c.oid::regclass, CASE WHEN s.seqmax > 1000000 THEN 950000 ELSE s.seqmax / 2 END), c.oid \
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid \
     WHERE s.seqincrement > 0 AND s.seqmax > 1000 AND NOT s.seqcycle AND c.oid NOT IN ({seen})";

pub(super) async fn tables(scratch: &mut PostgresScratch) -> Result<Vec<String>> {
    let seen = &mut scratch.seeded;
    let database = &mut scratch.database;
    let mut open = column::tables(database, &numbers(seen)).await?;
    seen.extend(open.iter().map(|table| table.oid));
    database.control("BEGIN\n;\nSET CONSTRAINTS ALL IMMEDIATE").await?;
    let sequences = database.query(&AFTER_SEEDS.replace("{seen}", &numbers(seen))).await?;
    seen.extend(sequences.iter().filter_map(|row| row.get(1)?.parse::<u32>().ok()));
    let mut reasons = Vec::new();
    // Parents first: a table whose parents have no rows yet is tried again.
    while !open.is_empty() {
        let mut left = Vec::new();
        reasons.clear();
        let count = open.len();
        for table in open {
            if let Some(reason) = fill(database, &table).await? {
                reasons.push(format!("no row could be made for table {}: {reason}", table.name));
                left.push(table);
            }
        }
        if left.len() == count {
            break;
        }
        open = left;
    }
    database.control("COMMIT").await?;
    Ok(reasons)
}

/// A list that is never empty.
fn numbers(seen: &BTreeSet<u32>) -> String {
    let all: Vec<String> = std::iter::once(&0).chain(seen).map(u32::to_string).collect();
    all.join(", ")
}

/// Makes rows for a table; the reason where none could be made.
async fn fill(database: &mut ScratchDatabase, table: &SeedTable) -> Result<Option<String>> {
    if let Some(parent) = missing_parent(database, table).await? {
        return Ok(Some(format!("its parent {parent} has no rows")));
    }
    let mut made = 0;
    let mut reason = String::new();
    for row in 0..ROWS {
        for attempt in 0..MOST_TRIES {
            database.control("SAVEPOINT seed").await?;
            match database.attempt(&[insert(table, row, attempt)]).await {
                Ok(()) => {
                    database.control("RELEASE seed").await?;
                    made += 1;
                    break;
                }
                Err(error) => {
                    database.control("ROLLBACK TO seed\n;\nRELEASE seed").await?;
                    reason = error;
                }
            }
        }
    }
    Ok((made == 0).then_some(reason))
}

/// The first table without rows that a row must refer to.
async fn missing_parent(database: &mut ScratchDatabase, table: &SeedTable) -> Result<Option<String>> {
    let needed = table.columns.iter().filter(|column| column.is_needed());
    let parents: BTreeSet<&str> =
        needed.filter_map(|column| column.reference.as_ref()).map(|(table, _)| &**table).collect();
    if parents.is_empty() {
        return Ok(None);
    }
    let each =
        parents.iter().map(|parent| format!("SELECT {} WHERE NOT EXISTS (SELECT FROM {parent})", literal(parent)));
    let rows = database.query(&each.collect::<Vec<_>>().join(" UNION ALL ")).await?;
    Ok(rows.first().and_then(|row| row.get(0)).map(str::to_owned))
}

fn insert(table: &SeedTable, row: usize, attempt: usize) -> String {
    let wanted = |column: &&SeedColumn| row == 0 || attempt > 0 || column.is_needed();
    let columns: Vec<&SeedColumn> = table.columns.iter().filter(wanted).collect();
    if columns.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.name);
    }
    let names: Vec<String> = columns.iter().map(|column| ident(&column.name)).collect();
    let values: Vec<String> = columns.iter().map(|column| value::of(column, row, attempt)).collect();
    format!("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})", table.name, names.join(", "), values.join(", "))
}
