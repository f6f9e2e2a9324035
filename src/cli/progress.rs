//! What a run tells while it runs: a line of data for each step that is done; for people a bar, or plain lines.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};

use super::output::{LogFormat, Output};
use crate::duration::milliseconds;
use crate::event::Event;
use crate::report::{StepView, count as count_of, duration, of_event};
use crate::version::Version;

/// Without a terminal, a wait that takes longer says so this often; a step says so for the first time after it, then when it has taken twice as long.
const EVERY: Duration = Duration::from_secs(5);

/// A step that takes very long says so at least this often.
const LONGEST: Duration = Duration::from_secs(300);

/// Listens to a run.
#[derive(Clone)]
pub(super) struct ProgressListener(Arc<ProgressShared>);

struct ProgressShared {
    output: Output,
    /// The name of the database, where several are configured.
    database: Option<String>,
    bar: Option<ProgressBar>,
    state: Mutex<ProgressState>,
}

#[derive(Default)]
struct ProgressState {
    done: Vec<StepView>,
    step: Option<RunningStep>,
    /// When waiting for another runner was last told of.
    told_of_waiting: Option<Instant>,
    /// Whether the thread runs that tells of long steps.
    ticking: bool,
}

/// The step at hand.
struct RunningStep {
    name: String,
    began: Instant,
    /// How long it is to have taken when it is told of again.
    next: Duration,
    /// How many statements are done; none where that is not told.
    done: Option<usize>,
    statements: usize,
    version: Version,
}

impl ProgressListener {
    pub(super) fn new(output: &Output, database: Option<&str>) -> Self {
        let is_for_people = io::stderr().is_terminal() && output.log_format() == LogFormat::Text;
        let bar = (is_for_people && !output.is_quiet()).then(ProgressBar::new_spinner);
        let (output, database) = (output.clone(), database.map(str::to_owned));
        Self(Arc::new(ProgressShared { output, database, bar, state: Mutex::default() }))
    }

    /// Takes note of what happens.
    pub(super) fn tell(&self, event: &Event) {
        match event {
            Event::WaitingForLock { holder, waited } => self.waiting(event, holder.as_deref(), *waited),
            Event::StepStarted { action, version, description, number, steps, statements } => {
                let name = format!("[{number}/{steps}] {} {version} {description}", action.as_str());
                self.0.log(event);
                self.started(name, *version, *statements);
            }
            Event::Progress { done, statements, .. } => self.came_to(*done, *statements),
            Event::Retrying { version, attempt, pause, cause } => {
                let next = in_words(*pause);
                self.0.tell(event, format!("{version}: try {attempt} was rolled back ({cause}), the next in {next}"));
            }
            Event::StepFinished { action, version, description, elapsed, reason, notes, .. } => {
                let duration_ms = milliseconds(*elapsed);
                let view = StepView {
                    action: action.as_str(),
                    version: version.get(),
                    description: description.clone(),
                    duration_ms,
                    reason: reason.clone(),
                    notes: notes.clone(),
                };
                self.0.output.data(view.text(*action));
                self.0.log(event);
                let mut state = self.0.state();
                state.done.push(view);
                state.step = None;
            }
            // The plan is known from its steps.
            Event::Planned { .. } => self.0.log(event),
            event @ (Event::TakenOver { .. }
            | Event::RepairingIndex { .. }
            | Event::Notice { .. }
            | Event::Note { .. }
            | Event::FingerprintNotRecorded { .. }) => {
                self.0.tell(event, event.to_string());
            }
        }
    }

    /// The run is over: takes the bar away, and returns the steps that were done.
    pub(super) fn finish(self) -> Vec<StepView> {
        self.0.output.set_bar(None);
        let mut state = self.0.state();
        state.step = None;
        std::mem::take(&mut state.done)
    }

    fn waiting(&self, event: &Event, holder: Option<&str>, waited: Duration) {
        let whom = holder
            .map_or_else(|| "a lock of another connection".to_owned(), |holder| format!("another runner ({holder})"));
        let text = format!("waiting for {whom} for {}", in_words(waited));
        if let Some(step) = &mut self.0.state().step {
            // It is not at work.
            (step.began, step.next) = (Instant::now(), EVERY);
        }
        if let Some(bar) = &self.0.bar {
            self.show(bar, text);
            return;
        }
        let mut state = self.0.state();
        if state.told_of_waiting.is_none_or(|told| told.elapsed() >= EVERY) {
            state.told_of_waiting = Some(Instant::now());
            self.0.tell(event, text);
        }
    }

    fn started(&self, name: String, version: Version, statements: usize) {
        if let Some(bar) = &self.0.bar {
            self.show(bar, name.clone());
        }
        let mut state = self.0.state();
        state.step = Some(RunningStep { name, began: Instant::now(), next: EVERY, done: None, statements, version });
        if self.0.bar.is_none() && !state.ticking {
            state.ticking = true;
            let inner = Arc::downgrade(&self.0);
            thread::spawn(move || tick(&inner));
        }
    }

