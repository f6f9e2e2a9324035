//! An older release beside a newer one, on both databases, by the command and by the library.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl::{Code, Migrations, NewerDatabase, Options, Target};
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{project, sqlite};

fn both() -> [Shop; 2] {
    let shops = Shop::both([project!(), project!()]);
    for shop in &shops {
        shop.file("V1__create_orders.sql", "CREATE TABLE orders (id integer PRIMARY KEY);\n");
        shop.file("V1__create_orders.down.sql", "DROP TABLE orders;\n");
    }
    shops
}

const IF_REVERSIBLE: &str = "up --newer-database allow-if-reversible";

#[test]
fn i41_an_older_release_starts_beside_a_newer_one_that_can_be_taken_back() {
    for shop in both() {
        shop.file("V2__add_note.sql", "ALTER TABLE orders ADD note text;\n");
        shop.file("V2__add_note.down.sql", "ALTER TABLE orders DROP COLUMN note;\n");
        shop.run("up").ok();
        shop.remove("V2__add_note.sql");
        shop.remove("V2__add_note.down.sql");
        shop.run("up").code(1).stderr_has("error[E0402]").stderr_has("allow-if-reversible");
        shop.run(IF_REVERSIBLE).ok().stdout_has("nothing to do");
        // The hint of the other way out.
        shop.run("down --to 1").ok().stdout_has("reverted 2 add_note");
        shop.run("up").ok();
    }
}

#[test]
fn i41_what_cannot_be_taken_back_is_refused_all_the_same() {
    let cases = [
        ("", "has no down in the database"),
        ("-- schemactl: irreversible = the column is gone\n", "was declared irreversible"),
    ];
    for (head, why) in cases {
        for shop in both() {
            shop.file("V2__add_note.sql", format!("{head}ALTER TABLE orders ADD note text;\n"));
            shop.run("up").ok();
            shop.remove("V2__add_note.sql");
            let refused = shop.run(IF_REVERSIBLE);
            refused.code(1).stderr_has("error[E0402]").stderr_has(&format!("version 2 {why}"));
            // No hint that leads to the same error.
            shop.run("up").code(1).stderr_has("error[E0402]").lacks("= \"allow-if-reversible\"");
            refused.lacks("= \"allow-if-reversible\"");
            shop.run("up --newer-database allow").ok();
        }
    }
    // One of several, and one that is under way.
    for shop in both() {
        for (version, down) in [(2, "SELECT 1;\n"), (3, "SELECT 1;\n")] {
            shop.file(&format!("V{version}__x.sql"), "SELECT 1;\n");
            shop.file(&format!("V{version}__x.down.sql"), down);
        }
        shop.run("up").ok();
        shop.execute("UPDATE schema_migrations SET state = 'partial', statements_done = 0 WHERE version = 3");
        for name in ["V2__x.sql", "V2__x.down.sql", "V3__x.sql", "V3__x.down.sql"] {
            shop.remove(name);
        }
        shop.run(IF_REVERSIBLE).code(1).stderr_has("version 3 is not applied whole");
    }
}

#[test]
fn i41_what_is_pending_of_the_older_release_is_late() {
    for shop in both() {
        shop.file("V3__x.sql", "SELECT 1;\n");
        shop.file("V3__x.down.sql", "SELECT 1;\n");
        shop.run("up").ok();
        shop.remove("V3__x.sql");
        shop.remove("V3__x.down.sql");
        shop.file("V2__late.sql", "SELECT 1;\n");
        shop.run(IF_REVERSIBLE).code(1).stderr_has("error[E0403]");
    }
}

#[test]
fn i41_the_library_has_the_policy() {
    for shop in both() {
        shop.file("V2__x.sql", "SELECT 1;\n");
        shop.file("V2__x.down.sql", "SELECT 1;\n");
        shop.run("up").ok();
        shop.remove("V2__x.sql");
        shop.remove("V2__x.down.sql");
        let migrations = Migrations::read(shop.project.path().join(shop.folder())).unwrap();
        let options = Options::new().newer_database(NewerDatabase::AllowIfReversible);
        match shop.server() {
            None => {
                let mut connection = sqlite::open(&shop.database_file());
                let refused = schemactl::sqlite::up(&mut connection, &migrations).unwrap_err();
                assert_eq!(refused.code(), Code::NewerDatabase);
                let report = schemactl::sqlite::up_with(&mut connection, &migrations, &Target::Latest, &options);
                assert!(report.unwrap().is_empty());
                assert!(schemactl::sqlite::pending(&connection, &migrations, &options).unwrap().is_empty());
            }
            Some(database) => {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let url = database.url();
                let report = runtime.block_on(schemactl::postgres::up_url(&url, &migrations, &options));
                assert!(report.unwrap().is_empty());
            }
        }
    }
}
