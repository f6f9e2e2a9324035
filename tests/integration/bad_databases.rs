//! Databases that cannot be opened, read or written: what the command says, and what it left.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::fs;
use std::time::Duration;

use schemactl_test_support::cli::Output;
use schemactl_test_support::disk::Small;
use schemactl_test_support::postgres::{self, Cluster, Config, Database};
use schemactl_test_support::proxy::{Fault, Proxy, When};
use schemactl_test_support::shop::{Shop, without_log};
use schemactl_test_support::{project, sqlite};

/// Two migrations that are alike on both databases.
fn two(shop: Shop) -> Shop {
    shop.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n");
    // Where nothing is kept of rows, a step is one message.
    shop.file(
        "V2__create_b.sql",
        "-- schemactl: undo = none\nCREATE TABLE b (x integer);\nINSERT INTO b VALUES (1);\n",
    );
    shop
}

fn show(output: Output) -> Output {
    println!("{}", output.text());
    output
}

fn on_sqlite() -> Shop {
    two(Shop::sqlite(project!()))
}

fn on_postgres() -> Shop {
    two(Shop::postgres(project!()))
}

/// What the three commands that open a database say, with the same code.
fn all_say(shop: &Shop, code: &str, says: &[&str]) {
    for command in ["up", "status", "plan"] {
        show(shop.run(command)).code(1).error(code).says(says);
    }
}

