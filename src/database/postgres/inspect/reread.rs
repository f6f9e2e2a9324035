//! What the server prints of an expression is not always what it prints after reading that. A catalog has the text that stays:
//! so a schema that went through `pg_dump`, or a check that a down made again, is the same.
//!
//! Three things are printed in another way once they were read: an array of constants that was converted as a whole, as of
//! `varchar IN ('a', 'b')`, is read element by element (`transformArrayExpr`); an AND or OR that begins with one in
//! parentheses, as of `a BETWEEN 1 AND 5 AND b`, is read as one (`makeAndExpr`); and a constant without a name in a query within, as
//! of `EXISTS (SELECT 'x')`, is named after the type that it is printed with (`FigureColname`). That name is left away: without it
//! it is given again.

use std::ops::Range;

use crate::sql::{Dialect, Token, TokenKind, tokens};

/// The text of an expression, or of a statement with expressions, as the server prints it once it was read.
pub(super) fn reread(text: &str) -> String {
    if !may_change(text) {
        return text.to_owned();
    }
    let all = tokens(Dialect::Postgres, text);
    let mut reader = TextReader { text, all: &all, at: 0, end: 0 };
    let Some(mut list) = reader.list(None) else { return text.to_owned() };
    let rest = text[reader.end..].to_owned();
    settle(&mut list);
    let mut settled = String::with_capacity(text.len() + 16);
    print(&list, &mut settled);
    settled + &rest
}

/// Most texts are as they stay, and are not taken apart.
fn may_change(text: &str) -> bool {
    text.contains("(ARRAY[")
        || text.contains("((") && (text.contains(") AND ") || text.contains(") OR "))
        || text.contains("::") && text.contains(" AS ")
}

/// A token or a group, with what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TextPiece {
    gap: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Token(TokenKind, String),
    Group(Group),
}

/// What stands in parentheses or brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    bracket: Bracket,
    list: Vec<TextPiece>,
    /// What stands before the end.
    gap: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Round,
    Square,
}

impl Bracket {
    fn signs(self) -> (&'static str, &'static str) {
        match self {
            Self::Round => ("(", ")"),
            Self::Square => ("[", "]"),
        }
    }
}

impl TextPiece {
    fn token(text: &str) -> Self {
        Self { gap: String::new(), what: What::Token(TokenKind::Symbol, text.to_owned()) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.what, What::Token(TokenKind::Word, text) if text == word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.what, What::Token(TokenKind::Symbol, text) if text == sign)
    }

    fn is_name(&self) -> bool {
        matches!(&self.what, What::Token(TokenKind::Word | TokenKind::QuotedName, _))
    }

    fn group(&self, bracket: Bracket) -> Option<&Group> {
        match &self.what {
            What::Group(group) if group.bracket == bracket => Some(group),
            _ => None,
        }
    }
}

/// Takes a text apart.
struct TextReader<'a> {
    text: &'a str,
    all: &'a [Token],
    at: usize,
    /// Where the last token ended.
    end: usize,
}

impl TextReader<'_> {
    /// All up to the end of a group, or of the text. None where brackets do not match.
    fn list(&mut self, within: Option<Bracket>) -> Option<Vec<TextPiece>> {
        let mut list = Vec::new();
        while let Some(token) = self.all.get(self.at).copied() {
            let own = &self.text[token.start..token.end];
            if matches!(own, ")" | "]") {
                return within.filter(|bracket| bracket.signs().1 == own).map(|_| list);
            }
            let gap = self.text[self.end..token.start].to_owned();
            self.at += 1;
            self.end = token.end;
            let bracket = match own {
                "(" => Some(Bracket::Round),
                "[" => Some(Bracket::Square),
                _ => None,
            };
            let what = match bracket {
                Some(bracket) => What::Group(self.group(bracket)?),
                None => What::Token(token.kind, own.to_owned()),
            };
            list.push(TextPiece { gap, what });
        }
        within.is_none().then_some(list)
    }

    fn group(&mut self, bracket: Bracket) -> Option<Group> {
        let list = self.list(Some(bracket))?;
        let close = self.all.get(self.at)?;
        let gap = self.text[self.end..close.start].to_owned();
        self.at += 1;
        self.end = close.end;
        Some(Group { bracket, list, gap })
    }
}

fn print(list: &[TextPiece], text: &mut String) {
    for piece in list {
        text.push_str(&piece.gap);
        match &piece.what {
            What::Token(_, own) => text.push_str(own),
            What::Group(group) => {
                let (open, close) = group.bracket.signs();
                text.push_str(open);
                print(&group.list, text);
                text.push_str(&group.gap);
                text.push_str(close);
            }
        }
    }
}

