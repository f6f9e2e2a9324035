//! A proxy between a client and PostgreSQL that counts what passes, and breaks connections where it is told to.
//!
//! It reads the protocol without TLS: a client that asks for TLS is told that there is none.
//!
//! ```no_run
//! use schemactl_test_support::postgres;
//! use schemactl_test_support::proxy::{Fault, Proxy, When};
//!
//! let database = postgres::database(15);
//! let proxy = Proxy::start(database.endpoint());
//! postgres::psql(&database.url_at(&proxy.endpoint()), "SELECT 1");
//! assert_eq!(proxy.counts().flights, 1);
//!
//! // The server commits, and the client never learns it.
//! proxy.on(When::Sql("COMMIT".to_owned()), Fault::CutAfter);
//! ```

mod connection;
mod message;
mod stream;

use std::collections::BTreeMap;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::postgres::Endpoint;
use crate::scratch::Folder;
use stream::{Listener, Stream};

/// What has passed since the start, or since [`Proxy::reset`].
///
/// Start-up, authentication, the end of a connection and cancel requests are not counted as messages or flights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that were opened, without cancel requests.
    pub connections: u32,
    /// Round trips: a message that the client sends when nothing is left to be answered begins one, and so does what
    /// it sends after an answer to Flush or to COPY FROM STDIN. Pipelined requests are one.
    pub flights: u32,
    /// Messages from the client.
    pub messages: u32,
    /// Messages from the client by their type: `Q` query, `P` parse, `B` bind, `E` execute, `S` sync, ...
    pub by_type: BTreeMap<char, u32>,
    /// Cancel requests.
    pub cancels: u32,
    /// The SQL of each query and parse message, in order.
    pub sql: Vec<String>,
}

impl Counts {
    /// How many messages of a type the client sent.
    pub fn of(&self, kind: char) -> u32 {
        self.by_type.get(&kind).copied().unwrap_or_default()
    }
}

/// When a fault happens: at the first message of a client, on any connection, that this is true of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// The n-th message, from 1, as [`Counts::messages`] counts.
    Message(u32),
    /// The first message of the n-th round trip, from 1, as [`Counts::flights`] counts.
    Flight(u32),
    /// A query or parse message with this text in its SQL.
    Sql(String),
}

/// What happens then, once.
pub enum Fault {
    /// Both sides are cut off; the server never gets the message.
    CutBefore,
    /// The server gets the message and all that follows, and answers; the client is cut off when the server has
    /// answered everything, without having seen a word of it.
    CutAfter,
    /// The connection stays open, and nothing passes any more.
    Stall,
    /// This is called first; then the message passes on. It can kill the server, or hold the message back.
    Call(Box<dyn FnOnce() + Send>),
}

/// A running proxy. On drop every connection is cut.
pub struct Proxy {
    shared: Arc<Shared>,
    endpoint: Endpoint,
    _folder: Folder,
}

/// What the threads of a proxy share.
struct Shared {
    server: Endpoint,
    closed: AtomicBool,
    refusing: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counts: Counts,
    faults: Vec<(When, Fault)>,
    faults_met: u32,
    next: u64,
    /// Both ends of every open connection.
    open: BTreeMap<u64, [Stream; 2]>,
}

impl Proxy {
    /// Starts a proxy on a unix socket of its own.
    pub fn start(server: &Endpoint) -> Self {
        let folder = Folder::new("x");
        let endpoint = Endpoint::socket(folder.path(), 5432);
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("the new folder is writable");
        Self::serve(server, Listener::Unix(listener), endpoint, folder)
    }

    /// Starts a proxy on a TCP port of 127.0.0.1.
    pub fn start_tcp(server: &Endpoint) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port };
        Self::serve(server, Listener::Tcp(listener), endpoint, Folder::new("x"))
    }

    /// Where it listens: `database.url_at(&proxy.endpoint())`.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// What has passed.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts.clone()
    }

    /// Counts from zero again.
    pub fn reset(&self) {
        self.shared.state().counts = Counts::default();
    }

    /// Has a fault happen, once. Several can be waiting; a message meets the first that fits.
    pub fn on(&self, when: When, fault: Fault) {
        self.shared.state().faults.push((when, fault));
    }

    /// How many faults have happened.
    pub fn faults_met(&self) -> u32 {
        self.shared.state().faults_met
    }

    /// Cuts every open connection.
    pub fn cut(&self) {
        for ends in std::mem::take(&mut self.shared.state().open).into_values() {
            ends.iter().for_each(Stream::shut);
        }
    }

    /// Cuts every connection, and each new one at once, until [`accept`](Self::accept).
    pub fn refuse(&self) {
        self.shared.refusing.store(true, Ordering::SeqCst);
        self.cut();
    }

    /// Takes connections again.
    pub fn accept(&self) {
        self.shared.refusing.store(false, Ordering::SeqCst);
    }

    fn serve(server: &Endpoint, listener: Listener, endpoint: Endpoint, folder: Folder) -> Self {
        let shared = Arc::new(Shared {
            server: server.clone(),
            closed: AtomicBool::new(false),
            refusing: AtomicBool::new(false),
            state: Mutex::default(),
        });
        let acceptor = Arc::clone(&shared);
        std::thread::spawn(move || {
            while let Ok(client) = listener.accept() {
                if acceptor.closed.load(Ordering::SeqCst) {
                    break;
                }
                if !acceptor.refusing.load(Ordering::SeqCst) {
                    let shared = Arc::clone(&acceptor);
                    std::thread::spawn(move || connection::serve(&shared, client));
                }
            }
        });
        Self { shared, endpoint, _folder: folder }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.cut();
        // Wakes the thread that accepts, so that it sees that it is over.
        let _ = Stream::connect(&self.endpoint);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the fault that this message meets, after it was counted.
    fn meet(&mut self, sql: Option<&str>, begins_flight: bool) -> Option<Fault> {
        let fits = |(when, _): &(When, Fault)| match when {
            When::Message(number) => *number == self.counts.messages,
            When::Flight(number) => begins_flight && *number == self.counts.flights,
            When::Sql(part) => sql.is_some_and(|sql| sql.contains(part.as_str())),
        };
        let index = self.faults.iter().position(fits)?;
        self.faults_met += 1;
        Some(self.faults.remove(index).1)
    }
}
