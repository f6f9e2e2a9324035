//! `init` and `new`.

use schemactl_test_support::project;

use super::super::{printed, shop};

#[test]
fn init_makes_a_project_that_works() {
    let project = project!();
    let output = project.run(["init"]);
    output.ok().stdout_has("created schema.toml\n").stdout_has("schemactl new \"create users\"");
    assert_eq!(project.files(), ["migrations/postgres/.gitkeep", "migrations/sqlite/.gitkeep", "schema.toml"]);
    project.run(["status"]).ok().stdout_has("app.db (sqlite)\nno migrations\n");
    project.run(["check"]).ok();
    let before = project.read("schema.toml");
    let output = project.run(["init"]);
    output.code(2).stderr_has("error[E0107]: schema.toml exists already").stderr_has("nothing was changed");
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
  write what takes it back to migrations/sqlite/V0001__create_orders.down.sql
created migrations/postgres/V0001__create_orders.sql
  write what takes it back to migrations/postgres/V0001__create_orders.down.sql
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
