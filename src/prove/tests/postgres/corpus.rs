//! A folder of migrations that people wrote: all are proven in their order, and each down is judged by `pg_dump`.

use std::collections::BTreeMap;
use std::path::Path;

use schemactl_test_support::postgres as servers;

use super::judge::{Judged, compare};
use super::{migration, proofs};
use crate::prove::Outcome;

/// `SCHEMACTL_CORPUS=folder cargo test corpus -- --ignored --nocapture`
#[test]
#[ignore = "needs a folder of migrations"]
fn corpus_is_restored_or_refused() {
    let folder = std::env::var("SCHEMACTL_CORPUS").expect("SCHEMACTL_CORPUS names a folder");
    let mut files: Vec<_> = Path::new(&folder).read_dir().unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let ups: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let version = servers::version();
    let numbered = ups.iter().zip(1..);
    let proofs = proofs(version, numbered.map(|(up, number)| migration(number, up, None)).collect());
    let database = servers::database(version);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for ((file, up), proof) in files.iter().zip(&ups).zip(proofs) {
        let name = file.display();
        let before = database.dump();
        if let Err(error) = database.try_psql(up) {
            panic!("{name}: {error}");
        }
        let (word, told) = match &proof.outcome {
            Outcome::Derived { .. }
                if proof.verdict.as_ref().is_some_and(|verdict| verdict.word() == "irreversible") =>
            {
                ("refused", proof.verdict.map(|verdict| verdict.to_string()).unwrap_or_default())
            }
            Outcome::Derived { file } => {
                let walked = database.try_psql(file).map(|_| compare(&before, &database.dump()));
                match (walked, database.try_psql(up)) {
                    (Ok(Judged::Same), Ok(_)) => ("exact", String::new()),
                    (Ok(Judged::SameButForOrder), Ok(_)) => ("column order", String::new()),
                    (Ok(Judged::Different(text)), _) => ("WRONG", text),
                    (Err(error), _) | (_, Err(error)) => ("WRONG", error),
                    (Ok(Judged::Unread), _) => unreachable!("it was dumped before"),
                }
            }
            other => ("not derived", format!("{other:?}")),
        };
        *counts.entry(word).or_default() += 1;
        if !told.is_empty() {
            println!("=== {name}: {word}\n{told}");
        }
    }
    println!("{folder}: {counts:?}");
}
