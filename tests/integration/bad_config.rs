//! Configuration, arguments and histories that are wrong: what the command says, and that it changed nothing.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres;
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{project, sqlite};

fn show(output: Output) -> Output {
    println!("{}", output.text());
    output
}

/// A project with one migration for each backend, and this configuration.
fn configured(config: &str) -> Project {
    let project = project!();
    for backend in ["sqlite", "postgres"] {
        project.file(&format!("migrations/{backend}/V1__create_a.sql"), "CREATE TABLE a (x integer);\n");
    }
    project.config(config);
    project
}

/// Every command that reads the configuration refuses it in the same words, and makes nothing.
fn refused(config: &str, code: &str, says: &[&str]) {
    let project = configured(config);
    let before = project.files();
    for command in ["up", "status", "plan", "down", "repair"] {
        show(project.run([command])).code(2).error(code).says(says);
    }
    assert_eq!(project.files(), before);
}

#[test]
fn what_schema_toml_cannot_say() {
    refused(
        "[sqlite]\nurl = \"sqlite:a.db\"\nlock_timout = \"3s\"\n",
        "E0102",
        &[
            "the key `lock_timout` is unknown in [sqlite]",
            "schema.toml:3:1\n",
            " 3 | lock_timout = \"3s\"\n",
            "| ^^^^^^^^^^^\n",
            "hint: did you mean `lock_timeout`?",
        ],
    );
    refused(
        "[sqlit]\nurl = \"sqlite:a.db\"\n",
        "E0102",
        &["the key `sqlit` is unknown", "schema.toml:1:2\n", "hint: did you mean `sqlite`?"],
    );
    refused("[sqlite]\nurl = 5\n", "E0103", &["`url` is a string, not an integer", "schema.toml:2:7\n"]);
    refused(
        "[sqlite]\nurl = \"sqlite:a.db\"\norder = \"anyy\"\n",
        "E0103",
        &["`order` cannot be `anyy`: it is strict or any", "schema.toml:3:9\n", "did you mean `any`?"],
    );
    refused(
        "[sqlite]\nurl = \"sqlite:a.db\"\nlock_wait = \"soon\"\n",
        "E0103",
        &["`lock_wait` cannot be `soon`", "500ms", "schema.toml:3:13\n"],
    );
    refused(
        "[sqlite\nurl = \"sqlite:a.db\"\n",
        "E0101",
        &["schema.toml is not TOML", "schema.toml:1:8\n", "= cause: "],
    );
    refused("[sqlite]\nurl = \"sqlite:a.db\n", "E0101", &["schema.toml is not TOML", "schema.toml:2:", "= cause: "]);
    refused(
        "[sqlite]\nurl = \"sqlite:a.db\"\nurl = \"sqlite:b.db\"\n",
        "E0101",
        &["schema.toml is not TOML", "schema.toml:3:", "= cause: duplicate key"],
    );
    refused(
        "[sqlite]\nurl = \"sqlite:a.db\"\n[database.x.sqlite]\nurl = \"sqlite:b.db\"\n",
        "E0103",
        &["[sqlite] stands beside databases with names", "schema.toml:1:2\n", "hint: give it a name too"],
    );
    refused(
        "backend = \"postgre\"\n[sqlite]\nurl = \"sqlite:a.db\"\n",
        "E0103",
        &["`backend` cannot be `postgre`", "schema.toml:1:11\n", "did you mean `postgres`?"],
    );
    let shared = "[database.a.sqlite]\nurl = \"sqlite:a.db\"\n[database.b.sqlite]\nurl = \"sqlite:./a.db\"\n";
    refused(shared, "E0103", &["have the same history", "schema.toml:3:", "hint: give one of them another `url`"]);
}

