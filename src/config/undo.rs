//! What is kept of the rows that a step changes, so that its down puts them back.

mod ignored;
mod pattern;

use std::time::Duration;

pub(crate) use ignored::IgnoredUndo;
pub(crate) use pattern::UndoPattern;

use crate::duration::{DurationUnit, InvalidDuration, parse_in_units};
use crate::error::did_you_mean;

const DAY: u64 = 86_400;

/// How much is kept of the rows that a step changes, so that its down puts them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UndoPolicy {
    /// What a step of up to 10,000 rows and 64 MB changes. Of one that changes more nothing is kept, rather than a part (`auto`).
    #[default]
    Auto,
    /// All, however much it is (`all`).
    All,
    /// Nothing (`none`).
    None,
}

impl UndoPolicy {
    /// The words of settings and directives.
    pub(crate) const WORDS: [&str; 3] = ["auto", "all", "none"];

    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "all" => Some(Self::All),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// How long the rows that a step has changed are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UndoKeep {
    /// For a time that begins when the step is applied. Zero keeps nothing (`30d`, `12h`, `0`).
    For(Duration),
    /// Until the step is taken back, or somebody purges them (`forever`).
    Forever,
}

impl Default for UndoKeep {
    fn default() -> Self {
        Self::For(Duration::from_secs(30 * DAY))
    }
}

impl From<Duration> for UndoKeep {
    fn from(time: Duration) -> Self {
        Self::For(time)
    }
}

impl UndoKeep {
    const UNITS: [DurationUnit; 4] = [("d", DAY * 1_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)];
    const FOREVER: &str = "forever";
    /// A hundred years: what is kept for longer is kept for ever.
    const LONGEST: Duration = Duration::from_secs(36_500 * DAY);

    pub(crate) fn parse(text: &str) -> Result<Self, NoKeep> {
        if text.trim() == Self::FOREVER {
            return Ok(Self::Forever);
        }
        parse_in_units(text, &Self::UNITS, Self::LONGEST).map(Self::For).map_err(|why| NoKeep {
            reason: match why {
                InvalidDuration::NotANumber => {
                    "it is a whole number and a unit, such as `30d` or `12h`, or `forever`".to_owned()
                }
                InvalidDuration::NoUnit { number } => format!("the unit is missing: `{number}d` for days"),
                InvalidDuration::UnknownUnit { unit } => format!("the unit `{unit}` is not one of s, min, h, d"),
                InvalidDuration::TooLong => "the longest time is `36500d`; `forever` has no end".to_owned(),
            },
            hint: did_you_mean(text.trim(), [Self::FOREVER]),
        })
    }
}

/// Why a text is no time for which something is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoKeep {
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
}

/// What is kept of one step at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UndoLimit {
    Nothing,
    /// All or nothing: a step that changes more has nothing kept.
    UpTo {
        rows: u64,
        bytes: u64,
    },
    Everything,
}

/// What the user decided of one database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UndoSettings {
    pub(crate) policy: UndoPolicy,
    pub(crate) keep: UndoKeep,
    pub(crate) ignored: Vec<IgnoredUndo>,
}

impl UndoSettings {
    const AUTO: UndoLimit = UndoLimit::UpTo { rows: 10_000, bytes: 64_000_000 };

    /// What is kept of a step whose file says `of_file`. What is kept for no time is not kept, whatever a file says.
    pub(crate) fn limit(&self, of_file: Option<UndoPolicy>) -> UndoLimit {
        match of_file.unwrap_or(self.policy) {
            _ if self.keep == UndoKeep::For(Duration::ZERO) => UndoLimit::Nothing,
            UndoPolicy::Auto => Self::AUTO,
            UndoPolicy::All => UndoLimit::Everything,
            UndoPolicy::None => UndoLimit::Nothing,
        }
    }

