//! Columns whose values come from elsewhere than a column of SQLite.

use schemactl_test_support::Signal;

use super::document;
use super::odd::Odd;

const ON_SQLITE: &str =
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, a TEXT, b TEXT, doc TEXT, cents INTEGER, made TEXT);";
const ROWS: &str = "INSERT INTO orders VALUES (1, 'x', NULL, '{\"n\": 12345678901234567890, \"s\": \"it''s\"}', 150, '2024-03-01 10:00:00'),
    (2, NULL, 'y', NULL, 0, '2024-03-02 10:00:00'), (3, '', '', '{}', -5, NULL);";

fn orders(on_postgres: &str, rules: &str) -> Odd {
    let odd = Odd::new(ON_SQLITE, on_postgres, ROWS);
    odd.rules(rules);
    odd
}

#[test]
fn sqlite_computes_a_value_of_one_column_or_of_several() {
    let odd = orders(
        "CREATE TABLE orders (id bigint PRIMARY KEY, a text, meta jsonb NOT NULL, n text, wrong_n text, s text, price numeric(10,2), made timestamptz);",
        "sqlite_only = [\"orders.b\", \"orders.doc\", \"orders.cents\"]
[map.convert]
orders.a = { sqlite = \"coalesce(a, b, 'none') -- the first that is there\" }
orders.meta = { sqlite = \"json_object('a', a, 'b', b)\" }
orders.n = { sqlite = \"doc -> '$.n'\" }
orders.wrong_n = { sqlite = \"json_extract(doc, '$.n')\", real = \"text\" }
orders.s = { sqlite = \"doc ->> '$.s'\" }
orders.price = { sqlite = \"cents\", multiply = \"0.01\" }
orders.made = { sqlite = \"datetime(made, '+1 hour')\", zone = \"UTC\" }
",
    );
    let plan = odd.run("plan");
    plan.ok();
    plan.stdout_has("a text: 0 the same\n    3 by the rule sqlite: 'x' becomes 'x'")
        .stdout_has("meta jsonb: 0 the same\n    3 by the rule sqlite")
        .stdout_has("not moved, as the map says: orders.b, orders.doc, orders.cents");
    odd.run("copy").ok();
    let rows = "SELECT id, a, meta, n, wrong_n, s, price, made FROM orders ORDER BY id";
    assert_eq!(
        odd.database.psql(rows),
        "1|x|{\"a\": \"x\", \"b\": null}|12345678901234567890|12345678901234567000|it's|1.50|2024-03-01 11:00:00+00\n\
         2|y|{\"a\": null, \"b\": \"y\"}||||0.00|2024-03-02 11:00:00+00\n3||{\"a\": \"\", \"b\": \"\"}||||-0.05|"
    );
    odd.run("verify").ok().stdout_has("orders -> public.orders: 3 rows, equal");
    odd.database.psql("UPDATE orders SET meta = '{}' WHERE id = 2");
    odd.run("verify").error("E0806").stdout_has("changed id 2").stdout_has("meta:");
}

#[test]
fn an_expression_of_sqlite_is_one_value_that_stays_the_same() {
    let odd = orders("CREATE TABLE orders (id bigint PRIMARY KEY, a text);", "");
    let only =
        "sqlite_only = [\"orders.b\", \"orders.doc\", \"orders.cents\", \"orders.made\"]\n[map.convert]\norders.a = ";
    for (expression, said) in [
        ("random()", "the function random does not give the same each time"),
        ("hex(randomblob(4))", "randomblob"),
        ("changes()", "changes"),
        ("CURRENT_TIMESTAMP", "current_timestamp"),
        ("datetime('NOW')", "'NOW' depends on when or where it is read"),
        ("datetime(made, 'localtime')", "'localtime'"),
        ("strftime('%Y')", "strftime without a time"),
        ("date()", "date without a time"),
        ("count(*)", "misuse of aggregate"),
        ("row_number() OVER ()", "misuse of window function"),
        ("nope", "no such column: nope"),
        ("nope(a)", "no such function: nope"),
        ("?1", "it has a parameter"),
        ("load_extension('x')", "load_extension"),
        ("(SELECT a, b FROM orders)", "2"),
    ] {
        odd.rules(&format!("{only}{{ sqlite = \"{expression}\" }}\n"));
        let output = odd.run("plan");
        output.code(2);
        output
            .error("E0103")
            .stderr_has(said)
            .stderr_has("what `sqlite` says for orders.a is refused")
            .stderr_has("schema.toml:8:14");
    }
    for (expression, said) in [
        ("a, b", "it is several expressions"),
        ("a) FROM orders --", "a parenthesis is closed that was not opened"),
        ("a; DELETE FROM orders", "it holds a semicolon"),
        ("", "it is empty"),
        ("a /* b", "this is none"),
    ] {
        odd.rules(&format!("{only}{{ sqlite = \"{expression}\" }}\n"));
        odd.run("plan").error("E0103").stderr_has(said);
    }
    // The word `now` among the values would be the time of the copy.
    odd.rules(&format!("{only}{{ sqlite = \"datetime(made)\" }}\n"));
    odd.run("plan").ok();
    odd.sqlite("UPDATE orders SET made = ' Now ' WHERE id = 3");
    odd.run("plan").error("E0103").stderr_has("orders.made holds the word `now`");
    // What fails for a row is said, with the way out.
    odd.rules(&format!("{only}{{ sqlite = \"json_extract(a, '$.x')\" }}\n"));
    odd.run("plan").stderr_has("malformed JSON").stderr_has("CASE WHEN json_valid(x)");
}

#[test]
fn a_constant_or_what_the_server_computes_fills_a_column_of_its_own() {
    let odd = orders(
        "CREATE FUNCTION shop_of(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'shop ' || coalesce($1, '-') $$;
         CREATE DOMAIN short AS varchar(9) CHECK (VALUE <> '');
         CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text, b text, cents integer,
            tenant uuid NOT NULL, \"Flag\" boolean NOT NULL, rate numeric(5,2) NOT NULL,
            shop text NOT NULL CHECK (shop <> 'shop z'), eur numeric(10,2) NOT NULL, seen timestamptz NOT NULL, short short,
            twice integer GENERATED ALWAYS AS (cents * 2) STORED);
         CREATE INDEX ON orders (shop);",
        "sqlite_only = [\"orders.doc\", \"orders.made\"]
[map.convert]
\"*.tenant\" = { fill = \"8C7E0C0A-52F5-4E8B-9D0B-6D3B6A6E2F01\" }
orders.Flag = { fill = true }
orders.rate = { fill = 1.5 }
orders.shop = { postgres = \"shop_of(orders.a)\" }
orders.eur = { postgres = \"cents / 100.0 -- of the row\" }
orders.seen = { postgres = \"now()\" }
orders.short = { postgres = \"left(coalesce(nullif(a, ''), b, 'none'), 9)\" }
",
    );
    odd.sqlite("UPDATE orders SET b = NULL WHERE id = 3");
    let plan = odd.run("plan");
    plan.ok();
    plan.stdout_has("tenant uuid: 0 the same")
        .stdout_has("3 by the rule fill")
        .stdout_has(
            "shop computed by PostgreSQL: shop_of(orders.a)\n    3 by the rule postgres: 'shop x' for id 1, rowid 1",
        )
        .stdout_has("seen computed by PostgreSQL: now(); `move verify` cannot compare it");
    let plan = document(&odd.run("plan --json"));
    assert_eq!(plan["computed"][0]["column"], "shop");
    assert_eq!((&plan["computed"][2]["is_compared"], &plan["computed"][2]["rows"]), (&false.into(), &3.into()));
    odd.run("plan --no-trial").ok().stdout_has("shop computed by PostgreSQL: shop_of(orders.a); not tried");
    let copied = document(&{
        let output = odd.run("copy --json --batch 2");
        output.ok();
        output
    });
    assert_eq!((&copied["tables"][0]["rows_written"], &copied["state"]), (&3.into(), &"complete".into()));
    let rows = "SELECT id, tenant = '8c7e0c0a-52f5-4e8b-9d0b-6d3b6a6e2f01', \"Flag\", rate, shop, eur, seen > now() - interval '1 hour', short, twice FROM orders ORDER BY id";
    assert_eq!(
        odd.database.psql(rows),
        "1|t|t|1.50|shop x|1.50|t|x|300\n2|t|t|1.50|shop -|0.00|t|y|0\n3|t|t|1.50|shop |-0.05|t|none|-10"
    );
    odd.run("verify").ok().stdout_has("orders -> public.orders: 3 rows, equal\n  seen is not compared");
    odd.database.psql("UPDATE orders SET shop = 'other' WHERE id = 2; UPDATE orders SET \"Flag\" = false WHERE id = 1");
    odd.run("verify")
        .error("E0806")
        .stdout_has("2 changed")
        .stdout_has("changed id 2\n    shop: 'shop -' in SQLite, 'other' in PostgreSQL")
        .stdout_has("Flag: true in SQLite, false in PostgreSQL");
}

#[test]
fn a_value_may_depend_on_other_columns_of_its_row() {
    let odd = Odd::new(
        "CREATE TABLE agents (id INTEGER PRIMARY KEY, started_at TEXT, stopped_at TEXT, value REAL);",
        "CREATE TABLE agents (id bigint PRIMARY KEY, started_at timestamptz, stopped_at timestamptz, value double precision NOT NULL CHECK (value < 'infinity'), \
         CONSTRAINT agents_times CHECK (stopped_at >= started_at));",
        "INSERT INTO agents VALUES (1, '2025-01-27T10:00:00Z', '2025-01-27T09:00:00Z', 1.5), (2, '2025-01-27T10:00:00Z', '2025-01-27T11:00:00Z', 9e999)",
    );
    odd.run("plan").error("E0801").stdout_has("agents_times").stdout_has("agents_value_check");
    odd.rules(
        "[map.convert]\nagents.value = { sqlite = \"CASE WHEN abs(value) < 9e999 THEN value ELSE 0 END\" }\n\
               agents.stopped_at = { sqlite = \"CASE WHEN stopped_at >= started_at THEN stopped_at END\" }\n",
    );
    odd.run("plan").ok();
    odd.run("copy").ok();
    assert_eq!(
        odd.database.psql("SELECT id, stopped_at, value FROM agents ORDER BY id"),
        "1||1.5\n2|2025-01-27 11:00:00+00|0"
    );
    odd.run("verify").ok();
}

#[test]
fn what_the_server_cannot_compute_is_said_and_nothing_moves_on() {
    let odd = orders(
        "CREATE SEQUENCE numbers; CREATE TABLE noted (a text);
         CREATE FUNCTION noting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO noted VALUES ($1); RETURN $1; END $$;
         CREATE TABLE orders (id bigint PRIMARY KEY, a text, cents integer, extra text NOT NULL);",
        "",
    );
    let map = "postgres_only = [\"noted\"]\nsqlite_only = [\"orders.b\", \"orders.doc\", \"orders.made\"]\n[map.convert]\norders.extra = ";
    for (expression, said) in [
        ("nextval('numbers')", "cannot execute nextval() in a read-only transaction"),
        ("noting(a)", "cannot execute INSERT in a read-only transaction"),
        ("1 / cents", "division by zero"),
        ("nope", "column \"nope\" does not exist"),
        ("count(*)", "aggregate functions are not allowed"),
        ("generate_series(1, 2)", "set-returning functions are not allowed"),
        ("extra", "column \"extra\" does not exist"),
        ("nullif(a, 'x')", "reject orders.extra: 2 rows do not keep it\n  NOT NULL"),
        ("array[1]", "extra: it cannot be computed"),
    ] {
        odd.rules(&format!("{map}{{ postgres = \"{expression}\" }}\n"));
        let output = odd.run("plan");
        if expression != "array[1]" {
            output.code(3);
            output.error("E0801").stdout_has(said);
        }
    }
    assert_eq!(odd.database.psql("SELECT last_value, is_called FROM numbers; SELECT count(*) FROM noted"), "1|f\n0");
    for expression in ["a, cents", "a) FROM orders; DROP TABLE noted --", "\\\\gexec"] {
        odd.rules(&format!("{map}{{ postgres = \"{expression}\" }}\n"));
        odd.run("plan").error("E0103").stderr_has("one expression");
    }
    odd.rules(&format!("{map}{{ postgres = \"count(*)\" }}\n"));
    odd.run("copy --skip-plan").error("E0103").stderr_has("aggregate functions").stderr_has("nothing was written");
    // Without a plan a row that cannot be computed is refused where it comes, or set aside.
    odd.rules(&format!("{map}{{ postgres = \"1 / cents\" }}\n"));
    odd.run("copy --skip-plan").error("E0801").stderr_has("division by zero");
    odd.run("copy --on-reject set-aside").ok();
    assert_eq!(odd.database.psql("SELECT id, extra FROM orders ORDER BY id"), "1|0\n3|0");
    odd.run("verify").ok().stdout_has("3 rows, 1 of them without a place, equal");
}

#[test]
fn a_rule_for_what_is_not_there_or_is_moved_already_is_an_error() {
    let odd = orders(
        "CREATE TABLE orders (id bigint PRIMARY KEY, a text, b text, doc text, cents int, made text, extra int);",
        "",
    );
    for (rules, said) in [
        (
            "orders.a = { fill = 1 }\norders.extra = { fill = 1 }",
            "`fill` is for a column that PostgreSQL alone has, and orders.a is moved",
        ),
        ("orders.a = { postgres = \"b\" }\norders.extra = { fill = 1 }", "`postgres` is for a column"),
        ("orders.extra = { fill = 1, postgres = \"2\" }", "`fill` and `postgres` are both set for orders.extra"),
        ("orders.extra = { fill = \"x\" }", "what `fill` says for orders.extra has no place in a column of integer"),
        ("orders.extra = { fill = 1 }\norders.nope = { fill = 1 }", "orders.nope, which is not moved"),
        ("orders.extra = { fill = [1] }", "the rule `fill` takes a text, a number, true or false"),
    ] {
        odd.rules(&format!("[map.convert]\n{rules}\n"));
        odd.run("plan").code(2).error("E0103").stderr_has(said).stderr_has("schema.toml:");
    }
    odd.rules("[map.convert]\n");
    odd.run("plan").code(3).error("E0414").stderr_has("public.orders.extra is on PostgreSQL alone");
    // Where the values of SQLite are to stay behind, the column is PostgreSQL's own.
    odd.rules("sqlite_only = [\"orders.cents\"]\n[map.convert]\norders.cents = { fill = 7 }\norders.extra = { sqlite = \"cents\" }\n");
    odd.run("copy").ok();
    assert_eq!(odd.database.psql("SELECT cents, extra FROM orders ORDER BY id"), "7|150\n7|0\n7|-5");
    odd.run("verify").ok();
    odd.rules("sqlite_only = [\"orders.cents\"]\n[map.convert]\norders.cents = { fill = 8 }\norders.extra = { sqlite = \"cents\" }\n");
    odd.run("copy").error("E0802").stderr_has("orders has rows that other rules or columns made");
}

#[test]
fn a_copy_with_computed_columns_goes_on_after_it_was_killed() {
    let odd = orders(
        "CREATE TABLE orders (id bigint PRIMARY KEY, a text, cents integer, half integer NOT NULL, tenant text NOT NULL);",
        "sqlite_only = [\"orders.b\", \"orders.doc\", \"orders.made\"]\n[map.convert]\norders.half = { postgres = \"cents / 2\" }\norders.tenant = { fill = \"t\" }\n",
    );
    odd.sqlite("PRAGMA journal_mode = WAL; WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) INSERT INTO orders (id, cents) SELECT i, i * 2 FROM n");
    for fault in ["2:chunk written", "7:chunk written"] {
        let output = odd
            .project
            .spawn_with(&[("SCHEMACTL_FAULT", fault)], ["move", "copy", "--skip-plan", "--batch", "300"])
            .wait();
        assert!(!output.status.success());
    }
    let mut running = odd.project.spawn(["move", "copy", "--skip-plan", "--batch", "20", "--jobs", "2"]);
    std::thread::sleep(std::time::Duration::from_millis(150));
    if !running.has_ended() {
        running.signal(Signal::SIGKILL);
    }
    running.wait();
    odd.run("copy --skip-plan").ok();
    assert_eq!(
        odd.database.psql("SELECT count(*), count(*) FILTER (WHERE half = cents / 2 AND tenant = 't') FROM orders"),
        "3994|3994"
    );
    odd.run("verify").ok();
}
