//! The follower as a task inside the application.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use schemactl::transfer::{FollowEvent, FollowOptions, follow, follow_blocking};
use schemactl::{Code, Dialect, Interrupt, Migrations};

use super::service::{Order, Orders};
use super::{Shop, both};

/// What a follower has told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<FollowEvent>>>);

impl Told {
    fn note(&self) -> impl Fn(&FollowEvent) + Send + Sync + 'static {
        let told = self.clone();
        move |event| told.0.lock().unwrap().push(event.clone())
    }

    fn has(&self, is_wanted: impl Fn(&FollowEvent) -> bool) -> bool {
        self.0.lock().unwrap().iter().any(is_wanted)
    }

    fn wait_for(&self, what: &str, is_wanted: impl Fn(&FollowEvent) -> bool) {
        let began = Instant::now();
        while !self.has(&is_wanted) {
            assert!(began.elapsed() < Duration::from_secs(60), "no {what}: {:?}", self.0.lock().unwrap());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_for_switch(&self, side: Dialect) {
        let to = |event: &FollowEvent| matches!(event, FollowEvent::Switched { written } if *written == side);
        self.wait_for("switch", to);
        let following =
            |event: &FollowEvent| matches!(event, FollowEvent::Following { written, .. } if *written == side);
        self.wait_for("follower", following);
    }
}

fn options(shop: &Shop) -> FollowOptions {
    FollowOptions::file(shop.project.path().join("schema.toml")).postgres(shop.database.url())
}

/// What is missing arrives at once: nobody is waited for.
fn assert_taken_over(shop: &Shop) {
    let (told, began) = (Told::default(), Instant::now());
    follow_blocking(&options(shop).until_level(), &Interrupt::new(), told.note()).unwrap();
    assert!(!told.has(|event| *event == FollowEvent::Waiting), "the one before still leads");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    shop.run("verify").ok();
}

#[test]
fn r33_a_service_follows_itself_over_and_back() {
    let shop = Shop::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let orders = runtime.block_on(Orders::open(both(), &shop.path(), &shop.database.url())).unwrap();
    let (told, cancel) = (Told::default(), Interrupt::new());
    let follower = runtime.spawn(follow(options(&shop), cancel.clone(), told.note()));
    let (until, kept) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let writers: Vec<_> = (1..=3)
        .map(|writer| {
            let (orders, until, kept) = (orders.clone(), Arc::clone(&until), Arc::clone(&kept));
            runtime.spawn(async move {
                for number in 0.. {
                    if until.load(Ordering::SeqCst) {
                        break;
                    }
                    let id = writer * 1_000_000 + number;
                    let order =
                        Order { id, customer: format!("c{}", id % 20), lines: vec!["one".into(), "two".into()] };
                    orders.place(order).await.expect("no write fails");
                    kept.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
            })
        })
        .collect();
    told.wait_for("copy", |event| matches!(event, FollowEvent::Copied { .. }));
    told.wait_for("lag", |event| matches!(event, FollowEvent::Behind { set_aside: 0, .. }));
    shop.run("cutover --deadline 20s").ok();
    told.wait_for_switch(Dialect::Postgres);
    thread::sleep(Duration::from_millis(500));
    shop.run("back --deadline 20s").ok();
    told.wait_for_switch(Dialect::Sqlite);
    thread::sleep(Duration::from_millis(500));
    until.store(true, Ordering::SeqCst);
    writers.into_iter().for_each(|writer| runtime.block_on(writer).unwrap());
    let began = Instant::now();
    cancel.trigger();
    runtime.block_on(follower).unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let counts = orders.route().counts();
    assert!(counts.writes_sqlite > 0 && counts.writes_postgres > 0, "{counts:?}");
    assert_eq!((counts.writes_failed, counts.writes_given_up), (0, 0), "{counts:?}");
    assert_taken_over(&shop);
    assert_eq!(i64::try_from(shop.there("orders").len()).unwrap(), kept.load(Ordering::SeqCst));
}

#[test]
fn a_follower_that_is_dropped_in_the_midst_of_anything_loses_nothing() {
    let shop = Shop::new();
    shop.project.config(
        "[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n[map]\n[map.copy]\nbatch = 100\n",
    );
    shop.sqlite(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO notes SELECT i, 'note ' || i FROM n",
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let moments: [fn(&FollowEvent) -> bool; 4] = [
        |event| matches!(event, FollowEvent::Copying { .. }),
        |event| matches!(event, FollowEvent::Copied { .. }),
        |event| matches!(event, FollowEvent::Following { .. }),
        |event| *event == FollowEvent::Level,
    ];
    for (at, moment) in moments.into_iter().enumerate() {
        shop.sqlite(&format!(
            "UPDATE notes SET text = 'changed {at}' WHERE id % 7 = {at}; DELETE FROM notes WHERE id = {at}"
        ));
        let told = Told::default();
        let follower = runtime.spawn(follow(options(&shop), Interrupt::new(), told.note()));
        told.wait_for("moment", moment);
        follower.abort();
        assert!(runtime.block_on(follower).unwrap_err().is_cancelled());
    }
    // The last one ends by itself: what it had is free when the thread has ended.
    thread::sleep(Duration::from_secs(1));
    assert_taken_over(&shop);
}

#[test]
fn of_two_followers_in_threads_the_second_takes_over_at_once() {
    let shop = Shop::new();
    let start = |told: &Told| {
        let (cancel, options, tell) = (Interrupt::new(), options(&shop), told.note());
        let ends_it = cancel.clone();
        (thread::spawn(move || follow_blocking(&options, &cancel, tell)), ends_it)
    };
    let (first, second) = (Told::default(), Told::default());
    let (one, stop_one) = start(&first);
    first.wait_for("level", |event| *event == FollowEvent::Level);
    let (two, stop_two) = start(&second);
    second.wait_for("wait", |event| *event == FollowEvent::Waiting);
    stop_one.trigger();
    one.join().unwrap().unwrap();
    let began = Instant::now();
    second.wait_for("level", |event| *event == FollowEvent::Level);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    shop.sqlite("INSERT INTO notes VALUES (1, 'one')");
    second.wait_for("row", |event| matches!(event, FollowEvent::Applied { keys: 1, set_aside: 0, .. }));
    stop_two.trigger();
    two.join().unwrap().unwrap();
    // One that was told to end before it began does nothing.
    stop_two.trigger();
    follow_blocking(&options(&shop), &stop_two, |_| {}).unwrap();
    assert_taken_over(&shop);
}

#[test]
fn a_program_brings_its_migrations_and_the_rules_with_it() {
    let shop = Shop::new();
    let held = |backend| Migrations::read(shop.project.path().join("migrations").join(backend)).unwrap();
    let options = FollowOptions::text("[sqlite]\n[postgres]\n[map]\n")
        .sqlite(format!("sqlite:{}", shop.path()))
        .postgres(shop.database.url())
        .migrations(held("sqlite"), held("postgres"))
        .lock_timeout(Duration::from_secs(3))
        .jobs(2)
        .until_level();
    shop.sqlite("INSERT INTO notes VALUES (1, 'one')");
    follow_blocking(&options, &Interrupt::new(), |_| {}).unwrap();
    shop.run("verify").ok();
    // Other migrations than those that the database has are seen.
    let other = options.migrations(Migrations::EMPTY, Migrations::EMPTY);
    let error = follow_blocking(&other, &Interrupt::new(), |_| {}).unwrap_err();
    assert_eq!(error.code(), Code::MoveNotReady, "{error:#}");
}

#[test]
fn what_keeps_a_follower_from_beginning_is_an_error() {
    let shop = Shop::new();
    let begin = |config: &str, change: fn(FollowOptions) -> FollowOptions| {
        shop.project.config(&format!(
            "{config}[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${{DATABASE_URL}}\"\n[map]\n"
        ));
        follow_blocking(&change(options(&shop)).until_level(), &Interrupt::new(), |_| {})
    };
    let wants_backup = "[backup]\nbefore = [\"copy\"]\n";
    let error = begin(wants_backup, |options| options).unwrap_err();
    assert_eq!(error.code(), Code::MoveNotReady);
    assert!(format!("{error:#}").contains("FollowOptions::backed_up"), "{error:#}");
    let error = begin("", |options| options.database("other")).unwrap_err();
    assert_eq!(error.code(), Code::UnknownDatabase, "{error:#}");
    let error = follow_blocking(&FollowOptions::file("nowhere.toml"), &Interrupt::new(), |_| {}).unwrap_err();
    assert_eq!(error.code(), Code::ConfigFile, "{error:#}");
    shop.sqlite("INSERT INTO notes VALUES (1, 'nul ' || char(0))");
    let error = begin("", |options| options).unwrap_err();
    assert_eq!(error.code(), Code::ValuesRefused, "{error:#}");
    assert!(format!("{error:#}").contains("`schemactl move plan` shows"), "{error:#}");
    shop.sqlite("DELETE FROM notes");
    assert_eq!(shop.database.psql("SELECT to_regclass('schema_migrations_move')"), "", "something was written");
    begin(wants_backup, FollowOptions::backed_up).unwrap();
    shop.run("verify").ok();
}
