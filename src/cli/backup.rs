//! `schemactl backup`, and the backups that other commands make before they change something.

use chrono::Utc;

use super::args::BackupArgs;
use super::context::{CommandFailure, Context, Reply};
use super::runtime;
use crate::backup::{BackupRequest, back_up};
use crate::config::{BackupSettings, Connection, DatabaseTarget, Occasion};
use crate::error::Result;
use crate::report::{BackedUpView, BackupDocument, BackupView, DatabaseView, ErrorView, ReplyBody};

pub(super) fn run(context: &Context, arguments: &BackupArgs) -> Result<Reply> {
    let targets = context.targets(None)?;
    runtime::block_on(async {
        let mut document = BackupDocument::default();
        for (at, target) in targets.iter().enumerate() {
            context.heading(&targets, target);
            let (backup, error) = match asked(context, target, arguments).await {
                Ok(view) => (Some(view), None),
                Err(error) => (None, Some(error)),
            };
            let view = error.as_ref().map(|error| ErrorView::of(error, target.database.as_deref()));
            document.databases.push(BackedUpView { database: DatabaseView::of(target), backup, error: view });
            if let Some(error) = error {
                let failure = CommandFailure::of(error, target, &targets[at + 1..]);
                document.not_begun.clone_from(&failure.not_begun);
                return Ok(Reply::new(ReplyBody::Backup(document)).or(Some(failure)));
            }
        }
        Ok(Reply::new(ReplyBody::Backup(document)))
    })
}

async fn asked(context: &Context, target: &DatabaseTarget, arguments: &BackupArgs) -> Result<BackupView> {
    let mut settings = context.backup_settings(target)?;
    settings.compress |= arguments.compress;
    if let Some(folder) = &arguments.folder {
        settings.folder.clone_from(folder);
    }
    make(context, target, &settings, "asked").await
}

async fn make(
    context: &Context,
    target: &DatabaseTarget,
    settings: &BackupSettings,
    because: &'static str,
) -> Result<BackupView> {
    let request = BackupRequest { target, settings, because, now: Utc::now(), interrupt: context.interrupt() };
    let view = BackupView::of(&back_up(&request).await?);
    context.output.data(view.text());
    Ok(view)
}

/// How schema.toml wants a database to be backed up before this; none where it does not, or nothing is there yet.
pub(super) fn wanted(context: &Context, target: &DatabaseTarget, occasion: Occasion) -> Result<Option<BackupSettings>> {
    let is_there = match &target.connection {
        Connection::Sqlite(location) => location.is_file() && !location.is_missing(),
        Connection::Postgres(_) => true,
    };
    let settings = context.backup_settings(target)?;
    Ok(Some(settings).filter(|settings| is_there && settings.before.contains(&occasion)))
}

/// Makes the backup that [`wanted`] says. Whoever may lose data calls it first, and does nothing where it fails.
pub(super) async fn before(
    context: &Context,
    target: &DatabaseTarget,
    settings: &BackupSettings,
    occasion: Occasion,
) -> Result<BackupView> {
    let made = make(context, target, settings, occasion.as_str()).await;
    made.map_err(|error| error.with_hint("or go on without a backup: `--no-backup`"))
}
