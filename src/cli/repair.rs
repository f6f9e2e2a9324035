mod reach;
mod wrong;

use super::args::RepairArgs;
use super::ask::{self, Answer};
use super::context::{CommandFailure, Context, Reply, migrations, project};
use super::database::{AnyDatabase, Purpose};
use super::drift::{FingerprintState, Looker};
use super::progress::ProgressListener;
use super::{notes, runtime};
use crate::config::{DatabaseTarget, Options};
use crate::error::{Code, Error, ErrorKind, Result};
use crate::plan::{Repair, RepairRequest};
use crate::report::{ChangeView, DatabaseView, ErrorView, RepairDocument, RepairView, ReplyBody, count};
use crate::run;
use crate::source::Migrations;

pub(super) fn run(context: &Context, arguments: &RepairArgs) -> Result<Reply> {
    let requests = requests(arguments);
    let project = project(&context.global.overrides(None)?)?;
    let (targets, looker) = (project.targets()?, Looker::new(context, &project));
    context.tell_choice(&project, &targets)?;
    if targets.len() > 1 && names_a_version(arguments) {
        return Err(Error::new(Code::Usage, "a version is one of a single database, and several are selected")
            .with_hint("name it with `--database`"));
    }
    runtime::block_on(async {
        let mut document = RepairDocument::default();
        let mut found = Vec::new();
        for (at, target) in targets.iter().enumerate() {
            context.heading(&targets, target);
            let mut view = RepairView::new(DatabaseView::of(target));
            let result = if arguments.fingerprint {
                fingerprint(&looker, target, &mut view).await
            } else if requests.is_empty() {
                show(context, target, &mut view).await
            } else {
                mend(&looker, target, &requests, arguments.yes, &mut view).await
            };
            view.error = result.as_ref().err().map(|error| ErrorView::of(error, target.database.as_deref()));
            document.databases.push(view);
            match result {
                Ok(()) => {}
                // What is wrong with one database keeps nobody from seeing what is with the next.
                Err(error) if error.kind() == ErrorKind::Found => found.push(CommandFailure::of(error, target, &[])),
                Err(error) => {
                    let failure = CommandFailure::of(error, target, &targets[at + 1..]);
                    return Ok(Reply::new(ReplyBody::Repair(document)).or(Some(failure)));
                }
            }
        }
        Ok(Reply::new(ReplyBody::Repair(document)).or(context.gravest(found)))
    })
}

fn requests(arguments: &RepairArgs) -> Vec<RepairRequest> {
    let flags = [(arguments.checksums, RepairRequest::Checksums), (arguments.downs, RepairRequest::Downs)];
    flags
        .into_iter()
        .filter_map(|(given, request)| given.then_some(request))
        .chain(arguments.checksum.iter().copied().map(RepairRequest::Checksum))
        .chain(arguments.forget.iter().copied().map(RepairRequest::Forget))
        .chain(arguments.mark_applied.iter().copied().map(RepairRequest::MarkApplied))
        .chain(arguments.baseline.map(RepairRequest::Baseline))
        .collect()
}

fn names_a_version(arguments: &RepairArgs) -> bool {
    !arguments.checksum.is_empty()
        || !arguments.forget.is_empty()
        || !arguments.mark_applied.is_empty()
        || arguments.baseline.is_some()
}

/// Records what the database holds, where that is what its migrations make. It changes nothing else, and so asks nothing.
async fn fingerprint(looker: &Looker<'_>, target: &DatabaseTarget, view: &mut RepairView) -> Result<()> {
    let migrations = migrations(target)?;
    let options = told(looker.context(), target);
    let mut database = AnyDatabase::open(target, &options, Purpose::of_existing(target)).await?;
    let result = looker.baseline(&mut database, &migrations, target).await;
    database.close().await;
    let output = &looker.context().output;
    match result? {
        FingerprintState::As(version) => {
            let change = ChangeView::fingerprint(version, &target.connection);
            output.data(change.line());
            view.repairs.push(change);
            view.applied = true;
        }
        FingerprintState::NoVersion => {
            view.notes.push("no version is recorded, so that there is nothing to compare with".to_owned());
            view.notes.iter().for_each(|note| output.data(note));
        }
        FingerprintState::NotKnown => {
            let message = format!("no fingerprint of {} is recorded: what it is to be is not known", target.connection);
            return Err(Error::new(Code::Drift, message).with_hint("`schemactl diff` says why"));
        }
    }
    Ok(())
}

