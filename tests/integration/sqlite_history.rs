//! Files and history side by side: R11, R14, R20, R25, R37; requirements, repeats, phases; tables of other tools.
#![cfg(feature = "sqlite")]

use crate::sqlite_shared::*;
use proptest::prelude::*;
use schemactl::{Back, Code, ErrorKind, ExistingDatabase, Migrations, NewerDatabase, Options, Order, Target, sqlite};
use schemactl_test_support::sqlite::{dump, temp};

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap()
}

const THREE: [&str; 3] = [
    "CREATE TABLE a (x);\nCREATE TABLE b (x);\nCREATE TABLE c (x);\n",
    "CREATE TABLE d (x);\n",
    "CREATE TABLE e (x);\n",
];

#[test]
fn r11_an_edit_is_shown_at_its_statement() {
    let mut connection = memory();
    up(&mut connection, &numbered(&THREE));
    for (text, line, cause) in [
        ("CREATE TABLE a (x);\n\nCREATE TABLE b (y);\nCREATE TABLE c (x);\n", Some(3), "statement 2"),
        ("CREATE TABLE a (x);\nCREATE TABLE b (x);\nCREATE TABLE c (x);\nSELECT 1;\n", Some(4), "statement 4"),
        ("CREATE TABLE a (x);\nCREATE TABLE b (x);\n", None, "statement 3"),
        ("-- new\nCREATE TABLE a (x);\nCREATE TABLE b (x);\nCREATE TABLE c (x); -- more\n", None, "only comments"),
    ] {
        let error = fails_with(&mut connection, &numbered(&[text, THREE[1], THREE[2]]), Code::Modified);
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.place().unwrap().line(), line, "{error:#}");
        assert!(error.cause().unwrap().contains(cause), "{error:#}");
        assert!(sqlite::pending(&connection, &numbered(&[text, THREE[1]]), &Options::new()).is_err());
    }
}

#[test]
fn r14_a_late_version_is_refused_or_recorded() {
    let mut connection = memory();
    up(&mut connection, &migrations(&[("V1__a.sql", "CREATE TABLE a (x);"), ("V5__e.sql", "CREATE TABLE e (x);")]));
    let late = migrations(&[
        ("V1__a.sql", "CREATE TABLE a (x);"),
        ("V3__late_one.sql", "CREATE TABLE c (x);"),
        ("V5__e.sql", "CREATE TABLE e (x);"),
    ]);
    let error = fails_with(&mut connection, &late, Code::OutOfOrder);
    assert!(error.to_string().contains("3 late_one") && error.to_string().contains("5 e"), "{error:#}");
    let report = up_with(&mut connection, &late, &Options::new().order(Order::Any)).unwrap();
    assert_eq!(report.steps()[0].version, version(3));
    assert!(query(&connection, "SELECT detail FROM schema_migrations_log WHERE version = 3").contains("out of order"));
    assert!(up(&mut connection, &late).is_empty());
}

fn with_downs() -> Migrations {
    migrations(&[
        ("V1__a.sql", "CREATE TABLE a (x);"),
        ("V1__a.down.sql", "DROP TABLE a;"),
        (
            "V2__b.sql",
            "CREATE TABLE b (x); CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); END;",
        ),
        ("V2__b.down.sql", "DROP TRIGGER t; DROP TABLE b; -- ünï"),
    ])
}

#[test]
fn r20_an_older_release_goes_down_from_what_is_stored() {
    let mut connection = memory();
    let older = migrations(&[("V1__a.sql", "CREATE TABLE a (x);"), ("V1__a.down.sql", "DROP TABLE a;")]);
    up(&mut connection, &with_downs());
    let error = fails_with(&mut connection, &older, Code::NewerDatabase);
    assert!(error.hints().iter().any(|hint| hint.to_string().contains("Back::To(1)")), "{error:#}");
    assert!(up_with(&mut connection, &older, &Options::new().newer_database(NewerDatabase::Allow)).unwrap().is_empty());
    sqlite::down(&mut connection, &older, Back::To(version(1)), &Options::new()).unwrap();
    assert_eq!(query(&connection, "SELECT group_concat(name) FROM sqlite_schema WHERE name IN ('a', 'b', 't')"), "a");
    assert!(up(&mut connection, &older).is_empty());
    up(&mut connection, &with_downs());
    sqlite::down(&mut connection, &Migrations::EMPTY, Back::Empty, &Options::new()).unwrap();
    assert_eq!(history(&connection), "");
}

