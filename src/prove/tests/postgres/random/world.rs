//! What there is to change: names as SQL takes them.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::super::super::random::Random;

/// A table, a column, a type ...
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) kind: String,
    /// What it belongs to, with its schema.
    pub(super) owner: String,
    /// With its schema, where it belongs to nothing.
    pub(super) name: String,
    /// The type of a column, the key of a partitioned table, the result of a function, the sort of a constraint.
    pub(super) extra: String,
}

#[derive(Debug, Default)]
pub(super) struct World {
    things: Vec<Thing>,
}

const EVERYTHING: &str = r"
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'composite'
             WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'p' THEN 'parent' ELSE 'table' END AS kind, '' AS owner,
           format('%I.%I', n.nspname, c.relname) AS name,
           coalesce(pg_get_partkeydef(c.oid), CASE WHEN c.relispartition THEN 'partition' END, '') AS extra, c.oid::text AS place
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_|^information' AND c.relkind <> 't'
    UNION ALL
    SELECT 'column', format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
           c.oid || ' ' || a.attnum
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^pg_|^information' AND c.relkind IN ('r', 'p', 'v', 'm', 'c') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT CASE WHEN t.typtype = 'e' THEN 'enum' WHEN t.typtype = 'r' THEN 'range' ELSE 'domain' END, '',
           format('%I.%I', n.nspname, t.typname), '', t.oid::text
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE n.nspname !~ '^pg_|^information' AND t.typtype IN ('e', 'd', 'r')
    UNION ALL
    SELECT 'label', format('%I.%I', n.nspname, t.typname), quote_literal(l.enumlabel), '', l.oid::text
      FROM pg_enum l JOIN pg_type t ON t.oid = l.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
    UNION ALL
    SELECT CASE WHEN o.contypid <> 0 THEN 'domain constraint' ELSE 'constraint' END,
           coalesce(format('%I.%I', n.nspname, coalesce(c.relname, t.typname)), ''), quote_ident(o.conname), o.contype::text, o.oid::text
      FROM pg_constraint o LEFT JOIN pg_class c ON c.oid = o.conrelid LEFT JOIN pg_type t ON t.oid = o.contypid
      JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace) WHERE n.nspname !~ '^pg_|^information'
    UNION ALL
    SELECT 'function', '', p.oid::regprocedure::text, format_type(p.prorettype, NULL), p.oid::text
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname !~ '^pg_|^information' AND p.prokind = 'f'
       AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
    UNION ALL
    SELECT 'trigger', format('%I.%I', n.nspname, c.relname), quote_ident(t.tgname), '', t.oid::text
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'policy', format('%I.%I', n.nspname, c.relname), quote_ident(p.polname), '', p.oid::text
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT 'rule', format('%I.%I', n.nspname, c.relname), quote_ident(r.rulename), '', r.oid::text
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE r.rulename <> '_RETURN' AND n.nspname !~ '^pg_|^information'
    UNION ALL
    SELECT 'statistics', '', format('%I.%I', n.nspname, s.stxname), '', s.oid::text
      FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    UNION ALL
    SELECT 'schema', '', quote_ident(n.nspname), '', n.oid::text FROM pg_namespace n WHERE n.nspname !~ '^pg_|^information'
    ORDER BY kind, place";

