//! Two applications in one database, each with a history of its own: the other one's history is no drift, and what it made is.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

/// Two projects that share a database.
struct Shared {
    project: Project,
    server: Option<Database>,
}

const ORDERS: &str = "CREATE TABLE orders (id integer PRIMARY KEY);\n";

fn shared() -> [Shared; 2] {
    let on_sqlite = Shared { project: project!(), server: None };
    let on_postgres = Shared { project: project!(), server: Some(postgres::database(postgres::version())) };
    [on_sqlite, on_postgres].map(|shared| {
        shared.config("");
        shared.project.file("ours/V1__orders.sql", ORDERS);
        shared.project.file("theirs/V1__bills.sql", "CREATE TABLE bills (id integer PRIMARY KEY);\n");
        shared.run("up --migrations ours --table orders_migrations").ok();
        shared
    })
}

impl Shared {
    fn config(&self, more: &str) {
        match &self.server {
            None => self.project.config(&format!("[sqlite]\nurl = \"sqlite:shop.db\"\n{more}")),
            Some(server) => self.project.config(&format!("[postgres]\nurl = \"{}\"\n{more}", server.url())),
        };
    }

    fn run(&self, command: &str) -> Output {
        self.project.run(command.split_whitespace())
    }

    fn ours(&self, command: &str) -> Output {
        self.run(&format!("{command} --migrations ours --table orders_migrations"))
    }

    fn execute(&self, sql: &str) {
        match &self.server {
            None => sqlite::open(&self.project.path().join("shop.db")).execute_batch(sql).unwrap(),
            Some(server) => drop(server.psql(sql)),
        }
    }

    fn name(&self, table: &str) -> String {
        let schema = if self.server.is_some() { "public." } else { "" };
        format!("{schema}{table}")
    }

    fn told(&self, table: &str) -> String {
        format!("another history, schemactl's own: {}; its application is not looked at", self.name(table))
    }
}

/// The tables that the other application made are drift, with the way to leave them out; its history never is.
#[test]
fn another_history_of_ours_is_no_drift() {
    for shared in shared() {
        shared.run("up --migrations theirs --table bills_migrations").ok();
        shared.ours("generate").ok();
        for command in ["diff", "diff --sql"] {
            let found = shared.ours(command);
            found.code(3).stdout_has("table ").stdout_has("bills was added").stdout_has("1 difference ");
            found.stdout_has(&shared.told("bills_migrations")).stderr_has("`ignore = [\"table ");
            let shown = found.text().replace(&shared.told("bills_migrations"), "");
            assert!(!shown.contains("bills_migrations"), "{shown}");
        }
        for command in ["status --check", "check --online"] {
            let found = shared.ours(command);
            assert!(found.code(3).text().contains("E0412"), "{}", found.text());
            found.lacks("bills_migrations was").lacks("bills_migrations_log");
        }
        let bills = format!("ignore = [\"table {}\"]\n", shared.name("bills"));
        shared.config(&bills);
        shared.ours("diff").ok().stdout_has("no drift").stdout_has(&shared.told("bills_migrations"));
        shared.ours("status --check").ok().stdout_has(&shared.told("bills_migrations"));
        shared.ours("check --online").ok();
        shared.ours("repair --fingerprint --yes").ok();
        // What `up` leaves is recorded, and vouched for.
        shared.project.file("ours/V2__total.sql", "ALTER TABLE orders ADD total integer;\n");
        shared.ours("up").ok().lacks("fingerprint");
        shared.ours("status --check").ok();
        let json = shared.ours("diff --json");
        json.ok().stdout_has("another history, schemactl's own");
        // Neither is ours to them.
        shared.config("ignore = [\"table orders\"]\n");
        let theirs = shared.run("diff --migrations theirs --table bills_migrations");
        theirs.ok().stdout_has("no drift").stdout_has(&shared.told("orders_migrations"));
    }
}

/// One column, constraint, index or trigger more or less, and it is a table like any other.
#[test]
fn what_is_not_exactly_of_its_shape_is_drift() {
    let both = ["ALTER TABLE bills_migrations ADD note text", "CREATE INDEX mine ON bills_migrations (host)"];
    let of_sqlite = [
        "CREATE TRIGGER mine AFTER INSERT ON bills_migrations BEGIN SELECT 1; END",
        "ALTER TABLE bills_migrations DROP COLUMN verdict",
        "CREATE TABLE copy AS SELECT * FROM bills_migrations",
        "ALTER TABLE bills_migrations RENAME COLUMN host TO hosts",
    ];
    let of_postgres = [
        "ALTER TABLE bills_migrations ALTER phase TYPE varchar(9)",
        "ALTER TABLE bills_migrations ALTER host DROP NOT NULL",
        "ALTER TABLE bills_migrations ALTER in_doubt SET DEFAULT true",
        "ALTER TABLE bills_migrations DROP CONSTRAINT bills_migrations_state_check",
        "ALTER TABLE bills_migrations ADD CHECK (version > 0)",
        "ALTER TABLE bills_migrations ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE bills_migrations SET (fillfactor = 70)",
        "CREATE TABLE copy AS SELECT * FROM bills_migrations",
        "CREATE TABLE copy (LIKE bills_migrations)",
    ];
    for shared in shared() {
        let own: &[&str] = if shared.server.is_some() { &of_postgres } else { &of_sqlite };
        for sql in both.iter().chain(own) {
            shared.run("up --migrations theirs --table bills_migrations").ok();
            shared.execute(sql);
            let table = if sql.contains("copy") { "copy" } else { "bills_migrations" };
            let found = shared.ours("diff");
            assert!(
                found.stdout.contains(&format!("table {} was added", shared.name(table))),
                "{sql}: {}",
                found.text()
            );
            for table in ["copy", "bills_migrations", "bills_migrations_log", "bills"] {
                shared.execute(&format!("DROP TABLE IF EXISTS {table}"));
            }
        }
        shared.ours("diff").ok();
    }
}

