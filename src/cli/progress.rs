//! What a run tells while it runs: a line of data for each step that is done; for people a bar, or plain lines.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::Output;
use crate::duration::milliseconds;
use crate::event::Event;
use crate::report::{StepView, duration};
use crate::version::Version;

/// Without a terminal, a step or a wait that takes longer says so this often.
const EVERY: Duration = Duration::from_secs(5);

/// Listens to a run.
#[derive(Clone)]
pub(super) struct Progress(Arc<Inner>);

struct Inner {
    output: Output,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: Vec<StepView>,
    step: Option<Running>,
    /// When waiting for another runner was last told of.
    told_of_waiting: Option<Instant>,
    /// Whether the thread runs that tells of long steps.
    ticking: bool,
}

/// The step at hand.
struct Running {
    name: String,
    began: Instant,
    told: Instant,
    done: usize,
    statements: usize,
}

impl Progress {
    pub(super) fn new(output: &Output) -> Self {
        let bar = (io::stderr().is_terminal() && !output.is_quiet()).then(ProgressBar::new_spinner);
        Self(Arc::new(Inner { output: output.clone(), bar, state: Mutex::default() }))
    }

    /// Takes note of what happens.
    pub(super) fn tell(&self, event: &Event) {
        match event {
            Event::WaitingForLock { holder, waited } => self.waiting(holder.as_deref(), *waited),
            Event::StepStarted { action, version, description, number, steps, statements } => {
                let name = format!("[{number}/{steps}] {} {version} {description}", action.as_str());
                self.started(name, *statements);
            }
            Event::Progress { done, statements, .. } => self.came_to(*done, *statements),
            Event::Retrying { version, attempt, pause, cause } => self.retrying(*version, *attempt, *pause, cause),
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
                let mut state = self.0.state();
                state.done.push(view);
                state.step = None;
            }
            // The plan is known from its steps.
            Event::Planned { .. } => {}
            event @ (Event::TakenOver { .. }
            | Event::RepairingIndex { .. }
            | Event::Notice { .. }
            | Event::Note { .. }
            | Event::FingerprintNotRecorded { .. }) => {
                self.0.output.note(event.to_string());
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

    fn waiting(&self, holder: Option<&str>, waited: Duration) {
        let whom = holder
            .map_or_else(|| "a lock of another connection".to_owned(), |holder| format!("another runner ({holder})"));
        let text = format!("waiting for {whom} for {}", in_words(waited));
        if let Some(bar) = &self.0.bar {
            self.show(bar, text);
            return;
        }
        let mut state = self.0.state();
        if state.told_of_waiting.is_none_or(|told| told.elapsed() >= EVERY) {
            state.told_of_waiting = Some(Instant::now());
            self.0.output.note(text);
        }
    }

    fn started(&self, name: String, statements: usize) {
        let now = Instant::now();
        if let Some(bar) = &self.0.bar {
            self.show(bar, name.clone());
        }
        let mut state = self.0.state();
        state.step = Some(Running { name, began: now, told: now, done: 0, statements });
        if self.0.bar.is_none() && !state.ticking {
            state.ticking = true;
            let inner = Arc::downgrade(&self.0);
            thread::spawn(move || tick(&inner));
        }
    }

    fn came_to(&self, done: usize, statements: usize) {
        let mut state = self.0.state();
        let Some(step) = &mut state.step else { return };
        (step.done, step.statements) = (done, statements);
        if let Some(bar) = &self.0.bar {
            count(bar, done, statements);
        }
    }

    fn retrying(&self, version: Version, attempt: u32, pause: Duration, cause: &str) {
        let next = in_words(pause);
        self.0.output.note(format!("{version}: try {attempt} was rolled back ({cause}), the next in {next}"));
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

fn count(bar: &ProgressBar, done: usize, statements: usize) {
    let statements = u64::try_from(statements).unwrap_or(u64::MAX);
    if bar.length() != Some(statements) {
        bar.set_style(style("{spinner} {msg} {bar:24} {pos} of {len} statements {elapsed}"));
        bar.set_length(statements);
    }
    bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are constants, and well formed")
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells of a step that takes long, until the run is over.
fn tick(inner: &Weak<Inner>) {
    loop {
        thread::sleep(EVERY / 10);
        let Some(inner) = inner.upgrade() else { return };
        let mut state = inner.state();
        if let Some(step) = state.step.as_mut().filter(|step| step.told.elapsed() >= EVERY) {
            step.told = Instant::now();
            inner.output.note(step.line());
        }
    }
}

impl Running {
    /// `[2/3] apply 7 add_total: 120 of 5000 statements, 12.0 s`.
    fn line(&self) -> String {
        let elapsed = in_words(self.began.elapsed());
        match self.done {
            // Only some steps tell how far they are.
            0 => format!("{}: {elapsed}", self.name),
            done => format!("{}: {done} of {} statements, {elapsed}", self.name, self.statements),
        }
    }
}

fn in_words(time: Duration) -> String {
    duration(milliseconds(time))
}