#[test]
fn r20_a_stored_down_that_fails_is_shown() {
    let mut connection = memory();
    up(&mut connection, &with_downs());
    connection.execute_batch("DROP TABLE b").unwrap();
    let error = shown(sqlite::down(&mut connection, &Migrations::EMPTY, Back::Steps(1), &Options::new()).unwrap_err());
    assert_eq!(error.code(), Code::StatementFailed);
    assert!(error.place().unwrap().path().contains("stored in the database"), "{error:#}");
    assert!(error.database_state().unwrap().contains("version 2"), "{error:#}");
    assert_eq!(history(&connection).lines().count(), 2);
}

#[test]
fn downs_are_refused_where_there_is_none() {
    let mut connection = memory();
    let none = numbered(&["CREATE TABLE a (x);", "-- schemactl: irreversible = 'rows are gone'\nDROP TABLE a;"]);
    up(&mut connection, &none);
    let error = shown(sqlite::down(&mut connection, &none, Back::Steps(1), &Options::new()).unwrap_err());
    assert_eq!((error.code(), error.cause()), (Code::Irreversible, Some("rows are gone")));
    let error = shown(sqlite::down(&mut connection, &Migrations::EMPTY, Back::Steps(1), &Options::new()).unwrap_err());
    assert_eq!(error.code(), Code::Irreversible);
    let mut connection = memory();
    up(&mut connection, &numbered(&THREE));
    let error = shown(sqlite::down(&mut connection, &numbered(&THREE), Back::Steps(1), &Options::new()).unwrap_err());
    assert_eq!(error.code(), Code::NoDown);
    let error =
        shown(sqlite::down(&mut connection, &numbered(&THREE), Back::To(version(9)), &Options::new()).unwrap_err());
    assert_eq!(error.code(), Code::UnknownTarget);
}

#[test]
fn tables_of_other_tools_are_left_alone() {
    for (table, tool) in [
        ("CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY)", "Rails"),
        (
            "CREATE TABLE schema_migrations (version uint64, dirty bool); CREATE UNIQUE INDEX version_unique ON schema_migrations (version)",
            "golang-migrate",
        ),
        ("CREATE TABLE schema_migrations (version INTEGER)", "by hand"),
        ("CREATE TABLE \"Schema_Migrations\" (id, name)", "another tool"),
        ("CREATE VIEW schema_migrations AS SELECT 1 AS version", "by hand"),
        (
            "CREATE VIEW schema_migrations AS SELECT 1 AS version, 2 AS description, 'x' AS checksum, 'applied' AS state, 1 AS statements_done, '' AS statement_hashes",
            "view",
        ),
        ("CREATE TABLE schema_migrations_log (version)", "schema_migrations_log"),
    ] {
        let mut connection = memory();
        connection.execute_batch(table).unwrap();
        let before = dump(&connection);
        let error = fails_with(&mut connection, &numbered(&THREE), Code::ForeignHistory);
        assert!(format!("{error:#}").contains(tool), "{error:#}");
        assert_eq!(dump(&connection), before);
        let options = Options::new().table("schemactl_migrations").existing_database(ExistingDatabase::Allow);
        up_with(&mut connection, &numbered(&THREE), &options).unwrap();
    }
}

#[test]
fn the_history_table_may_have_any_name() {
    for name in ["a b", "quo\"te", "it's", "größe🦀", "select", "a.b", "[x]", "semi;--colon", "main"] {
        let mut connection = memory();
        let options = Options::new().table(name);
        up_with(&mut connection, &with_downs(), &options).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert!(up_with(&mut connection, &with_downs(), &options).unwrap().is_empty());
        sqlite::down(&mut connection, &with_downs(), Back::Steps(1), &options).unwrap();
        assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), "3", "{name}");
    }
}

