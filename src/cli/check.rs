mod files;
mod history;
mod lock;
mod map;

pub(super) use lock::{is_refused, modified, removed};

use self::history::FoundInDatabase;
use self::map::Mapped;
use super::args::CheckArgs;
use super::context::{CommandFailure, Context, Reply, project, read_all};
use super::drift::Looker;
use super::prove::{FolderProver, WithRecord};
use super::runtime;
use crate::config::{DatabaseTarget, MigrationSource};
use crate::error::{Code, Error, Place, Result};
use crate::prove::{ExistingDowns, Known, Outcome, Proof};
use crate::report::{CheckDocument, CheckView, ErrorView, MapView, ReplyBody, count, findings};
use crate::source::{LockFile, Migrations};
use crate::version::Version;

pub(super) fn run(context: &Context, arguments: &CheckArgs) -> Result<Reply> {
    let overrides = context.global.overrides(None)?;
    let project = project(&overrides)?;
    let sources = project.sources()?;
    let targets = if arguments.online || overrides.backend.is_some() { project.targets()? } else { Vec::new() };
    let mut found = CheckFindings::default();
    let lock = lock::read(&project, &mut found.of_lock);
    for source in &sources {
        found.folders.push(folder(source, lock.as_ref()));
    }
    if overrides.databases.is_empty() && overrides.backend.is_none() {
        lock::strangers(&project, lock.as_ref(), &mut found.of_lock);
    }
    let has_migrations = found.folders.iter().any(|folder| folder.migrations > 0);
    if lock.is_none() && found.of_lock.is_empty() && has_migrations && project.file().is_some() {
        found.of_lock.push(lock::missing(&project));
    }
    if arguments.prove {
        let prover = FolderProver::new(context, &project, WithRecord::Yes);
        found.folders.iter_mut().for_each(|folder| folder.prove(&prover, &arguments.allow));
        found.maps = map::check(&prover, &sources);
    }
    let looker = Looker::new(context, &project);
    runtime::block_on(async {
        for target in &targets {
            found.database(&looker, target).await;
        }
        Ok(())
    })?;
    Ok(found.reply(context))
}

/// What was found.
#[derive(Default)]
struct CheckFindings {
    /// Of schema.lock as a whole.
    of_lock: Vec<Error>,
    folders: Vec<CheckedFolder>,
    maps: Vec<Mapped>,
}

/// What was found in a folder of migrations, or in the database that it is for.
struct CheckedFolder {
    source: MigrationSource,
    migrations: usize,
    url: Option<String>,
    findings: Vec<Error>,
    warnings: Vec<String>,
}

/// Checks the files of a folder.
fn folder(source: &MigrationSource, lock: Option<&LockFile>) -> CheckedFolder {
    let (migrations, mut findings) = match read_all(&source.migrations) {
        Ok(read) => read,
        Err(error) => (Migrations::EMPTY, vec![error]),
    };
    let complete = findings.is_empty();
    findings.extend(files::findings(source.dialect, &migrations));
    if let Some(lock) = lock {
        findings.extend(lock::findings(lock, source, &migrations, complete));
    }
    let warnings = Vec::new();
    CheckedFolder { source: source.clone(), migrations: migrations.len(), url: None, findings, warnings }
}

impl CheckedFolder {
    /// Proves every down. What makes a file unreadable is a finding already.
    fn prove(&mut self, prover: &FolderProver<'_>, allowed: &[Version]) {
        let Ok(migrations) = Migrations::read(&self.source.migrations) else { return };
        if migrations.is_empty() {
            return;
        }
        match prover.prove(&self.source, &migrations, ExistingDowns::Prove, &Known::new()) {
            Ok(proofs) => {
                self.findings.extend(proofs.into_iter().flat_map(|proof| of_proof(&migrations, proof, allowed)));
            }
            Err(error) => self.findings.push(error),
        }
    }
}

