//! Markdown, with the YAML of its front matter as fields and the rest as `@text`.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use super::plain_text;
use crate::convert::ConvertOptions;
use crate::error::Result;
use crate::import::record::{BadRecord, FieldValue, FileRecord};

const FENCE: &str = "---";
/// Front matter has no more levels than this.
const DEEPEST: usize = 100;

pub(super) fn record(bytes: &[u8], read: &ConvertOptions) -> Vec<Result<FileRecord, BadRecord>> {
    vec![plain_text(bytes, read, 1).and_then(|text| of_text(&text))]
}

fn of_text(text: &str) -> Result<FileRecord, BadRecord> {
    let Some(rest) = after_fence(text) else {
        return Ok(FileRecord::new(1).with("@text", FieldValue::Text(text.as_bytes().to_vec())));
    };
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            let body = &rest[at + line.len()..];
            let record = FileRecord::new(1).with("@text", FieldValue::Text(body.as_bytes().to_vec()));
            return front_matter(&rest[..at], record);
        }
        at += line.len();
    }
    Err(BadRecord::new(1, "the front matter has no end: a line of three hyphens is missing"))
}

fn after_fence(text: &str) -> Option<&str> {
    let (first, rest) = text.split_once('\n')?;
    (first.trim_end() == FENCE).then_some(rest)
}

fn front_matter(yaml: &str, mut record: FileRecord) -> Result<FileRecord, BadRecord> {
    let mut reader = YamlReader { parser: Parser::new_from_str(yaml), line: 1 };
    loop {
        match reader.event()? {
            Event::MappingStart(..) => break,
            Event::StreamEnd => return Ok(record),
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            _ => return Err(reader.bad("the front matter is no mapping of names to values")),
        }
    }
    while let Some(name) = reader.key()? {
        if record.get(&name).is_some() {
            return Err(reader.bad(format!("`{name}` is there twice")));
        }
        let event = reader.event()?;
        let value = reader.value(event, 0)?;
        record.fields.push((name, value));
    }
    Ok(record)
}

struct YamlReader<'y> {
    parser: Parser<'y, StrInput<'y>>,
    /// The line of the file, of which the fence is the first.
    line: u64,
}

impl<'y> YamlReader<'y> {
    fn event(&mut self) -> Result<Event<'y>, BadRecord> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line() as u64 + 1;
                Ok(event)
            }
            Some(Err(error)) => {
                let line = error.marker().line() as u64 + 1;
                Err(BadRecord::new(line, format!("the front matter is no YAML: {}", error.info())))
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn bad(&self, reason: impl Into<String>) -> BadRecord {
        BadRecord::new(self.line, reason)
    }

    /// The next name of a mapping; none at its end.
    fn key(&mut self) -> Result<Option<String>, BadRecord> {
        match self.event()? {
            Event::MappingEnd => Ok(None),
            Event::Scalar(name, ..) => Ok(Some(name.into_owned())),
            _ => Err(self.bad("a name in the front matter is no text")),
        }
    }

    fn value(&mut self, event: Event<'y>, depth: usize) -> Result<FieldValue, BadRecord> {
        if depth > DEEPEST {
            return Err(self.bad("more than 100 levels in each other"));
        }
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => Ok(plain(&text)),
            Event::Scalar(text, ..) => Ok(FieldValue::Word(text.into_owned())),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.event()? {
                        Event::SequenceEnd => break,
                        event => items.push(self.value(event, depth + 1)?.json().into_owned()),
                    }
                }
                Ok(FieldValue::Json(format!("[{}]", items.join(", "))))
            }
            Event::MappingStart(..) => {
                let mut members: Vec<(String, String)> = Vec::new();
                while let Some(name) = self.key()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(self.bad(format!("`{name}` is there twice")));
                    }
                    let event = self.event()?;
                    members.push((name, self.value(event, depth + 1)?.json().into_owned()));
                }
                let member =
                    |(name, value): &(String, String)| format!("{}: {value}", FieldValue::Word(name.clone()).json());
                let members: Vec<String> = members.iter().map(member).collect();
                Ok(FieldValue::Json(format!("{{{}}}", members.join(", "))))
            }
            Event::Alias(_) => Err(self.bad("an alias (`*name`) is not read")),
            _ => Err(self.bad("the front matter ends before its value")),
        }
    }
}

/// A word without quotes, by the core schema of YAML 1.2. Numbers keep their digits.
fn plain(text: &str) -> FieldValue {
    let is_number = || {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with(|first: char| first.is_ascii_digit())
            && serde_json::from_str::<serde_json::Number>(text).is_ok()
    };
    match text {
        "" | "~" | "null" | "Null" | "NULL" => FieldValue::Null,
        "true" | "True" | "TRUE" => FieldValue::Boolean(true),
        "false" | "False" | "FALSE" => FieldValue::Boolean(false),
        _ if is_number() => FieldValue::Number(text.to_owned()),
        _ => FieldValue::Word(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FileRecord, BadRecord> {
        record(text.as_bytes(), &ConvertOptions::default()).pop().unwrap()
    }

    #[test]
    fn front_matter_is_fields_and_the_rest_is_text() {
        let found = read("---\ntitle: \"a: b\"\nn: 12345678901234567890.10\nok: true\nwhen: 2025-01-27\ntags: [x, {y: 1}]\n---\nBody\n---\n").unwrap();
        assert_eq!(found.get("title"), Some(&FieldValue::Word("a: b".to_owned())));
        assert_eq!(found.get("n"), Some(&FieldValue::Number("12345678901234567890.10".to_owned())));
        assert_eq!(found.get("when"), Some(&FieldValue::Word("2025-01-27".to_owned())));
        assert_eq!(found.get("tags"), Some(&FieldValue::Json("[\"x\", {\"y\": 1}]".to_owned())));
        assert_eq!(found.get("@text"), Some(&FieldValue::Text(b"Body\n---\n".to_vec())));
        assert_eq!(read("no front\n---\n").unwrap().fields.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(read("---\na: 1\n").unwrap_err().line, 1);
        assert_eq!(read("---\na: 1\na: 2\n---\n").unwrap_err(), BadRecord::new(3, "`a` is there twice"));
        assert_eq!(read("---\na: &x 1\nb: *x\n---\n").unwrap_err().line, 3);
        assert!(read("---\na: [1\n---\n").unwrap_err().reason.contains("no YAML"));
        assert!(read("---\njust words\n---\n").unwrap_err().reason.contains("no mapping"));
    }
}
