//! Numbers with their words.

use crate::version::Version;

pub(crate) use crate::plural::count;

/// A duration for a person: `12 ms`, `1.2 s`, `3 min 4 s`, `2 h 5 min`.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
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
    fn durations_have_the_unit_that_fits() {
        for (ms, shown) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (59_999, "59.9 s"),
            (184_000, "3 min 4 s"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(duration(ms), shown);
        }
    }

    #[test]
    fn many_versions_are_counted() {
        let numbers = |last: i64| (1..=last).filter_map(Version::new).collect::<Vec<_>>();
        assert_eq!(versions(&numbers(1)), "1");
        assert_eq!(versions(&numbers(3)), "1, 2 and 3");
        assert_eq!(versions(&numbers(12)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
    }
}
