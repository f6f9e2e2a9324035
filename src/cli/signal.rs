//! SIGINT and SIGTERM: the first stops the run in good order, the second at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::output::Output;
use crate::error::ErrorKind;
use crate::interrupt::Interrupt;

/// An interrupt stops the statement that runs at that moment; the one that follows is stopped by the next.
const AGAIN: Duration = Duration::from_millis(50);

/// Triggers `interrupt` when the process is asked to end, until it does.
pub(super) fn listen(interrupt: &Interrupt, output: &Output) {
    let (interrupt, output) = (interrupt.clone(), output.clone());
    let asked = AtomicBool::new(false);
    let handler = move || {
        if asked.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(ErrorKind::Interrupted.exit_code()));
        }
        let interrupt = interrupt.clone();
        interrupt.trigger();
        thread::spawn(move || {
            loop {
                thread::sleep(AGAIN);
                interrupt.trigger();
            }
        });
        output.note("interrupted: what is at hand is finished or rolled back (again to quit at once)");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        // The signals end the process then, as they do by default; the database rolls back.
        tracing::debug!("signals cannot be handled: {error}");
    }
}
