//! The keys of a section that are lists: `ignore`, `schemas`, `ignore_undo`.

use std::ops::Range;

use super::{ConfigReader, IGNORE, IGNORE_UNDO, SCHEMAS};
use crate::catalog::{NoPattern, Pattern};
use crate::config::redact;
use crate::config::setting::schema;
use crate::config::undo::{IgnoredUndo, UndoPattern};
use crate::document::TomlValue;
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;

impl ConfigReader<'_> {
    pub(super) fn patterns(&self, value: &TomlValue<'_>) -> Result<Vec<Pattern>> {
        let pattern = |(text, span): (&str, Range<usize>)| {
            Pattern::parse(text).map_err(|no| self.no_pattern(IGNORE, (text, span), no))
        };
        self.document.strings(Code::InvalidValue, IGNORE, value, "table audit_*")?.into_iter().map(pattern).collect()
    }

    pub(super) fn undo_patterns(&self, dialect: Dialect, value: &TomlValue<'_>) -> Result<Vec<IgnoredUndo>> {
        let pattern = |(text, span): (&str, Range<usize>)| {
            let parsed = IgnoredUndo::parse(text).and_then(|ignored| match ignored.pattern {
                UndoPattern::Column { .. } if dialect == Dialect::Sqlite => Err(NoPattern {
                    reason: "SQLite has no schemas".to_owned(),
                    hint: Some("a name that has a dot of its own is in double quotes: `\"a.b\".c`".to_owned()),
                }),
                _ => Ok(ignored.at(self.document.place(span.clone()))),
            });
            parsed.map_err(|no| self.no_pattern(IGNORE_UNDO, (text, span), no))
        };
        self.document.strings(Code::InvalidValue, IGNORE_UNDO, value, "users.email")?.into_iter().map(pattern).collect()
    }

    fn no_pattern(&self, key: &str, (text, span): (&str, Range<usize>), no: NoPattern) -> Error {
        let message = format!("`{key}` cannot have `{}`: {}", redact(text), no.reason);
        no.hint.into_iter().fold(self.document.error(Code::InvalidValue, span, message), Error::with_hint)
    }

    pub(super) fn schemas(&self, dialect: Dialect, value: &TomlValue<'_>) -> Result<Vec<String>> {
        let schema = |(text, span)| self.schema(dialect, SCHEMAS, text, span);
        let schemas: Vec<String> = self
            .document
            .strings(Code::InvalidValue, SCHEMAS, value, "app")?
            .into_iter()
            .map(schema)
            .collect::<Result<_>>()?;
        if schemas.is_empty() {
            let message = format!("`{SCHEMAS}` names no schema");
            return Err(self
                .document
                .error(Code::InvalidValue, value.span(), message)
                .with_hint("leave the key out where all schemas count"));
        }
        Ok(schemas)
    }

    pub(super) fn schema(&self, dialect: Dialect, key: &str, text: &str, span: Range<usize>) -> Result<String> {
        schema(dialect, text).map(str::to_owned).map_err(|why| {
            let message = format!("`{key}` cannot have `{}`: {}", redact(text), why.reason);
            self.document.error(Code::InvalidValue, span, message)
        })
    }
}
