use std::borrow::Cow;
use std::fmt;

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::{Dialect, Name, Plain, Strings};

/// Data that is there before a script runs, and gone after it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Loss {
    /// A table's rows.
    Rows { table: Name<'static> },
    /// A column's values.
    Values { table: Name<'static>, column: String },
    /// What a column's values have, and the type that they become has no place for. `how` is `from numeric to integer`.
    Converted { table: Name<'static>, column: String, how: String },
    /// Rows of a table that stays are deleted.
    Deleted { table: Name<'static> },
    /// Rows of a table that stays get other values.
    Changed { table: Name<'static> },
    /// Something else, which cannot be counted: one sentence.
    Other { what: String },
}

/// Stands before a sentence in a directive, so that a misspelt word is not taken for one.
const OTHER: &str = "other:";

/// Stands before how values are converted.
const CONVERTED: &str = "converted ";

/// Stand after a table's name, where rows of it go or change and the table stays.
const DELETED: &str = "deleted";
const CHANGED: &str = "changed";

/// What holds data: a table, or a column of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataHolder<'a> {
    pub(crate) table: &'a Name<'static>,
    pub(crate) column: Option<&'a str>,
}

impl Loss {
    /// What holds the data.
    pub(crate) fn holder(&self) -> Option<DataHolder<'_>> {
        match self {
            Self::Rows { table } | Self::Deleted { table } | Self::Changed { table } => {
                Some(DataHolder { table, column: None })
            }
            Self::Values { table, column } | Self::Converted { table, column, .. } => {
                Some(DataHolder { table, column: Some(column) })
            }
            Self::Other { .. } => None,
        }
    }

    /// The table, where there is one.
    fn table_mut(&mut self) -> Option<&mut Name<'static>> {
        match self {
            Self::Rows { table }
            | Self::Values { table, .. }
            | Self::Converted { table, .. }
            | Self::Deleted { table }
            | Self::Changed { table } => Some(table),
            Self::Other { .. } => None,
        }
    }

    /// The same of a table that is named without its schema.
    pub(crate) fn without_schema(mut self) -> Self {
        if let Some(table) = self.table_mut() {
            table.schema = None;
        }
        self
    }

    /// The sentence for a person: `column orders.total is dropped with its values`.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Rows { .. } => format!("{self} is dropped with its rows"),
            Self::Values { .. } => format!("{self} is dropped with its values"),
            Self::Converted { how, .. } => format!("values of {self} are converted {how}"),
            Self::Deleted { .. } => format!("rows of {self} are deleted"),
            Self::Changed { .. } => format!("rows of {self} are changed"),
            Self::Other { what } => what.clone(),
        }
    }

    /// The value of a directive that says the same: one line, which [`Loss::parse`] reads.
    pub(crate) fn directive(&self) -> String {
        let text = match self {
            Self::Rows { .. } | Self::Values { .. } => self.to_string(),
            Self::Converted { how, .. } => format!("{self} {CONVERTED}{how}"),
            Self::Deleted { table } => format!("rows {} {DELETED}", table.plain()),
            Self::Changed { table } => format!("rows {} {CHANGED}", table.plain()),
            Self::Other { what } => format!("{OTHER} {what}"),
        };
        if text.contains(char::is_control) {
            // What has a line end in its name cannot be named in a line. It is not counted then, and so never taken for empty.
            let words: Vec<_> = text.trim_start_matches(OTHER).split(char::is_control).map(str::trim).collect();
            return format!("{OTHER} {}", words.join(" ").trim());
        }
        text
    }

    /// Reads the value of a directive; the reason where it is none. Names are read as SQL has them: in lower case, unless they are
    /// quoted.
    pub(crate) fn parse(value: &str) -> Result<Self, String> {
        if let Some(what) = value.strip_prefix(OTHER).map(str::trim) {
            return match what {
                "" => Err(format!("`{OTHER}` alone: what is lost follows it")),
                what => Ok(Self::Other { what: what.to_owned() }),
            };
        }
        let mut cursor = Cursor::new(Dialect::Postgres, Strings::Standard, value);
        let word = cursor.any_word().unwrap_or_default();
        let mut name = dotted(&mut cursor).into_iter().rev();
        let rest = cursor.rest();
        let loss = match (word, name.next(), name.next(), name.next(), name.next()) {
            ("table", Some(name), schema, None, None) if rest.is_empty() => {
                Some(Self::Rows { table: Name { schema, name } })
            }
            ("rows", Some(name), schema, None, None) if rest == DELETED => {
                Some(Self::Deleted { table: Name { schema, name } })
            }
            ("rows", Some(name), schema, None, None) if rest == CHANGED => {
                Some(Self::Changed { table: Name { schema, name } })
            }
            ("column", Some(column), Some(name), schema, None) => of_column(Name { schema, name }, &column, rest),
            _ => None,
        };
        loss.ok_or_else(|| {
            format!(
                "`{value}`: it is `table <name>`, `column <table>.<name>`, `rows <table> {DELETED}`, `rows <table> {CHANGED}` \
                 or `{OTHER} <what is lost>`"
            )
        })
    }
}

