//! Types, sequences, views, functions, and what calls them.

use super::super::super::random::Random;
use super::world::{World, name, type_name, value};

pub(super) fn enum_type(world: &World, random: &mut Random) -> Option<String> {
    let label = world.any(random, &["label"]);
    Some(match (random.below(6), label) {
        (0, Some(label)) => {
            format!("ALTER TYPE {} RENAME VALUE {} TO 'renamed_{}'", label.owner, label.name, random.below(99))
        }
        (1, Some(label)) => {
            let place = random.pick(&["BEFORE", "AFTER"]);
            format!("ALTER TYPE {} ADD VALUE 'more_{}' {place} {}", label.owner, random.below(99), label.name)
        }
        (2, Some(label)) => format!("ALTER TYPE {} ADD VALUE 'last_{}'", label.owner, random.below(99)),
        _ => {
            format!("CREATE TYPE {}.{} AS ENUM ('one', 'two words', 'it''s')", world.schema(random), type_name(random))
        }
    })
}

pub(super) fn domain(world: &World, random: &mut Random) -> Option<String> {
    let domain = world.any(random, &["domain"]);
    let constraint = world.any(random, &["domain constraint"]);
    Some(match (random.below(9), domain, constraint) {
        (0, Some(domain), _) => {
            let late = random.pick(&["", " NOT VALID"]);
            format!("ALTER DOMAIN {} ADD CONSTRAINT {} CHECK (VALUE IS NOT NULL){late}", domain.name, name(random))
        }
        (1, _, Some(of)) => format!("ALTER DOMAIN {} DROP CONSTRAINT {}", of.owner, of.name),
        (2, _, Some(of)) => format!("ALTER DOMAIN {} RENAME CONSTRAINT {} TO {}", of.owner, of.name, name(random)),
        (3, Some(domain), _) => {
            format!(
                "ALTER DOMAIN {} {}",
                domain.name,
                random.pick(&["SET NOT NULL", "DROP NOT NULL", "SET DEFAULT NULL", "DROP DEFAULT"])
            )
        }
        _ => {
            let base = random.pick(&["text", "integer", "numeric(6,2)", "text COLLATE \"C\"", "integer[]"]);
            let rest = random.pick(&[
                "",
                "NOT NULL",
                "DEFAULT NULL",
                "CHECK (VALUE IS NOT NULL)",
                "CONSTRAINT c1 CHECK (VALUE::text <> 'q')",
            ]);
            format!("CREATE DOMAIN {}.{} AS {base} {rest}", world.schema(random), type_name(random))
        }
    })
}

pub(super) fn composite(world: &World, random: &mut Random) -> Option<String> {
    let kind = world.data_type(random);
    let Some(old) = world.any(random, &["composite"]).filter(|_| random.below(2) == 0) else {
        return Some(format!(
            "CREATE TYPE {}.{} AS ({} integer, z {kind})",
            world.schema(random),
            name(random),
            name(random)
        ));
    };
    let attribute = &world.column(random, old)?.name;
    let cascade = random.pick(&["", " CASCADE"]);
    Some(match random.below(4) {
        0 => format!("ALTER TYPE {} ADD ATTRIBUTE {} {kind}{cascade}", old.name, name(random)),
        1 => format!("ALTER TYPE {} DROP ATTRIBUTE {attribute}{cascade}", old.name),
        2 => format!("ALTER TYPE {} ALTER ATTRIBUTE {attribute} TYPE {kind}{cascade}", old.name),
        _ => format!("ALTER TYPE {} RENAME ATTRIBUTE {attribute} TO {}{cascade}", old.name, name(random)),
    })
}

pub(super) fn range(world: &World, random: &mut Random) -> Option<String> {
    let subtype = random.pick(&["integer", "text", "numeric", "text, collation = \"C\""]);
    Some(format!("CREATE TYPE {}.{} AS RANGE (subtype = {subtype})", world.schema(random), type_name(random)))
}

