//! What users write: rows that are named by key, in columns that both schemas have.

use super::relation::quoted;
use crate::undo::names::{Names, Side};

type Values = Vec<(String, String)>;

/// A write, by the names of the first schema. A table is named with its schema, in quotes.
#[derive(Debug, Clone)]
pub(super) enum UserWrite {
    Insert { table: String, overriding: &'static str, values: Values },
    Update { table: String, key: Values, set: Values },
    Delete { table: String, key: Values },
}

impl UserWrite {
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
            Self::Insert { table, overriding, values } => {
                let kept = kept(values, table, names, side);
                let name = names.table(table, side)?;
                if kept.is_empty() {
                    return None;
                }
                let columns: Vec<String> = kept.iter().map(|(column, _)| quoted(column)).collect();
                let values: Vec<&str> = kept.iter().map(|(_, value)| *value).collect();
                Some(format!("INSERT INTO {name} ({}){overriding} VALUES ({})", columns.join(", "), values.join(", ")))
            }
            Self::Update { table, key, set } => {
                let set = kept(set, table, names, side);
                let set: Vec<String> =
                    set.iter().map(|(column, value)| format!("{} = {value}", quoted(column))).collect();
                let name = names.table(table, side)?;
                let condition = condition(key, table, names, side)?;
                (!set.is_empty()).then(|| format!("UPDATE {name} SET {} WHERE {condition}", set.join(", ")))
            }
            Self::Delete { table, key } => {
                Some(format!("DELETE FROM {} WHERE {}", names.table(table, side)?, condition(key, table, names, side)?))
            }
        }
    }
}

/// The values whose columns both schemas have.
fn kept<'a>(values: &'a Values, table: &str, names: &'a Names, side: Side) -> Vec<(&'a str, &'a str)> {
    let known = |(column, value): &'a (String, String)| Some((names.column(table, column, side)?, value.as_str()));
    values.iter().filter_map(known).collect()
}

fn condition(key: &Values, table: &str, names: &Names, side: Side) -> Option<String> {
    let kept = kept(key, table, names, side);
    let parts: Vec<String> = kept.iter().map(|(column, value)| format!("{} = {value}", quoted(column))).collect();
    (parts.len() == key.len() && !parts.is_empty()).then(|| parts.join(" AND "))
}
