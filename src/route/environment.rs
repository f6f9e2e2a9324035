//! The settings as variables of the environment have them.
//!
//! | variable | values | what it says |
//! |---|---|---|
//! | `DB_BACKEND` | `sqlite`, `postgres`, `dual` | which databases are used |
//! | `DUAL_WRITE_MODE` | `true`, `false` | the same in other words: `true` is `dual` |
//! | `DB_DUAL_READ_PRIMARY` | `sqlite`, `postgres` | with `dual`: who serves reads |
//! | `READ_FROM_POSTGRES_PERCENT` | 0 to 100 | with `dual`: for how many keys of 100 PostgreSQL serves reads |
//! | `READ_FROM_POSTGRES_PERCENT_KIND` | 0 to 100 | the same for the reads `kind` |

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::settings::{Backends, RouteOptions};
use super::share::Share;
use super::side::Side;
use crate::error::{Code, Error, Result, did_you_mean};

pub(super) const BACKEND: &str = "DB_BACKEND";
pub(super) const PRIMARY: &str = "DB_DUAL_READ_PRIMARY";
pub(super) const PERCENT: &str = "READ_FROM_POSTGRES_PERCENT";
pub(super) const DUAL: &str = "DUAL_WRITE_MODE";

impl RouteOptions {
    /// Reads the variables `DB_BACKEND`, `DUAL_WRITE_MODE`, `DB_DUAL_READ_PRIMARY` and `READ_FROM_POSTGRES_PERCENT` of the process, and `READ_FROM_POSTGRES_PERCENT_<KIND>` for each kind of read that
    /// is named here. An empty variable counts as missing.
    ///
    /// `DB_DUAL_READ_PRIMARY` is for `dual` alone, and without a meaning elsewhere: so `DB_BACKEND=sqlite` takes a step back whatever else is set.
    ///
    /// ```no_run
    /// use schemactl::route::RouteOptions;
    ///
    /// // DB_BACKEND=dual READ_FROM_POSTGRES_PERCENT=10 READ_FROM_POSTGRES_PERCENT_HEALTH=100
    /// let options = RouteOptions::from_env(["orders", "health"])?;
    /// # let _ = options;
    /// # Ok::<(), schemactl::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidValue`]: a value is not known, two variables contradict each other, or they do not say what is used and who serves reads.
    pub fn from_env<'k>(kinds: impl IntoIterator<Item = &'k str>) -> Result<Self> {
        Self::from_variables(kinds, std::env::vars_os())
    }

    /// Reads the same variables from somewhere else.
    ///
    /// ```
    /// use schemactl::route::{Backends, RouteOptions, Share};
    ///
    /// let variables = [("DB_BACKEND", "dual"), ("DB_DUAL_READ_PRIMARY", "sqlite")];
    /// let options = RouteOptions::from_variables(["orders"], variables.map(|(name, value)| (name.into(), value.into())))?;
    /// assert_eq!(options.backends(), Backends::Both { reads: Share::NONE });
    /// # Ok::<(), schemactl::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_variables<'k>(
        kinds: impl IntoIterator<Item = &'k str>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let variables = Variables::of(variables)?;
        let kinds: Vec<&str> = kinds.into_iter().collect();
        variables.assert_known(&kinds)?;
        let mut options = Self::new(variables.backends()?);
        for kind in kinds {
            options = match variables.percent(&variable_of(kind))? {
                Some(share) => options.kind_with(kind, share),
                None => options.kind(kind),
            };
        }
        options.checked()
    }
}

/// The variable for a kind of read.
pub(super) fn variable_of(kind: &str) -> String {
    let word = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    format!("{PERCENT}_{}", kind.chars().map(word).collect::<String>())
}

/// The variables that are meant for this module.
pub(super) struct Variables(pub(super) BTreeMap<String, String>);

