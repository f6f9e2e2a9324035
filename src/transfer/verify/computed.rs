//! Columns that the server has computed: computed again, where that gives the same.

use tokio_postgres::SimpleQueryRow;

use super::{ChangedColumn, DifferentRow, RowDifferences};
use crate::error::Result;
use crate::sql::{Ident, Literal, Plain};
use crate::transfer::computed::{self, Computable};
use crate::transfer::session::{PATH_ASIDE, PATH_BACK};
use crate::transfer::{ComputedColumn, MovePlan, TableMove, TargetSession};

const MESSAGE: &str = "what the server has computed cannot be compared";

/// Of each table the columns that can be computed again, by their places in [`TableMove::computed`]. What cannot be asked counts as none of them.
pub(super) async fn repeatable(session: &TargetSession, plan: &MovePlan) -> Result<Vec<Vec<bool>>> {
    let mut of_tables = Vec::with_capacity(plan.tables.len());
    for table in &plan.tables {
        let mut of_table = vec![false; table.computed.len()];
        if !table.computed.is_empty() {
            session.run(&session.begin(), MESSAGE).await?;
            if let Ok(answers) = computed::ask(session.client(), table).await {
                of_table = answers.iter().map(|answer| *answer == Computable::Repeatable).collect();
            }
            session.roll_back().await;
        }
        of_tables.push(of_table);
    }
    Ok(of_tables)
}

/// Adds the rows that hold something else than the server computes now.
pub(super) async fn compare(
    session: &TargetSession,
    (table, key): (&TableMove, Option<&[usize]>),
    columns: &[&ComputedColumn],
    most: usize,
    found: &mut Option<RowDifferences>,
) -> Result<()> {
    for column in columns {
        session.run(PATH_BACK, MESSAGE).await?;
        let rows = session.rows(&query(table, key, column, most), MESSAGE).await?;
        session.run(PATH_ASIDE, MESSAGE).await?;
        let Some(first) = rows.first() else { continue };
        let differences = found.get_or_insert_default();
        differences.changed += first.get(3).and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
        let left = most.saturating_sub(differences.examples.len());
        differences.examples.extend(rows.iter().take(left).map(|row| example(column, row)));
    }
    Ok(())
}

fn query(table: &TableMove, key: Option<&[usize]>, column: &ComputedColumn, most: usize) -> String {
    let key_columns = table.columns.iter().enumerate().filter(|(at, _)| key.is_none_or(|key| key.contains(at)));
    let name = |(_, named): (usize, &crate::transfer::ColumnMove)| {
        let value = Ident(&named.target);
        let shown = if named.rule.target.is_number() {
            format!("coalesce({value}::text, 'NULL')")
        } else {
            format!("left(quote_nullable({value}::text), 82)")
        };
        format!("{} || {shown}", Literal(Some(&format!("{} ", Plain(&named.target)))))
    };
    let parts: Vec<String> = key_columns.map(name).collect();
    let names = if parts.is_empty() { "''".to_owned() } else { parts.join(" || ', ' || ") };
    let (stored, computed) =
        (format!("{}::text", Ident(&column.target)), format!("({}::{})::text", column.value(), column.datatype));
    format!(
        "SELECT {names}, left(quote_nullable({computed}), 82), left(quote_nullable({stored}), 82), count(*) OVER () FROM {} AS {} \
         WHERE {stored} IS DISTINCT FROM {computed} ORDER BY 1 LIMIT {}",
        table.target,
        Ident(&table.target.name),
        most.max(1)
    )
}

fn example(column: &ComputedColumn, row: &SimpleQueryRow) -> DifferentRow {
    let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
    let changed = ChangedColumn { name: column.target.clone(), source: text(1), target: text(2) };
    DifferentRow { kind: "changed", name: text(0), columns: vec![changed] }
}
