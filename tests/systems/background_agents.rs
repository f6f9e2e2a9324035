//! `background_agents`: nine tables, what they refuse, what they keep, how they are read and written.

mod concurrency;
mod load;
mod queries;
mod refusals;
mod retention;
mod rows;

use std::path::Path;

use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::project;
use schemactl_test_support::sqlite::{self, TempDatabase};

const TABLES: [&str; 9] = [
    "agents",
    "shared_state",
    "configuration",
    "system_events",
    "agent_heartbeats",
    "health_alerts",
    "performance_metrics",
    "llm_conversations",
    "help_requests",
];

/// The system in a database of the test's, on either backend, with SQL that both understand.
#[derive(Debug)]
enum System {
    Sqlite(TempDatabase),
    Postgres(Database),
}

impl System {
    /// All phases on SQLite.
    fn sqlite() -> Self {
        let system = Self::Sqlite(sqlite::temp());
        system.up("5_retention");
        system
    }

    /// All phases on PostgreSQL: one, since tests/bundled.rs has the files on all.
    fn postgres() -> Self {
        let system = Self::Postgres(postgres::database(postgres::version()));
        system.up("5_retention");
        system
    }

    /// All phases on each.
    fn everywhere() -> [Self; 2] {
        [Self::postgres(), Self::sqlite()]
    }

    /// Applies what is pending up to this phase; on SQLite there is no retention.
    fn up(&self, phase: &str) {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.toml");
        let config = config.to_str().expect("the path is text");
        let (backend, url) = match self {
            Self::Sqlite(database) => ("sqlite", database.url()),
            Self::Postgres(database) => ("postgres", database.url()),
        };
        let phase = if backend == "sqlite" && phase == "5_retention" { "4_indexes" } else { phase };
        let project = project!();
        // Any URL: the one in schema.toml is read although the argument counts.
        project.env("DATABASE_URL", &url);
        let chosen = ["--config", config, "--database", "background_agents", "--backend", backend, "--url", &url];
        project.run(["up", "--phase", phase].iter().chain(&chosen)).ok();
    }

    /// Runs statements, and returns the rows of those that have some.
    fn run(&self, sql: &str) -> String {
        self.attempt(sql).unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }

    /// Runs statements, and returns the rows or what the database says.
    fn attempt(&self, sql: &str) -> Result<String, String> {
        match self {
            Self::Sqlite(database) => {
                let connection = database.open();
                connection.pragma_update(None, "foreign_keys", true).expect("SQLite has foreign keys");
                let statements = sql.split_inclusive(';').filter(|statement| !statement.trim().is_empty());
                let rows = statements.map(|statement| sqlite::try_query(&connection, statement));
                let rows = rows.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
                Ok(rows.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n"))
            }
            Self::Postgres(database) => database.try_psql(&format!("SET search_path = background_agents;\n{sql}")),
        }
    }

    /// The expression for the identity with this number: the same text on both.
    fn id(&self, number: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("printf('00000000-0000-4000-8000-%012d', {number})"),
            Self::Postgres(_) => format!("format('00000000-0000-4000-8000-%s', lpad(({number})::text, 12, '0'))::uuid"),
        }
    }

    /// The expression for the time so many seconds ago.
    fn ago(&self, seconds: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', -({seconds}) || ' seconds')"),
            Self::Postgres(_) => format!("(now() - make_interval(secs => {seconds}))"),
        }
    }

    /// The expression for the time so many days ago.
    fn days_ago(&self, days: u32) -> String {
        self.ago(&(days * 86_400).to_string())
    }
}

#[test]
fn both_backends_describe_the_same_entities() {
    let postgres = &System::postgres();
    let sqlite = System::sqlite();
    for table in TABLES {
        let columns = sqlite.run(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"));
        assert!(columns.lines().count() > 5, "{table}: {columns}");
        let there = postgres.run(&format!(
            "SELECT column_name FROM information_schema.columns \
             WHERE table_schema = 'background_agents' AND table_name = '{table}' ORDER BY ordinal_position"
        ));
        assert_eq!(columns, there, "{table}");
    }
    let tables = "SELECT count(*) FROM information_schema.tables \
                  WHERE table_schema = 'background_agents' AND table_name NOT LIKE 'schema_migrations%'";
    assert_eq!(postgres.run(tables), TABLES.len().to_string());
    let tables = "SELECT count(*) FROM sqlite_schema \
                  WHERE type = 'table' AND name NOT GLOB 'schema_migrations*' AND name NOT GLOB 'sqlite_*'";
    assert_eq!(sqlite.run(tables), TABLES.len().to_string());
}
