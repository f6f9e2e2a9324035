//! A value for a column of which nothing is known but its type and its checks.

use super::column::SeedColumn;
use crate::down::mixed;
use crate::down::postgres::name::literal;
use crate::sql::{self, Dialect, TokenKind};

/// How many kinds of values there are for a column.
const KINDS: usize = 10;

/// Keys that no migration gives.
const FIRST_KEY: usize = 900_001;

/// An expression for a column of a row. Each attempt is another one, as far as the type allows.
pub(super) fn of(column: &SeedColumn, row: usize, attempt: usize) -> String {
    if let Some((table, parent)) = &column.reference {
        // The same row for all columns of a key.
        return format!(
            "(SELECT {parent} FROM {table} ORDER BY ctid DESC OFFSET {row} % greatest(1, (SELECT count(*) FROM {table})) LIMIT 1)"
        );
    }
    let listed = listed(column);
    let is_mixed = attempt >= KINDS;
    let attempt = mixed(attempt, column.place, KINDS);
    // Even attempts take what the checks name, odd ones what lies between: of those where columns differ, few.
    if !listed.is_empty() && (attempt.is_multiple_of(2) || is_mixed && attempt > 3) {
        return listed[(row + attempt / 2) % listed.len()].clone();
    }
    let pick = |all: &[String]| all[(attempt / 2) % all.len()].clone();
    match column.category {
        'A' if attempt % 3 == 2 => "NULL".to_owned(),
        'A' => "'{}'".to_owned(),
        'B' => if (row + attempt).is_multiple_of(2) { "true" } else { "false" }.to_owned(),
        'D' => format!("timestamp '2020-01-{:02} 00:00:00'", (row + column.place) % 28 + 1),
        'E' if !column.labels.is_empty() => literal(&column.labels[(row + attempt) % column.labels.len()]),
        'G' => pick(&["'(0,0)'", "'((0,0),(1,1))'", "'<(0,0),1>'", "'{0,1,0}'"].map(str::to_owned)),
        'I' => format!("'10.0.0.{}'", row + 1),
        'N' => number(column, row, attempt),
        'R' => pick(&["'empty'", "'[1,2)'"].map(str::to_owned)),
        'S' => literal(&text(column, row, attempt)),
        'T' => format!("'{} days'", row + column.place + 1),
        'V' => "'1'".to_owned(),
        _ => other(column, row, attempt),
    }
}

fn number(column: &SeedColumn, row: usize, attempt: usize) -> String {
    let small = row + column.place + 1;
    match (column.base.as_str(), attempt) {
        ("int4" | "int8" | "oid", 0) => (FIRST_KEY + row + column.place).to_string(),
        ("int2", 0) => (30_001 + row + column.place).to_string(),
        (_, 0 | 1) => small.to_string(),
        (_, 2 | 3) => row.to_string(),
        (_, 4) => "0.5".to_owned(),
        (_, 5) => (small * 100).to_string(),
        (_, 6) => format!("-{small}"),
        _ => (FIRST_KEY + row).to_string(),
    }
}

fn text(column: &SeedColumn, row: usize, attempt: usize) -> String {
    let text = match attempt {
        0 | 1 => format!("{} {row}", column.name),
        2 => format!("seeded{row}"),
        3 => format!("seeded{row}@example.com"),
        4 => format!("https://example.com/{row}"),
        5 => format!("{:064x}", FIRST_KEY + row),
        6 => format!("00000000-0000-4000-8000-{:012}", FIRST_KEY + row),
        7 => format!("{:02}", row + 1),
        8 => char::from(b'A' + u8::try_from(row).unwrap_or(0)).to_string().repeat(2),
        _ => "a".repeat(row + 1),
    };
    match column.length {
        Some(length) => {
            // The end tells rows apart.
            let skipped = text.chars().count().saturating_sub(length);
            text.chars().skip(skipped).collect()
        }
        None => text,
    }
}

fn other(column: &SeedColumn, row: usize, attempt: usize) -> String {
    match column.base.as_str() {
        "uuid" => format!("'00000000-0000-4000-8000-{:012}'", FIRST_KEY + row + column.place * 1000),
        "json" | "jsonb" if attempt % 2 == 1 => "'[]'".to_owned(),
        "json" | "jsonb" => format!("'{{\"seeded\": {row}}}'"),
        "bytea" => {
            let length = [2, 32, 20, 16, 8][(attempt / 2) % 5];
            format!("'\\x{}'::bytea", format!("{:02x}", row + 1).repeat(length))
        }
        "xml" => "'<a/>'".to_owned(),
        "tsvector" | "tsquery" => "'seeded'".to_owned(),
        "bit" | "varbit" => "'1'".to_owned(),
        "macaddr" | "macaddr8" => format!("'08:00:2b:01:02:0{row}'"),
        "hstore" => "''".to_owned(),
        "pg_lsn" => "'0/0'".to_owned(),
        _ if attempt % 2 == 1 => "NULL".to_owned(),
        _ => format!("CAST('{}' AS {})", row + 1, column.full),
    }
}

/// The values that checks name: literals for texts and dates, numbers for numbers.
fn listed(column: &SeedColumn) -> Vec<String> {
    let text = column.checks.as_str();
    // What a pattern is made of does not fit it.
    if text.is_empty() || text.contains('~') || !matches!(column.category, 'S' | 'N' | 'D' | 'E') {
        return Vec::new();
    }
    let mut found = Vec::new();
    for token in sql::tokens(Dialect::Postgres, text) {
        let part = &text[token.start..token.end];
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        match token.kind {
            TokenKind::Literal if matches!(column.category, 'S' | 'E') => found.push(part.to_owned()),
            TokenKind::Literal if column.category == 'D' && part[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                found.push(part.to_owned());
            }
            TokenKind::Literal if column.category == 'N' && part[1..part.len() - 1].parse::<f64>().is_ok() => {
                found.push(part.to_owned());
            }
            TokenKind::Symbol | TokenKind::Word if column.category == 'N' && is_number => found.push(part.to_owned()),
            _ => {}
        }
    }
    found
}
