//! The statements of an up that a verdict names.

use std::borrow::Cow;

use crate::catalog::{Catalog, Kind as ObjectKind, Object};
use crate::down::Rows;
use crate::source::Script;
use crate::source::reason::{self, ReasonForm};
use crate::sql::{
    Dialect, Effect, Loss, Name, OwnKind, OwnStatement, Shape, Statement, StatementKind, Touch, TouchKind, ValueSource,
    Verb,
};

/// The statements that change or remove rows, each in one line and cut where it is long.
pub(super) fn changes_rows(dialect: Dialect, script: &Script) -> Vec<String> {
    let statements = script.statements(dialect).unwrap_or_default();
    statements.iter().filter(|statement| changes(statement)).map(|statement| cut(statement.text)).collect()
}

/// What the statements of a down do to rows of tables that were there before the up and after it.
pub(super) fn losses_of(dialect: Dialect, down: &Script, before: &Catalog, after: &Catalog) -> Vec<Loss> {
    let statements = down.statements(dialect).unwrap_or_default();
    let loss = |statement: &Statement<'_>| {
        let touch = Effect::of(dialect, statement).rows()?;
        let (was, _) = table(before, &touch.table).zip(table(after, &touch.table))?;
        let name = Name { schema: was.name.schema.clone().map(Cow::Owned), name: was.name.name.clone().into() };
        match &touch.how {
            TouchKind::Removes => Some(Loss::Deleted { table: name }),
            TouchKind::Sets { columns, .. } if columns.iter().any(|name| column(before, was, name).is_some()) => {
                Some(Loss::Changed { table: name })
            }
            TouchKind::Sets { .. } | TouchKind::Adds { .. } => None,
        }
    };
    statements.iter().filter_map(loss).collect()
}

/// The derived statements that give rows a value where they have none, since the column is to refuse NULL again: users' rows too.
pub(super) fn of_fills(statements: &[OwnStatement]) -> Vec<String> {
    let fills = statements.iter().filter(|statement| statement.kind == OwnKind::Fill);
    fills.map(|fill| reason::FILLED.say(&[&cut(&fill.text)])).collect()
}

fn changes(statement: &Statement<'_>) -> bool {
    let changes = [Verb::Update, Verb::Delete, Verb::Truncate, Verb::Merge, Verb::Do, Verb::Unknown];
    matches!(statement.kind, StatementKind::Rows(_)) || changes.contains(&statement.verb)
}

fn cut(text: &str) -> String {
    const LONGEST: usize = 120;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() { format!("{cut} ...") } else { cut }
}

/// An up, with what there was before and after it.
pub(super) struct Up<'a> {
    pub(super) dialect: Dialect,
    pub(super) script: &'a Script,
    pub(super) before: &'a Catalog,
    pub(super) after: &'a Catalog,
    /// The rows that migrations had made.
    pub(super) rows: &'a Rows,
}

/// A table that stays, or is made anew.
struct KeptTable<'a> {
    before: &'a Object,
    after: &'a Object,
}

