//! A TOML file of this tool's own, schema.toml or schema.lock: read so that every complaint has its line.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Code, Error, Place, Result, did_you_mean};

pub(crate) type TomlTable<'a> = DeTable<'a>;
pub(crate) type TomlKey<'a> = Spanned<std::borrow::Cow<'a, str>>;
pub(crate) type TomlValue<'a> = Spanned<DeValue<'a>>;

/// The text of a file, and where it came from.
#[derive(Clone)]
pub(crate) struct Document {
    path: String,
    text: String,
    /// The code of an error about the file itself.
    code: Code,
    /// How a line is shown, where it may hold a password.
    show: fn(&str) -> String,
}

impl Document {
    /// Reads a file; `None` where there is none.
    pub(crate) fn read(path: &Path, shown: &str, code: Code, show: fn(&str) -> String) -> Result<Option<Self>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => {
                return Err(Error::io(code, format!("{shown} cannot be read"), cause).with_place(Place::whole(shown)));
            }
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::new(code, format!("{shown} is not UTF-8: byte {at}")).with_place(Place::whole(shown))
        })?;
        Ok(Some(Self::new(shown, text, code, show)))
    }

    pub(crate) fn new(path: &str, text: String, code: Code, show: fn(&str) -> String) -> Self {
        Self { path: path.to_owned(), text, code, show }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Parses the text.
    pub(crate) fn parse(&self) -> Result<TomlTable<'_>> {
        match DeTable::parse(&self.text) {
            Ok(table) => Ok(table.into_inner()),
            Err(error) => Err(Error::new(self.code, format!("{} is not TOML", self.path))
                .with_place(self.place(error.span().unwrap_or_default()))
                .with_cause(error.message().to_owned())),
        }
    }

    /// The place of a byte range, its line freed of secrets.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place::new(&self.path, &self.text, span).with_shown_line(self.show)
    }

    pub(crate) fn error(&self, code: Code, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::new(code, message).with_place(self.place(span))
    }

    /// An error about the key where it is none of `known`.
    pub(crate) fn check_key(&self, code: Code, key: &TomlKey<'_>, known: &[&str], context: &str) -> Result<()> {
        let name: &str = key.get_ref();
        if known.contains(&name) {
            return Ok(());
        }
        let error = self.error(code, key.span(), format!("the key `{name}` is unknown {context}"));
        Err(match did_you_mean(name, known.iter().copied()) {
            Some(hint) => error.with_hint(hint),
            None => error.with_hint(format!("the keys {context} are {}", known.join(", "))),
        })
    }

    /// The table that `value` is, or an error that says what it must be.
    pub(crate) fn table<'a>(&self, code: Code, key: &str, value: &'a TomlValue<'a>) -> Result<&'a TomlTable<'a>> {
        value.get_ref().as_table().ok_or_else(|| self.wrong_type(code, key, value, "a table"))
    }

    pub(crate) fn string<'a>(&self, code: Code, key: &str, value: &'a TomlValue<'a>) -> Result<&'a str> {
        value.get_ref().as_str().ok_or_else(|| self.wrong_type(code, key, value, "a string"))
    }

    /// The strings that `value` is a list of, each with its place. `example` is one that the key could have.
    pub(crate) fn strings<'a>(
        &self,
        code: Code,
        key: &str,
        value: &'a TomlValue<'a>,
        example: &str,
    ) -> Result<Vec<(&'a str, Range<usize>)>> {
        let list = value.get_ref().as_array().ok_or_else(|| {
            self.wrong_type(code, key, value, "a list of strings")
                .with_hint(format!("write it in brackets: {key} = [\"{example}\"]"))
        })?;
        let string = |value: &'a TomlValue<'a>| {
            let text = value.get_ref().as_str();
            text.map(|text| (text, value.span())).ok_or_else(|| self.wrong_type(code, key, value, "a list of strings"))
        };
        list.iter().map(string).collect()
    }

    fn wrong_type(&self, code: Code, key: &str, value: &TomlValue<'_>, expected: &str) -> Error {
        let found = value.get_ref().type_str();
        self.error(code, value.span(), format!("`{key}` is {expected}, not {}", with_article(found)))
    }
}

fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// A text as TOML writes it, in quotes.
pub(crate) fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The entries in the order in which the file has them.
pub(crate) fn in_file_order<'a>(table: &'a TomlTable<'a>) -> Vec<(&'a TomlKey<'a>, &'a TomlValue<'a>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
