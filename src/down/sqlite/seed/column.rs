//! The values that a column may want.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::Connection;

use super::check::CheckConstraint;
use crate::database::sqlite::inspect::{Affinity, ColumnDefinition, TableEntry};
use crate::down::seed::value::{FIRST_KEY, Numbers, day, numbers, rotated, texts};
use crate::down::seed::{Hints, Presence, ROWS, SeedCandidate, Slot, distinct, telling};
use crate::down::sqlite::name::{self, PlainName};
use crate::down::sqlite::placeholder::{ValueClass, kind};
use crate::sql::Dialect;

/// The rows of a parent that are tried.
const PARENTS: usize = 3;

/// A reference: the parent's table and its columns.
struct Reference {
    columns: Vec<String>,
    parent: String,
    to: Vec<String>,
}

/// The slots of a table: its references, the longest first, and its other columns.
pub(super) fn slots(
    connection: &Connection,
    all: &[TableEntry],
    entry: &TableEntry,
    checks: &[CheckConstraint],
    rows: &Range<usize>,
) -> rusqlite::Result<Vec<Slot>> {
    let table = &entry.table;
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut open: Vec<(usize, &ColumnDefinition)> =
        table.columns.iter().enumerate().filter(|(_, column)| !column.is_generated()).collect();
    let key = table.primary_key();
    let is_key = |column: &ColumnDefinition| column.has("primary") || key.contains(&column.name);
    let mut slots = Vec::new();
    for reference in references(connection, all, &entry.name)? {
        let of = |name: &str| reference.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        let taken: Vec<&ColumnDefinition> =
            open.iter().filter(|(_, column)| of(&column.name).is_some()).map(|(_, column)| *column).collect();
        open.retain(|(_, column)| of(&column.name).is_none());
        if taken.is_empty() {
            continue;
        }
        let to: Vec<&str> =
            taken.iter().filter_map(|column| reference.to.get(of(&column.name)?)).map(String::as_str).collect();
        let is_optional = !taken.iter().any(|column| column.is_not_null() || is_key(column));
        let has_default = taken.iter().any(|column| column.default_value().is_some());
        slots.push(Slot {
            columns: taken.iter().map(|column| column.name.clone()).collect(),
            rows: rows
                .clone()
                .map(|row| {
                    let mut rows: Vec<SeedCandidate> =
                        (0..PARENTS).map(|at| parent_key(&reference, &to, row + at)).collect();
                    if reference.parent.eq_ignore_ascii_case(&entry.name) {
                        rows.push(SeedCandidate::Own(to.iter().map(|name| (*name).to_owned()).collect()));
                    }
                    let none = if has_default {
                        SeedCandidate::Given(vec!["NULL".to_owned(); taken.len()])
                    } else {
                        SeedCandidate::LeftOut
                    };
                    rows.extend(is_optional.then_some(none));
                    rows
                })
                .collect(),
            presence: if is_optional { Presence::Optional } else { Presence::Needed },
            parent: Some(PlainName(&reference.parent).to_string()),
            to: to.iter().map(|name| (*name).to_owned()).collect(),
        });
    }
    for (place, column) in open {
        let of_column =
            checks.iter().filter(|check| check.columns.contains(&column.name)).map(|check| check.text.as_str());
        let mut hints = Hints::of(Dialect::Sqlite, of_column, &column.name, &names);
        hints.is_json |= column.datatype.contains("json") || column.name.to_ascii_lowercase().ends_with("json");
        let is_key = is_key(column);
        let is_alias = table.rowid_alias().is_some_and(|alias| alias.name == column.name);
        slots.push(Slot {
            columns: vec![column.name.clone()],
            rows: rows
                .clone()
                .map(|row| {
                    let values = values(column, is_key, &hints, row, if is_alias { 0 } else { place });
                    let mut rows = distinct(values.into_iter().map(SeedCandidate::one));
                    let has_default = column.default_value().is_some();
                    let may_be_null = !column.is_not_null() && !is_key;
                    rows.extend((may_be_null && has_default).then(|| SeedCandidate::one("NULL")));
                    rows.extend((may_be_null || has_default).then_some(SeedCandidate::LeftOut));
                    rows
                })
                .collect(),
            presence: if column.is_not_null() || is_key { Presence::Needed } else { Presence::Optional },
            parent: None,
            to: Vec::new(),
        });
    }
    Ok(slots)
}

/// The references to tables that are there.
fn references(connection: &Connection, all: &[TableEntry], table: &str) -> rusqlite::Result<Vec<Reference>> {
    let sql = "SELECT id, \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([table])?;
    let mut found: BTreeMap<i64, Reference> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, column, parent, to): (i64, String, String, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let Some(entry) = all.iter().find(|entry| entry.name.eq_ignore_ascii_case(&parent)) else { continue };
        let reference = found.entry(id).or_insert_with(|| Reference { columns: Vec::new(), parent, to: Vec::new() });
        // Without columns a reference is to the primary key.
        let key = || entry.table.primary_key().get(reference.columns.len()).cloned();
        reference.to.push(to.or_else(key).unwrap_or_else(|| "rowid".to_owned()));
        reference.columns.push(column);
    }
    let mut found: Vec<Reference> = found.into_values().collect();
    found.sort_by_key(|reference| Reverse(reference.columns.len()));
    Ok(found)
}

