//! Defaults that barrel writes as text which says something else.

use barrel::types::{BaseType, Type, WrappedDefault};

use super::Fault;

const IN_SQL: &str = "write this migration in SQL";

/// What would be wrong with the default of a column.
pub(super) fn fault(name: &str, datatype: &Type) -> Option<Fault> {
    let default = datatype.default.as_ref()?;
    let written = written(default).or_else(|| unlike(&datatype.inner, default));
    written.map(|(what, instead)| Fault::new(format!("the default of column {name:?}: {what}"), instead))
}

/// Values that have a wrong text whatever the column is.
fn written(default: &WrappedDefault<'_>) -> Option<(String, &'static str)> {
    use WrappedDefault::{AnyText, Array, Binary, Custom, Date, Double, Float, Foreign, UUID};

    let what = match default {
        AnyText(text) if is_unescaped(text) => format!("barrel does not escape the quote in {text:?}"),
        UUID(text) if is_unescaped(text) => format!("barrel does not escape the quote in {text:?}"),
        Custom(text) => format!("barrel makes a text of the expression {text:?}"),
        Date(_) => "barrel writes a point in time as the text `SystemTime { .. }`".to_owned(),
        Binary(_) => "barrel writes bytes as a list of numbers".to_owned(),
        Array(_) | Foreign(_) => "barrel writes it as Rust shows it".to_owned(),
        Float(value) if !value.is_finite() => format!("barrel writes {value} without quotes"),
        Double(value) if !value.is_finite() => format!("barrel writes {value} without quotes"),
        _ => return None,
    };
    Some((what, IN_SQL))
}

fn is_unescaped(text: &str) -> bool {
    text.contains(['\'', '\0'])
}

/// Values that the two databases would take for different ones, or that one of them refuses only when a row comes.
fn unlike(datatype: &BaseType, default: &WrappedDefault<'_>) -> Option<(String, &'static str)> {
    use WrappedDefault::{AnyText, Boolean, Double, Float, Integer};

    match (datatype, default) {
        // Whatever the type is, the databases read the text of the default themselves.
        (BaseType::Custom(_), _) | (BaseType::Boolean, Boolean(_)) => None,
        (_, Boolean(value)) => {
            Some((format!("{value} is 1 or 0 on SQLite, and a truth value on PostgreSQL"), "use `types::boolean()`"))
        }
        (BaseType::Boolean, Integer(_) | Float(_) | Double(_) | AnyText(_)) => {
            Some(("it is no truth value".to_owned(), "use `.default(true)` or `.default(false)`"))
        }
        (
            BaseType::Integer | BaseType::Float | BaseType::Double | BaseType::Primary | BaseType::Serial,
            AnyText(text),
        ) => {
            Some((format!("{text:?} is a text, and the column keeps numbers"), "give a number, such as `.default(1)`"))
        }
        (BaseType::Date | BaseType::Time | BaseType::DateTime, AnyText(text)) if !begins_with_digit(text) => {
            let what =
                format!("{text:?} is a text on SQLite, and on PostgreSQL, if anything, the moment of the migration");
            Some((what, "use `barrel::functions::current_timestamp()`"))
        }
        (BaseType::Varchar(length) | BaseType::Char(length), AnyText(text))
            if *length > 0 && text.chars().count() > *length =>
        {
            let what =
                format!("{text:?} has more than {length} characters, which PostgreSQL refuses with the first row");
            Some((what, "shorten it, or make the column longer"))
        }
        _ => None,
    }
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}
