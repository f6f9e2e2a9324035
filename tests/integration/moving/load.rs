//! An application of several writers, in threads and in processes of their own. It writes to the side that is open, in all ways, and says of each transaction that it was told to
//! be kept. Which transactions are there, the databases themselves say, in a table without a key; what has to be there besides follows from that.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use schemactl_test_support::postgres::Session;
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::sqlite;

pub(super) const ON_SQLITE: &str = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL UNIQUE, n INTEGER NOT NULL);
CREATE TABLE entries (
    account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE ON UPDATE CASCADE, line INTEGER NOT NULL, note TEXT, PRIMARY KEY (account, line));
CREATE TABLE ops (writer INTEGER NOT NULL, op INTEGER NOT NULL);
";

pub(super) const ON_POSTGRES: &str = "CREATE TABLE accounts (id bigint PRIMARY KEY, owner text NOT NULL UNIQUE, n bigint NOT NULL);
CREATE TABLE entries (
    account bigint NOT NULL REFERENCES accounts ON DELETE CASCADE ON UPDATE CASCADE, line bigint NOT NULL, note text, PRIMARY KEY (account, line));
CREATE TABLE ops (writer integer NOT NULL, op integer NOT NULL);
";

/// What a writer's transactions have left, of the rows that are its own.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    /// The owner and the number of each.
    accounts: BTreeMap<u64, (String, u64)>,
    entries: BTreeMap<(u64, u64), String>,
}

impl Content {
    /// The statements of a writer's transaction of this number, and what they leave. They are the same each time, and mean the same on both sides.
    fn transaction(&mut self, writer: u64, op: u64) -> Vec<String> {
        let base = writer * 1_000_000;
        let ids: Vec<u64> = self.accounts.keys().copied().collect();
        let (&[first, .., last], false) = (ids.as_slice(), op % 8 < 2) else { return self.open(writer, base + op, op) };
        let owner = self.accounts[&first].0.clone();
        match op % 8 {
            2 => {
                self.accounts.insert(first, (owner, op));
                vec![format!("UPDATE accounts SET n = {op} WHERE id = {first}")]
            }
            3 | 4 => {
                // The same row again and again, and a new one.
                let line = if op % 8 == 3 { 1 } else { op };
                self.entries.insert((first, line), format!("upserted {op}"));
                vec![format!(
                    "INSERT INTO entries VALUES ({first}, {line}, 'upserted {op}') ON CONFLICT (account, line) DO UPDATE SET note = excluded.note"
                )]
            }
            5 => {
                let new = base + 500_000 + op;
                let moved = self.accounts.remove(&last).expect("it is there");
                self.accounts.insert(new, moved);
                let lines = self.take(last);
                self.entries.extend(lines.into_iter().map(|(line, note)| ((new, line), note)));
                vec![format!("UPDATE accounts SET id = {new} WHERE id = {last}")]
            }
            // A value that is unique wanders from one row to another.
            6 => {
                self.accounts.remove(&first);
                self.take(first);
                let n = self.accounts[&last].1;
                self.accounts.insert(last, (owner.clone(), n));
                vec![
                    format!("DELETE FROM accounts WHERE id = {first}"),
                    format!("UPDATE accounts SET owner = '{owner}' WHERE id = {last}"),
                ]
            }
            _ => {
                self.accounts.remove(&last);
                self.take(last);
                vec![format!("DELETE FROM accounts WHERE id = {last}")]
            }
        }
    }

    fn open(&mut self, writer: u64, id: u64, op: u64) -> Vec<String> {
        let owner = format!("owner {writer} {op}");
        self.accounts.insert(id, (owner.clone(), op));
        self.entries.extend([1, 2].map(|line| ((id, line), format!("line {line}"))));
        vec![
            format!("INSERT INTO accounts VALUES ({id}, '{owner}', {op})"),
            format!("INSERT INTO entries VALUES ({id}, 1, 'line 1'), ({id}, 2, 'line 2')"),
        ]
    }

