use crate::error::{Code, Error, Hint, Place, Setting};
use crate::history::FirstChange;
use crate::plural::{count, listed, part_is, repeated};
use crate::source::Script;
use crate::version::Version;

/// Why a plan was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The text of an applied migration was changed.
    Modified {
        /// The lowest such version.
        version: Version,
        /// Its description.
        description: String,
        /// The script as it is now.
        script: Box<Script>,
        /// The checksum that was recorded.
        recorded: String,
        /// Other versions that were modified too.
        others: Vec<Version>,
        /// Where the text differs, once the recorded statements were read.
        change: Option<ModifiedAt>,
        /// What the version was called when it was applied, where that is another name.
        was: Option<String>,
        /// The migration that has the text which was applied, under another version.
        moved: Option<(Version, String)>,
    },
    /// The database has versions above all that the files have.
    NewerDatabase {
        /// These versions.
        versions: Vec<Version>,
        /// The highest version of the files.
        last_file: Option<Version>,
        /// The highest version of the files that the database has.
        back_to: Option<Version>,
        /// Why this release could not take one of them back, once that was asked: a sentence.
        stuck: Option<String>,
    },
    /// A version is pending that is lower than one that was applied.
    OutOfOrder {
        /// The late one.
        pending: (Version, String),
        /// The last applied one.
        applied: (Version, String),
    },
    /// Versions were applied whose files are missing.
    Missing {
        /// These versions.
        versions: Vec<Version>,
        /// The description of the first.
        description: String,
        /// The migration that has the text of the first, under another version.
        moved: Option<(Version, String)>,
    },
    /// A partly applied migration was edited before the statement where it stopped.
    PartialEdited {
        /// The version.
        version: Version,
        /// Its description.
        description: String,
        /// How many statements were done.
        done: usize,
        /// The first statement that differs, counted from 1, where that can be told.
        statement: Option<usize>,
        /// Where that is.
        place: Place,
    },
    /// A version is partly applied: it cannot be taken back from there.
    Partial {
        /// The version.
        version: Version,
        /// Its description.
        description: String,
        /// How many statements were done, and of how many.
        done: (usize, usize),
    },
    /// A version is partly taken back.
    Reverting {
        /// The version.
        version: Version,
        /// Its description.
        description: String,
    },
    /// A version has no down, neither stored nor as a file.
    NoDown {
        /// The version.
        version: Version,
        /// Its description.
        description: String,
        /// Whether the files have the migration.
        is_here: bool,
    },
    /// A version was declared irreversible.
    Irreversible {
        /// The version.
        version: Version,
        /// Its description.
        description: String,
        /// The reason that its author gave.
        reason: String,
    },
}

/// Where the text of a modified migration differs from what was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModifiedAt {
    /// Only comments or white space.
    OnlyComments,
    /// This statement, counted from 1, differs or was added.
    Statement(usize, Place),
    /// The statements from this one on, counted from 1, were removed.
    Removed(usize),
}

impl Refusal {
    /// Whether the statements of a modified migration are those that were applied.
    pub(crate) fn is_only_comments(&self) -> bool {
        matches!(self, Self::Modified { change: Some(ModifiedAt::OnlyComments), .. })
    }

    /// Adds to a refusal of a modified migration where its text differs.
    pub(crate) fn with_change(self, found: Option<(FirstChange, Option<Place>)>) -> Self {
        match self {
            Self::Modified { version, description, script, recorded, others, was, moved, .. } => {
                let change = found.and_then(|(change, place)| match (change, place) {
                    (FirstChange::OnlyComments, _) => Some(ModifiedAt::OnlyComments),
                    (FirstChange::Statement(at), Some(place)) => Some(ModifiedAt::Statement(at + 1, place)),
                    (FirstChange::Removed(at), _) => Some(ModifiedAt::Removed(at + 1)),
                    (FirstChange::Statement(_), None) => None,
                });
                Self::Modified { version, description, script, recorded, others, change, was, moved }
            }
            other => other,
        }
    }
}

fn list(versions: &[Version]) -> String {
    listed(versions, 10)
}

