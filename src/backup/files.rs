//! What is done with a file as a whole: its digest, its way to the disk, the space that it needs.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use indicatif::DecimalBytes;
use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error, Result};
use crate::hex::Hex;

const BUFFER: usize = 1 << 17;

/// What a file holds, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileDigest {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// Reads a file to its end.
pub(super) fn digest(path: &Path) -> Result<FileDigest> {
    let read = || -> io::Result<FileDigest> { digest_of(File::open(path)?) };
    read().map_err(|cause| unreadable(path, cause))
}

/// Reads what there is to read.
pub(crate) fn digest_of(mut content: impl io::Read) -> io::Result<FileDigest> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut bytes = 0;
    loop {
        let read = content.read(&mut buffer)?;
        if read == 0 {
            return Ok(FileDigest { bytes, sha256: Hex(&hash.finalize()).to_string() });
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}

/// A text of a file that is not long.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(1 << 20).read_to_string(&mut text)?;
    Ok(text)
}

/// Puts on the disk what is known of the files in a folder. Where a folder cannot be opened as a file, its system does so by itself.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The folder that a path lies in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Refuses where a folder has less space than that. `what` is `a backup of app.db`.
pub(super) fn assert_space(folder: &Path, needed: u64, what: &str) -> Result<()> {
    let free = fs4::available_space(folder).map_err(|cause| unwritable(folder, cause))?;
    if free >= needed {
        return Ok(());
    }
    let (needed, shown) = (DecimalBytes(needed), folder.display());
    let message = format!("{what} needs up to {needed}, and {shown} has {} left", DecimalBytes(free));
    Err(Error::new(Code::DiskFull, message).with_state("nothing was changed"))
}

/// Refuses where the folder for backups has less space than that.
pub(super) fn assert_space_for_backup(folder: &Path, needed: u64, of: &str) -> Result<()> {
    assert_space(folder, needed, &format!("a backup of {of}")).map_err(|error| {
        error.with_hint("make space there, or name another folder: `folder` in [backup] of schema.toml")
    })
}

pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::io(Code::Io, format!("{} cannot be read", path.display()), cause).with_state("nothing was changed")
}

pub(super) fn unwritable(path: &Path, cause: io::Error) -> Error {
    let code = if cause.kind() == io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Io };
    Error::io(code, format!("{} cannot be written", path.display()), cause).with_state("nothing was changed")
}
