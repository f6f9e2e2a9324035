//! The values of parameters, checked one by one.

use std::time::Duration;

use super::invalid::invalid_value;
use super::origin::ParameterOrigin;
use super::parameters::{GivenParameters, Key, ParameterValue};
use crate::error::{Error, Result};

/// One of the words that the parameter may be.
pub(super) fn choice<T: Copy>(values: &GivenParameters, key: Key, choices: &[(&str, T)]) -> Result<T> {
    let text = values.text(key);
    let found = choices.iter().find(|(name, _)| *name == text);
    let names = || choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.map(|(_, choice)| *choice).ok_or_else(|| wrong(values, key, &names()))
}

/// The error for the value of the parameter.
pub(super) fn wrong(values: &GivenParameters, key: Key, expected: &str) -> Error {
    let default = ParameterValue { text: values.text(key).to_owned(), origin: ParameterOrigin::ConnectionString };
    invalid_value(key, values.get(key).unwrap_or(&default), expected)
}

/// A whole number.
pub(super) fn number(values: &GivenParameters, key: Key) -> Result<i32> {
    values.text(key).trim_ascii().parse().map_err(|_| wrong(values, key, "a whole number"))
}

/// Zero and negative numbers stand for the system's value, or for no limit.
pub(super) fn positive(values: &GivenParameters, key: Key) -> Result<Option<u64>> {
    Ok(u64::try_from(number(values, key)?).ok().filter(|number| *number > 0))
}

pub(super) fn seconds(values: &GivenParameters, key: Key) -> Result<Option<Duration>> {
    Ok(positive(values, key)?.map(Duration::from_secs))
}
