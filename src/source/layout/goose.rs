//! goose: `<n>_<name>.sql` with both ways in one file, told apart by comments
//! (<https://pressly.github.io/goose/documentation/annotations/>).
//!
//! The half that is not meant is made blank, so that lines and columns are those of the file. `StatementBegin` and
//! `StatementEnd` are needed by goose alone, and `NO TRANSACTION` makes no difference to a proof.

use std::ops::Range;

use super::LayoutMigration;
use super::files::{LayoutFile, LayoutReading};
use super::number::by_number;
use super::pairs::numbered;
use crate::error::{Code, Error, Result};
use crate::source::Script;

pub(super) fn read(reading: &mut LayoutReading) -> Result<Vec<LayoutMigration>> {
    let mut found = Vec::new();
    for file in std::mem::take(&mut reading.files) {
        match parse(&file)? {
            Some(migration) => found.push(migration),
            None => reading.leave(&file),
        }
    }
    by_number(&mut found);
    Ok(found)
}

fn parse(file: &LayoutFile) -> Result<Option<LayoutMigration>> {
    let Some(stem) = file.name.strip_suffix(".sql") else { return Ok(None) };
    let Some((key, description)) = numbered(stem) else { return Ok(None) };
    let (up, down) = halves(&file.script()?)?;
    Ok(Some(LayoutMigration {
        key: key.to_owned(),
        description: description.to_owned(),
        name: stem.to_owned(),
        up,
        down,
    }))
}

/// Whether a script is one of goose's.
pub(super) fn is_annotated(script: &Script) -> bool {
    script.text().lines().any(|line| annotation(line).is_some())
}

/// What follows `-- +goose`, in lower case, with single spaces.
fn annotation(line: &str) -> Option<String> {
    let words = line.trim().strip_prefix("--")?.trim_start().strip_prefix("+goose")?;
    let is_word = words.is_empty() || words.starts_with(char::is_whitespace);
    is_word.then(|| words.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase())
}

/// The up and the down of a file.
fn halves(file: &Script) -> Result<(Script, Option<Script>)> {
    let text = file.text();
    let (mut up, mut down): (Option<usize>, Option<usize>) = (None, None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let wrong = |reason: &str| wrong(file, at..at + line.trim_end().len(), reason);
        match annotation(line).as_deref() {
            Some("up") if up.is_some() => return Err(wrong("`Up` stands in it twice")),
            Some("up") => up = Some(at + line.len()),
            Some("down") if up.is_none() => return Err(wrong("`Down` stands before `Up`")),
            Some("down") if down.is_some() => return Err(wrong("`Down` stands in it twice")),
            Some("down") => down = Some(at),
            Some("envsub on") => return Err(wrong("which values its variables have cannot be known here")),
            None | Some("statementbegin" | "statementend" | "no transaction" | "envsub off") => {}
            Some(_) => return Err(wrong("goose has no such annotation")),
        }
        at += line.len();
    }
    let Some(up) = up else {
        return Err(wrong(file, 0..0, "it has no line `-- +goose Up`"));
    };
    let half = |range: Range<usize>| Script::new(file.path().to_owned(), only(text, &range));
    Ok((half(up..down.unwrap_or(text.len())), down.map(|down| half(down..text.len()))))
}

/// The text with everything outside of `range` made blank.
fn only(text: &str, range: &Range<usize>) -> String {
    let blank = |part: &str| {
        part.chars()
            .flat_map(|c| std::iter::repeat_n(if matches!(c, '\n' | '\r') { c } else { ' ' }, c.len_utf8()))
            .collect::<String>()
    };
    blank(&text[..range.start]) + &text[range.clone()] + &blank(&text[range.end..])
}

fn wrong(file: &Script, span: Range<usize>, reason: &str) -> Error {
    Error::new(Code::Directive, format!("{}: {reason}", file.path())).with_place(file.place(span))
}
