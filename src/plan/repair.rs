use super::{Kin, Likeness, MigrationStatus, survey};
use crate::error::{Code, Error, Hint, Place, Result, Setting};
use crate::history::{Record, State, Stored};
use crate::plural::listed;
use crate::source::{Migration, Migrations, Script};
use crate::sql::Dialect;
use crate::version::Version;

/// What a history is to be put right by. No migration is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepairRequest {
    /// Record the files as they are now for every modified version. Where no text that is recorded is one of a file, the history may be
    /// another application's: then it is refused, and [`Checksum`](Self::Checksum) names each version.
    Checksums,
    /// Record the file as it is now for this version.
    Checksum(Version),
    /// Store the downs as the files have them now.
    Downs,
    /// Remove the record of this version, so that it is pending or unknown.
    Forget(Version),
    /// Record this version as applied without running it.
    MarkApplied(Version),
    /// Record every version up to this one that has no record as there when the history began.
    Baseline(Version),
}

/// One change to the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Repair<'a> {
    /// The recorded checksum becomes that of the file.
    Checksum {
        /// The migration as it is now.
        migration: &'a Migration,
        /// What was recorded.
        recorded: String,
        /// What the version was called when it was applied, where that is another name.
        was: Option<String>,
        /// The statements that are not those that were applied, counted from 1; none where that is not recorded.
        differing: Option<Vec<usize>>,
    },
    /// The stored down becomes that of the file.
    Down {
        /// The migration as it is now.
        migration: &'a Migration,
        /// The down as the file has it.
        script: &'a Script,
        /// Whether another one is stored.
        replaces: bool,
    },
    /// The record is removed.
    Forget {
        /// The record as it was.
        record: &'a Record,
    },
    /// The version is recorded as applied.
    MarkApplied {
        /// The migration.
        migration: &'a Migration,
        /// Its state before, where it had a record.
        was: Option<State>,
    },
    /// The version is recorded as there when the history began.
    Baseline {
        /// The migration.
        migration: &'a Migration,
    },
}

impl Repair<'_> {
    /// Returns the version that the repair is about.
    pub(crate) fn version(&self) -> Version {
        match self {
            Self::Checksum { migration, .. }
            | Self::Down { migration, .. }
            | Self::MarkApplied { migration, .. }
            | Self::Baseline { migration } => migration.version(),
            Self::Forget { record } => record.version,
        }
    }
}

/// One line that says what will be changed.
impl std::fmt::Display for Repair<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Checksum { migration, recorded, was, differing } => {
                write!(f, "{migration}: record checksum {} in place of {recorded}", migration.up().checksum())?;
                if let Some(was) = was {
                    write!(f, "; it was applied as {was}")?;
                }
                write!(f, "; {}", differs(differing.as_deref()))
            }
            Self::Down { migration, script, .. } => {
                write!(f, "{}: store the down of {}", migration.version(), script.path())
            }
            Self::Forget { record } => {
                write!(f, "{} {}: remove its record ({})", record.version, record.description, record.state.as_str())
            }
            Self::Baseline { migration } => {
                write!(f, "{migration}: record it as there already (baseline), without running it")
            }
            Self::MarkApplied { migration, was: None } => {
                write!(f, "{migration}: record it as applied, without running it")
            }
            Self::MarkApplied { migration, was: Some(was) } => {
                write!(f, "{migration}: record it as applied (it is {}), without running what is left", was.as_str())
            }
        }
    }
}

/// Which statements of a file are not those that were applied.
fn differs(statements: Option<&[usize]>) -> String {
    match statements {
        None => "which statements differ is not recorded".to_owned(),
        Some([]) => "only comments or white space differ".to_owned(),
        Some([one]) => format!("statement {one} differs"),
        Some(all) => format!("statements {} differ", listed(all, 10)),
    }
}

