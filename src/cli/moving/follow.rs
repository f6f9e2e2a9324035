//! `schemactl move follow`: the rows of SQLite into PostgreSQL while the application writes, and then what it changes.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::copy::{copy, prepare};
use super::ends::{MoveEnds, ends};
use super::journal::{KnownMove, begun, in_session, unlocked};
use super::plan::PlannedMove;
use super::status;
use crate::cli::args::MoveFollowArgs;
use crate::cli::context::{Context, Reply};
use crate::cli::database::settings;
use crate::cli::output::{LogFormat, Output};
use crate::cli::runtime;
use crate::database::sqlite::{self, OpenPurpose};
use crate::duration::milliseconds;
use crate::error::{Code, Error, Result};
use crate::report::{ReplyBody, duration};
use crate::transfer::{
    Capture, Captured, CopyState, FollowEnd, FollowEvent, FollowTask, MoveJournal, MovePlan, ReturnTask,
    copied_without_capture, no_way_back, not_captured, resume_following,
};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveFollowArgs) -> Result<Reply> {
    let ends = ends(context, arguments.copy.from.as_deref())?;
    let laid = match prepare(context, &arguments.copy, &ends)? {
        Ok(laid) => laid.keyed(),
        Err(reply) => return Ok(reply),
    };
    let capture = Capture::beside(&ends.source.options.table);
    let begun = begun(context, &ends)?;
    if begun.as_ref().is_some_and(|begun| begun.following.is_none()) {
        return Err(copied_without_capture());
    }
    if begun.as_ref().is_none_or(|begun| begun.state.progress <= CopyState::Following) {
        let id = installed(&capture, &ends, &laid, begun.as_ref())?;
        if begun.is_none_or(|begun| begun.state.progress < CopyState::Following) {
            let captured = Captured { capture: &capture, id: &id };
            copied(context, arguments, &ends, &laid, &captured)?;
        }
    }
    follow(context, arguments, &ends, &laid, &capture)?;
    let document = status::read(context, &ends)?;
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Move(document)))
}

/// Has the changes of the source captured, where that can still be begun.
fn installed(capture: &Capture, ends: &MoveEnds, laid: &PlannedMove, begun: Option<&KnownMove>) -> Result<String> {
    let mut source = sqlite::open(&ends.location, OpenPurpose::Change)?;
    if begun.is_some() && capture.state(&source)?.is_none() {
        return Err(not_captured());
    }
    capture.install(&mut source, &laid.plan)
}

/// Copies. In a rollback journal's mode each chunk is of another moment, so that a value may be in a row that was copied and in another one
/// since: then what was changed is taken away, and the copy goes on.
fn copied(
    context: &Context,
    arguments: &MoveFollowArgs,
    ends: &MoveEnds,
    laid: &PlannedMove,
    captured: &Captured<'_>,
) -> Result<()> {
    let mut last = None;
    loop {
        let changes =
            captured.capture.state(&sqlite::open(&ends.location, OpenPurpose::Read)?)?.map(|state| state.last);
        match copy(context, &arguments.copy, ends, laid, Some(captured)) {
            Ok(_) => return Ok(()),
            Err(error) if error.code() == Code::ValuesRefused && changes > last => last = changes,
            Err(error) => return Err(error),
        }
    }
}

fn follow(
    context: &Context,
    arguments: &MoveFollowArgs,
    ends: &MoveEnds,
    laid: &PlannedMove,
    capture: &Capture,
) -> Result<()> {
    let progress = FollowProgress::new(&context.output);
    let tell = |event: &FollowEvent| progress.tell(event);
    with_task(context, ends, &laid.plan, async |task| {
        let task = FollowTask { until_level: arguments.until_level, tell: &tell, ..task };
        let returning = laid.plan.returning();
        let back = FollowTask { plan: &returning, ..task };
        loop {
            let end = match side(context, ends, capture, task.journal).await? {
                WrittenSide::Source => task.run().await?,
                WrittenSide::Target => ReturnTask { follow: &back }.run().await?,
            };
            if end == FollowEnd::Level {
                return Ok(());
            }
        }
    })
}

