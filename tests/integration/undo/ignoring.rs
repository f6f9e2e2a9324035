//! A pattern of `ignore_undo` that fits nothing leaves nothing out: it is told wherever the database is read.

use schemactl_test_support::cli::Project;

use super::kept::{document, first};

const CONFIG: &str = "[sqlite]\nurl = \"sqlite:app.db\"\nignore_undo = [\"member.emial\", \"role.rank\"]\n";
const WARNING: &str = "schema.toml:3:16: `ignore_undo` has `member.emial`, which no table or column of the database fits: what it was to leave out is \
    kept; did you mean `member.email`?";

fn shop() -> Project {
    let project = first();
    project.config(CONFIG);
    project
}

#[test]
fn a_misspelt_pattern_is_told() {
    let project = shop();
    project.run(["up"]).ok().stderr_has(&format!("warning: {WARNING}")).lacks("role.rank");
    project.run(["plan"]).ok().stdout_has(WARNING);
    let plan = document(&project.run(["plan", "--json"]));
    assert!(plan["notes"][0].as_str().unwrap().ends_with(WARNING), "{plan:#}");
    let up = document(&project.run(["up", "--json"]));
    assert!(up["notes"][0].as_str().unwrap().ends_with(WARNING), "{up:#}");
    // It is no finding: the check ends as it would without.
    project.run(["generate"]).ok();
    project.run(["check", "--online"]).ok().stderr_has(WARNING);
    let check: serde_json::Value =
        serde_json::from_str(&project.run(["check", "--online", "--json"]).ok().stdout).unwrap();
    assert_eq!(check["checked"][0]["warnings"][0], WARNING);
    // Without the database there is nothing to compare with.
    project.run(["check"]).ok().lacks("ignore_undo");
}

#[test]
fn what_a_pending_migration_makes_is_no_mistake() {
    let project = first();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\nignore_undo = [\"session.token\", \"*.secret\"]\n");
    project.file("migrations/sqlite/V2__session.sql", "CREATE TABLE session (id integer PRIMARY KEY, token text);\n");
    project.run(["plan"]).ok().lacks("session.token").stdout_has("`ignore_undo` has `*.secret`");
    project.run(["up"]).ok().lacks("session.token").stderr_has("`ignore_undo` has `*.secret`");
}

#[test]
fn what_fits_is_not_told() {
    let project = first();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\nignore_undo = [\"member\", \"*.Rank\", \"old.?\"]\n");
    project.run(["up"]).ok().lacks("ignore_undo");
    project.run(["plan"]).ok().lacks("ignore_undo");
}
