//! Steps on SQLite: what other connections and the application's own do meanwhile.
#![cfg(feature = "sqlite")]

use rusqlite::Connection;
use schemactl::{Back, Code, Migrations, Options, sqlite};

fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Migrations::read(folder.path()).unwrap()
}

fn text(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get::<_, Option<String>>(0)).unwrap().unwrap_or_default()
}

const CREATE: (&str, &str) = ("V1__t.sql", "CREATE TABLE orders (id int);");

#[test]
fn a_temporary_table_of_the_application_is_not_taken_for_the_real_one() {
    let seconds =
        ["INSERT INTO orders VALUES (1);", "ALTER TABLE ORDERS ADD total;", "INSERT INTO \"orders\" SELECT 1;"];
    for second in seconds {
        for temporary in ["CREATE TEMP TABLE orders (id int)", "CREATE TEMP VIEW Orders AS SELECT 1 AS id"] {
            let mut connection = Connection::open_in_memory().unwrap();
            sqlite::up(&mut connection, &migrations(&[CREATE])).unwrap();
            connection.execute_batch(temporary).unwrap();
            let files = migrations(&[CREATE, ("V2__more.sql", second)]);
            let error = sqlite::up(&mut connection, &files).unwrap_err();
            let shown = format!("{error:#}");
            assert_eq!(error.code(), Code::Usage, "{shown}");
            assert!(
                shown.contains("which hides what has its name") && shown.contains("nothing was changed"),
                "{shown}"
            );
            // As the hint says.
            let kind = if temporary.contains("VIEW") { "view" } else { "table" };
            connection.execute_batch(&format!("DROP {kind} temp.orders")).unwrap();
            sqlite::up(&mut connection, &files).unwrap();
        }
    }
}

#[test]
fn what_is_temporary_and_in_nobodys_way_stays() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TEMP TABLE cached (id int); INSERT INTO cached VALUES (1)").unwrap();
    sqlite::up(&mut connection, &migrations(&[CREATE, ("V2__i.sql", "CREATE TEMP TABLE mine (x);")])).unwrap();
    assert_eq!(text(&connection, "SELECT group_concat(name) FROM temp.sqlite_schema"), "cached");
}

#[test]
fn what_is_temporary_acts_on_nothing_that_a_migration_writes() {
    let mut connection = Connection::open_in_memory().unwrap();
    let audit = (
        "V2__audit.sql",
        "CREATE TABLE audit (x); CREATE TRIGGER t AFTER INSERT ON orders BEGIN INSERT INTO audit VALUES (1); END;",
    );
    sqlite::up(&mut connection, &migrations(&[CREATE, audit])).unwrap();
    let three = migrations(&[CREATE, audit, ("V3__fill.sql", "INSERT INTO orders VALUES (1);")]);
    for temporary in [
        "CREATE TEMP TABLE audit (x)",
        "CREATE TEMP TRIGGER w AFTER INSERT ON main.orders BEGIN DELETE FROM orders; END",
    ] {
        connection.execute_batch(temporary).unwrap();
        let error = sqlite::up(&mut connection, &three).unwrap_err();
        assert_eq!(error.code(), Code::Usage, "{error:#}");
        connection.execute_batch("DROP TABLE IF EXISTS temp.audit; DROP TRIGGER IF EXISTS temp.w").unwrap();
    }
    sqlite::up(&mut connection, &three).unwrap();
    assert_eq!(text(&connection, "SELECT (SELECT count(*) FROM orders) || (SELECT count(*) FROM audit)"), "11");
}

/// A step that stops until the file is there, so that others can come in between two steps.
fn opened(path: &std::path::Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    connection
}

#[test]
fn a_down_that_others_overtake_leaves_no_hole() {
    let files: Vec<(String, String)> = (1..=12)
        .flat_map(|version| {
            [
                (format!("V{version}__t.sql"), format!("CREATE TABLE t{version} (id int);")),
                (format!("V{version}__t.down.sql"), format!("DROP TABLE t{version};")),
            ]
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let all = migrations(&files);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..6 {
        let path = folder.path().join(format!("{round}.db"));
        sqlite::up_with(
            &mut opened(&path),
            &all,
            &schemactl::Target::Version(schemactl::Version::new(3).unwrap()),
            &Options::new(),
        )
        .unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| sqlite::up(&mut opened(&path), &all).unwrap());
                scope.spawn(|| sqlite::down(&mut opened(&path), &all, Back::Steps(2), &Options::new()).unwrap());
            }
        });
        let connection = opened(&path);
        let versions =
            text(&connection, "SELECT group_concat(version) FROM (SELECT version FROM schema_migrations ORDER BY 1)");
        let expected: Vec<String> = (1..=versions.split(',').count()).map(|version| version.to_string()).collect();
        assert_eq!(versions, expected.join(","));
        sqlite::up(&mut opened(&path), &all).unwrap();
    }
}

