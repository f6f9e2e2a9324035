//! Help, usage, completions and manual pages.

use schemactl_test_support::cli::Project;
use schemactl_test_support::{project, sqlite};

use super::{migration, query, shop};

const COMMANDS: [&str; 14] = [
    "init",
    "new",
    "up",
    "down",
    "status",
    "plan",
    "check",
    "diff",
    "repair",
    "adopt",
    "generate",
    "prove",
    "completions",
    "man",
];

#[test]
fn help_and_version_are_no_errors() {
    let project = project!();
    let output = project.run(["--help"]);
    output
        .ok()
        .stdout_has("Exit codes:")
        .stdout_has("Apply what is pending")
        .stdout_has("\nOptions of every command: limits:\n");
    project.run(["up", "--help"]).ok().stdout_has("--no-rehearsal").stdout_has("--lock-wait <TIME>");
    let version = project.run(["--version"]).ok().stdout_has("schemactl ").stdout.clone();
    let word = project.run(["version"]);
    assert_eq!(word.ok().stdout, version);
    word.stderr_has("`schemactl status` shows which version a database is at");
}

#[test]
fn usage_errors_have_exit_code_2() {
    let project = project!();
    project.run(["upp"]).code(2).stderr_has("did you mean `up`?");
    project.run(["up", "--to", "x"]).code(2).stderr_has("a version is a whole number from 1");
    project.run(["up", "--no-rehearsal"]).code(2).stderr_has("--dry-run");
    let output = project.run(["up", "--json", "--to", "x"]);
    output.code(2).stdout_has("\"format\": 1").stdout_has("\"code\": \"E0107\"").stdout_has("\"exit_code\": 2");
}

#[test]
fn without_a_project_it_says_how_to_begin() {
    let project = project!();
    let output = project.run(["up"]);
    output.code(2).stderr_has("error[E0101]: there is no schema.toml").stderr_has("`schemactl init` writes one");
    project.run(["up", "--json"]).code(2).stdout_has("\"command\": \"up\"").stdout_has("\"code\": \"E0101\"");
}

#[test]
fn completions_and_manual_pages() {
    let project = project!();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        project.run(["completions", shell]).ok().stdout_has("schemactl");
    }
    project.run(["man"]).ok().stdout_has(".TH schemactl 1");
    project.run(["man", "pages"]).ok().stdout_has("pages/schemactl-up.1\n").stdout_has("pages/schemactl.1\n");
    assert!(project.files().contains(&"pages/schemactl-up.1".to_owned()));
}

#[test]
fn colour_is_for_those_who_ask() {
    let project = shop();
    project.file("migrations/sqlite/V1__create_orders.sql", "nonsense;\n");
    project.run(["up"]).code(1).lacks("\x1b[");
    project.run(["up", "--color", "always"]).code(1).stderr_has("\x1b[1;31merror[E0204]\x1b[0m");
    project.run(["status", "--color", "always"]).ok().stdout_has("\x1b[");
    project.run(["status"]).ok().lacks("\x1b[");
}

#[test]
fn a_password_is_never_printed() {
    let project = shop();
    let url = "postgres://me:hunter2@127.0.0.1:1/shop?connect_timeout=1";
    for command in ["status", "up", "plan", "down", "repair"] {
        let output = project.run([command, "--url", url, "--migrations", "migrations/sqlite", "-vv"]);
        assert!(!output.status.success(), "{}", output.text());
        output.lacks("hunter2");
        project.run([command, "--url", url, "--migrations", "migrations/sqlite", "--json"]).lacks("hunter2");
    }
}

#[test]
fn short_help_has_what_is_the_commands_own_and_the_whole_one_everything() {
    let project = project!();
    for command in COMMANDS {
        let short = project.run([command, "-h"]);
        short.ok().stdout_has("\nExamples:\n  schemactl ").stdout_has("see more with '--help'");
        short.lacks("--lock-wait").lacks("Options of every command");
        let long = project.run([command, "--help"]);
        long.ok().stdout_has("\nExamples:\n  schemactl ").stdout_has("--lock-wait <TIME>");
        for part in ["the database", "limits", "output"] {
            long.stdout_has(&format!("\nOptions of every command: {part}:\n"));
        }
        assert!(short.stdout.lines().count() < 45, "{command}: {}", short.text());
        assert!(short.stdout.lines().count() < long.stdout.lines().count(), "{command}");
    }
    let short = project.run(["-h"]);
    short
        .ok()
        .stdout_has("\nBegin:\n  schemactl init")
        .stdout_has("[aliases: apply, migrate, run]")
        .lacks("Exit codes");
    let nothing = project.run([""; 0]);
    nothing.code(2).stderr_has("\nBegin:\n  schemactl init");
    project.run(["help", "down"]).ok().stdout_has("schemactl down --dry-run");
}