/// Does something with the following of a source, of which nobody is told, and which ends once nothing is left to apply.
pub(super) fn with_task<T>(
    context: &Context,
    ends: &MoveEnds,
    plan: &MovePlan,
    work: impl AsyncFnOnce(FollowTask<'_>) -> Result<T>,
) -> Result<T> {
    let settings = settings(&ends.target)?;
    let capture = Capture::beside(&ends.source.options.table);
    runtime::block_on(unlocked(&ends.target, async |journal| {
        let task = FollowTask {
            plan,
            location: &ends.location,
            capture: &capture,
            settings: &settings,
            options: &ends.target.options,
            journal,
            until_level: true,
            interrupt: context.interrupt(),
            tell: &|_| {},
        };
        work(task).await
    }))
}

/// The side that is written, and is to be followed.
enum WrittenSide {
    Source,
    Target,
}

/// Which side is written. Where the source is so again, what is off while it is followed is taken off.
async fn side(context: &Context, ends: &MoveEnds, capture: &Capture, journal: &MoveJournal) -> Result<WrittenSide> {
    in_session(context, &ends.target, async |session| {
        let state = journal.state(session).await?.ok_or_else(no_move)?;
        let back = journal.following(session).await?.and_then(|following| following.back);
        match state.progress {
            CopyState::Switched | CopyState::Open if back.is_some() => Ok(WrittenSide::Target),
            CopyState::Switched | CopyState::Open | CopyState::Complete => Err(no_way_back()),
            CopyState::Returned => {
                resume_following(session, journal, (capture, &ends.location)).await.map(|()| WrittenSide::Source)
            }
            CopyState::Begun | CopyState::Rows | CopyState::Following => Ok(WrittenSide::Source),
        }
    })
    .await
}

fn no_move() -> Error {
    Error::new(Code::MoveNotReady, "the move was taken away while it was followed")
}

/// How often people are told of changes.
const EVERY: Duration = Duration::from_secs(5);

/// Tells what happens while a source is followed.
struct FollowProgress<'a> {
    output: &'a Output,
    counts: RefCell<FollowCounts>,
}

struct FollowCounts {
    keys: u64,
    set_aside: u64,
    told: Instant,
}

impl<'a> FollowProgress<'a> {
    fn new(output: &'a Output) -> Self {
        let counts = FollowCounts { keys: 0, set_aside: 0, told: Instant::now() };
        Self { output, counts: RefCell::new(counts) }
    }

    fn tell(&self, event: &FollowEvent) {
        match event {
            FollowEvent::Waiting => self.say("somebody else follows: waiting until they stop", "waiting", &[]),
            FollowEvent::Following { behind } => {
                self.say(&format!("following, {behind} changes behind"), "following", &[("behind", *behind)]);
            }
            FollowEvent::Applied { keys, set_aside, took } => self.applied(*keys, *set_aside, *took),
            FollowEvent::Level => self.say("level with the source", "level", &[]),
        }
    }

    fn applied(&self, keys: u64, set_aside: u64, took: Duration) {
        let mut counts = self.counts.borrow_mut();
        counts.keys += keys;
        counts.set_aside += set_aside;
        if self.output.log_format() == LogFormat::Text && counts.told.elapsed() < EVERY {
            return;
        }
        let took = milliseconds(took);
        let aside =
            if counts.set_aside == 0 { String::new() } else { format!(", {} without a place", counts.set_aside) };
        let text = format!("{} keys applied{aside}, the last {keys} in {}", counts.keys, duration(took));
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let fields = [("keys", number(keys)), ("set_aside", number(set_aside)), ("duration_ms", number(took))];
        *counts = FollowCounts { keys: 0, set_aside: 0, told: Instant::now() };
        self.say(&text, "changes_applied", &fields);
    }

    fn say(&self, text: &str, event: &str, fields: &[(&str, i64)]) {
        self.output.tell("info", text, || {
            let more = fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
            std::iter::once(("event".to_owned(), Value::from(event))).chain(more).collect::<Map<_, _>>()
        });
    }
}