/// All that is found about a migration. What could not be tried is allowed by its version.
fn of_proof(migrations: &Migrations, mut proof: Proof, allowed: &[Version]) -> Vec<Error> {
    let Some(migration) = migrations.get(proof.version) else { return Vec::new() };
    let down = migration.down().unwrap_or(migration.up()).path().to_owned();
    let undeclared = std::mem::take(&mut proof.undeclared);
    let untried = std::mem::take(&mut proof.untried);
    let mut found = Vec::new();
    if !undeclared.is_empty() {
        let error =
            Error::new(Code::WrongDown, format!("the down of {migration} loses what its head does not declare"));
        let hint = "declare it in the head of the down, or change the down so that these rows stay as they are";
        found.push(error.with_place(Place::whole(down)).with_cause(undeclared.join("; ")).with_hint(hint));
    }
    if !untried.is_empty() && !allowed.contains(&proof.version) {
        let error = Error::new(Code::Untried, format!("{migration} could not be tried over rows as users have them"));
        let hint =
            format!("`schemactl check --prove --allow {}` passes it, once somebody has looked at it", proof.version);
        let place = Place::whole(migration.up().path().to_owned());
        found.push(error.with_place(place).with_cause(untried.join("; ")).with_hint(hint));
    }
    found.extend(finding(migrations, proof));
    found
}

/// A down that is wrong, or an up that does not run.
fn finding(migrations: &Migrations, proof: Proof) -> Option<Error> {
    let migration = migrations.get(proof.version)?;
    match proof.outcome {
        Outcome::Wrong { reasons, .. } => {
            let path = migration.down().unwrap_or(migration.up()).path().to_owned();
            let error = Error::new(Code::WrongDown, format!("the down of {migration} does not restore what was"));
            let hint = format!(
                "`schemactl prove` shows the SQL that it leaves to be done; `schemactl generate {path}` writes another"
            );
            Some(error.with_place(Place::whole(path)).with_cause(reasons.join("; ")).with_hint(hint))
        }
        Outcome::Failed(error) => Some(error),
        _ => None,
    }
}

impl CheckFindings {
    /// Compares the history of a database with its files.
    async fn database(&mut self, looker: &Looker<'_>, target: &DatabaseTarget) {
        let found = history::look_at(looker, target).await;
        let FoundInDatabase { findings, warnings } =
            found.unwrap_or_else(|error| FoundInDatabase { findings: vec![error], ..FoundInDatabase::default() });
        let is_its_folder = |folder: &&mut CheckedFolder| {
            folder.source.database == target.database && folder.source.dialect == target.dialect
        };
        if let Some(folder) = self.folders.iter_mut().find(is_its_folder) {
            folder.url = Some(target.connection.to_string());
            folder.warnings.extend(warnings);
            // A file that cannot be read is found already.
            let known: Vec<String> = folder.findings.iter().map(ToString::to_string).collect();
            folder.findings.extend(findings.into_iter().filter(|error| !known.contains(&error.to_string())));
        }
    }

    /// Prints what was found.
    fn reply(self, context: &Context) -> Reply {
        let mut document = CheckDocument {
            lock: self.of_lock.iter().map(|error| ErrorView::of(error, None)).collect(),
            checked: self.folders.iter().map(CheckedFolder::view).collect(),
            maps: self.maps.iter().map(Mapped::view).collect(),
            findings: 0,
        };
        for warning in self.folders.iter().flat_map(|folder| &folder.warnings) {
            context.output.tell("warn", format!("warning: {warning}"), serde_json::Map::new);
        }
        let of_folders = self.folders.into_iter().flat_map(|folder| folder.findings);
        let of_maps = self.maps.into_iter().flat_map(|mapped| mapped.findings);
        let all: Vec<Error> = of_folders.chain(of_maps).chain(self.of_lock).collect();
        document.findings = all.len();
        if !all.is_empty() {
            context.output.data(findings(&all, context.output.paint()));
        }
        if let Some(unseen) = document.unseen() {
            context.output.note(unseen);
        }
        context.output.data(document.summary());
        let failure = (!all.is_empty()).then(|| {
            let message = format!("the check has {}", count(all.len(), "finding"));
            CommandFailure::new(Error::new(Code::CheckFailed, message), None)
        });
        Reply::new(ReplyBody::Check(document)).or(failure)
    }
}

impl CheckedFolder {
    fn view(&self) -> CheckView {
        let database = self.source.database.as_deref();
        CheckView {
            database: self.source.database.clone(),
            backend: self.source.dialect.as_str(),
            folder: self.source.migrations.display().to_string(),
            migrations: self.migrations,
            url: self.url.clone(),
            findings: self.findings.iter().map(|error| ErrorView::of(error, database)).collect(),
            warnings: self.warnings.clone(),
        }
    }
}

impl Mapped {
    fn view(&self) -> MapView {
        let database = self.database.as_deref();
        MapView {
            database: self.database.clone(),
            findings: self.findings.iter().map(|error| ErrorView::of(error, database)).collect(),
        }
    }
}
