//! Triggers of people, which do not fire while rows are put back.

use super::apart;
use super::facts::Facts;
use super::replay;
use super::state::PartState;
use crate::database::Failure;
use crate::database::postgres::PostgresDatabase;
use crate::sql::Ident;

/// A trigger of people, and what puts it on again as it was.
pub(super) struct QuietTrigger {
    off: String,
    on: String,
}

/// Switches the triggers of people off, and lets keys wait that can.
pub(super) async fn switch_off(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &[PartState],
) -> Result<Vec<QuietTrigger>, Failure> {
    let quiet = triggers(database, facts, parts).await?;
    // A trigger that waits for the end of the transaction would fire then.
    apart::query(database, "SET CONSTRAINTS ALL IMMEDIATE").await?;
    for trigger in &quiet {
        apart::query(database, &trigger.off).await?;
    }
    // A row may come before the one that it refers to, where its key can wait.
    apart::query(database, "SET CONSTRAINTS ALL DEFERRED").await?;
    Ok(quiet)
}

/// Switches them on again.
pub(super) async fn switch_on(database: &mut PostgresDatabase<'_>, quiet: &[QuietTrigger]) -> Result<(), Failure> {
    for trigger in quiet {
        apart::query(database, &trigger.on).await?;
    }
    Ok(())
}

/// The triggers of people on the tables whose rows are put back: what they did at the up was recorded, and is put back as well.
async fn triggers(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    parts: &[PartState],
) -> Result<Vec<QuietTrigger>, Failure> {
    let tables: Vec<String> =
        parts.iter().filter_map(|state| replay::table(facts, state)).map(|table| table.oid.to_string()).collect();
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT c.oid::regclass, tgname, tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
         WHERE c.oid IN ({}) AND (NOT tgisinternal OR tgparentid <> 0 AND tgconstraint = 0) AND tgenabled IN ('O', 'A') ORDER BY 1, 2",
        tables.join(", ")
    );
    let rows = apart::query(database, &sql).await?;
    let trigger = |row: &tokio_postgres::SimpleQueryRow| {
        let (table, name) = (row.get(0)?, Ident(row.get(1)?));
        let always = if row.get(2)? == "A" { "ALWAYS " } else { "" };
        Some(QuietTrigger {
            off: format!("ALTER TABLE {table} DISABLE TRIGGER {name}"),
            on: format!("ALTER TABLE {table} ENABLE {always}TRIGGER {name}"),
        })
    };
    Ok(rows.iter().filter_map(trigger).collect())
}