fn noun(versions: &[Version]) -> &'static str {
    if versions.len() == 1 { "version" } else { "versions" }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Modified { version, description, script, recorded, others, change, was, moved } => {
                let is_comment = matches!(change, Some(ModifiedAt::OnlyComments));
                let error = modified(version, &description, &script, &recorded, &others, change);
                if is_comment && was.is_none() && moved.is_none() {
                    comment(error)
                } else {
                    way_out(error, version, &script, was.as_deref(), moved)
                }
            }
            Refusal::NewerDatabase { versions, last_file, back_to, stuck } => {
                newer(&versions, last_file, back_to, stuck)
            }
            Refusal::OutOfOrder { pending, applied } => Error::new(
                Code::OutOfOrder,
                format!(
                    "migration {} {} is pending, but {} {} was applied already",
                    pending.0, pending.1, applied.0, applied.1
                ),
            )
            .with_hint(format!("give it a version above {}: `schemactl new` picks one", applied.0))
            .with_hint(Hint::from("or apply it late on purpose: ").setting(Setting::LATE))
            .with_hint(format!(
                "or, where what it makes is there already, as `schemactl diff` tells: `schemactl repair --mark-applied {}`",
                pending.0
            )),
            Refusal::Missing { versions, description, moved } => missing(&versions, &description, moved),
            Refusal::PartialEdited { version, description, done, statement, place } => {
                partial_edited(version, &description, done, statement).with_place(place)
            }
            Refusal::Partial { version, description, done: (done, of) } => Error::new(
                Code::Partial,
                format!("migration {version} {description} is partly applied: {} done", part_is(done, of, "statement")),
            )
            .with_hint("finish it first: `schemactl up` goes on where it stopped")
            .with_hint(format!("or, once what was done is undone by hand: `schemactl repair --forget {version}`")),
            Refusal::Reverting { version, description } => {
                Error::new(Code::Partial, format!("migration {version} {description} is partly taken back"))
                    .with_hint("finish that first: `schemactl down --steps 1` goes on where it stopped")
            }
            Refusal::NoDown { version, description, is_here } => no_down(version, &description, is_here),
            Refusal::Irreversible { version, description, reason } => irreversible(version, &description, &reason),
        }
        .with_state("nothing was changed")
    }
}

fn modified(
    version: Version,
    description: &str,
    script: &Script,
    recorded: &str,
    others: &[Version],
    change: Option<ModifiedAt>,
) -> Error {
    let mut error =
        Error::new(Code::Modified, format!("migration {version} {description} was changed after it was applied"));
    error = match change {
        Some(ModifiedAt::OnlyComments) => error
            .with_place(Place::whole(script.path()))
            .with_cause("every statement is as it was: only comments or white space changed"),
        Some(ModifiedAt::Statement(number, place)) => {
            error.with_place(place).with_cause(format!("statement {number} is not the one that was applied"))
        }
        Some(ModifiedAt::Removed(number)) => error
            .with_place(Place::whole(script.path()))
            .with_cause(format!("the file ends before statement {number}, which was applied")),
        None => error
            .with_place(Place::whole(script.path()))
            .with_cause(format!("its checksum is {}, recorded is {recorded}", script.checksum())),
    };
    if !others.is_empty() {
        error = error.with_hint(format!("{} {} changed too", noun(others), list(others)));
    }
    error
}

/// No statement changed: nothing is to be done again, neither here nor elsewhere.
fn comment(error: Error) -> Error {
    error
        .with_hint("record the file as it is now: `schemactl repair --checksums`; or put it back as it was")
        .with_hint(Hint::from("to let such edits pass from now on, everywhere: ").setting(Setting::COMMENTS))
}

/// What leads from a modified migration to a database that is right. Two branches may have given one version, or a file another number.
fn way_out(
    error: Error,
    version: Version,
    script: &Script,
    was: Option<&str>,
    moved: Option<(Version, String)>,
) -> Error {
    match (moved, was) {
        (Some(moved), _) => renumbered(error, version, moved)
            .with_hint(
                Hint::from(format!("the file that has version {version} now was never applied: give it the next free version, or let `up` apply it though it is late: "))
                    .setting(Setting::LATE),
            ),
        (None, Some(was)) => error
            .with_hint(format!("it was applied as {version} {was}: two branches may have given one version to two migrations"))
            .with_hint(format!(
                "bring the file of {version} {was} back, and give {} the next free version; `schemactl up` applies it then",
                file_name(script.path())
            ))
            .with_hint(
                "or, where it is the same migration under another name, and the database is as the file says: `schemactl repair --checksums`",
            ),
        (None, None) => error
            .with_hint("put the file back as it was, and make the change in a new migration: `schemactl new`")
            .with_hint("or, if the database already is as the file says: `schemactl repair --checksums`"),
    }
}

