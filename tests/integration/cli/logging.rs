//! What stderr has: more with `-v`, the SQL with `-vv`, the time with `RUST_LOG`, objects with `--log-format json`.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::project;
use serde_json::Value;

use super::{durations, migration, shop};

/// Each line of stderr as the object that it is.
#[track_caller]
fn lines(output: &Output) -> Vec<Value> {
    let object =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{}", output.text()));
    output.stderr.lines().map(object).collect()
}

/// The lines of one kind of event.
fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// A project on PostgreSQL-free ground with a role's password in its SQL.
fn secretive() -> Project {
    let project = shop();
    migration(
        &project,
        "V3__key",
        "-- it's the key\nCREATE TABLE keys (name TEXT, password TEXT);\nINSERT INTO keys (name, password) VALUES ('a', 'hunter2');\n",
        "DROP TABLE keys;\n",
    );
    project
}

#[test]
fn without_v_nothing_is_told_that_goes_well() {
    assert_eq!(shop().run(["up"]).ok().stderr, "");
}

#[test]
fn v_tells_what_is_done_and_vv_the_sql() {
    let output = shop().run(["up", "-v"]);
    output.ok().stderr_has("migrations/sqlite has 2 migrations").stderr_has("opening app.db");
    output
        .stderr_has("2 to apply")
        .stderr_has("[1/2] apply 1 create_orders")
        .lacks("CREATE TABLE")
        .lacks("applied 2 add_total (0 ms) (");
    let output = shop().run(["up", "-vv"]);
    output
        .ok()
        .stderr_has("[1/2] apply 1 create_orders")
        .stderr_has("CREATE TABLE orders")
        .stderr_has("ALTER TABLE orders ADD total");
    assert_eq!(output.stderr.matches("ALTER TABLE orders ADD total").count(), 1, "{}", output.text());
    let output = shop().run(["plan", "-vv"]);
    output.ok().stderr_has("2 of 2 steps are tried").stderr_has("CREATE TABLE orders");
}

#[test]
fn a_step_outside_a_transaction_shows_its_sql_too() {
    let project = shop();
    migration(&project, "V3__shrink", "CREATE TABLE t (x);\nVACUUM;\n", "DROP TABLE t;\n");
    project.run(["up", "-vv"]).ok().stderr_has("VACUUM").stderr_has("CREATE TABLE t (x)");
    project.run(["down", "-vv"]).ok().stderr_has("DROP TABLE t");
}

#[test]
fn rust_log_has_the_time_and_what_is_typed_counts_more() {
    let project = shop();
    let output = project.spawn_with(&[("RUST_LOG", "schemactl=info")], ["up", "--to", "1"]).wait();
    let line = output.ok().stderr.lines().next().unwrap().to_owned();
    assert!(line.starts_with("20") && line[..30].contains('T') && line[..30].contains('Z'), "{line}");
    output.stderr_has("schemactl::event: [1/1] applied 1 create_orders");
    let output = project.spawn_with(&[("RUST_LOG", "off")], ["up", "-v"]).wait();
    output.ok().stderr_has("[1/1] apply 2 add_total");
    let output = project.spawn_with(&[("RUST_LOG", "schemactl=loud")], ["status"]).wait();
    output.ok().stderr_has("RUST_LOG cannot be `schemactl=loud`");
    assert_eq!(project.spawn_with(&[("RUST_LOG", "")], ["status"]).wait().ok().stderr, "");
}

#[test]
fn json_lines_tell_of_each_step_with_the_milliseconds_of_the_history() {
    let project = shop();
    let output = project.run(["up", "--log-format", "json"]);
    output.ok().stdout_has("applied 1 create_orders (").stdout_has("2 applied");
    let found = lines(&output);
    for line in &found {
        assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert_eq!((line["level"].as_str(), line["message"].is_string()), (Some("info"), true), "{line}");
    }
    assert_eq!(events(&found, "planned")[0]["steps"], 2);
    let started = events(&found, "step-started");
    assert_eq!(
        (&started[1]["version"], &started[1]["number"], &started[1]["statements"]),
        (&2.into(), &2.into(), &1.into())
    );
    let finished: Vec<_> = events(&found, "step-finished")
        .into_iter()
        .map(|line| (line["version"].as_i64().unwrap(), line["duration_ms"].as_u64().unwrap()))
        .collect();
    assert_eq!(finished, durations(&project.run(["status", "--json"]).stdout, "migrations"));
    assert_eq!(project.run(["up", "--log-format", "json", "-q"]).ok().stderr, "");
    let found = lines(&project.run(["status", "--log-format", "json", "-vv"]));
    assert!(
        found.iter().any(|line| line["message"] == "opening app.db" && line["target"] == "schemactl::cli::database")
    );
}

