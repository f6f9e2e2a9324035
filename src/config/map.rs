#[cfg(feature = "barrel")]
use super::dotted::dotted;
#[cfg(feature = "project")]
use crate::catalog::is_like;
#[cfg(feature = "project")]
use crate::convert::RuleValue;
use crate::error::Place;
use crate::sql::Dialect;
use crate::version::Version;

/// How the tables of a database on SQLite correspond to those on PostgreSQL: `[database.NAME.map]`, or `[map]`. What has the same
/// name on both needs no line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Map {
    /// The section, as messages name it: `database.shop.map`.
    pub(crate) section: String,
    /// Where the section begins.
    pub(crate) place: Place,
    /// The PostgreSQL schema of tables that are named without one.
    pub(crate) schema: String,
    pub(crate) tables: Vec<TablePair>,
    pub(crate) columns: Vec<ColumnPair>,
    pub(crate) sqlite_only: Vec<OneSided>,
    pub(crate) postgres_only: Vec<OneSided>,
    #[cfg(feature = "project")]
    pub(crate) convert: Vec<ConvertLine>,
    /// Which one stays of rows that are there more than once.
    #[cfg(feature = "project")]
    pub(crate) unique: Vec<UniqueLine>,
    /// The types that columns get on PostgreSQL, where people decided them.
    #[cfg(feature = "project")]
    pub(crate) types: Vec<TypeLine>,
    /// The versions between which data is moved, where that is not the last one of each.
    pub(crate) at: Vec<(Dialect, Version)>,
    pub(crate) copy: CopySettings,
}

/// How rows are copied: `[map.copy]`. What it does not say is for the command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CopySettings {
    /// Whether what has no place is set aside.
    pub(crate) sets_aside: Option<bool>,
    /// Rows that a transaction has at most.
    pub(crate) batch: Option<u64>,
    /// How many sessions write at once.
    pub(crate) jobs: Option<u16>,
    /// Tables that are copied before the others, by their names on SQLite.
    pub(crate) first: Vec<(String, Place)>,
}

impl Map {
    /// The line of `[map.types]` that names a column most exactly.
    #[cfg(feature = "project")]
    pub(crate) fn type_of(&self, table: &str, column: &str) -> Option<&TypeLine> {
        let matches = |pattern: &str, name: &str| is_like(&pattern.to_lowercase(), &name.to_lowercase());
        let exactness = |text: &str| (!text.contains(['*', '?']), text.len());
        self.types
            .iter()
            .filter(|line| matches(&line.table, table) && matches(&line.column, column))
            .max_by_key(|line| (exactness(&line.table), exactness(&line.column)))
    }

    /// Whether a line of `[map.convert]` says what the values of a column are that PostgreSQL alone has.
    #[cfg(feature = "project")]
    pub(crate) fn supplies(&self, table: &str, column: &str) -> bool {
        let matches = |pattern: &str, name: &str| is_like(&pattern.to_lowercase(), &name.to_lowercase());
        let of_column = |line: &&ConvertLine| matches(&line.table, table) && matches(&line.column, column);
        self.convert.iter().filter(of_column).any(|line| line.rules.iter().any(ConvertRule::is_supply))
    }

    /// The version at which a backend stands when data is moved; none where that is its last one.
    #[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
    pub(crate) fn at(&self, dialect: Dialect) -> Option<Version> {
        self.at.iter().find(|(known, _)| *known == dialect).map(|(_, version)| *version)
    }
}

/// A table that has another name, or is in another schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TablePair {
    pub(crate) sqlite: String,
    /// The schema, where it is named.
    pub(crate) schema: Option<String>,
    pub(crate) postgres: String,
    pub(crate) place: Place,
}

/// A column that has another name. The table is that on SQLite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnPair {
    pub(crate) table: String,
    pub(crate) sqlite: String,
    pub(crate) postgres: String,
    pub(crate) place: Place,
}

/// A line of `[map.convert]`: rules for the values of the columns that it names, by their names on SQLite.
#[cfg(feature = "project")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConvertLine {
    /// `*` stands for any letters, `?` for one, here and in `column`.
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) rules: Vec<ConvertRule>,
    pub(crate) place: Place,
}

/// A line of `[map.types]`: the type on PostgreSQL of the columns that it names, by their names on SQLite.
#[cfg(feature = "project")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypeLine {
    /// `*` stands for any letters, `?` for one, here and in `column`.
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) datatype: String,
    pub(crate) place: Place,
}

/// A line of `[map.unique]`: which one stays of rows that have the same key.
#[cfg(feature = "project")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UniqueLine {
    /// The table, by its name on SQLite.
    pub(crate) table: String,
    /// The constraint or index, by its name on PostgreSQL.
    pub(crate) constraint: String,
    pub(crate) keep: KeptRow,
    pub(crate) place: Place,
}

/// Which one stays of several rows, in the order of their rowids or keys.
#[cfg(feature = "project")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptRow {
    First,
    Last,
}

/// A rule of a line: its name, and its value.
#[cfg(feature = "project")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConvertRule {
    pub(crate) name: String,
    pub(crate) value: RuleValue,
    pub(crate) place: Place,
}

#[cfg(feature = "project")]
impl ConvertRule {
    /// Whether it says where the values of a column come from.
    pub(crate) fn is_supply(&self) -> bool {
        matches!(self.name.as_str(), "sqlite" | "fill" | "postgres")
    }
}

/// A table or column that one backend alone has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneSided {
    /// `table`, `schema.table`, `table.column` or `schema.table.column`: which one it is shows when it is looked for. `*` stands for any
    /// letters, `?` for one.
    pub(crate) path: Vec<String>,
    /// As it was written.
    pub(crate) text: String,
    pub(crate) place: Place,
}

#[cfg(feature = "barrel")]
impl OneSided {
    /// Reads `table`, `table.column`, and these with a schema. `None` where the text is no such name.
    pub(crate) fn parse(text: &str, place: Place) -> Option<Self> {
        let path = dotted(text)?;
        (path.len() <= 3).then(|| Self { path, text: text.to_owned(), place })
    }
}
