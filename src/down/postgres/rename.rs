//! Names back. Parts of a table come before the table, since their statements name it as it is now.

use super::context::UndoContext;
use super::name::{base, full, ident, literal, owner, word};
use super::{OwnKind, OwnStatement, altering};
use crate::catalog::{Kind, Object};

pub(super) fn back(context: &UndoContext<'_>) -> Vec<OwnStatement> {
    // A schema or a type changes the names of what is in it or uses it: those are looked at again afterwards.
    for kinds in
        [&[Kind::Schema][..], &[Kind::EnumType, Kind::CompositeType, Kind::RangeType, Kind::Domain, Kind::EnumLabel]]
    {
        let statements = those(context, |object| kinds.contains(&object.kind()));
        if !statements.is_empty() {
            return statements;
        }
    }
    let mut statements = those(context, |object| object.name.owner.is_some());
    statements.extend(those(context, |object| object.name.owner.is_none()));
    statements.extend(sequences_of_columns(context));
    statements
}

/// A table that was made anew under another name has its sequences by that name: they are given theirs, and keep their numbers.
fn sequences_of_columns(context: &UndoContext<'_>) -> Vec<OwnStatement> {
    let missing = context.missing.values().filter(|object| object.kind() == Kind::Sequence);
    let found = missing.filter_map(|before| Some((*before, the_only_one(context, before)?)));
    found.flat_map(|(before, now)| one(context, before, now)).collect()
}

/// The new sequence of the column that this one belonged to, where there is one for one.
fn the_only_one<'a>(context: &UndoContext<'a>, before: &Object) -> Option<&'a Object> {
    let column = context.now_of(before.parent?)?.id;
    let is_alike = |object: &&&Object| {
        object.kind() == Kind::Sequence
            && object.parent == Some(column)
            && object.is_of_identity() == before.is_of_identity()
    };
    let mut new = context.created.iter().filter(is_alike);
    let rivals =
        context.missing.values().filter(|other| other.kind() == Kind::Sequence && other.parent == before.parent);
    (rivals.count() == 1).then(|| new.next().copied()).flatten().filter(|_| new.next().is_none())
}

/// What tells functions of one name apart.
fn arguments_of(object: &Object) -> Option<&str> {
    object.body.function()?.arguments.as_deref()
}

fn those(context: &UndoContext<'_>, wanted: impl Fn(&Object) -> bool) -> Vec<OwnStatement> {
    let chosen = context.renamed.iter().filter(|(before, _)| wanted(before));
    chosen.flat_map(|(before, now)| one(context, before, now)).collect()
}

fn one(context: &UndoContext<'_>, before: &Object, now: &Object) -> Vec<OwnStatement> {
    if matches!(now.kind(), Kind::Extension | Kind::Other | Kind::DefaultPrivilege) || follows(now) {
        return Vec::new();
    }
    let mut statements = Vec::new();
    let mut here = now.clone();
    let moves = before.name.owner.is_none() && before.name.schema != now.name.schema && !moves_with_table(context, now);
    if moves && let Some(schema) = before.name.schema.as_deref() {
        if !schema_exists(context, schema) || occupied(context, before, base(now)) != Occupied::No {
            return Vec::new();
        }
        let text = format!("ALTER {} {} SET SCHEMA {}", word(now.kind()), full(now), ident(schema));
        statements.push(OwnStatement::object(text));
        here.name.schema.clone_from(&before.name.schema);
    }
    if base(before) != base(now) {
        match occupied(context, before, base(before)) {
            Occupied::No => statements.push(named(&here, base(before))),
            // Two names were exchanged: one of them steps aside for a round.
            Occupied::Exchanged => statements.push(named(&here, &aside(base(before)))),
            Occupied::Yes => {}
        }
    }
    statements
}

fn aside(name: &str) -> String {
    let mut short = name.to_owned();
    while short.len() > 55 {
        short.pop();
    }
    format!("{short}_aside")
}

/// What its parent's name decides.
fn follows(now: &Object) -> bool {
    now.is_inherited()
}

fn moves_with_table(context: &UndoContext<'_>, now: &Object) -> bool {
    matches!(now.kind(), Kind::Sequence | Kind::Index)
        && now.parent.and_then(|parent| context.now.get(parent)).is_some_and(|parent| {
            let table = parent.parent.filter(|_| parent.kind() == Kind::Column).unwrap_or(parent.id);
            context.renamed.iter().any(|(_, renamed)| renamed.id == table)
        })
        || now.kind() == Kind::Index
}

fn schema_exists(context: &UndoContext<'_>, schema: &str) -> bool {
    context.now.of_kind(Kind::Schema).any(|object| object.name.name == schema)
}

#[derive(PartialEq, Eq)]
enum Occupied {
    No,
    /// By what is to be renamed too.
    Exchanged,
    Yes,
}

/// Whether something else has this name where the object is to be.
fn occupied(context: &UndoContext<'_>, before: &Object, name: &str) -> Occupied {
    let other = context.now.iter().find(|other| {
        other.id != before.id
            && base(other) == name
            && shares_names(before.kind(), other.kind())
            && if before.name.owner.is_some() {
                context
                    .now_of(before.id)
                    .is_some_and(|now| now.name.owner == other.name.owner && now.name.schema == other.name.schema)
            } else {
                other.name.schema == before.name.schema && arguments_of(other) == arguments_of(before)
            }
    });
    match other {
        None => Occupied::No,
        Some(other) if context.renamed.iter().any(|(_, now)| now.id == other.id) => Occupied::Exchanged,
        Some(_) => Occupied::Yes,
    }
}

/// Relations have one name space, functions and types others.
fn shares_names(one: Kind, other: Kind) -> bool {
    let space = |kind| match kind {
        Kind::Table
        | Kind::ForeignTable
        | Kind::View
        | Kind::MaterializedView
        | Kind::Sequence
        | Kind::Index
        | Kind::CompositeType => Kind::Table,
        Kind::Function | Kind::Procedure | Kind::Aggregate => Kind::Function,
        Kind::EnumType | Kind::RangeType | Kind::Domain => Kind::EnumType,
        other => other,
    };
    space(one) == space(other)
}

fn named(now: &Object, name: &str) -> OwnStatement {
    let kind = if now.kind() == Kind::Table { OwnKind::RenameTable } else { altering(now) };
    OwnStatement::new(kind, rename(now, name))
}

fn rename(now: &Object, name: &str) -> String {
    let kind = now.kind();
    let old = ident(&now.name.name);
    match kind {
        Kind::Column => match now.parent.map(|parent| parent.kind) {
            Some(Kind::CompositeType) => {
                format!("ALTER TYPE {} RENAME ATTRIBUTE {old} TO {}", owner(now), ident(name))
            }
            parent => {
                format!(
                    "ALTER {} {} RENAME COLUMN {old} TO {}",
                    word(parent.unwrap_or(Kind::Table)),
                    owner(now),
                    ident(name)
                )
            }
        },
        Kind::Constraint => {
            let word = word(now.parent.map_or(Kind::Table, |parent| parent.kind));
            format!("ALTER {word} {} RENAME CONSTRAINT {old} TO {}", owner(now), ident(name))
        }
        Kind::EnumLabel => {
            format!("ALTER TYPE {} RENAME VALUE {} TO {}", owner(now), literal(&now.name.name), literal(name))
        }
        Kind::Trigger | Kind::Rule | Kind::Policy => {
            format!("ALTER {} {old} ON {} RENAME TO {}", word(kind), owner(now), ident(name))
        }
        _ => format!("ALTER {} {} RENAME TO {}", word(kind), full(now), ident(name)),
    }
}
