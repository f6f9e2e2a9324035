//! Statements of a migration that write rows.

use super::datatype::{Datatype, literal};
use super::relation::{Field, Relation, listed};
use super::workshop::Workshop;
use crate::undo::dice::Dice;
use crate::undo::statement::Statement;

/// A statement, or some that belong together, that runs on the rows; none where none was found.
pub(super) fn step(shop: &mut Workshop, dice: &mut Dice) -> Option<Statement> {
    for _ in 0..12 {
        let relation = dice.any(&shop.relations).cloned()?;
        let texts = match dice.below(16) {
            0..=2 => vec![insert(shop, &relation, dice)],
            3 => vec![from_another(shop, &relation, dice)],
            4..=6 => vec![update(shop, &relation, dice)],
            7 | 8 => shift(&relation, dice),
            9 => vec![merge(shop, &relation, dice)],
            10 => vec![with(shop, &relation, dice)],
            11 => vec![truncate(&relation, dice)],
            12 => vec![block(shop, &relation, dice)],
            13 => vec![format!("SELECT public.run({})", literal(&any(shop, &relation, dice)))],
            _ => vec![delete(shop, &relation, dice)],
        };
        let before = shop.touched();
        // One that finds no rows is seldom worth a place.
        if shop.tries(&texts) && (shop.touched() != before || dice.percent(15)) {
            return Some(Statement::rows(texts));
        }
    }
    None
}

/// One plain statement.
fn any(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => insert(shop, relation, dice),
        1 => delete(shop, relation, dice),
        _ => update(shop, relation, dice),
    }
}

pub(super) fn insert(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let names: Vec<String> = relation.written().iter().map(|field| field.name.clone()).collect();
    let rows: Vec<Vec<String>> = (0..=dice.below(3))
        .map(|_| {
            let mut row: Vec<String> = shop.values(relation, dice).into_iter().map(|(_, value)| value).collect();
            // At times a key that is there.
            let there =
                shop.keys.get(&relation.quoted()).and_then(|keys| dice.any(keys)).filter(|_| dice.below(3) == 0);
            there.into_iter().flatten().zip(&mut row).for_each(|(key, value)| value.clone_from(key));
            row
        })
        .collect();
    let of_key = relation.key_fields().len();
    let columns = listed(names.iter().map(String::as_str));
    let (name, overriding) = (relation.quoted(), relation.overriding());
    let values: Vec<String> = rows.iter().map(|row| format!("({})", row.join(", "))).collect();
    let values = values.join(", ");
    let last = relation.written().last().map(|field| field.quoted()).unwrap_or_default();
    let target = listed(relation.key_fields().iter().map(|field| field.name.as_str()));
    match dice.below(8) {
        0 | 1 => format!("INSERT INTO {name} ({columns}){overriding} VALUES {values} ON CONFLICT DO NOTHING"),
        2 | 3 if of_key > 0 => format!(
            "INSERT INTO {name} AS own ({columns}){overriding} VALUES {values} ON CONFLICT ({target}) DO UPDATE SET {last} = EXCLUDED.{last}"
        ),
        4 if of_key > 0 => {
            let there = condition(relation.key_fields(), &rows[0][..of_key]);
            let typed: Vec<String> = relation
                .written()
                .iter()
                .zip(&rows[0])
                .map(|(field, value)| format!("CAST({value} AS {})", field.datatype.name()))
                .collect();
            format!(
                "INSERT INTO {name} ({columns}){overriding} SELECT {} WHERE NOT EXISTS (SELECT 1 FROM {name} WHERE {there})",
                typed.join(", ")
            )
        }
        // Without the key, where the table finds one itself.
        5 | 6 if names.len() > 1 && of_key == 1 => {
            let short: Vec<String> = rows.iter().map(|row| format!("({})", row[1..].join(", "))).collect();
            format!(
                "INSERT INTO {name} ({}) VALUES {}",
                listed(names[1..].iter().map(String::as_str)),
                short.join(", ")
            )
        }
        _ => format!("INSERT INTO {name} ({columns}){overriding} VALUES {values}"),
    }
}

