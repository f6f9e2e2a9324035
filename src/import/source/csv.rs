//! CSV (RFC 4180). The first record has the names of the fields, unless the rule has them.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{RecordSource, plain_text, without_mark};
use crate::convert::ConvertOptions;
use crate::error::Result;
use crate::import::record::{BadRecord, FieldValue, FileRecord};

pub(super) struct CsvSource {
    reader: Reader<CountedQuotes>,
    quotes: Arc<AtomicU64>,
    lines: LineCount,
    names: Vec<String>,
    read: ConvertOptions,
    /// One record ahead: only the last one can have a quote that is not closed.
    ahead: Option<ByteRecord>,
}

/// Counts quotes. In CSV that is whole they are even.
struct CountedQuotes {
    content: Box<dyn Read + Send>,
    quotes: Arc<AtomicU64>,
    ends: LineEnds,
    at: u64,
}

/// Where lines end in what was read and not taken apart yet.
type LineEnds = Arc<Mutex<VecDeque<u64>>>;

/// Counts the lines before a place. The reader itself counts one too few where lines end with CRLF.
struct LineCount {
    ends: LineEnds,
    before: u64,
}

impl LineCount {
    /// The line of a record that is told to begin at a byte: its own first one, or the end of the record before it.
    fn line(&mut self, byte: u64) -> u64 {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let mut upto = byte;
        while let Some(end) = ends.front().copied().filter(|end| *end <= upto) {
            ends.pop_front();
            self.before += 1;
            upto = upto.max(end + 1);
        }
        self.before + 1
    }
}

impl Read for CountedQuotes {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(bytes)?;
        let quotes = bytes[..read].iter().map(|byte| u64::from(*byte == b'"')).sum();
        self.quotes.fetch_add(quotes, Ordering::Relaxed);
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.extend((self.at..).zip(&bytes[..read]).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at));
        self.at += read as u64;
        Ok(read)
    }
}

impl CsvSource {
    /// Begins with the head of the file.
    pub(super) fn begin(
        content: Box<dyn Read + Send>,
        delimiter: u8,
        names: Option<&[String]>,
        read: &ConvertOptions,
    ) -> Result<Self, BadRecord> {
        let bad = |error: io::Error| BadRecord::new(1, error.to_string());
        let mut content = BufReader::new(content);
        let begin = content.fill_buf().map_err(bad)?;
        let marked = begin.len() - without_mark(begin, read, 1)?.len();
        content.consume(marked);
        let quotes = Arc::new(AtomicU64::new(0));
        let ends = LineEnds::default();
        let counted =
            CountedQuotes { content: Box::new(content), quotes: Arc::clone(&quotes), ends: Arc::clone(&ends), at: 0 };
        let reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(counted);
        let lines = LineCount { ends, before: 0 };
        let mut source = Self { reader, quotes, lines, names: Vec::new(), read: read.clone(), ahead: None };
        source.names = match names {
            Some(names) => names.to_vec(),
            None => source.head()?,
        };
        source.ahead = source.following().map_err(bad)?;
        Ok(source)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn head(&mut self) -> Result<Vec<String>, BadRecord> {
        let head = self.following().map_err(|error| BadRecord::new(1, error.to_string()))?;
        let head = head.ok_or_else(|| BadRecord::new(1, "it is empty: the names of the fields are missing"))?;
        let names: Vec<String> =
            head.iter().map(|name| plain_text(name, &self.read, 1)).collect::<Result<_, BadRecord>>()?;
        match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            Some((_, twice)) => Err(BadRecord::new(1, format!("the field `{twice}` is there twice"))),
            None => Ok(names),
        }
    }

    fn following(&mut self) -> io::Result<Option<ByteRecord>> {
        let mut record = ByteRecord::new();
        let is_there = self.reader.read_byte_record(&mut record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            _ => io::Error::from(io::ErrorKind::InvalidData),
        })?;
        Ok(is_there.then_some(record))
    }

    fn record(&mut self, row: &ByteRecord, is_last: bool) -> Result<FileRecord, BadRecord> {
        let line = self.lines.line(row.position().map_or(0, csv::Position::byte));
        if is_last && !self.quotes.load(Ordering::Relaxed).is_multiple_of(2) {
            return Err(BadRecord::new(line, "a quote is not closed: the end of the file is missing"));
        }
        if row.len() != self.names.len() {
            return Err(BadRecord::new(line, format!("{} fields, and not {}", row.len(), self.names.len())));
        }
        let mut record = FileRecord::new(line);
        for (name, value) in self.names.iter().zip(row) {
            let text = plain_text(value, &self.read, line)?;
            record.fields.push((name.clone(), FieldValue::Text(text.into_bytes())));
        }
        Ok(record)
    }
}

impl RecordSource for CsvSource {
    fn next(&mut self) -> io::Result<Option<Result<FileRecord, BadRecord>>> {
        let Some(row) = self.ahead.take() else { return Ok(None) };
        self.ahead = self.following()?;
        Ok(Some(self.record(&row, self.ahead.is_none())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &'static str) -> Vec<Result<FileRecord, BadRecord>> {
        let mut source = CsvSource::begin(Box::new(text.as_bytes()), b',', None, &ConvertOptions::default()).unwrap();
        std::iter::from_fn(|| source.next().unwrap()).collect()
    }

    #[test]
    fn quotes_lines_and_missing_fields() {
        let found = all("a,b\r\n1,\"x\n\"\"y\"\"\"\n2\n3,z\n");
        let first = found[0].as_ref().unwrap();
        assert_eq!(first.get("b"), Some(&FieldValue::Text(b"x\n\"y\"".to_vec())));
        assert_eq!(found[1].as_ref().unwrap_err(), &BadRecord::new(4, "1 fields, and not 2"));
        assert_eq!(found[2].as_ref().unwrap().line, 5);
        let cut = all("a,b\n1,\"half");
        assert!(cut[0].as_ref().unwrap_err().reason.contains("not closed"));
    }
}