/// The examples below the help of a command, as a shell takes them.
fn examples(project: &Project, command: &str) -> Vec<String> {
    let help = project.run([command, "-h"]).ok().stdout.clone();
    let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command} has no examples"));
    let lines = examples.lines().filter_map(|line| line.strip_prefix("  schemactl "));
    lines.map(|line| line.split("   ").next().unwrap().trim().to_owned()).collect()
}

/// A project in which the examples have something to do: seven migrations, the last two pending.
fn busy(command: &str) -> Project {
    let project = shop();
    for version in 3..=9 {
        let table = format!("t{version}");
        let (up, down) = (format!("CREATE TABLE {table} (x);\n"), format!("DROP TABLE {table};\n"));
        migration(&project, &format!("V{version}__{table}"), &up, &down);
        project.file(&format!("db/migrations/{version}_{table}.up.sql"), up);
        project.file(&format!("db/migrations/{version}_{table}.down.sql"), down);
    }
    project.file(".local/share/bash-completion/completions/other", "").file(".zfunc/other", "");
    project.run(["up", "--to", "7"]).ok();
    if command == "check" {
        project.run(["generate"]).ok();
    }
    if command == "diff" {
        project.run(["up"]).ok();
        sqlite::open(&project.path().join("app.db")).execute_batch("CREATE INDEX t3_x ON t3 (x)").unwrap();
    }
    project
}

#[test]
fn every_example_runs() {
    for command in COMMANDS {
        for example in examples(&project!(), command) {
            // Each has a project of its own: the examples are alternatives.
            let project = if command == "init" { project!() } else { busy(command) };
            let output = project.shell(&example);
            let code = output.status.code();
            match (command, example.as_str()) {
                // It was not migrated by another tool, and says so.
                ("adopt", _) => assert_eq!(code, Some(1), "{}", output.text()),
                // It shows what was done by hand.
                ("diff", example) if !example.contains("--new") => assert_eq!(code, Some(3), "{}", output.text()),
                // Two are pending, which is what it is to find.
                ("check", "check --online") | ("status", "status --check") => {
                    assert_eq!(code, Some(3), "{}", output.text());
                }
                _ => assert_eq!(code, Some(0), "{example}: {}", output.text()),
            }
            output.lacks("E0107");
        }
    }
}

#[test]
fn what_is_exactly_the_same_runs_by_another_name() {
    for name in ["up", "apply", "migrate", "run"] {
        let project = shop();
        project.run([name]).ok().stdout_has("2 applied");
        project.run([name, "--json"]).ok().stdout_has("\"command\": \"up\"");
    }
    let project = shop();
    for name in ["create", "add"] {
        project.run([name, "note"]).ok().stdout_has("note.sql").lacks("error");
    }
    for name in ["info", "list"] {
        project.run([name]).ok().stdout_has("app.db (sqlite)");
    }
    project.run(["validate"]).code(3);
}

