//! A copy by `pg_dump` is no drift, whatever its expressions are: what the server prints of one it prints in another way once it has
//! read that.

use schemactl_test_support::postgres;
use schemactl_test_support::project;

#[test]
fn i8_12_what_people_write_in_expressions_is_no_drift_once_restored() {
    let mut tried = 0;
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        if !database.can_dump() {
            continue;
        }
        tried += 1;
        let project = project!();
        project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
        project.file("migrations/postgres/V1__all.sql", include_str!("expressions.sql"));
        project.run(["up"]).ok();
        // Twice: what is there after the first copy is read again.
        let mut last = database;
        for _ in 0..2 {
            let restored = postgres::database(version);
            restored.psql(&last.dump_all());
            project.env("DATABASE_URL", restored.url());
            let output = project.run(["diff"]);
            println!("{}", output.text());
            output.ok().stdout_has("no drift");
            project.run(["status", "--check"]).ok();
            restored.psql("UPDATE schema_migrations SET fingerprint = NULL");
            project.run(["diff"]).ok().stdout_has("no drift");
            last = restored;
        }
    }
    println!("{tried} releases have a pg_dump here");
}

/// As a copy does it, on releases of which there is no `pg_dump` here as well.
#[test]
fn i8_12_what_is_made_again_from_what_the_server_prints_is_no_drift() {
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        let project = project!();
        project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
        project.file("migrations/postgres/V1__all.sql", include_str!("expressions.sql"));
        project.run(["up"]).ok();
        for _ in 0..2 {
            database.psql(include_str!("reread.sql"));
            let output = project.run(["diff"]);
            println!("{version}: {}", output.text());
            output.ok().stdout_has("no drift");
            database.psql("UPDATE schema_migrations SET fingerprint = NULL");
            project.run(["diff"]).ok().stdout_has("no drift");
        }
    }
}
