//! Words and options behind a command that other tools have there.

use super::words::{FOLLOWING, MEANT, hint, of_two};

/// What is to be typed for a word or an option that `command` does not take. `value` is what follows it.
pub(super) fn hint_of(command: &str, word: &str, value: Option<&str>) -> Option<String> {
    let number = value.filter(|value| is_number(value));
    let answer = match command {
        "up" | "plan" => going_up(command, word, number),
        "down" => going_down(word, number),
        "new" if matches!(word, "--name" | "--message" | "-m" | "-n") => {
            Some(format!("`schemactl new \"{}\"` creates a migration", value.unwrap_or("add total to orders")))
        }
        "init" => beginning(word),
        "diff" if matches!(word, "--output" | "-o" | "--write" | "-w" | "--save" | "--file" | "-f") => {
            Some("`schemactl diff --new \"add total to orders\"` writes it as the next migration".to_owned())
        }
        _ => None,
    };
    let others = || hint(word, MEANT).or_else(|| hint(word, FOLLOWING)).map(str::to_owned);
    let version = || is_version(word).then(|| "`schemactl --version` prints the version of schemactl".to_owned());
    answer.or_else(version).or_else(others)
}

/// What is to be typed for a word behind `migrate`, which other tools have more behind than `up`.
pub(super) fn of_migrate(word: &str) -> Option<String> {
    of_two("migrate", word).map(str::to_owned)
}

fn going_up(command: &str, word: &str, number: Option<&str>) -> Option<String> {
    if is_number(word) {
        return Some(up_to(command, word));
    }
    if names_a_version(word) {
        return Some(match number {
            Some(number) => up_to(command, number),
            None if is_version(word) => {
                format!(
                    "`schemactl --version` prints the version of schemactl; `schemactl {command} --to VERSION` goes up to a version"
                )
            }
            None => format!("`schemactl {command} --to VERSION` goes up to a version"),
        });
    }
    if names_a_number(word) {
        return Some(format!(
            "`schemactl {command} --to VERSION` goes up to a version; `schemactl status` lists those that are pending"
        ));
    }
    if command == "up" && matches!(word, "--take-over" | "--adopt" | "--baseline" | "--baseline-on-migrate" | "--fake")
    {
        return Some(
            "`schemactl adopt` takes over what another tool has recorded; else `schemactl repair --baseline VERSION` records all versions up to \
             one that are there already, and `schemactl repair --mark-applied VERSION` one alone; then `schemactl up` goes on from there"
                .to_owned(),
        );
    }
    if matches!(word, "--out-of-order" | "--allow-out-of-order" | "--allow-missing" | "--ignore-missing") {
        return Some(format!(
            "`schemactl {command} --order any` also applies versions that are lower than an applied one"
        ));
    }
    let all = is_all(word) || is_last(word);
    (all || is_consent(word)).then(|| match command {
        "up" => "`schemactl up` applies all that is pending, and does not ask; what it refuses, it refuses with the way to go on".to_owned(),
        command => format!("`schemactl {command}` shows all that is pending"),
    })
}

fn up_to(command: &str, version: &str) -> String {
    format!("`schemactl {command} --to {version}` goes up to version {version}")
}

fn going_down(word: &str, number: Option<&str>) -> Option<String> {
    if is_number(word) {
        return Some(format!(
            "`schemactl down --steps {word}` takes {word} back, `schemactl down --to {word}` all above version {word}"
        ));
    }
    if is_all(word) || matches!(word, "base" | "zero" | "reset") {
        return Some("`schemactl down --to 0` takes all back".to_owned());
    }
    if is_last(word) {
        return Some("`schemactl down` takes the last migration back".to_owned());
    }
    if names_a_number(word) {
        let number = number.unwrap_or("N");
        return Some(format!("`schemactl down --steps {number}` takes {number} back"));
    }
    if names_a_version(word) {
        let version = number.unwrap_or("VERSION");
        return Some(format!("`schemactl down --to {version}` takes back all above version {version}"));
    }
    is_consent(word).then(|| {
        "`schemactl down` does not ask: it refuses where data would be lost, and `schemactl down --accept-data-loss` loses it".to_owned()
    })
}

/// The backend that is meant by a name that none has, such as `pg`, `psql` or `sqlite3`.
pub(super) fn backend(word: &str) -> &'static str {
    if word.to_lowercase().starts_with('p') { "postgres" } else { "sqlite" }
}

fn beginning(word: &str) -> Option<String> {
    let backend = match word.trim_start_matches('-') {
        named @ ("sqlite" | "sqlite3" | "postgres" | "postgresql" | "pg" | "psql") => backend(named),
        "both" | "all" => "both",
        other if word.starts_with('-') || other.is_empty() => return None,
        _ => {
            return Some(
                "`schemactl init` writes schema.toml into the folder where it is run; `schemactl init --backend sqlite`, \
                 `postgres` or `both` says for what"
                    .to_owned(),
            );
        }
    };
    Some(format!(
        "`schemactl init --backend {backend}` begins a project for {}",
        if backend == "both" { "both" } else { "it" }
    ))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_version(word: &str) -> bool {
    matches!(word, "--version" | "-V")
}

fn names_a_version(word: &str) -> bool {
    is_version(word) || matches!(word, "--target" | "--target-version" | "--until" | "--revision" | "-t")
}

fn names_a_number(word: &str) -> bool {
    matches!(word, "-n" | "--steps" | "--step" | "--count" | "--number" | "--num" | "--limit" | "-s" | "-c")
}

fn is_all(word: &str) -> bool {
    matches!(word, "--all" | "-all" | "-a" | "all")
}

fn is_last(word: &str) -> bool {
    matches!(word, "head" | "latest" | "last" | "--last" | "--latest")
}

fn is_consent(word: &str) -> bool {
    matches!(word, "--force" | "-f" | "--yes" | "-y" | "--confirm" | "--no-interaction" | "--non-interactive")
}
