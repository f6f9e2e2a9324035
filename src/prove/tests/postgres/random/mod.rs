//! R18: random schemas A and B; the down of A to B restores A, or is refused.
//!
//! One round follows another: each is a migration on what the rounds before it left, proven on one bench, and walked up, down
//! and up in a database where `pg_dump` looks on. It looks at rows too: a down that says lossless must restore those of migrations.

#![allow(
    clippy::unnecessary_wraps,
    reason = "statements that can always be made are in one list with those that cannot"
)]

mod common;
mod other;
mod relation;
mod world;

use schemactl_test_support::postgres::Cluster;
use tokio_postgres::Client;

use self::world::World;
use super::super::random::{Random, seeds};
use super::judge::{Judged, Rows, as_the_runner_does, compare_all};
use super::migration;
use crate::config::Options;
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};
use crate::down::Savepoints as _;
use crate::down::postgres::PostgresScratch;
use crate::prove::{ExistingDowns, Known, Outcome, Prover};
use crate::source::Migrations;

/// Chains of rounds in an ordinary test run, and rounds in each.
const CHAINS: u32 = 2;
const ROUNDS: i64 = 8;

/// How many chains run at a time: much of each is waiting.
const AT_A_TIME: u64 = 2;

#[derive(Default)]
struct Count {
    exact: usize,
    /// Of those, the ones that differ in the order of columns.
    but_for_order: usize,
    refused: Vec<String>,
    /// The up did not run in a migration; its chain ends there.
    failed: Vec<String>,
    wrong: Vec<String>,
}

impl Count {
    fn add(&mut self, mut other: Self) {
        self.exact += other.exact;
        self.but_for_order += other.but_for_order;
        self.refused.append(&mut other.refused);
        self.failed.append(&mut other.failed);
        self.wrong.append(&mut other.wrong);
    }

    fn judged(&mut self, judged: Result<Judged, String>, told: impl Fn(&str) -> String) {
        match judged {
            Ok(Judged::Same) => self.exact += 1,
            Ok(Judged::SameButForOrder) => {
                self.exact += 1;
                self.but_for_order += 1;
            }
            Ok(Judged::Different(reason)) | Err(reason) => self.wrong.push(told(&reason)),
            Ok(Judged::Unread) => unreachable!("the machine's own version is dumped"),
        }
    }

    fn rounds(&self) -> usize {
        self.exact + self.refused.len() + self.wrong.len()
    }
}

#[test]
fn r18_random_schemas_are_restored() {
    let cluster = Cluster::start(schemactl_test_support::postgres::version());
    cluster.psql("CREATE ROLE alice; CREATE ROLE \"Bob\"");
    let usual = u64::from(schemactl_test_support::cases(CHAINS, 60));
    let chains = seeds(usual);
    let mut count = Count::default();
    std::thread::scope(|scope| {
        let cluster = &cluster;
        let share = |first: u64| {
            let mine = chains.clone().filter(move |seed| seed % AT_A_TIME == first);
            scope.spawn(move || mine.map(|seed| run(cluster, seed)).collect::<Vec<_>>())
        };
        let threads: Vec<_> = (0..AT_A_TIME).map(share).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).for_each(|done| count.add(done));
    });
    let summary = format!(
        "{} rounds: {} exact, {} of them but for the order of columns; {} refused, {} wrong; {} ups did not run",
        count.rounds(),
        count.exact,
        count.but_for_order,
        count.refused.len(),
        count.wrong.len(),
        count.failed.len()
    );
    println!("{}\n{}\n{summary}", count.refused.join("\n\n"), count.failed.join("\n\n"));
    assert!(count.wrong.is_empty(), "{}\n\n{summary}", count.wrong.join("\n\n"));
    assert!(count.refused.len() * 50 <= count.rounds().max(50), "{summary}\n{}", count.refused.join("\n\n"));
    assert!(count.failed.len() * 20 <= count.rounds().max(20), "{summary}\n{}", count.failed.join("\n\n"));
}

fn run(cluster: &Cluster, seed: u64) -> Count {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Box::pin(chain(cluster, seed)))
}

