//! Triggers that write other rows, or what is written.

use super::datatype::Datatype;
use super::workshop::{COUNTER, LOG, NUMBERED, Workshop};
use crate::undo::dice::Dice;

/// A trigger of a table and its function.
pub(super) fn random(shop: &mut Workshop, at: usize, dice: &mut Dice) -> Vec<String> {
    let (name, relation) = (shop.next("t"), shop.relations[at].clone());
    let table = relation.quoted();
    let first = relation.fields[0].quoted();
    let event = *dice.pick(&["INSERT", "UPDATE", "DELETE"]);
    let row = if event == "DELETE" { "OLD" } else { "NEW" };
    let (when, each, body) = match dice.below(10) {
        0 => ("AFTER", "ROW", format!("INSERT INTO {LOG} (what, of) VALUES ('{event}', {row}.{first}::text)")),
        1..=3 => ("AFTER", "ROW", format!("INSERT INTO {NUMBERED} (what, of) VALUES ('{event}', {row}.{first}::text)")),
        4..=5 => ("AFTER", "ROW", format!("UPDATE {COUNTER} SET n = n + 1 WHERE id = 1")),
        6 => ("AFTER", "STATEMENT", format!("UPDATE {COUNTER} SET n = n + 10")),
        7 => {
            let other = dice.pick(&shop.relations).clone();
            let column = dice.pick(&other.fields).quoted();
            ("AFTER", "ROW", format!("DELETE FROM {} WHERE {column}::text = {row}.{first}::text", other.quoted()))
        }
        8 => {
            let other = dice.pick(&shop.relations).clone();
            let texts: Vec<_> =
                other.written().into_iter().filter(|field| field.datatype == Datatype::Text).cloned().collect();
            let Some(field) = dice.any(&texts) else { return Vec::new() };
            (
                "AFTER",
                "ROW",
                format!("UPDATE {} SET {1} = {1} || '.' WHERE length({1}) < 9", other.quoted(), field.quoted()),
            )
        }
        _ => {
            let texts: Vec<_> =
                relation.written().into_iter().filter(|field| field.datatype == Datatype::Text).cloned().collect();
            let Some(field) = dice.any(&texts).filter(|_| event != "DELETE") else { return Vec::new() };
            ("BEFORE", "ROW", format!("NEW.{0} = upper(NEW.{0})", field.quoted()))
        }
    };
    let result = if when == "BEFORE" { "NEW" } else { "NULL" };
    let kind = if when == "AFTER" && each == "ROW" && dice.percent(12) { "CONSTRAINT " } else { "" };
    let late = if kind.is_empty() { "" } else { " DEFERRABLE INITIALLY DEFERRED" };
    vec![
        format!(
            "CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN {result}; END $$"
        ),
        format!(
            "CREATE {kind}TRIGGER {name} {when} {event} ON {table}{late} FOR EACH {each} EXECUTE FUNCTION public.{name}()"
        ),
    ]
}
