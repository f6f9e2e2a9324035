//! Which migrations another tool has applied already.

use std::collections::BTreeSet;

use crate::error::{Code, Error, Hint, Place, Result, Setting};
use crate::history::{
    ForeignHistory, LedgerRow, LedgerVersions, Record, State, StatementHashes, is_refinerys_checksum,
};
use crate::plural::listed;
use crate::source::{Migration, Migrations, without_late_line};
use crate::version::Version;

/// What another tool's table says, as the files have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Baseline<'a> {
    /// What it has applied, in ascending order of version.
    pub(crate) applied: Vec<&'a Migration>,
    /// Those of them whose text is another than the one that it has applied, as its checksums tell.
    pub(crate) divergent: Vec<&'a Migration>,
}

/// Works out which migrations are recorded as a baseline.
///
/// # Errors
/// [`Code::Partial`] where the tool's last run failed in the middle; [`Code::Missing`] where it has applied what has no file
/// here.
pub(crate) fn baseline<'a>(migrations: &'a Migrations, ledger: &ForeignHistory) -> Result<Baseline<'a>> {
    let (versions, up_to) = match ledger.noted() {
        LedgerVersions::Unfinished(version) => return Err(unfinished(ledger, &version)),
        LedgerVersions::Each(versions) => (versions, None),
        LedgerVersions::UpTo(version) => {
            let up_to = read(&version, false);
            (vec![version], up_to)
        }
    };
    let has_one = versions.iter().any(|version| read(version, true).is_some_and(|number| number.get() == 1));
    let mut found = BTreeSet::new();
    let mut unknown = Vec::new();
    for text in versions {
        match read(&text, has_one).filter(|version| migrations.get(*version).is_some()) {
            Some(version) => {
                found.insert(version);
            }
            None => unknown.push(text),
        }
    }
    if !unknown.is_empty() {
        return Err(missing(ledger, &unknown));
    }
    let is_applied = |migration: &&Migration| {
        found.contains(&migration.version()) || up_to.is_some_and(|last| migration.version() <= last)
    };
    let applied: Vec<&Migration> = migrations.iter().filter(is_applied).collect();
    let is_divergent = |migration: &&&Migration| {
        let is_of =
            |row: &&LedgerRow| row.version.as_deref().and_then(|text| read(text, has_one)) == Some(migration.version());
        !ledger.rows.iter().find(is_of).is_some_and(|row| is_proven(row, migration))
    };
    let divergent = match ledger.tool.mark() {
        Some(_) => applied.iter().filter(is_divergent).copied().collect(),
        None => Vec::new(),
    };
    Ok(Baseline { applied, divergent })
}

/// Whether a row's checksum is that of the migration. What a row has not got proves nothing.
fn is_proven(row: &LedgerRow, migration: &Migration) -> bool {
    let number = row.version.as_deref().and_then(|text| text.parse().ok());
    let (Some(number), Some(name), Some(checksum)) = (number, &row.name, &row.checksum) else { return false };
    let text = migration.up().text();
    let texts = [Some(text), without_late_line(text)];
    texts.into_iter().flatten().any(|text| is_refinerys_checksum(checksum, name, number, text))
}

/// The migrations that are recorded as a baseline, as the history will have them.
pub(crate) fn records(applied: &[&Migration]) -> Vec<Record> {
    let record = |migration: &&Migration| Record {
        version: migration.version(),
        description: migration.description().to_owned(),
        phase: migration.phase().map(ToString::to_string),
        checksum: migration.up().checksum().to_string(),
        state: State::Baseline,
        statements_done: 0,
        statements: 0,
        in_doubt: false,
        hashes: StatementHashes::Each(Vec::new()),
        details: None,
    };
    applied.iter().map(record).collect()
}

/// Refuses a table whose tool has applied other texts than those of the files.
///
/// # Errors
/// [`Code::Modified`]
pub(crate) fn assert_same(ledger: &ForeignHistory, divergent: &[&Migration]) -> Result<()> {
    let Some(first) = divergent.first() else { return Ok(()) };
    let message =
        format!("{} was applied with another text than the file here: {}", plural(divergent), names(divergent));
    Err(Error::new(Code::Modified, message)
        .with_place(Place::whole(first.up().path().to_owned()))
        .with_cause(format!("the checksums that {} has are not those of these texts", of_tool(ledger)))
        .with_state("nothing was changed")
        .with_hint("give it the text that was applied, as the version control has it")
        .with_hint(Hint::from("or, where the database is as the files say: ").setting(Setting::ACCEPT_MODIFIED)))
}

/// Refuses what is pending below what the tool has applied: it would not have applied it either.
///
/// # Errors
/// [`Code::OutOfOrder`]
pub(crate) fn assert_in_order(ledger: &ForeignHistory, late: &[&Migration], last: Option<&Migration>) -> Result<()> {
    let (Some(_), Some(last)) = (late.first(), last) else { return Ok(()) };
    let message = format!("{} is pending, though {last} was applied: {}", plural(late), names(late));
    Err(Error::new(Code::OutOfOrder, message)
        .with_cause(format!("{} has no row of it, nor would that tool apply it any more", of_tool(ledger)))
        .with_state("nothing was changed")
        .with_hint(format!("give it a version above {}, if it is still to be applied", last.version()))
        .with_hint(Hint::from("or apply it late on purpose: ").setting(Setting::LATE)))
}