#[test]
fn what_is_kept_cannot_be_anything() {
    let config = |lines: &str| format!("[sqlite]\nurl = \"sqlite:a.db\"\n{lines}\n");
    for (lines, says) in [
        ("undo = \"off\"", ["`undo` cannot be `off`: it is auto or all or none", "schema.toml:3:8\n"]),
        ("undo_keep = \"30\"", ["`undo_keep` cannot be `30`: the unit is missing: `30d`", "schema.toml:3:13\n"]),
        ("ignore_undo = [\"a.\"]", ["`ignore_undo` cannot have `a.`: it is no name", "schema.toml:3:16\n"]),
    ] {
        refused(&config(lines), "E0103", &says);
    }
    refused(
        &config("ignore_und = []"),
        "E0102",
        &["`ignore_und` is unknown in [sqlite]", "did you mean `ignore_undo`?"],
    );
    let error = schemactl::Options::new().ignore_undo("table users").unwrap_err();
    let text = format!("{error:#}");
    assert_eq!(error.code(), schemactl::Code::InvalidValue);
    assert!(text.contains("`ignore_undo` cannot have `table users`: no kind of object stands before a name"), "{text}");
    assert!(text.contains("write `users`"), "{text}");
}

#[test]
fn urls() {
    refused(
        "[sqlite]\nurl = \"mysql:a.db\"\n",
        "E0106",
        &["the SQLite URL `mysql:a.db` cannot be read", "schema.toml:2:7\n"],
    );
    refused(
        "[sqlite]\nurl = \"sqlite:a.db?mod=ro\"\n",
        "E0106",
        &["the parameter `mod` is unknown", "schema.toml:2:7\n", "did you mean `mode`?"],
    );
    refused(
        "[postgres]\nurl = \"sqlite:a.db\"\n",
        "E0106",
        &["the PostgreSQL URL `sqlite:a.db` cannot be read", "schema.toml:2:7\n", "hint: write `postgres://"],
    );
    let postgres = |url: &str, says: &[&str]| refused(&format!("[postgres]\nurl = \"{url}\"\n"), "E0106", says);
    postgres(
        "postgre://u:secret@h/d",
        &[
            "`postgre://u:***@h/d` cannot be read",
            "schema.toml:2:7\n",
            " 2 | url = \"postgre://u:******@h/d\"\n",
            "did you mean `postgres`?",
        ],
    );
    postgres(
        "postgres://u@h/d?sslmoed=require",
        &["unknown connection parameter `sslmoed`", "schema.toml:2:7\n", " 2 | url = ", "did you mean `sslmode`?"],
    );
    postgres(
        "postgres://u@h/d?sslmode=yes",
        &["invalid value `yes` for `sslmode`", "schema.toml:2:7\n", "hint: sslmode: "],
    );
    postgres("postgres://u@h:port/d", &["port", "schema.toml:2:7\n", "hint: "]);
    postgres(
        "host=h port=5432 pasword=x",
        &["unknown connection parameter `pasword`", "schema.toml:2:7\n", "did you mean `password`?"],
    );
}

#[test]
fn tls_is_never_left_away_where_it_is_asked_for() {
    let cluster = postgres::Cluster::start(postgres::Config::new(postgres::version()).tcp());
    let shop = Shop::with(project!(), cluster.create_database());
    shop.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n");
    let url = shop.database().tcp_url();
    let authority = postgres::Tls::shared().authority();
    for mode in ["require", "verify-ca", "verify-full"] {
        shop.project
            .config(&format!("[postgres]\nurl = \"{url}?sslmode={mode}&sslrootcert={}\"\n", authority.display()));
        for command in ["up", "status"] {
            show(shop.run(command)).code(1).error("E0509").says(&[
                &format!("sslmode={mode} needs TLS"),
                "127.0.0.1",
                "hint: ",
            ]);
        }
    }
    assert!(!shop.content().contains("schema_migrations"));
    shop.project.config(&format!("[postgres]\nurl = \"{url}?sslmode=prefer\"\n"));
    shop.run("up").ok();
}

#[test]
fn databases_and_backends_that_are_not_there() {
    let project = configured("[database.shop.sqlite]\nurl = \"sqlite:a.db\"\n");
    show(project.run(["up", "-d", "shpo"]))
        .code(2)
        .error("E0105")
        .says(&["no database `shpo`", "hint: did you mean `shop`?"]);
    show(project.run(["up", "--backend", "mysql"]))
        .code(2)
        .error("E0107")
        .says(&["there is no backend `mysql`", "hint: the backends are sqlite, postgres: "]);
    show(project.run(["up", "--backend", "postgres"]))
        .code(2)
        .error("E0105")
        .says(&["not configured for postgres", "hint: "]);
    let project = project!();
    for command in ["up", "status", "plan", "check"] {
        show(project.run([command])).code(2).error("E0101").says(&[
            "there is no schema.toml in ",
            "hint: `schemactl init` writes one",
            "--url",
        ]);
    }
    assert_eq!(project.files(), [""; 0]);
    show(project.run(["up", "--config", "other.toml"])).code(2).error("E0101").says(&["other.toml", "hint: "]);
}

