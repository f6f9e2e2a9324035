//! Values that have no place on the target, as the journal keeps them.

use crate::convert::{Reason, StoredValue, TargetType, TargetValue};
use crate::transfer::binary_copy::{append, begin_row};
use crate::transfer::{ColumnMove, TableMove};

/// What is set aside: a value that has no place, or a row that the server refuses.
#[derive(Debug, Clone)]
pub(crate) struct SetAside {
    /// The table on the source.
    table: String,
    /// How the row is named there.
    row: String,
    /// The values of its key, by which a change of it is told later; none where nobody follows, or it has none.
    key: Option<String>,
    /// None where the row as a whole is refused.
    column: Option<String>,
    /// `integer`, `real`, `text`, `blob` or `null`; `row` of a row as a whole.
    class: &'static str,
    /// The bytes of a text or blob; a number as text; a row in the binary form of COPY, by which a verification knows it again.
    value: Option<Vec<u8>>,
    reason: String,
}

impl SetAside {
    /// The columns of the journal's table, in the order of [`encode`](Self::encode).
    pub(crate) const COLUMNS: &str = "source_table, row_name, row_key, column_name, storage_class, value, reason";

    pub(crate) fn of_value(
        table: &TableMove,
        column: &ColumnMove,
        (row, key): (String, Option<String>),
        stored: StoredValue<'_>,
        reason: &Reason,
    ) -> Self {
        let (class, value) = match stored {
            StoredValue::Null => ("null", None),
            StoredValue::Integer(value) => ("integer", Some(value.to_string().into_bytes())),
            StoredValue::Real(value) => ("real", Some(format!("{value:?}").into_bytes())),
            StoredValue::Text(bytes) => ("text", Some(bytes.to_vec())),
            StoredValue::Blob(bytes) => ("blob", Some(bytes.to_vec())),
        };
        let column = Some(column.name.clone());
        Self { table: table.name.clone(), row, key, column, class, value, reason: reason.to_string() }
    }

    /// A row that the server refuses, in the binary form of COPY, with its words.
    pub(crate) fn of_row(table: &TableMove, (name, key): (String, Option<String>), row: &[u8], reason: String) -> Self {
        let value = Some(row.to_vec());
        Self { table: table.name.clone(), row: name, key, column: None, class: "row", value, reason }
    }

    /// Appends it in the binary form of COPY.
    pub(crate) fn encode(&self, buffer: &mut Vec<u8>) {
        let text = |text: &str| TargetValue::Text(text.replace('\0', "\u{fffd}").into());
        let optional = |field: Option<&str>| field.map_or(TargetValue::Null, text);
        let value = self.value.as_deref();
        let fields = [
            (text(&self.table), TargetType::Text),
            (text(&self.row), TargetType::Text),
            (optional(self.key.as_deref()), TargetType::Text),
            (optional(self.column.as_deref()), TargetType::Text),
            (text(self.class), TargetType::Text),
            (value.map_or(TargetValue::Null, |bytes| TargetValue::Bytes(bytes.into())), TargetType::Bytea),
            (text(&self.reason), TargetType::Text),
        ];
        begin_row(buffer, fields.len());
        for (value, target) in &fields {
            append(buffer, value, target);
        }
    }
}
