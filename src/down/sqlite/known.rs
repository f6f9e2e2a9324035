//! What a scratch database holds, as far as it is known: what was not touched since it was read is not read again.
//!
//! Each fact is kept until SQLite says that a statement which was compiled since may have changed it ([`Touches`]). A savepoint keeps what was
//! known where it was set, and whoever goes back to it goes back to that. Where SQLite has taken a transaction back by itself, nothing is
//! known. Of a database with virtual tables no rows are kept: what their modules write is not told.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use rusqlite::Connection;

use super::touched::Touches;
use super::{rows, virtuals};
use crate::catalog::Kind;
#[cfg(test)]
use crate::database::sqlite::inspect::Inspector;
use crate::database::sqlite::inspect::{CreateTable, SqliteSnapshot, TableEntry};
use crate::down::Rows;
use crate::down::rows::TableRows;

/// What is known. A copy of it costs nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownState {
    pub(super) snapshot: Option<SqliteSnapshot>,
    /// What does not compile.
    pub(super) unsound: Option<Rc<Vec<String>>>,
    rows: Rc<BTreeMap<String, KnownRows>>,
    references: Option<Rc<KnownReferences>>,
}

/// In tests what is known is read anew as well, and has to be the same.
#[cfg(test)]
pub(super) fn assert_same(inspector: &Inspector, connection: &Connection, known: &SqliteSnapshot) {
    let anew = inspector.anew().read(connection).expect("what was read can be read again");
    assert_eq!(anew.catalog, known.catalog, "a catalog that was known is another one");
    let names = |snapshot: &SqliteSnapshot| -> Vec<String> {
        let tables = snapshot.tables.iter().map(|entry| format!("{} {}", entry.name, entry.root));
        let others = snapshot.others.iter().map(|other| format!("{} {} {}", other.kind, other.name, other.sql));
        tables.chain(others).collect()
    };
    assert_eq!((names(&anew), &anew.settings), (names(known), &known.settings));
}

/// In tests everything is read anew as well, after each look, and has to be the same.
#[cfg(test)]
impl KnownState {
    pub(super) fn assert_true(&self, connection: &Connection, snapshot: &SqliteSnapshot, rows: &Rows) {
        let anew = Self::default().rows(connection, snapshot).expect("what was read can be read again");
        assert_eq!(&anew, rows, "rows that were known are others");
        if let Some(references) = self.references.as_ref().filter(|references| references.touched.is_empty())
            && let Ok(broken) = Self::default().broken(connection, snapshot)
        {
            let known: usize = references.counts.values().map(|count| count.broken).sum();
            assert_eq!(known, broken, "references that were known are others");
        }
    }
}

/// Which table something is known of: another one by its name, or the same with other columns, is another one here.
#[derive(Debug, Clone)]
struct TableIdentity {
    id: u32,
    root: i64,
    table: Rc<CreateTable>,
}

/// The rows of a table.
#[derive(Debug, Clone)]
struct KnownRows {
    of: TableIdentity,
    rows: Arc<TableRows>,
}

/// How many references of each table do not hold, and the tables that were touched since they were counted.
#[derive(Debug, Clone, Default)]
struct KnownReferences {
    counts: BTreeMap<String, KnownCount>,
    touched: BTreeSet<String>,
}

/// How many references of a table do not hold, with the tables that it refers to.
#[derive(Debug, Clone)]
struct KnownCount {
    broken: usize,
    of: TableIdentity,
    /// None where there is no such table.
    parents: Vec<(String, Option<TableIdentity>)>,
}

impl KnownState {
    /// Forgets what may have changed.
    pub(super) fn forget(&mut self, touches: Touches) {
        if touches.all {
            *self = Self::default();
            return;
        }
        if touches.schema {
            (self.snapshot, self.unsound) = (None, None);
        }
        if touches.tables.iter().any(|name| self.rows.contains_key(name)) {
            Rc::make_mut(&mut self.rows).retain(|name, _| !touches.tables.contains(name));
        }
        if let Some(references) = self.references.as_mut().filter(|_| !touches.tables.is_empty()) {
            Rc::make_mut(references).touched.extend(touches.tables);
        }
    }

