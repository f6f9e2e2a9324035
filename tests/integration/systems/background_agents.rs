//! `background_agents`: nine tables, what they refuse, what they keep, how they are read and written.

mod concurrency;
mod load;
mod queries;
mod refusals;
mod retention;
mod rows;

use super::system::System;

const NAME: &str = "background_agents";

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

fn on_sqlite() -> System {
    System::sqlite(NAME).up()
}

fn on_postgres() -> System {
    System::postgres(NAME, NAME).up()
}

fn both() -> [System; 2] {
    [on_postgres(), on_sqlite()]
}

/// Expressions that differ between the two, so that one statement serves both.
impl System {
    /// The identity with this number: the same text on both.
    fn id(&self, number: &str) -> String {
        if self.is_sqlite() {
            format!("printf('00000000-0000-4000-8000-%012d', {number})")
        } else {
            format!("format('00000000-0000-4000-8000-%s', lpad(({number})::text, 12, '0'))::uuid")
        }
    }

    /// The time so many seconds ago.
    fn ago(&self, seconds: &str) -> String {
        if self.is_sqlite() {
            format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', -({seconds}) || ' seconds')")
        } else {
            format!("(now() - make_interval(secs => {seconds}))")
        }
    }

    /// The time so many days ago.
    fn days_ago(&self, days: u32) -> String {
        self.ago(&(days * 86_400).to_string())
    }
}

#[test]
fn both_backends_describe_the_same_entities() {
    let postgres = on_postgres();
    let sqlite = on_sqlite();
    for table in TABLES {
        let columns = sqlite.query(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"));
        assert!(columns.lines().count() > 5, "{table}: {columns}");
        let there = postgres.query(&format!(
            "SELECT column_name FROM information_schema.columns \
             WHERE table_schema = 'background_agents' AND table_name = '{table}' ORDER BY ordinal_position"
        ));
        assert_eq!(columns, there, "{table}");
    }
    let tables = "SELECT count(*) FROM information_schema.tables \
                  WHERE table_schema = 'background_agents' AND table_name NOT LIKE 'schema_migrations%'";
    assert_eq!(postgres.query(tables), TABLES.len().to_string());
    let tables = "SELECT count(*) FROM sqlite_schema \
                  WHERE type = 'table' AND name NOT GLOB 'schema_migrations*' AND name NOT GLOB 'sqlite_*'";
    assert_eq!(sqlite.query(tables), TABLES.len().to_string());
}
