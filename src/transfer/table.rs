/// A table as far as the other backend has to have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MappedTable {
    /// None on SQLite.
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(crate) columns: Vec<MappedColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MappedColumn {
    pub(crate) name: String,
    /// The type as messages name it.
    pub(crate) datatype: String,
    pub(crate) form: Form,
    pub(crate) may_be_null: bool,
    /// Whether it is one of the primary key.
    pub(crate) is_key: bool,
    /// Whether the value is computed from others, so that nobody moves it.
    pub(crate) is_generated: bool,
}

/// What kind of value a column keeps. SQLite's column has that of its affinity, which keeps more than one kind of PostgreSQL's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Integer,
    Real,
    /// A decimal number, exact on PostgreSQL.
    Decimal,
    Boolean,
    Text,
    /// JSON, XML, an array or another value that is text outside of its database.
    Structured,
    Uuid,
    Time,
    Bytes,
    /// Anything, or not known.
    Any,
}

impl Form {
    /// Whether values that SQLite keeps in this form can be values of a PostgreSQL column.
    pub(crate) fn can_become(self, postgres: Self) -> bool {
        use Form::{Any, Boolean, Bytes, Decimal, Integer, Real, Structured, Text, Time, Uuid};

        let kept_in: &[Self] = match postgres {
            Any => return true,
            Integer | Boolean => &[Integer, Decimal],
            Real => &[Real, Decimal, Integer],
            // As text where a binary fraction would round it.
            Decimal => &[Decimal, Real, Integer, Text],
            Text => &[Text],
            Structured | Uuid => &[Text, Bytes],
            // SQLite's date functions take text, seconds since 1970, and Julian days. DATETIME has the affinity NUMERIC.
            Time => &[Text, Integer, Real, Decimal],
            Bytes => &[Bytes],
        };
        self == Any || kept_in.contains(&self)
    }
}

/// The hook of a dialect: the tables in what was read of a database.
pub(crate) trait MappedTables {
    /// The tables that hold rows of their own, without those of the history: no views, virtual tables and partitions.
    fn tables(&self) -> Vec<MappedTable>;
}
