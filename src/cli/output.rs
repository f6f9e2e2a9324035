//! The two streams: stdout has the data, stderr is for people.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{SecondsFormat, Utc};
use indicatif::ProgressBar;
use serde_json::{Map, Value};

use super::args::{ColorChoice, Global};
use crate::error::{Code, Error};
use crate::report::{Envelope, ErrorView, LogLine, Paint, with_colour};

pub(super) use super::args::LogFormat;

/// Where a command prints. Clones print to the same place.
#[derive(Clone)]
pub(super) struct Output(Arc<OutputShared>);

struct OutputShared {
    mode: OutputMode,
    log: LogFormat,
    stdout: Paint,
    stderr: Paint,
    /// The progress bar that is on the terminal, which must not be written over.
    bar: Mutex<Option<ProgressBar>>,
    /// Whether stdout could not be written, for another reason than that its reader has left.
    lost: AtomicBool,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputMode {
    Text,
    Quiet,
    Json,
    QuietJson,
}

impl Output {
    pub(super) fn new(global: &Global) -> Self {
        Self(Arc::new(OutputShared {
            mode: match (global.json, global.quiet) {
                (false, false) => OutputMode::Text,
                (false, true) => OutputMode::Quiet,
                (true, false) => OutputMode::Json,
                (true, true) => OutputMode::QuietJson,
            },
            log: global.log_format,
            stdout: paint(global.color, io::stdout().is_terminal()),
            stderr: paint(global.color, io::stderr().is_terminal()),
            bar: Mutex::new(None),
            lost: AtomicBool::new(false),
        }))
    }

    /// How text for stdout is coloured.
    pub(super) fn paint(&self) -> Paint {
        self.0.stdout
    }

    /// How what stderr has is written.
    pub(super) fn log_format(&self) -> LogFormat {
        self.0.log
    }

    pub(super) fn is_json(&self) -> bool {
        matches!(self.0.mode, OutputMode::Json | OutputMode::QuietJson)
    }

    pub(super) fn is_quiet(&self) -> bool {
        matches!(self.0.mode, OutputMode::Quiet | OutputMode::QuietJson)
    }

    /// Whether text for stdout is printed: what takes time to write need not be written for nobody.
    pub(super) fn shows_data(&self) -> bool {
        self.0.mode == OutputMode::Text
    }

    /// Prints data, unless JSON or nothing is wanted.
    pub(super) fn data(&self, text: impl AsRef<str>) {
        if self.0.mode == OutputMode::Text {
            self.stdout(text.as_ref());
        }
    }

    /// Prints data that is wanted whatever was said of JSON and quiet: a script, a manual page.
    pub(super) fn raw(&self, bytes: &[u8]) {
        let written = io::stdout().lock().write_all(bytes);
        self.written(written);
    }

    /// Prints the JSON document.
    pub(super) fn json(&self, document: &Envelope<'_>) {
        // Neither a map with odd keys nor a failing `Serialize` is in it.
        let text = serde_json::to_string_pretty(document).expect("every part of a document can be written as JSON");
        self.stdout(&text);
    }

    /// Prints one of several JSON documents, each of which is a line.
    pub(super) fn json_line(&self, document: &Envelope<'_>) {
        let text = serde_json::to_string(document).expect("every part of a document can be written as JSON");
        self.stdout(&text);
    }

    /// Tells people something, unless they want to hear of errors only.
    pub(super) fn note(&self, text: impl AsRef<str>) {
        self.tell("info", text, Map::new);
    }

    /// Tells people something of which machines are told more, unless they want to hear of errors only.
    pub(super) fn tell(&self, level: &'static str, text: impl AsRef<str>, fields: impl FnOnce() -> Map<String, Value>) {
        match self.0.log {
            _ if self.is_quiet() => {}
            LogFormat::Text => self.line(text.as_ref()),
            LogFormat::Json => self.line(&LogLine::new(now(), level, text.as_ref()).with(fields()).text()),
        }
    }