fn settle(list: &mut Vec<TextPiece>) {
    for piece in list.iter_mut() {
        if let What::Group(group) = &mut piece.what {
            settle(&mut group.list);
        }
    }
    ["AND", "OR"].iter().for_each(|word| join(list, word));
    let mut at = 0;
    while at < list.len() {
        if let Some((array, end)) = converted_array(list, at) {
            list.splice(at..end, array);
        }
        if let Some(name) = named_after_type(list, at) {
            list.drain(name);
        }
        at += 1;
    }
}

/// `((a AND b) AND c)` is read as `(a AND b AND c)`; not so where the parentheses stand later.
fn join(list: &mut Vec<TextPiece>, word: &str) {
    let (Some(first), Some(second)) = (list.first(), list.get(1)) else { return };
    let Some(group) = first.group(Bracket::Round).filter(|group| second.is_word(word) && is_joined(group, word)) else {
        return;
    };
    let mut inner = group.list.clone();
    if let Some(start) = inner.first_mut() {
        start.gap.clone_from(&first.gap);
    }
    list.splice(0..1, inner);
}

/// Whether a group is `a AND b`, and no query.
fn is_joined(group: &Group, word: &str) -> bool {
    let is_query =
        group.list.first().is_some_and(|first| ["SELECT", "WITH", "VALUES"].iter().any(|w| first.is_word(w)));
    !is_query && group.list.iter().any(|piece| piece.is_word(word))
}

/// `(ARRAY[a, b])::t[]` at this place, as `ARRAY[(a)::t, (b)::t]`, and where it ends.
fn converted_array(list: &[TextPiece], at: usize) -> Option<(Vec<TextPiece>, usize)> {
    let is_argument = at > 0 && list[at].gap.is_empty() && list[at - 1].is_name();
    let group = list[at].group(Bracket::Round).filter(|_| !is_argument)?;
    let [word, _] = &group.list[..] else { return None };
    if !word.is_word("ARRAY") || !list.get(at + 1)?.is_sign(":") || !list.get(at + 2)?.is_sign(":") {
        return None;
    }
    let is_part = |piece: &TextPiece| {
        piece.is_name()
            || matches!(&piece.what, What::Token(TokenKind::Dot, _))
            || piece.group(Bracket::Round).is_some()
    };
    let from = at + 3;
    let end = from + list[from..].iter().position(|piece| !is_part(piece))?;
    list[end].group(Bracket::Square).filter(|brackets| brackets.list.is_empty() && end > from)?;
    let mut array = group.list.clone();
    array[0].gap.clone_from(&list[at].gap);
    convert(&mut array, &list[from..end])?;
    Some((array, end + 1))
}

/// Where in `'x'::text AS text` at this place the name is, with the AS: a constant that has the name of its type.
fn named_after_type(list: &[TextPiece], at: usize) -> Option<Range<usize>> {
    let (end, name) = converted_constant(list, at)?;
    let [word, given, ..] = list.get(end..)? else { return None };
    let What::Token(TokenKind::Word | TokenKind::QuotedName, given) = &given.what else { return None };
    let is_same = word.is_word("AS") && given.trim_matches('"') == name;
    is_same.then_some(end..end + 2)
}

/// Where `'x'::text` or `('x'::varchar)::text` at this place ends, and the name that the parser gives to it.
fn converted_constant(list: &[TextPiece], at: usize) -> Option<(usize, &str)> {
    let first = list.get(at)?;
    let is_constant = match &first.what {
        What::Token(TokenKind::Literal, _) => true,
        What::Token(_, text) => text == "NULL",
        What::Group(group) => {
            group.bracket == Bracket::Round
                && converted_constant(&group.list, 0).is_some_and(|(end, _)| end == group.list.len())
        }
    };
    if !is_constant || !list.get(at + 1)?.is_sign(":") || !list.get(at + 2)?.is_sign(":") {
        return None;
    }
    let from = at + 3;
    let is_part = |piece: &TextPiece| {
        piece.is_name() && !piece.is_word("AS")
            || matches!(&piece.what, What::Token(TokenKind::Dot, _))
            || matches!(&piece.what, What::Group(_))
    };
    let end = from + list[from..].iter().position(|piece| !is_part(piece)).unwrap_or(list.len() - from);
    // A clause may follow: its word is no part of a type.
    let end = (from..end).find(|at| CLAUSES.iter().any(|word| list[*at].is_word(word))).unwrap_or(end);
    Some((end, type_name(list.get(from..end)?)?))
}

