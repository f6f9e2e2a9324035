//! What psql and the sqlite3 shell add to SQL: rows below a COPY, and commands of their own.

use std::ops::Range;

use super::lexer::SyntaxError;

/// The rows below a `COPY ... FROM STDIN`.
pub(super) struct CopyData {
    /// The lines up to, but without, the line `\.`.
    pub(super) rows: Range<usize>,
    /// After the line `\.`.
    pub(super) end: usize,
}

/// Finds the rows of the COPY that stands at `statement` and whose `;` ends at `from`.
pub(super) fn copy_data(script: &str, statement: usize, from: usize) -> Result<CopyData, SyntaxError> {
    let start = line_end(script, from);
    let rest = script[from..start].trim();
    if !(rest.is_empty() || rest.starts_with("--")) {
        return Err(SyntaxError::new(from, "the rows of COPY ... FROM STDIN must start on the line after its `;`"));
    }
    let mut at = start;
    while at < script.len() {
        let next = line_end(script, at);
        if script[at..next].trim_end_matches(['\n', '\r']) == "\\." {
            return Ok(CopyData { rows: start..at, end: next });
        }
        at = next;
    }
    Err(SyntaxError::new(statement, "the rows of this COPY ... FROM STDIN have no end")
        .with_hint("put a line that is only `\\.` after the last row"))
}

/// The offset after the line that `from` is in.
fn line_end(script: &str, from: usize) -> usize {
    script[from..].find('\n').map_or(script.len(), |at| from + at + 1)
}

/// The offset after the psql command at `at`, where a migration can do without it.
///
/// `pg_dump` since 13.22, 14.19, 15.14, 16.10, 17.6 puts its output between `\restrict KEY` and `\unrestrict KEY`, which only
/// forbid other commands to psql (CVE-2025-8714).
pub(super) fn skip_command(script: &str, at: usize) -> Result<usize, SyntaxError> {
    match command(script, at) {
        "\\restrict" | "\\unrestrict" => Ok(line_end(script, at)),
        _ => Err(command_error(script, at)),
    }
}

/// A backslash outside quotes is never SQL.
pub(super) fn command_error(script: &str, at: usize) -> SyntaxError {
    let command = command(script, at);
    let hint = match command {
        "\\c" | "\\connect" => "remove the line: which database a migration is for is said where it is run",
        "\\i" | "\\ir" | "\\include" | "\\include_relative" => "put the SQL of that file here",
        "\\copy" => "write COPY ... FROM STDIN, the rows below it, and a line `\\.` after them",
        "\\set" | "\\gset" | "\\if" | "\\elif" | "\\else" | "\\endif" => {
            "write the values out: psql's variables and conditions do not exist here"
        }
        "\\." => "this line ends the rows of a COPY ... FROM STDIN, and there is none before it",
        "\\" => "a backslash has a meaning in strings only",
        _ => "remove it, or write it as SQL",
    };
    SyntaxError::new(at, format!("`{command}` is a command of psql, not SQL")).with_hint(hint)
}

/// A statement of SQLite that begins with a dot is a command of its shell.
pub(super) fn dot_error(script: &str, at: usize) -> SyntaxError {
    let command = command(script, at);
    let hint = match command {
        ".read" => "put the SQL of that file here",
        ".import" => "write the rows as INSERT statements",
        _ => "remove the line, or write it as SQL",
    };
    SyntaxError::new(at, format!("`{command}` is a command of the sqlite3 shell, not SQL")).with_hint(hint)
}

fn command(script: &str, at: usize) -> &str {
    script[at..].split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default()
}
