//! What is said where a history does not look like that of these files: it may be another application's, and what mends a
//! history of one's own would harm that.

use crate::config::Options;
use crate::database::Reader;
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::history::{Record, State, Whereabouts};
use crate::plan::{self, Kin, Likeness, Refusal};
use crate::source::Migrations;

/// The error of a refusal as it is where the history is that of these files; else one whose hints think of another application first.
pub(super) async fn tell<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    records: &[Record],
    refusal: Refusal,
    options: &Options,
) -> Error {
    // All statements of a file are those that were applied: no other application has them.
    let is_own = refusal.is_only_comments();
    let error: Error = refusal.into();
    let Ok(entries) = plan::survey(migrations, records) else { return error };
    let likeness = Likeness::of(&entries);
    let kin = likeness.kin();
    if kin == Kin::Ours {
        return error;
    }
    match database.whereabouts().await {
        Ok(_) if kin == Kin::Doubtful && is_own => error,
        Ok(found) if kin == Kin::Doubtful => doubtful(error, &found),
        Ok(found) => strange(error, &found, &likeness),
        // Where the history is cannot be told, and whose it is no better: what would harm another one's is not offered.
        Err(why) => {
            let known = Whereabouts {
                database: database.label(),
                table: database.table(),
                keys: vec![Setting::HISTORY_TABLE],
                url_from: options.url_from.clone(),
                others: Vec::new(),
            };
            strange(error, &known, &likeness)
                .with_hint(format!("where it lies could not be read: {}", why.with_its_cause()))
        }
    }
}

/// Whoever reads it looks first. What would record the files in place of what was applied is not offered as a whole: who edited them knows
/// which, and names each.
fn doubtful(error: Error, found: &Whereabouts) -> Error {
    let is_edited = error.code() == Code::Modified;
    let error = if is_edited { error.without_hints() } else { error };
    let another = found.url(Hint::from("where it is another application's, and not the one that is meant, correct "));
    let error = error.with_hint_at(0, look(found)).with_hint_at(
        1,
        another.then("; or give these migrations a table of their own: ").settings(found.keys.clone()),
    );
    let error = elsewhere_at(2, error, found);
    if !is_edited {
        return error;
    }
    error
        .with_hint("where it is theirs, put the files back as they were, and make the change in a new migration: `schemactl new`")
        .with_hint(NAME_EACH)
}

/// What is to be seen before anything is recorded.
fn look(found: &Whereabouts) -> String {
    format!(
        "no text that {} records is one of a file here: `schemactl status` shows what it has, and who applied it",
        found.history()
    )
}

/// The way of somebody who has edited all of their own files.
const NAME_EACH: &str = "or, where you have edited them, and the database already is as they say, record each by its number: `schemactl repair --checksum \
     VERSION`";

/// The code stays: scripts match on it.
fn strange(error: Error, found: &Whereabouts, likeness: &Likeness) -> Error {
    let message = format!("the history {} does not look like that of these files: {error}", found.history());
    let error =
        error.with_message(message).with_cause(format!("{likeness}: it may be another application's")).without_hints();
    hints(error, found).with_hint(files())
}

/// The way of somebody whose files are not there.
fn files() -> Hint {
    Hint::from(
        "or, where it is that of these migrations, bring back the files that were applied, where they are read from: ",
    )
    .setting(Setting::MIGRATIONS)
}

/// Whose a history may be that does not look like that of these files; none where it does.
#[cfg(feature = "project")]
pub(super) fn sentence(found: &Whereabouts, likeness: &Likeness) -> Option<String> {
    match likeness.kin() {
        Kin::Ours => None,
        Kin::Doubtful => Some(format!(
            "names agree, and no text that the history {} records is one of a file here: were these files edited, or is it another \
             application's? `schemactl plan` shows the way out of either",
            found.history()
        )),
        Kin::Strange => Some(format!(
            "the history {} does not look like that of these files ({likeness}): it may be another application's; `schemactl plan` \
             shows the way out",
            found.history()
        )),
    }
}

