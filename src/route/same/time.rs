//! Moments of texts.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// With a zone, and without: then it counts as UTC.
const ZONED: [&str; 4] =
    ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%dT%H:%M%#z"];
const NAIVE: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// Microseconds since 1970, as the text says; none where it says no time.
pub(super) fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let zoned = || ZONED.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    let moment = DateTime::parse_from_rfc3339(text).ok().or_else(zoned).map(|time| time.timestamp_micros());
    let naive = || NAIVE.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    moment.or_else(|| naive().or_else(day).map(|time| time.and_utc().timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_mean_one_moment_are_one() {
        for text in [
            "2025-01-27T09:15:30Z",
            "2025-01-27 09:15:30",
            "2025-01-27T09:15:30.000000",
            "2025-01-27 10:15:30+01",
            "2025-01-27 10:15:30+01:00",
            " 2025-01-27T04:15:30-0500 ",
        ] {
            assert_eq!(moment(text), Some(1_737_969_330_000_000), "{text}");
        }
        for text in ["", "now", "2025-13-01", "27.01.2025", "1737969330"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
