//! Lines, and JSON Lines: one document on each.

use std::io::{self, BufRead, BufReader, Read};

use super::entries::fields_of;
use super::{RecordSource, json_text, without_mark};
use crate::convert::ConvertOptions;
use crate::error::Result;
use crate::import::record::{BadRecord, FieldValue, FileRecord};

/// A line has no more bytes than this.
const LONGEST: u64 = 255 * 1024 * 1024;

/// A line with its number, or why it is none.
type NumberedLine<'l> = Result<(u64, &'l [u8]), BadRecord>;

/// The lines of a file, without their ends.
pub(super) struct NumberedLines<R> {
    content: BufReader<R>,
    number: u64,
    line: Vec<u8>,
    read: ConvertOptions,
}

impl<R: Read> NumberedLines<R> {
    pub(super) fn new(content: BufReader<R>, read: &ConvertOptions) -> Self {
        Self { content, number: 0, line: Vec::new(), read: read.clone() }
    }

    /// The next line with its number.
    pub(super) fn next(&mut self) -> io::Result<Option<NumberedLine<'_>>> {
        self.line.clear();
        let read = self.content.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read as u64 == LONGEST && !self.line.ends_with(b"\n") {
            self.content.skip_until(b'\n')?;
            return Ok(Some(Err(BadRecord::new(self.number, "a line of more than 255 MB"))));
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.number == 1 {
            return Ok(Some(without_mark(line, &self.read, 1).map(|line| (1, line))));
        }
        Ok(Some(Ok((self.number, line))))
    }
}

/// A document on each line. Empty lines are none.
pub(super) struct JsonLines<R> {
    lines: NumberedLines<R>,
    read: ConvertOptions,
}

impl<R: Read> JsonLines<R> {
    pub(super) fn begin(content: BufReader<R>, read: &ConvertOptions) -> Self {
        Self { lines: NumberedLines::new(content, read), read: read.clone() }
    }
}

impl<R: Read> RecordSource for JsonLines<R> {
    fn next(&mut self) -> io::Result<Option<Result<FileRecord, BadRecord>>> {
        loop {
            let (number, line) = match self.lines.next()? {
                None => return Ok(None),
                Some(Err(bad)) => return Ok(Some(Err(bad))),
                Some(Ok(line)) => line,
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let record = json_text(line, &self.read, number).and_then(|text| {
                let record = FileRecord::new(number).with("@record", FieldValue::Json(text.trim().to_owned()));
                fields_of(&text, record)
            });
            return Ok(Some(record));
        }
    }
}
