use crate::plural::listed;

/// Where a history was looked for, as the live database says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    /// `database "shop"`.
    pub(crate) database: String,
    /// The table that is looked at: `public.schema_migrations`.
    pub(crate) table: String,
    /// The keys of schema.toml that choose another table: "`table = \"NAME_migrations\"`".
    pub(crate) keys: &'static str,
    /// Other tables of this shape that the database has.
    pub(crate) others: Vec<OtherHistory>,
}

/// A table of the history's shape that is not the one that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherHistory {
    /// As SQL names it.
    pub(crate) name: String,
    /// The lines of schema.toml that choose it: `schema = "app"`.
    pub(crate) setting: String,
}

impl Whereabouts {
    /// The history that is looked at: `public.schema_migrations of database "shop"`.
    pub(crate) fn history(&self) -> String {
        format!("{} of {}", self.table, self.database)
    }

    /// A sentence about the others; none where there are none.
    pub(crate) fn elsewhere(&self) -> Option<String> {
        if self.others.is_empty() {
            return None;
        }
        let others: Vec<_> = self.others.iter().map(|other| format!("{} (`{}`)", other.name, other.setting)).collect();
        Some(format!(
            "{} has a history elsewhere: {}; where that is the one of these migrations, say so in schema.toml",
            self.database,
            listed(&others, 5)
        ))
    }
}