    /// Why nothing is kept of a step whose file says `of_file`, where that is so.
    pub(crate) fn why_nothing(&self, of_file: Option<UndoPolicy>) -> &'static str {
        match of_file {
            _ if self.keep == UndoKeep::For(Duration::ZERO) => "`undo_keep` is no time",
            Some(UndoPolicy::None) => "its file says `undo = none`",
            _ => "the setting `undo` is `none`",
        }
    }

    /// For how long it is kept, a hundred years at most; none for ever.
    pub(crate) fn kept_for(&self) -> Option<Duration> {
        match self.keep {
            UndoKeep::For(time) if time <= UndoKeep::LONGEST => Some(time),
            UndoKeep::For(_) | UndoKeep::Forever => None,
        }
    }

    /// Whether the values of a column are never kept. SQLite has no schema.
    pub(crate) fn ignores(&self, schema: Option<&str>, table: &str, column: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored.pattern.fits(schema, table, column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignoring(patterns: &[&str]) -> UndoSettings {
        let ignored = patterns.iter().map(|text| IgnoredUndo::parse(text).unwrap()).collect();
        UndoSettings { ignored, ..UndoSettings::default() }
    }

    #[test]
    fn a_file_counts_more_than_the_database_and_no_time_more_than_both() {
        let default = UndoSettings::default();
        assert_eq!(default.limit(None), UndoLimit::UpTo { rows: 10_000, bytes: 64_000_000 });
        assert_eq!(default.limit(Some(UndoPolicy::All)), UndoLimit::Everything);
        assert_eq!(default.limit(Some(UndoPolicy::None)), UndoLimit::Nothing);
        let none = UndoSettings { policy: UndoPolicy::None, ..default.clone() };
        assert_eq!((none.limit(None), none.limit(Some(UndoPolicy::Auto))), (UndoLimit::Nothing, default.limit(None)));
        let no_time = UndoSettings { policy: UndoPolicy::All, keep: Duration::ZERO.into(), ..default };
        assert_eq!(
            (no_time.limit(None), no_time.limit(Some(UndoPolicy::All))),
            (UndoLimit::Nothing, UndoLimit::Nothing)
        );
    }

    #[test]
    fn times_are_read() {
        let days = |days: u64| UndoKeep::For(Duration::from_secs(days * DAY));
        for (text, keep) in [
            ("0", UndoKeep::For(Duration::ZERO)),
            ("0d", UndoKeep::For(Duration::ZERO)),
            ("30d", UndoKeep::default()),
            (" 1 d ", days(1)),
            ("36h", UndoKeep::For(Duration::from_secs(36 * 3_600))),
            ("90min", UndoKeep::For(Duration::from_secs(90 * 60))),
            ("5s", UndoKeep::For(Duration::from_secs(5))),
            ("36500d", days(36_500)),
            (" forever ", UndoKeep::Forever),
        ] {
            assert_eq!(UndoKeep::parse(text), Ok(keep), "{text}");
        }
        for (text, reason, hint) in [
            ("", "a whole number and a unit, such as `30d`", None),
            ("-1d", "a whole number and a unit", None),
            ("1.5d", "a whole number and a unit", None),
            ("30", "the unit is missing: `30d` for days", None),
            ("30days", "the unit `days` is not one of s, min, h, d", None),
            ("500ms", "the unit `ms` is not one of", None),
            ("36501d", "the longest time is `36500d`; `forever` has no end", None),
            ("99999999999999999999d", "the longest time is", None),
            ("forver", "or `forever`", Some("did you mean `forever`?")),
        ] {
            let why = UndoKeep::parse(text).unwrap_err();
            assert!(why.reason.contains(reason), "{text}: {}", why.reason);
            assert_eq!(why.hint.as_deref(), hint, "{text}");
        }
    }

    #[test]
    fn what_has_no_end_is_kept_for_ever() {
        let kept_for = |keep: UndoKeep| UndoSettings { keep, ..UndoSettings::default() }.kept_for();
        assert_eq!(kept_for(UndoKeep::default()), Some(Duration::from_secs(30 * DAY)));
        assert_eq!(kept_for(UndoKeep::LONGEST.into()), Some(UndoKeep::LONGEST));
        assert_eq!(kept_for(Duration::MAX.into()), None);
        assert_eq!(kept_for(UndoKeep::Forever), None);
    }

    #[test]
    fn values_that_a_pattern_fits_are_not_kept() {
        let settings = ignoring(&["users.Email", "*.password", "session?", "\"a.b\".c", "app.keys.*", "audit.log"]);
        for (schema, table, column) in [
            (None, "users", "email"),
            (None, "Users", "EMAIL"),
            (Some("app"), "users", "email"),
            (None, "orders", "Password"),
            (None, "sessions", "id"),
            (None, "a.b", "c"),
            (Some("app"), "keys", "value"),
            // Nothing says that these are others.
            (None, "keys", "value"),
            (None, "audit", "log"),
            (Some("audit"), "log", "line"),
        ] {
            assert!(settings.ignores(schema, table, column), "{schema:?} {table}.{column}");
        }
        for (schema, table, column) in [
            (None, "users", "name"),
            (None, "session", "id"),
            (Some("public"), "keys", "value"),
            (None, "log", "line"),
            (Some("public"), "log", "line"),
            (None, "password", "id"),
        ] {
            assert!(!settings.ignores(schema, table, column), "{schema:?} {table}.{column}");
        }
        assert!(!UndoSettings::default().ignores(None, "users", "email"));
    }
}
