//! How much is kept.

use super::apart;
use super::part::PartRows;
use crate::database::Failure;
use crate::database::postgres::PostgresDatabase;
use crate::history::UndoPart;

/// The part with how much of it there is; none where that is nothing.
pub(super) async fn counted(
    database: &mut PostgresDatabase<'_>,
    rows: &PartRows,
    part: UndoPart,
) -> Result<Result<Option<UndoPart>, String>, Failure> {
    let sql = format!(
        "SELECT count(*), coalesce(sum(coalesce(pg_column_size(before), 0) + coalesce(pg_column_size(after), 0)), 0) FROM {} WHERE {}",
        rows.table,
        rows.condition()
    );
    Ok(apart::attempt(database, &sql).await?.map(|found| {
        let number = |at| found.last().and_then(|row| row.get(at)?.parse::<u64>().ok()).unwrap_or(0);
        (number(0) > 0).then(|| UndoPart { rows: number(0), bytes: number(1), ..part })
    }))
}
