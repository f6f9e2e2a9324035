//! The file `.env` beside schema.toml: `NAME=value`, as most tools read it.

use std::collections::BTreeMap;
use std::path::Path;

use super::variables::is_name;
use crate::error::{Code, Error, Place, Result};

/// What a `.env` sets.
pub(crate) type DotenvVariables = BTreeMap<String, String>;

/// Reads a `.env`; one that does not exist sets nothing.
///
/// # Errors
/// [`Code::ConfigFile`]: it cannot be read, or has a line that sets nothing. The line is not shown: it may be a secret.
pub(crate) fn read(path: &Path) -> Result<DotenvVariables> {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(DotenvVariables::new()),
        Err(cause) => {
            let error = Error::io(Code::ConfigFile, format!("{shown} cannot be read"), cause);
            return Err(error.with_place(Place::whole(shown)));
        }
    };
    parse(&text).map_err(|line| {
        Error::new(Code::ConfigFile, format!("line {line} of {shown} does not read NAME=value"))
            .with_place(Place::whole(shown))
            .with_hint("where the file is not for this tool, write `dotenv = false` into schema.toml")
    })
}

/// Reads the text, or returns the number of the line that is wrong.
fn parse(text: &str) -> std::result::Result<DotenvVariables, usize> {
    let mut variables = DotenvVariables::new();
    let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        let (name, value) = line.split_once('=').ok_or(number)?;
        let name = Some(name.trim()).filter(|name| is_name(name)).ok_or(number)?;
        let value = value.trim_start();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => quoted(value, quote, &mut lines).ok_or(number)?,
            _ => bare(value).to_owned(),
        };
        variables.insert(name.to_owned(), value);
    }
    Ok(variables)
}

/// A value without quotes: up to a `#` after white space.
fn bare(value: &str) -> &str {
    let comment = value.match_indices('#').find(|(at, _)| *at == 0 || value[..*at].ends_with([' ', '\t']));
    comment.map_or(value, |(at, _)| &value[..at]).trim_end()
}

/// A value in quotes, which may go on in the next lines. Between double quotes, a backslash escapes.
fn quoted<'a>(first: &'a str, quote: char, lines: &mut impl Iterator<Item = (&'a str, usize)>) -> Option<String> {
    let mut value = String::new();
    let mut line = &first[1..];
    loop {
        let mut characters = line.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '\\' if quote == '"' => value.push_str(&escape(characters.next().map(|(_, c)| c))),
                c if c == quote => return is_comment(&line[at + 1..]).then_some(value),
                c => value.push(c),
            }
        }
        value.push('\n');
        line = lines.next()?.0;
    }
}

fn escape(c: Option<char>) -> String {
    match c {
        Some('n') => "\n".into(),
        Some('r') => "\r".into(),
        Some('t') => "\t".into(),
        Some(c @ ('\\' | '"' | '\'' | '$' | '`')) => c.into(),
        Some(c) => format!("\\{c}"),
        None => String::new(),
    }
}

fn is_comment(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_other_tools_write() {
        let text = "\u{feff}# comment\r\nA=1\r\n\nexport B = two words # comment\nC='si#ngle $x \\n' # comment\n\
                    D=\"a\\nb \\\"c\\\" \\$d \\q\"\nE=\nF=x#y\nG=\"two\nlines\"\nH=#\nA=2\nI=postgres://u:p@h/db?x=y\n";
        let variables = parse(text).unwrap();
        let expected = [
            ("A", "2"),
            ("B", "two words"),
            ("C", "si#ngle $x \\n"),
            ("D", "a\nb \"c\" $d \\q"),
            ("E", ""),
            ("F", "x#y"),
            ("G", "two\nlines"),
            ("H", ""),
            ("I", "postgres://u:p@h/db?x=y"),
        ];
        assert_eq!(variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn says_which_line_is_wrong() {
        for (text, line) in [("A=1\nno value\n", 2), ("1A=x", 1), ("\n\nA-B=x", 3), ("A=\"open", 1), ("A='x' y", 1)] {
            assert_eq!(parse(text), Err(line), "{text}");
        }
    }

    #[test]
    fn its_lines_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert!(read(&path).unwrap().is_empty());
        std::fs::write(&path, "A=1\nhunter2\n").unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.code(), Code::ConfigFile);
        assert!(error.to_string().starts_with("line 2 of "));
        assert!(!format!("{error:#}").contains("hunter2"));
    }
}
