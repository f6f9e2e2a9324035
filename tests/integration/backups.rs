//! `backup` and `restore`: what comes back is what was there, and nobody is told of less.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

mod before;
#[cfg(feature = "fault-points")]
mod dying;
mod kept;
mod on_postgres;
mod on_sqlite;
mod refusing;

use std::fs;
use std::path::{Path, PathBuf};

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

/// A project with two migrations that are applied, and rows that hurt.
fn filled(shop: Shop) -> Shop {
    let blob = if shop.is_sqlite() { "blob" } else { "bytea" };
    shop.file("V1__notes.sql", format!("CREATE TABLE notes (id bigint PRIMARY KEY, text text, data {blob});\n"));
    shop.file("V1__notes.down.sql", "DROP TABLE notes;\n");
    shop.file("V2__tags.sql", "CREATE TABLE \"Tags & more\" (\"it's\" text);\n");
    shop.file("V2__tags.down.sql", "DROP TABLE \"Tags & more\";\n");
    shop.run("up").ok();
    shop.execute("INSERT INTO notes VALUES (9223372036854775807, 'it''s \"quoted\" \\ and\n a line 😀', NULL), (-9223372036854775808, '', NULL)");
    let bytes = if shop.is_sqlite() { "x'00ff0a'" } else { "'\\x00ff0a'" };
    shop.execute(&format!("INSERT INTO notes VALUES (0, NULL, {bytes})"));
    shop.execute("INSERT INTO \"Tags & more\" VALUES ('NULL'), (NULL), (E'')".replace("E''", "''").as_str());
    shop
}

fn sqlite() -> Shop {
    filled(Shop::sqlite(project!()))
}

/// None where this machine has no `pg_dump` that reads the server.
fn postgres() -> Option<Shop> {
    let shop = Shop::postgres(project!());
    shop.database().can_dump().then(|| filled(shop))
}

fn both() -> Vec<Shop> {
    [Some(sqlite()), postgres()].into_iter().flatten().collect()
}

/// What looks like a backup: the files that are no records, and have a name that is shown.
fn backups(project: &Project) -> Vec<String> {
    let in_folder = |name: &String| name.starts_with("backups/") && !name.starts_with("backups/.");
    let is_record = |name: &String| Path::new(name).extension().is_some_and(|end| end == "json");
    project.files().into_iter().filter(in_folder).filter(|name| !is_record(name)).collect()
}

/// The backup that a command has made, by its document.
#[track_caller]
fn made(output: &Output) -> String {
    output.ok();
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    json["databases"][0]["backup"]["file"].as_str().unwrap_or_else(|| panic!("{}", output.text())).to_owned()
}

#[track_caller]
fn back_up(shop: &Shop) -> String {
    made(&shop.run("backup --json"))
}

/// No file that is not whole is left.
#[track_caller]
fn nothing_partial(project: &Project) {
    let partial: Vec<String> = project.files().into_iter().filter(|name| name.contains(".partial")).collect();
    assert_eq!(partial, Vec::<String>::new());
}

/// The file of the project with this name.
fn path(project: &Project, name: &str) -> PathBuf {
    project.path().join(name)
}

fn change_byte(project: &Project, name: &str, at: usize) {
    let file = path(project, name);
    let mut bytes = fs::read(&file).unwrap();
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}