    /// Tells people of an error. In a JSON document it is there already; a log has it too.
    pub(super) fn error(&self, error: &Error, database: Option<&str>) {
        match self.0.log {
            LogFormat::Json => {
                let view = ErrorView::of(error, database);
                self.line(&LogLine::new(now(), "error", view.message.clone()).with_error(view).text());
            }
            LogFormat::Text if self.is_json() => {}
            LogFormat::Text => self.line(&with_colour(error, self.0.stderr)),
        }
    }

    /// Adds to an error what is not part of it.
    pub(super) fn after_error(&self, text: &str) {
        match self.0.log {
            LogFormat::Json => self.line(&LogLine::new(now(), "error", text).text()),
            LogFormat::Text if self.is_json() => {}
            LogFormat::Text => self.line(text),
        }
    }

    /// Puts a progress bar on the terminal, or takes it away.
    pub(super) fn set_bar(&self, bar: Option<ProgressBar>) {
        let mut place = self.0.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match bar {
            Some(bar) => *place = Some(bar),
            None => place.take().iter().for_each(ProgressBar::finish_and_clear),
        }
    }

    /// The error that not everything could be printed.
    pub(super) fn lost(&self) -> Option<Error> {
        self.0.lost.load(Ordering::Relaxed).then(|| {
            Error::new(Code::Io, "stdout cannot be written: what was printed is not complete")
                .with_hint("what the command did is done, all the same: `schemactl status` shows it")
        })
    }

    fn stdout(&self, text: &str) {
        let written = self.beside_bar(|| writeln!(io::stdout().lock(), "{text}"));
        self.written(written);
    }

    /// Prints a line to stderr as it is: whoever calls this has written it as the log wants it.
    pub(super) fn line(&self, text: &str) {
        // There is nobody left to tell that stderr cannot be written.
        let _ = self.beside_bar(|| writeln!(io::stderr().lock(), "{text}"));
    }

    fn beside_bar<T>(&self, print: impl FnOnce() -> T) -> T {
        let bar = self.0.bar.lock().unwrap_or_else(PoisonError::into_inner);
        match &*bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// A reader that leaves early, such as `head`, must not stop a migration, and is no failure.
    fn written(&self, written: io::Result<()>) {
        if written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe) {
            self.0.lost.store(true, Ordering::Relaxed);
        }
    }
}

/// The time for a log: UTC, as RFC 3339 with milliseconds.
pub(super) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn paint(choice: ColorChoice, terminal: bool) -> Paint {
    choose(choice, terminal, |name| std::env::var(name).unwrap_or_default())
}

/// <https://no-color.org>, <https://bixense.com/clicolors>: what is asked for first, then never, then always.
fn choose(choice: ColorChoice, terminal: bool, variable: impl Fn(&str) -> String) -> Paint {
    let coloured = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if !variable("NO_COLOR").is_empty() => false,
        ColorChoice::Auto if !matches!(variable("CLICOLOR_FORCE").as_str(), "" | "0") => true,
        ColorChoice::Auto => terminal && variable("TERM") != "dumb",
    };
    if coloured { Paint::Coloured } else { Paint::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_there_is_colour() {
        let with = |choice, terminal, variables: &'static [(&'static str, &'static str)]| {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
            choose(choice, terminal, |name| variable(name).to_owned()) == Paint::Coloured
        };
        assert!(with(ColorChoice::Auto, true, &[]));
        assert!(!with(ColorChoice::Auto, false, &[]));
        assert!(!with(ColorChoice::Auto, true, &[("TERM", "dumb")]));
        assert!(!with(ColorChoice::Auto, true, &[("NO_COLOR", "0"), ("CLICOLOR_FORCE", "1")]));
        assert!(with(ColorChoice::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!with(ColorChoice::Auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(with(ColorChoice::Always, false, &[("NO_COLOR", "1"), ("TERM", "dumb")]));
        assert!(!with(ColorChoice::Never, true, &[("CLICOLOR_FORCE", "1")]));
    }
}
