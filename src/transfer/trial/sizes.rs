//! What rows take on the target, measured: a part of them in a table with the indexes of the target's.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::{ask, refused, run, temporary};
use crate::catalog::{Body, Catalog};
use crate::error::Result;
use crate::sql::Ident;
use crate::transfer::TableMove;
use crate::transfer::computed::rows_written;
use crate::transfer::layout::columns_of;

/// So many rows are measured of each table, about.
const MEASURED: u64 = 20_000;

const MESSAGE: &str = "what the rows take on the server could not be measured";

/// How long the rows of a table took, and what a part of them takes.
#[derive(Debug, Clone)]
pub(crate) struct TableMeasure {
    /// How long all rows took to be read, converted and sent.
    pub(crate) arrival: Duration,
    /// None where the target's indexes do not take the rows; then with the server's words.
    pub(crate) part: Result<MeasuredPart, String>,
}

/// What some rows of a table take.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MeasuredPart {
    pub(crate) rows: u64,
    /// Bytes with indexes as they are when they are made anew.
    pub(crate) dense: u64,
    /// Bytes with indexes as they are when rows come one after the other.
    pub(crate) loose: u64,
    /// How long it took the server to write them, and to make the indexes anew.
    pub(crate) written: Duration,
}

/// Measures a part of the rows that came for a table. Nothing of it stays in the transaction.
pub(super) async fn measure(
    client: &Client,
    at: usize,
    (table, catalog): (&TableMove, &Catalog),
) -> Result<std::result::Result<MeasuredPart, String>> {
    let mut cause = String::new();
    // The server takes no conflicts where a unique constraint is deferrable.
    for conflicts in [" ON CONFLICT DO NOTHING", ""] {
        run(client, "SAVEPOINT schemactl_size").await?;
        let measured = part(client, (at, conflicts), (table, catalog)).await;
        cause = match &measured {
            Ok(_) => String::new(),
            Err(error) => match error.as_db_error() {
                Some(cause) => cause.message().to_owned(),
                None => return Err(refused(error, MESSAGE)),
            },
        };
        run(client, "ROLLBACK TO SAVEPOINT schemactl_size; RELEASE SAVEPOINT schemactl_size").await?;
        if let Ok(part) = measured {
            return Ok(Ok(part));
        }
    }
    Ok(Err(cause))
}

async fn part(
    client: &Client,
    (at, conflicts): (usize, &str),
    (table, catalog): (&TableMove, &Catalog),
) -> std::result::Result<MeasuredPart, tokio_postgres::Error> {
    const TABLE: &str = "pg_temp.schemactl_size";

    let began = Instant::now();
    client
        .batch_execute(&format!(
            "CREATE TEMPORARY TABLE schemactl_size (LIKE {} INCLUDING INDEXES INCLUDING GENERATED)",
            table.target
        ))
        .await?;
    for column in columns_of(catalog, &table.target) {
        // What is not moved has the default on the target, and is NULL here.
        let is_not_null = matches!(&column.body, Body::Column(body) if body.not_null.is_some());
        if is_not_null && !table.fills(&column.name.name) && !column.is_generated() {
            client
                .batch_execute(&format!("ALTER TABLE {TABLE} ALTER {} DROP NOT NULL", Ident(&column.name.name)))
                .await?;
        }
    }
    let names =
        table.columns.iter().map(|column| &column.target).chain(table.computed.iter().map(|column| &column.target));
    let columns = names.map(|name| Ident(name).to_string()).collect::<Vec<_>>().join(", ");
    let from = temporary(at);
    // Pages from all over the table, since rows grow with the years.
    let answer =
        ask(client, &format!("SELECT reltuples::bigint FROM pg_catalog.pg_class WHERE oid = '{from}'::regclass"))
            .await?;
    let rows = answer.first().and_then(|row| row.get(0)).and_then(|rows| rows.parse::<u64>().ok()).unwrap_or_default();
    let some = if rows > MEASURED * 3 / 2 {
        format!(" TABLESAMPLE SYSTEM (100.0 * {MEASURED} / {rows}) REPEATABLE (0)")
    } else {
        String::new()
    };
    let insert = format!("INSERT INTO {TABLE} ({columns}) SELECT {columns} FROM {from}{some}{conflicts}");
    let rows = rows_written(client, &insert).await?;
    let loose = size(client, TABLE).await?;
    client.batch_execute(&format!("REINDEX TABLE {TABLE}")).await?;
    let dense = size(client, TABLE).await?;
    Ok(MeasuredPart { rows, dense: dense.min(loose), loose: dense.max(loose), written: began.elapsed() })
}

async fn size(client: &Client, table: &str) -> std::result::Result<u64, tokio_postgres::Error> {
    let rows = ask(client, &format!("SELECT pg_catalog.pg_total_relation_size('{table}')")).await?;
    Ok(rows.first().and_then(|row| row.get(0)).and_then(|size| size.parse().ok()).unwrap_or_default())
}
