//! Transactions that a file of another tool begins and ends itself.

use std::ops::Range;

use crate::source::Script;
use crate::sql::{self, AnalysisError, Control, Dialect, StatementKind};

/// Makes BEGIN and COMMIT blank where a runner could not take the file as the one transaction that it asks for, such as
/// where a statement that cannot be in one stands beside them. A ROLLBACK stays, and is an
/// error: what would be left of the file, nobody can tell from its text.
pub(super) fn take_out(script: &mut Script, dialect: Dialect) {
    if !matches!(sql::analyse(dialect, script.text()), Err(AnalysisError::TransactionControl { .. })) {
        return;
    }
    let is_control = |kind: &StatementKind<'_>| {
        matches!(kind, StatementKind::Transaction(Control::Begin | Control::BeginWith | Control::Commit))
    };
    let statements = sql::statements(dialect, script.text()).map_while(Result::ok);
    let spans: Vec<Range<usize>> =
        statements.filter(|found| is_control(&found.kind)).map(|found| found.span()).collect();
    let mut text = script.text().to_owned();
    for span in spans {
        text.replace_range(span.clone(), &" ".repeat(span.len()));
    }
    *script = Script::new(script.path().to_owned(), text);
}
