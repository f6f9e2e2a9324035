//! What a step sets does not reach the next one, nor the application.
#![cfg(feature = "postgres")]

use crate::postgres_common::{BOTH, By, client, history, migrations, shown};
use schemactl::{Code, Options, postgres};
use schemactl_test_support::postgres::{self as servers, Cluster};

/// A record of what a step sees.
const SEE: &str = "INSERT INTO public.seen SELECT current_setting('search_path') || '|' || current_user || '|' || session_user \
     || '|' || current_setting('lock_timeout') || '|' || current_setting('statement_timeout') \
     || '|' || current_setting('default_transaction_isolation') || '|' || current_setting('standard_conforming_strings') \
     || '|' || current_setting('row_security') || '|' || current_setting('client_min_messages') \
     || '|' || current_setting('default_tablespace') || '|' || current_setting('default_table_access_method') \
     || '|' || current_setting('check_function_bodies') || '|' || current_setting('session_replication_role') \
     || '|' || current_setting('TimeZone') || '|' || current_setting('client_encoding') || '|' || current_setting('transaction_isolation');\n";

const CHANGES: &[&str] = &[
    "SET search_path = pg_catalog;",
    "SELECT pg_catalog.set_config('search_path', '', false);",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO visitor;\nSET ROLE visitor;",
    "SET SESSION AUTHORIZATION visitor;",
    "SET statement_timeout = '1h';\nSET lock_timeout = '1h';",
    "SET default_transaction_isolation = 'serializable';\nSET default_transaction_read_only = on;",
    "SET standard_conforming_strings = off;\nSELECT 'it\\'s';",
    "SET row_security = off;\nSET client_min_messages = error;\nSET check_function_bodies = false;",
    "SET session_replication_role = replica;\nSET TIME ZONE 'Europe/Paris';",
    "SET client_encoding = 'LATIN1';\nSELECT 'é';",
    "SET LOCAL search_path = pg_catalog;\nSET LOCAL ROLE visitor;",
    "DO $$ BEGIN SET search_path = pg_catalog; SET ROLE visitor; END $$;",
    "RESET ALL;\nRESET ROLE;",
    "-- schemactl: transaction = none\nSET search_path = pg_catalog;\nSET ROLE visitor;\nSELECT 1;",
    "-- schemactl: transaction = none\nSELECT set_config('search_path', '', false);\nRESET ALL;",
    "-- schemactl: transaction = none\nDISCARD ALL;",
];

