//! Columns that the server computes: rows come into a temporary table first, and go on from there with what it computes of each.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::{ComputedColumn, TableMove};
use crate::sql::Ident;

/// The temporary table into which rows come first.
pub(crate) const STAGE: &str = "schemactl_stage";

/// The statement that makes it, with the columns of another table.
pub(crate) fn create_stage(from: &str, columns: &[String]) -> String {
    format!(
        "CREATE TEMPORARY TABLE pg_temp.{STAGE} ON COMMIT DROP AS SELECT {} FROM {from} WITH NO DATA",
        columns.join(", ")
    )
}

pub(crate) const DROP_STAGE: &str = "DROP TABLE pg_temp.schemactl_stage";

/// The statement that moves its rows on, with what is computed of each. `columns` are those that it has.
pub(crate) fn move_on(into: &str, table: &TableMove, columns: &[String], computed: &[ComputedColumn]) -> String {
    let names = computed.iter().map(|column| Ident(&column.target).to_string());
    let names: Vec<String> = columns.iter().cloned().chain(names).collect();
    let values = computed.iter().map(ComputedColumn::value);
    let values: Vec<String> = columns.iter().cloned().chain(values).collect();
    format!(
        "INSERT INTO {into} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM pg_temp.{STAGE} AS {}",
        names.join(", "),
        values.join(", "),
        Ident(&table.target.name)
    )
}

/// Runs a statement that inserts, and returns how many rows it has written.
pub(crate) async fn rows_written(client: &Client, sql: &str) -> Result<u64, tokio_postgres::Error> {
    let answer = client.simple_query(sql).await?;
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    });
    Ok(rows.sum())
}

impl ComputedColumn {
    /// The expression as it stands in a statement. A line feed ends a comment at its end.
    pub(crate) fn value(&self) -> String {
        format!("({}\n)", self.expression)
    }
}

/// What the server says of an expression before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Computable {
    /// It gives the same for the same row, whenever it is asked.
    Repeatable,
    /// It may not, or nobody can tell.
    Once,
    /// It is no value of one row: the server's words.
    No(String),
}

/// Asks the server about each column that it is to compute, in the transaction at hand, on an empty table of the name and columns of the target.
/// None is left there.
///
/// # Errors
///
/// The connection is lost, or the role may make no temporary tables.
pub(crate) async fn ask(client: &Client, table: &TableMove) -> Result<Vec<Computable>, tokio_postgres::Error> {
    if table.computed.is_empty() {
        return Ok(Vec::new());
    }
    let name = Ident(&table.target.name);
    let columns: Vec<String> = table.columns.iter().map(|column| Ident(&column.target).to_string()).collect();
    let create = format!(
        "SAVEPOINT schemactl_ask; CREATE TEMPORARY TABLE pg_temp.{name} AS SELECT {} FROM {} WITH NO DATA",
        columns.join(", "),
        table.target
    );
    client.batch_execute(&create).await?;
    let mut answers = Vec::new();
    for column in &table.computed {
        answers.push(of_column(client, &name, column).await?);
    }
    client.batch_execute("ROLLBACK TO SAVEPOINT schemactl_ask; RELEASE SAVEPOINT schemactl_ask").await?;
    Ok(answers)
}

async fn of_column(
    client: &Client,
    name: &Ident<'_>,
    column: &ComputedColumn,
) -> Result<Computable, tokio_postgres::Error> {
    let value = column.value();
    // In a WHERE no aggregate may stand, nor what returns several rows.
    let is_value = format!("SELECT FROM pg_temp.{name} WHERE {value} IS NULL");
    if let Some(cause) = tried(client, &is_value).await? {
        return Ok(Computable::No(cause));
    }
    // An index takes only what is IMMUTABLE.
    let is_same = format!("CREATE INDEX ON pg_temp.{name} (({value} IS NULL))");
    Ok(if tried(client, &is_same).await?.is_none() { Computable::Repeatable } else { Computable::Once })
}

/// Why the server does not run a statement; none where it does.
async fn tried(client: &Client, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
    client.batch_execute("SAVEPOINT schemactl_try").await?;
    let refusal = match client.batch_execute(sql).await {
        Ok(()) => None,
        Err(error) => match error.as_db_error() {
            Some(refusal) => Some(refusal.message().to_owned()),
            None => return Err(error),
        },
    };
    client.batch_execute("ROLLBACK TO SAVEPOINT schemactl_try; RELEASE SAVEPOINT schemactl_try").await?;
    Ok(refusal)
}
