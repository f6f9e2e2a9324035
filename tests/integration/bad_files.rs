//! Migration files that are wrong: what the command says, that it changed nothing, and that `up` goes on after the mend.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::os::unix::fs::symlink;

use schemactl_test_support::shop::{Shop, without_log};
use schemactl_test_support::{long, project};

/// A file that is wrong among good ones: version 1 is applied, 2 is the case, 3 waits.
struct Case {
    name: &'static str,
    /// Files of the folder of migrations.
    files: &'static [(&'static str, &'static [u8])],
    code: &'static str,
    /// What the message has, in this order.
    says: &'static [&'static str],
}

const fn case(
    name: &'static str,
    files: &'static [(&'static str, &'static [u8])],
    code: &'static str,
    says: &'static [&'static str],
) -> Case {
    Case { name, files, code, says }
}

fn good(shop: &Shop) {
    shop.file("V1__create_a.sql", "CREATE TABLE a (x integer);\n");
    shop.file("V3__create_c.sql", "CREATE TABLE c (x integer);\n");
    // Kept apart from what the case brings, and above it.
    shop.run("up --to 1").ok();
}

fn run(shop: &Shop, case: &Case) {
    good(shop);
    let before = shop.content();
    for (name, text) in case.files {
        shop.file(name, text);
    }
    build_refuses(shop, case.code, case.says);
    for command in ["up", "plan"] {
        let output = shop.run(command);
        println!("=== {}\n{}", case.name, output.text());
        output.code(1).error(case.code).says(case.says);
        assert_eq!(shop.content(), before, "{}: `{command}` changed the database", case.name);
        assert!(!output.stdout.contains("applied 3"), "{}", output.text());
    }
    for (name, _) in case.files {
        shop.remove(name);
    }
    shop.file("V2__create_b.sql", "CREATE TABLE b (x integer);\n");
    shop.run("up").ok();
    assert_eq!(shop.applied(), "1 2 3", "{}", case.name);
    assert_eq!(build(shop), (Some(0), String::new()), "{}", case.name);
}

/// What a start refuses, a build that embeds the folder has refused before, with the same words.
fn build_refuses(shop: &Shop, code: &str, says: &[&str]) {
    let (status, stderr) = build(shop);
    assert_eq!(status, Some(1), "{stderr}");
    assert!(stderr.starts_with(&format!("error[{code}]: ")), "{code}\n{stderr}");
    let mut rest = stderr.as_str();
    for part in says {
        let at = rest.find(part).unwrap_or_else(|| panic!("expected in this order: {part:?}\n{stderr}"));
        rest = &rest[at + part.len()..];
    }
}

