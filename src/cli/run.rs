//! What `up` and `down` have in common: one database after the other, until one fails.

use super::context::{CommandFailure, Context, Reply, migrations, sound_migrations, tell_broken};
use super::database::{AnyDatabase, Purpose};
use super::progress::ProgressListener;
use super::{locked, notes, runtime};
use crate::config::{DatabaseTarget, Fingerprinting, Options, TransactionMode};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::plan::{self, Back};
use crate::report::{DatabaseView, ErrorView, ReplyBody, RunDocument, RunView, StepView};
use crate::run::{self, Report};

/// Which way.
pub(super) enum RunDirection {
    Up(plan::Target, TransactionMode),
    Down { back: Back, accept_data_loss: bool },
}

/// Runs every target, and prints what is done as it is done.
pub(super) fn targets(context: &Context, targets: &[DatabaseTarget], way: &RunDirection) -> Result<Reply> {
    let interrupt = context.interrupt();
    runtime::block_on(async {
        let mut document = RunDocument::default();
        for (at, target) in targets.iter().enumerate() {
            context.heading(targets, target);
            let mut notes = Vec::new();
            let (steps, result) = Box::pin(one(context, target, way, interrupt, &mut notes)).await;
            let error = result.err();
            let view = error.as_ref().map(|error| ErrorView::of(error, target.database.as_deref()));
            document.databases.push(RunView { database: DatabaseView::of(target), notes, steps, error: view });
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
    way: &RunDirection,
    interrupt: &Interrupt,
    notes: &mut Vec<String>,
) -> (Vec<StepView>, Result<(), Error>) {
    let progress = ProgressListener::new(&context.output, target.database.as_deref());
    let listener = progress.clone();
    let options = target
        .options
        .clone()
        .fingerprinting(Fingerprinting::On)
        .interrupt(interrupt.clone())
        .on_event(move |event| listener.tell(event));
    let result = open_and_run(context, target, way, options, notes).await;
    let steps = progress.finish();
    let result = result.map(|report| context.output.data(report.to_string()));
    (steps, result)
}

async fn open_and_run(
    context: &Context,
    target: &DatabaseTarget,
    way: &RunDirection,
    options: Options,
    notes: &mut Vec<String>,
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
    *notes = match way {
        RunDirection::Up(..) => notes::no_migrations(target, &migrations).into_iter().collect(),
        RunDirection::Down { .. } => notes::no_database(target).into_iter().collect(),
    };
    notes.iter().for_each(|note| context.output.data(note));
    let options = match way {
        RunDirection::Up(_, mode) => options.transaction(*mode),
        RunDirection::Down { accept_data_loss, .. } => options.accept_data_loss(*accept_data_loss),
    };
    if let RunDirection::Up(far, _) = way {
        // Before the database is opened: a target that does not exist makes no file.
        plan::last_version(&migrations, far)?;
    }
    let mut database = AnyDatabase::open(target, &options, purpose(target, way)).await?;
    let report = match way {
        RunDirection::Up(far, _) => run::up(&mut database, &migrations, far, &options).await,
        RunDirection::Down { back, .. } => run::down(&mut database, &migrations, *back, &options).await,
    };
    if let (RunDirection::Up(..), Ok(report)) = (way, &report) {
        let elsewhere = notes::history_elsewhere(&mut database, &migrations, report).await;
        elsewhere.iter().for_each(|note| context.output.note(note));
    }
    database.close().await;
    if let Ok(report) = &report {
        notes::applied_unproven(&migrations, report).iter().for_each(|note| context.output.note(note));
    }
    match way {
        RunDirection::Up(..) => report.map_err(|error| locked::told(error, target, &migrations)),
        RunDirection::Down { .. } => report,
    }
}

fn purpose(target: &DatabaseTarget, way: &RunDirection) -> Purpose {
    match way {
        RunDirection::Up(..) => Purpose::Change,
        RunDirection::Down { .. } => Purpose::of_existing(target),
    }
}