/// Between the plan and the count of what it would lose, another run takes back what was planned.
#[test]
fn a_down_whose_plan_is_overtaken_plans_anew() {
    let files = |note: &str| {
        let down = |version: i64| (format!("V{version}__t.down.sql"), format!("{note}DROP TABLE t{version};"));
        let up = |version: i64| (format!("V{version}__t.sql"), format!("CREATE TABLE t{version} (id int);"));
        let files: Vec<(String, String)> = (1..=3).flat_map(|version| [up(version), down(version)]).collect();
        migrations(&files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let stored = files("");
    sqlite::up(&mut opened(&path), &stored).unwrap();
    let (other, all) = (path.clone(), stored.clone());
    // The event that comes before anything is counted: the down of the file is not the one that is stored.
    let options = Options::new().on_event(move |event| {
        let is_there =
            || text(&opened(&other), "SELECT group_concat(name) FROM sqlite_master WHERE name = 't3'") == "t3";
        if matches!(event, schemactl::Event::Note { .. }) && is_there() {
            sqlite::down(&mut opened(&other), &all, Back::Steps(1), &Options::new()).unwrap();
        }
    });
    let report = sqlite::down(&mut opened(&path), &files("-- Later.\n"), Back::Steps(1), &options).unwrap();
    assert_eq!(report.to_string(), "1 reverted");
    assert_eq!(text(&opened(&path), "SELECT group_concat(version) FROM schema_migrations"), "1");
}

#[test]
fn the_last_applied_is_taken_back_first() {
    const VIEW: (&str, &str) = (
        "V900__v.sql",
        "-- schemactl: repeat = changed\nDROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT id FROM orders;",
    );
    const VIEW_DOWN: (&str, &str) = ("V900__v.down.sql", "DROP VIEW v;");
    const DOWN: (&str, &str) = ("V1__t.down.sql", "DROP TABLE orders;");
    const TWO: (&str, &str) = ("V2__u.sql", "CREATE TABLE u (id int);");
    const TWO_DOWN: (&str, &str) = ("V2__u.down.sql", "DROP TABLE u;");
    let mut connection = Connection::open_in_memory().unwrap();
    sqlite::up(&mut connection, &migrations(&[CREATE, DOWN, VIEW, VIEW_DOWN])).unwrap();
    // A repeatable one may have any number: what comes later is in order all the same.
    let all = migrations(&[CREATE, DOWN, TWO, TWO_DOWN, VIEW, VIEW_DOWN]);
    assert_eq!(sqlite::up(&mut connection, &all).unwrap().to_string(), "1 applied");
    let down = |connection: &mut Connection| {
        sqlite::down(connection, &all, Back::Steps(1), &Options::new()).unwrap();
        text(connection, "SELECT group_concat(version) FROM (SELECT version FROM schema_migrations ORDER BY 1)")
    };
    assert_eq!(down(&mut connection), "1,900");
    sqlite::up(&mut connection, &all).unwrap();
    // Applied again, it is the last one.
    let changed = (
        VIEW.0,
        "-- schemactl: repeat = changed\nDROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT id + 1 AS id FROM orders;",
    );
    let changed = migrations(&[CREATE, DOWN, TWO, TWO_DOWN, changed, VIEW_DOWN]);
    sqlite::up(&mut connection, &changed).unwrap();
    assert_eq!(down(&mut connection), "1,2");
    assert_eq!(down(&mut connection), "1");
    assert_eq!(down(&mut connection), "");
}

#[test]
fn what_was_applied_late_is_taken_back_first_and_what_the_log_does_not_know_by_its_number() {
    const TWO: (&str, &str) = ("V2__u.sql", "CREATE TABLE u (id int);");
    const TWO_DOWN: (&str, &str) = ("V2__u.down.sql", "DROP TABLE u;");
    const THREE: (&str, &str) = ("V3__w.sql", "CREATE TABLE w (id int);");
    const THREE_DOWN: (&str, &str) = ("V3__w.down.sql", "DROP TABLE w;");
    let late = Options::new().order(schemactl::Order::Any);
    let all = migrations(&[CREATE, TWO, TWO_DOWN, THREE, THREE_DOWN]);
    for (forget, left) in [
        ("", "1,3"),
        ("DELETE FROM schema_migrations_log WHERE version <> 1", "1,2"),
        ("DELETE FROM schema_migrations_log", "1,2"),
    ] {
        let mut connection = Connection::open_in_memory().unwrap();
        sqlite::up(&mut connection, &migrations(&[CREATE, THREE, THREE_DOWN])).unwrap();
        sqlite::up_with(&mut connection, &all, &schemactl::Target::Latest, &late).unwrap();
        connection.execute_batch(forget).unwrap();
        sqlite::down(&mut connection, &all, Back::Steps(1), &late).unwrap();
        let versions =
            text(&connection, "SELECT group_concat(version) FROM (SELECT version FROM schema_migrations ORDER BY 1)");
        assert_eq!(versions, left);
    }
}
