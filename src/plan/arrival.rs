//! A database that has no history yet, and may not be new.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Plan, Step};
use crate::error::{Code, Error, Hint, Setting};
use crate::event::Action;
use crate::history::KnownTool;
use crate::sql::{Dialect, Leads, Makes, Name, statements};

/// Among what is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Among {
    /// Tables that the steps make, and what other tools have recorded; nothing is in the way where migrations were applied here before.
    #[default]
    All,
    /// Tables that the steps make: what is recorded is known already.
    Tables,
}

/// What a database is looked through for before the first step: what the steps make.
#[derive(Debug, Default)]
pub(crate) struct Sought {
    pub(crate) among: Among,
    pub(crate) tables: Vec<SoughtTable>,
    /// Schemas that the steps make or name, in which another tool may have its table.
    pub(crate) schemas: BTreeSet<String>,
    /// Those of them that the steps make.
    own: BTreeSet<String>,
}

/// A table that a step makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoughtTable {
    pub(crate) name: Name<'static>,
    /// Where a name without a schema leads.
    pub(crate) leads: Leads,
    /// The step drops a table of the name first, wherever it is found.
    pub(crate) drops: bool,
    /// The place of the step in its plan.
    step: usize,
    span: Range<usize>,
}

/// What is in the way of a first run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// Another tool's table says that it has applied something.
    Migrated { by: KnownTool, table: String },
    /// SQLite: `PRAGMA user_version` counts something, and there are tables.
    Counted { user_version: i64 },
    /// Tables are there that steps make: the first by its place in [`Sought::tables`], and how many others.
    Made { table: usize, others: usize },
}

impl Sought {
    /// Collects what the steps of a plan make. A script that cannot be cut is told of elsewhere.
    pub(crate) fn of(dialect: Dialect, plan: &Plan<'_>) -> Self {
        let mut sought = Self::default();
        for (step, found) in plan.steps().iter().enumerate().filter(|(_, step)| step.action() != Action::Skip) {
            sought.script(dialect, step, found.script().text());
        }
        sought.schemas.clone_from(&sought.own);
        for table in &sought.tables {
            sought.schemas.extend(table.name.schema.as_deref().map(str::to_owned));
            if let Leads::Path(path) = &table.leads {
                sought.schemas.extend(path.iter().cloned());
            }
        }
        sought
    }

    /// The same, looked for among these.
    pub(crate) fn among(self, among: Among) -> Self {
        Self { among, ..self }
    }

    fn script(&mut self, dialect: Dialect, step: usize, text: &str) {
        let mut makes = Makes::new(dialect);
        let mut spans = Vec::new();
        for statement in statements(dialect, text).map_while(Result::ok) {
            makes.see(&statement);
            spans.resize(makes.count(), statement.span());
        }
        let (made, schemas) = makes.end();
        let tables = made.into_iter().zip(spans);
        self.tables.extend(tables.map(|(made, span)| SoughtTable {
            name: made.name,
            leads: made.leads,
            drops: made.drops,
            step,
            span,
        }));
        self.own.extend(schemas);
    }

    /// The part of a search path that may count: where a schema is made by the steps, names lead into it by then, and not further.
    pub(crate) fn first_of<'a>(&self, path: &'a [String]) -> &'a [String] {
        let own = path.iter().position(|schema| self.own.contains(schema));
        own.map_or(path, |at| &path[..=at])
    }
}

impl Obstacle {
    /// The error of a takeover, where a table is there that is pending by what the other tool has recorded.
    pub(crate) fn unrecorded(&self, label: &str, ledger: &str, sought: &Sought, plan: &Plan<'_>) -> Error {
        let Self::Made { table, .. } = self else { return self.error(label, sought, plan) };
        let table = &sought.tables[*table];
        let step: &Step<'_> = &plan.steps()[table.step];
        let (name, step_name) = (table.name.plain(), step.name());
        Error::new(Code::ExistingDatabase, format!("{label} has the table {name} already, and no record of {step_name}, which makes it"))
            .with_place(step.script().place(table.span.clone()))
            .with_cause(format!(
                "{ledger} does not have it: its tool commits a migration and its record apart, and was perhaps stopped between the two"
            ))
            .with_state("nothing was changed")
            .with_hint(format!("where nothing of {step_name} is to stay: undo by hand what is there of it, then adopt"))
            .with_hint(
                Hint::from("where all of it is there: adopt all the same, with ")
                    .setting(Setting::EXISTING)
                    .then(&format!("; then `schemactl repair --mark-applied {}`", step.version())),
            )
    }

    /// The error of a run that would begin all the same.
    pub(crate) fn error(&self, label: &str, sought: &Sought, plan: &Plan<'_>) -> Error {
        let error = match self {
            Self::Migrated { by, table } => migrated(label, by, table),
            Self::Counted { user_version } => counted(label, *user_version),
            Self::Made { table, others } => made(label, &sought.tables[*table], *others, plan),
        };
        error.with_state("nothing was changed").with_hint(
            Hint::from("or, where these migrations have nothing to do with what is there: ").setting(Setting::EXISTING),
        )
    }
}

fn migrated(label: &str, by: &KnownTool, table: &str) -> Error {
    let message = format!("{label} was migrated by another tool so far, and has no history of these migrations");
    let error = Error::new(Code::ExistingDatabase, message).with_cause(format!(
        "the table {table} of {} says what was applied; `up` would begin with the first migration",
        by.name
    ));
    match by.adopted_as {
        None => baseline(error),
        Some(_) => error.with_hint(
            "`schemactl adopt` records what that table says is applied; then `schemactl up` goes on from there",
        ),
    }
}

fn counted(label: &str, user_version: i64) -> Error {
    let message = format!("{label} was migrated by other means so far, and has no history of these migrations");
    baseline(Error::new(Code::ExistingDatabase, message).with_cause(format!(
        "it has tables, and its `PRAGMA user_version` is {user_version}, which rusqlite_migration and others count migrations \
         by; `up` would begin with the first one"
    )))
}

fn made(label: &str, table: &SoughtTable, others: usize, plan: &Plan<'_>) -> Error {
    let step: &Step<'_> = &plan.steps()[table.step];
    let others = match others {
        0 => String::new(),
        1 => ", and so is one more that they make".to_owned(),
        _ => format!(", and so are {others} others that they make"),
    };
    let message = format!("{label} has tables that these migrations make, and no history that says so");
    let error = Error::new(Code::ExistingDatabase, message)
        .with_place(step.script().place(table.span.clone()))
        .with_cause(format!("{} is there already{others}", table.name.plain()));
    baseline(error).with_hint(another_name("where its history has another name: "))
}

/// Which settings name another history.
pub(crate) fn another_name(words: &str) -> Hint {
    Hint::from(words).settings(vec![Setting::HISTORY_TABLE, Setting::HISTORY_SCHEMA])
}

/// The way out where nothing can be read from another tool's table.
fn baseline(error: Error) -> Error {
    error.with_hint(BASELINE)
}

/// The same, in words.
pub(crate) const BASELINE: &str = "record up to which version everything is there: `schemactl repair --baseline VERSION`, which names the one that fits where it is too high; then \
     `up` goes on from there";
