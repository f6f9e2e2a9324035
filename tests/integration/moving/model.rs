//! Commands in any order, and commands that die at any point: each leaves what a model of the states says. At most one side takes writes; where none does,
//! `move status` names the command that opens one; and what an application was told to be kept is there in the end, once.

mod states;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use schemactl_test_support::cli::Output;
use schemactl_test_support::postgres::Session;
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::{cases, sqlite};

use self::states::{Stand, Step};
use super::following::Random;
use super::{Move, document};

/// How a command has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Done,
    Refused,
    DiedAt(String),
}

/// What an application was told to be kept.
#[derive(Debug, Default)]
struct Kept {
    people: BTreeSet<String>,
    visits: BTreeSet<String>,
    /// The last number that each row was given, by its key.
    scores: BTreeMap<u64, u64>,
}

impl Kept {
    /// Changes the same on either side, by statements that take the same words there.
    fn write(&mut self, number: u64, side: &str, mut run: impl FnMut(&str) -> bool) -> bool {
        let (name, row) = (format!("{side} {number}"), 1 + number % 20);
        if !run(&format!("INSERT INTO people (name) VALUES ('{name}')")) {
            return false;
        }
        assert!(run(&format!("INSERT INTO visits (page) VALUES ('{name}')")));
        assert!(run(&format!("UPDATE people SET score = {number} WHERE id = {row}")));
        self.people.insert(name.clone());
        self.visits.insert(name);
        self.scores.insert(row, number);
        if number.is_multiple_of(3) {
            let gone = self.people.pop_first().expect("one was just written");
            assert!(run(&format!("DELETE FROM people WHERE name = '{gone}'")));
        }
        true
    }
}

/// A walk through the states.
struct Walk {
    moved: Move,
    stand: Stand,
    kept: Kept,
    file: Connection,
    session: Session,
    number: u64,
    /// What was done so far, for who reads of a failure.
    path: Vec<String>,
}

impl Walk {
    fn new() -> Self {
        let moved = Move::with_rows(60);
        let file = sqlite::open(&moved.project.path().join("app.db"));
        file.execute_batch("PRAGMA busy_timeout = 20000; PRAGMA foreign_keys = on").unwrap();
        let session = moved.database.session();
        Self { moved, stand: Stand::Unbegun, kept: Kept::default(), file, session, number: 0, path: Vec::new() }
    }

    fn step(&mut self, step: Step, point: Option<&str>) {
        let fault = point.map(|point| ("SCHEMACTL_FAULT", point));
        let arguments = std::iter::once("move").chain(step.arguments().split(' '));
        let output = self.moved.project.spawn_with(fault.as_slice(), arguments).wait();
        let end = end(&output);
        self.path.push(format!("{:?}: {step:?} {} {end:?}", self.stand, point.unwrap_or_default()));
        let expected = match &end {
            End::Done => self.stand.after(step),
            // What differs, and what is not there yet, are no changes.
            End::Refused if step == Step::Verify && !matches!(self.stand, Stand::Following | Stand::Open) => {
                Some(self.stand)
            }
            End::Refused if self.stand.after(step).is_none() => Some(self.stand),
            End::Refused => None,
            End::DiedAt(point) => self.stand.after_death(step, point),
        };
        self.stand = expected.unwrap_or_else(|| panic!("{:#?}\n{}", self.path, output.text()));
        if matches!(end, End::DiedAt(_)) {
            self.moved.wait_for_silence();
        }
        self.look();
    }

    /// The state is the one of the model, and the sides that take writes are.
    fn look(&mut self) {
        let output = self.moved.run("status --json");
        output.ok();
        let said = document(&output);
        let state = said["state"].as_str().map(|state| if state == "rows" { "begun" } else { state });
        assert_eq!((state, said["gate"].as_str()), self.stand.shown(), "{:#?}", self.path);
        let sides = (self.write_to_sqlite(), self.write_to_postgres());
        assert_eq!(sides, self.stand.takes_writes(), "{:#?}", self.path);
    }

    fn write_to_sqlite(&mut self) -> bool {
        self.number += 1;
        let (file, path) = (&self.file, &self.path);
        self.kept.write(self.number, "s", |sql| match file.execute_batch(sql) {
            Ok(()) => true,
            Err(error) => {
                assert!(error.to_string().contains("moved to PostgreSQL"), "{error}: {sql}\n{path:#?}");
                false
            }
        })
    }

