use serde::Serialize;

use super::undone::UndoneView;
use super::{DatabaseView, ErrorView, KeptFacts, Paint, count};
use crate::database::{Counted, Rehearsal};
use crate::error::{Audience, Hint};
use crate::event::Action;
use crate::run::{Preview, PreviewStep, copies};
use crate::sql::{Loss, Plain, Running};

/// What `up` or `down` would do.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PlanDocument {
    pub(crate) databases: Vec<PlanView>,
    /// The names of databases that were not looked at, since one before them failed.
    pub(crate) not_begun: Vec<String>,
}

/// What would be done to one database.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlanView {
    #[serde(flatten)]
    pub(crate) database: DatabaseView,
    /// What is to be known of the database as a whole, a sentence each.
    pub(crate) notes: Vec<String>,
    pub(crate) steps: Vec<PlannedView>,
    /// How far the steps were tried.
    pub(crate) rehearsal: Option<RehearsalView>,
    /// What does not compile before the first step.
    pub(crate) warnings: Vec<String>,
    pub(crate) error: Option<ErrorView>,
}

/// A step that would be done.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlannedView {
    action: &'static str,
    version: i64,
    description: String,
    phase: Option<String>,
    file: String,
    statements: usize,
    /// `step`: all of it in one transaction; `none`: statement by statement.
    transaction: &'static str,
    /// Why it is run statement by statement.
    because: Option<String>,
    out_of_order: bool,
    /// What taking it back costs, where that is known.
    verdict: Option<String>,
    /// Of a down: what it costs once nothing is kept, where that is another one.
    verdict_unkept: Option<String>,
    /// Of a down: what is kept of the rows that the up changed.
    kept: Option<KeptFacts>,
    /// Of a down: what it would lose now.
    losses: Vec<LossView>,
    /// Whether that was measured while the step was rehearsed.
    measured: bool,
    /// Of a down that was rehearsed: what it would put back of rows that its up changed, and which it would not.
    rows: Option<UndoneView>,
    /// Of a down: what it leaves alone, since it was there before the migration.
    notes: Vec<String>,
    /// What would not compile any more after it, and strings in double quotes.
    warnings: Vec<String>,
    /// Only with `--verbose`.
    sql: Option<String>,
}

/// What a step would lose.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LossView {
    /// `rows`, `values`, or `other` for what cannot be counted.
    kind: &'static str,
    /// The table, as the down names it.
    table: Option<String>,
    column: Option<String>,
    /// Rows of a table, or values of a column that are not NULL.
    count: Option<u64>,
    /// All of it for a person.
    text: String,
}

/// How far the steps were tried.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RehearsalView {
    /// How many of the first steps succeeded.
    succeeded: usize,
    /// Why none could be tried.
    not_possible: Option<String>,
    /// Why the next one was not tried, nor those after it.
    stopped: Option<String>,
    /// What is to be done so that they can be tried.
    hints: Vec<String>,
}

/// Whether a plan shows the SQL of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanDetail {
    Names,
    Sql,
}

impl PlanView {
    pub(crate) fn new(database: DatabaseView, preview: &Preview, shown: PlanDetail) -> Self {
        let error = preview.failure.as_ref().map(|error| ErrorView::of(error, database.database.as_deref()));
        Self {
            steps: preview.steps.iter().map(|step| PlannedView::of(step, shown)).collect(),
            rehearsal: preview
                .rehearsal
                .as_ref()
                .map(|rehearsal| RehearsalView::of(rehearsal, preview.elsewhere.as_ref())),
            warnings: preview.unsound_before.clone(),
            database,
            notes: preview.elsewhere.iter().map(|hint| hint.words(Audience::Command)).collect(),
            error,
        }
    }

    pub(crate) fn failed(database: DatabaseView, error: ErrorView) -> Self {
        Self {
            database,
            notes: Vec::new(),
            steps: Vec::new(),
            rehearsal: None,
            warnings: Vec::new(),
            error: Some(error),
        }
    }

