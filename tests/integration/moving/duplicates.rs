//! Rows that are there more than once by what is unique on PostgreSQL.

use super::document;
use super::odd::Odd;

const ON_SQLITE: &str = "CREATE TABLE people (id TEXT PRIMARY KEY, mail TEXT, nick TEXT);
CREATE TABLE alerts (kind TEXT, status TEXT, n INTEGER);
CREATE TABLE turns (session TEXT, turn INTEGER, what TEXT, seq INTEGER, PRIMARY KEY (session, seq)) WITHOUT ROWID;";
const ON_POSTGRES: &str = "CREATE TABLE people (id uuid PRIMARY KEY, mail text CONSTRAINT \"one mail\" UNIQUE, nick text);
CREATE UNIQUE INDEX people_nick ON people (lower(nick));
CREATE TABLE alerts (kind text, status text, n integer);
CREATE UNIQUE INDEX alerts_open ON alerts (kind) WHERE status = 'open';
CREATE TABLE turns (session text, turn integer, what text, seq bigint, PRIMARY KEY (session, seq), UNIQUE (session, turn));";
const ROWS: &str = "PRAGMA journal_mode = WAL;
INSERT INTO people VALUES ('11111111-1111-4111-8111-111111111111', 'a', 'Ann'), ('11111111111141118111111111111111', 'b', NULL),
    ('21111111-1111-4111-8111-111111111111', 'c', 'ANN'), ('31111111-1111-4111-8111-111111111111', 'c', 'Cem'), ('41111111-1111-4111-8111-111111111111', NULL, 'Di'), ('51111111-1111-4111-8111-111111111111', NULL, NULL);
INSERT INTO alerts VALUES ('x', 'open', 1), ('x', 'closed', 2), ('x', 'open', 3), ('y', 'open', 4), ('x', 'open', 5), ('x', 'closed', 6);
INSERT INTO turns VALUES ('s', 1, 'a', 1), ('s', 1, 'b', 2), ('s', 2, 'c', 3), ('t', 1, 'd', 1);";

fn odd(rules: &str) -> Odd {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    odd.rules(rules);
    odd
}

const RULES: &str = "[map.unique]\npeople.\"one mail\" = \"last\"\npeople.people_nick = \"first\"\npeople.people_pkey = \"first\"\nalerts.alerts_open = \"last\"\nturns.turns_session_turn_key = \"first\"\n";

fn content(odd: &Odd) -> String {
    odd.database.psql(
        "SELECT string_agg(left(id::text, 1) || coalesce(mail, '-'), ',' ORDER BY id) FROM people; SELECT string_agg(n::text, ',' ORDER BY n) FROM alerts; \
         SELECT string_agg(what, ',' ORDER BY what) FROM turns",
    )
}

#[test]
fn the_row_stays_that_a_rule_names() {
    let odd = odd(RULES);
    let plan = odd.run("plan");
    plan.ok();
    plan.stdout_has("one mail: 1 row is left out by the rule duplicates, such as id '21111111")
        .stdout_has("people_pkey: 1 row is left out by the rule duplicates, such as id '11111111111141118111111111111111', rowid 2")
        .stdout_has("alerts_open: 2 rows are left out by the rule duplicates, such as rowid 1: '''x'''".replace("'''", "'").as_str())
        .stdout_has("note: no value needs the rule `people_nick` at schema.toml:8:");
    assert_eq!(document(&odd.run("plan --json"))["settled"][0]["rule"], "duplicates");
    for arguments in ["copy --jobs 2 --batch 1", "copy", "copy --skip-plan --batch 2"] {
        let output = odd.run(arguments);
        output.ok();
        output
            .stdout_has("left out of people by the rule duplicates: 2")
            .stdout_has("left out of alerts by the rule duplicates: 2");
        assert_eq!(content(&odd), "1a,3c,4-,5-\n2,4,5,6\na,c,d", "{arguments}");
        odd.run("verify").ok().stdout_has("turns -> public.turns: 4 rows, 1 left out, equal");
        let kept =
            "SELECT storage_class, row_name, reason FROM schema_migrations_move_set_aside WHERE source_table = 'turns'";
        assert_eq!(
            odd.database.psql(kept),
            "duplicate left out|session 's', seq 2|its key is there more than once: turns_session_turn_key of public.turns, by the rule `duplicates`"
        );
        odd.run("discard").ok();
    }
}

#[test]
fn without_a_rule_all_of_them_are_refused_or_set_aside() {
    let odd = odd("");
    odd.run("plan").error("E0801").stdout_has("reject people.people_pkey: 2 rows are there more than once");
    let output = odd.run("copy --on-reject set-aside --batch 1 --jobs 2");
    output.ok();
    assert_eq!(content(&odd), "4-,5-\n2,4,6\nc,d");
    let kept =
        "SELECT source_table, storage_class, count(*) FROM schema_migrations_move_set_aside GROUP BY 1, 2 ORDER BY 1";
    assert_eq!(odd.database.psql(kept), "alerts|duplicate|3\npeople|duplicate|4\nturns|duplicate|2");
    odd.run("verify").ok().stdout_has("people -> public.people: 6 rows, 4 of them without a place, equal");
    // One that was mended since is missing, whatever its rowid is.
    odd.sqlite("UPDATE alerts SET kind = 'z' WHERE n = 1; UPDATE turns SET turn = 7 WHERE what = 'b'");
    odd.run("verify")
        .error("E0806")
        .stdout_has("missing kind 'z', status 'open', n 1")
        .stdout_has("missing session 's', seq 2");
    let sums = "SELECT sum(rows_read), sum(rows_written) + sum(rows_set_aside) FROM schema_migrations_move_chunks";
    assert_eq!(odd.database.psql(sums), "16|16");
}

#[test]
fn a_copy_that_is_killed_keeps_the_same_rows() {
    let odd = odd(RULES);
    odd.sqlite("WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO alerts SELECT 'k' || (i % 500), 'open', i FROM n");
    for fault in ["0:duplicates decided", "2:chunk written", "5:chunk written"] {
        let arguments = ["move", "copy", "--skip-plan", "--batch", "100", "--jobs", "2"];
        let output = odd.project.spawn_with(&[("SCHEMACTL_FAULT", fault)], arguments).wait();
        assert!(!output.status.success(), "{fault}");
    }
    let config = odd.project.read("schema.toml");
    odd.project.config(&config.replace("alerts_open = \"last\"", "alerts_open = \"first\""));
    odd.run("copy --skip-plan").error("E0802").stderr_has("alerts has rows that other rules or columns made");
    odd.project.config(&config);
    odd.run("copy --skip-plan").ok();
    assert_eq!(odd.database.psql("SELECT count(*), min(n) FROM alerts WHERE kind LIKE 'k%'"), "500|2501");
    odd.run("verify").ok();
}

#[test]
fn a_line_for_what_is_not_there_is_an_error() {
    let odd = odd("");
    for (rules, said) in [
        ("people.nope = \"first\"", "people has no key, unique constraint or unique index nope"),
        ("nobody.nope = \"first\"", "is for tables that are moved, and nobody is none"),
        ("people.people_nick = \"newest\"", "`people_nick` in `unique` is \"first\" or \"last\""),
    ] {
        odd.rules(&format!("[map.unique]\n{rules}\n"));
        odd.run("plan").code(2).error("E0103").stderr_has(said).stderr_has("schema.toml:7");
    }
    odd.rules("[map.unique]\npeople.nope = \"first\"\n");
    odd.run("plan").stderr_has("those that it has: one mail, people_nick, people_pkey");
}
