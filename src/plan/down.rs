use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::resume::edited_before_resume;
use super::{Back, Plan, Refusal, Step};
use crate::error::{Code, Error, Result};
use crate::event::Action;
use crate::history::{Left, Record, State, Stored, StoredDown, UndoRecord, leave, leave_rows};
use crate::source::{Migration, Migrations, Script};
use crate::sql::{Dialect, Dropping, Effect, FilledColumn, Filling, Statement, statements};
use crate::version::Version;

/// Plans to take migrations back, the last one first, with the downs that are stored in the database.
///
/// `versions` are in the order in which they are taken back; `stored` has what the history keeps of each of them.
pub(crate) fn down<'a>(
    dialect: Dialect,
    migrations: &'a Migrations,
    records: &'a [Record],
    stored: &'a [Stored],
    versions: &[Version],
) -> Result<Plan<'a>> {
    let mut steps = Vec::new();
    for version in versions {
        let Some(record) = records.iter().find(|record| record.version == *version) else { continue };
        let kept = stored.iter().find(|kept| kept.version == record.version);
        let step = step(dialect, migrations.get(record.version), record, kept)?;
        if record.state == State::Reverting
            && let Some(refusal) = edited_before_resume(dialect, step.script(), record)?
        {
            return Err(refusal.into());
        }
        steps.push(step);
    }
    Ok(Plan { steps })
}

/// The versions that are taken back, in the order in which that is done: the last applied first. `order` has them in the order in
/// which they were applied, as far as the log knows them. What it does not know (a baseline, what was marked as applied) counts as
/// applied right after those below it. What is under way is the last one, whatever the log knows of an earlier time.
pub(crate) fn included(
    migrations: &Migrations,
    records: &[Record],
    order: &[Version],
    back: Back,
) -> Result<Vec<Version>> {
    let places: BTreeMap<Version, usize> = order.iter().enumerate().map(|(place, version)| (*version, place)).collect();
    let is_under_way = |version: &Version| {
        let is_open = |record: &Record| matches!(record.state, State::Partial | State::Reverting);
        records.iter().any(|record| record.version == *version && is_open(record))
    };
    let applied = |version: &Version| match places.get(version) {
        _ if is_under_way(version) => (Some(usize::MAX), true),
        Some(place) => (Some(*place), false),
        None => (places.range(..version).map(|(_, place)| *place).max(), true),
    };
    let mut from_last: Vec<Version> = records.iter().map(Record::version).collect();
    from_last
        .sort_by_cached_key(|version| Reverse((applied(version), migrations.is_outside_order(*version), *version)));
    Ok(match back {
        Back::Steps(count) => from_last.into_iter().take(count).collect(),
        Back::Empty => from_last,
        Back::To(last) => {
            if !from_last.contains(&last) {
                return Err(Error::new(Code::UnknownTarget, format!("version {last} is not applied"))
                    .with_state("nothing was changed")
                    .with_hint(
                        "`schemactl status` lists the applied versions; `schemactl down --to 0` takes all back",
                    ));
            }
            from_last.into_iter().filter(|version| *version > last).collect()
        }
    })
}

fn step<'a>(
    dialect: Dialect,
    migration: Option<&'a Migration>,
    record: &'a Record,
    stored: Option<&'a Stored>,
) -> Result<Step<'a>> {
    let (version, description) = (record.version, record.description.clone());
    if record.state == State::Partial {
        let done = (record.statements_done, record.statements);
        return Err(Refusal::Partial { version, description, done }.into());
    }
    if let Some(reason) = irreversible(migration, stored)? {
        return Err(Refusal::Irreversible { version, description, reason }.into());
    }
    if record.state != State::Skipped
        && let Some(down) = stored.and_then(|stored| stored.down.as_ref())
        && !down.is_intact
    {
        return Err(changed(record));
    }
    let Some(script) = script(migration, record, stored) else {
        let is_here = migration.is_some();
        return Err(Refusal::NoDown { version, description, is_here }.into());
    };
    let passed_over = passed_over(migration, record, stored);
    let found = stored.and_then(|stored| stored.found.clone());
    let left = found.as_ref().map(|found| leave(dialect, script.text(), found)).unwrap_or_default();
    let unknown = match found {
        None if may_have_found(dialect, migration, record) => first_drop(dialect, script.text()),
        _ => None,
    };
    let undo = stored.map(|stored| stored.undo.clone()).unwrap_or_default();
    let script = without_rows(dialect, without(script, &left), &undo);
    let filled = filled(dialect, migration, record, &undo);
    Ok(Step {
        action: if record.state == State::Skipped { Action::Forget } else { Action::Revert },
        version,
        description: Cow::Borrowed(&record.description),
        phase: migration.and_then(Migration::phase).map(Cow::Borrowed),
        script,
        down: None,
        verdict: undo.verdict(stored.and_then(|stored| stored.verdict.clone())),
        out_of_order: false,
        record: Some(record),
        found,
        undo,
        filled,
        left,
        unknown,
        passed_over,
    })
}

