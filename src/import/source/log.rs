//! Lines of a log by a pattern with named parts. Lines that go on belong to the record above them.

use std::io::{self, BufReader, Read};

use regex::Regex;

use super::lines::NumberedLines;
use super::{RecordSource, plain_text};
use crate::convert::ConvertOptions;
use crate::error::Result;
use crate::import::record::{BadRecord, FieldValue, FileRecord};

pub(super) struct LogSource<R> {
    lines: NumberedLines<R>,
    pattern: Regex,
    continued: Option<Regex>,
    read: ConvertOptions,
    /// A record that may go on.
    open: Option<OpenRecord>,
    /// What was found behind it.
    then: Option<Result<FileRecord, BadRecord>>,
    has_ended: bool,
}

struct OpenRecord {
    record: FileRecord,
    text: String,
}

/// A record has no more bytes than this, however many lines go on.
const LARGEST: usize = 255 * 1024 * 1024;

impl<R: Read> LogSource<R> {
    pub(super) fn begin(
        content: BufReader<R>,
        pattern: &str,
        continued: Option<&str>,
        read: &ConvertOptions,
    ) -> Result<Self, BadRecord> {
        let regex = |text: &str| Regex::new(text).map_err(|error| BadRecord::new(1, error.to_string()));
        Ok(Self {
            lines: NumberedLines::new(content, read),
            pattern: regex(pattern)?,
            continued: continued.map(regex).transpose()?,
            read: read.clone(),
            open: None,
            then: None,
            has_ended: false,
        })
    }

    /// A line that matches, as the beginning of a record.
    fn begins(&self, number: u64, line: &str) -> Option<OpenRecord> {
        let parts = self.pattern.captures(line)?;
        let mut record = FileRecord::new(number);
        for name in self.pattern.capture_names().flatten() {
            let value = parts.name(name).map(|part| FieldValue::Text(part.as_str().as_bytes().to_vec()));
            record.fields.push((name.to_owned(), value.unwrap_or(FieldValue::Null)));
        }
        Some(OpenRecord { record, text: line.to_owned() })
    }

    /// Takes a line, and returns what is complete by it.
    fn take(&mut self, line: Result<(u64, String), BadRecord>) -> Option<Result<FileRecord, BadRecord>> {
        let (number, text) = match line {
            Ok(line) => line,
            Err(bad) => return Some(self.after(Err(bad))),
        };
        if let Some(begun) = self.begins(number, &text) {
            return self.open.replace(begun).map(OpenRecord::closed).map(Ok);
        }
        let goes_on = self.continued.as_ref().is_some_and(|pattern| pattern.is_match(&text));
        match &mut self.open {
            Some(open) if goes_on && open.text.len() + text.len() < LARGEST => {
                open.text.push('\n');
                open.text.push_str(&text);
                None
            }
            _ if text.trim().is_empty() => None,
            None if goes_on => {
                Some(self.after(Err(BadRecord::new(number, "the line goes on, and none stands above it"))))
            }
            _ => Some(self.after(Err(BadRecord::new(number, "the line does not match the pattern")))),
        }
    }

    /// Something that stands behind the open record, which comes first.
    fn after(&mut self, then: Result<FileRecord, BadRecord>) -> Result<FileRecord, BadRecord> {
        match self.open.take() {
            None => then,
            Some(open) => {
                self.then = Some(then);
                Ok(open.closed())
            }
        }
    }
}

impl OpenRecord {
    fn closed(self) -> FileRecord {
        self.record.with("@text", FieldValue::Text(self.text.into_bytes()))
    }
}

impl<R: Read> RecordSource for LogSource<R> {
    fn next(&mut self) -> io::Result<Option<Result<FileRecord, BadRecord>>> {
        if let Some(then) = self.then.take() {
            return Ok(Some(then));
        }
        while !self.has_ended {
            let line = match self.lines.next()? {
                None => {
                    self.has_ended = true;
                    break;
                }
                Some(Err(bad)) => Err(bad),
                Some(Ok((number, bytes))) => plain_text(bytes, &self.read, number).map(|text| (number, text)),
            };
            if let Some(found) = self.take(line) {
                return Ok(Some(found));
            }
        }
        Ok(self.open.take().map(|open| Ok(open.closed())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_go_on_belong_to_the_one_above() {
        let text = "  lost\n09:00 ERROR it broke\nTraceback:\n  at x\nnoise\n09:01 INFO fine";
        let read = ConvertOptions::default();
        let pattern = r"^(?<at>\d\d:\d\d) (?<level>\w+) (?<message>.*)$";
        let mut source =
            LogSource::begin(BufReader::new(text.as_bytes()), pattern, Some(r"^(\s|Traceback)"), &read).unwrap();
        let mut found = Vec::new();
        while let Some(one) = source.next().unwrap() {
            found.push(one);
        }
        let bad: Vec<u64> = found.iter().filter_map(|one| one.as_ref().err()).map(|bad| bad.line).collect();
        assert_eq!(bad, [1, 5]);
        let good: Vec<&FileRecord> = found.iter().flatten().collect();
        assert_eq!(good[0].get("@text"), Some(&FieldValue::Text(b"09:00 ERROR it broke\nTraceback:\n  at x".to_vec())));
        assert_eq!((good[1].line, good.len()), (6, 2));
    }
}