/// Of files that are to be recorded in place of what was applied, in a history that does not look like theirs: how much of it agrees. None
/// where nothing would be recorded so, or where enough agrees.
///
/// A history that was squashed by hand is excused: all but one version are forgotten by number in the same request. Where only names agree,
/// so is one of which each version is named that is recorded anew, and one of which a file differs in comments alone.
pub(crate) fn stranger(
    dialect: Dialect,
    migrations: &Migrations,
    records: &[Record],
    stored: &[Stored],
    requests: &[RepairRequest],
) -> Result<Option<Likeness>> {
    let are_all = requests.iter().any(|request| matches!(request, RepairRequest::Checksums | RepairRequest::Downs));
    if !are_all && !requests.iter().any(|request| matches!(request, RepairRequest::Checksum(_))) {
        return Ok(None);
    }
    let forgotten: Vec<Version> = requests
        .iter()
        .filter_map(|request| match request {
            RepairRequest::Forget(version) => Some(*version),
            _ => None,
        })
        .collect();
    let entries = survey(migrations, records)?;
    let left = || entries.iter().filter(|entry| !forgotten.contains(&entry.version));
    let is_recorded = left().any(|entry| entry.status == MigrationStatus::Modified);
    let is_squashed = left().filter(|entry| entry.record.is_some()).count() == 1
        && forgotten.iter().any(|version| find(records, *version).is_some() && migrations.get(*version).is_none());
    let likeness = Likeness::without(&entries, &forgotten);
    let is_refused = match likeness.kin() {
        Kin::Ours => false,
        Kin::Strange => true,
        Kin::Doubtful => are_all && !is_same_but_for_comments(dialect, migrations, records, stored)?,
    };
    Ok((is_recorded && !is_squashed && is_refused).then_some(likeness))
}

/// Whether the statements of a file that was edited are those that were applied.
fn is_same_but_for_comments(
    dialect: Dialect,
    migrations: &Migrations,
    records: &[Record],
    stored: &[Stored],
) -> Result<bool> {
    let repairs = checksums(dialect, migrations, records, stored)?;
    Ok(repairs
        .iter()
        .any(|repair| matches!(repair, Repair::Checksum { differing: Some(differing), .. } if differing.is_empty())))
}

/// Whether something of a file that was edited is what was stored when it was applied, its down or all of its statements: no other
/// application has that.
pub(crate) fn keeps_something(
    dialect: Dialect,
    migrations: &Migrations,
    records: &[Record],
    stored: &[Stored],
) -> Result<bool> {
    let has_down = |stored: &Stored| {
        let file = migrations.get(stored.version).and_then(Migration::down);
        stored.down.as_ref().is_some_and(|down| file.is_some_and(|file| file.checksum() == down.checksum))
    };
    Ok(stored.iter().any(has_down) || is_same_but_for_comments(dialect, migrations, records, stored)?)
}

/// Works out what the requests change.
pub(crate) fn repairs<'a>(
    dialect: Dialect,
    migrations: &'a Migrations,
    records: &'a [Record],
    stored: &[Stored],
    requests: &[RepairRequest],
) -> Result<Vec<Repair<'a>>> {
    let mut repairs: Vec<Repair<'_>> = Vec::new();
    for request in requests {
        match request {
            RepairRequest::Checksums => repairs.extend(checksums(dialect, migrations, records, stored)?),
            RepairRequest::Checksum(version) => {
                repairs.push(one_checksum(checksums(dialect, migrations, records, stored)?, migrations, *version)?);
            }
            RepairRequest::Downs => {
                let (stored, withheld) = downs(dialect, migrations, records, stored)?;
                if let Some(Repair::Down { migration, script, .. }) =
                    withheld.iter().find(|down| !is_recorded_anew(requests, down.version()))
                {
                    return Err(of_another_text(migration, script));
                }
                repairs.extend(stored.into_iter().chain(withheld));
            }
            RepairRequest::Forget(version) => repairs.push(forget(records, *version)?),
            RepairRequest::Baseline(version) => repairs.extend(baseline(migrations, records, *version)?),
            RepairRequest::MarkApplied(version) => repairs.push(mark_applied(migrations, records, *version)?),
        }
    }
    // What becomes of a record as a whole comes before what is put right in it.
    let whole: Vec<Version> = repairs.iter().filter(|repair| !is_partial(repair)).map(Repair::version).collect();
    let mut checked = Vec::new();
    repairs.retain(|repair| {
        let is_again = matches!(repair, Repair::Checksum { .. }) && checked.contains(&repair.version());
        checked.extend(matches!(repair, Repair::Checksum { .. }).then(|| repair.version()));
        !is_again
    });
    repairs.retain(|repair| !is_partial(repair) || !whole.contains(&repair.version()));
    Ok(repairs)
}

