//! Asking a person before something is changed that nothing brings back.

use std::io::{self, IsTerminal as _, Write as _};

use super::context::Context;
use super::output::LogFormat;
use crate::error::{Error, Result};

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
}

/// Asks a person, where one can be asked.
///
/// # Errors
/// What is said where nobody can.
pub(super) fn confirm(context: &Context, question: &str, unheard: impl Fn() -> Error) -> Result<Answer> {
    // A question would be a line of stderr that is no object.
    let is_for_people = context.output.log_format() == LogFormat::Text;
    if context.output.is_json() || context.output.is_quiet() || !is_for_people {
        return Err(unheard());
    }
    ask(question).ok_or_else(unheard)
}

/// Asks a person; none where there is no terminal. No answer is a no.
fn ask(question: &str) -> Option<Answer> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    eprint!("{question}");
    let _ = io::stderr().flush();
    let mut line = String::new();
    Some(match io::stdin().read_line(&mut line) {
        Ok(_) => answer(&line),
        Err(_) => Answer::No,
    })
}

fn answer(line: &str) -> Answer {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(["y\n", "Y", " yes \n", "YES"].into_iter().all(|line| answer(line) == Answer::Yes));
        assert!(["", "\n", "n", "yeah", "y y"].into_iter().all(|line| answer(line) == Answer::No));
    }
}
