//! Tables as the generator knows them, and their text.

use super::datatype::Datatype;

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) datatype: Datatype,
    /// What follows the type.
    pub(super) rest: String,
    /// The database computes it.
    pub(super) is_computed: bool,
}

/// How rows of a table are named. The columns of the key are the first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKey {
    None,
    Given,
    /// The database finds it, unless it is given.
    Found,
    /// So it is, and who gives it has to say so.
    Always,
    Two,
}

#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    pub(super) key: RowKey,
    /// Behind the columns.
    pub(super) options: String,
    /// What is made with it: partitions, indexes, triggers.
    pub(super) besides: Vec<String>,
    /// Whether it is no more as it was made.
    pub(super) is_altered: bool,
}

/// A name as it stands in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

impl Field {
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    pub(super) fn definition(&self) -> String {
        format!("{} {}{}", self.quoted(), self.datatype.name(), self.rest)
    }
}

impl Relation {
    /// With its schema.
    pub(super) fn quoted(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }

    pub(super) fn key_fields(&self) -> &[Field] {
        match self.key {
            RowKey::None => &[],
            RowKey::Two => &self.fields[..2],
            _ => &self.fields[..1],
        }
    }

    pub(super) fn is_of_key(&self, name: &str) -> bool {
        self.key_fields().iter().any(|field| field.name == name)
    }

    /// Columns that a statement may write.
    pub(super) fn written(&self) -> Vec<&Field> {
        self.fields.iter().filter(|field| !field.is_computed).collect()
    }

    /// What an INSERT says between its columns and its values.
    pub(super) fn overriding(&self) -> &'static str {
        if self.key == RowKey::Always { " OVERRIDING SYSTEM VALUE" } else { "" }
    }

    pub(super) fn create(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.fields.iter().map(Field::definition).collect();
        if self.key != RowKey::None {
            let names = listed(self.key_fields().iter().map(|field| field.name.as_str()));
            lines.push(format!("PRIMARY KEY ({names})"));
        }
        let mut texts = vec![format!("CREATE TABLE {} ({}){}", self.quoted(), lines.join(", "), self.options)];
        texts.extend(self.besides.iter().cloned());
        texts
    }
}
