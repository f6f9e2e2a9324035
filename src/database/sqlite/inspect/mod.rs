//! What a database holds: `sqlite_schema`, taken apart, and the settings that are stored in the file.

mod fit;
mod identity;
#[cfg(feature = "barrel")]
mod references;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use rusqlite::Connection;

pub(crate) use identity::Identities;
#[cfg(feature = "barrel")]
pub(crate) use references::loose as loose_references;
pub(crate) use table::{Affinity, ColumnDefinition, CreateTable};

use crate::catalog::{self, Body, Catalog, Id, IndexText, Kind, NotNull, Object, ObjectName, StoredSetting, Written};
use crate::sql::{Dialect, normal, tokens};

/// The settings that are the schema's, not the file's or the connection's.
const SETTINGS: [&str; 2] = ["application_id", "user_version"];

/// What the tables of a virtual table are called: its name, and one of these (FTS3 to FTS5, R-Tree).
const SHADOWS: [&str; 13] = [
    "config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir", "segments", "stat", "instance",
    "vocab",
];

/// What a database holds, with the texts that SQL is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct SqliteSnapshot {
    pub(crate) catalog: Catalog,
    /// In the order in which they were created.
    pub(crate) tables: Vec<TableEntry>,
    /// Virtual tables, indexes, views, triggers, in the order in which they were created.
    pub(crate) others: Vec<WholeObject>,
    pub(crate) settings: Vec<(&'static str, i64)>,
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct TableEntry {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) table: Rc<CreateTable>,
    /// The numbers of the columns, in their order.
    pub(crate) columns: Vec<u32>,
}

/// What is created as a whole or not at all.
#[derive(Debug, Clone)]
pub(crate) struct WholeObject {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// The table of an index or a trigger.
    pub(crate) table: String,
    /// As SQLite has it.
    pub(crate) sql: Rc<str>,
    /// In normal form.
    pub(crate) definition: Rc<str>,
}

impl SqliteSnapshot {
    pub(crate) fn table(&self, name: &str) -> Option<&TableEntry> {
        self.tables.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn other(&self, kind: Kind, name: &str) -> Option<&WholeObject> {
        self.others.iter().find(|other| other.kind == kind && other.name.eq_ignore_ascii_case(name))
    }

    /// Whether anything that shares the tables' names is called so.
    pub(crate) fn is_taken(&self, name: &str) -> bool {
        self.table(name).is_some()
            || self.others.iter().any(|other| other.kind != Kind::Trigger && other.name.eq_ignore_ascii_case(name))
    }
}

/// A line of `sqlite_schema`.
struct Line {
    kind: String,
    name: String,
    table: String,
    root: i64,
    sql: String,
}

/// Reads what a database holds, again and again; texts that were read before are not taken apart again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inspector {
    pub(crate) identities: Identities,
    tables: HashMap<String, Rc<CreateTable>>,
    others: HashMap<String, (Rc<str>, Rc<str>)>,
    /// Tables that are not the schema's, such as the history's.
    ignored: BTreeSet<String>,
}

impl Inspector {
    /// Leaves out a table, by its name.
    pub(crate) fn ignoring(mut self, table: &str) -> Self {
        self.ignored.insert(table.to_ascii_lowercase());
        self
    }

    /// Takes note of what a statement changed. To be called after each one that may change the schema.
    pub(crate) fn see(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let lines = self.lines(connection)?;
        self.note(&lines);
        Ok(())
    }

    fn note(&mut self, lines: &[Line]) {
        let tables: Vec<_> = lines
            .iter()
            .filter(|line| line.is_table())
            .map(|line| (line.name.as_str(), line.root, Rc::clone(parsed(&mut self.tables, &line.sql))))
            .collect();
        self.identities.see(tables.iter().map(|(name, root, table)| (*name, *root, &**table)));
    }

