//! What directives say.

use std::fmt;
use std::time::Duration;

use crate::config::UndoPolicy;
use crate::duration::parse_duration;
use crate::error::did_you_mean;
use crate::sql::Loss;

/// What a script says about how it is to be run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Directives {
    pub(crate) transaction: TransactionDirective,
    pub(crate) lock_timeout: Option<Duration>,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) requires: Vec<Requirement>,
    /// The reason, empty where none was given.
    pub(crate) irreversible: Option<String>,
    pub(crate) repeat: Repeat,
    pub(crate) order: Lateness,
    /// How much of the rows that it changes is kept, where it is not what is set for the database.
    pub(crate) undo: Option<UndoPolicy>,
    /// In a down only.
    pub(crate) verdict: Option<Cost>,
    /// In a down only: what it loses.
    pub(crate) loses: Vec<Loss>,
}

/// Whether a script runs in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TransactionDirective {
    /// In one, unless it has a statement that cannot be (no directive).
    #[default]
    Auto,
    /// In one; a statement that cannot be is an error (`required`).
    Required,
    /// Statement by statement, with a journal (`none`).
    None,
}

/// What must be available for a migration to be applied; else it is skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// A PostgreSQL extension that the server could create.
    Extension(String),
}

/// `extension age`, as the directive has it.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(name) => write!(f, "extension {name}"),
        }
    }
}

/// How often a migration is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Repeat {
    /// Once (`once`).
    #[default]
    Once,
    /// Again whenever its text changed (`changed`).
    Changed,
}

/// Whether a migration may be applied after one with a higher version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Lateness {
    /// As the run's policy has it (no directive).
    #[default]
    Policy,
    /// At any time, whatever that policy is (`any`).
    Any,
}

/// What a down says of what it costs. That there is none is said by `irreversible`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Nothing is lost (`lossless`).
    Lossless,
    /// The schema comes back, and data does not (`lossy`).
    Lossy,
}

/// Why a value is none that its directive can have.
pub(super) struct InvalidDirective {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl InvalidDirective {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(super) fn missing(key: &str) -> Self {
        Self::new(format!("`{key}` has no value"))
    }

    fn choice(key: &str, value: &str, choices: &[&str]) -> Self {
        Self {
            message: format!("`{key}` cannot be `{value}`: it is {}", choices.join(" or ")),
            hint: did_you_mean(value, choices.iter().copied()),
        }
    }
}

/// Takes the quotes away that may stand around a value, single or double.
pub(super) fn unquote(value: &str) -> Result<&str, InvalidDirective> {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return Ok(value);
    };
    match value[1..].split_once(quote) {
        Some((inner, "")) => Ok(inner.trim()),
        Some(_) => Err(InvalidDirective::new("text follows the closing quote")),
        None => Err(InvalidDirective::new("the closing quote is missing")),
    }
}

pub(super) fn transaction(value: &str) -> Result<TransactionDirective, InvalidDirective> {
    match value {
        "none" => Ok(TransactionDirective::None),
        "required" => Ok(TransactionDirective::Required),
        _ => Err(InvalidDirective::choice("transaction", value, &["none", "required"])),
    }
}

pub(super) fn order(value: &str) -> Result<Lateness, InvalidDirective> {
    match value {
        "any" => Ok(Lateness::Any),
        _ => Err(InvalidDirective::choice("order", value, &["any"])),
    }
}

pub(super) fn undo(value: &str) -> Result<UndoPolicy, InvalidDirective> {
    UndoPolicy::parse(value).ok_or_else(|| InvalidDirective::choice("undo", value, &UndoPolicy::WORDS))
}

pub(super) fn repeat(value: &str) -> Result<Repeat, InvalidDirective> {
    match value {
        "once" => Ok(Repeat::Once),
        "changed" => Ok(Repeat::Changed),
        _ => Err(InvalidDirective::choice("repeat", value, &["changed", "once"])),
    }
}

pub(super) fn verdict(value: &str) -> Result<Cost, InvalidDirective> {
    match value {
        "lossless" => Ok(Cost::Lossless),
        "lossy" => Ok(Cost::Lossy),
        "irreversible" => Err(InvalidDirective {
            message: "`verdict` cannot be `irreversible`: it is lossless or lossy".to_owned(),
            hint: Some(
                "where there is no way back, the down is nothing but `-- schemactl: irreversible = <reason>`"
                    .to_owned(),
            ),
        }),
        _ => Err(InvalidDirective::choice("verdict", value, &["lossless", "lossy"])),
    }
}

pub(super) fn loss(value: &str) -> Result<Loss, InvalidDirective> {
    Loss::parse(value).map_err(|reason| InvalidDirective {
        message: format!("`loses` cannot be {reason}"),
        hint: value.split_whitespace().next().and_then(|word| did_you_mean(word, ["table", "column", "other:"])),
    })
}

pub(super) fn duration(key: &str, value: &str) -> Result<Duration, InvalidDirective> {
    parse_duration(value).map_err(|reason| InvalidDirective::new(format!("`{key}` cannot be `{value}`: {reason}")))
}

/// Reads `extension age, extension pg_trgm`.
pub(super) fn requirements(value: &str) -> Result<Vec<Requirement>, InvalidDirective> {
    value.split(',').map(|item| requirement(item.trim())).collect()
}

fn requirement(item: &str) -> Result<Requirement, InvalidDirective> {
    let mut words = item.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("extension"), Some(name), None) => extension(name),
        (Some(word), None, None) if word != "extension" && is_extension(word) => Err(InvalidDirective {
            message: format!("`{word}` does not say what is required"),
            hint: Some(format!("did you mean `requires = \"extension {word}\"`?")),
        }),
        (None, ..) => Err(InvalidDirective::new("a requirement is missing beside a comma")),
        (Some(word), ..) => Err(InvalidDirective {
            message: format!("`{item}` is not a requirement: it is `extension <name>`, more of them parted by commas"),
            hint: did_you_mean(word, ["extension"]).filter(|_| word != "extension"),
        }),
    }
}

fn extension(name: &str) -> Result<Requirement, InvalidDirective> {
    let bare = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    if is_extension(bare) {
        Ok(Requirement::Extension(bare.to_owned()))
    } else {
        Err(InvalidDirective::new(format!("`{name}` is not the name of an extension")))
    }
}

fn is_extension(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}
