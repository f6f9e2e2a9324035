//! Databases that are not new when the first migration comes: real processes of the command and the library, on both databases.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl::{Code, ExistingDatabase, Migrations, Options, Target, sqlite as library};
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{postgres, project, sqlite};

/// A shop on each database, whose migrations would empty what is there.
fn both() -> [Shop; 2] {
    let shops = Shop::both([project!(), project!()]);
    for shop in &shops {
        shop.file(
            "V1__create_orders.sql",
            "DROP TABLE IF EXISTS orders;\nCREATE TABLE orders (id integer PRIMARY KEY);\n",
        );
        shop.file("V1__create_orders.down.sql", "DROP TABLE orders;\n");
        shop.file("V2__add_note.sql", "ALTER TABLE orders ADD note text;\n");
        shop.file("V2__add_note.down.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    }
    shops
}

/// What these tests ask of a shop.
trait Arrived {
    /// `up` refuses, changes nothing, and so does what only looks.
    fn refuses(&self, words: &str);
}

impl Arrived for Shop {
    #[track_caller]
    fn refuses(&self, words: &str) {
        for command in ["up", "plan", "up --dry-run --no-rehearsal"] {
            let output = self.run(command);
            output.code(1).stderr_has("error[E0203]").stderr_has(words).stderr_has("= state: nothing was changed");
            output.stderr_has("--existing-database allow");
        }
        let sql = if self.is_sqlite() {
            "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations_log'"
        } else {
            "SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations_log'"
        };
        assert_eq!(self.query(sql), "0", "{words}");
    }
}

const SQLX: &str = "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
     installed_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, success boolean NOT NULL, checksum text, execution_time bigint)";

/// Tables of tools, each with a row.
const TOOLS: &[(&str, &str, &str)] = &[
    ("sqlx", SQLX, "INSERT INTO _sqlx_migrations (version, description, success) VALUES (1, 'a', true)"),
    (
        "diesel",
        "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp)",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('1')",
    ),
    (
        "refinery",
        "CREATE TABLE my_own_name (version integer PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))",
        "INSERT INTO my_own_name VALUES (1, 'a', 'now', '1')",
    ),
    (
        "goose",
        "CREATE TABLE goose_db_version (id integer PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, \
         tstamp timestamp); INSERT INTO goose_db_version VALUES (1, 0, true, NULL)",
        "INSERT INTO goose_db_version VALUES (2, 1, true, NULL)",
    ),
    (
        "Flyway",
        "CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200), \
         type varchar(20), script varchar(1000), checksum int, installed_by varchar(100), installed_on timestamp, \
         execution_time int, success boolean)",
        "INSERT INTO flyway_schema_history (installed_rank, version) VALUES (1, '1')",
    ),
    (
        "Prisma",
        "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64), finished_at timestamp, \
         migration_name varchar(255), logs text, rolled_back_at timestamp, started_at timestamp, applied_steps_count int)",
        "INSERT INTO _prisma_migrations (id, migration_name) VALUES ('1', '2024_init')",
    ),
    ("Alembic", "CREATE TABLE alembic_version (version_num varchar(32))", "INSERT INTO alembic_version VALUES ('abc')"),
    (
        "Django",
        "CREATE TABLE django_migrations (id int PRIMARY KEY, app varchar(255), name varchar(255), applied timestamp)",
        "INSERT INTO django_migrations VALUES (1, 'shop', '0001_initial', NULL)",
    ),
    (
        "Liquibase",
        "CREATE TABLE DATABASECHANGELOG (ID varchar(255), AUTHOR varchar(255), FILENAME varchar(255), DATEEXECUTED timestamp, \
         ORDEREXECUTED int, EXECTYPE varchar(10), MD5SUM varchar(35))",
        "INSERT INTO DATABASECHANGELOG (ID) VALUES ('1')",
    ),
    (
        "Knex",
        "CREATE TABLE knex_migrations (id int PRIMARY KEY, name varchar(255), batch int, migration_time timestamp)",
        "INSERT INTO knex_migrations VALUES (1, 'a.js', 1, NULL)",
    ),
];

#[test]
fn i38_another_tool_has_migrated_the_database() {
    for shop in both() {
        for (tool, create, insert) in TOOLS {
            let table = create.split_whitespace().nth(2).unwrap();
            shop.execute(create);
            // Empty, it is no obstacle.
            shop.run("plan").ok();
            shop.execute(insert);
            shop.refuses(&format!("of {tool} says what was applied"));
            shop.execute(&format!("DROP TABLE {table}"));
        }
        // With a table of its own, beside what Rails or dbmate keep.
        shop.execute("CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1')");
        let beside = "up --table schemactl_migrations";
        shop.run(beside).code(1).stderr_has("error[E0203]").stderr_has("Rails");
        shop.run("up").code(1).stderr_has("error[E0202]");
        shop.run(&format!("{beside} --existing-database allow")).ok().stdout_has("2 applied");
    }
}

#[test]
fn i38_the_hint_adopt_leads_to_a_database_that_is_right() {
    for shop in both() {
        shop.execute("CREATE TABLE orders (id integer PRIMARY KEY); INSERT INTO orders VALUES (7)");
        shop.execute(&format!("{SQLX}; {}", TOOLS[0].2));
        shop.refuses("`schemactl adopt` records");
        shop.run("adopt").ok();
        shop.run("up").ok().stdout_has("applied 2 add_note").stdout_has("1 applied");
        assert_eq!(shop.query("SELECT id FROM orders"), "7");
    }
}

#[test]
fn i38_tables_are_there_that_the_migrations_make() {
    for shop in both() {
        shop.execute("CREATE TABLE unrelated (id integer)");
        shop.run("plan").ok();
        shop.execute("CREATE TABLE orders (id integer PRIMARY KEY); INSERT INTO orders VALUES (7)");
        shop.refuses("V1__create_orders.sql:2:1");
        shop.run("repair --baseline 9 --yes").code(2).stderr_has("error[E0409]");
        shop.run("repair --baseline 1 --yes").ok().stdout_has("1 create_orders: record it as there already (baseline)");
        shop.run("up").ok().stdout_has("applied 2 add_note").stdout_has("1 applied");
        assert_eq!(shop.query("SELECT id FROM orders"), "7");
        assert_eq!(shop.query("SELECT version, state FROM schema_migrations ORDER BY 1"), "1|baseline\n2|applied");
    }
}

#[test]
fn i38_to_go_on_is_said_by_flag_variable_or_key() {
    for shop in both() {
        shop.execute("CREATE TABLE orders (id integer PRIMARY KEY); INSERT INTO orders VALUES (7)");
        shop.run("up --existing-database maybe").code(2).stderr_has("it is refuse or allow");
        shop.run("plan --existing-database allow").ok();
        shop.project.env("SCHEMACTL_EXISTING_DATABASE", "allow");
        shop.run("up").ok().stdout_has("2 applied");
        assert_eq!(shop.query("SELECT count(*) FROM orders"), "0");
    }
}

#[test]
fn i38_what_was_ours_before_is_not_asked_about() {
    for shop in both() {
        shop.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
        shop.file("V1__create_orders.sql", "CREATE TABLE IF NOT EXISTS orders (id integer PRIMARY KEY);\n");
        shop.file("V1__create_orders.down.sql", "SELECT 1;\n");
        shop.run("up --existing-database allow").ok();
        shop.run("down --to 0 --accept-data-loss").ok();
        shop.run("up").ok().stdout_has("2 applied");
    }
}

#[test]
fn i38_a_failed_first_try_is_no_history() {
    for shop in both() {
        shop.file("V1__create_orders.sql", "CREATE TABLE orders (id integer PRIMARY KEY);\nSELECT nonsense;\n");
        shop.run("up").code(1).stderr_has("error[E0204]");
        shop.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
        shop.run("up").code(1).stderr_has("error[E0203]");
    }
}

#[test]
fn i38_schemas_keep_applications_apart() {
    let [_, shop] = both();
    shop.execute("CREATE SCHEMA other; CREATE TABLE other.orders (id integer); CREATE TABLE other.schema_migrations (version text)");
    shop.execute("INSERT INTO other.schema_migrations VALUES ('1')");
    shop.run("plan").ok();
    // A name that leads there counts, whatever the search path is.
    shop.file("V3__more.sql", "CREATE TABLE other.more (x int);\n");
    shop.refuses("other.schema_migrations");
    shop.file("V3__more.sql", "SET search_path = other;\nCREATE TABLE IF NOT EXISTS orders (x int);\n");
    shop.execute("DROP TABLE other.schema_migrations");
    shop.refuses("V3__more.sql:2:1");
    // The migrations make the schema into which the name leads.
    shop.file("V3__more.sql", "CREATE SCHEMA new;\nSET search_path = new, other;\nCREATE TABLE orders (x int);\n");
    shop.run("plan").ok();
    // Tools with a schema of their own for what they keep.
    shop.execute(
        "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id int, hash text, created_at bigint)",
    );
    shop.run("plan").ok();
    shop.execute("INSERT INTO drizzle.__drizzle_migrations VALUES (1, 'x', 1)");
    shop.refuses("of Drizzle");
    // What belongs to an extension is nobody's work.
    shop.execute("DROP SCHEMA drizzle CASCADE; CREATE SCHEMA ext; CREATE EXTENSION pg_stat_statements SCHEMA public");
    shop.file("V3__more.sql", "CREATE TABLE IF NOT EXISTS pg_stat_statements (x int);\n");
    shop.run("plan --no-rehearsal").ok();
}

#[test]
fn i38_a_table_that_may_not_be_read_counts() {
    let [_, shop] = both();
    let Some(server) = shop.server() else { return };
    server.psql("CREATE TABLE alembic_version (version_num text)");
    let role = format!("reader_{}", server.psql("SELECT pg_backend_pid()"));
    server.psql(&format!("CREATE ROLE {role}"));
    server.psql(&format!("GRANT CREATE ON SCHEMA public TO {role}"));
    let url = server.url();
    let mark = if url.contains('?') { '&' } else { '?' };
    shop.project.env("SCHEMACTL_URL", format!("{url}{mark}options=-crole%3D{role}"));
    shop.refuses("of Alembic");
    server.psql(&format!("REVOKE ALL ON SCHEMA public FROM {role}"));
    server.psql(&format!("DROP ROLE {role}"));
}

#[test]
fn i38_user_version_counts_migrations() {
    let [shop, _] = both();
    shop.execute("PRAGMA user_version = 3");
    // Without a table it says nothing.
    shop.run("plan").ok();
    shop.execute("CREATE TABLE unrelated (x)");
    shop.refuses("`PRAGMA user_version` is 3");
    shop.run("up --existing-database allow").ok().stdout_has("2 applied");
}

const FILES: [(&str, &str); 2] = [
    ("V1__create_orders.sql", "DROP TABLE IF EXISTS orders;\nCREATE TABLE orders (id integer PRIMARY KEY);\n"),
    ("V1__create_orders.down.sql", "DROP TABLE orders;\n"),
];

fn migrations() -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    FILES.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
    Migrations::read(folder.path()).unwrap()
}

