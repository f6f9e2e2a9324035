//! Order, newer databases, missing privileges: what is refused, and what is recorded where a policy allows it.
#![cfg(feature = "postgres")]

use crate::postgres_common::{BOTH, By, Events, client, history, migrations, shown};
use schemactl::{Back, Code, Migrations, NewerDatabase, Options, Order, postgres};
use schemactl_test_support::postgres::{self as servers, Cluster};

#[tokio::test]
async fn r14_a_late_lower_version_is_refused_or_allowed_and_recorded() {
    for by in BOTH {
        let database = servers::database(servers::version());
        let url = database.url();
        let (one, three) = (("V1__one.sql", "CREATE TABLE one ();"), ("V3__three.sql", "CREATE TABLE three ();"));
        by.up(&url, &migrations(&[one, three]), &Options::new()).await.unwrap();
        let all = migrations(&[one, ("V2__late.sql", "CREATE TABLE late ();"), three]);
        let error = by.up(&url, &all, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::OutOfOrder);
        for part in ["2 late", "3 three", "Order::Any"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(history(&database), "1|applied|1|1\n3|applied|1|1");
        by.up(&url, &all, &Options::new().order(Order::Any)).await.unwrap();
        assert_eq!(
            database.psql("SELECT detail FROM schema_migrations_log WHERE version = 2"),
            "applied out of order, as the policy allows"
        );
    }
}

#[tokio::test]
async fn r20_an_older_release_takes_back_what_it_does_not_know() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let url = database.url();
        let one = [("V1__one.sql", "CREATE TABLE one (x int);"), ("V1__one.down.sql", "DROP TABLE one;")];
        let mut two = one.to_vec();
        two.push(("V2__two.sql", "CREATE TABLE two (x text);\nINSERT INTO two VALUES ('it''s \\ é');"));
        two.push(("V2__two.down.sql", "-- back\nINSERT INTO one SELECT length(E'it\\'s \\\\ $$ é');\nDROP TABLE two;"));
        two.push(("V3__three.sql", "CREATE INDEX CONCURRENTLY one_x ON one (x);"));
        two.push(("V3__three.down.sql", "DROP INDEX CONCURRENTLY one_x;"));
        postgres::up_url(&url, &migrations(&two), &Options::new()).await.unwrap();
        let old = migrations(&one);
        let error = postgres::up_url(&url, &old, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::NewerDatabase, "{text}");
        assert!(text.contains("versions 2, 3") && text.contains("Back::To(1)"), "{text}");
        let allow = Options::new().newer_database(NewerDatabase::Allow);
        assert!(postgres::up_url(&url, &old, &allow).await.unwrap().is_empty());
        let mut client = client(&url).await;
        let accept = Options::new().accept_data_loss(true);
        let to = Back::To(schemactl::Version::new(1).unwrap());
        let report = postgres::down(&mut client, &old, to, &accept).await.unwrap();
        assert_eq!(report.to_string(), "2 reverted");
        assert_eq!(history(&database), "1|applied|1|1");
        assert_eq!(
            database.psql("SELECT to_regclass('two') IS NULL, to_regclass('one_x') IS NULL, (SELECT x FROM one)"),
            "t|t|11"
        );
        assert!(postgres::up_url(&url, &old, &Options::new()).await.unwrap().is_empty());
    }
}

/// A down that fails is shown, although there is no file.
#[tokio::test]
async fn r20_a_stored_down_that_fails_is_shown() {
    let database = servers::database(servers::version());
    let files =
        [("V1__one.sql", "CREATE TABLE one (x int);"), ("V1__one.down.sql", "DROP TABLE one;\nDROP TABLE nothing;")];
    postgres::up_url(&database.url(), &migrations(&files), &Options::new()).await.unwrap();
    let mut client = client(&database.url()).await;
    let error = postgres::down(&mut client, &Migrations::EMPTY, Back::Empty, &Options::new()).await.unwrap_err();
    let text = shown(&error);
    assert!(text.contains("stored in the database") && text.contains("DROP TABLE nothing"), "{text}");
    assert_eq!(error.place().unwrap().line(), Some(2));
    assert_eq!(history(&database), "1|applied|1|1");
}

