//! A case of the property: schema, rows, a migration, its down, and what users write in between. Texts alone, so that a smaller one is one with fewer of them.

use super::dice::Dice;
use super::schema::Table;
use super::statement::Statement;
use super::world::{COUNTER, LOG, NUMBERED, World};
use super::write::{Shape, Write};
use super::{altering, steps};

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) schema: Vec<String>,
    pub(super) shapes: Vec<Shape>,
    pub(super) rows: Vec<String>,
    pub(super) up: Vec<Statement>,
    /// Whether the down is the inverse of the DDL alone; else `generate` writes it.
    pub(super) is_by_hand: bool,
    /// What a down that is written by hand does besides.
    pub(super) besides: Vec<String>,
    pub(super) between: Vec<Write>,
    /// What users write after the second up.
    pub(super) again: Vec<Write>,
    /// Whether the command runs it; else the library.
    pub(super) is_by_command: bool,
}

impl Case {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let (is_by_command, is_by_hand) = (dice.percent(10), dice.below(3) == 0);
        let mut world = World::new(is_by_hand, &mut dice);
        let (tables, keys) = (world.tables.clone(), world.keys.clone());
        let mut up = Vec::new();
        for _ in 0..=dice.below(6) {
            let is_ddl = dice.percent(45);
            up.extend(if is_ddl { altering::step(&mut world, &mut dice) } else { steps::step(&mut world, &mut dice) });
        }
        let mut besides = Vec::new();
        if is_by_hand && dice.percent(15) {
            besides.extend(dice.any(&tables).map(|table| format!("DELETE FROM {}", table.quoted())));
        }
        // Keys as they were first: users go on with the names of the first schema.
        world.tables.clone_from(&tables);
        world.keys = keys;
        let some = |most: usize, dice: &mut Dice| {
            let count = dice.below(most + 1);
            (0..count).filter_map(|_| write(&world, &tables, dice)).collect()
        };
        let between = some(4, &mut dice);
        let again = some(2, &mut dice);
        let shapes = shapes(&tables);
        Self { schema: world.schema, shapes, rows: world.rows, up, is_by_hand, besides, between, again, is_by_command }
    }

    pub(super) fn size(&self) -> usize {
        let texts: usize = self.up.iter().map(|statement| statement.texts.len()).sum();
        texts + self.schema.len() + self.rows.len() + self.between.len() + self.again.len()
    }

    /// The text of the migration.
    pub(super) fn up_text(&self) -> String {
        lines(self.up.iter().flat_map(|statement| &statement.texts))
    }

    /// The text of a down that is written by hand.
    pub(super) fn down_text(&self) -> String {
        let text = lines(self.up.iter().rev().flat_map(|statement| &statement.inverse).chain(&self.besides));
        if text.is_empty() { "SELECT 1;\n".to_owned() } else { text }
    }

    /// All of it, to be read.
    pub(super) fn text(&self) -> String {
        let writes = |writes: &[Write]| writes.iter().fold(String::new(), |text, write| text + &format!("{write:?}\n"));
        format!(
            "-- schema\n{}-- rows\n{}-- up\n{}-- down {}\n{}-- between\n{}-- again\n{}",
            lines(&self.schema),
            lines(&self.rows),
            self.up_text(),
            if self.is_by_hand { "by hand" } else { "generated" },
            if self.is_by_hand { self.down_text() } else { String::new() },
            writes(&self.between),
            writes(&self.again)
        )
    }
}

pub(super) fn lines<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    texts.into_iter().fold(String::new(), |all, text| all + text + ";\n")
}

fn shapes(tables: &[Table]) -> Vec<Shape> {
    let own = |table: &Table| Shape {
        table: table.name.clone(),
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
    };
    let logs = [(LOG, &["what", "of"][..]), (NUMBERED, &["what", "of"]), (COUNTER, &["n"])].map(|(table, columns)| {
        Shape { table: table.to_owned(), columns: columns.iter().map(|&column| column.to_owned()).collect() }
    });
    tables.iter().map(own).chain(logs).collect()
}

fn write(world: &World, tables: &[Table], dice: &mut Dice) -> Option<Write> {
    let table = dice.any(tables)?;
    let name = table.name.clone();
    let of_key = table.key_columns().len();
    let values = world.values(table, dice);
    if of_key == 0 || dice.percent(45) {
        return Some(Write::Insert { table: name, values });
    }
    let there = world.keys.get(&name).and_then(|keys| dice.any(keys)).filter(|_| dice.percent(85));
    let columns = table.key_columns().iter().map(|column| column.name.clone());
    let key = match there {
        Some(key) => columns.zip(key.iter().cloned()).collect(),
        None => values[..of_key].to_vec(),
    };
    let others = &values[of_key..];
    match dice.any(others) {
        Some(set) if dice.percent(65) => Some(Write::Update { table: name, key, set: vec![set.clone()] }),
        // The key itself, at times.
        None if dice.percent(30) => Some(Write::Update { table: name, key, set: values[..1].to_vec() }),
        _ => Some(Write::Delete { table: name, key }),
    }
}