#[test]
fn variables() {
    let config = "[sqlite]\nurl = \"sqlite:${SHOP_FILE}\"\n[postgres]\nurl = \"${SHOP_URL}\"\n";
    refused(
        config,
        "E0104",
        &[
            "`url` needs the variable SHOP_FILE, which is not set",
            "schema.toml:2:15\n",
            "| ",
            "^^^^^^^^^^^^\n",
            "hint: set it in the environment, or in `.env`",
            "SHOP_FILE=...",
        ],
    );

    // That of the other backend is not asked for.
    let project = configured(config);
    project.file(".env", "SHOP_FILE=from-env-file.db\n");
    project.run(["up"]).ok();
    assert!(project.files().contains(&"from-env-file.db".to_owned()));
    show(project.run(["up", "--backend", "postgres"])).code(2).error("E0104").says(&["SHOP_URL", "schema.toml:4:"]);

    // The environment goes before the file, and the file can be turned off.
    project.spawn_with(&[("SHOP_FILE", "from-environment.db")], ["up"]).wait().ok();
    assert!(project.files().contains(&"from-environment.db".to_owned()));
    project.config(&format!("dotenv = false\n{config}"));
    show(project.run(["up"])).code(2).error("E0104").says(&["SHOP_FILE"]);
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let project = configured("[sqlite]\nurl = \"sqlite:file.db\"\ntable = \"from_file\"\n");
    let tables = |file: &str| {
        let path = project.path().join(file);
        sqlite::query(
            &sqlite::open(&path),
            "SELECT name FROM sqlite_schema WHERE name LIKE 'from%' AND name NOT LIKE '%log' AND type = 'table'",
        )
    };
    project.run(["up"]).ok();
    assert_eq!(tables("file.db"), "from_file");
    let variables = [("SCHEMACTL_URL", "sqlite:variable.db"), ("SCHEMACTL_TABLE", "from_variable")];
    project.spawn_with(&variables, ["up"]).wait().ok();
    assert_eq!(tables("variable.db"), "from_variable");
    project.spawn_with(&variables, ["up", "--url", "sqlite:flag.db", "--table", "from_flag"]).wait().ok();
    assert_eq!(tables("flag.db"), "from_flag");
    show(project.spawn_with(&[("SCHEMACTL_LOCK_WAIT", "soon")], ["up"]).wait())
        .code(2)
        .error("E0103")
        .says(&["`SCHEMACTL_LOCK_WAIT` cannot be `soon`"]);
    show(project.run(["up", "--lock-wait", "soon"])).code(2).error("E0103").says(&["`--lock-wait` cannot be `soon`"]);
}

fn both() -> [Shop; 2] {
    [Shop::sqlite(project!()), Shop::postgres(project!())].map(|shop| {
        shop.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n");
        shop.file("V1__create_a.down.sql", "DROP TABLE a;\n");
        shop.file("1_core/V2__create_b.sql", "CREATE TABLE b (x integer);\nINSERT INTO b VALUES (1);\n");
        shop.file("1_core/V2__create_b.down.sql", "DROP TABLE b;\n");
        shop.file("1_core/V3__create_c.sql", "CREATE TABLE c (x integer);\n");
        shop
    })
}

