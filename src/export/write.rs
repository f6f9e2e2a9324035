//! Writes a snapshot, row by row.

use std::io::{self, Write};

use super::header::{RowsDigest, SnapshotCount, SnapshotDigest, SnapshotHeader, SnapshotTable};

/// As what tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SnapshotForm {
    /// One document, a line for each row.
    Document,
    /// An object on each line.
    Lines,
    /// The names of the columns, then the rows of one table.
    Csv,
}

/// A table that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportedTable {
    pub(crate) table: SnapshotTable,
    pub(crate) rows: SnapshotCount,
}

/// Writes a snapshot: the header, each table with its rows, the end.
pub(crate) struct SnapshotWriter<W> {
    out: W,
    form: SnapshotForm,
    digest: SnapshotDigest,
    tables: Vec<ExportedTable>,
    open: Option<(SnapshotTable, RowsDigest)>,
}

fn json(part: &impl serde::Serialize) -> io::Result<String> {
    serde_json::to_string(part).map_err(io::Error::other)
}

/// Without its last brace, so that more may follow.
fn opened(text: &str) -> &str {
    text.strip_suffix('}').unwrap_or(text)
}

impl<W: Write> SnapshotWriter<W> {
    pub(crate) fn begin(mut out: W, form: SnapshotForm, header: &SnapshotHeader) -> io::Result<Self> {
        let mut digest = SnapshotDigest::default();
        digest.add(header);
        let text = json(header)?;
        match form {
            SnapshotForm::Document => writeln!(out, "{},\"tables\":[", opened(&text))?,
            SnapshotForm::Lines => writeln!(out, "{text}")?,
            SnapshotForm::Csv => {}
        }
        Ok(Self { out, form, digest, tables: Vec::new(), open: None })
    }

    pub(crate) fn begin_table(&mut self, table: SnapshotTable) -> io::Result<()> {
        self.digest.add(&table);
        match self.form {
            SnapshotForm::Document => {
                let comma = if self.tables.is_empty() { "" } else { "," };
                writeln!(self.out, "{comma}{},\"rows\":[", opened(&json(&table)?))?;
            }
            SnapshotForm::Lines => writeln!(self.out, "{}", json(&table)?)?,
            SnapshotForm::Csv => {
                let names = table.columns.iter().map(|name| quoted(name));
                writeln!(self.out, "{}", names.collect::<Vec<_>>().join(","))?;
            }
        }
        self.open = Some((table, RowsDigest::default()));
        Ok(())
    }

    /// Writes a row, whose values are JSON.
    pub(crate) fn row(&mut self, values: &[String]) -> io::Result<()> {
        let Some((table, rows)) = &mut self.open else { return Err(io::Error::other("a row without a table")) };
        let comma = if rows.count == 0 { "" } else { "," };
        rows.add(values);
        match self.form {
            SnapshotForm::Document => writeln!(self.out, "{comma}[{}]", values.join(",")),
            SnapshotForm::Lines => {
                let name = serde_json::Value::from(table.table.as_str());
                let member =
                    |(name, value): (&String, &String)| format!("{}:{value}", serde_json::Value::from(name.as_str()));
                let members: Vec<String> = table.columns.iter().zip(values).map(member).collect();
                writeln!(self.out, "{{\"of\":{name},\"row\":{{{}}}}}", members.join(","))
            }
            SnapshotForm::Csv => {
                let cells: Vec<String> = values.iter().map(|value| cell(value)).collect();
                writeln!(self.out, "{}", cells.join(","))
            }
        }
    }

    pub(crate) fn end_table(&mut self) -> io::Result<()> {
        let Some((table, rows)) = self.open.take() else { return Ok(()) };
        let rows = rows.end();
        self.digest.add(&rows);
        let text = json(&rows)?;
        match self.form {
            SnapshotForm::Document => writeln!(self.out, "],{}", text.strip_prefix('{').unwrap_or(&text))?,
            SnapshotForm::Lines => writeln!(self.out, "{text}")?,
            SnapshotForm::Csv => {}
        }
        self.tables.push(ExportedTable { table, rows });
        Ok(())
    }

    /// Ends it, and returns where it was written and what it has.
    pub(crate) fn end(mut self) -> io::Result<(W, Vec<ExportedTable>)> {
        let text = json(&self.digest.end())?;
        match self.form {
            SnapshotForm::Document => writeln!(self.out, "],{}", text.strip_prefix('{').unwrap_or(&text))?,
            SnapshotForm::Lines => writeln!(self.out, "{text}")?,
            SnapshotForm::Csv => {}
        }
        self.out.flush()?;
        Ok((self.out, self.tables))
    }
}

/// A value as a field of CSV: NULL is empty, an empty text has quotes.
fn cell(value: &str) -> String {
    match value.as_bytes().first() {
        Some(b'n') => String::new(),
        Some(b'"') => match serde_json::from_str::<String>(value) {
            Ok(text) => quoted(&text),
            Err(_) => quoted(value),
        },
        Some(b'{') => quoted(value),
        _ => value.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    let is_bare = !text.is_empty() && !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
    if is_bare { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}
