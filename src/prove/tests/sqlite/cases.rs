//! tests/cases/sqlite: one folder each, with `before.sql`, `up.sql`, `verdict`, and `down.sql` where the text matters.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{migration, prove, witness};
use crate::prove::tests::same_in_the_head;
use crate::prove::{ExistingDowns, Outcome};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/sqlite");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

#[test]
fn r18_every_case_is_exact_or_refused() {
    let mut wrong = String::new();
    let only = std::env::var("SCHEMACTL_CASE").unwrap_or_default();
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.contains(&only) {
            continue;
        }
        let result = std::panic::catch_unwind(|| case(&folder));
        match result {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => {
                let _ = writeln!(wrong, "{name}: {reason}");
            }
            Err(_) => {
                let _ = writeln!(wrong, "{name}: panicked");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn case(folder: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let before = read("before.sql").unwrap_or_default();
    let up = read("up.sql").ok_or("there is no up.sql")?;
    let wanted = read("verdict").unwrap_or_default().trim().to_owned();
    let mut list = Vec::new();
    if !before.trim().is_empty() {
        list.push(migration(1, &before, Some("SELECT 1;")));
    }
    list.push(migration(2, &up, None));
    let proof = prove(list, ExistingDowns::Prove).pop().ok_or("nothing was proven")?;
    let verdict = proof.verdict.as_ref().map_or(String::new(), ToString::to_string);
    let file = match &proof.outcome {
        Outcome::Derived { file } => file.clone(),
        other => return Err(format!("{other:?}")),
    };
    if !verdict.starts_with(&wanted) {
        return Err(format!("the verdict is {verdict}, not {wanted}\n{file}"));
    }
    if let Some(expected) = read("down.sql")
        && sql(&file) != sql(&expected)
    {
        return Err(format!("the down is\n{file}\nand not\n{expected}"));
    }
    let verdict = proof.verdict.as_ref().ok_or("there is no verdict")?;
    same_in_the_head(verdict, &file)?;
    if verdict.word() == "irreversible" {
        return Ok(());
    }
    judge(&before, &by_its_runner(&up), &file)
}

/// A script that commits before it begins counts on a transaction that its runner began, and begins one for it to commit.
fn by_its_runner(up: &str) -> String {
    match (up.find("COMMIT;"), up.find("BEGIN;")) {
        (Some(commit), Some(begin)) if commit < begin => format!("BEGIN;\n{up}\nCOMMIT;\n"),
        _ => up.to_owned(),
    }
}

/// Without comments in lines of their own.
fn sql(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Up, down, compare, up: by SQLite alone.
pub(super) fn judge(before: &str, up: &str, down: &str) -> Result<(), String> {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
    connection.create_scalar_function("my_own_function", 1, flags, |_| Ok(rusqlite::types::Null)).unwrap();
    let run = |what: &str, sql: &str| connection.execute_batch(sql).map_err(|error| format!("{what}: {error}\n{sql}"));
    run("before", before)?;
    let was = witness::schema(&connection);
    run("up", up)?;
    let after = witness::schema(&connection);
    run("down", down)?;
    let now = witness::schema(&connection);
    if was != now {
        return Err(format!("the witness sees a difference: {was:#?}\n{now:#?}\n{down}"));
    }
    run("up again", up)?;
    if after != witness::schema(&connection) {
        return Err("the witness sees a difference after the second up".to_owned());
    }
    Ok(())
}
