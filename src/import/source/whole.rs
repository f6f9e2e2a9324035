//! Files that are read as a whole: a document is a record, or a text is.

use std::io::{self, Read};

use super::entries::{at_part, fields_of};
use super::{RecordSource, json_text, plain_text};
use crate::convert::ConvertOptions;
use crate::error::Result;
use crate::import::record::{BadRecord, FieldValue, FileRecord};

/// What a file has at most that is read as a whole: jsonb has room for no more.
const LARGEST: u64 = 255 * 1024 * 1024;

/// The records of a file that was read as a whole.
pub(crate) struct WholeSource {
    records: std::vec::IntoIter<Result<FileRecord, BadRecord>>,
    failed: Option<io::Error>,
}

/// Reads a file as a whole, and takes it apart.
pub(super) fn records(
    content: Box<dyn Read + Send>,
    take: impl FnOnce(&[u8]) -> Vec<Result<FileRecord, BadRecord>>,
) -> WholeSource {
    let mut bytes = Vec::new();
    let read = content.take(LARGEST + 1).read_to_end(&mut bytes);
    let records = match &read {
        Ok(_) if bytes.len() as u64 > LARGEST => {
            vec![Err(BadRecord::new(1, "more than 255 MB are read by no format but \"file\", which keeps the path"))]
        }
        Ok(_) => take(&bytes),
        Err(_) => Vec::new(),
    };
    WholeSource { records: records.into_iter(), failed: read.err() }
}

/// One record, of a file that is not read.
pub(super) fn nothing() -> WholeSource {
    WholeSource { records: vec![Ok(FileRecord::new(1))].into_iter(), failed: None }
}

impl RecordSource for WholeSource {
    fn next(&mut self) -> io::Result<Option<Result<FileRecord, BadRecord>>> {
        self.failed.take().map_or(Ok(()), Err)?;
        Ok(self.records.next())
    }
}

/// A document of JSON, or a part of one, as a record.
pub(super) fn document(bytes: &[u8], at: &[String], read: &ConvertOptions) -> Vec<Result<FileRecord, BadRecord>> {
    let record = || {
        let text = json_text(bytes, read, 1)?;
        let (part, line) = at_part(&text, at)?;
        fields_of(part, FileRecord::new(line).with("@record", FieldValue::Json(part.to_owned())))
    };
    vec![record()]
}

/// A text as a record.
pub(super) fn text(bytes: &[u8], read: &ConvertOptions) -> Vec<Result<FileRecord, BadRecord>> {
    let text = plain_text(bytes, read, 1);
    vec![text.map(|text| FileRecord::new(1).with("@text", FieldValue::Text(text.into_bytes())))]
}
