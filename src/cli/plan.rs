use super::args::{PlanArgs, UpTarget};
use super::context::{CommandFailure, Context, Reply, open_to_read, sound_migrations, tell_broken};
use super::database::{AnyDatabase, Purpose};
use super::{locked, notes, runtime};
use crate::config::{DatabaseTarget, TransactionMode};
use crate::error::Result;
use crate::plan::Back;
use crate::report::{DatabaseView, ErrorView, PlanDetail, PlanDocument, PlanView, ReplyBody};
use crate::run::{self, Preview, Rehearse};

pub(super) fn run(context: &Context, arguments: &PlanArgs) -> Result<Reply> {
    show(context, &arguments.far, rehearse(arguments.no_rehearsal))
}

/// What is planned.
pub(super) enum PlannedRun {
    Up(crate::plan::Target, TransactionMode),
    Down(Back),
}

pub(super) fn rehearse(no_rehearsal: bool) -> Rehearse {
    if no_rehearsal { Rehearse::No } else { Rehearse::Yes }
}

/// Shows what `up` would do.
pub(super) fn show(context: &Context, far: &UpTarget, rehearse: Rehearse) -> Result<Reply> {
    let targets = context.targets(far.order.as_deref())?;
    self::targets(context, &targets, &PlannedRun::Up(far.target(), far.transaction()), rehearse)
}

/// Shows what would be done to every target, until one fails: a run would end there too.
pub(super) fn targets(
    context: &Context,
    targets: &[DatabaseTarget],
    planned: &PlannedRun,
    rehearse: Rehearse,
) -> Result<Reply> {
    let shown = if context.global.verbose > 0 { PlanDetail::Sql } else { PlanDetail::Names };
    runtime::block_on(async {
        let mut document = PlanDocument::default();
        for (at, target) in targets.iter().enumerate() {
            context.heading(targets, target);
            let database = DatabaseView::of(target);
            let (view, error) = match Box::pin(preview(context, target, planned, rehearse)).await {
                Ok((preview, notes)) => {
                    let mut view = PlanView::new(database, &preview, shown);
                    view.notes.extend(notes);
                    (view, preview.failure)
                }
                Err(error) => {
                    let view = ErrorView::of(&error, target.database.as_deref());
                    (PlanView::failed(database, view), Some(error))
                }
            };
            if error.is_none() || !view.steps.is_empty() {
                context.output.data(view.text(context.output.paint()));
            }
            document.databases.push(view);
            if let Some(error) = error {
                let failure = CommandFailure::of(error, target, &targets[at + 1..]);
                document.not_begun.clone_from(&failure.not_begun);
                return Ok(Reply::new(ReplyBody::Plan(document)).or(Some(failure)));
            }
        }
        Ok(Reply::new(ReplyBody::Plan(document)))
    })
}

async fn preview(
    context: &Context,
    target: &DatabaseTarget,
    planned: &PlannedRun,
    rehearse: Rehearse,
) -> Result<(Preview, Vec<String>)> {
    let mut target = target.clone();
    target.options = target.options.interrupt(context.interrupt().clone());
    if let PlannedRun::Up(_, mode) = planned {
        target.options = target.options.transaction(*mode);
    }
    let (migrations, mut database) = match planned {
        PlannedRun::Up(..) => open_to_read(&target).await?,
        PlannedRun::Down(_) => {
            let (migrations, broken) = sound_migrations(&target);
            tell_broken(context, &broken);
            (migrations, AnyDatabase::open(&target, &target.options, Purpose::Read).await?)
        }
    };
    let notes = match planned {
        PlannedRun::Up(..) => notes::of(&target, Some(&migrations)),
        PlannedRun::Down(_) => notes::no_database(&target).into_iter().collect(),
    };
    let preview = match planned {
        PlannedRun::Up(far, _) => run::preview(&mut database, &migrations, far, &target.options, rehearse).await,
        PlannedRun::Down(back) => run::preview_down(&mut database, &migrations, *back, rehearse).await,
    };
    let mut notes = notes;
    if let (PlannedRun::Up(..), Ok(preview)) = (planned, &preview) {
        let sql: Vec<&str> = preview.steps().iter().map(|step| step.sql.as_str()).collect();
        let unfit = notes::unfit_ignores(&mut database, &target, &sql).await;
        notes.extend(unfit.into_iter().map(|unfit| format!("warning: {unfit}")));
    }
    database.close().await;
    let mut preview = preview?;
    if let PlannedRun::Up(..) = planned {
        preview.failure = preview.failure.map(|error| locked::told(error, &target, &migrations));
    }
    Ok((preview, notes))
}
