#[cfg(feature = "metrics")]
mod facade;
mod shadows;

use std::time::Duration;

use super::*;
use crate::error::{Code, Error};

/// The error of an application, which knows the fence by what it was told.
#[derive(Debug)]
enum Failure {
    Fence(Side),
    Other,
    Move(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Move(error)
    }
}

impl ClosedSide for Failure {
    fn closed_side(&self) -> Option<Side> {
        match self {
            Self::Fence(side) => Some(*side),
            Self::Other | Self::Move(_) => None,
        }
    }
}

fn both(percent: u8) -> RouteOptions {
    let options = RouteOptions::new(Backends::Both { reads: Share::percent(percent).unwrap() });
    options.kind("orders").kind_with("health", Share::ALL).deadline(Duration::from_millis(200))
}

fn behind(seconds: u64) -> Standing {
    Standing::sqlite(Some(Duration::from_secs(seconds)))
}

#[test]
fn reads_go_to_postgres_only_where_it_is_level() {
    let route = Route::told(both(0), Standing::sqlite(None)).unwrap();
    let (orders, health) = (route.reads("orders").unwrap(), route.reads("health").unwrap());
    let sides = || (orders.side("a"), health.side("a"));
    assert_eq!(sides(), (Side::Sqlite, Side::Sqlite), "nobody follows");
    route.tell(behind(11));
    assert_eq!(sides(), (Side::Sqlite, Side::Sqlite), "too far behind");
    assert_eq!(route.counts().reads_held_back, 2);
    route.tell(behind(2));
    assert_eq!(sides(), (Side::Sqlite, Side::Postgres));
    route.tell(Standing::Switching);
    assert_eq!(sides(), (Side::Sqlite, Side::Sqlite), "both hold the same, and SQLite was written");
    route.tell(Standing::postgres(None));
    assert_eq!(sides(), (Side::Postgres, Side::Postgres), "SQLite is written no more");
    route.tell(Standing::Switching);
    assert_eq!(sides(), (Side::Postgres, Side::Postgres), "the way back");
    route.tell(Standing::sqlite(None));
    assert_eq!(sides(), (Side::Sqlite, Side::Sqlite));
}

#[test]
fn a_look_that_is_long_ago_counts_as_lag() {
    let options = both(100).max_lag(Duration::from_millis(100));
    let route = Route::told(options, Standing::sqlite(Some(Duration::ZERO))).unwrap();
    let orders = route.reads("orders").unwrap();
    assert_eq!(orders.side("a"), Side::Postgres);
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(orders.side("a"), Side::Sqlite);
}

#[test]
fn a_kind_that_nobody_declared_is_an_error() {
    let route = Route::told(both(0), Standing::postgres(None)).unwrap();
    let error = route.reads("helth").unwrap_err();
    assert_eq!((error.code(), error.hints()[0].to_string()), (Code::InvalidValue, "did you mean `health`?".into()));
}

#[test]
fn settings_that_the_standing_contradicts_are_an_error() {
    for (backends, standing) in [(Backends::Sqlite, Standing::postgres(None)), (Backends::Postgres, behind(0))] {
        let error = Route::told(RouteOptions::new(backends), standing).unwrap_err();
        assert_eq!(error.code(), Code::NoSideOpen);
    }
    assert_eq!(Route::told(both(0), Standing::Unclear).unwrap_err().code(), Code::NoSideOpen);
    assert_eq!(Route::fixed(both(0)).unwrap_err().code(), Code::InvalidValue);
    let own = RouteOptions::new(Backends::Sqlite).kind_with("health", Share::ALL);
    assert_eq!(Route::fixed(own).unwrap_err().code(), Code::InvalidValue);
}

#[test]
fn a_write_goes_where_it_is_taken_and_once() {
    let route = Route::told(both(0), Standing::sqlite(None)).unwrap();
    let mut tries = Vec::new();
    let done = route.write_blocking(|side| {
        tries.push(side);
        match side {
            Side::Sqlite if tries.len() == 1 => Err(Failure::Fence(side)),
            Side::Sqlite => {
                route.tell(Standing::postgres(None));
                Err(Failure::Fence(side))
            }
            Side::Postgres => Ok(7),
        }
    });
    assert!(matches!(done, Ok(7)), "{done:?}");
    assert_eq!(tries, [Side::Sqlite, Side::Sqlite, Side::Postgres]);
    let counts = route.counts();
    assert_eq!((counts.writes_refused, counts.writes_postgres, counts.writes_sqlite), (2, 1, 0));
}

#[test]
fn the_way_back_is_the_same_way() {
    let route = Route::told(both(0), Standing::postgres(None)).unwrap();
    let mut tries = Vec::new();
    let done = route.write_blocking(|side| {
        tries.push(side);
        match side {
            Side::Postgres => {
                route.tell(Standing::Switching);
                let later = route.clone();
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(30));
                    later.tell(Standing::sqlite(None));
                });
                Err(Failure::Fence(side))
            }
            Side::Sqlite => Ok(7),
        }
    });
    assert!(matches!(done, Ok(7)), "{done:?}");
    assert_eq!(tries, [Side::Postgres, Side::Sqlite]);
}

#[test]
fn another_error_ends_a_write_at_once() {
    let route = Route::told(both(0), Standing::sqlite(None)).unwrap();
    let mut tries = 0;
    let done: Result<(), Failure> = route.write_blocking(|_| {
        tries += 1;
        Err(Failure::Other)
    });
    assert!(matches!(done, Err(Failure::Other)));
    // A fence of a side that was not asked: the application has written elsewhere, and nobody knows what was done.
    let done: Result<(), Failure> = route.write_blocking(|side| {
        tries += 1;
        Err(Failure::Fence(side.other()))
    });
    assert!(matches!(done, Err(Failure::Fence(Side::Postgres))));
    assert_eq!((tries, route.counts().writes_failed), (2, 2));
}

#[test]
fn a_write_that_no_side_takes_ends_with_its_deadline() {
    let route = Route::told(both(0), Standing::Switching).unwrap();
    let done: Result<(), Failure> = route.write_blocking(|side| panic!("{side} is closed"));
    let Err(Failure::Move(error)) = done else { panic!("{done:?}") };
    assert_eq!(error.code(), Code::NoSideOpen);
    route.tell(Standing::postgres(None));
    let done: Result<(), Failure> = route.write_blocking(|side| Err(Failure::Fence(side)));
    assert!(matches!(done, Err(Failure::Fence(Side::Postgres))), "{done:?}");
    assert_eq!(route.counts().writes_given_up, 2);
}

#[test]
fn a_side_that_the_settings_do_not_name_is_not_written() {
    let route = Route::fixed(RouteOptions::new(Backends::Sqlite)).unwrap();
    route.tell(Standing::postgres(None));
    let done: Result<(), Failure> = route.write_blocking(|side| panic!("{side} is not to be written"));
    let Err(Failure::Move(error)) = done else { panic!("{done:?}") };
    assert_eq!(error.code(), Code::NoSideOpen);
}

#[test]
fn writes_can_be_spawned() {
    let route = Route::told(both(0), Standing::postgres(None)).unwrap();
    let written = String::from("row");
    let task = async move {
        let route = &route;
        let written = &written;
        route.write(|side| async move { Ok::<_, Failure>((side, written.len())) }).await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // It needs neither I/O nor a timer of the runtime.
    let done = runtime.block_on(async { tokio::spawn(task).await.unwrap() });
    assert!(matches!(done, Ok((Side::Postgres, 3))));
}
