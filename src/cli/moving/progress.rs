//! What a copy tells while it runs: a bar on a terminal, plain lines elsewhere, and events for machines.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::{Map, Value};

use crate::cli::output::{LogFormat, Output};
use crate::duration::milliseconds;
use crate::report::duration;
use crate::transfer::CopyEvent;

/// How often a line tells of rows, where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Listens to a copy.
pub(super) struct CopyProgress<'a> {
    output: &'a Output,
    bar: Option<ProgressBar>,
    state: Mutex<CopyCounts>,
}

struct CopyCounts {
    tables: BTreeMap<String, TableCount>,
    /// Rows and bytes that this run has read.
    rows: u64,
    bytes: u64,
    began: Instant,
    told: Instant,
}

#[derive(Default)]
struct TableCount {
    all: u64,
    there: u64,
}

impl<'a> CopyProgress<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        let is_for_people = io::stderr().is_terminal() && output.log_format() == LogFormat::Text && !output.is_quiet();
        let style = ProgressStyle::with_template("{spinner} {wide_msg} {bar:24} {percent}% {elapsed}");
        let bar = is_for_people.then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = style {
                bar.set_style(style);
            }
            output.set_bar(Some(bar.clone()));
            bar
        });
        let now = Instant::now();
        let counts = CopyCounts { tables: BTreeMap::new(), rows: 0, bytes: 0, began: now, told: now };
        Self { output, bar, state: Mutex::new(counts) }
    }

    fn state(&self) -> MutexGuard<'_, CopyCounts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what happens.
    pub(super) fn tell(&self, event: &CopyEvent<'_>) {
        match event {
            CopyEvent::Tables(tables) => {
                let mut state = self.state();
                for (name, all, there) in *tables {
                    state.tables.insert(name.clone(), TableCount { all: *all, there: *there });
                }
                if let Some(bar) = &self.bar {
                    bar.set_length(state.all());
                    bar.set_position(state.there());
                }
            }
            CopyEvent::Rows { table, read, bytes } => self.rows(table, *read, *bytes),
            CopyEvent::PuttingBack { what, name, table } => {
                let text = format!("putting back {what} {name} of {table}");
                if let Some(bar) = &self.bar {
                    bar.set_message(text);
                } else if self.is_to_be_told() {
                    let more = [("what", *what), ("name", *name), ("table", *table)];
                    let more = more.map(|(key, value)| (key, Value::from(value)));
                    self.output.tell("info", text, || fields("putting_back", more));
                }
            }
            CopyEvent::LeftOn(names) => {
                let text =
                    format!("stays on while rows come, since it would come back differently: {}", names.join(", "));
                self.output.tell("info", text, || fields("left_on", [("indexes", Value::from(names.to_vec()))]));
            }
        }
    }

    fn rows(&self, table: &str, read: u64, bytes: u64) {
        let mut state = self.state();
        state.rows += read;
        state.bytes += bytes;
        let count = state.tables.entry(table.to_owned()).or_default();
        count.there += read;
        let line = state.line(table);
        if let Some(bar) = &self.bar {
            bar.set_message(line);
            bar.set_position(state.there());
            return;
        }
        if self.output.log_format() == LogFormat::Json || state.told.elapsed() >= EVERY {
            state.told = Instant::now();
            self.output.tell("info", line, || state.fields(table));
        }
    }

    /// People wait for what takes long; machines are told all of it.
    fn is_to_be_told(&self) -> bool {
        self.output.log_format() == LogFormat::Json || self.state().began.elapsed() >= EVERY
    }

    /// The copy is over: takes the bar away.
    pub(super) fn finish(&self) {
        self.output.set_bar(None);
    }
}

fn fields<const N: usize>(event: &str, more: [(&str, Value); N]) -> Map<String, Value> {
    let first = [("event", Value::from(event))];
    first.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect()
}

impl CopyCounts {
    fn all(&self) -> u64 {
        self.tables.values().map(|count| count.all).sum()
    }

    fn there(&self) -> u64 {
        self.tables.values().map(|count| count.there).sum()
    }

    /// `agents: 1000 of 20000 rows; all: 5000 of 80000, 12000 rows/s, 1.2 MiB/s, 6 s left`.
    fn line(&self, table: &str) -> String {
        let of = self.tables.get(table);
        let (there, all) = of.map_or((0, 0), |count| (count.there, count.all));
        let seconds = self.began.elapsed().as_secs_f64().max(0.001);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for people"
        )]
        let (rows, bytes) = ((self.rows as f64 / seconds) as u64, (self.bytes as f64 / seconds) as u64);
        let left = self.all().saturating_sub(self.there()).checked_div(rows).map_or_else(String::new, |seconds| {
            format!(", {} left", duration(milliseconds(Duration::from_secs(seconds))))
        });
        format!(
            "{table}: {there} of {all} rows; in all {} of {}, {rows} rows/s, {}/s{left}",
            self.there(),
            self.all(),
            HumanBytes(bytes)
        )
    }

    fn fields(&self, table: &str) -> Map<String, Value> {
        let of = self.tables.get(table);
        let (there, all) = of.map_or((0, 0), |count| (count.there, count.all));
        fields(
            "rows_copied",
            [
                ("table", Value::from(table)),
                ("rows", Value::from(there)),
                ("of", Value::from(all)),
                ("bytes", Value::from(self.bytes)),
                ("elapsed_ms", Value::from(milliseconds(self.began.elapsed()))),
            ],
        )
    }
}
