//! The command `schemactl`: arguments in, text or JSON and an exit code out. Each command has a file.

mod adopt;
mod args;
mod ask;
mod backup;
mod check;
mod completions;
mod context;
mod database;
mod diff;
mod down;
mod drift;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod exporting;
mod generate;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod importing;
mod init;
mod locked;
mod man;
mod meant;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod moving;
mod new;
mod notes;
mod orphan;
mod output;
mod plan;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod private;
mod progress;
mod prove;
mod repair;
mod restore;
mod run;
mod runtime;
mod signal;
mod status;
mod trace;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod translate;
mod undo;
mod up;
mod version;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use self::args::{Cli, Command};
use self::context::{CommandFailure, Context, Reply};
use self::output::Output;
use crate::error::{Error, Result};
use crate::report::{Envelope, ErrorView, LogLine, ReplyBody};

/// Runs the command that the arguments of this process name.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let output = Output::new(&cli.global);
    trace::start(&cli.global, &output);
    let name = cli.command.name();
    let context = Context::new(cli.global, output);
    let reply = run(&context, cli.command).unwrap_or_else(|error| {
        let failure = CommandFailure::new(error, None);
        Reply::new(ReplyBody::Nothing {}).or(Some(failure))
    });
    finish(name, &context, reply)
}

fn run(context: &Context, command: Command) -> Result<Reply> {
    match command {
        Command::Init => init::run(context),
        Command::New(arguments) => new::run(context, &arguments),
        Command::Up(arguments) => up::run(context, &arguments),
        Command::Down(arguments) => down::run(context, &arguments),
        Command::Status(arguments) => status::run(context, &arguments),
        Command::Undo(arguments) => undo::run(context, &arguments),
        Command::Plan(arguments) => plan::run(context, &arguments),
        Command::Check(arguments) => check::run(context, &arguments),
        Command::Diff(arguments) => diff::run(context, &arguments),
        Command::Repair(arguments) => repair::run(context, &arguments),
        Command::Adopt(arguments) => adopt::run(context, &arguments),
        Command::Backup(arguments) => backup::run(context, &arguments),
        Command::Restore(arguments) => restore::run(context, &arguments),
        Command::Generate(arguments) => generate::run(context, &arguments),
        Command::Prove(arguments) => prove::run(context, &arguments),
        #[cfg(all(feature = "sqlite", feature = "postgres"))]
        Command::Translate(arguments) => translate::run(context, &arguments),
        #[cfg(all(feature = "sqlite", feature = "postgres"))]
        Command::Move(arguments) => moving::run(context, &arguments),
        #[cfg(all(feature = "sqlite", feature = "postgres"))]
        Command::Import(arguments) => importing::run(context, &arguments),
        #[cfg(all(feature = "sqlite", feature = "postgres"))]
        Command::Export(arguments) => exporting::run(context, &arguments),
        Command::Version => version::run(context),
        Command::Completions(arguments) => completions::run(context, &arguments),
        Command::Man(arguments) => man::run(context, &arguments),
    }
}

/// Prints the document or the error, and returns the exit code.
fn finish(name: &str, context: &Context, reply: Reply) -> ExitCode {
    let Reply { body, failure } = reply;
    let output = &context.output;
    if output.is_json() && !matches!(body, ReplyBody::Raw {}) {
        output.json(&Envelope::new(Some(name), &body, failure.as_ref().map(CommandFailure::view)));
    }
    if let Some(failure) = failure {
        let code = exit_code(&failure.error);
        context.fail(failure);
        return code;
    }
    match output.lost() {
        Some(error) => {
            output.error(&error, None);
            exit_code(&error)
        }
        None => ExitCode::SUCCESS,
    }
}

fn exit_code(error: &Error) -> ExitCode {
    ExitCode::from(error.kind().exit_code())
}

/// Help and version are asked for, and are no error; everything else is one of usage.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let typed: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let error = meant::error(error, &typed);
    let wanted = WantedOutput::of(&typed);
    let view = ErrorView::of(&error, None);
    if wanted.log {
        eprintln!("{}", LogLine::new(output::now(), "error", view.message.clone()).with_error(view.clone()).text());
    } else if !wanted.document {
        eprintln!("{}", error.for_command());
    }
    if wanted.document {
        let document = Envelope::new(None, &ReplyBody::Nothing {}, Some(view));
        println!("{}", serde_json::to_string_pretty(&document).expect("the document has strings and numbers only"));
    }
    exit_code(&error)
}

/// What machines are to be told of arguments that cannot be read.
struct WantedOutput {
    document: bool,
    log: bool,
}

impl WantedOutput {
    fn of(typed: &[String]) -> Self {
        let options: Vec<&str> = typed.iter().map(String::as_str).take_while(|argument| *argument != "--").collect();
        Self {
            document: options.contains(&"--json"),
            log: options.contains(&"--log-format=json")
                || options.windows(2).any(|pair| pair == ["--log-format", "json"]),
        }
    }
}

/// The command with all its options, for completions and manual pages.
fn definition() -> clap::Command {
    Cli::command()
}
