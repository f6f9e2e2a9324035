//! Statements of a migration that write rows.

use super::dice::Dice;
use super::schema::{Column, Table, list, quote};
use super::statement::Statement;
use super::world::World;

/// A statement, or some that belong together, that runs on the rows; none where none was found.
pub(super) fn step(world: &mut World, dice: &mut Dice) -> Option<Statement> {
    for _ in 0..12 {
        let table = dice.any(&world.tables).cloned()?;
        let texts = match dice.below(10) {
            0..=2 => insert(world, &table, dice),
            3 => from_another(world, &table, dice),
            4..=6 => update(world, &table, dice),
            7 => shift(&table, dice),
            _ => vec![delete(world, &table, dice)],
        };
        if world.tries(&texts, false) {
            return Some(Statement::rows(texts));
        }
    }
    None
}

pub(super) fn insert(world: &World, table: &Table, dice: &mut Dice) -> Vec<String> {
    let names: Vec<String> = table.written().iter().map(|column| column.name.clone()).collect();
    let rows: Vec<Vec<String>> = (0..=dice.below(3))
        .map(|_| {
            let mut row: Vec<String> = world.values(table, dice).into_iter().map(|(_, value)| value).collect();
            // At times a key that is there.
            let there = world.keys.get(&table.name).and_then(|keys| dice.any(keys)).filter(|_| dice.below(3) == 0);
            there.into_iter().flatten().zip(&mut row).for_each(|(key, value)| value.clone_from(key));
            row
        })
        .collect();
    let columns = list(names.iter().map(String::as_str));
    let (name, key) = (table.quoted(), &rows[0][..table.key_columns().len()]);
    let all: Vec<String> = rows.iter().map(|row| format!("({})", row.join(", "))).collect();
    let values = all.join(", ");
    let last = quote(names.last().expect("a table has a column"));
    let target = list(table.key_columns().iter().map(|column| column.name.as_str()));
    let text = match dice.below(9) {
        0 => format!("INSERT OR IGNORE INTO {name} ({columns}) VALUES {values}"),
        1 => format!("INSERT OR REPLACE INTO {name} ({columns}) VALUES {values}"),
        2 => format!("REPLACE INTO {name} ({columns}) VALUES {values}"),
        3 => format!("INSERT INTO {name} ({columns}) VALUES {values} ON CONFLICT DO NOTHING"),
        4 if !target.is_empty() => {
            format!(
                "INSERT INTO {name} ({columns}) VALUES {values} ON CONFLICT ({target}) DO UPDATE SET {last} = excluded.{last}"
            )
        }
        5 if !key.is_empty() => {
            let there = condition(table.key_columns(), key);
            let row = rows[0].join(", ");
            format!("INSERT INTO {name} ({columns}) SELECT {row} WHERE NOT EXISTS (SELECT 1 FROM {name} WHERE {there})")
        }
        // Without the key, where the table finds one itself.
        6 if names.len() > 1 && key.len() == 1 => {
            let short: Vec<String> = rows.iter().map(|row| format!("({})", row[1..].join(", "))).collect();
            format!("INSERT INTO {name} ({}) VALUES {}", list(names[1..].iter().map(String::as_str)), short.join(", "))
        }
        _ => format!("INSERT INTO {name} ({columns}) VALUES {values}"),
    };
    vec![text]
}

/// INSERT .. SELECT from any table, its own as well.
fn from_another(world: &World, table: &Table, dice: &mut Dice) -> Vec<String> {
    let from = dice.pick(&world.tables);
    let written = table.written();
    // Where the rowid is the key it is found.
    let skipped =
        usize::from(table.key_columns().len() == 1 && table.columns[0].declared == "INTEGER" && dice.percent(70));
    let columns = &written[skipped.min(written.len() - 1)..];
    let same = |column: &Column, dice: &mut Dice| {
        let alike: Vec<&Column> = from.columns.iter().filter(|other| other.kind == column.kind).collect();
        match dice.any(&alike) {
            Some(other) => other.quoted(),
            None => world.value(table, column, dice),
        }
    };
    let values: Vec<String> = columns.iter().map(|column| same(column, dice)).collect();
    let or = *dice.pick(&["", "", " OR IGNORE", " OR REPLACE"]);
    let columns = list(columns.iter().map(|column| column.name.as_str()));
    let (name, source) = (table.quoted(), from.quoted());
    let condition =
        if dice.percent(40) { format!(" WHERE {}", any_condition(world, from, dice)) } else { String::new() };
    vec![format!("INSERT{or} INTO {name} ({columns}) SELECT {} FROM {source}{condition}", values.join(", "))]
}

