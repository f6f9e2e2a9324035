//! What is in the parts of a version of which something is kept: how many rows of which kind, and the first of them.

use rusqlite::Connection;

use super::ahead;
use super::images::Images;
use crate::database::kept::{CompareRows, KeptPart, KeptPartRows, KeptParts, ShownList, ShownRows};
use crate::database::sqlite::session::number;
use crate::database::undo::SHOWN;
use crate::history::{PartKind, UndoColumn, UndoPart};

/// Reads them; of rows that may be shown the keys, and the values where they are asked for.
pub(in crate::database::sqlite) fn of_version(
    connection: &Connection,
    parts: &[UndoPart],
    shown: &ShownRows<'_>,
) -> rusqlite::Result<KeptParts> {
    let in_the_way = match shown.compare {
        CompareRows::Beside(reshaped) => {
            let found = ahead::in_the_way(connection, parts, reshaped)?;
            Some(shown.without_ignored(parts, found))
        }
        CompareRows::No => None,
    };
    let parts = parts.iter().map(|part| of_part(connection, part, shown)).collect::<rusqlite::Result<_>>()?;
    Ok(KeptParts { parts, in_the_way })
}

fn of_part(connection: &Connection, part: &UndoPart, shown: &ShownRows<'_>) -> rusqlite::Result<KeptPart> {
    let what = match part.kind {
        PartKind::Rows => {
            let list = |condition: &str| list(connection, part, shown, condition);
            let lists = [list("i.b = 0")?, list("i.b = 1 AND i.a = 1")?, list("i.b = 1 AND i.a IS NULL")?];
            KeptPartRows::rows(part, lists)
        }
        PartKind::Values => KeptPartRows::values(part),
    };
    Ok(KeptPart::of(part, what))
}

fn list(
    connection: &Connection,
    part: &UndoPart,
    shown: &ShownRows<'_>,
    condition: &str,
) -> rusqlite::Result<ShownList> {
    let from = format!("FROM {} AS i WHERE {condition}", Images::of_part(part).table);
    let mut list = ShownList::default();
    list.rows.count = number(connection, &format!("SELECT count(*) {from}"))?;
    if list.rows.count == 0 {
        return Ok(list);
    }
    let columns = shown.columns(part);
    let quoted = |name: String| format!(", CAST(quote({name}) AS BLOB)");
    let texts = columns.iter().flat_map(|(at, _)| [quoted(format!("i.b{at}")), quoted(format!("i.a{at}"))]);
    let sql = format!("SELECT i.b, i.a, i.k0{} {from} ORDER BY i.rowid LIMIT {SHOWN}", texts.collect::<String>());
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (was_there, is_there) = (row.get(0)?, row.get::<_, Option<i64>>(1)?.is_some());
        let side = |is_there: bool, at: usize| -> rusqlite::Result<Option<String>> {
            let text = || row.get(at).map(|bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned());
            is_there.then(text).transpose()
        };
        let value = |(place, (_, column)): (usize, &(usize, &UndoColumn))| {
            let (before, after) = (side(was_there, 3 + 2 * place)?, side(is_there, 4 + 2 * place)?);
            Ok(shown.value(part, column, before, after))
        };
        let values = columns.iter().enumerate().map(value).collect::<rusqlite::Result<_>>()?;
        shown.add(&mut list, &columns, values, row.get::<_, i64>(2)?);
    }
    Ok(list)
}