    /// Takes away the entries of an account.
    fn take(&mut self, account: u64) -> Vec<(u64, String)> {
        let keys: Vec<_> = self.entries.range((account, 0)..=(account, u64::MAX)).map(|(key, _)| *key).collect();
        keys.into_iter().filter_map(|key| Some((key.1, self.entries.remove(&key)?))).collect()
    }
}

/// Where an application writes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) url: String,
}

/// A writer: an application's connection to each side.
struct Writer {
    number: u64,
    place: Place,
    file: Connection,
    session: Session,
    is_over: bool,
}

impl Writer {
    fn new(number: u64, place: Place) -> Self {
        let file = sqlite::open(&place.file);
        file.execute_batch("PRAGMA busy_timeout = 30000; PRAGMA foreign_keys = ON").unwrap();
        let session = Session::open(&place.url);
        Self { number, file, session, place, is_over: false }
    }

    /// Writes until it is to stop, and tells of each transaction that is kept.
    fn run(mut self, goes_on: impl Fn() -> bool, mut tell: impl FnMut(u64)) {
        let mut content = Content::default();
        for op in 1.. {
            let mut statements = content.transaction(self.number, op);
            statements.push(format!("INSERT INTO ops VALUES ({}, {op})", self.number));
            while !self.write(op, &statements) {
                if !goes_on() {
                    return;
                }
                thread::sleep(Duration::from_millis(3));
            }
            tell(op);
            if !goes_on() {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Writes to the side that took the last write, and where that is closed, looks at the other one next.
    fn write(&mut self, op: u64, statements: &[String]) -> bool {
        let transaction = statements.join("; ");
        if !self.is_over {
            match self.file.execute_batch(&format!("BEGIN IMMEDIATE; {transaction}; COMMIT")) {
                Ok(()) => return true,
                Err(error) => {
                    let _ = self.file.execute_batch("ROLLBACK");
                    assert!(error.to_string().contains("moved to PostgreSQL"), "{error}: {transaction}");
                    self.is_over = true;
                    return false;
                }
            }
        }
        // What it reads of itself afterwards is there.
        let is_kept = format!("SELECT 'kept' FROM ops WHERE writer = {} AND op = {op}", self.number);
        let said = self.session.run(&format!("BEGIN; {transaction}; COMMIT; {is_kept}"));
        if said == "kept" {
            return true;
        }
        if said.contains("only the move writes") {
            self.is_over = false;
            return false;
        }
        let is_lost =
            ["server closed", "could not connect", "terminating", "connection to server", "not yet accepting"];
        assert!(said.is_empty() || is_lost.iter().any(|words| said.contains(words)), "{said}: {transaction}");
        // Whether it was kept is not known: the server is asked, once it is there again. It may not be the side that is written by then.
        let began = Instant::now();
        loop {
            self.session = Session::open(&self.place.url);
            match self.session.run(&format!("SELECT 'there'; {is_kept}")).as_str() {
                "there" => return false,
                "there\nkept" => return true,
                said => assert!(began.elapsed() < Duration::from_secs(60), "{said}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An application that writes until it is stopped.
pub(super) struct Load {
    place: Place,
    stop: Arc<AtomicBool>,
    /// How many transactions each was told to be kept.
    threads: Vec<(JoinHandle<()>, Arc<AtomicU64>)>,
    /// A process, and what it has printed.
    processes: Vec<(Child, JoinHandle<u64>)>,
    /// What processes were told to be kept that have ended.
    ended: Vec<(u64, u64)>,
}

impl Load {
    /// Writers in threads, of which the first has the number 0.
    pub(super) fn start(place: Place, writers: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..writers).map(|number| {
            let (stop, kept, writer) =
                (Arc::clone(&stop), Arc::new(AtomicU64::new(0)), Writer::new(number, place.clone()));
            let told = Arc::clone(&kept);
            let run = move || writer.run(|| !stop.load(Ordering::SeqCst), |op| told.store(op, Ordering::SeqCst));
            (thread::spawn(run), kept)
        });
        let threads = threads.collect();
        Self { place, stop, threads, processes: Vec::new(), ended: Vec::new() }
    }

    fn number_of(&self, process: usize) -> u64 {
        (self.threads.len() + self.ended.len() + process) as u64
    }

    /// One more writer, in a process of its own.
    pub(super) fn add_process(&mut self) {
        let number = self.number_of(self.processes.len());
        let mut child = Command::new(std::env::current_exe().expect("a test is a program"))
            .args(["--exact", "moving::load::the_application", "--ignored", "--nocapture"])
            .env("LOAD_WRITER", number.to_string())
            .env("LOAD_FILE", &self.place.file)
            .env("LOAD_URL", &self.place.url)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be run");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let told = thread::spawn(move || {
            let lines = stdout.lines().map_while(Result::ok);
            lines.filter_map(|line| line.strip_prefix("kept ")?.parse().ok()).last().unwrap_or(0)
        });
        self.processes.push((child, told));
    }

    /// Kills the processes as `kill -9` does.
    pub(super) fn kill_processes(&mut self) {
        for (mut child, told) in std::mem::take(&mut self.processes) {
            child.kill().unwrap();
            child.wait().unwrap();
            self.ended.push((self.number_of(0), told.join().unwrap()));
        }
    }

    /// Stops it. Returns the number of each writer, with how many transactions it was told to be kept.
    pub(super) fn stop(mut self) -> Vec<(u64, u64)> {
        self.kill_processes();
        self.stop.store(true, Ordering::SeqCst);
        let threads = self.threads.into_iter().zip(0..).map(|((thread, kept), number)| {
            thread.join().unwrap();
            (number, kept.load(Ordering::SeqCst))
        });
        threads.chain(self.ended).collect()
    }
}

/// What was kept is there, each transaction once and all of it; and nothing besides but the last one of a writer, of which nobody was told. `query` asks the side that is written.
pub(super) fn assert_kept(kept: &[(u64, u64)], query: impl Fn(&str) -> String) {
    for (writer, kept) in kept {
        let ops = query(&format!("SELECT op FROM ops WHERE writer = {writer} ORDER BY op"));
        let ops: Vec<u64> = ops.lines().map(|op| op.parse().unwrap()).collect();
        let last = ops.len() as u64;
        assert_eq!(ops, (1..=last).collect::<Vec<_>>(), "writer {writer}: a transaction is missing, or there twice");
        assert!(last == *kept || last == kept + 1, "writer {writer}: {kept} were kept, and {last} are there");
        let mut expected = Content::default();
        for op in 1..=last {
            expected.transaction(*writer, op);
        }
        let (from, to) = (writer * 1_000_000, (writer + 1) * 1_000_000);
        let accounts = query(&format!(
            "SELECT id || '|' || owner || '|' || n FROM accounts WHERE id > {from} AND id < {to} ORDER BY id"
        ));
        let lines = expected.accounts.iter().map(|(id, (owner, n))| format!("{id}|{owner}|{n}"));
        assert_eq!(accounts, lines.collect::<Vec<_>>().join("\n"), "accounts of writer {writer}");
        let entries = query(&format!(
            "SELECT account || '|' || line || '|' || note FROM entries WHERE account > {from} AND account < {to} ORDER BY account, line"
        ));
        let lines = expected.entries.iter().map(|((id, line), note)| format!("{id}|{line}|{note}"));
        assert_eq!(entries, lines.collect::<Vec<_>>().join("\n"), "entries of writer {writer}");
    }
}

#[test]
#[ignore = "the program that other tests run"]
fn the_application() {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let Ok(number) = variable("LOAD_WRITER").parse() else { return };
    let place = Place { file: Path::new(&variable("LOAD_FILE")).to_owned(), url: variable("LOAD_URL") };
    let began = Instant::now();
    let mut stdout = std::io::stdout();
    Writer::new(number, place).run(
        || began.elapsed() < Duration::from_secs(120),
        // Whoever has started it may be gone.
        |op| writeln!(stdout, "kept {op}").and_then(|()| stdout.flush()).expect("somebody reads it"),
    );
}
