//! Numbers with their words: `1 row`, `2 rows`.

use crate::version::Version;

/// `1 migration`, `2 migrations`.
pub(crate) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// The same of rows and what else is counted in a database.
pub(crate) fn count_of(number: u64, word: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), word)
}

/// `has` of one, `have` of several.
#[cfg(feature = "project")]
pub(crate) fn have(number: u64) -> &'static str {
    if number == 1 { "has" } else { "have" }
}

/// `1 of 1 statement is`, `1 of 3 statements is`, `2 of 3 statements are`.
pub(crate) fn part_is(done: usize, all: usize, word: &str) -> String {
    let verb = if done == 1 { "is" } else { "are" };
    format!("{done} of {} {verb}", count(all, word))
}

/// `2, 3, 5`; of many the first `most`, and how many more: `2, 3 and 8 more`.
pub(crate) fn listed<T: ToString>(items: &[T], most: usize) -> String {
    let shown = items.iter().take(most).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A flag once for each: `--forget 2 --forget 3`.
pub(crate) fn repeated<T: std::fmt::Display>(flag: &str, items: &[T]) -> String {
    items.iter().map(|item| format!("{flag} {item}")).collect::<Vec<_>>().join(" ")
}

/// More versions than this are counted, not listed.
const MOST_LISTED: usize = 10;

/// `2, 3 and 5`; of many, the first ones.
pub(crate) fn versions(versions: &[Version]) -> String {
    let listed: Vec<String> = versions.iter().take(MOST_LISTED).map(ToString::to_string).collect();
    match listed.split_last() {
        _ if versions.len() > MOST_LISTED => {
            format!("{} and {} more", listed.join(", "), versions.len() - MOST_LISTED)
        }
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(|number| count(number, "row")), ["0 rows", "1 row", "2 rows"]);
        let of = |done, all| part_is(done, all, "step");
        assert_eq!(
            [of(0, 1), of(1, 1), of(1, 2), of(2, 2)],
            ["0 of 1 step are", "1 of 1 step is", "1 of 2 steps is", "2 of 2 steps are"]
        );
    }

    #[test]
    fn of_many_the_first_ones_are_listed() {
        assert_eq!([3, 2, 1].map(|most| listed(&[2, 3, 5], most)), ["2, 3, 5", "2, 3 and 1 more", "2 and 2 more"]);
        assert_eq!(listed::<usize>(&[], 2), "");
    }

    #[test]
    fn many_versions_are_counted() {
        let numbers = |last: i64| (1..=last).filter_map(Version::new).collect::<Vec<_>>();
        assert_eq!(versions(&numbers(1)), "1");
        assert_eq!(versions(&numbers(3)), "1, 2 and 3");
        assert_eq!(versions(&numbers(12)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
    }
}