async fn chain(cluster: &Cluster, seed: u64) -> Count {
    let mut random = Random::new(seed);
    let (database, options) = (cluster.create_database(), Options::default());
    let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let settings = ConnectSettings::parse(&cluster.url(), &ConnectEnvironment::process()).unwrap();
    let open = async || PostgresScratch::open(settings.clone(), &options).await.unwrap();
    let mut bench = Prover::new(open().await, open().await);
    let mut count = Count::default();
    let mut before = String::new();
    for round in 0..=ROUNDS {
        let wanted = if round == 0 { 14 } else { 3 + random.below(6) };
        let (up, mut again) = (statements(&client, &mut random, wanted).await, Ok(()));
        let text = up.join(";\n");
        let head = if round == 0 { "-- schemactl: irreversible\n" } else { "" };
        let list = vec![migration(round + 1, &format!("{head}{text};\n"), None)];
        let proofs = bench.prove(&Migrations::of(list), ExistingDowns::Prove, &Known::new()).await;
        let proof = proofs.unwrap_or_else(|error| panic!("seed {seed}: {error:#}\n{text}")).pop().unwrap();
        let verdict = proof.verdict.map(|verdict| verdict.to_string()).unwrap_or_default();
        let told =
            |reason: &str, file: &str| format!("=== seed {seed}, round {round}: {verdict}\n{text};\n{file}\n{reason}");
        match proof.outcome {
            Outcome::Declared => {}
            Outcome::Derived { file } if verdict.starts_with("irreversible") => {
                count.refused.push(told("", &file) + &shown(&before));
            }
            Outcome::Derived { file } => {
                let judged = down(&client, &file).await;
                let rows = Rows::after(&verdict);
                let judged = judged.map(|()| compare_all(&before, &database.dump_all(), rows));
                count.judged(judged, |reason| told(reason, &file) + &shown(&before));
                again = client.batch_execute(&format!("BEGIN;\n{text};\nCOMMIT")).await;
            }
            Outcome::Failed(error) => {
                count.failed.push(told(&format!("{error:#}"), ""));
                break;
            }
            other => panic!("seed {seed}: {other:?}\n{text}"),
        }
        if let Err(error) = again {
            count.wrong.push(told(&format!("the up does not run again: {}", reason(&error)), "") + &shown(&before));
            break;
        }
        before = database.dump_all();
    }
    let (clean, seeded) = bench.into_parts();
    Box::pin(clean.close()).await.unwrap();
    Box::pin(seeded.close()).await.unwrap();
    drop(client);
    let _ = connection.await;
    count
}

/// The database before, where one chain is looked at.
fn shown(before: &str) -> String {
    if std::env::var("SCHEMACTL_SEED").is_ok() { format!("\n--- the database before\n{before}") } else { String::new() }
}

/// Random statements, those that the server took, in one transaction.
async fn statements(client: &Client, random: &mut Random, wanted: u64) -> Vec<String> {
    loop {
        let mut taken = Vec::new();
        client.batch_execute("BEGIN").await.unwrap();
        let mut world = World::read(client).await;
        for _ in 0..wanted * 8 {
            if taken.len() as u64 >= wanted {
                break;
            }
            let Some(statement) = statement(&world, random) else { continue };
            client.batch_execute("SAVEPOINT one").await.unwrap();
            let tried = format!("{statement};\nSET CONSTRAINTS ALL IMMEDIATE");
            if client.batch_execute(&tried).await.is_ok() {
                taken.push(statement);
                world = World::read(client).await;
            } else {
                client.batch_execute("ROLLBACK TO one").await.unwrap();
            }
        }
        if !taken.is_empty() && client.batch_execute("COMMIT").await.is_ok() {
            return taken;
        }
        client.batch_execute("ROLLBACK").await.unwrap();
    }
}

type Make = fn(&World, &mut Random) -> Option<String>;

/// With how often each is tried.
const MAKES: &[(usize, Make)] = &[
    (8, relation::create_table),
    (2, relation::create_parent),
    (4, relation::partition),
    (2, relation::twin),
    (2, relation::inherit),
    (5, relation::add_column),
    (3, relation::drop_column),
    (4, relation::column_type),
    (5, relation::column_setting),
    (3, relation::table_setting),
    (6, relation::add_constraint),
    (2, relation::change_constraint),
    (5, relation::create_index),
    (2, relation::change_index),
    (3, other::enum_type),
    (3, other::domain),
    (3, other::composite),
    (1, other::range),
    (3, other::sequence),
    (6, other::view),
    (4, other::function),
    (3, other::trigger),
    (2, other::policy),
    (2, other::rule),
    (1, other::statistics),
    (4, common::comment),
    (7, common::rename),
    (3, common::schema),
    (2, common::owner),
    (3, common::grant),
    (1, common::default_privileges),
    (4, common::drop),
    (5, common::rows),
];

fn statement(world: &World, random: &mut Random) -> Option<String> {
    let all: Vec<Make> = MAKES.iter().flat_map(|(weight, make)| std::iter::repeat_n(*make, *weight)).collect();
    random.of(&all).and_then(|make| make(world, random))
}

async fn down(client: &Client, file: &str) -> Result<(), String> {
    let Err(error) = client.batch_execute(&as_the_runner_does(file)).await else { return Ok(()) };
    client.batch_execute("ROLLBACK").await.unwrap();
    Err(reason(&error))
}

fn reason(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
