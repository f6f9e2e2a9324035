//! What does not compile after a step, and what a down would take: told by `plan`, `up` and `down --dry-run`, of what the database has.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

/// A view and a trigger on SQLite, functions on PostgreSQL, that name `log.note`, which the second migration takes away.
fn with_uses(shop: &Shop, second: &str) {
    let uses = if shop.is_sqlite() {
        "CREATE VIEW v AS SELECT note FROM log;\n\
         CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO log (note) VALUES (new.x); END;\n"
    } else {
        "CREATE FUNCTION v() RETURNS SETOF text LANGUAGE sql AS 'SELECT note FROM log';\n\
         CREATE FUNCTION t(i integer) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM log WHERE log.note = $1::text';\n\
         CREATE FUNCTION good() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM log';\n\
         CREATE SCHEMA app; CREATE TABLE app.mine (y integer);\n\
         CREATE FUNCTION app.own() RETURNS SETOF integer LANGUAGE sql SET search_path = app, pg_temp AS 'SELECT y FROM mine';\n"
    };
    shop.file("V1__start.sql", format!("CREATE TABLE a (x text);\nCREATE TABLE log (note text, z integer);\n{uses}"));
    shop.file("V2__second.sql", second);
    shop.file("V3__third.sql", "CREATE TABLE c (x integer);\nALTER TABLE c ADD y integer;\n");
}

/// What is told of the uses after the second migration, with what stands before each.
fn told(shop: &Shop) -> [&'static str; 2] {
    if shop.is_sqlite() {
        ["view v does not compile: ", "trigger t on a does not compile: "]
    } else {
        [
            "function v() does not compile: column \"note\" does not exist",
            "function t(integer) does not compile: column log.note does not exist",
        ]
    }
}

fn both() -> [Shop; 2] {
    [Shop::sqlite(project!()), Shop::postgres(project!())]
}

/// The same, and nothing is kept of rows: what a down takes is all that protects them.
fn unrecorded() -> [Shop; 2] {
    [Shop::unrecorded(project!()), Shop::unrecorded_postgres(project!())]
}

/// SQLite drops no column that a view names: a table that is made again does without it.
fn loses_note(shop: &Shop) -> &'static str {
    if shop.is_sqlite() {
        "DROP TABLE log;\nCREATE TABLE log (z integer);\n"
    } else {
        "ALTER TABLE log DROP COLUMN note;\n"
    }
}

#[test]
fn a_plan_tells_what_would_not_compile_and_up_tells_it_once() {
    for shop in both() {
        with_uses(&shop, loses_note(&shop));
        shop.run("up --to 1").ok();
        let before = shop.content();
        for command in ["plan", "up --dry-run"] {
            let output = shop.run(command);
            println!("{}", output.text());
            let stdout = &output.ok().stdout;
            for told in told(&shop) {
                let line = format!("  warning: {told}");
                assert_eq!(stdout.matches(&line).count(), 1, "{told}\n{stdout}");
                assert!(stdout.find(&line) < stdout.find("apply 3 third"), "{stdout}");
            }
            assert_eq!(stdout.matches("warning: ").count(), 2, "{stdout}");
        }
        assert_eq!(shop.content(), before);
        let json = shop.run("plan --json");
        json.ok().stdout_has(if shop.is_sqlite() { "\"view v does not" } else { "\"function v() does not" });
        let output = shop.run("up");
        println!("{}", output.text());
        for told in told(&shop) {
            output.ok().stderr_has(&format!("WARNING: after migration 2 second: {told}"));
        }
        assert_eq!(output.stderr.matches("does not compile").count(), 2, "{}", output.stderr);
    }
}

/// What was so before is no work of the steps, and told apart.
#[test]
fn what_did_not_compile_before_is_told_apart() {
    for shop in both() {
        with_uses(&shop, loses_note(&shop));
        shop.run("up --to 2").ok();
        let output = shop.run("plan");
        println!("{}", output.text());
        assert!(!output.ok().stdout.contains("  warning: "), "{}", output.text());
        for told in told(&shop) {
            output.stdout_has(&format!("so it is before the first step: {told}"));
        }
        let output = shop.run("up");
        println!("{}", output.text());
        for told in told(&shop) {
            output.ok().stderr_has(&format!("NOTICE: so it was before this run: {told}"));
        }
        output.lacks("WARNING");
        // Nothing to do, nothing to tell.
        shop.run("up").ok().lacks("compile");
    }
}

#[test]
fn a_step_statement_by_statement_and_steps_together_tell_it_too() {
    for shop in both() {
        with_uses(&shop, &format!("-- schemactl: transaction = none\n{}", loses_note(&shop)));
        let output = shop.run("up");
        println!("{}", output.text());
        for told in told(&shop) {
            output.ok().stderr_has(&format!("WARNING: after migration 2 second: {told}"));
        }
    }
    for shop in both() {
        with_uses(&shop, loses_note(&shop));
        let output = shop.run("up --transaction all");
        println!("{}", output.text());
        for told in told(&shop) {
            output.ok().stderr_has(&format!("WARNING: after the steps up to migration 3 third: {told}"));
        }
    }
}