impl Variables {
    pub(super) fn of(all: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self> {
        let mut ours = BTreeMap::new();
        for (name, value) in all {
            let Some(name) = name.to_str().filter(|name| is_ours(name)) else { continue };
            let Some(value) = value.to_str() else {
                return Err(Error::new(Code::InvalidValue, format!("the value of {name} is not UTF-8")));
            };
            if !value.trim().is_empty() {
                ours.insert(name.to_owned(), value.trim().to_owned());
            }
        }
        Ok(Self(ours))
    }

    /// A share for a kind of read that nobody has declared would be for nothing.
    pub(super) fn assert_known(&self, kinds: &[&str]) -> Result<()> {
        let known: Vec<String> = kinds.iter().map(|kind| variable_of(kind)).collect();
        let unknown = self.0.keys().find(|name| name.starts_with(&format!("{PERCENT}_")) && !known.contains(name));
        let Some(name) = unknown else { return Ok(()) };
        let error =
            Error::new(Code::InvalidValue, format!("{name} is for a kind of read that the application does not have"));
        Err(match did_you_mean(name, known.iter().map(String::as_str)) {
            Some(hint) => error.with_hint(hint),
            None => error.with_hint("unset it, or declare the kind where the options are read"),
        })
    }

    pub(super) fn backends(&self) -> Result<Backends> {
        let backend = self.one_of(BACKEND, &["sqlite", "postgres", "dual"])?;
        let dual = self.one_of(DUAL, &["true", "false"])?.map(|word| word == "true");
        let percent = self.percent(PERCENT)?;
        match (backend, dual) {
            (None, None) => Err(unsaid(&format!("{BACKEND} is not set, nor is {DUAL}"), BACKENDS)),
            (Some("dual"), Some(false)) => Err(contradiction(&format!("{BACKEND}=dual"), &format!("{DUAL}=false"))),
            (Some(one @ ("sqlite" | "postgres")), Some(true)) => {
                Err(contradiction(&format!("{BACKEND}={one}"), &format!("{DUAL}=true")))
            }
            (Some("dual"), _) | (None, Some(true)) => self.reads(percent).map(|reads| Backends::Both { reads }),
            (Some("sqlite"), _) => only(percent, Share::NONE, "sqlite").map(|()| Backends::Sqlite),
            (Some(_), _) => only(percent, Share::ALL, "postgres").map(|()| Backends::Postgres),
            // What was written twice is written once: where, the share says.
            (None, Some(false)) => match percent {
                Some(Share::NONE) => Ok(Backends::Sqlite),
                Some(Share::ALL) => Ok(Backends::Postgres),
                Some(share) => Err(contradiction(&format!("{DUAL}=false"), &format!("{PERCENT}={share}"))),
                None => Err(unsaid(&format!("{DUAL}=false does not say which database is used"), BACKENDS)),
            },
        }
    }

    /// Who serves reads, where both databases are used.
    fn reads(&self, percent: Option<Share>) -> Result<Share> {
        let primary = self.one_of(PRIMARY, &["sqlite", "postgres"])?;
        let primary = primary.map(|word| if word == "sqlite" { Side::Sqlite } else { Side::Postgres });
        match (primary, percent) {
            (Some(Side::Sqlite), None | Some(Share::NONE)) => Ok(Share::NONE),
            (Some(Side::Postgres), None | Some(Share::ALL)) => Ok(Share::ALL),
            (None, Some(share)) => Ok(share),
            (Some(side), Some(share)) => {
                Err(contradiction(&format!("{PRIMARY}={}", side.as_str()), &format!("{PERCENT}={share}")))
            }
            (None, None) => Err(unsaid(
                "both databases are used, and nothing says who serves reads",
                "set READ_FROM_POSTGRES_PERCENT=0, or DB_DUAL_READ_PRIMARY=sqlite, to begin with",
            )),
        }
    }

    pub(super) fn percent(&self, name: &str) -> Result<Option<Share>> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        match value.parse().ok().and_then(|percent| Share::percent(percent).ok()) {
            Some(share) => Ok(Some(share)),
            None => Err(unknown(name, value).with_hint("it is a whole number from 0 to 100")),
        }
    }

    fn one_of(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        match words.iter().find(|word| value.eq_ignore_ascii_case(word)) {
            Some(word) => Ok(Some(word)),
            None => Err(unknown(name, value).with_hint(format!("it is one of {}", words.join(", ")))),
        }
    }
}

/// Refuses a share that the only database does not have.
fn only(percent: Option<Share>, fits: Share, backend: &str) -> Result<()> {
    match percent.filter(|share| *share != fits) {
        None => Ok(()),
        Some(share) => Err(contradiction(&format!("{BACKEND}={backend}"), &format!("{PERCENT}={share}"))),
    }
}

const BACKENDS: &str = "set DB_BACKEND to sqlite, dual or postgres";

