//! How much would go of what tables and columns hold.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use super::session::SessionFailure;
use super::{PostgresDatabase, failure, undo};
use crate::database::{Amount, Counted, Reader};
use crate::duration::server_milliseconds;
use crate::error::{Code, Error, Result};
use crate::sql::{Copied, DataHolder, Ident, Literal, Loss, Measure, Name, Risk, Taken};

/// Where something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountPlace {
    /// Before any step.
    Alone,
    /// In the transaction of a step, whose settings stay what they are.
    Within,
}

/// Before a step: what goes as far as its text shows it. What the text alone does not show is left to the step.
pub(super) async fn all(database: &mut PostgresDatabase<'_>, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>> {
    let mut counted = held_of(database, risks, CountPlace::Alone).await?;
    for (counted, risk) in counted.iter_mut().zip(risks) {
        // A courtesy: where it cannot be asked yet, the step itself tells.
        let count = match &risk.measure {
            Measure::Where(taken) => match risk.loss.holder() {
                // What is deleted through a view only its tables tell.
                Some(holder) => number(database, &rows_of_table(holder.table, taken), CountPlace::Alone).await,
                None => None,
            },
            Measure::Converted { .. } => converted(database, risk, "", CountPlace::Alone).await,
            _ => None,
        };
        counted.extend(count.map_or(Vec::new(), |count| Amount::Of(count).of(&risk.loss)));
    }
    as_called(database, counted.iter_mut().flatten(), CountPlace::Alone).await;
    Ok(counted)
}

/// Names tables as the meter does: without their schema where this session finds them so. A script and a generated down may have the same
/// table under both names. It is about words: where it cannot be asked, they stay as they are.
pub(super) async fn as_called(
    database: &mut PostgresDatabase<'_>,
    counted: impl IntoIterator<Item = &mut Counted>,
    place: CountPlace,
) {
    let mut counted: Vec<&mut Counted> = counted.into_iter().collect();
    let qualified: Vec<String> = counted
        .iter()
        .enumerate()
        .filter_map(|(number, counted)| {
            let table = counted.loss.holder()?.table;
            table.schema.is_some().then(|| format!("({number}, {})", Literal(Some(&table.to_string()))))
        })
        .collect();
    if qualified.is_empty() {
        return;
    }
    let sql = format!(
        "SELECT w.number FROM (VALUES {}) AS w (number, relation) WHERE pg_table_is_visible(to_regclass(w.relation))",
        qualified.join(", ")
    );
    let Ok(rows) = send(database, &sql, place).await else {
        if place == CountPlace::Within {
            // Where that fails, too, the connection is gone, and the next statement says so.
            drop(undo(database).await);
        }
        return;
    };
    for row in &rows {
        let number = row.get(0).and_then(|number| number.parse::<usize>().ok());
        if let Some(counted) = number.and_then(|number| counted.get_mut(number)) {
            counted.loss = counted.loss.clone().without_schema();
        }
    }
}

/// What goes of what is dropped or emptied, and what is always asked for.
pub(super) async fn held_of(
    database: &mut PostgresDatabase<'_>,
    risks: &[&Risk],
    place: CountPlace,
) -> Result<Vec<Vec<Counted>>> {
    let mut losses: Vec<Vec<Loss>> = Vec::with_capacity(risks.len());
    // How much of each is not the up's own, where that is recorded.
    let mut known = Vec::with_capacity(risks.len());
    for risk in risks {
        losses.push(match &risk.measure {
            Measure::All | Measure::Dropped | Measure::Beyond(_) | Measure::Filled(_) | Measure::Never => {
                vec![risk.loss.clone()]
            }
            Measure::Except(copied) => match risk.loss.holder() {
                Some(holder) => except(database, holder.table, copied, place).await?,
                None => Vec::new(),
            },
            Measure::Where(_) | Measure::Converted { .. } | Measure::Step => Vec::new(),
        });
        known.push(match (&risk.measure, risk.loss.holder()) {
            // A record of this database has all rows of a table to which a column was added.
            (Measure::Beyond(left), Some(holder)) => match &left.recorded[..] {
                [besides] => {
                    let sql = undo::held_columns(&holder, besides);
                    beyond(database, &sql, |found| undo::beyond(&holder, besides, found), place).await?
                }
                _ => None,
            },
            (Measure::Filled(filled), Some(holder)) => {
                let sql = undo::filled_column(&holder, filled);
                beyond(database, &sql, |found| undo::beyond_default(found.first()?), place).await?
            }
            _ => None,
        });
    }
    let holders: Vec<DataHolder<'_>> = losses.iter().flatten().filter_map(Loss::holder).collect();
    let mut amounts = held(database, &holders, place).await?.into_iter();
    let mut counted = |loss: Loss| match loss.holder() {
        Some(_) => amounts.next().flatten().map_or(Amount::Gone, Amount::Of).of(&loss),
        None => Amount::Unknown.of(&loss),
    };
    let mut counts: Vec<Vec<Counted>> =
        losses.iter().map(|losses| losses.iter().cloned().flat_map(&mut counted).collect()).collect();
    for (counted, beyond) in counts.iter_mut().zip(known) {
        if beyond.is_some() {
            counted.iter_mut().for_each(|counted| counted.count = beyond);
        }
    }
    Ok(counts)
}