#[test]
fn targets() {
    for shop in both() {
        let before = shop.content();
        for (command, code, says) in [
            ("up --to 9", "E0409", &["there is no migration with version 9", "hint: `schemactl status`"][..]),
            ("up --phase cor", "E0409", &["there is no phase `cor`", "hint: did you mean `core`?"]),
            ("down --to 9", "E0409", &["version 9 is not applied", "nothing was changed", "hint: "]),
            ("down --to x", "E0107", &["`--to x`: a version is a whole number from 1"]),
        ] {
            show(shop.run(command)).code(2).error(code).says(says);
        }
        for (command, says) in [
            ("up --to x", "a version is a whole number from 1"),
            ("up --to 1 --phase core", "cannot be given together with"),
            ("down --to 1 --steps 1", "cannot be given together with"),
            ("down --steps x", "cannot be `x`"),
            ("upp", "did you mean `up`?"),
        ] {
            show(shop.run(command)).code(2).stderr_has(says);
        }
        assert_eq!(shop.content(), before);
        show(shop.run("down")).ok();
        // There is nothing to take back from a file that is not there, and it is not made for that.
        assert!(!shop.is_sqlite() || shop.content() == "no file");
        shop.run("up").ok();
        let before = shop.content();
        show(shop.run("down")).code(1).error("E0406").says(&[
            "migration 3 create_c has no down",
            "nothing was changed",
            "hint: ",
        ]);
        show(shop.run("down --to 1")).code(1).error("E0406");
        show(shop.run("down --steps 0")).code(2).stderr_has("0 is not in 1..");
        assert_eq!(shop.content(), before);
        shop.file("1_core/V3__create_c.down.sql", "DROP TABLE c;\n");
        // More than there are is all of them. The rows are those of the migrations, so that none is lost.
        show(shop.run("down --steps 9")).ok();
        assert_eq!(shop.applied(), "");
    }
}

#[test]
fn an_irreversible_migration_is_not_taken_back() {
    for shop in both() {
        shop.file(
            "1_core/V3__create_c.sql",
            "-- schemactl: irreversible = rows are gone\nCREATE TABLE c (x integer);\n",
        );
        shop.run("up").ok();
        let before = shop.content();
        show(shop.run("down")).code(5).error("E0407").says(&[
            "migration 3 create_c was declared irreversible",
            "= cause: rows are gone",
            "nothing was changed",
            "hint: ",
        ]);
        show(shop.run("down --to 0")).code(5).error("E0407");
        assert_eq!(shop.content(), before);
    }
}

/// `up` and `plan` refuse what `mend` takes away.
fn history_refused(shop: &Shop, code: &str, says: &[&str]) {
    let before = shop.content();
    for command in ["up", "plan", "up --dry-run"] {
        show(shop.run(command)).code(1).error(code).says(says);
        assert_eq!(shop.content(), before, "{command}");
    }
    show(shop.run("status")).ok();
    show(shop.run("status --check")).code(3);
    assert_eq!(shop.content(), before);
}

#[test]
fn files_and_history_that_do_not_agree() {
    for shop in both() {
        shop.run("up").ok();
        // Modified: which statement.
        let text = "CREATE TABLE b (x integer);\nINSERT INTO b VALUES (2);\n";
        shop.file("1_core/V2__create_b.sql", text).file("1_core/V4__create_d.sql", "CREATE TABLE d (x integer);\n");
        history_refused(
            &shop,
            "E0401",
            &[
                "migration 2 create_b was changed after it was applied",
                "V2__create_b.sql:2:1\n",
                " 2 | INSERT INTO b VALUES (2);",
                "hint: ",
            ],
        );
        shop.file("1_core/V2__create_b.sql", "CREATE TABLE b (x integer);\nINSERT INTO b VALUES (1);\n");

        // Missing, with others above it.
        shop.remove("1_core/V2__create_b.sql").remove("1_core/V2__create_b.down.sql");
        history_refused(&shop, "E0404", &["2 create_b", "hint: "]);
        shop.file("1_core/V2__create_b.sql", "CREATE TABLE b (x integer);\nINSERT INTO b VALUES (1);\n");
        shop.file("1_core/V2__create_b.down.sql", "DROP TABLE b;\n");

        // A lower version that arrives late.
        shop.remove("1_core/V4__create_d.sql").file("1_core/V5__create_e.sql", "CREATE TABLE e (x integer);\n");
        shop.run("up").ok();
        shop.file("1_core/V4__create_d.sql", "CREATE TABLE d (x integer);\n");
        history_refused(&shop, "E0403", &["4 create_d", "5", "hint: "]);
        show(shop.run("up --order any")).ok();
        assert_eq!(shop.applied(), "1 2 3 4 5");

        // The database is newer than the files.
        shop.remove("1_core/V5__create_e.sql").remove("1_core/V4__create_d.sql");
        history_refused(&shop, "E0402", &["5", "hint: "]);
        show(shop.run("up --newer-database allow")).ok();
    }
}

