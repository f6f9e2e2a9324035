//! A sample of the rows, compared on both sides.

use super::odd::Odd;

const ON_SQLITE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE pairs (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID; \
    CREATE TABLE loose (v TEXT);";
const ON_POSTGRES: &str = "CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE loose (v text); \
    CREATE TABLE pairs (v text, b bigint, a text, PRIMARY KEY (b, a)) PARTITION BY RANGE (b); \
    CREATE TABLE pairs_low PARTITION OF pairs FOR VALUES FROM (MINVALUE) TO (1000); CREATE TABLE pairs_high PARTITION OF pairs FOR VALUES FROM (1000) TO (MAXVALUE);";
const ROWS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, 'v' || i FROM n;
    INSERT INTO pairs SELECT 'k' || (id % 3), id, v FROM t; INSERT INTO loose SELECT v FROM t WHERE id <= 50;";

fn copied() -> Odd {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    odd.run("copy").ok();
    odd
}

/// How many rows of a table are said to be compared.
fn compared(text: &str, table: &str) -> u64 {
    let line = text.lines().find(|line| line.starts_with(&format!("{table} -> "))).expect("each table has a line");
    let before = line.split(" compared").next().expect("a part").rsplit(' ').next().expect("a word");
    before.parse().unwrap_or_else(|_| panic!("{line}"))
}

#[test]
fn a_sample_is_said_to_be_one_and_has_about_as_many_rows() {
    let odd = copied();
    let found = odd.run("verify --sample 10%");
    let text = found.ok().stdout.clone();
    assert!((120..290).contains(&compared(&text, "t")), "{text}");
    assert!((120..290).contains(&compared(&text, "pairs")), "{text}");
    assert!(text.contains("loose -> public.loose: 50 rows, equal"), "a table without a key is compared whole: {text}");
    assert!(text.contains("nothing differs in the sample: "), "{text}");
    assert!(text.contains("says nothing of the other rows"), "{text}");
    let rows = odd.run("verify --sample 100 --seed 7").ok().stdout.clone();
    assert!((50..160).contains(&compared(&rows, "t")), "{rows}");
    let again = odd.run("verify --sample 100 --seed 7").ok().stdout.clone();
    assert_eq!((compared(&rows, "t"), compared(&rows, "pairs")), (compared(&again, "t"), compared(&again, "pairs")));
    odd.run("verify --sample 5000").ok().stdout_has("t -> public.t: 2000 rows, 2000 compared, equal");
    let document = odd.run("verify --sample 100 --seed 7 --json").ok().stdout.clone();
    let json: serde_json::Value = serde_json::from_str(&document).expect("it is one document");
    assert_eq!(json["sample"]["seed"], 7);
    assert_eq!(json["tables"][0]["sampled"].is_null(), json["tables"][0]["name"] == "loose");
}

#[test]
fn what_differs_in_the_sample_is_found_and_named() {
    let odd = copied();
    odd.database.psql("UPDATE t SET v = 'other'; DELETE FROM pairs; INSERT INTO pairs SELECT 'new', id, v FROM t");
    let text = odd.run("verify --sample 5% --seed 1").code(3).stdout.clone();
    let of_t = compared(&text, "t");
    assert!(text.contains(&format!("differs: 0 missing, 0 extra, {of_t} changed in the sample")), "{text}");
    let of_pairs = compared(&text, "pairs");
    assert!(text.contains(&format!("differs: {of_pairs} missing")), "{text}");
    // The rows that are too many have a chance of their own to be of the sample.
    assert!(!text.contains(&format!("differs: {of_pairs} missing, 0 extra")), "{text}");
}

#[test]
fn a_count_tells_what_the_sample_does_not() {
    let odd = copied();
    // A seed whose sample has not the row that goes.
    let seed = (0..40).find(|seed| {
        odd.database.psql("DELETE FROM t WHERE id = 1000");
        let found = odd.run(&format!("verify --sample 1% --seed {seed}"));
        found.code(3).stdout.contains("2000 rows, ")
            && found.stdout.contains("differs: 0 missing, 0 extra, 0 changed in the sample")
    });
    assert!(seed.is_some(), "most seeds leave out one row of two thousand");
}

#[test]
fn wrong_sizes_are_refused_by_their_name() {
    let odd = Odd::new("CREATE TABLE t (id INTEGER PRIMARY KEY);", "CREATE TABLE t (id bigint PRIMARY KEY);", "");
    for wrong in ["0", "0%", "101%", "x", "-1", "1.00001%", "%"] {
        odd.run(&format!("verify --sample={wrong}")).code(2).stderr_has("a number of rows, or a share such as 1%");
    }
    odd.run("verify --seed 1").code(2);
}

#[test]
fn a_sample_is_compared_while_the_source_is_followed() {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    odd.run("follow --until-level").ok();
    odd.sqlite("UPDATE t SET v = 'later' WHERE id % 2 = 0; DELETE FROM pairs WHERE b < 100; INSERT INTO t VALUES (9999, 'new')");
    let text = odd.run("verify --sample 50%").ok().stdout.clone();
    assert!(text.contains("the source is followed: "), "{text}");
    // While it is followed, what has no key has the rowid.
    assert!(compared(&text, "loose") < 50, "{text}");
    odd.run("follow --until-level").ok();
    odd.run("verify --sample 50%").ok().stdout_has("t -> public.t: 2001 rows, ");
}
