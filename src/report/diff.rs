use std::collections::BTreeSet;

use serde::Serialize;

use super::{DatabaseView, ErrorView, NewDocument, Paint, count};
use crate::drift::{Difference, DifferenceKind, Drift, FactDifference, Finding, Sql};
use crate::sql::{Dialect, tokens};

/// How every selected database stands to its history.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DiffDocument {
    pub(crate) databases: Vec<DiffView>,
    /// The migration that `--new` wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) written: Option<NewDocument>,
}

/// How one database stands to its history.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DiffView {
    #[serde(flatten)]
    database: DatabaseView,
    /// What is to be known of the database as a whole, a sentence each.
    pub(crate) notes: Vec<String>,
    /// The last version in the history.
    version: Option<i64>,
    /// `none`, `found`, `unexplained` or `unknown`; none where the database could not be read.
    drift: Option<&'static str>,
    /// The fingerprint that was recorded with the version.
    recorded: Option<String>,
    /// The fingerprint now.
    live: Option<String>,
    differences: Vec<DifferenceView>,
    /// Why differences are not known.
    reasons: Vec<String>,
    /// What was done outside of migrations.
    done: Option<SqlView>,
    /// What takes it back.
    undo: Option<SqlView>,
    /// The data that goes with that.
    losses: Vec<String>,
    error: Option<ErrorView>,
    #[serde(skip)]
    whose: Whose,
}

/// Whose history a database is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Whose {
    /// That of these migrations.
    #[default]
    Ours,
    /// It may be another application's: the notes say so.
    NotKnown,
}

/// One thing that differs.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct DifferenceView {
    /// `added`, `missing`, `renamed` or `altered`.
    change: &'static str,
    kind: String,
    name: String,
    /// The name that migrations gave it, where it has another one now.
    from: Option<String>,
    facts: Vec<FactView>,
    /// The whole as a sentence.
    text: String,
}

/// One thing that makes an object what it is, and differs.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct FactView {
    fact: String,
    /// As migrations make it.
    expected: Option<String>,
    found: Option<String>,
}

/// Statements, and what they do not do.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct SqlView {
    sql: String,
    gaps: Vec<String>,
    /// The lines, by their numbers, that begin within a literal or a body: they are printed as they stand.
    #[serde(skip)]
    within: BTreeSet<usize>,
    /// SQLite: it drops a table, which deletes the rows that refer to it where foreign keys are enforced.
    #[serde(skip)]
    drops: bool,
}

/// What stands around statements that drop a table of SQLite: enforcement can be switched only outside a transaction
/// (<https://www.sqlite.org/lang_altertable.html#otheralter>).
const UNENFORCED: [&str; 2] = [
    "  PRAGMA foreign_keys = OFF;\n  BEGIN;\n",
    "\n  PRAGMA foreign_key_check;\n  COMMIT;\n  PRAGMA foreign_keys = ON;",
];

/// Which SQL is printed. JSON always has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownSql {
    /// What was done.
    Done,
    /// Also what takes it back.
    Both,
}

impl DiffView {
    pub(crate) fn new(database: DatabaseView, dialect: Dialect, drift: &Drift, whose: Whose) -> Self {
        let mut view = Self {
            whose,
            version: drift.version.map(crate::version::Version::get),
            recorded: drift.recorded.as_ref().map(ToString::to_string),
            live: Some(drift.live.to_string()),
            ..Self::empty(database)
        };
        view.drift = Some(match &drift.finding {
            Finding::None => "none",
            Finding::Differs(differences) => {
                view.differences = differences.all.iter().map(DifferenceView::of).collect();
                view.done = differences.done.as_ref().map(|sql| SqlView::of(sql, dialect));
                view.undo = differences.undo.as_ref().map(|sql| SqlView::of(sql, dialect));
                view.losses.clone_from(&differences.losses);
                "found"
            }
            Finding::Unexplained(obstacles) => {
                view.reasons.clone_from(&obstacles.reasons);
                "unexplained"
            }
            Finding::Unknown(obstacles) => {
                view.reasons.clone_from(&obstacles.reasons);
                "unknown"
            }
        });
        view
    }

    pub(crate) fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    pub(crate) fn failed(database: DatabaseView, error: ErrorView) -> Self {
        Self { error: Some(error), ..Self::empty(database) }
    }