/// What may follow an item of a query.
const CLAUSES: [&str; 12] =
    ["FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "OFFSET", "FOR"];

/// The name in the catalog of a type as it is printed, which is what the parser names its column by.
fn type_name(pieces: &[TextPiece]) -> Option<&str> {
    let words: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| match &piece.what {
            What::Token(TokenKind::Word | TokenKind::QuotedName, text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    Some(match words[..] {
        ["character", "varying"] => "varchar",
        ["character"] => "bpchar",
        ["bit", "varying"] => "varbit",
        ["integer"] => "int4",
        ["bigint"] => "int8",
        ["smallint"] => "int2",
        ["boolean"] => "bool",
        ["real"] => "float4",
        ["double", "precision"] => "float8",
        ["time" | "timestamp", "without", "time", "zone"] => words[0],
        ["time", "with", "time", "zone"] => "timetz",
        ["timestamp", "with", "time", "zone"] => "timestamptz",
        [only] | [_, only] => only.trim_matches('"'),
        _ => return None,
    })
}

/// Converts each element of `ARRAY[...]`, and of arrays in it.
fn convert(array: &mut [TextPiece], to: &[TextPiece]) -> Option<()> {
    let [word, TextPiece { what: What::Group(group), .. }] = array else { return None };
    if !word.is_word("ARRAY") || group.bracket != Bracket::Square {
        return None;
    }
    let mut converted = Vec::new();
    for (index, element) in group.list.split(|piece| matches!(piece.what, What::Token(TokenKind::Comma, _))).enumerate()
    {
        if index > 0 {
            converted.push(TextPiece::token(","));
        }
        let mut element = element.to_vec();
        let gap = std::mem::take(&mut element.first_mut()?.gap);
        if element[0].is_word("ARRAY") {
            convert(&mut element, to)?;
            element[0].gap = gap;
            converted.extend(element);
        } else {
            let whole = Group { bracket: Bracket::Round, list: element, gap: String::new() };
            converted.push(TextPiece { gap, what: What::Group(whole) });
            converted.extend([TextPiece::token(":"), TextPiece::token(":")]);
            converted.extend(to.iter().cloned());
        }
    }
    group.list = converted;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::reread;

    #[test]
    fn what_is_printed_in_another_way_once_it_was_read() {
        for (printed, settled) in [
            (
                "CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b,]'::character varying])::text[])))",
                "CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b,]'::character varying)::text])))",
            ),
            ("f((ARRAY[1, g(2, 3)])::bigint[])", "f(ARRAY[(1)::bigint, (g(2, 3))::bigint])"),
            (
                "(ARRAY[ARRAY[1], ARRAY[2]])::numeric(9,2)[]",
                "ARRAY[ARRAY[(1)::numeric(9,2)], ARRAY[(2)::numeric(9,2)]]",
            ),
            ("(((a >= 1) AND (a <= 5)) AND b AND (c OR d))", "((a >= 1) AND (a <= 5) AND b AND (c OR d))"),
            ("((((a OR b) OR c) OR d) AND e)", "((a OR b OR c OR d) AND e)"),
            ("(EXISTS ( SELECT 'x'::text AS text\n FROM b))", "(EXISTS ( SELECT 'x'::text\n FROM b))"),
            (
                "SELECT '-1'::integer AS int4, NULL::character varying(3) AS \"varchar\", 'a'::app.mood AS mood",
                "SELECT '-1'::integer, NULL::character varying(3), 'a'::app.mood",
            ),
            ("SELECT ('x'::character varying)::text AS text;", "SELECT ('x'::character varying)::text;"),
        ] {
            assert_eq!(reread(printed), settled);
            assert_eq!(reread(settled), settled);
        }
    }

    #[test]
    fn what_stays_is_left_alone() {
        for text in [
            "(a AND ((b >= 1) AND (b <= 5)))",
            "f(ARRAY[1])::bigint[]",
            "SELECT 'x'::text AS q, (a.v)::text AS text, 'x'::text AS \"Text\", 1 AS text",
            "SELECT 'x'::text FROM b AS text",
            "(ARRAY[1])::bigint",
            "'((a AND b) AND c) (ARRAY[1])::text[]'::text",
            "CREATE FUNCTION f() AS $function$ SELECT ((a AND b) AND (ARRAY[1])::text[]) $function$\n",
            "((SELECT 1 WHERE (a AND b)) AND c)",
            "((a AND b) AND c",
        ] {
            assert_eq!(reread(text), text);
        }
    }
}
