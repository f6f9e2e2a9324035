//! What every command has at hand, and what it answers.

use std::cell::OnceCell;
use std::path::Path;

use super::args::Global;
use super::database::{AnyDatabase, Purpose};
use super::notes;
use super::output::{LogFormat, Output};
use super::signal;
use crate::config::{BackupSettings, CallEnvironment, DatabaseTarget, MigrationSource, Overrides, Project};
use crate::error::{Error, ErrorKind, Result};
use crate::interrupt::Interrupt;
use crate::report::{self, DatabaseView, ErrorView, ReplyBody, count};
use crate::source::{Likely, LockFile, Migrations};

/// What every command has at hand.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) output: Output,
    interrupt: OnceCell<Interrupt>,
}

/// What a command answers: the document for JSON, and the error with which it ends all the same.
pub(super) struct Reply {
    pub(super) body: ReplyBody,
    pub(super) failure: Option<CommandFailure>,
}

/// Why a command ends with another exit code than 0.
pub(super) struct CommandFailure {
    pub(super) error: Error,
    /// The name of the database that it is about, where several are configured.
    pub(super) database: Option<String>,
    /// Databases that were not begun for it.
    pub(super) not_begun: Vec<String>,
}

impl Reply {
    pub(super) fn new(body: ReplyBody) -> Self {
        Self { body, failure: None }
    }

    pub(super) fn or(mut self, failure: Option<CommandFailure>) -> Self {
        self.failure = failure;
        self
    }
}

impl CommandFailure {
    pub(super) fn new(error: Error, database: Option<&str>) -> Self {
        Self { error, database: database.map(str::to_owned), not_begun: Vec::new() }
    }

    /// A target's error, and the targets that were not begun.
    pub(super) fn of(error: Error, target: &DatabaseTarget, rest: &[DatabaseTarget]) -> Self {
        let not_begun = rest.iter().filter_map(|target| target.database.clone()).collect();
        Self { error, database: target.database.clone(), not_begun }
    }

    pub(super) fn view(&self) -> ErrorView {
        ErrorView::of(&self.error, self.database.as_deref())
    }
}

/// The project in whose folder the command was called.
pub(super) fn project(overrides: &Overrides) -> Result<Project> {
    Project::load(overrides, CallEnvironment::of_process()?)
}

impl Context {
    pub(super) fn new(global: Global, output: Output) -> Self {
        Self { global, output, interrupt: OnceCell::new() }
    }

    /// What the user stops a command with. The process has one handler of signals, so that a command has one of these, made when it is
    /// first asked for.
    pub(super) fn interrupt(&self) -> &Interrupt {
        self.interrupt.get_or_init(|| {
            let interrupt = Interrupt::new();
            signal::listen(&interrupt, &self.output);
            interrupt
        })
    }

    /// The selected databases.
    pub(super) fn targets(&self, order: Option<&str>) -> Result<Vec<DatabaseTarget>> {
        let project = project(&self.global.overrides(order)?)?;
        let targets = project.targets()?;
        self.tell_choice(&project, &targets)?;
        Ok(targets)
    }

    /// How backups of a database are made.
    pub(super) fn backup_settings(&self, target: &DatabaseTarget) -> Result<BackupSettings> {
        project(&self.global.overrides(None)?)?.backup(target.database.as_deref())
    }

    /// Says which database is worked on where a variable chose it, and warns where `DATABASE_URL` is set and another one is.
    pub(super) fn tell_choice(&self, project: &Project, targets: &[DatabaseTarget]) -> Result<()> {
        for note in notes::chosen_by_variable(targets) {
            self.output.note(note);
        }
        if let Some(warning) = notes::unused_url(project, targets)? {
            self.output.tell("warn", warning, serde_json::Map::new);
        }
        Ok(())
    }

    /// Prints an error that is not the only one.
    pub(super) fn fail(&self, failure: CommandFailure) {
        let CommandFailure { error, database, not_begun } = failure;
        let name = database.as_ref().filter(|_| self.output.log_format() == LogFormat::Text);
        let error = match name {
            Some(name) => {
                let message = format!("{name}: {error}");
                error.with_message(message)
            }
            None => error,
        };
        self.output.error(&error, database.as_deref());
        if !not_begun.is_empty() {
            self.output.after_error(&format!("not begun: {}", not_begun.join(", ")));
        }
    }

