//! The comments that stand before the first statement of a script.

use std::ops::Range;

/// What stands before the first statement.
pub(super) struct Header {
    pub(super) comments: Vec<HeaderComment>,
    /// Where the first statement begins; `None` where the text has none.
    pub(super) statement: Option<usize>,
}

pub(super) struct HeaderComment {
    pub(super) style: CommentStyle,
    /// What the comment says, without its marks.
    pub(super) content: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CommentStyle {
    Line,
    Block,
}

impl Header {
    /// Reads the comments up to the first statement. A lone semicolon is no statement.
    ///
    /// A block comment that does not end counts as a statement, so that it is reported as what it is.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut header = Self { comments: Vec::new(), statement: None };
        let mut at = 0;
        while at < bytes.len() {
            match &bytes[at..] {
                [b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b';', ..] => at += 1,
                [b'-', b'-', ..] => {
                    let end = line_end(bytes, at);
                    header.comments.push(HeaderComment { style: CommentStyle::Line, content: at + 2..end });
                    at = end;
                }
                [b'/', b'*', rest @ ..] => match block_length(rest) {
                    Some(length) => {
                        header
                            .comments
                            .push(HeaderComment { style: CommentStyle::Block, content: at + 2..at + length });
                        at += length + 2;
                    }
                    None => break,
                },
                _ => break,
            }
        }
        header.statement = (at < bytes.len()).then_some(at);
        header
    }
}

/// Where the line ends that holds `from`: at LF, CRLF or CR.
fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |length| from + length)
}

/// How long a block comment is from its opening mark to its closing one; block comments nest.
fn block_length(after_open: &[u8]) -> Option<usize> {
    let mut depth = 1;
    let mut at = 0;
    loop {
        match after_open.get(at..at + 2)? {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_statement() {
        for (text, statement) in [
            ("", None),
            (" \r\n\t;; -- a\r-- b", None),
            ("/* a /* b */ c */\n", None),
            ("-- a\nSELECT 1", Some(5)),
            ("-- a\rSELECT 1", Some(5)),
            ("/**/x", Some(4)),
            ("/* open", Some(0)),
            ("/*/ x", Some(0)),
            ("- 1", Some(0)),
            ("é", Some(0)),
        ] {
            assert_eq!(Header::of(text).statement, statement, "{text:?}");
        }
    }

    #[test]
    fn comments_are_without_their_marks() {
        let text = "-- one\r\n/* two */--three\nSELECT 1";
        let header = Header::of(text);
        let contents: Vec<_> = header.comments.iter().map(|comment| &text[comment.content.clone()]).collect();
        assert_eq!(contents, [" one", " two ", "three"]);
    }
}
