//! `[import.NAME]`: which files become rows of which table, and how.

use super::map::ConvertRule;
use crate::convert::ConvertOptions;
use crate::error::Place;

/// The rules of conversion for a file as a whole.
pub(crate) const READING: [&str; 8] =
    ["bom", "invalid_utf8", "nul", "json", "json_nan", "json_duplicates", "json_nul", "json_surrogates"];

/// A rule: the files that it takes, how they are read, and the table that their records go to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportRule {
    pub(crate) name: String,
    /// Where its section begins.
    pub(crate) place: Place,
    /// The folder that the patterns are below, relative to schema.toml.
    pub(crate) root: String,
    pub(crate) files: Vec<String>,
    /// Files that it does not take.
    pub(crate) except: Vec<String>,
    pub(crate) format: FileFormat,
    /// The folder that the files themselves are copied to, relative to schema.toml.
    pub(crate) copy_to: Option<String>,
    /// The table, with its schema where it was named. `*`: each table of a SQLite file, by its name.
    pub(crate) table: Vec<String>,
    /// The table of a SQLite file; none where it is called as the target.
    pub(crate) from: Option<String>,
    /// What tells rows apart; none for the primary key, empty where nothing does.
    pub(crate) key: Option<Vec<String>>,
    /// None for those that are called as the fields are.
    pub(crate) columns: Option<Vec<ImportColumn>>,
    /// Fields that go nowhere.
    pub(crate) ignore: Vec<String>,
    /// How the characters and the JSON of a file are read.
    pub(crate) read: ConvertOptions,
    pub(crate) sets_aside: bool,
    pub(crate) duplicates: Duplicates,
    pub(crate) existing: Existing,
    pub(crate) rewritten: Rewritten,
    pub(crate) takes_secrets: bool,
    pub(crate) fires_triggers: bool,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileFormat {
    /// A document is a record. The path of the part of it that is meant.
    Json {
        at: Vec<String>,
    },
    /// Each member of an object is a record.
    JsonEntries {
        at: Vec<String>,
    },
    /// Each element of an array is a record.
    JsonArray {
        at: Vec<String>,
    },
    JsonLines,
    Csv {
        delimiter: u8,
        names: Option<Vec<String>>,
    },
    Markdown,
    /// The whole text is one record.
    Text,
    Log {
        pattern: String,
        continued: Option<String>,
    },
    Sqlite,
    /// Nothing of it is read but what the folder says.
    File,
}

impl FileFormat {
    pub(crate) const NAMES: [&'static str; 10] =
        ["json", "json-entries", "json-array", "json-lines", "csv", "markdown", "text", "log", "sqlite", "file"];

    /// Whether a file of it grows at its end, so that what was there before is there still.
    pub(crate) fn grows(&self) -> bool {
        matches!(self, Self::JsonLines | Self::Csv { .. } | Self::Log { .. })
    }
}

/// A column of the table, and where its value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportColumn {
    pub(crate) name: String,
    pub(crate) from: ColumnSource,
    /// The type by which the value is read, where the target does not say it.
    pub(crate) reads_as: Option<String>,
    pub(crate) rules: Vec<ConvertRule>,
    pub(crate) place: Place,
}

/// Where the value of a column comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ColumnSource {
    /// The first of these fields that a record has. What begins with `@` is said of the file or the record.
    Fields(Vec<String>),
    Constant(String),
    /// What the parentheses of a pattern match in the path of the file.
    Path(String),
    /// An object of these fields.
    Object(Vec<String>),
    /// A column of a row of another table, found by columns that have the values of fields.
    Lookup {
        table: Vec<String>,
        column: String,
        by: Vec<(String, String)>,
    },
}

/// What becomes of a record whose key another record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    Refuse,
    /// That of the file that comes first by its path counts.
    First,
    Last,
    /// That of the file that was written last counts.
    Newest,
}

/// What becomes of a record whose row is there, and was not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Refuse,
    Keep,
    Update,
}

/// What becomes of a file that changed otherwise than by growing, where nothing tells its rows apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rewritten {
    Refuse,
    /// All of it is imported, beside the rows that are there.
    Add,
}
