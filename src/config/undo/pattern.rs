use crate::catalog::{NoPattern, is_like};
use crate::config::dotted::dotted;

/// Columns whose values are never kept: `users.email`, `*.password`, or `users` for all of a table. `*` stands for any letters, `?` for one.
/// Case does not count. The names are in small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UndoPattern {
    Table {
        table: String,
    },
    /// A table and a column, or a schema and a table: what either way of reading fits is not kept.
    Two {
        first: String,
        second: String,
    },
    Column {
        schema: String,
        table: String,
        column: String,
    },
}

impl UndoPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, NoPattern> {
        let no = |reason: &str, hint: Option<String>| NoPattern { reason: reason.to_owned(), hint };
        let text = text.trim();
        if text.is_empty() {
            return Err(no("it is empty", None));
        }
        if let Some((kind, name)) = text.split_once(char::is_whitespace)
            && matches!(kind, "table" | "column")
        {
            return Err(no("no kind of object stands before a name here", Some(format!("write `{}`", name.trim()))));
        }
        if has_bare_space(text) {
            let hint = "for example: `\"my table\".note`";
            return Err(no("a name with a space stands in double quotes", Some(hint.to_owned())));
        }
        match dotted(&text.to_lowercase()).as_deref() {
            Some([table]) => Ok(Self::Table { table: table.clone() }),
            Some([first, second]) => Ok(Self::Two { first: first.clone(), second: second.clone() }),
            Some([schema, table, column]) => {
                Ok(Self::Column { schema: schema.clone(), table: table.clone(), column: column.clone() })
            }
            _ => {
                let hint = "a name that has a dot of its own is in double quotes: `\"a.b\".c`";
                Err(no("it is no name of `table`, `table.column` or `schema.table.column`", Some(hint.to_owned())))
            }
        }
    }

    /// Whether the values of a column are not kept. Where no schema is known, one that is named counts as that of the table.
    pub(super) fn fits(&self, schema: Option<&str>, table: &str, column: &str) -> bool {
        let is = |pattern: &str, name: &str| is_like(pattern, &name.to_lowercase());
        match self {
            Self::Table { table: pattern } => is(pattern, table),
            Self::Two { first, second } => {
                is(first, table) && is(second, column)
                    || schema.is_some_and(|schema| is(first, schema) && is(second, table))
            }
            Self::Column { schema: of_schema, table: of_table, column: of_column } => {
                schema.is_none_or(|schema| is(of_schema, schema)) && is(of_table, table) && is(of_column, column)
            }
        }
    }
}

impl UndoPattern {
    /// Whether a name may be that of what it is about: the last one that it has, or of two either.
    pub(super) fn may_name(&self, name: &str) -> bool {
        let is = |pattern: &str| is_like(pattern, &name.to_lowercase());
        match self {
            Self::Table { table } => is(table),
            Self::Two { second, .. } => is(second),
            Self::Column { column, .. } => is(column),
        }
    }
}

/// Whether a space stands outside of double quotes.
fn has_bare_space(text: &str) -> bool {
    text.split('"').step_by(2).any(|bare| bare.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pattern_is_said() {
        for (text, reason, hint) in [
            (" ", "it is empty", ""),
            ("users.", "it is no name of `table`", "a name that has a dot"),
            (".email", "it is no name of `table`", ""),
            ("a.b.c.d", "it is no name of `table`, `table.column` or `schema.table.column`", ""),
            ("\"users", "it is no name", ""),
            ("table users", "no kind of object stands before a name here", "write `users`"),
            ("column users.email", "no kind of object", "write `users.email`"),
            ("my table.note", "a name with a space stands in double quotes", "for example"),
            ("users. email", "a name with a space", ""),
        ] {
            let no = UndoPattern::parse(text).unwrap_err();
            assert!(no.reason.starts_with(reason), "{text}: {}", no.reason);
            assert!(no.hint.unwrap_or_default().starts_with(hint), "{text}");
        }
        assert!(UndoPattern::parse("\"my table\".\"a \"\"note\"\"\"").is_ok());
    }
}
