//! The follower of a move as a task inside an application: what `schemactl move follow` does, without a second process.

mod options;

use std::thread;

use tokio::sync::oneshot;

pub use self::options::FollowOptions;
use super::FollowEvent;
use super::copy::CopyEvent;
use super::course::{FollowMove, PreparedCopy, copy_choices, prepare};
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;

/// Copies the rows of SQLite to PostgreSQL, where that is not done yet, and then applies what the application changes, until `cancel` is triggered. After `schemactl move cutover` it goes on in
/// the other direction, and after `schemactl move back` in this one again. While somebody else follows it waits, and takes over where that one stops.
///
/// The work is done by a thread of its own, with connections of its own: it holds up no runtime. `tell` is called there. To drop the future has the thread end as `cancel` does, without waiting for it.
///
/// ```no_run
/// use schemactl::Interrupt;
/// use schemactl::transfer::{FollowEvent, FollowOptions, follow};
///
/// # async fn serve() {}
/// # async fn application() -> Result<(), Box<dyn std::error::Error>> {
/// let cancel = Interrupt::new();
/// let options = FollowOptions::file("schema.toml");
/// let follower = tokio::spawn(follow(options, cancel.clone(), |event| {
///     if let FollowEvent::Behind { changes, age, .. } = event {
///         println!("{changes} changes behind, the first is {age:?} old");
///     }
/// }));
///
/// serve().await;
///
/// // At the end another one can take over at once.
/// cancel.trigger();
/// follower.await??;
/// # Ok(())
/// # }
/// ```
///
/// Whatever ends it, the next call goes on from where this one was: where PostgreSQL is restarted, call it again.
///
/// # Errors
/// [`Code::ValuesRefused`]: values or rows have no place on PostgreSQL. [`Code::MoveNotReady`]: a history does not stand where the move wants it, or there is nothing to follow any more.
/// [`Code::CaptureLost`]: nobody knows what was changed, as after a file was put back from a backup. Otherwise what stands in schema.toml, or what a database refuses. What was applied stays.
pub async fn follow(
    options: FollowOptions,
    cancel: Interrupt,
    tell: impl Fn(&FollowEvent) + Send + Sync + 'static,
) -> Result<()> {
    let own = Interrupt::new();
    let _end = EndOnDrop(own.clone());
    let relayed = own.clone();
    let _relay = cancel.on_trigger(move || relayed.trigger());
    if cancel.is_triggered() {
        own.trigger();
    }
    let (done, ended) = oneshot::channel();
    let work = move || drop(done.send(run(&options, &own, &tell)));
    let started = thread::Builder::new().name("schemactl-follow".to_owned()).spawn(work);
    started.map_err(|error| Error::io(Code::Connect, "the move cannot be followed", error))?;
    ended.await.unwrap_or_else(|_| {
        Err(Error::new(Code::Connect, "the move is not followed any more")
            .with_cause("the thread that follows has ended"))
    })
}

/// The same for an application without a runtime, in the thread that calls it.
///
/// ```no_run
/// use schemactl::Interrupt;
/// use schemactl::transfer::{FollowOptions, follow_blocking};
///
/// # fn serve() {}
/// # fn application() -> Result<(), Box<dyn std::error::Error>> {
/// let cancel = Interrupt::new();
/// let follower = std::thread::spawn({
///     let (options, cancel) = (FollowOptions::file("schema.toml"), cancel.clone());
///     move || follow_blocking(&options, &cancel, |_| {})
/// });
///
/// serve();
///
/// cancel.trigger();
/// follower.join().expect("it does not panic")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`follow`].
pub fn follow_blocking(options: &FollowOptions, cancel: &Interrupt, tell: impl Fn(&FollowEvent) + Sync) -> Result<()> {
    run(options, cancel, &tell)
}

/// Ends the thread of a future that nobody waits for any more.
struct EndOnDrop(Interrupt);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.trigger();
    }
}

fn run(options: &FollowOptions, cancel: &Interrupt, tell: &(dyn Fn(&FollowEvent) + Sync)) -> Result<()> {
    match followed(options, cancel, tell) {
        // That is what was asked for.
        Err(error) if error.code() == Code::Interrupted && cancel.is_triggered() => Ok(()),
        followed => followed,
    }
}

fn followed(options: &FollowOptions, cancel: &Interrupt, tell: &(dyn Fn(&FollowEvent) + Sync)) -> Result<()> {
    let ends = options.ends(cancel)?;
    let mut choices = copy_choices(&ends.map.copy);
    choices.jobs = options.jobs.unwrap_or(choices.jobs);
    let laid = match prepare(&ends, !choices.sets_aside)? {
        PreparedCopy::Ready(laid) => laid.keyed(),
        PreparedCopy::Unmapped(wrong) => return Err(first(wrong)),
        PreparedCopy::Refused { error, .. } => {
            return Err(error.with_hint("`schemactl move plan` shows each of them"));
        }
    };
    if laid.begun.is_none() {
        options.assert_no_backup_is_wanted()?;
    }
    let copying = |event: &CopyEvent<'_>| {
        if let CopyEvent::Rows { table, read, .. } = event {
            tell(&FollowEvent::Copying { table: (*table).to_owned(), rows: *read });
        }
    };
    let task = FollowMove {
        ends: &ends,
        laid: &laid,
        choices: &choices,
        until_level: options.until_level,
        copying: &copying,
        tell,
    };
    task.run()
}

/// The first of what the map does not say, with the number of the others.
fn first(mut wrong: Vec<Error>) -> Error {
    let others = wrong.len().saturating_sub(1);
    let first = wrong.drain(..).next().unwrap_or_else(|| Error::new(Code::InvalidValue, "the map is not whole"));
    if others == 0 {
        first
    } else {
        first.with_hint(format!("{others} more are wrong: `schemactl move plan` names them"))
    }
}
