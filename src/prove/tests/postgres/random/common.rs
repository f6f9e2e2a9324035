//! What can be done to all kinds of things: comments, owners, rights, names, drops; and rows.

use super::super::super::random::Random;
use super::world::{Thing, World, name, value};

/// They belong to the server, and are made once.
pub(super) const ROLES: &[&str] = &["alice", "\"Bob\""];

const WHOLE: &[&str] = &[
    "table",
    "table",
    "parent",
    "view",
    "matview",
    "sequence",
    "index",
    "composite",
    "enum",
    "domain",
    "range",
    "function",
    "statistics",
    "schema",
];
const PARTS: &[&str] = &["column", "column", "constraint", "trigger", "policy", "rule", "domain constraint"];

fn word(thing: &Thing) -> &'static str {
    match thing.kind.as_str() {
        "view" => "VIEW",
        "matview" => "MATERIALIZED VIEW",
        "sequence" => "SEQUENCE",
        "index" => "INDEX",
        "composite" | "enum" | "range" => "TYPE",
        "domain" => "DOMAIN",
        "function" => "FUNCTION",
        "statistics" => "STATISTICS",
        "schema" => "SCHEMA",
        "column" => "COLUMN",
        "constraint" | "domain constraint" => "CONSTRAINT",
        "trigger" => "TRIGGER",
        "policy" => "POLICY",
        "rule" => "RULE",
        _ => "TABLE",
    }
}

pub(super) fn comment(world: &World, random: &mut Random) -> Option<String> {
    let text = random.pick(&["'some words'", "'it''s; so'", "NULL", "'two\nlines'", "'back\\slash'"]);
    let kinds = if random.below(2) == 0 { WHOLE } else { PARTS };
    let thing = world.any(random, kinds)?;
    let named = match thing.kind.as_str() {
        "column" => format!("{}.{}", thing.owner, thing.name),
        "domain constraint" => format!("{} ON DOMAIN {}", thing.name, thing.owner),
        _ if !thing.owner.is_empty() => format!("{} ON {}", thing.name, thing.owner),
        _ => thing.name.clone(),
    };
    Some(format!("COMMENT ON {} {named} IS {text}", word(thing)))
}

pub(super) fn rename(world: &World, random: &mut Random) -> Option<String> {
    let new = name(random);
    if random.below(2) == 0 {
        // What initdb granted on `public` goes with its oid, which no other schema can be given.
        let thing = world.any(random, WHOLE).filter(|thing| thing.name != "public")?;
        return Some(format!("ALTER {} {} RENAME TO {new}", word(thing), thing.name));
    }
    let thing = world.any(random, PARTS)?;
    Some(match thing.kind.as_str() {
        "column" | "constraint" => {
            format!("ALTER TABLE {} RENAME {} {} TO {new}", thing.owner, word(thing), thing.name)
        }
        "domain constraint" => format!("ALTER DOMAIN {} RENAME CONSTRAINT {} TO {new}", thing.owner, thing.name),
        _ => format!("ALTER {} {} ON {} RENAME TO {new}", word(thing), thing.name, thing.owner),
    })
}

pub(super) fn schema(world: &World, random: &mut Random) -> Option<String> {
    if world.count("schema") < 4 && random.below(3) == 0 {
        return Some(format!("CREATE SCHEMA {}", name(random)));
    }
    if random.below(6) == 0 {
        let schema = world.any(random, &["schema"]).filter(|schema| schema.name != "public")?;
        return Some(format!("DROP SCHEMA {}{}", schema.name, random.pick(&["", " CASCADE"])));
    }
    let thing = world.any(random, WHOLE).filter(|thing| thing.kind != "index" && thing.kind != "schema")?;
    Some(format!("ALTER {} {} SET SCHEMA {}", word(thing), thing.name, world.any(random, &["schema"])?.name))
}

pub(super) fn owner(world: &World, random: &mut Random) -> Option<String> {
    let thing = world.any(random, WHOLE)?;
    Some(format!("ALTER {} {} OWNER TO {}", word(thing), thing.name, random.pick(&["alice", "\"Bob\"", "postgres"])))
}

pub(super) fn grant(world: &World, random: &mut Random) -> Option<String> {
    let thing =
        world.any(random, &["table", "table", "view", "sequence", "function", "schema", "domain", "enum", "column"])?;
    let (rights, on) = match thing.kind.as_str() {
        "table" | "view" => {
            (random.pick(&["SELECT", "INSERT, UPDATE", "ALL"]).to_owned(), format!("TABLE {}", thing.name))
        }
        "column" => {
            (format!("{} ({})", random.pick(&["SELECT", "UPDATE"]), thing.name), format!("TABLE {}", thing.owner))
        }
        "sequence" | "schema" => ("USAGE".to_owned(), format!("{} {}", word(thing), thing.name)),
        "function" => ("EXECUTE".to_owned(), format!("FUNCTION {}", thing.name)),
        "domain" => ("USAGE".to_owned(), format!("DOMAIN {}", thing.name)),
        _ => ("USAGE".to_owned(), format!("TYPE {}", thing.name)),
    };
    let role = random.pick(&["alice", "\"Bob\"", "PUBLIC", "postgres"]);
    Some(match random.below(3) {
        0 => format!("REVOKE {rights} ON {on} FROM {role}"),
        1 => format!("GRANT {rights} ON {on} TO {role} WITH GRANT OPTION"),
        _ => format!("GRANT {rights} ON {on} TO {role}"),
    })
}

pub(super) fn default_privileges(world: &World, random: &mut Random) -> Option<String> {
    let schema = world.schema(random);
    let place = random.pick(&["", " IN SCHEMA", " FOR ROLE alice"]).replace("SCHEMA", &format!("SCHEMA {schema}"));
    Some(format!(
        "ALTER DEFAULT PRIVILEGES{place} {}",
        random.pick(&[
            "GRANT SELECT ON TABLES TO \"Bob\"",
            "REVOKE SELECT ON TABLES FROM \"Bob\"",
            "GRANT USAGE ON SEQUENCES TO PUBLIC",
            "REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        ])
    ))
}

pub(super) fn drop(world: &World, random: &mut Random) -> Option<String> {
    let thing = world.any(random, WHOLE).filter(|thing| thing.kind != "schema")?;
    Some(format!("DROP {} {}{}", word(thing), thing.name, random.pick(&["", "", " CASCADE"])))
}

pub(super) fn rows(world: &World, random: &mut Random) -> Option<String> {
    let table = world.table(random)?;
    let columns = world.parts("column", &table.name);
    let known: Vec<(&str, &str)> =
        columns.iter().filter_map(|column| Some((column.name.as_str(), value(&column.extra, random)?))).collect();
    let (column, one) = random.of(&known)?;
    Some(match random.below(6) {
        0 => format!("UPDATE {} SET {column} = {one}", table.name),
        1 => format!("DELETE FROM {} WHERE {column} IS NOT NULL", table.name),
        2 => format!("INSERT INTO {} DEFAULT VALUES", table.name),
        _ => {
            let kept: Vec<&(&str, &str)> = known.iter().filter(|_| random.below(4) > 0).collect();
            let (names, values): (Vec<&str>, Vec<&str>) = kept.iter().map(|(name, value)| (*name, *value)).unzip();
            format!("INSERT INTO {} ({}) VALUES ({})", table.name, names.join(", "), values.join(", "))
        }
    })
}
