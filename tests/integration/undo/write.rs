//! What users write: rows that are named by key, in columns that both schemas have.

use super::names::{Names, Side};
use super::schema::quote;

/// A table of the first schema, and its columns.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

type Values = Vec<(String, String)>;

/// A write, by the names of the first schema.
#[derive(Debug, Clone)]
pub(super) enum Write {
    Insert { table: String, values: Values },
    Update { table: String, key: Values, set: Values },
    Delete { table: String, key: Values },
}

impl Write {
    pub(super) fn table(&self) -> &str {
        let (Self::Insert { table, .. } | Self::Update { table, .. } | Self::Delete { table, .. }) = self;
        table
    }

    pub(super) fn is_delete(&self) -> bool {
        matches!(self, Self::Delete { .. })
    }

    /// Its text for a database of this schema; none where the key, or all that is written, is not there.
    pub(super) fn text(&self, names: &Names, side: Side) -> Option<String> {
        match self {
            Self::Insert { table, values } => {
                let kept = kept(values, table, names, side);
                let name = quote(names.table(table, side)?);
                if kept.is_empty() {
                    return None;
                }
                let columns: Vec<String> = kept.iter().map(|(column, _)| quote(column)).collect();
                let values: Vec<&str> = kept.iter().map(|(_, value)| *value).collect();
                Some(format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), values.join(", ")))
            }
            Self::Update { table, key, set } => {
                let set = kept(set, table, names, side);
                let set: Vec<String> =
                    set.iter().map(|(column, value)| format!("{} = {value}", quote(column))).collect();
                let name = quote(names.table(table, side)?);
                (!set.is_empty()).then_some(format!(
                    "UPDATE {name} SET {} WHERE {}",
                    set.join(", "),
                    condition(key, table, names, side)?
                ))
            }
            Self::Delete { table, key } => Some(format!(
                "DELETE FROM {} WHERE {}",
                quote(names.table(table, side)?),
                condition(key, table, names, side)?
            )),
        }
    }

    /// Asks whether the row that it wrote is there, with the values that it wrote.
    pub(super) fn question(&self, names: &Names, side: Side) -> Option<String> {
        let (table, values) = match self {
            Self::Delete { .. } => return None,
            Self::Insert { table, values } => (table, values.clone()),
            Self::Update { table, key, set } => {
                let others = key.iter().filter(|(column, _)| set.iter().all(|(other, _)| other != column));
                (table, set.iter().chain(others).cloned().collect())
            }
        };
        let values = kept(&values, table, names, side);
        // The columns of the literals' comparison have collations of their own, and no affinity may change the values: so they are compared as they are stored.
        let parts = values.iter().map(|(column, value)| format!("{0} IS {value} COLLATE BINARY", quote(column)));
        let parts: Vec<String> = parts.collect();
        Some(format!("SELECT count(*) > 0 FROM {} WHERE {}", quote(names.table(table, side)?), parts.join(" AND ")))
    }
}

/// The values whose columns both schemas have.
fn kept<'a>(values: &'a Values, table: &str, names: &'a Names, side: Side) -> Vec<(&'a str, &'a str)> {
    let known = |(column, value): &'a (String, String)| Some((names.column(table, column, side)?, value.as_str()));
    values.iter().filter_map(known).collect()
}

fn condition(key: &Values, table: &str, names: &Names, side: Side) -> Option<String> {
    let kept = kept(key, table, names, side);
    let parts: Vec<String> = kept.iter().map(|(column, value)| format!("{} IS {value}", quote(column))).collect();
    (parts.len() == key.len() && !parts.is_empty()).then(|| parts.join(" AND "))
}
