//! Steps on PostgreSQL through the command: their locks, their sessions, and what is said when they end badly.

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::project;

fn database() -> Database {
    postgres::database(postgres::version())
}

fn project(database: &Database, files: &[(&str, &str)]) -> Project {
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
    for (name, text) in files {
        project.file(&format!("migrations/postgres/{name}.sql"), text);
    }
    project
}

const APPLIED: &str = "SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM schema_migrations";

const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[test]
fn starters_with_one_connection_build_each_index_once() {
    let database = database();
    database.psql("CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i");
    let files = [
        ("V1__index", "CREATE INDEX CONCURRENTLY t_a ON t (a);\nCREATE INDEX CONCURRENTLY t_b ON t (b);\n"),
        (
            "V2__more",
            "-- schemactl: transaction = none\nINSERT INTO t VALUES (0, 0);\nCREATE UNIQUE INDEX CONCURRENTLY t_u ON t (a, b);\n",
        ),
    ];
    let project = project(&database, &files);
    let starters: Vec<_> = (0..16).map(|_| project.spawn(["up", "--connections", "one"])).collect();
    for starter in starters {
        starter.wait().ok();
    }
    assert_eq!(database.psql(APPLIED), "1 applied, 2 applied");
    let indexes = "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass";
    assert_eq!(database.psql(indexes), "3|t");
    assert_eq!(database.psql("SELECT count(*) FROM t WHERE a = 0"), "1");
}

#[test]
fn what_one_file_sets_does_not_reach_the_next() {
    let database = database();
    let files = [
        (
            "V1__set",
            "-- schemactl: transaction = none\nCREATE SCHEMA other;\nSET search_path = other;\nCREATE TABLE a (x int);\n",
        ),
        (
            "V2__next",
            "-- schemactl: transaction = none\nCREATE TABLE b (x int);\nCREATE INDEX CONCURRENTLY b_x ON b (x);\n",
        ),
        ("V3__last", "CREATE TABLE c (x int);\n"),
    ];
    for arguments in [&["up"][..], &["up", "--connections", "one"]] {
        let project = project(&database, &files);
        project.run(arguments).ok();
        let schemas = "SELECT string_agg(relname || ' ' || relnamespace::regnamespace, ', ' ORDER BY 1) FROM pg_class \
             WHERE relname IN ('a', 'b', 'c')";
        assert_eq!(database.psql(schemas), "a other, b public, c public");
        database.psql("DROP SCHEMA other CASCADE; DROP TABLE b, c, schema_migrations, schema_migrations_log");
    }
}

/// Each leaves something in its session, and the one after it would fail, or do something else, if that were still there.
const LITTER: &[(&str, &str)] = &[
    ("V1__t", "CREATE TABLE orders (id int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n"),
    (
        "V2__litter",
        "CREATE TEMP TABLE orders (id int);\nINSERT INTO orders VALUES (1);\nPREPARE p AS SELECT 1;\n\
         DECLARE c CURSOR WITH HOLD FOR SELECT 1;\nLISTEN news;\nSELECT pg_advisory_lock(7), pg_advisory_lock(7), pg_advisory_lock(1, -2);\n\
         CREATE FUNCTION pg_temp.g() RETURNS int LANGUAGE sql AS 'SELECT 2';\nCREATE TYPE pg_temp.kind AS ENUM ('a');\n",
    ),
    (
        "V3__again",
        "ALTER TABLE orders ADD COLUMN total int;\nINSERT INTO orders VALUES (2, 2);\nPREPARE p AS SELECT 1;\n\
         DECLARE c CURSOR WITH HOLD FOR SELECT 1;\nCREATE TYPE pg_temp.kind AS ENUM ('a');\n",
    ),
    (
        "V4__apart",
        "-- schemactl: transaction = none\nCREATE TEMP TABLE orders (id int);\nPREPARE p AS SELECT 1;\nSELECT pg_advisory_lock(8);\n\
         INSERT INTO orders VALUES (3);\nCREATE FUNCTION pg_temp.g() RETURNS int LANGUAGE sql AS 'SELECT 2';\n",
    ),
    ("V5__after", "-- schemactl: transaction = none\nINSERT INTO orders VALUES (4, 4);\nPREPARE p AS SELECT 1;\n"),
    ("V6__last", "INSERT INTO orders VALUES (5, 5);\nPREPARE p AS SELECT 1;\n"),
];

#[test]
fn each_step_begins_with_a_session_like_new() {
    for arguments in [&["up"][..], &["up", "--connections", "one"], &["up", "--to", "3"]] {
        let database = database();
        let project = project(&database, LITTER);
        project.run(arguments).ok();
        project.run(["up"]).ok();
        assert_eq!(
            database.psql("SELECT string_agg(id || ' ' || total, ', ' ORDER BY id) FROM orders"),
            "2 2, 4 4, 5 5"
        );
        assert_eq!(database.psql(LOCKS), "0");
    }
}