/// Whether the same requests record the file of a version as it is now, or no version any more.
fn is_recorded_anew(requests: &[RepairRequest], version: Version) -> bool {
    requests.iter().any(|request| match request {
        RepairRequest::Checksums => true,
        RepairRequest::Checksum(named) | RepairRequest::Forget(named) => *named == version,
        _ => false,
    })
}

/// The down of a file that was never applied takes something else back than what is there.
fn of_another_text(migration: &Migration, down: &Script) -> Error {
    let version = migration.version();
    let message = format!("the down of {migration} is of another text than the one that was applied");
    Error::new(Code::Modified, message)
        .with_place(Place::whole(down.path().to_owned()))
        .with_cause(
            "the down that is stored takes back what was applied; this one would take back what the file says now",
        )
        .with_state("nothing was changed")
        .with_hint(format!("put {} back as it was applied", migration.up().path()))
        .with_hint(format!("or, where the database is as it says now: `schemactl repair --checksum {version} --downs`"))
}

/// What would be stored by `Downs` alone.
pub(crate) fn downs_to_store<'a>(
    dialect: Dialect,
    migrations: &'a Migrations,
    records: &'a [Record],
    stored: &[Stored],
) -> Result<Vec<Repair<'a>>> {
    Ok(downs(dialect, migrations, records, stored)?.0)
}

fn is_partial(repair: &Repair<'_>) -> bool {
    matches!(repair, Repair::Checksum { .. } | Repair::Down { .. })
}

fn checksums<'a>(
    dialect: Dialect,
    migrations: &'a Migrations,
    records: &'a [Record],
    stored: &[Stored],
) -> Result<Vec<Repair<'a>>> {
    let entries = survey(migrations, records)?;
    let mut repairs = Vec::new();
    for entry in entries.iter().filter(|entry| entry.status == MigrationStatus::Modified) {
        let (Some(migration), Some(record)) = (entry.migration, entry.record) else { continue };
        let statements = migration.up().statements(dialect)?;
        let now: Vec<&str> = statements.iter().map(|statement| statement.text).collect();
        let kept = stored.iter().find(|kept| kept.version == entry.version);
        let changed = kept.and_then(|kept| kept.hashes.changed(&now));
        repairs.push(Repair::Checksum {
            migration,
            recorded: record.checksum.clone(),
            was: Some(record.description.clone()).filter(|was| was != migration.description()),
            differing: changed.map(|changed| changed.into_iter().map(|at| at + 1).collect()),
        });
    }
    Ok(repairs)
}

fn one_checksum<'a>(repairs: Vec<Repair<'a>>, migrations: &'a Migrations, version: Version) -> Result<Repair<'a>> {
    let migration = migrations.get(version).ok_or_else(|| no_migration(version))?;
    repairs.into_iter().find(|repair| repair.version() == version).ok_or_else(|| {
        Error::new(Code::UnknownTarget, format!("migration {migration} is not recorded with another text"))
            .with_state("nothing was changed")
            .with_hint("`schemactl repair` lists those that are")
    })
}

