//! Migrations that a program holds: what another crate has embedded or rendered.

use std::borrow::Cow;

use super::directive_value::Lateness;
use super::directives::LATE_LINE;
use super::file_name::{FileName, Misfit};
use super::{Migration, Migrations, Script, check, text};
use crate::error::{Code, Error, Place, Result};
use crate::version::Version;

/// A migration as a program holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProgramMigration {
    /// As messages call it: `V1__create_orders`, where its text comes from a file of that name.
    pub(crate) path: String,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) lateness: Lateness,
    pub(crate) text: String,
}

impl Migrations {
    /// Makes migrations of what a program holds, in ascending order of version. All that must hold for files holds for them.
    ///
    /// # Errors
    /// Those of [`Migrations::read`] that are about versions, names and texts.
    pub(crate) fn of_program(given: Vec<ProgramMigration>) -> Result<Self> {
        let mut list = given.into_iter().map(ProgramMigration::migration).collect::<Result<Vec<_>>>()?;
        list.sort_by(|a, b| (a.version, a.up.path()).cmp(&(b.version, b.up.path())));
        match list.windows(2).find(|pair| pair[0].version == pair[1].version) {
            Some(pair) => Err(twice(&pair[0], &pair[1])),
            None => Ok(Migrations::of(list)),
        }
    }
}

impl ProgramMigration {
    fn migration(self) -> Result<Migration> {
        let Self { path, version, name, lateness, text } = self;
        let description = description(&path, &name)?;
        let version = Version::new(version).ok_or_else(|| out_of_range(&path, version))?;
        let mut up = script(path, text)?;
        // The text says so, as a file does: then it is the same wherever it is read from.
        if lateness == Lateness::Any && up.directives()?.order != Lateness::Any {
            let text = format!("{LATE_LINE}{}", up.text());
            up = up.rewritten(text);
        }
        let description = Cow::Owned(description);
        let migration = Migration { version, description, phase: None, up, down: None, proven: None, after: None };
        check::migration(&migration)?;
        Ok(migration)
    }
}

/// The name as a file may have it: `V1___name` is one that has three underscores, which a file here has not.
fn description(path: &str, name: &str) -> Result<String> {
    let description = name.trim_start_matches('_');
    match FileName::parse(&format!("V1__{description}.sql")) {
        Ok(parsed) if parsed.description == description => Ok(description.to_owned()),
        Ok(_) => Err(unnamed(path, Misfit::Character('.'))),
        Err(misfit) => Err(unnamed(path, misfit)),
    }
}

fn script(path: String, text: String) -> Result<Script> {
    let text = text::decode(&path, text.into_bytes())?;
    Ok(Script::new(path, text))
}

fn unnamed(path: &str, misfit: Misfit) -> Error {
    Error::new(Code::FileName, format!("{path}: {misfit}"))
        .with_place(Place::whole(path.to_owned()))
        .with_hint("give it another name: a database that has applied it is known by version and text")
}

fn out_of_range(path: &str, version: i64) -> Error {
    let error = Error::new(
        Code::VersionRange,
        format!("{path} has the version {version}: they are from 1 to {}", Version::MAX),
    )
    .with_place(Place::whole(path.to_owned()));
    match version {
        0 => error.with_hint(
            "where no other has version 1, give it that: what a database has recorded as version 0 is then taken for it",
        ),
        _ => error.with_hint("a timestamp such as 20261104093000 fits"),
    }
}

fn twice(first: &Migration, second: &Migration) -> Error {
    let (version, first, second) = (first.version, first.up.path(), second.up.path());
    Error::new(Code::DuplicateVersion, format!("version {version} twice: {first} and {second}"))
        .with_place(Place::whole(second.to_owned()))
        .with_hint("give the later migration the next free version")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(path: &str, version: i64, text: &str) -> ProgramMigration {
        let name = path.split_once("__").map_or("", |(_, name)| name).to_owned();
        let lateness = if path.starts_with('U') { Lateness::Any } else { Lateness::Policy };
        ProgramMigration { path: path.to_owned(), version, name, lateness, text: text.to_owned() }
    }

    #[test]
    fn they_are_as_files_would_be() {
        let list = vec![
            given("U10__late", 10, "SELECT 10;\n"),
            given("V2__größe_2", 2, "\u{feff}SELECT 2;\r\n"),
            given("V1___first", 1, "SELECT 1"),
            given("U3__says_so", 3, "-- schemactl: order = any\nSELECT 3;"),
        ];
        let migrations = Migrations::of_program(list).unwrap();
        let names: Vec<String> = migrations.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["1 first", "2 größe_2", "3 says_so", "10 late"]);
        let texts: Vec<&str> = migrations.iter().map(|migration| migration.up().text()).collect();
        assert_eq!(texts[1..3], ["SELECT 2;\r\n", "-- schemactl: order = any\nSELECT 3;"]);
        assert_eq!(texts[3], "-- schemactl: order = any\nSELECT 10;\n");
        let any: Vec<bool> = migrations.iter().map(|it| it.up().directives().unwrap().order == Lateness::Any).collect();
        assert_eq!(any, [false, false, true, true]);
    }

    #[test]
    fn what_no_file_may_be_is_named() {
        for (list, code, message) in [
            (vec![given("V0__a", 0, "SELECT 1")], Code::VersionRange, "V0__a has the version 0"),
            (vec![given("V1__a", -1, "SELECT 1")], Code::VersionRange, "V1__a has the version -1"),
            (
                vec![given("V1__a", i64::MAX, "SELECT 1")],
                Code::VersionRange,
                "V1__a has the version 9223372036854775807",
            ),
            (vec![given("V1__a", 1, "--\n")], Code::Empty, "V1__a holds no statement"),
            (vec![given("V1__a", 1, "a\0b")], Code::Encoding, "V1__a"),
            (vec![given("V1____", 1, "SELECT 1")], Code::FileName, "V1____: the description is missing"),
            (vec![given("V1__a.b", 1, "SELECT 1")], Code::FileName, "V1__a.b: a description cannot have"),
            (vec![given("V1__a.down", 1, "SELECT 1")], Code::FileName, "V1__a.down: a description cannot have"),
            (
                vec![given("V1__b", 1, "SELECT 1"), given("U1__a", 1, "SELECT 1")],
                Code::DuplicateVersion,
                "version 1 twice: U1__a and V1__b",
            ),
            (vec![given("V1__a", 1, "-- schemactl: what = 1\nSELECT 1")], Code::Directive, "directive in V1__a"),
        ] {
            let error = Migrations::of_program(list).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().starts_with(message), "{error}");
        }
    }
}
