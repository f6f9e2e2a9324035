//! One migration in Rust, as SQL of both databases.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

use barrel::backend::{Pg, Sqlite};
use barrel::{DatabaseChange, Migration};

use super::faults::Fault;
use super::layout::layout;
use super::seen::{self, Seeing};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;

/// The two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Both {
    pub(super) sqlite: String,
    pub(super) postgres: String,
}

/// Renders a migration. `name` is what messages call it: `migration 3 add_total`.
///
/// # Errors
/// [`Code::NotRendered`] with all that barrel would do wrong.
pub(super) fn render(name: &str, write: &dyn Fn(&mut Migration)) -> Result<Both> {
    let first = once(name, write)?;
    // What depends on the moment would differ from its file in the next build.
    if once(name, write)? != first {
        let error = Error::new(Code::NotRendered, format!("{name} renders differently each time"));
        return Err(error.with_hint("let it depend on nothing but its own text: no time, no chance, no environment"));
    }
    let text = |dialect, sql: &str| {
        layout(dialect, sql).map_err(|error| {
            let message = format!("{name} does not render SQL that can be read as {}", dialect.as_str());
            Error::new(Code::NotRendered, message).with_cause(error.message).with_hint("write this migration in SQL")
        })
    };
    let both =
        Both { sqlite: text(Dialect::Sqlite, &first.sqlite)?, postgres: text(Dialect::Postgres, &first.postgres)? };
    if both.sqlite.is_empty() || both.postgres.is_empty() {
        return Err(Error::new(Code::NotRendered, format!("{name} renders no statement"))
            .with_hint("let it change something, or remove it"));
    }
    Ok(both)
}

fn once(name: &str, write: &dyn Fn(&mut Migration)) -> Result<Both> {
    drop(seen::take());
    let rendered = quietly(name, || {
        let mut migration = Migration::new();
        write(&mut migration);
        seen::found(encodings(&migration));
        Both { sqlite: migration.make::<Seeing<Sqlite>>(), postgres: migration.make::<Seeing<Pg>>() }
    });
    let faults = seen::take();
    match rendered {
        Ok(both) if faults.is_empty() => Ok(both),
        Ok(_) => Err(wrong(name, &faults)),
        Err(panic) => Err(panicked(name, &panic)),
    }
}

/// An encoding can be given to a table, and is never written.
fn encodings(migration: &Migration) -> Vec<Fault> {
    let created = migration.changes.iter().filter_map(|change| match change {
        DatabaseChange::CreateTable(table, _) | DatabaseChange::CreateTableIfNotExists(table, _) => Some(&table.meta),
        _ => None,
    });
    let with_encoding = created.filter(|meta| meta.encoding != "utf-8");
    let fault = |name: &str| {
        let what = format!("barrel does nothing with the encoding of table {name:?}");
        Fault::new(what, "an encoding is that of the database: give it where the database is created")
    };
    with_encoding.map(|meta| fault(&meta.name)).collect()
}

fn wrong(name: &str, faults: &[Fault]) -> Error {
    let whats: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
    let message = format!("{name} cannot be rendered as it is meant: {}", whats.join("; "));
    let mut hints: Vec<&str> = Vec::new();
    for fault in faults {
        if !hints.contains(&fault.instead.as_str()) {
            hints.push(&fault.instead);
        }
    }
    hints.into_iter().fold(Error::new(Code::NotRendered, message), Error::with_hint)
}

fn panicked(name: &str, panic: &str) -> Error {
    Error::new(Code::NotRendered, format!("{name} cannot be rendered: barrel, or its own code, panicked"))
        .with_cause(panic)
        .with_hint("what barrel cannot say for both databases is written in SQL, one file for each")
}

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// One at a time, since a hook is the whole process's.
static HOOK: Mutex<()> = Mutex::new(());

/// Runs what may panic, and returns the words of the panic instead of printing them. Panics of other threads are told as ever.
fn quietly<T>(name: &str, run: impl FnOnce() -> T) -> Result<T, String> {
    let _guard = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let before = Arc::new(panic::take_hook());
    let (others, name) = (Arc::clone(&before), name.to_owned());
    panic::set_hook(Box::new(move |info| {
        if !IS_CAUGHT.get() {
            return others(info);
        }
        let said = said(info);
        if cfg!(panic = "abort") {
            // Nothing can be caught: these are the last words.
            eprintln!("{:#}", panicked(&name, &said));
        }
        PANIC.set(Some(said));
    }));
    IS_CAUGHT.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    IS_CAUGHT.set(false);
    drop(panic::take_hook());
    if let Ok(before) = Arc::try_unwrap(before) {
        panic::set_hook(before);
    }
    result.map_err(|_| PANIC.take().unwrap_or_default())
}

/// The words of a panic, with its place where that is in code of the package: others have absolute paths.
fn said(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let words = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let words = words.unwrap_or("without a word");
    match info.location().filter(|location| !location.file().starts_with(['/', '\\']) && !location.file().contains(':'))
    {
        Some(location) => format!("{words} ({}:{})", location.file(), location.line()),
        None => words.to_owned(),
    }
}
