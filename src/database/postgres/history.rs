//! The history's tables: their SQL, and reading their rows.

use tokio_postgres::SimpleQueryRow;

use super::{PostgresDatabase, Purpose, adopt, failure, glance};
use crate::config::Options;
use crate::database::{Change, Detail, Expected, NewRecord, Write, who};
use crate::error::{Code, Error, Result};
use crate::history::{Details, Elapsed, Found, LogEntry, Record, State, StatementHashes, foreign_tool};
use crate::sql::{Ident, Literal, Plain};
use crate::version::Version;

/// The column that says what an up found: earlier releases have made the table without.
pub(super) const FOUND: &str = "found";

/// The history table and its log, by name.
pub(super) struct Tables {
    /// As configured, or as found once the server was asked.
    schema: Option<String>,
    name: String,
}

impl Tables {
    pub(super) fn new(options: &Options) -> Self {
        Self { schema: options.schema.clone(), name: options.table.clone() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or_default()
    }

    /// Fixes the schema: a step may change the search path.
    pub(super) fn resolve(&mut self, schema: String) {
        self.schema = Some(schema);
    }

    pub(super) fn qualified(&self, name: &str) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", Ident(schema), Ident(name)),
            None => Ident(name).to_string(),
        }
    }

    pub(super) fn history(&self) -> String {
        self.qualified(&self.name)
    }

    /// For messages.
    pub(super) fn shown(&self) -> String {
        self.plain(&self.name)
    }

    pub(super) fn log_shown(&self) -> String {
        self.plain(&format!("{}_log", self.name))
    }

    fn plain(&self, name: &str) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{}.", Plain(schema)));
        format!("{}{}", schema.unwrap_or_default(), Plain(name))
    }

    pub(super) fn log(&self) -> String {
        self.qualified(&format!("{}_log", self.name))
    }

    /// A query for the schema that the history is or will be in, whether both tables are there, whether this role may
    /// write or create them, whether the schema is there, and whether the history has all its columns, or this role may add them.
    pub(super) fn locate(&self) -> String {
        let history = self.history();
        let found = format!("to_regclass({})", Literal(Some(&history)));
        let schema = match &self.schema {
            Some(schema) => Literal(Some(schema)).to_string(),
            None => format!(
                "(SELECT coalesce((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = {found}), current_schema())::text)"
            ),
        };
        let log = Literal(Some(&self.log())).to_string();
        format!(
            "SELECT s.schema, {found} IS NOT NULL AND to_regclass({log}) IS NOT NULL, \
             CASE WHEN {found} IS NOT NULL AND to_regclass({log}) IS NOT NULL \
                THEN has_table_privilege({found}, 'INSERT') AND has_table_privilege({found}, 'UPDATE') \
                AND has_table_privilege(to_regclass({log}), 'INSERT') \
             WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = s.schema) \
                THEN has_schema_privilege(s.schema, 'CREATE') \
             ELSE has_database_privilege(current_database(), 'CREATE') END, \
             EXISTS (SELECT FROM pg_namespace WHERE nspname = s.schema), \
             EXISTS (SELECT FROM pg_attribute WHERE attrelid = {found} AND attname = '{FOUND}' AND NOT attisdropped), \
             (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = {found}) \
             FROM (SELECT {schema}) AS s (schema)"
        )
    }

    /// Creates what is missing. A role may own a schema without being allowed to create one, so that IF NOT EXISTS would
    /// not do for the schema.
    pub(super) fn create(&self, schema_exists: bool) -> Vec<String> {
        let schema = (!schema_exists).then(|| format!("CREATE SCHEMA {}", Ident(self.schema())));
        schema.into_iter().chain([self.create_history(), self.create_log()]).collect()
    }

    /// Brings a history to its shape of now that an earlier release has made. It may be sent by several at once.
    pub(super) fn add_found(&self) -> String {
        format!("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {FOUND} text", self.history())
    }

    fn create_history(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (
    version bigint PRIMARY KEY,
    description text NOT NULL,
    phase text,
    checksum text NOT NULL,
    state text NOT NULL CHECK (state IN ('applied', 'partial', 'reverting', 'skipped', 'baseline')),
    statements_done bigint NOT NULL,
    statements bigint NOT NULL,
    in_doubt boolean NOT NULL DEFAULT false,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    host text NOT NULL,
    application text NOT NULL,
    tool text NOT NULL,
    duration_ms bigint NOT NULL,
    fingerprint text,
    verdict text,
    statement_hashes text NOT NULL,
    down_checksum text,
    down_sql text,
    {FOUND} text
)",
            self.history()
        )
    }

    fn create_log(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    version bigint NOT NULL,
    description text NOT NULL,
    checksum text NOT NULL,
    outcome text NOT NULL,
    detail text,
    host text NOT NULL,
    application text NOT NULL,
    tool text NOT NULL,
    duration_ms bigint NOT NULL
)",
            self.log()
        )
    }

    /// A statement that divides by zero where the row is not what the plan was made for, and that keeps it so until the
    /// end of the transaction. That a row is absent is what the primary key checks, when the row is written.
    pub(super) fn check(&self, expected: &Expected) -> Option<String> {
        let Expected::Row { version, state, done, checksum } = expected else { return None };
        Some(format!(
            "SELECT 1 / ((SELECT state || ' ' || statements_done || ' ' || checksum FROM {} WHERE version = {version} FOR UPDATE) \
             IS NOT DISTINCT FROM {})::int",
            self.history(),
            Literal(Some(&format!("{} {done} {checksum}", state.as_str())))
        ))
    }

    /// The statement that makes one change, and its line in the log: one, since a step pays for each.
    pub(super) fn write(&self, write: &Write<'_>, options: &Options) -> Option<String> {
        let log = write.log.as_ref().map(|entry| self.log_entry(entry, options));
        let Some(change) = self.change(write, options) else { return log };
        let logged = log.map(|log| format!("logged AS ({log})"));
        let unsettled = write.change.unsettles().map(|version| format!("unsettled AS ({})", self.unsettle(version)));
        let besides: Vec<String> = logged.into_iter().chain(unsettled).collect();
        Some(if besides.is_empty() { change } else { format!("WITH {} {change}", besides.join(", ")) })
    }

    fn change(&self, write: &Write<'_>, options: &Options) -> Option<String> {
        let table = self.history();
        Some(match &write.change {
            Change::None => return None,
            Change::Put(record) => self.put(record, &write.expected, options),
            Change::Delete(version) => format!("DELETE FROM {table} WHERE version = {version}"),
            Change::Journal { version, state, done, statements, hashes, in_doubt } => format!(
                "UPDATE {table} SET state = {}, statements_done = {done}, statements = {statements}, \
                 statement_hashes = {}, in_doubt = {in_doubt} WHERE version = {version}",
                Literal(Some(state.as_str())),
                Literal(Some(hashes))
            ),
            Change::Checksum { version, checksum, statements, hashes } => format!(
                "UPDATE {table} SET checksum = {}, statements = {statements}, statements_done = {statements}, \
                 statement_hashes = {} WHERE version = {version}",
                Literal(Some(&checksum.to_string())),
                Literal(Some(hashes))
            ),
            Change::Fingerprint { version, stamp } => format!(
                "UPDATE {table} SET fingerprint = {} WHERE version = {version} AND version = (SELECT max(version) FROM {table})",
                Literal(Some(&stamp.to_string()))
            ),
            Change::NoFingerprints => {
                format!("UPDATE {table} SET fingerprint = NULL WHERE fingerprint IS NOT NULL")
            }
            Change::Took { version, milliseconds } => {
                format!("UPDATE {table} SET duration_ms = {milliseconds} WHERE version = {version}")
            }
            Change::Down { version, script, verdict } => format!(
                "UPDATE {table} SET down_sql = {}, down_checksum = {}, verdict = {} WHERE version = {version}",
                Literal(Some(script.text())),
                Literal(Some(&script.checksum().to_string())),
                Literal(verdict.as_deref())
            ),
        })
    }

    fn put(&self, record: &NewRecord<'_>, expected: &Expected, options: &Options) -> String {
        const COLUMNS: &str = "version, description, phase, checksum, state, statements_done, statements, host, application, tool, \
             duration_ms, verdict, statement_hashes, down_checksum, down_sql, found";
        let replace = match expected {
            Expected::Absent(_) => String::new(),
            Expected::Anything | Expected::Row { .. } => {
                let value = |column: &str| match column {
                    FOUND => format!("coalesce(excluded.{FOUND}, {}.{FOUND})", Ident(&self.name)),
                    column => format!("excluded.{column}"),
                };
                let columns: Vec<String> =
                    COLUMNS.split(", ").skip(1).map(|column| format!("{column} = {}", value(column))).collect();
                format!(
                    " ON CONFLICT (version) DO UPDATE SET {}, in_doubt = false, fingerprint = NULL, applied_at = clock_timestamp()",
                    columns.join(", ")
                )
            }
        };
        let down_checksum = record.down.map(|down| down.checksum().to_string());
        format!(
            "INSERT INTO {} ({}) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}){replace}",
            self.history(),
            COLUMNS,
            record.version,
            Literal(Some(&record.description)),
            Literal(record.phase.as_deref()),
            Literal(Some(&record.checksum.to_string())),
            Literal(Some(record.state.as_str())),
            record.statements_done,
            record.statements,
            Literal(Some(who::host())),
            Literal(Some(&options.application)),
            Literal(Some(who::TOOL)),
            milliseconds(record.elapsed),
            Literal(record.verdict.as_deref()),
            Literal(Some(&record.hashes)),
            Literal(down_checksum.as_deref()),
            Literal(record.down.map(crate::source::Script::text)),
            Literal(record.found.as_deref())
        )
    }

    fn log_entry(&self, entry: &LogEntry, options: &Options) -> String {
        format!(
            "INSERT INTO {} (action, version, description, checksum, outcome, detail, host, application, tool, duration_ms) \
             VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            self.log(),
            Literal(Some(entry.action)),
            entry.version,
            Literal(Some(&entry.description)),
            Literal(Some(&entry.checksum)),
            Literal(Some(entry.outcome.as_str())),
            Literal(entry.detail.as_deref()),
            Literal(Some(who::host())),
            Literal(Some(&options.application)),
            Literal(Some(who::TOOL)),
            milliseconds(entry.elapsed)
        )
    }
}

