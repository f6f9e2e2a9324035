use std::path::Path;

use super::{LOCK_VERSION, LockEntry, LockFile, LockKey};
use crate::document::{Document, TomlKey, TomlTable, TomlValue, in_file_order};
use crate::error::{Code, Error, Result};
use crate::source::Checksum;
use crate::source::verdict::{UnknownVerdict, Verdict};
use crate::sql::Dialect;
use crate::version::Version;

const CODE: Code = Code::LockFile;
const KEYS: [&str; 9] = ["database", "backend", "version", "file", "up", "down", "verdict", "before", "after"];

impl LockFile {
    /// Reads schema.lock; `None` where there is none.
    ///
    /// # Errors
    /// [`Code::LockFile`]: it cannot be read, has a conflict of a merge in it, or was written by a newer release.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        let shown = path.display().to_string();
        // It holds no secrets.
        let show = |line: &str| line.to_owned();
        Document::read(path, &shown, CODE, show)?.map(|document| parse(&document).map_err(mendable)).transpose()
    }
}

fn parse(document: &Document) -> Result<LockFile> {
    refuse_conflict(document)?;
    let root = document.parse()?;
    check_version(document, &root)?;
    let mut lock = LockFile::default();
    for (key, value) in in_file_order(&root) {
        document.check_key(CODE, key, &["lock_version", "migration"], "in schema.lock")?;
        if key.get_ref() == "migration" {
            for item in value.get_ref().as_array().ok_or_else(|| damaged(document, value, "is not a list"))? {
                add(document, &mut lock, item)?;
            }
        }
    }
    Ok(lock)
}

/// What a merge of texts broke, or an editor, need not be mended by hand.
fn mendable(error: Error) -> Error {
    match error.hints() {
        [] => error.with_hint(
            "take the file of the last commit, or remove it; `schemactl generate` writes what the files say",
        ),
        _ => error,
    }
}

/// A conflict is told from other damage, for it has a cure: both sides added a migration, or changed the same one.
fn refuse_conflict(document: &Document) -> Result<()> {
    let mut at = 0;
    for line in document.text().split_inclusive('\n') {
        if ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|mark| line.starts_with(mark)) {
            return Err(document
                .error(CODE, at..at + line.len(), format!("{} has an unresolved conflict of a merge", document.path()))
                .with_hint("where both sides added a migration of the same version, give the later one the next number")
                .with_hint(
                    "take either side of schema.lock, then run `schemactl generate`, which writes what the files say",
                ));
        }
        at += line.len();
    }
    Ok(())
}

fn check_version(document: &Document, root: &TomlTable<'_>) -> Result<()> {
    let Some(value) = root.get("lock_version") else {
        return Err(document
            .error(CODE, 0..0, format!("{} has no lock_version", document.path()))
            .with_hint("`schemactl generate` writes the file; remove this one first"));
    };
    match value.get_ref().as_integer().and_then(|number| number.as_str().parse::<i64>().ok()) {
        Some(LOCK_VERSION) => Ok(()),
        Some(newer) if newer > LOCK_VERSION => {
            let message = format!("{} was written by a newer release of schemactl", document.path());
            Err(document.error(CODE, value.span(), message).with_hint("install the release that the project uses"))
        }
        _ => Err(damaged(document, value, "is no version of the file")),
    }
}

fn add(document: &Document, lock: &mut LockFile, item: &TomlValue<'_>) -> Result<()> {
    let entry = LockedEntry { document, item, table: document.table(CODE, "migration", item)? };
    for (key, _) in in_file_order(entry.table) {
        document.check_key(CODE, key, &KEYS, "of a migration")?;
    }
    let key = LockKey { database: entry.optional("database")?, dialect: entry.dialect()?, version: entry.version()? };
    let value = LockEntry {
        file: entry.required("file")?,
        up: entry.checksum("up")?.ok_or_else(|| entry.missing("up"))?,
        down: entry.checksum("down")?,
        verdict: entry.verdict()?,
        before: entry.optional("before")?,
        after: entry.optional("after")?,
    };
    match lock.entries.insert(key, value) {
        None => Ok(()),
        Some(_) => Err(damaged(document, item, "is there twice")
            .with_hint("a merge may have taken both sides: give the later migration the next number")
            .with_hint("remove one of the two entries, then run `schemactl generate`")),
    }
}

fn damaged(document: &Document, value: &TomlValue<'_>, what: &str) -> Error {
    document.error(CODE, value.span(), format!("an entry of {} {what}", document.path()))
}

/// A migration as the file has it.
struct LockedEntry<'a> {
    document: &'a Document,
    item: &'a TomlValue<'a>,
    table: &'a TomlTable<'a>,
}

impl LockedEntry<'_> {
    fn missing(&self, key: &str) -> Error {
        damaged(self.document, self.item, &format!("has no `{key}`"))
    }

    fn text(&self, key: &str) -> Result<Option<(&str, &TomlValue<'_>)>> {
        let found: Option<(&TomlKey<'_>, &TomlValue<'_>)> = self.table.get_key_value(key);
        found.map(|(_, value)| Ok((self.document.string(CODE, key, value)?, value))).transpose()
    }

    fn optional(&self, key: &str) -> Result<Option<String>> {
        Ok(self.text(key)?.map(|(text, _)| text.to_owned()))
    }

    fn required(&self, key: &str) -> Result<String> {
        self.optional(key)?.ok_or_else(|| self.missing(key))
    }

    fn dialect(&self) -> Result<Dialect> {
        let (text, value) = self.text("backend")?.ok_or_else(|| self.missing("backend"))?;
        Dialect::parse(text).ok_or_else(|| damaged(self.document, value, "is for an unknown backend"))
    }

    fn version(&self) -> Result<Version> {
        let value = self.table.get("version").ok_or_else(|| self.missing("version"))?;
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        number.and_then(Version::new).ok_or_else(|| damaged(self.document, value, "has a version that is none"))
    }

    fn verdict(&self) -> Result<Option<Verdict>> {
        let Some((text, value)) = self.text("verdict")? else { return Ok(None) };
        let unknown = |UnknownVerdict| {
            let cause = "a verdict is `lossless`, `lossy: <what>` or `irreversible: <why>`";
            damaged(self.document, value, "has an unknown verdict").with_cause(cause)
        };
        text.parse().map(Some).map_err(unknown)
    }

    fn checksum(&self, key: &str) -> Result<Option<Checksum>> {
        let Some((text, value)) = self.text(key)? else { return Ok(None) };
        match text.parse() {
            Ok(checksum) => Ok(Some(checksum)),
            Err(unknown) => {
                Err(damaged(self.document, value, "has an unknown checksum").with_cause(unknown.to_string()))
            }
        }
    }
}
