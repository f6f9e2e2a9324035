//! The thread that looks how both sides stand.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::look::Looks;
use super::settings::RouteOptions;
use super::shared::Shared;
use super::standing::Standing;
use crate::error::{Code, Error, Result};

/// After which pause what does not fit together is looked at again, before it is believed: a switch may have come between both looks.
const AGAIN: Duration = Duration::from_millis(200);

/// Looks once, and begins to look at intervals. The thread ends with the last handle of the route.
///
/// # Errors
/// A side cannot be looked at, or what is seen contradicts the settings.
pub(super) async fn begin(options: RouteOptions, sqlite: &str, postgres: &str) -> Result<Arc<Shared>> {
    let (tell, told) = oneshot::channel();
    start(options, sqlite, postgres, move |first| drop(tell.send(first)))?;
    told.await.unwrap_or_else(|_| Err(ended()))
}

/// The same for who has no runtime.
pub(super) fn begin_blocking(options: RouteOptions, sqlite: &str, postgres: &str) -> Result<Arc<Shared>> {
    let (tell, told) = mpsc::channel();
    start(options, sqlite, postgres, move |first| drop(tell.send(first)))?;
    told.recv().unwrap_or_else(|_| Err(ended()))
}

fn start(
    options: RouteOptions,
    sqlite: &str,
    postgres: &str,
    tell: impl FnOnce(Result<Arc<Shared>>) + Send + 'static,
) -> Result<()> {
    let looks = Looks::at(sqlite, postgres, &options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::io(Code::Connect, "both sides cannot be looked at", error))?;
    let run = move || run(&runtime, looks, options, tell);
    let started = thread::Builder::new().name("schemactl-route".to_owned()).spawn(run);
    started.map(drop).map_err(|error| Error::io(Code::Connect, "both sides cannot be looked at", error))
}

fn run(runtime: &Runtime, mut looks: Looks, options: RouteOptions, tell: impl FnOnce(Result<Arc<Shared>>)) {
    let interval = options.interval;
    let (nudge, nudged) = mpsc::sync_channel(1);
    let route = match first(runtime, &mut looks, options, nudge) {
        Ok(shared) => {
            let route = Arc::downgrade(&shared);
            tell(Ok(shared));
            route
        }
        Err(error) => return tell(Err(error)),
    };
    watch(runtime, &mut looks, interval, (&nudged, &route));
    runtime.block_on(looks.close());
}

/// What is seen at the start, where it fits the settings.
fn first(runtime: &Runtime, looks: &mut Looks, options: RouteOptions, nudge: SyncSender<()>) -> Result<Arc<Shared>> {
    let mut seen = runtime.block_on(looks.look())?;
    if seen == Standing::Unclear {
        thread::sleep(AGAIN);
        seen = runtime.block_on(looks.look())?;
    }
    Ok(Arc::new(Shared::new(options, seen, Some(nudge))?))
}

fn watch(runtime: &Runtime, looks: &mut Looks, interval: Duration, (nudged, route): (&Receiver<()>, &Weak<Shared>)) {
    while !matches!(nudged.recv_timeout(interval), Err(RecvTimeoutError::Disconnected)) {
        let seen = runtime.block_on(looks.look());
        let Some(shared) = route.upgrade() else { return };
        match seen {
            Ok(standing) => shared.see(standing),
            Err(error) => shared.measures.look_failed(&error),
        }
    }
}

fn ended() -> Error {
    Error::new(Code::Connect, "both sides cannot be looked at").with_cause("the thread that looks has ended")
}
