//! The lines of `sqlite_schema`, of which those that are as they were are not read again.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use rusqlite::{Connection, Row};

use super::identity::KnownTables;
use super::table::CreateTable;
use super::{TableEntry, WholeObject};
use crate::catalog::{Id, Kind, SharedObject};
use crate::sql::{Dialect, tokens};

/// What the tables of a virtual table are called: its name, and one of these (FTS3 to FTS5, R-Tree).
const SHADOWS: [&str; 13] = [
    "config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir", "segments", "stat", "instance",
    "vocab",
];

/// A line of `sqlite_schema`, with what was made of it. It is the same one as long as the table has it so.
#[derive(Debug)]
pub(super) struct Line {
    rowid: i64,
    kind: String,
    pub(super) name: String,
    pub(super) table: String,
    pub(super) root: i64,
    pub(super) sql: String,
    /// The names in lower case.
    pub(super) lower: String,
    pub(super) lower_table: String,
    /// Its text, taken apart.
    pub(super) parsed: OnceCell<Rc<CreateTable>>,
    /// What it was in a snapshot.
    pub(super) part: RefCell<Option<Rc<LinePart>>>,
}

/// What a line is in a snapshot: a table with its columns, or what is created as a whole.
#[derive(Debug)]
pub(super) struct LinePart {
    pub(super) objects: Vec<SharedObject>,
    pub(super) what: PartOf,
}

#[derive(Debug)]
pub(super) enum PartOf {
    Table { known: Rc<KnownTables>, entry: TableEntry },
    Other { id: Id, parent: Option<Id>, whole: WholeObject },
}

impl Line {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (name, table): (String, String) = (row.get(2)?, row.get(3)?);
        Ok(Self {
            rowid: row.get(0)?,
            kind: row.get(1)?,
            lower: name.to_ascii_lowercase(),
            lower_table: table.to_ascii_lowercase(),
            name,
            table,
            root: row.get(4)?,
            sql: row.get(5)?,
            parsed: OnceCell::new(),
            part: RefCell::new(None),
        })
    }

    /// Whether a row has all of it.
    fn is(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let is_text = |at: usize, own: &str| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str() == Ok(own));
        let is_number = |at: usize, own: i64| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_i64() == Ok(own));
        Ok(is_number(0, self.rowid)?
            && is_number(4, self.root)?
            && is_text(1, &self.kind)?
            && is_text(2, &self.name)?
            && is_text(3, &self.table)?
            && is_text(5, &self.sql)?)
    }

    fn is_virtual(&self) -> bool {
        self.kind == "table" && self.root == 0
    }

    pub(super) fn is_table(&self) -> bool {
        self.kind == "table" && self.root != 0
    }

    pub(super) fn other_kind(&self) -> Kind {
        match self.kind.as_str() {
            "table" => Kind::VirtualTable,
            "index" => Kind::Index,
            "view" => Kind::View,
            _ => Kind::Trigger,
        }
    }
}

/// Reads all lines, in the order in which they were made. Those that are what they were are those of the last time.
pub(super) fn read(connection: &Connection, last: &[Rc<Line>]) -> rusqlite::Result<Vec<Rc<Line>>> {
    let mut statement = connection.prepare(
        "SELECT rowid, type, name, tbl_name, rootpage, sql FROM sqlite_schema \
         WHERE sql IS NOT NULL ORDER BY rowid",
    )?;
    let mut rows = statement.query([])?;
    let mut last = last.iter().peekable();
    let mut lines = Vec::with_capacity(last.len());
    while let Some(row) = rows.next()? {
        if row.get_ref(2)?.as_str().is_ok_and(is_own) {
            continue;
        }
        let rowid: i64 = row.get(0)?;
        while last.next_if(|line| line.rowid < rowid).is_some() {}
        match last.peek() {
            Some(line) if line.is(row)? => lines.push(Rc::clone(line)),
            _ => lines.push(Rc::new(Line::of(row)?)),
        }
    }
    Ok(lines)
}

/// Whether SQLite keeps a name for itself.
fn is_own(name: &str) -> bool {
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"))
}

/// The tables in which virtual tables keep their data, in lower case. SQLite tells them from 3.37 on; before, their names do. Of modules that
/// are known the names do in any case: a virtual table that a dump wrote into `sqlite_schema` is told only once that was parsed again.
pub(super) fn shadows(connection: &Connection, lines: &[Rc<Line>]) -> rusqlite::Result<BTreeSet<String>> {
    let virtuals: Vec<String> = lines.iter().filter(|line| line.is_virtual()).map(|line| line.lower.clone()).collect();
    if virtuals.is_empty() {
        return Ok(BTreeSet::new());
    }
    let told = "SELECT lower(name) FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'";
    if let Ok(mut statement) = connection.prepare(told) {
        let mut told: BTreeSet<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for line in lines.iter().filter(|line| line.is_virtual()) {
            told.extend(known_shadows(&line.sql).iter().map(|suffix| format!("{}_{suffix}", line.lower)));
        }
        return Ok(told);
    }
    let tables = lines.iter().filter(|line| line.is_table()).map(|line| line.lower.clone());
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
