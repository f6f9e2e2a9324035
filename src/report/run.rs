use serde::Serialize;

use super::{BackupView, DatabaseView, ErrorView, duration};
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
    /// What is to be known of the database as a whole, a sentence each.
    pub(crate) notes: Vec<String>,
    /// The one that was made before the first step.
    pub(crate) backup: Option<BackupView>,
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
    /// What a down left alone, since it was there before the migration.
    pub(crate) notes: Vec<String>,
}

impl StepView {
    /// `applied 3 create_orders (12 ms)`, and a line for each note.
    pub(crate) fn text(&self, action: Action) -> String {
        let Self { version, description, .. } = self;
        let step = match &self.reason {
            Some(reason) => format!("{} {version} {description}: {reason}", action.past()),
            None => format!("{} {version} {description} ({})", action.past(), duration(self.duration_ms)),
        };
        std::iter::once(step).chain(self.notes.iter().map(|note| format!("  {note}"))).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_line() {
        let line = |action: Action, duration_ms, reason: Option<&str>| {
            let reason = reason.map(str::to_owned);
            let (action_word, description, notes) = (action.as_str(), "graph".to_owned(), Vec::new());
            let view = StepView { action: action_word, version: 3, description, duration_ms, reason, notes };
            view.text(action)
        };
        assert_eq!(line(Action::Apply, 12, None), "applied 3 graph (12 ms)");
        assert_eq!(line(Action::Revert, 1_234, None), "reverted 3 graph (1.2 s)");
        assert_eq!(line(Action::Forget, 0, Some("it was skipped")), "forgotten 3 graph: it was skipped");
        let reason = "extension age is not available";
        assert_eq!(line(Action::Skip, 0, Some(reason)), "skipped 3 graph: extension age is not available");
    }
}
