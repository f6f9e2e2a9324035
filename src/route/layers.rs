//! Settings of which code has the defaults, schema.toml what counts more, and the environment what counts most.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::environment::{BACKEND, DUAL, PERCENT, PRIMARY, Variables, variable_of};
use super::settings::{Backends, RouteOptions};
use crate::config::RouteSection;
use crate::error::{Code, Error, Result, did_you_mean};

/// What one layer says, in the words of the environment.
type Layer = BTreeMap<String, String>;

impl RouteOptions {
    /// Takes what `[route]` of a schema.toml says over what code says, and what the variables of [`from_env`](Self::from_env) say over both. An application declares its kinds of
    /// reads, with the shares that they have unless somebody says otherwise.
    ///
    /// Which databases are used is one decision, and who serves reads another: the highest layer that says anything of it decides it alone. Where one of the databases is
    /// used, what lower layers say of reads is for another time: `DB_BACKEND=sqlite` takes a step back whatever schema.toml has.
    ///
    /// ```no_run
    /// use schemactl::route::{Backends, RouteOptions, Share};
    ///
    /// let options = RouteOptions::new(Backends::Sqlite).kind("orders").kind_with("health", Share::ALL).configured("schema.toml")?;
    /// # let _ = options;
    /// # Ok::<(), schemactl::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::ConfigFile`], [`Code::UnknownKey`], [`Code::InvalidValue`]: the file is missing, or says what it cannot, at its line; a kind of read that was not declared; what the layers say together contradicts
    /// itself.
    pub fn configured(self, file: impl AsRef<Path>) -> Result<Self> {
        self.configured_with(file, std::env::vars_os())
    }

    /// The same with variables from somewhere else.
    ///
    /// ```
    /// use schemactl::route::{Backends, RouteOptions, Share};
    ///
    /// # let folder = std::env::temp_dir().join(format!("schemactl-route-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let file = folder.join("schema.toml");
    /// std::fs::write(&file, "[route]\nbackend = \"dual\"\nread_from_postgres_percent = 10\n")?;
    /// let options = RouteOptions::new(Backends::Sqlite).kind("orders").configured_with(&file, [])?;
    /// assert_eq!(options.backends(), Backends::Both { reads: Share::percent(10)? });
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`configured`](Self::configured).
    pub fn configured_with(
        self,
        file: impl AsRef<Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let section = RouteSection::read(file.as_ref())?.unwrap_or_default();
        let environment = Variables::of(variables)?;
        let kinds: Vec<String> = self.kinds.keys().cloned().collect();
        let names: Vec<&str> = kinds.iter().map(String::as_str).collect();
        environment.assert_known(&names)?;
        assert_known(&section, &names)?;
        let decided = decided(&[self.layer(), layer(&section), environment.0]);
        let said = |error: Error| error.with_hint("part of it may stand in the file that is read here, or in code");
        let mut options = Self { backends: decided.backends().map_err(said)?, ..self };
        for kind in kinds {
            let share = decided.percent(&variable_of(&kind)).map_err(said)?;
            options.kinds.insert(kind, share);
        }
        options.max_lag = section.max_lag.unwrap_or(options.max_lag);
        options.deadline = section.deadline.unwrap_or(options.deadline);
        match section.interval {
            Some(interval) => options.interval(interval),
            None => options,
        }
        .checked()
    }

    /// What code says.
    fn layer(&self) -> Layer {
        let backend = match self.backends {
            Backends::Sqlite => vec![(BACKEND.to_owned(), "sqlite".to_owned())],
            Backends::Postgres => vec![(BACKEND.to_owned(), "postgres".to_owned())],
            Backends::Both { reads } => {
                vec![(BACKEND.to_owned(), "dual".to_owned()), (PERCENT.to_owned(), reads.to_string())]
            }
        };
        let own = self.kinds.iter().filter_map(|(kind, share)| Some((variable_of(kind), share.as_ref()?.to_string())));
        backend.into_iter().chain(own).collect()
    }
}

/// What schema.toml says.
fn layer(section: &RouteSection) -> Layer {
    let words = [
        (BACKEND, section.backend.clone()),
        (PRIMARY, section.read_primary.clone()),
        (PERCENT, section.read_from_postgres_percent.map(|percent| percent.to_string())),
    ];
    let words = words.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    words.chain(section.reads.iter().map(|(kind, percent, _)| (variable_of(kind), percent.to_string()))).collect()
}

/// A share for a kind of read that nobody has declared would be for nothing.
fn assert_known(section: &RouteSection, kinds: &[&str]) -> Result<()> {
    let Some((kind, _, place)) = section.reads.iter().find(|(kind, ..)| !kinds.contains(&kind.as_str())) else {
        return Ok(());
    };
    let message = format!("the application has no kind of read that is called `{kind}`");
    let error = Error::new(Code::InvalidValue, message).with_place(place.clone());
    Err(match did_you_mean(kind, kinds.iter().copied()) {
        Some(hint) => error.with_hint(hint),
        None => error.with_hint("leave it out, or declare it in code"),
    })
}

