//! What is kept of the rows that an up changed, so that its down is exact: the record as a value, and the names of its tables.

use crate::source::Verdict;
use crate::sql::Name;
use crate::version::Version;

/// A table of the index of what is kept, beside the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UndoTable {
    /// A row for each step of which it was asked, and one for each of its parts.
    Index,
    /// The columns of each part.
    Columns,
    /// PostgreSQL: the rows of all parts. SQLite has a table for each of them, since an array of values it has not.
    Rows,
}

impl UndoTable {
    pub(crate) const ALL: [Self; 3] = [Self::Index, Self::Columns, Self::Rows];

    /// Its name beside a history of this name.
    pub(crate) fn name(self, history: &str) -> String {
        match self {
            Self::Index => format!("{history}_undo"),
            Self::Columns => format!("{history}_undo_columns"),
            Self::Rows => format!("{history}_undo_rows"),
        }
    }
}

/// The table that has the rows of a part: `schema_migrations_undo_12_1`.
pub(crate) fn images_name(history: &str, version: Version, number: u32) -> String {
    format!("{history}_undo_{version}_{number}")
}

/// Whether a table has such a name.
pub(crate) fn is_images_name(history: &str, name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers_of(history, name).is_some_and(|(version, number)| is_number(version) && is_number(number))
}

/// Of which version the table has rows, and its number.
pub(crate) fn images_of(history: &str, name: &str) -> Option<(Version, u32)> {
    let (version, number) = numbers_of(history, name).filter(|_| is_images_name(history, name))?;
    let (version, number) = (Version::new(version.parse().ok()?)?, number.parse().ok()?);
    // `..._undo_02_1` is none of ours.
    images_name(history, version, number).eq_ignore_ascii_case(name).then_some((version, number))
}

fn numbers_of<'n>(history: &str, name: &'n str) -> Option<(&'n str, &'n str)> {
    let start = format!("{history}_undo_");
    let begin = name.get(..start.len()).filter(|begin| begin.eq_ignore_ascii_case(&start))?;
    name[begin.len()..].split_once('_')
}

/// What is kept of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum UndoRecord {
    /// The step did nothing to rows, or ran before there was a record.
    #[default]
    Absent,
    /// All that it did to rows of ordinary tables of the database: these parts, and nothing else.
    Whole(Vec<UndoPart>),
    /// Nothing, for this reason.
    Not(String),
    /// Nothing any more: why what was kept is not put back.
    Gone(String),
}

/// What is kept of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UndoPart {
    pub(crate) number: u32,
    /// What has its rows, as a query names it: a table on SQLite, a query on PostgreSQL.
    pub(crate) images: String,
    pub(crate) kind: PartKind,
    /// The schema of the table before the step, and since; none on SQLite.
    pub(crate) schema_before: Option<String>,
    pub(crate) schema_after: Option<String>,
    /// The table as it was called before the step; none where the step made it.
    pub(crate) before: Option<String>,
    /// As it is called since; none where the step dropped it.
    pub(crate) after: Option<String>,
    pub(crate) row_key: ImageKey,
    /// Columns that hold values of their own, in the order in which the images have them.
    pub(crate) columns: Vec<UndoColumn>,
    /// Of a part of values: the columns beside them, as they are called since, that were there before the step. Nothing puts their values back.
    pub(crate) beside: Vec<String>,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// What the images of a part are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// Rows that were inserted, changed or deleted: as they were before, and as the step left them.
    Rows,
    /// The values of columns that were dropped or converted, by the key of each row.
    Values,
}

/// By what a row is told from others while its step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageKey {
    /// The number that SQLite gives each row. It stays what it is until a VACUUM, and is a column's value where that is the primary key.
    Rowid,
    /// The columns of the primary key, in their order, of a table without such numbers.
    Columns,
    /// PostgreSQL: all columns, of a table without a key. Equal rows stand for one another.
    Content,
}

/// A column of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UndoColumn {
    /// As it was called before the step; none where the step added it.
    pub(crate) before: Option<String>,
    /// As it is called since; none where the step dropped it.
    pub(crate) after: Option<String>,
    /// Whether it is one of the primary key.
    pub(crate) in_key: bool,
}

/// The column whose values a part of values has, with its place: the first that is not of the key. Those behind it stand beside the values.
pub(crate) fn value_column(columns: &[UndoColumn]) -> Option<(usize, &UndoColumn)> {
    columns.iter().enumerate().find(|(_, column)| !column.in_key)
}

/// What taking back costs whose rows were kept, and are not any more.
pub(crate) fn without_rows(known: Option<Verdict>, why: &str) -> Verdict {
    known.unwrap_or(Verdict::Lossless).with(format!("rows that the up changed are not put back: {why}"))
}

