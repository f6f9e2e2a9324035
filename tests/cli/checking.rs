//! `generate` and `check`.

use super::super::{migration, printed, shop};

#[test]
fn generate_writes_what_is_new() {
    let project = shop();
    printed(
        &project,
        project.run(["generate"]).ok(),
        "sqlite: V1__create_orders.sql added\nsqlite: V2__add_total.sql added\nschema.lock is written: 2 migrations\n",
        "",
    );
    printed(&project, project.run(["generate"]).ok(), "schema.lock is up to date: 2 migrations\n", "");
    migration(&project, "V3__note", "ALTER TABLE orders ADD note;\n", "ALTER TABLE orders DROP note;\n");
    project.run(["generate"]).ok().stdout_has("sqlite: V3__note.sql added");
}

#[test]
fn generate_keeps_what_is_locked() {
    let project = shop();
    project.run(["generate"]).ok();
    let locked = project.read("schema.lock");
    project.file("migrations/sqlite/V1__create_orders.sql", "CREATE TABLE orders (id);\n");
    printed(
        &project,
        project.run(["generate"]).code(1),
        "",
        "error[E0401]: sqlite: V1__create_orders.sql was changed since it was locked
  --> migrations/sqlite/V1__create_orders.sql
   = state: schema.lock is as it was

hint: put it back as it was, and make the change in a new migration: `schemactl new`
hint: or, where no database has it yet: `schemactl generate --accept-modified`
",
    );
    assert_eq!(project.read("schema.lock"), locked);
    let output = project.run(["generate", "--accept-modified"]);
    output.ok().stdout_has("sqlite: V1__create_orders.sql changed");
    project.run(["check"]).ok();
}

#[test]
fn check_needs_no_database() {
    let project = shop();
    project.run(["generate"]).ok();
    printed(&project, project.run(["check"]).ok(), "2 migrations in 1 folder: nothing to report\n", "");
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn check_lists_everything() {
    let project = shop();
    project.run(["generate"]).ok();
    project.file("migrations/sqlite/V1__create_orders.sql", "CREATE TABLE orders (id);\n");
    project.file("migrations/sqlite/V3__no_down.sql", "SELECT 1;\n");
    project.file("migrations/sqlite/notes.sql", "SELECT 1;\n");
    project.file("migrations/sqlite/V4__open.sql", "SELECT 'open;\n");
    let output = project.run(["validate"]);
    output.code(3).stderr_has("error[E0410]: the check has 7 findings");
    for found in [
        "error[E0303]: migrations/sqlite/notes.sql",
        "error[E0308]: ",
        "error[E0406]: migration 3 no_down has no down",
        "error[E0406]: migration 4 open has no down",
        "error[E0410]: V1__create_orders.sql was changed",
        "error[E0410]: V3__no_down.sql is not in schema.lock",
        "error[E0410]: V4__open.sql is not in schema.lock",
        "4 migrations in 1 folder: 7 findings\n",
    ] {
        output.stdout_has(found);
    }
    project.run(["check", "--json"]).code(3).stdout_has("\"findings\": 7").stdout_has("\"code\": \"E0303\"");
}

#[test]
fn check_wants_a_lock() {
    let project = shop();
    project.run(["check"]).code(3).stdout_has("error[E0410]: there is no schema.lock\n  --> schema.lock\n");
    project.file("schema.lock", "lock_version = 1\n\n<<<<<<< HEAD\n");
    project.run(["check"]).code(3).stdout_has("error[E0311]: schema.lock has an unresolved conflict");
}

#[test]
fn check_finds_what_schema_toml_lacks() {
    let project = shop();
    project.run(["generate"]).ok();
    project.config("[database.shop.sqlite]\nurl = \"sqlite:app.db\"\nmigrations = \"migrations/sqlite\"\n");
    let output = project.run(["check"]);
    output.code(3).stdout_has("error[E0410]: schema.lock has migrations of sqlite, which schema.toml does not have");
    project.run(["generate"]).ok();
    project.run(["check"]).ok();
}

#[test]
fn check_online_compares_the_history() {
    let project = shop();
    project.run(["generate"]).ok();
    project.run(["up", "--to", "1"]).ok();
    project.run(["check"]).ok();
    let output = project.run(["check", "--online"]);
    output.code(3).stdout_has("error[E0410]: version 2 is pending in app.db");
    project.run(["check", "--backend", "sqlite"]).code(3);
    project.run(["up"]).ok();
    let output = project.run(["check", "--online"]);
    output.ok().stdout_has("2 migrations in 1 folder, 1 database: nothing to report");
}