    /// A line for each step, and how far they were tried.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = self.notes.iter().fold(String::new(), |text, note| text + note + "\n");
        if self.steps.is_empty() {
            return text + "nothing to do";
        }
        for step in &self.steps {
            text.push_str(&step.text(paint));
        }
        for warning in &self.warnings {
            text.push_str(&format!("so it is before the first step: {warning}\n"));
        }
        text + "\n" + &self.rehearsed() + &self.needs()
    }

    /// What stands below a plan that loses data.
    fn needs(&self) -> String {
        let losses: Vec<&LossView> = self.steps.iter().flat_map(PlannedView::losses).collect();
        let are_changed = self.steps.iter().filter_map(|step| step.rows.as_ref()).any(UndoneView::has_conflicts);
        let changed = if are_changed {
            "\nrows were changed since: `down` asks for --keep-changed or --accept-data-loss"
        } else {
            ""
        };
        if losses.is_empty() {
            return changed.to_owned();
        }
        let readable = losses.into_iter().filter(|loss| loss.count.is_some());
        let tables = readable.filter_map(|loss| loss.table.clone()).collect();
        let hints = copies(tables).into_iter().map(|hint| format!("\nhint: {}", hint.words(Audience::Command)));
        let lost = if are_changed {
            "\nrows were changed since, and data would be lost: `down` asks for --accept-data-loss --keep-changed, which leaves these rows as they are, \
             or for --accept-data-loss alone, which puts them back all the same"
        } else {
            "\ndata would be lost: `down` asks for --accept-data-loss"
        };
        lost.to_owned() + &hints.collect::<String>()
    }

    /// How far the steps were tried. A step that was not tried is never told as one that would not succeed.
    fn rehearsed(&self) -> String {
        let steps = self.steps.len();
        let all = count(steps, "step");
        let Some(RehearsalView { succeeded, not_possible, stopped, hints }) = &self.rehearsal else {
            return format!("{all}, not rehearsed (--no-rehearsal); nothing was changed");
        };
        let why = not_possible.as_ref().or(stopped.as_ref());
        let tried = match (*succeeded, why) {
            (0, Some(why)) => format!("{all}, not rehearsed: {why}"),
            (0, None) if self.error.is_some() && steps == 1 => "rehearsed: the step fails".to_owned(),
            (0, None) if self.error.is_some() => format!("rehearsed: the first of {all} fails"),
            (0, None) if steps == 1 => format!("{all}, not rehearsed, since it cannot be in a transaction"),
            // Those after it may build on it.
            (0, None) => format!("{all}, not rehearsed, since the first one cannot be in a transaction"),
            (succeeded, why) => {
                let rest = match (steps.saturating_sub(succeeded), why) {
                    (0, _) => String::new(),
                    (_, None) if self.error.is_some() => "; the next one fails".to_owned(),
                    (1, Some(why)) => format!("; the last one was not rehearsed: {why}"),
                    (rest, Some(why)) => format!("; the other {rest} were not rehearsed: {why}"),
                    (1, None) => "; the last one was not rehearsed, since it cannot be in a transaction".to_owned(),
                    (rest, None) => {
                        format!(
                            "; the other {rest} were not rehearsed, since the first of them cannot be in a transaction"
                        )
                    }
                };
                format!("rehearsed: {succeeded} of {all} would succeed{rest}")
            }
        };
        hints.iter().fold(format!("{tried}; nothing was changed"), |text, hint| text + "\nhint: " + hint)
    }
}

impl PlannedView {
    fn of(step: &PreviewStep, shown: PlanDetail) -> Self {
        Self {
            action: step.action.as_str(),
            version: step.version.get(),
            description: step.description.clone(),
            phase: step.phase.clone(),
            file: step.path.clone(),
            statements: step.statements,
            transaction: if step.running == Running::Transaction { "step" } else { "none" },
            because: step.because.clone(),
            out_of_order: step.out_of_order,
            verdict: step.verdict.clone(),
            verdict_unkept: step.verdict_unkept.clone(),
            kept: step.kept.as_ref().map(KeptFacts::of),
            losses: step.losses.iter().map(LossView::of).collect(),
            measured: step.measured,
            rows: UndoneView::of(&step.undone),
            notes: step.notes.clone(),
            warnings: step.warnings.clone(),
            sql: (shown == PlanDetail::Sql).then(|| step.sql.clone()),
        }
    }

