//! Roles that may write the history, or read it, and not what is kept of rows.

use crate::undo::kept::Shows as _;
use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

/// A role that is dropped in the end, with a project that connects as it.
struct Colleague<'s> {
    shop: &'s Shop,
    role: String,
}

impl<'s> Colleague<'s> {
    fn new(shop: &'s Shop, name: &str, grants: &str) -> Self {
        let role = format!("{name}_{}", std::process::id());
        let grants = grants.replace("ROLE", &role);
        shop.database()
            .psql(&format!("CREATE ROLE {role} LOGIN; GRANT USAGE, CREATE ON SCHEMA public TO {role}; {grants}"));
        Self { shop, role }
    }

    /// Runs the command as this role.
    fn run(&self, arguments: &[&str]) -> schemactl_test_support::cli::Output {
        let database = self.shop.database();
        self.shop.project.env("SCHEMACTL_URL", database.url_as(&self.role));
        let output = self.shop.project.run(arguments);
        self.shop.project.env("SCHEMACTL_URL", database.url());
        output
    }
}

impl Drop for Colleague<'_> {
    fn drop(&mut self) {
        self.shop.database().psql(&format!("DROP OWNED BY {0}; DROP ROLE {0}", self.role));
    }
}

/// A database whose owner has changed two rows with version 2.
fn shop() -> Shop {
    let shop = Shop::postgres(project!());
    shop.project
        .file("migrations/postgres/V1__first.sql", "CREATE TABLE role (name text PRIMARY KEY, level integer);\n");
    shop.project.file("migrations/postgres/V2__second.sql", "UPDATE role SET level = level + 1;\n");
    shop.project.file("migrations/postgres/V2__second.down.sql", "SELECT 1;\n");
    shop.project.run(["up", "--to", "1"]).ok();
    shop.execute("INSERT INTO role VALUES ('ada', 1), ('bo', 2)");
    shop.project.run(["up"]).ok();
    shop
}

const WRITES: &str = "GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations, role TO ROLE; GRANT SELECT, INSERT ON schema_migrations_log TO ROLE; \
     GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ROLE;";

#[test]
fn a_role_that_does_not_own_what_is_kept_migrates_and_says_that_it_keeps_nothing() {
    let shop = shop();
    let colleague = Colleague::new(&shop, "colleague", WRITES);
    shop.project.file("migrations/postgres/V3__third.sql", "UPDATE role SET level = level * 10;\n");
    shop.project.file("migrations/postgres/V3__third.down.sql", "SELECT 1;\n");
    colleague.run(&["up"]).ok();
    assert_eq!(shop.query("SELECT level FROM role ORDER BY 1"), "20\n30");
    let nothing = "schema_migrations_undo belongs to another role, which alone reads it";
    // Of version 2 the owner has kept rows, which this role cannot put back: it says so, and takes nothing for kept.
    colleague.run(&["down", "--steps", "2", "--dry-run"]).ok().stdout_has(nothing).lacks("puts back");
    colleague.run(&["down", "--steps", "2"]).ok().stdout_has(nothing);
    assert_eq!(shop.query("SELECT level FROM role ORDER BY 1"), "20\n30");
    // What the owner has kept of version 2 is of no later run.
    colleague.run(&["up", "--to", "2"]).ok();
    shop.project.run(["undo", "list"]).ok().stdout_has("superseded");
    shop.project.run(["down"]).ok().stdout_has("they are of an earlier run of the migration");
    assert_eq!(shop.query("SELECT level FROM role ORDER BY 1"), "21\n31");
    // With its own run the owner keeps rows again.
    shop.project.run(["up"]).ok();
    shop.project.run(["down", "--steps", "2"]).ok();
    assert_eq!(shop.query("SELECT level FROM role ORDER BY 1"), "21\n31");
}

#[test]
fn a_role_that_reads_the_history_alone_sees_how_it_stands() {
    let shop = shop();
    let monitor = Colleague::new(&shop, "monitor", "GRANT SELECT ON schema_migrations, schema_migrations_log TO ROLE;");
    let status = monitor.run(&["status"]);
    status.ok().shows(&["what is kept of rows in ", " cannot be read: the role monitor_", "second"]);
    monitor.run(&["status", "--json"]).ok().stdout_has("\"kept\": null");
    let list = monitor.run(&["undo", "list"]);
    list.error("E0508");
    let text = list.text();
    let grants = text.split('`').find(|part| part.starts_with("GRANT")).expect("a hint has what is to be granted");
    shop.execute(grants);
    monitor.run(&["undo", "list"]).ok().stdout_has("kept of 1 version: 2 rows");
    monitor.run(&["status"]).ok().lacks("cannot be read");
}
