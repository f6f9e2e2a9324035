#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(unused_variables, reason = "there is nothing to prove on")
)]

mod folder;

use super::args::ProveArgs;
use super::context::{CommandFailure, Context, Reply, project, read};
#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
use super::database::not_built_in;
#[cfg(feature = "postgres")]
use super::database::{scratch, scratch_target, settings};
use super::runtime;
use crate::catalog::Stamp;
#[cfg(feature = "postgres")]
use crate::config::DatabaseTarget;
use crate::config::{MigrationSource, Options, Project, UndoPolicy};
use crate::error::{Code, Error, Result};
#[cfg(feature = "postgres")]
use crate::interrupt::Interrupt;
use crate::prove::{ExistingDowns, Known, Outcome, Proof, Proven};
use crate::report::{ProofView, ProveDocument, ReplyBody, count};
use crate::source::{LockFile, Migration, Migrations};
use crate::sql::Dialect;
use crate::transfer::MappedTable;

pub(super) fn run(context: &Context, arguments: &ProveArgs) -> Result<Reply> {
    match &arguments.folder {
        Some(folder) => folder::run(context, folder, arguments),
        None => selected(context, arguments.all),
    }
}

/// Proves what is selected and not known from schema.lock, or all of it, and enters in schema.lock what it showed.
fn selected(context: &Context, all: bool) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let path = project.lock_file();
    let mut lock = LockFile::read(&path)?;
    let mut document = ProveDocument::default();
    let prover = FolderProver::new(context, &project, WithRecord::Yes);
    let mut not_tried = 0;
    for source in project.sources()? {
        let migrations = read(&source.migrations)?;
        if migrations.is_empty() {
            continue;
        }
        let known = lock.as_ref().filter(|_| !all).map(|lock| known(lock, &source, &migrations)).unwrap_or_default();
        if known.len() == migrations.len() {
            // No server is needed to say so.
            let of =
                |migration: &Migration| ProofView::unchanged(&source, migration, &known[&migration.version()].verdict);
            document.proofs.extend(migrations.iter().map(of));
            continue;
        }
        let proofs = prover.prove(&source, &migrations, ExistingDowns::Prove, &known)?;
        if let Some(lock) = &mut lock {
            record(lock, &source, &migrations, &proofs);
        }
        let views: Vec<_> = proofs.iter().filter_map(|proof| view(&source, &migrations, proof)).collect();
        views.iter().filter(|view| !view.is_known()).for_each(|view| context.output.data(view.text()));
        document.proofs.extend(views);
        untried(&migrations, &proofs).into_iter().for_each(|line| context.output.data(line));
        not_tried += migrations.len() - proofs.len();
    }
    if let Some(lock) = lock {
        lock.write(&path)?;
    }
    document.count(not_tried);
    context.output.data(document.summary());
    let failure = (document.findings > 0).then(|| {
        let message = format!("{} cannot be taken back as the files say", count(document.findings, "migration"));
        let error = Error::new(Code::CheckFailed, message);
        let wrong = document.proofs.iter().find(|proof| proof.down == "wrong");
        let error = wrong.into_iter().fold(error, |error, proof| {
            let file = &proof.file;
            error.with_hint(format!("mend {file}, or let another be written in its place: `schemactl generate {file}`"))
        });
        let failed = document.proofs.iter().find(|proof| proof.down == "failed");
        let error = failed.into_iter().fold(error, |error, proof| error.with_hint(format!("mend {}", proof.file)));
        CommandFailure::new(error, None)
    });
    Ok(Reply::new(ReplyBody::Prove(document)).or(failure))
}

pub(super) fn view(source: &MigrationSource, migrations: &Migrations, proof: &Proof) -> Option<ProofView> {
    Some(ProofView::of(source, migrations.get(proof.version)?, proof))
}

/// Says how many migrations had no ground to be tried on.
pub(super) fn untried(migrations: &Migrations, proofs: &[Proof]) -> Option<String> {
    let is_failed = |proof: &&Proof| matches!(proof.outcome, Outcome::Failed(_));
    let failed = proofs.iter().find(is_failed).filter(|_| proofs.len() < migrations.len())?;
    let failed = migrations.get(failed.version)?;
    let rest = count(migrations.len() - proofs.len(), "migration");
    Some(format!("not tried: {rest}, since the up of {failed} does not run"))
}

/// Proves the migrations of folders on scratch databases.
pub(super) struct FolderProver<'a> {
    context: &'a Context,
    project: &'a Project,
    with_record: WithRecord,
}

/// Whether downs are also proven as databases keep what their ups do to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithRecord {
    Yes,
    /// The migrations are another tool's, which keeps nothing.
    No,
}

impl<'a> FolderProver<'a> {
    pub(super) fn new(context: &'a Context, project: &'a Project, with_record: WithRecord) -> Self {
        Self { context, project, with_record }
    }

    pub(super) fn project(&self) -> &Project {
        self.project
    }