/// What layers say together, the lowest first.
fn decided(layers: &[Layer]) -> Variables {
    let says = |layer: &Layer, names: &[&str]| names.iter().any(|name| layer.contains_key(*name));
    let of_backend = layers.iter().rposition(|layer| says(layer, &[BACKEND, DUAL])).unwrap_or_default();
    let is =
        |name: &str, word: &str| layers[of_backend].get(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    let is_dual = is(BACKEND, "dual") || !layers[of_backend].contains_key(BACKEND) && is(DUAL, "true");
    // What is said below the one that has chosen one database is for the time in which both are used.
    let of_reads = &layers[if is_dual { 0 } else { of_backend }..];
    let highest = of_reads.iter().rev().find(|layer| says(layer, &[PRIMARY, PERCENT]));
    let mut all: Layer = BTreeMap::new();
    let mut take = |layer: &Layer, is_wanted: &dyn Fn(&str) -> bool| {
        all.extend(layer.iter().filter(|(name, _)| is_wanted(name)).map(|(name, value)| (name.clone(), value.clone())));
    };
    let named = |names: [&'static str; 2]| move |name: &str| names.contains(&name);
    take(&layers[of_backend], &named([BACKEND, DUAL]));
    highest.into_iter().for_each(|layer| take(layer, &named([PRIMARY, PERCENT])));
    // The highest layer comes last, and stays.
    of_reads.iter().for_each(|layer| take(layer, &|name| name.starts_with(PERCENT) && name != PERCENT));
    Variables(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Share;

    fn read(options: RouteOptions, section: &str, variables: &[(&str, &str)]) -> Result<RouteOptions> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("schema.toml");
        std::fs::write(&file, section).unwrap();
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        options.configured_with(&file, variables)
    }

    fn both(percent: u8) -> Backends {
        Backends::Both { reads: Share::percent(percent).unwrap() }
    }

    fn code(backends: Backends) -> RouteOptions {
        RouteOptions::new(backends).kind("orders").kind_with("health", Share::ALL)
    }

    #[test]
    fn the_environment_counts_most_and_code_least() {
        let dual = "[route]\nbackend = \"dual\"\nread_from_postgres_percent = 10\nmax_lag = \"3s\"\n[route.reads]\norders = 7\n";
        let sqlite = RouteOptions::new(Backends::Sqlite).kind("orders").kind("health");
        for (options, section, variables, backends, orders) in [
            (sqlite.clone(), "", &[][..], Backends::Sqlite, 0),
            (code(both(5)), "", &[], both(5), 5),
            (sqlite.clone(), dual, &[], both(10), 7),
            (code(both(5)), dual, &[(PERCENT, "50")], both(50), 7),
            (code(both(5)), dual, &[(PRIMARY, "postgres")], both(100), 7),
            (code(both(5)), dual, &[("READ_FROM_POSTGRES_PERCENT_ORDERS", "9")], both(10), 9),
            // A step back is one variable, whatever else stands below it.
            (code(both(5)), dual, &[(BACKEND, "sqlite")], Backends::Sqlite, 0),
            (code(both(5)), dual, &[(BACKEND, "postgres")], Backends::Postgres, 100),
            (code(both(5)), "[route]\nbackend = \"sqlite\"\n", &[], Backends::Sqlite, 0),
            (code(both(5)), "[route]\nread_primary = \"postgres\"\n", &[], both(100), 100),
            (sqlite.clone(), "[route]\nbackend = \"sqlite\"\n", &[(DUAL, "true"), (PERCENT, "1")], both(1), 1),
        ] {
            let read = read(options, section, variables).unwrap();
            assert_eq!(read.backends(), backends, "{section} {variables:?}");
            assert_eq!(read.share("orders").unwrap(), Share::percent(orders).unwrap(), "{section} {variables:?}");
        }
        let read = read(code(both(5)), dual, &[]).unwrap();
        assert_eq!(read.max_lag.as_secs(), 3);
        assert_eq!(read.share("health").unwrap(), Share::ALL);
    }

    #[test]
    fn what_it_cannot_say_is_an_error_at_its_line() {
        for (section, variables, words) in [
            ("[route]\nbackends = \"dual\"\n", &[][..], "did you mean `backend`?"),
            ("[route]\nbackend = \"both\"\n", &[], "schema.toml:2"),
            ("[route]\nbackend = \"sqlite\"\nread_from_postgres_percent = 1\n", &[], "is for `backend = \"dual\"`"),
            ("[route]\nread_primary = \"sqlite\"\nread_from_postgres_percent = 1\n", &[], "contradict"),
            ("[route]\nread_from_postgres_percent = 101\n", &[], "0 to 100"),
            ("[route]\nread_from_postgres_percent = \"1\"\n", &[], "0 to 100"),
            ("[route.reads]\nordres = 1\n", &[], "did you mean `orders`?"),
            ("[route]\nmax_lag = \"10\"\n", &[], "schema.toml:2"),
            ("[route]\nbackend = \"sqlite\"\n", &[(PERCENT, "10")], "contradict"),
            ("[route]\n", &[("READ_FROM_POSTGRES_PERCENT_ORDRES", "1")], "does not have"),
        ] {
            let error = read(code(both(5)), section, variables).unwrap_err();
            assert!(format!("{error:#}").contains(words), "{section} {variables:?}: {error:#}");
        }
        let error = code(both(5)).configured_with("nowhere.toml", []).unwrap_err();
        assert_eq!(error.code(), Code::ConfigFile);
    }
}