fn of_column(table: Name<'static>, column: &str, rest: &str) -> Option<Loss> {
    let column = column.to_owned();
    match rest.strip_prefix(CONVERTED).map(str::trim) {
        Some(how) if !how.is_empty() => Some(Loss::Converted { table, column, how: how.to_owned() }),
        None if rest.is_empty() => Some(Loss::Values { table, column }),
        _ => None,
    }
}

/// Names with dots between them; none where a dot has none beside it.
fn dotted(cursor: &mut Cursor<'_>) -> Vec<Cow<'static, str>> {
    let mut parts = Vec::new();
    loop {
        let Some(part) = cursor.part() else { return Vec::new() };
        parts.push(Cow::Owned(part.into_owned()));
        if cursor.take(TokenKind::Dot).is_none() {
            return parts;
        }
    }
}

/// `table orders`, `column orders.total`, or the sentence: names are quoted where they must be.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows { table } | Self::Deleted { table } | Self::Changed { table } => {
                write!(f, "table {}", table.plain())
            }
            Self::Values { table, column } | Self::Converted { table, column, .. } => {
                write!(f, "column {}.{}", table.plain(), Plain(column))
            }
            Self::Other { what } => f.write_str(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(schema: Option<&'static str>, name: &'static str) -> Name<'static> {
        Name { schema: schema.map(Cow::Borrowed), name: Cow::Borrowed(name) }
    }

    fn all() -> Vec<(Loss, &'static str)> {
        let column = |name: &str| name.to_owned();
        vec![
            (Loss::Rows { table: table(None, "orders") }, "table orders"),
            (Loss::Rows { table: table(Some("Core"), "a \"b\"") }, "table \"Core\".\"a \"\"b\"\"\""),
            (Loss::Values { table: table(None, "orders"), column: column("total") }, "column orders.total"),
            (
                Loss::Values { table: table(Some("core"), "Orders"), column: column("1.x") },
                "column core.\"Orders\".\"1.x\"",
            ),
            (Loss::Rows { table: table(None, "größe") }, "table \"größe\""),
            (Loss::Rows { table: table(None, "") }, "table \"\""),
            (
                Loss::Converted { table: table(None, "t"), column: column("a"), how: "from numeric to integer".into() },
                "column t.a converted from numeric to integer",
            ),
            (Loss::Other { what: "whatever was told".into() }, "other: whatever was told"),
            (Loss::Deleted { table: table(None, "orders") }, "rows orders deleted"),
            (Loss::Changed { table: table(Some("core"), "a b") }, "rows core.\"a b\" changed"),
        ]
    }

    #[test]
    fn a_directive_says_the_same() {
        for (loss, text) in all() {
            assert_eq!(loss.directive(), text);
            assert_eq!(Loss::parse(text).as_ref(), Ok(&loss));
        }
        assert_eq!(Loss::parse("column Orders . TOTAL"), Ok(all()[2].0.clone()));
    }

    #[test]
    fn a_name_that_no_line_can_hold_is_not_named() {
        let loss = Loss::Rows { table: table(None, "a\nDROP TABLE b; --") };
        assert_eq!(loss.directive(), "other: table \"a DROP TABLE b; --\"");
        assert!(matches!(Loss::parse(&loss.directive()), Ok(Loss::Other { .. })));
        assert_eq!(Loss::Other { what: "a\r\nb".into() }.directive(), "other: a  b");
    }

    #[test]
    fn what_is_no_loss() {
        for text in [
            "",
            "table",
            "tabel orders",
            "table a.b.c",
            "table a b",
            "table a.",
            "table .a",
            "column a",
            "column a.b.c.d",
            "column a.b converted",
            "column a.b lost",
            "other:",
            "other: ",
            "rows",
            "rows a",
            "rows a lost",
            "rows deleted",
            "rows a.b.c deleted",
            "rows a deleted b",
            "orders",
            "table 'a'",
            "table \"a",
        ] {
            assert!(Loss::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sentences() {
        let sentences: Vec<_> = all().into_iter().map(|(loss, _)| loss.sentence()).collect();
        assert_eq!(sentences[0], "table orders is dropped with its rows");
        assert_eq!(sentences[2], "column orders.total is dropped with its values");
        assert_eq!(sentences[6], "values of column t.a are converted from numeric to integer");
        assert_eq!(sentences[7], "whatever was told");
        assert_eq!(sentences[8], "rows of table orders are deleted");
        assert_eq!(sentences[9], "rows of table core.\"a b\" are changed");
    }
}
