//! The database that is judged, changed through the command.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database, Session};

use super::trial::{Trial, lines};

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ended {
    Done(String),
    /// With this exit code, and what was said.
    Error(i32, String),
    /// No code, no state, or no end at all.
    Broken(String),
}

pub(super) struct Served {
    project: Project,
    pub(super) session: Session,
    /// Whether the down says that it loses nothing.
    pub(super) is_lossless: bool,
    database: Database,
}

const FOLDER: &str = "migrations/postgres";

/// Codes of a command that refuses to lose rows, or to change what is not as it should be.
pub(super) const REFUSED: i32 = 5;

impl Served {
    pub(super) fn new(trial: &Trial) -> Result<Self, String> {
        let (project, database) = (super::new_project(), postgres::database(postgres::version()));
        project.config(&format!("[postgres]\nurl = \"{}\"\nundo = \"auto\"\n", database.url()));
        let file = |name: &str, text: String| project.file(&format!("{FOLDER}/{name}"), text);
        file("V1__first.sql", lines(&trial.schema));
        file("V2__second.sql", trial.up_text());
        if trial.is_by_hand {
            file("V2__second.down.sql", trial.down_text());
        } else {
            let made = project.run(["generate"]);
            if !made.status.success() {
                return Err(made.text());
            }
        }
        let down = std::fs::read_to_string(project.path().join(FOLDER).join("V2__second.down.sql"));
        let is_lossless =
            !trial.is_by_hand && down.is_ok_and(|text| text.contains("\n-- schemactl: verdict = lossless\n"));
        let mut session = database.session();
        session.run("SET client_min_messages = error");
        Ok(Self { project, session, is_lossless, database })
    }

    /// Keeps nothing of what the ups do to rows.
    pub(super) fn unrecorded(&self) {
        self.project.config(&format!("[postgres]\nurl = \"{}\"\nundo = \"none\"\n", self.database.url()));
    }

    /// Its down, to be read.
    pub(super) fn down_text(&self) -> String {
        std::fs::read_to_string(self.project.path().join(FOLDER).join("V2__second.down.sql")).unwrap_or_default()
    }

    /// Why the database says that it does not keep what the up did to rows; none where it keeps it.
    pub(super) fn is_not_kept(&mut self) -> Option<String> {
        let sql = "SELECT reason FROM public.schema_migrations_undo WHERE version = 2 AND kind = 'not'";
        Some(self.session.run(sql)).filter(|reason| !reason.is_empty())
    }

    /// A generated down may say that rows can be in its way.
    pub(super) fn says_that_it_may_fail(&self) -> bool {
        self.down_text().contains("--   * it fails, and changes nothing, where rows are in the way")
    }

    pub(super) fn up_to(&self, version: i64) -> Ended {
        of_command(&self.project.run(["up", "--to", &version.to_string()]))
    }

    pub(super) fn down(&self) -> Ended {
        of_command(&self.project.run(["down"]))
    }
}

fn of_command(output: &Output) -> Ended {
    let said = format!("{}{}", output.stdout, output.stderr);
    if output.status.success() {
        return Ended::Done(said);
    }
    let has_code = output.stderr.contains("error[E") && output.stderr.contains("   = state: ");
    match output.status.code() {
        Some(code) if has_code && !said.contains("panicked") => Ended::Error(code, said),
        _ => Ended::Broken(said),
    }
}