    /// Reads what the database holds.
    pub(crate) fn read(&mut self, connection: &Connection) -> rusqlite::Result<SqliteSnapshot> {
        let lines = self.lines(connection)?;
        self.note(&lines);
        let mut snapshot = SqliteSnapshot::default();
        for line in &lines {
            if line.is_table() {
                self.add_table(&mut snapshot, line);
            } else {
                self.add_other(&mut snapshot, line);
            }
        }
        for (number, name) in (1..).zip(SETTINGS) {
            let value: i64 = connection.prepare(&format!("PRAGMA {name}"))?.query_row([], |row| row.get(0))?;
            snapshot.settings.push((name, value));
            let id = Id { kind: Kind::Setting, object: number, part: 0 };
            snapshot
                .catalog
                .objects
                .insert(id, object(id, None, name, Body::StoredSetting(StoredSetting { value: Some(value) })));
        }
        Ok(snapshot)
    }

    /// What an index or a trigger goes with.
    fn parent(&mut self, kind: Kind, table: &str) -> Option<Id> {
        if !matches!(kind, Kind::Index | Kind::Trigger) {
            return None;
        }
        let id = |kind, object| Id { kind, object, part: 0 };
        match self.identities.table(table) {
            // A trigger instead of what would be done to a view.
            0 => Some(id(Kind::View, self.identities.other(Kind::View, table))),
            number => Some(id(Kind::Table, number)),
        }
    }

