//! What an up only found, since it was there before: its down leaves it alone, and leaves it as it was.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl::{Back, Migrations, Options, Target};
use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;
use schemactl_test_support::sqlite;

fn both() -> [Shop; 2] {
    [Shop::sqlite(project!()), Shop::postgres(project!())]
}

/// A database at version 1, with a second migration to come.
fn shop(shop: &Shop, up: &str, down: &str) {
    shop.file("V1__base.sql", "CREATE TABLE base (id integer PRIMARY KEY, a integer);\n");
    shop.file("V1__base.down.sql", "DROP TABLE base;\n");
    shop.run("up").ok();
    shop.file("V2__more.sql", up).file("V2__more.down.sql", down);
}

/// Runs statements by hand, one after another.
fn by_hand(shop: &Shop, statements: &[&str]) {
    statements.iter().for_each(|statement| {
        shop.query(statement);
    });
}

/// What is there besides tables: names and texts.
fn things(shop: &Shop) -> String {
    shop.query(if shop.is_sqlite() {
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'schema_%' AND name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
    } else {
        "SELECT 'relation', relname, relkind, pg_get_viewdef(oid), coalesce(relacl, acldefault('r', relowner)) FROM pg_class WHERE relnamespace = 'public'::regnamespace
           AND relname NOT LIKE 'schema_%'
         UNION ALL SELECT 'function', oid::regprocedure::text, prosecdef::text::\"char\", prosrc, proacl FROM pg_proc
           WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT 'trigger', tgname, tgenabled, pg_get_triggerdef(oid), NULL FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL SELECT 'type', typname, typtype, NULL, typacl FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
         UNION ALL SELECT 'schema', nspname, 's', NULL, nspacl FROM pg_namespace WHERE nspname IN ('app')
         UNION ALL SELECT 'extension', extname, 'x', NULL, NULL FROM pg_extension
         ORDER BY 1, 2"
    })
}

/// Up and down leave the live database as it was; the down says that it leaves `kept` alone.
#[track_caller]
fn comes_back(shop: &Shop, kept: &[&str]) {
    let (before, rows) = (things(shop), shop.query("SELECT count(*) FROM base"));
    shop.run("up").ok();
    let output = shop.run("down --dry-run");
    for kept in kept {
        output.ok().stdout_has(&format!("  {kept} stays, since it was there before\n"));
    }
    let output = shop.run("down");
    output.ok().stdout_has("1 reverted");
    for kept in kept {
        output.stdout_has(&format!("\n  {kept} stays, since it was there before\n"));
    }
    assert_eq!(things(shop), before);
    assert_eq!(shop.query("SELECT count(*) FROM base"), rows);
    // The migration can be applied once more, and taken back once more.
    shop.run("up").ok();
    shop.run("down").ok();
    assert_eq!(things(shop), before);
}

#[test]
fn a_table_that_was_there_keeps_its_rows() {
    for live in both() {
        shop(
            &live,
            "CREATE TABLE IF NOT EXISTS t (a integer);\nCREATE TABLE n (a integer);\n",
            "DROP TABLE n;\nDROP TABLE t;\n",
        );
        by_hand(&live, &["CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1), (2)"]);
        let kept = if live.is_sqlite() { "table t" } else { "table public.t" };
        comes_back(&live, &[kept]);
        assert_eq!(live.query("SELECT count(*) FROM t"), "2");
    }
}

#[test]
fn what_the_up_added_to_a_table_that_was_there_goes() {
    for live in both() {
        let up = "CREATE TABLE IF NOT EXISTS t (a integer);\nCREATE INDEX t_a ON t (a);\nALTER TABLE t ADD COLUMN b integer;\n";
        shop(&live, up, "DROP TABLE t;\n");
        by_hand(&live, &["CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1), (2)"]);
        live.run("up").ok();
        live.query("UPDATE t SET b = 7 WHERE a = 1");
        let output = live.run("down");
        output
            .code(5)
            .error("E0408")
            .stderr_has("which the migration added to a table that was there before, has 1 value");
        assert_eq!(live.applied(), "1 2");
        live.query("UPDATE t SET b = NULL");
        live.run("down").ok();
        assert_eq!(live.query("SELECT * FROM t ORDER BY a"), "1\n2");
        live.run("up").ok();
    }
}

