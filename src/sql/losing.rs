//! What scripts that run one after the other lose of what is there before the first.

mod contents;

use self::contents::Contents;
use super::effect::Deed;
use super::name::{is_exactly, is_name};
use super::{Dialect, Effect, Loss, Measure, Name, Risk, Statement, Taken};

/// Follows scripts in the order in which they run.
///
/// What they name is looked for under the names that it has now, too: a script may drop what one before it renames. Where that
/// cannot be told, both names count: a table that is not there holds nothing.
#[derive(Debug)]
pub(crate) struct Losing {
    dialect: Dialect,
    renamed: Vec<Renamed>,
    /// Where the script at hand looks for names without a schema; the session does elsewhere.
    path: Vec<String>,
}

/// A name that a script gives, and the one that it takes.
#[derive(Debug, Clone)]
enum Renamed {
    Table { from: Name<'static>, to: Name<'static> },
    Column { table: Name<'static>, from: String, to: String },
    Schema { from: String, to: String },
}

/// What the next script may lose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) risks: Vec<Risk>,
    /// The statements, counted from 0, that do nothing to rows but fill columns which the script itself adds to this table.
    pub(crate) fills: Vec<(usize, Name<'static>)>,
    /// Tables that an ALTER TABLE names, by the names that they had before: they may be written anew, and keep their rows.
    pub(crate) altered: Vec<Name<'static>>,
    /// The statements, counted from 0, that convert values, and those.
    pub(crate) conversions: Vec<(usize, Risk)>,
    /// Whether a statement hides what it does.
    pub(crate) hides: bool,
    /// Whether any statement may write rows, or hides what it does.
    pub(crate) writes_rows: bool,
}

/// What is known of the script at hand.
#[derive(Debug, Default)]
struct ScriptLosses {
    lost: Lost,
    made: Contents,
    added: Vec<(Name<'static>, String)>,
    dropped: Vec<DroppedTable>,
}

/// A table that was there before, and is dropped.
#[derive(Debug)]
struct DroppedTable {
    name: Name<'static>,
    /// The names that it may have now.
    names: Vec<Name<'static>>,
    /// The one that it had when the script began.
    origin: Name<'static>,
}

impl Losing {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, renamed: Vec::new(), path: Vec::new() }
    }

