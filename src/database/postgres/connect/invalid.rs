//! The errors of a connection string. None of them repeats a value that could be, or hold a part of, a password.

use super::origin::Origin;
use super::parameters::{Key, Value};
use crate::error::{Code, Error, did_you_mean};

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidUrl, message)
}

/// A parameter of that name does not exist.
pub(super) fn unknown_parameter(name: &str) -> Error {
    let error = invalid(format!("unknown connection parameter `{name}`"));
    if name == "requiressl" {
        return error.with_hint("requiressl was removed from PostgreSQL: use sslmode=require");
    }
    if matches!(name, "schema" | "currentSchema" | "search_path") {
        return error.with_hint("set the search path with `options=-c search_path=...`");
    }
    match did_you_mean(name, Key::ALL.iter().map(|key| key.name())) {
        Some(hint) => error.with_hint(hint),
        None => error.with_hint("the parameters are those of libpq, such as host, port, dbname, user, sslmode"),
    }
}

/// The parameter has a value that it cannot have.
pub(super) fn invalid_value(key: Key, value: &Value, expected: &str) -> Error {
    let error = match key.is_secret() {
        true => invalid(format!("invalid `{}`", key.name())),
        false => invalid(format!("invalid value `{}` for `{}`", value.text, key.name())),
    };
    let error = match &value.origin {
        Origin::ConnectionString => error,
        origin => error.with_cause(format!("it comes from {origin}")),
    };
    error.with_hint(format!("{}: {expected}", key.name()))
}

/// The parameter demands what this client cannot do, so that ignoring it would be wrong.
pub(super) fn unsupported(key: Key, why: &str) -> Error {
    invalid(format!("the connection parameter `{}` is not supported: {why}", key.name()))
}