#[test]
fn a_down_that_leaves_what_does_not_compile_tells_it() {
    for shop in both() {
        shop.file("V1__log.sql", "CREATE TABLE log (z integer);\n");
        shop.file("V2__note.sql", "ALTER TABLE log ADD note text;\n");
        shop.file(
            "V2__note.down.sql",
            if shop.is_sqlite() {
                "DROP TABLE log; CREATE TABLE log (z integer);\n"
            } else {
                "ALTER TABLE log DROP COLUMN note;\n"
            },
        );
        shop.run("up").ok();
        shop.query(if shop.is_sqlite() {
            "CREATE VIEW v AS SELECT note FROM log"
        } else {
            "CREATE FUNCTION v() RETURNS SETOF text LANGUAGE sql AS 'SELECT note FROM log'"
        });
        let output = shop.run("down --dry-run");
        println!("{}", output.text());
        output.ok().stdout_has(if shop.is_sqlite() {
            "  warning: view v does not compile"
        } else {
            "  warning: function v() does not compile"
        });
        let output = shop.run("down --accept-data-loss");
        output.ok().stderr_has("WARNING: after migration 2 note: ");
    }
}

#[test]
fn strings_in_double_quotes_are_told_by_a_plan() {
    let shop = Shop::sqlite(project!());
    shop.file("V1__a.sql", "CREATE TABLE a (x);\n");
    shop.file("V2__b.sql", "SELECT 1;\nUPDATE a SET x = \"active\";\n");
    shop.file("V3__c.sql", "-- schemactl: transaction = none\nUPDATE a SET x = \"gone\";\n");
    let output = shop.run("plan");
    println!("{}", output.text());
    output.ok().stdout_has(
        "  warning: migrations/sqlite/V2__b.sql:2:1: a string in double quotes, which are for names: no such column: ",
    );
    let output = shop.run("up");
    println!("{}", output.text());
    output
        .ok()
        .stderr_has("V2__b.sql:2:1: a string in double quotes")
        .stderr_has("V3__c.sql:2:1: a string in double quotes");
}

/// E of the consent: what a down takes is measured where it is rehearsed, cascades and what a DO block drops included.
#[test]
fn a_dry_run_of_downs_measures_what_they_take() {
    for shop in unrecorded() {
        shop.file("V1__a.sql", "CREATE TABLE role (name text PRIMARY KEY);\nCREATE TABLE member (id integer PRIMARY KEY, role text REFERENCES role (name) ON DELETE CASCADE);\n");
        shop.file("V2__editor.sql", "INSERT INTO role VALUES ('editor');\n");
        shop.file("V2__editor.down.sql", "DELETE FROM role WHERE name = 'editor';\n");
        shop.file("V3__b.sql", "CREATE TABLE b (x integer);\n");
        shop.file("V3__b.down.sql", "DROP TABLE b;\n");
        shop.run("up").ok();
        shop.query("INSERT INTO member VALUES (1, 'editor'), (2, 'editor')");
        shop.query("INSERT INTO b VALUES (1), (2), (3)");
        let before = shop.content();
        let output = shop.run("down --to 1 --dry-run");
        println!("{}", output.text());
        output.ok().stdout_has("loses table b: 3 rows").stdout_has("loses table role: 1 row deleted");
        output.stdout_has("loses table member: 2 rows deleted").stdout_has("asks for --accept-data-loss");
        output.lacks("not measured");
        let output = shop.run("down --to 1 --dry-run --no-rehearsal");
        output.ok().stdout_has("loses table role: 1 row deleted").stdout_has("was not measured");
        assert_eq!(shop.content(), before);
        let output = shop.run("down --to 1");
        println!("{}", output.text());
        output.code(5).says(&["b: 3 rows", "role: 1 row deleted", "--dry-run"]);
        assert_eq!(shop.content(), before);
    }
}

#[test]
fn a_dry_run_measures_what_a_block_drops() {
    let shop = Shop::postgres(project!());
    shop.file("V1__a.sql", "CREATE TABLE a (x integer);\n");
    shop.file("V2__b.sql", "CREATE TABLE p_1 (x integer);\nCREATE TABLE p_2 (x integer);\n");
    shop.file("V2__b.down.sql", "DO $$ DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_class WHERE relname LIKE 'p\\__' LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END $$;\n");
    shop.run("up").ok();
    shop.query("INSERT INTO p_1 SELECT generate_series(1, 30); INSERT INTO p_2 VALUES (1)");
    let before = shop.content();
    let output = shop.run("down --dry-run");
    println!("{}", output.text());
    output.ok().stdout_has("p_1: 30 rows").stdout_has("p_2: 1 row");
    assert_eq!(shop.content(), before);
    let output = shop.run("down");
    println!("{}", output.text());
    output.code(5);
}

