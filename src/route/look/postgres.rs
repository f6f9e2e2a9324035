use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::{Client, SimpleQueryRow};

use super::super::settings::RouteOptions;
use super::super::standing::JournalSeen;
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings, Connected};
use crate::database::postgres::rows_of;
use crate::error::{Code, Error, Result};
use crate::history::{FENCE_FUNCTION, MoveTable};
use crate::sql::{Ident, Literal};

/// How long a look may take, with connecting: a server that is gone without a word is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the journal and the fence of PostgreSQL.
pub(super) struct PostgresLook {
    settings: ConnectSettings,
    state: String,
    follow: String,
    fence: String,
    connected: Option<Connected>,
}

impl PostgresLook {
    pub(super) fn at(url: &str, options: &RouteOptions) -> Result<Self> {
        let name = |name: &str| match &options.schema {
            Some(schema) => format!("{}.{}", Ident(schema), Ident(name)),
            None => Ident(name).to_string(),
        };
        Ok(Self {
            settings: ConnectSettings::parse(url, &ConnectEnvironment::process())?,
            state: name(&MoveTable::State.name(&options.table)),
            follow: name(&MoveTable::Follow.name(&options.table)),
            fence: name(&format!("{}_{FENCE_FUNCTION}", options.table)),
            connected: None,
        })
    }

    /// # Errors
    /// The server cannot be reached in time, or the role may not read the journal.
    pub(super) async fn look(&mut self) -> Result<JournalSeen> {
        let seen = match timeout(PATIENCE, self.ask()).await {
            Ok(seen) => seen,
            Err(_) => Err(Error::new(Code::Connect, "PostgreSQL does not say how the move stands")
                .with_cause(format!("nothing was heard within {} s", PATIENCE.as_secs()))),
        };
        if seen.is_err() {
            self.connected = None;
        }
        seen
    }

    async fn ask(&mut self) -> Result<JournalSeen> {
        if self.connected.is_none() {
            self.connected = Some(self.settings.connect().await?);
        }
        let Some(connected) = &self.connected else { return Ok(JournalSeen::default()) };
        self.asked(&connected.client).await.map_err(unread)
    }

    async fn asked(&self, client: &Client) -> Result<JournalSeen, tokio_postgres::Error> {
        let is_there = |function: &str, name: &str| format!("{function}({}) IS NOT NULL", Literal(Some(name)));
        let sql = format!(
            "SELECT {}, {}, {}",
            is_there("to_regproc", &self.fence),
            is_there("to_regclass", &self.state),
            is_there("to_regclass", &self.follow)
        );
        let there = row(client, &sql).await?;
        let is = |at: usize| there.as_ref().and_then(|row| row.get(at)) == Some("t");
        let mut seen = JournalSeen { is_fenced: is(0), ..JournalSeen::default() };
        if is(1) && is(2) {
            // What the follower has said, and how long ago that was.
            let sql = format!(
                "SELECT s.state, f.capture IS NOT NULL, f.behind_seconds + extract(epoch FROM clock_timestamp() - f.alive_at) \
                 FROM {} s LEFT JOIN {} f ON true",
                self.state, self.follow
            );
            if let Some(row) = row(client, &sql).await? {
                seen.state = row.get(0).map(str::to_owned);
                seen.is_followed = row.get(1) == Some("t");
                seen.lag = row.get(2).and_then(seconds);
            }
        }
        Ok(seen)
    }

    pub(super) async fn close(self) {
        if let Some(connected) = self.connected {
            connected.close().await;
        }
    }
}

/// A clock that was put back makes no lag less than none.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}

async fn row(client: &Client, sql: &str) -> Result<Option<SimpleQueryRow>, tokio_postgres::Error> {
    Ok(rows_of(client.simple_query(sql).await?).into_iter().next())
}

fn unread(error: tokio_postgres::Error) -> Error {
    let cause = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let refused = Error::new(Code::Query, "how the move stands cannot be read on PostgreSQL").with_cause(cause);
    let refused = match error.code() {
        Some(code) if *code == tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE => refused
            .with_sqlstate(code.code())
            .with_hint("let the application's role read the tables of the move beside the history: GRANT SELECT ON ..._move, ..._move_follow"),
        Some(code) => refused.with_sqlstate(code.code()),
        None => refused,
    };
    refused.with_source(error)
}
