//! `init` and `new`.

use schemactl_test_support::project;

use super::{printed, shop};

#[test]
fn init_makes_a_project_that_works() {
    let project = project!();
    let output = project.run(["init"]);
    output.ok().stdout_has("created schema.toml\n").stdout_has("schemactl new \"create users\"");
    assert_eq!(project.files(), ["migrations/postgres/.gitkeep", "migrations/sqlite/.gitkeep", "schema.toml"]);
    project
        .run(["status"])
        .ok()
        .stdout_has("app.db (sqlite)\nthere is no database at app.db: no such file\n")
        .stdout_has("\nno migrations\n");
    project.run(["check"]).ok();
    let before = project.read("schema.toml");
    let output = project.run(["init"]);
    output.code(2).stderr_has("error[E0107]: schema.toml exists already").stderr_has("nothing was changed");
    output
        .stderr_has("hint: go on with it: `schemactl status` shows its migrations")
        .stderr_has("to begin anew, remove it first");
    assert_eq!(project.read("schema.toml"), before);
}

#[test]
fn init_for_one_backend_or_for_names() {
    let project = project!();
    project.run(["init", "--backend", "postgres"]).ok();
    assert_eq!(project.files(), ["migrations/postgres/.gitkeep", "schema.toml"]);
    assert!(!project.read("schema.toml").contains("sqlite"));
    let project = project!();
    project.run(["init", "--backend", "both", "-d", "shop", "-d", "audit", "--json"]).ok().stdout_has("\"created\": [");
    project.run(["status"]).ok().stdout_has("shop (sqlite, shop.db)").stdout_has("audit (sqlite, audit.db)");
    project.run(["init", "--url", "sqlite:a.db"]).code(2).stderr_has("`init` takes no `--url`");
    project.run(["up", "--backend", "both"]).code(2).stderr_has("`--backend both` is for `schemactl init`");
}

#[test]
fn new_numbers_on_both_sides_alike() {
    let project = project!();
    project.run(["init"]).ok();
    printed(
        &project,
        project.run(["new", "Create orders!"]).ok(),
        "created migrations/sqlite/V0001__create_orders.sql
  its down, which `schemactl generate` writes: migrations/sqlite/V0001__create_orders.down.sql
created migrations/postgres/V0001__create_orders.sql
  its down, which `schemactl generate` writes: migrations/postgres/V0001__create_orders.down.sql
",
        "",
    );
    // The first is not written yet, and keeps its number all the same.
    project.run(["new", "more", "of", "it", "--backend", "sqlite"]).ok().stdout_has("V0002__more_of_it.sql");
    project.run(["new", "again"]).ok().stdout_has("migrations/postgres/V0003__again.sql");
    project.run(["new", "…"]).code(2).stderr_has("error[E0107]");
    // A migration that was never written does not pass for one.
    project.run(["up"]).code(1).stderr_has("error[E0309]").stderr_has("V0001__create_orders.sql");
}

#[test]
fn new_goes_on_as_it_began() {
    let project = shop();
    project.run(["new", "third"]).ok().stdout_has("migrations/sqlite/V3__third.sql");
    let output = project.run(["new", "timed", "--timestamp"]);
    let name = output.ok().stdout.lines().next().unwrap().to_owned();
    assert!(name.starts_with("created migrations/sqlite/V20") && name.ends_with("__timed.sql"), "{name}");
    let output = project.run(["new", "next"]);
    let next = output.ok().stdout.lines().next().unwrap().to_owned();
    assert!(next.len() == name.len() - 1 && next > name, "{next}");
}

#[test]
fn new_in_a_phase() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.run(["new", "a", "--phase", "core"]).ok().stdout_has("migrations/sqlite/1_core/V0001__a.sql");
    project.run(["new", "b", "--phase", "audit"]).ok().stdout_has("migrations/sqlite/2_audit/V0002__b.sql");
    project.run(["new", "c"]).ok().stdout_has("migrations/sqlite/2_audit/V0003__c.sql");
    project.run(["new", "d", "--phase", "core"]).code(1).stderr_has("error[E0306]");
}

