use super::adopt;
use super::arrival;
use super::course::{Course, Round};
use super::explain::{self, Progress};
use super::fingerprint::{self, Last};
use super::job::prepare;
use super::kept;
use super::read::{Beginning, begun, plan_up, records_to_plan};
use super::report::Report;
use super::round::{self, Rounds, each};
use super::sound::Sound;
use super::step;
use crate::config::{Options, TransactionMode};
use crate::database::{Database, Detail, HistoryTables, Job, Locked, Reader as _, Why, lock};
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::event::Event;
use crate::history::{Found, Record, State};
use crate::plan::Target;
use crate::plural::count;
use crate::source::Migrations;
use crate::sql::Running;
use crate::version::Version;

/// Applies what is pending. Where nothing is: one read of one row, no lock, no write.
pub(crate) async fn up<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    target: &Target,
    options: &Options,
) -> Result<Report> {
    // Another target is looked for in the migrations.
    let head = migrations.head().filter(|_| *target == Target::Latest);
    match begun(database, migrations, head, options).await? {
        Beginning::Done => {
            tracing::info!("the history of {} is that of these migrations, nothing to apply", database.label());
            kept::purge_expired(database).await?;
            return Ok(Report::default());
        }
        Beginning::Rows(records) => return go_on(database, migrations, records, target, options).await,
        Beginning::Unknown => {}
    }
    let adopted = adopt::arrive(database, migrations, options).await?.map(|adoption| adoption.report());
    if let Some(adopted) = &adopted {
        options.observer.emit(Event::TakenOver { text: adopted.to_string() });
    }
    let found = database.history(Detail::Plan).await?;
    let records = records_to_plan(database, migrations, found, options).await?;
    let report = go_on(database, migrations, records, target, options).await;
    report.map(|report| Report { adopted, ..report })
}

async fn go_on<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    records: Vec<Record>,
    target: &Target,
    options: &Options,
) -> Result<Report> {
    let mut plan = plan_up(database, migrations, &records, target, options).await?;
    let jobs = prepare(database, &mut plan).await?;
    let recorded = count(records.len(), "version");
    tracing::info!("the history of {} has {recorded}, {} to apply", database.label(), jobs.len());
    if jobs.is_empty() {
        drop(jobs);
        drop(plan);
        kept::purge_expired(database).await?;
        return Ok(Report::default());
    }
    let tables = HistoryTables::Create(database.prelude(&jobs));
    drop(jobs);
    arrival::check(database, &records, &plan, options).await?;
    options.observer.emit(Event::Planned { steps: plan.steps().len() });
    drop(plan);
    let (mut locked, found) = lock(database, &tables, fingerprint::detail(options)).await?;
    tracing::info!("this run may change {}", locked.reader().label());
    let mut last = Last::default();
    let report = run(&mut locked, found, migrations, target, options, &mut last).await;
    last.record(locked, report, options).await
}

/// Plans again, since another runner may have been at work before the lock was ours, and runs.
async fn run<D: Database>(
    locked: &mut Locked<'_, D>,
    found: Found,
    migrations: &Migrations,
    target: &Target,
    options: &Options,
    last: &mut Last,
) -> Result<Report> {
    let mut report = Report::default();
    let mut rounds = Rounds::from(found);
    let mut ground = None;
    loop {
        let reader = locked.reader();
        let found = rounds.history(reader, fingerprint::detail(options)).await?;
        let records = records_to_plan(reader, migrations, found, options).await?;
        rounds.next(reader, &records, &report)?;
        let mut plan = plan_up(reader, migrations, &records, target, options).await?;
        let mut jobs = prepare(reader, &mut plan).await?;
        fingerprint::look(reader, migrations, &records, &jobs, options, &mut ground).await;
        let course = Course { migrations, records: &records, ground: ground.as_ref(), options };
        let outcome = match options.transaction {
            TransactionMode::Step => each(locked, &course, &mut jobs, &mut report).await,
            TransactionMode::All => together(locked, &mut jobs, &records, options, &mut report).await,
        };
        let ended = fingerprint::end(locked.reader(), &course, &jobs, &report, outcome, last).await;
        if let Some(ended) = ended {
            return ended.map(|()| report);
        }
    }
}

/// All steps in one transaction, so that all are applied or none.
async fn together<D: Database>(
    locked: &mut Locked<'_, D>,
    jobs: &mut [Job<'_>],
    records: &[Record],
    options: &Options,
    report: &mut Report,
) -> Result<Round> {
    if jobs.is_empty() {
        return Ok(Round::Finished);
    }
    if let Some(job) = jobs.iter().find(|job| matches!(job.analysis.running, Running::Statements { .. })) {
        return Err(Error::new(Code::Usage, format!("{} cannot be in a transaction with others", job.step.name()))
            .with_state("nothing was changed")
            .with_hint(
                Hint::from("leave ")
                    .setting(Setting::ALL_IN_ONE)
                    .then(" away, or go up to the migration before it first: ")
                    .setting(Setting::TARGET),
            ));
    }
    round::begin(locked, jobs, records, report).await?;
    let jobs = &*jobs;
    let mut sound = Sound::before(locked, jobs, options).await;
    let start = std::time::Instant::now();
    let result = step::transaction(locked, jobs, options).await;
    let progress = |index| Progress { number: index + 1, steps: jobs.len(), at: last_applied(records) };
    match result {
        Ok(()) => {
            // One commit made them all: no step has a time of its own.
            let share = start.elapsed() / u32::try_from(jobs.len()).unwrap_or(u32::MAX);
            for (index, job) in jobs.iter().enumerate() {
                let done = step::report(job, share);
                options.observer.emit(step::finished(&done, &progress(index)));
                report.steps.push(done);
            }
            sound.after(locked, jobs, options).await;
            Ok(Round::Finished)
        }
        Err(failure) if failure.why == Why::DoneByOther => Ok(Round::Overtaken),
        Err(failure) if failure.why == Why::Final && step::is_overtaken(locked.reader(), &jobs[failure.job]).await => {
            Ok(Round::Overtaken)
        }
        Err(failure) => {
            let index = failure.job;
            step::log_failure(locked, &jobs[index], &failure, start.elapsed()).await;
            Err(explain::error(locked.reader(), &jobs[index], failure, &progress(index), 0))
        }
    }
}

pub(super) fn last_applied(records: &[Record]) -> Option<Version> {
    records.iter().rev().find(|record| record.state != State::Skipped).map(|record| record.version)
}
