//! What is to go: what was added, what can only be made anew, and what is in the way of an alteration. Never CASCADE.

use std::collections::BTreeSet;

use super::context::{UndoContext, is_disposable, is_type};
use super::name::{full, ident, owner, word};
use super::{
    OwnKind, OwnStatement, attribute, composite, domain, function, in_the_way, index, other, table_rebuild,
    type_rebuild, view,
};
use crate::catalog::{Body, Fact, Id, Inheritance, Kind, Object};

pub(super) fn added(context: &UndoContext<'_>) -> Vec<OwnStatement> {
    let mut set = DropSet { context, doomed: BTreeSet::new(), defaults: BTreeSet::new() };
    for object in &context.created {
        if !is_part_of_definition(object) && !table_rebuild::takes_along(context, object) {
            set.try_add(object);
        }
    }
    // A name that could not be given back yet makes definitions differ: only what was added goes, then.
    if context.renamed.is_empty() || set.doomed.is_empty() {
        obstacles(context).into_iter().for_each(|object| set.try_add(object));
    }
    set.statements()
}

/// Unchanged or altered objects that must be made anew, or are in the way.
fn obstacles<'a>(context: &UndoContext<'a>) -> Vec<&'a Object> {
    let mut found = Vec::new();
    for altered in context.altered.values() {
        match altered.now.kind() {
            Kind::View if view::must_rebuild(altered) => found.push(altered.now),
            Kind::MaterializedView if altered.has(&[Fact::Definition, Fact::Signature]) => found.push(altered.now),
            Kind::Function | Kind::Procedure | Kind::Aggregate if function::must_rebuild(altered) => {
                found.push(altered.now);
            }
            Kind::Index
            | Kind::Constraint
            | Kind::Trigger
            | Kind::Rule
            | Kind::Policy
            | Kind::Statistics
            | Kind::EventTrigger
                if altered.has(&[Fact::Definition, Fact::Valid]) && !index::is_to_be_completed(altered) =>
            {
                found.push(altered.now);
            }
            // The sequence of an identity column comes and goes with it.
            Kind::Sequence if altered.has(&[Fact::Identity]) && !altered.now.is_of_identity() => {
                found.push(altered.now);
            }
            Kind::Other if altered.has(&[Fact::Definition]) && other::can_be_made(altered.before) => {
                found.push(altered.now);
            }
            // No rows are in it.
            Kind::ForeignTable if altered.has(&[Fact::Definition]) => found.push(altered.now),
            Kind::Column if is_of_foreign_table(altered.now) && altered.has(&[Fact::Definition]) => {
                found.extend(altered.now.parent.and_then(|table| context.now.get(table)));
            }
            Kind::Table if table_rebuild::is_needed(altered) => {
                found.extend(table_rebuild::in_the_way(context, altered.now));
            }
            Kind::Column if in_the_way::must_clear(altered) => {
                found.extend(in_the_way::of_column(context, altered.now));
                found.extend(composite::in_the_way(context, altered.now));
            }
            Kind::EnumType | Kind::Domain | Kind::RangeType if type_rebuild::is_needed(altered) => {
                found.extend(in_the_way::of_type(context, altered.now));
            }
            _ => {}
        }
    }
    found
}

fn is_of_foreign_table(column: &Object) -> bool {
    column.parent.is_some_and(|table| table.kind == Kind::ForeignTable)
}

/// Labels of an enum type, columns of a view: their definition has them.
fn is_part_of_definition(object: &Object) -> bool {
    object.kind() == Kind::EnumLabel
        || object.kind() == Kind::Column
            && object.parent.is_some_and(|parent| matches!(parent.kind, Kind::View | Kind::MaterializedView))
}

struct DropSet<'c, 'a> {
    context: &'c UndoContext<'a>,
    doomed: BTreeSet<Id>,
    /// Columns whose default goes.
    defaults: BTreeSet<Id>,
}

