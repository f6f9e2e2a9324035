//! Whoever takes part is killed in every phase of a move, while applications write: what they were told to be kept is there, once, and both sides come level.

use std::path::Path;
use std::thread;
use std::time::Duration;

use schemactl_test_support::cli::Running;
use schemactl_test_support::postgres::{self, Cluster};
use schemactl_test_support::{cases, project, sqlite};

use super::Move;
use super::following::Random;
use super::load::{self, Load, Place, assert_kept};

#[derive(Debug, Clone, Copy)]
enum Phase {
    Copy,
    Follow,
    Cutover,
    Returning,
    Back,
}

#[derive(Debug, Clone, Copy)]
enum Victim {
    Follower,
    /// The command that switches; where none does, the follower.
    Command,
    Application,
    Server,
}

const PHASES: [Phase; 5] = [Phase::Copy, Phase::Follow, Phase::Cutover, Phase::Returning, Phase::Back];
const VICTIMS: [Victim; 4] = [Victim::Follower, Victim::Command, Victim::Application, Victim::Server];

/// A move of the tables that the load writes, with rows of its own.
pub(super) fn loaded(cluster: &Cluster, rows: u32) -> Move {
    let (project, database) = (project!(), cluster.create_database());
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n[map]\n");
    project.env("DATABASE_URL", database.url());
    project.file("migrations/sqlite/V1__create.sql", load::ON_SQLITE);
    project.file("migrations/postgres/V1__create.sql", load::ON_POSTGRES);
    project.run(["up", "--backend", "sqlite"]).ok();
    project.run(["up", "--backend", "postgres"]).ok();
    let moved = Move { project, database };
    moved.sqlite(&format!(
        "PRAGMA journal_mode = WAL;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
        INSERT INTO accounts SELECT 900000000 + i, 'of old ' || i, i FROM n;
        INSERT INTO entries SELECT id, 1, 'old' FROM accounts; INSERT INTO ops SELECT 900, n FROM accounts"
    ));
    moved
}

/// Where an application finds both sides.
pub(super) fn place(moved: &Move) -> Place {
    Place { file: moved.project.path().join("app.db"), url: moved.database.url() }
}

/// A round: comes to a phase, kills, and goes on from there to the end.
struct Round<'c> {
    cluster: &'c Cluster,
    moved: Move,
    random: Random,
}

impl<'c> Round<'c> {
    fn new(cluster: &'c Cluster, seed: u64) -> Self {
        Self { cluster, moved: loaded(cluster, 400), random: Random(seed) }
    }

    fn run(mut self, phase: Phase, victim: Victim) {
        let pause = 20 + self.random.below(500);
        let moved = &self.moved;
        let follow = || moved.project.spawn(["move", "follow", "--skip-plan", "--batch", "30"]);
        // Who writes all the time never leaves nothing.
        if !matches!(phase, Phase::Copy) {
            moved.run("follow --until-level --skip-plan").ok();
        }
        let mut load = Load::start(place(moved), 2);
        load.add_process();
        if matches!(phase, Phase::Returning | Phase::Back) {
            moved.run("cutover --deadline 20s").ok();
        }
        let follower = follow();
        let command = match phase {
            Phase::Cutover => Some("cutover"),
            Phase::Back => Some("back"),
            Phase::Copy | Phase::Follow | Phase::Returning => None,
        };
        let command = command.map(|command| {
            thread::sleep(Duration::from_millis(200));
            moved.project.spawn(["move", command, "--deadline", "10s"])
        });
        thread::sleep(Duration::from_millis(pause));
        self.kill(victim, &mut load, follower, command);
        self.end(phase, victim, load);
    }

    fn kill(&self, victim: Victim, load: &mut Load, follower: Running, command: Option<Running>) {
        match (victim, command) {
            (Victim::Follower, command) => {
                follower.kill_9();
                command.map(Running::wait);
            }
            (Victim::Command, command) => drop(command.unwrap_or(follower).kill_9()),
            (Victim::Application, command) => {
                load.kill_processes();
                load.add_process();
                command.map(Running::wait);
                follower.kill_9();
            }
            (Victim::Server, command) => {
                self.cluster.kill_9();
                self.cluster.start_again();
                command.map(Running::wait);
                follower.kill_9();
            }
        }
    }

    /// One more switch where one was begun, and the applications go on for a while. Then both sides are compared.
    fn end(self, phase: Phase, victim: Victim, load: Load) {
        let moved = &self.moved;
        let asked = match phase {
            Phase::Copy | Phase::Follow | Phase::Returning => None,
            Phase::Cutover => Some("cutover --deadline 20s"),
            Phase::Back => Some("back --deadline 20s"),
        };
        if let Some(command) = asked {
            let ended = moved.run(command);
            // One that was decided is refused where it was ended already.
            assert!(ended.status.success() || ended.stderr.contains("E0802"), "{phase:?} {victim:?} {}", ended.text());
        }
        thread::sleep(Duration::from_millis(150));
        let kept = load.stop();
        moved.wait_for_silence();
        moved.run("follow --until-level --skip-plan").ok();
        moved.run("verify").ok();
        // A process may have been killed before its first one.
        assert!(kept[..2].iter().all(|(_, kept)| *kept > 0), "{phase:?} {victim:?} {kept:?}");
        assert_kept(&kept, |sql| in_file(&moved.project.path().join("app.db"), sql));
        assert_kept(&kept, |sql| moved.database.psql(sql));
        eprintln!("{phase:?} {victim:?}: {kept:?} transactions of each writer");
    }
}

fn in_file(path: &Path, sql: &str) -> String {
    sqlite::query(&sqlite::open(path), sql)
}

#[test]
fn whoever_is_killed_in_whatever_phase_nothing_is_lost() {
    let cluster = Cluster::start(postgres::version());
    for round in 0..u64::from(cases(10, 100)) {
        let at = |round: u64, of: usize| usize::try_from(round).unwrap() % of;
        Round::new(&cluster, round).run(PHASES[at(round, 5)], VICTIMS[at(round + round / 5, 4)]);
    }
}
