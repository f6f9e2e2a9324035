//! What a shadow does to the read that it is of: nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::*;

type Answer = Result<i64, std::io::Error>;

fn route() -> (Route, Reads) {
    let route = Route::told(both(0), behind(0)).unwrap();
    let reads = route.reads("orders").unwrap();
    (route, reads)
}

fn quick() -> ShadowOptions {
    ShadowOptions::new().settle(Duration::from_millis(20)).time(Duration::from_millis(400))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a comparison gets what was read by reference")]
fn differ(sqlite: &i64, postgres: &i64) -> Option<String> {
    (sqlite != postgres).then(|| format!("{sqlite} and {postgres}"))
}

/// The counts, once so many shadows have come to their end.
fn ended(route: &Route, shadows: u64) -> RouteCounts {
    let began = Instant::now();
    loop {
        let counts = route.counts();
        let ended = counts.shadows_equal
            + counts.shadows_equal_later
            + counts.shadows_different
            + counts.shadows_failed
            + counts.shadows_panicked
            + counts.shadows_late
            + counts.shadows_dropped;
        if ended >= shadows {
            return counts;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{counts:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What PostgreSQL answers, by the key.
fn shadow_of(key: &'static str, reads: u32) -> Answer {
    match key {
        "same" => Ok(7),
        "later" if reads > 0 => Ok(7),
        "later" | "different" => Ok(8),
        "failed" => Err(std::io::Error::other("no such table")),
        _ => panic!("a fault of the application"),
    }
}

fn assert_each_end(counts: &RouteCounts, samples: &[ShadowSample]) {
    let ends = (counts.shadows_equal, counts.shadows_equal_later, counts.shadows_different);
    assert_eq!((ends, counts.shadows_failed, counts.shadows_panicked), ((1, 1, 1), 1, 1), "{counts:?}");
    let mut samples: Vec<_> = samples.iter().map(|sample| (sample.key.as_slice(), sample.what.as_str())).collect();
    samples.sort_unstable();
    assert_eq!(samples, [(&b"different"[..], "7 and 8"), (b"failed", "no such table")]);
}

const KEYS: [&str; 5] = ["same", "later", "different", "failed", "panicked"];

#[test]
fn each_end_of_a_shadow_is_counted_and_the_answer_is_the_primarys() {
    let (route, reads) = route();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let shadow = Shadow::new(quick().at_most(8));
    for key in KEYS {
        let asked = Arc::new(AtomicU32::new(0));
        let read = move |side| {
            let asked = Arc::clone(&asked);
            async move {
                match side {
                    Side::Sqlite => Ok(7),
                    Side::Postgres => shadow_of(key, asked.fetch_add(1, Ordering::SeqCst)),
                }
            }
        };
        let answer = runtime.block_on(shadow.read(&reads, key, read, differ)).unwrap();
        assert_eq!(answer, 7);
    }
    let counts = ended(&route, 5);
    assert_each_end(&counts, &shadow.take_samples());
    assert_eq!((counts.reads_sqlite, counts.reads_postgres, shadow.take_samples().len()), (5, 0, 0));
}

#[test]
fn the_same_holds_for_threads() {
    let (route, reads) = route();
    let shadow = Shadow::new(quick());
    for key in KEYS {
        let asked = AtomicU32::new(0);
        let read = move |side| match side {
            Side::Sqlite => Ok(7),
            Side::Postgres => shadow_of(key, asked.fetch_add(1, Ordering::SeqCst)),
        };
        assert_eq!(shadow.read_blocking(&reads, key, read, differ).unwrap(), 7);
    }
    assert_each_end(&ended(&route, 5), &shadow.take_samples());
}

#[test]
fn a_shadow_that_hangs_slows_nothing_and_the_next_ones_are_dropped() {
    let (route, reads) = route();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let shadow = Shadow::new(quick().at_most(2));
    let began = Instant::now();
    for _ in 0..50 {
        let read = |side| async move {
            if side == Side::Postgres {
                std::future::pending::<()>().await;
            }
            Ok::<_, std::io::Error>(7)
        };
        assert_eq!(runtime.block_on(shadow.read(&reads, "a", read, differ)).unwrap(), 7);
    }
    assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
    let counts = ended(&route, 50);
    assert_eq!((counts.shadows_late, counts.shadows_dropped), (2, 48));
}

#[test]
fn a_thread_that_hangs_slows_nothing_and_the_queue_has_an_end() {
    let (route, reads) = route();
    let shadow = Shadow::new(quick().at_most(1).queue(3));
    let go_on = Arc::new(AtomicBool::new(false));
    let began = Instant::now();
    for _ in 0..20 {
        let go_on = Arc::clone(&go_on);
        let read = move |side| {
            while side == Side::Postgres && !go_on.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(2));
            }
            Answer::Ok(7)
        };
        assert_eq!(shadow.read_blocking(&reads, "a", read, differ).unwrap(), 7);
    }
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    go_on.store(true, Ordering::SeqCst);
    let counts = ended(&route, 20);
    assert_eq!(counts.shadows_equal + counts.shadows_dropped, 20);
    assert!((3..=4).contains(&counts.shadows_equal), "{counts:?}");
}

#[test]
fn who_waits_to_be_read_again_keeps_no_place_from_others() {
    let (route, reads) = route();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let options = || ShadowOptions::new().at_most(1).queue(2).settle(Duration::from_millis(600));
    let other =
        |key: &'static str| move |side| Answer::Ok(if side == Side::Postgres && key == "different" { 8 } else { 7 });
    let (tasks, threads) = (Shadow::new(options()), Shadow::new(options()));
    for (at, key) in ["different", "different", "different", "same", "same"].into_iter().enumerate() {
        let read = other(key);
        runtime.block_on(tasks.read(&reads, key, move |side| std::future::ready(read(side)), differ)).unwrap();
        threads.read_blocking(&reads, key, other(key), differ).unwrap();
        // The first place is free again long before the pause is over. Of three that differ one finds no place to wait in.
        let so_far = || route.counts().shadows_equal + route.counts().shadows_dropped;
        let began = Instant::now();
        while so_far() < [0, 0, 2, 4, 6][at] {
            assert!(began.elapsed() < Duration::from_millis(400), "{:?}", route.counts());
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let counts = ended(&route, 10);
    assert_eq!((counts.shadows_equal, counts.shadows_different, counts.shadows_dropped), (4, 4, 2), "{counts:?}");
}

#[test]
fn without_a_runtime_a_shadow_is_dropped() {
    let (route, reads) = route();
    let read = |_| async { Answer::Ok(7) };
    let shadow = Shadow::new(quick());
    let answer = futures_util::FutureExt::now_or_never(shadow.read(&reads, "a", read, differ));
    assert_eq!(answer.unwrap().unwrap(), 7);
    assert_eq!(route.counts().shadows_dropped, 1);
}

#[test]
fn a_side_that_is_not_level_has_no_shadow() {
    let (route, reads) = route();
    let shadow = Shadow::new(quick());
    for standing in [Standing::postgres(None), Standing::Switching, Standing::sqlite(None), behind(60)] {
        route.tell(standing);
        let answer = shadow.read_blocking(&reads, "a", |_| Answer::Ok(7), |_, _| panic!("nothing is to be compared"));
        assert_eq!(answer.unwrap(), 7);
    }
    // An answer that is an error has nothing to be compared with.
    route.tell(behind(0));
    let failed = shadow.read_blocking(&reads, "a", |_| Answer::Err(std::io::Error::other("gone")), differ);
    assert!(failed.is_err());
    let counts = route.counts();
    assert_eq!((counts.shadows_panicked, counts.shadows_dropped, counts.reads_failed), (0, 0, 1));
}
