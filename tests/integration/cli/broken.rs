//! Files that cannot be read as migrations, and words that are no commands.

use schemactl_test_support::project;

use super::{migration, query, shop};

#[test]
fn i39_a_broken_file_does_not_stop_status_and_down() {
    for (file, text, why) in [
        ("V3__add_note.sql", "-- write the statements here\n", "V3__add_note.sql holds no statement"),
        ("V2__other.sql", "SELECT 1;\n", "version 2 twice"),
        ("V2_add_more.sql", "SELECT 1;\n", "two underscores stand between"),
        ("V4__x.down", "SELECT 1;\n", "V4__x.down: the name of a migration, but for the ending `.sql`"),
        ("V2__gone.down.sql", "SELECT 1;\n", "version 2 twice"),
        ("V5__x.sql.txt", "SELECT 1;\n", "did you mean `V5__x.sql`?"),
    ] {
        let project = shop();
        project.run(["up"]).ok();
        project.file(&format!("migrations/sqlite/{file}"), text);
        let status = project.run(["status"]);
        status.ok().stdout_has("1  create_orders").stdout_has("broken: ").stdout_has(why).stdout_has("1 broken");
        status.lacks("missing").lacks("newer");
        project.run(["status", "--check"]).code(3).stderr_has("1 broken");
        project.run(["status", "--json"]).ok().stdout_has("\"broken\": [").stdout_has("\"broken\": 1");
        project.run(["up"]).code(1);
        project.run(["down", "--dry-run"]).ok().stdout_has("2 add_total");
        let down = project.run(["down"]);
        down.ok().stdout_has("reverted 2 add_total").stderr_has("passed over, since the database knows what is needed");
        assert_eq!(query(&project, "SELECT count(*) FROM schema_migrations"), "1", "{file}");
    }
}

#[test]
fn i39_a_file_that_is_half_written_says_what_to_do() {
    let project = shop();
    project.run(["new", "add", "note"]).ok();
    project.run(["up"]).code(1).stderr_has("error[E0309]").stderr_has("hint: write the SQL into it");
    project.run(["down"]).ok();
}

#[test]
fn i39_a_folder_that_is_gone_does_not_stop_down() {
    let project = shop();
    project.run(["up"]).ok();
    std::fs::rename(project.path().join("migrations"), project.path().join("elsewhere")).unwrap();
    project.run(["status"]).code(1).stderr_has("there is no such folder of migrations");
    project.run(["down"]).ok().stdout_has("reverted 2 add_total").stderr_has("no such folder of migrations");
}

#[test]
fn i39_what_systems_and_editors_leave_is_passed_over() {
    let project = shop();
    let left = [
        "._V1__create_orders.sql",
        "V1__create_orders.sql~",
        ".V2__add_total.sql.swp",
        "V2__add_total.sql.orig",
        "#V1__a.sql#",
    ];
    for name in left {
        project.file(&format!("migrations/sqlite/{name}"), b"\x00\x05\x16\x07".as_slice());
    }
    let output = project.run(["up"]);
    output.ok().stdout_has("2 applied");
    for name in left {
        assert_eq!(output.stderr.matches(&format!("{name} is passed over")).count(), 1, "{}", output.text());
    }
    project.run(["generate"]).ok();
    project.run(["check"]).ok();
    assert_eq!(project.run(["-q", "status"]).ok().stderr, "");
}

/// All of such a file would be applied, its down too: the table would be made and dropped, and nobody told.
#[test]
fn a_file_with_both_ways_is_refused() {
    for (text, tool) in [
        ("-- +goose Up\nCREATE TABLE g (id INTEGER);\n\n-- +goose Down\nDROP TABLE g;\n", "goose"),
        ("-- migrate:up\nCREATE TABLE g (id INTEGER);\n-- migrate:down\nDROP TABLE g;\n", "dbmate"),
        ("-- +migrate Up\nCREATE TABLE g (id INTEGER);\n-- +migrate Down\nDROP TABLE g;\n", "sql-migrate"),
    ] {
        let project = shop();
        project.run(["up"]).ok();
        project.file("migrations/sqlite/V3__g.sql", text);
        for command in ["up", "plan", "generate"] {
            let refused = project.run([command]);
            refused.code(1).stderr_has("error[E0314]: migrations/sqlite/V3__g.sql has both ways in one file");
            refused.stderr_has(&format!("as {tool} writes them")).stderr_has("V3__g.down.sql");
        }
        project.run(["check"]).code(3).stdout_has("E0314");
        project.run(["status"]).ok().stdout_has("broken: migrations/sqlite/V3__g.sql has both ways");
        assert!(schemactl::Migrations::read(project.path().join("migrations/sqlite")).is_err());
        // The hint.
        let (up, down) = text.split_at(text.find("DROP").unwrap());
        let up: String = up.lines().filter(|line| !line.starts_with("--")).collect();
        project.file("migrations/sqlite/V3__g.sql", up).file("migrations/sqlite/V3__g.down.sql", down);
        project.run(["up"]).ok().stdout_has("applied 3 g");
        project.run(["down"]).ok().stdout_has("reverted 3 g");
    }
}

