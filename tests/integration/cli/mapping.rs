//! The two backends of a database, compared by its map.

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::project;

use super::printed;

const ON_SQLITE: &str = "CREATE TABLE purchases (id INTEGER PRIMARY KEY, body TEXT NOT NULL, draft INTEGER);\n";
const ON_POSTGRES: &str = "CREATE SCHEMA sales;\nCREATE TYPE sales.state AS ENUM ('open');\n\
     CREATE TABLE sales.orders (id bigint PRIMARY KEY, content jsonb NOT NULL, state sales.state);\n\
     CREATE TABLE sales.days (day date NOT NULL) PARTITION BY RANGE (day);\n\
     CREATE TABLE sales.days_default PARTITION OF sales.days DEFAULT;\n";

fn shop(database: &Database, map: &str) -> Project {
    let project = project!();
    let sections = "[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n";
    project.config(&format!("{sections}{map}")).env("DATABASE_URL", database.url());
    for (path, text) in [
        ("sqlite/V1__create.sql", ON_SQLITE),
        ("sqlite/V1__create.down.sql", "DROP TABLE purchases;\n"),
        ("postgres/V1__create.sql", ON_POSTGRES),
        (
            "postgres/V1__create.down.sql",
            "DROP TABLE sales.days, sales.orders;\nDROP TYPE sales.state;\nDROP SCHEMA sales;\n",
        ),
    ] {
        project.file(&format!("migrations/{path}"), text);
    }
    project.run(["generate"]).ok();
    project
}

#[test]
fn what_the_map_does_not_have_is_found() {
    let database = postgres::database(postgres::version());
    let without = shop(&database, "");
    without.run(["check", "--prove"]).ok().stdout_has("2 migrations in 2 folders: nothing to report");

    let map = "[map]\nschema = \"sales\"\nsqlite_only = [\"purchases.gone\"]\n[map.tables]\npurchases = \"orders\"\n";
    let project = shop(&database, map);
    project.run(["check"]).ok();
    printed(
        &project,
        project.run(["check", "--prove"]).code(3),
        "error[E0414]: SQLite has no table or column purchases.gone
  --> schema.toml:7:16
   |
 7 | sqlite_only = [\"purchases.gone\"]
   |                ^^^^^^^^^^^^^^^^

hint: mend the line in [map], or remove it

error[E0414]: column purchases.body is on SQLite alone: sales.orders has no such column
  --> schema.toml:5:2
   |
 5 | [map]
   |  ^^^

error[E0414]: column purchases.draft is on SQLite alone: sales.orders has no such column
  --> schema.toml:5:2
   |
 5 | [map]
   |  ^^^

hint: name its counterpart in [map.columns], or list it in `sqlite_only`

error[E0414]: column sales.orders.content is on PostgreSQL alone: purchases has no such column on SQLite
  --> schema.toml:5:2
   |
 5 | [map]
   |  ^^^

error[E0414]: column sales.orders.state is on PostgreSQL alone: purchases has no such column on SQLite
  --> schema.toml:5:2
   |
 5 | [map]
   |  ^^^

hint: name its counterpart in [map.columns], or list it in `postgres_only`

error[E0414]: table sales.days is on PostgreSQL alone
  --> schema.toml:5:2
   |
 5 | [map]
   |  ^^^

hint: name its counterpart in [map.tables], or list it in `postgres_only`

2 migrations in 2 folders, 1 map: 6 findings
",
        "error[E0410]: the check has 6 findings\n",
    );
    project.run(["check", "--prove", "--json"]).code(3).stdout_has("\"maps\": [\n    {\n      \"database\": null,");
    // There is nothing to compare one backend with.
    project.run(["check", "--prove", "--backend", "sqlite"]).code(3).lacks("E0414");
}

#[test]
fn a_map_that_has_everything_is_clean() {
    let database = postgres::database(postgres::version());
    let map = "[map]\nschema = \"sales\"\nsqlite_only = [\"purchases.draft\"]\npostgres_only = [\"days\", \"sales.orders.state\"]\n\
         [map.tables]\npurchases = \"sales.orders\"\n[map.columns]\npurchases.body = \"content\"\n";
    let project = shop(&database, map);
    project.run(["check", "--prove"]).ok().stdout_has("2 migrations in 2 folders, 1 map: nothing to report");
}
