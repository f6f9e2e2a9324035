//! Hints that lead out of where a command stopped, each followed to the letter.

use super::place::Place;
use super::shop;
use schemactl_test_support::project;

const NEW: &str = "hint: or let `schemactl new DESCRIPTION` make it, with the first one\n";

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

const FLYWAY: &str = "CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), script varchar(1000), \
    installed_on timestamp, success boolean); INSERT INTO flyway_schema_history (installed_rank, version) VALUES (1, '1')";
const ALEMBIC: &str =
    "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('ae10')";
const PRISMA: &str = "CREATE TABLE _prisma_migrations (id varchar(36), checksum varchar(64), migration_name varchar(255), \
    applied_steps_count integer); INSERT INTO _prisma_migrations (id) VALUES ('a')";
const DJANGO: &str = "CREATE TABLE django_migrations (id integer, app varchar(255), name varchar(255), applied timestamp); \
    INSERT INTO django_migrations (id) VALUES (1)";
const LIQUIBASE: &str = "CREATE TABLE databasechangelog (id varchar(255), author varchar(255), filename varchar(255), \
    dateexecuted timestamp, orderexecuted integer, exectype varchar(10), md5sum varchar(35)); \
    INSERT INTO databasechangelog (id) VALUES ('1')";
const BASELINE: &str = "hint: record up to which version everything is there: `schemactl repair --baseline VERSION`, which names the one that fits where it is too high; \
    then `up` goes on from there\n";

#[test]
fn a_tool_that_is_not_taken_over_is_named_with_the_way() {
    for (sql, tool, table) in [
        (FLYWAY, "Flyway", "flyway_schema_history"),
        (ALEMBIC, "Alembic", "alembic_version"),
        (PRISMA, "Prisma", "_prisma_migrations"),
        (DJANGO, "Django", "django_migrations"),
        (LIQUIBASE, "Liquibase", "databasechangelog"),
    ] {
        for place in Place::all() {
            place.by_hand(sql);
            place.by_hand("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
            place.write("V1__orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
            place.write("V2__more", "CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n");
            let typed = tool.to_lowercase();
            for command in [
                &["adopt"][..],
                &["adopt", "--dry-run"],
                &["adopt", "--from", "sqlx"],
                &["adopt", "--from-table", table],
            ] {
                let output = place.project.run(command);
                output.code(1).error("E0202").stderr_has(tool).stderr_has(table).stderr_has(BASELINE);
                assert!(!output.stderr.contains("is all that is needed"), "{}", output.text());
            }
            place.project.run(["adopt", "--from", &typed]).code(2).stderr_has(tool).stderr_has(BASELINE);
            place.project.run(["repair", "--baseline", "1", "--yes"]).ok();
            place.project.run(["up"]).ok();
            let output = place.project.run(["status", "--check"]);
            // Short tables as they are here count as somebody's own.
            assert!(
                output.text().contains("1 applied, 1 baseline") || output.text().contains("1 baseline, 1 applied"),
                "{}",
                output.text()
            );
        }
    }
}

#[test]
fn what_only_counted_is_not_taken_over_either() {
    let place = Place::all().remove(0);
    place.by_hand("CREATE TABLE kept (n); PRAGMA user_version = 1");
    place.write("V1__orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
    place.project.run(["adopt"]).code(1).error("E0202").stderr_has("rusqlite_migration").stderr_has(BASELINE);
    place.project.run(["adopt", "--from", "rusqlite_migration"]).code(2).stderr_has(BASELINE);
}

/// Writes what a hint says is somebody else's into schema.toml.
fn ignored(place: &Place, output: &schemactl_test_support::cli::Output) {
    let line = output.code(3).error("E0412").stderr.lines().find_map(|line| {
        let (_, entry) = line.strip_prefix("hint: ")?.split_once("`ignore = [")?;
        Some(format!("ignore = [{}", entry.split_once('`')?.0))
    });
    let config = place.project.read("schema.toml");
    place.project.config(&format!("{config}{}\n", line.expect("the hint has an entry")));
}

#[test]
fn two_applications_in_one_database_ignore_each_other() {
    for place in Place::all() {
        let config = place.project.read("schema.toml");
        for (app, table) in
            [("a", "CREATE TABLE a (n integer UNIQUE);\n"), ("b", "CREATE TABLE \"b c\" (n integer PRIMARY KEY);\n")]
        {
            place.project.config(&format!("{config}table = \"{app}_migrations\"\nmigrations = \"{app}\"\n"));
            place.project.file(&format!("{app}/V1__{app}.sql"), table);
            place.project.run(["up"]).ok();
        }
        let output = place.project.run(["status", "--check"]);
        ignored(&place, &output);
        place.project.run(["status", "--check"]).ok();
        place.project.run(["diff"]).ok().stdout_has("no drift");
        place.project.config(&format!("{config}table = \"a_migrations\"\nmigrations = \"a\"\n"));
        let output = place.project.run(["diff"]);
        ignored(&place, &output);
        place.project.run(["status", "--check"]).ok();
        // What one's own migrations made is nobody else's.
        place.by_hand("ALTER TABLE a ADD COLUMN m integer");
        let output = place.project.run(["status", "--check"]);
        assert!(!output.code(3).stderr.contains("ignore = ["), "{}", output.text());
    }
}

#[test]
fn nothing_to_adopt_is_told_as_it_is() {
    for place in Place::all() {
        place.write("V1__orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
        if place.folder.ends_with("sqlite") {
            place.by_hand("CREATE TABLE x (n); DROP TABLE x");
        }
        place.project.run(["adopt"]).code(1).error("E0202").stderr_has("`schemactl up` is all that is needed");
        place.by_hand("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
        place.project.run(["adopt"]).code(1).error("E0202").stderr_has("is not new").stderr_has(BASELINE);
        place.project.run(["adopt", "--from", "nonsense"]).code(2).stderr_has("sqlx");
        place.by_hand(
            "CREATE TABLE mine (version bigint, description text, installed_on text, success boolean, \
                       checksum text, execution_time bigint); INSERT INTO mine (version, success) VALUES (1, true)",
        );
        let output = place.project.run(["adopt"]);
        output.code(1).stderr_has("mine").stderr_has("`schemactl adopt --from sqlx --from-table NAME`");
        place.project.run(["adopt", "--from", "sqlx", "--from-table", "mine"]).ok();
        let output = place.project.run(["status", "--check"]);
        ignored(&place, &output);
        place.project.run(["status", "--check"]).ok();
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

    for version in postgres::one_of_versions() {
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
