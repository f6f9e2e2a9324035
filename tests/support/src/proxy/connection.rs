//! One connection through the proxy: a thread for each direction.

use std::io::{self, BufReader, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::message::{First, Message};
use super::stream::Stream;
use super::{Fault, Shared};

/// How far client and server are with each other.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol's states are independent of each other")]
struct Progress {
    passing: Passing,
    /// The server is ready for the first request: authentication is over.
    started: bool,
    /// Requests that end with an answer "ready for query", and have none yet.
    unanswered: u32,
    /// Messages were sent that no Sync has ended yet.
    unsynced: bool,
    /// The client asked for an answer before its Sync.
    flushed: bool,
    /// The server has answered something, and waits for the client to go on with the same request.
    server_waits: bool,
    /// The last request was an extended one, whose Sync the server ignores when it begins a COPY FROM STDIN.
    extended: bool,
}

/// What passes on a connection.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// Everything.
    #[default]
    All,
    /// What the client sends: answers are thrown away, and the client is cut off with the last.
    Requests,
    /// Nothing, though both ends are open.
    Nothing,
}

type Shares = Arc<Mutex<Progress>>;

fn lock(progress: &Shares) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves a client until one side ends.
pub(super) fn serve(shared: &Arc<Shared>, client: Stream) {
    // An end of either side is an ordinary end.
    let _ = try_serve(shared, client);
}

fn try_serve(shared: &Arc<Shared>, mut client: Stream) -> io::Result<()> {
    let startup = loop {
        match First::read(&mut client)? {
            First::Encryption => client.write_all(b"N")?,
            First::Cancel(bytes) => {
                shared.state().counts.cancels += 1;
                return Stream::connect(&shared.server)?.write_all(&bytes);
            }
            First::Startup(bytes) => break bytes,
        }
    };
    let mut server = Stream::connect(&shared.server)?;
    server.write_all(&startup)?;
    let number = {
        let mut state = shared.state();
        state.counts.connections += 1;
        state.next += 1;
        let number = state.next;
        state.open.insert(number, [client.try_clone()?, server.try_clone()?]);
        number
    };
    let progress = Shares::default();
    let ends = [client.try_clone()?, server.try_clone()?];
    let (back, to_client, from_server) = (Arc::clone(&progress), client.try_clone()?, server.try_clone()?);
    let answers = std::thread::spawn(move || {
        let _ = to_the_client(&back, from_server, to_client);
        // A stalled connection stays open: only the client's end, or the proxy's, ends it.
        if lock(&back).passing != Passing::Nothing {
            ends.iter().for_each(Stream::shut);
        }
    });
    let result = to_the_server(shared, &progress, client.try_clone()?, server.try_clone()?);
    client.shut();
    server.shut();
    let _ = answers.join();
    shared.state().open.remove(&number);
    result
}

fn to_the_server(shared: &Shared, progress: &Shares, client: Stream, mut server: Stream) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    // What is read at once is sent at once, as the client did.
    let mut together = Vec::new();
    loop {
        let message = Message::read(&mut reader)?;
        match meet(shared, progress, &message) {
            None => {}
            Some(Fault::Call(call)) => {
                server.write_all(&std::mem::take(&mut together))?;
                call();
            }
            Some(Fault::CutBefore) => return Ok(()),
            Some(Fault::CutAfter) => lock(progress).passing = Passing::Requests,
            Some(Fault::Stall) => lock(progress).passing = Passing::Nothing,
        }
        if lock(progress).passing != Passing::Nothing {
            together.extend_from_slice(&message.bytes);
            if reader.buffer().is_empty() {
                server.write_all(&std::mem::take(&mut together))?;
            }
        }
    }
}