#[test]
fn a_partly_applied_migration_that_was_edited() {
    for shop in both() {
        let outside = |text: &str| {
            format!("-- schemactl: transaction = none\nCREATE TABLE d (x integer);\n{text}INSERT INTO d VALUES (3);\n")
        };
        shop.file("1_core/V4__create_d.sql", outside("INSERT INTO nowhere VALUES (1);\n"));
        show(shop.run("up")).code(1).error("E0204").says(&[
            "migration 4 create_d failed at statement 2 of 3",
            "V4__create_d.sql:3:",
            "= state: 1 of 3 statements is done and recorded, the others are not",
            "hint: mend the statement",
        ]);
        show(shop.run("status")).ok().stdout_has("partial").stdout_has("1 of 3");
        let edited =
            outside("INSERT INTO d VALUES (2);\n").replace("CREATE TABLE d (x integer)", "CREATE TABLE d (y integer)");
        shop.file("1_core/V4__create_d.sql", edited);
        history_refused(&shop, "E0405", &["migration 4 create_d", "V4__create_d.sql:2:1\n", "hint: "]);
        shop.file("1_core/V4__create_d.sql", outside("INSERT INTO d VALUES (2);\n"));
        shop.run("up").ok();
        assert_eq!(shop.query("SELECT x FROM d ORDER BY x"), "2\n3");
        assert_eq!(shop.applied(), "1 2 3 4");
    }
}

#[test]
fn a_history_that_another_tool_made() {
    for shop in both() {
        shop.query("CREATE TABLE schema_migrations (version varchar(255) NOT NULL PRIMARY KEY)");
        shop.query("INSERT INTO schema_migrations VALUES ('20240101000000')");
        let before = shop.content();
        for command in ["up", "status", "plan", "down"] {
            show(shop.run(command)).code(1).error("E0202").says(&[
                "the history table of ",
                "was made by Rails or dbmate",
                "= cause: its columns are version",
                "nothing was changed",
                "hint: ",
                "`table = ",
            ]);
            assert_eq!(shop.content(), before);
        }
        show(shop.run("up --table other_history")).code(1).error("E0203").says(&["Rails", "--existing-database allow"]);
        assert_eq!(shop.content(), before);
        show(shop.run("up --table other_history --existing-database allow")).ok();
    }
}

