//! What CREATE INDEX says.

use std::borrow::Cow;

use super::clause::Clauses;
use super::field::Value;
use crate::sql::Dialect;

/// An index as its database words it, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexText {
    pub(crate) text: String,
    /// None where it is worded in a way that is not known here.
    pub(crate) parts: Option<IndexParts>,
}

/// What an index is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexParts {
    pub(crate) is_unique: bool,
    /// On a partitioned table without its partitions.
    pub(crate) is_only: bool,
    pub(crate) keys: Vec<IndexKey>,
    /// Columns that it holds besides.
    pub(crate) included: Vec<String>,
    /// Which rows it is on.
    pub(crate) predicate: Option<String>,
}

/// What an index is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexKey {
    /// None where it is an expression.
    pub(crate) column: Option<String>,
    /// With what is said of order, collation and operators.
    pub(crate) text: String,
}

impl IndexText {
    /// Reads a CREATE INDEX.
    pub(crate) fn read(dialect: Dialect, text: &str) -> Self {
        Self { text: text.to_owned(), parts: IndexParts::read(dialect, text) }
    }

    /// Whether it is that of a partitioned table, without those of the partitions.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_only(&self) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.is_only)
    }
}

impl IndexParts {
    fn read(dialect: Dialect, text: &str) -> Option<Self> {
        let mut clauses = Clauses::new(dialect, text);
        if !clauses.takes("create") {
            return None;
        }
        let is_unique = clauses.takes("unique");
        if !clauses.takes("index") {
            return None;
        }
        clauses.qualified()?;
        if !clauses.takes("on") {
            return None;
        }
        let is_only = clauses.takes("only");
        clauses.qualified()?;
        if clauses.takes("using") {
            clauses.skip();
        }
        let keys = keys(&mut clauses)?;
        let mut index = Self { is_unique, is_only, keys, included: Vec::new(), predicate: None };
        while !clauses.is_at_end() {
            if clauses.takes("include") {
                index.included = clauses.names()?;
            } else if clauses.takes("where") {
                index.predicate = Some(clauses.rest().to_owned());
                break;
            } else {
                // Storage parameters, the tablespace, NULLS NOT DISTINCT.
                clauses.skip();
            }
        }
        Some(index)
    }
}

fn keys(clauses: &mut Clauses<'_>) -> Option<Vec<IndexKey>> {
    let parts = clauses.parts()?;
    let key = |part| {
        let text = clauses.text_of(&part);
        // A name that parentheses follow is a function's.
        let column = clauses.name(part.first).filter(|_| part.is_one_token() || !text.contains('('));
        IndexKey { column, text: text.to_owned() }
    };
    Some(parts.into_iter().map(key).collect())
}

impl Value for IndexText {
    fn parse(text: &str) -> Option<Self> {
        Some(Self::read(Dialect::Postgres, text))
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(index: &IndexParts) -> Vec<Option<&str>> {
        index.keys.iter().map(|key| key.column.as_deref()).collect()
    }

    #[test]
    fn an_index_is_read_on_both_databases() {
        let text = "CREATE UNIQUE INDEX \"i, 1\" ON ONLY public.t USING btree (n, \"C\" DESC NULLS LAST, lower(c) text_pattern_ops) \
                    INCLUDE (k) WITH (fillfactor='70') WHERE (k > 1)";
        let index = IndexText::read(Dialect::Postgres, text).parts.unwrap();
        assert_eq!(columns(&index), [Some("n"), Some("C"), None]);
        assert_eq!(index.keys[2].text, "lower(c) text_pattern_ops");
        assert!(index.is_unique && index.is_only);
        assert_eq!((index.included, index.predicate.as_deref()), (vec!["k".to_owned()], Some("(k > 1)")));
        let text = "create index i on t ( a desc , b collate nocase , ( a + 1 ) )";
        let index = IndexText::read(Dialect::Sqlite, text).parts.unwrap();
        assert_eq!(columns(&index), [Some("a"), Some("b"), None]);
        assert!(!index.is_unique && index.predicate.is_none());
        assert_eq!(IndexText::read(Dialect::Sqlite, "create table t ( a )").parts, None);
    }
}
