//! The twelve steps by which SQLite's documentation changes a table: made again, filled, and put in its place.

use super::dice::Dice;
use super::schema::{Table, list, quote};
use super::statement::{Deed, Statement};
use super::values::Kind;
use super::world::World;

pub(super) fn step(world: &mut World, at: usize, dice: &mut Dice) -> Option<Statement> {
    if world.reuses_names {
        return None;
    }
    let old = world.tables[at].clone();
    let mut new = old.clone();
    let mut deeds = Vec::new();
    let place = dice.below(new.columns.len());
    let is_of_key = old.is_of_key(&old.columns[place].name);
    let column = &mut new.columns[place];
    let lost = Deed::LoseColumn { table: old.name.clone(), column: column.name.clone() };
    match dice.below(7) {
        0 if column.computed.is_none() => column.is_required = !column.is_required,
        1 if !is_of_key && column.computed.is_none() => {
            column.kind = if column.kind == Kind::Integer { Kind::Text } else { Kind::Integer };
            let declared = if column.kind == Kind::Integer { "INTEGER" } else { "TEXT" };
            declared.clone_into(&mut column.declared);
            deeds.push(lost);
        }
        2 if !is_of_key && old.columns.len() > 1 => {
            new.columns.remove(place);
            deeds.push(lost);
        }
        3 => {
            let more = world.random_column(&old, dice)?;
            new.columns.push(more);
        }
        4 if column.parent.is_some() => column.parent = None,
        5 => column.check = None,
        6 if !old.has_no_rowid => new.triggers.clear(),
        _ => {}
    }
    if dice.percent(25) {
        new.indexes.clear();
    }
    // A column that is gone takes its indexes along.
    let has = |name: &String| new.columns.iter().any(|column| column.name == *name);
    let kept = new.create_rest();
    let gone: Vec<String> = old.columns.iter().map(|column| column.name.clone()).filter(|name| !has(name)).collect();
    if kept.iter().any(|text| gone.iter().any(|name| text.contains(&quote(name)))) {
        return None;
    }
    let texts = texts(&old, &new);
    if !world.tries(&texts, true) {
        return None;
    }
    let inverse = self::texts(&new, &old);
    world.tables[at] = new;
    Some(Statement { texts, deeds, inverse })
}

fn texts(old: &Table, new: &Table) -> Vec<String> {
    let name = format!("new_{}", old.name);
    let both = new.written().into_iter().filter(|column| old.written().iter().any(|other| other.name == column.name));
    let columns = list(both.map(|column| column.name.as_str()));
    let mut texts = vec![
        new.create(&name),
        format!("INSERT INTO {0} ({columns}) SELECT {columns} FROM {1}", quote(&name), old.quoted()),
        format!("DROP TABLE {}", old.quoted()),
        format!("ALTER TABLE {} RENAME TO {}", quote(&name), old.quoted()),
    ];
    texts.extend(new.create_rest());
    texts
}