pub(super) fn sequence(world: &World, random: &mut Random) -> Option<String> {
    let Some(old) = world.any(random, &["sequence"]).filter(|_| random.below(3) > 0) else {
        let options = random.pick(&["", "AS smallint", "INCREMENT BY -1", "START 100 CACHE 10 CYCLE MAXVALUE 500"]);
        return Some(format!("CREATE SEQUENCE {}.{} {options}", world.schema(random), name(random)));
    };
    Some(match random.below(4) {
        0 => format!("ALTER SEQUENCE {} INCREMENT BY {}", old.name, 1 + random.below(5)),
        1 => format!("ALTER SEQUENCE {} AS integer MAXVALUE 1000 CYCLE", old.name),
        2 => format!("ALTER SEQUENCE {} OWNED BY NONE", old.name),
        _ => {
            let table = world.any(random, &["table"])?;
            format!("ALTER SEQUENCE {} OWNED BY {}.{}", old.name, table.name, world.column(random, table)?.name)
        }
    })
}

pub(super) fn view(world: &World, random: &mut Random) -> Option<String> {
    let from = world.any(random, &["table", "table", "parent", "view", "matview"])?;
    let column = &world.column(random, from)?.name;
    let list = match random.below(6) {
        0 => "*".to_owned(),
        1 => format!("{column}, count(*) AS n"),
        2 => format!("{column} AS renamed"),
        3 => format!("{column}, {}", world.any(random, &["function"])?.name.replace("integer", "1")),
        4 => format!("({column} IS NULL) AS q, {column}"),
        _ => column.clone(),
    };
    let tail = if list.contains("count") { format!(" GROUP BY {column}") } else { String::new() };
    let query = format!("SELECT {list} FROM {} AS t{tail}", from.name);
    let made = format!("{}.{}", world.schema(random), name(random));
    let old = world.any(random, &["view"]);
    Some(match (random.below(9), old) {
        (0, Some(old)) => format!("CREATE OR REPLACE VIEW {} AS {query}", old.name),
        (1, Some(old)) => format!(
            "ALTER VIEW {} {}",
            old.name,
            random.pick(&["SET (security_barrier = true)", "RESET (security_barrier)"])
        ),
        (2, Some(old)) => {
            let column = world.column(random, old)?;
            format!(
                "ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {}",
                old.name,
                column.name,
                value(&column.extra, random)?
            )
        }
        (3 | 4, _) => format!("CREATE MATERIALIZED VIEW {made} AS {query}{}", random.pick(&["", " WITH NO DATA"])),
        (5, _) => format!("REFRESH MATERIALIZED VIEW {}", world.any(random, &["matview"])?.name),
        (6, Some(old)) => {
            format!("CREATE VIEW {made} WITH (security_barrier) AS SELECT a.* FROM {} a, ({query}) b", old.name)
        }
        _ => format!("CREATE VIEW {made} AS {query}"),
    })
}

