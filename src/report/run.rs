use serde::Serialize;

use super::{DatabaseView, ErrorView, duration};
use crate::event::Action;
use crate::version::Version;

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
}

/// `applied 3 create_orders (12 ms)`.
pub(crate) fn step_line(action: Action, version: Version, description: &str, duration_ms: u64) -> String {
    let done = action.past();
    match action {
        Action::Skip => format!("{done} {version} {description}: what it requires is not available"),
        _ => format!("{done} {version} {description} ({})", duration(duration_ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_line() {
        let version = Version::new(3).unwrap();
        assert_eq!(step_line(Action::Apply, version, "create_orders", 12), "applied 3 create_orders (12 ms)");
        assert_eq!(step_line(Action::Revert, version, "create_orders", 1_234), "reverted 3 create_orders (1.2 s)");
        assert_eq!(step_line(Action::Skip, version, "graph", 0), "skipped 3 graph: what it requires is not available");
    }
}
