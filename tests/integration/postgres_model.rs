//! Any sequence of ups, downs, failures, edits and late files keeps history and catalog as a simple model has them.
#![cfg(feature = "postgres")]

use std::collections::{BTreeMap, BTreeSet};

use crate::postgres_common::{BOTH, advisory_locks, client, history, migrations, open_transactions};
use proptest::prelude::*;
use schemactl::{Back, Code, Migrations, Options, Order, postgres};
use schemactl_test_support::postgres::{self as servers, Database};

const STATEMENTS: usize = 3;

#[derive(Debug, Clone)]
enum Operation {
    /// The file of a version comes in, early or late.
    Add(i64),
    /// A comment is put into the file of a version, or taken out again.
    Edit(i64),
    /// `up`, in which a statement of a version fails.
    Up { fails: Option<(i64, usize)>, any: bool, by: usize },
    /// `down`, in which the second of the three statements of a version fails.
    Down { steps: usize, fails: Option<i64> },
}

fn operation() -> impl Strategy<Value = Operation> {
    let version = 1..=6i64;
    prop_oneof![
        3 => version.clone().prop_map(Operation::Add),
        1 => version.clone().prop_map(Operation::Edit),
        // In order: what came late is taken back first, which the model does not follow (postgres_steps.rs does).
        5 => (prop::option::weighted(0.5, (version.clone(), 1..=STATEMENTS)), 0..2usize)
            .prop_map(|(fails, by)| Operation::Up { fails, any: false, by }),
        3 => (1..4usize, prop::option::weighted(0.4, version)).prop_map(|(steps, fails)| Operation::Down { steps, fails }),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Applied,
    Partial(usize),
    Reverting,
}

#[derive(Debug, Clone, Default)]
struct Model {
    files: BTreeSet<i64>,
    edited: BTreeSet<i64>,
    /// What was in the file when it was applied.
    edited_when_applied: BTreeSet<i64>,
    records: BTreeMap<i64, State>,
    rows: BTreeSet<String>,
}

/// Even versions run statement by statement.
fn journaled(version: i64) -> bool {
    version % 2 == 0
}

fn down_journaled(version: i64) -> bool {
    version % 3 == 0
}

impl Model {
    fn migrations(&self, fails: Option<(i64, usize)>) -> Migrations {
        let mut files = Vec::new();
        for version in &self.files {
            let fails = fails.filter(|_| self.records.get(version) != Some(&State::Applied));
            let mut up = String::from(if journaled(*version) { "-- schemactl: transaction = none\n" } else { "" });
            up += if self.edited.contains(version) { "-- edited\n" } else { "" };
            for statement in 1..=STATEMENTS {
                if fails == Some((*version, statement)) {
                    up += "SELECT 1/0;\n";
                } else {
                    up += &format!("INSERT INTO ran VALUES ('{version}.{statement}');\n");
                }
            }
            let head = if down_journaled(*version) { "-- schemactl: transaction = none\n" } else { "" };
            let down = format!(
                "{head}DELETE FROM ran WHERE step = '{version}.1';\nSELECT 1 / (count(*) = 0)::int FROM gate WHERE closed = {version};\n\
                 DELETE FROM ran WHERE step IN ('{version}.2', '{version}.3');\n"
            );
            files.push((format!("V{version}__n{version}.sql"), up));
            files.push((format!("V{version}__n{version}.down.sql"), down));
        }
        migrations(&files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
    }

    fn insert(&mut self, version: i64, statements: std::ops::RangeInclusive<usize>) {
        self.rows.extend(statements.map(|statement| format!("{version}.{statement}")));
    }

    fn up(&mut self, fails: Option<(i64, usize)>, any: bool) -> Result<(), Code> {
        if self.records.values().any(|state| *state == State::Reverting) {
            return Err(Code::Partial);
        }
        let applied = |version: &i64| self.records.get(version) == Some(&State::Applied);
        let differs = |version: &i64| self.edited.contains(version) != self.edited_when_applied.contains(version);
        if self.files.iter().any(|version| applied(version) && differs(version)) {
            return Err(Code::Modified);
        }
        let edited = |(version, statement): (i64, usize)| match self.records.get(&version) {
            Some(State::Partial(done)) => statement <= *done,
            _ => false,
        };
        if fails.is_some_and(edited) {
            return Err(Code::PartialEdited);
        }
        let last = self.records.keys().last().copied().unwrap_or_default();
        if !any && self.files.iter().any(|version| !self.records.contains_key(version) && *version < last) {
            return Err(Code::OutOfOrder);
        }
        for version in self.files.clone() {
            let done = match self.records.get(&version) {
                Some(State::Applied) => continue,
                Some(State::Partial(done)) => *done,
                _ => 0,
            };
            if let Some((_, statement)) = fails.filter(|(failing, _)| *failing == version) {
                if journaled(version) {
                    self.insert(version, done + 1..=statement - 1);
                    self.records.insert(version, State::Partial(statement - 1));
                }
                return Err(Code::StatementFailed);
            }
            self.insert(version, done + 1..=STATEMENTS);
            self.records.insert(version, State::Applied);
            self.edited_when_applied.remove(&version);
            if self.edited.contains(&version) {
                self.edited_when_applied.insert(version);
            }
        }
        Ok(())
    }

    fn down(&mut self, steps: usize, fails: Option<i64>) -> Result<(), Code> {
        let versions: Vec<i64> = self.records.keys().rev().take(steps).copied().collect();
        if versions.iter().any(|version| matches!(self.records[version], State::Partial(_))) {
            return Err(Code::Partial);
        }
        for version in versions {
            if fails == Some(version) {
                if down_journaled(version) {
                    self.rows.remove(&format!("{version}.1"));
                    self.records.insert(version, State::Reverting);
                }
                return Err(Code::StatementFailed);
            }
            for statement in 1..=STATEMENTS {
                self.rows.remove(&format!("{version}.{statement}"));
            }
            self.records.remove(&version);
        }
        Ok(())
    }

    fn history(&self) -> String {
        let line = |(version, state): (&i64, &State)| match state {
            State::Applied => format!("{version}|applied|3|3"),
            State::Partial(done) => format!("{version}|partial|{done}|3"),
            State::Reverting => format!("{version}|reverting|1|3"),
        };
        self.records.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    async fn run(&mut self, operation: &Operation, database: &Database) {
        let (expected, found) = match operation {
            Operation::Add(version) => {
                self.files.insert(*version);
                return;
            }
            Operation::Edit(version) => {
                if !self.edited.remove(version) {
                    self.edited.insert(*version);
                }
                return;
            }
            Operation::Up { fails, any, by } => {
                let files = self.migrations(*fails);
                let fails = fails.filter(|(version, _)| {
                    self.files.contains(version) && self.records.get(version) != Some(&State::Applied)
                });
                let options = Options::new().order(if *any { Order::Any } else { Order::Strict });
                (self.up(fails, *any), BOTH[*by].up(&database.url(), &files, &options).await)
            }
            Operation::Down { steps, fails } => {
                database.psql(&format!("TRUNCATE gate; INSERT INTO gate VALUES ({})", fails.unwrap_or_default()));
                let files = self.migrations(None);
                let mut client = client(&database.url()).await;
                let found =
                    postgres::down(&mut client, &files, Back::Steps(*steps), &Options::new().accept_data_loss(true))
                        .await;
                (self.down(*steps, *fails), found)
            }
        };
        let code = found.as_ref().err().map(schemactl::Error::code);
        assert_eq!(code, expected.err(), "{operation:?}: {found:?}");
    }
}

fn play(operations: &[Operation]) {
    let database = servers::database(servers::version());
    database.psql("CREATE TABLE ran (step text PRIMARY KEY); CREATE TABLE gate (closed bigint)");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        postgres::up_url(
            &database.url(),
            &migrations(&[("V900__x.sql", "SELECT 1;"), ("V900__x.down.sql", "SELECT 1;")]),
            &Options::new(),
        )
        .await
        .unwrap();
        let mut first = client(&database.url()).await;
        postgres::down(&mut first, &migrations(&[]), Back::Empty, &Options::new()).await.unwrap();
        let mut model = Model::default();
        let mut log = String::new();
        for operation in operations {
            model.run(operation, &database).await;
            assert_eq!(history(&database), model.history(), "after {operation:?}");
            let rows = database.psql("SELECT coalesce(string_agg(step, ' ' ORDER BY step), '') FROM ran");
            assert_eq!(rows, model.rows.iter().cloned().collect::<Vec<_>>().join(" "), "after {operation:?}");
            assert_eq!(
                (advisory_locks(&database), open_transactions(&database)),
                ("0".into(), "0".into()),
                "after {operation:?}"
            );
            let now = database.psql("SELECT * FROM schema_migrations_log ORDER BY id");
            assert!(now.starts_with(&log), "the log was changed by {operation:?}");
            log = now;
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: schemactl_test_support::cases(12, 400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r25_history_and_catalog_are_as_the_model_has_them(operations in prop::collection::vec(operation(), 4..16)) {
        play(&operations);
    }
}
