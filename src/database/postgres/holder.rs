//! Who holds the locks of a history: what the server tells of that session, at this moment.

use tokio_postgres::SimpleQueryRow;

use super::PostgresDatabase;
use super::blockers::grant;
use super::keys::AdvisoryKeys;
use crate::database::Holder;
use crate::error::Hint;

/// What a query of this file asks of a session.
const COLUMNS: &str = "a.pid, concat_ws(', ', nullif(a.application_name, ''), a.usename, host(a.client_addr)), a.state, \
     floor(extract(epoch FROM clock_timestamp() - a.state_change)), a.wait_event_type = 'Lock', \
     to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), a.query, current_user";

/// Whose lock it is decides what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A runner's second connection, which is idle in a transaction as long as the run takes.
    Run,
    /// The connection that works, whose runner may be gone.
    Step,
}

/// A query for who holds the run's lock, or the journal's.
pub(super) fn of_run(keys: AdvisoryKeys) -> String {
    format!("SELECT {COLUMNS} FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE {} LIMIT 1", keys.of_run())
}

/// Who has the step that this run wants, where the server shows it.
pub(super) async fn of_step(database: &mut PostgresDatabase<'_>) -> Option<Holder> {
    let keys = database.prepared.as_ref()?.keys;
    let own = database.lock.as_ref().map_or("0", |lock| lock.pid());
    let sql = format!(
        "SELECT {COLUMNS} FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE {} AND a.pid NOT IN (pg_backend_pid(), {own}) LIMIT 1",
        keys.of_any()
    );
    ask(database, &sql).await
}

/// What a server process is at, where the server shows it.
pub(super) async fn of_process(database: &mut PostgresDatabase<'_>, pid: &str) -> Option<Holder> {
    ask(database, &format!("SELECT {COLUMNS} FROM pg_stat_activity a WHERE a.pid = {pid}")).await
}

/// Some servers show their sessions to few: then nothing is known, and no failure is told.
async fn ask(database: &mut PostgresDatabase<'_>, sql: &str) -> Option<Holder> {
    let rows = database.session.query(sql).await.ok()?;
    rows.first().and_then(|row| told(row, Of::Step))
}

/// What the row of such a query tells.
pub(super) fn told(row: &SimpleQueryRow, of: Of) -> Option<Holder> {
    let text = |column: usize| row.try_get(column).ok().flatten().map(str::to_owned);
    let seen = SeenSession {
        pid: text(0)?,
        client: text(1).unwrap_or_default(),
        state: text(2),
        seconds: text(3),
        waits: text(4).as_deref() == Some("t"),
        since: text(5),
        query: text(6).unwrap_or_default(),
        asks: text(7).unwrap_or_default(),
    };
    Some(Holder { who: seen.who(of), hints: seen.hints(of) })
}

/// A session, as the server shows it.
struct SeenSession {
    pid: String,
    client: String,
    /// None where the role that asks may not see it.
    state: Option<String>,
    /// How long it has been in that state.
    seconds: Option<String>,
    waits: bool,
    /// When its transaction began, in UTC.
    since: Option<String>,
    query: String,
    /// The role that asks.
    asks: String,
}

impl SeenSession {
    fn who(&self, of: Of) -> String {
        let mut who = format!("process {}", self.pid);
        if !self.client.is_empty() {
            who.push_str(&format!(" ({})", self.client));
        }
        let Some(state) = &self.state else {
            return who + ", which does what this role may not see";
        };
        if of == Of::Step {
            who.push_str(&format!(", {state}"));
            if let Some(seconds) = &self.seconds {
                who.push_str(&format!(" for {seconds} s"));
            }
            if self.waits {
                who.push_str(", waiting for a lock itself");
            }
        }
        if let Some(since) = &self.since {
            who.push_str(&format!(", in a transaction since {since} UTC"));
        }
        match in_short(&self.query).filter(|_| of == Of::Step) {
            Some(query) => format!("{who}, with `{query}`; its client may be gone"),
            None => who,
        }
    }

    fn hints(&self, of: Of) -> Vec<Hint> {
        let Self { pid, asks, .. } = self;
        let mut hints: Vec<Hint> = Vec::new();
        if of == Of::Step {
            hints.push(
                "a server works on for a client that was killed: it ends by itself when its statement is over".into(),
            );
        }
        hints.push(
            format!(
                "where that runner is gone: `SELECT pg_terminate_backend({pid})`, as the same role or one in pg_signal_backend, ends it; what it has not \
                 committed is rolled back, and the next run goes on from there, also where an index was half built"
            )
            .into(),
        );
        hints.extend(self.state.is_none().then(|| grant(asks).into()));
        hints
    }
}

/// How a message of SQL begins, without what a run puts before each step. It ends before the first string: that may be a password.
fn in_short(query: &str) -> Option<String> {
    /// Letters that are shown.
    const MOST: usize = 60;
    const OURS: [&str; 7] =
        ["BEGIN", "SET LOCAL", "SELECT set_config", "SELECT 1 /", "SAVEPOINT", "SET CONSTRAINTS", "COMMIT"];
    let is_ours = |piece: &&str| piece.is_empty() || OURS.iter().any(|ours| piece.starts_with(ours));
    let piece = query.split("\n;\n").map(str::trim).find(|piece| !is_ours(piece))?;
    let end = piece.find(['\'', '$']).unwrap_or(piece.len());
    let shown = piece[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = shown.chars().take(MOST).collect();
    let is_whole = end == piece.len() && cut == shown;
    Some(if is_whole { cut } else { format!("{}...", cut.trim_end()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_shown_in_short_and_without_what_it_may_hold() {
        for (query, shown) in [
            ("CREATE INDEX CONCURRENTLY a ON t (b)", Some("CREATE INDEX CONCURRENTLY a ON t (b)")),
            (
                "BEGIN ISOLATION LEVEL READ COMMITTED\n;\nSELECT 1 / 2\n;\nUPDATE t\n SET a = 1\n;\nSELECT 2",
                Some("UPDATE t SET a = 1"),
            ),
            ("CREATE ROLE bob PASSWORD 'secret'", Some("CREATE ROLE bob PASSWORD...")),
            ("DO $$ secret $$", Some("DO...")),
            ("CREATE ROLE bob PASSWORD 'sec", Some("CREATE ROLE bob PASSWORD...")),
            ("", None),
        ] {
            assert_eq!(in_short(query).as_deref(), shown, "{query}");
        }
    }
}
