//! `prove DIR`: how good the downs of a folder are, by the rules of whatever tool it is for.

use std::path::Path;

use super::{FolderProver, WithRecord, untried};
use crate::cli::args::ProveArgs;
use crate::cli::context::{CommandFailure, Context, Reply, project};
use crate::config::{MigrationSource, Project};
use crate::error::{Code, Error, Result};
use crate::prove::{ExistingDowns, Known};
use crate::report::{ProofView, ProveDocument, ReplyBody, count};
use crate::source::LaidOut;
use crate::sql::Dialect;

pub(super) fn run(context: &Context, folder: &Path, arguments: &ProveArgs) -> Result<Reply> {
    let mut overrides = context.global.overrides(None)?;
    // With a folder named, schema.toml may be missing.
    overrides.migrations = Some(folder.display().to_string());
    let project = project(&overrides)?;
    let laid = LaidOut::read(folder, arguments.layout).map_err(|error| {
        if folder.exists() {
            return error;
        }
        error.with_hint("without a folder, `schemactl prove` tries the migrations that schema.toml names")
    })?;
    for file in laid.left_alone() {
        context.output.note(format!("left alone, as {} does: {file}", arguments.layout.as_str()));
    }
    let dialect = dialect(&project, &laid, folder)?;
    let project = project.or_database_url(dialect)?;
    let migrations = laid.migrations(dialect);
    let source = MigrationSource { database: None, dialect, migrations: folder.to_owned() };
    let proofs = FolderProver::new(context, &project, WithRecord::No).prove(
        &source,
        &migrations,
        ExistingDowns::Prove,
        &Known::new(),
    )?;
    let views = proofs.iter().filter_map(|proof| Some(ProofView::of(&source, migrations.get(proof.version)?, proof)));
    let mut document = ProveDocument { proofs: views.collect(), ..ProveDocument::default() };
    document.proofs.iter().for_each(|view| context.output.data(view.of_file()));
    if let Some(untried) = untried(&migrations, &proofs) {
        context.output.data(untried);
    }
    document.count(migrations.len() - proofs.len());
    context.output.data(document.summary());
    context.output.data(document.downs.sentence());
    let failure = (document.findings > 0).then(|| {
        let message = format!("{} cannot be taken back as the files say", count(document.findings, "migration"));
        let hint = "the SQL that a wrong down leaves to be done is shown below it: that is what it lacks";
        CommandFailure::new(Error::new(Code::CheckFailed, message).with_hint(hint), None)
    });
    Ok(Reply::new(ReplyBody::Prove(document)).or(failure))
}

/// The dialect that was named, else the one that the SQL tells.
fn dialect(project: &Project, laid: &LaidOut, folder: &Path) -> Result<Dialect> {
    match project.named_dialect()? {
        Some(named) => Ok(named),
        None => laid.dialect().ok_or_else(|| {
            let message =
                format!("the SQL in {} does not tell whether it is for SQLite or PostgreSQL", folder.display());
            Error::new(Code::Usage, message).with_hint("name it: `--backend sqlite` or `--backend postgres`")
        }),
    }
}
