//! Rows that rules leave out: counted, named, and accounted for by every later run.

use super::document;
use super::odd::Odd;

const ON_SQLITE: &str = "CREATE TABLE agents (id INTEGER PRIMARY KEY, seen TEXT, day TEXT, n TEXT);
CREATE TABLE beats (space TEXT, id INTEGER, agent INTEGER, at TEXT, PRIMARY KEY (space, id)) WITHOUT ROWID;
CREATE TABLE logs (at TEXT, what TEXT);";
const ON_POSTGRES: &str = "CREATE TABLE agents (id bigint PRIMARY KEY, seen timestamptz, day date, n integer);
CREATE TABLE beats (space text, id bigint, agent bigint REFERENCES agents, at timestamp NOT NULL, PRIMARY KEY (space, id));
CREATE TABLE logs (at timestamptz, what text);";
const ROWS: &str = "INSERT INTO agents VALUES (1, datetime('now', '-40 days'), '2024-12-31', 'x'), (2, datetime('now'), '2025-01-01', '2'), (3, NULL, NULL, '3');
INSERT INTO beats VALUES ('a', 1, 2, datetime('now', '-31 days')), ('a', 2, 2, datetime('now', '-29 days')), ('b', 1, 3, datetime('now', '-100 days'));
INSERT INTO logs VALUES ('soon', 'a'), (datetime('now', '-2 days'), 'b'), (datetime('now', '+2 days'), 'c'), (datetime('now', '-2 days'), 'b');";
const RULES: &str = "[map.convert]
agents.seen = { zone = \"UTC\", older_than = \"30 days\" }
beats.at = { older_than = \"30 days\" }
logs.at = { zone = \"UTC\", null_words = [\"soon\"], before = \"2999-01-01T00:00:00Z\" }
";

fn odd(rules: &str) -> Odd {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    odd.rules(rules);
    odd
}

#[test]
fn rows_that_are_too_old_are_left_out_and_counted() {
    let odd = odd(RULES);
    let plan = odd.run("plan");
    // A value of a row that is left out needs no place.
    plan.ok();
    plan.stdout_has(
        "agents -> public.agents: 3 rows, 1 left out\n  seen timestamptz: 1 the same\n    1 by the rule zone",
    )
    .stdout_has("1 row from before 20")
    .stdout_has("is left out by the rule older_than, such as id 1, rowid 1: '20")
    .stdout_has("beats -> public.beats: 3 rows, 2 left out")
    .stdout_has("3 rows from before 2999-01-01 00:00:00+00 are left out by the rule before, such as rowid 2");
    let plan = document(&odd.run("plan --json"));
    assert_eq!(
        (&plan["tables"][0]["left_out_rows"], &plan["tables"][0]["columns"][1]["left_out"]["rule"]),
        (&1.into(), &"older_than".into())
    );
    let output = odd.run("copy");
    output.ok();
    output
        .stdout_has(" agents          3        2          0         1")
        .stdout_has("rows read = rows written + rows set aside + rows left out")
        .stdout_has("left out of logs by the rule older_than or before: 3");
    assert_eq!(
        odd.database.psql("SELECT id FROM agents; SELECT space, id FROM beats; SELECT at, what FROM logs"),
        "2\n3\na|2\n|a"
    );
    let copied = document(&odd.run("status --json"));
    assert_eq!(
        (&copied["tables"][1]["rows_left_out"], &copied["tables"][1]["left_out"]["older_than"]),
        (&2.into(), &2.into())
    );
    odd.run("verify").ok().stdout_has("beats -> public.beats: 3 rows, 2 left out, equal");
    odd.run("verify --report verified.md").ok();
    assert!(odd.project.read("verified.md").contains("| logs | 4 | 1 | 0 | 3 | 0 | 0 | 0 | 0 |"));
    // One that is not to be there is told, and one that is missing too.
    odd.database.psql("INSERT INTO beats VALUES ('a', 1, 2, '2025-01-01'); DELETE FROM agents WHERE id = 3");
    odd.run("verify").error("E0806").stdout_has("extra space 'a', id 1").stdout_has("missing id 3");
}

#[test]
fn the_moment_is_that_at_which_the_copy_began() {
    let odd = odd(&RULES.replace("30 days", "3 seconds").replace("beats.at = { older_than = \"3 seconds\" }\n", ""));
    odd.sqlite("DELETE FROM agents; INSERT INTO agents (id, seen) VALUES (1, datetime('now', '+1 second')), (2, datetime('now', '-1 hours')); DELETE FROM beats;
        WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO agents (id, seen) SELECT i, strftime('%Y-%m-%d %H:%M:%f', 'now') FROM n;");
    let output = odd
        .project
        .spawn_with(&[("SCHEMACTL_FAULT", "2:chunk written")], ["move", "copy", "--skip-plan", "--batch", "100"])
        .wait();
    assert!(!output.status.success());
    std::thread::sleep(std::time::Duration::from_secs(4));
    odd.run("plan").ok().stdout_has("agents -> public.agents: 500 rows, 1 left out");
    odd.run("copy --jobs 2 --batch 50").ok();
    assert_eq!(odd.database.psql("SELECT count(*) FROM agents"), "499");
    odd.run("verify").ok().stdout_has("agents -> public.agents: 500 rows, 1 left out, equal");
    // A rule that changes after the beginning is refused.
    let config = odd.project.read("schema.toml");
    odd.project.config(&config.replace("3 seconds", "2 seconds"));
    odd.run("copy").error("E0802").stderr_has("agents has rows that other rules or columns made");
}

#[test]
fn what_refers_to_rows_that_are_left_out_is_told_by_the_plan() {
    let odd = odd(
        "[map.convert]\nagents.day = { before = \"2025-01-02T00:00:00Z\" }\nagents.seen = { zone = \"UTC\" }\n\"logs.at\" = { zone = \"UTC\", null_words = [\"soon\"] }\n",
    );
    odd.sqlite("UPDATE agents SET n = 1");
    let plan = odd.run("plan");
    plan.error("E0801").stdout_has("beats_agent_fkey: 2 rows refer to what is not there");
    odd.run("copy --on-reject set-aside").ok();
    assert_eq!(odd.database.psql("SELECT id FROM agents; SELECT space, id FROM beats"), "3\nb|1");
    odd.run("verify")
        .ok()
        .stdout_has("agents -> public.agents: 3 rows, 2 left out, equal")
        .stdout_has("3 rows, 2 of them without a place, equal");
}

#[test]
fn a_rule_that_leaves_nothing_out_is_noted_and_one_for_no_time_is_refused() {
    let odd = odd(
        "[map.convert]\nagents.day = { older_than = \"99999 days\" }\n\"*.seen\" = { zone = \"UTC\" }\n\"logs.at\" = { zone = \"UTC\", null_words = [\"soon\"] }\n",
    );
    odd.sqlite("UPDATE agents SET n = 1");
    odd.run("plan").ok().stdout_has("note: no value needs the rule `older_than` at schema.toml:7:16");
    for (rule, said) in [
        (
            "agents.n = { older_than = \"1 day\" }",
            "`older_than` is for a column of times or dates, and agents.n is integer on PostgreSQL",
        ),
        ("agents.day = { older_than = \"1 month\" }", "the rule `older_than` takes a span such as"),
        ("agents.day = { before = \"yesterday\" }", "the rule `before` takes a time with its zone"),
        ("agents.day = { before = \"2025-01-01T00:00:00Z\", older_than = \"1 day\" }", "are both set for agents.day"),
        ("nobody.day = { older_than = \"1 day\" }", "which is not moved"),
    ] {
        odd.rules(&format!("[map.convert]\n{rule}\n"));
        odd.run("plan").code(2).error("E0103").stderr_has(said).stderr_has("schema.toml:7");
    }
}
