use super::args::GenerateArgs;
use super::check::modified;
use super::context::{Context, Reply, folder_name, project};
use crate::config::{LOCK_FILE_NAME, Project, Source};
use crate::error::{Code, Error, Place, Result};
use crate::report::{Body, GenerateDocument, LockChangeView, count};
use crate::source::{LockDifference, LockFile, Migrations, Which};

pub(super) fn run(context: &Context, arguments: &GenerateArgs) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let path = project.lock_file();
    let old = LockFile::read(&path)?;
    let mut lock = old.clone().unwrap_or_default();
    let mut changes = Vec::new();
    for source in project.sources()? {
        let migrations = Migrations::read(&source.migrations)?;
        for difference in lock.update(source.database.as_deref(), source.dialect, &migrations) {
            changes.push((source.clone(), difference));
        }
    }
    if !arguments.accept_modified {
        refuse_modified(&changes)?;
    }
    forget_strangers(&project, &mut lock);
    let written = old.as_ref() != Some(&lock);
    if written {
        lock.write(&path)?;
    }
    let changes: Vec<_> = changes.iter().map(|(source, difference)| LockChangeView::of(source, difference)).collect();
    for change in &changes {
        context.output.data(change.line());
    }
    let summary =
        if written { format!("{LOCK_FILE_NAME} is written: ") } else { format!("{LOCK_FILE_NAME} is up to date: ") };
    context.output.data(summary + &count(lock.iter().count(), "migration"));
    Ok(Reply::new(Body::Generate(GenerateDocument { lock_file: path.display().to_string(), written, changes })))
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
