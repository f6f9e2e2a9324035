//! What a step has come to in the end: each row as it was before the step, and as the step left it.

use super::apart::{self, NoRecord};
use super::counted::counted;
use super::facts::{Facts, KnownTable, all_of};
use super::lost::{self, LostColumn};
use super::pairs::{PairedColumn, left, pairs};
use super::part::{CountedPart, RecordOutcome, StepNotes, TableNotes};
use crate::database::postgres::PostgresDatabase;
use crate::history::{PartKind, UndoPart};

/// What is kept of the step, which has left these tables. It takes what was noted.
pub(super) async fn finish(
    notes: &mut StepNotes,
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
) -> Result<RecordOutcome, NoRecord> {
    let parts = all(notes, database, facts).await?;
    if parts.is_empty() && !notes.is_asked {
        return Ok(RecordOutcome::Nothing);
    }
    if let Some((rows, bytes)) = notes.room {
        if parts.iter().map(|part| part.rows).sum::<u64>() > rows {
            return Err(format!("the step changed more than {rows} rows").into());
        }
        if parts.iter().map(|part| part.bytes).sum::<u64>() > bytes {
            return Err(format!("the rows that the step changed have more than {} MB", bytes / 1_000_000).into());
        }
    }
    Ok(RecordOutcome::Parts(parts.into_iter().map(|part| numbered(part, facts)).collect()))
}

/// A part, with the sequences of the columns of its key.
fn numbered(part: UndoPart, facts: &Facts) -> CountedPart {
    let table = facts.named(part.table_after().as_ref());
    let of_key = part.columns.iter().enumerate().filter(|(_, column)| column.in_key);
    let numbered = of_key.filter_map(|(place, column)| {
        let table = table.filter(|table| !table.key.is_empty())?;
        let known = table.named(column.after.as_deref()?)?;
        Some((place, table.numbered.get(&known.number)?.clone()))
    });
    let numbered = numbered.collect();
    CountedPart { part, numbered }
}

async fn all(
    notes: &mut StepNotes,
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
) -> Result<Vec<UndoPart>, NoRecord> {
    let before = std::mem::take(&mut notes.before);
    for (oid, was) in &before {
        if let Some(why) = unseen(notes, was, facts.tables.get(oid)) {
            return Err(why.into());
        }
    }
    let mut parts = Vec::new();
    let logs = std::mem::take(&mut notes.logs);
    let mut number = logs.values().map(|log| log.part.number).max().unwrap_or(0);
    for (oid, log) in &logs {
        let (Some(was), now) = (before.get(oid), facts.tables.get(oid)) else { continue };
        parts.extend(of_table(notes, database, log, was, now, &mut number).await?);
    }
    let made = facts.tables.values().filter(|table| !before.contains_key(&table.oid));
    for table in made.filter(|_| notes.is_asked) {
        number += 1;
        parts.extend(of_made(notes, database, table, number).await?);
    }
    parts.sort_by_key(|part| part.number);
    Ok(parts)
}

/// What was done to a table that nobody has seen: it is gone, emptied or changed without that its rows were kept.
fn unseen(notes: &StepNotes, was: &KnownTable, now: Option<&KnownTable>) -> Option<String> {
    let log = notes.logs.get(&was.oid);
    let shown = was.name.plain();
    let Some(now) = now else {
        return log
            .is_none_or(|log| !log.is_whole)
            .then(|| format!("table {shown} was dropped, and its rows were not seen before"));
    };
    let is_converted = |number: &i16| {
        let pair = was.column(*number).zip(now.column(*number));
        pair.is_some_and(|(was, now)| was.datatype != now.datatype)
    };
    if log.is_some() && was.key.iter().any(is_converted) {
        return Some(format!("the key of table {shown} was converted"));
    }
    if log.is_some_and(|log| log.is_whole) {
        return (was.key != now.key).then(|| format!("table {shown} has another primary key now"));
    }
    let lost =
        was.columns.iter().find(|column| now.column(column.number).is_none_or(|now| now.datatype != column.datatype));
    if let Some(column) = lost {
        return Some(format!(
            "column {} of table {shown} was dropped or converted, and its values were not seen before",
            column.name
        ));
    }
    let seen = log.map_or(was.touched, |log| log.touched);
    if now.touched != seen {
        return Some(format!("rows of table {shown} were changed, and not seen"));
    }
    if log.is_some() && was.key != now.key {
        return Some(format!("table {shown} has another primary key now"));
    }
    let is_anew = was.file != now.file && !notes.is_altered(was, now);
    is_anew.then(|| format!("table {shown} was emptied or written anew"))
}

