//! Commands of other tools, and what they are here: a guess by letters might name one that does something else. What is exactly the same runs,
//! as an alias (see `args`); what loses data, or means something else there, is answered with what to type.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::{Code, Error};

/// The words, and what is to be typed for them.
const MEANT: &[(&[&str], &str)] = &[
    (
        &["make", "generate:migration", "migration", "gen", "revision"],
        "`schemactl new \"add total to orders\"` creates a migration",
    ),
    (
        &["upgrade", "deploy", "push", "update", "latest", "sync", "goto"],
        "`schemactl up` applies what is pending; `schemactl up --to VERSION` goes no further",
    ),
    (
        &["rollback", "revert", "undo", "downgrade", "back", "rewind", "unapply"],
        "`schemactl down` takes the last migration back, and refuses where that loses data; `--steps N` and `--to VERSION` take back more",
    ),
    (
        &["redo", "retry", "refresh"],
        "`schemactl down && schemactl up` takes the last migration back, and applies it again; where that loses data, `down` refuses",
    ),
    (
        &["reset", "drop", "fresh", "clean", "wipe", "nuke"],
        "`schemactl down --to 0` takes all migrations back; it refuses where that loses data",
    ),
    (
        &["baseline", "fake", "stamp", "resolve", "mark", "mark-applied", "force", "changelog-sync"],
        "`schemactl adopt` takes over what another tool has recorded; `schemactl repair --baseline VERSION` records versions that are there already",
    ),
    (
        &["ls", "history", "log", "show", "pending", "current", "heads", "version", "st"],
        "`schemactl status` lists the migrations",
    ),
    (&["verify", "lint", "test", "ci"], "`schemactl check` checks the files, and with `--prove` also every down"),
    (&["dry-run", "preview", "explain", "sql"], "`schemactl plan` shows what `up` would do, and tries it"),
    (&["drift", "compare"], "`schemactl diff` compares a database with what its migrations make"),
    (&["hash", "lock", "dump"], "`schemactl generate` writes missing downs, and schema.lock"),
    (&["setup", "start"], "`schemactl init` writes schema.toml and the folders of migrations"),
];

/// Commands that follow another word in other tools, as in `migrate run` and `migration add`, and what is to be typed for them.
const FOLLOWING: &[(&[&str], &str)] = &[
    (&["up", "run", "apply", "migrate"], "`schemactl up` applies what is pending"),
    (&["down"], "`schemactl down` takes the last migration back, and refuses where that loses data"),
    (&["new", "create", "add", "generate"], "`schemactl new \"add total to orders\"` creates a migration"),
    (&["status", "info", "list"], "`schemactl status` lists the migrations"),
    (&["dev"], "`schemactl up` applies what is pending; `schemactl new \"add total to orders\"` creates a migration"),
];

/// The error for a command that there is not, or for a word behind one that takes none; none for another one of usage.
pub(super) fn error(error: &clap::Error, typed: &[String]) -> Option<Error> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (message, hint) = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand)?;
            (format!("there is no command `{word}`"), hint(&word, MEANT)?.to_owned())
        }
        ErrorKind::UnknownArgument => {
            let word = text(ContextKind::InvalidArg)?;
            let cli = super::definition();
            let command = typed.iter().find(|argument| cli.find_subcommand(argument).is_some())?;
            (format!("`schemactl {command}` takes no `{word}`"), of_argument(command, &word)?)
        }
        _ => return None,
    };
    Some(Error::new(Code::Usage, message).with_hint(hint))
}

fn of_argument(command: &str, word: &str) -> Option<String> {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    match command {
        "up" | "apply" | "migrate" | "run" | "plan" if is_number => {
            Some(format!("`schemactl {command} --to {word}` goes up to version {word}"))
        }
        "down" if is_number => Some(format!(
            "`schemactl down --steps {word}` takes {word} back, `schemactl down --to {word}` all above version {word}"
        )),
        "down" if matches!(word, "--all" | "-all") => Some("`schemactl down --to 0` takes all back".to_owned()),
        _ => hint(word, MEANT).or_else(|| hint(word, FOLLOWING)).map(str::to_owned),
    }
}

fn hint(word: &str, table: &[(&[&str], &'static str)]) -> Option<&'static str> {
    let lower = word.to_lowercase();
    table.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::args::Cli;
    use super::*;

    #[test]
    fn no_word_is_a_command() {
        let cli = Cli::command();
        for word in MEANT.iter().flat_map(|(words, _)| words.iter()) {
            assert!(cli.find_subcommand(word).is_none(), "{word} is a command");
            assert_eq!(MEANT.iter().filter(|(words, _)| words.contains(word)).count(), 1, "{word} twice");
        }
        for word in FOLLOWING.iter().flat_map(|(words, _)| words.iter()) {
            assert!(!MEANT.iter().any(|(words, _)| words.contains(word)), "{word} twice");
        }
    }

    #[test]
    fn what_takes_back_never_runs_by_another_name() {
        let cli = Cli::command();
        for (command, aliases) in [("down", 0), ("repair", 0), ("adopt", 0), ("diff", 0)] {
            let command = cli.find_subcommand(command).unwrap();
            assert_eq!(command.get_all_aliases().count(), aliases, "{}", command.get_name());
        }
    }

    /// What is to be typed can be typed.
    #[test]
    fn hints_are_commands() {
        use clap::Parser as _;
        for (_, hint) in MEANT.iter().chain(FOLLOWING) {
            let lines = hint.split('`').filter(|part| part.starts_with("schemactl "));
            assert!(lines.clone().count() > 0, "{hint}");
            for line in lines.flat_map(|line| line.split(" && ")) {
                let line = line.replace("\"add total to orders\"", "add-total").replace("VERSION", "7");
                assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
            }
        }
    }
}
