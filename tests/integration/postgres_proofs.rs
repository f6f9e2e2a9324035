//! `generate` and `prove` on PostgreSQL, where things are not as they should be.
#![cfg(all(feature = "cli", feature = "postgres"))]

use std::time::{Duration, Instant};

use schemactl_test_support::Signal;
use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self as servers, Cluster, Database};
use schemactl_test_support::project;

const ORDERS: &str = "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12, 2) NOT NULL DEFAULT 0, note text);";

/// A project with these ups and downs, for a database of its own.
fn project(database: &Database, files: &[(&str, &str)]) -> Project {
    let project = project!();
    project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url()));
    for (name, text) in files {
        project.file(&format!("migrations/postgres/{name}"), text);
    }
    project
}

fn scratch_databases(cluster: &Cluster) -> String {
    cluster.psql("SELECT string_agg(datname, ' ') FROM pg_database WHERE datname ~ '^schemactl_scratch_[0-9]'")
}

/// A server that no other test looks at.
fn server() -> Cluster {
    Cluster::start(servers::version())
}

#[test]
fn the_everyday_loop() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let project =
            project(&database, &[("V1__orders.sql", ORDERS), ("V2__index.sql", "CREATE INDEX ON orders (note);")]);
        project
            .run(["generate"])
            .code(0)
            .stdout_has("1 orders: lossy; the down is written")
            .stdout_has("2 index: lossless");
        assert!(project.read("migrations/postgres/V2__index.down.sql").ends_with("\n\nDROP INDEX orders_note_idx;\n"));
        let before = project.read("schema.lock");
        project.run(["generate"]).code(0).stdout_has("up to date");
        project.run(["prove"]).code(0);
        assert_eq!(project.read("schema.lock"), before);
        project.run(["up"]).code(0);
        project.run(["down", "--to", "0"]).code(0);
        assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname = 'orders'"), "0");
    }
}

/// What an up leaves to the search path, its down leaves to it too: a schema for each tenant, or another server for the proofs.
#[test]
fn a_down_is_about_the_schema_that_the_up_was_about() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let view = "CREATE VIEW notes AS SELECT id, note FROM orders;";
        let named = "CREATE TABLE public.flags (id int);";
        let project = project(
            &database,
            &[
                ("V1__orders.sql", ORDERS),
                ("V2__notes.sql", view),
                ("V3__drop.sql", "DROP VIEW notes;"),
                ("V4__flags.sql", named),
            ],
        );
        project.run(["generate"]).code(0);
        let down = |name: &str| project.read(&format!("migrations/postgres/{name}.down.sql"));
        assert!(
            down("V1__orders").ends_with("-- schemactl: loses = table orders\n\nDROP TABLE orders;\n"),
            "{}",
            down("V1__orders")
        );
        assert!(down("V2__notes").ends_with("\n\nDROP VIEW notes;\n"));
        assert!(down("V3__drop").contains("CREATE VIEW notes AS\n"), "{}", down("V3__drop"));
        assert!(down("V3__drop").contains("FROM orders;"), "{}", down("V3__drop"));
        assert!(down("V4__flags").ends_with("\n\nDROP TABLE public.flags;\n"));
        std::fs::remove_file(project.path().join("migrations/postgres/V4__flags.sql")).unwrap();
        std::fs::remove_file(project.path().join("migrations/postgres/V4__flags.down.sql")).unwrap();
        database
            .psql("CREATE SCHEMA tenant; CREATE TABLE public.orders (mine int); INSERT INTO public.orders VALUES (1)");
        let separator = if database.url().contains('?') { '&' } else { '?' };
        let tenant = format!("{}{separator}options=-csearch_path%3Dtenant", database.url());
        project.run(["up", "--url", &tenant]).code(0);
        assert_eq!(database.psql("SELECT to_regclass('tenant.orders'), to_regclass('tenant.notes')"), "tenant.orders|");
        database.psql("INSERT INTO tenant.orders VALUES (1, 1, 'a')");
        let lost = "would lose table orders: 1 row";
        project.run(["down", "--to", "0", "--url", &tenant]).code(5).stderr_has(lost);
        project.run(["down", "--to", "0", "--url", &tenant, "--accept-data-loss"]).code(0);
        assert_eq!(database.psql("SELECT to_regclass('tenant.orders'), (SELECT mine FROM public.orders)"), "|1");
        project.run(["up", "--url", &tenant]).code(0);
    }
}

