//! Tables as the generator knows them, and their text.

use std::fmt::Write as _;

use super::values::Kind;

#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) actions: String,
}

/// A column. In `check` and `computed`, `{}` stands for a column's name: its own, or the one that is named beside.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) declared: String,
    pub(super) is_required: bool,
    pub(super) is_unique: bool,
    pub(super) default: Option<String>,
    pub(super) collation: &'static str,
    pub(super) check: Option<&'static str>,
    pub(super) computed: Option<(&'static str, String)>,
    pub(super) parent: Option<Parent>,
}

/// How rows of a table are named. The columns of the key are the first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    None,
    /// The rowid, and whether it is AUTOINCREMENT.
    Integer(bool),
    One,
    Two,
}

#[derive(Debug, Clone)]
pub(super) enum Index {
    Plain { name: String, column: String, is_unique: bool },
    Partial { name: String, column: String },
    Expression { name: String, column: String },
}

#[derive(Debug, Clone)]
pub(super) enum Trigger {
    /// Writes a row into a table without a key, or with one that counts.
    Audit {
        name: String,
        event: &'static str,
        log: String,
    },
    Counter {
        name: String,
        event: &'static str,
        counter: String,
    },
    /// Deletes rows of another table when one of this goes.
    Deletes {
        name: String,
        table: String,
        column: String,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) key: Key,
    pub(super) has_no_rowid: bool,
    pub(super) is_strict: bool,
    pub(super) indexes: Vec<Index>,
    pub(super) triggers: Vec<Trigger>,
}

/// A name as it stands in SQL: quoted where it has to be.
pub(super) fn quote(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_plain && !matches!(name, "order" | "select" | "group") {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quote).collect::<Vec<_>>().join(", ")
}

impl Column {
    pub(super) fn quoted(&self) -> String {
        quote(&self.name)
    }

    /// Its definition, without that of a key.
    pub(super) fn definition(&self) -> String {
        let mut text = format!("{} {}", self.quoted(), self.declared);
        if let Some((expression, base)) = &self.computed {
            let _ = write!(text, " GENERATED ALWAYS AS ({})", expression.replace("{}", &quote(base)));
            return text;
        }
        if self.is_required {
            text += " NOT NULL";
        }
        if let Some(default) = &self.default {
            let _ = write!(text, " DEFAULT {default}");
        }
        text += self.collation;
        if self.is_unique {
            text += " UNIQUE";
        }
        if let Some(check) = self.check {
            let _ = write!(text, " CHECK ({})", check.replace("{}", &self.quoted()));
        }
        if let Some(parent) = &self.parent {
            let (table, column) = (quote(&parent.table), quote(&parent.column));
            let _ = write!(text, " REFERENCES {table} ({column}){}", parent.actions);
        }
        text
    }
}

impl Table {
    pub(super) fn quoted(&self) -> String {
        quote(&self.name)
    }

    pub(super) fn key_columns(&self) -> &[Column] {
        match self.key {
            Key::None => &[],
            Key::Integer(_) | Key::One => &self.columns[..1],
            Key::Two => &self.columns[..2],
        }
    }

    pub(super) fn is_of_key(&self, name: &str) -> bool {
        self.key_columns().iter().any(|column| column.name == name)
    }

    /// Columns that a statement may write.
    pub(super) fn written(&self) -> Vec<&Column> {
        self.columns.iter().filter(|column| column.computed.is_none()).collect()
    }

    /// CREATE TABLE under this name.
    pub(super) fn create(&self, name: &str) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let mut line = column.definition();
            match self.key {
                Key::Integer(counts) if at == 0 => {
                    line = format!(
                        "{} INTEGER PRIMARY KEY{}",
                        column.quoted(),
                        if counts { " AUTOINCREMENT" } else { "" }
                    );
                }
                Key::One if at == 0 => line += " PRIMARY KEY",
                _ => {}
            }
            lines.push(line);
        }
        if self.key == Key::Two {
            lines.push(format!("PRIMARY KEY ({})", list(self.key_columns().iter().map(|column| column.name.as_str()))));
        }
        let options: Vec<&str> = [(self.has_no_rowid, "WITHOUT ROWID"), (self.is_strict, "STRICT")]
            .into_iter()
            .filter_map(|(is_so, option)| is_so.then_some(option))
            .collect();
        format!("CREATE TABLE {} ({}) {}", quote(name), lines.join(", "), options.join(", ")).trim_end().to_owned()
    }

    /// What goes with the table when it is dropped, and has to be made again.
    pub(super) fn create_rest(&self) -> Vec<String> {
        let indexes = self.indexes.iter().map(|index| self.create_index(index));
        indexes.chain(self.triggers.iter().map(|trigger| self.create_trigger(trigger))).collect()
    }

    fn create_index(&self, index: &Index) -> String {
        let table = self.quoted();
        match index {
            Index::Plain { name, column, is_unique } => {
                let unique = if *is_unique { "UNIQUE " } else { "" };
                format!("CREATE {unique}INDEX {name} ON {table} ({})", quote(column))
            }
            Index::Partial { name, column } => {
                let column = quote(column);
                format!("CREATE UNIQUE INDEX {name} ON {table} ({column}) WHERE {column} > 2")
            }
            Index::Expression { name, column } => {
                format!("CREATE INDEX {name} ON {table} (lower({0}), length({0}))", quote(column))
            }
        }
    }

    fn create_trigger(&self, trigger: &Trigger) -> String {
        let (table, first) = (self.quoted(), self.columns[0].quoted());
        match trigger {
            Trigger::Audit { name, event, log } => {
                let row = if *event == "DELETE" { "OLD" } else { "NEW" };
                format!(
                    "CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN INSERT INTO {log} (what, of) VALUES ('{event}', {row}.{first}); END"
                )
            }
            Trigger::Counter { name, event, counter } => {
                format!("CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN UPDATE {counter} SET n = n + 1; END")
            }
            Trigger::Deletes { name, table: other, column } => format!(
                "CREATE TRIGGER {name} AFTER DELETE ON {table} BEGIN DELETE FROM {} WHERE {} IS OLD.{first}; END",
                quote(other),
                quote(column)
            ),
        }
    }
}
