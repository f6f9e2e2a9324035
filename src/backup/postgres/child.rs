//! Running a program of PostgreSQL.

use std::ffi::OsStr;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::programs::Program;
use crate::config::redact;
use crate::database::postgres::connect::LibpqParameters;
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;

/// How often is looked whether the program has ended, or the user wants that.
const PAUSE: Duration = Duration::from_millis(20);

/// Of what a program says, the last lines are shown.
const SHOWN: usize = 6;

/// Runs it to its end, and returns what it prints.
///
/// It blocks: to be called where a runtime can spare the thread.
pub(super) fn run<A: AsRef<OsStr>>(
    program: &Program,
    arguments: impl IntoIterator<Item = A>,
    reached: Option<&LibpqParameters>,
    interrupt: &Interrupt,
) -> Result<String> {
    let name = program.path.display();
    let mut command = Command::new(&program.path);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("LC_MESSAGES", "C");
    // What libpq would read of them was read, and is among the arguments: all but the password.
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(variable);
    }
    if let Some(parameters) = reached {
        command.arg("--no-password").arg(format!("--dbname={}", parameters.conninfo));
        if let Some(password) = &parameters.password {
            command.env("PGPASSWORD", password);
        }
    }
    let failed = |cause: io::Error| Error::io(Code::ProgramFailed, format!("{name} cannot be run"), cause);
    let mut child = command.spawn().map_err(failed)?;
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let status = wait(&mut child, interrupt).map_err(failed)?;
    let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
    if interrupt.is_triggered() {
        return Err(Error::new(Code::Interrupted, format!("interrupted while {name} was at work")));
    }
    if status.success() {
        return Ok(stdout);
    }
    Err(Error::new(Code::ProgramFailed, format!("{name} failed")).with_cause(last_words(&stderr, status)))
}

fn reader(pipe: Option<impl io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What cannot be read of it is not told.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, interrupt: &Interrupt) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupt.is_triggered() {
            child.kill()?;
            return child.wait();
        }
        std::thread::sleep(PAUSE);
    }
}

fn last_words(stderr: &str, status: ExitStatus) -> String {
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(SHOWN)..].join("; ");
    if last.is_empty() { status.to_string() } else { redact(&last) }
}