/// The downs that are not stored as the files have them: of what was applied as its file is, and of what was not.
fn downs<'a>(
    dialect: Dialect,
    migrations: &'a Migrations,
    records: &'a [Record],
    stored: &[Stored],
) -> Result<(Vec<Repair<'a>>, Vec<Repair<'a>>)> {
    let is_another =
        |repair: &Repair<'_>| !matches!(repair, Repair::Checksum { differing: Some(none), .. } if none.is_empty());
    let edited = checksums(dialect, migrations, records, stored)?;
    let edited: Vec<Version> = edited.iter().filter(|repair| is_another(repair)).map(Repair::version).collect();
    let kept = |version: Version| stored.iter().find(|kept| kept.version == version)?.down.as_ref();
    let all = records
        .iter()
        .filter(|record| matches!(record.state, State::Applied | State::Baseline))
        .filter_map(|record| migrations.get(record.version))
        .filter_map(|migration| {
            let (script, kept) = (migration.down()?, kept(migration.version()));
            let differs = kept.is_none_or(|kept| kept.checksum != script.checksum());
            differs.then_some(Repair::Down { migration, script, replaces: kept.is_some() })
        });
    Ok(all.partition(|down| !edited.contains(&down.version())))
}

fn find(records: &[Record], version: Version) -> Option<&Record> {
    records.iter().find(|record| record.version == version)
}

fn forget(records: &[Record], version: Version) -> Result<Repair<'_>> {
    let record = find(records, version).ok_or_else(|| {
        Error::new(Code::UnknownTarget, format!("version {version} is not in the history"))
            .with_state("nothing was changed")
            .with_hint("`schemactl status` lists what is")
    })?;
    Ok(Repair::Forget { record })
}

fn no_migration(version: Version) -> Error {
    Error::new(Code::UnknownTarget, format!("there is no migration with version {version}"))
        .with_state("nothing was changed")
        .with_hint("`schemactl status` lists the versions")
}

/// A baseline says what is there: one above all files would say it of what nobody knows.
fn no_baseline(migrations: &Migrations, last: Version) -> Error {
    let highest = migrations.iter().last().map(Migration::version);
    let below = migrations.iter().map(Migration::version).rfind(|version| *version < last);
    let known = match (highest, below) {
        (None, _) => "there are no files",
        (Some(highest), _) if highest < last => return too_high(last, highest),
        (_, None) => "the files begin above it",
        (_, Some(_)) => "the files have others below and above it",
    };
    let error = Error::new(Code::UnknownTarget, format!("there is no migration with version {last}: {known}"))
        .with_state("nothing was changed");
    error.with_hint(match below {
        Some(below) => format!("the next lower one is {below}: `schemactl repair --baseline {below}`").into(),
        None => {
            Hint::from("`schemactl status` lists the versions; where they are read from: ").setting(Setting::MIGRATIONS)
        }
    })
}

fn too_high(last: Version, highest: Version) -> Error {
    Error::new(Code::UnknownTarget, format!("there is no migration with version {last}: the files end at {highest}"))
        .with_state("nothing was changed")
        .with_hint(format!("where the database holds what all of them make: `schemactl repair --baseline {highest}`"))
}

/// What has a record keeps it, but for what was only skipped.
fn baseline<'a>(migrations: &'a Migrations, records: &[Record], last: Version) -> Result<Vec<Repair<'a>>> {
    migrations.get(last).ok_or_else(|| no_baseline(migrations, last))?;
    let is_unknown = |version| find(records, version).is_none_or(|record| record.state == State::Skipped);
    let unknown = migrations.iter().filter(|migration| migration.version() <= last && is_unknown(migration.version()));
    Ok(unknown.map(|migration| Repair::Baseline { migration }).collect())
}

fn mark_applied<'a>(migrations: &'a Migrations, records: &[Record], version: Version) -> Result<Repair<'a>> {
    let migration = migrations.get(version).ok_or_else(|| no_migration(version))?;
    match find(records, version).map(|record| record.state) {
        Some(State::Applied | State::Baseline) => {
            Err(Error::new(Code::UnknownTarget, format!("migration {migration} is recorded as applied already"))
                .with_state("nothing was changed"))
        }
        was => Ok(Repair::MarkApplied { migration, was }),
    }
}
