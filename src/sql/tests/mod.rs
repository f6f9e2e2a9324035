//! Tests of the splitter: scripts that are easy to cut wrong, and the same properties for any script.

mod errors;
mod postgres;
mod properties;
mod sqlite;

use super::{Dialect, Statement, SyntaxError, statements};

/// A script, and the text of its statements.
type Case = (&'static str, &'static [&'static str]);

fn check(dialect: Dialect, cases: &[Case]) {
    for (script, expected) in cases {
        let texts: Vec<_> = cut(dialect, script).unwrap().iter().map(|statement| statement.text).collect();
        assert_eq!(texts, *expected, "{script:?}");
    }
}

fn cut(dialect: Dialect, script: &str) -> Result<Vec<Statement<'_>>, SyntaxError> {
    statements(dialect, script).collect()
}
