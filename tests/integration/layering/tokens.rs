//! Rust as tokens.

/// A name or a mark of Rust, without comments and literals.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
    /// An exclamation mark follows: it may be the name of a macro.
    pub(super) before_bang: bool,
}

impl Token {
    pub(super) fn is_name(&self) -> bool {
        self.text == "*" || self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Cuts Rust into tokens, as far as paths need it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, 0),
            'b' | 'c' if rest[1..].starts_with('"') => 1 + quoted(&rest[1..], 0),
            'r' | 'b' | 'c' if raw(rest).is_some() => raw(rest).unwrap_or(1),
            '\'' => character(rest),
            _ if first.is_alphanumeric() || first == '_' => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let before_bang = rest[length..].starts_with('!') && !rest[length..].starts_with("!=");
                tokens.push(Token { text: rest[..length].to_owned(), line, before_bang });
                length
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
                tokens.push(Token { text: rest[..length].to_owned(), line, before_bang: false });
                length
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// The length of a block comment, with those inside it.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a literal in double quotes that ends with `hashes` number signs; without any, `\` escapes.
fn quoted(text: &str, hashes: usize) -> usize {
    let end = format!("\"{}", "#".repeat(hashes));
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if !escaped && text[at..].starts_with(&end) {
            return at + end.len();
        }
        escaped = c == '\\' && !escaped && hashes == 0;
    }
    text.len()
}

/// The length of a raw string, if there is one.
fn raw(text: &str) -> Option<usize> {
    let after = text.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let opened = after.trim_start_matches('#');
    let hashes = after.len() - opened.len();
    let before = text.len() - opened.len();
    // Without number signs a raw string has no escapes either; it ends at the next quote.
    let length = if hashes == 0 { opened.get(1..)?.find('"')? + 2 } else { quoted(opened, hashes) };
    opened.starts_with('"').then_some(before + length)
}

/// The length of a character literal, or of the quote alone that begins a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(1, |end| end + 4),
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
        None => 1,
    }
}