fn is_ours(name: &str) -> bool {
    [BACKEND, PRIMARY, PERCENT, DUAL].contains(&name) || name.starts_with(&format!("{PERCENT}_"))
}

fn unknown(name: &str, value: &str) -> Error {
    Error::new(Code::InvalidValue, format!("{name} cannot be `{value}`"))
}

fn contradiction(one: &str, other: &str) -> Error {
    Error::new(Code::InvalidValue, format!("{one} and {other} contradict each other")).with_hint("unset one of them")
}

fn unsaid(message: &str, hint: &str) -> Error {
    Error::new(Code::InvalidValue, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Backends> {
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        RouteOptions::from_variables(["health", "audit log"], variables).map(|options| options.backends())
    }

    fn both(percent: u8) -> Backends {
        Backends::Both { reads: Share::percent(percent).unwrap() }
    }

    #[test]
    fn variables_mean_what_the_plans_say() {
        for (variables, expected) in [
            (&[(BACKEND, "sqlite")][..], Backends::Sqlite),
            (&[(BACKEND, "postgres")], Backends::Postgres),
            (&[(BACKEND, "dual"), (PRIMARY, "sqlite")], both(0)),
            (&[(BACKEND, "dual"), (PRIMARY, "postgres")], both(100)),
            (&[(BACKEND, "Dual"), (PERCENT, "10"), (DUAL, "TRUE")], both(10)),
            (&[(DUAL, "true"), (PERCENT, " 25 ")], both(25)),
            (&[(DUAL, "false"), (PERCENT, "0")], Backends::Sqlite),
            (&[(DUAL, "false"), (PERCENT, "100")], Backends::Postgres),
            // A step back is one variable.
            (&[(BACKEND, "sqlite"), (PRIMARY, "postgres")], Backends::Sqlite),
            (&[(BACKEND, "postgres"), (PRIMARY, "sqlite"), (PERCENT, "100"), (DUAL, "false")], Backends::Postgres),
            (
                &[(BACKEND, "dual"), (PRIMARY, ""), (PERCENT, "0"), ("READ_FROM_POSTGRES_PERCENT_AUDIT_LOG", "7")],
                both(0),
            ),
        ] {
            assert_eq!(read(variables).unwrap(), expected, "{variables:?}");
        }
    }

    #[test]
    fn what_says_nothing_or_two_things_is_an_error() {
        for (variables, words) in [
            (&[][..], "is not set"),
            (&[(PERCENT, "10")], "is not set"),
            (&[(BACKEND, "")], "is not set"),
            (&[(BACKEND, "mysql")], "cannot be `mysql`"),
            (&[(BACKEND, "dual")], "nothing says who serves reads"),
            (&[(DUAL, "true")], "nothing says who serves reads"),
            (&[(DUAL, "yes")], "cannot be `yes`"),
            (&[(DUAL, "false")], "does not say which"),
            (&[(DUAL, "false"), (PERCENT, "10")], "contradict"),
            (&[(BACKEND, "dual"), (DUAL, "false"), (PERCENT, "1")], "contradict"),
            (&[(BACKEND, "sqlite"), (DUAL, "true")], "contradict"),
            (&[(BACKEND, "sqlite"), (PERCENT, "10")], "contradict"),
            (&[(BACKEND, "postgres"), (PERCENT, "10")], "contradict"),
            (&[(BACKEND, "dual"), (PRIMARY, "sqlite"), (PERCENT, "10")], "contradict"),
            (&[(BACKEND, "dual"), (PRIMARY, "both")], "cannot be `both`"),
            (&[(BACKEND, "dual"), (PERCENT, "101")], "cannot be `101`"),
            (&[(BACKEND, "dual"), (PERCENT, "-1")], "cannot be `-1`"),
            (&[(BACKEND, "dual"), (PERCENT, "10%")], "cannot be `10%`"),
            (&[(BACKEND, "dual"), (PERCENT, "1"), ("READ_FROM_POSTGRES_PERCENT_HELTH", "1")], "does not have"),
            (&[(BACKEND, "sqlite"), ("READ_FROM_POSTGRES_PERCENT_HEALTH", "1")], "share of their own"),
        ] {
            let error = read(variables).unwrap_err();
            assert!(error.to_string().contains(words), "{variables:?}: {error}");
            assert_eq!(error.code(), Code::InvalidValue);
        }
    }
}