fn milliseconds(elapsed: Elapsed) -> String {
    match elapsed {
        Elapsed::Transaction => "(extract(epoch FROM clock_timestamp() - now()) * 1000)::bigint".to_owned(),
        Elapsed::Milliseconds(milliseconds) => milliseconds.to_string(),
    }
}

/// Reads the history in one round trip. Only where that fails is it asked what the table is.
pub(super) async fn read(database: &mut PostgresDatabase<'_>, detail: Detail) -> Result<Found> {
    // Between the two queries another runner may create the table, or put it in the place of another tool's.
    const TRIES: u32 = 3;
    // An application's client may have a transaction open, which an error would end. A run is refused there anyway.
    if database.session.is_borrowed()
        && database.purpose == Purpose::Look
        && let Some(found) = glance::before(database).await?
    {
        return Ok(found);
    }
    let mut tried = 0;
    loop {
        tried += 1;
        let broken = match database.session.query_whole(&select(&database.tables, detail)).await {
            Ok(rows) => {
                let read = |row| record(row, detail).ok_or_else(|| unreadable(&database.tables.shown(), row));
                return rows.iter().map(read).collect::<Result<_>>().map(Found::Ours);
            }
            Err(broken) => broken,
        };
        if failure::is_absent(&broken) {
            return glance::absent(database).await;
        }
        if failure::is_unprivileged(&broken) {
            return Err(glance::unprivileged(database, broken).await);
        }
        if !failure::is_other_table(&broken) || tried == TRIES {
            return Err(failure::of_history(database, broken));
        }
        let columns = adopt::columns(database).await?;
        if let Some(tool) = foreign_tool(&columns) {
            return Ok(Found::Foreign { tool: tool.to_owned(), columns });
        }
    }
}