#[test]
fn a_failed_step_leaves_nothing_for_its_next_try() {
    let database = database();
    let project = project(
        &database,
        &[
            ("V1__t", "CREATE TABLE orders (id int);\n"),
            ("V2__all", "PREPARE p AS SELECT 1;\nSELECT pg_advisory_lock(9);\nLOCK TABLE orders;\n"),
        ],
    );
    project.run(["up", "--to", "1"]).ok();
    let mut holder = database.session();
    holder.run("BEGIN; LOCK TABLE orders;");
    let mut waiting = project.spawn(["up", "--lock-timeout", "200ms"]);
    waiting.wait_for("try 2");
    holder.run("COMMIT;");
    waiting.wait().ok();
    assert_eq!(database.psql(LOCKS), "0");
}

#[test]
fn what_is_computed_is_not_computed_anew_for_each_statement_after_it() {
    for value in ["nextval('s')::text", "clock_timestamp()::text", "(SELECT count(*)::text FROM t)"] {
        let database = database();
        database.psql("CREATE SEQUENCE s; CREATE TABLE t (v text)");
        let text = format!(
            "-- schemactl: transaction = none\nINSERT INTO t VALUES ('a');\nSELECT set_config('app.n', {value}, false);\n\
             INSERT INTO t VALUES (current_setting('app.n'));\nCREATE INDEX CONCURRENTLY i ON t (v);\n\
             INSERT INTO t VALUES (current_setting('app.n'));\n"
        );
        let project = project(&database, &[("V1__set", &text)]);
        project.run(["up"]).ok();
        assert_eq!(
            database.psql("SELECT count(*) || ' ' || count(DISTINCT v) FROM t WHERE v <> 'a'"),
            "2 1",
            "{value}"
        );
        if value.starts_with("nextval") {
            assert_eq!(database.psql("SELECT last_value FROM s"), "1");
        }
    }
    // The last one has none after it; for the transaction alone, and in one transaction, it is computed once.
    for text in [
        "-- schemactl: transaction = none\nSELECT 1;\nSELECT set_config('app.n', nextval('s')::text, false);\n",
        "-- schemactl: transaction = none\nSELECT set_config('app.n', nextval('s')::text, true);\nSELECT 1;\nSELECT 2;\n",
        "SELECT set_config('app.n', nextval('s')::text, false);\nSELECT 1;\nSELECT 2;\n",
        "-- schemactl: transaction = none\nSET app.n = '1';\nSET app.n TO DEFAULT;\nSET LOCAL app.n = '2';\nSELECT nextval('s'), 'set_config';\nSELECT 1;\n",
    ] {
        let database = database();
        database.psql("CREATE SEQUENCE s");
        project(&database, &[("V1__set", text)]).run(["up"]).ok();
        assert_eq!(database.psql("SELECT last_value || ' ' || is_called FROM s"), "1 true", "{text}");
    }
}

#[test]
fn a_run_that_goes_on_computes_once_what_is_set() {
    let database = database();
    database.psql("CREATE SEQUENCE s; CREATE TABLE t (v text)");
    let text = "-- schemactl: transaction = none\nSELECT set_config('app.n', nextval('s')::text, false);\nINSERT INTO u VALUES (1);\n\
                INSERT INTO t VALUES (current_setting('app.n'));\nINSERT INTO t VALUES (current_setting('app.n'));\n";
    let on = project(&database, &[("V1__set", text)]);
    on.run(["up"]).code(1).stderr_has("relation \"u\" does not exist");
    database.psql("CREATE TABLE u (n integer)");
    on.run(["up"]).ok();
    assert_eq!(database.psql("SELECT string_agg(v, ' ') FROM t"), "2 2");
    // Nobody can tell what is set under a name that is computed.
    let unclear = "-- schemactl: transaction = none\nSELECT set_config('app.' || lower('N'), 'x', false);\nSELECT 1;\n";
    let output = project(&self::database(), &[("V2__set", unclear)]).run(["up"]);
    output.code(1).stderr_has("whose name is computed").stderr_has("none of its statements is done");
}

#[test]
fn a_row_of_the_history_that_cannot_be_read_is_named() {
    for (change, cause) in [
        (
            "ALTER TABLE schema_migrations DROP CONSTRAINT schema_migrations_state_check; UPDATE schema_migrations SET state = 'odd'",
            "its column state holds \"odd\"",
        ),
        ("UPDATE schema_migrations SET statements_done = -1", "its column statements_done holds \"-1\""),
        ("UPDATE schema_migrations SET version = -5", "the row of version -5 in"),
    ] {
        let database = database();
        let project = project(&database, &[("V1__a", "SELECT 1;\n")]);
        project.run(["up"]).ok();
        database.psql(change);
        project.run(["status"]).stderr_has("E0510").stderr_has(cause);
    }
}
