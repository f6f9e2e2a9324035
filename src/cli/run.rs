//! What `up` and `down` have in common: one database after the other, until one fails.

use super::context::{CommandFailure, Context, Reply, migrations, sound_migrations, tell_broken};
use super::database::{AnyDatabase, Purpose};
use super::progress::ProgressListener;
use super::{backup, locked, notes, runtime};
use crate::config::{BackupSettings, DatabaseTarget, Occasion, Options, TransactionMode};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::plan::{self, Back};
use crate::report::{BackupView, DatabaseView, ErrorView, ReplyBody, RunDocument, RunView, StepView};
use crate::run::{self, Report};
use crate::source::Migrations;

/// Which way.
pub(super) enum RunDirection {
    Up(plan::Target, TransactionMode),
    Down { back: Back, accept_data_loss: bool, keep_changed: bool },
}

/// Whether a backup is made before a run that may lose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AutomaticBackup {
    /// Where schema.toml wants one.
    AsConfigured,
    None,
}

impl AutomaticBackup {
    pub(super) fn unless(no_backup: bool) -> Self {
        if no_backup { Self::None } else { Self::AsConfigured }
    }
}

/// What is told of a target beside its steps.
#[derive(Default)]
struct Beside {
    notes: Vec<String>,
    backup: Option<BackupView>,
}

/// Runs every target, and prints what is done as it is done.
pub(super) fn targets(
    context: &Context,
    targets: &[DatabaseTarget],
    way: &RunDirection,
    backups: AutomaticBackup,
) -> Result<Reply> {
    let interrupt = context.interrupt();
    runtime::block_on(async {
        let mut document = RunDocument::default();
        for (at, target) in targets.iter().enumerate() {
            context.heading(targets, target);
            let mut beside = Beside::default();
            let (steps, result) = Box::pin(one(context, target, (way, backups), interrupt, &mut beside)).await;
            let error = result.err();
            let view = error.as_ref().map(|error| ErrorView::of(error, target.database.as_deref()));
            document.databases.push(RunView {
                database: DatabaseView::of(target),
                notes: beside.notes,
                backup: beside.backup,
                steps,
                error: view,
            });
            if let Some(error) = error {
                let failure = CommandFailure::of(error, target, &targets[at + 1..]);
                document.not_begun.clone_from(&failure.not_begun);
                return Ok(Reply::new(ReplyBody::Run(document)).or(Some(failure)));
            }
        }
        Ok(Reply::new(ReplyBody::Run(document)))
    })
}

/// Runs one target. The steps that were done are known also where a later one fails.
async fn one(
    context: &Context,
    target: &DatabaseTarget,
    how: (&RunDirection, AutomaticBackup),
    interrupt: &Interrupt,
    beside: &mut Beside,
) -> (Vec<StepView>, Result<(), Error>) {
    let progress = ProgressListener::new(&context.output, target.database.as_deref());
    let listener = progress.clone();
    let options = target.options.clone().interrupt(interrupt.clone()).on_event(move |event| listener.tell(event));
    let result = open_and_run(context, target, how, options, beside).await;
    let steps = progress.finish();
    let result = result.map(|report| context.output.data(report.to_string()));
    (steps, result)
}

async fn open_and_run(
    context: &Context,
    target: &DatabaseTarget,
    (way, backups): (&RunDirection, AutomaticBackup),
    options: Options,
    beside: &mut Beside,
) -> Result<Report> {
    let migrations = match way {
        RunDirection::Up(..) => migrations(target)?,
        RunDirection::Down { .. } => {
            let (migrations, broken) = sound_migrations(target);
            tell_broken(context, &broken);
            migrations
        }
    };
    // `up` makes the file; `down` has no use for the folder.
    beside.notes = match way {
        RunDirection::Up(..) => notes::no_migrations(target, &migrations).into_iter().collect(),
        RunDirection::Down { .. } => notes::no_database(target).into_iter().collect(),
    };
    beside.notes.iter().for_each(|note| context.output.data(note));
    let options = match way {
        RunDirection::Up(_, mode) => options.transaction(*mode),
        RunDirection::Down { accept_data_loss, keep_changed, .. } => {
            options.accept_data_loss(*accept_data_loss).keep_changed(*keep_changed)
        }
    };
    if let RunDirection::Up(far, _) = way {
        // Before the database is opened: a target that does not exist makes no file.
        plan::last_version(&migrations, far)?;
    }
    // Before the file is made.
    let wanted = match backups {
        AutomaticBackup::AsConfigured => backup::wanted(context, target, occasion(way))?,
        AutomaticBackup::None => None,
    };
    let mut database = AnyDatabase::open(target, &options, purpose(target, way)).await?;
    if let Some(settings) = wanted {
        match back_up_if_due(context, target, (way, &settings), &mut database, &migrations).await {
            Ok(made) => beside.backup = made,
            Err(error) => {
                database.close().await;
                return Err(told(error, target, way, &migrations));
            }
        }
    }
    let report = match way {
        RunDirection::Up(far, _) => run::up(&mut database, &migrations, far, &options).await,
        RunDirection::Down { back, .. } => run::down(&mut database, &migrations, *back, &options).await,
    };
    if let (RunDirection::Up(..), Ok(report)) = (way, &report) {
        let elsewhere = notes::history_elsewhere(&mut database, &migrations, report).await;
        elsewhere.iter().for_each(|note| context.output.note(note));
        // All that was pending is there now.
        let unfit = notes::unfit_ignores(&mut database, target, &[]).await;
        for unfit in unfit.into_iter().map(|unfit| format!("warning: {unfit}")) {
            context.output.tell("warn", &unfit, serde_json::Map::new);
            beside.notes.push(unfit);
        }
    }
    database.close().await;
    if let Ok(report) = &report {
        notes::applied_unproven(&migrations, report).iter().for_each(|note| context.output.note(note));
    }
    report.map_err(|error| told(error, target, way, &migrations))
}

fn told(error: Error, target: &DatabaseTarget, way: &RunDirection, migrations: &Migrations) -> Error {
    match way {
        RunDirection::Up(..) => locked::told(error, target, migrations),
        RunDirection::Down { .. } => error,
    }
}

fn occasion(way: &RunDirection) -> Occasion {
    match way {
        RunDirection::Up(..) => Occasion::Lossy,
        RunDirection::Down { .. } => Occasion::Down,
    }
}

/// Makes a backup where the run would do what one is wanted before: not for one that is refused, or has nothing to do.
async fn back_up_if_due(
    context: &Context,
    target: &DatabaseTarget,
    (way, settings): (&RunDirection, &BackupSettings),
    database: &mut AnyDatabase,
    migrations: &Migrations,
) -> Result<Option<BackupView>> {
    // Nobody listens: the run tells the same.
    let options = target.options.clone().interrupt(context.interrupt().clone());
    let is_due = match way {
        RunDirection::Up(far, _) => !run::lossy_ups(database, migrations, far, &options).await?.is_empty(),
        RunDirection::Down { back, accept_data_loss, keep_changed } => {
            let options = options.accept_data_loss(*accept_data_loss).keep_changed(*keep_changed);
            run::foresee_down(database, migrations, *back, &options).await? > 0
        }
    };
    if !is_due {
        return Ok(None);
    }
    backup::before(context, target, settings, occasion(way)).await.map(Some)
}

fn purpose(target: &DatabaseTarget, way: &RunDirection) -> Purpose {
    match way {
        RunDirection::Up(..) => Purpose::Change,
        RunDirection::Down { .. } => Purpose::of_existing(target),
    }
}