fn plural(migrations: &[&Migration]) -> String {
    match migrations.len() {
        1 => "a migration".to_owned(),
        several => format!("each of {several} migrations"),
    }
}

/// All of them, however many: who has to look after them needs each.
fn names(migrations: &[&Migration]) -> String {
    migrations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads a version. Version 0 is 1 here, where that is free: `prove` reads other tools' files so, too.
fn read(text: &str, has_one: bool) -> Option<Version> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.trim_start_matches('0') {
        "" if has_one => None,
        "" => Version::new(1),
        digits => digits.parse().ok().and_then(Version::new),
    }
}

fn of_tool(ledger: &ForeignHistory) -> String {
    format!("the table {} ({})", ledger.place.name, ledger.tool.as_str())
}

fn unfinished(ledger: &ForeignHistory, version: &str) -> Error {
    Error::new(Code::Partial, format!("version {version} was begun and not finished, says {}", of_tool(ledger)))
        .with_cause("what is there of it, that tool does not know either")
        .with_state("nothing was changed")
        .with_hint("finish it or undo it by hand, and let that tool mark it so; then adopt")
}

/// More than these are counted, not listed.
const MOST_LISTED: usize = 10;

fn missing(ledger: &ForeignHistory, unknown: &[String]) -> Error {
    let listed = listed(unknown, MOST_LISTED);
    let what = if unknown.len() == 1 { "a version that has" } else { "versions that have" };
    Error::new(Code::Missing, format!("{} has {what} no file here: {listed}", of_tool(ledger)))
        .with_state("nothing was changed")
        .with_hint("name its files `V<version>__<description>.sql`, with the versions that it knows them by")
        .with_hint("where a file is gone for good, one that says `SELECT 1;` stands for it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Tool;
    use crate::history::{LedgerRow, LocatedTable};
    use crate::source::Script;

    fn migrations(versions: &[i64]) -> Migrations {
        let script = Script::new("x.sql", "SELECT 1;");
        let migration = |version: &i64| Migration {
            version: Version::new(*version).unwrap(),
            description: "x".into(),
            phase: None,
            up: script.clone(),
            down: None,
            proven: None,
            after: None,
        };
        Migrations::of(versions.iter().map(migration).collect())
    }

    fn ledger(tool: Tool, versions: &[&str], flag: &str) -> ForeignHistory {
        let place =
            LocatedTable { sql: "t".to_owned(), name: "t".to_owned(), columns: Vec::new(), is_in_our_place: false };
        let row = |version: &&str| LedgerRow {
            version: Some((*version).to_owned()),
            flag: Some(flag.to_owned()),
            name: None,
            checksum: None,
        };
        ForeignHistory { tool, place, rows: versions.iter().map(row).collect() }
    }

    fn numbers(found: Result<Baseline<'_>>) -> Vec<i64> {
        found.unwrap().applied.into_iter().map(|migration| migration.version().get()).collect()
    }

    #[test]
    fn versions_are_matched_as_numbers() {
        let files = migrations(&[1, 2, 20_190_102_030_405]);
        let rails = ledger(Tool::Rails, &["20190102030405", "0001"], "");
        assert_eq!(numbers(baseline(&files, &rails)), [1, 20_190_102_030_405]);
        assert_eq!(numbers(baseline(&files, &ledger(Tool::GolangMigrate, &["2"], "f"))), [1, 2]);
        assert_eq!(numbers(baseline(&files, &ledger(Tool::GolangMigrate, &[], "f"))), [0; 0]);
    }

    #[test]
    fn version_0_is_1_where_that_is_free() {
        let files = migrations(&[1, 5]);
        assert_eq!(numbers(baseline(&files, &ledger(Tool::Diesel, &["00000000000000", "5"], ""))), [1, 5]);
        let both = ledger(Tool::Diesel, &["0", "1"], "");
        assert_eq!(baseline(&files, &both).unwrap_err().code(), Code::Missing);
    }

    #[test]
    fn what_cannot_be_matched_is_named() {
        let files = migrations(&[1]);
        let rows = ["1", "7", "20190102_x", "1234567890123456789012"];
        let error = baseline(&files, &ledger(Tool::Bare, &rows, "")).unwrap_err();
        assert_eq!(error.code(), Code::Missing);
        assert!(error.to_string().ends_with("no file here: 7, 20190102_x, 1234567890123456789012"), "{error}");
        let error = baseline(&files, &ledger(Tool::GolangMigrate, &["3"], "f")).unwrap_err();
        assert!(error.to_string().ends_with("has a version that has no file here: 3"), "{error}");
        let error = baseline(&files, &ledger(Tool::GolangMigrate, &["1"], "t")).unwrap_err();
        assert_eq!(error.code(), Code::Partial);
    }
}
