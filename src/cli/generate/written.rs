//! The downs that were written, and what was shown for it.

use std::path::Path;

use super::chosen::{ChosenDowns, was_given_up};
use crate::cli::args::{Accepted, GenerateArgs};
use crate::cli::context::{folder_name, read};
use crate::cli::prove::{FolderProver, known, untried, view};
use crate::config::MigrationSource;
use crate::error::{Code, Error, Place, Result};
use crate::prove::{ExistingDowns, Outcome, Proof};
use crate::report::ProofView;
use crate::source::GENERATED;
use crate::source::{LockFile, LockKey, Migration, Migrations, ProofShown, Verdict, replace};
use crate::version::Version;

pub(super) struct WrittenDowns {
    /// What is typed to write the rest: what is in schema.lock and was changed is accepted again.
    again: String,
    pub(super) downs: Vec<ProofView>,
    pub(super) folders: Vec<ProvenFolder>,
    /// Why not all could be.
    pub(super) failure: Option<Error>,
}

/// A folder of migrations, and what proving it showed.
pub(super) struct ProvenFolder {
    pub(super) source: MigrationSource,
    /// As they are now.
    pub(super) migrations: Migrations,
    pub(super) proofs: Vec<Proof>,
    /// What is not among the proofs.
    others: ProofShown,
}

impl ProvenFolder {
    pub(super) fn shown(&self, version: Version) -> ProofShown {
        let Some(at) = self.proofs.iter().position(|proof| proof.version == version) else { return self.others };
        if self.proofs[..at].iter().any(|proof| matches!(proof.outcome, Outcome::Failed(_))) {
            // It was proven on a ground that lacks something.
            return ProofShown::NotTried;
        }
        match self.proofs[at].outcome {
            Outcome::Wrong { .. } => ProofShown::Wrong,
            Outcome::Failed(_) => ProofShown::NotTried,
            Outcome::Known { .. } | Outcome::Derived { .. } | Outcome::Given | Outcome::Declared | Outcome::Skipped => {
                ProofShown::Holds
            }
        }
    }
}

impl WrittenDowns {
    pub(super) fn new(arguments: &GenerateArgs) -> Self {
        Self { again: again(arguments), downs: Vec::new(), folders: Vec::new(), failure: None }
    }

    /// Writes the missing downs of a folder. Where nothing is missing and nothing changed, nothing is proven.
    pub(super) fn source(
        &mut self,
        prover: &FolderProver<'_>,
        source: &MigrationSource,
        chosen: &ChosenDowns,
        lock: &LockFile,
    ) -> Result<()> {
        let migrations = read(&source.migrations)?;
        let (mut without, mut is_missing) = (Vec::new(), false);
        for migration in &migrations {
            is_missing |= migration.down().is_none() && migration.irreversible()?.is_none();
            if chosen.has(source, migration.version())
                || was_given_up(migration)?
                || is_of_another_up(source, lock, migration)
            {
                without.push(migration.version());
            }
        }
        let is_known = lock.is_proven(source.database.as_deref(), source.dialect, &migrations);
        let mut folder =
            ProvenFolder { source: source.clone(), migrations, proofs: Vec::new(), others: ProofShown::Holds };
        if is_missing || !is_known || !without.is_empty() {
            folder.others = ProofShown::NotTried;
            // What is derived anew is a new text: nothing is known of it.
            let mut known = known(lock, source, &folder.migrations);
            known.retain(|version, _| !without.contains(version));
            let given = if matches!(chosen, ChosenDowns::All) { ExistingDowns::Replace } else { ExistingDowns::Prove };
            match prover.prove(source, &folder.migrations.without_downs(&without), given, &known) {
                Ok(proofs) => folder.proofs = proofs,
                Err(error) if error.code() == Code::Interrupted => return Err(error),
                Err(error) => self.fail(|| {
                    // The other folders have nothing to do with a server that cannot be reached.
                    let message = format!("{}: no down could be derived: {error}", folder_name(source));
                    error.with_message(message)
                }),
            }
            for proof in &folder.proofs {
                self.down(source, &folder.migrations, proof)?;
            }
            folder.migrations = read(&source.migrations)?;
        }
        self.folders.push(folder);
        Ok(())
    }

