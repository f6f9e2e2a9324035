//! What a schema of SQLite is on PostgreSQL, as a value.

/// A schema of SQLite as one of PostgreSQL, and what of it is not there.
#[derive(Debug, Default)]
pub(crate) struct Translation {
    /// The schema that has the tables.
    pub(crate) schema: String,
    pub(crate) tables: Vec<TranslatedTable>,
    pub(crate) foreign_keys: Vec<TranslatedForeignKey>,
    pub(crate) indexes: Vec<TranslatedIndex>,
    pub(crate) views: Vec<TranslatedView>,
    pub(crate) untranslated: Vec<Untranslatable>,
    pub(crate) questions: Vec<Question>,
    /// Tables and columns that the map needs a line for, since their names differ by more than case.
    pub(crate) renamed: Vec<RenamedPart>,
    /// Columns of which `check --prove` would say that both do not keep the same, unless `[map.types]` has them.
    pub(crate) decided: Vec<DecidedType>,
}

#[derive(Debug)]
pub(crate) struct TranslatedTable {
    /// Its name on SQLite.
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) comments: Vec<String>,
    pub(crate) columns: Vec<TranslatedColumn>,
    /// Each as SQL.
    pub(crate) constraints: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct TranslatedColumn {
    /// Its name on SQLite.
    pub(crate) source: String,
    pub(crate) name: String,
    /// As SQL has it.
    pub(crate) datatype: String,
    /// What follows the type.
    pub(crate) clauses: Vec<String>,
    pub(crate) comments: Vec<String>,
    /// Why it has this type.
    pub(crate) evidence: String,
}

#[derive(Debug)]
pub(crate) struct TranslatedForeignKey {
    /// The table that has it, by its name on PostgreSQL.
    pub(crate) table: String,
    pub(crate) name: String,
    /// `FOREIGN KEY (...) REFERENCES ...`.
    pub(crate) definition: String,
}

#[derive(Debug)]
pub(crate) struct TranslatedIndex {
    /// The statement, without its end.
    pub(crate) sql: String,
    /// A foreign key needs it, so that it is made with the tables.
    pub(crate) is_for_key: bool,
}

#[derive(Debug)]
pub(crate) struct TranslatedView {
    /// The statement, without its end.
    pub(crate) sql: String,
}

/// Something of SQLite that PostgreSQL does not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Untranslatable {
    /// `orders.total`, `trigger orders_log`.
    pub(crate) subject: String,
    /// What it is: `CHECK`, `trigger`.
    pub(crate) what: &'static str,
    pub(crate) reason: String,
    /// As SQLite has it; empty where there is nothing to show.
    pub(crate) sql: String,
}

/// Something that a person has to decide: lines for schema.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) text: String,
    /// The rule for `[map.convert]`.
    pub(crate) rule: Option<String>,
    /// The type for `[map.types]`.
    pub(crate) datatype: Option<String>,
}

/// A table, or a column of one, that has another name on PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RenamedPart {
    pub(crate) table: String,
    pub(crate) column: Option<String>,
    pub(crate) name: String,
}

/// A type for `[map.types]`, and why it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecidedType {
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) datatype: String,
    pub(crate) reason: String,
}

impl Translation {
    /// The qualified name of a table, index or view, as SQL has it.
    pub(super) fn qualified(schema: &str, name: &str) -> String {
        let name = super::names::sql_name(name);
        if schema == "public" { name } else { format!("{}.{name}", super::names::sql_name(schema)) }
    }
}
