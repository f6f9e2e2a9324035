//! `[route]`, read.

use std::path::Path;
use std::time::Duration;

use super::{ConfigReader, SchemaFile};
use crate::config::redact;
use crate::config::route::RouteSection;
use crate::document::{TomlKey, TomlValue, in_file_order};
use crate::duration::parse_duration;
use crate::error::{Code, Error, Place, Result};

const PRIMARY: &str = "read_primary";
const PERCENT: &str = "read_from_postgres_percent";
const READS: &str = "reads";
const KEYS: [&str; 7] = ["backend", PRIMARY, PERCENT, READS, "max_lag", "deadline", "interval"];

impl RouteSection {
    /// Reads it; none where schema.toml has no such section.
    ///
    /// # Errors
    /// The file is missing, or says what it cannot.
    #[cfg_attr(
        not(feature = "route"),
        expect(dead_code, reason = "the command checks the section with the rest of the file")
    )]
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        let shown = path.display().to_string();
        match SchemaFile::read(path, &shown)? {
            Some(file) => Ok(file.route),
            None => {
                Err(Error::new(Code::ConfigFile, format!("{shown} does not exist")).with_place(Place::whole(shown)))
            }
        }
    }
}

impl ConfigReader<'_> {
    pub(super) fn route_section(&self, key: &TomlKey<'_>, value: &TomlValue<'_>) -> Result<RouteSection> {
        let mut section = RouteSection::default();
        let mut of_dual = None;
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "route", value)?) {
            self.document.check_key(Code::UnknownKey, key, &KEYS, "in [route]")?;
            match key.get_ref().as_ref() {
                "backend" => section.backend = Some(self.word("backend", value, &["sqlite", "postgres", "dual"])?),
                PRIMARY => section.read_primary = Some(self.word(PRIMARY, value, &["sqlite", "postgres"])?),
                PERCENT => section.read_from_postgres_percent = Some(self.percent(PERCENT, value)?),
                READS => {
                    for (kind, value) in in_file_order(self.document.table(Code::InvalidValue, READS, value)?) {
                        let place = self.document.place(kind.span());
                        section.reads.push((kind.get_ref().to_string(), self.percent(kind.get_ref(), value)?, place));
                    }
                }
                "max_lag" => section.max_lag = Some(self.time("max_lag", value)?),
                "deadline" => section.deadline = Some(self.time("deadline", value)?),
                _ => section.interval = Some(self.time("interval", value)?),
            }
            if [PRIMARY, PERCENT, READS].contains(&key.get_ref().as_ref()) {
                of_dual = Some(key);
            }
        }
        match (&section.backend, of_dual) {
            (Some(backend), Some(key)) if backend != "dual" => {
                let message = format!("`{}` is for `backend = \"dual\"`, and `backend` is {backend}", key.get_ref());
                return Err(self.document.error(Code::InvalidValue, key.span(), message));
            }
            _ => {}
        }
        let primary = section.read_primary.as_deref().map(|side| if side == "sqlite" { 0 } else { 100 });
        match (primary, section.read_from_postgres_percent) {
            (Some(primary), Some(percent)) if primary != percent => Err(self
                .document
                .error(Code::InvalidValue, key.span(), format!("`{PRIMARY}` and `{PERCENT}` contradict each other"))
                .with_hint("leave out one of them")),
            _ => Ok(section),
        }
    }

    fn word(&self, key: &str, value: &TomlValue<'_>, words: &[&str]) -> Result<String> {
        let text = self.document.string(Code::InvalidValue, key, value)?;
        if words.contains(&text) {
            return Ok(text.to_owned());
        }
        Err(self.no_choice(&format!("`{key}` cannot be"), (text, value.span()), words))
    }

    fn percent(&self, key: &str, value: &TomlValue<'_>) -> Result<u8> {
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        number.filter(|percent| *percent <= 100).ok_or_else(|| {
            let message = format!("`{key}` is a whole number from 0 to 100");
            self.document.error(Code::InvalidValue, value.span(), message)
        })
    }

    fn time(&self, key: &str, value: &TomlValue<'_>) -> Result<Duration> {
        let text = self.document.string(Code::InvalidValue, key, value)?;
        parse_duration(text).map_err(|why| {
            let message = format!("`{key}` cannot be `{}`: {why}", redact(text));
            self.document.error(Code::InvalidValue, value.span(), message)
        })
    }
}
