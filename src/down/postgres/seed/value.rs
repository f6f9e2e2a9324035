//! Values that a column may want, by its type and what checks name.

use super::column::SeedColumn;
use crate::down::postgres::name::literal;
use crate::down::seed::value::{FIRST_KEY, Numbers, day, jsons, numbers, rotated, texts};
use crate::down::seed::{Hints, ROWS, telling};
use crate::sql::Dialect;

/// What the checks of a column and of its domain say, where the table has these columns.
pub(super) fn hints(column: &SeedColumn, columns: &[&str]) -> Hints {
    let checks = column.checks.iter().chain(&column.bounds).map(String::as_str);
    let mut hints = Hints::of(Dialect::Postgres, checks, &column.name, columns);
    hints.add(Dialect::Postgres, column.domain_checks.iter().map(String::as_str), "value", &["value"]);
    // A `char(3)` is meant to have three letters.
    hints.lengths.extend(column.length);
    hints
}

/// Expressions for a column of a row: those that tell types apart, in rows that do not stay; then the likely ones first.
pub(super) fn of(column: &SeedColumn, hints: &Hints, row: usize) -> Vec<String> {
    telling_value(column, row).into_iter().chain(usual(column, hints, row)).collect()
}

fn telling_value(column: &SeedColumn, row: usize) -> Option<String> {
    const DATES: [&str; 4] = ["infinity", "0044-03-15 BC", "2020-02-29", "1999-12-31"];
    const MOMENTS: [&str; 4] =
        ["infinity", "2020-02-29 23:59:59.999999", "0044-03-15 12:00:00 BC", "2021-03-28 02:30:00+02"];
    const TIMES: [&str; 3] = ["24:00:00", "23:59:59.999999", "00:00:01"];
    const DECIMALS: [&str; 5] = ["NaN", "12.50", "-0.001", "1234567890.123456789", "12.5050"];
    const SPANS: [&str; 3] = ["1 month -1 day", "36:00:00.000001", "-2 years"];
    const JSON: [&str; 4] = ["{\"b\": 1, \"a\":  2.0, \"b\": 3}", "null", "[1.50, \"\\u00e9\"]", "\"x\""];
    const BYTES: [&str; 3] = ["\\x00ff27", "\\x", "\\xc328"];
    const ARRAYS: [&str; 3] = ["{NULL}", "{}", "[0:1]={1,2}"];
    let place = column.place;
    let one = |all: &[&'static str]| telling::other(all, row, place).map(literal);
    if row < ROWS {
        return None;
    }
    match (column.category, column.base.as_str()) {
        ('S', _) => telling::text(row, place).map(|text| {
            let length = column.length.unwrap_or(usize::MAX);
            literal(&text.chars().take(length).collect::<String>())
        }),
        // A number that is a key has to be one that no other row has.
        ('N', _) if column.is_key => None,
        ('N', "int2" | "int4" | "int8" | "oid") => {
            telling::whole(row, place).filter(|number| fits(column, number)).map(str::to_owned)
        }
        ('N', "float4" | "float8") if row.is_multiple_of(4) => one(&["NaN", "Infinity", "-0"]),
        ('N', "numeric") if row.is_multiple_of(2) => {
            telling::other(&DECIMALS, row, place).filter(|number| fits(column, number)).map(literal)
        }
        ('N', _) => telling::real(row, place).filter(|number| fits(column, number)).map(str::to_owned),
        ('D', "date") => one(&DATES),
        ('D', "time" | "timetz") => one(&TIMES),
        ('D', _) => one(&MOMENTS),
        ('T', _) => one(&SPANS),
        ('A', _) => one(&ARRAYS),
        (_, "json" | "jsonb") => one(&JSON),
        (_, "bytea") => one(&BYTES),
        (_, "inet") => one(&["10.0.0.1/8", "::1"]),
        _ => None,
    }
}

/// Whether the type of a column has a place for a number.
fn fits(column: &SeedColumn, number: &str) -> bool {
    let most = match column.base.as_str() {
        "int2" => f64::from(i16::MAX),
        "int4" => f64::from(i32::MAX),
        "money" | "float4" => 1e15,
        "numeric" => column.digits.map_or(f64::MAX, |digits| 10_f64.powi(digits) * 0.99),
        _ => f64::MAX,
    };
    let is_whole_alone = column.base == "oid";
    number
        .parse::<f64>()
        .is_ok_and(|number| number.is_nan() || number.abs() <= most && !(is_whole_alone && number < 0.0))
}

/// The likely ones first.
fn usual(column: &SeedColumn, hints: &Hints, row: usize) -> Vec<String> {
    let quoted = |all: &[&str]| all.iter().map(|value| literal(value)).collect::<Vec<_>>();
    let named =
        || rotated(&hints.equal, row).iter().chain(&hints.texts).map(|value| literal(value)).collect::<Vec<_>>();
    match column.category {
        'A' => arrays(column, hints),
        'B' => rotated(&["true".to_owned(), "false".to_owned()], row),
        'D' => times(column, hints, row),
        'E' => rotated(&column.labels, row).iter().map(|label| literal(label)).collect(),
        'G' => quoted(&["(0,0)", "((0,0),(1,1))", "<(0,0),1>", "{0,1,0}"]),
        'I' => [vec![format!("'10.0.0.{}'", row + 1)], named()].concat(),
        'N' => numbers_of(column, hints, row),
        'R' => [
            quoted(&["empty"]),
            vec![
                format!("'[{},{})'", row + 1, row + 2),
                format!("'[2020-01-{:02},2020-01-{:02})'", row % 27 + 1, row % 27 + 2),
            ],
        ]
        .concat(),
        'S' => {
            let usual = format!("{} {row}", column.name);
            texts(hints, &usual, row, column.place)
                .iter()
                .map(|text| literal(&shortened(text, column.length)))
                .collect()
        }
        'T' => [vec![format!("'{} days'", row + column.place + 1), format!("'{} minutes'", row + 1)], named()].concat(),
        'V' => vec![format!(
            "'{}'",
            char::from(b'1' - u8::from(row % 2 == 1)).to_string().repeat(column.length.unwrap_or(1))
        )],
        _ => [other(column, hints, row), named()].concat(),
    }
}

/// The end tells rows apart.
fn shortened(text: &str, length: Option<usize>) -> String {
    let skipped = length.map_or(0, |length| text.chars().count().saturating_sub(length));
    text.chars().skip(skipped).collect()
}

fn numbers_of(column: &SeedColumn, hints: &Hints, row: usize) -> Vec<String> {
    let number = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let (large, small) = (number(FIRST_KEY + row + column.place), number(row + column.place + 1));
    let (usual, kind) = match column.base.as_str() {
        "int2" => (30_000.0 + small, Numbers::Whole(f64::from(i16::MAX))),
        "int4" => (large, Numbers::Whole(f64::from(i32::MAX))),
        "float4" | "float8" | "money" => (small, Numbers::All(f64::MAX)),
        "numeric" => {
            let most = column.digits.map_or(f64::MAX, |digits| 10_f64.powi(digits) * 0.99);
            (small, Numbers::All(most))
        }
        _ => (large, Numbers::Whole(f64::MAX)),
    };
    numbers(hints, usual, kind, row, column.place)
}

/// The times that checks name, and a day next to them; the usual one, and others before and after.
fn times(column: &SeedColumn, hints: &Hints, row: usize) -> Vec<String> {
    let day = day(row, column.place);
    let usual = |year: usize| format!("timestamp '{year}-01-{day:02} 00:00:00'");
    let is_time = |text: &&String| text.starts_with(|first: char| first.is_ascii_digit());
    let mut times: Vec<String> = rotated(&hints.equal, row).iter().filter(is_time).map(|text| literal(text)).collect();
    times.push(usual(2020));
    for text in hints.texts.iter().filter(is_time) {
        let text = literal(text);
        times.extend([
            text.clone(),
            format!("timestamp {text} + interval '{} days'", row + 1),
            format!("timestamp {text} - interval '{} days'", row + 1),
        ]);
    }
    times.extend([usual(2999), usual(1999), format!("now() + interval '{} hours'", row + 1), "'12:00:00'".to_owned()]);
    times
}

/// None, and one element: what checks name, or what many types take.
fn arrays(column: &SeedColumn, hints: &Hints) -> Vec<String> {
    let named = column.labels.iter().chain(&hints.equal).chain(&hints.texts);
    let elements = named.map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")));
    let usual = ["1", "a", "t", "2020-01-01", "00000000-0000-4000-8000-000000000001", "\"{}\""].map(str::to_owned);
    let ones = elements.chain(usual).map(|element| literal(&format!("{{{element}}}")));
    let longer = hints.lengths.iter().filter(|length| (2..100).contains(*length));
    let longer = longer.map(|length| literal(&format!("{{{}}}", vec!["1"; *length].join(","))));
    std::iter::once("'{}'".to_owned()).chain(ones).chain(longer).collect()
}

fn other(column: &SeedColumn, hints: &Hints, row: usize) -> Vec<String> {
    match column.base.as_str() {
        "uuid" => vec![format!("'00000000-0000-4000-8000-{:012}'", FIRST_KEY + row + column.place * 1000)],
        "json" | "jsonb" => jsons(hints, row).iter().map(|json| literal(json)).collect(),
        "bytea" => {
            let named = hints.lengths.iter().copied().filter(|length| *length <= 1_000);
            let lengths =
                named.flat_map(|length| [length, length + 1, length.saturating_sub(1)]).chain([2, 32, 20, 16, 8]);
            lengths.map(|length| format!("'\\x{}'::bytea", format!("{:02x}", row + 1).repeat(length))).collect()
        }
        "xml" => vec!["'<a/>'".to_owned()],
        "tsvector" | "tsquery" => vec!["'seeded'".to_owned()],
        "macaddr" | "macaddr8" => vec![format!("'08:00:2b:01:02:{row:02x}'")],
        "hstore" => vec!["''".to_owned()],
        "pg_lsn" => vec!["'0/0'".to_owned()],
        _ => vec![format!("CAST('{}' AS {})", row + 1, column.full)],
    }
}
