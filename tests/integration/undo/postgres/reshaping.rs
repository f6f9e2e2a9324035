//! Statements of a migration that change tables, with the inverse of their DDL alone.

use super::datatype::Datatype;
use super::relation::{Field, Relation, RowKey, listed, quoted};
use super::workshop::Workshop;
use super::writing;
use crate::undo::dice::Dice;
use crate::undo::statement::{Deed, Statement};

/// A statement, or some that belong together, that runs on the rows; none where none was found.
pub(super) fn step(shop: &mut Workshop, dice: &mut Dice) -> Option<Statement> {
    for _ in 0..12 {
        if shop.relations.is_empty() {
            return create_table(shop, dice);
        }
        let at = dice.below(shop.relations.len());
        let found = match dice.below(18) {
            0..=2 => add_column(shop, at, dice),
            3..=5 => drop_column(shop, at, dice),
            6 | 7 => convert(shop, at, dice),
            8 => rename_column(shop, at, dice),
            9 => rename_table(shop, at, dice),
            10 => set_schema(shop, at, dice),
            11 => require(shop, at, dice),
            12 | 13 => create_table(shop, dice),
            14 | 15 => drop_table(shop, at, dice),
            16 => recreate_type(shop),
            _ => constrain(shop, at, dice),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn add_column(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let field = shop.random_field(&relation, dice)?;
    let (name, column) = (relation.quoted(), field.quoted());
    let mut texts = vec![format!("ALTER TABLE {name} ADD COLUMN {}", field.definition())];
    if !field.is_computed && dice.percent(60) {
        let alike: Vec<&Field> = relation.fields.iter().filter(|other| other.datatype == field.datatype).collect();
        let value = match dice.any(&alike) {
            Some(other) => other.quoted(),
            None => field.datatype.value(dice),
        };
        texts.push(format!("UPDATE {name} SET {column} = {value}"));
    }
    if !shop.tries(&texts) {
        return None;
    }
    shop.relations[at].fields.push(field);
    shop.relations[at].is_altered = true;
    Some(Statement::ddl(texts, Deed::None, vec![format!("ALTER TABLE {name} DROP COLUMN {column}")]))
}

fn drop_column(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let field = dice.pick(&relation.fields).clone();
    if relation.is_of_key(&field.name) || relation.written().len() < 2 {
        return None;
    }
    let (name, column) = (relation.quoted(), field.quoted());
    let texts = vec![format!("ALTER TABLE {name} DROP COLUMN {column}")];
    if !shop.tries(&texts) {
        return None;
    }
    shop.relations[at].fields.retain(|other| other.name != field.name);
    shop.relations[at].is_altered = true;
    let deed = Deed::LoseColumn { table: name.clone(), column: field.name.clone() };
    Some(Statement::ddl(texts, deed, vec![format!("ALTER TABLE {name} ADD COLUMN {}", field.definition())]))
}

fn convert(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let field = dice.pick(&relation.fields).clone();
    let (name, column) = (relation.quoted(), field.quoted());
    let to = Datatype::any(dice);
    if to == field.datatype || field.is_computed {
        return None;
    }
    let using = match dice.below(4) {
        0 => format!(" USING {column}::text::{}", to.name()),
        1 => format!(" USING CASE WHEN {column} IS NULL THEN NULL ELSE {}::{} END", to.value(dice), to.name()),
        2 => format!(" USING {column}::{}", to.name()),
        _ => String::new(),
    };
    let alter =
        |to: Datatype, using: &str| format!("ALTER TABLE {name} ALTER COLUMN {column} TYPE {}{using}", to.name());
    let mut texts = Vec::new();
    let mut inverse = Vec::new();
    let default = field.rest.split_once(" DEFAULT ").map(|(_, rest)| rest.to_owned());
    if default.is_some() {
        texts.push(format!("ALTER TABLE {name} ALTER COLUMN {column} DROP DEFAULT"));
    }
    texts.push(alter(to, &using));
    if !shop.tries(&texts) {
        return None;
    }
    let back = format!(" USING {column}::text::{}", field.datatype.name());
    inverse.push(alter(field.datatype, &back));
    let own = &mut shop.relations[at];
    own.is_altered = true;
    if let Some(own) = own.fields.iter_mut().find(|own| own.name == field.name) {
        own.datatype = to;
        // A default that has gone is not given back by hand: it is none of rows.
        own.rest = own.rest.split(" DEFAULT ").next().unwrap_or_default().to_owned();
    }
    let deed = Deed::LoseColumn { table: name.clone(), column: field.name };
    Some(Statement::ddl(texts, deed, inverse))
}

fn rename_column(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let from = dice.pick(&relation.fields).name.clone();
    let to = if dice.percent(20) { Workshop::free_column(&relation.fields, dice)? } else { shop.next("renamed") };
    let name = relation.quoted();
    let rename = |from: &str, to: &str| format!("ALTER TABLE {name} RENAME COLUMN {} TO {}", quoted(from), quoted(to));
    let texts = vec![rename(&from, &to)];
    if !shop.tries(&texts) {
        return None;
    }
    let own = &mut shop.relations[at];
    own.is_altered = true;
    own.fields.iter_mut().filter(|field| field.name == from).for_each(|field| field.name.clone_from(&to));
    let inverse = vec![rename(&to, &from)];
    Some(Statement::ddl(texts, Deed::RenameColumn { table: name.clone(), from, to }, inverse))
}

/// The table is another one from now on.
fn becomes(shop: &mut Workshop, at: usize, schema: String, name: String) -> (String, String) {
    let before = shop.relations[at].quoted();
    let own = &mut shop.relations[at];
    (own.schema, own.name, own.is_altered) = (schema, name, true);
    let after = own.quoted();
    if let Some(keys) = shop.keys.remove(&before) {
        shop.keys.insert(after.clone(), keys);
    }
    (before, after)
}

fn rename_table(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let to = if dice.percent(50) { shop.next("table") } else { shop.free_name(dice).1 };
    let rename = |schema: &str, from: &str, to: &str| {
        format!("ALTER TABLE {}.{} RENAME TO {}", quoted(schema), quoted(from), quoted(to))
    };
    let texts = vec![rename(&relation.schema, &relation.name, &to)];
    if !shop.tries(&texts) {
        return None;
    }
    let inverse = vec![rename(&relation.schema, &to, &relation.name)];
    let (from, to) = becomes(shop, at, relation.schema, to);
    Some(Statement::ddl(texts, Deed::RenameTable { from, to }, inverse))
}

fn set_schema(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let to = if relation.schema == "public" { "Two" } else { "public" };
    let name = quoted(&relation.name);
    let set = |from: &str, to: &str| format!("ALTER TABLE {}.{name} SET SCHEMA {}", quoted(from), quoted(to));
    let texts = vec![set(&relation.schema, to)];
    if dice.percent(20) || !shop.tries(&texts) {
        return None;
    }
    let inverse = vec![set(to, &relation.schema)];
    let (from, to) = becomes(shop, at, to.to_owned(), relation.name);
    Some(Statement::ddl(texts, Deed::RenameTable { from, to }, inverse))
}

fn require(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let field = dice.pick(&relation.fields).clone();
    if relation.is_of_key(&field.name) || field.rest.contains("NOT NULL") || field.is_computed {
        return None;
    }
    let (name, column) = (relation.quoted(), field.quoted());
    let mut texts = Vec::new();
    if dice.percent(70) {
        texts.push(format!("UPDATE {name} SET {column} = {} WHERE {column} IS NULL", field.datatype.value(dice)));
    }
    texts.push(format!("ALTER TABLE {name} ALTER COLUMN {column} SET NOT NULL"));
    if !shop.tries(&texts) {
        return None;
    }
    let own = &mut shop.relations[at];
    own.is_altered = true;
    own.fields
        .iter_mut()
        .filter(|own| own.name == field.name)
        .for_each(|own| own.rest = format!(" NOT NULL{}", own.rest));
    Some(Statement::ddl(texts, Deed::None, vec![format!("ALTER TABLE {name} ALTER COLUMN {column} DROP NOT NULL")]))
}

/// CREATE TABLE, and the rows that it begins with.
fn create_table(shop: &mut Workshop, dice: &mut Dice) -> Option<Statement> {
    if let Some(from) = dice.any(&shop.relations).cloned().filter(|_| dice.percent(30)) {
        let (schema, name) = shop.free_name(dice);
        let mut made =
            Relation { schema, name, key: RowKey::None, options: String::new(), besides: Vec::new(), ..from.clone() };
        made.fields.iter_mut().for_each(|field| (field.rest, field.is_computed) = (String::new(), false));
        let columns = listed(from.fields.iter().map(|field| field.name.as_str()));
        let table = made.quoted();
        let texts = vec![format!("CREATE TABLE {table} AS SELECT {columns} FROM {}", from.quoted())];
        if !shop.tries(&texts) {
            return None;
        }
        shop.relations.push(made);
        return Some(Statement::ddl(texts, Deed::None, vec![format!("DROP TABLE {table}")]));
    }
    let relation = shop.random_relation(dice);
    let mut texts = relation.create();
    for _ in 0..dice.below(3) {
        texts.push(writing::insert(shop, &relation, dice));
    }
    if !shop.tries(&texts) {
        return None;
    }
    let inverse = vec![format!("DROP TABLE {}", relation.quoted())];
    shop.relations.push(relation);
    Some(Statement::ddl(texts, Deed::None, inverse))
}

fn drop_table(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let relation = shop.relations[at].clone();
    let table = relation.quoted();
    let existing = if dice.percent(30) { "IF EXISTS " } else { "" };
    let texts = vec![format!("DROP TABLE {existing}{table}")];
    if relation.is_altered && dice.percent(80) || !shop.tries(&texts) {
        return None;
    }
    shop.relations.remove(at);
    shop.keys.remove(&table);
    let mut inverse = relation.create();
    // Its functions have stayed.
    inverse.retain(|text| !text.starts_with("CREATE FUNCTION"));
    Some(Statement::ddl(texts, Deed::LoseTable { table }, inverse))
}

/// A type that is made again with a value more, and given to all columns that have it.
fn recreate_type(shop: &mut Workshop) -> Option<Statement> {
    let old = shop.next("mood");
    let mut texts = vec![
        format!("ALTER TYPE public.mood RENAME TO {old}"),
        "CREATE TYPE public.mood AS ENUM ('ok', 'sad', 'it''s', 'glad')".to_owned(),
    ];
    let mut inverse = vec![
        format!("ALTER TYPE public.mood RENAME TO {old}"),
        "CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'it''s')".to_owned(),
    ];
    for relation in &shop.relations {
        for field in relation.fields.iter().filter(|field| field.datatype == Datatype::Mood) {
            let (table, column) = (relation.quoted(), field.quoted());
            let default = field.rest.split_once(" DEFAULT ").map(|(_, rest)| rest);
            if default.is_some() {
                return None;
            }
            let alter =
                format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE public.mood USING {column}::text::public.mood");
            texts.push(alter.clone());
            inverse.push(alter);
        }
    }
    texts.push(format!("DROP TYPE public.{old}"));
    inverse.push(format!("DROP TYPE public.{old}"));
    shop.tries(&texts).then(|| Statement::ddl(texts, Deed::None, inverse))
}

fn constrain(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Option<Statement> {
    let name = shop.next("c");
    let relation = shop.relations[at].clone();
    let (table, column) = (relation.quoted(), dice.pick(&relation.fields).quoted());
    let what = match dice.below(3) {
        0 => format!("UNIQUE ({column})"),
        1 => format!("CHECK ({column} IS NOT NULL)"),
        _ => format!("CHECK (length({column}::text) < 20) NOT VALID"),
    };
    let texts = vec![format!("ALTER TABLE {table} ADD CONSTRAINT {name} {what}")];
    if !shop.tries(&texts) {
        return None;
    }
    shop.relations[at].is_altered = true;
    Some(Statement::ddl(texts, Deed::None, vec![format!("ALTER TABLE {table} DROP CONSTRAINT {name}")]))
}
