//! What a step may make in its session besides settings, and must not leave there: temporary objects, prepared statements,
//! cursors, channels and locks. A temporary table would hide the real one from the steps that follow.

use std::collections::BTreeSet;

use tokio_postgres::SimpleQueryRow;

use super::message::Message;
use super::session::DeferredCleanup;
use super::{PostgresDatabase, failure, restore};
use crate::database::{Failure, Job, Reader};
use crate::error::{Code, Error, Result};
use crate::sql::{Literal, mentions};

/// What the session had before the first step, of what it can have.
#[derive(Debug, Clone, Default)]
pub(super) struct Belongings {
    had: BTreeSet<TemporaryObject>,
    /// The names of temporary relations and types: they hide what is not temporary.
    hiding: BTreeSet<String>,
    /// The driver has prepared statements for the application: those must stay.
    prepared_by_driver: bool,
    is_borrowed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct TemporaryObject {
    kind: String,
    id: String,
}

/// One row for each thing that the session has: its kind, what tells it from others, the statement that takes it away, and the
/// name with which it hides others. What is in the schema of temporary objects depends on that.
pub(super) const INVENTORY: &str = "SELECT 'temporary' AS kind, d.classid || '.' || d.objid AS id, \
     format('DROP %s IF EXISTS %s CASCADE', CASE o.type WHEN 'composite type' THEN 'type' ELSE o.type END, o.identity) AS undo, \
     coalesce((SELECT relname FROM pg_class WHERE d.classid = 'pg_class'::regclass AND oid = d.objid), \
     (SELECT typname FROM pg_type WHERE d.classid = 'pg_type'::regclass AND oid = d.objid)) AS name \
     FROM pg_depend d CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) o \
     WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = pg_my_temp_schema() AND d.deptype = 'n' \
     UNION ALL SELECT CASE WHEN from_sql THEN 'prepared' ELSE 'driver' END, name, format('DEALLOCATE %I', name), NULL \
     FROM pg_prepared_statements \
     UNION ALL SELECT 'cursor', name, format('CLOSE %I', name), NULL FROM pg_cursors WHERE is_holdable \
     UNION ALL SELECT 'channel', c, format('UNLISTEN %I', c), NULL FROM pg_listening_channels() c \
     UNION ALL SELECT 'lock', concat_ws('.', classid, objid, objsubid, mode), \
     format('SELECT pg_advisory_unlock%s(%s)', CASE mode WHEN 'ShareLock' THEN '_shared' ELSE '' END, \
     CASE objsubid WHEN 1 THEN ((classid::bigint << 32) | objid::bigint)::text \
     ELSE format('%s, %s', classid::bigint::bit(32)::int, objid::bigint::bit(32)::int) END), NULL \
     FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted";

/// What takes everything of a kind away. The kinds are those of [`INVENTORY`].
const ALL_OF: [(&str, &str); 5] = [
    ("cursor", "CLOSE ALL"),
    ("prepared", "DEALLOCATE ALL"),
    ("channel", "UNLISTEN *"),
    ("lock", "SELECT pg_advisory_unlock_all()"),
    ("temporary", "DISCARD TEMP"),
];

/// A lock of the session may be taken any number of times, and each takes one statement to give back.
const MOST_ROUNDS: usize = 1_000;

impl Belongings {
    /// Of a connection of our own: nothing there is anybody's.
    pub(super) fn of_own() -> Self {
        Self::default()
    }

    /// What the application's client has, by the rows of [`INVENTORY`].
    pub(super) fn of_application<'a>(rows: impl IntoIterator<Item = &'a SimpleQueryRow>) -> Self {
        let mut belongings = Self { is_borrowed: true, ..Self::default() };
        for (thing, _, name) in things(rows) {
            belongings.prepared_by_driver |= thing.kind == "driver";
            belongings.hiding.extend(name);
            belongings.had.insert(thing);
        }
        belongings
    }

    /// The statements that take away all of each kind of which the session had none.
    fn clearing(&self) -> Vec<&'static str> {
        let has = |kind: &str| self.had.iter().any(|thing| thing.kind == kind);
        let all = ALL_OF.iter().filter(|(kind, _)| !(has(kind) || (*kind == "prepared" && self.prepared_by_driver)));
        let mut all: Vec<&str> = all.map(|(_, statement)| *statement).collect();
        if !self.is_borrowed {
            all.extend(["DISCARD SEQUENCES", "DISCARD PLANS"]);
        }
        all
    }

    /// Whether the statements of [`clearing`](Self::clearing) do not do for it.
    fn is_picked(&self) -> bool {
        self.is_borrowed && self.clearing().len() < ALL_OF.len()
    }
}