#[test]
fn requirements_that_are_missing_skip_the_step_until_they_are_there() {
    let files = migrations(&[
        ("V1__a.sql", "CREATE TABLE a (x);"),
        ("V2__search.sql", "-- schemactl: requires = 'extension fts5'\nCREATE VIRTUAL TABLE s USING fts5 (x);"),
        ("V3__rare.sql", "-- schemactl: requires = 'extension not_there'\nCREATE VIRTUAL TABLE r USING not_there (x);"),
        ("V4__d.sql", "CREATE TABLE d (x);"),
    ]);
    let mut connection = memory();
    assert_eq!(up(&mut connection, &files).to_string(), "3 applied, 1 skipped");
    assert_eq!(
        query(&connection, "SELECT version, state FROM schema_migrations"),
        "1|applied\n2|applied\n3|skipped\n4|applied"
    );
    assert!(up(&mut connection, &files).is_empty());
    assert_eq!(sqlite::pending(&connection, &files, &Options::new()).unwrap(), []);
    let available = migrations(&[
        ("V1__a.sql", "CREATE TABLE a (x);"),
        ("V2__search.sql", "-- schemactl: requires = 'extension fts5'\nCREATE VIRTUAL TABLE s USING fts5 (x);"),
        ("V3__rare.sql", "-- schemactl: requires = 'extension rtree'\nCREATE VIRTUAL TABLE r USING rtree (id, a, b);"),
        ("V4__d.sql", "CREATE TABLE d (x);"),
    ]);
    assert_eq!(up(&mut connection, &available).to_string(), "1 applied");
    assert_eq!(query(&connection, "SELECT state FROM schema_migrations WHERE version = 3"), "applied");
}

#[test]
fn repeatable_migrations_run_again_when_they_change() {
    let files = |view: &str| {
        migrations(&[
            ("V1__a.sql", "CREATE TABLE a (x);"),
            (
                "V2__views.sql",
                &format!(
                    "-- schemactl: repeat = changed\nDROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT {view} FROM a;\n"
                ),
            ),
            ("V3__b.sql", "ALTER TABLE a ADD COLUMN y DEFAULT 5;"),
        ])
    };
    let mut connection = memory();
    assert_eq!(up(&mut connection, &files("y")).to_string(), "3 applied");
    assert!(up(&mut connection, &files("y")).is_empty());
    assert_eq!(up(&mut connection, &files("x, y")).to_string(), "1 applied again");
    connection.execute_batch("INSERT INTO a (x) VALUES (1)").unwrap();
    assert_eq!(query(&connection, "SELECT * FROM v"), "1|5");
    assert_eq!(query(&connection, "SELECT count(*) FROM schema_migrations_log WHERE version = 2"), "2");
}

#[test]
fn phases_end_where_they_should() {
    let files = migrations(&[
        ("1_core/V1__a.sql", "CREATE TABLE a (x);"),
        ("1_core/V2__b.sql", "CREATE TABLE b (x);"),
        ("2_audit/V3__c.sql", "CREATE TABLE c (x);"),
    ]);
    let mut connection = memory();
    let phase = |name: &str| Target::Phase(name.to_owned());
    assert_eq!(
        sqlite::up_with(&mut connection, &files, &phase("core"), &Options::new()).unwrap().to_string(),
        "2 applied"
    );
    assert!(sqlite::up_with(&mut connection, &files, &phase("1"), &Options::new()).unwrap().is_empty());
    let error = shown(sqlite::up_with(&mut connection, &files, &phase("audti"), &Options::new()).unwrap_err());
    assert!(error.hints()[0].to_string().contains("audit"), "{error:#}");
    assert_eq!(up(&mut connection, &files).to_string(), "1 applied");
    assert_eq!(query(&connection, "SELECT group_concat(phase) FROM schema_migrations"), "1_core,1_core,2_audit");
}

#[test]
fn r37_output_is_the_same_in_a_hundred_runs() {
    let run = || {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let told = std::sync::Arc::clone(&seen);
        let options = Options::new().on_event(move |event| {
            told.lock().unwrap().push(event.to_string().split(" (").next().unwrap().to_owned());
        });
        let mut connection = memory();
        up_with(&mut connection, &with_downs(), &options).unwrap();
        let error = sqlite::up(&mut connection, &numbered(&["CREATE TABLE z (x);"])).unwrap_err();
        let columns = "SELECT version, description, checksum, state, statement_hashes, down_sql FROM schema_migrations";
        let text = format!("{error:#}");
        let text: String = text.lines().filter(|line| !line.contains("-->")).collect();
        (seen.lock().unwrap().clone(), query(&connection, columns), text)
    };
    let first = run();
    for _ in 0..99 {
        assert_eq!(run(), first);
    }
}

