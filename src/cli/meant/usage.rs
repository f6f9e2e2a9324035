//! What clap says of arguments that cannot be read, in the shape of every other error.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::config::redact;
use crate::error::{Code, Error, did_you_mean};

/// The error, and what to type. `command` is the one that was typed, where there is one.
pub(super) fn error(error: &clap::Error, command: Option<&str>) -> Error {
    let shown = command.map_or("schemactl".to_owned(), |command| format!("schemactl {command}"));
    let one = |kind| redact(&text(error, kind).unwrap_or_default());
    let argument = one(ContextKind::InvalidArg);
    // clap's own measure takes `--forse` for `--order`.
    let near = |suggested, typed| did_you_mean(&one(typed), [text(error, suggested)?.as_str()]);
    let mut hints: Vec<String> = [
        (ContextKind::SuggestedSubcommand, ContextKind::InvalidSubcommand),
        (ContextKind::SuggestedArg, ContextKind::InvalidArg),
        (ContextKind::SuggestedValue, ContextKind::InvalidValue),
    ]
    .into_iter()
    .filter_map(|(suggested, typed)| near(suggested, typed))
    .collect();
    if hints.is_empty() && error.kind() == ErrorKind::UnknownArgument {
        let typed = format!("--{}", argument.trim_start_matches('-'));
        hints.extend(did_you_mean(&typed, options(command).iter().map(String::as_str)));
    }
    if hints.is_empty() && error.kind() == ErrorKind::InvalidSubcommand {
        // clap suggests nothing behind `help`.
        hints.extend(did_you_mean(&one(ContextKind::InvalidSubcommand), commands().iter().map(String::as_str)));
    }
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("there is no command `{}`", one(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("`{shown}` takes no `{argument}`"),
        ErrorKind::MissingRequiredArgument => format!("`{shown}` needs `{argument}`"),
        ErrorKind::ArgumentConflict if one(ContextKind::PriorArg) == argument => format!("`{argument}` is given twice"),
        ErrorKind::ArgumentConflict => {
            format!("`{argument}` cannot be given together with `{}`", one(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if one(ContextKind::InvalidValue).is_empty() => {
            format!("`{argument}` has no value behind it")
        }
        ErrorKind::InvalidValue => format!("`{argument}` cannot be `{}`", one(ContextKind::InvalidValue)),
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default();
            format!("`{argument}` cannot be `{}`{why}", one(ContextKind::InvalidValue))
        }
        ErrorKind::TooManyValues => format!("`{argument}` takes no value"),
        // None of them comes of the commands that there are.
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue)
        && !values.is_empty()
    {
        hints.push(format!("it is one of {}", values.join(", ")));
    }
    hints.push(match command {
        Some(command) => format!("`schemactl {command} -h` shows its options, and an example"),
        None => "`schemactl help` lists commands and options".to_owned(),
    });
    hints.into_iter().fold(Error::new(Code::Usage, message), Error::with_hint)
}

/// The names of all commands.
fn commands() -> Vec<String> {
    super::super::definition().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// The long options of a command.
pub(super) fn options(command: Option<&str>) -> Vec<String> {
    let cli = super::super::definition();
    let command = command.and_then(|name| cli.find_subcommand(name)).unwrap_or(&cli);
    command.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?))).collect()
}

/// What clap knows under a name; several things stand one after the other.
fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().map(|_| texts.join("`, `")),
        _ => None,
    }
}
