use serde::Serialize;

use super::{DatabaseView, ErrorView, count};
use crate::run::Adoption;

/// What `adopt` recorded.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct AdoptDocument {
    pub(crate) databases: Vec<AdoptView>,
    pub(crate) not_begun: Vec<String>,
}

/// What was recorded, or would be, in one database.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AdoptView {
    #[serde(flatten)]
    database: DatabaseView,
    /// The other tool; none where there was nothing to take over any more.
    from: Option<&'static str>,
    /// Its table.
    table: Option<String>,
    /// The name that its table has from then on, where it gives way.
    renamed_to: Option<String>,
    adopted: Vec<BaselineView>,
    /// Those of them whose text is another than the one that was applied.
    modified: Vec<BaselineView>,
    /// What is pending below the last of them.
    out_of_order: Vec<BaselineView>,
    /// Whether the table is marked, so that its tool does not go on.
    marked: bool,
    pending: usize,
    /// Whether it was done.
    applied: bool,
    pub(crate) error: Option<ErrorView>,
}

/// A migration that is recorded without being run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct BaselineView {
    version: i64,
    description: String,
}

impl AdoptView {
    pub(crate) fn new(database: DatabaseView) -> Self {
        let (table, renamed_to) = (None, None);
        Self {
            database,
            from: None,
            table,
            renamed_to,
            adopted: Vec::new(),
            modified: Vec::new(),
            out_of_order: Vec::new(),
            marked: false,
            pending: 0,
            applied: false,
            error: None,
        }
    }

    /// Says what was done, or would be.
    pub(crate) fn fill(&mut self, adoption: &Adoption<'_>, applied: bool) {
        self.from = Some(adoption.tool.as_str());
        self.table = Some(adoption.table.clone());
        self.renamed_to.clone_from(&adoption.aside);
        let view = |migration: &&crate::source::Migration| BaselineView {
            version: migration.version().get(),
            description: migration.description().to_owned(),
        };
        self.adopted = adoption.migrations.iter().map(view).collect();
        self.modified = adoption.divergent.iter().map(view).collect();
        self.out_of_order = adoption.late.iter().map(view).collect();
        self.marked = adoption.tool.mark().is_some();
        self.pending = adoption.pending;
        self.applied = applied;
    }

    /// A line for each migration, and what became of the table.
    pub(crate) fn text(&self) -> String {
        let (Some(from), Some(table)) = (self.from, &self.table) else {
            return "nothing to adopt: this database was taken over before".to_owned();
        };
        let mut text = String::new();
        for migration in &self.adopted {
            text.push_str(&format!("baseline {} {}\n", migration.version, migration.description));
        }
        for migration in &self.modified {
            let BaselineView { version, description } = migration;
            text.push_str(&format!(
                "note: {version} {description} was applied with another text than that of the file\n"
            ));
        }
        for BaselineView { version, description } in &self.out_of_order {
            text.push_str(&format!("note: {version} {description} is pending, out of order\n"));
        }
        text.push_str(&match (&self.renamed_to, self.applied) {
            (Some(name), true) => format!("the table {table} ({from}) is kept as {name}\n"),
            (Some(name), false) => format!("the table {table} ({from}) would be kept as {name}\n"),
            (None, true) if self.marked => {
                format!("the table {table} ({from}) stays, marked as taken over: {from} does not go on with it\n")
            }
            (None, false) if self.marked => format!("the table {table} ({from}) would stay, marked as taken over\n"),
            (None, _) => format!("the table {table} ({from}) stays as it is\n"),
        });
        let adopted = count(self.adopted.len(), "migration");
        let pending = self.pending;
        if self.applied {
            text + &format!("{adopted} adopted, {pending} pending")
        } else {
            text + &format!("{adopted} would be adopted, {pending} pending; nothing was changed")
        }
    }
}