#[test]
fn init_sees_what_the_database_url_is_for() {
    let project = project!();
    project.env("DATABASE_URL", "postgres://me:hunter2@db.internal/shop");
    let output = project.run(["init"]);
    output.ok().lacks("hunter2").lacks("set DATABASE_URL");
    output.stdout_has("backend: postgres, since DATABASE_URL (environment) is postgres://me:***@db.internal/shop\n");
    output.stdout_has("remove schema.toml, then `schemactl init --backend sqlite`, or `both`");
    assert_eq!(project.files(), ["migrations/postgres/.gitkeep", "schema.toml"]);
    assert!(project.read("schema.toml").contains("[postgres]\nurl = \"${DATABASE_URL}\""));
    // What it says leads to a project that works.
    std::fs::remove_file(project.path().join("schema.toml")).unwrap();
    let output = project.run(["init", "--backend", "sqlite", "--json"]);
    output.ok().stdout_has("\"backends\": [\n    \"sqlite\"\n  ]").stdout_has("\"because\": \"--backend\"");
    project.run(["status"]).ok().stdout_has("app.db (sqlite)");
}

#[test]
fn init_takes_an_sqlite_file_from_dotenv() {
    let project = project!();
    project.file(".env", "DATABASE_URL=sqlite:shop.db\n");
    let output = project.run(["init"]);
    output.ok().stdout_has("backend: sqlite, since DATABASE_URL (.env) is sqlite:shop.db\n");
    output.stdout_has("add shop.db, and the same with -wal").stdout_has("keep .env out of git");
    assert!(project.read("schema.toml").contains("[sqlite]\nurl = \"${DATABASE_URL}\""));
    project.run(["status"]).ok().stdout_has("shop.db (sqlite)");
    // The environment counts more.
    let project = project!();
    project.file(".env", "DATABASE_URL=sqlite:shop.db\n").env("DATABASE_URL", "postgresql:///shop");
    project.run(["init"]).ok().stdout_has("backend: postgres, since DATABASE_URL (environment)");
}

#[test]
fn init_says_what_it_does_without_a_url_and_with_both() {
    let project = project!();
    let output = project.run(["init"]);
    output.ok().stdout_has(
        "backend: sqlite and postgres (sqlite is used until DATABASE_URL is set), since no DATABASE_URL says which\n",
    );
    output.stdout_has("schemactl init --backend sqlite`, or `postgres`");
    let project = project!();
    project.env("DATABASE_URL", "sqlite:shop.db");
    let output = project.run(["init", "--backend", "both"]);
    output.ok().stdout_has("backend: sqlite and postgres (sqlite is used), as --backend says\n");
    output.stdout_has("set POSTGRES_URL in the environment");
    let text = project.read("schema.toml");
    assert!(
        text.contains("[sqlite]\nurl = \"${DATABASE_URL}\"") && text.contains("url = \"${POSTGRES_URL}\""),
        "{text}"
    );
    project.run(["status"]).ok().stdout_has("shop.db (sqlite)");
    let project = project!();
    project.env("DATABASE_URL", "postgres://db/shop").env("SCHEMACTL_BACKEND", "sqlite");
    let output = project.run(["init"]);
    output.ok().stdout_has("backend: sqlite, as SCHEMACTL_BACKEND says\n");
    output.stdout_has("DATABASE_URL (environment) is postgres://db/shop, and is not used\n");
    let project = project!();
    project.env("DATABASE_URL", "postgres://db/shop");
    project.run(["init", "--backend", "both"]).ok().stdout_has("(postgres is used)");
    assert!(project.read("schema.toml").contains("backend = \"postgres\""));
}