/// The log knows that it was applied and taken back once; now it is half applied, and comes before all others.
#[test]
fn a_step_that_is_under_way_is_taken_back_first() {
    let mut connection = memory();
    sqlite::up(&mut connection, &release(4, None, None)).unwrap();
    let options = Options::new().accept_data_loss(true);
    sqlite::down(&mut connection, &release(4, None, None), Back::Steps(2), &options).unwrap();
    sqlite::up(&mut connection, &release(4, Some(4), None)).unwrap_err();
    for back in [Back::Steps(1), Back::Steps(2), Back::To(version(2)), Back::Empty] {
        let error = sqlite::down(&mut connection, &release(4, None, None), back, &options).unwrap_err();
        assert_eq!(error.code(), Code::Partial);
    }
    assert_eq!(history(&connection), "1|applied|3|3\n2|applied|3|3\n3|applied|3|3\n4|partial|2|3");
}

/// What a person or a release may do to a database.
#[derive(Debug, Clone)]
enum Deed {
    Up(usize),
    UpTo(usize),
    UpWithBroken(usize),
    UpWithEdited(usize),
    Down(usize),
    DownOlder(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (1..=5_usize).prop_map(Deed::Up),
        (1..=5_usize).prop_map(Deed::UpTo),
        (1..=5_usize).prop_map(Deed::UpWithBroken),
        (1..=5_usize).prop_map(Deed::UpWithEdited),
        (1..=5_usize).prop_map(Deed::Down),
        (0..=5_usize).prop_map(Deed::DownOlder),
    ]
}

fn release(size: usize, broken: Option<usize>, edited: Option<usize>) -> Migrations {
    let mut files = Vec::new();
    for step in 1..=size {
        let end = if broken == Some(step) {
            "SELECT nothing;"
        } else if edited == Some(step) {
            "SELECT 2;"
        } else {
            "SELECT 1;"
        };
        // Every second one runs statement by statement.
        let head = if step % 2 == 0 { "-- schemactl: transaction = none\n" } else { "" };
        files.push((
            format!("V{step}__s.sql"),
            format!("{head}CREATE TABLE t{step} (x);\nINSERT INTO t{step} VALUES ({step});\n{end}\n"),
        ));
        files.push((format!("V{step}__s.down.sql"), format!("{head}DROP TABLE t{step};\nSELECT 1;\n")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    migrations(&files)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(schemactl_test_support::cases(60, 1_000)))]
    #[test]
    fn r25_history_and_schema_agree_after_any_sequence(deeds in prop::collection::vec(deed(), 1..12)) {
        let mut connection = memory();
        let options = Options::new().accept_data_loss(true);
        // How many are applied, and whether the one after them is partly.
        let (mut applied, mut partial) = (0_usize, false);
        let mut lines = 0;
        for deed in &deeds {
            let outcome = match deed {
                Deed::Up(size) => sqlite::up(&mut connection, &release(*size, None, None)),
                Deed::UpTo(to) => sqlite::up_with(&mut connection, &release(5, None, None), &Target::Version(version(signed(*to))), &options),
                Deed::UpWithBroken(at) => sqlite::up(&mut connection, &release(5, Some(*at), None)),
                Deed::UpWithEdited(at) => sqlite::up(&mut connection, &release(5, None, Some(*at))),
                Deed::Down(steps) => sqlite::down(&mut connection, &release(5, None, None), Back::Steps(*steps), &options),
                Deed::DownOlder(to) if *to == 0 => sqlite::down(&mut connection, &Migrations::EMPTY, Back::Empty, &options),
                Deed::DownOlder(to) => sqlite::down(&mut connection, &release(*to, None, None), Back::To(version(signed(*to))), &options),
            };
            let rows = applied + usize::from(partial);
            match deed {
                Deed::Up(size) if rows <= *size => { (applied, partial) = (*size, false); outcome.as_ref().unwrap(); }
                Deed::UpTo(to) if applied < *to => { (applied, partial) = (*to, false); outcome.as_ref().unwrap(); }
                Deed::UpTo(_) => { outcome.as_ref().unwrap(); }
                // Broken files that are applied already are edited files.
                Deed::UpWithBroken(at) if *at > applied => {
                    (applied, partial) = (*at - 1, *at % 2 == 0);
                    prop_assert_eq!(outcome.unwrap_err().code(), Code::StatementFailed);
                }
                Deed::UpWithEdited(at) if *at > applied => { (applied, partial) = (5, false); outcome.as_ref().unwrap();
                    // From here on that file is the one that was applied: put the record right, as the next release has it.
                    connection.execute("UPDATE schema_migrations SET checksum = ?1 WHERE version = ?2",
                        (release(5, None, None).get(version(signed(*at))).unwrap().up().checksum().to_string(), signed(*at))).unwrap();
                    // What is done by hand below the last row is not looked for, unless the digest says that it is not known.
                    connection.execute("UPDATE schema_migrations SET digest = NULL", []).unwrap();
                }
                Deed::Down(_) if partial => prop_assert_eq!(outcome.unwrap_err().code(), Code::Partial),
                Deed::Down(steps) => { applied = applied.saturating_sub(*steps); outcome.as_ref().unwrap(); }
                Deed::DownOlder(to) if *to > rows => prop_assert_eq!(outcome.unwrap_err().code(), Code::UnknownTarget),
                Deed::DownOlder(to) if partial && *to < rows => prop_assert_eq!(outcome.unwrap_err().code(), Code::Partial),
                Deed::DownOlder(to) => { applied = applied.min(*to); outcome.as_ref().unwrap(); }
                Deed::Up(_) => prop_assert_eq!(outcome.unwrap_err().code(), Code::NewerDatabase),
                Deed::UpWithBroken(_) | Deed::UpWithEdited(_) => prop_assert_eq!(outcome.unwrap_err().code(), Code::Modified),
            }
            if query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'") == "0" {
                prop_assert_eq!(applied, 0);
                continue;
            }
            let mut expected: Vec<String> = (1..=applied).map(|step| format!("{step}|applied|3|3")).collect();
            let mut tables: Vec<String> = (1..=applied).map(|step| format!("t{step}")).collect();
            if partial {
                expected.push(format!("{}|partial|2|3", applied + 1));
                tables.push(format!("t{}", applied + 1));
            }
            prop_assert_eq!(history(&connection), expected.join("\n"), "after {:?}", deed);
            let found = query(&connection, "SELECT name FROM sqlite_schema WHERE name GLOB 't[0-9]' ORDER BY name");
            prop_assert_eq!(found, tables.join("\n"));
            for table in &tables {
                prop_assert_eq!(count(&connection, table), "1");
            }
            let now: usize = query(&connection, "SELECT count(*) FROM schema_migrations_log").parse().unwrap();
            prop_assert!(now >= lines, "the log only grows");
            lines = now;
        }
    }
}

