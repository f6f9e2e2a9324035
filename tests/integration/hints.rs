//! For whom a hint is worded: the command names flags and keys, the library its options, and neither what its reader does not have.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use std::fs;
use std::path::{Path, PathBuf};

use schemactl::{Back, Error, HintPart, Migrations, Options, Report};
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{project, sqlite};

/// The table itself, what is worded for an application beside words for the command, and what only applications and build scripts reach.
const NAMES_RUST: &[&str] =
    &["error/function.rs", "error/setting.rs", "history/whereabouts.rs", "run/adopt/nothing.rs", "refinery.rs"];

/// Files, beside those of the command, that name a flag or schema.toml: the table, and what is worded for the command beside words for an application.
const NAMES_FLAGS: &[&str] = &[
    "error/hint.rs",
    "error/setting.rs",
    "error/function.rs",
    "history/whereabouts.rs",
    "run/loss.rs",
    "config/sqlite_url.rs",
];

/// What only the command reaches: schema.toml, `.env`, the layouts of other tools, the map between two backends.
const OF_THE_COMMAND: &[&str] = &[
    "backup/",
    "cli/",
    "config/dotenv.rs",
    "config/file",
    "config/project",
    "export/",
    "import/",
    "report/",
    "source/layout/",
    "transfer/",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Each line with a string that the file can print: its tests and comments are left out.
fn lines() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut lines = Vec::new();
    for file in files.iter().filter(|file| !file.to_string_lossy().contains("tests")) {
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let of_code = text.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with("#["));
        lines.extend(of_code.map(|line| (name.clone(), line.to_owned())));
    }
    assert!(lines.len() > 20_000, "the sources were not found");
    lines
}

fn is_in(name: &str, list: &[&str]) -> bool {
    list.iter().any(|known| name.starts_with(known))
}

#[test]
fn what_is_said_names_rust_in_the_table_alone() {
    let names_rust = |line: &str| {
        line.match_indices('`').any(|(at, _)| {
            let word: String = line[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ':').collect();
            word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains("::")
        })
    };
    for (name, line) in lines() {
        let is_of_builds = name.starts_with("build") || name == "source/embedded.rs";
        assert!(!names_rust(&line) || is_of_builds || is_in(&name, NAMES_RUST), "{name}: {line}");
    }
}

#[test]
fn what_the_library_says_names_flags_and_keys_in_the_table_alone() {
    for (name, line) in lines() {
        let names_flags = has_flag(&line) || line.contains("schema.toml") || line.contains("`SCHEMACTL_");
        let may = is_in(&name, OF_THE_COMMAND) || is_in(&name, NAMES_FLAGS);
        assert!(!names_flags || may, "{name}: {line}");
    }
}

fn has_flag(line: &str) -> bool {
    line.match_indices("`--").any(|(at, _)| line[at + 3..].starts_with(|c: char| c.is_ascii_lowercase()))
}

/// An application reads what it can do, and what is the command's is said to be that.
#[track_caller]
fn assert_for_an_application(error: &Error) {
    let report = format!("{error:#}");
    assert!(!report.contains("schema.toml") && !report.contains("DATABASE_URL"), "{report}");
    assert!(!has_flag(&report), "{report}");
    for (at, _) in report.match_indices("`schemactl ") {
        assert!(report[..at].ends_with("the command "), "{report}");
    }
}

fn shops() -> [Shop; 2] {
    let shops = Shop::both([project!(), project!()]);
    for shop in &shops {
        shop.file("V1__orders.sql", "CREATE TABLE orders (id integer PRIMARY KEY);\n");
        shop.file("V1__orders.down.sql", "DROP TABLE orders;\n");
        shop.file("V3__items.sql", "CREATE TABLE items (id integer PRIMARY KEY);\n");
        shop.file("V3__items.down.sql", "DROP TABLE items;\n");
    }
    shops
}

/// Runs the library as an application does.
fn library(shop: &Shop, back: Option<Back>) -> Result<Report, Error> {
    let migrations = Migrations::read(shop.project.path().join(shop.folder())).unwrap();
    let options = Options::new();
    let Some(server) = shop.server() else {
        let mut connection = sqlite::open(&shop.database_file());
        return match back {
            None => schemactl::sqlite::up(&mut connection, &migrations),
            Some(back) => schemactl::sqlite::down(&mut connection, &migrations, back, &options),
        };
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        match back {
            None => schemactl::postgres::up_url(&server.url(), &migrations, &options).await,
            Some(back) => schemactl::postgres::down_url(&server.url(), &migrations, back, &options).await,
        }
    })
}

