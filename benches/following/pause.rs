//! For how long nobody can write while both sides are switched, and switched back: the longest time between two writes of a writer that were acknowledged.

use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use schemactl_test_support::Signal;
use schemactl_test_support::sqlite;

use crate::load::{Acknowledged, Load, milliseconds};
use crate::shared::Sides;

const WRITERS: u32 = 4;
const RATE: u32 = 500;
/// How long it is written between two switches.
const BETWEEN: Duration = Duration::from_secs(5);

pub(crate) fn bench(rows: u64) {
    let sides = Sides::new(rows);
    let mut follower = sides.project.spawn(["move", "follow", "--skip-plan"]);
    follower.wait_for("level with the source");
    let load = Load::start(&sides, rows, WRITERS, RATE);
    let mut periods = Vec::new();
    let mut period = |name: &'static str, work: &dyn Fn()| {
        let begin = Instant::now();
        work();
        periods.push((name, begin, Instant::now()));
    };
    let between = || thread::sleep(BETWEEN);
    let command = |arguments: &[&str]| {
        sides.project.run(arguments).ok();
        // The first write after it is a part of it.
        thread::sleep(Duration::from_millis(300));
    };
    period("no switch, SQLite is written", &between);
    period("`move cutover`", &|| command(&["move", "cutover", "--deadline", "60s"]));
    period("no switch, PostgreSQL is written", &between);
    period("`move back`", &|| command(&["move", "back", "--deadline", "60s"]));
    period("no switch, SQLite is written", &between);
    period("`move cutover` again", &|| command(&["move", "cutover", "--deadline", "60s"]));
    between();
    let kept = load.stop();
    follower.signal(Signal::SIGINT);
    follower.wait();
    println!("{WRITERS} writers, {RATE} writes/s together\n");
    println!("| period | the whole of it | longest time between two writes of each writer |");
    println!("|---|---|---|");
    for (name, begin, end) in periods {
        let mut longest: Vec<Duration> = kept.iter().map(|kept| longest(kept, begin, end)).collect();
        longest.sort();
        let longest: Vec<String> = longest.into_iter().map(milliseconds).collect();
        println!("| {name} | {} | {} |", milliseconds(end - begin), longest.join(", "));
    }
    assert_kept(&sides, rows, &kept);
}

/// The longest time between two writes of which the later one was acknowledged in the period.
fn longest(kept: &Acknowledged, begin: Instant, end: Instant) -> Duration {
    let of_period = kept.windows(2).filter(|two| two[1].1 >= begin && two[1].1 <= end);
    of_period.map(|two| two[1].1 - two[0].1).max().unwrap_or(end - begin)
}

/// What was acknowledged is on the side that is written now, each once and nothing else, and on the other one as well once that was followed.
fn assert_kept(sides: &Sides, rows: u64, kept: &[Acknowledged]) {
    let written: HashSet<i64> = kept.iter().flatten().map(|(id, _)| *id).collect();
    let ids = sides.database.psql(&format!("SELECT id FROM r WHERE id > {rows}"));
    let ids: Vec<i64> = ids.lines().map(|id| id.parse().unwrap()).collect();
    assert_eq!(ids.len(), written.len(), "rows were lost, or doubled");
    assert!(ids.iter().all(|id| written.contains(id)), "a row is there that nobody was told of");
    sides.project.run(["move", "follow", "--until-level"]).ok();
    let query = format!("SELECT count(*) FROM r WHERE id > {rows}");
    assert_eq!(sqlite::query(&sqlite::open(&sides.project.path().join("app.db")), &query), written.len().to_string());
    println!("\n{} writes were acknowledged, and each is there once, on both sides", written.len());
}
