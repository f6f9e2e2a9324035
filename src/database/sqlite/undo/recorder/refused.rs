//! Scripts of which nothing is kept.

use super::Recorder;
use crate::database::Job;
use crate::sql::StatementKind;

impl Recorder<'_> {
    /// What a script does that changes what triggers see, or takes back what they note.
    pub(super) fn refuse_script(&mut self, job: &Job<'_>) {
        let statements = job.analysis.statements_of(job.step.script().text()).flatten();
        for statement in statements {
            let word = statement.text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            if ["savepoint", "release", "rollback"].iter().any(|known| word.starts_with(known)) {
                // What is rolled back within the step takes what was noted with it.
                self.give_up("the step has savepoints".to_owned());
            }
            if let StatementKind::Pragma(pragma) = &statement.kind
                && ["recursive_triggers", "writable_schema", "ignore_check_constraints"]
                    .iter()
                    .any(|name| pragma.is(name))
            {
                self.give_up(format!("the step sets PRAGMA {}", pragma.name));
            }
        }
    }
}
