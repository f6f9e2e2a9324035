//! Types of columns beyond numbers and texts, and columns that one side computes: copied, followed by nothing else than their values.

use super::odd::Odd;

const ON_SQLITE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, host TEXT, net TEXT, mac TEXT, mac8 TEXT, span TEXT, at TEXT, flags TEXT, loose TEXT,
    grid TEXT, hosts TEXT, spans TEXT, ranks TEXT, marks TEXT);";
const ON_POSTGRES: &str = "CREATE DOMAIN rank AS integer CHECK (VALUE > 0);
CREATE DOMAIN mark AS text CHECK (VALUE <> '');
CREATE TABLE t (id bigint PRIMARY KEY, host inet, net cidr, mac macaddr, mac8 macaddr8, span interval, at timetz, flags bit(4), loose varbit(9),
    grid integer[][], hosts inet[], spans interval[], ranks rank[], marks mark[][]);
CREATE INDEX ON t USING gist (host inet_ops);";
const ROWS: &str = r#"INSERT INTO t VALUES
    (1, '10.0.0.1', '10.0.0.0/8', '08:00:2B:01:02:03', '08-00-2b-ff-fe-01-02-03', 'P1DT2H', '09:15:30.5+05:30', '1010', 'b01',
     '[[1, 2], [3, null]]', '["10.0.0.1", "::1/64"]', '["1 day", "PT90S"]', '[1, 2]', '[["a"], ["b c"]]'),
    (2, '::ffff:10.0.0.1', '::/0', '0800.2b01.0203', NULL, '-1 day, 23:59:59.5', '24:00:00Z', 'xF', '',
     '[]', '[]', '[null]', '[null]', NULL),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);"#;

#[test]
fn each_type_is_tried_copied_and_compared() {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    let plan = odd.run("plan");
    plan.ok().stdout_has("another form of the value: 'P1DT2H' becomes '1 day 02:00:00'");
    odd.run("copy").ok();
    odd.run("verify").ok().stdout_has("t -> public.t: 3 rows, equal");
    assert_eq!(
        odd.database.psql("SELECT * FROM t ORDER BY id"),
        "1|10.0.0.1|10.0.0.0/8|08:00:2b:01:02:03|08:00:2b:ff:fe:01:02:03|1 day 02:00:00|09:15:30.5+05:30|1010|01|\
         {{1,2},{3,NULL}}|{10.0.0.1,::1/64}|{\"1 day\",00:01:30}|{1,2}|{{a},{\"b c\"}}\n\
         2|::ffff:10.0.0.1|::/0|08:00:2b:01:02:03||-1 days +23:59:59.5|24:00:00+00|1111||{}|{}|{NULL}|{NULL}|\n3|||||||||||||"
    );
    odd.database.psql("UPDATE t SET span = '26:00:00', grid = '{{1,2},{4,NULL}}', host = '10.0.0.1/24', loose = '0', at = '03:45:30.5+00' WHERE id = 1");
    let found = odd.run("verify");
    found.code(3);
    for line in [
        "span: '1 day 02:00:00' in SQLite, '26:00:00' in PostgreSQL",
        "grid: '{{1,2},{3,NULL}}' in SQLite, '{{1,2},{4,NULL}}' in PostgreSQL",
        "host: '10.0.0.1' in SQLite, '10.0.0.1/24' in PostgreSQL",
        "loose: '01' in SQLite, '0' in PostgreSQL",
        "at: '09:15:30.5+05:30' in SQLite, '03:45:30.5+00' in PostgreSQL",
    ] {
        found.stdout_has(line);
    }
}

#[test]
fn an_element_that_its_domain_refuses_is_a_finding_of_the_plan() {
    let odd = Odd::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, ranks TEXT);",
        "CREATE DOMAIN rank AS integer CHECK (VALUE > 0); CREATE TABLE t (id bigint PRIMARY KEY, ranks rank[]);",
        "INSERT INTO t VALUES (1, '[1]'), (2, '[0]');",
    );
    odd.run("plan").code(3).stdout_has("reject t.ranks").stdout_has("public.rank[]");
    odd.sqlite("UPDATE t SET ranks = '[3]' WHERE id = 2");
    odd.run("copy").ok();
    odd.run("verify").ok();
    assert_eq!(odd.database.psql("SELECT ranks FROM t ORDER BY id"), "{1}\n{3}");
}

