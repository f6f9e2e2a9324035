//! The names of migration files: `V<version>__<description>.sql` and `V<version>__<description>.down.sql`.

use std::fmt;

use crate::error::Code;
use crate::version::Version;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Up,
    Down,
}

/// A name that fits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileName<'a> {
    pub(super) version: Version,
    pub(super) description: &'a str,
    pub(super) direction: Direction,
}

/// Why a name does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    ExtensionCase,
    NoExtension,
    Hidden,
    LowercaseV,
    NoV,
    Undo,
    Repeatable,
    NoVersion,
    DottedVersion,
    Underscores,
    ThirdUnderscore,
    NoDescription,
    UpSuffix,
    Character(char),
    VersionZero,
    VersionTooLong,
}

impl Misfit {
    pub(super) fn code(self) -> Code {
        match self {
            Self::VersionZero | Self::VersionTooLong => Code::VersionRange,
            _ => Code::FileName,
        }
    }

    /// What to do where no other name can be proposed.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Hidden => "remove the file, or save it under another ending if it is to stay",
            Self::Repeatable => {
                "give it a version, and the directive `-- schemactl: repeat = changed`, to run it again when it changes"
            }
            Self::DottedVersion => "number migrations with whole numbers, such as `V12__add_total.sql`",
            Self::VersionZero | Self::VersionTooLong => {
                "number migrations from 1; a timestamp such as 20261104093000 fits too"
            }
            _ => "migrations are named `V<version>__<description>.sql`, such as `V12__add_total.sql`",
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ExtensionCase => "the ending `.sql` is written in lower case",
            Self::NoExtension => "the name of a migration, but for the ending `.sql`",
            Self::Hidden => "a name that begins with a dot is that of an editor's file, not of a migration",
            Self::LowercaseV => "the name begins with a capital V",
            Self::NoV => "the name begins with V and the version",
            Self::Undo => {
                "the file that takes a migration back is named like it, with `.down.sql`; what refinery calls unversioned begins with V, \
                 and has the line `-- schemactl: order = any` at its top"
            }
            Self::Repeatable => "a repeatable migration has a version too",
            Self::NoVersion => "the V is followed by the version, a whole number",
            Self::DottedVersion => "a version is one whole number",
            Self::Underscores => "two underscores stand between version and description",
            Self::ThirdUnderscore => "only two underscores stand between version and description",
            Self::NoDescription => "the description is missing",
            Self::UpSuffix => "the file that applies a migration ends in `.sql` alone",
            Self::Character(' ') => "a description has no spaces",
            Self::Character(c) => return write!(f, "a description cannot have the character {c:?}"),
            Self::VersionZero => "versions begin at 1",
            Self::VersionTooLong => "a version has at most 18 digits",
        })
    }
}

/// Whether a name counts as that of a migration, rightly written or not.
pub(super) fn is_sql(name: &str) -> bool {
    name.get(name.len().saturating_sub(4)..).is_some_and(|end| end.eq_ignore_ascii_case(".sql"))
}

/// What a file is that is like one of a migration, and is none: what an editor or a system laid beside it. Such files are passed over.
pub(super) fn leftover(name: &str) -> Option<&'static str> {
    let has_sql = name.to_ascii_lowercase().contains(".sql");
    let ends = |ends: &[&str]| ends.iter().any(|end| strip_end(name, end).is_some());
    match name {
        _ if !has_sql => None,
        _ if name.starts_with("._") => Some("it is what macOS keeps of a file's attributes"),
        _ if name.starts_with('.') || name.starts_with('#') && name.ends_with('#') => Some("it is an editor's"),
        _ if ends(&["~", ".swp", ".swo", ".tmp"]) => Some("it is an editor's"),
        _ if ends(&[".bak", ".orig", ".rej"]) => Some("it is a copy that was put aside"),
        _ => None,
    }
}

/// Whether a name is that of a migration, but for the ending: `V5__x.down`, `V5__x.sql.txt`. It would be left out without a word.
pub(super) fn lacks_extension(name: &str) -> bool {
    let Some(stem) = [".down", ".up", ".sql.txt"].into_iter().find_map(|end| strip_end(name, end)) else {
        return false;
    };
    let digits = stem.strip_prefix(['V', 'v']).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    digits > 0
}

