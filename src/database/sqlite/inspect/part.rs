//! What a line of `sqlite_schema` is in a snapshot: made once, as long as neither it nor what it is of changes.

use std::rc::Rc;

use super::identity::{Identities, KnownTables};
use super::lines::{Line, LinePart, PartOf};
use super::table::{ColumnDefinition, CreateTable};
use super::{TableEntry, WholeObject};
use crate::catalog::{self, Body, Id, IndexText, Kind, NotNull, Object, ObjectName, SharedObject, Written};
use crate::sql::{Dialect, normal, tokens};

/// That of a table. The numbers of its columns are those that are known.
pub(super) fn of_table(line: &Line, table: &Rc<CreateTable>, known: &Rc<KnownTables>) -> Rc<LinePart> {
    if let Some(part) = &*line.part.borrow()
        && matches!(&part.what, PartOf::Table { known: last, .. } if Rc::ptr_eq(last, known))
    {
        return Rc::clone(part);
    }
    let part = Rc::new(table_part(line, table, known));
    line.part.replace(Some(Rc::clone(&part)));
    part
}

/// That of an index, a view, a trigger, a virtual table.
pub(super) fn of_other(line: &Line, identities: &mut Identities) -> Rc<LinePart> {
    let kind = line.other_kind();
    let parent = parent(kind, &line.lower_table, identities);
    let id = Id { kind, object: identities.other(kind, &line.lower), part: 0 };
    if let Some(part) = &*line.part.borrow()
        && matches!(&part.what, PartOf::Other { id: last, parent: of, .. } if (*last, *of) == (id, parent))
    {
        return Rc::clone(part);
    }
    let part = Rc::new(other_part(line, id, parent));
    line.part.replace(Some(Rc::clone(&part)));
    part
}

/// What an index or a trigger goes with.
fn parent(kind: Kind, table: &str, identities: &mut Identities) -> Option<Id> {
    if !matches!(kind, Kind::Index | Kind::Trigger) {
        return None;
    }
    let id = |kind, object| Id { kind, object, part: 0 };
    match identities.table(table) {
        Some(known) => Some(id(Kind::Table, known.id)),
        // A trigger instead of what would be done to a view.
        None => Some(id(Kind::View, identities.other(Kind::View, table))),
    }
}

fn table_part(line: &Line, table: &Rc<CreateTable>, known: &Rc<KnownTables>) -> LinePart {
    let id = Id { kind: Kind::Table, object: known.id, part: 0 };
    // Columns are objects of their own: what is left are constraints of the table, and its options.
    let body = catalog::Table {
        constraints: Some(Written::constraints(&table.constraints)),
        trailing: Some(table.options.clone()),
        ..catalog::Table::default()
    };
    let mut objects = vec![SharedObject::new(object(id, None, &line.name, Body::Table(body)))];
    let mut columns = Vec::with_capacity(table.columns.len());
    for (position, column) in (1..).zip(&table.columns) {
        let part = known.column(&column.name);
        columns.push(part);
        let own = Id { kind: Kind::Column, object: known.id, part };
        let object = object(own, Some(&line.name), &column.name, Body::Column(column_body(column, position)));
        objects.push(SharedObject::new(Object { parent: Some(id), ..object }));
    }
    let entry = TableEntry {
        id: known.id,
        name: line.name.clone(),
        root: line.root,
        table: Rc::clone(table),
        columns,
        places: known.places().clone(),
    };
    LinePart { objects, what: PartOf::Table { known: Rc::clone(known), entry } }
}

fn other_part(line: &Line, id: Id, parent: Option<Id>) -> LinePart {
    let definition = normal(&line.sql, &tokens(Dialect::Sqlite, &line.sql));
    let owner = matches!(id.kind, Kind::Trigger).then_some(line.table.as_str());
    let object = object(id, owner, &line.name, other_body(id.kind, &definition));
    let whole = WholeObject {
        kind: id.kind,
        name: line.name.clone(),
        table: line.table.clone(),
        sql: Rc::from(line.sql.as_str()),
        definition: Rc::from(definition),
    };
    LinePart {
        objects: vec![SharedObject::new(Object { parent, ..object })],
        what: PartOf::Other { id, parent, whole },
    }
}

pub(super) fn object(id: Id, owner: Option<&str>, name: &str, body: Body) -> Object {
    let name = ObjectName { schema: None, owner: owner.map(str::to_owned), name: name.to_owned() };
    Object { body, ..Object::new(id, name) }
}

/// What a column's text says, besides the text.
fn column_body(column: &ColumnDefinition, position: u32) -> catalog::Column {
    catalog::Column {
        written: Some(Written::column(&column.name, &column.definition)),
        position: Some(position),
        data_type: Some(column.datatype.clone()).filter(|datatype| !datatype.is_empty()),
        not_null: column.is_not_null().then(NotNull::default),
        default: column.default.clone(),
        generated: column.generated(),
        ..catalog::Column::default()
    }
}

/// What is created as a whole is its text, in normal form.
fn other_body(kind: Kind, definition: &str) -> Body {
    let text = Some(definition.to_owned());
    match kind {
        Kind::Index => {
            let definition = Some(IndexText::read(Dialect::Sqlite, definition));
            Body::Index(catalog::Index { definition, ..catalog::Index::default() })
        }
        Kind::View => Body::View(catalog::View { definition: text, ..catalog::View::default() }),
        Kind::VirtualTable => Body::VirtualTable(catalog::VirtualTable { definition: text }),
        _ => Body::Trigger(catalog::Trigger { definition: text, ..catalog::Trigger::default() }),
    }
}