    fn fail(&mut self, error: impl FnOnce() -> Error) {
        self.failure.get_or_insert_with(error);
    }

    fn down(&mut self, source: &MigrationSource, migrations: &Migrations, proof: &Proof) -> Result<()> {
        let Some(migration) = migrations.get(proof.version) else { return Ok(()) };
        let again = self.again.clone();
        match &proof.outcome {
            Outcome::Derived { file } => {
                if matches!(proof.verdict, Some(Verdict::Irreversible(_))) && migration.down().is_some() {
                    self.no_other(source, migration, proof);
                    return Ok(());
                }
                let path = down_path(migration);
                replace(Path::new(&path), file)
                    .map_err(|cause| Error::io(Code::Io, format!("{path} cannot be written"), cause))?;
            }
            Outcome::Wrong { .. } => self.fail(|| {
                let message = format!("{}: the down of {migration} is wrong: it is not entered", folder_name(source));
                let down = migration.down().unwrap_or(migration.up()).path();
                Error::new(Code::NoDown, message)
                    .with_place(Place::whole(down.to_owned()))
                    .with_hint("`schemactl prove` shows what it leaves to be done")
                    .with_hint(format!("or let another be written in its place: `{again} {down}`"))
            }),
            Outcome::Failed(error) => self.fail(|| {
                let message = format!("{}: the up of {migration} does not run", folder_name(source));
                let failed = Error::new(Code::StatementFailed, message)
                    .with_state("neither it nor what comes after it is entered in schema.lock")
                    .with_hint(format!("correct it, then run `{again}` again"));
                let failed = failed.with_cause(error.cause().map_or_else(|| error.to_string(), str::to_owned));
                error.place().cloned().into_iter().fold(failed, Error::with_place)
            }),
            Outcome::Skipped => {}
            _ => return Ok(()),
        }
        self.downs.extend(view(source, migrations, proof));
        Ok(())
    }

    /// A down is there, and none could be derived to take its place. One that said so already keeps its words.
    fn no_other(&mut self, source: &MigrationSource, migration: &Migration, proof: &Proof) {
        let Some(down) = migration.down().filter(|down| !down.text().contains(GENERATED)) else { return };
        let reasons = proof.verdict.as_ref().map(Verdict::reasons).unwrap_or_default().join("; ");
        self.fail(|| {
            let message = format!("{}: no down of {migration} could be derived", folder_name(source));
            Error::new(Code::NoDown, message)
                .with_place(Place::whole(down.path().to_owned()))
                .with_cause(reasons)
                .with_state("the one that was written by hand is as it was, and not proven")
                .with_hint("`schemactl prove` shows what is wrong with it")
        });
    }

    /// What was not tried, one line for each folder.
    pub(super) fn left_out(&self) -> Vec<String> {
        self.folders.iter().filter_map(|folder| untried(&folder.migrations, &folder.proofs)).collect()
    }
}

/// What was typed, without what was named to be written anew.
fn again(arguments: &GenerateArgs) -> String {
    let mut versions = Vec::new();
    for accepted in &arguments.accept_modified {
        match accepted {
            Accepted::All => return "schemactl generate --accept-modified".to_owned(),
            Accepted::One(version) => versions.push(version.to_string()),
        }
    }
    let accepts =
        if versions.is_empty() { String::new() } else { format!(" --accept-modified={}", versions.join(",")) };
    format!("schemactl generate{accepts}")
}

fn down_path(migration: &Migration) -> String {
    let path = migration.up().path();
    format!("{}.down.sql", path.strip_suffix(".sql").unwrap_or(path))
}

/// Whether a down was generated for an up that was another one then, and is as it was written: its head says what that one did.
fn is_of_another_up(source: &MigrationSource, lock: &LockFile, migration: &Migration) -> bool {
    let key = LockKey { database: source.database.clone(), dialect: source.dialect, version: migration.version() };
    let (Some(entry), Some(down)) = (lock.get(&key), migration.down()) else { return false };
    entry.up != migration.up().checksum() && entry.down == Some(down.checksum()) && down.text().contains(GENERATED)
}