/// Columns of a table, and for each a column of another one of its type, or a value.
fn pairs(shop: &Workshop, relation: &Relation, from: &Relation, dice: &mut Dice) -> (String, String) {
    let written = relation.written();
    let is_found = !relation.overriding().is_empty() || relation.fields[0].rest.contains("IDENTITY");
    let skipped = usize::from(is_found && written.len() > 1 && dice.percent(80));
    let columns = &written[skipped..];
    let same = |field: &Field, dice: &mut Dice| {
        let alike: Vec<&Field> = from.fields.iter().filter(|other| other.datatype == field.datatype).collect();
        match dice.any(&alike) {
            Some(other) => format!("s.{}", other.quoted()),
            None => format!("CAST({} AS {})", shop.value(relation, field, dice), field.datatype.name()),
        }
    };
    let values: Vec<String> = columns.iter().map(|field| same(field, dice)).collect();
    let overriding = if skipped == 0 { relation.overriding() } else { "" };
    (format!("({}){overriding}", listed(columns.iter().map(|field| field.name.as_str()))), values.join(", "))
}

fn from_another(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let from = dice.pick(&shop.relations);
    let (columns, values) = pairs(shop, relation, from, dice);
    let some =
        if dice.percent(40) { format!(" WHERE {}", any_condition(shop, from, "s.", dice)) } else { String::new() };
    let end = *dice.pick(&["", "", " ON CONFLICT DO NOTHING"]);
    format!("INSERT INTO {} {columns} SELECT {values} FROM {} AS s{some}{end}", relation.quoted(), from.quoted())
}

fn assignments(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let written = relation.written();
    let field = *dice.pick(&written);
    let others: Vec<&&Field> = written.iter().filter(|other| other.name != field.name).collect();
    let quoted = field.quoted();
    let alike: Vec<&&&Field> = others.iter().filter(|other| other.datatype == field.datatype).collect();
    let value = match dice.below(6) {
        0 | 1 => field.datatype.other(&quoted, dice),
        2 => dice.any(&alike).map_or_else(|| "NULL".to_owned(), |other| other.quoted()),
        3 => format!("coalesce({quoted}, {})", shop.value(relation, field, dice)),
        _ => shop.value(relation, field, dice),
    };
    match (dice.any(&alike), dice.any(&others)) {
        // Values that change places.
        (Some(other), _) if dice.percent(25) => format!("{quoted} = {0}, {0} = {quoted}", other.quoted()),
        (_, Some(other)) if dice.percent(20) => {
            format!("{quoted} = {value}, {} = {}", other.quoted(), shop.value(relation, other, dice))
        }
        _ => format!("{quoted} = {value}"),
    }
}

fn update(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let set = assignments(shop, relation, dice);
    let some =
        if dice.percent(65) { format!(" WHERE {}", any_condition(shop, relation, "", dice)) } else { String::new() };
    format!("UPDATE {} SET {set}{some}", relation.quoted())
}

/// Keys or unique values that move, or change places.
fn shift(relation: &Relation, dice: &mut Dice) -> Vec<String> {
    let name = relation.quoted();
    let unique: Vec<&Field> = relation
        .written()
        .into_iter()
        .filter(|field| field.rest.contains("UNIQUE") || relation.is_of_key(&field.name))
        .collect();
    let Some(field) = dice.any(&unique) else {
        return vec![format!("UPDATE {name} SET {0} = {0}", relation.fields[0].quoted())];
    };
    let quoted = field.quoted();
    if !matches!(field.datatype, Datatype::Int | Datatype::Bigint | Datatype::Cents | Datatype::Numeric) {
        let free = field.datatype.key(dice);
        return match dice.below(3) {
            0 => vec![format!("UPDATE {name} SET {quoted} = {quoted} || '-'")],
            1 => vec![format!("UPDATE {name} SET {quoted} = {free} WHERE {quoted} <> {free}")],
            _ => vec![
                format!("UPDATE {name} SET {quoted} = {quoted} || '-'"),
                format!("UPDATE {name} SET {quoted} = left({quoted}, -1)"),
            ],
        };
    }
    match dice.below(4) {
        0 => vec![
            format!("UPDATE {name} SET {quoted} = -{quoted}"),
            format!("UPDATE {name} SET {quoted} = -{quoted} + 1"),
        ],
        1 => vec![format!("UPDATE {name} SET {quoted} = {quoted} + 100")],
        2 => vec![format!("UPDATE {name} SET {quoted} = {quoted} + 1 WHERE {quoted} > 3")],
        _ => {
            let (first, second) = (field.datatype.key(dice), field.datatype.key(dice));
            vec![
                format!("UPDATE {name} SET {quoted} = -99 WHERE {quoted} = {first}"),
                format!("UPDATE {name} SET {quoted} = {first} WHERE {quoted} = {second}"),
                format!("UPDATE {name} SET {quoted} = {second} WHERE {quoted} = -99"),
            ]
        }
    }
}

