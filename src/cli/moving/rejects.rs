//! The values that are refused, each as a line of JSON in a file.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::private::PrivateFile;
use crate::convert::StoredValue;
use crate::error::{Code, Error, Result};
use crate::hex::Hex;
use crate::transfer::RefusedValue;

/// A file of refused values. It takes its place once the plan is made.
pub(super) struct RejectsFile<'a> {
    file: PrivateFile,
    path: &'a Path,
    shows_values: bool,
}

impl<'a> RejectsFile<'a> {
    pub(super) fn create(path: &'a Path, shows_values: bool) -> Result<Self> {
        let file = PrivateFile::create(path).map_err(|error| unwritten(path, error))?;
        Ok(Self { file, path, shows_values })
    }

    /// Appends a value.
    pub(super) fn add(&mut self, refused: &RefusedValue<'_>) -> Result<()> {
        let line = line(refused, self.shows_values);
        writeln!(self.file, "{line}").map_err(|error| unwritten(self.path, error))
    }

    pub(super) fn keep(self) -> Result<()> {
        let Self { file, path, .. } = self;
        file.keep().map_err(|error| unwritten(path, error))
    }
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::io(Code::Io, format!("{} cannot be written", path.display()), error)
        .with_state("nothing was written to a database")
}

fn line(refused: &RefusedValue<'_>, shows_values: bool) -> Value {
    let RefusedValue { table, column, row, stored, reason } = refused;
    let settlement = reason.settlement();
    let (class, value) = value(*stored);
    json!({
        "table": table.name,
        "row": row,
        "column": column.name,
        "target": format!("{}.{}", table.target.plain(), column.target),
        "type": column.rule.target.to_string(),
        "class": class,
        "value": shows_values.then_some(value),
        "kind": reason.name(),
        "verdict": settlement.word(),
        "reason": if shows_values { reason.to_string() } else { reason.in_general() },
        "rule": settlement.rule().filter(|_| shows_values || !reason.quotes()),
    })
}

/// A value by its storage class: a text as it is, bytes that are none in hexadecimal digits.
fn value(stored: StoredValue<'_>) -> (&'static str, Value) {
    let bytes = |bytes: &[u8]| Value::from(format!("x'{}'", Hex(bytes)));
    match stored {
        StoredValue::Null => ("null", Value::Null),
        StoredValue::Integer(value) => ("integer", value.into()),
        // JSON has no infinity.
        StoredValue::Real(value) => ("real", format!("{value:?}").into()),
        StoredValue::Text(text) => ("text", std::str::from_utf8(text).map_or_else(|_| bytes(text), Value::from)),
        StoredValue::Blob(blob) => ("blob", bytes(blob)),
    }
}