impl World {
    pub(super) async fn read(client: &Client) -> Self {
        let answers = client.simple_query(EVERYTHING).await.unwrap();
        let things = answers.iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => {
                let text = |at| row.get(at).unwrap_or_default().to_owned();
                Some(Thing { kind: text(0), owner: text(1), name: text(2), extra: text(3) })
            }
            _ => None,
        });
        Self { things: things.collect() }
    }

    /// One of these kinds, by chance.
    pub(super) fn any(&self, random: &mut Random, kinds: &[&str]) -> Option<&Thing> {
        self.chosen(random, |thing| kinds.contains(&thing.kind.as_str()))
    }

    /// One of a kind that belongs to this.
    pub(super) fn part(&self, random: &mut Random, kind: &str, owner: &str) -> Option<&Thing> {
        self.chosen(random, |thing| thing.kind == kind && thing.owner == owner)
    }

    pub(super) fn chosen(&self, random: &mut Random, wanted: impl Fn(&Thing) -> bool) -> Option<&Thing> {
        let found: Vec<&Thing> = self.things.iter().filter(|thing| wanted(thing)).collect();
        random.of(&found)
    }

    pub(super) fn parts(&self, kind: &str, owner: &str) -> Vec<&Thing> {
        self.things.iter().filter(|thing| thing.kind == kind && thing.owner == owner).collect()
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.things.iter().filter(|thing| thing.kind == kind).count()
    }

    pub(super) fn table(&self, random: &mut Random) -> Option<&Thing> {
        self.any(random, &["table", "table", "parent"])
    }

    pub(super) fn column<'w>(&'w self, random: &mut Random, of: &Thing) -> Option<&'w Thing> {
        self.part(random, "column", &of.name)
    }

    /// A schema to make something in: mostly the usual one.
    pub(super) fn schema(&self, random: &mut Random) -> String {
        if random.below(4) > 0 {
            return "public".to_owned();
        }
        self.any(random, &["schema"]).map_or_else(|| "public".to_owned(), |schema| schema.name.clone())
    }

    /// A type for a column: the server's own, or one of those that were made.
    pub(super) fn data_type(&self, random: &mut Random) -> String {
        if random.below(4) == 0
            && let Some(own) = self.any(random, &["enum", "enum", "domain", "composite", "range"])
        {
            return if random.below(5) == 0 { format!("{}[]", own.name) } else { own.name.clone() };
        }
        random.pick(TYPES).to_owned()
    }
}

const TYPES: &[&str] = &[
    "integer",
    "integer",
    "integer",
    "bigint",
    "smallint",
    "numeric(8,2)",
    "numeric",
    "text",
    "text",
    "text",
    "character varying(20)",
    "character(4)",
    "boolean",
    "date",
    "timestamp with time zone",
    "timestamp(3) without time zone",
    "time without time zone",
    "interval",
    "interval day to second",
    "uuid",
    "jsonb",
    "json",
    "bytea",
    "inet",
    "text[]",
    "integer[]",
    "int4range",
    "tsvector",
    "bit(3)",
    "bit varying(5)",
    "real",
    "double precision",
    "point",
    "money",
    "name",
    "\"char\"",
    "regclass",
];

/// A value of a type, as an expression.
pub(super) fn value(kind: &str, random: &mut Random) -> Option<&'static str> {
    if kind.ends_with("[]") {
        return Some(random.pick(&["'{}'", "NULL"]));
    }
    Some(random.pick(match kind.split('(').next().unwrap_or_default() {
        "integer" | "bigint" | "smallint" => &["1", "2", "0", "7", "'3'::integer"],
        "numeric" | "real" | "double precision" => &["1.5", "0", "(2 * 3)"],
        "text" | "character varying" | "character" | "name" | "\"char\"" => &["'x'", "'it''s'", "'a'", "'\\'"],
        "boolean" => &["true", "false"],
        "date" => &["'2024-02-29'", "CURRENT_DATE"],
        "timestamp with time zone" => &["now()", "'2024-01-01 00:00:00+00'"],
        "timestamp" => &["'2024-01-01'"],
        "interval" => &["'1 day'", "make_interval(days => 2)"],
        "uuid" => &["gen_random_uuid()", "'00000000-0000-4000-8000-000000000001'"],
        "jsonb" | "json" => &["'{}'", "'[1, 2]'"],
        "inet" => &["'10.0.0.1'"],
        "bytea" => &["'\\x00ff'"],
        "int4range" => &["'[1,5)'", "'empty'"],
        _ => return None,
    }))
}

/// A name, quoted where it must be. There are few, so that they meet.
pub(super) fn name(random: &mut Random) -> String {
    let plain = random.pick(&["a", "b", "c", "d", "note", "item"]);
    match random.below(12) {
        0 => random.pick(&["\"Order\"", "\"user\"", "\"x y\"", "\"é\"", "\"it's\"", "\"say \"\"so\"\"\""]).to_owned(),
        number if number < 6 => plain.to_owned(),
        number => format!("{plain}_{number}"),
    }
}

/// A table and a type may have one name only where the table was there first: so that no way back depends on that, types have their own.
pub(super) fn type_name(random: &mut Random) -> String {
    format!("\"Kind {}\"", random.below(9))
}