#[test]
fn r23_a_dry_run_leaves_everything_as_it_was() {
    for mode in ["DELETE", "WAL"] {
        let shop = Shop::sqlite(project!());
        shop.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n");
        for command in ["plan", "up --dry-run", "status", "down --dry-run"] {
            shop.run(command).ok();
            assert!(!shop.database_file().exists(), "{command}");
        }
        shop.run("up").ok();
        shop.query(&format!("PRAGMA journal_mode = {mode}"));
        shop.file("V2__create_b.sql", "CREATE TABLE b (x integer);\nINSERT INTO a VALUES (1);\n");
        let before = std::fs::read(shop.database_file()).expect("it is there");
        let files = shop.project.files();
        for command in ["plan", "up --dry-run", "status", "down --dry-run", "repair", "check --online"] {
            shop.run(command);
            assert_eq!(std::fs::read(shop.database_file()).expect("it is there"), before, "{mode} {command}");
            assert_eq!(shop.project.files(), files, "{mode} {command}");
        }
        // A log that holds something stays what it is, too.
        if mode == "WAL" {
            let writer = sqlite::open(&shop.database_file());
            sqlite::query(&writer, "PRAGMA wal_autocheckpoint = 0");
            sqlite::query(&writer, "INSERT INTO a VALUES (7)");
            // Copied while it is in use: what a killed application leaves.
            let copy = Shop::sqlite(project!());
            for end in ["", "-wal"] {
                let from = shop.project.path().join(format!("shop.db{end}"));
                copy.project.file(&format!("shop.db{end}"), std::fs::read(from).expect("it is there"));
            }
            copy.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n");
            let bytes = || {
                ["shop.db", "shop.db-wal"]
                    .map(|file| std::fs::read(copy.project.path().join(file)).expect("it is there"))
            };
            let before = bytes();
            assert!(before[1].len() > 1000);
            for command in ["plan", "status"] {
                copy.run(command).ok();
                assert!(bytes() == before, "{command}");
            }
            assert_eq!(copy.query("SELECT x FROM a"), "7");
            drop(writer);
        }
        let before = std::fs::read(shop.database_file()).expect("it is there");
        shop.file("V3__wrong.sql", "INSERT INTO b VALUES (1);\nINSERT INTO nowhere VALUES (1);\n");
        for command in ["plan", "up --dry-run"] {
            let output = show(shop.run(command));
            output.code(1).error("E0204").says(&[
                "migration 3 wrong failed at statement 2 of 2",
                "V3__wrong.sql:2:",
                "= state: this was a dry run: nothing was changed",
            ]);
            assert_eq!(std::fs::read(shop.database_file()).expect("it is there"), before, "{mode} {command}");
        }
    }
    let shop = Shop::postgres(project!());
    if !shop.database().can_dump() {
        return;
    }
    shop.file("V1__create_a.sql", "CREATE TABLE a (x serial, y integer);\n");
    let empty = shop.database().dump_all();
    for command in ["plan", "up --dry-run", "status", "down --dry-run"] {
        shop.run(command).ok();
        assert_eq!(shop.database().dump_all(), empty, "{command}");
    }
    shop.run("up").ok();
    shop.file("V2__create_b.sql", "CREATE TABLE b (x integer);\nINSERT INTO a (y) SELECT generate_series(1, 9);\n");
    let before = shop.database().dump_all();
    for command in ["plan", "up --dry-run", "status"] {
        shop.run(command).ok();
        // Sequences stand outside transactions: docs/design/architecture.md.
        let same = |dump: &str| dump.lines().filter(|line| !line.contains("setval")).collect::<Vec<_>>().join("\n");
        assert_eq!(same(&shop.database().dump_all()), same(&before), "{command}");
    }
    shop.file("V3__wrong.sql", "INSERT INTO b VALUES (1);\nINSERT INTO nowhere VALUES (1);\n");
    for command in ["plan", "up --dry-run"] {
        show(shop.run(command)).code(1).error("E0204").says(&[
            "migration 3 wrong failed at statement 2 of 2",
            "V3__wrong.sql:2:13\n",
            "= state: this was a dry run: nothing was changed",
        ]);
    }
    assert_eq!(shop.applied(), "1");
}

/// Without what differs from run to run by right: the times, their width, and the name of the database.
fn without_times(output: &Output, shop: &Shop) -> String {
    let mut text = format!("{}\n{}", output.stdout, output.stderr);
    text = text.replace(&shop.project.path().display().to_string(), "FOLDER");
    if !shop.is_sqlite() {
        text = text.replace(shop.database().name(), "NAME");
    }
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).count();
    let mut shown = String::new();
    for line in text.lines().filter(|line| !line.contains("_ms\":") && !line.contains("_at\":")) {
        let mut words = line.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let is_unit = |word: &&str| ["ms", "s"].contains(&word.trim_end_matches(')'));
            let is_time = digits(word) >= 6 && word.contains([':', '-']);
            if digits(word) > 0 && words.next_if(is_unit).is_some() || is_time {
                continue;
            }
            shown += word;
            shown.push(' ');
        }
        shown.push('\n');
    }
    shown
}

#[test]
fn r37_output_is_the_same_in_every_run() {
    let mut first: [Option<Vec<String>>; 2] = [None, None];
    for _ in 0..20 {
        for (first, shop) in first.iter_mut().zip(both()) {
            let commands = ["status", "plan", "check", "up", "status", "down", "check --online", "plan --json"];
            let outputs: Vec<_> = commands.iter().map(|command| without_times(&shop.run(command), &shop)).collect();
            let first = first.get_or_insert_with(|| outputs.clone());
            for (first, output) in first.iter().zip(&outputs) {
                assert!(first == output, "--- first\n{first}\n--- then\n{output}");
            }
        }
    }
}