    /// The rows of all tables, of which those are read that are not known.
    pub(super) fn rows(&mut self, connection: &Connection, snapshot: &SqliteSnapshot) -> rusqlite::Result<Rows> {
        let virtual_tables: Vec<_> = snapshot.others.iter().filter(|other| other.kind == Kind::VirtualTable).collect();
        if !virtual_tables.is_empty() {
            self.rows = Rc::default();
        }
        let mut all = BTreeMap::new();
        for entry in snapshot.tables.iter() {
            let name = entry.name.to_ascii_lowercase();
            let rows = match self.rows.get(&name).filter(|known| known.of.is(entry)) {
                Some(known) => Arc::clone(&known.rows),
                None => Arc::new(rows::read(connection, entry)?),
            };
            all.insert(name, rows);
        }
        if virtual_tables.is_empty() {
            self.keep(snapshot, &all);
        }
        for table in virtual_tables {
            let read = virtuals::read(connection, table);
            all.extend(read.map(|rows| (table.name.to_ascii_lowercase(), Arc::new(rows))));
            let is_content = |entry: &&TableEntry| virtuals::is_of_numbers_in(table, &entry.name);
            if let Some(entry) = snapshot.tables.iter().find(is_content) {
                let numbered = rows::read_numbered(connection, entry)?;
                all.extend(numbered.map(|rows| (rows.table().name.to_ascii_lowercase(), Arc::new(rows))));
            }
        }
        Ok(Rows { tables: all })
    }

    fn keep(&mut self, snapshot: &SqliteSnapshot, all: &BTreeMap<String, Arc<TableRows>>) {
        let is_known = |(name, rows): (&String, &Arc<TableRows>)| {
            self.rows.get(name).is_some_and(|known| Arc::ptr_eq(&known.rows, rows))
        };
        if self.rows.len() == all.len() && all.iter().all(is_known) {
            return;
        }
        let known = |entry: &TableEntry| {
            let name = entry.name.to_ascii_lowercase();
            let rows = Arc::clone(all.get(&name)?);
            Some((name, KnownRows { of: TableIdentity::of(entry), rows }))
        };
        self.rows = Rc::new(snapshot.tables.iter().filter_map(known).collect());
    }

    /// How many references do not hold. An error keeps nothing.
    pub(super) fn broken(&mut self, connection: &Connection, snapshot: &SqliteSnapshot) -> rusqlite::Result<usize> {
        let mut known = self.references.take().map(Rc::unwrap_or_clone).unwrap_or_default();
        known.count_again(connection, snapshot)?;
        let broken = known.counts.values().map(|count| count.broken).sum();
        self.references = Some(Rc::new(known));
        Ok(broken)
    }
}

impl TableIdentity {
    fn of(entry: &TableEntry) -> Self {
        Self { id: entry.id, root: entry.root, table: Rc::clone(&entry.table) }
    }

    fn is(&self, entry: &TableEntry) -> bool {
        (self.id, self.root) == (entry.id, entry.root) && Rc::ptr_eq(&self.table, &entry.table)
    }
}

impl KnownReferences {
    /// Counts those of tables that refer to others, where one of these, or the table itself, was touched or is another one.
    fn count_again(&mut self, connection: &Connection, snapshot: &SqliteSnapshot) -> rusqlite::Result<()> {
        let touched = std::mem::take(&mut self.touched);
        let lower = |entry: &TableEntry| entry.name.to_ascii_lowercase();
        let tables: HashMap<String, &TableEntry> = snapshot.tables.iter().map(|entry| (lower(entry), entry)).collect();
        let mut last = std::mem::take(&mut self.counts);
        for (name, entry) in &tables {
            if entry.table.parents.is_empty() {
                continue;
            }
            let is_touched =
                touched.contains(name) || entry.table.parents.iter().any(|parent| touched.contains(parent));
            let known = last.remove(name).filter(|known| !is_touched && known.holds(entry, &tables));
            let count = match known {
                Some(known) => known,
                None => KnownCount {
                    broken: count(connection, &entry.name)?,
                    of: TableIdentity::of(entry),
                    parents: parents(entry, &tables),
                },
            };
            self.counts.insert(name.clone(), count);
        }
        Ok(())
    }
}

impl KnownCount {
    fn holds(&self, entry: &TableEntry, tables: &HashMap<String, &TableEntry>) -> bool {
        let is_same = |(name, of): &(String, Option<TableIdentity>)| match (of, tables.get(name)) {
            (Some(of), Some(parent)) => of.is(parent),
            (None, None) => true,
            _ => false,
        };
        self.of.is(entry) && self.parents.iter().all(is_same)
    }
}

