//! LIKE and GLOB with a constant pattern.

use super::{Scope, Writing, WrittenExpr, quoted_text};
use crate::translate::expression::Untranslated;
use crate::translate::expression::kind::ValueKind;
use crate::translate::expression::syntax::{Expr, LikeKind};

/// An [`Expr::Like`].
pub(super) fn like(scope: &Scope<'_>, expr: &Expr) -> Writing {
    let Expr::Like { kind, of, pattern, escape, negation } = expr else {
        return Err(Untranslated::new("no pattern"));
    };
    let of = scope.value(of)?;
    if of.kind != ValueKind::Text {
        return Err(Untranslated::new(format!("a pattern for {}", of.kind.name())));
    }
    let Expr::Text(pattern) = &**pattern else {
        return Err(Untranslated::new("a pattern that is no constant"));
    };
    let not = negation.word();
    match kind {
        LikeKind::Like => {
            let escape = match escape.as_deref() {
                None => None,
                Some(Expr::Text(escape)) if escape.chars().count() == 1 => Some(escape.as_str()),
                Some(_) => return Err(Untranslated::new("an ESCAPE that is not one character")),
            };
            let (matched, escaped) = like_pattern(pattern, escape)?;
            Ok(WrittenExpr::open(format!("{}{} {not}{matched}{escaped}", of.operand(), C), ValueKind::Boolean))
        }
        LikeKind::Glob => {
            let expression = quoted_text(&glob_expression(pattern)?);
            let operator = if not.is_empty() { "~" } else { "!~" };
            Ok(WrittenExpr::open(format!("{}{C} {operator} {expression}", of.operand()), ValueKind::Boolean))
        }
    }
}

/// By bytes, and with ASCII letters alone as equal in both cases.
const C: &str = " COLLATE \"C\"";

/// LIKE of SQLite takes ASCII letters in any case, and has no escape unless one is given.
fn like_pattern(pattern: &str, escape: Option<&str>) -> Result<(String, String), Untranslated> {
    if let Some(escape) = escape
        && pattern.ends_with(escape)
    {
        return Err(Untranslated::new("a pattern that ends with its escape"));
    }
    let has_letters = pattern.bytes().any(|byte| byte.is_ascii_alphabetic());
    let operator = if has_letters { "ILIKE" } else { "LIKE" };
    let escaped = match escape {
        Some(escape) => format!(" ESCAPE {}", quoted_text(escape)),
        None if pattern.contains('\\') => " ESCAPE ''".to_owned(),
        None => String::new(),
    };
    Ok((format!("{operator} {}", quoted_text(pattern)), escaped))
}

/// GLOB as a regular expression: `*`, `?`, `[a-z]`, `[^a-z]`.
fn glob_expression(pattern: &str) -> Result<String, Untranslated> {
    let mut expression = "^".to_owned();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => {
                expression.push('[');
                if letters.next_if_eq(&'^').is_some() {
                    expression.push('^');
                }
                let mut length = 0;
                loop {
                    match letters.next() {
                        Some(']') if length > 0 => break,
                        Some(inner) if inner.is_ascii_alphanumeric() || inner == '-' || inner == '_' => {
                            expression.push(inner);
                            length += 1;
                        }
                        _ => return Err(Untranslated::new("a set in GLOB with more than letters, digits, _ and -")),
                    }
                }
                expression.push(']');
            }
            letter if letter.is_ascii_alphanumeric() || letter == ' ' || letter == '_' || !letter.is_ascii() => {
                expression.push(letter);
            }
            letter => expression.extend(['\\', letter]),
        }
    }
    // A range that is none, such as `z-a`, is an error there.
    if has_wrong_range(&expression) {
        return Err(Untranslated::new("a set in GLOB whose range has no order"));
    }
    Ok(expression + "$")
}

/// Whether a set has a `-` that is neither between two characters in their order nor at one of its ends.
fn has_wrong_range(expression: &str) -> bool {
    let sets = expression.split('[').skip(1).filter_map(|rest| rest.split(']').next());
    sets.map(|set| set.trim_start_matches('^')).any(|set| {
        let letters: Vec<char> = set.chars().collect();
        letters.len() == 1 && letters[0] == '-'
            || letters.windows(3).any(|three| match three {
                [low, '-', high] => low >= high || *low == '-' || *high == '-',
                _ => false,
            })
            || letters.windows(5).any(|five| matches!(five, [_, '-', _, '-', _]))
    })
}
