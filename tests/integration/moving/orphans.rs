//! Rows that refer to what is not there, and what a rule makes of them.

use std::time::{Duration, Instant};

use super::document;
use super::odd::Odd;

const ON_SQLITE: &str = "CREATE TABLE agents (id TEXT PRIMARY KEY, boss TEXT);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, agent TEXT, title TEXT);
CREATE TABLE notes (task INTEGER, what TEXT);
CREATE TABLE \"Odd\" (a TEXT, b INTEGER, \"to A\" TEXT, \"to B\" INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;";
const ON_POSTGRES: &str = "CREATE TABLE agents (id text PRIMARY KEY, boss text REFERENCES agents);
CREATE TABLE tasks (id bigint PRIMARY KEY, agent text REFERENCES agents ON DELETE CASCADE, title text);
CREATE TABLE notes (task bigint NOT NULL CONSTRAINT notes_to REFERENCES tasks, what text) PARTITION BY LIST (what);
CREATE TABLE notes_a PARTITION OF notes FOR VALUES IN ('a'); CREATE TABLE notes_b PARTITION OF notes DEFAULT;
CREATE TABLE \"Odd\" (a text, b bigint, \"to A\" text, \"to B\" bigint, PRIMARY KEY (a, b), CONSTRAINT \"odd key\" FOREIGN KEY (\"to A\", \"to B\") REFERENCES \"Odd\");";
const ROWS: &str = "PRAGMA foreign_keys = OFF; PRAGMA journal_mode = WAL;
INSERT INTO agents VALUES ('a', NULL), ('b', 'a'), ('c', 'gone'), ('d', 'c'), ('e', 'd');
INSERT INTO tasks VALUES (1, 'a', 'x'), (2, 'nobody', 'y'), (3, 'e', 'z'), (4, NULL, ''), (5, 'nobody', NULL);
INSERT INTO notes VALUES (1, 'a'), (2, 'a'), (3, 'b'), (3, 'b'), (99, 'c'), (5, 'a');
INSERT INTO \"Odd\" VALUES ('k', 1, NULL, 7), ('k', 2, 'k', 1), ('k', 3, 'k', 99), ('k', 4, 'k', 3);";

fn odd(rules: &str) -> Odd {
    let odd = Odd::new(ON_SQLITE, ON_POSTGRES, ROWS);
    odd.rules(&format!("[map.convert]\n{rules}"));
    odd
}

const RULES: &str = "agents.boss = { orphan = \"skip\" }\ntasks.agent = { orphan = \"null\" }\nnotes.task = { orphan = \"skip\" }\n\"Odd\".\"to B\" = { orphan = \"null\" }\n";

/// What is there, as one text.
fn content(odd: &Odd) -> String {
    odd.database.psql(
        "SELECT string_agg(id, ',' ORDER BY id) FROM agents; SELECT string_agg(id || coalesce(agent, '-'), ',' ORDER BY id) FROM tasks; \
         SELECT string_agg(task || what, ',' ORDER BY task, what) FROM notes; \
         SELECT string_agg(b || coalesce(\"to A\", '-') || coalesce(\"to B\", -1), ',' ORDER BY b) FROM \"Odd\"",
    )
}

const SETTLED: &str = "a,b\n1a,2-,3-,4-,5-\n1a,2a,3b,3b,5a\n1-7,2k1,3k-1,4k3";

#[test]
fn references_become_null_or_rows_stay_behind_as_the_plan_said() {
    let odd = odd(RULES);
    let plan = odd.run("plan");
    plan.ok();
    plan.stdout_has("agents_boss_fkey: 3 rows are left out by the rule orphan, such as id 'c', rowid 3: 'gone'")
        .stdout_has("tasks_agent_fkey: 3 references are made NULL by the rule orphan, such as id 2, rowid 2: 'nobody'")
        .stdout_has("notes_to: 1 row is left out by the rule orphan, such as rowid 5: '99'")
        .stdout_has("odd key: 1 reference is made NULL by the rule orphan, such as a 'k', b 3");
    let plan = document(&odd.run("plan --json"));
    assert_eq!(plan["settled"][0]["constraint"], "agents_boss_fkey");
    let output = odd.run("copy");
    output.ok();
    output
        .stdout_has("left out of agents by the rule orphan: 3")
        .stdout_has("references of tasks made NULL by the rule orphan: 3")
        .stdout_has("rows read = rows written + rows set aside + rows left out");
    assert_eq!(content(&odd), SETTLED);
    let kept = "SELECT source_table, storage_class, count(*) FROM schema_migrations_move_set_aside GROUP BY 1, 2 ORDER BY 1, 2";
    assert_eq!(
        odd.database.psql(kept),
        "Odd|orphan made null|1\nagents|orphan left out|3\nnotes|orphan left out|1\ntasks|orphan made null|3"
    );
    let old = "SELECT (r).agent FROM (SELECT convert_from(value, 'UTF8')::tasks AS r FROM schema_migrations_move_set_aside WHERE source_table = 'tasks') o ORDER BY 1";
    assert_eq!(odd.database.psql(old), "e\nnobody\nnobody");
    odd.run("verify")
        .ok()
        .stdout_has("agents -> public.agents: 5 rows, 3 left out, equal")
        .stdout_has("tasks -> public.tasks: 5 rows, 3 with NULL by the rule orphan, equal");
    // Nobody else's rows; and what is changed afterwards is seen.
    odd.run("copy").ok();
    odd.database.psql("UPDATE tasks SET title = 'other' WHERE id = 2; UPDATE notes SET what = 'a' WHERE task = 3; UPDATE tasks SET agent = 'b' WHERE id = 4");
    odd.run("verify")
        .error("E0806")
        .stdout_has("tasks -> public.tasks: 5 rows, 3 with NULL by the rule orphan, 5 in the target; differs: 0 missing, 0 extra, 2 changed")
        .stdout_has("agent: NULL in SQLite, 'b' in PostgreSQL")
        .stdout_has("title: 'y' in SQLite, 'other' in PostgreSQL")
        .stdout_has("notes -> public.notes");
}

