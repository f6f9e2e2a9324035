use std::fmt;

use super::function::function;
use super::setting::Setting;

/// What to do about an error, as data. `Display` words it for an application: it names options and functions of this library, and says
/// so where only the command `schemactl` can do it. The command has words of its own.
///
/// ```
/// use schemactl::HintPart;
///
/// fn log(error: &schemactl::Error) {
///     for hint in error.hints() {
///         eprintln!("hint: {hint}");
///         for part in hint.parts() {
///             if let HintPart::Command { line, .. } = part {
///                 eprintln!("run by hand: schemactl {line}");
///             }
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Settings, any of which will do, or which go together.
    Settings(Vec<Setting>),
    /// What stands behind `schemactl`.
    Command(String),
    /// Words that differ by who reads them.
    Either {
        command: String,
        application: String,
    },
}

/// A part of a [`Hint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HintPart<'a> {
    /// Words, for an application.
    #[non_exhaustive]
    Text {
        /// The words.
        text: &'a str,
    },
    /// Something to be set.
    #[non_exhaustive]
    Setting {
        /// The flag of the command, where it has one: `--order any`.
        flag: Option<&'a str>,
        /// The line of schema.toml, where it has one: `order = "any"`.
        key: Option<&'a str>,
        /// What an application does, in words: "`Options::order(Order::Any)`".
        call: &'a str,
    },
    /// A command line.
    #[non_exhaustive]
    Command {
        /// What stands behind `schemactl`: `repair --checksums`.
        line: &'a str,
    },
}

/// For whom a hint is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Whoever calls the library, or reads the log of an application.
    Application,
    /// Somebody who runs the command.
    #[cfg_attr(not(any(feature = "project", test)), expect(dead_code, reason = "there is no command"))]
    Command,
}

impl Hint {
    /// Returns what it consists of, in order.
    pub fn parts(&self) -> impl Iterator<Item = HintPart<'_>> {
        self.0.iter().flat_map(|part| match part {
            Part::Text(text) | Part::Either { application: text, .. } => vec![HintPart::Text { text }],
            Part::Settings(settings) => settings.iter().map(HintPart::of).collect(),
            Part::Command(line) => vec![HintPart::Command { line }],
        })
    }

    /// A hint that goes on with what is to be set.
    pub(crate) fn setting(self, setting: Setting) -> Self {
        self.settings(vec![setting])
    }

    /// A hint that goes on with one or several things that are to be set.
    pub(crate) fn settings(mut self, settings: Vec<Setting>) -> Self {
        self.0.push(Part::Settings(settings));
        self
    }

    /// A hint that goes on with words.
    pub(crate) fn then(mut self, text: &str) -> Self {
        self.0.extend(parts(text));
        self
    }

    /// A hint that goes on with words for whoever runs the command, and others for an application.
    pub(crate) fn either(mut self, command: impl Into<String>, application: impl Into<String>) -> Self {
        self.0.push(Part::Either { command: command.into(), application: application.into() });
        self
    }

    /// The hint in words.
    pub(crate) fn words(&self, audience: Audience) -> String {
        self.0.iter().map(|part| part.words(audience)).collect()
    }
}

impl Part {
    fn words(&self, audience: Audience) -> String {
        match (self, audience) {
            (Self::Text(text), _)
            | (Self::Either { command: text, .. }, Audience::Command)
            | (Self::Either { application: text, .. }, Audience::Application) => text.clone(),
            (Self::Settings(settings), Audience::Application) => {
                settings.iter().map(Setting::call).collect::<Vec<_>>().join(", or ")
            }
            (Self::Settings(settings), Audience::Command) => of_the_command(settings),
            (Self::Command(line), Audience::Command) => format!("`schemactl {line}`"),
            (Self::Command(line), Audience::Application) => {
                function(line).unwrap_or_else(|| format!("the command `schemactl {line}`"))
            }
        }
    }
}

impl<'a> HintPart<'a> {
    fn of(setting: &'a Setting) -> Self {
        Self::Setting { flag: setting.typed(), key: setting.key(), call: setting.call() }
    }
}

/// The flags, then the lines of the file that they stand in.
fn of_the_command(settings: &[Setting]) -> String {
    let quoted = |text: &str| format!("`{text}`");
    let mut all: Vec<String> = settings.iter().filter_map(Setting::typed).map(quoted).collect();
    let keys: Vec<String> = settings.iter().filter_map(Setting::key).map(quoted).collect();
    if !keys.is_empty() {
        all.push(format!("{} in schema.toml", keys.join(", or ")));
    }
    all.join(", or ")
}

/// Of a text, what stands in backquotes and begins with `schemactl` and a word is a command line.
impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self(parts(text))
    }
}

impl From<&String> for Hint {
    fn from(text: &String) -> Self {
        Self(parts(text))
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self(parts(&text))
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Audience::Application))
    }
}

const COMMAND: &str = "`schemactl ";

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(COMMAND) {
        let (before, quoted) = rest.split_at(at);
        plain.push_str(before);
        let line = quoted[COMMAND.len()..].split_once('`');
        if let Some((line, after)) = line.filter(|(line, _)| line.starts_with(|c: char| c.is_ascii_lowercase())) {
            parts.extend((!plain.is_empty()).then(|| Part::Text(std::mem::take(&mut plain))));
            parts.push(Part::Command(line.to_owned()));
            rest = after;
        } else {
            plain.push_str(COMMAND);
            rest = &quoted[COMMAND.len()..];
        }
    }
    plain.push_str(rest);
    parts.extend((!plain.is_empty()).then_some(Part::Text(plain)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reads_what_they_can_do() {
        let hint = Hint::from("or apply it late: ").setting(Setting::LATE).then("; `schemactl plan` shows it");
        assert_eq!(
            hint.words(Audience::Command),
            "or apply it late: `--order any`, or `order = \"any\"` in schema.toml; `schemactl plan` shows it"
        );
        assert_eq!(hint.to_string(), "or apply it late: `Options::order(Order::Any)`; `plan` shows it");
        assert_eq!(hint.parts().count(), 5);
        let hint = Hint::from("`schemactl generate FILE` writes one");
        assert_eq!(hint.to_string(), "the command `schemactl generate FILE` writes one");
        assert_eq!(hint.parts().next(), Some(HintPart::Command { line: "generate FILE" }));
    }

    #[test]
    fn what_a_step_keeps_is_set_in_two_ways() {
        let hint =
            Hint::from("keep it all: ").setting(Setting::UNDO_ALL).then(", for longer: ").setting(Setting::UNDO_KEEP);
        assert_eq!(
            hint.words(Audience::Command),
            "keep it all: `undo = \"all\"` in schema.toml, for longer: `undo_keep = \"90d\"` in schema.toml"
        );
        assert_eq!(hint.to_string(), "keep it all: `Options::undo(UndoPolicy::All)`, for longer: `Options::undo_keep`");
    }

    #[test]
    fn what_is_no_command_line_stays_text() {
        for text in ["`schemactl = { version = \"1\" }`", "`schemactl up", "schemactl up", "", "`schemactl ` a`"] {
            assert_eq!(Hint::from(text).words(Audience::Command), text);
            assert!(Hint::from(text).parts().all(|part| matches!(part, HintPart::Text { .. })), "{text}");
        }
    }
}
