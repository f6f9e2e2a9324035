use std::collections::BTreeSet;

use super::cursor::Cursor;
use super::heading::{CreateForm, Heading, Subject};
use super::{Dialect, Name, RowStatement, Shape, Statement, StatementKind};

/// Whether a script asks for foreign keys not to be enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum EnforcementRequest {
    #[default]
    Unchanged,
    /// It has `PRAGMA foreign_keys = OFF`.
    SwitchedOff,
}

/// SQLite: what a script does that foreign keys must be guarded against. Names are as the script writes them;
/// [`Name::may_be`] compares them as SQLite does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shapes {
    pub(crate) enforcement: EnforcementRequest,
    /// Tables that are dropped, in order; without those that the script itself has made, and that no row can refer to.
    pub(crate) dropped: Vec<Name<'static>>,
    /// Tables that are renamed, from and to, in order.
    pub(crate) renamed: Vec<(Name<'static>, Name<'static>)>,
    /// Tables from which DELETE or REPLACE removes rows, but not while the script has foreign keys off.
    pub(crate) deleted: BTreeSet<Name<'static>>,
    /// Tables whose rows an UPDATE changes, but not while the script has foreign keys off.
    pub(crate) updated: BTreeSet<Name<'static>>,
    /// Tables that the script has made, and that no row of a table that was there can refer to.
    own: Vec<Name<'static>>,
    /// The last `PRAGMA foreign_keys` so far was OFF: whoever wrote it wants no actions of foreign keys.
    is_off: bool,
}

impl Shapes {
    /// Whether a table is dropped or renamed, so that the step needs the guard.
    pub(crate) fn need_guard(&self) -> bool {
        !self.dropped.is_empty() || !self.renamed.is_empty()
    }

    pub(super) fn see(&mut self, statement: &Statement<'_>) {
        self.own.extend(made_for_itself(statement));
        match &statement.kind {
            StatementKind::Shape(Shape::DropTable { name }) => match self.own.iter().position(|own| is_same(own, name))
            {
                Some(own) => {
                    self.own.remove(own);
                }
                None => self.dropped.push(name.to_owned()),
            },
            StatementKind::Shape(Shape::RenameTable { from, to }) => {
                self.renamed.push((from.to_owned(), to.to_owned()));
            }
            StatementKind::Rows(_) if self.is_off => {}
            StatementKind::Rows(RowStatement::Delete { table } | RowStatement::Replace { table }) => {
                insert(&mut self.deleted, table);
            }
            StatementKind::Rows(RowStatement::Update { table }) => insert(&mut self.updated, table),
            StatementKind::Pragma(pragma) if pragma.is("foreign_keys") && pragma.value.is_some() => {
                self.is_off = pragma.switches_off();
                if self.is_off {
                    self.enforcement = EnforcementRequest::SwitchedOff;
                }
            }
            _ => {}
        }
    }
}

/// The table that a statement makes, where no foreign key can name it: a temporary one, or one without keys (CREATE TABLE ... AS).
fn made_for_itself(statement: &Statement<'_>) -> Option<Name<'static>> {
    let mut cursor = Cursor::new(Dialect::Sqlite, statement.strings, statement.text);
    cursor.word("create").then_some(())?;
    let heading = Heading::created(cursor)?;
    let is_plain_table = heading.subject == Subject::Listed("table") && heading.form == CreateForm::Plain;
    (is_plain_table && !heading.is_conditional).then_some(())?;
    let is_temporary = heading.is_temporary;
    let mut cursor = heading.name;
    let name = cursor.name()?;
    let in_temp = |name: &Name<'_>| name.schema.as_ref().is_some_and(|schema| schema.eq_ignore_ascii_case("temp"));
    if is_temporary || in_temp(&name) {
        return Some(Name { schema: Some("temp".into()), name: name.name }.to_owned());
    }
    cursor.word("as").then(|| name.to_owned())
}

/// Whether a DROP TABLE names it: the temporary one is found before others, and `main` before attached ones.
fn is_same(own: &Name<'_>, dropped: &Name<'_>) -> bool {
    let schema = |name: &Name<'_>| name.schema.as_ref().map_or("main".to_owned(), |schema| schema.to_ascii_lowercase());
    let is_found = dropped.schema.is_none() && schema(own) == "temp";
    own.name.eq_ignore_ascii_case(&dropped.name) && (is_found || schema(own) == schema(dropped))
}

/// A script may have a million REPLACE of one table: only the first is copied.
fn insert(names: &mut BTreeSet<Name<'static>>, name: &Name<'_>) {
    if !contains(names, name) {
        names.insert(name.to_owned());
    }
}

fn contains<'a>(names: &BTreeSet<Name<'a>>, name: &Name<'a>) -> bool {
    names.contains(name)
}
