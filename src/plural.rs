//! Numbers with their words: `1 row`, `2 rows`.

/// `1 migration`, `2 migrations`.
pub(crate) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// `1 of 1 statement is`, `1 of 3 statements is`, `2 of 3 statements are`.
pub(crate) fn part_is(done: usize, all: usize, word: &str) -> String {
    let verb = if done == 1 { "is" } else { "are" };
    format!("{done} of {} {verb}", count(all, word))
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
}
