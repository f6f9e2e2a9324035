//! Putting a backup back.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::task::{RestoreRequest, Restored};
use crate::config::Connection;
use crate::error::Result;

/// Finds the backup that a path names, and reads what is recorded of it.
///
/// # Errors
/// There is none, or it is not intact.
pub(crate) fn read(path: &Path) -> Result<(PathBuf, Manifest)> {
    let backup = Manifest::backup_of(path);
    let manifest = Manifest::read(&backup)?;
    manifest.assert_intact(&backup)?;
    Ok((backup, manifest))
}

/// Restores, and checks what was restored before anything is replaced by it.
///
/// # Errors
/// What is there would be replaced, or is in use; what was restored is not what was backed up.
pub(crate) async fn restore(request: &RestoreRequest<'_>) -> Result<Restored> {
    match &request.target.connection {
        #[cfg(feature = "sqlite")]
        Connection::Sqlite(location) => super::sqlite::restore(request, location).await,
        #[cfg(feature = "postgres")]
        Connection::Postgres(url) => super::postgres::restore(request, url).await,
        #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
        other => Err(super::task::not_built_in(other)),
    }
}
