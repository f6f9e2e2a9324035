use serde::Serialize;

use super::Paint;
use crate::error::{Audience, Error, Place};

/// The whole error as the terminal shows it: its whole report, worded for whoever runs the command, with colour added.
pub(crate) fn with_colour(error: &Error, paint: Paint) -> String {
    coloured(&error.for_command().to_string(), paint)
}

pub(super) fn coloured(report: &str, paint: Paint) -> String {
    let lines = report
        .lines()
        .enumerate()
        .map(|(number, line)| if number == 0 { first(line, paint) } else { other(line, paint) });
    lines.collect::<Vec<_>>().join("\n")
}

fn first(line: &str, paint: Paint) -> String {
    match line.split_once(": ") {
        Some((code, message)) => format!("{}{}", paint.red(code), paint.bold(&format!(": {message}"))),
        None => paint.red(line),
    }
}

fn other(line: &str, paint: Paint) -> String {
    if let Some(path) = line.strip_prefix("  --> ") {
        return format!("  {} {path}", paint.blue("-->"));
    }
    if let Some(rest) = line.strip_prefix("   = ") {
        return format!("   {} {rest}", paint.blue("="));
    }
    if let Some(rest) = line.strip_prefix("hint: ") {
        return format!("{}: {rest}", paint.cyan("hint"));
    }
    match line.split_once(" |") {
        Some((gutter, source)) if gutter.bytes().all(|byte| byte == b' ' || byte.is_ascii_digit()) => {
            let source = if is_caret(source) { paint.red(source) } else { source.to_owned() };
            format!("{}{source}", paint.blue(&format!("{gutter} |")))
        }
        _ => line.to_owned(),
    }
}

fn is_caret(source: &str) -> bool {
    source.contains('^') && source.trim().bytes().all(|byte| byte == b'^')
}

/// An error with all its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ErrorView {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The database that it is about, where several are configured.
    pub(crate) database: Option<String>,
    pub(crate) place: Option<PlaceView>,
    pub(crate) cause: Option<String>,
    pub(crate) sqlstate: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) hints: Vec<String>,
    pub(crate) exit_code: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PlaceView {
    path: String,
    line: Option<usize>,
    column: Option<usize>,
    source_line: Option<String>,
    width: Option<usize>,
}

impl ErrorView {
    pub(crate) fn of(error: &Error, database: Option<&str>) -> Self {
        Self {
            code: error.code().as_str(),
            message: error.to_string(),
            database: database.map(str::to_owned),
            place: error.place().map(PlaceView::of),
            cause: error.cause().map(str::to_owned),
            sqlstate: error.sqlstate().map(str::to_owned),
            state: error.database_state().map(str::to_owned),
            hints: error.hints().iter().map(|hint| hint.words(Audience::Command)).collect(),
            exit_code: error.kind().exit_code(),
        }
    }
}

impl PlaceView {
    fn of(place: &Place) -> Self {
        let in_file = place.line().is_some();
        Self {
            path: place.path().to_owned(),
            line: place.line(),
            column: place.column(),
            source_line: in_file.then(|| place.excerpt().text),
            width: in_file.then(|| place.excerpt().width),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn model() -> Error {
        Error::new(Code::StatementFailed, "migration 7 add_total failed at statement 2 of 3")
            .with_place(Place::new("V0007__add_total.sql", "SELECT 1;\nALTER TABLE orders;\n", 10..28))
            .with_cause("column \"total\" contains null values")
            .with_sqlstate("23502")
            .with_state("rolled back")
            .with_hint("add the column with a DEFAULT")
    }

    #[test]
    fn without_colour_the_text_is_that_of_the_error() {
        assert_eq!(with_colour(&model(), Paint::Plain), format!("{:#}", model()));
    }

    #[test]
    fn colour_is_only_added() {
        let coloured = with_colour(&model(), Paint::Coloured);
        for part in [
            "\x1b[1;31merror[E0204]\x1b[0m\x1b[1m: migration 7",
            "\x1b[1;34m-->\x1b[0m V0007",
            "\x1b[1;34m 2 |\x1b[0m ALTER TABLE orders;",
            "\x1b[1;31m ^^^^^^^^^^^^^^^^^^\x1b[0m",
            "\x1b[1;34m=\x1b[0m cause: column",
            "\x1b[1;36mhint\x1b[0m: add",
        ] {
            assert!(coloured.contains(part), "{part:?} in {coloured:?}");
        }
        let codes = ["\x1b[1;31m", "\x1b[1;34m", "\x1b[1;36m", "\x1b[1m", "\x1b[0m"];
        let plain = codes.iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(plain, format!("{:#}", model()));
    }

    #[test]
    fn json_has_every_part() {
        let json = serde_json::to_value(ErrorView::of(&model(), Some("shop"))).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "code": "E0204",
                "message": "migration 7 add_total failed at statement 2 of 3",
                "database": "shop",
                "place": {
                    "path": "V0007__add_total.sql",
                    "line": 2,
                    "column": 1,
                    "source_line": "ALTER TABLE orders;",
                    "width": 18
                },
                "cause": "column \"total\" contains null values",
                "sqlstate": "23502",
                "state": "rolled back",
                "hints": ["add the column with a DEFAULT"],
                "exit_code": 1
            })
        );
    }
}
