//! Values that a column may want, the likely ones first.

use super::hints::{Hints, escaped, of_type};
use super::pattern::example;

/// Keys that no migration gives.
pub(crate) const FIRST_KEY: usize = 900_001;

/// Longer strings are not made for the sake of a length that a check names.
const LONGEST: usize = 10_000;

/// How many values are tried that a check names.
const MOST_NAMED: usize = 24;

/// Beyond this not every whole number is a `f64`.
const LARGEST: f64 = 1e15;

/// The values of a list, beginning with another one for each row.
pub(crate) fn rotated<T: Clone>(all: &[T], row: usize) -> Vec<T> {
    let all = &all[..all.len().min(MOST_NAMED)];
    let at = if all.is_empty() { 0 } else { row % all.len() };
    [&all[at..], &all[..at]].concat()
}

/// Texts: what a check wants the column to be, what a column usually has, what has a form that checks ask for.
pub(crate) fn texts(hints: &Hints, usual: &str, row: usize, place: usize) -> Vec<String> {
    let number = FIRST_KEY + row + place * 1_000;
    let mut texts = rotated(&hints.equal, row);
    if hints.is_json {
        texts.extend(jsons(hints, row));
    }
    texts.push(usual.to_owned());
    for (style, pattern) in hints.patterns.iter().take(MOST_NAMED) {
        let fitting = |turn, more| example(*style, pattern, turn, more);
        let shortest = fitting(row, 0).map_or(0, |text| text.chars().count());
        let to_length = lengths(hints).into_iter().filter_map(|length| fitting(row, length.checked_sub(shortest)?));
        texts.extend((0..3).filter_map(|turn| fitting(row + turn * 2, row + turn * 2)).chain(to_length));
    }
    for length in lengths(hints) {
        texts.extend(of_length(length, number));
    }
    texts.extend([
        format!("seeded{row}"),
        format!("2020-01-{:02}T00:00:00.000Z", day(row, place)),
        format!("2999-01-{:02}T00:00:00.000Z", day(row, place)),
        uuid(number),
        format!("{number:064x}"),
        format!("seeded{row}@example.com"),
        format!("https://example.com/{row}"),
        format!("{:02}", row + 1),
        letter('A', row).repeat(2),
        "a".repeat(row + 1),
        format!("abcd{row}"),
        format!("2020-01-{:02}", day(row, place)),
        format!("2020-01-{:02} 00:00:00", day(row, place)),
        format!("2020-01-{:02}T00:00:00Z", day(row, place)),
        format!("{:02}:00:00", row + place % 22),
        format!("/seeded/{row}"),
    ]);
    for text in hints.texts.iter().take(MOST_NAMED) {
        texts.extend([text.clone(), format!("{text}{row}"), format!("a{text}{row}"), format!("a{row}{text}")]);
    }
    if !hints.is_json {
        texts.extend(jsons(hints, row));
    }
    texts.extend(["1".to_owned(), String::new()]);
    texts
}

/// One of each month's days, so that of two columns the later one has the later day.
pub(crate) fn day(row: usize, place: usize) -> usize {
    (row + place) % 28 + 1
}

fn uuid(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn letter(first: char, row: usize) -> String {
    char::from(first as u8 + u8::try_from(row % 26).unwrap_or(0)).to_string()
}

/// The lengths that checks name, and those next to them: `>` and `<` want these.
fn lengths(hints: &Hints) -> Vec<usize> {
    let mut lengths = Vec::new();
    for length in hints.lengths.iter().take(MOST_NAMED).filter(|length| **length <= LONGEST) {
        for near in [*length, length + 1, length.saturating_sub(1)] {
            if !lengths.contains(&near) {
                lengths.push(near);
            }
        }
    }
    lengths
}

/// Texts of so many letters: digits, which are lower and upper case and hexadecimal at once, and letters.
fn of_length(length: usize, number: usize) -> Vec<String> {
    let digits = format!("{number:0>length$}");
    let digits = digits[digits.len() - length..].to_owned();
    let last = letter('a', number);
    let letters = "a".repeat(length.saturating_sub(1)) + if length > 0 { &last } else { "" };
    let mut texts = Vec::new();
    if length == 36 {
        texts.push(uuid(number));
    }
    texts.extend([digits, letters.to_ascii_uppercase(), letters]);
    texts
}

/// Texts of JSON values: an object with the members that checks name, then those of the types that they name.
pub(crate) fn jsons(hints: &Hints, row: usize) -> Vec<String> {
    let mut all = Vec::new();
    if !hints.members.is_empty() {
        let members = hints.members.iter().take(MOST_NAMED).map(|(name, value)| {
            format!("\"{}\":{}", escaped(name), value.clone().unwrap_or_else(|| of_type("string")))
        });
        let members: Vec<String> = std::iter::once(format!("\"seeded\":{row}")).chain(members).collect();
        all.push(format!("{{{}}}", members.join(",")));
    }
    let usual = ["object", "array", "string", "number"];
    for name in hints.json.iter().map(String::as_str).chain(usual) {
        match name {
            "object" => all.push(format!("{{\"seeded\":{row}}}")),
            "array" => all.push(format!("[{row}]")),
            "string" | "text" => all.push(format!("\"seeded{row}\"")),
            "number" | "integer" => all.push((row + 1).to_string()),
            "real" => all.push(format!("{row}.5")),
            _ => {}
        }
        all.push(of_type(name));
    }
    all
}

/// Which numbers a column can hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Numbers {
    /// Whole ones, up to this.
    Whole(f64),
    /// All, up to this.
    All(f64),
}