fn merge(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let from = dice.pick(&shop.relations);
    let (columns, values) = pairs(shop, relation, from, dice);
    let (own, theirs) = (&relation.fields[0], &from.fields[0]);
    let matched = if dice.percent(30) {
        "DELETE".to_owned()
    } else {
        format!("UPDATE SET {}", assignments(shop, relation, dice))
    };
    format!(
        "MERGE INTO {} USING {} AS s ON {}.{} = s.{} WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN INSERT {columns} VALUES ({values})",
        relation.quoted(),
        from.quoted(),
        super::relation::quoted(&relation.name),
        own.quoted(),
        theirs.quoted()
    )
}

/// Rows that go from one table into another, or are changed in passing.
fn with(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let other = dice.pick(&shop.relations);
    match dice.below(3) {
        0 => {
            let (columns, values) = pairs(shop, other, relation, dice);
            format!(
                "WITH s AS (DELETE FROM {} WHERE {} RETURNING *) INSERT INTO {} {columns} SELECT {values} FROM s",
                relation.quoted(),
                any_condition(shop, relation, "", dice),
                other.quoted()
            )
        }
        1 => format!(
            "WITH one AS ({} RETURNING 1), two AS ({} RETURNING 1) SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM two)",
            update(shop, relation, dice),
            any(shop, other, dice)
        ),
        _ => format!("WITH one AS ({} RETURNING 1) {}", insert(shop, relation, dice), update(shop, other, dice)),
    }
}

fn truncate(relation: &Relation, dice: &mut Dice) -> String {
    format!("TRUNCATE {}{}", relation.quoted(), dice.pick(&["", "", " CASCADE", " RESTART IDENTITY"]))
}

/// A DO block: with parts that are rolled back, and with others that are kept.
fn block(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let other = dice.pick(&shop.relations);
    let (one, two) = (any(shop, relation, dice), any(shop, other, dice));
    match dice.below(3) {
        0 => format!("DO $body$ BEGIN {one}; {two}; END $body$"),
        1 => format!(
            "DO $body$ BEGIN {one}; BEGIN {two}; RAISE division_by_zero; EXCEPTION WHEN OTHERS THEN NULL; END; END $body$"
        ),
        _ => format!(
            "DO $body$ BEGIN BEGIN {one}; EXCEPTION WHEN OTHERS THEN {two}; END; BEGIN {two}; EXCEPTION WHEN OTHERS THEN NULL; END; END $body$"
        ),
    }
}

fn delete(shop: &Workshop, relation: &Relation, dice: &mut Dice) -> String {
    let name = relation.quoted();
    match dice.below(6) {
        0 => format!("DELETE FROM {name}"),
        1 => {
            let other = dice.pick(&shop.relations);
            let (own, theirs) = (dice.pick(&relation.fields).quoted(), dice.pick(&other.fields).quoted());
            format!("DELETE FROM {name} AS t USING {} AS s WHERE t.{own} = s.{theirs}", other.quoted())
        }
        _ => format!("DELETE FROM {name} WHERE {}", any_condition(shop, relation, "", dice)),
    }
}

fn condition(fields: &[Field], values: &[String]) -> String {
    let parts: Vec<String> =
        fields.iter().zip(values).map(|(field, value)| format!("{} = {value}", field.quoted())).collect();
    parts.join(" AND ")
}

fn any_condition(shop: &Workshop, relation: &Relation, prefix: &str, dice: &mut Dice) -> String {
    let key = shop.keys.get(&relation.quoted()).and_then(|keys| dice.any(keys)).filter(|_| dice.percent(50));
    if let Some(key) = key {
        let fields = relation.key_fields();
        let parts: Vec<String> =
            fields.iter().zip(key).map(|(field, value)| format!("{prefix}{} = {value}", field.quoted())).collect();
        return parts.join(" AND ");
    }
    let field = dice.pick(&relation.fields);
    let quoted = format!("{prefix}{}", field.quoted());
    match dice.below(4) {
        0 => format!("{quoted} IS NULL"),
        1 => format!("{quoted} IS NOT NULL"),
        2 => format!("length({quoted}::text) > 2"),
        _ => format!("{quoted} IS DISTINCT FROM {}", shop.value(relation, field, dice)),
    }
}
