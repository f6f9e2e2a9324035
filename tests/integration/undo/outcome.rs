//! How cases of a property end, and which are to be run.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How one run ended, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The up did not run on these rows.
    NoUp(String),
    Exact,
    Kept,
    /// A down that says that it loses something, or is written by hand, gave back less than all.
    Left(String),
    Refused(String),
    /// Though no user wrote since the up.
    RefusedUnwritten(String),
    /// A statement of the down does not run on these rows.
    Failed(String),
    Wrong {
        kind: &'static str,
        text: String,
    },
}

pub(super) fn wrong(kind: &'static str, text: impl Into<String>) -> Outcome {
    Outcome::Wrong { kind, text: text.into() }
}

/// The seeds of each outcome.
#[derive(Debug, Default)]
struct Counts {
    counts: BTreeMap<&'static str, Vec<u64>>,
    wrong: BTreeMap<&'static str, Vec<u64>>,
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
                self.wrong.entry(kind).or_default().push(seed);
                "wrong"
            }
        };
        self.counts.entry(name).or_default().push(seed);
    }
}

/// The seeds that the environment names: `N`, or those of a range, `N..M`.
fn seeds() -> Option<Range<u64>> {
    let text = std::env::var("SCHEMACTL_UNDO_SEEDS").ok()?;
    let number =
        |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("SCHEMACTL_UNDO_SEEDS: {text} is no number"));
    let (first, last) = text.split_once("..").unwrap_or((&text, &text));
    Some(number(first)..number(last) + 1)
}

/// Runs the cases of the seeds that the environment names, or so many, two at a time. Fails where some are wrong, with the smallest ones of each kind.
/// One alone is printed.
pub(super) fn check(count: u32, run: impl Fn(u64) -> Vec<Outcome> + Sync, shown: impl Fn(u64) -> String) {
    let seeds = seeds().unwrap_or(1..1 + u64::from(count));
    if seeds.start + 1 == seeds.end {
        println!("{:#?}", run(seeds.start));
    }
    let (next, counts) = (AtomicU64::new(seeds.start), Mutex::new(Counts::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let taken = std::iter::repeat_with(|| next.fetch_add(1, Ordering::SeqCst));
                for seed in taken.take_while(|seed| seeds.contains(seed)) {
                    let outcomes = run(seed);
                    let mut counts = counts.lock().expect("no other has panicked");
                    outcomes.iter().for_each(|outcome| counts.add(seed, outcome));
                }
            });
        }
    });
    let counts = counts.into_inner().expect("no other has panicked");
    for (name, seeds) in &counts.counts {
        println!("{name}: {}, such as {:?}", seeds.len(), &seeds[..seeds.len().min(8)]);
    }
    let smallest: Vec<String> =
        counts.wrong.values().flat_map(|seeds| seeds.iter().take(3)).map(|seed| shown(*seed)).collect();
    assert!(counts.wrong.is_empty(), "{:?}\n{}", counts.wrong, smallest.join("\n"));
}
