//! Values as applications make them: realistic, and the same in each run.

use std::cell::Cell;
use std::fmt::Write as _;

use schemactl_test_support::rusqlite::{Connection, Params};

/// Numbers that follow from a seed (xorshift64*).
pub(super) struct Seeded(Cell<u64>);

impl Seeded {
    pub(super) fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }

    fn next(&self) -> u64 {
        let mut state = self.0.get();
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.0.set(state);
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&self, bound: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&self, percent: i64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'of, T>(&self, of: &'of [T]) -> &'of T {
        let length = i64::try_from(of.len()).unwrap();
        &of[usize::try_from(self.below(length)).unwrap()]
    }

    /// The value in so many of a hundred cases, else NULL.
    pub(super) fn maybe<T>(&self, percent: i64, value: T) -> Option<T> {
        self.chance(percent).then_some(value)
    }

    /// From 0 to 1, with all the digits that a double has.
    pub(super) fn real(&self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// From 0 to 99.9, with one digit after the point.
    pub(super) fn tenths(&self) -> f64 {
        f64::from(i16::try_from(self.below(1_000)).unwrap()) / 10.0
    }

    /// Hexadecimal digits in lower case.
    pub(super) fn hex(&self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            write!(text, "{:016x}", self.next()).unwrap();
        }
        text.truncate(digits);
        text
    }

    /// As `uuid4()` makes one.
    pub(super) fn uuid(&self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    /// Text as people and programs write it, with what other tools lose.
    pub(super) fn words(&self) -> String {
        const WORDS: &[&str] = &[
            "retry",
            "Zoë's",
            "größe",
            "\"quoted\"",
            "back\\slash",
            "\\N",
            "tab\there",
            "line\nbreak",
            "😀",
            "a,b",
            "$1",
            "NULL",
            "'",
            "\u{2028}",
            "漢字",
            "--",
            "50%",
            "{}",
        ];
        let count = 1 + self.below(6);
        (0..count).map(|_| *self.pick(WORDS)).collect::<Vec<_>>().join(" ")
    }

    /// A JSON object with texts that have to be escaped, long numbers, and nesting.
    pub(super) fn object(&self) -> String {
        let text = serde_json::Value::from(self.words());
        let number = self.below(i64::MAX);
        format!("{{\"note\": {text}, \"n\": {number}.50, \"deep\": {{\"list\": [1, null, true]}}}}")
    }

    /// Seconds from 1970, in the first months of 2025.
    pub(super) fn moment(&self) -> i64 {
        1_735_700_000 + self.below(86_400 * 100)
    }
}

/// A time in the form that the systems have on SQLite: `2026-01-31T10:00:00.000Z`.
pub(super) fn time(seconds: i64) -> String {
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The days of years that begin in March, so that the leap day is the last.
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    let milliseconds = if seconds % 3 == 0 { 0 } else { seconds % 1_000 };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{milliseconds:03}Z", second % 60)
}

/// Inserts a row: `into` is the table with its columns.
pub(super) fn insert(to: &Connection, into: &str, values: impl Params) {
    let marks = vec!["?"; into.matches(',').count() + 1].join(", ");
    let sql = format!("INSERT INTO {into} VALUES ({marks})");
    to.execute(&sql, values).unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
}