    fn write_to_postgres(&mut self) -> bool {
        if matches!(self.stand, Stand::Unbegun | Stand::Copying | Stand::HalfDiscarded | Stand::HalfCopyDiscarded) {
            // What others write there ends the copy.
            return true;
        }
        self.number += 1;
        let (session, path) = (&mut self.session, &self.path);
        self.kept.write(self.number, "p", |sql| {
            let said = session.run(sql);
            assert!(said.is_empty() || said.contains("only the move writes"), "{said}: {sql}\n{path:#?}");
            said.is_empty()
        })
    }

    /// Where nobody can write, does what `move status` says: then one side can.
    fn open_as_told(&mut self) {
        if self.stand.takes_writes() != (false, false) {
            return;
        }
        let status = self.moved.run("status");
        let line =
            status.stdout.lines().find(|line| line.contains("nobody can write") || line.contains("closed to writers"));
        let line = line.unwrap_or_else(|| panic!("{:#?}\n{}", self.path, status.text()));
        let command = line.split("`schemactl move ").nth(1).and_then(|rest| rest.split('`').next());
        match command {
            Some("cutover") => self.step(Step::Cutover, None),
            Some("back") => self.step(Step::Back, None),
            other => panic!("{other:?} is named: {line}"),
        }
        assert_ne!(self.stand.takes_writes(), (false, false));
    }

    /// Both sides come level, and have what was kept.
    fn end(mut self) {
        self.open_as_told();
        if self.stand == Stand::Switched {
            // Not all of its foreign keys are asked.
            self.step(Step::Cutover, None);
        }
        if matches!(self.stand, Stand::HalfDiscarded | Stand::HalfCopyDiscarded) {
            // As `move status` says.
            self.step(Step::Discard, None);
        }
        let is_over = matches!(self.stand, Stand::Unbegun | Stand::HalfFinished | Stand::Finished);
        if !is_over {
            self.step(Step::Follow, None);
            self.moved.run("follow --until-level").ok();
            self.moved.assert_equal();
        }
        let on_postgres = self.stand.takes_writes() == (false, true);
        let there = |sql: &str| {
            if on_postgres { self.moved.database.psql(sql) } else { sqlite::query(&self.file, sql) }
        };
        let lines = |sql: &str| there(sql).lines().map(str::to_owned).collect::<Vec<String>>();
        let people = lines("SELECT name FROM people WHERE name LIKE 's %' OR name LIKE 'p %'");
        assert_eq!(people.iter().collect::<BTreeSet<_>>(), self.kept.people.iter().collect(), "{:#?}", self.path);
        let mut visits = lines("SELECT page FROM visits WHERE page LIKE 's %' OR page LIKE 'p %'");
        visits.sort();
        assert_eq!(visits, self.kept.visits.iter().cloned().collect::<Vec<_>>(), "{:#?}", self.path);
        for (row, score) in &self.kept.scores {
            let said = there(&format!("SELECT CAST(score AS INTEGER) FROM people WHERE id = {row}"));
            assert_eq!(said, score.to_string(), "{row}: {:#?}", self.path);
        }
    }
}

fn end(output: &Output) -> End {
    let died = output.stderr.lines().find_map(|line| line.strip_prefix("fault point: "));
    match died {
        Some(point) => End::DiedAt(point.to_owned()),
        None if output.status.success() => End::Done,
        None => End::Refused,
    }
}

/// Walks of different seeds, some at a time: they wait more than they compute.
fn walks(seeds: std::ops::Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let taken = std::iter::repeat_with(|| next.fetch_add(1, Ordering::SeqCst));
                taken.take_while(|seed| seeds.contains(seed)).for_each(walk);
            });
        }
    });
}

fn walk(seed: u64) {
    let mut random = Random(seed);
    let mut walk = Walk::new();
    for number in 0..12 {
        let at = usize::try_from(random.below(Step::ALL.len() as u64)).unwrap();
        // No walk stays where it is.
        let step = if number == 0 { Step::Follow } else { Step::ALL[at] };
        // About every second one dies that can.
        // The lease of a source that is closed for a time outlives the move, and the walk.
        let points = if (step, walk.stand) == (Step::Discard, Stand::Closed) { &[] } else { step.points() };
        let at = usize::try_from(random.below(2 * points.len() as u64 + 1)).unwrap();
        walk.step(step, points.get(at).copied());
        if random.below(2) == 0 {
            walk.open_as_told();
        }
    }
    walk.end();
}

#[test]
fn any_order_of_commands_and_deaths_leaves_what_the_model_says() {
    walks(1..1 + u64::from(cases(12, 200)));
}