#[test]
fn a_database_that_is_not_there_yet_is_no_obstacle() {
    let database = servers::database(servers::version());
    let project = project(&database, &[("V1__orders.sql", ORDERS)]);
    let url = database.url().replace(database.name(), "not_there_yet");
    project.config(&format!("[postgres]\nurl = \"{url}\"\n"));
    project.run(["generate"]).code(0).stdout_has("the down is written");
}

#[test]
fn r18_a_wrong_down_is_shown_as_what_it_leaves() {
    let database = servers::database(servers::version());
    let up = "ALTER TABLE orders ADD customer text;\nCREATE INDEX orders_customer ON orders (customer);";
    let left = "ALTER TABLE orders ADD place text;\nCREATE TABLE places (name text);";
    let project = project(
        &database,
        &[
            ("V1__orders.sql", ORDERS),
            ("V1__orders.down.sql", "DROP TABLE orders;"),
            // Leaves a table, and drops what was there before.
            ("V2__places.sql", left),
            ("V2__places.down.sql", "ALTER TABLE orders DROP place, DROP note;"),
            ("V3__customer.sql", up),
            ("V3__customer.down.sql", "DROP INDEX orders_customer;\nALTER TABLE orders DROP costumer;"),
        ],
    );
    let shown = project.run(["prove"]);
    shown.code(3);
    shown
        .stdout_has("2 places: WRONG")
        .stdout_has("column public.orders.note is missing")
        .stdout_has("table public.places is left over");
    shown.stdout_has("DROP TABLE public.places;").stdout_has("ADD COLUMN note text;");
    shown.stdout_has("3 customer: WRONG").stdout_has("column \"costumer\" of relation \"orders\" does not exist");
    shown.stderr_has("2 migrations cannot be taken back as the files say");
}

#[test]
fn an_up_that_is_another_one_each_time_has_no_down() {
    let database = servers::database(servers::version());
    let up = "DO $$ BEGIN EXECUTE format('CREATE TABLE t_%s (id int)', md5(random()::text)); END $$;";
    let project = project(&database, &[("V1__random.sql", up)]);
    project.run(["generate"]).code(0).stdout_has("irreversible").stdout_has("after the up runs again");
    assert!(project.read("migrations/postgres/V1__random.down.sql").contains("-- schemactl: irreversible = "));
}

#[test]
fn a_role_that_may_not_create_databases_is_told_what_is_missing() {
    let cluster = server();
    cluster.psql("CREATE ROLE plain LOGIN");
    let database = cluster.create_database();
    let project = project(&database, &[("V1__orders.sql", ORDERS)]);
    project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url_as("plain")));
    let refused = project.run(["generate"]);
    refused.code(1);
    refused.stderr_has("a scratch database cannot be created").stderr_has("`ALTER ROLE \"plain\" CREATEDB`");
    refused.stderr_has("scratch_url");
    // What another hint may have led to is not that right.
    database.psql(&format!("GRANT CREATE ON DATABASE \"{}\" TO plain", database.name()));
    for command in [&["prove"][..], &["check", "--prove"], &["diff"]] {
        let told = project.run(command).text();
        assert!(told.contains("`ALTER ROLE \"plain\" CREATEDB`: CREATE on a database"), "{told}");
    }
    assert!(!project.path().join("migrations/postgres/V1__orders.down.sql").exists());
    let with =
        |scratch: &str| format!("[postgres]\nurl = \"{}\"\nscratch_url = \"{scratch}\"\n", database.url_as("plain"));
    project.config(&with(&cluster.url()));
    project.run(["generate"]).code(0).stdout_has("the down is written");
    // The other hint.
    project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url_as("plain")));
    cluster.psql("ALTER ROLE \"plain\" CREATEDB");
    project.run(["check", "--prove"]).code(0);
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\nscratch_url = \"sqlite:scratch.db\"\n");
    project.file("migrations/sqlite/V1__t.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);");
    project.run(["generate"]).code(2).stderr_has("SQLite's scratch databases are in memory");
}

