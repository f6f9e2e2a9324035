use std::path::Path;

use super::args::GenerateArgs;
use super::check::modified;
use super::context::{Context, Failure, Reply, folder_name, project};
use super::prove::{Prover, known, record, view};
use crate::config::{LOCK_FILE_NAME, Project, Source};
use crate::error::{Code, Error, Place, Result};
use crate::prove::{Given, Known, Outcome, Proof};
use crate::report::{Body, GenerateDocument, LockChangeView, ProofView, count};
use crate::source::{LockDifference, LockFile, Migrations, Which, replace};

pub(super) fn run(context: &Context, arguments: &GenerateArgs) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let path = project.lock_file();
    let old = LockFile::read(&path)?;
    let mut lock = old.clone().unwrap_or_default();
    let sources = project.sources()?;
    if !arguments.accept_modified {
        refuse_modified(&update(&sources, &mut lock.clone())?)?;
    }
    let mut written = Written::default();
    let prover = Prover::new(context, &project);
    for source in &sources {
        written.source(&prover, source, arguments, &lock)?;
    }
    let changes = update(&sources, &mut lock)?;
    for (source, migrations, proofs) in &written.proofs {
        record(&mut lock, source, migrations, proofs);
    }
    forget_strangers(&project, &mut lock);
    let is_new = old.as_ref() != Some(&lock);
    if is_new {
        lock.write(&path)?;
    }
    let changes: Vec<_> = changes.iter().map(|(source, difference)| LockChangeView::of(source, difference)).collect();
    for change in &changes {
        context.output.data(change.line());
    }
    written.downs.iter().for_each(|down| context.output.data(down.written()));
    let summary =
        if is_new { format!("{LOCK_FILE_NAME} is written: ") } else { format!("{LOCK_FILE_NAME} is up to date: ") };
    context.output.data(summary + &count(lock.iter().count(), "migration"));
    let (lock_file, downs) = (path.display().to_string(), written.downs);
    let body = Body::Generate(GenerateDocument { lock_file, written: is_new, changes, downs });
    Ok(Reply::new(body).or(written.failure.map(|error| Failure::new(error, None))))
}

fn update(sources: &[Source], lock: &mut LockFile) -> Result<Vec<(Source, LockDifference)>> {
    let mut changes = Vec::new();
    for source in sources {
        let migrations = Migrations::read(&source.migrations)?;
        let differences = lock.update(source.database.as_deref(), source.dialect, &migrations);
        changes.extend(differences.into_iter().map(|difference| (source.clone(), difference)));
    }
    Ok(changes)
}

/// The downs that were written, and what was proven for it.
#[derive(Default)]
struct Written {
    downs: Vec<ProofView>,
    proofs: Vec<(Source, Migrations, Vec<Proof>)>,
    /// Why not all could be.
    failure: Option<Error>,
}

impl Written {
    /// Writes the missing downs of a folder. Where nothing is missing and nothing changed, nothing is proven.
    fn source(
        &mut self,
        prover: &Prover<'_>,
        source: &Source,
        arguments: &GenerateArgs,
        lock: &LockFile,
    ) -> Result<()> {
        let migrations = Migrations::read(&source.migrations)?;
        let mut is_missing = arguments.force && !migrations.is_empty();
        for migration in &migrations {
            is_missing |= migration.down().is_none() && migration.irreversible()?.is_none();
        }
        let is_known = lock.is_proven(source.database.as_deref(), source.dialect, &migrations);
        if !is_missing && is_known {
            return Ok(());
        }
        let given = if arguments.force { Given::Replace } else { Given::Prove };
        // What was derived anew is a new text: nothing is known of it.
        let known = if arguments.force { Known::new() } else { known(lock, source, &migrations) };
        let proofs = match prover.prove(source, &migrations, given, &known) {
            Ok(proofs) => proofs,
            Err(error) if error.code() == Code::Interrupted => return Err(error),
            Err(error) => {
                // The other folders have nothing to do with a server that cannot be reached.
                let message = format!("{}: no down could be derived: {error}", folder_name(source));
                self.failure.get_or_insert(error.with_message(message));
                return Ok(());
            }
        };
        for proof in &proofs {
            self.down(source, &migrations, proof)?;
        }
        self.proofs.push((source.clone(), Migrations::read(&source.migrations)?, proofs));
        Ok(())
    }

    fn down(&mut self, source: &Source, migrations: &Migrations, proof: &Proof) -> Result<()> {
        let Some(migration) = migrations.get(proof.version) else { return Ok(()) };
        match &proof.outcome {
            Outcome::Derived { file } => {
                let path = migration.up().path();
                let path = format!("{}.down.sql", path.strip_suffix(".sql").unwrap_or(path));
                replace(Path::new(&path), file)
                    .map_err(|cause| Error::io(Code::Io, format!("{path} cannot be written"), cause))?;
            }
            Outcome::Wrong { .. } | Outcome::Failed(_) => {
                let message = format!("{}: not every migration can be taken back", folder_name(source));
                let hint =
                    "`schemactl prove` shows what is wrong with a down that was written by hand; `--force` replaces it";
                self.failure.get_or_insert_with(|| Error::new(Code::NoDown, message).with_hint(hint));
            }
            Outcome::Skipped => {}
            _ => return Ok(()),
        }
        self.downs.extend(view(source, migrations, proof));
        Ok(())
    }
}

/// Entries of databases that schema.toml has no longer. Without one there is nothing to compare with.
fn forget_strangers(project: &Project, lock: &mut LockFile) {
    if project.file().is_some() {
        lock.retain(|database, dialect| project.has(database, dialect));
    }
}

/// What is locked may be applied somewhere: such a database would refuse the changed text.
fn refuse_modified(changes: &[(Source, LockDifference)]) -> Result<()> {
    let mut refused = changes.iter().filter_map(|(source, difference)| match difference {
        LockDifference::Modified { file, which: Which::Up, .. } => Some((source, file, "was changed")),
        LockDifference::Removed { file, .. } => Some((source, file, "was removed")),
        _ => None,
    });
    let Some((source, file, what)) = refused.next() else { return Ok(()) };
    let others = refused.count();
    let more = if others > 0 {
        format!(", and {} more were changed or removed", count(others, "file"))
    } else {
        String::new()
    };
    let message = format!("{}: {file} {what} since it was locked{more}", folder_name(source));
    let error = Error::new(Code::Modified, message)
        .with_place(Place::whole(source.migrations.join(file).display().to_string()))
        .with_state(format!("{LOCK_FILE_NAME} is as it was"));
    Err(modified(error))
}