#[test]
fn what_has_another_meaning_elsewhere_is_refused_with_why() {
    let odd = Odd::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, price TEXT, span INTEGER, host TEXT, grid TEXT);",
        "CREATE TABLE t (id bigint PRIMARY KEY, price money, span interval, host inet, grid integer[]);",
        "INSERT INTO t VALUES (1, '1.50', 90, '010.0.0.1', '[[1], [2, 3]]');",
    );
    let plan = odd.run("plan");
    plan.code(3);
    plan.stdout_has("reject 1: money is another amount under another lc_monetary");
    plan.stdout_has("ask 1: a number, and the column keeps intervals: what it counts is not said");
    plan.stdout_has("rule: sqlite = \"<the column> || ' seconds'\"");
    plan.stdout_has("reject 1: no address: neither four numbers without zeros in front");
    plan.stdout_has("reject 1: arrays in an array that are empty or not of one length");
    odd.sqlite("UPDATE t SET price = NULL, host = NULL, grid = NULL");
    odd.rules("[map.convert]\nt.span = { sqlite = \"span || ' seconds'\" }\n");
    odd.run("copy").ok();
    assert_eq!(odd.database.psql("SELECT span FROM t"), "00:01:30");
}

#[test]
fn what_sqlite_alone_computes_is_moved_as_its_value() {
    let odd = Odd::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, cents INTEGER, euros REAL AS (cents / 100.0) STORED, twice INTEGER AS (cents * 2), name TEXT, \
         lower_name TEXT NOT NULL AS (lower(name)));",
        "CREATE TABLE t (id bigint PRIMARY KEY, cents integer, euros numeric(10,2), twice integer GENERATED ALWAYS AS (cents * 2) STORED, name text, \
         lower_name text NOT NULL);",
        "INSERT INTO t (id, cents, name) VALUES (1, 150, 'Ada'), (2, NULL, 'Bob');",
    );
    odd.run("plan").ok().stdout_has("euros numeric(10,2): 1 the same").stdout_has("real to numeric: 1.5 becomes 1.50");
    odd.run("copy").ok();
    odd.run("verify").ok();
    assert_eq!(odd.database.psql("SELECT * FROM t ORDER BY id"), "1|150|1.50|300|Ada|ada\n2||||Bob|bob");
    odd.database.psql("UPDATE t SET euros = 2 WHERE id = 1");
    odd.run("verify").code(3).stdout_has("euros: 1.50 in SQLite, 2.00 in PostgreSQL");
}

#[test]
fn what_postgresql_alone_computes_takes_no_values() {
    let odd = Odd::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, cents INTEGER, twice INTEGER);",
        "CREATE TABLE t (id bigint PRIMARY KEY, cents integer, twice integer GENERATED ALWAYS AS (cents * 2) STORED);",
        "INSERT INTO t VALUES (1, 150, 300);",
    );
    odd.run("plan").code(3).stderr_has("column t.twice has values of its own, and PostgreSQL computes public.t.twice");
    odd.rules("sqlite_only = [\"t.twice\"]\n");
    odd.run("copy").ok();
    assert_eq!(odd.database.psql("SELECT * FROM t"), "1|150|300");
}

#[test]
fn what_sqlite_alone_computes_is_followed() {
    let odd = Odd::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, lower_name TEXT AS (lower(name)) UNIQUE);",
        "CREATE TABLE t (id bigint, name text, lower_name text PRIMARY KEY);",
        "INSERT INTO t (id, name) VALUES (1, 'Ada'), (2, 'Bob');",
    );
    odd.run("follow --until-level").ok();
    odd.sqlite("UPDATE t SET name = 'Eve' WHERE id = 1; INSERT INTO t (id, name) VALUES (3, 'ADA'); DELETE FROM t WHERE id = 2");
    odd.run("follow --until-level").ok();
    odd.run("verify").ok();
    assert_eq!(odd.database.psql("SELECT id, name, lower_name FROM t ORDER BY id"), "1|Eve|eve\n3|ADA|ada");
}
