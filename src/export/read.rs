//! Reads a snapshot, line by line, and sees whether it is whole and as it was written.

use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::header::{FORM, RowsDigest, SnapshotCount, SnapshotDigest, SnapshotEnd, SnapshotHeader, SnapshotTable};
use crate::error::{Code, Error, Result};
use crate::import::members_as_written;

/// What a snapshot has, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SnapshotPart {
    Table(SnapshotTable),
    /// The values of a row, as JSON.
    Row(Vec<String>),
    /// The end of a table, which has what was announced.
    TableEnd(SnapshotCount),
    /// The end of the snapshot, which is whole.
    End,
}

/// Reads a snapshot of either form.
pub(crate) struct SnapshotReader {
    lines: BufReader<Box<dyn Read + Send>>,
    line: String,
    number: u64,
    digest: SnapshotDigest,
    open: Option<(SnapshotTable, RowsDigest)>,
    header: SnapshotHeader,
}

/// A row of JSON Lines.
#[derive(Deserialize)]
struct RowLine<'a> {
    #[serde(borrow)]
    row: &'a RawValue,
}

impl SnapshotReader {
    /// Begins with the header.
    pub(crate) fn begin(content: Box<dyn Read + Send>) -> Result<Self> {
        let header = SnapshotHeader { form: 0, backend: String::new(), version: None };
        let lines = BufReader::with_capacity(256 * 1024, content);
        let (line, digest) = (String::new(), SnapshotDigest::default());
        let mut reader = Self { lines, line, number: 0, digest, open: None, header };
        reader.next_line()?;
        let text = match reader.line.strip_suffix(",\"tables\":[") {
            Some(begin) => format!("{begin}}}"),
            None => reader.line.clone(),
        };
        let header: SnapshotHeader =
            serde_json::from_str(&text).map_err(|_| reader.damaged("it begins with no header of a snapshot"))?;
        if header.form != FORM {
            let why = format!("it is of the form {}, and this schemactl reads the form {FORM}", header.form);
            return Err(reader.damaged(&why));
        }
        reader.digest.add(&header);
        reader.header = header;
        Ok(reader)
    }

    pub(crate) fn header(&self) -> &SnapshotHeader {
        &self.header
    }

    /// The next part.
    ///
    /// # Errors
    ///
    /// The snapshot was cut off or changed.
    pub(crate) fn next(&mut self) -> Result<SnapshotPart> {
        self.next_line()?;
        let line = std::mem::take(&mut self.line);
        let text = line.strip_prefix(',').unwrap_or(&line);
        let part = self.part(text);
        self.line = line;
        part.ok_or_else(|| self.damaged("a line is none of a snapshot")).and_then(|part| self.checked(part))
    }

    /// What a line says.
    fn part(&self, text: &str) -> Option<SnapshotPart> {
        if let Some(end) = text.strip_prefix("],") {
            return self.ending(&format!("{{{end}"));
        }
        if text.starts_with('[') {
            let values: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            return Some(SnapshotPart::Row(values.into_iter().map(|value| value.get().to_owned()).collect()));
        }
        if text.starts_with("{\"of\":") {
            let row: RowLine<'_> = serde_json::from_str(text).ok()?;
            let (table, _) = self.open.as_ref()?;
            let members = members_as_written(row.row.get())?;
            let is_same = members.iter().map(|(name, _)| name).eq(&table.columns);
            return is_same.then(|| SnapshotPart::Row(members.into_iter().map(|(_, value)| value).collect()));
        }
        if text.starts_with("{\"table\":") {
            let table = text.strip_suffix(",\"rows\":[").map(|begin| format!("{begin}}}"));
            return serde_json::from_str(table.as_deref().unwrap_or(text)).ok().map(SnapshotPart::Table);
        }
        self.ending(text)
    }

    fn ending(&self, text: &str) -> Option<SnapshotPart> {
        if self.open.is_some() {
            return serde_json::from_str(text).ok().map(SnapshotPart::TableEnd);
        }
        let end: SnapshotEnd = serde_json::from_str(text).ok()?;
        (end == self.digest.end()).then_some(SnapshotPart::End)
    }

