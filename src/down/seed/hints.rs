//! What checks suggest for a column: the values that they name, and what these are compared with.
//!
//! A guess by the words and signs around a name, not a parser: whatever comes of it is tried, and the database decides.

use super::pattern::Style;
use crate::sql::{Dialect, Token, TokenKind, tokens, unquoted_name};

/// What is known of the values that a column's checks want.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Hints {
    /// Texts and numbers that it is to be equal to, one of them.
    pub(crate) equal: Vec<String>,
    /// Other texts, and parts of texts.
    pub(crate) texts: Vec<String>,
    pub(crate) numbers: Vec<f64>,
    /// Numbers that its length is compared with.
    pub(crate) lengths: Vec<usize>,
    /// Whether checks take it for JSON.
    pub(crate) is_json: bool,
    /// The types of JSON values that checks name.
    pub(crate) json: Vec<String>,
    /// The members that a JSON object is to have, each with a value as JSON has it, where checks say something of that.
    pub(crate) members: Vec<(String, Option<String>)>,
    pub(crate) patterns: Vec<(Style, String)>,
    /// Formats of times, for `strftime`.
    pub(crate) formats: Vec<String>,
}

impl Hints {
    /// What these checks say about `column`, one of the `columns` that they may name.
    pub(crate) fn of<'a>(
        dialect: Dialect,
        checks: impl IntoIterator<Item = &'a str>,
        column: &str,
        columns: &[&str],
    ) -> Self {
        let mut hints = Self::default();
        hints.add(dialect, checks, column, columns);
        hints
    }

    /// Adds what other checks say.
    pub(crate) fn add<'a>(
        &mut self,
        dialect: Dialect,
        checks: impl IntoIterator<Item = &'a str>,
        column: &str,
        columns: &[&str],
    ) {
        for check in checks {
            CheckReader::new(dialect, check, column, columns).read(self);
        }
    }
}

/// What of the column a value is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aspect {
    Itself,
    Length,
    Json,
    /// `typeof(x)`: nothing that it has as a value.
    Type,
    /// What some function makes of it.
    Computed,
}

impl Aspect {
    fn of_function(name: &str) -> Self {
        match name {
            "length" | "char_length" | "character_length" | "octet_length" | "cardinality" | "array_length" => {
                Self::Length
            }
            "typeof" | "pg_typeof" => Self::Type,
            "lower" | "upper" | "trim" | "btrim" | "coalesce" | "nullif" | "abs" | "round" => Self::Itself,
            _ if name.starts_with("json") => Self::Json,
            _ => Self::Computed,
        }
    }
}

/// One check, word by word.
struct CheckReader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    column: &'a str,
    columns: &'a [&'a str],
    /// The functions that are open, and what else stands in parentheses.
    open: Vec<Option<String>>,
    /// Whether what comes is about the column: the last name was its own, or there was none yet.
    is_about_it: bool,
    aspect: Aspect,
    /// The operator before the value.
    operator: String,
    /// After `::`, where words are a type.
    in_type: bool,
    /// Whether what comes is about a member of the column.
    in_member: bool,
}

