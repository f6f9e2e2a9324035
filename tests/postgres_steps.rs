//! Steps with the application's client: what it had it keeps, and what a step made is taken back.
#![cfg(feature = "postgres")]

mod postgres_common;

use postgres_common::{By, client, migrations, shown};
use schemactl::{Code, Options, postgres};
use schemactl_test_support::postgres::{self as servers, Database};

fn database() -> Database {
    servers::database(servers::version())
}

/// What a session has, kind by kind.
const HAS: &str = "SELECT concat_ws(' / ', \
     (SELECT string_agg(relname, ' ' ORDER BY 1) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), \
     (SELECT string_agg(proname, ' ' ORDER BY 1) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()), \
     (SELECT string_agg(name, ' ' ORDER BY 1) FROM pg_prepared_statements WHERE from_sql), \
     (SELECT string_agg(name, ' ' ORDER BY 1) FROM pg_cursors WHERE is_holdable), \
     (SELECT string_agg(c, ' ' ORDER BY 1) FROM pg_listening_channels() c), \
     (SELECT string_agg(objid || mode, ' ' ORDER BY 1) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()))";

async fn has(client: &tokio_postgres::Client) -> String {
    let rows = client.simple_query(HAS).await.unwrap();
    let row = rows.iter().find_map(|row| match row {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    row.unwrap()
}

const LITTER: &str = "CREATE TEMP TABLE mine (id serial);\nCREATE TEMP VIEW seen AS SELECT * FROM mine;\nPREPARE p AS SELECT 1;\n\
     DECLARE c CURSOR WITH HOLD FOR SELECT 1;\nLISTEN news;\n\
     SELECT pg_advisory_lock(7), pg_advisory_lock(7), pg_advisory_lock_shared(1, -2);\n\
     CREATE FUNCTION pg_temp.g() RETURNS int LANGUAGE sql AS 'SELECT 2';\nCREATE DOMAIN pg_temp.kind AS text;\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_client_keeps_what_it_had_and_nothing_else() {
    let theirs = "CREATE TEMP TABLE cached (id int); PREPARE q AS SELECT 1; BEGIN; DECLARE d CURSOR WITH HOLD FOR SELECT 1; COMMIT; \
         LISTEN mine; SELECT pg_advisory_lock(5); CREATE FUNCTION pg_temp.h() RETURNS int LANGUAGE sql AS 'SELECT 1'";
    for before in ["", theirs] {
        let database = database();
        let mut client = client(&database.url()).await;
        client.batch_execute(before).await.unwrap();
        // The driver's own must stay too.
        let statement = client.prepare("SELECT 41 + 1").await.unwrap();
        let had = has(&client).await;
        let apart = format!("-- schemactl: transaction = none\n{LITTER}");
        let files = [("V1__a.sql", LITTER), ("V2__b.sql", LITTER), ("V3__c.sql", &apart), ("V4__d.sql", &apart)];
        postgres::up(&mut client, &migrations(&files)).await.unwrap();
        assert_eq!(has(&client).await, had);
        assert_eq!(client.query_one(&statement, &[]).await.unwrap().get::<_, i32>(0), 42);
        // Nor does one that fails leave anything.
        let bad = format!("{LITTER}SELECT 1 / 0;\n");
        let bad_apart = format!("{apart}SELECT 1 / 0;\n");
        for text in [&bad, &bad_apart] {
            let files = [
                ("V1__a.sql", LITTER),
                ("V2__b.sql", LITTER),
                ("V3__c.sql", &apart),
                ("V4__d.sql", &apart),
                ("V5__e.sql", text),
            ];
            let error = postgres::up(&mut client, &migrations(&files)).await.unwrap_err();
            assert_eq!(error.sqlstate(), Some("22012"), "{error:#}");
            assert_eq!(has(&client).await, had);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_table_of_the_application_is_not_taken_for_the_real_one() {
    let create = (
        "V1__t.sql",
        "CREATE TABLE orders (id int);\nCREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'INSERT INTO orders VALUES (1)';",
    );
    for second in ["INSERT INTO orders VALUES (1);", "SELECT f();", "DO $$ BEGIN EXECUTE 'TRUNCATE Orders'; END $$;"] {
        let database = database();
        let mut client = client(&database.url()).await;
        postgres::up(&mut client, &migrations(&[create])).await.unwrap();
        client.batch_execute("CREATE TEMP TABLE orders (id int)").await.unwrap();
        let files = migrations(&[create, ("V2__fill.sql", second)]);
        let error = postgres::up(&mut client, &files).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::Usage, "{text}");
        assert!(text.contains("temporary table or type \"orders\"") && text.contains("nothing was changed"), "{text}");
        // As the hint says.
        client.batch_execute("DROP TABLE pg_temp.orders").await.unwrap();
        postgres::up(&mut client, &files).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_under_a_policy_is_an_error_and_no_endless_loop() {
    let files =
        migrations(&[("V1__t.sql", "CREATE TABLE orders (id int);"), ("V2__u.sql", "CREATE TABLE items (id int);")]);
    for by in postgres_common::BOTH {
        let database = database();
        by.up(&database.url(), &migrations(&[("V1__t.sql", "CREATE TABLE orders (id int);")]), &Options::new())
            .await
            .unwrap();
        database.psql("ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY");
        // The tables' owner and those who bypass policies see all.
        let role = format!("app_{}", database.name());
        database.psql(&format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON SCHEMA public TO {role}"
        ));
        let url = database.url_as(&role);
        let error = by.up(&url, &files, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert!(error.sqlstate() == Some("42501") && text.contains("row-level security"), "{text}");
        assert!(text.contains("DISABLE ROW LEVEL SECURITY"), "{text}");
        assert_eq!(database.psql("SELECT to_regclass('items') IS NULL"), "t");
        // One that may read, but not change or delete.
        database.psql("CREATE POLICY read ON schema_migrations FOR SELECT USING (true)");
        by.up(&url, &files, &Options::new()).await.unwrap_err();
        database.psql("ALTER TABLE schema_migrations DISABLE ROW LEVEL SECURITY");
        assert_eq!(by.up(&url, &files, &Options::new()).await.unwrap().to_string(), "1 applied");
        database.psql(&format!("DROP OWNED BY {role} CASCADE"));
        database.psql(&format!("DROP ROLE {role}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hides_records_ends_the_run_in_the_end() {
    let database = database();
    let files = migrations(&[("V1__t.sql", "CREATE TABLE orders (id int);")]);
    By::Url.up(&database.url(), &files, &Options::new()).await.unwrap();
    // A view that hides rows, in the table's place.
    database.psql(
        "ALTER TABLE schema_migrations RENAME TO kept; CREATE VIEW schema_migrations AS SELECT * FROM kept WHERE version > 1; DROP TABLE orders",
    );
    for by in postgres_common::BOTH {
        let error = by.up(&database.url(), &files, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::HistoryTable, "{text}");
        assert!(text.contains("does not show what is recorded in it"), "{text}");
    }
    assert_eq!(database.psql("SELECT to_regclass('orders') IS NULL"), "t");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_a_transaction_keeps_its_row_security() {
    let database = database();
    let client = client(&database.url()).await;
    let mut other = postgres_common::client(&database.url()).await;
    postgres::up(&mut other, &migrations(&[("V1__t.sql", "SELECT 1;")])).await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    postgres::pending(&client, &migrations(&[("V1__t.sql", "SELECT 1;")]), &Options::new()).await.unwrap();
    let setting: String = client.query_one("SHOW row_security", &[]).await.unwrap().get(0);
    assert_eq!(setting, "on");
}