pub(super) fn function(world: &World, random: &mut Random) -> Option<String> {
    let made = format!("{}.{}", world.schema(random), name(random));
    let old = world.chosen(random, |thing| thing.kind == "function" && thing.extra == "integer");
    let table = world.table(random)?;
    Some(match (random.below(9), old) {
        (0, Some(old)) => format!(
            "ALTER FUNCTION {} {}",
            old.name,
            random.pick(&["STABLE", "STRICT", "SECURITY DEFINER", "SET search_path = public, pg_temp", "COST 7"])
        ),
        (1, Some(old)) => format!(
            "CREATE OR REPLACE FUNCTION {} RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT {}'",
            old.name.replace("(integer)", "(x integer)"),
            random.below(9)
        ),
        (2 | 3, _) => {
            format!("CREATE FUNCTION {made}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
        }
        (4, _) => format!(
            "CREATE FUNCTION {made}() RETURNS SETOF {} LANGUAGE sql STABLE AS $$ SELECT * FROM {} $$",
            table.name, table.name
        ),
        (5, _) => format!(
            "CREATE FUNCTION {made}() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(id) FROM {}; END",
            table.name
        ),
        (6, _) => {
            let kind = world.data_type(random);
            format!(
                "CREATE FUNCTION {made}(a {kind}, b integer DEFAULT 2, OUT c {kind}) LANGUAGE sql AS $$ SELECT a $$"
            )
        }
        _ => format!(
            "CREATE FUNCTION {made}(x integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN x + {}",
            random.below(9)
        ),
    })
}

pub(super) fn trigger(world: &World, random: &mut Random) -> Option<String> {
    let old = world.any(random, &["trigger"]);
    match (random.below(4), old) {
        (0, Some(old)) => {
            let state = random.pick(&["DISABLE", "ENABLE", "ENABLE ALWAYS", "ENABLE REPLICA"]);
            return Some(format!("ALTER TABLE {} {state} TRIGGER {}", old.owner, old.name));
        }
        (1, Some(old)) => return Some(format!("DROP TRIGGER {} ON {}", old.name, old.owner)),
        _ => {}
    }
    let table = world.table(random)?;
    let calls = world.chosen(random, |thing| thing.kind == "function" && thing.extra == "trigger")?;
    let column = &world.column(random, table)?.name;
    let when = match random.below(5) {
        0 => "AFTER INSERT OR DELETE".to_owned(),
        1 => format!("BEFORE UPDATE OF {column}"),
        2 => "AFTER TRUNCATE".to_owned(),
        _ => "BEFORE INSERT".to_owned(),
    };
    let each = if when.ends_with("TRUNCATE") { "STATEMENT" } else { "ROW" };
    let only_if = if when.starts_with("BEFORE") { random.pick(&["", " WHEN (NEW.id IS NOT NULL)"]) } else { "" };
    Some(format!(
        "CREATE TRIGGER {} {when} ON {} FOR EACH {each}{only_if} EXECUTE FUNCTION {}",
        name(random),
        table.name,
        calls.name
    ))
}

pub(super) fn policy(world: &World, random: &mut Random) -> Option<String> {
    let old = world.any(random, &["policy"]);
    Some(match (random.below(6), old) {
        (0, Some(old)) => format!("DROP POLICY {} ON {}", old.name, old.owner),
        (1, Some(old)) => format!(
            "ALTER POLICY {} ON {} TO {} USING (id IS NULL)",
            old.name,
            old.owner,
            random.pick(super::common::ROLES)
        ),
        _ => {
            let table = world.table(random)?;
            let column = &world.column(random, table)?.name;
            let kind = random.pick(&["", " FOR SELECT", " AS RESTRICTIVE", " FOR DELETE TO alice, \"Bob\""]);
            format!("CREATE POLICY {} ON {}{kind} USING ({column} IS NOT NULL)", name(random), table.name)
        }
    })
}

pub(super) fn rule(world: &World, random: &mut Random) -> Option<String> {
    let old = world.any(random, &["rule"]);
    Some(match (random.below(5), old) {
        (0, Some(old)) => format!("DROP RULE {} ON {}", old.name, old.owner),
        (1, Some(old)) => format!("ALTER TABLE {} DISABLE RULE {}", old.owner, old.name),
        _ => {
            let on = world.any(random, &["table", "view"])?;
            let other = world.any(random, &["table"])?;
            let does = match random.below(3) {
                0 => "ALSO NOTIFY changed".to_owned(),
                1 => format!("ALSO DELETE FROM {} WHERE id IS NULL", other.name),
                _ => "INSTEAD NOTHING".to_owned(),
            };
            format!(
                "CREATE RULE {} AS ON {} TO {} DO {does}",
                name(random),
                random.pick(&["DELETE", "UPDATE"]),
                on.name
            )
        }
    })
}

pub(super) fn statistics(world: &World, random: &mut Random) -> Option<String> {
    if let Some(old) = world.any(random, &["statistics"]).filter(|_| random.below(4) == 0) {
        return Some(format!("ALTER STATISTICS {} SET STATISTICS 50", old.name));
    }
    let table = world.table(random)?;
    let column = &world.column(random, table)?.name;
    let what = random.pick(&["", " (ndistinct)", " (dependencies, mcv)"]);
    Some(format!(
        "CREATE STATISTICS {}.{}{what} ON id, {column} FROM {}",
        world.schema(random),
        name(random),
        table.name
    ))
}