/// How many rows or values are not as the up left them: a query finds what is there, and of that another one is made, which counts. All of them count where it
/// cannot be told.
async fn beyond(
    database: &mut PostgresDatabase<'_>,
    there: &str,
    counting: impl FnOnce(&[SimpleQueryRow]) -> Option<String>,
    place: CountPlace,
) -> Result<Option<u64>> {
    let found = query(database, there, place).await?;
    Ok(match counting(&found) {
        Some(sql) => number(database, &sql, place).await,
        None => None,
    })
}

/// Two round trips: a query that names what is gone would fail, so that it is asked first what is there.
pub(super) async fn held(
    database: &mut PostgresDatabase<'_>,
    holders: &[DataHolder<'_>],
    place: CountPlace,
) -> Result<Vec<Option<u64>>> {
    let mut counts = vec![None; holders.len()];
    if holders.is_empty() {
        return Ok(counts);
    }
    let found = query(database, &find(holders), place).await?;
    // Each table is read once, whatever is counted in it.
    let mut tables: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in &found {
        let (number, table) = place_of(row, holders.len()).ok_or_else(|| unreadable(database))?;
        if row.get(2) == Some("t") {
            counts[number] = Some(0);
        } else {
            tables.entry(table.to_owned()).or_default().push(number);
        }
    }
    if tables.is_empty() {
        return Ok(counts);
    }
    let selects: Vec<String> = tables.iter().map(|(table, numbers)| select(table, numbers, holders)).collect();
    for row in query(database, &selects.join(" UNION ALL "), place).await? {
        for pair in row.get(0).unwrap_or_default().split(',') {
            let counted = pair.split_once(' ').and_then(|(number, count)| Some((number.parse::<usize>().ok()?, count)));
            let slot = counted.and_then(|(number, count)| Some((counts.get_mut(number)?, count.parse::<u64>().ok()?)));
            let (slot, count) = slot.ok_or_else(|| unreadable(database))?;
            *slot = Some(count);
        }
    }
    Ok(counts)
}

/// Which of the tables and columns are there, with the table as this session names it, and whether the column is generated.
fn find(holders: &[DataHolder<'_>]) -> String {
    let wanted: Vec<String> = holders
        .iter()
        .enumerate()
        .map(|(number, DataHolder { table, column })| {
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

fn place_of(row: &SimpleQueryRow, holders: usize) -> Option<(usize, &str)> {
    let number = row.get(0)?.parse().ok().filter(|number| *number < holders)?;
    Some((number, row.get(1)?))
}

/// One row: `<number> <count>` for each, with commas between them.
fn select(table: &str, numbers: &[usize], holders: &[DataHolder<'_>]) -> String {
    let counts: Vec<String> = numbers
        .iter()
        .map(|number| match holders[*number].column {
            Some(column) => format!("'{number} ' || count({})", Ident(column)),
            None => format!("'{number} ' || count(*)"),
        })
        .collect();
    format!("SELECT concat_ws(',', {}) FROM {table}", counts.join(", "))
}

/// What was not copied out of a table before it is dropped: some columns, or all rows where the copy is of another table than the one
/// that is there.
async fn except(
    database: &mut PostgresDatabase<'_>,
    table: &Name<'static>,
    copied: &Copied,
    place: CountPlace,
) -> Result<Vec<Loss>> {
    let sql = format!(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped \
         AND attgenerated = '' ORDER BY attnum",
        Literal(Some(&table.to_string()))
    );
    let rows = query(database, &sql, place).await?;
    let columns: Vec<String> = rows.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect();
    if copied.in_order.as_ref().is_some_and(|order| *order != columns) {
        return Ok(vec![Loss::Rows { table: table.clone() }]);
    }
    let Some(kept) = &copied.columns else { return Ok(Vec::new()) };
    let lost = columns.into_iter().filter(|column| !kept.contains(column));
    Ok(lost.map(|column| Loss::Values { table: table.clone(), column }).collect())
}

pub(super) fn rows_taken(taken: &Taken) -> String {
    let condition = taken.condition.as_ref().map(|condition| format!("\nWHERE {condition}")).unwrap_or_default();
    format!("SELECT count(*) FROM {}{condition}\n", taken.from)
}

fn rows_of_table(table: &Name<'_>, taken: &Taken) -> String {
    let is_table = format!(
        "SELECT 1 FROM pg_class WHERE oid = to_regclass({}) AND relkind IN ('r', 'p', 'f')",
        Literal(Some(&table.to_string()))
    );
    format!("SELECT 1 / (EXISTS ({is_table}))::int; {}", rows_taken(taken))
}

/// How many values of a column do not come back from the type that they are to have, of rows `t` of which a condition holds as well. None where that cannot be
/// asked.
pub(super) async fn converted(
    database: &mut PostgresDatabase<'_>,
    risk: &Risk,
    beside: &str,
    place: CountPlace,
) -> Option<u64> {
    let (Some(DataHolder { table, column: Some(column) }), Measure::Converted { to, using }) =
        (risk.loss.holder(), &risk.measure)
    else {
        return None;
    };
    let sql = format!(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass({}) AND attname = {} \
         AND NOT attisdropped",
        Literal(Some(&table.to_string())),
        Literal(Some(column))
    );
    let rows = query(database, &sql, place).await.ok()?;
    let Some(from) = rows.first().and_then(|row| row.get(0)) else { return Some(0) };
    let column = Ident(column);
    let new = match using {
        Some(using) => format!("(({using}\n)::{to}\n)"),
        None => format!("({column}::{to}\n)"),
    };
    // Types that know no way back, such as two enums, are compared by what their values are written as.
    for (back, now) in
        [(format!("{new}::{from}"), format!("{column}")), (format!("{new}::text"), format!("{column}::text"))]
    {
        let sql = format!(
            "SELECT count(*) FROM {table} AS t WHERE {column} IS NOT NULL AND {back} IS DISTINCT FROM {now}\n{beside}"
        );
        if let Some(count) = number(database, &sql, place).await {
            return Some(count);
        }
    }
    None
}

/// One number; none where the query fails. It cannot write.
pub(super) async fn number(database: &mut PostgresDatabase<'_>, sql: &str, place: CountPlace) -> Option<u64> {
    let rows = match place {
        CountPlace::Alone => {
            let sql = format!("SET LOCAL transaction_read_only = on; {sql}");
            query(database, &sql, place).await.ok()?
        }
        CountPlace::Within => {
            let Ok(rows) = send(database, sql, place).await else {
                undo(database).await.ok()?;
                return None;
            };
            rows
        }
    };
    rows.last()?.get(0)?.parse().ok()
}

/// After a query in the transaction of a step that has failed: that can go on, with the settings that it had.
pub(super) async fn undo(database: &mut PostgresDatabase<'_>) -> std::result::Result<(), SessionFailure> {
    database.session.run(&format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}; RELEASE SAVEPOINT {SAVEPOINT}")).await
}

/// Of a query in the transaction of a step.
pub(super) const SAVEPOINT: &str = "schemactl_count";

/// With settings of its own. A policy that hides rows makes it fail: what is hidden is lost too.
pub(super) async fn query(
    database: &mut PostgresDatabase<'_>,
    sql: &str,
    place: CountPlace,
) -> Result<Vec<SimpleQueryRow>> {
    match send(database, sql, place).await {
        Ok(rows) => Ok(rows),
        Err(broken) => {
            let message = format!("what {} holds cannot be counted", database.label());
            Err(failure::query(broken, database.session.is_interrupted(), message))
        }
    }
}

async fn send(
    database: &mut PostgresDatabase<'_>,
    sql: &str,
    place: CountPlace,
) -> std::result::Result<Vec<SimpleQueryRow>, SessionFailure> {
    let lock = server_milliseconds(database.options.lock_timeout);
    let message = match place {
        CountPlace::Alone => format!("SET LOCAL row_security = off; SET LOCAL lock_timeout = {lock}; {sql}"),
        CountPlace::Within => format!(
            "SAVEPOINT {SAVEPOINT}; SET LOCAL row_security = off; {sql}\n; ROLLBACK TO SAVEPOINT {SAVEPOINT}; \
             RELEASE SAVEPOINT {SAVEPOINT}"
        ),
    };
    database.session.query(&message).await
}

fn unreadable(database: &PostgresDatabase<'_>) -> Error {
    Error::new(Code::Query, format!("what {} holds cannot be counted", database.label()))
}
