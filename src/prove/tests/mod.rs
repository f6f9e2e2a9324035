//! Proofs, judged by witnesses that share no code with what they judge.

#[cfg(feature = "postgres")]
mod postgres;
mod random;
#[cfg(feature = "sqlite")]
mod sqlite;

use crate::source::Verdict;
use crate::source::{Cost, Migration, Script};
use crate::version::Version;

fn script(path: &str, text: &str) -> Script {
    Script::new(path.to_owned(), text.to_owned())
}

fn migration(version: i64, up: &str, down: Option<&str>) -> Migration {
    Migration {
        version: Version::new(version).unwrap(),
        description: "change".into(),
        phase: None,
        up: script(&format!("V{version}__change.sql"), up),
        down: down.map(|down| script(&format!("V{version}__change.down.sql"), down)),
        proven: None,
        after: None,
    }
}

/// A generated file says for `down` what the verdict says for a person.
fn same_in_the_head(verdict: &Verdict, file: &str) -> Result<(), String> {
    let migration = migration(2, "SELECT 1;", Some(file));
    let said = migration.down().unwrap().directives().map_err(|error| format!("{error:#}\n{file}"))?;
    let lost = match verdict {
        Verdict::Lossy(losses) => losses.lost.clone(),
        Verdict::Lossless | Verdict::Irreversible(_) => Vec::new(),
    };
    let word = match (said.irreversible.clone(), said.verdict) {
        (Some(_), None) => "irreversible",
        (None, Some(Cost::Lossy)) => "lossy",
        (None, Some(Cost::Lossless)) => "lossless",
        other => return Err(format!("the head says {other:?}\n{file}")),
    };
    if (word, &said.loses) == (verdict.word(), &lost) { Ok(()) } else { Err(format!("{verdict:?}\n{file}")) }
}