/// As it is called, with the zeros that it may have.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn renumbered(error: Error, version: Version, (to, description): (Version, String)) -> Error {
    error
        .with_hint(format!(
            "what was applied as {version} has the version {to} now: {description}; give it the version {version} again"
        ))
        .with_hint(format!(
            "or, where no version between them needs it, record that: `schemactl repair --forget {version} --mark-applied {to}`, then \
             `schemactl up`"
        ))
}

fn missing(versions: &[Version], description: &str, moved: Option<(Version, String)>) -> Error {
    let error = Error::new(
        Code::Missing,
        match versions {
            [version] => format!("migration {version} {description} was applied, but the files do not have it"),
            _ => format!("versions {} were applied, but the files do not have them", list(versions)),
        },
    );
    match moved {
        Some(moved) => renumbered(error, versions[0], moved),
        None => error
            .with_hint(format!(
                "bring the file of {} {description} back, for example with the merge or release that is missing here",
                versions[0]
            ))
            .with_hint(format!(
                "or, where what it did was undone by hand, remove it from the history: `schemactl repair --forget {}`",
                versions[0]
            )),
    }
}

fn partial_edited(version: Version, description: &str, done: usize, statement: Option<usize>) -> Error {
    let statements = count(done, "statement");
    let edited = match statement {
        Some(statement) => format!("statement {statement}, which was done, has been edited since"),
        None => "one of them has been edited since".to_owned(),
    };
    Error::new(
        Code::PartialEdited,
        format!("migration {version} {description} stopped after {statements}, and {edited}"),
    )
    .with_hint("put the statements that were done back as they were; what comes after them may change")
    .with_hint(format!("or finish it by hand and record that: `schemactl repair --mark-applied {version}`"))
}

/// A down alone, without the file that it belongs to, is refused.
fn no_down(version: Version, description: &str, is_here: bool) -> Error {
    let error = Error::new(Code::NoDown, format!("migration {version} {description} has no down"));
    if is_here {
        return error.with_hint(
            "`schemactl generate` writes one; or write it by hand beside its file, ending in .down.sql: `schemactl down` takes it from there",
        );
    }
    error
        .with_hint(format!(
            "neither the database nor the files have one: bring the file of {version} {description} back with its .down.sql, or let \
             `schemactl generate` write that; `schemactl down` takes it from there"
        ))
        .with_hint(format!("or undo by hand what it did, then remove it from the history: `schemactl repair --forget {version}`"))
}

fn newer(versions: &[Version], last_file: Option<Version>, back_to: Option<Version>, stuck: Option<String>) -> Error {
    let known = last_file.map_or("there are no files".to_owned(), |last| format!("the files end at {last}"));
    let error =
        Error::new(Code::NewerDatabase, format!("the database has {} {}, but {known}", noun(versions), list(versions)))
            .with_hint("run the newer release, which knows them");
    let is_stuck = stuck.is_some();
    let error = match stuck {
        Some(stuck) => error.with_cause(stuck),
        None => error.with_hint(format!(
            "or go back to this one: `schemactl down --to {}` runs the downs that are stored in the database",
            back_to.map_or(0, Version::get)
        )),
    };
    let (lost, undone) = if versions.len() == 1 { ("a lost file", "the change") } else { ("lost files", "all of it") };
    let error = error.with_hint(format!(
        "or bring {lost} back; where {undone} was undone by hand: `schemactl repair {}`",
        repeated("--forget", versions)
    ));
    if is_stuck {
        // Going on is allowed only over what can be taken back.
        return error;
    }
    error.with_hint(
        Hint::from("or, while a newer release replaces this one step by step, let this one run: ")
            .setting(Setting::NEWER),
    )
}

fn irreversible(version: Version, description: &str, reason: &str) -> Error {
    let mut error =
        Error::new(Code::Irreversible, format!("migration {version} {description} was declared irreversible"));
    if !reason.is_empty() {
        error = error.with_cause(reason);
    }
    error.with_hint("restore a backup, or write a new migration that goes forward to the schema you want")
}