#[tokio::test]
async fn r24_a_missing_privilege_is_never_recorded_as_success() {
    for version in servers::one_of_versions() {
        let cluster = Cluster::start(version);
        cluster.psql("CREATE ROLE weak LOGIN");
        for by in BOTH {
            // May not create.
            let database = cluster.create_database();
            database.psql("REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC");
            let url = database.url_as("weak");
            let one = [("V1__one.sql", "CREATE TABLE one (x int);\nINSERT INTO one VALUES (1);")];
            let error = by.up(&url, &migrations(&one), &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::Privilege, "{text}");
            assert!(text.contains("OWNER TO"), "{text}");
            assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname LIKE 'schema_migrations%'"), "0");

            // May read the history, but not write it.
            postgres::up_url(&database.url(), &migrations(&one), &Options::new()).await.unwrap();
            database.psql("GRANT ALL ON SCHEMA public TO weak; GRANT SELECT ON ALL TABLES IN SCHEMA public TO weak");
            assert!(by.up(&url, &migrations(&one), &Options::new()).await.unwrap().is_empty());
            let two = [one[0], ("V2__two.sql", "CREATE TABLE two (x int);")];
            let error = by.up(&url, &migrations(&two), &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::Privilege, "{text}");
            assert!(text.contains("GRANT SELECT, INSERT, UPDATE"), "{text}");
            assert_eq!(history(&database), "1|applied|2|2");
            assert_eq!(database.psql("SELECT to_regclass('two') IS NULL"), "t");

            // May insert, but not change: a journal cannot be kept.
            database.psql("GRANT INSERT ON schema_migrations, schema_migrations_log TO weak");
            let journaled = [one[0], ("V2__two.sql", "-- schemactl: transaction = none\nCREATE TABLE two (x int);")];
            let error = by.up(&url, &migrations(&journaled), &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::Privilege, "{text}");
            assert_eq!(history(&database), "1|applied|2|2");
            assert_eq!(database.psql("SELECT to_regclass('two') IS NULL"), "t");

            // The table is somebody else's.
            database.psql("GRANT ALL ON schema_migrations, schema_migrations_log TO weak");
            let alter = [one[0], ("V2__two.sql", "CREATE TABLE two (x int);\nALTER TABLE one ADD COLUMN y int;")];
            let error = by.up(&url, &migrations(&alter), &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert_eq!((error.code(), error.place().unwrap().line()), (Code::Privilege, Some(2)), "{text}");
            assert_eq!(history(&database), "1|applied|2|2");
            assert_eq!(database.psql("SELECT to_regclass('two') IS NULL"), "t");

            // May not even read it.
            database.psql("REVOKE ALL ON schema_migrations FROM weak");
            let error = by.up(&url, &migrations(&two), &Options::new()).await.unwrap_err();
            shown(&error);
            assert_eq!(error.code(), Code::Privilege);
        }
    }
}

#[tokio::test]
async fn a_pending_step_on_a_hot_standby_says_so_and_reading_works() {
    for version in servers::one_of_versions() {
        let primary = Cluster::start(version);
        let standby = primary.standby();
        let database = primary.create_database();
        let one = [("V1__one.sql", "CREATE TABLE one (x int);")];
        postgres::up_url(&database.url(), &migrations(&one), &Options::new()).await.unwrap();
        primary.wait_for(&standby);
        let copy = standby.database(database.name());
        for by in BOTH {
            assert!(by.up(&copy.url(), &migrations(&one), &Options::new()).await.unwrap().is_empty());
            let two = migrations(&[one[0], ("V2__two.sql", "CREATE TABLE two (x int);")]);
            let error = by.up(&copy.url(), &two, &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::Recovery, "{text}");
            let reader = client(&copy.url()).await;
            assert_eq!(postgres::pending(&reader, &two, &Options::new()).await.unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn r37_events_and_errors_are_the_same_in_20_runs() {
    let files = [
        ("V1__one.sql", "CREATE TABLE one (x int);\nINSERT INTO one VALUES (1), (2);"),
        ("V2__two.sql", "CREATE INDEX CONCURRENTLY one_x ON one (x);\nINSERT INTO one VALUES (3);"),
        ("V3__three.sql", "DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful'; END $$;"),
        ("V4__four.sql", "SELECT 1;\nSELECT x.y FROM one;"),
    ];
    let all = migrations(&files);
    for by in [By::Url, By::Client] {
        let mut first = None;
        for _ in 0..20 {
            let database = servers::database(servers::version());
            let events = Events::default();
            let error = by.up(&database.url(), &all, &events.observe(Options::new())).await.unwrap_err();
            let lines: Vec<String> = events
                .lines()
                .into_iter()
                .map(|line| line.split_once(" (").map_or(line.clone(), |(before, _)| before.to_owned()))
                .collect();
            let report = format!("{}\n{error:#}", lines.join("\n")).replace(database.name(), "DATABASE");
            let first = first.get_or_insert_with(|| report.clone());
            assert_eq!(first, &report);
        }
        println!("{}", first.unwrap());
    }
}