/// Shows what is wrong, and what mends it.
///
/// # Errors
/// [`Code::CheckFailed`] where something is.
async fn show(context: &Context, target: &DatabaseTarget, view: &mut RepairView) -> Result<()> {
    let migrations = migrations(target)?;
    let mut database = AnyDatabase::open(target, &target.options, Purpose::Read).await?;
    let plan = run::read_for_repair(&mut database).await;
    database.close().await;
    let plan = plan?;
    let ((kin, strange), absent) = (plan.strangeness(&migrations)?, notes::no_database(target));
    view.wrong = wrong::find(&plan, &migrations, kin)?;
    let is_there = absent.is_none();
    view.notes.extend(absent.into_iter().chain(strange));
    view.notes.iter().for_each(|sentence| context.output.data(sentence));
    view.wrong.iter().for_each(|wrong| context.output.data(wrong.line()));
    let findings = view.wrong.iter().filter(|wrong| !wrong.is_harmless).count();
    if findings > 0 {
        let message =
            format!("the history of {} is not as the files say: {}", target.connection, count(findings, "finding"));
        return Err(Error::new(Code::CheckFailed, message).with_state("nothing was changed"));
    }
    if view.wrong.is_empty() && is_there {
        context.output.data("nothing to repair");
    }
    Ok(())
}

/// Makes the changes that were asked for.
async fn mend(
    looker: &Looker<'_>,
    target: &DatabaseTarget,
    requests: &[RepairRequest],
    yes: bool,
    view: &mut RepairView,
) -> Result<()> {
    let migrations = migrations(target)?;
    let options = told(looker.context(), target);
    let mut database = AnyDatabase::open(target, &options, Purpose::Change).await?;
    let result = change(looker, &mut database, &migrations, target, requests, yes, view).await;
    database.close().await;
    result
}

/// The options, with people told of what happens: that what was kept of rows is kept no longer.
fn told(context: &Context, target: &DatabaseTarget) -> Options {
    let progress = ProgressListener::new(&context.output, target.database.as_deref());
    target.options.clone().on_event(move |event| progress.tell(event))
}

async fn change(
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    migrations: &Migrations,
    target: &DatabaseTarget,
    requests: &[RepairRequest],
    yes: bool,
    view: &mut RepairView,
) -> Result<()> {
    let context = looker.context();
    let plan = run::read_for_repair(database).await?;
    let repairs = plan.repairs(migrations, requests)?;
    view.repairs = repairs.iter().map(ChangeView::of).collect();
    view.repairs.iter().for_each(|repair| context.output.data(repair.line()));
    if repairs.is_empty() {
        context.output.data("nothing to repair");
        return Ok(());
    }
    plan.refuse_unreadable(&repairs)?;
    reach::refuse_too_high(looker, database, migrations, target, &repairs).await?;
    if !yes && confirm(context, &repairs)? == Answer::No {
        context.output.data("nothing was changed");
        return Ok(());
    }
    plan.apply(database, &repairs).await?;
    view.applied = true;
    context.output.data(format!("{} made", count(repairs.len(), "repair")));
    if repairs.iter().any(|repair| !matches!(repair, Repair::Down { .. })) {
        looker.tell_baseline(database, migrations, target).await;
    }
    Ok(())
}

fn confirm(context: &Context, repairs: &[Repair<'_>]) -> Result<Answer> {
    let unheard = || {
        Error::new(
            Code::Usage,
            format!("{} would be made, and there is no terminal to ask", count(repairs.len(), "repair")),
        )
        .with_state("nothing was changed")
        .with_hint("`--yes` makes them without asking")
    };
    ask::confirm(context, "apply? [y/N] ", unheard)
}
