//! What a script says about how it is to be run: `-- schemactl: key = value`, before the first statement.
//!
//! A line that could be meant as a directive is one, or is an error: odd spacing and case are taken, a misspelt word, a
//! block comment and a directive after the first statement are refused. The last also refuses such a line inside a string
//! or COPY data; that is rarer than a directive put too low, which would change how a migration runs without a word.

use std::ops::Range;

use super::Script;
use super::directive_value::{self as value, Directives};
use super::header::{CommentStyle, Header};
use crate::error::{Code, Error, Place, Result, did_you_mean};

const MARK: &str = "schemactl";
const KEYS: [&str; 10] = [
    "transaction",
    "lock_timeout",
    "statement_timeout",
    "requires",
    "irreversible",
    "repeat",
    "order",
    "undo",
    "verdict",
    "loses",
];

/// The key that may stand in several lines.
const REPEATABLE: &str = "loses";

/// The directive by which a migration may be applied late, as a line of its own: what refinery calls unversioned has it here.
pub(crate) const LATE_LINE: &str = "-- schemactl: order = any\n";

/// The text without the line that says that it may be applied late, where it begins with that.
pub(crate) fn without_late_line(text: &str) -> Option<&str> {
    text.strip_prefix(LATE_LINE)
}

impl Script {
    /// Reads the directives.
    ///
    /// # Errors
    /// [`Code::Directive`], at its line: one is unknown, repeated, misspelt, has a value that it cannot have, or stands
    /// after the first statement.
    pub(crate) fn directives(&self) -> Result<&Directives> {
        self.directives.get_or_try(|| self.read_directives())
    }

    fn read_directives(&self) -> Result<Directives> {
        let text = self.text();
        let header = Header::of(text);
        let mut reader = DirectiveReader { script: self, directives: Directives::default(), seen: Vec::new() };
        for comment in &header.comments {
            if comment.style == CommentStyle::Line && is_commented_out(&text[comment.content.clone()]) {
                continue;
            }
            let content = trim(text, comment.content.clone());
            match (comment.style, recognize(&text[content.clone()])) {
                (_, Comment::Ordinary) => {}
                (CommentStyle::Line, Comment::Directive(body)) => reader.read(content.end - body.len()..content.end)?,
                (CommentStyle::Line, Comment::Misspelt(reason)) => return Err(self.directive_error(content, reason)),
                (CommentStyle::Block, _) => {
                    let reason = "a directive stands in a line comment, `-- schemactl: key = value`";
                    return Err(self.directive_error(first_line(text, content), reason));
                }
            }
        }
        match header.statement.and_then(|start| find_late(text, start)) {
            Some(late) => Err(reader.late(late)),
            None => Ok(reader.directives),
        }
    }

    pub(super) fn directive_error(&self, span: Range<usize>, reason: impl std::fmt::Display) -> Error {
        let path = self.path();
        Error::new(Code::Directive, format!("directive in {path}: {reason}")).with_place(Place::new(
            path,
            self.text(),
            span,
        ))
    }
}

/// What a comment is to this tool.
enum Comment<'a> {
    Ordinary,
    /// What follows the colon.
    Directive(&'a str),
    Misspelt(&'static str),
}

/// Whether the comment is one within a comment, `--  -- schemactl: ...`, as `new` shows it: a line that an editor has commented out says nothing.
fn is_commented_out(content: &str) -> bool {
    content.starts_with([' ', '\t']) && content.trim_start().starts_with("--")
}

/// Tells what a comment is by its first word. `content` is trimmed.
fn recognize(content: &str) -> Comment<'_> {
    let content = content.trim_start_matches(['-', ' ']);
    let length = content.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (word, rest) = content.split_at(length);
    let after = rest.trim_start();
    if !word.eq_ignore_ascii_case(MARK) {
        let near = after.starts_with(':') && strsim::osa_distance(&word.to_ascii_lowercase(), MARK) <= 2;
        return if near { Comment::Misspelt("the word before the colon is `schemactl`") } else { Comment::Ordinary };
    }
    if let Some(body) = after.strip_prefix(':') {
        return Comment::Directive(body.trim_start());
    }
    let key = after.split(|c: char| !is_key(c)).next().unwrap_or_default();
    if after.contains('=') || KEYS.contains(&key) {
        return Comment::Misspelt("a colon follows `schemactl`");
    }
    Comment::Ordinary
}

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// The first directive in a line of its own after the first statement.
fn find_late(text: &str, start: usize) -> Option<Range<usize>> {
    let mut at = start;
    for line in text[start..].split_inclusive(['\n', '\r']) {
        let trimmed = line.trim();
        if let Some(content) = trimmed.strip_prefix("--")
            && !is_commented_out(content)
            && matches!(recognize(content.trim()), Comment::Directive(_))
        {
            let begin = at + (line.len() - line.trim_start().len());
            return Some(begin..begin + trimmed.len());
        }
        at += line.len();
    }
    None
}

