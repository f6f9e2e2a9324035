//! A random schema with rows in it, in a database in which each statement is tried.

use std::collections::BTreeMap;

use schemactl_test_support::postgres::{self, Database, Session};

use super::datatype::Datatype;
use super::relation::{Field, Relation, RowKey, quoted};
use super::triggers;
use crate::undo::dice::Dice;

const SCHEMAS: &[&str] = &["public", "public", "public", "Two"];
const TABLES: &[&str] = &["role", "member", "plan", "item", "order", "Mixed", "a b", "x\"y", "ünï"];
const COLUMNS: &[&str] = &["a", "b", "c", "v", "select", "Price", "two words", "q\"t", "naïve"];
const ACTIONS: &[&str] =
    &["", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON DELETE RESTRICT", " ON DELETE SET DEFAULT"];
const UPDATES: &[&str] = &["", "", " ON UPDATE CASCADE", " ON UPDATE SET NULL", " ON UPDATE RESTRICT"];
const WHEN: &[&str] = &["", "", "", " DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE"];

/// The tables that triggers write.
pub(super) const LOG: &str = "\"public\".\"audit\"";
pub(super) const NUMBERED: &str = "\"public\".\"audit_numbered\"";
pub(super) const COUNTER: &str = "\"public\".\"counter\"";

const FIRST: &[&str] = &[
    "CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'it''s')",
    "CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0)",
    "CREATE TYPE public.pair AS (a integer, b text)",
    "CREATE SCHEMA \"Two\"",
    "CREATE FUNCTION public.run(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE what; END $$",
    "CREATE TABLE public.audit (what text, of text)",
    "CREATE TABLE public.audit_numbered (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text, of text)",
    "CREATE TABLE public.counter (id integer PRIMARY KEY, n integer)",
];

pub(super) struct Workshop {
    pub(super) relations: Vec<Relation>,
    pub(super) schema: Vec<String>,
    pub(super) rows: Vec<String>,
    /// The keys that rows have, as literals, by table.
    pub(super) keys: BTreeMap<String, Vec<Vec<String>>>,
    session: Session,
    /// So that names of indexes and triggers are new.
    number: usize,
    _database: Database,
}

impl Workshop {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let database = postgres::database(postgres::version());
        let mut session = database.session();
        session.run("SET client_min_messages = error");
        let mut shop = Self {
            relations: Vec::new(),
            schema: Vec::new(),
            rows: Vec::new(),
            keys: BTreeMap::new(),
            session,
            number: 0,
            _database: database,
        };
        for text in FIRST {
            assert!(shop.runs(text), "{text}");
            shop.schema.push((*text).to_owned());
        }
        for _ in 0..=dice.below(5) {
            let relation = shop.random_relation(dice);
            let texts = relation.create();
            if shop.runs(&texts.join(";\n")) {
                shop.schema.extend(texts);
                shop.relations.push(relation);
            }
        }
        for at in 0..shop.relations.len() {
            for _ in 0..dice.below(3) {
                let texts = triggers::random(&mut shop, at, dice);
                if shop.runs(&texts.join(";\n")) {
                    shop.schema.extend(texts.iter().cloned());
                    shop.relations[at].besides.extend(texts);
                }
            }
        }
        shop.fill(dice);
        shop.session.run("BEGIN");
        shop
    }

    fn fill(&mut self, dice: &mut Dice) {
        let text = format!("INSERT INTO {COUNTER} VALUES (1, 7)");
        assert!(self.runs(&text));
        self.rows.push(text);
        for at in 0..self.relations.len() {
            for _ in 0..dice.below(9) {
                let relation = self.relations[at].clone();
                let (names, values): (Vec<String>, Vec<String>) =
                    self.values(&relation, dice).into_iter().map(|(name, value)| (quoted(&name), value)).unzip();
                let text = format!(
                    "INSERT INTO {} ({}){} VALUES ({})",
                    relation.quoted(),
                    names.join(", "),
                    relation.overriding(),
                    values.join(", ")
                );
                if self.runs(&text) {
                    self.rows.push(text);
                }
            }
            self.read_keys(at);
        }
    }

    fn read_keys(&mut self, at: usize) {
        let relation = &self.relations[at];
        let fields = relation.key_fields();
        if fields.is_empty() {
            return;
        }
        let values: Vec<String> =
            fields.iter().map(|field| format!("replace(format('%L', {}), chr(10), chr(30))", field.quoted())).collect();
        let query = format!("SELECT {} FROM {} LIMIT 20", values.join(" || chr(31) || "), relation.quoted());
        let rows = self.session.run(&query);
        let key = |line: &str| line.split('\u{1f}').map(|value| value.replace('\u{1e}', "\n")).collect();
        let keys = rows.lines().map(key).collect();
        self.keys.insert(relation.quoted(), keys);
    }

    /// Whether a statement of its own runs.
    pub(super) fn runs(&mut self, text: &str) -> bool {
        // A COMMIT of what has failed is a ROLLBACK.
        !self.session.run(&format!("BEGIN;\n{text};\nCOMMIT")).contains("ERROR:")
    }

    /// Whether statements run one after the other in the transaction of the migration, which has nothing of them where they do not.
    pub(super) fn tries(&mut self, texts: &[String]) -> bool {
        let all = texts.join(";\n");
        let message = format!(
            "SAVEPOINT trial;\n{all};\nSAVEPOINT late;\nSET CONSTRAINTS ALL IMMEDIATE;\nROLLBACK TO SAVEPOINT late;\nRELEASE SAVEPOINT late"
        );
        let is_sound = !self.session.run(&message).contains("ERROR:");
        let end =
            if is_sound { "RELEASE SAVEPOINT trial" } else { "ROLLBACK TO SAVEPOINT trial; RELEASE SAVEPOINT trial" };
        self.session.run(end);
        is_sound
    }

    /// How many rows the transaction of the migration has touched.
    pub(super) fn touched(&mut self) -> String {
        self.session.run("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
    }

    /// A name that nothing has.
    pub(super) fn next(&mut self, of: &str) -> String {
        self.number += 1;
        format!("{of}_{}", self.number)
    }

    /// A schema, and a name that no table of it has.
    pub(super) fn free_name(&mut self, dice: &mut Dice) -> (String, String) {
        let is_free = |schema: &str, name: &str| {
            !self.relations.iter().any(|relation| relation.schema == schema && relation.name.eq_ignore_ascii_case(name))
        };
        for _ in 0..8 {
            let (schema, name) = (*dice.pick(SCHEMAS), *dice.pick(TABLES));
            if is_free(schema, name) {
                return (schema.to_owned(), name.to_owned());
            }
        }
        ((*dice.pick(SCHEMAS)).to_owned(), self.next("more"))
    }

    pub(super) fn free_column(fields: &[Field], dice: &mut Dice) -> Option<String> {
        let free = COLUMNS.iter().filter(|name| !fields.iter().any(|field| field.name.eq_ignore_ascii_case(name)));
        dice.any(&free.collect::<Vec<_>>()).map(|name| (**name).to_owned())
    }

    pub(super) fn random_relation(&mut self, dice: &mut Dice) -> Relation {
        let (schema, name) = self.free_name(dice);
        let key = *dice.pick(&[
            RowKey::Given,
            RowKey::Given,
            RowKey::Given,
            RowKey::Found,
            RowKey::Found,
            RowKey::Always,
            RowKey::Two,
            RowKey::Given,
            RowKey::Two,
            RowKey::Given,
            RowKey::Found,
            RowKey::None,
        ]);
        let mut fields: Vec<Field> = Vec::new();
        let own = |name: &str, datatype: Datatype, rest: &str| Field {
            name: name.to_owned(),
            datatype,
            rest: rest.to_owned(),
            is_computed: false,
        };
        let of_key =
            &[Datatype::Int, Datatype::Bigint, Datatype::Text, Datatype::Uuid, Datatype::Varchar, Datatype::Char];
        match key {
            RowKey::None => {}
            RowKey::Given => fields.push(own(dice.pick::<&str>(&["id", "Id", "key"]), *dice.pick(of_key), "")),
            RowKey::Found => {
                let rest = *dice.pick(&[
                    " GENERATED BY DEFAULT AS IDENTITY",
                    " GENERATED BY DEFAULT AS IDENTITY (START WITH 100)",
                    " GENERATED BY DEFAULT AS IDENTITY (START WITH 50)",
                ]);
                fields.push(own("id", *dice.pick(&[Datatype::Int, Datatype::Bigint]), rest));
            }
            RowKey::Always => {
                fields.push(own("id", Datatype::Bigint, " GENERATED ALWAYS AS IDENTITY (START WITH 100)"));
            }
            RowKey::Two => {
                fields.push(own("k", *dice.pick(of_key), ""));
                fields.push(own("l", *dice.pick(of_key), ""));
            }
        }
        let mut relation =
            Relation { schema, name, fields, key, options: String::new(), besides: Vec::new(), is_altered: false };
        for _ in 0..=dice.below(4) {
            relation.fields.extend(self.random_field(&relation, dice));
        }
        if relation.written().is_empty() {
            relation.fields.push(own("z", Datatype::Text, ""));
        }
        if dice.percent(10) && matches!(relation.key, RowKey::Given | RowKey::Two) {
            self.divide(&mut relation, dice);
        }
        let table = relation.quoted();
        if dice.percent(20) {
            let index = self.next("i");
            let field = dice.pick(&relation.fields).quoted();
            let kind = dice.pick(&["", "UNIQUE "]);
            relation.besides.push(format!("CREATE {kind}INDEX {index} ON {table} ({field})"));
        }
        relation
    }

    fn divide(&mut self, relation: &mut Relation, dice: &mut Dice) {
        let table = relation.quoted();
        relation.options = format!(" PARTITION BY HASH ({})", relation.fields[0].quoted());
        let schema = quoted(dice.pick::<&str>(SCHEMAS));
        for remainder in 0..2 {
            let part = self.next("part");
            relation.besides.push(format!(
                "CREATE TABLE {schema}.{part} PARTITION OF {table} FOR VALUES WITH (MODULUS 2, REMAINDER {remainder})"
            ));
        }
    }

    /// A column that is not of the key.
    pub(super) fn random_field(&mut self, relation: &Relation, dice: &mut Dice) -> Option<Field> {
        let name = Self::free_column(&relation.fields, dice)?;
        let mut field = Field { name, datatype: Datatype::any(dice), rest: String::new(), is_computed: false };
        if dice.percent(30) {
            let parents: Vec<Relation> =
                self.relations.iter().filter(|parent| parent.key_fields().len() == 1).cloned().collect();
            let own = (relation.key_fields().len() == 1 && dice.percent(30)).then_some(relation);
            if let Some(parent) = own.or(dice.any(&parents)) {
                field.datatype = parent.fields[0].datatype;
                let default =
                    if dice.percent(20) { format!(" DEFAULT {}", field.datatype.key(dice)) } else { String::new() };
                field.rest = format!(
                    "{default} REFERENCES {} ({}){}{}{}",
                    parent.quoted(),
                    parent.fields[0].quoted(),
                    dice.pick(ACTIONS),
                    dice.pick(UPDATES),
                    dice.pick(WHEN)
                );
                return Some(field);
            }
        }
        let bases: Vec<&Field> = relation
            .fields
            .iter()
            .filter(|field| {
                !field.is_computed && matches!(field.datatype, Datatype::Int | Datatype::Text | Datatype::Bigint)
            })
            .collect();
        if dice.percent(8)
            && let Some(base) = dice.any(&bases)
        {
            field.datatype = base.datatype;
            let what = if base.datatype == Datatype::Text { "|| '~'" } else { "- 1" };
            field.rest = format!(" GENERATED ALWAYS AS ({} {what}) STORED", base.quoted());
            field.is_computed = true;
            return Some(field);
        }
        if dice.percent(15) {
            field.rest += " NOT NULL";
        }
        if dice.percent(30) {
            field.rest += &format!(" DEFAULT {}", field.datatype.value(dice));
        }
        if field.datatype == Datatype::Range && dice.percent(40) {
            // Two ranges of rows do not overlap.
            field.rest += " UNIQUE";
        } else if field.datatype.has_equality() && dice.percent(15) {
            field.rest +=
                *dice.pick(&[" UNIQUE", " UNIQUE", " UNIQUE DEFERRABLE INITIALLY DEFERRED", " UNIQUE DEFERRABLE"]);
        } else if dice.percent(8) {
            field.rest += &format!(" CHECK (length({}::text) < 60)", field.quoted());
        }
        Some(field)
    }

    /// A value for a column that may be written.
    pub(super) fn value(&self, relation: &Relation, field: &Field, dice: &mut Dice) -> String {
        if let Some((_, parent)) = field.rest.split_once(" REFERENCES ") {
            let parent = self.keys.iter().find(|(table, _)| parent.starts_with(&format!("{table} (")));
            let known = parent.and_then(|(_, keys)| dice.any(keys)).and_then(|key| key.first());
            return match known {
                Some(key) if dice.percent(75) => key.clone(),
                _ if dice.percent(60) => "NULL".to_owned(),
                _ => field.datatype.key(dice),
            };
        }
        if relation.is_of_key(&field.name) {
            return field.datatype.key(dice);
        }
        if dice.percent(18) { "NULL".to_owned() } else { field.datatype.value(dice) }
    }

    /// Values for a row.
    pub(super) fn values(&self, relation: &Relation, dice: &mut Dice) -> Vec<(String, String)> {
        let written = relation.written();
        written.iter().map(|field| (field.name.clone(), self.value(relation, field, dice))).collect()
    }
}
