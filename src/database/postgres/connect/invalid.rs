//! The errors of a connection string. None of them repeats a value that could be, or hold a part of, a password.

use super::origin::ParameterOrigin;
use super::parameters::{Key, ParameterValue};
use crate::error::{Code, Error, did_you_mean};

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidUrl, message)
}

/// Whether a name that is not known can be a part of a password, such as `two` in `password=one two=three`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    None,
    MayBePassword,
}

/// A parameter of that name does not exist. In doubt it is shown only if it resembles one that does.
pub(super) fn unknown_parameter(name: &str, doubt: Doubt) -> Error {
    let suggestion = did_you_mean(name, Key::ALL.iter().map(|key| key.name()));
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_word || (doubt == Doubt::MayBePassword && suggestion.is_none()) {
        return invalid("unknown connection parameter")
            .with_hint("it is not shown, since it may be a part of a password")
            .with_hint(
                "a password that has spaces is written in quotes, in a URL with reserved characters as %40 (@)",
            );
    }
    let error = invalid(format!("unknown connection parameter `{name}`"));
    match (name, suggestion) {
        ("requiressl", _) => error.with_hint("requiressl is from before sslmode: use sslmode=require"),
        ("schema" | "currentSchema" | "search_path", _) => {
            error.with_hint("set the search path with `options=-c search_path=...`")
        }
        (_, Some(suggestion)) => error.with_hint(suggestion),
        (_, None) => error.with_hint("the parameters are those of libpq, such as host, port, dbname, user, sslmode"),
    }
}

/// The parameter has a value that it cannot have.
pub(super) fn invalid_value(key: Key, value: &ParameterValue, expected: &str) -> Error {
    let error = if key.is_secret() {
        invalid(format!("invalid `{}`", key.name()))
    } else {
        invalid(format!("invalid value `{}` for `{}`", value.text, key.name()))
    };
    let error = match &value.origin {
        ParameterOrigin::ConnectionString => error,
        origin => error.with_cause(format!("it comes from {origin}")),
    };
    error.with_hint(format!("{}: {expected}", key.name()))
}

/// The parameter demands what this client cannot do, so that ignoring it would be wrong.
pub(super) fn unsupported(key: Key, why: &str) -> Error {
    invalid(format!("the connection parameter `{}` is not supported: {why}", key.name()))
}