#[test]
fn init_with_names_looks_at_the_variable_of_each() {
    let project = project!();
    project.env("SHOP_DATABASE_URL", "sqlite:s.db").env("AUDIT_DATABASE_URL", "postgres://db/audit");
    let output = project.run(["init", "-d", "shop", "-d", "audit"]);
    output.ok().stdout_has("SHOP_DATABASE_URL (environment) is sqlite:s.db, AUDIT_DATABASE_URL (environment) is");
    assert_eq!(
        project.files(),
        ["migrations/postgres/audit/.gitkeep", "migrations/sqlite/shop/.gitkeep", "schema.toml"]
    );
    let text = project.read("schema.toml");
    assert!(text.contains("[database.shop.sqlite]\nurl = \"${SHOP_DATABASE_URL}\""), "{text}");
    assert!(text.contains("[database.audit.postgres]\nurl = \"${AUDIT_DATABASE_URL}\""), "{text}");
    project.run(["status", "-d", "shop"]).ok().stdout_has("shop (sqlite, s.db)");
    // One that has a name takes the backend of DATABASE_URL, and a variable of its own.
    let project = project!();
    project.env("DATABASE_URL", "postgres://db/shop");
    project.run(["init", "-d", "shop"]).ok().stdout_has("set SHOP_DATABASE_URL");
}

#[test]
fn init_refuses_a_url_that_is_none_and_says_how_to_go_on() {
    for (url, words) in [
        ("mysql://me:hunter2@db/shop", "is the URL of neither SQLite nor PostgreSQL"),
        ("postgrs://db/shop", "did you mean `postgres`?"),
        ("sqlite:shop.db?mode=x", "DATABASE_URL: the SQLite URL"),
        ("postgres://db:port/shop", "DATABASE_URL: "),
        ("sqlite:", "it names no file"),
    ] {
        let project = project!();
        project.env("DATABASE_URL", url);
        let output = project.run(["init"]);
        output.code(2).stderr_has("error[E0106]").stderr_has(words).stderr_has("nothing was created").lacks("hunter2");
        assert!(project.files().is_empty(), "{url}");
        let output = project.run(["init", "--backend", "sqlite"]);
        output.ok().stdout_has("backend: sqlite, as --backend says").lacks("hunter2");
        project.run(["status"]).ok().stdout_has("app.db (sqlite)");
    }
}

#[test]
fn init_passes_over_what_is_of_no_use() {
    let project = project!();
    project.file(".env", "this is for another tool\n");
    project.run(["init", "--backend", "sqlite"]).ok().stdout_has("line 1 of .env does not read NAME=value");
    let project = project!();
    project.env("DATABASE_URL", "sqlite::memory:");
    let output = project.run(["init"]);
    output.ok().stdout_has("in memory, which ends with each command: sqlite:app.db is used\n");
    project.run(["up"]).ok();
    let project = project!();
    project.env("DATABASE_URL", "");
    project.run(["init"]).ok().stdout_has("no DATABASE_URL says which");
}

#[test]
fn a_new_file_shows_an_example_and_holds_no_statement() {
    let project = project!();
    project.run(["init"]).ok();
    project.run(["new", "create", "orders"]).ok();
    let (sqlite, postgres) =
        ("migrations/sqlite/V0001__create_orders.sql", "migrations/postgres/V0001__create_orders.sql");
    assert!(project.read(sqlite).contains("--   CREATE TABLE orders (") && project.read(sqlite).contains("STRICT"));
    assert!(project.read(postgres).contains("GENERATED ALWAYS AS IDENTITY"));
    project.run(["up"]).code(1).stderr_has("error[E0309]").stderr_has("hint: write the SQL into it");
    project.run(["plan"]).code(1).stderr_has("error[E0309]");
    project.run(["status"]).ok().stdout_has("V0001__create_orders.sql holds no statement").stdout_has("1 broken");
    // The example is SQL of its dialect, and the comment above it no directive.
    for (file, url) in [(sqlite, "sqlite:app.db"), (postgres, "")] {
        let text = project.read(file);
        let lines = text.lines().filter_map(|line| line.strip_prefix("--   ")).filter(|line| !line.starts_with("--"));
        let example: Vec<_> = lines.collect();
        project.file(file, format!("{text}{}\n", example.join("\n")));
        if !url.is_empty() {
            project.run(["up"]).ok().stdout_has("1 applied");
        }
    }
    project.run(["generate", "--backend", "sqlite"]).ok().stdout_has("1 create_orders: lossy; the down is written");
    project.run(["check", "--backend", "sqlite"]).ok();
}
