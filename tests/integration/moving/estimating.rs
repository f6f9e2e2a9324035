//! What a plan says that a copy would cost, beside what it costs.

use super::odd::Odd;

const ON_SQLITE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL, w TEXT, n INTEGER); CREATE TABLE small (id INTEGER PRIMARY KEY); CREATE TABLE none (id INTEGER PRIMARY KEY);";
const ON_POSTGRES: &str = "CREATE DOMAIN word AS text CHECK (VALUE <> '');
    CREATE TABLE t (id bigint PRIMARY KEY, v word NOT NULL, w text UNIQUE, n integer, made timestamptz NOT NULL DEFAULT now(), twice integer GENERATED ALWAYS AS (n * 2) STORED);
    CREATE INDEX ON t (v); CREATE INDEX ON t (lower(w)) WHERE n > 10; CREATE TABLE small (id bigint PRIMARY KEY); CREATE TABLE none (id bigint PRIMARY KEY);
    ALTER TABLE small ADD UNIQUE (id) DEFERRABLE;";

/// Rows that grow, so that the first ones are not like the others.
const ROWS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
    INSERT INTO t SELECT i, 'some text of a row ' || (i * 7919 % 60000), CASE WHEN i % 3 THEN hex(randomblob(i / 300)) || i END, i % 100 FROM n;
    INSERT INTO small VALUES (1), (2);";

fn plan(odd: &Odd, options: &str) -> serde_json::Value {
    let found = odd.run(&format!("plan --json{options}"));
    serde_json::from_str(&found.ok().stdout).expect("it is one document")
}

#[test]
fn the_estimate_is_near_what_the_copy_takes() {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    odd.rules("postgres_only = [\"t.made\"]\n");
    let estimate = plan(&odd, "")["estimate"].clone();
    assert_eq!(estimate["rows"], 60_002, "{estimate}");
    assert!(estimate["unknown"].is_null(), "{estimate}");
    let copied: serde_json::Value =
        serde_json::from_str(&odd.run("copy --json").ok().stdout).expect("it is one document");
    assert_eq!(estimate["bytes"], copied["run"]["bytes"], "{estimate} {copied}");
    let size: u64 = odd
        .database
        .psql("SELECT pg_total_relation_size('t') + pg_total_relation_size('small') + pg_total_relation_size('none')")
        .parse()
        .expect("a number");
    let (least, most) = (estimate["size"]["least"].as_u64().unwrap(), estimate["size"]["most"].as_u64().unwrap());
    assert!(least <= most && most <= least * 3, "{estimate}");
    assert!(size * 10 >= least * 7 && size * 10 <= most * 15, "{size} bytes, and {estimate}");
    let time = &estimate["duration_ms"];
    assert!(time["least"].as_u64() <= time["most"].as_u64(), "{estimate}");
}

#[test]
fn what_is_not_known_is_said() {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    odd.rules("postgres_only = [\"t.made\"]\n");
    let estimate = plan(&odd, " --no-trial")["estimate"].clone();
    assert_eq!(estimate["rows"], 60_002);
    assert!(estimate["bytes"].as_u64() > Some(10_000_000), "{estimate}");
    assert!(estimate["size"].is_null() && estimate["duration_ms"].is_null(), "{estimate}");
    assert_eq!(estimate["unknown"], "nothing was tried on the server");
    odd.run("plan --no-trial").ok().stdout_has("how long, is not known: nothing was tried on the server");
    odd.run("plan")
        .ok()
        .stdout_has("a copy sends 60002 rows, ")
        .stdout_has(" on PostgreSQL, indexes included; it takes about ");
}
