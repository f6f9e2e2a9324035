//! PostgreSQL: whether a script uses an enum value that it has added.
//!
//! ALTER TYPE ... ADD VALUE may run in a transaction since PostgreSQL 12, but a later statement of that transaction that uses
//! the value fails: "unsafe use of new value". Tried on 15: it does so even where the transaction also made the type.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::split::Statement;
use super::text::string_value;
use super::{Dialect, StatementKind};

/// Follows the statements of a script.
#[derive(Debug, Default)]
pub(super) struct EnumValues<'a> {
    added: Vec<AddedEnumValue<'a>>,
}

#[derive(Debug)]
struct AddedEnumValue<'a> {
    /// Which statement of the script added it.
    by: usize,
    value: Cow<'a, str>,
    /// The value as a string within a function's body.
    quoted: String,
}

impl<'a> EnumValues<'a> {
    /// Takes statement number `index`. If it uses a value that was added, returns which statement added it.
    pub(super) fn see(&mut self, index: usize, statement: &Statement<'a>) -> Option<usize> {
        match &statement.kind {
            // `ADD VALUE 'b' AFTER 'a'` is no use of 'a'.
            StatementKind::AddEnumValue { value, .. } => {
                let quoted = format!("'{}'", value.replace('\'', "''"));
                self.added.push(AddedEnumValue { by: index, value: value.clone(), quoted });
            }
            _ if self.added.is_empty() => {}
            _ => return self.first_used(statement),
        }
        None
    }

    fn first_used(&self, statement: &Statement<'_>) -> Option<usize> {
        let in_rows =
            |added: &&AddedEnumValue<'_>| statement.copy_data.is_some_and(|rows| rows.contains(&*added.value));
        let by_rows = self.added.iter().find(in_rows).map(|added| added.by);
        let by_text = Cursor::new(Dialect::Postgres, statement.strings, statement.text)
            .tokens()
            .filter(|(kind, _)| matches!(kind, TokenKind::Literal | TokenKind::DollarLiteral))
            .filter_map(|(_, text)| self.used_in(&string_value(text)))
            .min();
        by_rows.into_iter().chain(by_text).min()
    }

    /// A string uses a value that it is, or that is a string within it, as it is where the outer one is a body.
    fn used_in(&self, string: &str) -> Option<usize> {
        let uses = |added: &&AddedEnumValue<'_>| string == added.value || string.contains(&added.quoted);
        self.added.iter().find(uses).map(|added| added.by)
    }
}
