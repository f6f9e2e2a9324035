//! Taking away what a copy has written, and nothing else.

use super::journal::MoveJournal;
use super::ownership;
use crate::error::Result;
use crate::transfer::session::TargetSession;

/// What was taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Discarded {
    /// How messages name the source.
    pub(crate) source: String,
    /// The tables on the target, with how many rows they had.
    pub(crate) tables: Vec<(String, u64)>,
    /// What was off, and is back.
    pub(crate) back: usize,
}

const MESSAGE: &str = "what was copied cannot be taken away";

/// Takes away the rows that the move has written, puts back what was off, and takes away the journal: one transaction. None where no move has
/// begun.
///
/// # Errors
///
/// A table has rows of others; nothing is taken away then.
pub(crate) async fn discard(session: &TargetSession, journal: &MoveJournal) -> Result<Option<Discarded>> {
    let Some(state) = journal.state(session).await? else { return Ok(None) };
    let done = in_transaction(session, journal).await;
    if done.is_err() {
        session.roll_back().await;
    }
    let (tables, back) = done.map_err(|error| error.with_state("nothing was taken away"))?;
    Ok(Some(Discarded { source: state.source, tables, back }))
}

async fn in_transaction(session: &TargetSession, journal: &MoveJournal) -> Result<(Vec<(String, u64)>, usize)> {
    session.run(&session.begin(), MESSAGE).await?;
    let tables = journal.tables(session).await?;
    let names: Vec<&str> = tables.iter().map(|table| table.target.as_str()).collect();
    // Nobody writes between the count and the end.
    session.run(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", ")), MESSAGE).await?;
    ownership::assert_own(session, journal, &tables).await?;
    let triggers = triggers(session, &names).await?;
    session.run(&switched(&triggers, "DISABLE"), MESSAGE).await?;
    session.run(&emptied(&names), MESSAGE).await?;
    session.run(&switched(&triggers, "ENABLE"), MESSAGE).await?;
    let apart = journal.apart(session).await?;
    for one in &apart {
        session.run(one.back(), MESSAGE).await?;
    }
    session.run(&format!("{}; COMMIT", journal.drop()), MESSAGE).await?;
    Ok((tables.into_iter().map(|table| (table.target_name, table.written)).collect(), apart.len()))
}

/// `TRUNCATE` of all at once heeds no foreign key between them; one of another table, which has to have no rows that refer to them, needs
/// `DELETE`.
fn emptied(names: &[&str]) -> String {
    format!("TRUNCATE {}", names.join(", "))
}

/// A trigger that is on: its table, its name, and how it is switched on.
type SwitchedOn = (String, String, String);

/// The triggers that would fire for rows that go.
async fn triggers(session: &TargetSession, names: &[&str]) -> Result<Vec<SwitchedOn>> {
    let names: Vec<String> =
        names.iter().map(|name| format!("{}::regclass", crate::sql::Literal(Some(name)))).collect();
    let sql = format!(
        "SELECT t.tgrelid::regclass, quote_ident(t.tgname), CASE t.tgenabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END FROM pg_catalog.pg_trigger t \
         WHERE t.tgrelid = ANY (ARRAY[{}]) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 32 > 0",
        names.join(", ")
    );
    let rows = session.rows(&sql, MESSAGE).await?;
    let text = |row: &tokio_postgres::SimpleQueryRow, at: usize| row.get(at).unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect())
}

fn switched(triggers: &[SwitchedOn], how: &str) -> String {
    let switch = |(table, name, always): &SwitchedOn| {
        let always = if how == "ENABLE" { always.as_str() } else { "" };
        format!("ALTER TABLE ONLY {table} {how} {always}TRIGGER {name}")
    };
    triggers.iter().map(switch).collect::<Vec<_>>().join(";\n")
}
