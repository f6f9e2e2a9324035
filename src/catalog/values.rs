//! The values of fields, each with its canonical text: the words of the inspection, which are SQL wherever there is SQL for it.

use std::borrow::Cow;
use std::fmt;

use super::field::{Field, Value, is_named};

/// How an identity column takes values that are given to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnIdentity {
    Always,
    ByDefault,
}

impl Value for ColumnIdentity {
    fn parse(text: &str) -> Option<Self> {
        [Self::Always, Self::ByDefault].into_iter().find(|identity| identity.word() == text)
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.word())
    }
}

impl ColumnIdentity {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Always => "ALWAYS",
            Self::ByDefault => "BY DEFAULT",
        }
    }
}

/// The expression that a column is computed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GeneratedColumn {
    /// With its parentheses.
    pub(crate) expression: String,
    pub(crate) storage: GeneratedStorage,
}

/// Where the value of a generated column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GeneratedStorage {
    Stored,
    /// It is computed when it is read.
    Virtual,
}

impl GeneratedStorage {
    fn suffix(self) -> &'static str {
        match self {
            Self::Stored => " STORED",
            Self::Virtual => " VIRTUAL",
        }
    }
}

impl fmt::Display for GeneratedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.expression, self.storage.suffix())
    }
}

impl Value for GeneratedColumn {
    fn parse(text: &str) -> Option<Self> {
        let both = [GeneratedStorage::Stored, GeneratedStorage::Virtual].into_iter();
        both.into_iter()
            .find_map(|storage| Some(Self { expression: text.strip_suffix(storage.suffix())?.to_owned(), storage }))
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

/// That a column refuses NULL: since PostgreSQL 18 a constraint with a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NotNull {
    /// As SQL names it; none where it is the name that the server gives.
    pub(crate) name: Option<String>,
    /// Children do not have it.
    pub(crate) no_inherit: bool,
    /// Rows that are there may hold NULL all the same.
    pub(crate) not_valid: bool,
}

impl NotNull {
    /// What follows NOT NULL and the column.
    pub(crate) fn suffix(&self) -> String {
        let no_inherit = if self.no_inherit { " NO INHERIT" } else { "" };
        format!("{no_inherit}{}", if self.not_valid { " NOT VALID" } else { "" })
    }
}

impl fmt::Display for NotNull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "CONSTRAINT {name} ")?;
        }
        write!(f, "NOT NULL{}", self.suffix())
    }
}

impl Value for NotNull {
    fn parse(text: &str) -> Option<Self> {
        let (rest, not_valid) = without(text, " NOT VALID");
        let (rest, no_inherit) = without(rest, " NO INHERIT");
        let before = rest.strip_suffix("NOT NULL")?;
        let name = match before {
            "" => None,
            named => Some(named.strip_prefix("CONSTRAINT ")?.strip_suffix(' ')?.to_owned()),
        };
        Some(Self { name, no_inherit, not_valid })
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

fn without<'t>(text: &'t str, suffix: &str) -> (&'t str, bool) {
    text.strip_suffix(suffix).map_or((text, false), |rest| (rest, true))
}

/// A name as SQL has it: with quotes where the server takes it to need them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlName(String);

impl SqlName {
    #[cfg(feature = "postgres")]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this name, which has no quotes.
    pub(crate) fn is(&self, name: &str) -> bool {
        is_named(&self.0, name)
    }
}

impl Value for SqlName {
    fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

macro_rules! clauses {
    ($($(#[$about:meta])* $Type:ident = $prefix:literal;)+) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub(crate) struct $Type(String);

            impl Value for $Type {
                fn parse(text: &str) -> Option<Self> {
                    text.starts_with($prefix).then(|| Self(text.to_owned()))
                }

                fn write(&self) -> Cow<'_, str> {
                    Cow::Borrowed(&self.0)
                }
            }

            impl fmt::Display for $Type {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0)
                }
            }
        )+
    };
}

clauses! {
    /// `SERVER far OPTIONS (...)`, of a foreign table.
    Server = "SERVER ";
    /// `OPTIONS (...)`, of a column of such a table.
    ForeignOptions = "OPTIONS ";
}

/// What makes an object that has no kind of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Making {
    /// These statements, each without its `;`.
    Statements(Vec<String>),
    /// The catalog does not have all that a statement takes: this tells the object apart.
    Mark(String),
}

/// Between the statements that make one object.
const NEXT_STATEMENT: &str = ";\n";

impl Value for Making {
    fn parse(text: &str) -> Option<Self> {
        Some(if text.starts_with("CREATE ") {
            Self::Statements(text.split(NEXT_STATEMENT).map(str::to_owned).collect())
        } else {
            Self::Mark(text.to_owned())
        })
    }

