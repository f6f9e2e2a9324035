//! A dry run that runs: in a transaction that is rolled back.

use super::count::CountPlace;
use super::fresh::{self, Cleared};
use super::meter::Surprises;
use super::sandbox::{SandboxWatch, reaching};
use super::session::SessionFailure;
use super::step::Gathered;
use super::{PostgresDatabase, SessionPurpose, compile, elsewhere, failure, holder, state, step};
use crate::database::{Failure, Job, Rehearsal, Tried, Why};
use crate::error::Result;

/// Runs steps in one transaction and rolls it back, up to one that does what no rollback takes back. Sequences that were advanced stay
/// so: they stand outside transactions.
pub(super) async fn run(
    database: &mut PostgresDatabase<'_>,
    jobs: &[Job<'_>],
    tried: &mut Tried,
) -> Result<Rehearsal, Failure> {
    state::prepare(database).await.map_err(Failure::of_error)?;
    if !database.session.is_borrowed() {
        database.purpose = SessionPurpose::Rehearse;
    }
    if let Some(obstacle) = database.prepared().obstacle {
        let hints = obstacle.error(database).hints().to_vec();
        return Ok(Rehearsal::NotPossible { why: obstacle.reason().to_owned(), hints });
    }
    let outside = outside(database, jobs).await.map_err(Failure::of_error)?;
    let jobs = &jobs[..outside.as_ref().map_or(jobs.len(), |(index, _)| *index)];
    if jobs.is_empty()
        && let Some((_, why)) = outside
    {
        return Ok(Rehearsal::Stopped { succeeded: 0, why });
    }
    fresh::assert_unhidden(database, jobs).await.map_err(Failure::of_error)?;
    let mut surprises = Surprises::default();
    let done = loop {
        *tried = Tried::default();
        let done = all(database, jobs, &mut surprises, tried).await;
        // The answer is waited for: the command may exit right after.
        database.session.roll_back().await;
        if database.session.is_borrowed() {
            // What stands outside transactions, such as prepared statements and locks of the session, is not the application's.
            let cleared = fresh::end(database, Cleared::No).await;
            cleared
                .unwrap_or_else(|failure| tracing::debug!("what was tried ends with its session: {}", failure.cause));
        }
        match done {
            // A step drops more than its text says: now that is known, it is counted first.
            Ok(End::Again) => {}
            Ok(End::Done) => break Ok(()),
            Err(failure) => break elsewhere::told(database, Err(failure), jobs).await,
        }
    };
    match (done, outside) {
        (Ok(()), Some((succeeded, why))) => Ok(Rehearsal::Stopped { succeeded, why }),
        (Ok(()), None) => Ok(Rehearsal::Ran(jobs.len())),
        (Err(failure), _) if failure.why == Why::Busy || failure.why == Why::DoneByOther => {
            let holder = holder::of_step(database).await.map_or_else(String::new, |holder| format!(": {}", holder.who));
            Ok(Rehearsal::NotPossible { why: format!("another runner is at work{holder}"), hints: Vec::new() })
        }
        (Err(failure), _) => Err(failure),
    }
}

/// How a try came to its end.
enum End {
    Done,
    Again,
}

/// Runs all of it, and leaves the transaction open.
async fn all(
    database: &mut PostgresDatabase<'_>,
    jobs: &[Job<'_>],
    surprises: &mut Surprises,
    tried: &mut Tried,
) -> Result<End, Failure> {
    let mut message = step::begin(database);
    if database.session.is_borrowed() {
        fresh::begin(database, &mut message);
    }
    database.prepared().create.iter().for_each(|statement| message.ours(&statement.text));
    let looks = jobs.iter().any(compile::may_be_unsound);
    if looks {
        message.send(database).await?;
        tried.unsound_before = unsound(database).await?;
    }
    for (index, job) in jobs.iter().enumerate() {
        // What a rehearsal loses comes back: nothing is asked for.
        let gathered = step::gather(database, &mut message, std::slice::from_ref(job), index, surprises).await;
        let mut done = match gathered? {
            Gathered::All(done) => done,
            Gathered::Again => return Ok(End::Again),
        };
        let mut now = Vec::new();
        if compile::may_be_unsound(job) {
            message.send(database).await?;
            now = unsound(database).await?;
        }
        tried.note(done.pop().unwrap_or_default(), now);
    }
    message.send(database).await?;
    Ok(End::Done)
}

async fn unsound(database: &mut PostgresDatabase<'_>) -> Result<Vec<String>, Failure> {
    compile::unsound(database, CountPlace::Within).await.map_err(Failure::of_error)
}

/// The first job that does what a rollback does not take back, and what that is.
async fn outside(database: &mut PostgresDatabase<'_>, jobs: &[Job<'_>]) -> Result<Option<(usize, String)>> {
    if jobs.is_empty() {
        return Ok(None);
    }
    let reaching = known(database).await?;
    for (index, job) in jobs.iter().enumerate() {
        let text = job.step.script().text();
        let watch = SandboxWatch::of(text).knowing(&reaching);
        for (number, statement) in job.analysis.statements_of(text).flatten().enumerate() {
            if let Some(what) = watch.outside(statement.text) {
                return Ok(Some((index, format!("statement {} of {} {what}", number + 1, job.step.name()))));
            }
        }
    }
    Ok(None)
}

/// Functions that people wrote, with their source, and foreign tables. Those of extensions are known by their names.
const FUNCTIONS: &str = "SELECT p.oid, p.proname, CASE WHEN l.lanname IN ('sql', 'plpgsql') OR l.lanpltrusted \
       THEN p.prosrc || ' ' || coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), '') ELSE 'LOAD ''' || l.lanname || '''' END \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
     WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND p.prokind IN ('f', 'p') \
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') \
     UNION ALL SELECT 0, c.relname, NULL FROM pg_catalog.pg_class c WHERE c.relkind = 'f'";

/// What a statement meets without naming the function: tables with such a trigger, views, and triggers of events.
const THROUGH: &str = "SELECT c.relname FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid WHERE t.tgfoid IN ({oids}) \
     UNION SELECT c.relname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid \
       JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
       WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid IN ({oids}) \
     UNION SELECT w.word FROM pg_catalog.pg_event_trigger e CROSS JOIN (VALUES ('create'), ('alter'), ('drop')) AS w (word) \
       WHERE e.evtfoid IN ({oids})";

/// What the database has that leads out of it, by name.
async fn known(database: &mut PostgresDatabase<'_>) -> Result<Vec<(String, String)>> {
    let rows = query(database, FUNCTIONS).await?;
    let text = |row: &tokio_postgres::SimpleQueryRow, at: usize| row.get(at).unwrap_or_default().to_owned();
    let (functions, tables): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.get(2).is_some());
    let sources: Vec<(String, String)> =
        functions.iter().map(|row| (text(row, 1).to_ascii_lowercase(), text(row, 2))).collect();
    let leading = reaching(&sources);
    let mut all: Vec<(String, String)> = tables
        .iter()
        .map(|row| (text(row, 1).to_ascii_lowercase(), "is a table of another server".to_owned()))
        .collect();
    if !leading.is_empty() {
        let oids = functions.iter().filter(|row| leading.contains(&text(row, 1).to_ascii_lowercase()));
        let oids: Vec<String> = oids.map(|row| text(row, 0)).collect();
        let through = query(database, &THROUGH.replace("{oids}", &oids.join(", "))).await?;
        let because = "has a function that reaches beyond the database";
        all.extend(through.iter().map(|row| (text(row, 0).to_ascii_lowercase(), because.to_owned())));
        all.extend(leading.into_iter().map(|name| (name, "reaches beyond the database".to_owned())));
    }
    Ok(all)
}

async fn query(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<tokio_postgres::SimpleQueryRow>> {
    let answer: Result<_, SessionFailure> = database.session.query(sql).await;
    answer.map_err(|broken| {
        let interrupted = database.session.is_interrupted();
        failure::query(broken, interrupted, "what the database has that leads out of it cannot be read")
    })
}
