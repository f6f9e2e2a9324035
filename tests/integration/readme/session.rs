//! A document as a terminal session.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use schemactl_test_support::postgres::client;
use schemactl_test_support::scratch::Folder;

/// What is printed before the exit status of each command; no command prints it.
const MARK: &str = "\u{1}status ";

/// The blocks of one document that are run one after the other, in one shell.
pub(crate) struct Session {
    document: &'static str,
    commands: Vec<Shown>,
}

/// A command as the document shows it.
pub(crate) struct Shown {
    line: usize,
    /// With what it reads from a here-document.
    pub(crate) text: String,
    pub(crate) output: Vec<String>,
    /// What a reader saves before typing it: blocks that are marked with the file's name.
    files: Vec<Saved>,
}

/// A file whose whole text the document shows.
struct Saved {
    name: String,
    text: String,
}

impl Session {
    /// The blocks of a document that are marked ```` ```console KIND ````, and the files that are marked ```` ```LANGUAGE KIND FILE ````.
    pub(crate) fn of(document: &'static str, kind: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {document}: {error}"));
        let session = Self { document, commands: commands(&text, kind) };
        assert!(!session.commands.is_empty(), "{document} shows no session of {kind}");
        session
    }

    /// What the document shows.
    pub(crate) fn commands(&self) -> &[Shown] {
        &self.commands
    }

    /// Runs every command, and compares what it prints.
    pub(crate) fn run(&self, variables: &[(String, String)]) {
        self.run_with(variables, |_, _| {});
    }

    /// Runs every command after `prepare` has put more into the folder of programs and the reader's home.
    pub(crate) fn run_with(&self, variables: &[(String, String)], prepare: impl Fn(&Path, &Path)) {
        let folder = Folder::new("session");
        let programs = folder.path().join("bin");
        let home = folder.path().join("home");
        fs::create_dir(&programs).expect("the folder is writable");
        fs::create_dir(&home).expect("the folder is writable");
        symlink(env!("CARGO_BIN_EXE_schemactl"), programs.join("schemactl")).expect("the folder is writable");
        prepare(&programs, &home);
        let psql = client("psql");
        let clients = psql.parent().expect("a program is in a folder").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let shell = Command::new("bash")
            .args(["-c", &self.script()])
            .current_dir(&home)
            .env_clear()
            .env("PATH", format!("{}:{clients}:{path}", programs.display()))
            .env("HOME", &home)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .expect("bash is there");
        let printed = String::from_utf8_lossy(&shell.stdout);
        let mut outputs = printed.split(MARK);
        let mut happened = String::new();
        let mut expected = String::new();
        let first = outputs.next().unwrap_or_default();
        let mut outputs = std::iter::once(first.to_owned()).chain(outputs.map(|part| match part.split_once('\n') {
            Some((_, rest)) => rest.to_owned(),
            None => String::new(),
        }));
        for command in &self.commands {
            let head = format!("{}:{}: $ {}\n", self.document, command.line, command.text);
            let output = outputs.next().unwrap_or_else(|| "(the shell has ended)".to_owned());
            let _ = write!(happened, "{head}{}", steady(&output, &home));
            let _ = write!(expected, "{head}{}", steady(&(command.output.join("\n") + "\n"), &home));
        }
        assert!(happened == expected, "{}", difference(&expected, &happened));
    }

    /// Each command, with both of its streams in one, and its status after it.
    fn script(&self) -> String {
        let mut script = "exec 2>&1\n".to_owned();
        for command in &self.commands {
            for Saved { name, text } in &command.files {
                let _ = write!(script, "mkdir -p \"$(dirname {name})\"; cat > {name} <<'\u{2}'\n{text}\u{2}\n");
            }
            let _ = write!(script, "{}\nprintf '\\1status %d\\n' $?\n", command.text);
        }
        script
    }
}

