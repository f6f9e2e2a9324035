//! What SQLite keeps as it was typed.

use std::borrow::Cow;

use super::field::Value;
use super::rule::RuleKind;

/// A text in normal form, and the constraints that it holds. The text alone counts.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    #[allow(
        dead_code,
        reason = "what compares catalogs goes by the text; what leads to another backend goes by these"
    )]
    pub(crate) rules: Vec<RuleKind>,
}

#[cfg(feature = "sqlite")]
impl Written {
    /// What follows the name of a column.
    pub(crate) fn column(name: &str, text: &str) -> Self {
        let rules = super::rule::of_column(crate::sql::Dialect::Sqlite, name, text);
        Self { text: text.to_owned(), rules }
    }

    /// The constraints that stand beside the columns of a table.
    pub(crate) fn constraints(texts: &[String]) -> Self {
        let read = |text: &String| Some(super::Rule::read(crate::sql::Dialect::Sqlite, text)?.kind);
        Self { text: texts.join(" , "), rules: texts.iter().filter_map(read).collect() }
    }
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Written {}

impl Value for Written {
    fn parse(text: &str) -> Option<Self> {
        Some(Self { text: text.to_owned(), rules: Vec::new() })
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::catalog::Rule;

    #[test]
    fn the_constraints_of_a_column_are_read() {
        let text = "integer default ( 1 + 2 ) not null references p ( id ) on delete cascade unique check ( a > 0 )";
        let words: Vec<&str> = Written::column("a", text).rules.iter().map(RuleKind::word).collect();
        assert_eq!(words, ["FOREIGN KEY", "UNIQUE", "CHECK"]);
        assert_eq!(Written::column("id", "integer primary key autoincrement").rules.len(), 1);
    }

    #[test]
    fn those_of_a_table_may_have_a_name() {
        let texts = ["constraint pairs foreign key ( a , b ) references p".to_owned(), "unique ( a )".to_owned()];
        let written = Written::constraints(&texts);
        let RuleKind::ForeignKey(key) = &written.rules[0] else { panic!() };
        assert_eq!((key.columns.len(), key.table.as_str(), written.rules.len()), (2, "p", 2));
        assert_eq!(Rule::read(crate::sql::Dialect::Sqlite, "constraint x nothing"), None);
    }
}