impl<'a> DropSet<'_, 'a> {
    /// Adds an object and all that needs it, or nothing where something needs it that must stay.
    fn try_add(&mut self, object: &'a Object) {
        let (doomed, defaults) = (self.doomed.clone(), self.defaults.clone());
        if !self.add(object) {
            (self.doomed, self.defaults) = (doomed, defaults);
        }
    }

    fn add(&mut self, object: &'a Object) -> bool {
        if !self.doomed.insert(object.id) {
            return true;
        }
        let context = self.context;
        let schema = object.name.name.as_str();
        if object.kind() == Kind::Schema
            && !context
                .now
                .iter()
                .filter(|inner| inner.name.schema.as_deref() == Some(schema))
                .all(|inner| self.doomed.contains(&inner.id) || context.is_created(inner.id) && self.add(inner))
        {
            return false;
        }
        context.parts_of(object.id).all(|part| self.add(part))
            && context.users_of(object.id).all(|user| self.add_user(object, user))
    }

    fn add_user(&mut self, needed: &'a Object, user: &'a Object) -> bool {
        let is_added = self.context.is_created(user.id);
        let goes_with = user.parent.is_some_and(|parent| self.doomed.contains(&parent));
        if self.doomed.contains(&user.id) {
            true
        } else if is_added || goes_with || is_disposable(user.kind()) {
            // A part of what its parent decides stays with it.
            self.add(user)
        } else if user.is_generated() && !is_type(needed.kind()) {
            self.add(user)
        } else if user.kind() == Kind::Column && user.parent == needed.parent {
            // A default cannot name another column: this is a column of a partition key or a statistics target.
            true
        } else if user.kind() == Kind::Column && !is_type(needed.kind()) {
            self.defaults.insert(user.id);
            true
        } else {
            // An altered default needs it no longer.
            false
        }
    }

    fn statements(&self) -> Vec<OwnStatement> {
        let mut statements = Vec::new();
        for id in &self.defaults {
            if let Some(column) =
                self.context.now.get(*id).filter(|_| !self.goes_with_parent(*id) && !self.doomed.contains(id))
            {
                statements.push(attribute::drop_default(column));
            }
        }
        statements.extend(self.domains_in_a_circle().map(domain::drop_default));
        let mut order = DropOrder { set: self, entered: BTreeSet::new(), done: BTreeSet::new(), statements };
        // Last in the order of kinds comes first; schemas, which hold the rest, last.
        for id in self.doomed.iter().rev() {
            order.visit(*id);
        }
        order.statements
    }

    /// Domains whose default calls a function that needs the domain.
    fn domains_in_a_circle(&self) -> impl Iterator<Item = &'a Object> {
        let domains = self.doomed.iter().filter_map(|id| self.context.now.get(*id));
        domains.filter(|domain| self.context.users_of(domain.id).any(|user| is_in_a_circle(self.context, user, domain)))
    }

    fn goes_with_parent(&self, id: Id) -> bool {
        let parent = self.context.now.get(id).and_then(|object| object.parent);
        parent.is_some_and(|parent| self.doomed.contains(&parent) || self.goes_with_parent(parent))
    }
}

struct DropOrder<'s, 'c, 'a> {
    set: &'s DropSet<'c, 'a>,
    entered: BTreeSet<Id>,
    /// What there is a statement for.
    done: BTreeSet<Id>,
    statements: Vec<OwnStatement>,
}

