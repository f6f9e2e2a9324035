use std::fmt;
use std::ops::Range;

/// A place in a file: where an error is, and the source line to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    path: String,
    /// 0 where the place is the file as a whole.
    line: usize,
    column: usize,
    source_line: String,
    /// How many characters of the source line the caret spans.
    width: usize,
}

impl Place {
    /// The place of the byte range `span` in `text`. A span over several lines is cut at the end of its first.
    pub(crate) fn new(path: impl Into<String>, text: &str, span: Range<usize>) -> Self {
        let start = floor_char_boundary(text, span.start);
        let (line, line_start) = line_of(text, start);
        let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
        let source_line = &text[line_start..line_end];
        let end = floor_char_boundary(text, span.end).clamp(start, (line_start + source_line.len()).max(start));
        Self {
            path: path.into(),
            line,
            column: text[line_start..start].chars().count() + 1,
            source_line: source_line.to_owned(),
            width: text[start..end].trim_end().chars().count().max(1),
        }
    }

    /// A file or folder as a whole.
    pub(crate) fn whole(path: impl Into<String>) -> Self {
        Self { path: path.into(), line: 0, column: 0, source_line: String::new(), width: 0 }
    }

    /// Shows the line another way, its characters counted as before: a line of a configuration may hold a password.
    pub(crate) fn with_shown_line(mut self, show: impl FnOnce(&str) -> String) -> Self {
        self.source_line = show(&self.source_line);
        self
    }

    /// Returns the path as it was given or found.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the line, counted from 1, unless the place is the file as a whole.
    pub fn line(&self) -> Option<usize> {
        (self.line > 0).then_some(self.line)
    }

    /// Returns the column in characters, counted from 1, unless the place is the file as a whole.
    pub fn column(&self) -> Option<usize> {
        (self.line > 0).then_some(self.column)
    }

    /// Returns the text of the line, however long it is.
    pub fn source_line(&self) -> &str {
        &self.source_line
    }

    /// Returns how many characters of the line the place spans.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What is shown of the line.
    pub(crate) fn excerpt(&self) -> Excerpt {
        let before = self.column - 1;
        let skipped = if self.source_line.chars().nth(LONGEST).is_some() { before.saturating_sub(BEFORE) } else { 0 };
        let mut rest = self.source_line.chars().skip(skipped);
        let text: String = rest.by_ref().take(LONGEST).map(printable).collect();
        let shown = text.chars().count();
        let start = if skipped > 0 { CUT } else { "" };
        let end = if rest.next().is_some() { CUT } else { "" };
        Excerpt {
            before: start.len() + before - skipped,
            width: self.width.min((shown + skipped).saturating_sub(before)).max(1),
            text: format!("{start}{text}{end}"),
        }
    }
}

/// How many characters are shown of a line: a script that a program wrote can be one line of megabytes.
const LONGEST: usize = 200;
/// How many of them stand before the place.
const BEFORE: usize = 60;
/// Where a line was cut.
const CUT: &str = "...";

/// What is shown of a line: all of it, or of a long one the part around the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) text: String,
    /// How many characters of it stand before the place.
    pub(crate) before: usize,
    /// How many characters of it the place spans.
    pub(crate) width: usize,
}

/// Keeps a file from steering the terminal.
fn printable(c: char) -> char {
    if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }
}

/// The number of the line that holds `at`, and where it begins. Lines end with LF, CRLF or CR.
fn line_of(text: &str, at: usize) -> (usize, usize) {
    // Each is looked for alone: the standard library does that many bytes at a time, and maps have a place for each of their lines.
    let before = &text[..at];
    let is_end = |end: &usize| text.as_bytes().get(end + 1) != Some(&b'\n');
    let returns = before.match_indices('\r').map(|(end, _)| end).filter(is_end);
    let ends = before.match_indices('\n').map(|(end, _)| end).chain(returns);
    ends.fold((1, 0), |(line, start), end| (line + 1, start.max(end + 1)))
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// `path:line:column`; the alternate form adds the source line with a caret below it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.write_str("  --> ")?;
        }
        f.write_str(&self.path)?;
        if self.line == 0 {
            return Ok(());
        }
        write!(f, ":{}:{}", self.line, self.column)?;
        if f.alternate() {
            let number = self.line.to_string();
            let gutter = number.len().max(2);
            let Excerpt { text, before, width } = self.excerpt();
            // Tabs stay tabs, so that the caret stands below its character at any tab width.
            let indent: String = text.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let caret = "^".repeat(width);
            write!(f, "\n{:gutter$} |\n{number:>gutter$} | {text}\n{:gutter$} | {indent}{caret}", "", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let text = "a;\nSELECT 'é', x;\r\nb";
        let at = text.find("x;").unwrap();
        let place = Place::new("f.sql", text, at..at + 1);
        assert_eq!(place.to_string(), "f.sql:2:13");
        assert_eq!(place.source_line(), "SELECT 'é', x;");
    }

    #[test]
    fn a_span_over_lines_is_cut_at_the_first() {
        let place = Place::new("f.sql", "CREATE TABLE t (\n  a int\n)", 0..26);
        assert_eq!((place.line(), place.width()), (Some(1), 16));
    }

    #[test]
    fn a_span_past_the_end_is_the_end() {
        assert_eq!(Place::new("f.sql", "a", 9..12).to_string(), "f.sql:1:2");
    }

    #[test]
    fn lines_end_with_any_line_end() {
        for ends in ["\n", "\r\n", "\r"] {
            let text = ["a", "", "b c", ""].join(ends);
            let at = text.find('c').unwrap();
            let place = Place::new("f.sql", &text, at..text.len());
            assert_eq!((place.to_string().as_str(), place.source_line(), place.width()), ("f.sql:3:3", "b c", 1));
        }
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let text = format!("{}oops{}", "é".repeat(1000), "x".repeat(1000));
        let place = Place::new("f.sql", &text, 2000..2004);
        assert_eq!(place.to_string(), "f.sql:1:1001");
        let Excerpt { text, before, width } = place.excerpt();
        assert_eq!((before, width), (63, 4));
        assert_eq!(text, format!("...{}oops{}...", "é".repeat(60), "x".repeat(136)));
        // At the ends of the line nothing is cut there.
        let text = "y".repeat(500);
        assert_eq!(
            Place::new("f", &text, 0..500).excerpt(),
            Excerpt { text: format!("{}...", "y".repeat(200)), before: 0, width: 200 }
        );
        assert_eq!(
            Place::new("f", &text, 500..500).excerpt(),
            Excerpt { text: format!("...{}", "y".repeat(60)), before: 63, width: 1 }
        );
    }

    #[test]
    fn what_would_steer_the_terminal_is_not_printed() {
        let place = Place::new("f.sql", "a\x1b[2J\0\tb", 7..8);
        assert_eq!(format!("{place:#}"), "  --> f.sql:1:8\n   |\n 1 | a\u{fffd}[2J\u{fffd}\tb\n   |       \t^");
    }
}
