//! How a field is read from its canonical text and written to it.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use crate::sql::Ident;

/// A field of an object. What it writes it reads back as the same.
pub(super) trait Field {
    /// Takes the value that a text stands for; false, and no change, where it stands for none.
    fn read(&mut self, text: &str) -> bool;

    /// The canonical text; none where there is nothing to say.
    fn text(&self) -> Option<Cow<'_, str>>;
}

/// A value that has a text.
pub(super) trait Value: Sized {
    fn parse(text: &str) -> Option<Self>;

    fn write(&self) -> Cow<'_, str>;
}

impl<V: Value> Field for Option<V> {
    fn read(&mut self, text: &str) -> bool {
        let value = V::parse(text);
        let is_read = value.is_some();
        if is_read {
            *self = value;
        }
        is_read
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_ref().map(Value::write)
    }
}

impl Value for String {
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Value for $number {
            fn parse(text: &str) -> Option<Self> {
                number(text)
            }

            fn write(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        })+
    };
}

numbers!(u32, i32, i64);

/// A number, where the text is as it would be written again.
fn number<N: FromStr + Display>(text: &str) -> Option<N> {
    text.parse().ok().filter(|number: &N| number.to_string() == text)
}

/// Declares a field that says nothing where it is as usual, and a word where it is not.
macro_rules! words {
    ($(#[$about:meta])* $Type:ident { $(#[$usual_about:meta])* $Usual:ident, $($(#[$what:meta])* $Variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[allow(dead_code, reason = "each dialect has values of its own")]
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub(crate) enum $Type {
            $(#[$usual_about])*
            #[default]
            $Usual,
            $($(#[$what])* $Variant,)+
        }

        impl $crate::catalog::field::Field for $Type {
            fn read(&mut self, text: &str) -> bool {
                *self = match text {
                    $($word => Self::$Variant,)+
                    _ => return false,
                };
                true
            }

            fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
                match self {
                    Self::$Usual => None,
                    $(Self::$Variant => Some(std::borrow::Cow::Borrowed($word)),)+
                }
            }
        }
    };
}
pub(super) use words;

/// The parts of a list, cut where the separator stands outside of quotes and parentheses.
pub(super) fn parts<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let (mut quote, mut depth, mut start) = (None, 0_usize, 0);
    let mut parts = Vec::new();
    for (at, letter) in text.char_indices() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(letter),
            ('(', None) => depth += 1,
            (')', None) => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= start && text[at..].starts_with(separator) => {
                parts.push(&text[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Whether a name as SQL has it, with quotes or without, is this name.
pub(super) fn is_named(sql: &str, name: &str) -> bool {
    sql == name || sql == Ident(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_quotes_is_not_cut() {
        assert_eq!(parts("a, \"b, \"\"c\", 'd, ''e', f(1, 2)", ", "), ["a", "\"b, \"\"c\"", "'d, ''e'", "f(1, 2)"]);
        assert_eq!(parts("a\n\"b\nc\" d", "\n"), ["a", "\"b\nc\" d"]);
        assert_eq!(parts("", ", "), [""]);
        assert!(is_named("\"A b\"", "A b") && is_named("a", "a") && !is_named("a", "A"));
    }

    #[test]
    fn a_number_is_what_it_is_written_as() {
        let mut number: Option<u32> = None;
        assert!(!number.read("07") && !number.read("x") && number.read("7"));
        assert_eq!(number.text().as_deref(), Some("7"));
    }
}
