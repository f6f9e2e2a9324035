use std::fmt;
use std::ops::Range;

/// A place in a file: where an error is, and the source line to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    path: String,
    /// 0 where the place is the file as a whole.
    line: usize,
    column: usize,
    /// Of a long line, what is near the place.
    source_line: String,
    /// How many characters of the source line stand before the caret.
    indent: usize,
    /// How many characters of the source line the caret spans.
    width: usize,
}

impl Place {
    /// The place of the byte range `span` in `text`. A span over several lines is cut at the end of its first.
    pub(crate) fn new(path: impl Into<String>, text: &str, span: Range<usize>) -> Self {
        let start = floor_char_boundary(text, span.start);
        // A carriage return alone ends a line only in a text without line feeds.
        let line_feed = if text.contains('\n') { '\n' } else { '\r' };
        let line_start = text[..start].rfind(line_feed).map_or(0, |at| at + 1);
        let line_end = text[start..].find(line_feed).map_or(text.len(), |at| start + at);
        let source_line = text[line_start..line_end].trim_end_matches('\r');
        let end = floor_char_boundary(text, span.end).clamp(start, (line_start + source_line.len()).max(start));
        let column = text[line_start..start].chars().count() + 1;
        let width = text[start..end].trim_end().chars().count().max(1);
        let (source_line, indent) = near(source_line, column - 1);
        let width = width.min(source_line.chars().count().saturating_sub(indent).max(1));
        Self {
            path: path.into(),
            line: text[..line_start].matches(line_feed).count() + 1,
            column,
            source_line,
            indent,
            width,
        }
    }

    /// A file or folder as a whole.
    pub(crate) fn whole(path: impl Into<String>) -> Self {
        Self { path: path.into(), line: 0, column: 0, source_line: String::new(), indent: 0, width: 0 }
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

    /// Returns the text of the line; of one with thousands of characters, those near the place.
    pub fn source_line(&self) -> &str {
        &self.source_line
    }

    /// Returns how many characters of the line the place spans.
    pub fn width(&self) -> usize {
        self.width
    }
}

/// The line, or of a long one the part around the character `at`, and where in it that character stands.
fn near(line: &str, at: usize) -> (String, usize) {
    const LONGEST: usize = 1_000;
    const BEFORE: usize = 60;
    const SHOWN: usize = 160;
    if line.len() <= LONGEST {
        return (line.to_owned(), at);
    }
    let skipped = at.saturating_sub(BEFORE);
    let mut shown: String = if skipped > 0 { "…".to_owned() } else { String::new() };
    let indent = at - skipped + shown.chars().count();
    let mut rest = line.chars().skip(skipped);
    shown.extend(rest.by_ref().take(SHOWN));
    if rest.next().is_some() {
        shown.push('…');
    }
    (shown, indent)
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
            let before = self.source_line.chars().take(self.indent);
            // Tabs stay tabs, so that the caret stands below its character at any tab width.
            let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            write!(
                f,
                "\n{:gutter$} |\n{number:>gutter$} | {}\n{:gutter$} | {indent}{}",
                "",
                self.source_line,
                "",
                "^".repeat(self.width)
            )?;
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
    fn of_a_long_line_a_part_is_shown() {
        let text = format!("{}é{}", "a".repeat(5_000), "b".repeat(5_000));
        let place = Place::new("f.sql", &text, 5_000..text.len());
        assert_eq!(place.column(), Some(5_001));
        assert!(place.source_line().starts_with("…aaa") && place.source_line().ends_with("bbb…"));
        let lines: Vec<String> = format!("{place:#}").lines().map(str::to_owned).collect();
        let caret = lines[3].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[2].chars().nth(caret), Some('é'));
        assert_eq!(lines[3].chars().count(), lines[2].chars().count());
    }

    #[test]
    fn a_span_past_the_end_is_the_end() {
        assert_eq!(Place::new("f.sql", "a", 9..12).to_string(), "f.sql:1:2");
    }
}
