//! What lies in a schema to which names do not lead: a history that may be meant, and what a statement misses.

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::project;

const WAY: &str = "`schema = \"app\"`, and `?options=-c%20search_path%3Dapp` in the URL, so that names lead there";

fn at(url: &str) -> Project {
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", url);
    project.file("migrations/postgres/V0001__orders.sql", "CREATE TABLE orders (id int);");
    project
}

/// The URL of a connection whose names lead to the schema app.
fn leading_to_app(url: &str) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options=-c%20search_path%3Dapp")
}

/// A database in whose schema app the migrations were applied.
fn applied_in_app() -> (Database, Project) {
    let database = postgres::database(postgres::version());
    database.psql("CREATE SCHEMA app");
    let project = at(&leading_to_app(&database.url()));
    project.run(["up"]).ok();
    (database, project)
}

#[test]
fn a_role_that_may_not_create_a_history_is_told_of_the_one_that_is_there() {
    let (database, project) = applied_in_app();
    let role = "elsewhere_role";
    postgres::roles(postgres::version(), &[role]);
    database.psql(&format!("ALTER ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC"));
    project.env("DATABASE_URL", database.url_as(role));
    let up = project.run(["up"]);
    up.code(1).error("E0508").stderr_has(&format!("hint: database {:?} has a history elsewhere", database.name()));
    up.stderr_has(WAY).stderr_has("or, where these migrations are to have a copy of their own: ");
    // Whoever only reads is told the same, and fails at nothing.
    let plan = project.run(["plan"]);
    plan.ok().stdout_has(WAY).stdout_has("not rehearsed: this role may not write the history");
    plan.stdout_has("hint: or, where these migrations are to have a copy of their own: ");
    let json: serde_json::Value = serde_json::from_str(&project.run(["plan", "--json"]).ok().stdout).unwrap();
    let of = &json["databases"][0];
    assert!(of["notes"][0].as_str().unwrap().contains("has a history elsewhere"), "{of}");
    assert_eq!(of["rehearsal"]["hints"].as_array().unwrap().len(), 2, "{of}");
    // The way that is named: to the history that is there, with what it takes to write it.
    database
        .psql(&format!("GRANT USAGE, CREATE ON SCHEMA app TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA app TO {role}"));
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nschema = \"app\"\n");
    project.env("DATABASE_URL", leading_to_app(&database.url_as(role)));
    project.file("migrations/postgres/V0002__more.sql", "CREATE TABLE more (id int);");
    project.run(["up"]).ok().stdout_has("1 applied").lacks("elsewhere");
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE tablename = 'orders'"), "1");
}

#[test]
fn who_begins_beside_another_history_is_told_of_it() {
    let (database, project) = applied_in_app();
    project.env("DATABASE_URL", database.url());
    project.run(["plan"]).ok().stdout_has(WAY).stdout_has("rehearsed: 1 of 1 step would succeed");
    project.run(["up"]).ok().stderr_has(WAY).stdout_has("1 applied");
    // It is said where a history begins, and not at each run.
    project.file("migrations/postgres/V0002__more.sql", "CREATE TABLE more (id int);");
    project.run(["plan"]).ok().lacks("elsewhere");
    project.run(["up"]).ok().lacks("elsewhere");
}

/// Where the tables lie elsewhere, a path that leads to the history would put new ones beside it.
#[test]
fn a_schema_that_has_nothing_but_the_history_is_no_place_for_names_to_lead_to() {
    let database = postgres::database(postgres::version());
    let project = at(&database.url());
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nschema = \"mig\"\n");
    project.run(["up"]).ok();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n");
    let up = project.run(["up"]);
    up.code(1).error("E0203").stderr_has("has a history elsewhere: mig.schema_migrations (`schema = \"mig\"`);");
    project.run(["status"]).ok().stdout_has("mig.schema_migrations (`schema = \"mig\"`);");
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nschema = \"mig\"\n");
    project.file("migrations/postgres/V0002__more.sql", "CREATE TABLE more (id int);");
    project.run(["up"]).ok().stdout_has("1 applied");
    assert_eq!(database.psql("SELECT schemaname FROM pg_tables WHERE tablename = 'more'"), "public");
}

