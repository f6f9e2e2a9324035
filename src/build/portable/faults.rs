//! What barrel 0.7 writes without an error and otherwise than it was meant. What a database refuses by itself is not here: each
//! rendering is run.

mod defaults;

use barrel::types::{BaseType, Type};

use crate::sql::Plain;

/// The longest name that PostgreSQL keeps, in bytes; it cuts longer ones.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST_NAME: usize = 63;

/// Something that barrel would do wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) instead: String,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { what: what.into(), instead: instead.into() }
    }
}

/// barrel puts names between double quotes, and escapes none that are in them.
pub(super) fn name(name: &str) -> Option<Fault> {
    let what = if name.is_empty() {
        "a name is empty".to_owned()
    } else if name.contains('"') {
        format!("barrel does not escape the double quote in the name {name:?}")
    } else if name.chars().any(char::is_control) {
        format!("the name {name:?} has a control character")
    } else if name.len() > LONGEST_NAME {
        format!("PostgreSQL cuts the name {name:?} after {LONGEST_NAME} bytes")
    } else {
        return None;
    };
    Some(Fault::new(what, "choose another name, or write this migration in SQL"))
}

pub(super) fn schema(schema: &str) -> Fault {
    let what = format!("SQLite has no schemas, and barrel would look there for an attached database {schema:?}");
    Fault::new(what, "leave the schema to the search path of PostgreSQL, or write this migration in SQL")
}

pub(super) fn left_out(table: &str, constraint: &str) -> Fault {
    let what = format!("barrel leaves the constraint {constraint:?} out where table {table:?} is changed");
    Fault::new(what, "add a unique index instead, or write this migration in SQL")
}

/// The columns of an index or a constraint.
pub(super) fn columns(datatype: &Type) -> impl Iterator<Item = &str> {
    let columns: &[String] = match &datatype.inner {
        BaseType::Index(columns) | BaseType::Constraint(_, columns) => columns,
        _ => &[],
    };
    columns.iter().map(String::as_str)
}

/// What would go wrong with a column.
pub(super) fn column(is_added: bool, name: &str, datatype: &Type) -> Vec<Fault> {
    let mut found = ignored(name, datatype);
    found.extend(unfit(name, datatype));
    found.extend(foreign(is_added, name, datatype));
    found.extend(defaults::fault(name, datatype));
    found
}

/// Settings that are there to be called and do nothing.
fn ignored(name: &str, datatype: &Type) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut ignored = |setting: &str, instead: &str| {
        let what = format!("barrel does nothing with `{setting}` of column {name:?}");
        found.push(Fault::new(what, instead));
    };
    // barrel itself sets these two where they follow from the type.
    if datatype.increments && datatype.inner != BaseType::Primary {
        ignored("increments(true)", "`types::primary()` counts up; for another column write this migration in SQL");
    }
    if datatype.indexed && datatype.inner != BaseType::UUID {
        ignored("indexed(true)", "add the index: `t.add_index(\"name\", types::index([\"column\"]))`");
    }
    if datatype.size.is_some() {
        ignored("size(..)", "give the length to the type: `types::varchar(200)`");
    }
    found
}

/// Types that one of the two would take for another.
fn unfit(name: &str, datatype: &Type) -> Option<Fault> {
    match &datatype.inner {
        BaseType::Binary => Some(Fault::new(
            format!("column {name:?} would be BINARY on SQLite, which keeps numbers there and no bytes"),
            "write this migration in SQL: BLOB on SQLite, bytea on PostgreSQL",
        )),
        BaseType::Char(0) => Some(Fault::new(
            format!("column {name:?} would be CHAR(0), which PostgreSQL does not have"),
            "give it a length, or use `types::text()`",
        )),
        _ => None,
    }
}

/// A reference of one column is put together from names that are not quoted, and behind it barrel adds what belongs before it.
fn foreign(is_added: bool, name: &str, datatype: &Type) -> Vec<Fault> {
    const BY_HAND: &str =
        "declare the column by its type, and the key by `t.add_foreign_key(&[..], .., &[..])`, which quotes names";
    let BaseType::Foreign(schema, table, parents, ..) = &datatype.inner else { return Vec::new() };

    let mut found = Vec::new();
    // PostgreSQL: FOREIGN KEY (column); SQLite: REFERENCES table; both: (parents).
    let bare = [name, table.as_str()].into_iter().chain(parents.0.iter().map(String::as_str));
    let unquoted = bare.filter(|name| !name.contains('"') && needs_quotes(name));
    found.extend(unquoted.map(|name| Fault::new(format!("barrel does not quote {name:?} in a foreign key"), BY_HAND)));
    found.extend([table.as_str()].into_iter().chain(parents.0.iter().map(String::as_str)).filter_map(self::name));
    if schema.is_some() {
        let what = format!("barrel leaves the schema that column {name:?} refers to out for SQLite");
        found.push(Fault::new(what, "write this migration in SQL"));
    }
    if is_added {
        let what =
            format!("barrel adds the column {name:?} with its foreign key in a form that PostgreSQL does not take");
        found.push(Fault::new(what, "write this migration in SQL"));
    }
    if datatype.unique || datatype.primary || datatype.default.is_some() {
        let what = format!(
            "for PostgreSQL barrel puts UNIQUE, PRIMARY KEY and DEFAULT of column {name:?} behind its foreign key"
        );
        found.push(Fault::new(what, BY_HAND));
    }
    found
}

/// Whether one of the two would read a name without quotes as another name, or as none.
fn needs_quotes(name: &str) -> bool {
    Plain(name).to_string() != name || RESERVED.contains(&name)
}

/// The words that PostgreSQL 18 does not take for a column or a table; those of SQLite are among them, but for the last line.
/// <https://www.postgresql.org/docs/18/sql-keywords-appendix.html>
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary", "both", "case",
    "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog",
    "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "default",
    "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "freeze", "from", "full",
    "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral",
    "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on",
    "only", "or", "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select",
    "session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing", "true",
    "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window", "with",
    "add", "alter", "autoincrement", "between", "commit", "delete", "drop", "escape", "exists", "index", "insert", "nothing",
    "set", "transaction", "update", "values",
];
