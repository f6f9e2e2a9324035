//! What statements of a step set for those that follow, where each runs by itself: in a transaction, and maybe a run, of its own.

use super::message::{Message, UTF8};
use super::session::DeferredCleanup;
use super::{PostgresDatabase, failure, restore};
use crate::database::{Failure, Job};
use crate::error::Code;
use crate::sql::{Dialect, Effect, Literal, Sets, Statement};

/// What is set before each statement, in the order of the script.
#[derive(Debug, Default)]
pub(super) struct Carried {
    set: Vec<CarriedSetting>,
    /// What the statement at hand has just set, if that was computed: literals.
    captured: Option<String>,
}

#[derive(Debug)]
enum CarriedSetting {
    /// A statement that sets the same as often as it is run.
    Fixed(String),
    /// One of an earlier run, and the settings that it computes: it has to be computed once more.
    Computed(String, Vec<String>),
}

impl Carried {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Takes note of a statement that is done.
    pub(super) fn add(&mut self, statement: &Statement<'_>) {
        match (sets(statement), self.captured.take()) {
            (Sets::Fixed, _) => self.set.push(CarriedSetting::Fixed(statement.text.to_owned())),
            (Sets::Computed(_), Some(literals)) => self.set.push(CarriedSetting::Fixed(literals)),
            (Sets::Computed(names), None) => self.set.push(CarriedSetting::Computed(statement.text.to_owned(), names)),
            (Sets::Nothing | Sets::Unclear, _) => {}
        }
    }

    pub(super) fn statements(&self) -> impl Iterator<Item = &str> {
        self.set.iter().map(|set| match set {
            CarriedSetting::Fixed(text) | CarriedSetting::Computed(text, _) => text.as_str(),
        })
    }

    /// The first that has to be computed once more: where it is, and its settings.
    fn open(&self) -> Option<(usize, Vec<String>)> {
        self.set.iter().enumerate().find_map(|(at, set)| match set {
            CarriedSetting::Fixed(_) => None,
            CarriedSetting::Computed(_, names) => Some((at, names.clone())),
        })
    }

    pub(super) fn set(&self, message: &mut Message) {
        self.statements().for_each(|statement| message.ours(statement));
        if !self.is_empty() {
            message.ours(UTF8);
        }
    }
}

/// Keeps what a statement has just computed, so that it is not computed anew for each statement after it.
pub(super) async fn capture(
    database: &mut PostgresDatabase<'_>,
    message: &mut Message,
    statement: &Statement<'_>,
) -> Result<(), Failure> {
    let Sets::Computed(names) = sets(statement) else { return Ok(()) };
    message.send(database).await?;
    database.carried.captured = Some(literals(database, &names, "").await?);
    Ok(())
}

/// Computes once what an earlier run has computed.
pub(super) async fn resolve(database: &mut PostgresDatabase<'_>) -> Result<(), Failure> {
    while let Some((at, names)) = database.carried.open() {
        let before = database.carried.statements().take(at + 1).collect::<Vec<_>>().join("\n;\n");
        let put_back = restore::defer_put_back(database);
        let computed = literals(database, &names, &format!("{before}\n;\n")).await;
        let restored = database.session.run(&put_back).await;
        restored.map_err(|broken| failure::of(broken, database.session.is_interrupted()))?;
        database.session.cleaned_up(DeferredCleanup::Settings);
        database.carried.set[at] = CarriedSetting::Fixed(computed?);
    }
    Ok(())
}

/// A statement that sets these settings to what they are after other statements.
async fn literals(database: &mut PostgresDatabase<'_>, names: &[String], before: &str) -> Result<String, Failure> {
    let asked: Vec<String> = names.iter().map(|name| format!("pg_catalog.current_setting({name}, true)")).collect();
    let rows = match database.session.query(&format!("{before}SELECT {}", asked.join(", "))).await {
        Ok(rows) => rows,
        Err(broken) => return Err(failure::of(broken, database.session.is_interrupted())),
    };
    let value = |at: usize| rows.last().and_then(|row| row.get(at));
    let set = names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("pg_catalog.set_config({name}, {}, false)", Literal(value(at))));
    Ok(format!("SELECT {}", set.collect::<Vec<_>>().join(", ")))
}

/// Refuses what sets nobody knows what for the statements after it.
pub(super) fn refuse_unclear(job: &Job<'_>) -> Result<(), Failure> {
    let statements: Vec<_> = job.analysis.statements_of(job.step.script().text()).flatten().collect();
    let followed = &statements[..statements.len().saturating_sub(1)];
    let Some(at) = followed.iter().position(|statement| sets(statement) == Sets::Unclear) else {
        return Ok(());
    };
    let cause =
        "it sets a setting whose name is computed, and each statement after it runs by itself, without what it has set";
    Err(Failure::new(Code::StatementFailed, cause)
        .with_hint(
            "write the name of the setting as a literal; or let it be the transaction's alone: `set_config(..., true)`",
        )
        .at(0, Some(at), Some(followed[at].span())))
}

fn sets(statement: &Statement<'_>) -> Sets {
    Effect::of(Dialect::Postgres, statement).sets()
}
