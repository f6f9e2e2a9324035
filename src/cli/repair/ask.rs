use std::io::{self, IsTerminal as _, Write as _};

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
}

/// Asks a person; none where there is no terminal. No answer is a no.
pub(super) fn ask(question: &str) -> Option<Answer> {
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