#[test]
fn i38_the_library_refuses_as_the_command_does_on_sqlite() {
    let migrations = migrations();
    let mut connection = schemactl_test_support::rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE orders (id); INSERT INTO orders VALUES (7); PRAGMA user_version = 1")
        .unwrap();
    let error = library::up(&mut connection, &migrations).unwrap_err();
    assert_eq!(error.code(), Code::ExistingDatabase, "{error:#}");
    assert_eq!(library::pending(&connection, &migrations, &Options::new()).unwrap_err().code(), Code::ExistingDatabase);
    assert_eq!(sqlite::query(&connection, "SELECT count(*) FROM orders"), "1");
    let allow = Options::new().existing_database(ExistingDatabase::Allow);
    library::up_with(&mut connection, &migrations, &Target::Latest, &allow).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i38_the_library_refuses_as_the_command_does_on_postgres() {
    let database = postgres::database(postgres::version());
    database.psql("CREATE TABLE orders (id int); INSERT INTO orders VALUES (7)");
    let migrations = migrations();
    let error = schemactl::postgres::up_url(&database.url(), &migrations, &Options::new()).await.unwrap_err();
    assert_eq!(error.code(), Code::ExistingDatabase, "{error:#}");
    assert_eq!(database.psql("SELECT count(*) FROM orders"), "1");
    let allow = Options::new().existing_database(ExistingDatabase::Allow);
    schemactl::postgres::up_url(&database.url(), &migrations, &allow).await.unwrap();
}

#[test]
fn i38_starters_at_once_do_not_take_each_other_for_strangers() {
    for shop in both() {
        let running: Vec<_> = (0..8).map(|_| shop.project.spawn(["up"])).collect();
        for running in running {
            running.wait().ok();
        }
        assert_eq!(shop.query("SELECT count(*) FROM schema_migrations"), "2");
    }
}
