//! Statements of a migration that change the schema, rows with it or not.

use super::dice::Dice;
use super::rebuilding;
use super::schema::{Index, Table, list, quote};
use super::statement::{Deed, Statement};
use super::steps;
use super::world::World;

pub(super) fn step(world: &mut World, dice: &mut Dice) -> Option<Statement> {
    for _ in 0..12 {
        let at = (!world.tables.is_empty()).then(|| dice.below(world.tables.len()))?;
        let found = match dice.below(14) {
            0..=2 => add_column(world, at, dice),
            3..=4 => drop_column(world, at, dice),
            5 => rename_column(world, at, dice),
            6 => rename_table(world, at, dice),
            7 => drop_table(world, at, dice),
            8..=9 => create_table(world, dice),
            10 => index(world, at, dice),
            _ => rebuilding::step(world, at, dice),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// ADD COLUMN, and what fills it.
fn add_column(world: &mut World, at: usize, dice: &mut Dice) -> Option<Statement> {
    let table = world.tables[at].clone();
    let mut column = world.random_column(&table, dice)?;
    column.is_unique = false;
    let (name, quoted) = (table.quoted(), column.quoted());
    let mut texts = vec![format!("ALTER TABLE {name} ADD COLUMN {}", column.definition())];
    if column.computed.is_none() && dice.percent(60) {
        let from = dice.pick(&table.columns).quoted();
        let literal = column.kind.literal(dice);
        let value = dice.pick(&[from.clone(), format!("{from} || '!'"), literal]).clone();
        texts.push(format!("UPDATE {name} SET {quoted} = {value}"));
    }
    let inverse = vec![format!("ALTER TABLE {name} DROP COLUMN {quoted}")];
    if !world.tries(&texts, false) {
        return None;
    }
    world.tables[at].columns.push(column);
    Some(Statement::ddl(texts, Deed::None, inverse))
}

fn drop_column(world: &mut World, at: usize, dice: &mut Dice) -> Option<Statement> {
    let table = world.tables[at].clone();
    let column = dice.pick(&table.columns).clone();
    let (name, quoted) = (table.quoted(), column.quoted());
    let texts = vec![format!("ALTER TABLE {name} DROP COLUMN {quoted}")];
    if table.is_of_key(&column.name) || !world.tries(&texts, false) {
        return None;
    }
    world.tables[at].columns.retain(|other| other.name != column.name);
    let deed = Deed::LoseColumn { table: table.name, column: column.name.clone() };
    Some(Statement::ddl(texts, deed, vec![format!("ALTER TABLE {name} ADD COLUMN {}", column.definition())]))
}

fn rename_column(world: &mut World, at: usize, dice: &mut Dice) -> Option<Statement> {
    let table = world.tables[at].clone();
    let from = dice.pick(&table.columns).name.clone();
    let to = World::free_column(&table.columns, dice)?;
    let to = if world.reuses_names { to } else { world.next("renamed") };
    let rename =
        |from: &str, to: &str| format!("ALTER TABLE {} RENAME COLUMN {} TO {}", table.quoted(), quote(from), quote(to));
    let texts = vec![rename(&from, &to)];
    if !world.tries(&texts, false) {
        return None;
    }
    world.rename_column(&table.name, &from, &to);
    let inverse = vec![rename(&to, &from)];
    Some(Statement::ddl(texts, Deed::RenameColumn { table: table.name, from, to }, inverse))
}

fn rename_table(world: &mut World, at: usize, dice: &mut Dice) -> Option<Statement> {
    let (from, to) = (world.tables[at].name.clone(), world.free_table(dice));
    let rename = |from: &str, to: &str| format!("ALTER TABLE {} RENAME TO {}", quote(from), quote(to));
    let texts = vec![rename(&from, &to)];
    if !world.tries(&texts, false) {
        return None;
    }
    world.rename_table(&from, &to);
    let inverse = vec![rename(&to, &from)];
    Some(Statement::ddl(texts, Deed::RenameTable { from, to }, inverse))
}

fn drop_table(world: &mut World, at: usize, dice: &mut Dice) -> Option<Statement> {
    let table = world.tables[at].clone();
    let existing = if dice.percent(30) { "IF EXISTS " } else { "" };
    let texts = vec![format!("DROP TABLE {existing}{}", table.quoted())];
    if !world.tries(&texts, false) {
        return None;
    }
    world.tables.remove(at);
    world.keys.remove(&table.name);
    let mut inverse = vec![table.create(&table.name)];
    inverse.extend(table.create_rest());
    Some(Statement::ddl(texts, Deed::LoseTable { table: table.name }, inverse))
}

/// CREATE TABLE, and the rows that it begins with.
fn create_table(world: &mut World, dice: &mut Dice) -> Option<Statement> {
    let mut table = world.random_table(dice);
    table.triggers.clear();
    let mut texts = vec![table.create(&table.name)];
    texts.extend(table.create_rest());
    if dice.percent(50) {
        texts.extend(steps::insert(world, &table, dice));
    } else if let Some(from) = dice.any(&world.tables) {
        let columns = table.written();
        let pairs: Vec<(&str, &str)> =
            columns.iter().zip(&from.columns).map(|(to, from)| (to.name.as_str(), from.name.as_str())).collect();
        let (to, of) = (list(pairs.iter().map(|pair| pair.0)), list(pairs.iter().map(|pair| pair.1)));
        texts.push(format!("INSERT INTO {} ({to}) SELECT {of} FROM {}", table.quoted(), from.quoted()));
    }
    if !world.tries(&texts, false) {
        return None;
    }
    let inverse = vec![format!("DROP TABLE {}", table.quoted())];
    world.tables.push(table);
    Some(Statement::ddl(texts, Deed::None, inverse))
}

fn index(world: &mut World, at: usize, dice: &mut Dice) -> Option<Statement> {
    let name = world.next("later");
    let table: &Table = &world.tables[at];
    let column = dice.pick(&table.columns).name.clone();
    let unique = if dice.percent(40) { "UNIQUE " } else { "" };
    let texts = vec![format!("CREATE {unique}INDEX {name} ON {} ({})", table.quoted(), quote(&column))];
    if !world.tries(&texts, false) {
        return None;
    }
    let inverse = vec![format!("DROP INDEX {name}")];
    world.tables[at].indexes.push(Index::Plain { name, column, is_unique: !unique.is_empty() });
    Some(Statement::ddl(texts, Deed::None, inverse))
}
