//! Threads that read shadows where the application has no runtime.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type ShadowWork = Box<dyn FnOnce() + Send>;

/// They end with the last handle, once what waits is done.
pub(super) struct Workers(SyncSender<ShadowWork>);

impl Workers {
    /// A thread that cannot be started is one less; without any, nothing is taken.
    pub(super) fn start(threads: usize, queue: usize) -> Self {
        let (sender, receiver) = mpsc::sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            let _ = thread::Builder::new().name("schemactl-shadow".to_owned()).spawn(move || work(&receiver));
        }
        Self(sender)
    }

    /// Takes a work, where it has a place for it.
    pub(super) fn take(&self, work: ShadowWork) -> bool {
        self.0.try_send(work).is_ok()
    }
}

fn work(receiver: &Mutex<Receiver<ShadowWork>>) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(work) => work(),
            Err(_) => return,
        }
    }
}