impl DropOrder<'_, '_, '_> {
    fn visit(&mut self, id: Id) {
        let context = self.set.context;
        let Some(object) = context.now.get(id).filter(|object| self.set.doomed.contains(&object.id)) else { return };
        if self.set.goes_with_parent(id) {
            let top = object.parent.expect("it goes with its parent");
            if object.is_foreign_key() && self.entered.contains(&top) && !self.done.contains(&top) {
                // Two tables that refer to each other.
                if self.entered.insert(id) {
                    self.drop(object);
                }
                return;
            }
            context.users_of(id).filter(|user| user.parent != object.parent).for_each(|user| self.visit(user.id));
            return self.visit(top);
        }
        if !self.entered.insert(id) {
            return;
        }
        let users = context.users_of(id).filter(|user| user.parent != Some(id));
        users.filter(|user| !is_in_a_circle(context, object, user)).for_each(|user| self.visit(user.id));
        for part in context.parts_of(id) {
            context.users_of(part.id).filter(|user| user.parent != Some(id)).for_each(|user| self.visit(user.id));
        }
        if !Self::follows_parent(object) {
            self.statements.extend(self.detach(object));
            self.drop(object);
        }
    }

    fn drop(&mut self, object: &Object) {
        if let Some(statement) = drop(object) {
            self.done.insert(object.id);
            self.statements.push(statement);
        }
    }

    /// A foreign key to a partitioned table depends on each partition, which it lets go only where that is detached first.
    fn detach(&self, object: &Object) -> Option<OwnStatement> {
        let context = self.set.context;
        object.partition_bound()?;
        let parents = object.depends_on.iter().filter_map(|id| context.now.get(*id));
        let parent = parents
            .into_iter()
            .find(|parent| parent.body.table().is_some_and(|table| table.partition_key.is_some()))?;
        let is_reference = |user: &&Object| user.is_foreign_key() && !self.set.doomed.contains(&user.id);
        let parts = context.parts_of(parent.id).flat_map(|part| context.users_of(part.id));
        let is_referenced =
            context.users_of(parent.id).chain(parts).any(|user| is_reference(&user) && user.parent != Some(parent.id));
        let text = || format!("ALTER TABLE {} DETACH PARTITION {}", full(parent), full(object));
        is_referenced.then(|| OwnStatement::object(text()))
    }

    /// An index or a constraint that a partition has from its parent, a column that it inherits.
    fn follows_parent(object: &Object) -> bool {
        // Of a key or an index, either that of the parent goes too, or the partition must be detached first.
        match &object.body {
            Body::Column(column) => column.inheritance == Inheritance::Inherited,
            Body::Constraint(constraint) => constraint.origin.is_some(),
            Body::Index(index) => index.parent.is_some(),
            _ => false,
        }
    }
}

/// Whether the default of a domain, which goes first, is all that needs the function.
fn is_in_a_circle(context: &UndoContext<'_>, function: &Object, domain: &Object) -> bool {
    domain.body.domain().is_some_and(|body| body.default.is_some())
        && domain.depends_on.contains(&function.id)
        && context.users_of(domain.id).any(|user| user.id == function.id)
}

fn drop(object: &Object) -> Option<OwnStatement> {
    let parent = object.parent.map_or(Kind::Table, |parent| parent.kind);
    let name = ident(&object.name.name);
    Some(OwnStatement::object(match object.kind() {
        Kind::Column if parent == Kind::CompositeType => format!("ALTER TYPE {} DROP ATTRIBUTE {name}", owner(object)),
        Kind::Column => format!("ALTER {} {} DROP COLUMN {name}", word(parent), owner(object)),
        Kind::Constraint => format!("ALTER {} {} DROP CONSTRAINT {name}", word(parent), owner(object)),
        Kind::Trigger | Kind::Rule | Kind::Policy => {
            format!("DROP {} {name} ON {}", word(object.kind()), owner(object))
        }
        Kind::Sequence if object.is_of_identity() => return None,
        Kind::Other => format!("DROP {}", object.body.other()?.signature.as_ref()?),
        Kind::DefaultPrivilege => return super::default_privilege::remove(object),
        Kind::EnumLabel => return None,
        Kind::Index => return Some(index::drop(object)),
        Kind::Table => return Some(OwnStatement::new(OwnKind::DropTable, format!("DROP TABLE {}", full(object)))),
        kind => format!("DROP {} {}", word(kind), full(object)),
    }))
}
