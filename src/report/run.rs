use serde::Serialize;

use super::{DatabaseView, ErrorView, duration};
use crate::event::Action;

/// What `up` or `down` did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RunDocument {
    pub(crate) databases: Vec<RunView>,
    /// The names of databases that were not begun, since one before them failed.
    pub(crate) not_begun: Vec<String>,
}

/// What was done to one database.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RunView {
    #[serde(flatten)]
    pub(crate) database: DatabaseView,
    pub(crate) steps: Vec<StepView>,
    pub(crate) error: Option<ErrorView>,
}

/// A step that is done and recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StepView {
    pub(crate) action: &'static str,
    pub(crate) version: i64,
    pub(crate) description: String,
    pub(crate) duration_ms: u64,
    /// Why it was only recorded, of one that was skipped.
    pub(crate) reason: Option<String>,
}

impl StepView {
    /// `applied 3 create_orders (12 ms)`.
    pub(crate) fn text(&self, action: Action) -> String {
        let Self { version, description, .. } = self;
        match &self.reason {
            Some(reason) => format!("{} {version} {description}: {reason}", action.past()),
            None => format!("{} {version} {description} ({})", action.past(), duration(self.duration_ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_line() {
        let line = |action: Action, duration_ms, reason: Option<&str>| {
            let reason = reason.map(str::to_owned);
            let view =
                StepView { action: action.as_str(), version: 3, description: "graph".to_owned(), duration_ms, reason };
            view.text(action)
        };
        assert_eq!(line(Action::Apply, 12, None), "applied 3 graph (12 ms)");
        assert_eq!(line(Action::Revert, 1_234, None), "reverted 3 graph (1.2 s)");
        assert_eq!(line(Action::Forget, 0, Some("it was skipped")), "forgotten 3 graph: it was skipped");
        let reason = "extension age is not available";
        assert_eq!(line(Action::Skip, 0, Some(reason)), "skipped 3 graph: extension age is not available");
    }
}
