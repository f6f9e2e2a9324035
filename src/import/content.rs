//! The bytes of a file: what they are at a moment, and read to their end.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use crate::hex::Hex;

const BLOCK: usize = 64 * 1024;

/// What a file holds, unpacked where it is a `.gz`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Survey {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// Up to the end of the last line that has one.
    pub(crate) lines: Stretch,
    /// The stretches that were asked for, as far as it is so long.
    pub(crate) stretches: Vec<Stretch>,
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Stretch {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// Whether a line ends there.
    pub(crate) ends_a_line: bool,
}

/// Opens a file to be read; a `.gz` as what is in it.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let file = BufReader::with_capacity(BLOCK, File::open(path)?);
    let is_packed = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz"));
    Ok(if is_packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Reads a file to its end. `lengths`, in their order, are those of stretches to be told.
pub(crate) fn survey(content: &mut dyn Read, lengths: &[u64]) -> io::Result<Survey> {
    let mut hash = Sha256::new();
    let mut found = Survey::default();
    let mut wanted = lengths.iter().copied().filter(|length| *length > 0).peekable();
    let mut before = b'\n';
    let mut block = vec![0; BLOCK];
    loop {
        let read = content.read(&mut block)?;
        if read == 0 {
            break;
        }
        let mut rest = &block[..read];
        while let Some(length) = wanted.peek().copied().filter(|length| *length < found.bytes + rest.len() as u64) {
            wanted.next();
            let (part, after) = rest.split_at(usize::try_from(length - found.bytes).unwrap_or_default());
            add(&mut hash, &mut found, part);
            before = part.last().copied().unwrap_or(before);
            let ends_a_line = before == b'\n' || matches!(after.first(), Some(b'\n' | b'\r'));
            found.stretches.push(Stretch { bytes: found.bytes, sha256: hex(&hash), ends_a_line });
            rest = after;
        }
        add(&mut hash, &mut found, rest);
        before = rest.last().copied().unwrap_or(before);
    }
    found.sha256 = hex(&hash);
    // A stretch that is the whole file.
    if wanted.peek() == Some(&found.bytes) {
        found.stretches.push(Stretch { bytes: found.bytes, sha256: found.sha256.clone(), ends_a_line: true });
    }
    Ok(found)
}

/// Adds bytes, and notes where the last line in them ends.
fn add(hash: &mut Sha256, found: &mut Survey, bytes: &[u8]) {
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
        hash.update(bytes);
        found.bytes += bytes.len() as u64;
        return;
    };
    let (lines, rest) = bytes.split_at(end + 1);
    hash.update(lines);
    found.bytes += lines.len() as u64;
    found.lines = Stretch { bytes: found.bytes, sha256: hex(hash), ends_a_line: true };
    hash.update(rest);
    found.bytes += rest.len() as u64;
}

fn hex(hash: &Sha256) -> String {
    Hex(&hash.clone().finalize()).to_string()
}

/// A file on its way to a source, of which the bytes that passed are known afterwards.
pub(crate) struct WatchedContent {
    content: Box<dyn Read + Send>,
    seen: SeenContent,
}

/// What has passed of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenContent(Arc<Mutex<Sha256>>);

impl WatchedContent {
    pub(crate) fn new(content: Box<dyn Read + Send>) -> (Self, SeenContent) {
        let seen = SeenContent::default();
        (Self { content, seen: seen.clone() }, seen)
    }
}

impl SeenContent {
    pub(crate) fn sha256(&self) -> String {
        hex(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Read for WatchedContent {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(bytes)?;
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).update(&bytes[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(text: &str) -> String {
        Hex(&Sha256::digest(text)).to_string()
    }

    #[test]
    fn a_file_is_told_with_its_beginnings() {
        let text = "one\ntwo\nthr";
        let found = survey(&mut text.as_bytes(), &[0, 4, 6, 11, 40]).unwrap();
        assert_eq!((found.sha256.as_str(), found.bytes), (sha(text).as_str(), 11));
        assert_eq!((found.lines.bytes, found.lines.sha256.as_str()), (8, sha("one\ntwo\n").as_str()));
        let stretches: Vec<_> = found.stretches.iter().map(|one| (one.bytes, one.ends_a_line)).collect();
        assert_eq!(stretches, [(4, true), (6, false), (11, true)]);
        assert_eq!(found.stretches[1].sha256, sha("one\ntw"));
        assert_eq!(survey(&mut "".as_bytes(), &[]).unwrap().sha256, sha(""));
    }
}