#[test]
fn an_sqlite_file_with_another_history_is_told_of() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\ntable = \"first\"\n");
    project.file("migrations/sqlite/V1__orders.sql", "CREATE TABLE orders (id);");
    project.run(["up"]).ok().lacks("elsewhere");
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.file("migrations/sqlite/V1__orders.sql", "CREATE TABLE others (id);");
    project.run(["plan"]).ok().stdout_has("has a history elsewhere: first (`table = \"first\"`)");
    project.run(["up"]).ok().stderr_has("has a history elsewhere: first (`table = \"first\"`)");
}

/// The statements that miss what the schema app has, each with what is missed.
const MISSING: [(&str, &str); 6] = [
    ("ALTER TABLE orders ADD COLUMN note text;", "orders"),
    ("INSERT INTO orders VALUES (1);", "orders"),
    ("DO $$ BEGIN UPDATE orders SET id = 1; END $$;", "orders"),
    ("CREATE TABLE moods (m mood);", "mood"),
    ("SELECT twice(1);", "twice"),
    ("-- schemactl: transaction = none\nCREATE INDEX CONCURRENTLY by_id ON orders (id);", "orders"),
];

#[test]
fn what_a_statement_misses_is_looked_for_in_other_schemas() {
    let (database, project) = applied_in_app();
    database.psql(
        "CREATE TYPE app.mood AS ENUM ('sad'); CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE sql RETURN $1 * 2",
    );
    // As somebody has it who takes `schema` for the schema of the tables.
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nschema = \"app\"\n").env("DATABASE_URL", database.url());
    for (statement, missed) in MISSING {
        project.file("migrations/postgres/V0002__more.sql", statement);
        let hint = format!(
            "hint: app.{missed} is there, and the search path of this session (\"$user\", public) does not lead to it"
        );
        for command in ["plan", "up"] {
            let output = project.run([command]);
            if command == "up" || !statement.contains("CONCURRENTLY") {
                output.code(1).error("E0204").stderr_has(&hint);
                output.stderr_has("`?options=-c%20search_path%3Dapp` in the URL").stderr_has("where the history lies");
            }
        }
    }
    database.psql("DELETE FROM app.schema_migrations WHERE version = 2");
    project.file("migrations/postgres/V0002__more.sql", MISSING[0].0);
    project.env("DATABASE_URL", leading_to_app(&database.url()));
    project.run(["up"]).ok().stdout_has("1 applied");
    // What is nowhere is told of nowhere.
    project.file("migrations/postgres/V0003__more.sql", "ALTER TABLE nowhere ADD COLUMN note text;");
    project.run(["up"]).code(1).error("E0204").lacks("is there");
}

#[test]
fn a_schema_that_the_role_may_not_use_is_named_with_the_grant() {
    let (database, project) = applied_in_app();
    let role = "elsewhere_unused";
    postgres::roles(postgres::version(), &[role]);
    database.psql(&format!(
        "ALTER ROLE {role} LOGIN; CREATE SCHEMA {role} AUTHORIZATION {role}; DROP TABLE app.schema_migrations, app.schema_migrations_log"
    ));
    project.env("DATABASE_URL", leading_to_app(&database.url_as(role)).replace("3Dapp", "3Dapp,public"));
    project.config(&format!("[postgres]\nurl = \"${{DATABASE_URL}}\"\nschema = \"{role}\"\n"));
    project.file("migrations/postgres/V0001__orders.sql", "INSERT INTO orders VALUES (1);");
    let grant = format!("`GRANT USAGE ON SCHEMA \"app\" TO \"{role}\"`");
    project.run(["up"]).code(1).error("E0204").stderr_has(&grant);
    database.psql(&format!("GRANT USAGE ON SCHEMA app TO {role}; GRANT INSERT ON app.orders TO {role}"));
    project.run(["up"]).ok();
}
