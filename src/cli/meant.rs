//! Commands of other tools, and what they are here: a guess by letters might name one that does something else.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::{Code, Error};

/// The words, and what is to be typed for them.
const MEANT: &[(&[&str], &str)] = &[
    (
        &["create", "add", "make", "generate:migration", "migration", "gen", "revision"],
        "`schemactl new \"add total to orders\"` creates a migration",
    ),
    (
        &["apply", "run", "upgrade", "deploy", "push", "update", "latest", "sync", "goto"],
        "`schemactl up` applies what is pending",
    ),
    (
        &["revert", "undo", "downgrade", "back", "rewind", "unapply"],
        "`schemactl down` takes the last migration back; `--steps N` and `--to VERSION` take back more",
    ),
    (
        &["redo", "retry", "refresh"],
        "there is no one command for it: `schemactl down` takes the last migration back, `schemactl up` applies it again",
    ),
    (
        &["reset", "drop", "fresh", "clean", "wipe", "nuke"],
        "`schemactl down --to 0` takes all migrations back; it asks before data is lost",
    ),
    (
        &["baseline", "fake", "stamp", "resolve", "mark", "mark-applied", "force", "changelog-sync"],
        "`schemactl adopt` takes over what another tool has recorded; `schemactl repair --baseline VERSION` records versions that are there already",
    ),
    (
        &["list", "ls", "history", "log", "show", "pending", "current", "heads", "version", "st"],
        "`schemactl status` lists the migrations",
    ),
    (&["verify", "lint", "test", "ci"], "`schemactl check` checks the files, and with `--prove` also every down"),
    (&["dry-run", "preview", "explain", "sql"], "`schemactl plan` shows what `up` would do, and tries it"),
    (&["drift", "compare"], "`schemactl diff` compares a database with what its migrations make"),
    (&["hash", "lock", "dump"], "`schemactl generate` writes missing downs, and schema.lock"),
    (&["setup", "start"], "`schemactl init` writes schema.toml and the folders of migrations"),
];

/// The error for a command that there is not; none for another one of usage.
pub(super) fn no_command(error: &clap::Error) -> Option<Error> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let lower = typed.to_lowercase();
    let (_, hint) = MEANT.iter().find(|(words, _)| words.contains(&lower.as_str()))?;
    Some(Error::new(Code::Usage, format!("there is no command `{typed}`")).with_hint(*hint))
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
    }
}
