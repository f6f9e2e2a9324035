//! What scripts that run one after the other lose of what is there before the first.

use super::effects::{Effect, effects};
use super::{Dialect, Loss, Name, Statement};

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

/// What is known of the script at hand.
#[derive(Debug, Default)]
struct Script {
    losses: Vec<Loss>,
    /// Tables that it makes.
    made: Vec<Name<'static>>,
    added: Vec<(Name<'static>, String)>,
    /// Tables of which it reads every row, to write it somewhere else.
    copied: Vec<Name<'static>>,
    /// Tables that it drops: by the names that they may have now, and whether they were copied before.
    dropped: Vec<(Vec<Name<'static>>, bool)>,
}

impl Losing {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, renamed: Vec::new(), path: Vec::new() }
    }

    /// What the next script loses: what it says of itself, or else what its statements show.
    pub(crate) fn next<'a>(
        &mut self,
        statements: impl Iterator<Item = Statement<'a>>,
        said: Option<&[Loss]>,
    ) -> Vec<Loss> {
        let said: Option<Vec<Loss>> = said.map(|said| said.iter().flat_map(|loss| self.as_they_are(loss)).collect());
        let mut script = Script::default();
        for statement in statements {
            for effect in effects(self.dialect, &statement) {
                self.see(&effect, &mut script);
            }
        }
        self.path.clear();
        let mut losses = Vec::new();
        add(&mut losses, said.unwrap_or_else(|| script.losses()));
        losses
    }

    fn see(&mut self, effect: &Effect<'_>, script: &mut Script) {
        match effect {
            Effect::MakesTable { table, if_not_exists } => {
                let again = script.dropped.iter().any(|(names, _)| contains(names, table));
                if again || !if_not_exists {
                    script.made.push(table.to_owned());
                }
            }
            Effect::AddsColumn { table, column } => script.added.push((table.to_owned(), column.to_string())),
            Effect::Copies { table } => script.copied.push(table.to_owned()),
            Effect::RenamesTable { from, to } => self.rename_table(from, to, script),
            Effect::RenamesColumn { table, from, to } => self.renamed.push(Renamed::Column {
                table: table.to_owned(),
                from: from.to_string(),
                to: to.to_string(),
            }),
            Effect::RenamesSchema { from, to } => {
                self.renamed.push(Renamed::Schema { from: from.to_string(), to: to.to_string() });
            }
            Effect::DropsTable { table } => self.drop_table(table, script),
            Effect::EmptiesTable { table } if !contains(&script.made, table) => {
                script.losses.extend(self.as_they_are(&Loss::Rows { table: table.to_owned() }));
            }
            Effect::DropsColumn { table, column } if !script.has_made(table, column) => {
                let loss = Loss::Values { table: table.to_owned(), column: column.to_string() };
                script.losses.extend(self.as_they_are(&loss));
            }
            Effect::EmptiesTable { .. } | Effect::DropsColumn { .. } => {}
            Effect::LooksIn { schemas } => add(&mut self.path, schemas.iter().map(ToString::to_string)),
            Effect::Loses { what } => script.losses.push(Loss::Other { what: what.clone() }),
        }
    }

    fn rename_table(&mut self, from: &Name<'_>, to: &Name<'_>, script: &mut Script) {
        if contains(&script.made, from) {
            script.made.retain(|made| !made.may_be(from));
            script.made.push(to.to_owned());
        } else {
            self.renamed.push(Renamed::Table { from: from.to_owned(), to: to.to_owned() });
        }
    }

    fn drop_table(&mut self, table: &Name<'_>, script: &mut Script) {
        if contains(&script.made, table) {
            script.made.retain(|made| !made.may_be(table));
            return;
        }
        let names = self.tables(&table.to_owned());
        script.dropped.push((names, contains(&script.copied, table)));
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

impl Script {
    /// Whether a column, or its table, is one that the script itself has made.
    fn has_made(&self, table: &Name<'_>, column: &str) -> bool {
        contains(&self.made, table)
            || self.added.iter().any(|(of, added)| of.may_be(table) && added.eq_ignore_ascii_case(column))
    }

    /// A table that is dropped is kept where its rows were copied first, and it is made again: SQLite's way to rebuild one.
    fn losses(self) -> Vec<Loss> {
        let lost = self
            .dropped
            .into_iter()
            .filter(|(names, copied)| !copied || !names.iter().any(|name| contains(&self.made, name)))
            .flat_map(|(names, _)| names)
            .map(|table| Loss::Rows { table });
        lost.chain(self.losses).collect()
    }
}

/// Adds what is not there yet.
fn add<T: PartialEq>(list: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

fn contains(names: &[Name<'static>], name: &Name<'_>) -> bool {
    names.iter().any(|known| known.may_be(name))
}

#[cfg(test)]
mod tests;
