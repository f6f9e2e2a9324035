//! Help, usage, completions and manual pages.

use schemactl_test_support::project;

use super::super::shop;

#[test]
fn help_and_version_are_no_errors() {
    let project = project!();
    let output = project.run(["--help"]);
    output.ok().stdout_has("Exit codes:").stdout_has("Apply what is pending").stdout_has("\nLimits:\n");
    project.run(["up", "--help"]).ok().stdout_has("--no-rehearsal").stdout_has("--lock-wait <TIME>");
    project.run(["--version"]).ok().stdout_has("schemactl ");
}

#[test]
fn usage_errors_have_exit_code_2() {
    let project = project!();
    project.run(["upp"]).code(2).stderr_has("'up'");
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