#[test]
fn without_a_rule_orphans_are_refused_or_set_aside() {
    let odd = odd("tasks.agent = { orphan = \"skip\" }\n");
    let plan = odd.run("plan");
    plan.error("E0801")
        .stdout_has("reject agents.agents_boss_fkey: 1 row refers to what is not there")
        .stdout_has("tasks_agent_fkey: 2 rows are left out by the rule orphan")
        .stdout_has("reject notes.notes_to: 3 rows refer to what is not there");
    odd.run("copy --on-reject set-aside").ok().stdout_has("left out of tasks by the rule orphan: 3");
    assert_eq!(content(&odd), "a,b\n1a,4-\n1a\n1-7,2k1");
    odd.run("verify")
        .ok()
        .stdout_has("tasks -> public.tasks: 5 rows, 3 left out, equal")
        .stdout_has("notes -> public.notes: 6 rows, 5 of them without a place, equal");
    let sums = "SELECT sum(rows_read) = sum(rows_written) + sum(rows_set_aside) + sum(rows_orphans) FROM schema_migrations_move_chunks";
    assert_eq!(odd.database.psql(sums), "t");
    odd.run("discard").ok();
    assert_eq!(content(&odd), "");
}

#[test]
fn a_rule_that_cannot_be_is_refused() {
    let odd = odd("");
    for (rules, said) in [
        ("tasks.title = { orphan = \"skip\" }", "`orphan` is for a column of a FOREIGN KEY, and tasks.title is none"),
        ("notes.task = { orphan = \"null\" }", "`orphan` cannot make notes.task NULL: the column is NOT NULL"),
        (
            "\"Odd\".\"to A\" = { orphan = \"null\" }\n\"Odd\".\"to B\" = { orphan = \"skip\" }",
            "have two rules for orphans",
        ),
        ("tasks.agent = { orphan = \"keep\" }", "the rule `orphan` takes \"null\" or \"skip\""),
    ] {
        odd.rules(&format!("[map.convert]\n{rules}\n"));
        odd.run("plan").code(2).error("E0103").stderr_has(said).stderr_has("schema.toml:");
    }
    odd.rules("[map.convert]\n\"*.agent\" = { orphan = \"null\" }\n\"*.boss\" = { orphan = \"skip\" }\n\"*.task\" = { orphan = \"skip\" }\n\"Odd\".\"to B\" = { orphan = \"skip\" }\n");
    odd.sqlite("DELETE FROM \"Odd\" WHERE b > 2");
    odd.run("plan").ok().stdout_has("note: no value needs the rule `orphan` at schema.toml:10:");
    odd.run("plan --no-trial").ok();
}

#[test]
fn a_copy_that_is_killed_settles_them_once() {
    let odd = odd(RULES);
    // Ids that follow a foreign key, which is off when the next run reads the catalog.
    let config = odd.project.read("schema.toml");
    for fault in ["0:chunk written", "3:chunk written", "0:orphans settled", "1:put back"] {
        let output = odd
            .project
            .spawn_with(&[("SCHEMACTL_FAULT", fault)], ["move", "copy", "--skip-plan", "--batch", "2"])
            .wait();
        assert!(!output.status.success(), "{fault}");
    }
    odd.project.config(&config.replace("agents.boss = { orphan = \"skip\" }", "agents.boss = { orphan = \"null\" }"));
    odd.run("copy").error("E0802").stderr_has("agents has rows that other rules or columns made");
    odd.project.config(&config);
    odd.run("copy --jobs 2 --batch 1").ok();
    assert_eq!(content(&odd), SETTLED);
    odd.run("verify").ok();
}

