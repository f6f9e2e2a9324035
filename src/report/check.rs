use serde::Serialize;

use super::error::coloured;
use super::{ErrorView, Paint, count};
use crate::error::Error;

/// What `check` found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct CheckDocument {
    /// What is wrong with schema.lock as a whole.
    pub(crate) lock: Vec<ErrorView>,
    pub(crate) checked: Vec<CheckView>,
    /// The databases of which both backends were compared.
    pub(crate) maps: Vec<MapView>,
    /// How many findings there are in all.
    pub(crate) findings: usize,
}

/// What was found in one folder of migrations, and, where that was asked for, in the database.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CheckView {
    pub(crate) database: Option<String>,
    pub(crate) backend: &'static str,
    /// The folder.
    pub(crate) folder: String,
    /// How many migrations it has.
    pub(crate) migrations: usize,
    /// The database whose history was compared.
    pub(crate) url: Option<String>,
    pub(crate) findings: Vec<ErrorView>,
    /// What is no finding, and to be known all the same.
    pub(crate) warnings: Vec<String>,
}

/// What was found where the two backends of a database were compared by its map.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MapView {
    pub(crate) database: Option<String>,
    pub(crate) findings: Vec<ErrorView>,
}

impl CheckDocument {
    /// Which databases were looked at and which were not, where some were and others not: a folder for each backend has one of them.
    pub(crate) fn unseen(&self) -> Option<String> {
        let (seen, unseen): (Vec<_>, Vec<_>) = self.checked.iter().partition(|checked| checked.url.is_some());
        let is_some = !seen.is_empty() && !unseen.is_empty();
        let named = |checked: &&CheckView| {
            let name = checked.database.as_ref().map_or_else(String::new, |name| format!("{name}, "));
            format!("{name}{}", checked.backend)
        };
        let looked =
            seen.iter().map(|checked| format!("{} ({})", checked.url.as_deref().unwrap_or_default(), named(checked)));
        let left = unseen.iter().map(|checked| {
            let database = checked.database.as_ref().map_or_else(String::new, |name| format!(" --database {name}"));
            let look = format!("schemactl check --online --backend {}{database}", checked.backend);
            format!("the database of {} ({}): `{look}` does", checked.folder, named(checked))
        });
        let (looked, left) = (looked.collect::<Vec<_>>().join(", "), left.collect::<Vec<_>>().join("; "));
        is_some.then(|| format!("looked at {looked}, and not at {left}"))
    }

    /// `12 migrations in 2 folders: nothing to report`.
    pub(crate) fn summary(&self) -> String {
        let migrations = self.checked.iter().map(|checked| checked.migrations).sum();
        let databases = self.checked.iter().filter(|checked| checked.url.is_some()).count();
        let mut what = format!("{} in {}", count(migrations, "migration"), count(self.checked.len(), "folder"));
        if databases > 0 && databases < self.checked.len() {
            what = format!("{what}, {databases} of {} databases", self.checked.len());
        } else if databases > 0 {
            what = format!("{what}, {}", count(databases, "database"));
        }
        if !self.maps.is_empty() {
            what = format!("{what}, {}", count(self.maps.len(), "map"));
        }
        match self.findings {
            0 => format!("{what}: nothing to report"),
            found => format!("{what}: {}", count(found, "finding")),
        }
    }
}

/// Errors below each other. What to do about several alike is said once, below the last of them.
pub(crate) fn findings(errors: &[Error], paint: Paint) -> String {
    let mut text = String::new();
    for (at, error) in errors.iter().enumerate() {
        let report = error.for_command().to_string();
        let alike = errors.get(at + 1).is_some_and(|next| next.hints() == error.hints() && !error.hints().is_empty());
        let shown = if alike { report.split("\n\nhint: ").next().unwrap_or_default() } else { &report };
        text.push_str(&coloured(shown, paint));
        text.push_str(if at + 1 == errors.len() { "\n" } else { "\n\n" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Place};

    #[test]
    fn hints_of_findings_alike_are_given_once() {
        let finding = |message: &str, hint: &str| {
            Error::new(Code::CheckFailed, message).with_place(Place::whole("V1__a.sql")).with_hint(hint)
        };
        let errors = [finding("one", "do this"), finding("two", "do this"), finding("three", "do that")];
        assert_eq!(
            findings(&errors, Paint::Plain),
            "\
error[E0410]: one
  --> V1__a.sql

error[E0410]: two
  --> V1__a.sql

hint: do this

error[E0410]: three
  --> V1__a.sql

hint: do that
"
        );
    }

    #[test]
    fn the_summary_counts() {
        let checked = |migrations, url: Option<&str>| CheckView {
            database: None,
            backend: "sqlite",
            folder: "migrations/sqlite".to_owned(),
            migrations,
            url: url.map(str::to_owned),
            findings: Vec::new(),
            warnings: Vec::new(),
        };
        let document = CheckDocument { checked: vec![checked(1, None)], ..CheckDocument::default() };
        assert_eq!(document.summary(), "1 migration in 1 folder: nothing to report");
        let document = CheckDocument {
            checked: vec![checked(1, None), checked(2, Some("app.db"))],
            maps: vec![MapView { database: None, findings: Vec::new() }],
            findings: 2,
            ..CheckDocument::default()
        };
        assert_eq!(document.summary(), "3 migrations in 2 folders, 1 of 2 databases, 1 map: 2 findings");
        let unseen = "looked at app.db (sqlite), and not at the database of migrations/sqlite (sqlite): \
             `schemactl check --online --backend sqlite` does";
        assert_eq!(document.unseen().as_deref(), Some(unseen));
        let whole = CheckDocument { checked: vec![checked(2, Some("app.db"))], ..CheckDocument::default() };
        assert_eq!(
            (whole.unseen(), whole.summary()),
            (None, "2 migrations in 1 folder, 1 database: nothing to report".to_owned())
        );
    }
}