    fn came_to(&self, done: usize, statements: usize) {
        let mut state = self.0.state();
        let Some(step) = &mut state.step else { return };
        (step.done, step.statements) = (Some(done), statements);
        if let Some(bar) = &self.0.bar {
            count(bar, format!("{}: {}", step.name, step.at()), done, statements);
        }
    }

    /// Puts the bar on the terminal. Where the statements are told of as they are done, it counts them later.
    fn show(&self, bar: &ProgressBar, message: String) {
        bar.set_style(style("{spinner} {wide_msg} {elapsed}"));
        // Not that of the step before.
        bar.set_length(0);
        bar.set_message(message);
        bar.reset_elapsed();
        bar.enable_steady_tick(Duration::from_millis(100));
        self.0.output.set_bar(Some(bar.clone()));
    }
}

fn count(bar: &ProgressBar, message: String, done: usize, statements: usize) {
    let statements = u64::try_from(statements).unwrap_or(u64::MAX);
    if bar.length() != Some(statements) {
        bar.set_style(style("{spinner} {msg} {bar:24} {elapsed}"));
        bar.set_length(statements);
    }
    bar.set_message(message);
    bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are constants, and well formed")
}

impl ProgressShared {
    fn state(&self) -> MutexGuard<'_, ProgressState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells people of an event, and machines all of it.
    fn tell(&self, event: &Event, text: String) {
        let (level, fields) = of_event(event);
        self.output.tell(level, text, || self.of_database(fields));
    }

    /// Tells machines of what people see on stdout.
    fn log(&self, event: &Event) {
        if self.output.log_format() == LogFormat::Json {
            self.tell(event, event.to_string());
        }
    }

    fn of_database(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        fields.insert("database".to_owned(), Value::from(self.database.clone()));
        fields
    }
}

/// Tells of a step that takes long, until the run is over.
fn tick(inner: &Weak<ProgressShared>) {
    loop {
        thread::sleep(EVERY / 10);
        let Some(inner) = inner.upgrade() else { return };
        let mut state = inner.state();
        let Some(step) = state.step.as_mut() else { continue };
        let elapsed = step.began.elapsed();
        if elapsed >= step.next {
            step.next = next(elapsed);
            inner.output.tell("info", step.line(elapsed), || inner.of_database(step.fields(elapsed)));
        }
    }
}

/// When a step that has taken so long is told of again: the longer it takes, the more rarely.
fn next(elapsed: Duration) -> Duration {
    elapsed + elapsed.clamp(EVERY, LONGEST)
}

impl RunningStep {
    /// `[2/3] apply 7 add_total: statement 7 of 40, 12 s`.
    fn line(&self, elapsed: Duration) -> String {
        format!("{}: {}, {}", self.name, self.at(), in_seconds(elapsed))
    }

    /// Where the step is: `statement 7 of 40`. The server does not tell it of statements that it has as one message.
    fn at(&self) -> String {
        match self.done {
            Some(done) if done < self.statements => format!("statement {} of {}", done + 1, self.statements),
            Some(_) => format!("{} done, to be committed", count_of(self.statements, "statement")),
            None => format!("{} in one message", count_of(self.statements, "statement")),
        }
    }

    fn fields(&self, elapsed: Duration) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("event".to_owned(), Value::from("progress"));
        fields.insert("version".to_owned(), Value::from(self.version.get()));
        fields.insert("done".to_owned(), Value::from(self.done));
        fields.insert("statements".to_owned(), Value::from(self.statements));
        fields.insert("elapsed_ms".to_owned(), Value::from(milliseconds(elapsed)));
        fields
    }
}

/// Whole seconds are enough for what takes long.
fn in_seconds(time: Duration) -> String {
    if time < Duration::from_secs(60) { format!("{} s", time.as_secs()) } else { in_words(time) }
}

fn in_words(time: Duration) -> String {
    duration(milliseconds(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_step_says_where_it_is_and_more_and_more_rarely() {
        let version = Version::new(7).unwrap();
        let name = "[2/3] apply 7 add_total".to_owned();
        let mut step = RunningStep { name, began: Instant::now(), next: EVERY, done: None, statements: 40, version };
        let line = |step: &RunningStep, seconds: u64| step.line(Duration::from_millis(seconds * 1_000 + 345));
        assert_eq!(line(&step, 5), "[2/3] apply 7 add_total: 40 statements in one message, 5 s");
        step.done = Some(6);
        assert_eq!(line(&step, 12), "[2/3] apply 7 add_total: statement 7 of 40, 12 s");
        step.done = Some(40);
        assert_eq!(line(&step, 184), "[2/3] apply 7 add_total: 40 statements done, to be committed, 3 min 4 s");
        let fields = step.fields(Duration::from_micros(12_345_678));
        assert_eq!((fields["done"].as_u64(), fields["elapsed_ms"].as_u64()), (Some(40), Some(12_345)));
        let mut told = vec![EVERY.as_secs()];
        for _ in 0..8 {
            told.push(next(Duration::from_secs(told[told.len() - 1])).as_secs());
        }
        assert_eq!(told, [5, 10, 20, 40, 80, 160, 320, 620, 920]);
    }
}
