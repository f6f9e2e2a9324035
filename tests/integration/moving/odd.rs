//! Schemas and rows that are seldom, and were copied wrong once.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

/// Both sides of a move with a schema of the test's own.
pub(super) struct Odd {
    pub(super) project: Project,
    pub(super) database: Database,
}

impl Odd {
    pub(super) fn new(on_sqlite: &str, on_postgres: &str, rows: &str) -> Self {
        let database = postgres::database(postgres::version());
        let project = project!();
        project.config("[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n[map]\n");
        project.env("DATABASE_URL", database.url());
        project.file("migrations/sqlite/V1__a.sql", on_sqlite);
        project.file("migrations/postgres/V1__a.sql", on_postgres);
        project.run(["up", "--backend", "sqlite"]).ok();
        project.run(["up", "--backend", "postgres"]).ok();
        let odd = Self { project, database };
        odd.sqlite(rows);
        odd
    }

    pub(super) fn sqlite(&self, sql: &str) {
        sqlite::open(&self.project.path().join("app.db")).execute_batch(sql).expect("the statements are the test's");
    }

    /// With these lines at the end of schema.toml instead of those before.
    pub(super) fn rules(&self, lines: &str) {
        let config = self.project.read("schema.toml");
        let (before, _) = config.split_once("[map]\n").expect("it has a map");
        self.project.config(&format!("{before}[map]\n{lines}"));
    }

    pub(super) fn run(&self, command: &str) -> Output {
        self.project.run(std::iter::once("move").chain(command.split(' ')))
    }
}

#[test]
fn orphans_are_kept_whole_whatever_their_columns_are_called_and_hold() {
    let odd = Odd::new(
        "CREATE TABLE par (id INTEGER PRIMARY KEY); CREATE TABLE o (id INTEGER PRIMARY KEY, c INTEGER, p TEXT, t REAL, doc TEXT, b BLOB);",
        "CREATE TABLE par (id bigint PRIMARY KEY); CREATE TABLE o (id bigint PRIMARY KEY, c bigint REFERENCES par, p text, t double precision, doc json, b bytea);",
        "PRAGMA foreign_keys = OFF; INSERT INTO par VALUES (1); INSERT INTO o VALUES (1, 1, 'ok', 1, NULL, NULL),
            (2, 77, 'IMPORTANT \"quoted\", (so)', 0.1, '{\"a\":1,  \"a\":2}', x'00ff'), (3, 77, NULL, 0, '{\"a\":\"x\\u0000y\"}', x'');",
    );
    let config = odd.project.read("schema.toml");
    odd.project.config(&format!("{config}[map.convert]\no.doc = {{ json_duplicates = \"last\" }}\n"));
    odd.run("copy --on-reject set-aside").ok();
    assert_eq!(odd.database.psql("SELECT id FROM o"), "1");
    let kept = "SELECT (x.r).id, (x.r).c, (x.r).p, (x.r).t, (x.r).b FROM (SELECT convert_from(value, 'UTF8')::o AS r FROM schema_migrations_move_set_aside) x ORDER BY 1";
    assert_eq!(odd.database.psql(kept), "2|77|IMPORTANT \"quoted\", (so)|0.1|\\x00ff\n3|77||0|\\x");
    odd.run("verify").ok().stdout_has("o -> public.o: 3 rows, 2 of them without a place, equal");
}

#[test]
fn a_row_that_was_refused_and_mended_since_is_missing() {
    let odd = Odd::new(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, u TEXT, v TEXT); CREATE TABLE k (a TEXT);",
        "CREATE TABLE p (id bigint PRIMARY KEY, u text UNIQUE, v varchar(3)); CREATE TABLE k (a text CHECK (a <> 'bad'));",
        "INSERT INTO p VALUES (1, 'a', 'x'), (2, 'a', 'y'); INSERT INTO k (rowid, a) VALUES (10, 'x'), (20, 'bad'), (30, 'y'), (40, 'bad');",
    );
    odd.run("copy --on-reject set-aside").ok();
    odd.run("verify").ok();
    // Rowids are no names of rows for ever.
    odd.sqlite("VACUUM");
    odd.run("verify").ok().stdout_has("k -> public.k: 4 rows, 2 of them without a place, equal");
    assert_eq!(odd.database.psql("SELECT count(*) FROM p"), "0");
    odd.sqlite("UPDATE p SET u = 'now good', v = 'NEW' WHERE id = 2; UPDATE k SET a = 'good' WHERE rowid = 2");
    odd.run("verify").error("E0806").stdout_has("missing id 2").stdout_has("missing a 'good'");
}

