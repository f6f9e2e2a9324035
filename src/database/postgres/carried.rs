//! What statements of a step set for those that follow, where each runs by itself: in a transaction, and maybe a run, of its own.

use super::message::{Message, UTF8};
use super::session::DeferredCleanup;
use super::{PostgresDatabase, failure, restore};
use crate::database::{Failure, Job};
use crate::error::Code;
use crate::sql::{Dialect, Literal, Statement, canonical, tokens};

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
        match (sets(statement.text), self.captured.take()) {
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
    let Sets::Computed(names) = sets(statement.text) else { return Ok(()) };
    message.send(database).await?;
    database.carried.captured = Some(literals(database, &names, "").await?);
    Ok(())
}

/// Computes once what an earlier run has computed.
pub(super) async fn resolve(database: &mut PostgresDatabase<'_>) -> Result<(), Failure> {
    while let Some((at, names)) = database.carried.open() {
        let before = database.carried.statements().take(at + 1).collect::<Vec<_>>().join("\n;\n");
        let put_back = restore::owe(database);
        let computed = literals(database, &names, &format!("{before}\n;\n")).await;
        let restored = database.session.run(&put_back).await;
        restored.map_err(|broken| failure::of(broken, database.session.is_interrupted()))?;
        database.session.settled(DeferredCleanup::Settings);
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
    let Some(at) = followed.iter().position(|statement| sets(statement.text) == Sets::Unclear) else {
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

/// What a statement sets for the statements that follow it, where each runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sets {
    Nothing,
    /// What it says, as often as it is run.
    Fixed,
    /// These settings, literals as SQL has them, to what is computed anew whenever it is run.
    Computed(Vec<String>),
    /// What is computed, and nobody can tell of which settings.
    Unclear,
}

/// What a call of `set_config` may be made of to set the same whenever it is run: literals, and what is the same all through a session.
const FIXED: &[&str] = &[
    "as",
    "bool",
    "boolean",
    "cast",
    "current_database",
    "current_schema",
    "current_setting",
    "current_user",
    "false",
    "null",
    "pg_catalog",
    "quote_ident",
    "select",
    "session_user",
    "set_config",
    "text",
    "true",
    "varchar",
];

fn sets(statement: &str) -> Sets {
    let mut words =
        tokens(Dialect::Postgres, statement).into_iter().map(|token| canonical(statement, token).to_lowercase());
    match words.next().as_deref() {
        Some("select") => sets_by_call(&words.collect::<Vec<_>>()),
        Some(first @ ("set" | "reset")) => match words.next().as_deref() {
            None => Sets::Nothing,
            Some("local" | "transaction" | "constraints") if first == "set" => Sets::Nothing,
            Some(_) => Sets::Fixed,
        },
        _ => Sets::Nothing,
    }
}

fn sets_by_call(words: &[String]) -> Sets {
    let calls: Vec<usize> =
        (0..words.len().saturating_sub(1)).filter(|at| words[*at] == "set_config" && words[at + 1] == "(").collect();
    // With a third argument that is true it is for the transaction alone.
    if calls.iter().all(|call| last_argument(&words[call + 2..]) == Some("true")) {
        return Sets::Nothing;
    }
    let is_name = |word: &str| {
        word.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '"')) && !word.contains('\'')
    };
    let is_fixed = |at: usize| {
        let word = words[at].as_str();
        !is_name(word) || FIXED.contains(&word) || (at > 0 && words[at - 1] == "as")
    };
    if (0..words.len()).all(is_fixed) {
        return Sets::Fixed;
    }
    let name = |call: &usize| match words.get(call + 2..call + 4) {
        Some([name, comma]) if name.starts_with('\'') && comma == "," => Some(name.clone()),
        _ => None,
    };
    calls.iter().map(name).collect::<Option<Vec<_>>>().map_or(Sets::Unclear, Sets::Computed)
}

/// The last word before the parenthesis that ends a call, where it is all of an argument.
fn last_argument(words: &[String]) -> Option<&str> {
    let mut depth = 1;
    let end = words.iter().position(|word| {
        depth += i32::from(word == "(") - i32::from(word == ")");
        depth == 0
    })?;
    (end >= 2 && words[end - 2] == ",").then(|| words[end - 1].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_told_from_what_does_not() {
        for fixed in [
            "SET search_path = a",
            "set role admin",
            "RESET ROLE",
            "SET a.b TO DEFAULT",
            "SET/* c */search_path = a",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "/* c */ SELECT Set_Config('a.b', E'c\\n', false) AS \"Now\", set_config('a.d', $$x$$, false)",
            "SELECT set_config('search_path', 'a, ' || current_setting('search_path'), false)",
        ] {
            assert_eq!(sets(fixed), Sets::Fixed, "{fixed}");
        }
        for nothing in [
            "SET LOCAL lock_timeout = 1",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "SELECT 1",
            "SELECT nextval('set_config')",
            "SELECT nextval('s'), 'set_config(1)'",
            "SELECT set_config('a.b', nextval('s')::text, true)",
        ] {
            assert_eq!(sets(nothing), Sets::Nothing, "{nothing}");
        }
        for computed in [
            "SELECT set_config('a.b', nextval('s')::text, false)",
            "SELECT set_config('a.b', now()::text, false)",
            "SELECT set_config('a.b', current_timestamp::text, false)",
            "SELECT set_config('a.b', (SELECT max(id) FROM t)::text, false)",
            "SELECT set_config('a.b', \"Next\"(), false)",
            "SELECT set_config('a.b', 'c', false), nextval('s')",
            "SELECT set_config('a.b', nextval('s')::text, is_local) FROM t",
        ] {
            assert_eq!(sets(computed), Sets::Computed(vec!["'a.b'".to_owned()]), "{computed}");
        }
        for unclear in [
            "SELECT set_config(name, value, false) FROM settings",
            "SELECT set_config('a.' || name, 'x', false) FROM settings",
            "SELECT set_config('a.b', nextval('s')::text, false), set_config(E'a.c', 'x', false)",
        ] {
            assert_eq!(sets(unclear), Sets::Unclear, "{unclear}");
        }
    }
}