#[test]
fn json_lines_have_errors_as_the_document_has_them() {
    let project = shop();
    migration(&project, "V3__bad", "SELECT nothing;\n", "SELECT 1;\n");
    let output = project.run(["up", "--log-format", "json", "--json"]);
    output.code(1);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    let found = lines(&output);
    let last = found.last().unwrap();
    assert_eq!((&last["level"], &last["error"]), (&"error".into(), &document["error"]));
    assert_eq!(last["error"]["place"]["line"], 1);
    // Also of arguments, of commands that there are not, and where there is no project.
    for arguments in [&["up", "--too"][..], &["rollback"], &["up", "--to", "x"]] {
        let output = project.run(arguments.iter().copied().chain(["--log-format=json"]));
        let found = lines(output.code(2));
        assert_eq!((found.len(), &found[0]["error"]["code"]), (1, &"E0107".into()), "{}", output.text());
    }
    let output = project!().run(["up", "--log-format", "json"]);
    assert_eq!(lines(output.code(2))[0]["error"]["code"], "E0101");
    project.run(["up", "--log-format", "xml"]).code(2).stderr_has("--log-format");
}

#[test]
fn no_password_is_in_a_log() {
    let url = "postgres://me:hunter2@127.0.0.1:1/shop?connect_timeout=1";
    for flags in [
        &["-vv"][..],
        &["--log-format", "json"],
        &["--log-format", "json", "-vv"],
        &["-vvvv", "--log-format", "json", "--json"],
    ] {
        let output = secretive().run(["up"].iter().chain(flags));
        output.ok().lacks("hunter2");
        if flags.contains(&"-vv") {
            output.stderr_has("INSERT INTO keys (name, password ***");
        }
        let project = secretive();
        project
            .run(["up", "--url", url, "--migrations", "migrations/sqlite"].iter().chain(flags))
            .code(1)
            .lacks("hunter2");
        project.env("DATABASE_URL", url);
        project.run(["prove", "migrations/sqlite", "--backend", "postgres"].iter().chain(flags)).lacks("hunter2");
    }
    let project = secretive();
    let logged =
        project.spawn_with(&[("RUST_LOG", "trace")], ["up", "--url", url, "--migrations", "migrations/sqlite"]).wait();
    logged.code(1).lacks("hunter2");
    secretive().spawn_with(&[("RUST_LOG", "trace")], ["up", "--log-format", "json"]).wait().ok().lacks("hunter2");
}

/// Util-linux's `script` gives the command a terminal.
#[test]
fn on_a_terminal_the_bar_names_the_statement_and_json_has_no_bar() {
    let slow = "CREATE TABLE t (x);\nINSERT INTO t SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                WHERE i < 4000000) SELECT i FROM n);\nSELECT 1;\n";
    for (flags, has_bar) in [("", true), (" --log-format json", false)] {
        let project = shop();
        migration(&project, "V3__slow", slow, "DROP TABLE t;\n");
        let up = format!("'{}' up{flags}", env!("CARGO_BIN_EXE_schemactl"));
        let output =
            std::process::Command::new("script").args(["-qec", &up, "/dev/null"]).current_dir(project.path()).output();
        let printed = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
        assert!(printed.contains("applied 3 slow"), "{printed}");
        assert!(!has_bar || printed.contains("apply 3 slow: statement 2 of 3"), "{printed}");
        // A bar moves the cursor.
        assert_eq!(printed.contains('\u{1b}'), has_bar, "{printed}");
        assert_eq!(printed.contains("\"event\":\"step-finished\""), !has_bar, "{printed}");
    }
}