/// The script without what it leaves alone.
fn without<'a>(script: Cow<'a, Script>, left: &Left) -> Cow<'a, Script> {
    match &left.text {
        Some(text) => Cow::Owned(script.into_owned().running(text.clone())),
        None => script,
    }
}

/// A generated down without the rows that it names, where it is recorded which rows the up really changed: those are put back, and no others. What
/// people wrote is run as they wrote it.
fn without_rows<'a>(dialect: Dialect, script: Cow<'a, Script>, undo: &UndoRecord) -> Cow<'a, Script> {
    if !undo.is_whole() || !script.is_generated() {
        return script;
    }
    match leave_rows(dialect, script.text()) {
        Some(text) => Cow::Owned(script.into_owned().running(text)),
        None => script,
    }
}

/// The columns that an up has added with a default, and in which it has left nothing else: its file says so, where it is the one that ran.
fn filled(dialect: Dialect, migration: Option<&Migration>, record: &Record, undo: &UndoRecord) -> Vec<FilledColumn> {
    let Some(up) = migration.map(Migration::up).filter(|up| up.checksum().to_string() == record.checksum) else {
        return Vec::new();
    };
    let mut filling = Filling::of(dialect, statements(dialect, up.text()).flatten());
    // Where all is kept, a row of which nothing is kept was not written, but by the copy that makes a table again.
    if undo.is_whole() {
        filling.columns.append(&mut filling.made);
    }
    let is_known = !filling.writes_rows || undo.is_whole() && !filling.moves_tables;
    if is_known { filling.columns } else { Vec::new() }
}

/// Whether an up of which it is not recorded what it found may have found something: its file says so, where it is the one that ran.
fn may_have_found(dialect: Dialect, migration: Option<&Migration>, record: &Record) -> bool {
    if record.state == State::Skipped {
        return false;
    }
    match migration.filter(|migration| migration.up().checksum().to_string() == record.checksum) {
        Some(migration) => migration.up().may_find(dialect),
        None => true,
    }
}

/// The first words of the first statement that drops something.
fn first_drop(dialect: Dialect, down: &str) -> Option<String> {
    let drops = |statement: &Statement<'_>| Effect::of(dialect, statement).drops != Dropping::Nothing;
    let first = statements(dialect, down).flatten().find(drops)?;
    Some(first.text.lines().next().unwrap_or_default().to_owned())
}

/// What is stored is run with the rights of whoever migrates: a text that is not the one that was stored is not.
fn changed(record: &Record) -> Error {
    let (version, description) = (record.version, &record.description);
    Error::new(
        Code::Modified,
        format!("the stored down of migration {version} {description} is not the one that was stored with it"),
    )
    .with_cause("its text and its checksum in the history do not agree")
    .with_state("nothing was changed")
    .with_hint("who else writes to the history? `schemactl repair --downs` stores the down of the file in its place")
}

/// The down that was stored when the version was applied; else the file's, which may have been written later.
fn script<'a>(
    migration: Option<&'a Migration>,
    record: &Record,
    stored: Option<&'a Stored>,
) -> Option<Cow<'a, Script>> {
    if record.state == State::Skipped {
        return Some(Cow::Owned(nothing_to_undo(record.version)));
    }
    if let Some(down) = stored.and_then(|stored| stored.down.as_ref()) {
        // Where the file still says the same, messages can name it.
        let file = migration.and_then(Migration::down).filter(|file| file.checksum() == down.checksum);
        return Some(file.map_or_else(|| Cow::Owned(as_stored(record.version, down)), Cow::Borrowed));
    }
    migration.and_then(Migration::down).map(Cow::Borrowed)
}

fn as_stored(version: Version, down: &StoredDown) -> Script {
    let path = format!("the down of version {version} as stored in the database");
    Script::recorded(path.into(), down.sql.clone().into(), down.checksum)
}

/// The file whose down is not run, since another one is stored.
fn passed_over<'a>(migration: Option<&'a Migration>, record: &Record, stored: Option<&Stored>) -> Option<Cow<'a, str>> {
    if record.state == State::Skipped {
        return None;
    }
    let kept = stored?.down.as_ref()?;
    let file = migration?.down().filter(|file| file.checksum() != kept.checksum)?;
    Some(Cow::Borrowed(file.path()))
}

/// A skipped migration did nothing: only its record goes.
fn nothing_to_undo(version: Version) -> Script {
    Script::new(format!("the down of version {version}, which was skipped"), "")
}

/// The reason given where the version was declared irreversible, by its file or by what was stored.
fn irreversible(migration: Option<&Migration>, stored: Option<&Stored>) -> Result<Option<String>> {
    if let Some(reason) = stored.and_then(Stored::irreversible) {
        return Ok(Some(reason));
    }
    match migration {
        Some(migration) => migration.irreversible(),
        None => Ok(None),
    }
}
