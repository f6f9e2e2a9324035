//! The rows of a table of PostgreSQL: by COPY, so that they come one after the other, however many they are.

use std::pin::pin;

use futures_util::StreamExt as _;

use super::TableToExport;
use crate::catalog::ObjectName;
use crate::error::{Code, Error, Result};
use crate::export::value::of_postgres;
use crate::sql::{Ident, Literal};
use crate::transfer::{TargetSession, next_numbers};

/// Hands over each row, in order.
pub(in crate::export) async fn visit(
    session: &TargetSession,
    table: &TableToExport,
    visit: &mut dyn FnMut(Vec<String>) -> Result<()>,
) -> Result<()> {
    let message = format!("the rows of {} cannot be read", table.table.plain());
    let kind = format!("SELECT relkind FROM pg_catalog.pg_class WHERE oid = {}::regclass", Literal(Some(&table.name)));
    let kinds = session.rows(&kind, &message).await?;
    // The rows of a partitioned table are in its partitions; those of tables that inherit are their own.
    let only = if kinds.first().and_then(|row| row.get(0)) == Some("p") { "" } else { "ONLY " };
    let columns: Vec<String> = table.table.columns.iter().map(|name| format!("t.{}", Ident(name))).collect();
    let sql = format!(
        "COPY (SELECT {} FROM {only}{} t ORDER BY {}) TO STDOUT (FORMAT text, ENCODING 'UTF8')",
        columns.join(", "),
        table.name,
        table.order
    );
    let stream = session.unless_interrupted(session.client().copy_out(&sql)).await;
    let mut stream = pin!(stream.map_err(|error| session.error(error, &message))?);
    let mut rest: Vec<u8> = Vec::new();
    while let Some(piece) = session.unless_interrupted(stream.next()).await {
        let piece = piece.map_err(|error| session.error(error, &message))?;
        rest.extend_from_slice(&piece);
        let mut at = 0;
        while let Some(length) = rest[at..].iter().position(|byte| *byte == b'\n') {
            let row = row(&rest[at..at + length], table)
                .ok_or_else(|| Error::new(Code::Query, message.clone()).with_cause("the server sent what is no row"))?;
            visit(row)?;
            at += length + 1;
        }
        rest.drain(..at);
    }
    Ok(())
}

/// A line of COPY (PostgreSQL 15, "COPY", "Text Format").
fn row(line: &[u8], table: &TableToExport) -> Option<Vec<String>> {
    let fields = line.split(|byte| *byte == b'\t');
    let values: Option<Vec<String>> = fields
        .zip(&table.types)
        .map(|(field, target)| match field {
            b"\\N" => Some(of_postgres(None, target)),
            field => Some(of_postgres(Some(&unescaped(field)?), target)),
        })
        .collect();
    values.filter(|values| values.len() == table.types.len() || table.types.is_empty())
}

fn unescaped(field: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The next number of each column that a sequence numbers.
pub(super) async fn next(session: &TargetSession, table: &TableToExport) -> Result<Vec<(String, i64)>> {
    let name = ObjectName { schema: table.table.schema.clone(), owner: None, name: table.table.table.clone() };
    next_numbers(session, &name, &table.table.columns).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_copy_are_read() {
        assert_eq!(unescaped(b"a\\tb\\n\\\\N\\.").as_deref(), Some("a\tb\n\\N."));
        assert_eq!(unescaped(b"\\"), None);
    }
}
