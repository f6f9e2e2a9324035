//! Whose lock a step waits for. The server tells only while it waits, so that another connection asks meanwhile: the one which holds the run's
//! lock, and for a rehearsal, which takes no lock, one that is opened when it waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::connect::{ConnectSettings, ConnectionTask};
use super::{PostgresDatabase, SessionPurpose, timer};
use crate::config::Connections;
use crate::database::{Failure, Why};
use crate::sql::Ident;

/// Statements that are done sooner wait for nobody for long. Asking takes all of the server's lock partitions for a moment
/// (<https://www.postgresql.org/docs/17/functions-info.html>, `pg_blocking_pids`).
///
/// The shortest try of a step gives up after 300 ms: what blocks it is asked for before that.
const FIRST: Duration = Duration::from_millis(150);
const EVERY: Duration = Duration::from_secs(1);

/// Looks who blocks a session, until it is dropped.
pub(super) struct BlockerWatch {
    found: Arc<Mutex<Blockers>>,
    task: JoinHandle<()>,
}

/// What was seen last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Blockers {
    /// Each with its client and what it does: one sentence; empty where nobody blocks.
    who: String,
    /// Their processes.
    pids: Vec<String>,
    /// The role that asks, where it may not see what one of them does.
    blind: Option<String>,
}

impl BlockerWatch {
    /// Begins to look, where there is another connection to ask on.
    pub(super) fn start(database: &PostgresDatabase<'_>) -> Option<Self> {
        let way = match (&database.lock, &database.settings, database.options.connections) {
            (Some(lock), _, _) => AskedThrough::Lock(lock.asker()?),
            (None, Some(settings), Connections::Two) if database.purpose == SessionPurpose::Rehearse => {
                AskedThrough::Own(Box::new(settings.clone()))
            }
            (None, _, _) => return None,
        };
        let pid = database.prepared.as_ref()?.pid;
        // Where statements give up sooner, soon enough before that.
        let timeout = database.options.lock_timeout;
        let first = if timeout.is_zero() { FIRST } else { FIRST.min(timeout / 2) };
        let found = Arc::new(Mutex::new(Blockers::default()));
        let task = tokio::spawn(watch(way, pid, first, Arc::clone(&found)));
        Some(Self { found, task })
    }

    /// Adds to a failure for want of a lock who held it.
    pub(super) fn explain(self, failure: Failure) -> Failure {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if failure.why != Why::Locked || found.who.is_empty() {
            return failure;
        }
        let cause = format!("{}; the lock is held by {}", failure.cause, found.who);
        let end =
            found.pids.iter().map(|pid| format!("SELECT pg_terminate_backend({pid})")).collect::<Vec<_>>().join("; ");
        let mut failure = Failure { cause, ..failure };
        if !end.is_empty() {
            failure = failure.with_hint(format!("if nobody needs it any more: `{end}`"));
        }
        match found.blind {
            Some(role) => failure.with_hint(grant(&role)),
            None => failure,
        }
    }
}

impl Drop for BlockerWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where it is asked.
enum AskedThrough {
    Lock(Asker),
    Own(Box<ConnectSettings>),
}

impl AskedThrough {
    async fn asker(self) -> Option<Asker> {
        match self {
            Self::Lock(asker) => Some(asker),
            Self::Own(settings) => {
                let connected = settings.connect().await.ok()?;
                let task = Some(connected.task);
                Some(Asker { client: Arc::new(connected.client), questions: Arc::default(), _task: task })
            }
        }
    }
}

async fn watch(way: AskedThrough, pid: i32, first: Duration, found: Arc<Mutex<Blockers>>) {
    let query = query(pid);
    timer::sleep(first).await;
    let Some(asker) = way.asker().await else { return };
    loop {
        let Some(messages) = asker.ask(query.clone()).await else { return };
        let mut blockers = Blockers::default();
        for message in &messages {
            if let SimpleQueryMessage::Row(row) = message
                && row.len() == 3
            {
                let separator = if blockers.who.is_empty() { "" } else { ", and by " };
                blockers.who = format!("{}{separator}{}", blockers.who, row.get(0).unwrap_or_default());
                blockers.pids.extend(row.get(1).map(str::to_owned));
                blockers.blind = row.get(2).map(str::to_owned).or(blockers.blind);
            }
        }
        *found.lock().unwrap_or_else(PoisonError::into_inner) = blockers;
        timer::sleep(EVERY).await;
    }
}

/// The transaction in which this is asked is that of the run's lock: its view of the sessions would be the first one for ever, and its
/// `now()` the time when it began. The text of a session's query is left out: it may hold anything.
fn query(pid: i32) -> String {
    format!(
        "SELECT pg_stat_clear_snapshot();\n\
         SELECT CASE WHEN a.pid IS NULL THEN 'a prepared transaction (see pg_prepared_xacts)' ELSE \
           format('process %s', a.pid) \
           || coalesce(' (' || nullif(concat_ws(', ', nullif(a.application_name, ''), a.usename, host(a.client_addr)), '') || ')', '') \
           || coalesce(', ' || a.state, ', which does what this role may not see') \
           || coalesce(format('; its transaction began %s s ago', floor(extract(epoch FROM clock_timestamp() - a.xact_start))), '') END, a.pid, \
           CASE WHEN a.pid IS NOT NULL AND a.state IS NULL THEN current_user END \
         FROM (SELECT DISTINCT unnest(pg_blocking_pids({pid})) AS pid) b LEFT JOIN pg_stat_activity a ON a.pid = b.pid \
         ORDER BY a.pid LIMIT 5"
    )
}

/// The hint that lets a role see what the sessions of others do.
pub(super) fn grant(role: &str) -> String {
    format!("what it does is shown to this role after `GRANT pg_read_all_stats TO {}`", Ident(role))
}

/// What asks questions: in the transaction that holds the run's lock, or on a connection that lives as long as this does.
pub(super) struct Asker {
    client: Arc<Client>,
    questions: Arc<tokio::sync::Mutex<()>>,
    _task: Option<ConnectionTask>,
}

impl Asker {
    pub(super) fn new(client: Arc<Client>, questions: Arc<tokio::sync::Mutex<()>>) -> Self {
        Self { client, questions, _task: None }
    }

    /// The answer; none where the connection is gone, or kept quiet.
    ///
    /// Whoever asks may be gone before the answer comes, and the server is still at work on it then: the question is a task of its own.
    pub(super) async fn ask(&self, query: String) -> Option<Vec<SimpleQueryMessage>> {
        let asking = Arc::clone(&self.questions).try_lock_owned().ok()?;
        let client = Arc::clone(&self.client);
        let asked = tokio::spawn(async move {
            let answer = client.simple_query(&query).await;
            drop(asking);
            answer
        });
        asked.await.ok()?.ok()
    }
}