#[test]
fn words_of_other_tools_lead_to_the_right_command() {
    let project = shop();
    for (word, hint) in [
        ("make", "schemactl new"),
        ("upgrade", "schemactl up"),
        ("rollback", "`schemactl down` takes the last migration back"),
        ("revert", "schemactl down"),
        ("redo", "`schemactl down && schemactl up`"),
        ("baseline", "schemactl repair --baseline VERSION"),
        ("ls", "schemactl status"),
        ("Reset", "schemactl down --to 0"),
    ] {
        let output = project.run([word]);
        output
            .code(2)
            .stderr_has(&format!("error[E0107]: there is no command `{word}`"))
            .stderr_has(hint)
            .lacks("similar");
        project.run([word, "--json"]).code(2).stdout_has("\"code\": \"E0107\"").stdout_has("there is no command");
    }
    assert!(!project.path().join("app.db").exists());
}

/// What is typed wrong is answered in the shape of every other error, for people and for machines.
#[test]
fn arguments_that_cannot_be_read_are_answered_like_every_error() {
    let project = shop();
    for (typed, message, hint) in [
        ("stauts", "there is no command `stauts`", "did you mean `status`?"),
        ("help stauts", "there is no command `stauts`", "did you mean `status`?"),
        ("up --forse", "`schemactl up` takes no `--forse`", "`schemactl up -h` shows its options, and an example"),
        ("status --chek", "`schemactl status` takes no `--chek`", "did you mean `--check`?"),
        ("new", "`schemactl new` needs `<DESCRIPTION>...`", "`schemactl new -h`"),
        ("diff --new", "`--new <DESCRIPTION>` has no value behind it", "`schemactl diff -h`"),
        (
            "down --to 1 --steps 1",
            "`--to <VERSION>` cannot be given together with `--steps <N>`",
            "`schemactl down -h`",
        ),
        ("down --to 1 --to 2", "`--to <VERSION>` is given twice", "`schemactl down -h`"),
        ("down --steps x", "`--steps <N>` cannot be `x`: invalid digit", "`schemactl down -h`"),
        ("status --log-format xml", "`--log-format <FORMAT>` cannot be `xml`", "it is one of text, json"),
        ("adopt --from sqlz", "`--from <TOOL>` cannot be `sqlz`", "did you mean `sqlx`?"),
        ("up now", "`schemactl up` takes no `now`", "`schemactl up -h`"),
        ("status check", "`schemactl status` takes no `check`", "did you mean `--check`?"),
        ("--check status", "`--check` stands before the command that it is an option of", "`schemactl status --check`"),
        ("up --dry-run=yes", "`--dry-run` takes no value", "`schemactl up -h`"),
        ("status --backend", "`--backend <BACKEND>` has no value behind it", "`schemactl status -h`"),
        (
            "status --url postgres://me:hunter2@h/d extra",
            "`schemactl status` takes no `extra`",
            "`schemactl status -h`",
        ),
    ] {
        let output = project.run(typed.split(' '));
        output
            .code(2)
            .stderr_has(&format!("error[E0107]: {message}"))
            .stderr_has(hint)
            .lacks("Usage:")
            .lacks("hunter2");
        let document = project.run(typed.split(' ').chain(["--json"]));
        let text = serde_json::to_string(message).unwrap();
        document.code(2).stdout_has("\"code\": \"E0107\"").stdout_has(text.trim_end_matches('"')).lacks("hunter2");
        assert_eq!(document.stderr, "", "{}", document.text());
    }
    // Help that was asked for, or would have been.
    project.run(["help", "up"]).ok().stdout_has("Usage: schemactl up");
    project.run(["--version"]).ok().stdout_has("schemactl ");
    project.run([] as [&str; 0]).code(2).stderr_has("Usage: schemactl");
}

#[test]
fn the_name_of_a_database_is_no_file() {
    let project = shop();
    for url in ["shop", "postgres//localhost/shop", "me@localhost/shop"] {
        let output = project.run(["up", "--url", url, "--migrations", "migrations/sqlite"]);
        output.code(2).stderr_has("error[E0106]").stderr_has("neither a scheme nor the form of a file's path");
    }
    assert!(!project.files().iter().any(|file| file.starts_with("shop") || file.starts_with("postgres")));
    project.run(["up", "--url", "sqlite:shop", "--migrations", "migrations/sqlite"]).ok();
}

#[test]
fn down_of_several_databases_asks_for_the_name() {
    let project = project!();
    project.config("[database.a.sqlite]\nurl = \"sqlite:a.db\"\n[database.b.sqlite]\nurl = \"sqlite:b.db\"\n");
    for name in ["a", "b"] {
        project.file(&format!("migrations/sqlite/{name}/V1__t.sql"), "CREATE TABLE t (x);\n");
        project.file(&format!("migrations/sqlite/{name}/V1__t.down.sql"), "DROP TABLE t;\n");
    }
    project.run(["up"]).ok();
    for command in ["down", "down --to 0", "down --steps 1"] {
        let output = project.run(command.split(' '));
        output.code(2).stderr_has("2 databases are configured: which one is to go down?").stderr_has("--database a");
    }
    project.run(["down", "--dry-run"]).ok();
    project.run(["down", "-d", "a"]).ok().stdout_has("1 reverted");
    project.run(["up"]).ok();
    project.run(["down", "-d", "a", "-d", "b"]).ok();
}

#[test]
fn a_missing_stored_down_is_still_asked_for() {
    let project = shop();
    migration(&project, "V3__note", "ALTER TABLE orders ADD note;\n", "ALTER TABLE orders DROP note;\n");
    std::fs::remove_file(project.path().join("migrations/sqlite/V3__note.down.sql")).unwrap();
    project.run(["up"]).ok();
    project.file("migrations/sqlite/V3__other.sql", "SELECT 1;\n");
    project.run(["down"]).code(1).stderr_has("error[E0406]: migration 3 note has no down");
}