#[test]
fn what_a_killed_proof_left_is_dropped_by_the_next_and_nothing_else() {
    let cluster = server();
    let database = cluster.create_database();
    let slow = project(&database, &[("V1__orders.sql", ORDERS), ("V2__slow.sql", "SELECT pg_sleep(600);")]);
    let quick = project(&database, &[("V1__orders.sql", ORDERS)]);
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let wait_until_asleep = |count: &str| {
        for _ in 0..1200 {
            if cluster.psql(asleep) == count {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the proof does not come to its second migration");
    };
    let killed = slow.spawn(["prove"]);
    wait_until_asleep("1");
    killed.kill_9();
    let left = scratch_databases(&cluster);
    assert_eq!(left.split(' ').count(), 2, "{left}");
    cluster.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    // Somebody's own, and those of a proof that is at work.
    cluster.psql("CREATE DATABASE schemactl_scratch_mine");
    let mut running = slow.spawn(["prove"]);
    wait_until_asleep("1");
    let now = scratch_databases(&cluster);
    assert!(left.split(' ').all(|name| !now.contains(name)), "{left} are gone: {now}");
    quick.run(["generate"]).code(0);
    assert_eq!(scratch_databases(&cluster), now, "those of a proof that is at work stay");
    // Ctrl-C cleans up.
    running.signal(Signal::SIGINT);
    running.wait().code(130);
    assert_eq!(scratch_databases(&cluster), "");
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_database WHERE datname = 'schemactl_scratch_mine'"), "1");
}

#[test]
fn what_is_the_servers_stays_as_it_is() {
    let cluster = server();
    let database = cluster.create_database();
    cluster.psql("CREATE ROLE kept");
    let up = format!(
        "CREATE ROLE reporter;\nGRANT SELECT ON orders TO reporter;\nGRANT kept TO reporter;\nDROP ROLE kept;\n\
         ALTER DATABASE \"{}\" SET work_mem = '77MB';\nALTER SYSTEM SET work_mem = '78MB';",
        database.name()
    );
    let project = project(&database, &[("V1__orders.sql", ORDERS), ("V2__roles.sql", &up)]);
    let done = project.run(["generate"]);
    done.code(0);
    done.stdout_has("2 roles: lossless")
        .stdout_has("`CREATE ROLE reporter` changes the server")
        .stdout_has("`DROP ROLE kept` changes the server");
    let roles = "SELECT string_agg(rolname, ' ' ORDER BY 1) FROM pg_roles WHERE rolname IN ('kept', 'reporter')";
    assert_eq!(cluster.psql(roles), "kept");
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_db_role_setting"), "0");
    assert!(
        project.read("migrations/postgres/V2__roles.down.sql").contains("REVOKE SELECT ON TABLE orders FROM reporter;")
    );
}

#[test]
fn a_missing_role_is_named() {
    let database = servers::database(servers::version());
    let project =
        project(&database, &[("V1__orders.sql", &format!("{ORDERS}\nGRANT SELECT ON orders TO nobody_at_all;"))]);
    let failed = project.run(["prove"]);
    failed.code(3);
    failed.stdout_has("1 orders: FAILED").stdout_has("role \"nobody_at_all\" does not exist");
}

#[test]
fn a_view_that_holds_the_moment_of_its_making_does_not_come_back() {
    let database = servers::database(servers::version());
    let recent = "CREATE VIEW recent AS SELECT id FROM orders WHERE at >";
    let files = [
        ("V1__orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, at timestamp);"),
        ("V2__recent.sql", &format!("{recent} timestamp 'now' - interval '1 month';")),
        ("V3__a_fixed_day.sql", &format!("DROP VIEW recent; {recent} timestamp '2026-01-31';")),
        ("V4__all.sql", &format!("DROP VIEW recent; {recent} timestamp '-infinity';")),
    ];
    let said = project(&database, &files).run(["generate"]);
    said.code(0)
        .stdout_has("2 recent: irreversible")
        .stdout_has("3 a_fixed_day: irreversible")
        .stdout_has("definition of view recent was another one in each database")
        .stdout_has("4 all: lossless; the down is written");
}

#[test]
fn a_block_that_commits_is_told_the_directive_for_it() {
    let block = "DO $$ BEGIN CREATE TABLE a (id int); COMMIT; CREATE TABLE b (id int); END $$;";
    let database = servers::database(servers::version());
    let failed = project(&database, &[("V1__both.sql", block)]);
    let said = failed.run(["generate"]);
    said.stdout_has("1 both: FAILED").stdout_has("`-- schemactl: transaction = none` at its head");
    let told = project(&database, &[("V1__both.sql", &format!("-- schemactl: transaction = none\n{block}"))]);
    told.run(["generate"]).code(0).stdout_has("1 both: lossy; the down is written");
    let down = told.read("migrations/postgres/V1__both.down.sql");
    assert!(down.ends_with("\n\nDROP TABLE b;\nDROP TABLE a;\n"), "{down}");
}

#[test]
fn what_requires_an_extension_is_proven_where_it_can_be_had() {
    let database = servers::database(servers::version());
    let project = project(
        &database,
        &[
            (
                "V1__no.sql",
                "-- schemactl: requires = \"extension no_such_extension\"\nCREATE EXTENSION no_such_extension;",
            ),
            ("V2__yes.sql", "-- schemactl: requires = \"extension plpgsql\"\nCREATE TABLE t (id int);"),
        ],
    );
    project.run(["generate"]).code(0).stdout_has("2 yes: lossy; the down is written");
}

#[test]
fn a_value_that_is_used_where_it_is_added_needs_commits() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let project = project(
            &database,
            &[
                (
                    "V1__t.sql",
                    "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE t (id int PRIMARY KEY, m mood);\nINSERT INTO t VALUES (1, 'sad');",
                ),
                ("V2__glad.sql", "ALTER TYPE mood ADD VALUE 'glad';\nUPDATE t SET m = 'glad' WHERE id = 1;"),
            ],
        );
        project.run(["generate"]).code(0).stdout_has("2 glad: lossy; the down is written");
        let down = project.read("migrations/postgres/V2__glad.down.sql");
        assert!(down.contains("CREATE TYPE mood AS ENUM ('sad');"), "{down}");
        project.run(["prove"]).code(0);
    }
}

