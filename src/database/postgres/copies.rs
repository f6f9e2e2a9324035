//! Whether a table that takes the place of another has all of its rows.

use super::PostgresDatabase;
use super::count::{self, CountPlace};
use crate::database::{Amount, Counted, Failure};
use crate::sql::{DataHolder, Loss, Measure, Name, Risk};

/// What tables hold that a step copies and drops.
#[derive(Default)]
pub(super) struct Copies {
    copies: Vec<Before>,
}

struct Before {
    table: Name<'static>,
    kept_in: Name<'static>,
    rows: u64,
}

impl Copies {
    pub(super) async fn before(database: &mut PostgresDatabase<'_>, risks: &[Risk]) -> Result<Self, Failure> {
        let mut copies = Vec::new();
        for risk in risks {
            if let (Loss::Rows { table }, Measure::Except(copied)) = (&risk.loss, &risk.measure)
                && let Some(rows) = rows(database, table).await?
            {
                copies.push(Before { table: table.clone(), kept_in: copied.kept_in.clone(), rows });
            }
        }
        Ok(Self { copies })
    }

    /// What is not there any more.
    pub(super) async fn after(&self, database: &mut PostgresDatabase<'_>) -> Result<Vec<Counted>, Failure> {
        let mut lost = Vec::new();
        for copy in &self.copies {
            let gone = copy.rows.saturating_sub(rows(database, &copy.kept_in).await?.unwrap_or(0));
            if gone > 0 {
                lost.extend(Amount::Of(gone).of(&Loss::Rows { table: copy.table.clone() }));
            }
        }
        Ok(lost)
    }
}

async fn rows(database: &mut PostgresDatabase<'_>, table: &Name<'static>) -> Result<Option<u64>, Failure> {
    let counts = count::held(database, &[DataHolder { table, column: None }], CountPlace::Within).await;
    Ok(counts.map_err(Failure::of_error)?.into_iter().next().flatten())
}
