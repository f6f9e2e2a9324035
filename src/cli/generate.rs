mod chosen;
mod written;

use self::chosen::ChosenDowns;
use self::written::WrittenDowns;
use super::args::GenerateArgs;
use super::check::{is_refused, modified, removed};
use super::context::{CommandFailure, Context, Reply, folder_name, project, read};
use super::prove::{FolderProver, WithRecord, record};
use crate::config::{LOCK_FILE_NAME, MigrationSource, Project};
use crate::error::{Code, Error, Place, Result};
use crate::report::{self, GenerateDocument, LockChangeView, ReplyBody, count};
use crate::source::{LockDifference, LockFile, Which};

pub(super) fn run(context: &Context, arguments: &GenerateArgs) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let path = project.lock_file();
    let old = LockFile::read(&path)?;
    let mut lock = old.clone().unwrap_or_default();
    let sources = project.sources()?;
    let chosen = ChosenDowns::of(arguments, &sources)?;
    sources.iter().try_for_each(|source| refuse_modified(source, &lock, arguments))?;
    let mut written = WrittenDowns::new(arguments);
    let prover = FolderProver::new(context, &project, WithRecord::Yes);
    for source in &sources {
        written.source(&prover, source, &chosen, &lock)?;
    }
    let mut changes = Vec::new();
    for folder in &written.folders {
        let source = &folder.source;
        let shown = |version| folder.shown(version);
        let differences = lock.update(source.database.as_deref(), source.dialect, &folder.migrations, shown);
        changes.extend(differences.iter().map(|difference| LockChangeView::of(source, difference)));
        record(&mut lock, source, &folder.migrations, &folder.proofs);
    }
    forget_strangers(&project, &mut lock);
    // Where nothing is proven there is nothing to begin it with.
    let is_begun = old.is_some() || written.failure.is_none() || lock.iter().next().is_some();
    let is_new = is_begun && old.as_ref() != Some(&lock);
    if is_new {
        lock.write(&path)?;
    }
    for change in &changes {
        context.output.data(change.line());
    }
    let is_one = written.folders.len() == 1;
    for down in &written.downs {
        context.output.data(if is_one {
            down.written()
        } else {
            format!("{}: {}", report::folder_name(down.database.as_deref(), down.backend), down.written())
        });
    }
    written.left_out().into_iter().for_each(|line| context.output.data(line));
    let entries = count(lock.iter().count(), "migration");
    context.output.data(match (is_new, is_begun) {
        (true, _) => format!("{LOCK_FILE_NAME} is written: {entries}"),
        (false, true) => format!("{LOCK_FILE_NAME} is up to date: {entries}"),
        (false, false) => format!("{LOCK_FILE_NAME} is not written: nothing could be proven"),
    });
    let (lock_file, downs) = (path.display().to_string(), written.downs);
    let body = ReplyBody::Generate(GenerateDocument { lock_file, written: is_new, changes, downs });
    Ok(Reply::new(body).or(written.failure.map(|error| CommandFailure::new(error, None))))
}

/// Entries of databases that schema.toml has no longer. Without one there is nothing to compare with.
fn forget_strangers(project: &Project, lock: &mut LockFile) {
    if project.file().is_some() {
        lock.retain(|database, dialect| project.has(database, dialect));
    }
}

/// What is locked may be applied somewhere: such a database would refuse the changed text.
fn refuse_modified(source: &MigrationSource, lock: &LockFile, arguments: &GenerateArgs) -> Result<()> {
    let migrations = read(&source.migrations)?;
    let mut refused = Vec::new();
    for difference in lock.compare(source.database.as_deref(), source.dialect, &migrations) {
        if arguments.accepts(difference.version()) || !is_refused(&migrations, &difference)? {
            continue;
        }
        match difference {
            LockDifference::Modified { version, file, which: Which::Up } => refused.push((file, version, false)),
            LockDifference::Removed { version, file } => refused.push((file, version, true)),
            _ => {}
        }
    }
    let Some((file, version, is_gone)) = refused.first() else { return Ok(()) };
    let what = if *is_gone { "was removed" } else { "was changed" };
    let more = match refused.len() - 1 {
        0 => String::new(),
        others => format!(", and {} more were changed or removed", count(others, "file")),
    };
    let message = format!("{}: {file} {what} since it was locked{more}", folder_name(source));
    let error = Error::new(Code::Modified, message)
        .with_place(Place::whole(source.migrations.join(file).display().to_string()))
        .with_state(format!("{LOCK_FILE_NAME} is as it was"));
    Err(if *is_gone { removed(error, *version) } else { modified(error, *version) })
}
