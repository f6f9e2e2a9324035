//! SQL through psql.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::server::client;

/// The arguments with which psql prints bare rows and full errors, and reads nobody's settings.
const ARGUMENTS: [&str; 9] = ["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"];

/// A psql for this URL that knows nothing of the environment.
pub(super) fn command(url: &str) -> Command {
    let mut command = Command::new(client("psql"));
    command.args(ARGUMENTS).arg("--dbname").arg(url).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("PGCLIENTENCODING", "UTF8").env("PGCONNECT_TIMEOUT", "20").env("HOME", "/nonexistent");
    command
}

/// Runs SQL, each statement in its own transaction, and returns its rows: a line each, columns separated by `|`.
pub fn psql(url: &str, sql: &str) -> String {
    try_psql(url, sql).unwrap_or_else(|error| panic!("psql failed: {error}\nin: {sql}\nat: {url}"))
}

/// Runs SQL, and returns its rows or what psql printed as errors, SQLSTATE included.
///
/// # Errors
///
/// The messages, when a statement failed or no connection was made.
pub fn try_psql(url: &str, sql: &str) -> Result<String, String> {
    let mut child = command(url)
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("psql does not start: {error}"));
    let mut input = child.stdin.take().expect("its input is piped");
    let text = format!("{sql}\n");
    // From a thread, since psql may answer before it has read all. It may also stop reading, at an error.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("psql is a child of this process");
    let _ = writer.join();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).expect("psql writes UTF-8").trim_end_matches('\n').to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