#[tokio::test]
async fn a_library_call_proves_everything() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("V1__orders.sql"), ORDERS).unwrap();
    let url = servers::shared(servers::version()).url();
    let migrations = schemactl::Migrations::read(folder.path()).unwrap();
    schemactl::postgres::assert_proven(&url, &migrations).await;
    std::fs::write(folder.path().join("V1__orders.down.sql"), "SELECT 1;").unwrap();
    let migrations = schemactl::Migrations::read(folder.path()).unwrap();
    let failed = tokio::spawn(async move { schemactl::postgres::assert_proven(&url, &migrations).await }).await;
    let panic = failed.unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("the down of version 1 is wrong") && text.contains("DROP TABLE public.orders;"), "{text}");
}

/// VACUUM FULL waits for the transaction of a proof, and all other sessions for it. What a proof asks beside its transaction gives way: nobody waits for
/// long, and what could not be asked is no verdict.
#[test]
fn a_proof_gives_way_to_who_wants_a_shared_catalog() {
    let cluster = server();
    let database = cluster.create_database();
    let table = |at: u32| {
        format!("CREATE TABLE t{at} (id bigint PRIMARY KEY, note text);\nINSERT INTO t{at} VALUES (1, 'a');\n")
    };
    let texts: Vec<(String, String)> = (1..=8).map(|at| (format!("V{at}__t.sql"), table(at))).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (&**name, &**text)).collect();
    let other = cluster.create_database();
    let mut ended_by_others = 0;
    for (arguments, is_first) in [("generate", true), ("prove --all", false), ("check --prove", false)] {
        let project = project(&database, &files);
        if !is_first {
            project.run(["generate"]).ok();
        }
        project.env("SCHEMACTL_LOCK_TIMEOUT", "1s");
        let mut running = project.spawn(arguments.split(' '));
        let mut session = other.session();
        let mut longest = Duration::ZERO;
        while !running.has_ended() {
            let begun = Instant::now();
            assert_eq!(session.run("VACUUM FULL pg_database"), "");
            assert_eq!(session.run("VACUUM FULL pg_db_role_setting"), "");
            longest = longest.max(begun.elapsed());
        }
        let ended = running.wait();
        assert!(longest < Duration::from_secs(60), "VACUUM FULL took {longest:?}");
        assert!(!ended.text().contains("lock timeout") || ended.text().contains("it gives way"), "{}", ended.text());
        if ended.status.code() != Some(0) {
            ended_by_others += 1;
            let text = ended.text();
            assert!(text.contains("E0602") && text.contains("run it again when that is done"), "{text}");
        }
        assert_eq!(scratch_databases(&cluster), "");
        assert!(is_first || !project.read("schema.lock").contains("lock timeout"));
        project.env("SCHEMACTL_LOCK_TIMEOUT", "3s");
        project.run(arguments.split(' ')).ok().lacks("lock timeout");
    }
    assert!(ended_by_others > 0, "nothing was in the way of any proof");
}
