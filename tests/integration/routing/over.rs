//! From SQLite to PostgreSQL without a request that fails: each write that was acknowledged is there afterwards, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use schemactl::route::{Route, Side, Standing};
use schemactl_test_support::{Signal, cases};

use super::blocking::Notes;
use super::service::{Order, Orders};
use super::{Shop, both};

/// What a writer was told to be kept: on which side, which ids, and the longest time that a write took.
#[derive(Default)]
struct Kept {
    sqlite: Vec<i64>,
    postgres: Vec<i64>,
    longest: Duration,
}

impl Kept {
    fn note(&mut self, id: i64, side: Side, began: Instant) {
        match side {
            Side::Sqlite => self.sqlite.push(id),
            Side::Postgres => self.postgres.push(id),
        }
        self.longest = self.longest.max(began.elapsed());
    }
}

/// So many threads that write notes until they are to stop, and do something after each.
fn note_writers(
    shop: &Shop,
    route: &Route,
    (count, until): (i64, &Arc<AtomicBool>),
    after: fn(&mut Notes, i64),
) -> Vec<JoinHandle<Kept>> {
    let writer = |writer| {
        let (until, mut notes) = (Arc::clone(until), Notes::open(route, &shop.path(), &shop.database.url()).unwrap());
        thread::spawn(move || {
            let mut kept = Kept::default();
            for number in 0.. {
                if until.load(Ordering::SeqCst) {
                    break;
                }
                let (id, began) = (writer * 1_000_000 + number, Instant::now());
                kept.note(id, notes.keep(id, "remember").expect("no write fails"), began);
                after(&mut notes, number);
            }
            kept
        })
    };
    (1..=count).map(writer).collect()
}

