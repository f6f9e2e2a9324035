//! What is missing is made, and what differs is altered: what something needs comes before it.

use std::collections::BTreeSet;

use super::context::{Altered, UndoContext};
use super::{
    OwnKind, OwnStatement, column, composite, constraint, default_privilege, domain, enum_type, function, index, other,
    schema, sequence, shared, table, table_rebuild, trigger, type_rebuild, view,
};
use crate::catalog::{Id, Kind, Object};

pub(super) fn missing(context: &UndoContext<'_>) -> Vec<OwnStatement> {
    let mut make = Make { context, entered: BTreeSet::new(), statements: Vec::new() };
    for object in context.before.iter() {
        make.visit(object);
    }
    let mut statements = make.statements;
    if statements.iter().any(|statement| statement.kind == OwnKind::CreateFunction) {
        // A body may name what is made after it.
        statements.insert(0, OwnStatement::new(OwnKind::Setting, "SET LOCAL check_function_bodies = off"));
    }
    statements
}

/// The same where rows have NULLs that their columns are to refuse again: they get the default.
pub(super) fn missing_with_defaults(context: &UndoContext<'_>) -> Vec<OwnStatement> {
    let mut statements: Vec<OwnStatement> = context.altered.values().filter_map(column::without_nulls).collect();
    if !statements.is_empty() {
        statements.extend(missing(context));
    }
    statements
}

struct Make<'c, 'a> {
    context: &'c UndoContext<'a>,
    entered: BTreeSet<Id>,
    statements: Vec<OwnStatement>,
}

impl<'a> Make<'_, 'a> {
    fn visit(&mut self, object: &'a Object) {
        if !self.entered.insert(object.id) {
            return;
        }
        self.visit_all(object);
        let is_missing_table = table::is_table(object.kind()) && self.context.missing.contains_key(&object.id);
        let is_rebuilt = self.context.altered.get(&object.id).is_some_and(table_rebuild::is_needed);
        if is_missing_table || is_rebuilt || object.kind() == Kind::CompositeType {
            let before = self.context.before;
            before.parts_of(object.id).filter(|part| table::is_inline(part)).for_each(|part| self.visit_all(part));
        }
        if object.kind() == Kind::CompositeType {
            self.statements.extend(composite::rebuild(self.context, object));
        }
        if table_rebuild::covers(self.context, object) {
            // The table brings it, or the next round.
        } else if self.context.missing.contains_key(&object.id) {
            let made = create(self.context, object);
            self.statements.extend(made);
        } else if let Some(altered) = self.context.altered.get(&object.id) {
            let made = alter(self.context, altered);
            self.statements.extend(made);
        }
    }

    /// Visits what an object needs.
    fn visit_all(&mut self, object: &'a Object) {
        let before = self.context.before;
        let parent = object.parent.filter(|_| object.kind() != Kind::Sequence);
        // Schemas come first in the order of kinds.
        let schemas = self.context.missing.values().take_while(|other| other.kind() == Kind::Schema);
        let schema = schemas.copied().find(|other| Some(&other.name.name) == object.name.schema.as_ref());
        schema.iter().for_each(|schema| self.visit(schema));
        for id in parent.iter().chain(&object.depends_on) {
            if let Some(needed) = before.get(*id) {
                self.visit(needed);
            }
        }
    }
}

fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    match object.kind() {
        Kind::Schema | Kind::Extension => schema::create(object),
        Kind::EnumType => enum_type::create(object),
        Kind::CompositeType => composite::create(context, object),
        Kind::RangeType => vec![OwnStatement::object(type_rebuild::create_range(object))],
        Kind::Domain => domain::create(context, object),
        Kind::Sequence => sequence::create(context, object),
        Kind::Function | Kind::Procedure | Kind::Aggregate => function::create(object),
        Kind::Table | Kind::ForeignTable => table::create(context, object),
        Kind::Column => column::create(context, object),
        Kind::Index => index::create(context, object),
        Kind::Constraint => constraint::create(context, object),
        Kind::View | Kind::MaterializedView => view::create(object),
        Kind::Statistics | Kind::Rule | Kind::Trigger | Kind::EventTrigger => trigger::create(object),
        Kind::Policy => trigger::create_policy(object),
        Kind::DefaultPrivilege => default_privilege::create(object),
        Kind::Other => other::create(object),
        Kind::EnumLabel | Kind::VirtualTable | Kind::Setting => Vec::new(),
    }
}

fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let mut statements = match altered.now.kind() {
        Kind::Extension => schema::alter(altered),
        Kind::EnumType | Kind::RangeType => type_rebuild::alter(context, altered),
        Kind::Domain if type_rebuild::is_needed(altered) => type_rebuild::alter(context, altered),
        Kind::Domain => domain::alter(altered),
        Kind::Sequence => sequence::alter(context, altered),
        Kind::Function | Kind::Procedure => function::alter(altered),
        Kind::Table if table_rebuild::is_needed(altered) => return table_rebuild::alter(context, altered),
        Kind::Table | Kind::ForeignTable => table::alter(context, altered),
        Kind::Column => column::alter(context, altered),
        Kind::View | Kind::MaterializedView => view::alter(context, altered),
        Kind::Index => index::alter(context, altered),
        Kind::Constraint => constraint::alter(context, altered),
        Kind::Statistics | Kind::Rule | Kind::Trigger | Kind::EventTrigger => trigger::alter(altered),
        Kind::DefaultPrivilege => default_privilege::alter(altered),
        _ => Vec::new(),
    };
    statements.extend(shared::alter(altered));
    statements
}
