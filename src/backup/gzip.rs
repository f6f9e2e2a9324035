//! Compressed SQLite files. What `pg_dump` writes is compressed already.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::files::{self, unreadable, unwritable};
use super::manifest::damaged;
use super::partial::Partial;
use crate::error::Result;

/// As a manifest names it, and as names of files end.
pub(super) const GZIP: &str = "gzip";
pub(super) const END: &str = ".gz";

/// Compresses a file, and reads it back: what it becomes is what it was.
pub(super) fn compress(plain: &Path, into: &mut Partial) -> Result<()> {
    let pack = |to: &mut File| -> io::Result<()> {
        let mut encoder = GzEncoder::new(BufWriter::new(to), Compression::default());
        io::copy(&mut File::open(plain)?, &mut encoder)?;
        encoder.finish()?.flush()
    };
    let path = into.path().to_owned();
    pack(into.file()).map_err(|cause| unwritable(&path, cause))?;
    let packed = open(&path).and_then(files::digest_of).map_err(|cause| unreadable(&path, cause))?;
    if packed == files::digest(plain)? {
        return Ok(());
    }
    Err(damaged(format!("{} was not written as it should be: the disk is not to be trusted", path.display())))
}

/// Writes what a compressed file becomes.
pub(super) fn decompress(packed: &Path, into: &mut File) -> io::Result<u64> {
    io::copy(&mut open(packed)?, into)
}

fn open(packed: &Path) -> io::Result<GzDecoder<BufReader<File>>> {
    Ok(GzDecoder::new(BufReader::new(File::open(packed)?)))
}
