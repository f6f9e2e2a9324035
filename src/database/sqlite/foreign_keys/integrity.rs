//! What is wrong with a database's foreign keys, before a step and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rusqlite::Connection;

use crate::database::Job;
use crate::event::Action;
use crate::plural;
use crate::sql::Ident;

/// What is wrong. What was so before a step cannot be held against it.
#[derive(Debug, Default)]
pub(super) struct IntegrityCheck {
    /// Rows without a parent, by child and parent table.
    violations: BTreeMap<ChildAndParent, i64>,
    /// Tables that are referenced but do not exist.
    dangling: Vec<ChildAndParent>,
    /// The tables that are there, in small letters.
    tables: BTreeSet<String>,
    /// Tables whose references SQLite cannot follow, since what they name is no key, with SQLite's words.
    mismatched: BTreeMap<String, String>,
}

/// A child table and the parent that it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ChildAndParent {
    child: String,
    parent: String,
}

/// The first thing that is wrong now and was not before.
pub(super) enum Damage {
    Dangling { child: String, parent: String },
    Mismatched { message: String },
    Orphans { child: String, parent: String, count: i64 },
}

impl IntegrityCheck {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut check = Self { dangling: dangling(connection)?, tables: tables(connection)?, ..Self::default() };
        for child in children(connection)? {
            // One by one, since a reference that cannot be followed ends the check of all.
            match orphans(connection, &child) {
                Ok(orphans) => check.violations.extend(orphans),
                Err(rusqlite::Error::SqliteFailure(_, Some(message))) if message.contains("foreign key mismatch") => {
                    check.mismatched.insert(child, message);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(check)
    }

    pub(super) fn first_damage_since(&self, before: &Self, renames: &Renames) -> Option<Damage> {
        let same = |now: &ChildAndParent, then: &ChildAndParent| {
            renames.may_have_been(&now.child, &then.child) && renames.may_have_been(&now.parent, &then.parent)
        };
        // A table that was not there before, and that the step has not given another name, may come later, or be as it was.
        let is_broken = |pair: &&ChildAndParent| {
            let parent = pair.parent.to_ascii_lowercase();
            before.tables.contains(&parent) || renames.has(&parent)
        };
        let is_known = |now: &ChildAndParent| before.dangling.iter().any(|then| same(now, then));
        if let Some(pair) = self.dangling.iter().find(|now| !is_known(now) && is_broken(now)) {
            return Some(Damage::Dangling { child: pair.child.clone(), parent: pair.parent.clone() });
        }
        let known = |child: &str| before.mismatched.keys().any(|then| renames.may_have_been(child, then));
        if let Some((_, message)) = self.mismatched.iter().find(|(child, _)| !known(child)) {
            return Some(Damage::Mismatched { message: message.clone() });
        }
        self.violations.iter().find_map(|(now, count)| {
            let was = before.violations.iter().filter(|(then, _)| same(now, then)).map(|(_, count)| *count);
            let count = count - was.max().unwrap_or(0);
            (count > 0).then(|| Damage::Orphans { child: now.child.clone(), parent: now.parent.clone(), count })
        })
    }
}

/// Which name a table may have had before a step.
pub(super) struct Renames(Vec<(String, String)>);

impl Renames {
    pub(super) fn of(jobs: &[Job<'_>]) -> Self {
        let renamed = jobs.iter().flat_map(|job| &job.analysis.shapes.renamed);
        Self(renamed.map(|(from, to)| (from.name.to_ascii_lowercase(), to.name.to_ascii_lowercase())).collect())
    }

    /// Whether the step has called a table so.
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(from, to)| from == name || to == name)
    }

    fn may_have_been(&self, now: &str, then: &str) -> bool {
        let mut name = now.to_ascii_lowercase();
        let then = then.to_ascii_lowercase();
        if name == then {
            return true;
        }
        for (from, to) in self.0.iter().rev() {
            if *to == name {
                name.clone_from(from);
            }
            if name == then {
                return true;
            }
        }
        false
    }
}

impl Damage {
    pub(super) fn hint(&self, of: Action) -> String {
        let is_down = of == Action::Revert;
        match self {
            Self::Dangling { parent, .. } => format!(
                "to rebuild \"{parent}\": create the new table under another name, copy, drop \"{parent}\", then rename the \
                 new one; references follow a table that is renamed, so that renaming the old one out of the way moves them"
            ),
            Self::Mismatched { .. } => {
                "give the parent a PRIMARY KEY or UNIQUE constraint on what is referenced, as it had before".to_owned()
            }
            Self::Orphans { .. } if is_down => {
                "give these rows a parent or delete them, then run `schemactl down` again".to_owned()
            }
            Self::Orphans { child, parent, .. } => format!(
                "copy all rows of \"{parent}\" into the new table, keys unchanged; or delete the rows of \"{child}\" first, in \
                 a migration before this one"
            ),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dangling { child, parent } => {
                write!(f, "table \"{child}\" would reference \"{parent}\", which would not exist")
            }
            Self::Mismatched { message } => f.write_str(message),
            Self::Orphans { child, parent, count } => {
                write!(
                    f,
                    "{} of \"{child}\" would have no parent in \"{parent}\"",
                    plural::count(usize::try_from(*count).unwrap_or(usize::MAX), "row")
                )
            }
        }
    }
}

/// The tables that have a foreign key.
fn children(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' \
             AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(name, 'main')) ORDER BY name",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn orphans(connection: &Connection, child: &str) -> rusqlite::Result<BTreeMap<ChildAndParent, i64>> {
    let mut violations = BTreeMap::new();
    let mut statement = connection.prepare("SELECT parent FROM pragma_foreign_key_check(?1, 'main')")?;
    let mut rows = statement.query([child])?;
    while let Some(row) = rows.next()? {
        *violations.entry(ChildAndParent { child: child.to_owned(), parent: row.get(0)? }).or_insert(0) += 1;
    }
    Ok(violations)
}

fn tables(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let sql = "SELECT lower(name) FROM main.sqlite_schema WHERE type = 'table'";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn dangling(connection: &Connection) -> rusqlite::Result<Vec<ChildAndParent>> {
    connection
        .prepare(
            "SELECT DISTINCT child.name, key.\"table\" \
             FROM main.sqlite_schema AS child, pragma_foreign_key_list(child.name, 'main') AS key \
             WHERE child.type = 'table' AND NOT EXISTS \
             (SELECT 1 FROM main.sqlite_schema AS parent WHERE parent.type = 'table' AND lower(parent.name) = lower(key.\"table\")) \
             ORDER BY 1, 2",
        )?
        .query_map([], |row| Ok(ChildAndParent { child: row.get(0)?, parent: row.get(1)? }))?
        .collect()
}

/// So many rows without a parent are named.
const NAMED: i64 = 10;

impl Damage {
    /// With the keys of the first rows that have no parent, where none had none before.
    pub(super) fn named(&self, connection: &Connection) -> rusqlite::Result<String> {
        let Self::Orphans { child, parent, count } = self else { return Ok(self.to_string()) };
        let sql = "SELECT rowid FROM pragma_foreign_key_check(?1, 'main') WHERE lower(parent) = lower(?2) AND rowid IS NOT NULL";
        let found: Vec<i64> =
            connection.prepare(sql)?.query_map([child, parent], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if i64::try_from(found.len()) != Ok(*count) {
            return Ok(self.to_string());
        }
        let sql = "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0 ORDER BY pk";
        let key: Vec<String> =
            connection.prepare(sql)?.query_map([child], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let shown = key.iter().map(|name| format!("'{} = ' || quote({})", name.replace('\'', "''"), Ident(name)));
        let shown: Vec<String> = shown.collect();
        let shown = if shown.is_empty() { "'row ' || rowid".to_owned() } else { shown.join(" || ', ' || ") };
        let sql = format!(
            "SELECT CAST({shown} AS BLOB) FROM main.{} WHERE rowid IN (SELECT value FROM json_each(?1)) ORDER BY 1 LIMIT {NAMED}",
            Ident(child)
        );
        let numbers: Vec<String> = found.iter().map(ToString::to_string).collect();
        let text = |row: &rusqlite::Row<'_>| Ok(String::from_utf8_lossy(&row.get::<_, Vec<u8>>(0)?).into_owned());
        let mut statement = connection.prepare(&sql)?;
        let first: Vec<String> =
            statement.query_map([format!("[{}]", numbers.join(","))], text)?.collect::<Result<_, _>>()?;
        let more = if *count > NAMED { "; ..." } else { "" };
        Ok(format!("{self} ({}{more})", first.join("; ")))
    }
}

/// The first rows without a parent, for a commit that failed because of them.
pub(in crate::database::sqlite) fn first_orphans(connection: &Connection) -> Option<String> {
    let nothing_renamed = Renames(Vec::new());
    let damage =
        IntegrityCheck::of(connection).ok()?.first_damage_since(&IntegrityCheck::default(), &nothing_renamed)?;
    Some(damage.named(connection).unwrap_or_else(|_| damage.to_string()))
}