impl<'a> FileName<'a> {
    /// Reads a name that [`is_sql`].
    pub(super) fn parse(name: &'a str) -> Result<Self, Misfit> {
        if name.starts_with('.') {
            return Err(Misfit::Hidden);
        }
        if !is_sql(name) {
            return Err(Misfit::NoExtension);
        }
        let stem = name.strip_suffix(".sql").ok_or(Misfit::ExtensionCase)?;
        let (stem, direction) = match stem.strip_suffix(".down") {
            Some(stem) => (stem, Direction::Down),
            None => (stem, Direction::Up),
        };
        let (version, description) = split(stem)?;
        check_description(description)?;
        Ok(Self { version: parse_version(version)?, description, direction })
    }
}

fn split(stem: &str) -> Result<(&str, &str), Misfit> {
    let rest = stem.strip_prefix('V').ok_or_else(|| wrong_start(stem))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (version, rest) = rest.split_at(digits);
    match rest.strip_prefix("__") {
        _ if version.is_empty() => Err(Misfit::NoVersion),
        Some(description) => Ok((version, description)),
        None if rest.starts_with('.') => Err(Misfit::DottedVersion),
        None => Err(Misfit::Underscores),
    }
}

fn wrong_start(stem: &str) -> Misfit {
    let digit = |at: usize| stem.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    match stem.chars().next() {
        Some('v') => Misfit::LowercaseV,
        Some('U' | 'u') if digit(1) => Misfit::Undo,
        Some('R') if stem.starts_with("R__") => Misfit::Repeatable,
        _ => Misfit::NoV,
    }
}

/// A description is free in its words, but has no white space, no dot (a misspelt `.dwon.sql` would pass for an up),
/// and nothing that a checkout on Windows could not hold.
fn check_description(description: &str) -> Result<(), Misfit> {
    if description.is_empty() {
        return Err(Misfit::NoDescription);
    }
    if description.starts_with('_') {
        return Err(Misfit::ThirdUnderscore);
    }
    if strip_end(description, ".up").is_some() {
        return Err(Misfit::UpSuffix);
    }
    description.chars().find(|&c| !is_word(c)).map_or(Ok(()), |c| Err(Misfit::Character(c)))
}

/// Whether a description or the name of a phase may have the character.
pub(super) fn is_word(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !r#"./\<>:"|?*"#.contains(c)
}

fn parse_version(digits: &str) -> Result<Version, Misfit> {
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Err(Misfit::VersionZero);
    }
    significant.parse().ok().and_then(Version::new).ok_or(Misfit::VersionTooLong)
}

/// Whether a file of migrations can have this name.
///
/// # Errors
/// [`Code::FileName`], [`Code::VersionRange`].
#[cfg(feature = "barrel")]
pub(crate) fn check_name(name: &str) -> crate::error::Result<()> {
    FileName::parse(name).map(drop).map_err(|misfit| {
        let error = crate::error::Error::new(misfit.code(), format!("{name}: {misfit}"));
        match suggest(name) {
            Some(meant) if meant != name => error.with_hint(format!("did you mean `{meant}`?")),
            _ => error.with_hint(misfit.hint()),
        }
    })
}

/// The version of a file, rightly named or not.
#[cfg(feature = "project")]
pub(crate) fn version(name: &str) -> Option<Version> {
    let version = |name: &str| FileName::parse(name).ok().map(|name| name.version);
    version(name).or_else(|| version(&suggest(name)?))
}

/// The name that was probably meant; always one that [`FileName::parse`] takes.
pub(super) fn suggest(name: &str) -> Option<String> {
    let stem = name.trim_start_matches(['.', '#', '_', ' ']);
    let stem = strip_end(stem, ".txt").unwrap_or(stem);
    let stem = strip_end(stem, ".sql").unwrap_or(stem);
    let (stem, mut end) = match stem.rsplit_once('.') {
        Some((stem, last)) if strsim::osa_distance(&last.to_lowercase(), "down") <= 1 => (stem, ".down.sql"),
        _ => (strip_end(stem, ".up").unwrap_or(stem), ".sql"),
    };
    if stem.starts_with(['U', 'u']) {
        end = ".down.sql";
    }
    let stem = stem.strip_prefix(['V', 'v', 'U', 'u']).unwrap_or(stem).trim_start_matches(['_', ' ']);
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let (version, rest) = stem.split_at(digits);
    if rest.starts_with('.') {
        // `V1.2__name`: which whole number was meant, nobody can tell.
        return None;
    }
    let words: String = rest.chars().map(|c| if is_word(c) { c } else { '_' }).collect();
    let meant = format!("V{version}__{}{end}", words.trim_matches(['_', '-']));
    FileName::parse(&meant).is_ok().then_some(meant)
}