#[test]
fn ids_that_follow_a_key_are_the_same_in_a_run_that_goes_on() {
    let odd = Odd::new(
        "CREATE TABLE agents (id TEXT PRIMARY KEY); CREATE TABLE tasks (id INTEGER PRIMARY KEY, agent TEXT);",
        "CREATE TABLE agents (id uuid PRIMARY KEY); CREATE TABLE tasks (id bigint PRIMARY KEY, agent uuid REFERENCES agents);",
        "INSERT INTO agents VALUES ('a'), ('b'), ('c'); INSERT INTO tasks VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'a');",
    );
    odd.rules("[map.convert]\nagents.id = { uuid5 = \"agents\" }\n");
    let output =
        odd.project.spawn_with(&[("SCHEMACTL_FAULT", "3:chunk written")], ["move", "copy", "--batch", "1"]).wait();
    assert!(!output.status.success());
    odd.run("copy").ok();
    assert_eq!(odd.database.psql("SELECT count(*) FROM tasks JOIN agents ON agents.id = agent"), "4");
    odd.run("verify").ok();
}

#[test]
fn chains_and_circles_of_orphans_take_no_round_for_each_link() {
    let odd = Odd::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER);
         CREATE TABLE chain (id INTEGER PRIMARY KEY, next INTEGER);",
        "CREATE TABLE a (id bigint PRIMARY KEY, b bigint); CREATE TABLE b (id bigint PRIMARY KEY, a bigint REFERENCES a);
         ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; CREATE TABLE chain (id bigint PRIMARY KEY, next bigint REFERENCES chain);",
        "PRAGMA foreign_keys = OFF; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO chain SELECT i, i + 1 FROM n;
         INSERT INTO chain VALUES (9001, 9002), (9002, 9001), (9003, NULL);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO a SELECT i, i FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO b SELECT i, i + 1 FROM n;
         INSERT INTO a VALUES (5000, 5000); INSERT INTO b VALUES (5000, 5000);",
    );
    let began = Instant::now();
    odd.run("copy --on-reject set-aside").ok();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(8), "{took:?}");
    let left = "SELECT string_agg(id::text, ',' ORDER BY id) FROM chain; SELECT string_agg(id::text, ',') FROM a; SELECT string_agg(id::text, ',') FROM b";
    assert_eq!(odd.database.psql(left), "9001,9002,9003\n5000\n5000");
    odd.run("verify").ok();
    odd.run("discard").ok();
    odd.rules(
        "[map.convert]\nchain.next = { orphan = \"skip\" }\na.b = { orphan = \"skip\" }\nb.a = { orphan = \"skip\" }\n",
    );
    let began = Instant::now();
    odd.run("plan")
        .ok()
        .stdout_has("chain_next_fkey: 3000 rows are left out")
        .stdout_has("a_b_fkey: 1000 rows")
        .stdout_has("b_a_fkey: 1000 rows");
    odd.run("copy").ok();
    eprintln!("{took:?} {:?}", began.elapsed());
    assert_eq!(odd.database.psql(left), "9001,9002,9003\n5000\n5000");
    odd.run("verify").ok();
}

#[test]
fn a_reference_that_becomes_null_may_be_what_others_refer_to() {
    let odd = Odd::new(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE m (id INTEGER PRIMARY KEY, p INTEGER); CREATE TABLE c (id INTEGER PRIMARY KEY, m INTEGER); CREATE TABLE d (c INTEGER);",
        "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE m (id bigint PRIMARY KEY, p bigint UNIQUE REFERENCES p);
         CREATE TABLE c (id bigint PRIMARY KEY, m bigint REFERENCES m (p) MATCH FULL); CREATE TABLE d (c bigint REFERENCES c);",
        "PRAGMA foreign_keys = OFF; INSERT INTO p VALUES (1); INSERT INTO m VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1), (2, 2); INSERT INTO d VALUES (1), (2), (NULL)",
    );
    odd.rules("[map.convert]\nm.p = { orphan = \"null\" }\nc.m = { orphan = \"skip\" }\nd.c = { orphan = \"null\" }\n");
    odd.run("plan").ok();
    odd.run("copy").ok();
    let left = "SELECT id || coalesce(p::text, '-') FROM m ORDER BY 1; SELECT id || '' || m FROM c; SELECT coalesce(c::text, '-') FROM d ORDER BY 1";
    assert_eq!(odd.database.psql(left), "11\n2-\n11\n-\n-\n1");
    odd.run("verify").ok();
}
