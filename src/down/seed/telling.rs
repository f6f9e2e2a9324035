//! Values that tell types apart: what a column keeps of them, another type does not, or writes otherwise.

use super::{ROWS, TELLING};

/// One of these for each row, so that each column gets all of them; none for rows that stay.
fn of_row<T: Copy>(all: &[T], row: usize, place: usize) -> Option<T> {
    all.get((row.checked_sub(ROWS)? + place) % all.len()).copied()
}

/// A text.
pub(crate) fn text(row: usize, place: usize) -> Option<String> {
    const ALL: [&str; TELLING] = [
        "00123",
        "1e3",
        "+4930123",
        "9007199254740993",
        "12.50",
        "NaN",
        "trailing  ",
        "",
        "Stra\u{df}e \u{130}",
        " 0x1F",
        "a\\b'c\";\n--d",
        "long",
    ];
    let text = of_row(&ALL, row, place)?;
    Some(if text == "long" { "z".repeat(300) } else { text.to_owned() })
}

/// A whole number; the larger ones are for the types that have a place for them.
pub(crate) fn whole(row: usize, place: usize) -> Option<&'static str> {
    const ALL: [&str; TELLING] = [
        "9007199254740993",
        "-1",
        "0",
        "2147483653",
        "1",
        "-9007199254740995",
        "70007",
        "2",
        "4294967301",
        "1600000000",
        "-32768",
        "9223372036854775807",
    ];
    of_row(&ALL, row, place)
}

/// A number with digits after its point.
pub(crate) fn real(row: usize, place: usize) -> Option<&'static str> {
    const ALL: [&str; TELLING] = [
        "0.30000000000000004",
        "-0.5",
        "1e300",
        "12.5",
        "0.0",
        "1e-7",
        "123456789.125",
        "3.0",
        "-7.25",
        "9007199254740993",
        "1234.5678",
        "100.005",
    ];
    of_row(&ALL, row, place)
}

/// One of a list that the dialect has.
pub(crate) fn other<T: Copy>(all: &[T], row: usize, place: usize) -> Option<T> {
    of_row(all, row, place)
}