pub(super) fn unreadable(table: &str, row: &SimpleQueryRow) -> Error {
    let held = |column: usize| row.get(column).map_or_else(|| "NULL".to_owned(), |text| format!("{text:?}"));
    let id = row.get(0).unwrap_or("NULL");
    let is_read = |column: usize, name: &str| match (name, row.get(column)) {
        ("version", _) => version(row).is_some(),
        ("state", Some(state)) => State::parse(state).is_some(),
        ("statements_done" | "statements", Some(count)) => count.parse::<usize>().is_ok(),
        ("duration_ms", Some(time)) => time.parse::<u64>().is_ok(),
        ("phase" | "fingerprint" | "verdict", None) => true,
        (_, value) => value.is_some(),
    };
    let names = || row.columns().iter().map(tokio_postgres::SimpleColumn::name).enumerate();
    let wrong = names().find(|(column, name)| !is_read(*column, name));
    let cause = wrong.map_or_else(
        || format!("the row of version {id} in {table}"),
        |(column, name)| format!("the row of version {id} in {table}: its column {name} holds {}", held(column)),
    );
    Error::new(Code::Query, "the history has a row that cannot be read")
        .with_cause(cause)
        .with_state("nothing was changed")
        .with_hint("was it changed by hand, or by a newer schemactl? An UPDATE of that column mends it")
}

fn select(tables: &Tables, detail: Detail) -> String {
    let details = match detail {
        Detail::Plan => "",
        Detail::All => {
            ", to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), host, application, tool, \
             duration_ms, down_sql IS NOT NULL, fingerprint, verdict"
        }
    };
    format!(
        "SELECT version, description, phase, checksum, state, statements_done, statements, in_doubt, \
         CASE WHEN state IN ('partial', 'reverting') THEN statement_hashes ELSE '' END{details} \
         FROM {} ORDER BY version",
        tables.history()
    )
}

fn record(row: &SimpleQueryRow, detail: Detail) -> Option<Record> {
    Some(Record {
        version: version(row)?,
        description: row.get(1)?.to_owned(),
        phase: row.get(2).map(str::to_owned),
        checksum: row.get(3)?.to_owned(),
        state: State::parse(row.get(4)?)?,
        statements_done: row.get(5)?.parse().ok()?,
        statements: row.get(6)?.parse().ok()?,
        in_doubt: row.get(7)? == "t",
        hashes: StatementHashes::parse(row.get(8)?),
        details: match detail {
            Detail::Plan => None,
            Detail::All => Some(details(row)?),
        },
    })
}

fn details(row: &SimpleQueryRow) -> Option<Details> {
    Some(Details {
        applied_at: row.get(9)?.to_owned(),
        host: row.get(10)?.to_owned(),
        application: row.get(11)?.to_owned(),
        tool: row.get(12)?.to_owned(),
        duration_ms: row.get(13)?.parse().ok()?,
        down_stored: row.get(14)? == "t",
        fingerprint: row.get(15).map(str::to_owned),
        verdict: row.get(16).map(str::to_owned),
    })
}

pub(super) fn version(row: &SimpleQueryRow) -> Option<Version> {
    Version::new(row.get(0)?.parse().ok()?)
}