/// Refuses to record these files in a history that does not look like theirs.
pub(super) fn not_recorded(found: &Whereabouts, likeness: &Likeness) -> Error {
    let message = format!("the history {} does not look like that of these files", found.history());
    let error = Error::new(Code::Modified, message)
        .with_cause(format!("{likeness}: it may be another application's, whose history this would overwrite"))
        .with_state("nothing was changed");
    if likeness.kin() == Kin::Doubtful {
        return hints(error.with_hint(look(found)), found).with_hint(NAME_EACH);
    }
    hints(error, found).with_hint(
        "or, where you know it to be that of these migrations: `schemactl repair --forget VERSION` for each version that is \
         recorded, then `schemactl repair --baseline VERSION`",
    )
}

/// Refuses to take back what is recorded in a history that does not look like that of these files: the downs stored there are another
/// application's, and so is what they drop. Without files there is nothing to compare, and a database is taken back all the same; so is one
/// whose files were all edited, where something of one is as it was stored.
pub(super) async fn refuse_down<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    records: &[Record],
) -> Result<()> {
    if migrations.is_empty() {
        return Ok(());
    }
    // One that stopped half-way may be edited before it goes on, and is not taken back from there.
    let stopped: Vec<_> = records.iter().filter(|record| record.state == State::Partial).map(Record::version).collect();
    let likeness = Likeness::without(&plan::survey(migrations, records)?, &stopped);
    let way_out = match likeness.kin() {
        Kin::Ours => return Ok(()),
        Kin::Strange => files(),
        Kin::Doubtful if is_edited(database, migrations, records).await? => return Ok(()),
        Kin::Doubtful => Hint::from(
            "or, where it is that of these migrations, put the files back as they were, or record each that you have edited by its number: \
             `schemactl repair --checksum VERSION`; `schemactl down` goes on then",
        ),
    };
    let found = database.whereabouts().await?;
    let message = format!("the history {} does not look like that of these files", found.history());
    let error = Error::new(Code::Modified, message)
        .with_cause(format!("{likeness}: it may be another application's, whose tables its downs would drop"))
        .with_state("nothing was changed");
    Err(hints(error, &found).with_hint(way_out))
}

async fn is_edited<R: Reader>(database: &mut R, migrations: &Migrations, records: &[Record]) -> Result<bool> {
    let versions: Vec<_> = records.iter().map(Record::version).collect();
    let stored = database.stored(&versions).await?;
    plan::keeps_something(database.dialect(), migrations, records, &stored)
}

/// Adds to the refusal to begin in a database without a history which one was looked for, and where there are others: before what would
/// record there what another application has made.
pub(super) fn first(error: Error, found: &Whereabouts) -> Error {
    let error = error.with_hint_at(
        0,
        found.url(Hint::from(format!(
            "no history of these migrations is in {}: is that the database that is meant? Where it is another application's, correct ",
            found.history()
        ))),
    );
    elsewhere_at(1, error, found)
}

/// Names histories that are elsewhere before what would begin one here.
pub(super) fn elsewhere(error: Error, found: &Whereabouts) -> Error {
    elsewhere_at(0, error, found)
}

fn elsewhere_at(at: usize, error: Error, found: &Whereabouts) -> Error {
    match found.elsewhere() {
        Some(elsewhere) => error.with_hint_at(at, elsewhere),
        None => error,
    }
}

/// What harms nobody: another database, another table.
fn hints(error: Error, found: &Whereabouts) -> Error {
    let error = error
        .with_hint(found.url(Hint::from(format!("is {} the one that is meant? Where not, correct ", found.database))))
        .with_hint(
            Hint::from("where another application shares it, give these migrations a history of their own: ")
                .settings(found.keys.clone())
                .then("; what the other one has made is drift else: ")
                .setting(Setting::IGNORE)
                .then(" leaves it out"),
        );
    match found.elsewhere() {
        Some(elsewhere) => error.with_hint(elsewhere),
        None => error,
    }
}