/// Counts a message of the client, and returns the fault that it meets.
fn meet(shared: &Shared, progress: &Shares, message: &Message) -> Option<Fault> {
    let mut progress = lock(progress);
    // Passwords and the end of the connection are no requests.
    if !progress.started || matches!(message.kind(), b'p' | b'X') {
        return None;
    }
    let begins = progress.sent(message.kind());
    let sql = message.sql();
    let mut state = shared.state();
    let counts = &mut state.counts;
    counts.flights += u32::from(begins);
    counts.messages += 1;
    *counts.by_type.entry(char::from(message.kind())).or_default() += 1;
    counts.sql.extend(sql.clone());
    state.meet(sql.as_deref(), begins)
}

fn to_the_client(progress: &Shares, server: Stream, mut client: Stream) -> io::Result<()> {
    let mut reader = BufReader::new(server);
    let mut together = Vec::new();
    loop {
        let message = Message::read(&mut reader)?;
        let mut progress = lock(progress);
        progress.answered(message.kind());
        match progress.passing {
            Passing::All => {
                drop(progress);
                together.extend_from_slice(&message.bytes);
                if reader.buffer().is_empty() {
                    client.write_all(&std::mem::take(&mut together))?;
                }
            }
            // Until everything is answered, so that the server has done all that it was asked to.
            Passing::Requests if message.kind() == b'Z' && progress.unanswered == 0 && !progress.unsynced => {
                return Ok(());
            }
            Passing::Requests | Passing::Nothing => {}
        }
    }
}

impl Progress {
    /// Notes a message of the client; returns whether it begins a round trip.
    fn sent(&mut self, kind: u8) -> bool {
        let begins = (self.unanswered == 0 && !self.unsynced) || std::mem::take(&mut self.server_waits);
        match kind {
            b'Q' | b'F' | b'S' => {
                self.extended = kind == b'S';
                self.unanswered += 1;
                self.unsynced = false;
            }
            b'H' => {
                self.flushed = true;
                self.unsynced = true;
            }
            // The data of a COPY belongs to the request that began it.
            b'd' => {}
            b'c' | b'f' => {
                if self.extended {
                    self.unanswered = self.unanswered.saturating_sub(1);
                    self.unsynced = true;
                }
            }
            _ => self.unsynced = true,
        }
        begins
    }

    /// Notes a message of the server.
    fn answered(&mut self, kind: u8) {
        if kind == b'Z' {
            self.unanswered = self.unanswered.saturating_sub(u32::from(self.started));
            self.started = true;
            self.server_waits = false;
        } else if kind == b'G' || std::mem::take(&mut self.flushed) {
            self.server_waits = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    /// Plays messages, those of the client after `>` and those of the server after `<`, and returns the number of round trips.
    fn flights(script: &str) -> usize {
        let mut progress = Progress::default();
        progress.answered(b'Z');
        let mut flights = 0;
        for step in script.split(' ') {
            match step.as_bytes() {
                [b'>', kind] => flights += usize::from(progress.sent(*kind)),
                [b'<', kind] => progress.answered(*kind),
                _ => panic!("{step:?}"),
            }
        }
        assert_eq!(progress.unanswered, 0, "{script}");
        flights
    }

    #[test]
    fn a_query_is_one_round_trip() {
        assert_eq!(flights(">Q <T <D <C <Z"), 1);
        assert_eq!(flights(">Q <C <Z >Q <C <Z"), 2);
    }

    #[test]
    fn what_is_pipelined_is_one() {
        assert_eq!(flights(">P >D >S >P >D >S <1 <t <Z <1 <t <Z"), 1);
        assert_eq!(flights(">P >B >E >S <1 <2 <C <Z >B >E >S <2 <C <Z"), 2);
    }

    #[test]
    fn a_flush_that_is_answered_ends_one() {
        assert_eq!(flights(">P >H <1 >B >E >S <2 <C <Z"), 2);
    }

    #[test]
    fn a_copy_takes_two() {
        assert_eq!(flights(">Q <G >d >d >c <C <Z"), 2);
        assert_eq!(flights(">B >E >S <2 <G >d >d >c >S <C <Z >Q <C <Z"), 3);
    }
}
