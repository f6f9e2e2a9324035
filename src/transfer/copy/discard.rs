//! Taking away what a copy has written, and nothing else.

use tokio_postgres::SimpleQueryRow;

use super::apart::SWITCHED_ON;
use super::journal::MoveJournal;
use super::ownership;
use crate::error::Result;
use crate::sql::Literal;
use crate::transfer::session::{PATH_ASIDE, PATH_BACK, TargetSession};

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
    let forced = forced(session, &names).await?;
    session.run(&row_security(&forced, "NO FORCE"), MESSAGE).await?;
    if !ownership::are_empty(session, &tables).await? {
        ownership::assert_own(session, journal, &tables).await?;
    }
    let triggers = triggers(session, &names).await?;
    session.run(&switched(&triggers, "DISABLE"), MESSAGE).await?;
    let keys = keys_from_outside(session, &names).await?;
    for (off, _) in &keys {
        session.run(off, MESSAGE).await?;
    }
    session.run(&format!("TRUNCATE {}", names.join(", ")), MESSAGE).await?;
    for (_, back) in &keys {
        session.run(back, "a table that was not copied refers to rows that were").await?;
    }
    session.run(&switched(&triggers, "ENABLE"), MESSAGE).await?;
    session.run(&row_security(&forced, "FORCE"), MESSAGE).await?;
    let apart = journal.apart(session).await?;
    for one in &apart {
        session.run(one.back(), MESSAGE).await?;
    }
    session.run(&format!("{}; COMMIT", journal.drop()), MESSAGE).await?;
    Ok((tables.into_iter().map(|table| (table.target_name, table.written)).collect(), apart.len()))
}

/// Foreign keys of other tables to those that are emptied, as the statements that take them off and make them again. `TRUNCATE` heeds no key between
/// the tables that it empties, and none may stand from another one; made again, a key refuses rows of that one that refer to what was taken away.
async fn keys_from_outside(session: &TargetSession, names: &[&str]) -> Result<Vec<(String, String)>> {
    let sql = format!(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname), \
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) \
         || coalesce(format('; COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, k.conrelid::regclass, \
         pg_catalog.obj_description(k.oid, 'pg_constraint')), '') \
         FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = ANY ({0}) AND k.conrelid <> ALL ({0})",
        identities(names)
    );
    session.run(PATH_ASIDE, MESSAGE).await?;
    let rows = session.rows(&sql, MESSAGE).await?;
    session.run(PATH_BACK, MESSAGE).await?;
    let text = |row: &SimpleQueryRow, at: usize| row.get(at).unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| (text(row, 0), text(row, 1))).collect())
}

/// Tables as an array of their identities.
fn identities(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{}::regclass", Literal(Some(name)))).collect();
    format!("ARRAY[{}]", names.join(", "))
}

/// The tables whose policies hold for their owner too, and would hide rows from who counts them.
async fn forced(session: &TargetSession, names: &[&str]) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT c.oid::regclass FROM pg_catalog.pg_class c WHERE c.oid = ANY ({}) AND c.relrowsecurity AND c.relforcerowsecurity",
        identities(names)
    );
    let rows = session.rows(&sql, MESSAGE).await?;
    Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
}

fn row_security(tables: &[String], how: &str) -> String {
    let statements = tables.iter().map(|table| format!("ALTER TABLE {table} {how} ROW LEVEL SECURITY"));
    statements.collect::<Vec<_>>().join(";\n")
}

/// A trigger that is on: its table, its name, and how it is switched on.
type SwitchedOn = (String, String, String);

/// The triggers that would fire for rows that go.
async fn triggers(session: &TargetSession, names: &[&str]) -> Result<Vec<SwitchedOn>> {
    let sql = format!(
        "SELECT t.tgrelid::regclass, quote_ident(t.tgname), CASE t.tgenabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END FROM pg_catalog.pg_trigger t \
         WHERE t.tgrelid = ANY ({}) AND {SWITCHED_ON} AND t.tgtype & 32 > 0",
        identities(names)
    );
    let rows = session.rows(&sql, MESSAGE).await?;
    let text = |row: &SimpleQueryRow, at: usize| row.get(at).unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect())
}

fn switched(triggers: &[SwitchedOn], how: &str) -> String {
    let switch = |(table, name, always): &SwitchedOn| {
        let always = if how == "ENABLE" { always.as_str() } else { "" };
        format!("ALTER TABLE ONLY {table} {how} {always}TRIGGER {name}")
    };
    triggers.iter().map(switch).collect::<Vec<_>>().join(";\n")
}