fn trim(text: &str, span: Range<usize>) -> Range<usize> {
    let content = &text[span.clone()];
    let start = span.start + (content.len() - content.trim_start().len());
    start..(span.start + content.trim_end().len()).max(start)
}

fn first_line(text: &str, span: Range<usize>) -> Range<usize> {
    let length = text[span.clone()].find(['\n', '\r']).unwrap_or(span.len());
    span.start..span.start + length
}

struct DirectiveReader<'a> {
    script: &'a Script,
    directives: Directives,
    seen: Vec<String>,
}

impl DirectiveReader<'_> {
    /// Reads `key = value`, or a bare key, that stands at `span`.
    fn read(&mut self, span: Range<usize>) -> Result<()> {
        let body = &self.script.text()[span.clone()];
        let key_length = body.find(|c| !is_key(c)).unwrap_or(body.len());
        let (key, rest) = body.split_at(key_length);
        let key_span = span.start..span.start + key_length.max(1);
        if !KEYS.contains(&key) {
            return Err(self.unknown(key, key_span));
        }
        if key != REPEATABLE && self.seen.iter().any(|seen| seen == key) {
            return Err(self.script.directive_error(key_span, format!("`{key}` is given twice")));
        }
        self.seen.push(key.to_owned());
        let value = match rest.trim_start().strip_prefix('=') {
            Some(value) => Some(value.trim()),
            None if rest.trim().is_empty() => None,
            None => return Err(self.script.directive_error(span, format!("`=` is missing after `{key}`"))),
        };
        self.set(key, value).map_err(|reason| {
            let error = self.script.directive_error(span, reason.message);
            reason.hint.into_iter().fold(error, Error::with_hint)
        })
    }

    fn set(&mut self, key: &str, given: Option<&str>) -> Result<(), value::InvalidDirective> {
        let directives = &mut self.directives;
        if key == "irreversible" {
            directives.irreversible = Some(given.map_or(Ok(""), value::unquote)?.to_owned());
            return Ok(());
        }
        let text = given.map_or(Ok(""), value::unquote)?;
        if text.is_empty() {
            return Err(value::InvalidDirective::missing(key));
        }
        match key {
            "transaction" => directives.transaction = value::transaction(text)?,
            "lock_timeout" => directives.lock_timeout = Some(value::duration(key, text)?),
            "statement_timeout" => directives.statement_timeout = Some(value::duration(key, text)?),
            "requires" => directives.requires = value::requirements(text)?,
            "verdict" => directives.verdict = Some(value::verdict(text)?),
            "loses" => directives.loses.push(value::loss(text)?),
            "order" => directives.order = value::order(text)?,
            "undo" => directives.undo = Some(value::undo(text)?),
            _ => directives.repeat = value::repeat(text)?,
        }
        Ok(())
    }

    fn unknown(&self, key: &str, span: Range<usize>) -> Error {
        let error = match key {
            "" => self.script.directive_error(span, "the key is missing"),
            _ => self.script.directive_error(span, format!("`{key}` is unknown")),
        };
        match did_you_mean(key, KEYS) {
            Some(hint) => error.with_hint(hint),
            None => error.with_hint(format!("the directives are {}", KEYS.join(", "))),
        }
    }

    fn late(&self, span: Range<usize>) -> Error {
        self.script
            .directive_error(span, "it must stand before the first statement")
            .with_hint("move the line to the top of the file")
            .with_hint("where it is part of a value or of a function's body, put another word before `schemactl:`")
    }
}

#[cfg(test)]
mod tests;