fn update(world: &World, table: &Table, dice: &mut Dice) -> Vec<String> {
    let written = table.written();
    let column = *dice.pick(&written);
    let others: Vec<&&Column> = written.iter().filter(|other| other.name != column.name).collect();
    let (name, quoted) = (table.quoted(), column.quoted());
    let value = match dice.below(7) {
        0 => format!("{quoted} + 5"),
        1 => format!("{quoted} || 'x'"),
        2 => format!("upper({quoted})"),
        3 => dice.any(&others).map_or_else(|| "NULL".to_owned(), |other| other.quoted()),
        4 => format!("coalesce({quoted}, {})", world.value(table, column, dice)),
        _ => world.value(table, column, dice),
    };
    let mut set = format!("{quoted} = {value}");
    match dice.any(&others) {
        // Values that change places.
        Some(other) if dice.percent(15) => set = format!("{quoted} = {0}, {0} = {quoted}", other.quoted()),
        Some(other) if dice.percent(20) => {
            set += &format!(", {} = {}", other.quoted(), world.value(table, other, dice));
        }
        _ => {}
    }
    let or = *dice.pick(&["", "", "", "", " OR IGNORE", " OR REPLACE"]);
    let some = if dice.percent(65) { format!(" WHERE {}", any_condition(world, table, dice)) } else { String::new() };
    vec![format!("UPDATE{or} {name} SET {set}{some}")]
}

/// Keys or unique values that move, or change places.
fn shift(table: &Table, dice: &mut Dice) -> Vec<String> {
    let name = table.quoted();
    let unique: Vec<&Column> =
        table.written().into_iter().filter(|column| column.is_unique || table.is_of_key(&column.name)).collect();
    let Some(column) = dice.any(&unique) else {
        return vec![format!("UPDATE {name} SET rowid = rowid + 100")];
    };
    let quoted = column.quoted();
    match dice.below(4) {
        0 => vec![
            format!("UPDATE {name} SET {quoted} = -{quoted}"),
            format!("UPDATE {name} SET {quoted} = -{quoted} + 1"),
        ],
        1 => vec![format!("UPDATE {name} SET {quoted} = {quoted} + 100")],
        2 => vec![format!("UPDATE {name} SET {quoted} = {quoted} || '-' WHERE {quoted} IS NOT NULL")],
        _ => {
            let (first, second) = (column.kind.key(dice), column.kind.key(dice));
            vec![
                format!("UPDATE {name} SET {quoted} = -99 WHERE {quoted} = {first}"),
                format!("UPDATE {name} SET {quoted} = {first} WHERE {quoted} = {second}"),
                format!("UPDATE {name} SET {quoted} = {second} WHERE {quoted} = -99"),
            ]
        }
    }
}

fn delete(world: &World, table: &Table, dice: &mut Dice) -> String {
    let name = table.quoted();
    match dice.below(6) {
        0 => format!("DELETE FROM {name}"),
        1 => {
            let other = dice.pick(&world.tables);
            let (own, theirs) = (dice.pick(&table.columns).quoted(), dice.pick(&other.columns).quoted());
            format!("DELETE FROM {name} WHERE {own} IN (SELECT {theirs} FROM {})", other.quoted())
        }
        _ => format!("DELETE FROM {name} WHERE {}", any_condition(world, table, dice)),
    }
}

fn any_condition(world: &World, table: &Table, dice: &mut Dice) -> String {
    let there = world.keys.get(&table.name).and_then(|keys| dice.any(keys)).cloned();
    if let Some(key) = there.filter(|key| !key.is_empty() && dice.percent(55)) {
        return condition(table.key_columns(), &key);
    }
    let column = dice.pick(&table.columns);
    let quoted = column.quoted();
    match dice.below(4) {
        0 => format!("{quoted} IS NOT NULL"),
        1 => format!("{quoted} > {}", column.kind.key(dice)),
        2 => format!("{quoted} IS {}", world.value(table, column, dice)),
        _ => format!("{quoted} IN ({}, {})", column.kind.key(dice), column.kind.key(dice)),
    }
}

fn condition(columns: &[Column], key: &[String]) -> String {
    let parts = columns.iter().zip(key).map(|(column, value)| format!("{} = {value}", column.quoted()));
    parts.collect::<Vec<_>>().join(" AND ")
}
