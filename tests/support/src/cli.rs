//! The command, run in a project of its own.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::disk::Small;
use crate::scratch::{self, Folder};
use crate::user;

/// A command that runs longer than this has hung.
const LONGEST: Duration = Duration::from_secs(600);

/// Makes a [`Project`](crate::cli::Project) for the compiled command; only an integration test knows where it is.
///
/// The test file needs `#![cfg(feature = "cli")]`: without that feature there is no command.
#[macro_export]
macro_rules! project {
    () => {
        $crate::cli::Project::new(env!("CARGO_BIN_EXE_schemactl"))
    };
}

/// A folder with a project, and the command to run in it.
#[derive(Debug)]
pub struct Project {
    program: PathBuf,
    variables: Mutex<Vec<(OsString, OsString)>>,
    folder: Folder,
}

impl Project {
    /// Makes an empty project for the command at this path; see [`project!`](crate::project!).
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), variables: Mutex::default(), folder: Folder::new("p") }
    }

    /// The project's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders it is in.
    pub fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in the project")).expect("the project is writable");
        fs::write(&path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        self
    }

    /// Writes `schema.toml`.
    pub fn config(&self, text: &str) -> &Self {
        self.file("schema.toml", text)
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
    }

    /// The names of all files, in order.
    pub fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the project is readable").flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                } else {
                    let path = entry.path();
                    let name = path.strip_prefix(self.path()).expect("it was found there");
                    names.push(name.display().to_string());
                }
            }
        }
        names.sort_unstable();
        names
    }

    /// Sets an environment variable for every command that follows. There are none but PATH and HOME (the project).
    pub fn env(&self, name: impl Into<OsString>, value: impl Into<OsString>) -> &Self {
        self.variables.lock().unwrap_or_else(PoisonError::into_inner).push((name.into(), value.into()));
        self
    }

    /// Runs the command: `project.run(["up", "--dry-run"])`.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.spawn(arguments).wait()
    }

    /// Runs the command with arguments as a shell takes them: quoted, and with the output sent elsewhere.
    pub fn shell(&self, line: &str) -> Output {
        let script = format!("'{}' {line}", self.program.display());
        self.start(Path::new("/bin/sh"), vec!["-c".into(), script.into()], [""; 0], &[]).wait()
    }

    /// Starts the command.
    pub fn spawn<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Running {
        self.start(&self.program, Vec::new(), arguments, &[])
    }

    /// Starts the command with more environment variables than the project has.
    pub fn spawn_with<A: AsRef<OsStr>>(
        &self,
        variables: &[(&str, &str)],
        arguments: impl IntoIterator<Item = A>,
    ) -> Running {
        self.start(&self.program, Vec::new(), arguments, variables)
    }

    /// Runs the command with what it may write limited as on this disk, where its database should be.
    pub fn run_on<A: AsRef<OsStr>>(&self, disk: &Small, arguments: impl IntoIterator<Item = A>) -> Output {
        let (program, before) = disk.wrap(&self.program);
        self.start(&program, before, arguments, &[]).wait()
    }

    /// Runs the command as a user whom permissions bind: root reads and writes everything.
    pub fn run_unprivileged<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        let arguments = collect(arguments);
        let mut command = self.command(&for_everybody(&self.program), Vec::new(), &arguments, &[]);
        launch(user::demote(&mut command), arguments, self.is_of_the_command()).wait()
    }

    /// Lets everybody read and write a file, or a folder but not what is in it.
    pub fn open_to_all(&self, path: &str) -> &Self {
        self.set_mode(path, 0o666)
    }

    /// Lets nobody write a file, or make files in a folder.
    pub fn read_only(&self, path: &str) -> &Self {
        self.set_mode(path, 0o444)
    }

    /// Lets nobody read a file or enter a folder.
    pub fn closed(&self, path: &str) -> &Self {
        self.set_mode(path, 0)
    }

    fn set_mode(&self, path: &str, mode: u32) -> &Self {
        let path = self.path().join(path);
        let is_folder = path.is_dir();
        // Who may read a folder may also enter it.
        let mode = if is_folder { mode | (mode & 0o444) >> 2 } else { mode };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .unwrap_or_else(|error| panic!("cannot change {}: {error}", path.display()));
        self
    }

    fn start<A: AsRef<OsStr>>(
        &self,
        program: &Path,
        before: Vec<OsString>,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, &str)],
    ) -> Running {
        let arguments = collect(arguments);
        launch(&mut self.command(program, before, &arguments, variables), arguments, self.is_of_the_command())
    }

    /// Whether it runs the command; an application has hints of its own.
    fn is_of_the_command(&self) -> bool {
        self.program.file_stem().is_some_and(|name| name == "schemactl")
    }

    fn command(
        &self,
        program: &Path,
        before: Vec<OsString>,
        arguments: &[OsString],
        variables: &[(&str, &str)],
    ) -> Command {
        let mut command = Command::new(program);
        command
            .args(before)
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            // No ~/.pgpass nor ~/.psqlrc of whoever runs the tests.
            .env("HOME", self.path())
            .envs(self.variables.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", profile);
        }
        command
    }
}

