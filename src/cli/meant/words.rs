//! Commands of other tools, by their words.

/// The words, and what is to be typed for them.
pub(super) type WordTable = &'static [(&'static [&'static str], &'static str)];

/// Words that stand for a command by themselves.
pub(super) const MEANT: WordTable = &[
    (
        &["make", "generate:migration", "migration", "migrations", "gen", "revision"],
        "`schemactl new \"add total to orders\"` creates a migration",
    ),
    (
        &["upgrade", "deploy", "push", "update", "latest", "sync", "goto"],
        "`schemactl up` applies what is pending; `schemactl up --to VERSION` goes no further",
    ),
    (
        &["rollback", "revert", "downgrade", "back", "rewind", "unapply"],
        "`schemactl down` takes the last migration back, and refuses where that loses data; `--steps N` and `--to VERSION` take back more",
    ),
    (
        &["redo", "retry"],
        "`schemactl down && schemactl up` takes the last migration back, and applies it again; where that loses data, `down` refuses",
    ),
    (
        &["fresh", "refresh", "reset", "recreate"],
        "`schemactl down --to 0 && schemactl up` takes all migrations back, and applies them again; where that loses data, `down` refuses",
    ),
    (
        &["drop", "clean", "wipe", "nuke"],
        "`schemactl down --to 0` takes all migrations back; it refuses where that loses data",
    ),
    (
        &["baseline", "fake", "stamp", "resolve", "mark", "mark-applied", "changelog-sync"],
        "`schemactl adopt` takes over what another tool has recorded; `schemactl repair --baseline VERSION` records versions that are there already",
    ),
    (
        &["force"],
        "no failure has to be forced away: correct the file, and run `schemactl up` again; `schemactl repair` shows what is wrong with the history, and which flag mends it",
    ),
    (&["ls", "history", "log", "show", "pending", "current", "heads", "st"], "`schemactl status` lists the migrations"),
    (&["verify", "lint", "test", "ci"], "`schemactl check` checks the files, and with `--prove` also every down"),
    (&["dry-run", "preview", "explain", "sql"], "`schemactl plan` shows what `up` would do, and tries it"),
    (&["drift", "compare"], "`schemactl diff` compares a database with what its migrations make"),
    (&["hash", "lock"], "`schemactl generate` writes missing downs, and schema.lock"),
    (
        &["dump", "load", "structure"],
        "the migrations are the schema, and no file with all of it is written: `schemactl diff` compares a database with them, and `pg_dump --schema-only` or `sqlite3 FILE .schema` print it",
    ),
    (&["setup", "start"], "`schemactl init` writes schema.toml and the folders of migrations"),
    (
        &["db", "database", "schema"],
        "`schemactl status` shows what is applied to a database, and `schemactl up` applies what is pending",
    ),
];

/// Words that follow another one in other tools, as in `migrate run` and `migration add`.
pub(super) const FOLLOWING: WordTable = &[
    (&["up", "run", "apply", "migrate"], "`schemactl up` applies what is pending"),
    (&["down", "undo"], "`schemactl down` takes the last migration back, and refuses where that loses data"),
    (&["new", "create", "add", "generate"], "`schemactl new \"add total to orders\"` creates a migration"),
    (&["status", "info", "list"], "`schemactl status` lists the migrations"),
    (&["dev"], "`schemactl up` applies what is pending; `schemactl new \"add total to orders\"` creates a migration"),
];

/// What is to be typed for `undo` as other tools have it: here it is about what is kept, and takes nothing back.
pub(super) const UNDO: &str = "`schemactl down` takes the last migration back, and puts rows back; `schemactl undo list` shows what is kept for that";

/// Words that mean something else behind `db` and `database` than behind `migration`.
pub(super) const OF_DATABASE: WordTable = &[(
    &["create", "new", "setup", "prepare"],
    "a PostgreSQL database is made by `createdb`, and an SQLite file by the first `schemactl up`, which applies what is pending to either",
)];

/// What `table` has for a word.
pub(super) fn hint(word: &str, table: WordTable) -> Option<&'static str> {
    let lower = word.to_lowercase();
    table.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, hint)| *hint)
}

/// What is to be typed for two words, such as `db migrate`, `migration run`, `migrate:up`; none where `first` does not stand
/// before another word anywhere.
pub(super) fn of_two(first: &str, second: &str) -> Option<&'static str> {
    let of_database = match first.to_lowercase().as_str() {
        "db" | "database" | "schema" => hint(second, OF_DATABASE),
        "migrate" | "migration" | "migrations" => None,
        _ => return None,
    };
    of_database.or_else(|| hint(second, FOLLOWING)).or_else(|| hint(second, MEANT))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::super::super::args::Cli;
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
        for (_, hint) in [MEANT, FOLLOWING, OF_DATABASE, &[(&[], UNDO)]].concat() {
            let lines = hint.split('`').filter(|part| part.starts_with("schemactl "));
            assert!(lines.clone().count() > 0, "{hint}");
            for line in lines.flat_map(|line| line.split(" && ")) {
                let line = line.replace("\"add total to orders\"", "add-total").replace("VERSION", "7");
                assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
            }
        }
    }
}