async fn inventory(database: &mut PostgresDatabase<'_>) -> Result<Vec<(TemporaryObject, String, Option<String>)>> {
    let rows = database.session.query(INVENTORY).await.map_err(|broken| {
        let message = format!("what the session with {} has cannot be read", database.label());
        failure::query(broken, database.session.is_interrupted(), message)
    })?;
    Ok(things(&rows).collect())
}

fn things<'a>(
    rows: impl IntoIterator<Item = &'a SimpleQueryRow>,
) -> impl Iterator<Item = (TemporaryObject, String, Option<String>)> {
    let text = |row: &SimpleQueryRow, column: usize| row.get(column).map(str::to_owned);
    let thing =
        move |row| Some((TemporaryObject { kind: text(row, 0)?, id: text(row, 1)? }, text(row, 2)?, text(row, 3)));
    rows.into_iter().filter_map(thing)
}

/// Adds what makes the session like new, in a message of our own.
pub(super) fn clear(database: &PostgresDatabase<'_>, message: &mut Message) {
    database.prepared().belongings.clearing().into_iter().for_each(|statement| message.ours(statement));
}

/// A connection of our own begins each step like new: a pooler may hand out one that others have used.
pub(super) fn begin(database: &mut PostgresDatabase<'_>, message: &mut Message) {
    if database.session.is_borrowed() {
        let clearing = database.prepared().belongings.clearing().join(";\n");
        database.session.defer_cleanup(DeferredCleanup::Belongings, &clearing);
        return;
    }
    restore::settings(database, message);
    clear(database, message);
}

/// Takes away what a step has left: all that can be left where it failed, and what [`clear`] could not take. Where that fails, it ends with
/// the session.
pub(super) async fn end(database: &mut PostgresDatabase<'_>, cleared: Cleared) -> Result<(), Failure> {
    if cleared == Cleared::No {
        let mut message = Message::default();
        restore::settings(database, &mut message);
        clear(database, &mut message);
        message.send(database).await?;
    }
    if database.prepared().belongings.is_picked() {
        pick(database).await;
    }
    database.session.cleaned_up(DeferredCleanup::Belongings);
    Ok(())
}

/// Whether [`clear`] was part of the step's transaction, and that was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleared {
    Yes,
    No,
}

/// Takes away one by one what the application's session did not have.
async fn pick(database: &mut PostgresDatabase<'_>) {
    for _ in 0..MOST_ROUNDS {
        let Ok(now) = inventory(database).await else { return };
        let had = &database.prepared().belongings.had;
        let new = now.iter().filter(|(thing, ..)| thing.kind != "driver" && !had.contains(thing));
        let undo: Vec<&str> = new.map(|(_, undo, _)| undo.as_str()).collect();
        if undo.is_empty() {
            return;
        }
        let undo = undo.join(";\n");
        if let Err(broken) = database.session.run(&undo).await {
            tracing::warn!("a step has left something in the application's session: {}", broken.error);
            return;
        }
    }
}

/// Fails where a temporary table or type of the application's session hides something from the steps.
pub(super) async fn assert_unhidden(database: &mut PostgresDatabase<'_>, jobs: &[Job<'_>]) -> Result<()> {
    let hiding = database.prepared().belongings.hiding.clone();
    if hiding.is_empty() {
        return Ok(());
    }
    let mentioned = jobs.iter().find_map(|job| {
        let text = job.step.script().text();
        hiding.iter().find(|name| mentions(text, name)).map(|name| (name.clone(), job.step.name()))
    });
    let hidden = match mentioned {
        Some((name, step)) => Some((name, format!("{step} names it"))),
        None => hidden(database, &hiding).await?,
    };
    let Some((name, why)) = hidden else { return Ok(()) };
    Err(Error::new(
        Code::Usage,
        format!("the client has a temporary table or type \"{name}\", which hides what has its name"),
    )
    .with_cause(format!("{why}: what a migration does under that name would be done to what ends with the session"))
    .with_hint("drop it before running migrations, or hand over a client that has none"))
}

/// One of the names that something lasting has too: functions and triggers may use that.
async fn hidden(database: &mut PostgresDatabase<'_>, names: &BTreeSet<String>) -> Result<Option<(String, String)>> {
    // The history's own are always named with their schema.
    let names = names.iter().filter(|name| !database.tables.is_own(name));
    let names: Vec<String> = names.map(|name| Literal(Some(name)).to_string()).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT c.relname, format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname IN ({}) AND n.nspname !~ '^pg_(temp|toast)' LIMIT 1",
        names.join(", ")
    );
    let rows = database.session.query(&sql).await.map_err(|broken| {
        let message = format!("the catalog of {} cannot be read", database.label());
        failure::query(broken, database.session.is_interrupted(), message)
    })?;
    let first = rows.first().and_then(|row| row.get(0).zip(row.get(1)));
    Ok(first.map(|(name, whole)| (name.to_owned(), format!("there is {whole}"))))
}
