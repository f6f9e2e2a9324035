//! `schemactl move follow`: the rows of SQLite into PostgreSQL while the application writes, and then what it changes.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::copy::{choices, prepare};
use super::ends::ends;
use super::metrics::MoveMetrics;
use super::progress::CopyProgress;
use super::status;
use crate::cli::args::MoveFollowArgs;
use crate::cli::context::{Context, Reply};
use crate::cli::output::{LogFormat, Output};
use crate::duration::milliseconds;
use crate::error::Result;
use crate::report::{ReplyBody, duration};
use crate::sql::Dialect;
use crate::transfer::{CopyEvent, FollowEvent, FollowMove};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveFollowArgs) -> Result<Reply> {
    let ends = ends(context, arguments.copy.from.as_deref())?;
    let choices = choices(&arguments.copy, &ends);
    let laid = match prepare(context, &arguments.copy, &ends, &choices)? {
        Ok(laid) => laid.keyed(),
        Err(reply) => return Ok(reply),
    };
    let (copying, following) = (CopyProgress::new(&context.output), FollowProgress::new(&context.output));
    let metrics = MoveMetrics::begin(&arguments.metrics, &context.output)?;
    let tell = |event: &FollowEvent| {
        metrics.note(event);
        if !matches!(event, FollowEvent::Copying { .. }) {
            copying.finish();
        }
        following.tell(event);
    };
    let task = FollowMove {
        ends: &ends,
        laid: &laid,
        choices: &choices,
        until_level: arguments.until_level,
        copying: &|event| {
            if let CopyEvent::Rows { read, .. } = event {
                metrics.copied(*read);
            }
            copying.tell(event);
        },
        tell: &tell,
    };
    let followed = task.run();
    copying.finish();
    drop(metrics);
    followed?;
    let document = status::read(&ends)?;
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Move(document)))
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
            FollowEvent::Copied { rows } => {
                self.say(&format!("{rows} rows are copied"), "copied", &[("rows", Value::from(*rows))]);
            }
            FollowEvent::Following { written, behind } => self.say(
                &format!("following, {behind} changes behind"),
                "following",
                &[("written", Value::from(written.as_str())), ("behind", Value::from(*behind))],
            ),
            FollowEvent::Switched { written } => self.say(
                &format!("both sides are switched: {} is written, and followed", name(*written)),
                "switched",
                &[("written", Value::from(written.as_str()))],
            ),
            // A copy has a bar of its own, and how far it is behind `move status --watch` shows.
            FollowEvent::Copying { .. } | FollowEvent::Behind { .. } => {}
            FollowEvent::Applied { keys, set_aside, took } => self.applied(*keys, *set_aside, *took),
            FollowEvent::Ended => self.say("the move has ended: nothing is left to follow", "ended", &[]),
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
        let number = |number: u64| Value::from(number);
        let fields = [("keys", number(keys)), ("set_aside", number(set_aside)), ("duration_ms", number(took))];
        *counts = FollowCounts { keys: 0, set_aside: 0, told: Instant::now() };
        self.say(&text, "changes_applied", &fields);
    }

    fn say(&self, text: &str, event: &str, fields: &[(&str, Value)]) {
        self.output.tell("info", text, || {
            let more = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            std::iter::once(("event".to_owned(), Value::from(event))).chain(more).collect::<Map<_, _>>()
        });
    }
}

fn name(side: Dialect) -> &'static str {
    match side {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
    }
}
