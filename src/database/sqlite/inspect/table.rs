//! What a CREATE TABLE says, as SQLite stores it.

use std::collections::BTreeSet;

use crate::catalog::{GeneratedColumn, GeneratedStorage};
use crate::sql::{Dialect, Token, TokenKind, canonical, normal, tokens, unquoted_name};

/// The words that end a column's type.
const CONSTRAINTS: [&str; 12] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
    "on",
];

/// A CREATE TABLE, taken apart. The name of the table is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreateTable {
    /// As SQLite has it.
    pub(crate) sql: String,
    /// The byte of `sql` that follows the table's name.
    pub(crate) after_name: usize,
    /// Everything behind the name, in normal form.
    pub(crate) definition: String,
    pub(crate) columns: Vec<ColumnDefinition>,
    /// The constraints of the table, in normal form.
    pub(crate) constraints: Vec<String>,
    /// What follows the parentheses, in normal form.
    pub(crate) options: String,
    /// The tables that it refers to, in lower case.
    pub(crate) parents: BTreeSet<String>,
}

/// A column of a CREATE TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    /// As it was written, the name included.
    pub(crate) sql: String,
    /// The type, in normal form.
    pub(crate) datatype: String,
    /// What follows the name, in normal form.
    pub(crate) definition: String,
    /// The words of the definition outside parentheses.
    words: Vec<String>,
    /// The value of DEFAULT, as it was written.
    pub(crate) default: Option<String>,
    /// The expression that it is computed by, in parentheses, as it was written.
    expression: Option<String>,
}

/// What a column's type makes of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
    /// Values are kept as they come: a column without a type, or of type ANY.
    Any,
}