async fn write(orders: Orders, writer: i64, last: Arc<AtomicI64>, until: Arc<AtomicBool>) -> Kept {
    let mut kept = Kept::default();
    for number in 0.. {
        if until.load(Ordering::SeqCst) {
            break;
        }
        let id = writer * 1_000_000 + number;
        let order = Order { id, customer: format!("c{}", id % 20), lines: vec!["one".into(), "two".into()] };
        let began = Instant::now();
        let side = orders.place(order).await.expect("no write fails");
        kept.note(id, side, began);
        last.store(id, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    kept
}

/// Returns how many reads it has made: of customers, and of the order that was kept last.
async fn read(orders: Orders, last: Arc<AtomicI64>, until: Arc<AtomicBool>) -> u64 {
    let mut reads = 0;
    while !until.load(Ordering::SeqCst) {
        orders.of(&format!("c{}", reads % 20)).await.expect("no read fails");
        let lines = orders.lines(last.load(Ordering::SeqCst)).await.expect("no read fails");
        assert!(lines.len() == 2 || lines.is_empty(), "an order in part: {lines:?}");
        reads += 2;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    reads
}

#[test]
fn r33_a_service_goes_over_and_no_request_fails() {
    let shop = Shop::followed();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let orders = runtime.block_on(Orders::open(both(), &shop.path(), &shop.database.url())).unwrap();
    let mut follower = shop.project.spawn(["move", "follow"]);
    follower.wait_for("following");
    let (until, last) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let writers: Vec<_> = (1..=4)
        .map(|writer| runtime.spawn(write(orders.clone(), writer, Arc::clone(&last), Arc::clone(&until))))
        .collect();
    let readers: Vec<_> =
        (0..3).map(|_| runtime.spawn(read(orders.clone(), Arc::clone(&last), Arc::clone(&until)))).collect();
    thread::sleep(Duration::from_millis(3_500));
    let before = orders.route().counts();
    assert!(before.reads_sqlite > 0 && before.reads_postgres > 0, "{before:?}");
    shop.run("cutover --deadline 20s").ok();
    thread::sleep(Duration::from_secs(1));
    assert!(matches!(orders.route().standing(), Standing::Postgres { .. }));
    let switched = orders.route().counts();
    thread::sleep(Duration::from_millis(300));
    until.store(true, Ordering::SeqCst);
    // It follows the other direction by now.
    follower.signal(Signal::SIGINT);
    let _ = follower.wait();

    let kept: Vec<Kept> = writers.into_iter().map(|writer| runtime.block_on(writer).unwrap()).collect();
    let reads: u64 = readers.into_iter().map(|reader| runtime.block_on(reader).unwrap()).sum();
    let counts = orders.route().counts();
    let (there, lines) = (shop.there("orders"), shop.database.psql("SELECT count(*) FROM lines"));
    for kept in &kept {
        eprintln!("{} and {} writes, the longest {:?}", kept.sqlite.len(), kept.postgres.len(), kept.longest);
        assert!(!kept.sqlite.is_empty() && !kept.postgres.is_empty());
        assert!(kept.sqlite.iter().chain(&kept.postgres).all(|id| there.contains(id)), "a write is lost");
    }
    let all: usize = kept.iter().map(|kept| kept.sqlite.len() + kept.postgres.len()).sum();
    assert_eq!((there.len(), lines), (all, (all * 2).to_string()), "a write was done twice, or in part");
    assert_eq!((counts.writes_failed, counts.writes_given_up, counts.reads_failed), (0, 0, 0), "{counts:?}");
    assert_eq!(counts.writes_sqlite + counts.writes_postgres, all as u64);
    assert_eq!(counts.reads_sqlite + counts.reads_postgres, reads);
    assert_eq!(counts.reads_sqlite, switched.reads_sqlite, "after the switch SQLite serves no reads");
    assert!(counts.writes_refused > 0, "{counts:?}");
    // What was behind for a moment is the same later, also across the switch.
    assert!(counts.shadows_equal + counts.shadows_equal_later > 0, "{counts:?}");
    assert_eq!((counts.shadows_different, counts.shadows_failed, counts.shadows_panicked), (0, 0, 0), "{counts:?}");
    eprintln!("{counts:?}");
}

#[test]
fn r33_an_application_of_threads_goes_over_and_no_request_fails() {
    let shop = Shop::followed();
    let (path, url) = (shop.path(), shop.database.url());
    let route = Route::watched_blocking(both(), &path, &url).unwrap();
    let mut follower = shop.project.spawn(["move", "follow"]);
    follower.wait_for("following");
    let until = Arc::new(AtomicBool::new(false));
    let writers = note_writers(&shop, &route, (3, &until), |notes, number| {
        assert!(notes.count(&format!("reader {}", number % 9)).expect("no read fails") > 0 || number < 200);
        thread::sleep(Duration::from_millis(3));
    });
    thread::sleep(Duration::from_millis(1_500));
    // A follower that is gone leaves the application as it is.
    follower.signal(Signal::SIGINT);
    let _ = follower.wait();
    shop.run("cutover --deadline 20s").ok();
    thread::sleep(Duration::from_millis(600));
    until.store(true, Ordering::SeqCst);
    let kept: Vec<Kept> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    let there = shop.there("notes");
    assert!(kept.iter().all(|kept| !kept.sqlite.is_empty() && !kept.postgres.is_empty()));
    let all: Vec<i64> = kept.iter().flat_map(|kept| kept.sqlite.iter().chain(&kept.postgres)).copied().collect();
    assert_eq!(there, all.into_iter().collect(), "a write is lost, or one that failed is there");
    let counts = route.counts();
    assert_eq!((counts.writes_failed, counts.writes_given_up, counts.reads_failed), (0, 0, 0), "{counts:?}");
}

#[test]
fn r33_switches_that_are_killed_cost_no_request() {
    let shop = Shop::followed();
    let (path, url) = (shop.path(), shop.database.url());
    let route = Route::watched_blocking(both(), &path, &url).unwrap();
    let until = Arc::new(AtomicBool::new(false));
    let writers = note_writers(&shop, &route, (2, &until), |_, _| thread::sleep(Duration::from_millis(2)));
    for attempt in 0..cases(4, 30) {
        let cutover = shop.project.spawn(["move", "cutover", "--deadline", "10s"]);
        thread::sleep(Duration::from_millis(100 + u64::from(attempt) * 7 % 23 * 40));
        cutover.kill_9();
    }
    // One that was decided is refused where it was ended already.
    let ended = shop.run("cutover --deadline 20s");
    assert!(ended.status.success() || ended.stderr.contains("E0802"), "{}", ended.text());
    thread::sleep(Duration::from_secs(1));
    until.store(true, Ordering::SeqCst);
    let kept: Vec<Kept> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    for kept in &kept {
        eprintln!("{} and {} writes, the longest {:?}", kept.sqlite.len(), kept.postgres.len(), kept.longest);
    }
    let all: Vec<i64> = kept.iter().flat_map(|kept| kept.sqlite.iter().chain(&kept.postgres)).copied().collect();
    assert_eq!(shop.there("notes"), all.into_iter().collect(), "a write is lost, or one that failed is there");
    assert!(kept.iter().all(|kept| !kept.postgres.is_empty()));
    assert_eq!(route.counts().writes_given_up, 0);
}

#[test]
fn r33_an_application_goes_over_and_back() {
    let shop = Shop::followed();
    let (path, url) = (shop.path(), shop.database.url());
    let route = Route::watched_blocking(both(), &path, &url).unwrap();
    let until = Arc::new(AtomicBool::new(false));
    let writers = note_writers(&shop, &route, (3, &until), |notes, number| {
        notes.count(&format!("reader {}", number % 9)).expect("no read fails");
        thread::sleep(Duration::from_millis(3));
    });
    thread::sleep(Duration::from_millis(800));
    shop.run("cutover --deadline 20s").ok();
    thread::sleep(Duration::from_millis(800));
    // The way back is followed, and its lag is seen.
    let mut follower = shop.project.spawn(["move", "follow"]);
    let began = Instant::now();
    while !matches!(route.standing(), Standing::Postgres { lag: Some(_), .. }) {
        assert!(began.elapsed() < Duration::from_secs(30), "{}", route.standing());
        thread::sleep(Duration::from_millis(50));
    }
    follower.signal(Signal::SIGINT);
    let _ = follower.wait();
    shop.run("back --deadline 20s").ok();
    let on_postgres = route.counts().writes_postgres;
    thread::sleep(Duration::from_secs(1));
    assert_eq!(route.standing().writer(), Some(Side::Sqlite));
    until.store(true, Ordering::SeqCst);
    let kept: Vec<Kept> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    let connection = schemactl_test_support::sqlite::open(&shop.project.path().join("app.db"));
    let mut statement = connection.prepare("SELECT id FROM notes").unwrap();
    let there: std::collections::BTreeSet<i64> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for kept in &kept {
        eprintln!("{} and {} writes, the longest {:?}", kept.sqlite.len(), kept.postgres.len(), kept.longest);
    }
    let all: Vec<i64> = kept.iter().flat_map(|kept| kept.sqlite.iter().chain(&kept.postgres)).copied().collect();
    assert_eq!(there, all.into_iter().collect(), "a write is lost, or one that failed is there");
    let counts = route.counts();
    assert!(on_postgres > 0 && counts.writes_refused > 1, "{counts:?}");
    assert_eq!((counts.writes_failed, counts.writes_given_up, counts.reads_failed), (0, 0, 0), "{counts:?}");
}
