//! One case, from the first schema to the second down.

use schemactl::ErrorKind;
use schemactl_test_support::rusqlite::Connection;

use super::dump::{Dump, everything};
use super::judge::{self, Before, Judgement};
use super::making::{Case, lines};
use super::names::{Names, Side};
use super::outcome::{Outcome, wrong};
use super::target::{End, Target};

/// Puts the rows in: those that cannot stand there are left out.
fn fill(connection: &Connection, rows: &[String]) {
    rows.iter().for_each(|row| drop(connection.execute(row, [])));
}

/// A database that never has the up.
fn twin(case: &Case) -> Result<Connection, String> {
    let connection = Connection::open_in_memory().expect("memory is there");
    connection.execute_batch("PRAGMA foreign_keys = ON").expect("it is no transaction");
    connection.execute_batch(&lines(&case.schema)).map_err(|error| error.to_string())?;
    let dangling = "SELECT name FROM sqlite_schema, pragma_foreign_key_list(name) WHERE \"table\" COLLATE NOCASE NOT IN (SELECT name FROM sqlite_schema)";
    let dangles = connection.prepare(dangling).and_then(|mut statement| statement.exists([]));
    if dangles.map_err(|error| error.to_string())? {
        return Err("a table refers to one that is not there".to_owned());
    }
    fill(&connection, &case.rows);
    Ok(connection)
}

/// The outcome of each down, or of the up that did not run.
pub(super) fn run(case: &Case) -> Vec<Outcome> {
    let prepared = twin(case).and_then(|twin| Ok((twin, Target::new(case)?)));
    let (twin, mut target) = match prepared {
        Ok(both) => both,
        Err(text) => return vec![Outcome::NoUp(text)],
    };
    if let End::Error(_, text) | End::Broken(text) = target.up_to(1) {
        return vec![wrong("the first schema does not run", text)];
    }
    fill(&target.connection, &case.rows);
    let (names, all) = (Names::after(&case.shapes, &case.up), Names::after(&case.shapes, &[]));
    let mut outcomes = Vec::new();
    for writes in [&case.between, &case.again] {
        let before = everything(&target.connection);
        let first = Dump::of(&target.connection, false).of_both(&names, Side::Before);
        if let Some(outcome) = up(&mut target, &before) {
            // What was left, and what users wrote, may keep it from running again.
            if outcomes.is_empty() || matches!(outcome, Outcome::Wrong { .. }) {
                outcomes.push(outcome);
            }
            return outcomes;
        }
        let written = judge::write(writes, &target.connection, &twin, &names, &all);
        let before = Before::new(&target.connection, &first, &written, &names);
        let outcome = down(case, &mut target, &before, &twin);
        let is_exact = outcome == Outcome::Exact;
        outcomes.push(outcome);
        if !is_exact {
            return outcomes;
        }
    }
    outcomes
}

fn up(target: &mut Target, before: &str) -> Option<Outcome> {
    let end = target.up_to(2);
    let is_same = everything(&target.connection) == *before;
    match end {
        End::Done => None,
        End::Broken(text) => Some(wrong("the up is broken", text)),
        End::Error(_, text) if !is_same => Some(wrong("an up that fails changes something", text)),
        End::Error(_, text) => Some(Outcome::NoUp(text)),
    }
}

fn down(case: &Case, target: &mut Target, before: &Before<'_>, twin: &Connection) -> Outcome {
    let (all, not_kept) = (everything(&target.connection), target.is_not_kept());
    let end = target.down();
    let is_same = everything(&target.connection) == all;
    match end {
        End::Done => match before.judge(&target.connection, twin) {
            Judgement::Exact => Outcome::Exact,
            Judgement::Kept => Outcome::Kept,
            Judgement::Left(text) | Judgement::OtherTables(text) if target.is_lossless => {
                wrong("a lossless down leaves something", format!("{text}\n{}", target.down_text()))
            }
            Judgement::OtherTables(_) if case.is_by_hand => {
                Outcome::Left("the down by hand makes other tables".to_owned())
            }
            Judgement::Left(text) | Judgement::OtherTables(text) => match not_kept {
                Some(why) => Outcome::Left(why),
                None => wrong("what was kept does not come back", format!("{text}\n{}", target.down_text())),
            },
            Judgement::Lost(text) => wrong("a down loses rows", format!("{text}\n{}", target.down_text())),
        },
        End::Broken(text) => wrong("the down is broken", text),
        End::Error(_, text) if !is_same => wrong("a down that does not run changes something", text),
        End::Error(ErrorKind::DataLoss | ErrorKind::Refused, text) if before.is_written() => Outcome::Refused(text),
        End::Error(ErrorKind::DataLoss | ErrorKind::Refused, text) => Outcome::RefusedUnwritten(text),
        End::Error(_, text) if case.is_by_hand || before.is_contested() || target.says_that_it_may_fail() => {
            Outcome::Failed(text)
        }
        // What a lossy one makes up for values that are gone may be none that can stand there.
        End::Error(_, text) if not_kept.is_some() && !target.is_lossless => Outcome::Failed(text),
        End::Error(_, text) => wrong("a generated down fails", format!("{text}\n{}", target.down_text())),
    }
}
