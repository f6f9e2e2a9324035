//! Rows as they were before the step, read by the connection that holds the run's lock: it sees what is committed, and of a row that the step has
//! changed or deleted that is the row as it was.
//!
//! A row that the step has changed is locked by it until the step commits, so that what others see of it is what the step has replaced. Which rows
//! these are both sessions say together: the second one names all rows that somebody has touched (`xmax`), the step's own which of them it sees no
//! longer, and those of them that the second one still sees are the step's. Neither `xmax` alone, which may be a number for several transactions, nor
//! a snapshot from before the step tells it: others may have changed rows since.

use tokio_postgres::SimpleQueryRow;

use super::apart::{self, NamePath, NoRecord};
use super::facts::{KnownTable, array};
use crate::database::postgres::PostgresDatabase;
use crate::sql::Literal;

/// A row as it was: its key and its values, as texts.
pub(super) struct RowBefore {
    pub(super) key: String,
    pub(super) values: String,
}

/// Where each row is, and which version of it.
struct TouchedPlaces {
    places: Vec<String>,
    versions: Vec<String>,
}

/// So many touched rows are looked through at most.
const MOST_TOUCHED: usize = 1_000_000;

impl TouchedPlaces {
    fn of(rows: &[SimpleQueryRow]) -> Self {
        let (places, versions) =
            rows.iter().filter_map(|row| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned()))).unzip();
        Self { places, versions }
    }

    /// As a table `l (place, version)`.
    fn listed(&self) -> String {
        let places: Vec<String> = self.places.iter().map(|place| format!("\"{place}\"")).collect();
        format!(
            "unnest('{{{}}}'::tid[], '{{{}}}'::xid[]) AS l (place, version)",
            places.join(","),
            self.versions.join(",")
        )
    }

    fn len(&self) -> usize {
        self.places.len()
    }
}

/// The rows of a table that the step has changed or deleted, as they were; at most so many rows and bytes.
pub(super) async fn rows_before(
    database: &mut PostgresDatabase<'_>,
    before: &KnownTable,
    now: &KnownTable,
    room: Option<(u64, u64)>,
) -> Result<Vec<RowBefore>, NoRecord> {
    let Some(lock) = &database.lock else {
        return Err("what was there before is seen by a second connection, and there is one".to_owned().into());
    };
    let second = lock.committed();
    let shown = before.name.plain().to_string();
    let (table, set) = (&now.name, apart::settings(NamePath::Catalog));
    let touched =
        format!("SELECT ctid, xmin FROM ONLY {table} AS t WHERE xmax::text <> '0' LIMIT {}", MOST_TOUCHED + 1);
    let touched = TouchedPlaces::of(&second.ask(&set, table, &touched).await?);
    if touched.len() > MOST_TOUCHED {
        return Err(format!("too many rows of table {shown} are locked or changed by others").into());
    }
    if touched.len() == 0 {
        return Ok(Vec::new());
    }
    let unseen = format!(
        "SELECT l.place, l.version FROM {} WHERE NOT EXISTS (SELECT FROM ONLY {table} AS t WHERE t.ctid = l.place AND t.xmin = l.version)",
        touched.listed()
    );
    let unseen = TouchedPlaces::of(&apart::noted(database, &unseen).await?);
    if unseen.len() == 0 {
        return Ok(Vec::new());
    }
    let from = format!("FROM {} JOIN ONLY {table} AS t ON t.ctid = l.place AND t.xmin = l.version", unseen.listed());
    if let Some((rows, bytes)) = room {
        let weighed = format!("SELECT count(*), coalesce(sum({}), 0) {from}", before.weight("t"));
        let weighed = second.ask(&set, table, &weighed).await?;
        let number = |at| apart::number_at(&weighed, at).unwrap_or(u64::MAX);
        if number(0) > rows || number(1) > bytes {
            return Err(format!("the step changes {} rows of table {shown}", number(0)).into());
        }
    }
    let key = before.told_by("t");
    let values: Vec<String> = before.columns.iter().map(|column| column.written("t")).collect();
    let read = format!("SELECT {key}, {} {from}", array(&values));
    let row = |row: &SimpleQueryRow| Some(RowBefore { key: row.get(0)?.to_owned(), values: row.get(1)?.to_owned() });
    Ok(second.ask(&set, table, &read).await?.iter().filter_map(row).collect())
}

impl RowBefore {
    /// As values of an INSERT.
    pub(super) fn literals(&self) -> String {
        format!("{}::text[], {}::text[]", Literal(Some(&self.key)), Literal(Some(&self.values)))
    }
}