#[test]
fn an_index_that_was_there_stays() {
    for live in both() {
        let up = "CREATE INDEX IF NOT EXISTS found ON base (a);\nCREATE INDEX made ON base (a);\n";
        shop(&live, up, "DROP INDEX found;\nDROP INDEX made;\n");
        live.query("CREATE INDEX found ON base (id)");
        comes_back(&live, &[if live.is_sqlite() { "index base.found" } else { "index public.found" }]);
    }
}

#[test]
fn a_view_that_was_replaced_is_what_it_was() {
    for live in both() {
        let up = "CREATE VIEW v AS SELECT id, a FROM base;\n";
        let up = if live.is_sqlite() {
            format!("DROP VIEW IF EXISTS v;\n{up}")
        } else {
            up.replace("CREATE", "CREATE OR REPLACE")
        };
        shop(&live, &up, "DROP VIEW v;\n");
        live.query("CREATE VIEW v AS SELECT id FROM base");
        let kept: &[&str] = if live.is_sqlite() { &[] } else { &["view public.v"] };
        comes_back(&live, kept);
    }
}

#[test]
fn a_trigger_that_was_there_stays() {
    for live in both() {
        let (up, first, down) = if live.is_sqlite() {
            (
                "CREATE TRIGGER IF NOT EXISTS x AFTER INSERT ON base BEGIN SELECT 1; END;\n",
                "CREATE TRIGGER x AFTER INSERT ON base BEGIN SELECT 2; END",
                "DROP TRIGGER x;\n",
            )
        } else {
            live.query("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
            (
                "CREATE OR REPLACE TRIGGER x AFTER INSERT ON base FOR EACH ROW EXECUTE FUNCTION f();\n",
                "CREATE TRIGGER x BEFORE UPDATE ON base FOR EACH ROW EXECUTE FUNCTION f()",
                "DROP TRIGGER x ON base;\n",
            )
        };
        shop(&live, up, down);
        live.query(first);
        comes_back(&live, &[if live.is_sqlite() { "trigger base.x" } else { "trigger public.base.x" }]);
    }
}

#[test]
fn several_in_one_statement_are_told_apart() {
    let live = Shop::postgres(project!());
    let up = "CREATE TABLE IF NOT EXISTS t (a integer);\nCREATE TABLE n (a integer);\n";
    shop(&live, up, "DROP TABLE n, t;\n");
    live.query("CREATE TABLE t (a integer); INSERT INTO t VALUES (1)");
    comes_back(&live, &["table public.t"]);
}

#[test]
fn schemas_types_extensions_and_sequences_stay() {
    let live = Shop::postgres(project!());
    let up = "CREATE SCHEMA IF NOT EXISTS app;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE SEQUENCE IF NOT EXISTS s;
DO $$ BEGIN CREATE TYPE mood AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE app.t (m public.mood);
ALTER TABLE base ADD COLUMN IF NOT EXISTS c integer;
";
    let down = "ALTER TABLE base DROP COLUMN c;\nDROP TABLE app.t;\nDROP TYPE mood;\nDROP SEQUENCE s;\nDROP EXTENSION hstore;\nDROP SCHEMA app;\n";
    shop(&live, up, down);
    live.query(
        "CREATE SCHEMA app; CREATE EXTENSION hstore; CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('a');
         ALTER TABLE base ADD COLUMN c integer; INSERT INTO base VALUES (1, 2, 3)",
    );
    comes_back(
        &live,
        &["schema app", "extension hstore", "sequence public.s", "enum type public.mood", "column public.base.c"],
    );
    assert_eq!(live.query("SELECT * FROM base"), "1|2|3");
}

#[test]
fn what_no_statement_can_be_told_of_is_refused() {
    let live = Shop::postgres(project!());
    shop(&live, "CREATE SCHEMA IF NOT EXISTS app;\nCREATE TABLE app.n (a integer);\n", "DROP SCHEMA app CASCADE;\n");
    live.query("CREATE SCHEMA app; CREATE VIEW app.v AS SELECT 1 AS a");
    live.run("up").ok();
    live.file("V2__more.down.sql", "DO $$ BEGIN DROP TABLE app.n; DROP SCHEMA app CASCADE; END $$;\n");
    live.run("repair --downs --yes").ok();
    let before = things(&live);
    live.run("down --dry-run").code(5).error("E0408");
    let output = live.run("down");
    output.code(5).error("E0408");
    output.stderr_has("error[E0408]: migration 2 more was not taken back\n");
    output.stderr_has("the down would drop schema app, which was there before the migration");
    output.stderr_has("hint: to lose it: `schemactl down --accept-data-loss`");
    assert_eq!(things(&live), before);
    assert_eq!(live.applied(), "1 2");
    live.run("down --accept-data-loss").ok();
}

#[test]
fn a_function_that_is_made_again_is_no_more_open_than_it_was() {
    let live = Shop::postgres(project!());
    let role = format!("r_{}", std::process::id());
    shop(
        &live,
        "DROP FUNCTION secret(integer);
CREATE FUNCTION secret(integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
DROP VIEW v;
",
        "DROP FUNCTION secret(integer);
CREATE FUNCTION secret(integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE VIEW v AS SELECT id FROM base;
",
    );
    live.query(&format!(
        "CREATE ROLE {role};
         CREATE FUNCTION secret(integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
         REVOKE ALL ON FUNCTION secret(integer) FROM PUBLIC; GRANT EXECUTE ON FUNCTION secret(integer) TO {role};
         COMMENT ON FUNCTION secret(integer) IS 'mind it'; ALTER FUNCTION secret(integer) OWNER TO {role};
         CREATE VIEW v WITH (security_barrier) AS SELECT id FROM base; GRANT SELECT ON v TO {role}; ALTER VIEW v OWNER TO {role}"
    ));
    let facts = "SELECT proowner::regrole, proacl, obj_description(oid) FROM pg_proc WHERE proname = 'secret'
                 UNION ALL SELECT relowner::regrole, coalesce(relacl, acldefault('r', relowner)), reloptions::text FROM pg_class WHERE relname = 'v'";
    let before = live.query(facts);
    comes_back(&live, &[]);
    assert_eq!(live.query(facts), before);
    live.query(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_table_that_is_made_again_keeps_owner_rights_and_row_security() {
    let live = Shop::postgres(project!());
    let role = format!("t_{}", std::process::id());
    shop(&live, "DROP TABLE gone;\n", "CREATE TABLE gone (a integer, b integer);\n");
    live.query(&format!(
        "CREATE ROLE {role}; CREATE TABLE gone (a integer, b integer); REVOKE ALL ON gone FROM PUBLIC; GRANT SELECT (a) ON gone TO {role};
         COMMENT ON COLUMN gone.a IS 'one'; COMMENT ON TABLE gone IS 'two'; ALTER TABLE gone SET (fillfactor = 50);
         ALTER TABLE gone ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON gone USING (a = 1)"
    ));
    let facts = "SELECT coalesce(relacl, acldefault('r', relowner)), reloptions, relrowsecurity, obj_description(oid, 'pg_class') FROM pg_class WHERE relname = 'gone'
                 UNION ALL SELECT attacl, NULL, NULL, col_description(attrelid, attnum) FROM pg_attribute
                   WHERE attrelid = 'gone'::regclass AND attname = 'a'
                 UNION ALL SELECT NULL, NULL, NULL, pg_get_expr(polqual, polrelid) FROM pg_policy";
    let before = live.query(facts);
    live.run("up").ok();
    live.run("down").ok();
    assert_eq!(live.query(facts), before);
    live.query(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_table_that_only_this_database_had_makes_the_verdict_lossy() {
    for live in both() {
        let down = "-- schemactl: verdict = lossless\nDROP TABLE n;\n";
        shop(&live, "DROP TABLE IF EXISTS only_here;\nCREATE TABLE n (a integer);\n", down);
        by_hand(&live, &["CREATE TABLE only_here (a integer)", "INSERT INTO only_here VALUES (1)"]);
        let name = if live.is_sqlite() { "only_here" } else { "public.only_here" };
        live.run("plan").ok().stdout_has("  drops what is in table only_here: 1 row\n");
        let output = live.run("up");
        output.ok().stderr_has(&format!("migration 2: it dropped table {name}, which its down does not bring back"));
        let verdict = live.query("SELECT verdict FROM schema_migrations WHERE version = 2");
        assert!(verdict.starts_with("lossy: ") && verdict.contains(name), "{verdict}");
        // Its rows are kept, and the down makes no table for them: with the record they would be gone.
        live.run("down").code(5);
        live.run("down --accept-data-loss").ok();
        // Where it was not there, nothing was lost.
        live.run("up").ok();
        assert_eq!(live.query("SELECT verdict FROM schema_migrations WHERE version = 2"), "lossless");
    }
}

#[test]
fn one_by_one_what_was_there_stays_as_well() {
    let live = Shop::postgres(project!());
    let up =
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS found ON base (a);\nCREATE INDEX CONCURRENTLY made ON base (id, a);\n";
    shop(&live, up, "DROP INDEX CONCURRENTLY found;\nDROP INDEX CONCURRENTLY made;\n");
    live.query("CREATE INDEX found ON base (a)");
    comes_back(&live, &["index public.found"]);
}

#[test]
fn an_earlier_release_made_the_history() {
    for live in both() {
        shop(&live, "CREATE TABLE IF NOT EXISTS t (a integer);\n", "DROP TABLE t;\n");
        live.query("CREATE TABLE t (a integer)");
        live.query("ALTER TABLE schema_migrations DROP COLUMN found");
        let before = live.content();
        live.run("status").ok();
        live.run("plan").ok().stdout_has("rehearsed: 1 of 1 step");
        live.run("down --dry-run").ok();
        assert_eq!(live.content(), before);
        live.run("up").ok();
        live.run("down").ok().stdout_has("stays, since it was there before");
        // What that release applied may have found anything.
        live.run("up").ok();
        live.query("UPDATE schema_migrations SET found = NULL");
        let output = live.run("down");
        output.code(5).error("E0408").stderr_has("what it found was not recorded, and its down has `DROP TABLE t`");
        live.run("down --accept-data-loss").ok();
    }
}

#[test]
fn the_library_of_an_earlier_release_takes_it_back() {
    let files = |version: usize| {
        let folder = tempfile::tempdir().unwrap();
        let all = [
            ("V1__base.sql", "CREATE TABLE base (id integer);"),
            ("V1__base.down.sql", "DROP TABLE base;"),
            ("V2__more.sql", "CREATE TABLE IF NOT EXISTS t (a integer); CREATE TABLE n (a integer);"),
            ("V2__more.down.sql", "DROP TABLE n; DROP TABLE t;"),
        ];
        for (name, text) in &all[..version * 2] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Migrations::read(folder.path()).unwrap()
    };
    let mut connection = schemactl_test_support::rusqlite::Connection::open_in_memory().unwrap();
    schemactl::sqlite::up(&mut connection, &files(1)).unwrap();
    connection.execute_batch("CREATE TABLE t (a integer); INSERT INTO t VALUES (1)").unwrap();
    schemactl::sqlite::up_with(&mut connection, &files(2), &Target::Latest, &Options::new()).unwrap();
    let report = schemactl::sqlite::down(&mut connection, &files(1), Back::Steps(1), &Options::new()).unwrap();
    assert_eq!(report.steps()[0].notes, ["table t stays, since it was there before"]);
    assert_eq!(sqlite::query(&connection, "SELECT count(*) FROM t"), "1");
}

#[test]
fn a_function_with_another_result_is_what_it_was() {
    let live = Shop::postgres(project!());
    let up = "CREATE OR REPLACE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS 'SELECT 2';
CREATE OR REPLACE VIEW w AS SELECT 1 AS a, 2 AS b;
CREATE OR REPLACE RULE r AS ON DELETE TO base DO ALSO NOTIFY two;
CREATE OR REPLACE AGGREGATE g(integer) (sfunc = int4pl, stype = integer, initcond = '2');
";
    let down = "DROP AGGREGATE g(integer);\nDROP RULE r ON base;\nDROP VIEW w;\nDROP PROCEDURE p();\nDROP FUNCTION f(integer);\n";
    shop(&live, up, down);
    live.query(
        "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
         CREATE VIEW w AS SELECT 1 AS a; GRANT SELECT ON w TO PUBLIC; CREATE RULE r AS ON DELETE TO base DO ALSO NOTIFY one;
         CREATE AGGREGATE g(integer) (sfunc = int4pl, stype = integer, initcond = '1')",
    );
    comes_back(
        &live,
        &[
            "view public.w",
            "rule public.base.r",
            "aggregate public.g(integer)",
            "procedure public.p()",
            "function public.f(integer)",
        ],
    );
    let aggregate = "SELECT agginitval FROM pg_aggregate WHERE aggfnoid = 'g(integer)'::regprocedure";
    assert_eq!(live.query(aggregate), "1");
    assert!(live.query("SELECT definition FROM pg_rules WHERE rulename = 'r'").contains("one"));
}

#[test]
fn a_value_of_an_enum_that_was_there_is_not_taken_away() {
    let live = Shop::postgres(project!());
    let down = "ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('a');
ALTER TABLE m ALTER COLUMN m TYPE mood USING m::text::mood;
DROP TYPE mood_old;
";
    live.query("CREATE SCHEMA other; CREATE TYPE other.mood AS ENUM ('x')");
    shop(&live, "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'b';\n", down);
    live.query("CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE m (m mood)");
    live.run("up").ok();
    live.run("down").code(5).error("E0408").stderr_has("value public.mood.b, which was there before the migration");
    assert_eq!(live.query("SELECT enum_range(NULL::mood)"), "{a,b}");
}

#[test]
fn what_is_there_in_another_schema_is_not_taken_for_it() {
    let live = Shop::postgres(project!());
    shop(&live, "CREATE TABLE IF NOT EXISTS t (a integer);\n", "DROP TABLE t;\n");
    live.query("CREATE SCHEMA other; CREATE TABLE other.t (a integer)");
    live.run("up").ok();
    let output = live.run("down");
    assert!(!output.ok().stdout.contains("stays"), "{}", output.text());
    assert_eq!(live.query("SELECT to_regclass('public.t') IS NULL, to_regclass('other.t') IS NULL"), "t|f");
}

#[test]
fn a_repeatable_migration_finds_more_with_each_text() {
    for live in both() {
        shop(&live, "CREATE TABLE unused (a integer);\n", "DROP TABLE unused;\n");
        let first = "CREATE TABLE IF NOT EXISTS n (a integer);\n";
        live.file("V3__again.sql", format!("-- schemactl: repeat = changed\n{first}"));
        live.file("V3__again.down.sql", "DROP TABLE n;\n");
        live.run("up").ok();
        live.query("CREATE TABLE t (a integer)");
        live.file(
            "V3__again.sql",
            format!("-- schemactl: repeat = changed\n{first}CREATE TABLE IF NOT EXISTS t (a integer);\n"),
        );
        live.file("V3__again.down.sql", "DROP TABLE t;\nDROP TABLE n;\n");
        live.run("up").ok();
        let kept = if live.is_sqlite() { "table t" } else { "table public.t" };
        let output = live.run("down");
        output.ok().stdout_has(&format!("  {kept} stays, since it was there before\n"));
        assert!(!output.stdout.contains("table n"), "{}", output.text());
        assert_eq!(live.query("SELECT count(*) FROM t"), "0");
    }
}

/// Steps 2 to 4 of a database whose history an earlier release made, at version 1.
fn made_by_an_earlier_release(live: &Shop) {
    live.file("V1__base.sql", "CREATE TABLE log (step integer NOT NULL);\n");
    live.run("up").ok();
    live.query("ALTER TABLE schema_migrations DROP COLUMN found");
    for step in 2..=4 {
        live.file(
            &format!("V{step}__more.sql"),
            format!("CREATE TABLE IF NOT EXISTS t{step} (a integer);\nINSERT INTO log VALUES ({step});\n"),
        );
    }
}

#[test]
fn ten_start_at_once_over_the_history_of_an_earlier_release() {
    for live in both() {
        made_by_an_earlier_release(&live);
        let starters: Vec<_> = (0..10).map(|_| live.project.spawn(["up"])).collect();
        for starter in starters {
            starter.wait().ok();
        }
        assert_eq!(live.query("SELECT step FROM log ORDER BY step"), "2\n3\n4");
        assert_eq!(
            live.query("SELECT version FROM schema_migrations WHERE found IS NOT NULL ORDER BY version"),
            "2\n3\n4"
        );
    }
}

/// Who may write the history and does not own it cannot add the column: the hint is followed, and it goes on.
#[test]
fn a_role_that_does_not_own_the_history_of_an_earlier_release() {
    let live = Shop::postgres(project!());
    made_by_an_earlier_release(&live);
    let role = format!("{}_deployer", live.database().name());
    live.query(&format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations, log TO {role}; GRANT SELECT, INSERT ON schema_migrations_log TO {role}; \
         GRANT CREATE, USAGE ON SCHEMA public TO {role}"
    ));
    let before = live.content();
    live.project.config(&format!("[postgres]\nurl = \"{}\"\n", live.database().url_as(&role)));
    live.run("status").ok();
    live.run("plan").ok().stdout_has("not rehearsed: the history lacks a column, which only its owner may add");
    let output = live.run("up");
    println!("{}", output.text());
    output.code(1).stderr_has("this role may not add the column that it lacks").stderr_has("nothing was changed");
    assert_eq!(live.content(), before);
    let (_, hint) = output.stderr.split_once("or run `").expect("the hint has a statement");
    live.query(hint.split_once('`').expect("it is closed").0);
    live.run("up").ok();
    assert_eq!(live.applied(), "1 2 3 4");
}