    fn lines(&self, connection: &Connection) -> rusqlite::Result<Vec<Line>> {
        let mut statement = connection.prepare(
            "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema \
             WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        )?;
        let mut lines = statement
            .query_map([], |row| {
                Ok(Line {
                    kind: row.get(0)?,
                    name: row.get(1)?,
                    table: row.get(2)?,
                    root: row.get(3)?,
                    sql: row.get(4)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let shadows = shadows(connection, &lines)?;
        lines.retain(|line| {
            let table = line.table.to_ascii_lowercase();
            !shadows.contains(&table) && !self.ignored.contains(&table)
        });
        Ok(lines)
    }

    fn add_table(&mut self, snapshot: &mut SqliteSnapshot, line: &Line) {
        let table = Rc::clone(parsed(&mut self.tables, &line.sql));
        let number = self.identities.table(&line.name);
        let id = Id { kind: Kind::Table, object: number, part: 0 };
        // Columns are objects of their own: what is left are constraints of the table, and its options.
        let body = catalog::Table {
            constraints: Some(Written::constraints(&table.constraints)),
            trailing: Some(table.options.clone()),
            ..catalog::Table::default()
        };
        snapshot.catalog.objects.insert(id, object(id, None, &line.name, Body::Table(body)));
        let mut columns = Vec::with_capacity(table.columns.len());
        for (position, column) in (1..).zip(&table.columns) {
            let part = self.identities.column(&line.name, &column.name);
            columns.push(part);
            let own = Id { kind: Kind::Column, object: number, part };
            let object = object(own, Some(&line.name), &column.name, Body::Column(column_body(column, position)));
            snapshot.catalog.objects.insert(own, Object { parent: Some(id), ..object });
        }
        snapshot.tables.push(TableEntry { id: number, name: line.name.clone(), table, columns });
    }

    fn add_other(&mut self, snapshot: &mut SqliteSnapshot, line: &Line) {
        let kind = line.other_kind();
        let parent = self.parent(kind, &line.table);
        let (sql, definition) = self.others.entry(line.sql.clone()).or_insert_with(|| {
            let definition = normal(&line.sql, &tokens(Dialect::Sqlite, &line.sql));
            (Rc::from(line.sql.as_str()), Rc::from(definition))
        });
        let id = Id { kind, object: self.identities.other(kind, &line.name), part: 0 };
        let owner = matches!(kind, Kind::Trigger).then_some(line.table.as_str());
        let object = object(id, owner, &line.name, other_body(kind, definition));
        snapshot.catalog.objects.insert(id, Object { parent, ..object });
        snapshot.others.push(WholeObject {
            kind,
            name: line.name.clone(),
            table: line.table.clone(),
            sql: Rc::clone(sql),
            definition: Rc::clone(definition),
        });
    }
}

fn parsed<'a>(cache: &'a mut HashMap<String, Rc<CreateTable>>, sql: &str) -> &'a Rc<CreateTable> {
    if !cache.contains_key(sql) {
        cache.insert(sql.to_owned(), Rc::new(CreateTable::parse(sql)));
    }
    &cache[sql]
}

fn object(id: Id, owner: Option<&str>, name: &str, body: Body) -> Object {
    let name = ObjectName { schema: None, owner: owner.map(str::to_owned), name: name.to_owned() };
    Object { body, ..Object::new(id, name) }
}

/// What a column's text says, besides the text.
fn column_body(column: &ColumnDefinition, position: u32) -> catalog::Column {
    catalog::Column {
        written: Some(Written::column(&column.name, &column.definition)),
        position: Some(position),
        data_type: Some(column.datatype.clone()).filter(|datatype| !datatype.is_empty()),
        not_null: column.is_not_null().then(NotNull::default),
        default: column.default.clone(),
        generated: column.generated(),
        ..catalog::Column::default()
    }
}

/// What is created as a whole is its text, in normal form.
fn other_body(kind: Kind, definition: &str) -> Body {
    let text = Some(definition.to_owned());
    match kind {
        Kind::Index => {
            let definition = Some(IndexText::read(Dialect::Sqlite, definition));
            Body::Index(catalog::Index { definition, ..catalog::Index::default() })
        }
        Kind::View => Body::View(catalog::View { definition: text, ..catalog::View::default() }),
        Kind::VirtualTable => Body::VirtualTable(catalog::VirtualTable { definition: text }),
        _ => Body::Trigger(catalog::Trigger { definition: text, ..catalog::Trigger::default() }),
    }
}

impl Line {
    fn is_virtual(&self) -> bool {
        self.kind == "table" && self.root == 0
    }

    fn is_table(&self) -> bool {
        self.kind == "table" && self.root != 0
    }

    fn other_kind(&self) -> Kind {
        match self.kind.as_str() {
            "table" => Kind::VirtualTable,
            "index" => Kind::Index,
            "view" => Kind::View,
            _ => Kind::Trigger,
        }
    }
}

/// The tables in which virtual tables keep their data, in lower case. SQLite tells them from 3.37 on; before, their names do. Of modules that
/// are known the names do in any case: a virtual table that a dump wrote into `sqlite_schema` is told only once that was parsed again.
fn shadows(connection: &Connection, lines: &[Line]) -> rusqlite::Result<BTreeSet<String>> {
    let virtuals: Vec<String> =
        lines.iter().filter(|line| line.is_virtual()).map(|line| line.name.to_ascii_lowercase()).collect();
    if virtuals.is_empty() {
        return Ok(BTreeSet::new());
    }
    let told = "SELECT lower(name) FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'";
    if let Ok(mut statement) = connection.prepare(told) {
        let mut told: BTreeSet<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for line in lines.iter().filter(|line| line.is_virtual()) {
            let name = line.name.to_ascii_lowercase();
            told.extend(known_shadows(&line.sql).iter().map(|suffix| format!("{name}_{suffix}")));
        }
        return Ok(told);
    }
    let tables = lines.iter().filter(|line| line.is_table()).map(|line| line.name.to_ascii_lowercase());
    Ok(tables.filter(|name| is_named_as_shadow(&virtuals, name)).collect())
}

/// What SQLite's own modules call the tables of a virtual one, by its text: `xShadowName` of ext/fts3/fts3.c, ext/fts5/fts5_main.c and
/// ext/rtree/rtree.c.
fn known_shadows(sql: &str) -> &'static [&'static str] {
    let all = tokens(Dialect::Sqlite, sql);
    let word = |at: usize| all.get(at).map(|token| sql[token.start..token.end].to_ascii_lowercase());
    let using = (0..all.len()).find(|at| word(*at).as_deref() == Some("using"));
    match using.and_then(|at| word(at + 1)).unwrap_or_default().trim_matches(['"', '`', '[', ']', '\'']) {
        "fts3" | "fts4" => &["content", "docsize", "segdir", "segments", "stat"],
        "fts5" => &["config", "content", "data", "docsize", "idx"],
        "rtree" | "rtree_i32" | "geopoly" => &["node", "parent", "rowid"],
        _ => &[],
    }
}

fn is_named_as_shadow(virtuals: &[String], name: &str) -> bool {
    virtuals.iter().any(|table| {
        let suffix = name.strip_prefix(table.as_str()).and_then(|rest| rest.strip_prefix('_'));
        suffix.is_some_and(|suffix| SHADOWS.contains(&suffix))
    })
}
