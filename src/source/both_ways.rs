//! Files that have both ways in one, as other tools write them: all of such a file would be applied, and with that taken back.

use super::Script;
use crate::error::{Code, Error, Result};

/// The comments that begin the two ways, and whose they are. Case and the number of spaces make no difference.
const MARKS: [[&str; 3]; 5] = [
    ["+goose Up", "+goose Down", "goose"],
    ["migrate:up", "migrate:down", "dbmate"],
    ["+migrate Up", "+migrate Down", "sql-migrate"],
    ["+micrate Up", "+micrate Down", "micrate"],
    ["rambler up", "rambler down", "rambler"],
];

/// Which way a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScriptDirection {
    Up,
    Down,
}

/// Refuses a script in which a comment of another tool begins the other way.
pub(super) fn refuse(script: &Script, way: ScriptDirection) -> Result<()> {
    let mut at = 0;
    for line in script.text().split_inclusive('\n') {
        if let Some(mark) = begun(line).and_then(|comment| begins_other(&comment, way)) {
            let start = at + (line.len() - line.trim_start().len());
            return Err(error(script, start..start + line.trim().len(), mark, way));
        }
        at += line.len();
    }
    Ok(())
}

/// What a line is that is a comment.
fn begun(line: &str) -> Option<String> {
    let words = line.trim().strip_prefix("--")?.trim_start_matches('-').split_whitespace();
    Some(words.collect::<Vec<_>>().join(" ").to_ascii_lowercase())
}

fn begins_other(comment: &str, way: ScriptDirection) -> Option<&'static [&'static str; 3]> {
    let is_it = |mark: &str| {
        comment
            .strip_prefix(mark.to_ascii_lowercase().as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| !c.is_alphanumeric()))
    };
    MARKS.iter().find(|[up, down, _]| is_it(if way == ScriptDirection::Up { down } else { up }))
}

fn error(script: &Script, span: std::ops::Range<usize>, [up, down, tool]: &[&str; 3], way: ScriptDirection) -> Error {
    let path = script.path();
    let (does, mark, move_it) = match way {
        ScriptDirection::Up => ("applied", *down, format!("move what follows this line to {}", beside(path))),
        ScriptDirection::Down => {
            ("run to take the migration back", *up, "keep what takes the migration back, and nothing else".to_owned())
        }
    };
    Error::new(Code::BothWays, format!("{path} has both ways in one file, as {tool} writes them"))
        .with_place(script.place(span))
        .with_cause(format!("`-- {mark}` begins the other way; here all that is in the file would be {does}"))
        .with_state("nothing was changed")
        .with_hint(format!(
            "{move_it}, and leave the comments of {tool} away: docs/coming-from.md has a script for all files"
        ))
}

/// The file that takes the migration back.
fn beside(path: &str) -> String {
    format!("{}.down.sql", path.strip_suffix(".sql").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, way: ScriptDirection) -> Option<Error> {
        let script = Script::new("V1__a.sql", text.to_owned());
        refuse(&script, way).err()
    }

    #[test]
    fn both_ways_are_told_from_one() {
        for text in [
            "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n",
            "--+goose up\r\nSELECT 1;\r\n  --  +GOOSE   DOWN\r\n",
            "-- migrate:up\nSELECT 1;\n\n-- migrate:down transaction:false\n",
            "-- +migrate Up\nSELECT 1;\n-- +migrate Down",
            "--- rambler down",
        ] {
            let error = refused(text, ScriptDirection::Up).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(error.code(), Code::BothWays);
            assert!(error.hints()[0].to_string().contains("V1__a.down.sql"), "{error:#}");
        }
        assert!(refused("-- +goose Up\nSELECT 1;\n", ScriptDirection::Down).is_some());
        for (text, way) in [
            ("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose StatementEnd\n", ScriptDirection::Up),
            ("-- +goose Down\nSELECT 1;\n", ScriptDirection::Down),
            ("-- goose down the line\n-- migrate:downwards\nSELECT '-- +goose Down';", ScriptDirection::Up),
            ("-- up\n-- down\nSELECT 1; -- migrate:down\n", ScriptDirection::Up),
        ] {
            assert!(refused(text, way).is_none(), "{text}");
        }
    }
}
