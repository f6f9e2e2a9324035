//! What people type who know another tool, and what it is here: a guess by letters might name a command that does something else. What is
//! exactly the same runs, as an alias (see `args`); what loses data, or means something else there, is answered with what to type.

mod arguments;
mod usage;
mod words;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use self::words::{MEANT, UNDO, of_two};
use crate::error::{Code, Error, did_you_mean};
use crate::history::not_taken_over;
use crate::plan::BASELINE;

/// The error of arguments that cannot be read: what is meant where that is known, else what clap says.
pub(super) fn error(error: &clap::Error, typed: &[String]) -> Error {
    let known = misplaced(error, typed).or_else(|| of_other_tools(error, typed));
    known.unwrap_or_else(|| usage::error(error, command(typed).map(|(name, _)| name)))
}

/// An option of a command that stands before it.
fn misplaced(error: &clap::Error, typed: &[String]) -> Option<Error> {
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(word))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return None;
    };
    let (name, _) = command(typed)?;
    let at = |text: &str| typed.iter().position(|argument| argument.split('=').next() == Some(text));
    let is_before = at(word)? < at(name)?;
    let is_its_own = usage::options(Some(name)).iter().any(|option| option == word);
    (is_before && is_its_own).then(|| {
        Error::new(Code::Usage, format!("`{word}` stands before the command that it is an option of"))
            .with_hint(format!("`schemactl {name} {word}`"))
    })
}

/// The error for a command that there is not, for a word or an option behind one that takes none of the kind, and for a backend
/// that there is not; none where no other tool has it.
fn of_other_tools(error: &clap::Error, typed: &[String]) -> Option<Error> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (message, hint) = match error.kind() {
        ErrorKind::InvalidSubcommand if command(typed).is_some_and(|(_, name)| name == "undo") => {
            let word = text(ContextKind::InvalidSubcommand)?;
            let near = did_you_mean(&word, ["list", "show", "purge"]);
            let error = Error::new(Code::Usage, format!("`schemactl undo` has no command `{word}`"));
            return Some(error.with_hint(near.unwrap_or_else(|| UNDO.to_owned())));
        }
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand)?;
            (format!("there is no command `{word}`"), of_command(&word, after(typed, &word))?.to_owned())
        }
        ErrorKind::UnknownArgument => {
            let word = text(ContextKind::InvalidArg)?;
            let (name, command) = command(typed)?;
            let value = after(typed, &word);
            let of_two = || arguments::of_migrate(&word).filter(|_| name == "migrate");
            let hint = of_two().or_else(|| arguments::hint_of(&command, &word, value))?;
            (format!("`schemactl {name}` takes no `{word}`"), hint)
        }
        ErrorKind::InvalidValue => {
            let option = text(ContextKind::InvalidArg)?;
            let value = text(ContextKind::InvalidValue).filter(|value| !value.is_empty())?;
            if option.starts_with("--from ") {
                let tool = not_taken_over(&value)?;
                return Some(
                    Error::new(Code::Usage, format!("what {tool} has recorded is not taken over")).with_hint(BASELINE),
                );
            }
            if !option.starts_with("--backend ") {
                return None;
            }
            let (backends, before) = match command(typed) {
                Some((_, command)) if command == "init" => ("sqlite, postgres, both", "schemactl init "),
                _ => ("sqlite, postgres", ""),
            };
            let message = format!("there is no backend `{value}`");
            (message, format!("the backends are {backends}: `{before}--backend {}`", arguments::backend(&value)))
        }
        _ => return None,
    };
    Some(Error::new(Code::Usage, message).with_hint(hint))
}

/// The command that was typed, and its first name.
fn command(typed: &[String]) -> Option<(&str, String)> {
    let cli = super::definition();
    typed
        .iter()
        .find_map(|word| cli.find_subcommand(word).map(|command| (word.as_str(), command.get_name().to_owned())))
}

/// What stands behind a word: `1` in `-n 1` and in `--count=1`.
fn after<'a>(typed: &'a [String], word: &str) -> Option<&'a str> {
    let (at, found) = typed.iter().enumerate().find(|(_, argument)| {
        argument
            .strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('=') || !word.starts_with("--"))
    })?;
    let rest = found[word.len()..].trim_start_matches('=');
    if rest.is_empty() { typed.get(at + 1).map(String::as_str) } else { Some(rest) }
}

/// What is to be typed for a command, and the word behind it: `db migrate`, `migrate:up`.
fn of_command(word: &str, next: Option<&str>) -> Option<&'static str> {
    let joined = word.split_once([':', '.', '-']).and_then(|(first, second)| of_two(first, second));
    let of_two = || next.and_then(|next| of_two(word, next));
    joined.or_else(of_two).or_else(|| words::hint(word, MEANT))
}