fn parents(entry: &TableEntry, tables: &HashMap<String, &TableEntry>) -> Vec<(String, Option<TableIdentity>)> {
    let of = |name: &String| (name.clone(), tables.get(name).map(|parent| TableIdentity::of(parent)));
    entry.table.parents.iter().map(of).collect()
}

/// How many references of a table do not hold.
fn count(connection: &Connection, table: &str) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare("SELECT count(*) FROM pragma_foreign_key_check(?1, 'main')")?;
    let count: i64 = statement.query_row([table], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use crate::down::sqlite::SqliteScratch;
    use crate::source::Script;

    const TABLES: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE, g AS (id + 1));
        CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES P (id) ON DELETE CASCADE ON UPDATE CASCADE);
        CREATE TABLE cc (id INTEGER PRIMARY KEY, c INT REFERENCES c ON DELETE SET NULL) STRICT;
        CREATE TABLE log (what TEXT, n INT DEFAULT 0) ; CREATE TABLE alone (a, b, PRIMARY KEY (a)) WITHOUT ROWID;
        CREATE TRIGGER on_c AFTER DELETE ON c BEGIN INSERT INTO log (what) VALUES ('gone'); END;
        CREATE TRIGGER on_log AFTER INSERT ON log BEGIN UPDATE log SET n = n + 1; DELETE FROM alone; END;
        CREATE VIEW v AS SELECT id FROM p; CREATE TRIGGER on_v INSTEAD OF INSERT ON v BEGIN INSERT INTO p (id) VALUES (new.id); END";

    /// Each reading compares what is known with what is there: rows, references, catalog.
    #[test]
    fn what_cascades_and_triggers_write_is_read_again() {
        let mut scratch = SqliteScratch::open().unwrap();
        for sql in [
            TABLES,
            "INSERT INTO p (id, code) VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO c VALUES (10, 1), (20, 2), (30, 3)",
            "INSERT INTO cc VALUES (100, 10), (200, 20); INSERT INTO alone VALUES (1, 2)",
            "DELETE FROM p WHERE id = 1",
            "UPDATE p SET id = 9 WHERE id = 2",
            "INSERT OR REPLACE INTO p (id, code) VALUES (8, 'c')",
            "INSERT INTO v VALUES (7)",
            "INSERT INTO alone VALUES (5, 6); INSERT INTO p (id, code) VALUES (9, 'z') ON CONFLICT (id) DO UPDATE SET code = 'y'",
            "ALTER TABLE p RENAME TO q",
            "ALTER TABLE q ADD COLUMN later INT DEFAULT 4",
            "ALTER TABLE c RENAME COLUMN p TO parent",
            "DROP TABLE log; CREATE TABLE log (what TEXT, n INT DEFAULT 0)",
            "PRAGMA foreign_keys = OFF; DROP TRIGGER on_c; DROP TABLE q",
            "CREATE TABLE q (id INTEGER PRIMARY KEY); INSERT INTO q VALUES (9)",
            "DELETE FROM c",
            "PRAGMA user_version = 5",
            "CREATE VIRTUAL TABLE words USING fts5 (body); INSERT INTO words VALUES ('one')",
            "INSERT INTO words VALUES ('two')",
            "UPDATE words SET body = 'three'; DROP TABLE words",
        ] {
            for is_kept in [false, true] {
                let script = Script::new("V1__s.sql".to_owned(), sql.to_owned());
                scratch.begin_savepoint(&[&script]).unwrap();
                scratch.run_script(&script).unwrap_or_else(|error| panic!("{sql}: {error:#}"));
                scratch.read_rows().unwrap();
                let _ = scratch.references_broken().unwrap();
                scratch.read_rows().unwrap();
                if is_kept {
                    scratch.release().unwrap();
                } else {
                    scratch.roll_back_to_last().unwrap();
                }
                scratch.read_rows().unwrap();
            }
        }
    }

    #[test]
    fn what_was_not_touched_is_not_read_again() {
        let mut scratch = SqliteScratch::open().unwrap();
        let run = |scratch: &mut SqliteScratch, sql: &str| {
            scratch.run_script(&Script::new("V1__s.sql".to_owned(), sql.to_owned())).unwrap();
        };
        run(&mut scratch, "CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
        let first = scratch.read_rows().unwrap();
        run(&mut scratch, "INSERT INTO a VALUES (2); CREATE TABLE c (x)");
        let then = scratch.read_rows().unwrap();
        let is_same = |name: &str| std::sync::Arc::ptr_eq(&first.tables[name], &then.tables[name]);
        assert!(is_same("b") && !is_same("a"));
    }
}
