//! The lines of `[map.convert]` that are about one column, as one set of rules.

use std::collections::BTreeMap;

use crate::catalog::is_like;
use crate::config::{ConvertLine, ConvertRule};
use crate::convert::ConvertOptions;
use crate::error::{Code, Error};

/// Hands each column the rules that are for it, and knows which lines were for none.
pub(crate) struct MergedRules<'a> {
    lines: &'a [ConvertLine],
    /// The section that has the lines.
    section: String,
    used: Vec<bool>,
    wrong: Vec<Error>,
}

/// How exactly a line names a column: as names and not as patterns, then by the letters that it has.
type Exactness = (usize, usize);

impl<'a> MergedRules<'a> {
    pub(crate) fn new(lines: &'a [ConvertLine], section: &str) -> Self {
        Self { lines, section: format!("{section}.convert"), used: vec![false; lines.len()], wrong: Vec::new() }
    }

    /// The rules of a column, by its names on SQLite. Of two lines that set the same one, the one that names more exactly is right.
    pub(crate) fn of(&mut self, table: &str, column: &str) -> (ConvertOptions, Vec<ConvertRule>) {
        let mut chosen: BTreeMap<&str, (Exactness, &ConvertRule)> = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            if !matches(&line.table, table) || !matches(&line.column, column) {
                continue;
            }
            self.used[at] = true;
            for rule in &line.rules {
                let exactness = exactness(line);
                match chosen.get(decision(&rule.name)) {
                    Some((known, _)) if *known > exactness => {}
                    Some((known, other))
                        if *known == exactness && (&other.name, &other.value) != (&rule.name, &rule.value) =>
                    {
                        self.wrong.push(self.contradiction((table, column), other, rule));
                    }
                    _ => {
                        chosen.insert(decision(&rule.name), (exactness, rule));
                    }
                }
            }
        }
        let mut options = ConvertOptions::default();
        let mut given = Vec::new();
        for (_, rule) in chosen.into_values() {
            if let Err(wrong) = options.set(&rule.name, &rule.value) {
                let message = format!("the rule `{}` takes {}", rule.name, wrong.expected);
                self.wrong.push(Error::new(Code::InvalidValue, message).with_place(rule.place.clone()));
            }
            given.push(rule.clone());
        }
        (options, given)
    }

    fn contradiction(&self, (table, column): (&str, &str), other: &ConvertRule, rule: &ConvertRule) -> Error {
        let message = if other.name == rule.name {
            format!("two lines set `{}` for {table}.{column}, and none names it more exactly", rule.name)
        } else {
            format!("`{}` and `{}` are both set for {table}.{column}, and exclude each other", other.name, rule.name)
        };
        Error::new(Code::InvalidValue, message)
            .with_place(rule.place.clone())
            .with_hint(format!("write a line for `{table}.{column}` itself in [{}]", self.section))
    }

    /// What is wrong with the lines, once all columns were asked for: also those that are for no column.
    pub(super) fn wrong(self) -> Vec<Error> {
        let mut wrong = self.wrong;
        for (line, _) in self.lines.iter().zip(self.used).filter(|(_, used)| !used) {
            let message =
                format!("[{}] has rules for {}.{}, which is not moved", self.section, line.table, line.column);
            wrong.push(
                Error::new(Code::InvalidValue, message)
                    .with_place(line.place.clone())
                    .with_hint("it names tables and columns as they are called on SQLite; mend the line, or remove it"),
            );
        }
        wrong
    }
}

/// What a rule decides: those for the case of letters decide the same, and so do those that say where values come from, and which rows are too old.
fn decision(rule: &str) -> &str {
    match rule {
        "lower" | "upper" | "snake_case" => "case",
        "sqlite" | "fill" | "postgres" => "supply",
        "older_than" | "before" => "age",
        _ => rule,
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    is_like(&pattern.to_lowercase(), &name.to_lowercase())
}

fn exactness(line: &ConvertLine) -> Exactness {
    let is_exact = |text: &str| usize::from(!text.contains(['*', '?']));
    let letters = |text: &str| text.chars().filter(|letter| !matches!(letter, '*' | '?')).count();
    (is_exact(&line.table) + is_exact(&line.column), letters(&line.table) + letters(&line.column))
}
