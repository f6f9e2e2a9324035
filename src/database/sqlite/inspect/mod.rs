//! What a database holds: `sqlite_schema`, taken apart, and the settings that are stored in the file.

mod fit;
mod identity;
mod lines;
mod part;
#[cfg(feature = "barrel")]
mod references;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use rusqlite::Connection;

use self::lines::{Line, LinePart, PartOf};
pub(crate) use identity::{Identities, Places};
#[cfg(feature = "barrel")]
pub(crate) use references::loose as loose_references;
pub(crate) use table::{Affinity, ColumnDefinition, CreateTable};

use crate::catalog::{Body, Catalog, Id, Kind, StoredSetting};

/// The settings that are the schema's, not the file's or the connection's.
const SETTINGS: [&str; 2] = ["application_id", "user_version"];

/// What a database holds, with the texts that SQL is made of. A copy of it costs nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct SqliteSnapshot {
    pub(crate) catalog: Catalog,
    /// In the order in which they were created.
    pub(crate) tables: Rc<[TableEntry]>,
    /// Virtual tables, indexes, views, triggers, in the order in which they were created.
    pub(crate) others: Rc<[WholeObject]>,
    pub(crate) settings: Vec<(&'static str, i64)>,
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct TableEntry {
    pub(crate) id: u32,
    pub(crate) name: String,
    /// The page at which its rows begin.
    pub(crate) root: i64,
    /// The same one for the same text, as long as one inspector reads it.
    pub(crate) table: Rc<CreateTable>,
    /// The numbers of the columns, in their order.
    pub(crate) columns: Vec<u32>,
    /// Whose names it has taken.
    pub(crate) places: Places,
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
    /// It without some tables, as if they were not there.
    #[cfg(all(feature = "project", feature = "postgres"))]
    pub(crate) fn without(self, names: &[String]) -> Self {
        let is_kept = |entry: &&TableEntry| !names.iter().any(|name| name.eq_ignore_ascii_case(&entry.name));
        let tables = self.tables.iter().filter(is_kept).cloned().collect();
        Self { tables, ..self }
    }

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

/// Reads what a database holds, again and again; what is as it was when it was read before is not taken apart again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inspector {
    pub(crate) identities: Identities,
    tables: HashMap<String, Rc<CreateTable>>,
    /// Tables that are not the schema's, such as the history's.
    ignored: BTreeSet<String>,
    /// The lines that were read last. Each reading compares them, text by text, with what the database has.
    last: Vec<Rc<Line>>,
    /// What was made of lines last.
    parts: Vec<Rc<LinePart>>,
    catalog: Catalog,
}

impl Inspector {
    /// One that has read nothing yet, and tells tables apart as another one does.
    #[cfg(test)]
    pub(crate) fn anew(&self) -> Self {
        Self { identities: self.identities.clone(), ignored: self.ignored.clone(), ..Self::default() }
    }

    /// Leaves out a table, by its name.
    pub(crate) fn ignoring(mut self, table: &str) -> Self {
        self.ignored.insert(table.to_ascii_lowercase());
        self
    }

    /// Takes note of what a statement changed. To be called after each one that may take something away, or give it another name.
    pub(crate) fn see(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let lines = self.lines(connection)?;
        self.note(&lines);
        Ok(())
    }

    fn note(&mut self, lines: &[Rc<Line>]) {
        let tables = lines.iter().filter(|line| line.is_table());
        let tables: Vec<_> = tables.map(|line| (line, Rc::clone(parsed(&mut self.tables, line)))).collect();
        self.identities.see(tables.iter().map(|(line, table)| (line.lower.as_str(), line.root, &**table)));
    }

    /// Reads what the database holds.
    pub(crate) fn read(&mut self, connection: &Connection) -> rusqlite::Result<SqliteSnapshot> {
        let lines = self.lines(connection)?;
        self.note(&lines);
        let parts: Vec<Rc<LinePart>> = lines.iter().map(|line| self.part(line)).collect();
        let mut catalog = self.catalog_of(parts.clone());
        let mut settings = Vec::with_capacity(SETTINGS.len());
        for (number, name) in (1..).zip(SETTINGS) {
            let value: i64 = connection.prepare(&format!("PRAGMA {name}"))?.query_row([], |row| row.get(0))?;
            settings.push((name, value));
            let id = Id { kind: Kind::Setting, object: number, part: 0 };
            let body = Body::StoredSetting(StoredSetting { value: Some(value) });
            catalog.insert(part::object(id, None, name, body));
        }
        let entry = |part: &Rc<LinePart>| match &part.what {
            PartOf::Table { entry, .. } => Some(entry.clone()),
            PartOf::Other { .. } => None,
        };
        let whole = |part: &Rc<LinePart>| match &part.what {
            PartOf::Table { .. } => None,
            PartOf::Other { whole, .. } => Some(whole.clone()),
        };
        Ok(SqliteSnapshot {
            catalog,
            tables: parts.iter().filter_map(entry).collect(),
            others: parts.iter().filter_map(whole).collect(),
            settings,
        })
    }

    /// The last one, without what is gone, and with what is new.
    fn catalog_of(&mut self, parts: Vec<Rc<LinePart>>) -> Catalog {
        let last = std::mem::replace(&mut self.parts, parts);
        let without = |some: &[Rc<LinePart>], others: &[Rc<LinePart>]| -> Vec<Rc<LinePart>> {
            let others: HashSet<*const LinePart> = others.iter().map(Rc::as_ptr).collect();
            some.iter().filter(|part| !others.contains(&Rc::as_ptr(part))).cloned().collect()
        };
        let gone = without(&last, &self.parts);
        let new = without(&self.parts, &last);
        gone.iter().flat_map(|part| &part.objects).for_each(|object| self.catalog.remove(object.id));
        new.iter().flat_map(|part| &part.objects).for_each(|object| self.catalog.insert_shared(object.clone()));
        self.catalog.clone()
    }

    fn part(&mut self, line: &Line) -> Rc<LinePart> {
        if line.is_table()
            && let Some(known) = self.identities.table(&line.lower)
        {
            return part::of_table(line, parsed(&mut self.tables, line), &known);
        }
        part::of_other(line, &mut self.identities)
    }

    fn lines(&mut self, connection: &Connection) -> rusqlite::Result<Vec<Rc<Line>>> {
        self.last = lines::read(connection, &self.last)?;
        let mut lines = self.last.clone();
        let shadows = lines::shadows(connection, &lines)?;
        if !shadows.is_empty() || !self.ignored.is_empty() {
            lines.retain(|line| !shadows.contains(&line.lower_table) && !self.ignored.contains(&line.lower_table));
        }
        Ok(lines)
    }
}

fn parsed<'a>(cache: &mut HashMap<String, Rc<CreateTable>>, line: &'a Line) -> &'a Rc<CreateTable> {
    line.parsed.get_or_init(|| match cache.get(&line.sql) {
        Some(known) => Rc::clone(known),
        None => Rc::clone(cache.entry(line.sql.clone()).or_insert(Rc::new(CreateTable::parse(&line.sql)))),
    })
}
