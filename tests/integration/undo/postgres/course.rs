//! One case, from the first schema to the second down.

use schemactl_test_support::postgres::{self, Database, Session};

use super::rows::{AllRows, everything, objects};
use super::served::{Ended, REFUSED, Served};
use super::trial::{Trial, lines};
use super::verdict::{self, RowsBefore, RowsFound};
use crate::undo::names::{Names, Side};
use crate::undo::outcome::{Outcome, wrong};

/// Puts the rows in: those that cannot stand there are left out.
fn fill(session: &mut Session, rows: &[String]) {
    rows.iter().for_each(|row| drop(session.run(row)));
}

/// A database that never has the up.
fn twin(trial: &Trial) -> Result<(Database, Session), String> {
    let database = postgres::database(postgres::version());
    let mut session = database.session();
    session.run("SET client_min_messages = error");
    let made = session.run(&format!("BEGIN;\n{};\nCOMMIT", lines(&trial.schema)));
    if made.contains("ERROR:") {
        return Err(made);
    }
    fill(&mut session, &trial.rows);
    Ok((database, session))
}

/// What the up makes of the rows where nobody records it; none where it does not run.
fn unrecorded(trial: &Trial, twin: &mut Session) -> Option<AllRows> {
    let text = format!("BEGIN;\n{}SET CONSTRAINTS ALL IMMEDIATE", trial.up_text());
    let has_run = !twin.run(&text).contains("ERROR:");
    let rows = has_run.then(|| AllRows::of(twin, true));
    twin.run("ROLLBACK");
    rows
}

/// The outcome of each down, or of the up that did not run.
pub(super) fn run(trial: &Trial) -> Vec<Outcome> {
    let (_database, mut twin) = match twin(trial) {
        Ok(twin) => twin,
        Err(text) => return vec![Outcome::NoUp(text)],
    };
    let expected = unrecorded(trial, &mut twin);
    let mut served = match Served::new(trial) {
        Ok(served) => served,
        Err(text) if expected.is_some() && text.contains("panicked") => return vec![wrong("generate is broken", text)],
        Err(text) => return vec![Outcome::NoUp(text)],
    };
    if let Ended::Error(_, text) | Ended::Broken(text) = served.up_to(1) {
        return vec![wrong("the first schema does not run", text)];
    }
    fill(&mut served.session, &trial.rows);
    let (names, all) = (Names::after(&trial.shapes, &trial.up), Names::after(&trial.shapes, &[]));
    let mut outcomes = Vec::new();
    for writes in [&trial.between, &trial.again] {
        let first = everything(&mut served.session);
        let bags = AllRows::of(&mut served.session, false).of_both(&names, Side::Before);
        if let Some(outcome) = up(&mut served, &first, expected.as_ref().filter(|_| outcomes.is_empty())) {
            // What was left, and what users wrote, may keep it from running again.
            if outcomes.is_empty() || matches!(outcome, Outcome::Wrong { .. }) {
                outcomes.push(outcome);
            }
            return outcomes;
        }
        let written = verdict::write(writes, &mut served.session, &mut twin, &names, &all);
        let before = RowsBefore::new(&mut served.session, &bags, &written, &names);
        let mut outcome = down(trial, &mut served, &before, &mut twin, written.is_any);
        if outcome == Outcome::Exact && !trial.is_by_hand {
            let now = objects(&mut served.session);
            if now != first.1 {
                let differs = |one: &str, other: &str| {
                    one.lines().filter(|line| !other.lines().any(|other| other == *line)).collect::<Vec<_>>().join("\n")
                };
                let text = format!(
                    "gone\n{}\nnew\n{}\n{}",
                    differs(&first.1, &now),
                    differs(&now, &first.1),
                    served.down_text()
                );
                if served.is_lossless {
                    outcome = wrong("tables are not as they were", text);
                }
            }
        }
        let is_exact = outcome == Outcome::Exact;
        outcomes.push(outcome);
        if !is_exact {
            return outcomes;
        }
    }
    outcomes
}

fn up(served: &mut Served, before: &(AllRows, String), expected: Option<&AllRows>) -> Option<Outcome> {
    let end = served.up_to(2);
    let text = match end {
        Ended::Done(_) => {
            let expected = expected?;
            let differences = AllRows::of(&mut served.session, true).differences(expected);
            let shown: Vec<String> = differences.into_values().collect();
            return (!shown.is_empty()).then(|| wrong("the record changes what an up does", shown.join("\n")));
        }
        Ended::Broken(text) => return Some(wrong("the up is broken", text)),
        Ended::Error(_, text) => text,
    };
    if everything(&mut served.session) != *before {
        return Some(wrong("an up that fails changes something", text));
    }
    served.unrecorded();
    if let Ended::Done(_) = served.up_to(2) {
        return Some(wrong("an up fails because of the record", text));
    }
    Some(Outcome::NoUp(text))
}

fn down(trial: &Trial, served: &mut Served, before: &RowsBefore<'_>, twin: &mut Session, is_written: bool) -> Outcome {
    let (all, not_kept) = (everything(&mut served.session), served.is_not_kept());
    let end = served.down();
    let is_same = everything(&mut served.session) == all;
    match end {
        Ended::Done(said) => {
            let down = served.down_text();
            let told = |text: &str| format!("{text}\n{down}\n{said}\nnot kept: {not_kept:?}");
            match before.judge(&mut served.session, twin) {
                RowsFound::Exact => Outcome::Exact,
                RowsFound::Kept => Outcome::Kept,
                RowsFound::Left(text) | RowsFound::OtherTables(text) if served.is_lossless => {
                    wrong("a lossless down leaves something", told(&text))
                }
                RowsFound::OtherTables(_) if trial.is_by_hand => {
                    Outcome::Left("the down by hand makes other tables".to_owned())
                }
                RowsFound::Left(text) | RowsFound::OtherTables(text) if not_kept.is_none() => {
                    wrong("what was kept does not come back", told(&text))
                }
                RowsFound::Left(_) | RowsFound::OtherTables(_) => Outcome::Left(not_kept.unwrap_or_default()),
                RowsFound::Lost(text) => wrong("a down loses rows", told(&text)),
            }
        }
        Ended::Broken(text) => wrong("the down is broken", text),
        Ended::Error(_, text) if !is_same => wrong("a down that does not run changes something", text),
        Ended::Error(REFUSED, text) if is_written => Outcome::Refused(text),
        // Where rows are not as the up left them somebody has written. What the script drops may be asked for all the same.
        Ended::Error(REFUSED, text) if text.contains("error[E0415]") => {
            wrong("a down finds rows changed that nobody wrote", format!("{text}\n{}", served.down_text()))
        }
        Ended::Error(REFUSED, text) => Outcome::RefusedUnwritten(format!("{text}\nnot kept: {not_kept:?}")),
        Ended::Error(_, text) if trial.is_by_hand || before.is_contested() || served.says_that_it_may_fail() => {
            Outcome::Failed(text)
        }
        // What a lossy one makes up for values that are gone may be none that can stand there.
        Ended::Error(_, text) if not_kept.is_some() && !served.is_lossless => Outcome::Failed(text),
        Ended::Error(_, text) => wrong("a generated down fails", format!("{text}\n{}", served.down_text())),
    }
}