impl<'a> CheckReader<'a> {
    fn new(dialect: Dialect, text: &'a str, column: &'a str, columns: &'a [&'a str]) -> Self {
        Self {
            text,
            tokens: tokens(dialect, text),
            column,
            columns,
            open: Vec::new(),
            is_about_it: true,
            aspect: Aspect::Itself,
            operator: String::new(),
            in_type: false,
            in_member: false,
        }
    }

    fn slice(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| &self.text[token.start..token.end])
    }

    fn read(mut self, hints: &mut Hints) {
        let mut at = 0;
        while at < self.tokens.len() {
            let slice = self.slice(at);
            match self.tokens[at].kind {
                TokenKind::Word | TokenKind::QuotedName => self.word(at, hints),
                TokenKind::Open => {
                    let is_call =
                        at > 0 && self.tokens[at - 1].kind == TokenKind::Word && !is_keyword(self.slice(at - 1));
                    self.open.push(is_call.then(|| self.slice(at - 1).to_ascii_lowercase()));
                }
                TokenKind::Close => drop(self.open.pop()),
                TokenKind::Literal | TokenKind::DollarLiteral => self.literal(at, hints),
                TokenKind::Symbol if is_number(slice) => at = self.number(at, hints),
                TokenKind::Symbol => self.symbol(at),
                TokenKind::Comma | TokenKind::Dot | TokenKind::Semicolon | TokenKind::Backslash => {}
            }
            at += 1;
        }
    }

    fn word(&mut self, at: usize, hints: &mut Hints) {
        let name = unquoted_name(self.text, self.tokens[at]).to_ascii_lowercase();
        let is_word = self.tokens[at].kind == TokenKind::Word;
        self.in_type &= !(is_word && is_keyword(&name));
        let is_call = self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Open);
        if self.in_type {
            return;
        }
        if self.columns.iter().any(|column| column.eq_ignore_ascii_case(&name)) && !(is_word && is_call) {
            self.is_about_it = self.column.eq_ignore_ascii_case(&name);
            let mut aspects = self.open.iter().rev().flatten().map(|name| Aspect::of_function(name));
            self.aspect = aspects.find(|aspect| *aspect != Aspect::Itself).unwrap_or(Aspect::Itself);
            self.operator.clear();
            self.in_member = false;
            hints.is_json |= self.is_about_it && self.aspect == Aspect::Json;
        } else if is_word {
            match name.as_str() {
                "not" => "not".clone_into(&mut self.operator),
                "like" | "ilike" | "glob" | "regexp" | "in" | "between" | "is" => {
                    let negation = if self.operator == "not" { "not " } else { "" };
                    self.operator = format!("{negation}{name}");
                }
                _ => {}
            }
        }
    }

    fn symbol(&mut self, at: usize) {
        let slice = self.slice(at);
        if slice == ":" {
            self.in_type = true;
        } else if "<>=!~*+-/%|&#@?^".contains(slice) {
            self.in_type = false;
            // `<=` is two tokens, in normal form with a space between them.
            if at > 0 && self.tokens[at - 1].kind != TokenKind::Symbol {
                self.operator.clear();
            }
            self.operator.push_str(slice);
        }
    }

    fn literal(&mut self, at: usize, hints: &mut Hints) {
        self.in_type = false;
        let text = unquoted_name(self.text, self.tokens[at]).into_owned();
        // `strftime('%Y-%m-%d', x)`: the value comes first.
        if self.open.last().is_some_and(|open| open.as_deref() == Some("strftime")) {
            hints.formats.push(text);
            return;
        }
        if !self.is_about_it {
            return;
        }
        let is_path = self.aspect == Aspect::Json && self.operator.is_empty() && text.starts_with("$.");
        if is_path || matches!(self.operator.as_str(), "->" | "->>" | "?") {
            self.in_member = true;
            hints.is_json = true;
            hints.members.push((text.strip_prefix("$.").unwrap_or(&text).to_owned(), None));
            return;
        }
        if self.in_member {
            let value = if self.aspect == Aspect::Json && is_json_type(&text) {
                of_type(&text)
            } else {
                format!("\"{}\"", escaped(&text))
            };
            return of_member(hints, value);
        }
        let in_regexp = self.open.iter().flatten().any(|name| name.starts_with("regexp"));
        match (self.aspect, self.operator.as_str()) {
            (Aspect::Json, "=" | "==" | "in" | "is") => hints.json.push(text),
            (Aspect::Json | Aspect::Type, _) => {}
            (_, "~" | "~*" | "regexp") => hints.patterns.push((Style::Regex, text)),
            _ if in_regexp => hints.patterns.push((Style::Regex, text)),
            (_, "like" | "ilike" | "~~" | "~~*") => hints.patterns.push((Style::Like, text)),
            (_, "glob") => hints.patterns.push((Style::Glob, text)),
            (_, "!~" | "!~*" | "!~~" | "!~~*" | "not like" | "not ilike" | "not glob" | "not regexp") => {}
            (Aspect::Itself, "" | "=" | "==" | "in" | "is") => hints.equal.push(text),
            // What PostgreSQL writes for -1.
            _ => match text.parse::<f64>() {
                Ok(number) if self.aspect != Aspect::Length => hints.numbers.push(number),
                _ => hints.texts.push(text),
            },
        }
    }

    /// `1.5e3` is several tokens. Returns the last one.
    fn number(&mut self, at: usize, hints: &mut Hints) -> usize {
        let (mut end, mut text) = (at, self.slice(at).to_owned());
        while is_part_of_number(self.slice(end + 1)) {
            end += 1;
            text.push_str(self.slice(end));
        }
        let is_negative = self.operator.ends_with('-');
        let operator = self.operator.trim_end_matches(['-', '+']);
        let (Ok(number), true, false) = (text.parse::<f64>(), self.is_about_it, self.in_type) else { return end };
        let number = if is_negative { -number } else { number };
        if self.in_member {
            let near = if operator.contains('>') { 1.0 } else { 0.0 } - if operator.contains('<') { 1.0 } else { 0.0 };
            of_member(hints, (number + near).to_string());
            return end;
        }
        match self.aspect {
            Aspect::Length => hints.lengths.extend(text.parse::<usize>()),
            Aspect::Json | Aspect::Type => {}
            Aspect::Itself if matches!(operator, "=" | "==" | "in" | "is") => {
                hints.equal.push(number.to_string());
            }
            Aspect::Itself | Aspect::Computed => hints.numbers.push(number),
        }
        end
    }
}

/// The first value that is named for the member that was named last.
fn of_member(hints: &mut Hints, value: String) {
    if let Some((_, known)) = hints.members.last_mut() {
        known.get_or_insert(value);
    }
}