impl Numbers {
    fn most(self) -> f64 {
        match self {
            Self::Whole(most) | Self::All(most) => most.min(LARGEST),
        }
    }
}

/// Numbers: what a check wants the column to be, what a column usually has, what lies at and between the numbers that checks name.
pub(crate) fn numbers(hints: &Hints, usual: f64, kind: Numbers, row: usize, place: usize) -> Vec<String> {
    #[allow(clippy::cast_precision_loss)] // Counts of columns and rows.
    let (row_number, small) = (row as f64, (row + place + 1) as f64);
    let named = |texts: &[String]| texts.iter().filter_map(|text| text.parse().ok()).collect::<Vec<f64>>();
    let mut numbers = rotated(&named(&hints.equal), row);
    numbers.push(usual);
    let mut ends = hints.numbers.clone();
    ends.extend(named(&hints.texts));
    ends.retain(|number| number.is_finite());
    ends.truncate(MOST_NAMED);
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    numbers.extend(ends.windows(2).flat_map(|pair| {
        let middle = f64::midpoint(pair[0], pair[1]);
        // Of whole numbers another one for each row.
        [(pair[0] + 1.0 + row_number).min(pair[1]), middle.floor() + row_number, middle]
    }));
    for end in &ends {
        numbers.extend([*end, end + 1.0 + row_number, end - 1.0 - row_number]);
    }
    numbers.extend([
        small,
        row_number,
        row_number + 1.0,
        0.5,
        small * 100.0,
        -small,
        0.0,
        1.0,
        usual + row_number + 1.0,
    ]);
    let fits = |number: &f64| number.abs() <= kind.most() && (matches!(kind, Numbers::All(_)) || number.fract() == 0.0);
    numbers.into_iter().filter(fits).map(|number| number.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;

    fn hints(check: &str) -> Hints {
        Hints::of(Dialect::Sqlite, [check], "a", &["a"])
    }

    fn has(check: &str, fits: impl Fn(&str) -> bool) {
        for row in 0..2 {
            let texts = texts(&hints(check), "usual", row, 3);
            assert!(texts.iter().any(|text| fits(text)), "{check}, row {row}: {texts:?}");
        }
        let [first, second] =
            [0, 1].map(|row| texts(&hints(check), "usual", row, 3).into_iter().find(|text| fits(text)));
        assert_ne!(first, second, "{check}: two rows are to differ");
    }

    #[test]
    fn texts_have_the_form_that_checks_ask_for() {
        has("check (length(a) = 36 and a = lower(a))", |text| text.len() == 36 && text.matches('-').count() == 4);
        has("check (length(a) in (40, 64))", |text| {
            text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        has("check (length(a) > 7 and length(a) < 9)", |text| text.len() == 8);
        has("check (length(a) = 3)", |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()));
        has("check (a regexp '^[A-Z]{2}-[0-9]+$')", |text| text.starts_with("AA-") || text.starts_with("BB-"));
        has("check (a like 'x%' )", |text| text.starts_with('x'));
        has("check (instr(a, '#') > 1)", |text| text.find('#').is_some_and(|at| at > 0));
        has("check (json_type(a) = 'array')", |text| text.starts_with('['));
        has("check (a in ('x', 'y'))", |text| text == "x" || text == "y");
        has("check (a > '2030')", |text| text > "2030" && text < "9999");
    }

    #[test]
    fn numbers_are_at_and_between_those_that_checks_name() {
        let all = |check: &str, kind| numbers(&hints(check), 900_001.0, kind, 0, 2);
        let (whole, any) = (Numbers::Whole(f64::MAX), Numbers::All(f64::MAX));
        assert!(all("check (a between 0 and 1)", any).contains(&"0.5".to_owned()));
        assert!(all("check (a between 0 and 1)", whole).iter().all(|number| !number.contains('.')));
        assert!(all("check (a > 700 and a < 702)", whole).contains(&"701".to_owned()));
        assert!(all("check (a < -5)", whole).contains(&"-6".to_owned()));
        assert_eq!(all("check (a in (7, 9))", whole)[..3], ["7", "9", "900001"]);
        assert!(all("check (a < 9e999)", any).iter().all(|number| number.parse::<f64>().unwrap().is_finite()));
        let small = all("", Numbers::All(9.99));
        assert!(
            !small.is_empty() && small.iter().all(|number| number.parse::<f64>().unwrap().abs() < 10.0),
            "{small:?}"
        );
    }
}