fn error(shop: &Shop, back: Option<Back>) -> Error {
    library(shop, back).expect_err("it is refused")
}

#[test]
fn each_refusal_is_worded_for_its_reader() {
    for shop in shops() {
        shop.run("up").ok();
        // A late migration.
        shop.file("V2__late.sql", "CREATE TABLE late (id integer PRIMARY KEY);\n");
        shop.run("up").code(1).stderr_has("late on purpose: `--order any`, or `order = \"any\"` in schema.toml\n");
        let late = error(&shop, None);
        assert_for_an_application(&late);
        assert!(format!("{late:#}").contains("late on purpose: `Options::order(Order::Any)`\n"), "{late:#}");
        let data = late.hints()[1].parts().nth(1).unwrap();
        assert!(matches!(data, HintPart::Setting { flag: Some("--order any"), .. }), "{data:?}");
        shop.remove("V2__late.sql");
        // A table with rows.
        shop.execute("INSERT INTO items VALUES (7)");
        shop.run("down").code(5).stderr_has("hint: to lose it: `schemactl down --accept-data-loss`\n");
        let lossy = error(&shop, Some(Back::Steps(1)));
        assert_for_an_application(&lossy);
        assert!(format!("{lossy:#}").ends_with("hint: to lose it: `Options::accept_data_loss(true)`"), "{lossy:#}");
        // A database that is newer.
        shop.remove("V3__items.sql").remove("V3__items.down.sql");
        shop.run("up").code(1).stderr_has("`newer_database = \"allow-if-reversible\"` in schema.toml\n");
        let newer = error(&shop, None);
        assert_for_an_application(&newer);
        assert!(format!("{newer:#}").contains("`down` with `Back::To(1)` runs the downs"), "{newer:#}");
        assert!(format!("{newer:#}").contains("`repair` with `RepairRequest::Forget(3)`"), "{newer:#}");
        // A file that was edited.
        shop.file("V1__orders.sql", "-- What is ordered.\nCREATE TABLE orders (id integer PRIMARY KEY);\n");
        shop.run("down --to 1 --accept-data-loss").ok();
        shop.run("up").code(1).stderr_has("`edits = \"comments\"` in schema.toml\n");
        let edited = error(&shop, None);
        assert_for_an_application(&edited);
        assert!(format!("{edited:#}").contains("`Options::edits(Edits::Comments)`"), "{edited:#}");
    }
}

#[test]
fn a_mistake_in_a_statement_is_worded_for_its_reader() {
    for shop in shops() {
        shop.run("up").ok();
        shop.file("V4__wrong.sql", "CREATE TABLE items (id integer);\n");
        let output = shop.run("up");
        output.code(1).stderr_has("then run `schemactl up` again; `schemactl plan` tries it without a trace\n");
        output.stderr_has("hint: `schemactl diff` shows what was changed").lacks("::");
        let wrong = error(&shop, None);
        assert_for_an_application(&wrong);
        let report = format!("{wrong:#}");
        assert!(report.contains("then run `up` again; `plan` tries it without a trace\n"), "{report}");
        assert!(report.contains("hint: the command `schemactl diff` shows"), "{report}");
        assert!(report.contains("`repair` with `RepairRequest::MarkApplied(4)`"), "{report}");
        let commands: Vec<_> = wrong
            .hints()
            .iter()
            .flat_map(schemactl::Hint::parts)
            .filter_map(|part| match part {
                HintPart::Command { line, .. } => Some(line),
                _ => None,
            })
            .collect();
        assert_eq!(commands, ["up", "plan", "diff", "repair --mark-applied 4"]);
    }
}

#[test]
fn a_database_that_is_not_new_is_worded_for_its_reader() {
    for shop in shops() {
        shop.execute("CREATE TABLE orders (id integer)");
        let output = shop.run("up");
        output.code(1).stderr_has("`--existing-database allow`, or `existing_database = \"allow\"` in schema.toml\n");
        let begun = error(&shop, None);
        assert_for_an_application(&begun);
        let report = format!("{begun:#}");
        assert!(report.contains("`Options::existing_database(ExistingDatabase::Allow)`"), "{report}");
        assert!(report.contains("correct the URL or the connection that is handed over\n"), "{report}");
        assert!(report.contains("`repair` with `RepairRequest::Baseline(VERSION)`"), "{report}");
        assert!(report.contains("another name: `Options::table`, or `Options::schema`\n"), "{report}");
    }
}
