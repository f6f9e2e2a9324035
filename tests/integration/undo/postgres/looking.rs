//! `undo show` names what is in the way of a down, and takes no lock for it but for reading.

use super::hand::Twins;

const ROLES: &str = "CREATE TABLE role (name text PRIMARY KEY, rank int);
CREATE TABLE member (id int PRIMARY KEY, role text REFERENCES role);
CREATE TABLE grade (id int PRIMARY KEY, member int REFERENCES member);
CREATE TABLE plain (x int, y text);
";
const ROWS: &str = "INSERT INTO role VALUES ('guest', 1), ('admin', 9), ('reader', 3); INSERT INTO member VALUES (1, 'guest'); \
    INSERT INTO plain VALUES (1, 'a'), (1, 'a'), (2, 'b');";
const UP: &str = "INSERT INTO role VALUES ('editor', 3), ('chief', 4);
INSERT INTO member VALUES (7, 'editor');
UPDATE role SET rank = rank + 1 WHERE name IN ('guest', 'reader');
DELETE FROM role WHERE name = 'admin';
INSERT INTO plain VALUES (3, 'c'), (3, 'c');
DELETE FROM plain WHERE x = 2;
";

/// The lines about what is in the way, of `undo show` and of the dry run.
#[track_caller]
fn both(twins: &Twins) -> [Vec<String>; 2] {
    let lines = |output: &str, before: &str| {
        let mut lines: Vec<String> =
            output.lines().filter_map(|line| line.trim().strip_prefix(before)).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let shown = twins.run("undo show 2");
    let tried = twins.run("down --dry-run");
    shown.ok();
    [lines(&shown.stdout, "in the way of a down: "), lines(&tried.stdout, "does not put back ")]
}

#[test]
fn it_says_what_the_dry_run_says() {
    for (between, count) in [
        ("SELECT 1", 0),
        ("UPDATE role SET rank = 0 WHERE name = 'guest'", 1),
        (
            "UPDATE role SET rank = 0 WHERE name = 'guest'; DELETE FROM role WHERE name IN ('reader', 'chief'); INSERT INTO role VALUES ('admin', 1)",
            3,
        ),
        ("INSERT INTO member VALUES (8, 'chief')", 1),
        // The row that the up inserted stays for the newer one, and so does the one to which it refers.
        ("INSERT INTO grade VALUES (1, 7)", 2),
        ("DELETE FROM plain WHERE x = 3", 1),
        (
            "ALTER TABLE role ADD COLUMN note text; UPDATE role SET note = 'mine' WHERE name = 'editor'; INSERT INTO role VALUES ('newer', 1)",
            1,
        ),
        ("ALTER TABLE role DROP COLUMN rank CASCADE", 1),
    ] {
        let twins = Twins::new(ROLES, ROWS);
        twins.second(UP, None);
        twins.run("up").ok();
        assert!(twins.is_kept(2), "{}", twins.reason(2));
        twins.own.psql(between);
        let [shown, tried] = both(&twins);
        assert_eq!(shown, tried, "{between}");
        assert_eq!(shown.len(), count, "{between} {shown:?}");
    }
}

#[test]
fn it_waits_for_no_row_and_keeps_none_from_anybody() {
    let twins = Twins::new(ROLES, ROWS);
    twins.second(UP, None);
    twins.run("up").ok();
    twins.own.psql("UPDATE role SET rank = 0 WHERE name = 'guest'");
    let mut other = twins.own.session();
    other.run("BEGIN;\nUPDATE role SET rank = 7; SELECT FROM member FOR UPDATE; LOCK TABLE role IN EXCLUSIVE MODE; LOCK TABLE schema_migrations_undo_rows IN EXCLUSIVE MODE");
    twins
        .run("undo show 2")
        .ok()
        .stdout_has("in the way of a down: table role: 1 row was changed since (name = 'guest')");
    // Who holds it for himself is not waited for: then it is not known.
    other.run("LOCK TABLE role IN ACCESS EXCLUSIVE MODE");
    twins.run("undo show 2").ok().stdout_has("what is in the way was not looked at");
    other.run("ROLLBACK");
    // Nothing was written.
    assert_eq!(twins.own.psql("SELECT count(verdict) FROM schema_migrations_undo_rows"), "0");
}

#[test]
fn it_looks_where_nothing_may_be_written() {
    let twins = Twins::new(ROLES, ROWS);
    twins.second(UP, None);
    twins.run("up").ok();
    twins.own.psql("UPDATE role SET rank = 0 WHERE name = 'guest'");
    let url = format!("{}&options=-c%20default_transaction_read_only%3Don", twins.own.url());
    twins.at(&url);
    twins
        .run("undo show 2")
        .ok()
        .stdout_has("in the way of a down: table role: 1 row was changed since (name = 'guest')");
    twins.run("undo show 2 --json").ok().stdout_has("\"in_the_way\": [\n");
}