impl Affinity {
    /// That of a type in lower case, by the rules in their order
    /// (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>).
    pub(crate) fn of(datatype: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|word| datatype.contains(word));
        if has(&["int"]) {
            Self::Integer
        } else if has(&["char", "clob", "text"]) {
            Self::Text
        } else if datatype.is_empty() || datatype == "any" {
            Self::Any
        } else if has(&["blob"]) {
            Self::Blob
        } else if has(&["real", "floa", "doub"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

impl CreateTable {
    /// Reads what `sqlite_schema` has.
    pub(crate) fn parse(sql: &str) -> Self {
        let all = tokens(Dialect::Sqlite, sql);
        // CREATE TABLE name
        let after_name = all.get(2).map_or(sql.len(), |token| token.end);
        let rest = all.get(3..).unwrap_or_default();
        let mut table = Self {
            sql: sql.to_owned(),
            after_name,
            definition: normal(sql, rest),
            columns: Vec::new(),
            constraints: Vec::new(),
            options: String::new(),
            parents: parents(sql, rest),
        };
        let (items, options) = items(rest);
        for item in items {
            match ColumnDefinition::parse(sql, item) {
                Some(column) => table.columns.push(column),
                None => table.constraints.push(normal(sql, item)),
            }
        }
        table.options = normal(sql, options);
        table
    }

    /// The statement that creates the table under another name; `name` is quoted where it must be.
    pub(crate) fn create(&self, name: &str) -> String {
        let rest = &self.sql[self.after_name..];
        let space = if rest.starts_with(char::is_whitespace) { "" } else { " " };
        format!("CREATE TABLE {name}{space}{rest}")
    }

    pub(crate) fn column(&self, name: &str) -> Option<&ColumnDefinition> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn is_without_rowid(&self) -> bool {
        self.options.contains("without rowid")
    }

    pub(crate) fn is_autoincrement(&self) -> bool {
        self.columns.iter().any(|column| column.has("autoincrement"))
    }

    /// The column that is another name of the rowid.
    pub(crate) fn rowid_alias(&self) -> Option<&ColumnDefinition> {
        if self.is_without_rowid() {
            return None;
        }
        let key = self.primary_key();
        let [only] = &key[..] else { return None };
        self.column(only).filter(|column| column.datatype == "integer")
    }

    /// The columns of the primary key; none where there is none.
    pub(crate) fn primary_key(&self) -> Vec<String> {
        if let Some(column) = self.columns.iter().find(|column| column.has("primary")) {
            return vec![column.name.clone()];
        }
        self.constraints.iter().find_map(|constraint| key_columns(constraint, "primary key")).unwrap_or_default()
    }

    /// The columns of the UNIQUE constraints.
    pub(crate) fn uniques(&self) -> Vec<Vec<String>> {
        let of_columns =
            self.columns.iter().filter(|column| column.has("unique")).map(|column| vec![column.name.clone()]);
        let of_table = self.constraints.iter().filter_map(|constraint| key_columns(constraint, "unique"));
        of_columns.chain(of_table).collect()
    }
}

/// What stands behind each REFERENCES. SQLite takes no such word for a name that is not quoted.
fn parents(sql: &str, all: &[Token]) -> BTreeSet<String> {
    let is_reference =
        |token: &Token| token.kind == TokenKind::Word && sql[token.start..token.end].eq_ignore_ascii_case("references");
    let pairs = all.windows(2).filter(|pair| is_reference(&pair[0]));
    pairs.map(|pair| unquoted_name(sql, pair[1]).to_ascii_lowercase()).collect()
}

/// The names in `unique ( a , b )`. Each is the first token of its part.
fn key_columns(constraint: &str, words: &str) -> Option<Vec<String>> {
    let at = constraint.find(&format!("{words} ("))?;
    let all = tokens(Dialect::Sqlite, &constraint[at..]);
    let open = all.iter().position(|token| token.kind == TokenKind::Open)?;
    let (parts, _) = items(&all[open..]);
    Some(parts.iter().filter_map(|part| Some(unquoted_name(&constraint[at..], *part.first()?).into_owned())).collect())
}

/// The parts of the first parentheses, and what follows these.
fn items(all: &[Token]) -> (Vec<&[Token]>, &[Token]) {
    let Some(open) = all.iter().position(|token| token.kind == TokenKind::Open) else { return (Vec::new(), all) };
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, open + 1);
    for (at, token) in all.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            TokenKind::Comma if depth == 1 => {
                parts.push(&all[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        if depth == 0 {
            parts.push(&all[start..at]);
            return (parts, &all[at + 1..]);
        }
    }
    (parts, &[])
}

impl ColumnDefinition {
    fn parse(sql: &str, item: &[Token]) -> Option<Self> {
        let (first, rest) = item.split_first()?;
        let is_constraint = first.kind == TokenKind::Word
            && ["constraint", "primary", "unique", "check", "foreign"].contains(&&*canonical(sql, *first));
        if is_constraint {
            return None;
        }
        let is_end = |token: &Token| token.kind == TokenKind::Word && CONSTRAINTS.contains(&&*canonical(sql, *token));
        let type_end = rest.iter().position(is_end).unwrap_or(rest.len());
        Some(Self {
            name: unquoted_name(sql, *first).into_owned(),
            sql: sql[first.start..item.last()?.end].to_owned(),
            datatype: normal(sql, &rest[..type_end]),
            definition: normal(sql, rest),
            words: outer_words(sql, &rest[type_end..]),
            default: default(sql, rest),
            expression: expression(sql, rest),
        })
    }

    /// Whether a word stands in the definition outside parentheses.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|found| found == word)
    }

    pub(crate) fn is_not_null(&self) -> bool {
        self.words.windows(2).any(|pair| pair == ["not", "null"])
    }

    pub(crate) fn affinity(&self) -> Affinity {
        Affinity::of(&self.datatype)
    }

    /// Whether the value is computed from others.
    pub(crate) fn is_generated(&self) -> bool {
        self.has("as")
    }

    pub(crate) fn generated(&self) -> Option<GeneratedColumn> {
        let storage = if self.has("stored") { GeneratedStorage::Stored } else { GeneratedStorage::Virtual };
        let expression = self.expression.clone().filter(|_| self.is_generated())?;
        Some(GeneratedColumn { expression, storage })
    }

    /// The value of DEFAULT, unless that is NULL.
    pub(crate) fn default_value(&self) -> Option<&str> {
        self.default.as_deref().filter(|default| !default.eq_ignore_ascii_case("null"))
    }

    /// Whether the default is another one each time.
    pub(crate) fn has_moving_default(&self) -> bool {
        self.default
            .as_ref()
            .is_some_and(|default| default.starts_with('(') || default.to_ascii_lowercase().starts_with("current_"))
    }
}

fn outer_words(sql: &str, all: &[Token]) -> Vec<String> {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for token in all {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 => words.push(canonical(sql, *token).into_owned()),
            _ => {}
        }
    }
    words
}

/// What follows DEFAULT: a value with its sign, or an expression in parentheses.
fn default(sql: &str, all: &[Token]) -> Option<String> {
    let at = all.iter().position(|token| token.kind == TokenKind::Word && canonical(sql, *token) == "default")?;
    let first = all.get(at + 1)?;
    let mut end = first.end;
    if first.kind == TokenKind::Open {
        end = group_end(&all[at + 1..]);
    } else {
        // `-1`, `1.5` and `x'00'` are several tokens with nothing between them.
        for token in &all[at + 2..] {
            let is_sign = matches!(&sql[first.start..end], "-" | "+");
            if token.start != end && !is_sign {
                break;
            }
            end = token.end;
        }
    }
    Some(sql[first.start..end].to_owned())
}

/// Where the parentheses that these tokens begin with close.
fn group_end(all: &[Token]) -> usize {
    let (mut depth, mut end) = (0_usize, 0);
    for token in all {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            _ => {}
        }
        end = token.end;
        if depth == 0 {
            break;
        }
    }
    end
}

/// What follows AS outside of parentheses.
fn expression(sql: &str, all: &[Token]) -> Option<String> {
    let mut depth = 0_usize;
    for (at, token) in all.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && canonical(sql, *token) == "as" => {
                let first = all.get(at + 1).filter(|next| next.kind == TokenKind::Open)?;
                return Some(sql[first.start..group_end(&all[at + 1..])].to_owned());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_taken_apart() {
        let table = CreateTable::parse(
            "CREATE TABLE \"t\" (id INTEGER PRIMARY KEY AUTOINCREMENT, [a b] VARCHAR(10, 2) NOT NULL DEFAULT -1.5, -- c\n \
             c AS (id + 1), d DEFAULT (1, 2) UNIQUE, CHECK (id > 0), UNIQUE (\"a b\", c DESC)) STRICT",
        );
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "a b", "c", "d"]);
        assert_eq!(table.columns[1].default.as_deref(), Some("-1.5"));
        assert_eq!(table.columns[1].datatype, "varchar ( 10 , 2 )");
        let generated = GeneratedColumn { expression: "(id + 1)".to_owned(), storage: GeneratedStorage::Virtual };
        assert_eq!((table.columns[2].generated(), table.columns[3].generated()), (Some(generated), None));
        assert!(table.columns[1].is_not_null() && table.columns[2].is_generated() && table.is_autoincrement());
        assert_eq!(table.uniques(), [vec!["d"], vec!["a b", "c"]]);
        assert_eq!(table.rowid_alias().unwrap().name, "id");
        assert_eq!((table.constraints.len(), table.options.as_str()), (2, "strict"));
        assert!(table.create("u").starts_with("CREATE TABLE u (id "));
    }
}