    /// Of a database that is not there: it is neither as its migrations make it, nor another.
    pub(crate) fn absent(database: DatabaseView, note: String) -> Self {
        Self { notes: vec![note], ..Self::empty(database) }
    }

    fn empty(database: DatabaseView) -> Self {
        Self {
            database,
            notes: Vec::new(),
            version: None,
            drift: None,
            recorded: None,
            live: None,
            differences: Vec::new(),
            reasons: Vec::new(),
            done: None,
            undo: None,
            losses: Vec::new(),
            error: None,
            whose: Whose::Ours,
        }
    }

    /// The heading, a line for each difference, and SQL below.
    pub(crate) fn text(&self, shown: ShownSql, paint: Paint) -> String {
        let mut text = self.database.heading(paint);
        text.extend(self.notes.iter().map(|note| format!("\n{note}")));
        match self.drift {
            // What is recorded is no work of these migrations.
            Some("none") if self.whose == Whose::NotKnown => text.push_str("\nno drift from what its last run left"),
            Some("none") => text.push_str("\nno drift"),
            None if self.error.is_none() => {}
            Some("found") => {
                text.push_str(&format!("\n{} from what migrations make", count(self.differences.len(), "difference")));
                self.differences
                    .iter()
                    .for_each(|difference| text.push_str(&format!("\n  {}", visible(&difference.text))));
                if let Some(done) = &self.done {
                    done.push_to(&mut text, "what was done outside of migrations", &[], paint);
                }
                if let (Some(undo), ShownSql::Both) = (&self.undo, shown) {
                    undo.push_to(&mut text, "what takes it back", &self.losses, paint);
                }
            }
            // The error says all.
            _ => text.push_str("\nnot known"),
        }
        text
    }
}

const REPLACED: char = char::REPLACEMENT_CHARACTER;

/// A text without what a terminal would obey: what is in a database may have been put there for whoever looks.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { REPLACED } else { c }).collect()
}

impl DifferenceView {
    fn of(difference: &Difference) -> Self {
        let (change, from, facts) = match &difference.how {
            DifferenceKind::Added => ("added", None, Vec::new()),
            DifferenceKind::Missing => ("missing", None, Vec::new()),
            DifferenceKind::Renamed { from } => ("renamed", Some(from.clone()), Vec::new()),
            DifferenceKind::Altered(facts) => ("altered", None, facts.iter().map(FactView::of).collect()),
        };
        Self {
            change,
            kind: difference.kind.to_string(),
            name: difference.name.clone(),
            from,
            facts,
            text: difference.to_string(),
        }
    }
}

impl FactView {
    fn of(difference: &FactDifference) -> Self {
        let FactDifference { fact, expected, found } = difference;
        Self { fact: fact.to_string(), expected: expected.clone(), found: found.clone() }
    }
}

impl SqlView {
    fn of(sql: &Sql, dialect: Dialect) -> Self {
        let line = |at: usize| sql.text[..at].matches('\n').count();
        let within =
            tokens(dialect, &sql.text).into_iter().flat_map(|token| line(token.start) + 1..=line(token.end)).collect();
        let drops = dialect == Dialect::Sqlite && sql.drops_table;
        Self { sql: sql.text.clone(), gaps: sql.gaps.clone(), within, drops }
    }

    /// A title, remarks as comments, so that all of it can be pasted, and the statements.
    fn push_to(&self, text: &mut String, title: &str, remarks: &[String], paint: Paint) {
        text.push_str(&format!("\n\n{}\n", paint.bold(title)));
        for remark in remarks.iter().chain(&self.gaps) {
            text.push_str(&format!("  -- {}\n", visible(&remark.split_whitespace().collect::<Vec<_>>().join(" "))));
        }
        let shown = visible(&self.sql);
        if shown != self.sql {
            text.push_str(&format!(
                "  -- {REPLACED} stands for a character that a terminal would obey: `--json` has it\n"
            ));
        }
        let [before, after] = if self.drops { UNENFORCED } else { [""; 2] };
        text.push_str(before);
        let indented = |(at, line): (usize, &str)| {
            if line.is_empty() || self.within.contains(&at) { line.to_owned() } else { format!("  {line}") }
        };
        text.push_str(&shown.split('\n').enumerate().map(indented).collect::<Vec<_>>().join("\n"));
        while text.ends_with('\n') {
            text.pop();
        }
        text.push_str(after);
    }
}