    /// The losses that the text of the next script shows, and those that it says of itself: they add to what its statements
    /// show, and excuse nothing.
    pub(crate) fn next<'a>(&mut self, statements: impl Iterator<Item = Statement<'a>>, said: &[Loss]) -> Vec<Loss> {
        let mut losses = Vec::new();
        // What of a copied table is lost, only a database tells.
        let risks = self.risks(statements, said).risks.into_iter();
        add(&mut losses, risks.filter(|risk| !matches!(risk.measure, Measure::Except(_))).map(|risk| risk.loss));
        losses
    }

    /// What the next script may lose.
    pub(crate) fn risks<'a>(&mut self, statements: impl Iterator<Item = Statement<'a>>, said: &[Loss]) -> Lost {
        let said: Vec<Risk> = said.iter().flat_map(|loss| self.as_they_are(loss)).map(risk_that_was_said).collect();
        let mut script = ScriptLosses { made: Contents::new(self.dialect), ..ScriptLosses::default() };
        for (number, statement) in statements.enumerate() {
            let Effect { deeds, .. } = Effect::of(self.dialect, &statement);
            // A function in it may do more: that is measured, since only so many rows are excused as the statement says.
            if let [Deed::Changes { table, columns, taken: Some(_) }, more @ ..] = &deeds[..]
                && more.iter().all(|deed| matches!(deed, Deed::Hides { .. }))
                && !columns.is_empty()
                && columns.iter().all(|column| script.has_added(self.dialect, table, column))
            {
                script.lost.fills.push((number, table.to_owned()));
                script.lost.writes_rows = true;
                continue;
            }
            for deed in deeds {
                script.note_conversion(number, &deed);
                self.see(&deed, &mut script);
            }
        }
        self.path.clear();
        let mut lost = script.lost();
        for risk in said {
            // The head says it more exactly than the statements do.
            lost.risks.retain(|shown| !is_same(&shown.loss, &risk.loss) || shown.measure == Measure::Never);
            lost.risks.push(risk);
        }
        lost.risks.dedup();
        lost
    }

    fn see(&mut self, deed: &Deed<'_>, script: &mut ScriptLosses) {
        match deed {
            Deed::MakesTable { table, if_not_exists, columns } => {
                let again = script.dropped.iter().any(|dropped| dropped.names.iter().any(|name| name.may_be(table)));
                if again || !if_not_exists {
                    script.made.make(table, columns);
                }
            }
            Deed::AddsColumn { table, column, .. } => script.added.push((table.to_owned(), column.to_string())),
            Deed::AltersTable { table } => add(&mut script.lost.altered, [script.made.origin(table)]),
            Deed::Copies(copy) => {
                script.lost.writes_rows = true;
                script.made.copy(copy);
            }
            Deed::Guards { table } => script.made.guard(table),
            Deed::RenamesTable { from, to } => {
                if !script.made.rename(from, to) {
                    self.renamed.push(Renamed::Table { from: from.to_owned(), to: to.to_owned() });
                }
            }
            Deed::RenamesColumn { table, from, to } => {
                script.made.spoil(table);
                script.made.rename_column(table, from, to);
                let (from, to) = (from.to_string(), to.to_string());
                self.renamed.push(Renamed::Column { table: table.to_owned(), from, to });
            }
            Deed::RenamesSchema { from, to } => {
                script.made.forget();
                self.renamed.push(Renamed::Schema { from: from.to_string(), to: to.to_string() });
            }
            Deed::LooksIn { schemas } => {
                script.made.forget();
                add(&mut self.path, schemas.iter().map(ToString::to_string));
            }
            Deed::DropsTable { table } => self.drop_table(table, script),
            Deed::DropsColumn { table, column } => {
                script.made.spoil(table);
                if !script.made.has(table) && !script.has_added(self.dialect, table, column) {
                    let loss = Loss::Values { table: table.to_owned(), column: column.to_string() };
                    script.accuse(self.as_they_are(&loss), &Measure::All);
                }
            }
            Deed::Loses { what } => script.accuse(vec![Loss::Other { what: what.clone() }], &Measure::Never),
            Deed::EmptiesTable { .. }
            | Deed::Deletes { .. }
            | Deed::Changes { .. }
            | Deed::Converts { .. }
            | Deed::Hides { .. } => self.see_rows(deed, script),
        }
    }

    /// What is done to rows.
    fn see_rows(&mut self, deed: &Deed<'_>, script: &mut ScriptLosses) {
        let (table, loss, measure) = match deed {
            Deed::EmptiesTable { table } => (table, Loss::Rows { table: table.to_owned() }, Measure::All),
            Deed::Deletes { table, taken } => {
                (table, Loss::Deleted { table: table.to_owned() }, measured(taken.as_ref()))
            }
            Deed::Changes { table, taken, .. } => {
                (table, Loss::Changed { table: table.to_owned() }, measured(taken.as_ref()))
            }
            Deed::Converts { table, column, to, using } => {
                let Risk { loss, measure } = conversion(table, column, to, *using);
                (table, loss, measure)
            }
            Deed::Hides { what } => {
                script.lost.writes_rows = true;
                script.lost.hides = true;
                script.made.forget();
                return script.accuse(vec![Loss::Other { what: what.clone() }], &Measure::Step);
            }
            _ => return,
        };
        if !matches!(deed, Deed::Converts { .. } | Deed::EmptiesTable { .. }) {
            script.lost.writes_rows = true;
        }
        script.made.spoil(table);
        if !script.made.has(table) && !is_counter(self.dialect, table) {
            script.accuse(self.as_they_are(&loss), &measure);
        }
    }

    fn drop_table(&mut self, table: &Name<'_>, script: &mut ScriptLosses) {
        if !script.made.drop(table) {
            let origin = script.made.origin(table);
            let name = table.to_owned();
            script.dropped.push(DroppedTable { names: self.tables(&name), name, origin });
        }
    }

    /// A loss under every name that what it is of may have before the first script.
    fn as_they_are(&self, loss: &Loss) -> Vec<Loss> {
        let columns = |table: &Name<'static>, column: &str| self.columns(table, column);
        match loss {
            Loss::Rows { table } => self.tables(table).into_iter().map(|table| Loss::Rows { table }).collect(),
            Loss::Values { table, column } => {
                columns(table, column).into_iter().map(|(table, column)| Loss::Values { table, column }).collect()
            }
            Loss::Converted { table, column, how } => columns(table, column)
                .into_iter()
                .map(|(table, column)| Loss::Converted { table, column, how: how.clone() })
                .collect(),
            Loss::Deleted { table } => self.tables(table).into_iter().map(|table| Loss::Deleted { table }).collect(),
            Loss::Changed { table } => self.tables(table).into_iter().map(|table| Loss::Changed { table }).collect(),
            Loss::Other { .. } => vec![loss.clone()],
        }
    }

    /// The names that a table may have now: its own, and those that it has before it is renamed.
    fn tables(&self, table: &Name<'static>) -> Vec<Name<'static>> {
        let mut names = self.in_path(table);
        for renamed in self.renamed.iter().rev() {
            let before: Vec<_> = names.iter().filter_map(|name| renamed.table_before(name)).collect();
            add(&mut names, before);
        }
        names
    }

    fn in_path(&self, table: &Name<'static>) -> Vec<Name<'static>> {
        let schemas = if table.schema.is_none() { self.path.as_slice() } else { &[] };
        let there = schemas.iter().map(|schema| Name { schema: Some(schema.clone().into()), name: table.name.clone() });
        std::iter::once(table.clone()).chain(there).collect()
    }

    fn columns(&self, table: &Name<'static>, column: &str) -> Vec<(Name<'static>, String)> {
        let mut names: Vec<_> = self.in_path(table).into_iter().map(|table| (table, column.to_owned())).collect();
        for renamed in self.renamed.iter().rev() {
            let before: Vec<_> = names
                .iter()
                .filter_map(|(table, column)| match renamed.column_before(table, column) {
                    Some(before) => Some((table.clone(), before)),
                    None => Some((renamed.table_before(table)?, column.clone())),
                })
                .collect();
            add(&mut names, before);
        }
        names
    }
}

impl Renamed {
    fn table_before(&self, name: &Name<'static>) -> Option<Name<'static>> {
        match self {
            Self::Table { from, to } => to.may_be(name).then(|| from.clone()),
            Self::Schema { from, to } => {
                let is_it = name.schema.as_ref().is_some_and(|schema| schema.eq_ignore_ascii_case(to));
                is_it.then(|| Name { schema: Some(from.clone().into()), name: name.name.clone() })
            }
            Self::Column { .. } => None,
        }
    }

    fn column_before(&self, table: &Name<'static>, column: &str) -> Option<String> {
        match self {
            Self::Column { table: of, from, to } if of.may_be(table) && to.eq_ignore_ascii_case(column) => {
                Some(from.clone())
            }
            _ => None,
        }
    }
}

impl ScriptLosses {
    /// Whether a column is one that the script itself has added to a table that was there.
    fn has_added(&self, dialect: Dialect, table: &Name<'_>, column: &str) -> bool {
        self.added.iter().any(|(of, added)| is_exactly(dialect, of, table) && is_name(dialect, added, column))
    }

    fn note_conversion(&mut self, number: usize, deed: &Deed<'_>) {
        if let Deed::Converts { table, column, to, using } = deed
            && !self.made.has(table)
        {
            self.lost.conversions.push((number, conversion(table, column, to, *using)));
        }
    }

    fn accuse(&mut self, losses: Vec<Loss>, measure: &Measure) {
        let risks = losses.into_iter().map(|loss| Risk { loss, measure: measure.clone() });
        add(&mut self.lost.risks, risks);
    }

    /// What of a dropped table is in the one that has its name at the end, or the one that it had at first, is kept: SQLite's way to rebuild one.
    fn lost(mut self) -> Lost {
        let mut risks = Vec::new();
        let whole = if self.lost.hides { Measure::All } else { Measure::Dropped };
        for dropped in self.dropped {
            let DroppedTable { name, origin, .. } = &dropped;
            let kept = self.made.kept(origin, origin).or_else(|| self.made.kept(name, origin));
            let measure = kept.map_or_else(|| whole.clone(), Measure::Except);
            let losses = dropped.names.into_iter().map(|table| Loss::Rows { table });
            add(&mut risks, losses.map(|loss| Risk { loss, measure: measure.clone() }));
        }
        add(&mut risks, self.lost.risks);
        self.lost.risks = risks;
        self.lost
    }
}

/// What the head says of rows of a table that stays, only the step itself can tell.
fn risk_that_was_said(loss: Loss) -> Risk {
    match loss {
        Loss::Deleted { .. } | Loss::Changed { .. } => Risk { loss, measure: Measure::Step },
        _ => Risk::all(loss),
    }
}

fn conversion(table: &Name<'_>, column: &str, to: &str, using: Option<&str>) -> Risk {
    let how = format!("to {}", words(to));
    Risk {
        loss: Loss::Converted { table: table.to_owned(), column: column.to_owned(), how },
        measure: Measure::Converted { to: to.to_owned(), using: using.map(str::to_owned) },
    }
}

fn measured(taken: Option<&Taken>) -> Measure {
    taken.cloned().map_or(Measure::Step, Measure::Where)
}

/// Whether two losses are of the same thing, told in other words.
fn is_same(one: &Loss, other: &Loss) -> bool {
    match (one, other) {
        (Loss::Converted { table, column, .. }, Loss::Converted { table: of, column: other, .. }) => {
            table == of && column == other
        }
        // What the statement says of the rows that it takes is more exact than its head.
        (Loss::Deleted { .. }, Loss::Deleted { .. }) | (Loss::Changed { .. }, Loss::Changed { .. }) => false,
        _ => one == other,
    }
}

/// SQLite keeps there how far keys have counted, and what ANALYZE found.
fn is_counter(dialect: Dialect, table: &Name<'_>) -> bool {
    let name = table.name.to_ascii_lowercase();
    dialect == Dialect::Sqlite && (name == "sqlite_sequence" || name.starts_with("sqlite_stat"))
}

/// In one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Adds what is not there yet.
fn add<T: PartialEq>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

#[cfg(test)]
mod tests;
