//! What the cases that are written by hand share: a project with a database, and a twin of it that never has the up.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};

use super::rows::{AllRows, everything};

/// How a down ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    /// With 0, and every row is as it would be had the up never been.
    Exact,
    /// With 5, and nothing was changed.
    Refused,
    /// With 0: no row of users is lost, but what the up did is not all undone. The verdict of the down, or whoever wrote it, said so.
    Left,
}

/// A project whose first migration is applied, and a twin of its database.
pub(super) struct Twins {
    pub(super) project: Project,
    pub(super) own: Database,
    pub(super) twin: Database,
    settings: String,
}

const FOLDER: &str = "migrations/postgres";

/// These settings, and that rows are kept, where they do not say how much.
fn asking(settings: &str) -> String {
    let is_said = settings.lines().any(|line| line.starts_with("undo ="));
    if is_said { settings.to_owned() } else { format!("undo = \"auto\"\n{settings}") }
}

impl Twins {
    /// Both have this schema, and these rows of users.
    #[track_caller]
    pub(super) fn new(schema: &str, before: &str) -> Self {
        Self::with(schema, before, "")
    }

    /// The same, with settings of the database.
    #[track_caller]
    pub(super) fn with(schema: &str, before: &str, settings: &str) -> Self {
        let version = postgres::version();
        let twins = Self {
            project: super::new_project(),
            own: postgres::database(version),
            twin: postgres::database(version),
            settings: settings.to_owned(),
        };
        twins.set(settings);
        twins.file("V1__first.sql", schema);
        twins.run("up").ok();
        twins.twin.psql(schema);
        twins.own.psql(before);
        twins.twin.psql(before);
        twins
    }

    /// Sets the database's settings anew.
    pub(super) fn set(&self, settings: &str) {
        let settings = asking(settings);
        self.project.config(&format!("[postgres]\nurl = \"{}\"\n{settings}\n", self.own.url()));
    }

    /// Reaches the database elsewhere.
    pub(super) fn at(&self, url: &str) {
        self.project.config(&format!("[postgres]\nurl = \"{url}\"\n{}\n", asking(&self.settings)));
    }

    pub(super) fn file(&self, name: &str, text: &str) {
        self.project.file(&format!("{FOLDER}/{name}"), text);
    }

    /// The second migration, whose down `generate` writes where it is not given.
    #[track_caller]
    pub(super) fn second(&self, up: &str, down: Option<&str>) {
        self.file("V2__second.sql", up);
        match down {
            Some(down) => self.file("V2__second.down.sql", down),
            None => drop(self.run("generate").ok()),
        }
    }

    pub(super) fn run(&self, arguments: &str) -> Output {
        self.project.run(arguments.split(' '))
    }

    /// What users write, into both.
    pub(super) fn write(&self, sql: &str) {
        self.own.psql(sql);
        // Where it cannot stand there, users wrote upon rows of the up.
        let _ = self.twin.try_psql(sql);
    }

    pub(super) fn rows(&self) -> AllRows {
        AllRows::of(&mut self.own.session(), true)
    }

    /// Asserts that every row is as it is in the twin.
    #[track_caller]
    pub(super) fn are_alike(&self, what: &str) {
        let differences = self.rows().differences(&AllRows::of(&mut self.twin.session(), true));
        assert!(differences.is_empty(), "{what}\n{}", differences.into_values().collect::<Vec<_>>().join("\n"));
    }

    /// Why nothing is kept of a version.
    pub(super) fn reason(&self, version: u32) -> String {
        let sql = format!("SELECT reason FROM schema_migrations_undo WHERE version = {version} AND kind = 'not'");
        self.own.try_psql(&sql).unwrap_or_default()
    }

    /// Whether all that a version did to rows is kept.
    pub(super) fn is_kept(&self, version: u32) -> bool {
        let sql = format!(
            "SELECT count(*) FROM schema_migrations_undo WHERE version = {version} AND number = 0 AND kind = 'whole'"
        );
        self.own.try_psql(&sql).is_ok_and(|count| count == "1")
    }

    /// Runs the down, and looks at what it left.
    #[track_caller]
    pub(super) fn goes_down(&self, arguments: &str) -> (Hand, Output) {
        let before = everything(&mut self.own.session());
        let output = self.run(arguments);
        let is_same = everything(&mut self.own.session()) == before;
        let ends = if !output.status.success() {
            output.code(5).stderr_has("   = state: ");
            assert!(is_same, "a refused down changes nothing\n{}", output.text());
            Hand::Refused
        } else if self.rows() == AllRows::of(&mut self.twin.session(), true) {
            Hand::Exact
        } else {
            Hand::Left
        };
        (ends, output)
    }

    /// Runs the down, which ends so.
    #[track_caller]
    pub(super) fn down(&self, expected: Hand) -> Output {
        let (ends, output) = self.goes_down("down");
        if ends == Hand::Left && expected == Hand::Exact {
            self.are_alike(&output.text());
        }
        let reason = self.reason(2);
        assert_eq!(ends, expected, "{}\nnot kept: {reason}", output.text());
        output
    }
}