    fn text(&self, paint: Paint) -> String {
        let Self { action, version, description, .. } = self;
        let mut text =
            format!("{} {}\n  {}\n", paint.bold(action), paint.bold(&format!("{version} {description}")), self.file);
        text.push_str("  ");
        text.push_str(&self.how());
        text.push('\n');
        if self.out_of_order {
            text.push_str("  out of order: a higher version is applied already\n");
        }
        // What the proof found, beyond what goes now: that rows stay, and keep the up from being applied again.
        let found =
            self.verdict.as_ref().filter(|verdict| self.action == Action::Revert.as_str() && *verdict != "lossless");
        if let Some(verdict) = found {
            text.push_str(&format!("  {verdict}\n"));
        }
        // Why rows are not kept is a reason of the verdict, too: nobody reads it twice.
        for note in self.notes.iter().filter(|note| found.is_none_or(|verdict| !verdict.contains(note.as_str()))) {
            text.push_str(&format!("  {note}\n"));
        }
        for warning in &self.warnings {
            text.push_str(&format!("  {} {warning}\n", paint.bold("warning:")));
        }
        for loss in self.losses.iter().filter(|loss| loss.count != Some(0)) {
            text.push_str(&format!("  loses {}\n", loss.text));
        }
        if self.action == Action::Revert.as_str() && self.losses().next().is_some() && !self.measured {
            text.push_str(
                "  counted by its text: what else it takes, and what foreign keys and triggers do, was not measured\n",
            );
        }
        for line in self.rows.iter().flat_map(UndoneView::lines) {
            text.push_str(&format!("  {line}\n"));
        }
        if !self.losses.is_empty() && self.losses().next().is_none() {
            text.push_str("  loses nothing: there is no data yet in what it drops\n");
        }
        for line in self.sql.iter().flat_map(|sql| sql.lines()) {
            text.push_str(format!("    {line}").trim_end());
            text.push('\n');
        }
        text
    }

    /// What goes that is there now.
    fn losses(&self) -> impl Iterator<Item = &LossView> {
        self.losses.iter().filter(|loss| loss.count != Some(0))
    }

    fn how(&self) -> String {
        let statements = count(self.statements, "statement");
        match (self.transaction, &self.because) {
            (_, Some(because)) if [Action::Skip.as_str(), Action::Forget.as_str()].contains(&self.action) => {
                format!("only recorded: {because}")
            }
            ("none", Some(because)) => format!("{statements}, one by one, because of {because}"),
            ("none", None) => format!("{statements}, one by one"),
            _ if self.statements == 1 => format!("{statements} in a transaction"),
            _ => format!("{statements} in one transaction"),
        }
    }
}

impl LossView {
    fn of(counted: &Counted) -> Self {
        let holder = counted.loss.holder();
        Self {
            kind: match &counted.loss {
                Loss::Rows { .. } => "rows",
                Loss::Values { .. } | Loss::Converted { .. } => "values",
                Loss::Deleted { .. } => "deleted",
                Loss::Changed { .. } => "changed",
                Loss::Other { .. } => "other",
            },
            table: holder.map(|holder| holder.table.plain().to_string()),
            column: holder.and_then(|holder| holder.column).map(|column| Plain(column).to_string()),
            count: counted.count,
            text: counted.to_string(),
        }
    }
}

impl RehearsalView {
    /// What was told already is not told again.
    fn of(rehearsal: &Rehearsal, told: Option<&Hint>) -> Self {
        match rehearsal {
            Rehearsal::Ran(succeeded) => Self { succeeded: *succeeded, ..Self::default() },
            Rehearsal::Stopped { succeeded, why } => {
                Self { succeeded: *succeeded, stopped: Some(why.clone()), ..Self::default() }
            }
            Rehearsal::NotPossible { why, hints } => Self {
                not_possible: Some(why.clone()),
                hints: hints
                    .iter()
                    .filter(|hint| Some(*hint) != told)
                    .map(|hint| hint.words(Audience::Command))
                    .collect(),
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
mod tests;