/// Runs a build script that embeds the folder of migrations: how it ends, and what it says.
fn build(shop: &Shop) -> (Option<i32>, String) {
    let folder = shop.project.path();
    let output = std::process::Command::new(std::env::current_exe().expect("a test is a program"))
        .args(["--exact", "bad_files::the_build_script", "--ignored", "--nocapture"])
        .current_dir(folder)
        .env("EMBEDDED_FOLDER", shop.folder())
        .env("CARGO_MANIFEST_DIR", folder)
        .env("OUT_DIR", folder.join("out"))
        .output()
        .expect("it can be run");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
#[ignore = "the program that other tests run"]
fn the_build_script() {
    if let Ok(folder) = std::env::var("EMBEDDED_FOLDER") {
        schemactl::build::embed(&folder);
    }
}

fn on_both(cases: &[Case]) {
    for case in cases {
        run(&Shop::sqlite(project!()), case);
        run(&Shop::postgres(project!()), case);
    }
}

#[test]
fn text_that_is_not_sql() {
    on_both(&[
        case(
            "empty",
            &[("V2__b.sql", b"")],
            "E0309",
            &["V2__b.sql holds no statement", "--> ", "V2__b.sql\n", "hint: "],
        ),
        case("comments", &[("V2__b.sql", b"-- later\n/* or never */\n")], "E0309", &["V2__b.sql holds no statement"]),
        case("semicolons", &[("V2__b.sql", b";\n ;\n")], "E0309", &["V2__b.sql holds no statement"]),
        case(
            "latin-1",
            &[("V2__b.sql", b"CREATE TABLE b (x text);\nINSERT INTO b VALUES ('M\xfcller');\n")],
            "E0302",
            &[
                "V2__b.sql is not UTF-8",
                "V2__b.sql:2:25\n",
                " 2 | INSERT INTO b",
                "\n   |                         ^\n",
                "hint: ",
                "Latin-1",
                "UTF-8",
            ],
        ),
        case(
            "utf-16",
            &[("V2__b.sql", b"\xff\xfeS\0E\0L\0E\0C\0T\0 \x00")],
            "E0302",
            &["V2__b.sql is not UTF-8", "hint: ", "UTF-16 (little endian)", "save it again as UTF-8"],
        ),
        case(
            "nul",
            &[("V2__b.sql", b"CREATE TABLE b (x text);\nINSERT INTO b VALUES ('a\0b');\n")],
            "E0302",
            &["V2__b.sql holds a NUL byte", "V2__b.sql:2:25\n", " 2 | INSERT INTO b VALUES ('a\u{fffd}b');", "hint: "],
        ),
    ]);
}

#[test]
fn a_syntax_error_rolls_its_step_back_and_later_steps_are_not_run() {
    let five =
        b"CREATE TABLE b (x integer);\nINSERT INTO b VALUES (1);\nCREATE TABEL d (x integer);\nSELECT 1;\nSELECT 2;\n";
    let crlf = b"CREATE TABLE b (x integer);\r\n-- \xc3\xa9\xc3\xa9\r\nINSERT INTO b VALUES (1);\r\n  /* \xc3\xa9 */ CREATE TABEL d (x integer);\r\n";
    let bom = b"\xef\xbb\xbfCREATE TABEL b (x integer);\r\n";
    for (file, place, at) in [
        (&five[..], "V2__b.sql:3:8\n", "statement 3 of 5"),
        (crlf, "V2__b.sql:4:18\n", "statement 3 of 3"),
        (bom, "V2__b.sql:1:8\n", "statement 1 of 1"),
    ] {
        for shop in [Shop::sqlite(project!()), Shop::postgres(project!())] {
            good(&shop);
            let before = shop.content();
            let output = shop.file("V2__b.sql", file).run("up");
            println!("{}", output.text());
            output.code(1).error("E0204").stdout_has("");
            let cause = if shop.is_sqlite() {
                "near \"TABEL\": syntax error"
            } else {
                "syntax error at or near \"TABEL\" (SQLSTATE 42601)"
            };
            let still = [
                "migration 2 b failed at ",
                at,
                place,
                "CREATE TABEL",
                "^",
                "= cause: ",
                cause,
                "= state: rolled back; database ",
                "is still at version 1",
                "hint: ",
            ];
            output.says(&still);
            // The log tells of the failure, and nothing else does.
            assert_eq!(without_log(&shop.content()), without_log(&before));
            assert_eq!(shop.query("SELECT count(*) FROM schema_migrations_log WHERE outcome = 'failed'"), "1");
            // A dry run finds the same, and leaves no trace at all.
            let before = shop.content();
            let output = shop.run("up --dry-run");
            output.code(1).error("E0204").stderr_has(place).stderr_has(cause);
            assert_eq!(shop.content(), before);
            shop.file("V2__b.sql", "CREATE TABLE b (x integer);\n").run("up").ok();
            assert_eq!(shop.applied(), "1 2 3");
        }
    }
}

#[test]
fn a_byte_order_mark_and_any_line_ends_are_fine() {
    for shop in [Shop::sqlite(project!()), Shop::postgres(project!())] {
        good(&shop);
        shop.file(
            "V2__b.sql",
            "\u{feff}-- schemactl: lock_timeout = 1s\r\nCREATE TABLE b (x integer);\r\nINSERT INTO b VALUES (1);\r\n",
        );
        shop.run("up").ok();
        assert_eq!(shop.query("SELECT x FROM b"), "1");
        // The checksum is that of the text, however an editor saves it.
        for ends in ["\n", "\r"] {
            shop.file(
                "V2__b.sql",
                ["-- schemactl: lock_timeout = 1s", "CREATE TABLE b (x integer);", "INSERT INTO b VALUES (1);", ""]
                    .join(ends),
            );
            shop.run("status --check").ok();
        }
    }
}

#[test]
fn what_is_never_closed() {
    on_both(&[
        case(
            "string",
            &[("V2__b.sql", b"CREATE TABLE b (x text);\nINSERT INTO b VALUES ('it's');\nSELECT 1;\n")],
            "E0308",
            &["this string is never closed", "V2__b.sql:2:28\n", "^", "nothing was changed", "hint: "],
        ),
        case(
            "comment",
            &[("V2__b.sql", b"CREATE TABLE b (x integer);\n/* not yet:\nCREATE TABLE d (x integer);\n")],
            "E0308",
            &["this comment is never closed", "V2__b.sql:2:1\n", " 2 | /* not yet:", "nothing was changed"],
        ),
        case(
            "name",
            &[("V2__b.sql", b"CREATE TABLE \"b (x integer);\n")],
            "E0308",
            &["this quoted name is never closed", "V2__b.sql:1:14\n"],
        ),
    ]);
    run(
        &Shop::sqlite(project!()),
        &case(
            "trigger",
            &[("V2__b.sql", b"CREATE TABLE b (x);\nCREATE TRIGGER t AFTER INSERT ON b BEGIN\n  SELECT 1;\n")],
            "E0308",
            &["the body of this trigger is never closed", "V2__b.sql:2:1\n", "nothing was changed", "hint: ", "END;"],
        ),
    );
    run(
        &Shop::sqlite(project!()),
        &case(
            "carriage returns",
            &[("V2__b.sql", b"-- b\rCREATE TABLE b (x);\r\n")],
            "E0308",
            &[
                "a carriage return alone does not end a comment",
                "V2__b.sql:1:5\n",
                "nothing was changed",
                "hint: save the file with LF",
            ],
        ),
    );
    run(
        &Shop::sqlite(project!()),
        &case(
            "shell",
            &[("V2__b.sql", b".read other.sql\n")],
            "E0308",
            &["`.read` is a command of the sqlite3 shell", ":1:1\n", "hint: "],
        ),
    );
    for case in [
        case(
            "dollar",
            &[("V2__b.sql", b"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$\n  SELECT 1;\n$$;\n")],
            "E0308",
            &["this string is never closed by $body$", "V2__b.sql:1:49\n", "nothing was changed"],
        ),
        case(
            "psql",
            &[("V2__b.sql", b"CREATE TABLE b (x int);\n\\connect other\n")],
            "E0308",
            &["`\\connect` is a command of psql, not SQL", "V2__b.sql:2:1\n", "nothing was changed", "hint: "],
        ),
    ] {
        run(&Shop::postgres(project!()), &case);
    }
}

#[test]
fn transaction_control() {
    on_both(&[
        case(
            "begin",
            &[("V2__b.sql", b"CREATE TABLE b (x integer);\nBEGIN;\nINSERT INTO b VALUES (1);\n")],
            "E0205",
            &[
                "BEGIN cannot stand in a migration",
                "V2__b.sql:2:1\n",
                " 2 | BEGIN;",
                "= cause: ",
                "nothing was changed",
                "hint: ",
            ],
        ),
        case(
            "commit",
            &[("V2__b.sql", b"CREATE TABLE b (x integer);\ncommit;\n")],
            "E0205",
            &["COMMIT cannot", ":2:1\n", "hint: leave COMMIT away"],
        ),
        case(
            "rollback",
            &[("V2__b.sql", b"CREATE TABLE b (x integer);\nROLLBACK;\n")],
            "E0205",
            &["ROLLBACK cannot", ":2:1\n"],
        ),
    ]);
    run(
        &Shop::sqlite(project!()),
        &case(
            "vacuum",
            &[("V2__b.sql", b"BEGIN;\nVACUUM;\nCOMMIT;\n")],
            "E0205",
            &["BEGIN cannot", ":1:1\n", "hint: leave BEGIN away"],
        ),
    );
    run(
        &Shop::postgres(project!()),
        &case(
            "concurrently",
            &[("V2__b.sql", b"BEGIN;\nCREATE INDEX CONCURRENTLY a_x ON a (x);\nCOMMIT;\n")],
            "E0205",
            &["BEGIN cannot", ":1:1\n", "cannot be in a transaction"],
        ),
    );
    run(
        &Shop::sqlite(project!()),
        &case(
            "among",
            &[("V2__b.sql", b"CREATE TABLE b (x integer);\nBEGIN;\nINSERT INTO b VALUES (1);\nCOMMIT;\n")],
            "E0205",
            &["BEGIN cannot", ":2:1\n"],
        ),
    );
    let shop = Shop::postgres(project!());
    good(&shop);
    shop.file("V2__b.sql", "CREATE TABLE b (x integer);\nBEGIN;\nINSERT INTO b VALUES (1);\nCOMMIT;\nSELECT 1 / 0;\n");
    shop.run("up").code(1).stderr_has("division by zero").stderr_has("rolled back");
    assert_eq!(shop.applied(), "1", "all of it was one transaction");
    for shop in [Shop::sqlite(project!()), Shop::postgres(project!())] {
        good(&shop);
        shop.file("V2__b.sql", "BEGIN;\nCREATE TABLE b (x integer);\nCOMMIT;\n").run("up").ok();
        assert_eq!(shop.applied(), "1 2 3");
    }
}

#[test]
fn names_and_versions() {
    on_both(&[
        case(
            "twice",
            &[("V3__other.sql", b"SELECT 1;\n")],
            "E0304",
            &["version 3 twice: ", "V3__create_c.sql and ", "V3__other.sql", "--> ", "hint: "],
        ),
        case(
            "1 and 01",
            &[("V03__create_c.sql", b"SELECT 1;\n")],
            "E0304",
            &["version 3 twice: ", "V03__create_c.sql and ", "V3__create_c.sql"],
        ),
        case(
            "twice in two phases",
            &[("1_core/V5__d.sql", b"SELECT 1;\n"), ("2_more/V0005__e.sql", b"SELECT 1;\n")],
            "E0304",
            &["version 5 twice: ", "1_core/V5__d.sql and ", "2_more/V0005__e.sql"],
        ),
        case(
            "19 digits",
            &[("V1234567890123456789__b.sql", b"SELECT 1;\n")],
            "E0305",
            &["V1234567890123456789__b.sql: a version has at most 18 digits", "hint: "],
        ),
        case("zero", &[("V0__b.sql", b"SELECT 1;\n")], "E0305", &["V0__b.sql: versions begin at 1", "hint: "]),
        case(
            "one underscore",
            &[("V2_b.sql", b"SELECT 1;\n")],
            "E0303",
            &["V2_b.sql: two underscores", "hint: did you mean `V2__b.sql`?"],
        ),
        case(
            "lower case",
            &[("v2__b.sql", b"SELECT 1;\n")],
            "E0303",
            &["v2__b.sql: the name begins with a capital V", "hint: did you mean `V2__b.sql`?"],
        ),
        case(
            "stray",
            &[("notes.sql", b"SELECT 1;\n")],
            "E0303",
            &["notes.sql: the name begins with V and the version", "hint: ", "V12__add_total.sql"],
        ),
        case(
            "no phase",
            &[("old/V2__b.sql", b"SELECT 1;\n")],
            "E0306",
            &["old: this folder has .sql files and is not named as a phase", "hint: "],
        ),
        case(
            "phases out of order",
            &[("1_core/V5__d.sql", b"SELECT 1;\n"), ("2_more/V4__e.sql", b"SELECT 1;\n")],
            "E0306",
            &["1_core/V5__d.sql has a higher version than ", "2_more/V4__e.sql", "hint: "],
        ),
        case(
            "a down alone",
            &[("V2__b.down.sql", b"SELECT 1;\n")],
            "E0312",
            &["V2__b.down.sql has no migration beside it", "hint: "],
        ),
    ]);
}

#[test]
fn directives() {
    on_both(&[
        case(
            "misspelt",
            &[("V2__b.sql", b"-- schemactl: transcation = none\nSELECT 1;\n")],
            "E0307",
            &[
                "`transcation` is unknown",
                "V2__b.sql:1:15\n",
                "\n   |               ^^^^^^^^^^^\n",
                "hint: did you mean `transaction`?",
            ],
        ),
        case(
            "unknown",
            &[("V2__b.sql", b"-- schemactl: colour = red\nSELECT 1;\n")],
            "E0307",
            &["`colour` is unknown", ":1:15\n", "hint: the directives are "],
        ),
        case(
            "other word",
            &[("V2__b.sql", b"-- schemctl: transaction = none\nSELECT 1;\n")],
            "E0307",
            &["the word before the colon is `schemactl`", ":1:4\n"],
        ),
        case(
            "twice",
            &[("V2__b.sql", b"-- schemactl: repeat = once\n-- schemactl: repeat = changed\nSELECT 1;\n")],
            "E0307",
            &["`repeat` is given twice", ":2:15\n"],
        ),
        case(
            "value",
            &[("V2__b.sql", b"-- schemactl: lock_timeout = soon\nSELECT 1;\n")],
            "E0307",
            &["`lock_timeout` cannot be `soon`", "`3s`", ":1:15\n"],
        ),
        case(
            "choice",
            &[("V2__b.sql", b"-- schemactl: transaction = off\nSELECT 1;\n")],
            "E0307",
            &["`transaction` cannot be `off`", ":1:15\n"],
        ),
        case(
            "kept",
            &[("V2__b.sql", b"-- schemactl: undo = off\nSELECT 1;\n")],
            "E0307",
            &["`undo` cannot be `off`: it is auto or all or none", ":1:15\n"],
        ),
        case(
            "kept of a down",
            &[
                ("V2__b.sql", b"CREATE TABLE b (x integer);\n"),
                ("V2__b.down.sql", b"-- schemactl: undo = all\nDROP TABLE b;\n"),
            ],
            "E0307",
            &["`undo` belongs into the file that applies the migration", ":1:15\n"],
        ),
        case(
            "late",
            &[("V2__b.sql", b"CREATE TABLE b (x integer);\n-- schemactl: transaction = none\n")],
            "E0307",
            &["it must stand before the first statement", ":2:1\n", "hint: move the line to the top"],
        ),
    ]);
}

#[test]
fn links_folders_and_permissions() {
    for shop in [Shop::sqlite(project!()), Shop::postgres(project!())] {
        good(&shop);
        let before = shop.content();
        let folder = shop.project.path().join(shop.folder());
        let refused = |code: &str, says: &[&str]| {
            let output = shop.run("up");
            println!("{}", output.text());
            output.code(1).error(code).says(says);
            assert_eq!(shop.content(), before);
            // A build has no configuration that names the folder.
            let says: Vec<&str> = says.iter().copied().filter(|part| !part.contains("the key")).collect();
            build_refuses(&shop, code, &says);
        };

        shop.project.file("elsewhere/b.sql", "CREATE TABLE b (x integer);\n");
        symlink("../../elsewhere/b.sql", folder.join("V2__b.sql")).expect("a link can be made");
        refused("E0310", &["V2__b.sql: the symbolic link leads out of the folder", "elsewhere/b.sql", "hint: "]);
        shop.remove("V2__b.sql");

        symlink("nowhere.sql", folder.join("V2__b.sql")).expect("a link can be made");
        refused(
            "E0301",
            &["V2__b.sql cannot be read", "= cause: No such file", "hint: the symbolic link may be broken"],
        );
        shop.remove("V2__b.sql");

        shop.file("V2__b.sql", "CREATE TABLE b (x integer);\n");
        shop.project.closed(&format!("{}/V2__b.sql", shop.folder()));
        shop.project.open_to_all("").open_to_all("schema.toml");
        let output = shop.project.run_unprivileged(["up"]);
        println!("{}", output.text());
        output.code(1).error("E0301").says(&["V2__b.sql cannot be read", "= cause: Permission denied", "hint: "]);
        assert_eq!(shop.content(), before);
        shop.project.open_to_all(&format!("{}/V2__b.sql", shop.folder()));

        let away = shop.project.path().join("away");
        std::fs::rename(&folder, &away).expect("both are in the project");
        refused(
            "E0301",
            &["there is no such folder of migrations", "hint: ", "hint: or name another: the key `migrations`"],
        );
        shop.project.file(shop.folder(), "a file");
        refused("E0301", &[shop.folder(), "cause: ", "hint: "]);
        std::fs::remove_file(&folder).expect("it is a file");
        std::fs::rename(&away, &folder).expect("both are in the project");

        shop.run("up").ok();
        assert_eq!(shop.applied(), "1 2 3");
    }
}

/// Statements of this many bytes in all, the last one wrong or right.
fn statements(bytes: usize, last: &str) -> String {
    let mut text = String::from("CREATE TABLE b (x integer, y text);\n");
    for number in 0.. {
        if text.len() > bytes {
            break;
        }
        let values = format!("{number}, 'a row with some text in it, so that it is of a usual length'");
        text.extend(["INSERT INTO b (x, y) VALUES (", &values, ");\n"]);
    }
    text + last
}

/// What a run takes beside a smaller one that does the same: some more pages of the code, in kilobytes.
const SLACK: u64 = 2 * 1024;

/// The memory that the command takes for a file of this size, beside what it takes for a small one, is below two times the size.
fn a_large_file(megabytes: usize) {
    let bytes = megabytes * 1024 * 1024;
    for shop in [Shop::sqlite(project!()), Shop::postgres(project!())] {
        good(&shop);
        let before = shop.content();
        shop.file("V2__b.sql", statements(0, "INSERT INTO nowhere VALUES (1);\n"));
        let (output, usual) = shop.project.spawn(["up"]).wait_measured();
        output.code(1).error("E0204");
        let most = usual + SLACK + 2 * 1024 * megabytes as u64;
        let text = statements(bytes, "INSERT INTO nowhere VALUES (1);\n");
        let line = format!("V2__b.sql:{}:13\n", text.lines().count())
            .replace(":13", if shop.is_sqlite() { ":" } else { ":13" });
        shop.file("V2__b.sql", &text);
        let (output, peak) = shop.project.spawn(["up"]).wait_measured();
        println!("{megabytes} MB: {peak} kB\n{}", output.text());
        output.code(1).error("E0204").stderr_has(line.trim_end()).stderr_has("nowhere");
        assert!(output.stderr.len() < 2000, "the message is not the file");
        assert!(peak < most, "{peak} kB for {megabytes} MB");
        assert_eq!(without_log(&shop.content()), without_log(&before));

        shop.file("V2__b.sql", statements(bytes, ""));
        let (output, peak) = shop.project.spawn(["up"]).wait_measured();
        println!("{megabytes} MB: {peak} kB");
        output.ok();
        assert!(peak < most, "{peak} kB for {megabytes} MB");
        assert_eq!(shop.applied(), "1 2 3");
        assert_eq!(shop.query("SELECT count(*) - 1 - max(x) FROM b"), "0");
    }
}

#[test]
fn a_file_of_five_megabytes_takes_little_memory() {
    a_large_file(5);
}

#[test]
fn a_file_of_fifty_megabytes_takes_little_memory() {
    if long() {
        a_large_file(50);
    }
}

/// One statement in one line of megabytes: the message shows the part around the place.
#[test]
fn a_line_of_megabytes_is_not_printed_whole() {
    for shop in [Shop::sqlite(project!()), Shop::postgres(project!())] {
        good(&shop);
        let values = (0..100_000).map(|number| format!("({number})")).collect::<Vec<_>>().join(", ");
        shop.file(
            "V2__b.sql",
            format!("CREATE TABLE b (x integer); INSERT INTO b VALUES {values}, (oops), {values};\n"),
        );
        let output = shop.run("up");
        println!("{}", output.text());
        output.code(1).error("E0204").stderr_has("oops");
        assert!(output.stderr.len() < 2000, "{} bytes", output.stderr.len());
    }
}