    fn write(&self) -> Cow<'_, str> {
        match self {
            Self::Statements(statements) => Cow::Owned(statements.join(NEXT_STATEMENT)),
            Self::Mark(text) => Cow::Borrowed(text),
        }
    }
}

/// The index by which a table is clustered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClusterOn(pub(crate) SqlName);

const CLUSTER_ON: &str = "CLUSTER ON ";

impl Value for ClusterOn {
    fn parse(text: &str) -> Option<Self> {
        Some(Self(SqlName(text.strip_prefix(CLUSTER_ON)?.to_owned())))
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl fmt::Display for ClusterOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CLUSTER_ON}{}", self.0.0)
    }
}

/// What of a row is written to the log, so that it can be told elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum ReplicaIdentity {
    /// The primary key.
    #[default]
    Default,
    Nothing,
    Full,
    Index(SqlName),
}

const USING_INDEX: &str = "USING INDEX ";

impl Field for ReplicaIdentity {
    fn read(&mut self, text: &str) -> bool {
        *self = match (text, text.strip_prefix(USING_INDEX)) {
            ("NOTHING", _) => Self::Nothing,
            ("FULL", _) => Self::Full,
            (_, Some(index)) => Self::Index(SqlName(index.to_owned())),
            _ => return false,
        };
        true
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        (*self != Self::Default).then(|| Cow::Owned(self.to_string()))
    }
}

/// As ALTER TABLE takes it.
impl fmt::Display for ReplicaIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("DEFAULT"),
            Self::Nothing => f.write_str("NOTHING"),
            Self::Full => f.write_str("FULL"),
            Self::Index(index) => write!(f, "{USING_INDEX}{}", index.0),
        }
    }
}

#[cfg(feature = "postgres")]
impl ReplicaIdentity {
    pub(crate) fn index(&self) -> Option<&SqlName> {
        match self {
            Self::Index(index) => Some(index),
            _ => None,
        }
    }
}

/// Whether policies decide which rows are seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowSecurity {
    pub(crate) enabled: bool,
    /// Also for the owner of the table.
    pub(crate) forced: bool,
}

impl Field for RowSecurity {
    fn read(&mut self, text: &str) -> bool {
        let states = [(true, false), (false, true), (true, true)];
        let states = states.map(|(enabled, forced)| Self { enabled, forced });
        let found = states.into_iter().find(|state| state.text().as_deref() == Some(text));
        *self = found.unwrap_or_default();
        found.is_some()
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(match (self.enabled, self.forced) {
            (false, false) => return None,
            (true, false) => "ENABLE",
            (false, true) => "FORCE",
            (true, true) => "ENABLE, FORCE",
        }))
    }
}

/// Whether what a partition has from its parent is the parent's, or attached to something of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PartitionOrigin {
    Inherited,
    /// The index of the parent that its index is attached to, as SQL names it.
    Attached(String),
}

const INHERITED: &str = "inherited";

impl Value for PartitionOrigin {
    fn parse(text: &str) -> Option<Self> {
        Some(if text == INHERITED { Self::Inherited } else { Self::Attached(text.to_owned()) })
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Inherited => INHERITED,
            Self::Attached(index) => index,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read is written again as it was.
    fn read<V: Value>(text: &str) -> V {
        let value = V::parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(value.write(), text);
        value
    }

    #[test]
    fn not_null_has_a_name_or_none() {
        assert_eq!(read::<NotNull>("NOT NULL"), NotNull::default());
        let named: NotNull = read("CONSTRAINT \"a b\" NOT NULL NO INHERIT NOT VALID");
        assert_eq!(named, NotNull { name: Some("\"a b\"".into()), no_inherit: true, not_valid: true });
        assert_eq!(NotNull::parse("NULL"), None);
    }

    #[test]
    fn what_stands_alone_is_read() {
        assert_eq!(read::<GeneratedColumn>("((n * 2)) STORED").storage, GeneratedStorage::Stored);
        assert_eq!(read::<PartitionOrigin>("inherited"), PartitionOrigin::Inherited);
        assert!(read::<ClusterOn>("CLUSTER ON \"i, 1\"").0.is("i, 1"));
        assert_eq!(read::<ColumnIdentity>("BY DEFAULT"), ColumnIdentity::ByDefault);
        let mut security = RowSecurity::default();
        assert!(security.read("FORCE") && security.forced && !security.read("MORE"));
        let mut replica = ReplicaIdentity::default();
        assert!(replica.read("USING INDEX i") && replica.text().as_deref() == Some("USING INDEX i"));
    }
}
