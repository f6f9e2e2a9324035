use std::borrow::Cow;
use std::fmt;

use super::Dialect;
use super::quote::{Ident, Plain};

/// A name as the database keeps it: PostgreSQL lower-cases what is not quoted, SQLite keeps every letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name<'a> {
    pub(crate) schema: Option<Cow<'a, str>>,
    pub(crate) name: Cow<'a, str>,
}

impl Name<'_> {
    /// Whether both may name the same object: a name without a schema may be in any, and case is not looked at,
    /// as SQLite does not. PostgreSQL's names that differ in case only are rare enough to be taken for one.
    pub(crate) fn may_be(&self, other: &Name<'_>) -> bool {
        let schemas = self.schema.as_ref().zip(other.schema.as_ref());
        self.name.eq_ignore_ascii_case(&other.name) && schemas.is_none_or(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    /// The name for messages: quoted only where it must be.
    pub(crate) fn plain(&self) -> impl fmt::Display {
        let schema = self.schema.as_ref().map(|schema| format!("{}.", Plain(schema)));
        format!("{}{}", schema.unwrap_or_default(), Plain(&self.name))
    }

    /// A copy that does not borrow from the script.
    pub(crate) fn to_owned(&self) -> Name<'static> {
        let owned = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
        Name { schema: self.schema.as_ref().map(owned), name: owned(&self.name) }
    }
}

/// Quoted, so that it can stand in SQL.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", Ident(schema))?;
        }
        write!(f, "{}", Ident(&self.name))
    }
}

/// Whether both name the same table for certain: where one has a schema, the other has the same. SQLite's own is `main`.
pub(crate) fn is_exactly(dialect: Dialect, one: &Name<'_>, other: &Name<'_>) -> bool {
    let schema = |name: &Name<'_>| match (&name.schema, dialect) {
        (None, Dialect::Sqlite) => Some("main".to_owned()),
        (schema, _) => schema.as_ref().map(ToString::to_string),
    };
    let schemas = match (schema(one), schema(other)) {
        (Some(one), Some(other)) => is_name(dialect, &one, &other),
        (None, None) => true,
        _ => false,
    };
    schemas && is_name(dialect, &one.name, &other.name)
}

/// SQLite does not look at the case of ASCII letters.
pub(crate) fn is_name(dialect: Dialect, one: &str, other: &str) -> bool {
    match dialect {
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
        Dialect::Postgres => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(schema: Option<&'static str>, name: &'static str) -> Name<'static> {
        Name { schema: schema.map(Cow::Borrowed), name: Cow::Borrowed(name) }
    }

    #[test]
    fn displays_quoted() {
        assert_eq!(name(Some("core"), "a\"b").to_string(), "\"core\".\"a\"\"b\"");
        assert_eq!(name(None, "t").to_string(), "\"t\"");
    }

    #[test]
    fn a_missing_schema_may_be_any() {
        assert!(name(None, "T").may_be(&name(Some("main"), "t")));
        assert!(!name(Some("temp"), "t").may_be(&name(Some("main"), "t")));
        assert!(!name(None, "t").may_be(&name(None, "u")));
    }
}
