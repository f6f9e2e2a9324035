//! Databases in files, disks that are full, commands.

use schemactl_test_support::cli::Project;
use schemactl_test_support::disk::Small;
use schemactl_test_support::{Signal, sqlite};

#[test]
fn rows_and_schema_of_sqlite_are_text() {
    let database = sqlite::temp();
    database.execute("CREATE TABLE b (c, d); CREATE TABLE a (e); INSERT INTO b VALUES (2.0, x'00ff'), (1, NULL)");
    assert_eq!(database.query("SELECT * FROM b"), "2.0|x'00ff'\n1|");
    assert_eq!(database.schema(), "table|a|a|CREATE TABLE a (e)\ntable|b|b|CREATE TABLE b (c, d)");
    assert!(database.dump().ends_with("-- a\n-- b\n1|\n2.0|x'00ff'\n"), "{}", database.dump());
}

#[test]
fn a_small_disk_is_full_soon() {
    let disk = Small::new(256);
    if disk.real() {
        let connection = sqlite::open(&disk.path().join("a.db"));
        connection.execute_batch("CREATE TABLE a (b)").expect("there is room");
        let error = connection.execute_batch("INSERT INTO a VALUES (randomblob(1000000))").expect_err("it is full");
        assert!(error.to_string().contains("full"), "{error}");
    } else {
        let project = Project::new("/bin/sh");
        let file = disk.path().join("a").display().to_string();
        let output = project.run_on(&disk, ["-c", &format!("head -c 1000000 /dev/zero >{file}")]);
        output.code(1).stderr_has("File too large");
    }
}

#[test]
fn a_command_is_run_in_its_project_without_our_environment() {
    let project = Project::new("/bin/sh");
    project.file("a/b.txt", "text").env("NAME", "value");
    assert_eq!(project.files(), ["a/b.txt"]);
    let output = project.run(["-c", "cat a/b.txt; echo $NAME$USER; echo $HOME; echo err >&2; exit 3"]);
    output.code(3).stdout_has("textvalue\n").stderr_has("err").lacks("password");
    output.stdout_has(project.path().to_str().expect("it is ASCII"));
}

#[test]
fn a_command_that_runs_takes_signals() {
    let project = Project::new("/bin/sh");
    let mut running = project.spawn(["-c", "trap 'exit 130' INT; echo ready; while :; do sleep 0.01; done"]);
    running.wait_for("ready");
    running.signal(Signal::SIGINT);
    running.wait().code(130);
    let mut running = project.spawn_with(&[("A", "b")], ["-c", "echo $A; exec sleep 60"]);
    running.wait_for("b");
    let pid = running.pid();
    running.kill_9().killed_by(Signal::SIGKILL);
    assert!(!std::fs::exists(format!("/proc/{pid}")).expect("/proc is mounted"));
}

#[test]
#[should_panic(expected = "--- stderr\nwhy")]
fn a_failed_assertion_prints_everything() {
    Project::new("/bin/sh").run(["-c", "echo why >&2; exit 1"]).ok();
}