#[test]
fn a_file_that_is_no_database() {
    let text = "this was never a database, and is longer than the header of one, so that nobody takes it for empty\n"
        .repeat(9);
    let encrypted: Vec<u8> = (0..8192_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    for bytes in [text.as_bytes(), b"short", &encrypted] {
        let shop = on_sqlite();
        shop.project.file("shop.db", bytes);
        all_say(
            &shop,
            "E0505",
            &[
                "shop.db\" is not an SQLite database",
                "= cause: file is not a database",
                "= state: nothing was changed",
                "hint: is the URL right?",
            ],
        );
        assert_eq!(fs::read(shop.database_file()).expect("it is there"), bytes);
        assert_eq!(shop.project.files().len(), 4, "{:?}", shop.project.files());
        fs::remove_file(shop.database_file()).expect("it is there");
        shop.run("up").ok();
        assert_eq!(shop.applied(), "1 2");
    }
}

#[test]
fn a_damaged_database_is_not_called_another_file() {
    let shop = on_sqlite();
    shop.run("up --to 1").ok();
    let whole = fs::read(shop.database_file()).expect("it is there");
    let mut damaged = whole.clone();
    damaged[100..3000].fill(0xa5);
    shop.project.file("shop.db", &damaged);
    all_say(
        &shop,
        "E0505",
        &["is damaged", "= cause: database disk image is malformed", "nothing was changed", "hint: ", "backup"],
    );
    assert_eq!(fs::read(shop.database_file()).expect("it is there"), damaged);
    shop.project.file("shop.db", &whole);
    shop.run("up").ok();
}

#[test]
fn a_folder_where_the_file_should_be() {
    let shop = on_sqlite();
    shop.project.file("shop.db/keep", "");
    all_say(&shop, "E0501", &["shop.db is a folder, not a database file", "hint: "]);
}

#[test]
fn a_missing_parent_folder() {
    let shop = on_sqlite();
    shop.project.config("[sqlite]\nurl = \"sqlite:data/shop.db\"\n");
    all_say(
        &shop,
        "E0501",
        &[
            "data/shop.db cannot be opened",
            "= cause: ",
            "nothing was changed",
            "hint: create the folder first: mkdir -p ",
            "data\n",
        ],
    );
    fs::create_dir(shop.project.path().join("data")).expect("it was not there");
    shop.run("up").ok();
}

#[test]
fn a_file_and_a_folder_that_are_read_only() {
    for mode in ["DELETE", "WAL"] {
        let shop = on_sqlite();
        shop.project.config("[sqlite]\nurl = \"sqlite:data/shop.db\"\n");
        shop.project.file("data/keep", "");
        shop.run("up --to 1").ok();
        let file = shop.project.path().join("data/shop.db");
        sqlite::query(&sqlite::open(&file), &format!("PRAGMA journal_mode = {mode}"));
        let before = fs::read(&file).expect("it is there");
        // The file alone; the folder alone; both.
        for (file_mode, folder_mode) in [(true, false), (false, true), (true, true)] {
            if file_mode {
                shop.project.read_only("data/shop.db")
            } else {
                shop.project.open_to_all("data/shop.db")
            };
            if folder_mode {
                shop.project.read_only("data")
            } else {
                shop.project.open_to_all("data")
            };
            println!("--- {mode}: file read only {file_mode}, folder read only {folder_mode}");
            show(shop.project.run_unprivileged(["status"])).ok().stdout_has("1 applied").stdout_has("1 pending");
            show(shop.project.run_unprivileged(["plan"])).ok().stdout_has("create_b");
            if (file_mode, folder_mode) == (true, false) {
                assert_eq!(shop.project.files().len(), 5, "reading left {:?}", shop.project.files());
            }
            let output = show(shop.project.run_unprivileged(["up"]));
            output
                .code(1)
                .error("E0506")
                .says(&["= cause: ", "= state: ", "database", "hint: ", "writable for this user"])
                .lacks("WARN");
            assert_eq!(fs::read(&file).expect("it is there"), before);
            shop.project.open_to_all("data");
        }
        // SQLite itself makes these as protected as the file was.
        for file in shop.project.files().iter().filter(|file| file.starts_with("data/shop.db")) {
            shop.project.open_to_all(file);
        }
        show(shop.project.run_unprivileged(["up"])).ok();
        assert_eq!(sqlite::query(&sqlite::open(&file), "SELECT x FROM b"), "1");
    }
}

#[test]
fn a_missing_file_in_a_read_only_folder() {
    let shop = on_sqlite();
    shop.project.read_only("");
    show(shop.project.run_unprivileged(["status"])).ok().stdout_has("2 pending");
    show(shop.project.run_unprivileged(["up"])).code(1).error("E0501").says(&[
        "shop.db cannot be opened",
        "= cause: ",
        "nothing was changed",
        "hint: may this user",
    ]);
    shop.project.open_to_all("");
    assert!(!shop.database_file().exists());
}

#[test]
fn a_full_disk() {
    let shop = on_sqlite();
    let disk = Small::new(512);
    let file = disk.path().join("shop.db");
    shop.project.config(&format!("[sqlite]\nurl = \"sqlite:{}\"\n", file.display()));
    shop.project.run_on(&disk, ["up", "--to", "1"]).ok();
    let before = sqlite::dump(&sqlite::open(&file));
    let insert = "INSERT INTO b SELECT randomblob(1000000);\n";
    shop.file("V2__create_b.sql", format!("CREATE TABLE b (x blob);\n{insert}"));
    let output = show(shop.project.run_on(&disk, ["up"]));
    if disk.real() {
        output.code(1).error("E0507").says(&[
            "migration 2 create_b failed",
            "= cause: database or disk is full",
            "= state: rolled back",
            "still at version 1",
            "hint: free space",
        ]);
    } else {
        output.code(1).says(&["migration 2 create_b failed", "= state: rolled back", "still at version 1"]);
    }
    let at = "SELECT version FROM schema_migrations ORDER BY version";
    assert_eq!(without_log(&sqlite::dump(&sqlite::open(&file))), without_log(&before));
    shop.file("V2__create_b.sql", "CREATE TABLE b (x blob);\n");
    shop.project.run_on(&disk, ["up"]).ok();
    assert_eq!(sqlite::query(&sqlite::open(&file), at), "1\n2");
}

#[test]
fn a_disk_that_is_full_from_the_beginning() {
    let shop = on_sqlite();
    let disk = Small::new(8);
    let file = disk.path().join("shop.db");
    shop.project.config(&format!("[sqlite]\nurl = \"sqlite:{}\"\n", file.display()));
    let output = show(shop.project.run_on(&disk, ["up"]));
    output.code(1).says(&["error[E", "= cause: ", "= state: ", "hint: "]);
    if disk.real() {
        output.error("E0507").says(&["database or disk is full", "nothing was changed", "hint: free space"]);
    }
    assert_eq!(sqlite::query(&sqlite::open(&file), "SELECT count(*) FROM sqlite_schema"), "0");
}

/// A server that asks for passwords where roles other than `postgres` come over TCP.
fn strict(database: &str) -> (Cluster, Database) {
    let cluster =
        Cluster::start(Config::new(postgres::version()).tcp().access("host all bob 127.0.0.1/32 scram-sha-256"));
    cluster.psql("CREATE ROLE bob LOGIN PASSWORD 'right-and-secret'");
    cluster.psql(&format!("CREATE DATABASE {database} OWNER bob"));
    let database = cluster.database(database);
    (cluster, database)
}

#[test]
fn a_wrong_password() {
    let (cluster, database) = strict("shop");
    let port = cluster.tcp().expect("it listens").port;
    let shop = two(Shop::with(project!(), database));
    let url = |password: &str| format!("[postgres]\nurl = \"postgres://bob:{password}@127.0.0.1:{port}/shop\"\n");
    shop.project.config(&url("wrong-and-secret"));
    for command in ["up", "status", "plan"] {
        let output = show(shop.run(command));
        output
            .code(1)
            .error("E0502")
            .says(&[
                "127.0.0.1",
                "= cause: ",
                "password authentication failed for user \"bob\"",
                "SQLSTATE 28P01",
                "hint: ",
            ])
            .lacks("secret");
    }
    shop.project.config(&format!("[postgres]\nurl = \"postgres://bob@127.0.0.1:{port}/shop\"\n"));
    show(shop.run("up")).code(1).error("E0502").says(&["hint: ", "PGPASSWORD"]);
    assert!(!shop.content().contains("schema_migrations"));
    shop.project.config(&url("right-and-secret"));
    show(shop.run("up")).ok().lacks("secret");
    shop.project.config(&format!("[postgres]\nurl = \"postgres://bob@127.0.0.1:{port}/nowhere\"\n"));
    shop.project.env("PGPASSWORD", "right-and-secret");
    show(shop.run("up"))
        .code(1)
        .says(&["nowhere", "= cause: ", "database \"nowhere\" does not exist (SQLSTATE 3D000)", "hint: "])
        .lacks("secret");
}

#[test]
fn a_server_that_is_not_there() {
    let shop = on_postgres();
    for (url, says) in [
        (
            "postgres://u@127.0.0.1:1/d",
            &[
                "cannot connect to postgresql://u@127.0.0.1:1/d",
                "= cause: ",
                "Connection refused",
                "hint: is the server running",
            ][..],
        ),
        (
            "postgres://u@/d?host=/nonexistent",
            &["/nonexistent", "= cause: ", "No such file", "hint: is the server running"],
        ),
        ("postgres://u@no-such-host.invalid/d", &["no-such-host.invalid", "= cause: ", "hint: "]),
    ] {
        shop.project.config(&format!("[postgres]\nurl = \"{url}\"\n"));
        all_say(&shop, "E0501", says);
    }
}

#[test]
fn a_server_that_is_too_old() {
    // A run with the machine's own version alone does without; `./test` installs it.
    if std::env::var_os("SCHEMACTL_TEST_POSTGRES").is_some_and(|named| !named.is_empty()) {
        return;
    }
    let old = Cluster::start(postgres::TOO_OLD);
    let shop = two(Shop::with(project!(), old.create_database()));
    all_say(&shop, "E0503", &["PostgreSQL 13", "hint: "]);
}

#[test]
fn a_hot_standby() {
    let cluster = Cluster::start(postgres::version());
    let database = cluster.create_database();
    let name = database.name().to_owned();
    let shop = two(Shop::with(project!(), database));
    shop.run("up --to 1").ok();
    let standby = cluster.standby();
    cluster.wait_for(&standby);
    let copy = two(Shop::with(project!(), standby.database(&name)));
    show(copy.run("status")).ok().stdout_has("1 applied");
    show(copy.run("plan --no-rehearsal")).ok().stdout_has("create_b");
    show(copy.run("plan"));
    show(copy.run("up")).code(1).error("E0504").says(&["nothing was changed", "hint: ", "primary"]);
    show(copy.run("up --to 1")).ok();
    shop.run("up").ok();
    cluster.wait_for(&standby);
    show(copy.run("up")).ok();
    show(copy.run("plan")).ok();
}

#[test]
fn a_server_that_dies_in_the_middle_of_a_step() {
    let cluster = Cluster::start(postgres::version());
    let shop = two(Shop::with(project!(), cluster.create_database()));
    shop.run("up --to 1").ok();
    let before = shop.content();
    shop.file("V2__create_b.sql", "-- schemactl: undo = none\nCREATE TABLE b (x integer);\nSELECT pg_sleep(600);\n");
    let running = shop.project.spawn(["up"]);
    wait_for_sleep(&shop);
    cluster.kill_9();
    let output = show(running.wait_within(Duration::from_secs(60)));
    // The step and its COMMIT are one message: only the server knows whether it came so far.
    output.code(1).error("E0209").says(&[
        "migration 2 create_b failed",
        "= cause: ",
        "= state: not known: ",
        "hint: ",
        "`schemactl up` looks, and goes on from either",
    ]);
    cluster.start_again();
    assert_eq!(without_log(&shop.content()), without_log(&before));
    shop.file("V2__create_b.sql", "CREATE TABLE b (x integer);\n").run("up").ok();
    assert_eq!(shop.applied(), "1 2");
}

#[test]
fn the_query_that_decides_names_the_table_of_the_history() {
    let database = postgres::database(postgres::version());
    let proxy = Proxy::start(database.endpoint());
    let url = database.url_at(&proxy.endpoint());
    let shop = two(Shop::with(project!(), database));
    shop.project.config(&format!("[postgres]\nurl = \"{url}\"\nschema = \"app\"\ntable = \"History\"\n"));
    proxy.on(When::Sql("CREATE TABLE b".to_owned()), Fault::CutBefore);
    let output = show(shop.run("up"));
    output.code(1).error("E0209").says(&["hint: `SELECT state FROM app.\"History\" WHERE version = 2` tells"]);
    assert_eq!(shop.query("SELECT state FROM app.\"History\" WHERE version = 2"), "");
    shop.run("up").ok();
    assert_eq!(shop.query("SELECT state FROM app.\"History\" WHERE version = 2"), "applied");
}

fn wait_for_sleep(shop: &Shop) {
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    while shop.query(asleep) != "1" {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_connection_that_breaks_in_the_middle_of_a_step() {
    for (fault, applied) in [(Fault::CutBefore, "1"), (Fault::CutAfter, "1 2")] {
        let database = postgres::database(postgres::version());
        let proxy = Proxy::start(database.endpoint());
        let url = database.url_at(&proxy.endpoint());
        let shop = two(Shop::with(project!(), database));
        shop.run("up --to 1").ok();
        shop.project.config(&format!("[postgres]\nurl = \"{url}\"\n"));
        // The step, its record and COMMIT are one message: who never gets an answer cannot know.
        proxy.on(When::Sql("CREATE TABLE b".to_owned()), fault);
        let output = show(shop.run("up"));
        assert_eq!(proxy.faults_met(), 1);
        output.code(1).error("E0209").says(&[
            "migration 2 create_b failed",
            "= cause: ",
            "= state: not known: the connection to ",
            "was lost before it told whether the step was committed",
            "hint: `SELECT ",
            "schema_migrations",
            "version = 2` tells (no row: not applied); `schemactl up` looks, and goes on from either",
        ]);
        assert_eq!(shop.applied(), applied);
        shop.run("up").ok();
        assert_eq!(shop.applied(), "1 2");
        assert_eq!(shop.query("SELECT x FROM b"), "1");
    }
}

#[test]
fn a_connection_that_breaks_between_the_statements_of_a_step() {
    for (fault, x) in [(Fault::CutBefore, "1 2 3"), (Fault::CutAfter, "1 2 3")] {
        let database = postgres::database(postgres::version());
        let proxy = Proxy::start(database.endpoint());
        let url = database.url_at(&proxy.endpoint());
        let shop = two(Shop::with(project!(), database));
        shop.run("up").ok();
        shop.project.config(&format!("[postgres]\nurl = \"{url}\"\n"));
        shop.file("V3__fill.sql", "-- schemactl: transaction = none\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (3);\n");
        proxy.on(When::Sql("VALUES (2)".to_owned()), fault);
        let output = show(shop.run("up"));
        assert_eq!(proxy.faults_met(), 1);
        output.code(1).error("E0209").says(&[
            "migration 3 fill failed at statement 2 of 3",
            "V3__fill.sql:3:1\n",
            "= state: 1 of 3 statements is done and recorded, the next one is not known: the connection to ",
            "hint: `SELECT state, ",
            "statements_done",
            "version = 3`",
        ]);
        show(shop.run("status")).ok().stdout_has("partial");
        shop.run("up").ok();
        assert_eq!(shop.query("SELECT x FROM a ORDER BY x").replace('\n', " "), x);
    }
}

#[test]
fn too_many_connections() {
    let cluster = Cluster::start(
        Config::new(postgres::version())
            .setting("max_connections", "5")
            .setting("superuser_reserved_connections", "1")
            .setting("max_wal_senders", "0"),
    );
    let database = cluster.create_database();
    cluster.psql("CREATE ROLE bob LOGIN");
    let url = database.url_as("bob");
    let shop = two(Shop::with(project!(), database));
    shop.project.config(&format!("[postgres]\nurl = \"{url}\"\n"));
    let held: Vec<_> = (0..4).map(|_| postgres::Session::open(&url)).collect();
    all_say(&shop, "E0501", &["cannot connect to ", "= cause: ", "SQLSTATE 53300", "hint: "]);
    drop(held);
}

#[test]
fn r24_a_role_without_the_privilege_records_nothing() {
    let cluster = Cluster::start(postgres::version());
    cluster.psql("CREATE ROLE bob LOGIN; CREATE ROLE eve LOGIN");
    let database = cluster.create_database();
    database.psql("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let url = |role: &str| format!("[postgres]\nurl = \"{}\"\n", database.url_as(role));
    let (bob, eve, owner) = (url("bob"), url("eve"), url("postgres"));
    let shop = two(Shop::with(project!(), database));

    // Not even the history can be made.
    shop.project.config(&bob);
    let before = shop.content();
    show(shop.run("up")).code(1).error("E0508").says(&[
        "may not create the history",
        "nothing was changed",
        "hint: ",
        "let a superuser make this role the owner",
    ]);
    assert_eq!(shop.content(), before);
    show(shop.run("status")).ok().stdout_has("2 pending");

    // It may create, but not touch what belongs to another.
    shop.query("GRANT CREATE ON SCHEMA public TO bob; CREATE TABLE theirs (x int)");
    shop.file("V2__create_b.sql", "CREATE TABLE b (x integer);\nALTER TABLE theirs ADD COLUMN y int;\n");
    show(shop.run("up")).code(1).error("E0508").says(&[
        "migration 2 create_b failed at statement 2 of 2",
        "V2__create_b.sql:2:1\n",
        "= cause: must be owner of table theirs (SQLSTATE 42501)",
        "= state: rolled back",
        "still at version 1",
        "hint: let a role run this that owns the object, or GRANT",
    ]);
    assert_eq!(shop.applied(), "1");
    show(shop.run("up --dry-run")).code(1).error("E0508");
    assert_eq!(shop.applied(), "1");

    // One that may read the history, and nothing else: reading works, writing does not.
    shop.query("GRANT SELECT ON schema_migrations TO eve");
    shop.project.config(&eve);
    show(shop.run("status")).ok().stdout_has("1 applied").stdout_has("1 pending");
    show(shop.run("plan")).ok().stdout_has("create_b").stdout_has("not rehearsed: this role may not write the history");
    show(shop.run("up --to 1")).ok();
    show(shop.run("up")).code(1).error("E0508").says(&[
        "may not write the history",
        "nothing was changed",
        "hint: ",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ",
        "TO \"eve\"; GRANT SELECT, INSERT ON ",
    ]);
    assert_eq!(shop.applied(), "1");

    // One whose transactions are read only, whatever it was granted.
    let name = shop.database().name().to_owned();
    shop.query(&format!("ALTER ROLE bob IN DATABASE {name} SET default_transaction_read_only = on"));
    shop.project.config(&bob);
    show(shop.run("status")).ok().stdout_has("1 applied");
    show(shop.run("plan")).ok().stdout_has("not rehearsed: transactions are read only");
    show(shop.run("up")).code(1).error("E0504").says(&[
        "are read only",
        "nothing was changed",
        "hint: lift default_transaction_read_only",
    ]);
    shop.project.config(&eve);

    // Nothing at all, not even the history.
    shop.query("REVOKE SELECT ON schema_migrations FROM eve");
    show(shop.run("status")).code(1).error("E0508").says(&[
        "permission denied for table schema_migrations",
        "hint: ",
        "GRANT",
    ]);

    shop.project.config(&owner);
    shop.run("up").ok();
    assert_eq!(shop.applied(), "1 2");
}