fn is_json_type(name: &str) -> bool {
    ["object", "array", "string", "text", "number", "integer", "real", "boolean", "true", "false"].contains(&name)
}

/// A JSON value of a type, as `jsonb_typeof` of PostgreSQL and `json_type` of SQLite call it.
pub(super) fn of_type(name: &str) -> String {
    let value = match name {
        "object" => "{}",
        "array" => "[]",
        "number" | "integer" => "1",
        "real" => "1.5",
        "boolean" | "true" => "true",
        "false" => "false",
        "null" => "null",
        _ => "\"seeded\"",
    };
    value.to_owned()
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn is_number(slice: &str) -> bool {
    slice.starts_with(|first: char| first.is_ascii_digit())
}

fn is_part_of_number(slice: &str) -> bool {
    slice == "." || is_number(slice) || slice.strip_prefix(['e', 'E']).is_some_and(is_number)
}

/// A word that parentheses may follow, and that is no function.
fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 20] = [
        "check", "and", "or", "not", "in", "is", "any", "all", "some", "between", "like", "ilike", "glob", "regexp",
        "case", "when", "then", "else", "end", "from",
    ];
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(check: &str) -> Hints {
        Hints::of(Dialect::Sqlite, [check], "a", &["a", "b"])
    }

    fn postgres(check: &str) -> Hints {
        Hints::of(Dialect::Postgres, [check], "a", &["a", "b", "text"])
    }

    #[test]
    fn values_are_those_that_the_column_is_compared_with() {
        assert_eq!(sqlite("check ( a in ( 'x' , 'it''s' ) and b = 'z' )").equal, ["x", "it's"]);
        assert_eq!(sqlite("check ( a <> '' and a = lower ( a ) )").texts, [""]);
        assert_eq!(sqlite("check ( ( a = 'x' ) = ( b is not null ) )").equal, ["x"]);
        assert_eq!(sqlite("check ( typeof ( a ) in ( 'integer' , 'real' ) )"), Hints::default());
        let check = "CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))";
        assert_eq!(postgres(check).equal, ["x", "y"]);
        assert_eq!(postgres("FOR VALUES IN ('x', 'y')").equal, ["x", "y"]);
    }

    #[test]
    fn numbers_are_values_or_lengths() {
        assert_eq!(sqlite("check ( a between 0 and 1.5 and b > 7 )").numbers, [0.0, 1.5]);
        assert_eq!(sqlite("check ( a > - 3 and a < 1e3 )").numbers, [-3.0, 1000.0]);
        assert_eq!(sqlite("check ( a in ( 40 , 64 ) )").equal, ["40", "64"]);
        assert_eq!(sqlite("check ( length ( a ) in ( 40 , 64 ) )").lengths, [40, 64]);
        assert_eq!(postgres("CHECK ((length((a)::text) <= 255))").lengths, [255]);
        assert_eq!(postgres("CHECK ((octet_length(a) = 32) AND (b > 5))").lengths, [32]);
        assert_eq!(postgres("CHECK ((a >= '-1'::integer))").numbers, [-1.0]);
        assert_eq!(postgres("CHECK ((length(TRIM(BOTH FROM a)) > 3))").lengths, [3]);
    }

    #[test]
    fn forms_are_told_apart() {
        let patterns = |hints: Hints| hints.patterns;
        assert_eq!(patterns(postgres("CHECK ((a ~ '^[0-9]$'::text))")), [(Style::Regex, "^[0-9]$".to_owned())]);
        assert_eq!(
            patterns(postgres("CHECK ((a ~~ 'x%'::text) AND (a !~~ '%y'::text))")),
            [(Style::Like, "x%".to_owned())]
        );
        let check = "check ( a glob '[a-z]*' and a not glob '*[^a-z]*' )";
        assert_eq!(patterns(sqlite(check)), [(Style::Glob, "[a-z]*".to_owned())]);
        let json = postgres("CHECK ((jsonb_typeof(a) = 'object'::text))");
        assert_eq!((json.is_json, json.json.as_slice()), (true, &["object".to_owned()][..]));
        assert!(sqlite("check ( json_valid ( a ) )").is_json && !sqlite("check ( json_valid ( b ) )").is_json);
        let member = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let json = postgres(
            "CHECK (((a ->> 'kind'::text) = 'x'::text) AND (jsonb_typeof((a -> 'all'::text)) = 'array'::text))",
        );
        assert_eq!(json.members, [member("kind", "\"x\""), member("all", "[]")]);
        let json = sqlite("check ( json_extract ( a , '$.count' ) > 5 and a ->> '$.name' is not null )");
        assert_eq!(json.members, [member("count", "6"), ("name".to_owned(), None)]);
        assert_eq!(sqlite("check ( a is strftime ( '%Y-%m' , a ) )").formats, ["%Y-%m"]);
    }
}