async fn of_table(
    notes: &StepNotes,
    database: &mut PostgresDatabase<'_>,
    log: &TableNotes,
    was: &KnownTable,
    now: Option<&KnownTable>,
    number: &mut u32,
) -> Result<Vec<UndoPart>, NoRecord> {
    let pairs = pairs(Some(was), now);
    let (rows, of) = (&log.part.table, log.part.condition());
    let (mut parts, mut written) = (Vec::new(), String::new());
    if let Some(now) = now.filter(|_| was.key.is_empty()) {
        if was.columns != now.columns {
            return Err(format!("table {} has no primary key, and has got other columns", was.name.plain()).into());
        }
        written = by_content(log, now);
    } else if let Some(now) = now {
        let key = now.told_by("t");
        let of_i = log.part.condition_of("i");
        written = format!(
            "UPDATE {rows} SET is_there = false WHERE {of};\n\
             UPDATE {rows} AS i SET is_there = true, after = {} FROM ONLY {} AS t WHERE {of_i} AND i.row_key = {key};\n",
            left(&pairs),
            now.name
        );
        if log.is_whole {
            written += &format!(
                "INSERT INTO {rows} (version, number, image, was_there, is_there, row_key, after) SELECT {}, {}, {}, false, true, {key}, {} \
                 FROM ONLY {} AS t WHERE NOT EXISTS (SELECT FROM {rows} AS i WHERE {of_i} AND i.row_key = {key});\n",
                log.part.version,
                log.part.number,
                log.part.next(),
                left(&pairs),
                now.name
            );
        }
        written += &format!("DELETE FROM {rows} WHERE {of} AND NOT was_there AND NOT is_there");
        let kept = pairs.iter().enumerate().filter(|(_, pair)| pair.is_kept());
        let same: Vec<String> =
            kept.map(|(at, _)| format!("before[{0}] IS NOT DISTINCT FROM after[{0}]", at + 1)).collect();
        let same = all_of(&same);
        let lost = pairs.iter().enumerate().filter(|(_, pair)| pair.before.is_some() && !pair.is_kept());
        for (place, _) in lost.filter(|_| log.is_whole) {
            if !written.is_empty() {
                apart::noted(database, &std::mem::take(&mut written)).await?;
            }
            *number += 1;
            let lost = LostColumn { pairs: &pairs, place, same: &same };
            parts.extend(lost::values(notes, database, log, (was, now), &lost, *number).await?);
        }
        written += &format!(
            ";\nUPDATE {rows} SET is_same = true, before = NULL WHERE {of} AND was_there AND is_there AND {same}"
        );
        if !pairs.iter().any(|pair| pair.before.is_none()) {
            // What was added to a row that is as it was is told from what people write there later.
            written += &format!(";\nDELETE FROM {rows} WHERE {of} AND is_same");
        }
    }
    let columns = pairs.iter().map(PairedColumn::column).collect();
    parts.extend(counted(database, &written, &log.part, PartKind::Rows, (Some(was), now), columns).await?);
    Ok(parts)
}

/// What is done with the rows of a table without a key: those that were there and are there again are as they were, one for one.
fn by_content(log: &TableNotes, now: &KnownTable) -> String {
    let (rows, of) = (&log.part.table, log.part.condition());
    let of_i = log.part.condition_of("i");
    let all = if log.is_whole {
        format!(
            "INSERT INTO {rows} (version, number, image, was_there, is_there, row_key) SELECT {}, {}, {}, false, true, {} FROM ONLY {} AS t;\n",
            log.part.version,
            log.part.number,
            log.part.next(),
            now.content_of("t"),
            now.name
        )
    } else {
        String::new()
    };
    let ranked = |is_before: &str| {
        format!(
            "(SELECT i.image, i.row_key, row_number() OVER (PARTITION BY i.row_key ORDER BY i.image) AS place \
             FROM {rows} AS i WHERE {of_i} AND {is_before})"
        )
    };
    format!(
        "{all}DELETE FROM {rows} AS r USING {} AS b JOIN {} AS a USING (row_key, place) WHERE {} AND r.image IN (b.image, a.image);\n\
         UPDATE {rows} SET after = row_key WHERE {of} AND is_there",
        ranked("i.was_there"),
        ranked("NOT i.was_there"),
        log.part.condition_of("r")
    )
}

/// The rows of a table that the step has made: what people write there later is told from them. Where there are too many, all of them count later.
async fn of_made(
    notes: &StepNotes,
    database: &mut PostgresDatabase<'_>,
    table: &KnownTable,
    number: u32,
) -> Result<Option<UndoPart>, NoRecord> {
    let part = notes.part(number);
    let most = notes.room.map(|(rows, _)| rows);
    let limit = most.map_or_else(String::new, |most| format!(" LIMIT {}", most + 1));
    let pairs = pairs(None, Some(table));
    let key = table.told_by("t");
    let sql = format!(
        "INSERT INTO {} (version, number, image, was_there, is_there, row_key, after) SELECT {}, {number}, {}, false, true, {key}, {} FROM ONLY {} AS t{limit}",
        part.table,
        part.version,
        part.next(),
        left(&pairs),
        table.name
    );
    let columns = pairs.iter().map(PairedColumn::column).collect();
    let made = counted(database, &sql, &part, PartKind::Rows, (None, Some(table)), columns).await?;
    let is_too_much = made.as_ref().zip(most).is_some_and(|(made, most)| made.rows > most);
    if is_too_much {
        apart::noted(database, &format!("DELETE FROM {} WHERE {}", part.table, part.condition())).await?;
        return Ok(None);
    }
    Ok(made)
}
