//! Making a backup.

use std::fs::DirBuilder;
use std::path::Path;

use chrono::SecondsFormat;

use super::files::{self, unwritable};
use super::manifest::Manifest;
use super::partial::{Partial, Published};
use super::retention;
use super::task::{Backup, BackupRequest, TakenContent};
use crate::config::Connection;
use crate::database::who;
use crate::error::Result;
use crate::fault;
use crate::version::Version;

/// Makes a backup, checks it, and removes those of the same database that are too old.
///
/// # Errors
/// The database cannot be read, its program is missing or failed, the folder has no space: nothing that looks like a backup is left.
pub(crate) async fn back_up(request: &BackupRequest<'_>) -> Result<Backup> {
    let folder = &request.settings.folder;
    prepare(folder)?;
    tracing::info!("backing up {} into {}", request.target.connection, folder.display());
    let taken = match &request.target.connection {
        #[cfg(feature = "sqlite")]
        Connection::Sqlite(location) => super::sqlite::take(request, location).await?,
        #[cfg(feature = "postgres")]
        Connection::Postgres(url) => super::postgres::take(request, url).await?,
        #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
        other => return Err(super::task::not_built_in(other)),
    };
    let mut backup = publish(request, taken)?;
    backup.removed = retention::remove_old(&backup, request.settings.keep_days, request.now);
    Ok(backup)
}

/// Makes the folder where it is missing: for its owner alone, as what comes to lie in it.
fn prepare(folder: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|cause| unwritable(folder, cause))
}

/// Gives the content its name. Its record comes first and reserves the name: a record without a backup looks like none, and a backup without a
/// record never is.
fn publish(request: &BackupRequest<'_>, taken: TakenContent) -> Result<Backup> {
    let folder = &request.settings.folder;
    let digest = files::digest(taken.content.path())?;
    let begin = name(request, &taken);
    let mut content = taken.content;
    for number in 1.. {
        let file = if number == 1 { begin.clone() } else { format!("{begin}-{number}") } + &taken.end;
        let path = folder.join(&file);
        let manifest = Manifest {
            format: Manifest::FORMAT,
            database: request.target.database.clone(),
            backend: request.target.dialect.as_str().to_owned(),
            source: taken.source.clone(),
            file,
            made_at: request.now.to_rfc3339_opts(SecondsFormat::Millis, true),
            because: request.because.to_owned(),
            version: taken.version.map(Version::get),
            bytes: digest.bytes,
            sha256: digest.sha256.clone(),
            compression: taken.compression.clone(),
            database_bytes: taken.database_bytes,
            made_by: who::TOOL.to_owned(),
            engine: taken.engine.clone(),
            postgres: taken.postgres.clone(),
        };
        fault::point("before backup record");
        if let Published::Taken(_) = record(folder, &manifest)?.publish(&Manifest::path_of(&path))? {
            continue;
        }
        fault::point("after backup record");
        match content.publish(&path)? {
            Published::Yes => {
                fault::point("after backup");
                return Ok(Backup { path, manifest, removed: Vec::new() });
            }
            Published::Taken(back) => {
                // The record would be of a file that somebody else put there.
                let _ = std::fs::remove_file(Manifest::path_of(&path));
                content = back;
            }
        }
    }
    unreachable!("numbers do not end")
}

fn record(folder: &Path, manifest: &Manifest) -> Result<Partial> {
    let mut partial = Partial::new(folder)?;
    let path = partial.path().to_owned();
    let text = serde_json::to_string_pretty(manifest).map_err(std::io::Error::other);
    let written = text.and_then(|text| std::io::Write::write_all(partial.file(), (text + "\n").as_bytes()));
    written.map_err(|cause| unwritable(&path, cause))?;
    Ok(partial)
}

/// `shop-20261129T125134Z-v7`.
fn name(request: &BackupRequest<'_>, taken: &TakenContent) -> String {
    let name = request.target.database.as_ref().unwrap_or(&taken.name);
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    let name: String = name.trim_start_matches('.').chars().map(plain).take(LONGEST_NAME).collect();
    let version = taken.version.map_or_else(|| "no-history".to_owned(), |version| format!("v{version}"));
    format!("{name}-{}-{version}", request.now.format("%Y%m%dT%H%M%SZ"))
}

/// Characters, of a file's name whose bytes may be no more than 255.
const LONGEST_NAME: usize = 40;