/// What a body in PL/pgSQL names is looked at where the extension is that can.
#[test]
fn plpgsql_is_checked_where_its_checker_is_installed() {
    let shop = Shop::postgres(project!());
    if shop.query("SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'") == "0" {
        return;
    }
    shop.query("CREATE SCHEMA ext; CREATE EXTENSION plpgsql_check SCHEMA ext");
    shop.file(
        "V1__start.sql",
        "CREATE TABLE a (x text);\nCREATE TABLE log (note text, z integer);\n\
         CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log (note) VALUES (new.x); RETURN new; END';\n\
         CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION t();\n\
         CREATE FUNCTION good() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT max(z) FROM log); END';\n\
         CREATE SCHEMA app; CREATE TABLE app.mine (y integer);\n\
         CREATE FUNCTION app.own() RETURNS integer LANGUAGE plpgsql SET search_path = app, pg_temp AS 'BEGIN RETURN (SELECT max(y) FROM mine); END';\n",
    );
    shop.file("V2__second.sql", "ALTER TABLE log DROP COLUMN note;\n");
    shop.run("up --to 1").ok().lacks("compile");
    let told = "function t() on a does not compile: column \"note\" of relation \"log\" does not exist";
    let output = shop.run("plan");
    println!("{}", output.text());
    output.ok().stdout_has(&format!("  warning: {told}"));
    let output = shop.run("up");
    output.ok().stderr_has(&format!("WARNING: after migration 2 second: {told}"));
    assert_eq!(output.stderr.matches("compile").count(), 1, "{}", output.stderr);
}

/// The proof tells it too, where it came to be.
#[test]
fn a_proof_tells_what_does_not_compile() {
    for shop in both() {
        with_uses(&shop, loses_note(&shop));
        let output = shop.run("prove");
        println!("{}", output.text());
        for told in told(&shop) {
            assert_eq!(output.text().matches(told).count(), 1, "{told}\n{}", output.text());
        }
    }
}

/// Each step that loses more than its text says refuses on its own: what was taken back before it is told.
#[test]
fn a_step_that_refuses_says_what_was_taken_back_before_it() {
    for shop in unrecorded() {
        shop.file("V1__a.sql", "CREATE TABLE role (name text PRIMARY KEY);\nCREATE TABLE member (id integer PRIMARY KEY, role text REFERENCES role (name) ON DELETE CASCADE);\nCREATE TABLE gate (x integer);\n");
        if shop.is_sqlite() {
            shop.file(
                "V2__b.sql",
                "CREATE TRIGGER t AFTER DELETE ON gate BEGIN DELETE FROM role; END;\nINSERT INTO gate VALUES (1);\n",
            );
            shop.file("V2__b.down.sql", "DELETE FROM gate WHERE x = 1;\nDROP TRIGGER t;\n");
        } else {
            shop.file(
                "V2__b.sql",
                "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM role; RETURN NULL; END';\n\
                CREATE TRIGGER t AFTER DELETE ON gate EXECUTE FUNCTION f();\nINSERT INTO gate VALUES (1);\n",
            );
            shop.file("V2__b.down.sql", "DELETE FROM gate WHERE x = 1;\nDROP TRIGGER t ON gate;\nDROP FUNCTION f();\n");
        }
        for (version, name) in [(3, "c"), (4, "d")] {
            shop.file(&format!("V{version}__{name}.sql"), format!("CREATE INDEX i_{name} ON member (role);\n"));
            shop.file(&format!("V{version}__{name}.down.sql"), format!("DROP INDEX i_{name};\n"));
        }
        shop.run("up").ok();
        shop.query("INSERT INTO role VALUES ('e')");
        shop.query("INSERT INTO member VALUES (1, 'e'), (2, 'e')");
        let output = shop.run("down --to 1 --dry-run");
        println!("{}", output.text());
        output.ok().stdout_has("loses table member: 2 rows deleted").stdout_has("loses table role: 1 row deleted");
        let output = shop.run("down --to 1");
        println!("{}", output.text());
        output
            .code(5)
            .stderr_has("gate: 1 row deleted")
            .stderr_has("look at all that goes first: the same command with `--dry-run`");
        assert_eq!(shop.applied(), "1 2 3 4");
        // Where the first look finds nothing to be lost.
        let hidden = if shop.is_sqlite() {
            "DROP TRIGGER t;\nDELETE FROM gate WHERE x = 1 AND (SELECT count(*) FROM sqlite_schema WHERE name = 'i_c') = 0;\n"
        } else {
            "DELETE FROM gate WHERE x = 1 AND to_regclass('i_c') IS NULL;\nDROP TRIGGER t ON gate;\nDROP FUNCTION f();\n"
        };
        shop.file("V2__b.down.sql", hidden);
        shop.run("repair --downs --yes").ok();
        let output = shop.run("down --to 1");
        println!("{}", output.text());
        output
            .code(5)
            .error("E0408")
            .stderr_has("rolled back; steps 1 to 2 of 3 were taken back before it, and database")
            .stderr_has("is at version 2\n");
        assert_eq!(shop.applied(), "1 2");
    }
}
