//! `[backup]` for all databases, and `[database.NAME.backup]` for one.

use super::ConfigReader;
use crate::config::Secret;
use crate::config::backup::{BackupSection, Occasion, WrittenPath};
use crate::document::{TomlValue, in_file_order};
use crate::error::{Code, Error, Result};

const FOLDER: &str = "folder";
const PG_BIN: &str = "pg_bin";
const BEFORE: &str = "before";
const KEYS: [&str; 5] = [FOLDER, "keep_days", "compress", BEFORE, PG_BIN];

impl ConfigReader<'_> {
    /// Reads the section of this name: `backup`, `database.shop.backup`.
    pub(super) fn backup_section(&self, name: &str, value: &TomlValue<'_>) -> Result<BackupSection> {
        let mut section = BackupSection::default();
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "backup", value)?) {
            self.document.check_key(Code::UnknownKey, key, &KEYS, &format!("in [{name}]"))?;
            match key.get_ref().as_ref() {
                FOLDER => section.folder = Some(self.written_path(FOLDER, value)?),
                PG_BIN => section.pg_bin = Some(self.written_path(PG_BIN, value)?),
                BEFORE => section.before = Some(self.occasions(value)?),
                "compress" => section.compress = Some(self.compress(value)?),
                _ => section.keep_days = Some(self.keep_days(value)?),
            }
        }
        Ok(section)
    }

    fn written_path(&self, key: &'static str, value: &TomlValue<'_>) -> Result<WrittenPath> {
        let text = self.document.string(Code::InvalidValue, key, value)?;
        if text.is_empty() {
            return Err(self.document.error(
                Code::InvalidValue,
                value.span(),
                format!("`{key}` is the path of a folder"),
            ));
        }
        Ok(WrittenPath { key, text: Secret::new(text), span: value.span() })
    }

    fn compress(&self, value: &TomlValue<'_>) -> Result<bool> {
        let error = || self.document.error(Code::InvalidValue, value.span(), "`compress` is true or false");
        value.get_ref().as_bool().ok_or_else(error)
    }

    fn keep_days(&self, value: &TomlValue<'_>) -> Result<u32> {
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        number.ok_or_else(|| {
            self.document
                .error(Code::InvalidValue, value.span(), "`keep_days` is a whole number of days")
                .with_hint("for example: keep_days = 30")
        })
    }

    fn occasions(&self, value: &TomlValue<'_>) -> Result<Vec<Occasion>> {
        let words = self.document.strings(Code::InvalidValue, BEFORE, value, "down")?;
        words
            .into_iter()
            .map(|(word, span)| Occasion::parse(word).ok_or_else(|| self.no_occasion(word, span)))
            .collect()
    }

    fn no_occasion(&self, word: &str, span: std::ops::Range<usize>) -> Error {
        self.no_choice(&format!("`{BEFORE}` cannot have"), (word, span), &Occasion::ALL.map(Occasion::as_str))
    }
}