fn strip_end<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let (start, last) = text.split_at_checked(text.len().checked_sub(end.len())?)?;
    last.eq_ignore_ascii_case(end).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fit() {
        for (name, version, description, direction) in [
            ("V1__a.sql", 1, "a", Direction::Up),
            ("V0001__create_orders.sql", 1, "create_orders", Direction::Up),
            ("V0001__create_orders.down.sql", 1, "create_orders", Direction::Down),
            ("V20261104093000__add-total.sql", 20_261_104_093_000, "add-total", Direction::Up),
            ("V999999999999999999__größe.sql", 999_999_999_999_999_999, "größe", Direction::Up),
            ("V00000000000000000000007__zeros.sql", 7, "zeros", Direction::Up),
            ("V2__2__fast.sql", 2, "2__fast", Direction::Up),
            ("V3__it's(new)_100%.sql", 3, "it's(new)_100%", Direction::Up),
        ] {
            let version = Version::new(version).unwrap();
            assert_eq!(FileName::parse(name), Ok(FileName { version, description, direction }), "{name}");
        }
    }

    #[test]
    fn r13_names_that_do_not_fit() {
        for (name, misfit, meant) in [
            ("V1_name.sql", Misfit::Underscores, Some("V1__name.sql")),
            ("V1-name.sql", Misfit::Underscores, Some("V1__name.sql")),
            ("V1 name.sql", Misfit::Underscores, Some("V1__name.sql")),
            ("V1.sql", Misfit::Underscores, None),
            ("V1name.sql", Misfit::Underscores, Some("V1__name.sql")),
            ("V1___name.sql", Misfit::ThirdUnderscore, Some("V1__name.sql")),
            ("v1__name.sql", Misfit::LowercaseV, Some("V1__name.sql")),
            ("1_name.sql", Misfit::NoV, Some("V1__name.sql")),
            ("0001-name.up.sql", Misfit::NoV, Some("V0001__name.sql")),
            ("0001_name.down.sql", Misfit::NoV, Some("V0001__name.down.sql")),
            ("name.sql", Misfit::NoV, None),
            (" V1__name.sql", Misfit::NoV, Some("V1__name.sql")),
            ("V1__name.SQL", Misfit::ExtensionCase, Some("V1__name.sql")),
            ("V1__name.DOWN.sql", Misfit::Character('.'), Some("V1__name.down.sql")),
            ("V1__name.up.sql", Misfit::UpSuffix, Some("V1__name.sql")),
            ("V1__name.dwon.sql", Misfit::Character('.'), Some("V1__name.down.sql")),
            ("V1__my name.sql", Misfit::Character(' '), Some("V1__my_name.sql")),
            ("V1__name .sql", Misfit::Character(' '), Some("V1__name.sql")),
            ("V1__a\u{7}b.sql", Misfit::Character('\u{7}'), Some("V1__a_b.sql")),
            ("V1__.sql", Misfit::NoDescription, None),
            ("V__name.sql", Misfit::NoVersion, None),
            ("Vx__name.sql", Misfit::NoVersion, None),
            ("V1.2__name.sql", Misfit::DottedVersion, None),
            ("U1__name.sql", Misfit::Undo, Some("V1__name.down.sql")),
            ("R__views.sql", Misfit::Repeatable, None),
            (".#V1__name.sql", Misfit::Hidden, Some("V1__name.sql")),
            ("._V1__name.sql", Misfit::Hidden, Some("V1__name.sql")),
            (".sql", Misfit::Hidden, None),
            ("V5__name.down", Misfit::NoExtension, Some("V5__name.down.sql")),
            ("V5__name.sql.txt", Misfit::NoExtension, Some("V5__name.sql")),
            ("V0__name.sql", Misfit::VersionZero, None),
            ("V1234567890123456789__name.sql", Misfit::VersionTooLong, None),
            ("V99999999999999999999999999__name.sql", Misfit::VersionTooLong, None),
        ] {
            assert_eq!(FileName::parse(name), Err(misfit), "{name}");
            assert_eq!(suggest(name).as_deref(), meant, "{name}");
        }
    }

    #[test]
    fn any_case_of_the_ending_counts() {
        assert!(is_sql("a.sql") && is_sql("a.SQL") && is_sql(".Sql"));
        assert!(!is_sql("sql") && !is_sql("a.sql~") && !is_sql("é.md") && !is_sql(""));
    }
}
