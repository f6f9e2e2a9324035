//! The database that is judged, changed through the library or the command.

use std::panic::{AssertUnwindSafe, catch_unwind};

use schemactl::{Back, Code, ErrorKind, Migrations, Options, Target as To, Version, sqlite};
use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::project;
use schemactl_test_support::rusqlite::Connection;

use super::IS_RECORDED;
use super::making::{Case, lines};

/// How a run ended.
#[derive(Debug)]
pub(super) enum End {
    Done,
    /// Of which kind, and what was said.
    Error(ErrorKind, String),
    /// No code, no state, or no end at all.
    Broken(String),
}

pub(super) struct Target {
    project: Project,
    migrations: Option<Migrations>,
    pub(super) connection: Connection,
    /// Whether the down says that it loses nothing.
    pub(super) is_lossless: bool,
}

const FOLDER: &str = "migrations/sqlite";

impl Target {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        let project = project!();
        project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
        let file = |name: &str, text: String| project.file(&format!("{FOLDER}/{name}"), text);
        file("V1__first.sql", lines(&case.schema));
        file("V2__second.sql", case.up_text());
        if case.is_by_hand {
            file("V2__second.down.sql", case.down_text());
        } else {
            project.run(["generate"]);
        }
        let down = std::fs::read_to_string(project.path().join(FOLDER).join("V2__second.down.sql"));
        let is_lossless =
            !case.is_by_hand && down.is_ok_and(|text| text.contains("\n-- schemactl: verdict = lossless\n"));
        let folder = project.path().join(FOLDER);
        let read = (!case.is_by_command).then(|| Migrations::read(&folder).map_err(|error| format!("{error:#}")));
        let migrations = read.transpose()?;
        let connection = match migrations {
            Some(_) => Connection::open_in_memory(),
            None => Connection::open(project.path().join("app.db")),
        };
        let connection = connection.expect("a new database opens");
        connection.execute_batch("PRAGMA foreign_keys = ON").expect("it is no transaction");
        Ok(Self { project, migrations, connection, is_lossless })
    }

    /// Its down, to be read.
    pub(super) fn down_text(&self) -> String {
        std::fs::read_to_string(self.project.path().join(FOLDER).join("V2__second.down.sql")).unwrap_or_default()
    }

    /// Why the database says that it does not keep what the up did to rows; none where it keeps it.
    pub(super) fn is_not_kept(&self) -> Option<String> {
        let sql = "SELECT reason FROM schema_migrations_undo WHERE version = 2 AND kind = 'not'";
        let reason = self.connection.query_row(sql, [], |row| row.get(0)).ok();
        if IS_RECORDED { reason } else { Some("nothing is kept yet".to_owned()) }
    }

    /// A generated down may say that rows can be in its way.
    pub(super) fn says_that_it_may_fail(&self) -> bool {
        self.down_text().contains("--   * it fails, and changes nothing, where rows are in the way")
    }

    pub(super) fn up_to(&mut self, version: i64) -> End {
        let Some(migrations) = &self.migrations else {
            return of_command(&self.project.run(["up", "--to", &version.to_string()]));
        };
        let to = To::Version(Version::new(version).expect("it is a number"));
        of_library(|| sqlite::up_with(&mut self.connection, migrations, &to, &Options::new()))
    }

    pub(super) fn down(&mut self) -> End {
        let Some(migrations) = &self.migrations else {
            return of_command(&self.project.run(["down"]));
        };
        of_library(|| sqlite::down(&mut self.connection, migrations, Back::Steps(1), &Options::new()))
    }
}

fn of_library<T>(run: impl FnOnce() -> schemactl::Result<T>) -> End {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(_)) => End::Done,
        Ok(Err(error)) if error.database_state().is_some() => End::Error(error.kind(), format!("{error:#}")),
        Ok(Err(error)) => End::Broken(format!("no state: {error:#}")),
        Err(_) => End::Broken("it panicked".to_owned()),
    }
}

fn of_command(output: &Output) -> End {
    if output.status.success() {
        return End::Done;
    }
    let code = output.stderr.split("error[").nth(1).and_then(|rest| rest.split(']').next());
    let code = Code::ALL.iter().find(|known| Some(known.as_str()) == code);
    match code {
        Some(code) if output.status.code() != Some(code.kind().exit_code().into()) => End::Broken(output.text()),
        Some(code) if output.stderr.contains("   = state: ") => End::Error(code.kind(), output.text()),
        _ => End::Broken(output.text()),
    }
}
