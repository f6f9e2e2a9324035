//! A random schema with rows in it, and two databases in which each statement is tried: with the rows, and without any.

use std::collections::BTreeMap;

use schemactl_test_support::rusqlite::Connection;

use super::dice::Dice;
use super::schema::{Column, Index, Key, Parent, Table, Trigger, list};
use super::values::Kind;

const TABLES: &[&str] = &["role", "member", "plan", "item", "order", "Mixed", "a b", "x\"y", "ünï"];
const COLUMNS: &[&str] = &["a", "b", "c", "v", "select", "Price", "two words", "q\"t", "naïve"];
const ACTIONS: &[&str] =
    &["", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON DELETE RESTRICT", " ON DELETE SET DEFAULT"];
const UPDATES: &[&str] = &["", "", " ON UPDATE CASCADE", " ON UPDATE SET NULL"];
const CHECKS: &[&str] = &["{} IS NULL OR length({}) < 40", "typeof({}) <> 'real'", "{} IS NOT 'abc'"];
const EVENTS: &[&str] = &["INSERT", "UPDATE", "DELETE"];

/// The tables that triggers write.
pub(super) const LOG: &str = "audit";
pub(super) const NUMBERED: &str = "audit_numbered";
pub(super) const COUNTER: &str = "counter";

pub(super) struct World {
    pub(super) tables: Vec<Table>,
    pub(super) schema: Vec<String>,
    pub(super) rows: Vec<String>,
    /// The keys that rows have, as literals, by table.
    pub(super) keys: BTreeMap<String, Vec<Vec<String>>>,
    full: Connection,
    /// What `generate` tries the migration on; none where the down is written by hand.
    empty: Option<Connection>,
    /// Whether a column may get the name of one that is gone, or tables are rebuilt: of both in one migration a generated down does not know which
    /// column is which (see [`cases`](super::cases), A7).
    pub(super) reuses_names: bool,
    /// So that names of indexes and triggers are new.
    number: usize,
}

impl World {
    pub(super) fn new(is_by_hand: bool, dice: &mut Dice) -> Self {
        let mut world = Self {
            tables: Vec::new(),
            schema: Vec::new(),
            rows: Vec::new(),
            keys: BTreeMap::new(),
            full: memory(),
            empty: (!is_by_hand).then(memory),
            reuses_names: dice.percent(30),
            number: 0,
        };
        world.log();
        for _ in 0..=dice.below(4) {
            let table = world.random_table(dice);
            let mut texts = vec![table.create(&table.name)];
            texts.extend(table.create_rest());
            if world.tries(&texts[..1], false) {
                world.schema.push(texts.remove(0));
                texts.retain(|text| world.tries(std::slice::from_ref(text), false));
                world.schema.extend(texts);
                world.tables.push(table);
            }
        }
        world.tables.clone().iter().for_each(|table| world.fill(table, dice));
        world
    }

    fn log(&mut self) {
        let texts = [
            format!("CREATE TABLE {LOG} (what TEXT, of)"),
            format!("CREATE TABLE {NUMBERED} (no INTEGER PRIMARY KEY, what TEXT, of)"),
            format!("CREATE TABLE {COUNTER} (n INTEGER)"),
        ];
        let rows = format!("INSERT INTO {COUNTER} VALUES (0)");
        assert!(self.tries(&texts, false) && self.full.execute(&rows, []).is_ok());
        self.schema.extend(texts);
        self.rows.push(rows);
    }

    pub(super) fn next(&mut self, what: &str) -> String {
        self.number += 1;
        format!("{what}_{}", self.number)
    }

    /// A name that no table has.
    pub(super) fn free_table(&self, dice: &mut Dice) -> String {
        let has = |name: &str| self.tables.iter().any(|table| table.name == name);
        let free: Vec<&&str> = TABLES.iter().filter(|name| !has(name)).collect();
        (**dice.pick(&free)).to_owned()
    }

    /// A name that no column of the table has.
    pub(super) fn free_column(columns: &[Column], dice: &mut Dice) -> Option<String> {
        let has = |name: &str| columns.iter().any(|column| column.name == name);
        let free: Vec<&&str> = COLUMNS.iter().filter(|name| !has(name)).collect();
        dice.any(&free).map(|name| (**name).to_owned())
    }

    pub(super) fn random_table(&mut self, dice: &mut Dice) -> Table {
        let key = *dice.pick(&[
            Key::Integer(false),
            Key::Integer(true),
            Key::Integer(false),
            Key::One,
            Key::One,
            Key::Two,
            Key::None,
        ]);
        let has_no_rowid = matches!(key, Key::One | Key::Two) && dice.percent(30);
        let is_strict = dice.percent(15);
        let mut table = Table {
            name: self.free_table(dice),
            columns: Vec::new(),
            key,
            has_no_rowid,
            is_strict,
            indexes: Vec::new(),
            triggers: Vec::new(),
        };
        let of_key = match key {
            Key::None => 0,
            Key::Integer(_) | Key::One => 1,
            Key::Two => 2,
        };
        for at in 0..of_key + 1 + dice.below(4) {
            let Some(mut column) = self.random_column(&table, dice) else { break };
            if at < of_key {
                column = Self::as_key(column, at, &table, dice);
            }
            table.columns.push(column);
        }
        self.add_rest(&mut table, dice);
        table
    }

    fn as_key(mut column: Column, at: usize, table: &Table, dice: &mut Dice) -> Column {
        ["id", "part"][at].clone_into(&mut column.name);
        column.kind = match table.key {
            Key::Integer(_) => Kind::Integer,
            _ => *dice.pick(&[Kind::Text, Kind::Text, Kind::Integer, Kind::Numeric, Kind::Any]),
        };
        column.kind.declared(table.is_strict, dice).clone_into(&mut column.declared);
        column.computed = None;
        column.check = None;
        column.is_unique = false;
        column.default = None;
        column.parent = if table.key == Key::Two { column.parent } else { None };
        column.is_required = dice.percent(60);
        column
    }

    pub(super) fn random_column(&self, table: &Table, dice: &mut Dice) -> Option<Column> {
        let kind = *dice.pick(Kind::ALL);
        let mut column = Column {
            name: Self::free_column(&table.columns, dice)?,
            kind,
            declared: kind.declared(table.is_strict, dice).to_owned(),
            is_required: dice.percent(30),
            is_unique: dice.percent(12),
            default: None,
            collation: if kind == Kind::Text && dice.percent(20) { " COLLATE NOCASE" } else { "" },
            check: None,
            computed: None,
            parent: None,
        };
        if dice.percent(30) {
            column.default = Some(kind.literal(dice)).filter(|text| !text.contains('('));
        }
        if dice.percent(12) {
            column.check = Some(*dice.pick(CHECKS));
        }
        let base = table.columns.iter().find(|other| other.computed.is_none());
        match base {
            Some(base) if dice.percent(10) => {
                column.computed = Some((*dice.pick(&["{} || 'x'", "length({})"]), base.name.clone()));
                column.declared = if table.is_strict { "ANY".to_owned() } else { String::new() };
                column.is_unique = false;
            }
            _ if dice.percent(35) => self.refer(&mut column, table, dice),
            _ => {}
        }
        Some(column)
    }

    /// Makes it refer to the key of a table, or of its own.
    fn refer(&self, column: &mut Column, table: &Table, dice: &mut Dice) {
        let of_one = |table: &&Table| matches!(table.key, Key::Integer(_) | Key::One) && !table.columns.is_empty();
        let tables: Vec<&Table> = self.tables.iter().chain([table]).filter(of_one).collect();
        let Some(parent) = dice.any(&tables) else { return };
        let key = &parent.columns[0];
        column.kind = key.kind;
        column.declared.clone_from(&key.declared);
        column.collation = key.collation;
        column.check = None;
        column.default = None;
        column.is_unique = column.is_unique && dice.percent(30);
        let actions = format!("{}{}", dice.pick(ACTIONS), dice.pick(UPDATES));
        column.parent = Some(Parent { table: parent.name.clone(), column: key.name.clone(), actions });
    }

    fn add_rest(&mut self, table: &mut Table, dice: &mut Dice) {
        let column = dice.pick(&table.columns).name.clone();
        if dice.percent(20) {
            let name = self.next("plain");
            table.indexes.push(Index::Plain { name, column: column.clone(), is_unique: dice.percent(40) });
        }
        if dice.percent(15) {
            let name = self.next("partial");
            table.indexes.push(Index::Partial { name, column: column.clone() });
        }
        if dice.percent(15) {
            let name = self.next("expression");
            table.indexes.push(Index::Expression { name, column });
        }
        let event = *dice.pick(EVENTS);
        if dice.percent(18) {
            let log = if dice.percent(70) { LOG } else { NUMBERED }.to_owned();
            table.triggers.push(Trigger::Audit { name: self.next("audits"), event, log });
        }
        if dice.percent(15) {
            table.triggers.push(Trigger::Counter { name: self.next("counts"), event, counter: COUNTER.to_owned() });
        }
        let other = dice.any(&self.tables);
        let other = other.map(|other| (other.name.clone(), dice.pick(&other.columns).name.clone()));
        if let Some((other, column)) = other.filter(|_| dice.percent(10)) {
            table.triggers.push(Trigger::Deletes { name: self.next("deletes"), table: other, column });
        }
    }

    /// A value that may stand in the column: one of the parent's keys, where it refers to one.
    pub(super) fn value(&self, table: &Table, column: &Column, dice: &mut Dice) -> String {
        if table.is_of_key(&column.name) && column.parent.is_none() {
            return column.kind.key(dice);
        }
        if !column.is_required && dice.percent(15) {
            return "NULL".to_owned();
        }
        match &column.parent {
            Some(parent) => {
                let keys = self.keys.get(&parent.table).map(Vec::as_slice).unwrap_or_default();
                dice.any(keys).map_or_else(|| "NULL".to_owned(), |key| key[0].clone())
            }
            None => column.kind.literal(dice),
        }
    }

    pub(super) fn values(&self, table: &Table, dice: &mut Dice) -> Vec<(String, String)> {
        let written = table.written();
        written.iter().map(|column| (column.name.clone(), self.value(table, column, dice))).collect()
    }

    /// Puts rows into a table.
    fn fill(&mut self, table: &Table, dice: &mut Dice) {
        for _ in 0..3 + dice.below(9) {
            let values = self.values(table, dice);
            let literals: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
            let columns = list(values.iter().map(|(column, _)| column.as_str()));
            let text = format!("INSERT INTO {} ({columns}) VALUES ({})", table.quoted(), literals.join(", "));
            if self.full.execute(&text, []).is_ok() {
                self.rows.push(text);
                if table.key == Key::None {
                    continue;
                }
                let key = literals[..table.key_columns().len()].iter().map(|&key| key.to_owned()).collect();
                self.keys.entry(table.name.clone()).or_default().push(key);
            }
        }
    }

    /// Whether statements run on the rows, and where there are none; then they have.
    pub(super) fn tries(&self, texts: &[String], is_rebuild: bool) -> bool {
        let both: Vec<&Connection> = self.empty.iter().chain([&self.full]).collect();
        let enforced = if is_rebuild { "OFF" } else { "ON" };
        let run = |connection: &Connection| {
            connection.execute_batch(&format!("PRAGMA foreign_keys = {enforced}; SAVEPOINT trial"))?;
            texts.iter().try_for_each(|text| connection.execute_batch(text))?;
            let orphans = connection.prepare("PRAGMA foreign_key_check")?.exists([])?;
            if orphans { Err(schemactl_test_support::rusqlite::Error::QueryReturnedNoRows) } else { Ok(()) }
        };
        let runs = both.iter().all(|&connection| run(connection).is_ok());
        let end = if runs { "RELEASE trial" } else { "ROLLBACK TO trial; RELEASE trial" };
        for connection in both {
            if !connection.is_autocommit() {
                connection.execute_batch(end).expect("the savepoint is open");
            }
            connection.execute_batch("PRAGMA foreign_keys = ON").expect("it is no transaction");
        }
        runs
    }

    pub(super) fn rename_table(&mut self, from: &str, to: &str) {
        let rename = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        for table in &mut self.tables {
            rename(&mut table.name);
            table
                .columns
                .iter_mut()
                .filter_map(|column| column.parent.as_mut())
                .for_each(|parent| rename(&mut parent.table));
            for trigger in &mut table.triggers {
                if let Trigger::Deletes { table, .. } = trigger {
                    rename(table);
                }
            }
        }
        if let Some(keys) = self.keys.remove(from) {
            self.keys.insert(to.to_owned(), keys);
        }
    }

    pub(super) fn rename_column(&mut self, of: &str, from: &str, to: &str) {
        let rename = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        for table in &mut self.tables {
            let is_own = table.name == of;
            for column in &mut table.columns {
                if let Some(parent) = column.parent.as_mut().filter(|parent| parent.table == of) {
                    rename(&mut parent.column);
                }
                if is_own {
                    rename(&mut column.name);
                    column.computed.iter_mut().for_each(|(_, base)| rename(base));
                }
            }
            for index in table.indexes.iter_mut().filter(|_| is_own) {
                let (Index::Plain { column, .. } | Index::Partial { column, .. } | Index::Expression { column, .. }) =
                    index;
                rename(column);
            }
            for trigger in &mut table.triggers {
                match trigger {
                    Trigger::Deletes { table, column, .. } if table == of => rename(column),
                    _ => {}
                }
            }
        }
    }
}

fn memory() -> Connection {
    let connection = Connection::open_in_memory().expect("memory is there");
    connection.execute_batch("PRAGMA foreign_keys = ON").expect("it is no transaction");
    connection
}
