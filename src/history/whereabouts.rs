use crate::error::{Hint, Setting};
use crate::plural::listed;

/// Where a history was looked for, as the live database says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    /// `database "shop"`.
    pub(crate) database: String,
    /// The table that is looked at: `public.schema_migrations`.
    pub(crate) table: String,
    /// What chooses another table.
    pub(crate) keys: Vec<Setting>,
    /// What the database's URL came from, in the words of whoever read it; none where an application gave it.
    pub(crate) url_from: Option<String>,
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
    /// What stands in the URL of a session whose names lead there; none where they do already, where nothing but the history is there, or where that is
    /// not for a URL to say.
    pub(crate) path: Option<String>,
}

impl OtherHistory {
    fn with_its_setting(&self) -> String {
        let path = self
            .path
            .as_ref()
            .map_or_else(String::new, |path| format!(", and `{path}` in the URL, so that names lead there"));
        format!("{} (`{}`{path})", self.name, self.setting)
    }
}

impl Whereabouts {
    /// The history that is looked at: `public.schema_migrations of database "shop"`.
    pub(crate) fn history(&self) -> String {
        format!("{} of {}", self.table, self.database)
    }

    /// A hint that goes on with what would lead to another database.
    pub(crate) fn url(&self, hint: Hint) -> Hint {
        hint.either(self.url_from.as_deref().unwrap_or("the URL"), "the URL or the connection that is handed over")
    }

    /// A sentence about the others; none where there are none.
    pub(crate) fn elsewhere(&self) -> Option<Hint> {
        if self.others.is_empty() {
            return None;
        }
        let known: Vec<_> = self.others.iter().map(OtherHistory::with_its_setting).collect();
        let names: Vec<_> = self.others.iter().map(|other| other.name.as_str()).collect();
        Some(
            Hint::from(format!("{} has a history elsewhere: ", self.database))
                .either(listed(&known, 5), listed(&names, 5))
                .then("; where that is the one of these migrations, say so")
                .either(" in schema.toml", ": `Options::table`, `Options::schema`"),
        )
    }
}