#[test]
fn a_dump_that_was_restored_in_the_middle_gets_back_what_was_off() {
    let odd = Odd::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER);",
        "CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY, a bigint REFERENCES a); CREATE INDEX b_a ON b (a);",
        "INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1, 1), (2, 2);",
    );
    odd.run("copy --tables a").ok();
    // As a restore would leave it: the same rows, of other transactions.
    odd.database.psql("CREATE TEMP TABLE kept AS SELECT * FROM a; DELETE FROM a; INSERT INTO a SELECT * FROM kept");
    odd.run("copy").error("E0803").stderr_has("empty the tables, then `schemactl move discard`");
    odd.database.psql("TRUNCATE a, b");
    odd.run("discard").ok();
    assert_eq!(odd.database.psql("SELECT conname FROM pg_constraint WHERE contype = 'f'; SELECT indexname FROM pg_indexes WHERE indexname = 'b_a'"), "b_a_fkey\nb_a");
    odd.run("copy").ok();
    odd.run("verify").ok();
}

#[test]
fn a_table_from_which_others_inherit_is_refused_before_anything_is_written() {
    let odd = Odd::new(
        "CREATE TABLE par (id INTEGER PRIMARY KEY); CREATE TABLE kid (id INTEGER, a TEXT);",
        "CREATE TABLE par (id bigint PRIMARY KEY); CREATE TABLE kid (a text) INHERITS (par); CREATE INDEX ki ON kid (a);",
        "INSERT INTO par VALUES (1); INSERT INTO kid VALUES (10, 'x');",
    );
    odd.run("copy").error("E0802").stderr_has("other tables inherit from public.par");
    odd.run("status").ok().stdout_has("no copy has begun");
}

#[test]
fn of_constraints_that_are_deferred_the_row_is_found_as_well() {
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i, CASE WHEN i IN (77, 400) THEN 5 ELSE i END FROM n;";
    let odd = Odd::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);",
        "CREATE TABLE t (id bigint PRIMARY KEY, a int, CONSTRAINT du UNIQUE (a) DEFERRABLE INITIALLY DEFERRED);",
        rows,
    );
    odd.run("copy --on-reject set-aside").ok();
    assert_eq!(odd.database.psql("SELECT count(*), count(DISTINCT a) FROM t"), "497|497");
    odd.run("verify").ok().stdout_has("500 rows, 3 of them without a place, equal");
}

#[test]
fn the_last_number_of_all_is_copied_and_no_sequence_goes_beyond_it() {
    let odd = Odd::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);",
        "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text);",
        "INSERT INTO t VALUES (9223372036854775807, 'last'), (1, 'first');",
    );
    odd.run("copy").ok();
    odd.run("verify").ok();
    assert!(odd.database.try_psql("INSERT INTO t (v) VALUES ('x')").unwrap_err().contains("reached maximum value"));
}

#[test]
fn what_migrations_leave_unsound_or_switched_off_is_no_difference() {
    let odd = Odd::new(
        "CREATE TABLE u (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, u INTEGER, v INTEGER);",
        "CREATE TABLE u (id bigint PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY, u bigint REFERENCES u, v bigint); \
         ALTER TABLE b ADD CONSTRAINT f2 FOREIGN KEY (v) REFERENCES u NOT VALID; ALTER TABLE b DISABLE TRIGGER ALL;\n",
        "INSERT INTO u VALUES (1); INSERT INTO b VALUES (1, 1, 1);",
    );
    let triggers = "SELECT tgrelid::regclass, tgenabled, count(*) FROM pg_trigger GROUP BY 1, 2 ORDER BY 1, 2";
    let before = odd.database.psql(triggers);
    odd.run("copy").ok();
    odd.run("verify").ok();
    assert_eq!(odd.database.psql(triggers), before);
}