#[test]
fn what_takes_back_or_records_is_answered_and_never_run() {
    let project = shop();
    project.run(["up"]).ok();
    for (words, answer) in [
        ("rollback", "`schemactl down` takes the last migration back, and refuses where that loses data"),
        ("revert", "`schemactl down`"),
        ("undo 1", "`schemactl down` takes the last migration back, and puts rows back; `schemactl undo list`"),
        ("migrate undo", "`schemactl migrate` takes no `undo`"),
        ("migrate:undo", "`schemactl down` takes the last migration back"),
        ("redo", "`schemactl down && schemactl up`"),
        ("baseline", "`schemactl repair --baseline VERSION`"),
        ("migrate revert", "`schemactl migrate` takes no `revert`"),
        ("migrate run", "`schemactl up` applies what is pending"),
        ("migrate add", "`schemactl new"),
        ("migrate dev", "`schemactl new"),
        ("run redo", "`schemactl down && schemactl up`"),
        ("up 1", "`schemactl up --to 1` goes up to version 1"),
        ("down 1", "`schemactl down --steps 1` takes 1 back, `schemactl down --to 1` all above version 1"),
        ("down --all", "`schemactl down --to 0` takes all back"),
        ("-d shop migrate down", "`schemactl migrate` takes no `down`"),
        ("dump", "`schemactl diff` compares a database with them"),
        ("fresh", "`schemactl down --to 0 && schemactl up`"),
        ("reset", "`schemactl down --to 0 && schemactl up`"),
        ("force 3", "`schemactl repair` shows what is wrong"),
        ("migration run", "`schemactl up` applies what is pending"),
        ("migration add_total", "`schemactl new"),
        ("migrate fresh", "`schemactl down --to 0 && schemactl up`"),
        ("migrate:up", "`schemactl up` applies what is pending"),
        ("migrate:rollback", "`schemactl down` takes the last migration back"),
        ("migrate up", "`schemactl up` applies what is pending"),
        ("db", "`schemactl status`"),
        ("db migrate", "`schemactl up` applies what is pending"),
        ("db:migrate", "`schemactl up` applies what is pending"),
        ("database create", "made by `createdb`"),
        ("database update", "`schemactl up` applies what is pending"),
        ("database drop", "`schemactl down --to 0`"),
        ("up --force", "applies all that is pending, and does not ask"),
        ("apply -y", "applies all that is pending, and does not ask"),
        ("up head", "applies all that is pending"),
        ("up --version 7", "`schemactl up --to 7` goes up to version 7"),
        ("up --target=7", "`schemactl up --to 7` goes up to version 7"),
        ("up --version", "`schemactl --version` prints the version of schemactl"),
        ("up -n 1", "`schemactl up --to VERSION`"),
        ("diff --write index", "`schemactl diff --new"),
        ("up --take-over", "`schemactl adopt` takes over what another tool has recorded"),
        ("up --baseline-on-migrate", "`schemactl repair --baseline VERSION`"),
        ("migrate --out-of-order", "`schemactl up --order any`"),
        ("status --version", "`schemactl --version` prints"),
        ("down -n 1", "`schemactl down --steps 1` takes 1 back"),
        ("down -n2", "`schemactl down --steps 2` takes 2 back"),
        ("down --count=2", "`schemactl down --steps 2` takes 2 back"),
        ("down --target 0", "`schemactl down --to 0`"),
        ("down --force", "`schemactl down --accept-data-loss` loses it"),
        ("down --yes", "`schemactl down` does not ask"),
        ("down all", "`schemactl down --to 0` takes all back"),
        ("down last", "`schemactl down` takes the last migration back"),
        ("new -m note", "`schemactl new \"note\"`"),
        ("init sqlite", "`schemactl init --backend sqlite`"),
        ("init postgresql", "`schemactl init --backend postgres`"),
        ("init --postgres", "`schemactl init --backend postgres`"),
        ("init mysql", "`schemactl init --backend sqlite`"),
        ("init --backend mysql", "the backends are sqlite, postgres, both"),
        ("up --backend mysql", "the backends are sqlite, postgres:"),
        ("up --backend pg", "the backends are sqlite, postgres: `--backend postgres`"),
        ("init --backend PSQL", "`schemactl init --backend postgres`"),
        ("status --backend sqlite3", "`--backend sqlite`"),
    ] {
        project.run(words.split(' ')).code(2).stderr_has("error[E0107]").stderr_has(answer);
        let json = project.run(words.split(' ').chain(["--json"]));
        json.code(2).stdout_has("\"code\": \"E0107\"").stdout_has("\"exit_code\": 2");
    }
    assert_eq!(query(&project, "SELECT count(*) FROM schema_migrations WHERE state = 'applied'"), "2");
    // Another mistake is still clap's to explain.
    project.run(["up", "--too", "1"]).code(2).stderr_has("--to");
}
