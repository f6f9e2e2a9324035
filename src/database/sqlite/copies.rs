//! Whether a table that takes the place of another has all that it held: what is copied into a column of another type may not come back from it.

use rusqlite::{Connection, params};

use super::inspect::Affinity;
use crate::database::Counted;
use crate::sql::{Ident, Loss, Measure, Name, Risk};

/// What tables hold that a step copies and drops.
pub(super) struct Copies {
    copies: Vec<Before>,
}

struct Before {
    table: Name<'static>,
    kept_in: Name<'static>,
    rows: u64,
    columns: Vec<CopiedColumn>,
}

struct CopiedColumn {
    name: String,
    datatype: String,
    /// Texts that a number would be made of, and which are not what that number is written as.
    odd_numbers: u64,
    reals: u64,
    /// Whole numbers that a real does not hold.
    large: u64,
}

impl Copies {
    /// `restored` says of which rows `t` of a table the value of a column comes back anyway.
    pub(super) fn before(
        connection: &Connection,
        risks: &[Risk],
        restored: impl Fn(&Name<'_>, &str) -> rusqlite::Result<Option<String>>,
    ) -> rusqlite::Result<Self> {
        let mut copies = Vec::new();
        for risk in risks {
            if let (Loss::Rows { table }, Measure::Except(copied)) = (&risk.loss, &risk.measure)
                && !declared(connection, table)?.is_empty()
            {
                let columns = declared(connection, table)?;
                let (rows, columns) = read(connection, table, &columns, &restored)?;
                copies.push(Before { table: table.clone(), kept_in: copied.kept_in.clone(), rows, columns });
            }
        }
        Ok(Self { copies })
    }

    /// What is not there any more, but for so many rows of tables that the up itself had inserted.
    pub(super) fn after(&self, connection: &Connection, left_out: &[(String, u64)]) -> rusqlite::Result<Vec<Counted>> {
        let mut lost = Vec::new();
        for copy in &self.copies {
            let now: i64 =
                connection.query_row(&format!("SELECT count(*) FROM {}", copy.kept_in), [], |row| row.get(0))?;
            let is_it = |(table, _): &&(String, u64)| table.eq_ignore_ascii_case(&copy.table.name);
            let known: u64 = left_out.iter().filter(is_it).map(|(_, rows)| rows).sum();
            let gone = copy.rows.saturating_sub(now.unsigned_abs()).saturating_sub(known);
            if gone > 0 {
                lost.push(Counted { loss: Loss::Rows { table: copy.table.clone() }, count: Some(gone) });
            }
            let columns = declared(connection, &copy.kept_in)?;
            for column in &copy.columns {
                let Some((_, to)) = columns.iter().find(|(name, _)| name.eq_ignore_ascii_case(&column.name)) else {
                    continue;
                };
                lost.extend(column.converted(&copy.table, to));
            }
        }
        Ok(lost)
    }
}

impl CopiedColumn {
    fn converted(&self, table: &Name<'static>, to: &str) -> Option<Counted> {
        let (before, now) = (Affinity::of(&self.datatype), Affinity::of(to));
        let count = match now {
            _ if before == now => 0,
            Affinity::Integer | Affinity::Numeric => self.odd_numbers,
            Affinity::Real => self.odd_numbers + self.large,
            Affinity::Text => self.reals,
            Affinity::Blob | Affinity::Any => 0,
        };
        let how = format!("from {} to {to}", if self.datatype.is_empty() { "any type" } else { &self.datatype });
        let loss = Loss::Converted { table: table.clone(), column: self.name.clone(), how };
        (count > 0).then_some(Counted { loss, count: Some(count) })
    }
}

/// The columns that hold values of their own, with their types in lower case.
fn declared(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT name, lower(type) FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0 ORDER BY cid";
    let rows = params![table.name, table.schema];
    connection.prepare(sql)?.query_map(rows, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn read(
    connection: &Connection,
    table: &Name<'_>,
    declared: &[(String, String)],
    restored: impl Fn(&Name<'_>, &str) -> rusqlite::Result<Option<String>>,
) -> rusqlite::Result<(u64, Vec<CopiedColumn>)> {
    let rows: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    let mut columns = Vec::new();
    // A query has no room for more than 2,000 results.
    for declared in declared.chunks(500) {
        let mut all = Vec::new();
        for (name, _) in declared {
            all.extend(sums(name, restored(table, name)?.as_deref().unwrap_or("0")));
        }
        let sums = all;
        let found: rusqlite::Result<Vec<CopiedColumn>> =
            connection.query_row(&format!("SELECT {} FROM {table} AS t", sums.join(", ")), [], |row| {
                let number = |at: usize| row.get::<_, Option<i64>>(at).map(|sum| sum.unwrap_or(0).unsigned_abs());
                let columns = declared.iter().enumerate().map(|(at, (name, datatype))| {
                    Ok(CopiedColumn {
                        name: name.clone(),
                        datatype: datatype.clone(),
                        odd_numbers: number(at * 3)?,
                        reals: number(at * 3 + 1)?,
                        large: number(at * 3 + 2)?,
                    })
                });
                Ok(columns.collect())
            })?;
        columns.extend(found?);
    }
    Ok((rows.unsigned_abs(), columns))
}

/// A comparison with a number makes one of a text that looks like it, as writing it into a column of numbers does.
fn sums(name: &str, but: &str) -> [String; 3] {
    let name = format!("t.{}", Ident(name));
    [
        format!(
            "sum(typeof({name}) = 'text' AND CAST({name} AS NUMERIC) = {name} \
             AND CAST(CAST({name} AS NUMERIC) AS TEXT) <> {name} COLLATE BINARY AND NOT ({but}))"
        ),
        format!("sum(typeof({name}) = 'real' AND NOT ({but}))"),
        format!("sum(typeof({name}) = 'integer' AND abs({name} / 2) >= 4503599627370496 AND NOT ({but}))"),
    ]
}
