//! Columns that the server computes, tried: nothing that an expression would change besides is changed.

use tokio::sync::mpsc::Receiver;
use tokio_postgres::Client;

use super::{BrokenConstraint, ComputedTrial, ROW_NAME, RowsPiece, TrialVerdict, ask, refused, run, sent, temporary};
use crate::error::Result;
use crate::sql::{Ident, Plain};
use crate::transfer::computed::{self, Computable, DROP_STAGE, STAGE, create_stage, move_on};
use crate::transfer::{ComputedColumn, TableMove};

/// Sends the rows of a table, and has the server compute columns of them. Returns the first piece of a later table.
pub(super) async fn copy(
    client: &Client,
    (at, table): (usize, &TableMove),
    waiting: Option<RowsPiece>,
    pieces: &mut Receiver<RowsPiece>,
    verdict: &mut TrialVerdict,
) -> Result<Option<RowsPiece>> {
    let (into, columns) = (temporary(at), sent(table));
    run(client, &create_stage(&into, &columns)).await?;
    let later = super::copy(client, &format!("pg_temp.{STAGE}"), (at, table), waiting, pieces).await?;
    let failed = |error: tokio_postgres::Error| refused(&error, "the rows could not be tried on the server");
    let answers = computed::ask(client, table).await.map_err(failed)?;
    let mut is_broken = false;
    for (column, answer) in table.computed.iter().zip(&answers) {
        if let Computable::No(cause) = answer {
            verdict.broken.push(broken(table, column, cause.clone()));
            is_broken = true;
        }
    }
    let computed = if is_broken { &[] } else { &table.computed[..] };
    if let Some(cause) = moved_on(client, &move_on(&into, table, &columns, computed)).await? {
        let failing = failing(client, (&into, table), &columns).await?;
        // Which one it is, only all of them together show then.
        let failing = if failing.is_empty() { vec![(&table.computed[0], cause)] } else { failing };
        verdict.broken.extend(failing.into_iter().map(|(column, cause)| broken(table, column, cause)));
        // What else there is to find is found without them.
        run(client, &move_on(&into, table, &columns, &[])).await?;
    } else if !is_broken {
        for (column, answer) in table.computed.iter().zip(answers) {
            let is_repeatable = answer == Computable::Repeatable;
            verdict.computed.push(seen(client, (at, table), column, is_repeatable).await?);
        }
    }
    run(client, DROP_STAGE).await?;
    Ok(later)
}

/// Runs a statement while the transaction may write to temporary tables alone: a sequence that an expression would move on is refused, and so is a
/// function that writes. Returns the server's words where it refuses.
async fn moved_on(client: &Client, sql: &str) -> Result<Option<String>> {
    run(client, "SAVEPOINT schemactl; SET LOCAL transaction_read_only = on").await?;
    match client.batch_execute(sql).await {
        Ok(()) => {
            run(client, "RELEASE SAVEPOINT schemactl").await?;
            // The end of the savepoint gives the transaction back what it may.
            Ok(None)
        }
        Err(error) => {
            let Some(refusal) = error.as_db_error() else {
                return Err(refused(&error, "the rows could not be tried on the server"));
            };
            let detail = refusal.detail().map_or_else(String::new, |detail| format!(": {detail}"));
            let cause = format!("{}{detail}", refusal.message());
            run(client, "ROLLBACK TO SAVEPOINT schemactl; RELEASE SAVEPOINT schemactl").await?;
            Ok(Some(cause))
        }
    }
}

/// The columns that cannot be computed, each with the server's words.
async fn failing<'t>(
    client: &Client,
    (into, table): (&str, &'t TableMove),
    columns: &[String],
) -> Result<Vec<(&'t ComputedColumn, String)>> {
    let mut failing = Vec::new();
    for column in &table.computed {
        run(client, "SAVEPOINT schemactl_one").await?;
        if let Some(cause) = moved_on(client, &move_on(into, table, columns, std::slice::from_ref(column))).await? {
            failing.push((column, cause));
        }
        run(client, "ROLLBACK TO SAVEPOINT schemactl_one; RELEASE SAVEPOINT schemactl_one").await?;
    }
    Ok(failing)
}

fn broken(table: &TableMove, column: &ComputedColumn, cause: String) -> BrokenConstraint {
    BrokenConstraint {
        table: table.name.clone(),
        kind: "computed",
        name: Plain(&column.target).to_string(),
        definition: format!("postgres = {:?}", column.expression),
        rows: None,
        examples: Vec::new(),
        cause: Some(cause),
    }
}

async fn seen(
    client: &Client,
    (at, table): (usize, &TableMove),
    column: &ComputedColumn,
    is_repeatable: bool,
) -> Result<ComputedTrial> {
    let name = Ident(&column.target);
    let sql = format!(
        "SELECT count(*) OVER (), {ROW_NAME}, left(quote_nullable({name}::text), 82) FROM {} ORDER BY {name} IS NULL, {ROW_NAME} LIMIT 1",
        temporary(at)
    );
    let rows = ask(client, &sql).await.map_err(|error| refused(&error, "the rows could not be tried on the server"))?;
    let first = rows.first();
    let text = |at: usize| first.and_then(|row| row.get(at)).unwrap_or_default().to_owned();
    Ok(ComputedTrial {
        table: table.name.clone(),
        column: column.target.clone(),
        expression: column.expression.clone(),
        is_repeatable,
        rows: text(0).parse().unwrap_or_default(),
        example: first.map(|_| (text(1), text(2))),
    })
}
