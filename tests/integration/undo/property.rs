//! Random schemas, rows, migrations and writes in between. `SCHEMACTL_UNDO_SEEDS=N` repeats one case and prints it,
//! `SCHEMACTL_UNDO_SEEDS=N..M` all of these.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use schemactl_test_support::cases;

use super::making::Case;
use super::round::{Outcome, run};
use super::shrinking::{fault, smallest};

/// The seeds of each outcome.
#[derive(Debug, Default)]
struct Counts {
    counts: BTreeMap<&'static str, Vec<u64>>,
    wrong: Vec<(u64, &'static str)>,
}

impl Counts {
    fn add(&mut self, seed: u64, outcome: &Outcome) {
        let name = match outcome {
            Outcome::NoUp(_) => "the up did not run",
            Outcome::Exact => "exact",
            Outcome::Kept => "kept",
            Outcome::Left(_) => "left",
            Outcome::Refused(_) => "refused",
            Outcome::RefusedUnwritten(_) => "refused, nobody wrote",
            Outcome::Failed(_) => "failed for the down's own reason",
            Outcome::Wrong { kind, .. } => {
                self.wrong.push((seed, kind));
                "wrong"
            }
        };
        self.counts.entry(name).or_default().push(seed);
    }
}

/// The seeds that the environment names: one, or those of a range.
fn seeds() -> Option<Range<u64>> {
    let text = std::env::var("SCHEMACTL_UNDO_SEEDS").ok()?;
    let number =
        |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("SCHEMACTL_UNDO_SEEDS: {text} is no number"));
    let (first, last) = text.split_once("..").unwrap_or((&text, &text));
    Some(number(first)..number(last) + 1)
}

/// All cases of these seeds, two at a time.
fn count(seeds: Range<u64>) -> Counts {
    let (next, counts) = (AtomicU64::new(seeds.start), Mutex::new(Counts::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let taken = std::iter::repeat_with(|| next.fetch_add(1, Ordering::SeqCst));
                for seed in taken.take_while(|seed| seeds.contains(seed)) {
                    let outcomes = run(&Case::new(seed));
                    let mut counts = counts.lock().expect("no other has panicked");
                    outcomes.iter().for_each(|outcome| counts.add(seed, outcome));
                }
            });
        }
    });
    counts.into_inner().expect("no other has panicked")
}

/// The smallest case of a kind, to be read.
fn shown(seed: u64) -> String {
    let case = Case::new(seed);
    let Some((kind, _)) = fault(&case) else { return format!("seed {seed} is right\n{}", case.text()) };
    let case = smallest(&case, kind);
    let text = fault(&case).map(|(_, text)| text).unwrap_or_default();
    format!("seed {seed}: {kind}\n{}-- is wrong\n{text}\n", case.text())
}

#[test]
fn a_down_gives_back_every_row_or_refuses() {
    let seeds = seeds().unwrap_or(1..1 + u64::from(cases(200, 2_000)));
    if seeds.start + 1 == seeds.end {
        println!("{}\n{:#?}", Case::new(seeds.start).text(), run(&Case::new(seeds.start)));
    }
    let counts = count(seeds);
    for (name, seeds) in &counts.counts {
        println!("{name}: {}, such as {:?}", seeds.len(), &seeds[..seeds.len().min(8)]);
    }
    let mut kinds = BTreeMap::new();
    counts.wrong.iter().for_each(|(seed, kind)| kinds.entry(*kind).or_insert_with(Vec::new).push(*seed));
    let smallest: Vec<String> =
        kinds.values().flat_map(|seeds| seeds.iter().take(3)).map(|seed| shown(*seed)).collect();
    assert!(kinds.is_empty(), "{kinds:?}\n{}", smallest.join("\n"));
}