impl Up<'_> {
    /// The statements that change rows of tables that were there, whichever these are: what they do to users' rows is known only where
    /// seeded rows show it. One sentence each; `shown` are the tables of which they do.
    pub(super) fn unseen(&self, shown: impl Fn(&str) -> bool) -> Vec<String> {
        let statements = self.script.statements(self.dialect).unwrap_or_default();
        let renames: Vec<(Name<'_>, Name<'_>)> = statements.iter().filter_map(renamed).collect();
        let sentence = |statement: &Statement<'_>| {
            if self.is_hidden(statement) {
                return Some(reason::HIDDEN.say(&[&cut(statement.text)]));
            }
            let touch = Effect::of(self.dialect, statement).rows()?;
            let kept = self.kept(&touch.table, &renames)?;
            let is_known = shown(&touch.table.name) || self.is_of_own_rows(&touch);
            let form = self.cost(&touch.how, &kept).filter(|_| !is_known)?;
            Some(form.say(&[&cut(statement.text)]))
        };
        statements.iter().filter_map(sentence).collect()
    }

    /// Whether a statement calls code that may change rows: a block that has the words for it, or a function that migrations made.
    fn is_hidden(&self, statement: &Statement<'_>) -> bool {
        const VERBS: [&str; 6] = ["insert", "update", "delete", "truncate", "merge", "call"];
        // As in ON DELETE, FOR UPDATE, AFTER INSERT OR UPDATE OF, GRANT SELECT, INSERT.
        const NO_VERB_AFTER: [&str; 10] =
            ["on", "for", "before", "after", "or", "of", "grant", "revoke", "no", "select"];
        let words: Vec<String> = statement
            .text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let is_one_of = |all: &[&str], at: usize| words.get(at).is_some_and(|word| all.contains(&word.as_str()));
        match statement.verb {
            Verb::Do => (1..words.len()).any(|at| is_one_of(&VERBS, at) && !is_one_of(&NO_VERB_AFTER, at - 1)),
            Verb::Call | Verb::Execute | Verb::Unknown => true,
            Verb::Select | Verb::With => {
                let is_function = |kind| matches!(kind, ObjectKind::Function | ObjectKind::Procedure);
                let functions = self.before.iter().chain(self.after.iter()).filter(|object| is_function(object.kind()));
                let bare = |object: &Object| object.name.name.split('(').next().unwrap_or_default().to_lowercase();
                functions.map(bare).any(|name| words.contains(&name))
            }
            _ => false,
        }
    }

    fn is_of_own_rows(&self, touch: &Touch) -> bool {
        !matches!(touch.how, TouchKind::Adds { .. })
            && self.rows.of(&touch.table.name).is_some_and(|rows| !touch.given.is_empty() && rows.have(&touch.given))
    }

    /// What the statement may cost; nothing, where only what the down drops anyway is changed.
    fn cost(&self, how: &TouchKind, kept: &KeptTable<'_>) -> Option<ReasonForm<2>> {
        let was = |name: &String| column(self.before, kept.before, name).is_some();
        let is_new = |name: &String| {
            let now = column(self.after, kept.after, name);
            !was(name) && now.is_some_and(|now| self.before.get(now.id).is_none())
        };
        match how {
            TouchKind::Removes => Some(reason::REMOVES),
            TouchKind::Sets { columns, .. } if columns.iter().all(is_new) => None,
            // A column that comes to take another's place: whether its values do shows in any row.
            TouchKind::Sets { columns, values: ValueSource::Copied } if !columns.iter().any(was) => None,
            TouchKind::Sets { .. } => Some(reason::CHANGES),
            TouchKind::Adds { rows: ValueSource::Copied, computed } => {
                let is_old = |column: &String| column == "*" || was(column);
                let is_made_anew = kept.before.id != kept.after.id;
                let changes = is_made_anew && computed.iter().any(is_old);
                changes.then_some(reason::COMPUTES)
            }
            TouchKind::Adds { rows: ValueSource::Chosen, .. } => Some(reason::CHOOSES),
        }
    }

    /// The table of that name, unless it is new or goes; under the name that it has, had, or is given in between.
    fn kept(&self, name: &Name<'_>, renames: &[(Name<'_>, Name<'_>)]) -> Option<KeptTable<'_>> {
        let found = |name: &Name<'_>| -> Option<KeptTable<'_>> {
            let (before, after) = (table(self.before, name), table(self.after, name));
            match (before, after) {
                (Some(before), after) => self.after.get(before.id).or(after).map(|after| KeptTable { before, after }),
                (None, Some(after)) => self.before.get(after.id).map(|before| KeptTable { before, after }),
                (None, None) => None,
            }
        };
        let is = |other: &&(Name<'_>, Name<'_>), name: &Name<'_>| other.0.may_be(name) || other.1.may_be(name);
        found(name).or_else(|| {
            let mut others = renames.iter().filter(|rename| is(rename, name));
            others.find_map(|(from, to)| found(to).or_else(|| found(from)))
        })
    }
}

fn column<'a>(catalog: &'a Catalog, table: &Object, name: &str) -> Option<&'a Object> {
    let mut columns = catalog.iter().filter(|object| object.kind() == ObjectKind::Column);
    columns.find(|object| object.parent == Some(table.id) && object.name.name.eq_ignore_ascii_case(name))
}

fn table<'a>(catalog: &'a Catalog, name: &Name<'_>) -> Option<&'a Object> {
    let may_be = |object: &Object| {
        let schemas = object.name.schema.as_deref().zip(name.schema.as_deref());
        object.name.name.eq_ignore_ascii_case(&name.name) && schemas.is_none_or(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let is_table = |kind: ObjectKind| matches!(kind, ObjectKind::Table | ObjectKind::VirtualTable);
    catalog.iter().find(|object| is_table(object.kind()) && may_be(object))
}

/// Whether there is a table of that name, as SQL has it, in whatever schema.
pub(super) fn has_table(catalog: &Catalog, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
    table(catalog, &Name { schema: None, name: last.into() }).is_some()
}

fn renamed<'a>(statement: &Statement<'a>) -> Option<(Name<'a>, Name<'a>)> {
    match &statement.kind {
        StatementKind::Shape(Shape::RenameTable { from, to }) => Some((from.clone(), to.clone())),
        _ => None,
    }
}
