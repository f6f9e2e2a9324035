//! What `--log-format json` prints to stderr: one object a line.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ErrorView;
use crate::duration::milliseconds;
use crate::event::Event;

/// One line. Empty fields are left out.
#[derive(Debug, Serialize)]
pub(crate) struct LogLine {
    /// UTC, as RFC 3339 with milliseconds.
    time: String,
    level: &'static str,
    message: String,
    #[serde(flatten)]
    fields: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorView>,
}

impl LogLine {
    pub(crate) fn new(time: String, level: &'static str, message: impl Into<String>) -> Self {
        Self { time, level, message: message.into(), fields: Map::new(), error: None }
    }

    /// Adds what belongs to the message. What a line has already counts more.
    #[must_use]
    pub(crate) fn with(mut self, fields: Map<String, Value>) -> Self {
        for (name, value) in fields {
            if !["time", "level", "message", "error"].contains(&name.as_str()) {
                self.fields.insert(name, value);
            }
        }
        self
    }

    #[must_use]
    pub(crate) fn with_error(mut self, error: ErrorView) -> Self {
        self.error = Some(error);
        self
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("every part of a line can be written as JSON")
    }
}

/// An event of a run, for people who read and for machines.
pub(crate) fn of_event(event: &Event) -> (&'static str, Map<String, Value>) {
    let (level, value) = match event {
        Event::Planned { steps } => ("info", json!({ "event": "planned", "steps": steps })),
        Event::TakenOver { text: _ } => ("info", json!({ "event": "taken-over" })),
        Event::WaitingForLock { holder, waited } => {
            ("info", json!({ "event": "waiting-for-lock", "holder": holder, "waited_ms": ms(*waited) }))
        }
        Event::StepStarted { action, version, description, number, steps, statements } => (
            "info",
            json!({
                "event": "step-started", "action": action.as_str(), "version": version.get(), "description": description,
                "number": number, "steps": steps, "statements": statements,
            }),
        ),
        Event::Progress { version, done, statements } => {
            ("info", json!({ "event": "progress", "version": version.get(), "done": done, "statements": statements }))
        }
        Event::Retrying { version, attempt, pause, cause } => (
            "warn",
            json!({
                "event": "retrying", "version": version.get(), "attempt": attempt, "pause_ms": ms(*pause), "cause": cause,
            }),
        ),
        Event::RepairingIndex { index } => ("info", json!({ "event": "repairing-index", "index": index })),
        Event::Notice { severity, message: _ } => {
            let level = if severity == "WARNING" { "warn" } else { "info" };
            (level, json!({ "event": "notice", "severity": severity }))
        }
        Event::Note { version, text: _ } => ("warn", json!({ "event": "note", "version": version.get() })),
        Event::FingerprintNotRecorded { cause } => {
            ("warn", json!({ "event": "fingerprint-not-recorded", "cause": cause }))
        }
        Event::StepFinished { action, version, description, number, steps, elapsed, reason, notes } => (
            "info",
            json!({
                "event": "step-finished", "action": action.as_str(), "version": version.get(), "description": description,
                "number": number, "steps": steps, "duration_ms": ms(*elapsed), "reason": reason, "notes": notes,
            }),
        ),
    };
    let Value::Object(fields) = value else { unreachable!("each of them is an object") };
    (level, fields)
}

fn ms(time: Duration) -> u64 {
    milliseconds(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Error};
    use crate::event::Action;
    use crate::version::Version;

    #[test]
    fn a_line_is_an_object() {
        let version = Version::new(7).unwrap();
        let event = Event::StepFinished {
            action: Action::Apply,
            version,
            description: "add \"total\"\n".to_owned(),
            number: 2,
            steps: 3,
            elapsed: Duration::from_micros(12_900),
            reason: None,
            notes: Vec::new(),
        };
        let (level, fields) = of_event(&event);
        let line = LogLine::new("2026-11-04T09:30:00.123Z".to_owned(), level, event.to_string()).with(fields);
        assert_eq!(
            serde_json::from_str::<Value>(&line.text()).unwrap(),
            json!({
                "time": "2026-11-04T09:30:00.123Z", "level": "info", "message": event.to_string(), "event": "step-finished",
                "action": "apply", "version": 7, "description": "add \"total\"\n", "number": 2, "steps": 3,
                "duration_ms": 12, "reason": null, "notes": [],
            })
        );
        assert_eq!(line.text().lines().count(), 1);
        let error = Error::new(Code::Usage, "no");
        let line = LogLine::new(String::new(), "error", "no").with_error(ErrorView::of(&error, Some("shop")));
        assert!(line.text().contains("\"error\":{\"code\":\"E0107\",\"message\":\"no\",\"database\":\"shop\""));
    }
}
