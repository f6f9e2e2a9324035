//! Hints that lead out of where a command stopped, each followed to the letter.

use super::place::Place;
use super::shop;
use schemactl_test_support::project;

const NEW: &str = "hint: `schemactl new DESCRIPTION` makes the folder, with the first migration in it\n";

#[test]
fn a_missing_folder_is_made_by_new() {
    for command in [&["status"][..], &["up"], &["plan"], &["diff"], &["repair"], &["generate"], &["prove"], &["check"]]
    {
        for place in Place::all() {
            let output = place.project.run(command);
            let is_check = command == ["check"];
            assert!(output.text().contains(NEW), "{}", output.text());
            assert!(!output.text().contains("schemactl init"), "{}", output.text());
            output.code(if is_check { 3 } else { 1 });
            place.project.run(["new", "DESCRIPTION"]).ok();
            place.project.file(&format!("{}/V0001__description.sql", place.folder), "CREATE TABLE t (n integer);\n");
            place.project.run(["generate"]).ok();
            place.project.run(["up"]).ok();
            place.project.run(["status", "--check"]).ok();
        }
    }
}

#[test]
fn a_missing_folder_without_a_project_too() {
    let project = project!();
    let output = project.run(["status", "--url", "sqlite:x.db"]);
    output.code(1).error("E0301").stderr_has(NEW);
    project.run(["new", "DESCRIPTION", "--url", "sqlite:x.db"]).ok();
    project.file("migrations/sqlite/V0001__description.sql", "CREATE TABLE t (n integer);\n");
    project.run(["up", "--url", "sqlite:x.db"]).ok();
    project.run(["status", "--check", "--url", "sqlite:x.db"]).ok();
}

#[test]
fn a_folder_to_prove_that_is_not_there() {
    let shop = shop();
    for folder in ["nosuch", "2"] {
        let output = shop.run(["prove", folder]);
        output
            .code(1)
            .error("E0301")
            .stderr_has("hint: make the folder, or name another: a path like this one begins in ");
        output.stderr_has("hint: without a folder, `schemactl prove` tries the migrations that schema.toml names\n");
        assert!(!output.stderr.contains("schemactl init"), "{}", output.text());
    }
    shop.run(["prove"]).ok();
}

#[test]
fn a_folder_for_each_migration_is_not_to_be_renamed() {
    for (file, tool) in [("up.sql", "diesel"), ("migration.sql", "Prisma")] {
        for folder in ["2025-01-01-000000_dd", "1_dd.old", "1dd"] {
            let shop = shop();
            shop.file(&format!("migrations/sqlite/{folder}/{file}"), "CREATE TABLE dd (n INTEGER);\n");
            for command in [&["up"][..], &["check"], &["status"], &["prove", "migrations/sqlite"]] {
                let text = shop.run(command).text();
                assert!(!text.contains("did you mean `2025"), "{text}");
                assert!(!text.contains("did you mean `1"), "{text}");
                assert!(text.contains(tool), "{text}");
            }
        }
    }
}
