//! What a route sees of a move, and which errors are its fences.

use std::thread;
use std::time::{Duration, Instant};

use schemactl::route::{Backends, ClosedSide, Route, RouteOptions, Side, Standing};
use schemactl::{Code, rusqlite, tokio_postgres};

use super::{Shop, both};

/// The errors with which each side refuses a write of orders; none of a side that takes it.
fn errors(shop: &Shop) -> (Option<rusqlite::Error>, Option<tokio_postgres::Error>) {
    let connection = rusqlite::Connection::open(shop.path()).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    let sqlite = connection.execute("UPDATE orders SET customer = customer", []).err();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let postgres = runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&shop.database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.execute("UPDATE orders SET customer = customer", &[]).await.err()
    });
    (sqlite, postgres)
}

fn closed(shop: &Shop) -> (Option<Side>, Option<Side>) {
    let (sqlite, postgres) = errors(shop);
    (sqlite.map(|error| error.closed_side().unwrap()), postgres.map(|error| error.closed_side().unwrap()))
}

fn wait_for(route: &Route, wanted: impl Fn(Standing) -> bool) {
    let began = Instant::now();
    while !wanted(route.standing()) {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", route.standing());
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn each_state_of_a_move_is_seen_and_its_fences_are_recognized() {
    let shop = Shop::new();
    shop.sqlite("INSERT INTO orders VALUES (1, 'ada')");
    let route = Route::watched_blocking(both(), &shop.path(), &shop.database.url()).unwrap();
    assert_eq!(route.standing(), Standing::sqlite(None), "no move has begun");
    // What is open and has no move is nothing that a fence refuses.
    assert_eq!(closed(&shop), (None, None));

    shop.run("follow --until-level --skip-plan").ok();
    // Once a follower has said so, it is known how far it is.
    let follower = shop.project.spawn(["move", "follow"]);
    wait_for(&route, |standing| standing != Standing::sqlite(None));
    follower.kill_9();
    assert_eq!(route.standing().writer(), Some(Side::Sqlite));
    assert_eq!(closed(&shop), (None, Some(Side::Postgres)));

    let fault = [("SCHEMACTL_FAULT", "0:source closed")];
    shop.project.spawn_with(&fault, ["move", "cutover", "--deadline", "20s"]).wait();
    wait_for(&route, |standing| standing == Standing::Switching);
    assert_eq!(closed(&shop), (Some(Side::Sqlite), Some(Side::Postgres)));

    let fault = [("SCHEMACTL_FAULT", "0:decided")];
    shop.project.spawn_with(&fault, ["move", "cutover", "--deadline", "20s"]).wait();
    assert_eq!(closed(&shop), (Some(Side::Sqlite), Some(Side::Postgres)));
    assert_eq!(route.standing(), Standing::Switching);

    shop.run("cutover").ok();
    wait_for(&route, |standing| standing == Standing::postgres(None));
    assert_eq!(closed(&shop), (Some(Side::Sqlite), None));
    // An application that was told to use SQLite alone does not start.
    let options = RouteOptions::new(Backends::Sqlite);
    let error = Route::watched_blocking(options, &shop.path(), &shop.database.url()).unwrap_err();
    assert_eq!(error.code(), Code::NoSideOpen);
}

#[test]
fn a_file_that_was_put_back_after_the_switch_is_no_side() {
    let shop = Shop::new();
    let backup = shop.project.path().join("backup.db");
    shop.sqlite(&format!("INSERT INTO notes VALUES (1, 'old'); VACUUM INTO '{}'", backup.display()));
    shop.run("follow --until-level --skip-plan").ok();
    shop.run("cutover").ok();
    for name in ["app.db-wal", "app.db-shm"] {
        let _ = std::fs::remove_file(shop.project.path().join(name));
    }
    std::fs::copy(backup, shop.project.path().join("app.db")).unwrap();
    let error = Route::watched_blocking(both(), &shop.path(), &shop.database.url()).unwrap_err();
    assert_eq!(error.code(), Code::NoSideOpen, "{error:?}");
    std::fs::remove_file(shop.project.path().join("app.db")).unwrap();
    let error = Route::watched_blocking(both(), &shop.path(), &shop.database.url()).unwrap_err();
    assert!(error.to_string().contains("is not there"), "{error:?}");
}

#[test]
fn a_switch_that_is_taken_back_leaves_the_application_on_sqlite() {
    let shop = Shop::followed();
    let route = Route::watched_blocking(both(), &shop.path(), &shop.database.url()).unwrap();
    let fault = [("SCHEMACTL_FAULT", "0:decided")];
    shop.project.spawn_with(&fault, ["move", "cutover", "--deadline", "20s"]).wait();
    let writer = {
        let (route, path) = (route.clone(), shop.path());
        thread::spawn(move || {
            route.write_blocking(|side| {
                assert_eq!(side, Side::Sqlite);
                rusqlite::Connection::open(&path)?.execute("INSERT INTO notes VALUES (7, 'waited')", [])?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(side)
            })
        })
    };
    thread::sleep(Duration::from_millis(500));
    assert!(!writer.is_finished());
    shop.run("cutover --abort").ok();
    assert_eq!(writer.join().unwrap().unwrap(), Side::Sqlite);
    // The follower brings it over.
    shop.run("follow --until-level").ok();
    assert!(shop.there("notes").contains(&7));
}

#[test]
fn a_role_that_may_not_see_the_move_is_told_so() {
    let shop = Shop::new();
    let (name, database) = (format!("router_{}", std::process::id()), &shop.database);
    database.psql(&format!("CREATE ROLE {name} LOGIN"));
    let url = database.url_as(&name);
    let route = Route::watched_blocking(both(), &shop.path(), &url).unwrap();
    let mut follower = shop.project.spawn(["move", "follow"]);
    follower.wait_for("level with the source");
    let began = Instant::now();
    // What cannot be seen any more is counted, and nothing is taken for what it is not.
    while route.counts().looks_failed == 0 {
        assert!(began.elapsed() < Duration::from_secs(30));
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(route.standing(), Standing::sqlite(None));
    let error = Route::watched_blocking(both(), &shop.path(), &url).unwrap_err();
    assert_eq!((error.sqlstate(), error.code()), (Some("42501"), Code::Query), "{error:?}");
    assert!(error.hints()[0].to_string().contains("GRANT SELECT"), "{error:?}");
    // Nor is a journal that is somewhere else taken for no move.
    let elsewhere = Route::watched_blocking(both().schema("elsewhere"), &shop.path(), &database.url()).unwrap_err();
    assert!(elsewhere.to_string().contains("was not found"), "{elsewhere:?}");
    assert!(Route::watched_blocking(both().schema("public"), &shop.path(), &database.url()).is_ok());
    // As docs/application.md has it, for what is there already.
    database.psql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"));
    wait_for(&route, |standing| standing != Standing::sqlite(None));
    follower.kill_9();
    database.psql(&format!("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}; DROP ROLE {name}"));
}

#[test]
fn a_move_that_has_ended_leaves_the_application_on_postgres() {
    let shop = Shop::followed();
    shop.run("cutover").ok();
    // The journal is gone, and so is all that noted changes; the file stays closed.
    shop.database.psql(
        "DO $$ DECLARE one regclass; BEGIN FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relname LIKE 'schema\\_migrations\\_move%' \
         LOOP EXECUTE format('DROP TABLE %s', one); END LOOP; END $$",
    );
    let looked = Route::watched_blocking(both(), &shop.path(), &shop.database.url()).unwrap_err();
    assert!(looked.to_string().contains("was not found"), "{looked:?}");
    shop.sqlite("DROP TABLE schema_migrations_move_changes");
    let route = Route::watched_blocking(both(), &shop.path(), &shop.database.url()).unwrap();
    assert_eq!(route.standing(), Standing::postgres(None));
}