/// The commands of one kind, each with the files that are saved before it.
fn commands(text: &str, kind: &str) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let mut files: Vec<Saved> = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, _)) = lines.next() {
        let Some(marks) = line.strip_prefix("```") else { continue };
        let block = lines.by_ref().take_while(|(line, _)| *line != "```").collect::<Vec<_>>();
        match marks.split_whitespace().collect::<Vec<_>>()[..] {
            ["console", of] if of == kind => {
                let mut shown = shown(&block);
                shown.first_mut().expect("a block shows a command").files.append(&mut files);
                commands.append(&mut shown);
            }
            [_, of, name] if of == kind => {
                let text = block.iter().flat_map(|(line, _)| [*line, "\n"]).collect();
                files.push(Saved { name: name.to_owned(), text });
            }
            _ => {}
        }
    }
    assert!(files.is_empty(), "no command of {kind} comes after the last file");
    commands
}

/// The commands of a block.
fn shown(block: &[(&str, usize)]) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    // What a here-document ends with, while one is open.
    let mut end: Option<String> = None;
    for (line, number) in block {
        let open = commands.last_mut();
        match (line.strip_prefix("$ "), &end, open) {
            (_, Some(last), Some(command)) => {
                command.text.push('\n');
                command.text.push_str(line);
                if line == last {
                    end = None;
                }
            }
            (Some(command), None, _) => {
                let here = command.split_once("<<'").and_then(|(_, rest)| rest.split_once('\''));
                end = here.map(|(word, _)| word.to_owned());
                // What a reader is told beside a command is a comment to the shell.
                commands.push(Shown { line: *number, text: command.to_owned(), output: Vec::new(), files: Vec::new() });
            }
            (None, None, Some(command)) => command.output.push((*line).to_owned()),
            (None, _, None) => panic!("line {number} is the output of no command: {line}"),
            (Some(_), Some(_), None) => unreachable!("a here-document is of a command"),
        }
    }
    commands
}

/// The text without what differs from run to run: durations, times, folders, the name of the machine; and without blank lines, and
/// white space that only lines columns up.
fn steady(text: &str, home: &Path) -> String {
    let text = text.replace(&home.display().to_string(), "~").replace("/srv/shop", "~");
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.fold(String::new(), |mut all, line| {
        let words: Vec<String> = line.split_whitespace().map(word).collect();
        let _ = writeln!(all, "{}", without_durations(&words).join(" "));
        all
    })
}

/// A date, a time of day, the name of the machine.
fn word(word: &str) -> String {
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let host = fs::read_to_string("/etc/hostname").unwrap_or_default();
    match shape.as_str() {
        "0000-00-00" => "DATE".to_owned(),
        "00:00:00" => "TIME".to_owned(),
        _ if word == host.trim() || word == "laptop" => "HOST".to_owned(),
        "0000-00-00T00:00:00.000Z" => "TIME".to_owned(),
        // The file of a backup: `backups/app-20261129T125134Z-v1.sqlite`.
        _ if shape.contains("-00000000T000000Z-") => "FILE".to_owned(),
        // cargo test: `finished in 0.12s`.
        _ if shape.strip_suffix('s').is_some_and(|number| number.ends_with(".00")) => "N".to_owned(),
        _ => word.to_owned(),
    }
}

/// `(12 ms)` and `12 ms`, and the same in seconds, as `N ms`.
fn without_durations(words: &[String]) -> Vec<String> {
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let mut all: Vec<String> = Vec::new();
    for word in words {
        let unit = word.trim_end_matches([')', ',']);
        if matches!(unit, "ms" | "s")
            && let Some(last) = all.last_mut()
            && is_number(last.trim_start_matches('('))
        {
            let opening = if last.starts_with('(') { "(" } else { "" };
            *last = format!("{opening}N");
            all.push(word.replacen(unit, "ms", 1));
            continue;
        }
        all.push(word.clone());
    }
    all
}

/// The first line that differs, with all that came before.
fn difference(expected: &str, happened: &str) -> String {
    let same = expected.lines().zip(happened.lines()).take_while(|(a, b)| a == b).count();
    let shown: Vec<&str> = happened.lines().skip(same.saturating_sub(12)).take(40).collect();
    let wanted: Vec<&str> = expected.lines().skip(same).take(12).collect();
    format!("the document shows:\n{}\n\nwhat happened:\n{}", wanted.join("\n"), shown.join("\n"))
}
