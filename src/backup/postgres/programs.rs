//! Where `pg_dump` and `pg_restore` are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Code, Error, Result};

/// Folders that packages put each major version into, with `*` for what differs.
const FOLDERS: [&str; 6] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
];

/// A program that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) major: u32,
}

/// Finds the program of this major version, or else of the next newer one that is there. With a folder named, in that one alone.
pub(super) fn find(name: &str, major: u32, named: Option<&Path>) -> Result<Program> {
    let folders = named.map_or_else(folders, |folder| vec![folder.to_owned()]);
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let found: Vec<Program> = folders.iter().filter_map(|folder| program(folder.join(&file))).collect();
    // Of several of one version the first.
    let best = found.iter().filter(|program| program.major >= major).min_by_key(|program| program.major);
    best.cloned().ok_or_else(|| missing(name, major, &found, named))
}

/// The installations of packages before the search path: a program there may be a wrapper that chooses a version by itself.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = bindir().into_iter().collect();
    folders.extend(FOLDERS.into_iter().flat_map(matching));
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let mut seen = BTreeSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    folders
}

/// What `pg_config` says, where it is installed.
fn bindir() -> Option<PathBuf> {
    Some(PathBuf::from(answer(Path::new("pg_config"), "--bindir")?.trim()))
}

fn matching(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return vec![PathBuf::from(pattern)] };
    let (parent, begin) = before.rsplit_once('/').unwrap_or_default();
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let names = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(begin));
    let mut folders: Vec<PathBuf> = names.map(|entry| entry.path().join(after.trim_start_matches('/'))).collect();
    folders.sort();
    folders
}

/// None where there is none, or where it does not say which version it is.
fn program(path: PathBuf) -> Option<Program> {
    if !path.is_file() {
        return None;
    }
    let major = major(&answer(&path, "--version")?)?;
    Some(Program { path, major })
}

fn answer(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Of `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn missing(name: &str, major: u32, found: &[Program], named: Option<&Path>) -> Error {
    let looked = match named {
        Some(folder) => format!("looked in {}, which `pg_bin` names", folder.display()),
        None => format!(
            "looked where `pg_config --bindir` says, in {}, and in the folders of PATH",
            FOLDERS[..3].join(", ")
        ),
    };
    let others: Vec<String> =
        found.iter().map(|program| format!("{} is of version {}", program.path.display(), program.major)).collect();
    let others = if others.is_empty() { "there is none".to_owned() } else { others.join(", ") };
    let error = Error::new(Code::ProgramMissing, format!("no {name} of version {major} or newer was found"))
        .with_cause(format!("{looked}: {others}"))
        .with_state("nothing was changed")
        .with_hint(format!(
            "install the client programs of PostgreSQL {major}: postgresql-client-{major} on Debian and Ubuntu, postgresql{major} on \
             Fedora and Red Hat, postgresql@{major} in Homebrew"
        ));
    error
        .with_hint("or name the folder that they are in: `pg_bin = \"/opt/postgresql/bin\"` in [backup] of schema.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        for (text, version) in [
            ("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", Some(15)),
            ("pg_restore (PostgreSQL) 18beta1", Some(18)),
            ("pg_dump (EnterpriseDB) 15.1", None),
            ("", None),
        ] {
            assert_eq!(major(text), version, "{text}");
        }
    }
}
