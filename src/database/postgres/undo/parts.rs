//! What is in the parts of a version of which something is kept: how many rows of which kind, and the first of them.

use super::{ahead, store};
use crate::database::kept::{CompareRows, KeptPart, KeptPartRows, KeptParts, ShownList, ShownRows};
use crate::database::postgres::{PostgresDatabase, history};
use crate::database::undo::SHOWN;
use crate::error::Result;
use crate::history::{PartKind, UndoColumn, UndoPart};
use crate::version::Version;

/// Reads them; of rows that may be shown the keys, and the values where they are asked for.
pub(super) async fn parts(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    shown: &ShownRows<'_>,
) -> Result<KeptParts> {
    let record = store::read(database, &[version]).await?.remove(&version).unwrap_or_default();
    let mut parts = Vec::new();
    for part in record.parts() {
        parts.push(of_part(database, part, shown).await?);
    }
    let in_the_way = match shown.compare {
        CompareRows::Beside(_) => ahead::in_the_way(database, version, record.parts()).await,
        CompareRows::No => None,
    };
    let in_the_way = in_the_way.map(|conflicts| shown.without_ignored(record.parts(), conflicts));
    Ok(KeptParts { parts, in_the_way })
}

async fn of_part(database: &mut PostgresDatabase<'_>, part: &UndoPart, shown: &ShownRows<'_>) -> Result<KeptPart> {
    let what = match part.kind {
        PartKind::Rows => {
            let inserted = list(database, part, shown, "NOT i.was_there").await?;
            let changed = list(database, part, shown, "i.was_there AND i.is_there AND NOT i.is_same").await?;
            let deleted = list(database, part, shown, "i.was_there AND NOT i.is_there").await?;
            KeptPartRows::rows(part, [inserted, changed, deleted])
        }
        PartKind::Values => KeptPartRows::values(part),
    };
    Ok(KeptPart::of(part, what))
}

async fn list(
    database: &mut PostgresDatabase<'_>,
    part: &UndoPart,
    shown: &ShownRows<'_>,
    condition: &str,
) -> Result<ShownList> {
    let columns = shown.columns(part);
    let quoted = |value: String| {
        format!("CASE WHEN {value} ~ '^-?[0-9]+$' THEN {value} ELSE coalesce(quote_literal({value}), 'NULL') END")
    };
    // The key stands apart: of a row that is as it was nothing else is kept.
    let mut place = 0;
    let texts = columns.iter().flat_map(|(at, column)| {
        let of_key = column.in_key.then(|| {
            place += 1;
            format!("i.row_key[{place}]")
        });
        let side = |side: &str| quoted(of_key.clone().unwrap_or_else(|| format!("i.{side}[{}]", at + 1)));
        [side("before"), side("after")]
    });
    let texts: Vec<String> = texts.collect();
    let listed = if texts.is_empty() { String::new() } else { format!(", {}", texts.join(", ")) };
    let from = format!("FROM {} AS i WHERE {condition}", part.images);
    let count = history::rows(database, &format!("SELECT count(*) {from}")).await?;
    let mut list = ShownList::default();
    list.rows.count = count.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or(0);
    if list.rows.count == 0 {
        return Ok(list);
    }
    let sql = format!("SELECT i.was_there, i.is_there, i.image{listed} {from} ORDER BY i.image LIMIT {SHOWN}");
    for row in &history::rows(database, &sql).await? {
        let is_so = |at: usize| row.get(at) == Some("t");
        let side = |is_there: bool, at: usize| is_there.then(|| row.get(at).unwrap_or("NULL").to_owned());
        let value = |(place, (_, column)): (usize, &(usize, &UndoColumn))| {
            let (before, after) = (side(is_so(0), 3 + 2 * place), side(is_so(1), 4 + 2 * place));
            shown.value(part, column, before, after)
        };
        let values = columns.iter().enumerate().map(value).collect();
        shown.add(&mut list, &columns, values, row.get(2).unwrap_or_default());
    }
    Ok(list)
}
