//! `schemactl move status --watch`: how a move stands, again and again.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::ends::ends;
use crate::cli::args::WatchUntil;
use crate::cli::context::{Context, Reply};
use crate::cli::output::{Output, now};
use crate::cli::runtime;
use crate::error::{Code, Result};
use crate::report::{Envelope, MoveLookDocument, ReplyBody};
use crate::sql::Dialect;
use crate::transfer::{MoveEnds, MoveLook};

/// How soon an interrupt is noticed.
const NOTICE: Duration = Duration::from_millis(50);

/// Looks until it is interrupted, or has seen what was waited for.
pub(super) fn watch(context: &Context, every: Duration, until: Option<WatchUntil>) -> Result<Reply> {
    let ends = ends(context, None)?;
    let view = WatchView::new(&context.output);
    let watched = runtime::block_on(look(&ends, &view, every, until));
    view.finish();
    match watched {
        // It is the usual end.
        Err(error) if error.code() == Code::Interrupted && ends.interrupt.is_triggered() => {}
        watched => watched?,
    }
    Ok(Reply::new(ReplyBody::Raw {}))
}

async fn look(ends: &MoveEnds, view: &WatchView<'_>, every: Duration, until: Option<WatchUntil>) -> Result<()> {
    ends.unlocked(async |journal| {
        ends.in_session(async |session| {
            let mut before: Option<(Instant, u64)> = None;
            while !ends.interrupt.is_triggered() {
                let (began, look) = (Instant::now(), MoveLook::read(ends, journal, session).await?);
                let applied = look.as_ref().map(|look| (began, look.applied));
                let rate = before.zip(applied).map(|(before, now)| per_second(before, now));
                view.show(MoveLookDocument::new(now(), look.as_ref(), rate));
                if look.is_some_and(|look| until.is_some_and(|until| is_reached(until, &look))) {
                    return Ok(());
                }
                before = applied;
                while began.elapsed() < every && !ends.interrupt.is_triggered() {
                    tokio::time::sleep(NOTICE.min(every)).await;
                }
            }
            Ok(())
        })
        .await
    })
    .await
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second((then, before): (Instant, u64), (now, applied): (Instant, u64)) -> f64 {
    applied.saturating_sub(before) as f64 / now.duration_since(then).as_secs_f64().max(0.001)
}

fn is_reached(until: WatchUntil, look: &MoveLook) -> bool {
    match until {
        WatchUntil::Level => look.is_followed && look.lag.as_ref().is_some_and(|lag| lag.changes <= 0),
        WatchUntil::Sqlite => look.written == Some(Dialect::Sqlite),
        WatchUntil::Postgres => look.written == Some(Dialect::Postgres),
    }
}

/// Where looks are shown: over each other on a terminal, else below each other.
struct WatchView<'a> {
    output: &'a Output,
    line: Option<ProgressBar>,
}

impl<'a> WatchView<'a> {
    fn new(output: &'a Output) -> Self {
        let is_for_people = io::stdout().is_terminal() && output.shows_data();
        let line = is_for_people.then(|| {
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            ProgressStyle::with_template("{wide_msg}").map_or(line.clone(), |style| line.with_style(style))
        });
        Self { output, line }
    }

    fn show(&self, document: MoveLookDocument) {
        match &self.line {
            Some(line) => {
                line.set_message(document.text());
                line.tick();
            }
            None if self.output.is_json() => {
                self.output.json_line(&Envelope::new(Some("move status"), &ReplyBody::MoveLook(document), None));
            }
            None => self.output.data(document.text()),
        }
    }

    /// The last look stays on the terminal.
    fn finish(&self) {
        self.line.iter().for_each(ProgressBar::abandon);
    }
}