    /// The tables that migrations make; `None` where one of them does not run.
    pub(super) fn tables(&self, source: &MigrationSource, migrations: &Migrations) -> Result<Option<Vec<MappedTable>>> {
        match source.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let setup = self.project.scratch_setup(source)?;
                let scratch = crate::down::sqlite::SqliteScratch::open_on(setup.as_deref())?;
                runtime::block_on(async { tables(scratch, migrations).await })
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => runtime::block_on(async {
                Box::pin(tables(scratch(self.context.interrupt(), self.project, source).await?, migrations)).await
            }),
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            dialect => Err(not_built_in(dialect)),
        }
    }

    /// The options under which the proof tries what a database keeps.
    fn settled(&self, options: Options) -> Options {
        match self.with_record {
            WithRecord::Yes => options,
            WithRecord::No => options.undo(UndoPolicy::None),
        }
    }

    pub(super) fn prove(
        &self,
        source: &MigrationSource,
        migrations: &Migrations,
        given: ExistingDowns,
        known: &Known,
    ) -> Result<Vec<Proof>> {
        match source.dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let options = self.settled(self.project.options(source)?);
                sqlite(self.project.scratch_setup(source)?.as_deref(), &options, migrations, given, known)
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                let mut target = scratch_target(self.project, source)?;
                target.options = self.settled(target.options);
                postgres(&target, self.context.interrupt(), migrations, given, known)
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            dialect => Err(not_built_in(dialect)),
        }
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(
    setup: Option<&crate::source::Script>,
    options: &Options,
    migrations: &Migrations,
    given: ExistingDowns,
    known: &Known,
) -> Result<Vec<Proof>> {
    use crate::down::sqlite::SqliteScratch;

    let bench = crate::prove::Prover::new(SqliteScratch::open_on(setup)?, SqliteScratch::open_on(setup)?);
    let mut bench = bench.recording(options);
    let mut proofs = runtime::block_on(async { bench.prove(migrations, given, known).await })?;
    let (clean, _) = bench.into_parts();
    if let Some(last) = proofs.last_mut() {
        last.notes.extend(clean.stood_in()?);
    }
    Ok(proofs)
}

#[cfg(feature = "postgres")]
fn postgres(
    target: &DatabaseTarget,
    interrupt: &Interrupt,
    migrations: &Migrations,
    given: ExistingDowns,
    known: &Known,
) -> Result<Vec<Proof>> {
    let options = target.options.clone().interrupt(interrupt.clone());
    runtime::block_on(async {
        Box::pin(crate::prove::postgres::prove(settings(target)?, &options, migrations, given, known)).await
    })
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
async fn tables<S>(mut scratch: S, migrations: &Migrations) -> Result<Option<Vec<MappedTable>>>
where
    S: crate::down::Scratch<Snapshot: crate::transfer::MappedTables>,
{
    let made = crate::prove::made_by(&mut scratch, migrations).await;
    let closed = scratch.close().await;
    let made = made?;
    closed?;
    Ok(made.as_ref().map(crate::transfer::MappedTables::tables))
}

/// What schema.lock says of migrations whose texts are those that it is about.
pub(super) fn known(lock: &LockFile, source: &MigrationSource, migrations: &Migrations) -> Known {
    let of = |migration: &Migration| {
        let entry = lock.proven(source.database.as_deref(), source.dialect, migration)?;
        let (before, after) = (Stamp::parse(entry.before.as_deref()?), Stamp::parse(entry.after.as_deref()?));
        Some((migration.version(), Proven { verdict: entry.verdict.clone()?, before, after }))
    };
    migrations.iter().filter_map(of).collect()
}

/// Enters verdicts and fingerprints for texts that are those of schema.lock.
pub(super) fn record(lock: &mut LockFile, source: &MigrationSource, migrations: &Migrations, proofs: &[Proof]) {
    // What was proven without an earlier migration is proven again once that one runs.
    let standing = proofs.iter().position(|proof| matches!(proof.outcome, Outcome::Failed(_)));
    let proofs = &proofs[..standing.map_or(proofs.len(), |failed| failed + 1)];
    for proof in proofs {
        let Some(migration) = migrations.get(proof.version) else { continue };
        let Some(entry) = lock.entry_mut(source.database.as_deref(), source.dialect, proof.version) else { continue };
        if matches!(proof.outcome, Outcome::Known { .. }) {
            // An earlier release of schemactl did not say which server words it.
            if entry.after.as_deref().is_none_or(|after| Stamp::parse(after).is_of_any_release()) {
                (entry.before, entry.after) = (Some(proof.before.to_string()), Some(proof.after.to_string()));
            }
            continue;
        }
        let down = migration.down().map(crate::source::Script::checksum);
        if entry.up != migration.up().checksum() || entry.down != down {
            continue;
        }
        let is_proven = matches!(proof.outcome, Outcome::Given | Outcome::Declared)
            || matches!(proof.outcome, Outcome::Derived { .. }) && down.is_some();
        entry.verdict = proof.verdict.clone().filter(|_| is_proven);
        let ran = !matches!(proof.outcome, Outcome::Failed(_));
        entry.before = ran.then(|| proof.before.to_string());
        entry.after = ran.then(|| proof.after.to_string());
    }
}
