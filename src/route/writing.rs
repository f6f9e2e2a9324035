//! One write: tried on the side that is open, waited for at the moment of the switch, and never done twice.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use futures_timer::Delay;

use super::closed::ClosedSide;
use super::shared::{Shared, Turn};
use super::side::Side;
use crate::error::{Code, Error};

/// Pauses between tries: the first, and the longest.
const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(100);

/// The tries of one write.
struct Attempts<'s> {
    shared: &'s Shared,
    began: Instant,
    pause: Duration,
}

impl<'s> Attempts<'s> {
    fn of(shared: &'s Shared) -> Self {
        Self { shared, began: Instant::now(), pause: FIRST }
    }

    /// What a try has come to: the end of the write, or the error of a fence, with which it goes on.
    fn tried<T, E: ClosedSide>(&self, side: Side, done: Result<T, E>) -> ControlFlow<Result<T, E>, E> {
        match done {
            Err(fence) if fence.closed_side() == Some(side) => {
                self.shared.measures.refused(side);
                ControlFlow::Continue(fence)
            }
            done => {
                self.shared.measures.write(side, self.began.elapsed(), done.is_ok());
                ControlFlow::Break(done)
            }
        }
    }

    /// How long to wait for the next try; none where the deadline has passed. Both sides are looked at meanwhile.
    fn next(&mut self) -> Option<Duration> {
        let left = self.shared.options.deadline.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return None;
        }
        self.shared.look_now();
        let pause = self.pause.min(left);
        self.pause = (self.pause * 3 / 2).min(LONGEST);
        Some(pause)
    }

    /// The error of a write that was given up: that of the last fence where it met one.
    fn given_up<E: From<Error>>(&self, last: Option<E>, error: impl FnOnce() -> Error) -> E {
        self.shared.measures.given_up(self.began.elapsed());
        last.unwrap_or_else(|| error().into())
    }

    fn late(&self) -> Error {
        Error::new(Code::NoSideOpen, "no side took the write in time")
            .with_cause(format!("{}, for {:.1} s", self.shared.standing(), self.began.elapsed().as_secs_f64()))
            .with_state("nothing was written")
            .with_hint("`schemactl move status` says how both sides stand; a switch that has died is ended by `schemactl move cutover`")
    }
}

pub(super) async fn write<T, E, F, R>(shared: &Shared, mut write: F) -> Result<T, E>
where
    F: FnMut(Side) -> R,
    R: Future<Output = Result<T, E>>,
    E: ClosedSide + From<Error>,
{
    let mut attempts = Attempts::of(shared);
    let mut last = None;
    loop {
        match shared.write() {
            Turn::Write(side) => match attempts.tried(side, write(side).await) {
                ControlFlow::Break(done) => return done,
                ControlFlow::Continue(fence) => last = Some(fence),
            },
            Turn::Wait => {}
            Turn::Never(error) => return Err(attempts.given_up(last, || error)),
        }
        match attempts.next() {
            Some(pause) => Delay::new(pause).await,
            None => return Err(attempts.given_up(last, || attempts.late())),
        }
    }
}

pub(super) fn write_blocking<T, E>(shared: &Shared, mut write: impl FnMut(Side) -> Result<T, E>) -> Result<T, E>
where
    E: ClosedSide + From<Error>,
{
    let mut attempts = Attempts::of(shared);
    let mut last = None;
    loop {
        match shared.write() {
            Turn::Write(side) => match attempts.tried(side, write(side)) {
                ControlFlow::Break(done) => return done,
                ControlFlow::Continue(fence) => last = Some(fence),
            },
            Turn::Wait => {}
            Turn::Never(error) => return Err(attempts.given_up(last, || error)),
        }
        match attempts.next() {
            Some(pause) => std::thread::sleep(pause),
            None => return Err(attempts.given_up(last, || attempts.late())),
        }
    }
}