fn collect<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Vec<OsString> {
    arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect()
}

fn launch(command: &mut Command, arguments: Vec<OsString>, is_of_the_command: bool) -> Running {
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    scratch::register(child.id());
    let stdout = Stream::read(child.stdout.take().expect("it is piped"));
    let stderr = Stream::read(child.stderr.take().expect("it is piped"));
    Running { child, stdout, stderr, arguments, is_of_the_command, ended: false }
}

/// A copy of the program where another user can start it: the checkout may be in a folder that is closed to others.
fn for_everybody(program: &Path) -> PathBuf {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| {
        let copy = scratch::root().join("program");
        fs::copy(program, &copy).unwrap_or_else(|error| panic!("cannot copy {}: {error}", program.display()));
        copy
    })
    .clone()
}

/// What a command has printed so far, read by a thread.
#[derive(Debug)]
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn read(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.so_far()
    }
}

/// A command that is running; killed on drop.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Stream,
    stderr: Stream,
    arguments: Vec<OsString>,
    is_of_the_command: bool,
    ended: bool,
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, unless it has ended.
    pub fn signal(&mut self, signal: Signal) {
        if !self.has_ended() {
            let pid = Pid::from_raw(self.child.id().try_into().expect("process ids are small"));
            let _ = kill(pid, signal);
        }
    }

    /// Kills it as `kill -9` does, and waits for its end.
    pub fn kill_9(mut self) -> Output {
        self.signal(Signal::SIGKILL);
        self.wait()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    /// Waits until it has printed this text, to either stream. Panics when it ends without.
    pub fn wait_for(&mut self, text: &str) {
        let started = Instant::now();
        loop {
            // Asked before the streams are read, so that the last words of a command that has ended are seen.
            let ended = self.has_ended();
            let (stdout, stderr) = if ended {
                (self.stdout.all(), self.stderr.all())
            } else {
                (self.stdout.so_far(), self.stderr.so_far())
            };
            if stdout.contains(text) || stderr.contains(text) {
                return;
            }
            assert!(
                !ended && started.elapsed() < LONGEST,
                "{:?} did not print {text:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
                self.arguments
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits for its end.
    pub fn wait(self) -> Output {
        self.wait_within(LONGEST)
    }

    /// Waits for its end, and returns the most memory that it had, in kilobytes, too.
    pub fn wait_measured(mut self) -> (Output, u64) {
        let file = format!("/proc/{}/status", self.child.id());
        let mut peak = 0;
        while !self.has_ended() {
            let text = fs::read_to_string(&file).unwrap_or_default();
            // The kernel keeps the highest mark, so that the last look before the end tells nearly all.
            let mark =
                text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
            peak = peak.max(mark.unwrap_or_default());
            std::thread::sleep(Duration::from_millis(2));
        }
        (self.wait(), peak)
    }

    /// Waits for its end; when that takes longer, kills it and panics with what it printed.
    pub fn wait_within(mut self, longest: Duration) -> Output {
        let started = Instant::now();
        let (status, hung) = loop {
            if let Some(status) = self.status() {
                break (status, false);
            }
            if started.elapsed() > longest {
                let _ = self.child.kill();
                break (self.child.wait().expect("it is a child of this process"), true);
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let arguments = std::mem::take(&mut self.arguments);
        let took = started.elapsed();
        let output = Output { status, stdout: self.stdout.all(), stderr: self.stderr.all(), arguments, took };
        assert!(!hung, "the command did not end within {longest:?}\n{}", output.text());
        let hints = output.stdout.lines().chain(output.stderr.lines()).filter(|line| line.starts_with("hint: "));
        let of_rust = hints.into_iter().find(|hint| self.is_of_the_command && names_rust(hint));
        assert!(of_rust.is_none(), "a hint of the command names Rust: {of_rust:?}\n{}", output.text());
        output
    }

    fn status(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("it is a child of this process");
        if status.is_some() && !self.ended {
            self.ended = true;
            scratch::unregister(self.child.id());
        }
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = self.child.kill();
            let _ = self.child.wait();
            scratch::unregister(self.child.id());
        }
    }
}

/// Whether something in backquotes is a path of Rust: `Options::order`.
fn names_rust(line: &str) -> bool {
    line.match_indices('`').any(|(at, _)| {
        let word: String = line[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ':').collect();
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains("::")
    })
}

/// What a command printed, and how it ended. Each assertion prints all of it when it fails.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed as data.
    pub stdout: String,
    /// What it printed for people.
    pub stderr: String,
    /// How long the test waited for it.
    pub took: Duration,
    arguments: Vec<OsString>,
}

impl Output {
    /// Asserts exit code 0.
    #[track_caller]
    pub fn ok(&self) -> &Self {
        self.code(0)
    }

    /// Asserts an exit code.
    #[track_caller]
    pub fn code(&self, code: i32) -> &Self {
        assert!(self.status.code() == Some(code), "expected exit code {code}\n{}", self.text());
        self
    }

    /// Asserts that a signal ended it.
    #[track_caller]
    pub fn killed_by(&self, signal: Signal) -> &Self {
        assert!(self.status.signal() == Some(signal as i32), "expected an end by {signal}\n{}", self.text());
        self
    }

    /// Asserts that it printed this as data.
    #[track_caller]
    pub fn stdout_has(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "expected in stdout: {text:?}\n{}", self.text());
        self
    }

    /// Asserts that it did not print this as data.
    #[track_caller]
    pub fn stdout_lacks(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text), "not expected in stdout: {text:?}\n{}", self.text());
        self
    }

    /// Asserts that it printed this for people.
    #[track_caller]
    pub fn stderr_has(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "expected in stderr: {text:?}\n{}", self.text());
        self
    }

    /// Asserts that standard error does not contain `text`.
    #[track_caller]
    pub fn stderr_lacks(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text), "stderr has {text:?}\n{}", self.text());
        self
    }

    /// Asserts that it printed these for people, one after the other.
    #[track_caller]
    pub fn says(&self, parts: &[&str]) -> &Self {
        let mut rest = self.stderr.as_str();
        for part in parts {
            let at = rest.find(part);
            let at = at.unwrap_or_else(|| panic!("expected in stderr, in this order: {part:?}\n{}", self.text()));
            rest = &rest[at + part.len()..];
        }
        self
    }

    /// Asserts that neither stream has this: a password, say.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        let found = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!found, "expected nowhere: {text:?}\n{}", self.text());
        self
    }

    /// Asserts that the error has this code: `error[E0204]`.
    #[track_caller]
    pub fn error(&self, code: &str) -> &Self {
        self.stderr_has(&format!("error[{code}]: "))
    }

    /// All of it, to read.
    pub fn text(&self) -> String {
        let mut text = String::from("$ schemactl");
        for argument in &self.arguments {
            let _ = write!(text, " {}", argument.to_string_lossy());
        }
        let _ = write!(text, "\n[{}]\n--- stdout\n{}\n--- stderr\n{}", self.status, self.stdout, self.stderr);
        text
    }
}
