//! The SQL of steps, in the log.

use crate::config::mask_statement;
use crate::database::Job;

/// Writes the statements of a step to the log, where somebody wants to see them.
pub(super) fn log_sql(job: &Job<'_>) {
    if !tracing::enabled!(target: SQL, tracing::Level::DEBUG) {
        return;
    }
    for statement in job.analysis.statements_of(job.step.script().text()).flatten() {
        log_statement(statement.text);
    }
}

/// Writes a statement to the log.
pub(super) fn log_statement(text: &str) {
    if tracing::enabled!(target: SQL, tracing::Level::DEBUG) {
        tracing::debug!(target: SQL, "{}", mask_statement(text));
    }
}

/// The target of SQL, in the log.
const SQL: &str = "schemactl::sql";