/// A history as an earlier release made it, one of a table with a long name, one that was renamed; and, on PostgreSQL, one in a schema of its own.
#[test]
fn other_shapes_and_places_of_our_history() {
    let lengthy = "a".repeat(59);
    for shared in shared() {
        for table in ["bills_migrations", &lengthy, "Their Own"] {
            // A name with a blank is no argument of `run`.
            let up = ["up", "--migrations", "theirs", "--table", table];
            shared.project.run(up).ok();
            shared.execute("DROP TABLE bills");
            let found = shared.ours("diff");
            found.ok().stdout_has("no drift").stdout_has("another history, schemactl's own: ").stdout_has(table);
            shared.execute(&format!("DROP TABLE \"{table}\"; DROP TABLE \"{table}_log\""));
        }
        shared.run("up --migrations theirs --table bills_migrations").ok();
        shared.execute("DROP TABLE bills");
        for added in ["digest", "found"] {
            shared.execute(&format!("ALTER TABLE bills_migrations DROP COLUMN {added}"));
            shared.ours("diff").ok().stdout_has(&shared.told("bills_migrations"));
        }
        shared.execute("ALTER TABLE bills_migrations RENAME TO renamed");
        // The log goes with a history of its name alone.
        let found = shared.ours("diff");
        let log = shared.name("bills_migrations_log");
        found.code(3).stdout_has(&format!("table {log} was added")).stdout_has(&shared.told("renamed"));
        shared.execute("ALTER TABLE bills_migrations_log RENAME TO renamed_log");
        shared.ours("diff").ok().stdout_has(&shared.told("renamed"));
        shared.execute("DROP TABLE renamed_log");
        shared.ours("diff").ok().stdout_has(&shared.told("renamed"));
    }
}

/// The schema that a run makes for its history goes with it, until somebody keeps something else there.
#[test]
fn a_history_in_a_schema_of_its_own() {
    let [_, shared] = shared();
    for options in ["schema = \"theirs\"\n", "schema = \"theirs\"\ntable = \"bills_migrations\"\n"] {
        shared.config(options);
        shared.run("up --migrations theirs").ok();
        shared.execute("DROP TABLE public.bills");
        shared.config("");
        let found = shared.ours("diff --sql");
        found.ok().stdout_has("no drift").stdout_has("another history, schemactl's own: theirs.");
        shared.execute("GRANT SELECT ON ALL TABLES IN SCHEMA theirs TO PUBLIC");
        shared.ours("diff --sql").ok();
        shared.execute("CREATE VIEW theirs.own AS SELECT 1 AS one");
        shared.ours("diff").code(3).stdout_has("schema theirs was added").stdout_has("view theirs.own was added");
        shared.execute("DROP SCHEMA theirs CASCADE");
    }
    // One that a migration of ours makes is there all the same.
    shared.project.file("ours/V2__theirs.sql", "CREATE SCHEMA theirs;\n");
    shared.ours("up").ok();
    shared.config("schema = \"theirs\"\n");
    shared.run("up --migrations theirs").ok();
    shared.execute("DROP TABLE public.bills");
    shared.config("");
    shared.ours("diff").ok().stdout_has("no drift").stdout_has("another history, schemactl's own: theirs.");
    shared.execute("DROP SCHEMA theirs CASCADE");
    shared.ours("diff").code(3).stdout_has("schema theirs is missing");
}

#[test]
fn a_check_says_which_database_it_did_not_look_at() {
    let database = postgres::database(postgres::version());
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n\n[postgres]\nurl = \"${DATABASE_URL}\"\n");
    project.file("migrations/sqlite/V1__t.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);");
    project.file("migrations/postgres/V1__t.sql", "CREATE TABLE t (id int PRIMARY KEY);");
    project.env("DATABASE_URL", database.url());
    for backend in ["sqlite", "postgres"] {
        project.run(["generate", "--backend", backend]).ok();
        project.run(["up", "--backend", backend]).ok();
    }
    let seen = project.run(["check", "--online"]);
    seen.ok().stdout_has("2 migrations in 2 folders, 1 of 2 databases: nothing to report");
    seen.says(&["looked at postgresql:", "and not at the database of migrations/sqlite (sqlite)"]);
    seen.stderr_has("`schemactl check --online --backend sqlite` does");
    // Following it.
    let other = project.run(["check", "--online", "--backend", "sqlite"]);
    other.ok().stdout_has("1 migration in 1 folder, 1 database: nothing to report").lacks("looked at");
    project.run(["check"]).ok().stdout_has("2 migrations in 2 folders: nothing to report").lacks("looked at");
    project.run(["check", "--online", "--json"]).ok().stdout_has("\"url\": null");
}
