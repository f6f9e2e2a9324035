//! Log lines of the library, to stderr: warnings always, more with `--verbose` or `RUST_LOG`.

use std::fmt;
use std::io;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use super::args::Global;
use super::output::{LogFormat, Output, now};
use crate::event::{BEGUN, HAPPENED};
use crate::report::LogLine;

/// Begins to log. What is typed counts more than `RUST_LOG`, which may say more of other crates.
pub(super) fn start(global: &Global, output: &Output) {
    let variable = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let (asked, wrong) = match variable.map(|filter| EnvFilter::try_new(&filter).map_err(|error| (filter, error))) {
        Some(Ok(filter)) => (Some(filter), None),
        Some(Err(wrong)) => (None, Some(wrong)),
        None => (None, None),
    };
    let has_time = asked.is_some();
    let filter = filter(global, output.log_format(), asked);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Lines(output.clone())).with_ansi(false);
    match (output.log_format(), has_time) {
        (LogFormat::Json, _) => lines.event_format(Json).init(),
        (LogFormat::Text, true) => lines.with_timer(Utc).init(),
        (LogFormat::Text, false) => lines.without_time().with_target(false).init(),
    }
    if let Some((filter, error)) = wrong {
        tracing::warn!("RUST_LOG cannot be `{filter}`: {error}");
    }
}

fn filter(global: &Global, format: LogFormat, asked: Option<EnvFilter>) -> EnvFilter {
    let typed = match (global.quiet, global.verbose) {
        (true, _) => Some("error"),
        (false, 0) => None,
        (false, 1) => Some("info"),
        (false, _) => Some("debug"),
    };
    let level = typed.or(asked.is_none().then_some("warn"));
    let is_asked = asked.is_some();
    let mut filter = asked.unwrap_or_default();
    let mut add = |directive: String| {
        filter = std::mem::take(&mut filter).add_directive(directive.parse().expect("the directives are constants"));
    };
    if let Some(level) = level {
        add(format!("schemactl={level}"));
    }
    // What the command tells of itself: as objects of their own, or on stdout and beside the bar.
    match format {
        LogFormat::Json => [BEGUN, HAPPENED].iter().for_each(|target| add(format!("{target}=off"))),
        LogFormat::Text if !is_asked => add(format!("{HAPPENED}=off")),
        LogFormat::Text => {}
    }
    filter
}

/// `2026-11-04T09:30:00.123Z`.
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&now())
    }
}

/// One object a line.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = match *metadata.level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        fields.0.insert("target".to_owned(), Value::from(metadata.target()));
        let message = fields.0.remove("message").and_then(|message| message.as_str().map(str::to_owned));
        let line = LogLine::new(now(), level, message.unwrap_or_default()).with(fields.0);
        writeln!(writer, "{}", line.text())
    }
}

/// The fields of a line, and its message among them.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), Value::from(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }
}

/// Writes whole lines beside a progress bar.
struct Lines(Output);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = TraceLine;

    fn make_writer(&'a self) -> TraceLine {
        TraceLine(self.0.clone())
    }
}

struct TraceLine(Output);

impl io::Write for TraceLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.line(String::from_utf8_lossy(bytes).trim_end());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