fn parent_key(reference: &Reference, to: &[&str], at: usize) -> SeedCandidate {
    let parent = PlainName(&reference.parent);
    let order = to.iter().map(|name| format!("{} DESC", PlainName(name))).collect::<Vec<_>>().join(", ");
    let one = |name: &&str| {
        format!(
            "(SELECT {} FROM {parent} ORDER BY {order} LIMIT 1 OFFSET {at} % max(1, (SELECT count(*) FROM {parent})))",
            PlainName(name)
        )
    };
    SeedCandidate::Given(to.iter().map(one).collect())
}

/// Expressions: those that tell types apart, in rows that do not stay; then the likely ones first.
fn values(column: &ColumnDefinition, is_key: bool, hints: &Hints, row: usize, place: usize) -> Vec<String> {
    // A number that is a key has to be one that no other row has.
    let telling = telling_value(column, row, place).filter(|_| !is_key || column.affinity() == Affinity::Text);
    telling.into_iter().chain(usual_values(column, hints, row, place)).collect()
}

fn telling_value(column: &ColumnDefinition, row: usize, place: usize) -> Option<String> {
    const BYTES: [&str; 4] = ["X'00FF'", "X''", "X'C328'", "X'61'"];
    // SQLite's own functions end at a NUL, and so does much else.
    const WITH_NUL: &str = "'a' || char(0) || 'b'";
    let text = || match row % 5 {
        4 if column.affinity() != Affinity::Numeric => Some(WITH_NUL.to_owned()),
        _ => telling::text(row, place).map(|text| name::text(&text)),
    };
    if row < ROWS || column.datatype.contains("bool") {
        return None;
    }
    match (column.affinity(), kind(column)) {
        (Affinity::Integer, _) => telling::whole(row, place).map(str::to_owned),
        (Affinity::Real, _) => telling::real(row, place).map(str::to_owned),
        (Affinity::Text, _) => text(),
        // What a name says of text.
        (Affinity::Numeric, ValueClass::Text) => None,
        (Affinity::Numeric, _) => match row % 2 {
            0 => telling::real(row, place).map(str::to_owned),
            _ => telling::whole(row, place).map(str::to_owned),
        },
        (Affinity::Blob | Affinity::Any, _) => match row % 4 {
            0 => telling::whole(row, place).map(str::to_owned),
            1 => telling::real(row, place).map(str::to_owned),
            2 => text(),
            _ => telling::other(&BYTES, row, place).map(str::to_owned),
        },
    }
}

/// Expressions, the likely ones first.
fn usual_values(column: &ColumnDefinition, hints: &Hints, row: usize, place: usize) -> Vec<String> {
    let quoted = |all: Vec<String>| all.into_iter().map(|value| name::text(&value));
    let datatype = &column.datatype;
    let usual_number = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let is_whole = datatype.contains("int");
    let numbers = |usual: f64| {
        numbers(hints, usual, if is_whole { Numbers::Whole(f64::MAX) } else { Numbers::All(f64::MAX) }, row, place)
    };
    match kind(column) {
        ValueClass::Integer if datatype.contains("bool") => {
            let mut all: Vec<String> = quoted(rotated(&hints.equal, row)).collect();
            all.extend([row % 2, (row + 1) % 2].map(|value| value.to_string()));
            all
        }
        ValueClass::Integer => {
            let words = hints.equal.iter().filter(|text| text.parse::<f64>().is_err()).cloned().collect();
            quoted(words).chain(numbers(usual_number(FIRST_KEY + row + place))).collect()
        }
        ValueClass::Real => numbers(usual_number(row) + 0.5),
        ValueClass::Blob => blobs(hints, row, place),
        ValueClass::Text => {
            let is_time = datatype.contains("date") || datatype.contains("time");
            let usual = if is_time {
                format!("2020-01-{:02} 00:00:00", day(row, place))
            } else {
                // What changes the case, trims or replaces shows.
                format!(" {} \"{row}\"/", column.name.to_uppercase())
            };
            let time = format!("2020-01-{:02} 12:34:56.789", day(row, place));
            let formatted = hints.formats.iter().map(|format| format!("strftime({}, '{time}')", name::text(format)));
            let mut all: Vec<String> = formatted.chain(quoted(texts(hints, &usual, row, place))).collect();
            if datatype.is_empty() || datatype == "any" {
                all.extend(numbers(usual_number(row)));
            }
            all
        }
    }
}

fn blobs(hints: &Hints, row: usize, place: usize) -> Vec<String> {
    let lengths = hints.lengths.iter().copied().filter(|length| *length <= 1_000);
    let lengths =
        lengths.flat_map(|length| [length, length + 1, length.saturating_sub(1)]).chain([2, 32, 20, 16, 8, 64]);
    let byte = |number: usize| u8::try_from(number % 256).unwrap_or_default();
    let bytes = |length: usize| {
        let mut bytes = vec![byte(row + 1); length];
        if let Some(last) = bytes.last_mut() {
            *last = byte(place);
        }
        name::blob(&bytes)
    };
    lengths.map(bytes).chain(texts(hints, "seeded", row, place).iter().map(|text| name::text(text))).collect()
}
