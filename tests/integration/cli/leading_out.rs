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

/// The SQL of the hints, and the schema that is set.
#[cfg(feature = "postgres")]
fn to_create_the_history(output: &schemactl_test_support::cli::Output) -> Vec<String> {
    let hints = output.code(1).error("E0508").stderr.lines().filter(|line| line.starts_with("hint: "));
    hints.filter_map(|hint| Some(hint.split('`').nth(1)?.to_owned())).collect()
}

#[cfg(feature = "postgres")]
#[test]
fn a_role_that_may_not_create_the_history_is_given_what_is_no_drift() {
    use schemactl_test_support::postgres::{self, Cluster};

    for version in postgres::versions() {
        let cluster = Cluster::start(version);
        cluster.psql("CREATE ROLE bob LOGIN; CREATE ROLE \"Shop Owner\" LOGIN; CREATE ROLE other LOGIN");
        for (role, schema, before) in [
            ("bob", None, "REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
            ("Shop Owner", None, "REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
            ("bob", None, "REVOKE CREATE ON SCHEMA public FROM PUBLIC; ALTER SCHEMA public OWNER TO other"),
            ("bob", Some("app"), "CREATE SCHEMA app AUTHORIZATION other; GRANT USAGE ON SCHEMA app TO bob"),
            ("bob", Some("app"), "SELECT 1"),
        ] {
            let mut at = 0;
            loop {
                let database = cluster.create_database();
                database.psql(before);
                let project = project!();
                let schema = schema.map(|schema| format!("schema = \"{schema}\"\n")).unwrap_or_default();
                project
                    .config(&format!("[postgres]\nurl = \"{}\"\n{schema}", database.url_as(&role.replace(' ', "%20"))));
                let table = if schema.is_empty() { "a" } else { "app.a" };
                project.file("migrations/postgres/V1__a.sql", format!("CREATE TABLE {table} (n integer);\n"));
                project.file("migrations/postgres/V1__a.down.sql", format!("DROP TABLE {table};\n"));
                let ways = to_create_the_history(&project.run(["up"]));
                assert!(!ways.is_empty());
                let Some(way) = ways.get(at) else { break };
                database.psql(way);
                for command in
                    [&["up"][..], &["status", "--check"], &["diff"], &["down"], &["up"], &["status", "--check"]]
                {
                    let output = project.run(command);
                    assert!(output.status.success(), "{version} {role} {before}: {way}\n{}", output.text());
                    output.lacks("held something").lacks("drift:");
                }
                at += 1;
            }
            assert!(at > 0, "{version} {role}");
        }
    }
}