    /// Compares what was announced with what was read.
    fn checked(&mut self, part: SnapshotPart) -> Result<SnapshotPart> {
        match &part {
            SnapshotPart::Table(table) if self.open.is_none() && table.columns.len() == table.types.len() => {
                self.digest.add(table);
                self.open = Some((table.clone(), RowsDigest::default()));
            }
            SnapshotPart::Row(values) => match &mut self.open {
                Some((table, rows)) if table.columns.len() == values.len() => rows.add(values),
                _ => return Err(self.damaged("a row has other columns than its table")),
            },
            SnapshotPart::TableEnd(count) => {
                let Some((table, rows)) = self.open.take() else { return Err(self.damaged("a table ends twice")) };
                if rows.end() != *count {
                    let why = format!(
                        "{} has {} rows, and not the {} that were written, or others",
                        table.plain(),
                        rows.count,
                        count.count
                    );
                    return Err(self.damaged(&why));
                }
                self.digest.add(count);
            }
            SnapshotPart::End => {
                let mut rest = String::new();
                let is_over = self.lines.read_to_string(&mut rest).is_ok() && rest.trim().is_empty();
                if !is_over {
                    return Err(self.damaged("something follows its end"));
                }
            }
            SnapshotPart::Table(_) => return Err(self.damaged("a table begins within another")),
        }
        Ok(part)
    }

    fn next_line(&mut self) -> Result<()> {
        self.line.clear();
        self.number += 1;
        let read = self.lines.read_line(&mut self.line);
        match read {
            Ok(0) => Err(self.damaged("it was cut off: its end is missing")),
            Ok(_) if !self.line.ends_with('\n') => Err(self.damaged("it was cut off: its last line has no end")),
            Ok(_) => {
                let length = self.line.trim_end_matches(['\n', '\r']).len();
                self.line.truncate(length);
                Ok(())
            }
            Err(error) => Err(self.damaged(&error.to_string())),
        }
    }

    /// An error about the line that was read last.
    pub(crate) fn damaged(&self, why: &str) -> Error {
        Error::new(Code::SnapshotDamaged, format!("the snapshot cannot be used: line {}", self.number))
            .with_cause(why)
            .with_state("nothing was restored")
            .with_hint("`schemactl export -o FILE` writes a whole one, or none")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::write::{SnapshotForm, SnapshotWriter};

    fn written(form: SnapshotForm) -> String {
        let header = SnapshotHeader { form: FORM, backend: "sqlite".to_owned(), version: Some(7) };
        let mut writer = SnapshotWriter::begin(Vec::new(), form, &header).unwrap();
        for name in ["a", "b"] {
            let (columns, types) = (vec!["x".to_owned(), "y".to_owned()], vec!["INTEGER".to_owned(), String::new()]);
            let next = vec![("x".to_owned(), 9)];
            writer.begin_table(SnapshotTable { table: name.to_owned(), schema: None, columns, types, next }).unwrap();
            for row in [["1", "\"],\""], ["2", "{\"blob\":\"AA==\"}"]] {
                writer.row(&row.map(str::to_owned)).unwrap();
            }
            writer.end_table().unwrap();
        }
        String::from_utf8(writer.end().unwrap().0).unwrap()
    }

    fn read(text: String) -> Result<Vec<SnapshotPart>> {
        let mut reader = SnapshotReader::begin(Box::new(std::io::Cursor::new(text.into_bytes())))?;
        let mut parts = Vec::new();
        while parts.last() != Some(&SnapshotPart::End) {
            parts.push(reader.next()?);
        }
        Ok(parts)
    }

    #[test]
    fn both_forms_are_read_as_the_same() {
        let document = written(SnapshotForm::Document);
        serde_json::from_str::<serde_json::Value>(&document).unwrap();
        let parts = read(document).unwrap();
        assert_eq!(parts, read(written(SnapshotForm::Lines)).unwrap());
        assert_eq!(parts.len(), 9);
    }

    #[test]
    fn what_was_cut_off_or_changed_is_seen() {
        for form in [SnapshotForm::Document, SnapshotForm::Lines] {
            let text = written(form);
            for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
                assert!(read(text[..at].to_owned()).is_err(), "{at}");
            }
            for (before, after) in
                [("AA==", "AB=="), ("\"version\":7", "\"version\":8"), ("\"x\",9", "\"x\",8"), ("1", "3")]
            {
                let changed = text.replacen(before, after, 2);
                assert!(changed != text && read(changed).is_err(), "{before}");
            }
            assert!(read(text.clone() + "x").is_err());
            let lines: Vec<&str> = text.lines().collect();
            for at in 0..lines.len() {
                let without: Vec<&str> =
                    lines.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, line)| *line).collect();
                assert!(read(without.join("\n") + "\n").is_err(), "{at}");
            }
        }
    }
}