#[test]
fn nothing_pending_writes_nothing() {
    for mode in ["delete", "wal"] {
        let database = temp();
        database.query(&format!("PRAGMA journal_mode = {mode}"));
        up(&mut database.open(), &with_downs());
        let watcher = database.open();
        let files = || {
            let mut files: Vec<_> = std::fs::read_dir(database.folder())
                .unwrap()
                .map(|entry| {
                    let entry = entry.unwrap();
                    let data = entry.metadata().unwrap();
                    // The index of the write-ahead log is shared memory: readers mark their place in it.
                    let bytes = if entry.file_name().to_string_lossy().ends_with("-shm") {
                        Vec::new()
                    } else {
                        std::fs::read(entry.path()).unwrap()
                    };
                    (entry.file_name(), data.modified().unwrap(), bytes)
                })
                .collect();
            files.sort();
            files
        };
        let version = query(&watcher, "PRAGMA data_version");
        let mut connection = database.open();
        query(&connection, "SELECT 1 FROM sqlite_schema");
        let before = files();
        assert!(up(&mut connection, &with_downs()).is_empty());
        assert!(sqlite::pending(&connection, &with_downs(), &Options::new()).unwrap().is_empty());
        assert!(before.iter().zip(files()).all(|(then, now)| then.0 == now.0 && then.2 == now.2), "{mode}");
        assert_eq!(
            before.iter().map(|file| file.1).collect::<Vec<_>>(),
            files().iter().map(|file| file.1).collect::<Vec<_>>()
        );
        assert_eq!(query(&watcher, "PRAGMA data_version"), version);
        assert!(sqlite::up_url(&database.url(), &with_downs(), &Options::new()).unwrap().is_empty());
    }
}
