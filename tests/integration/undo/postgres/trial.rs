//! A case of the property: schema, rows, a migration, its down, and what users write in between. Texts alone, so that a smaller one is one with fewer of
//! them.

use super::relation::Relation;
use super::user_write::UserWrite;
use super::workshop::{COUNTER, LOG, NUMBERED, Workshop};
use super::{reshaping, writing};
use crate::undo::dice::Dice;
use crate::undo::statement::Statement;
use crate::undo::write::Shape;

#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) schema: Vec<String>,
    pub(super) shapes: Vec<Shape>,
    pub(super) rows: Vec<String>,
    pub(super) up: Vec<Statement>,
    /// Whether the down is the inverse of the DDL alone; else `generate` writes it.
    pub(super) is_by_hand: bool,
    /// What a down that is written by hand does besides.
    pub(super) besides: Vec<String>,
    pub(super) between: Vec<UserWrite>,
    /// What users write after the second up.
    pub(super) again: Vec<UserWrite>,
}

impl Trial {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let is_by_hand = dice.percent(50);
        let mut shop = Workshop::new(&mut dice);
        let (relations, keys) = (shop.relations.clone(), shop.keys.clone());
        let mut up = Vec::new();
        for _ in 0..=dice.below(6) {
            let is_ddl = dice.percent(40);
            up.extend(if is_ddl { reshaping::step(&mut shop, &mut dice) } else { writing::step(&mut shop, &mut dice) });
        }
        // Where nothing was found that runs.
        if up.is_empty() {
            up.push(Statement::rows(vec!["SELECT 1".to_owned()]));
        }
        let mut besides = Vec::new();
        if is_by_hand && dice.percent(12) {
            besides.extend(dice.any(&relations).map(|relation| format!("DELETE FROM {}", relation.quoted())));
        }
        // Keys as they were first: users go on with the names of the first schema.
        shop.relations.clone_from(&relations);
        shop.keys = keys;
        let some = |most: usize, dice: &mut Dice| {
            let count = dice.below(most + 1);
            (0..count).filter_map(|_| write(&shop, &relations, dice)).collect()
        };
        let between = some(4, &mut dice);
        let again = some(2, &mut dice);
        let shapes = shapes(&relations);
        Self { schema: shop.schema, shapes, rows: shop.rows, up, is_by_hand, besides, between, again }
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
        let writes =
            |writes: &[UserWrite]| writes.iter().fold(String::new(), |text, write| text + &format!("-- {write:?}\n"));
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

fn shapes(relations: &[Relation]) -> Vec<Shape> {
    let own = |relation: &Relation| Shape {
        table: relation.quoted(),
        columns: relation.fields.iter().map(|field| field.name.clone()).collect(),
    };
    let logs =
        [(LOG, &["what", "of"][..]), (NUMBERED, &["what", "of"]), (COUNTER, &["id", "n"])].map(|(table, columns)| {
            Shape { table: table.to_owned(), columns: columns.iter().map(|&column| column.to_owned()).collect() }
        });
    relations.iter().map(own).chain(logs).collect()
}

fn write(shop: &Workshop, relations: &[Relation], dice: &mut Dice) -> Option<UserWrite> {
    let relation = dice.any(relations)?;
    let table = relation.quoted();
    let of_key = relation.key_fields().len();
    let values = shop.values(relation, dice);
    if of_key == 0 || dice.percent(45) {
        return Some(UserWrite::Insert { table, overriding: relation.overriding(), values });
    }
    let there = shop.keys.get(&table).and_then(|keys| dice.any(keys)).filter(|_| dice.percent(85));
    let columns = relation.key_fields().iter().map(|field| field.name.clone());
    let key = match there {
        Some(key) => columns.zip(key.iter().cloned()).collect(),
        None => values[..of_key].to_vec(),
    };
    match dice.any(&values[of_key..]) {
        Some(set) if dice.percent(65) => Some(UserWrite::Update { table, key, set: vec![set.clone()] }),
        // The key itself, at times.
        None if dice.percent(30) => Some(UserWrite::Update { table, key, set: values[..1].to_vec() }),
        _ => Some(UserWrite::Delete { table, key }),
    }
}
