//! How much there is in tables and columns.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use super::{PostgresDatabase, failure};
use crate::database::{Amount, Database};
use crate::error::{Code, Error, Result};
use crate::sql::{Holder, Ident, Literal};

/// Two round trips: a query that names what is gone would fail, so that it is asked first what is there.
pub(super) async fn all(database: &mut PostgresDatabase<'_>, holders: &[Holder<'_>]) -> Result<Vec<Amount>> {
    let mut counts = vec![Amount::Gone; holders.len()];
    if holders.is_empty() {
        return Ok(counts);
    }
    let found = query(database, &find(holders)).await?;
    // Each table is read once, whatever is counted in it.
    let mut tables: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in &found {
        let (number, table) = place(row, holders.len()).ok_or_else(|| unreadable(database))?;
        if row.get(2) == Some("t") {
            counts[number] = Amount::Of(0);
        } else {
            tables.entry(table.to_owned()).or_default().push(number);
        }
    }
    if tables.is_empty() {
        return Ok(counts);
    }
    let selects: Vec<String> = tables.iter().map(|(table, numbers)| select(table, numbers, holders)).collect();
    for row in query(database, &selects.join(" UNION ALL ")).await? {
        for pair in row.get(0).unwrap_or_default().split(',') {
            let counted = pair.split_once(' ').and_then(|(number, count)| Some((number.parse::<usize>().ok()?, count)));
            let slot = counted.and_then(|(number, count)| Some((counts.get_mut(number)?, count.parse::<u64>().ok()?)));
            let (slot, count) = slot.ok_or_else(|| unreadable(database))?;
            *slot = Amount::Of(count);
        }
    }
    Ok(counts)
}

/// Which of the tables and columns are there, with the table as this session names it, and whether the column is generated.
fn find(holders: &[Holder<'_>]) -> String {
    let wanted: Vec<String> = holders
        .iter()
        .enumerate()
        .map(|(number, Holder { table, column })| {
            format!("({number}, {}, {}::text)", Literal(Some(&table.to_string())), Literal(*column))
        })
        .collect();
    format!(
        "SELECT w.number, c.oid::regclass, coalesce(a.attgenerated <> '', false) \
         FROM (VALUES {}) AS w (number, relation, attribute) \
         JOIN pg_class c ON c.oid = to_regclass(w.relation) AND c.relkind IN ('r', 'p') \
         LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.attribute AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE w.attribute IS NULL OR a.attname IS NOT NULL",
        wanted.join(", ")
    )
}

fn place(row: &SimpleQueryRow, holders: usize) -> Option<(usize, &str)> {
    let number = row.get(0)?.parse().ok().filter(|number| *number < holders)?;
    Some((number, row.get(1)?))
}

/// One row: `<number> <count>` for each, with commas between them.
fn select(table: &str, numbers: &[usize], holders: &[Holder<'_>]) -> String {
    let counts: Vec<String> = numbers
        .iter()
        .map(|number| match holders[*number].column {
            Some(column) => format!("'{number} ' || count({})", Ident(column)),
            None => format!("'{number} ' || count(*)"),
        })
        .collect();
    format!("SELECT concat_ws(',', {}) FROM {table}", counts.join(", "))
}

/// In one transaction with settings of its own. A policy that hides rows makes it fail: what is hidden is lost too.
async fn query(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>> {
    let lock = database.options.lock_timeout.as_millis();
    let message = format!("SET LOCAL row_security = off; SET LOCAL lock_timeout = {lock}; {sql}");
    match database.session.query(&message).await {
        Ok(rows) => Ok(rows),
        Err(broken) => {
            let message = format!("what {} holds cannot be counted", database.label());
            Err(failure::query(broken, database.session.is_interrupted(), message))
        }
    }
}

fn unreadable(database: &PostgresDatabase<'_>) -> Error {
    Error::new(Code::Query, format!("what {} holds cannot be counted", database.label()))
}