    /// The failure with which a command ends that looked at all databases: one that could not be read tells more than one that is not
    /// as it should be. The others are printed.
    pub(super) fn gravest(&self, mut failures: Vec<CommandFailure>) -> Option<CommandFailure> {
        let first = failures.iter().position(|failure| failure.error.kind() != ErrorKind::Found).unwrap_or_default();
        let gravest = (!failures.is_empty()).then(|| failures.remove(first));
        for failure in failures {
            self.fail(failure);
        }
        gravest
    }

    /// Prints the heading of a database where there are several.
    pub(super) fn heading(&self, targets: &[DatabaseTarget], target: &DatabaseTarget) {
        if targets.len() > 1 {
            self.output.data(DatabaseView::of(target).heading(self.output.paint()));
        }
    }
}

/// Reads a folder of migrations. Where it cannot be read and looks like another tool's, the error says whose.
pub(super) fn read(folder: &Path) -> Result<Migrations> {
    Migrations::read(folder).map_err(|error| hinted(folder, error))
}

/// Reads of a folder what can be read, as [`read`] does, and says what is wrong with the rest.
pub(super) fn read_all(folder: &Path) -> Result<(Migrations, Vec<Error>)> {
    let (migrations, mut errors) = Migrations::read_all(folder).map_err(|error| hinted(folder, error))?;
    if !errors.is_empty() {
        let first = errors.remove(0);
        errors.insert(0, hinted(folder, first));
    }
    Ok((migrations, errors))
}

/// The error of a folder, or of a file in it, with what leads on from there.
fn hinted(folder: &Path, error: Error) -> Error {
    if !folder.exists() {
        return error
            .without_hints()
            .with_hint("bring the folder back, where there were migrations in it")
            .with_hint("or let `schemactl new DESCRIPTION` make it, with the first one")
            .with_hint("or name another: the key `migrations` in schema.toml, or `--migrations`");
    }
    match Likely::of(folder) {
        Some(likely) => error.with_hint(likely.hint(folder)),
        None => error,
    }
}

/// Reads the migrations of a target, with the verdicts that schema.lock has for them as they are.
pub(super) fn migrations(target: &DatabaseTarget) -> Result<Migrations> {
    let mut migrations = read(&target.migrations)?;
    tracing::info!("{} has {}", target.migrations.display(), count(migrations.len(), "migration"));
    enter_verdicts(target, &mut migrations);
    Ok(migrations)
}

/// Reads the migrations of a target that can be read, and says what is wrong with the others. Where the database knows what it needs, these
/// are nobody's concern; a folder that is not there is one too.
pub(super) fn sound_migrations(target: &DatabaseTarget) -> (Migrations, Vec<Error>) {
    match read_all(&target.migrations) {
        Ok((mut migrations, broken)) => {
            enter_verdicts(target, &mut migrations);
            (migrations, broken)
        }
        Err(error) => (Migrations::EMPTY, vec![error]),
    }
}

fn enter_verdicts(target: &DatabaseTarget, migrations: &mut Migrations) {
    match LockFile::read(&target.lock_file) {
        Ok(Some(lock)) => lock.enter_verdicts(target.database.as_deref(), target.dialect, migrations),
        Ok(None) => {}
        // A verdict is only recorded: `check` is there to refuse a broken file.
        Err(error) => tracing::warn!("{error}: verdicts are those that the downs themselves declare"),
    }
}

/// Says which files a command does without.
pub(super) fn tell_broken(context: &Context, broken: &[Error]) {
    for error in broken {
        context.output.note(format!("passed over, since the database knows what is needed: {error}"));
    }
}

/// Reads the migrations of a target, then opens it to read.
pub(super) async fn open_to_read(target: &DatabaseTarget) -> Result<(Migrations, AnyDatabase)> {
    let migrations = migrations(target)?;
    let database = AnyDatabase::open(target, &target.options, Purpose::Read).await?;
    Ok((migrations, database))
}

/// The name by which messages tell a folder of migrations from others.
pub(super) fn folder_name(source: &MigrationSource) -> String {
    report::folder_name(source.database.as_deref(), source.dialect.as_str())
}