#[tokio::test]
async fn r26_a_step_cannot_set_anything_for_the_next_one_or_for_the_application() {
    for version in servers::one_of_versions() {
        let cluster = servers::shared(version);
        cluster.psql("DO $$ BEGIN CREATE ROLE visitor; EXCEPTION WHEN OTHERS THEN NULL; END $$");
        for by in BOTH {
            for change in CHANGES {
                let database = cluster.create_database();
                database.psql("CREATE TABLE seen (settings text); CREATE SCHEMA app");
                let all = migrations(&[
                    ("V1__before.sql", SEE),
                    ("V2__change.sql", change),
                    ("V3__after.sql", SEE),
                    ("V4__none.sql", &format!("-- schemactl: transaction = none\n{SEE}")),
                ]);
                let mut client = client(&database.url()).await;
                // What the application itself has set.
                client
                    .batch_execute(
                        "SET search_path = app, public; SET lock_timeout = '77s'; SET app.tenant = 'ours'; \
                         SET TIME ZONE 'Asia/Tokyo'; SET work_mem = '5MB'",
                    )
                    .await
                    .unwrap();
                let state = async |client: &tokio_postgres::Client| {
                    let rows = client
                        .simple_query(
                            "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings \
                             WHERE name !~ '^transaction_|^is_superuser|in_hot_standby|^plpgsql[.]'; \
                             SELECT current_user || session_user || current_setting('role') || current_setting('app.tenant')",
                        )
                        .await
                        .unwrap();
                    rows.iter()
                        .filter_map(|row| match row {
                            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                            _ => None,
                        })
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                // Nobody can tell which settings the application invented: a step that says so does reset them.
                let resets = change.contains("RESET ALL") || change.contains("DISCARD ALL");
                if resets {
                    client.batch_execute("SET app.tenant = ''").await.unwrap();
                }
                let before = state(&client).await;
                let done = match by {
                    By::Url => postgres::up_url(&database.url(), &all, &Options::new()).await,
                    By::Client => {
                        postgres::up_with(
                            &mut client,
                            &all,
                            &schemactl::Target::Latest,
                            &Options::new().schema("public"),
                        )
                        .await
                    }
                };
                done.unwrap_or_else(|error| panic!("{by:?} {change}\n{error:#}"));
                assert_eq!(state(&client).await, before, "{by:?} {change}");
                let seen = database.psql("SELECT DISTINCT settings FROM seen");
                // The journaled step sees no difference but the isolation and the timeouts that every step has.
                assert_eq!(seen.lines().count(), 1, "{by:?} {change}\n{seen}");
                let where_it_is = database.psql("SELECT string_agg(relnamespace::regnamespace::text, ' ') FROM pg_class WHERE relname = 'schema_migrations'");
                assert_eq!(where_it_is, "public", "{change}");
                assert_eq!(history(&database).lines().count(), 4);
            }
        }
    }
}

#[tokio::test]
async fn r26_what_pg_dump_writes_can_be_followed_by_another_migration() {
    let source = servers::database(servers::version());
    if !source.can_dump() {
        return;
    }
    source.psql("CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders VALUES (1, 'it''s'), (2, E'a\\tb\\n\\\\c'), (3, NULL), (4, 'é🦀')");
    for by in BOTH {
        let database = servers::database(servers::version());
        let dump = source.pg_dump(&[]);
        assert!(dump.contains("set_config('search_path', ''") && dump.contains("COPY public.orders"), "{dump}");
        let dump = format!("\\restrict abc\n\n{dump}\n\\unrestrict abc\n");
        let all = migrations(&[
            ("V1__dump.sql", &dump),
            ("V2__more.sql", "CREATE TABLE items (order_id int REFERENCES orders);"),
        ]);
        by.up(&database.url(), &all, &Options::new()).await.unwrap_or_else(|error| panic!("{error:#}"));
        let rows = "SELECT * FROM public.orders ORDER BY 1";
        assert_eq!(database.psql(rows), source.psql(rows));
        assert_eq!(database.psql("SELECT 'public.items'::regclass"), "items");
    }
}

#[tokio::test]
async fn r26_roles_and_search_paths_of_the_user_are_kept() {
    for version in servers::one_of_versions() {
        let cluster = Cluster::start(version);
        cluster.psql("CREATE ROLE owner; CREATE ROLE deploy LOGIN IN ROLE owner; ALTER ROLE deploy SET role = owner; ALTER ROLE deploy SET search_path = app, public");
        cluster.psql("ALTER ROLE deploy SET standard_conforming_strings = off");
        let database = cluster.create_database();
        database.psql("CREATE SCHEMA app AUTHORIZATION owner");
        let files = [
            (
                "V1__a.sql",
                "CREATE TABLE a (x text);\nINSERT INTO a VALUES ('C:\\temp');\nSET search_path = public;\nRESET ROLE;",
            ),
            ("V2__b.sql", "CREATE TABLE b (x int);"),
            ("V3__c.sql", "-- schemactl: transaction = none\nCREATE TABLE c (x int);\nRESET ROLE;"),
            ("V4__d.sql", "-- schemactl: transaction = none\nCREATE TABLE d (x int);"),
            ("V5__e.sql", "CREATE INDEX CONCURRENTLY e_x ON d (x);"),
        ];
        for by in BOTH {
            by.up(&database.url_as("deploy"), &migrations(&files), &Options::new())
                .await
                .unwrap_or_else(|error| panic!("{error:#}"));
            assert_eq!(
                database.psql("SELECT string_agg(schemaname || '.' || tablename || ' ' || tableowner, ', ' ORDER BY tablename) FROM pg_tables WHERE tablename IN ('a', 'b', 'c', 'd', 'schema_migrations')"),
                "app.a owner, app.b owner, app.c owner, app.d owner, app.schema_migrations owner"
            );
            assert_eq!(database.psql("SELECT x FROM app.a"), "C:\\temp");
            database.psql("DROP SCHEMA app CASCADE; CREATE SCHEMA app AUTHORIZATION owner");
        }
    }
}

#[tokio::test]
async fn a_client_with_an_open_transaction_is_refused() {
    let database = servers::database(servers::version());
    let mut client = client(&database.url()).await;
    database.psql("CREATE TABLE t (a int)");
    client.batch_execute("BEGIN; INSERT INTO t VALUES (1)").await.unwrap();
    let all = migrations(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let error = postgres::up(&mut client, &all).await.unwrap_err();
    shown(&error);
    assert_eq!(error.code(), Code::Usage);
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM t"), "0", "the application's transaction was committed");
    postgres::up(&mut client, &all).await.unwrap();
    // The same where the history is there to be read.
    client.batch_execute("BEGIN; INSERT INTO t VALUES (1)").await.unwrap();
    let more = migrations(&[("V1__a.sql", "CREATE TABLE a ();"), ("V2__b.sql", "CREATE TABLE b ();")]);
    let error = postgres::up(&mut client, &more).await.unwrap_err();
    shown(&error);
    assert_eq!(error.code(), Code::Usage);
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM t"), "0", "the application's transaction was committed");
}
