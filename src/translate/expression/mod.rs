//! Expressions of SQLite as PostgreSQL means the same: what is not known to mean the same is not translated.

mod kind;
mod lexeme;
mod parse;
mod syntax;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use self::kind::{ScopeColumn, Use, ValueKind};
pub(crate) use self::lexeme::{Lexeme, lexemes};
pub(crate) use self::parse::{ExprParser, parse};
pub(crate) use self::syntax::Expr;
pub(crate) use self::write::{Scope, quoted_text};

/// Why something is not translated: one lowercase fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Untranslated {
    pub(crate) reason: String,
}

impl Untranslated {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}