impl UndoRecord {
    /// Why what is kept does not count where the version was applied again since, by a release or with settings that keep nothing.
    pub(crate) const SUPERSEDED: &str = "they are of an earlier run of the migration";

    /// What this release cannot read.
    pub(crate) fn unknown() -> Self {
        Self::Gone("the index of what is kept has rows that this release does not understand".to_owned())
    }

    pub(crate) fn parts(&self) -> &[UndoPart] {
        match self {
            Self::Whole(parts) => parts,
            Self::Absent | Self::Not(_) | Self::Gone(_) => &[],
        }
    }

    /// Why the rows are not put back, where they were to be kept: a sentence.
    pub(crate) fn unkept(&self) -> Option<String> {
        match self {
            Self::Absent | Self::Whole(_) => None,
            Self::Not(why) => Some(format!("rows that the up changed were not kept, and are not put back: {why}")),
            Self::Gone(why) => {
                Some(format!("rows that the up changed are not kept any more, and are not put back: {why}"))
            }
        }
    }

    /// What taking the step back costs, now that it is known what is kept: what was and is gone counts as lost, whatever was known of it before.
    pub(crate) fn verdict(&self, known: Option<Verdict>) -> Option<Verdict> {
        match self {
            Self::Gone(why) => Some(without_rows(known, why)),
            Self::Absent | Self::Whole(_) | Self::Not(_) => known,
        }
    }

    /// Whether all that the step did to rows is known.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

impl PartKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Values => "values",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Rows, Self::Values].into_iter().find(|kind| kind.as_str() == word)
    }
}

impl UndoPart {
    /// The table as it was called before the step, with its schema.
    pub(crate) fn table_before(&self) -> Option<Name<'static>> {
        named(self.schema_before.as_ref(), self.before.as_ref())
    }

    /// The table as it is called since, with its schema.
    pub(crate) fn table_after(&self) -> Option<Name<'static>> {
        named(self.schema_after.as_ref(), self.after.as_ref())
    }

    /// The columns that the up has dropped, as they were called.
    pub(crate) fn dropped(&self) -> Vec<String> {
        let dropped = self.columns.iter().filter(|column| !column.in_key && column.after.is_none());
        dropped.filter_map(|column| column.before.clone()).collect()
    }

    /// The names of columns that the up has dropped, and given to no other: what is called so now, people have made since.
    pub(crate) fn vacated(&self) -> impl Iterator<Item = &str> {
        let is_given = |name: &str| self.columns.iter().any(|column| column.after.as_deref() == Some(name));
        let dropped = self.columns.iter().filter(|column| column.after.is_none());
        dropped.filter_map(|column| column.before.as_deref()).filter(move |name| !is_given(name))
    }

    /// The columns that a down brings back to rows which are left as people made them otherwise: those that the up dropped, and the one of a part of values.
    pub(crate) fn returning(&self) -> Vec<String> {
        if self.before.is_none() || self.after.is_none() {
            return Vec::new();
        }
        match self.kind {
            PartKind::Rows => self.dropped(),
            PartKind::Values => {
                value_column(&self.columns).and_then(|(_, column)| column.before.clone()).into_iter().collect()
            }
        }
    }

    /// Of how many columns the key of an image is.
    pub(crate) fn keys(&self) -> usize {
        match self.row_key {
            ImageKey::Rowid => 1,
            ImageKey::Columns | ImageKey::Content => self.columns.iter().filter(|column| column.in_key).count(),
        }
    }
}

fn named(schema: Option<&String>, name: Option<&String>) -> Option<Name<'static>> {
    Some(Name { schema: schema.map(|schema| schema.clone().into()), name: name?.clone().into() })
}

impl ImageKey {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rowid => "rowid",
            Self::Columns => "columns",
            Self::Content => "content",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Rowid, Self::Columns, Self::Content].into_iter().find(|key| key.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_of_images_have_their_names() {
        let version = Version::new(20_261_130).unwrap();
        assert!(is_images_name("schema_migrations", &images_name("schema_migrations", version, 3)));
        assert!(is_images_name("Schema_migrations", "schema_migrations_undo_1_1"));
        assert_eq!(images_of("schema_migrations", "schema_migrations_undo_20261130_3"), Some((version, 3)));
        assert_eq!(images_of("schema_migrations", "schema_migrations_undo_0_3"), None);
        assert_eq!(images_of("schema_migrations", "schema_migrations_undo_02_3"), None);
        for name in [
            "schema_migrations_undo",
            "schema_migrations_undo_columns",
            "schema_migrations_undo_1",
            "schema_migrations_undo_1_",
            "schema_migrations_undo_1_a",
            "schema_migrations_undo__1",
            "schema_migrations_undo_1_1_1",
            "other_undo_1_1",
            "größe",
        ] {
            assert!(!is_images_name("schema_migrations", name), "{name}");
        }
    }
}
