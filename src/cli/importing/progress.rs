//! What an import tells while it runs: the file at hand, on a terminal.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output::{LogFormat, Output};
use crate::import::ImportEvent;

/// Listens to an import.
pub(super) struct ImportProgress<'a> {
    output: &'a Output,
    bar: Option<ProgressBar>,
}

impl<'a> ImportProgress<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        let is_for_people = io::stderr().is_terminal() && output.log_format() == LogFormat::Text && !output.is_quiet();
        let style = ProgressStyle::with_template("{spinner} {wide_msg} {pos} records {elapsed}");
        let bar = is_for_people.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            output.set_bar(Some(bar.clone()));
            bar
        });
        Self { output, bar }
    }

    pub(super) fn tell(&self, event: &ImportEvent<'_>) {
        let Some(bar) = &self.bar else { return };
        match event {
            ImportEvent::Begun { path } => {
                bar.set_position(0);
                bar.set_message((*path).to_owned());
            }
            ImportEvent::Records { records } => bar.inc(*records),
            ImportEvent::Bad { .. } => {}
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            self.output.set_bar(None);
            bar.finish_and_clear();
        }
    }
}
