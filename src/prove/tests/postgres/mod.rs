//! PostgreSQL: the judge is `pg_dump`.

mod cases;
mod corpus;
mod judge;
mod random;
mod seeds;
mod users;

use self::judge::{Judged, Outcome, Rows};
use super::{migration, same_in_the_head};
use crate::config::Options;
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};
use crate::prove::{self, ExistingDowns, Known, Proof};
use crate::source::Migrations;

/// What came of an up after other statements: the proof, and what `pg_dump` says of the down.
struct Tried {
    outcome: Outcome,
    /// The verdict with its reasons, or why there is none.
    verdict: String,
    file: String,
}

/// Derives the down of `up` after `before` in scratch databases, and has it judged in one of its own.
fn derive(version: u32, before: &str, up: &str) -> Tried {
    // What comes before is not what is to be tried.
    let first = format!("-- schemactl: irreversible\n{before}");
    let list = vec![migration(1, &first, None), migration(2, up, None)];
    let proof = proofs(version, list).pop().expect("there are two");
    let verdict = proof.verdict.as_ref().map_or(String::new(), ToString::to_string);
    let prove::Outcome::Derived { file } = proof.outcome else {
        return Tried { outcome: Outcome::Wrong(format!("{:?}", proof.outcome)), verdict, file: String::new() };
    };
    if let Some(Err(text)) = proof.verdict.as_ref().map(|verdict| same_in_the_head(verdict, &file)) {
        return Tried { outcome: Outcome::Wrong(text), verdict, file };
    }
    if verdict.starts_with("irreversible") {
        return Tried { outcome: Outcome::Refused(verdict.clone()), verdict, file };
    }
    let notes = proof.notes.iter().any(|note| note.starts_with("equal but for"));
    let outcome = match judge::walk(version, before, up, &file, Rows::after(&verdict)) {
        Judged::SameButForOrder => Outcome::ColumnOrder,
        Judged::Different(text) => Outcome::Wrong(text),
        // No pg_dump reads this server: our own word has to do.
        Judged::Unread if notes => Outcome::ColumnOrder,
        Judged::Same | Judged::Unread => Outcome::Exact,
    };
    Tried { outcome, verdict, file }
}

fn proofs(version: u32, list: Vec<crate::source::Migration>) -> Vec<Proof> {
    let url = schemactl_test_support::postgres::shared(version).url();
    let migrations = Migrations::of(list);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The texts alone: what a record adds has tests of its own.
    let options = Options::default().undo(crate::UndoPolicy::None);
    let settings = ConnectSettings::parse(&url, &ConnectEnvironment::process()).unwrap();
    let proven = runtime.block_on(Box::pin(prove::postgres::prove(
        settings,
        &options,
        &migrations,
        ExistingDowns::Prove,
        &Known::new(),
    )));
    proven.unwrap_or_else(|error| panic!("{error:#}"))
}
