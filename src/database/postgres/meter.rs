//! What a step really does to rows that were there: told by the server's own counters, inside its transaction.
//!
//! `pg_stat_get_xact_tuples_deleted` and `..._updated` count in this session, without delay, what statements, functions, cascades and triggers
//! do (<https://www.postgresql.org/docs/18/monitoring-stats.html>). What is dropped, emptied or written anew leaves no such trace: that a table
//! or column is gone shows in the catalog. What a step turns out to drop without its text having said so is counted in a second attempt,
//! under its lock, before the step is run again.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::SimpleQueryRow;

use super::undo::OwnRows;
use super::{PostgresDatabase, failure};
use crate::database::{Consent, Counted, Failure, Job};
use crate::sql::{DataHolder, Literal, Loss, Name};

/// What a step has dropped, in an attempt that was rolled back, though its text does not say so: by their numbers in the catalog.
#[derive(Debug, Default)]
pub(super) struct Surprises {
    tables: BTreeSet<u32>,
    columns: BTreeSet<(u32, i16)>,
}

/// The tables as they were when the step began.
pub(super) struct Meter {
    before: BTreeMap<u32, Relation>,
    /// What was counted under its lock already.
    counted: Surprises,
    /// Tables that may be written anew.
    altered: BTreeSet<u32>,
    /// Rows that were only given values in columns of the step's own, by the table.
    filled: BTreeMap<u32, u64>,
    is_counting: bool,
}

/// What the meter has come to.
pub(super) enum Reading {
    Lost(Vec<Counted>),
    /// What was dropped beyond what was counted before, and its names.
    Surprised(Surprises, Vec<Counted>),
}

struct Relation {
    name: Name<'static>,
    /// The partitioned table that it belongs to, or itself.
    root: u32,
    file: u32,
    deleted: u64,
    changed: u64,
    /// Columns that were dropped.
    dropped: BTreeSet<i16>,
}

impl Meter {
    /// Begins with the tables that are there. `counted` is what the step is known to drop.
    pub(super) async fn begin(
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
        counted: Surprises,
    ) -> Result<Self, Failure> {
        let mut altered = BTreeSet::new();
        if !job.lost.hides {
            let tables = job.lost.altered.iter().map(|table| DataHolder { table, column: None });
            altered = covered(database, &tables.collect::<Vec<_>>()).await?.tables;
        }
        let is_counting = is_counting(database, job).await?;
        let before = relations(database).await?;
        Ok(Self { before, counted, altered, filled: BTreeMap::new(), is_counting })
    }

    /// Takes note of rows that a statement has only given values in columns of the step's own. Where triggers have a say, it may be more.
    pub(super) async fn fill(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        table: &Name<'static>,
        rows: u64,
    ) -> Result<(), Failure> {
        let sql = format!(
            "SELECT c.oid FROM pg_class c WHERE c.oid = to_regclass({}) AND NOT EXISTS (SELECT FROM pg_trigger t \
             JOIN pg_class p ON p.oid = t.tgrelid WHERE coalesce(pg_partition_root(p.oid), p.oid) = coalesce(pg_partition_root(c.oid), c.oid) \
             AND NOT t.tgisinternal AND t.tgtype & 16 <> 0)",
            Literal(Some(&table.to_string()))
        );
        let oid = texts(database, &sql).await?.first().and_then(|oid| oid.parse::<u32>().ok());
        if let Some(relation) = oid.and_then(|oid| self.before.get(&oid)) {
            *self.filled.entry(relation.root).or_default() += rows;
        }
        Ok(())
    }

    /// What one statement has done to rows of tables that stay.
    pub(super) async fn finish_statement(self, database: &mut PostgresDatabase<'_>) -> Result<Vec<Counted>, Failure> {
        let mut lost = self.measured(&relations(database).await?, &OwnRows::new());
        lost.extend(by_record(database).await?);
        Ok(lost)
    }

    /// What was done to rows since, but for those of the up; what was dropped unannounced is told instead, unless it may go.
    pub(super) async fn finish(
        mut self,
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
        own: &OwnRows,
    ) -> Result<Reading, Failure> {
        self.is_counting &= is_counting(database, job).await?;
        let after = relations(database).await?;
        let dropped = self.dropped(&after);
        let mut lost = surprises_named(&dropped, &self.before);
        if matches!(job.consent, Consent::Missing | Consent::Tried) && !dropped.is_empty() {
            return Ok(Reading::Surprised(dropped, lost));
        }
        lost.extend(self.measured(&after, own));
        lost.extend(by_record(database).await?);
        if !self.is_counting && job.lost.writes_rows {
            let what = "rows that the server has not counted: track_counts is off".to_owned();
            lost.push(Counted { loss: Loss::Other { what }, count: None });
        }
        Ok(Reading::Lost(lost))
    }

    /// What is gone, or written anew, and was not counted before.
    fn dropped(&self, after: &BTreeMap<u32, Relation>) -> Surprises {
        let mut found = Surprises::default();
        for (oid, before) in &self.before {
            let is_counted = self.counted.tables.contains(oid);
            match after.get(oid) {
                None if !is_counted => drop(found.tables.insert(*oid)),
                Some(now) if now.file != before.file && !is_counted && !self.altered.contains(oid) => {
                    found.tables.insert(*oid);
                }
                Some(now) if !is_counted => {
                    let new = now.dropped.difference(&before.dropped).map(|attribute| (*oid, *attribute));
                    found.columns.extend(new.filter(|column| !self.counted.columns.contains(column)));
                }
                _ => {}
            }
        }
        found
    }

    /// By table; of a partitioned one those of all its partitions together.
    fn measured(&self, after: &BTreeMap<u32, Relation>, own: &OwnRows) -> Vec<Counted> {
        let mut sums: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (oid, before) in &self.before {
            if let Some(now) = after.get(oid) {
                let sum = sums.entry(before.root).or_default();
                let (deleted, changed) = own.get(oid).copied().unwrap_or_default();
                sum.0 += now.deleted.saturating_sub(before.deleted).saturating_sub(deleted);
                sum.1 += now.changed.saturating_sub(before.changed).saturating_sub(changed);
            }
        }
        let mut lost = Vec::new();
        for (root, (deleted, changed)) in sums {
            let Some(table) = self.before.get(&root).map(|relation| relation.name.clone()) else { continue };
            let changed = changed.saturating_sub(self.filled.get(&root).copied().unwrap_or(0));
            if deleted > 0 {
                lost.push(Counted { loss: Loss::Deleted { table: table.clone() }, count: Some(deleted) });
            }
            if changed > 0 {
                lost.push(Counted { loss: Loss::Changed { table }, count: Some(changed) });
            }
        }
        lost.sort_by_key(ToString::to_string);
        lost
    }
}

impl Surprises {
    fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
    }

    /// Whether any of them is new.
    pub(super) fn add(&mut self, found: Self) -> bool {
        let known = self.tables.len() + self.columns.len();
        self.tables.extend(found.tables);
        self.columns.extend(found.columns);
        self.tables.len() + self.columns.len() > known
    }
}

/// What went beyond the text of a step that may lose it: how much it was is not known any more.
fn surprises_named(found: &Surprises, before: &BTreeMap<u32, Relation>) -> Vec<Counted> {
    let tables = found.tables.iter().chain(found.columns.iter().map(|(oid, _)| oid)).collect::<BTreeSet<_>>();
    let named = tables.into_iter().filter_map(|oid| before.get(oid));
    named.map(|relation| Counted { loss: Loss::Rows { table: relation.name.clone() }, count: None }).collect()
}

/// What they are called.
pub(super) async fn names(database: &mut PostgresDatabase<'_>, surprises: &Surprises) -> Result<Vec<Loss>, Failure> {
    let list = |oids: Vec<String>| oids.join(", ");
    let mut losses = Vec::new();
    let tables = list(surprises.tables.iter().map(|oid| format!("({oid})")).collect());
    if !tables.is_empty() {
        let sql = format!(
            "SELECT CASE WHEN NOT pg_table_is_visible(c.oid) THEN n.nspname END, c.relname FROM (VALUES {tables}) AS w (oid) JOIN pg_class c ON c.oid = w.oid::oid \
             JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2"
        );
        for row in rows(database, &sql).await? {
            losses.extend(name(row.get(0), row.get(1)).map(|table| Loss::Rows { table }));
        }
    }
    let columns = list(surprises.columns.iter().map(|(oid, attribute)| format!("({oid}, {attribute})")).collect());
    if !columns.is_empty() {
        let sql = format!(
            "SELECT CASE WHEN NOT pg_table_is_visible(c.oid) THEN n.nspname END, c.relname, a.attname FROM (VALUES {columns}) AS w (oid, number) JOIN pg_class c ON c.oid = w.oid::oid \
             JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = w.number ORDER BY 1, 2, 3"
        );
        for row in rows(database, &sql).await? {
            let column = row.get(2).unwrap_or_default().to_owned();
            losses.extend(name(row.get(0), row.get(1)).map(|table| Loss::Values { table, column }));
        }
    }
    Ok(losses)
}

fn name(schema: Option<&str>, name: Option<&str>) -> Option<Name<'static>> {
    Some(Name { schema: schema.map(|schema| schema.to_owned().into()), name: name?.to_owned().into() })
}

/// The tables and columns that these are, and those of the tables that inherit them.
pub(super) async fn covered(
    database: &mut PostgresDatabase<'_>,
    holders: &[DataHolder<'_>],
) -> Result<Surprises, Failure> {
    let mut covered = Surprises::default();
    if holders.is_empty() {
        return Ok(covered);
    }
    let sql = format!(
        "WITH RECURSIVE heirs (oid, attribute) AS (\
         SELECT to_regclass(w.relation)::oid, w.attribute FROM (VALUES {}) AS w (relation, attribute) WHERE to_regclass(w.relation) IS NOT NULL \
         UNION SELECT i.inhrelid, h.attribute FROM heirs h JOIN pg_inherits i ON i.inhparent = h.oid) \
         SELECT h.oid, a.attnum FROM heirs h LEFT JOIN pg_attribute a ON a.attrelid = h.oid AND a.attname = h.attribute \
         AND NOT a.attisdropped WHERE h.attribute IS NULL OR a.attnum IS NOT NULL",
        holders
            .iter()
            .map(|holder| format!("({}, {}::text)", Literal(Some(&holder.table.to_string())), Literal(holder.column)))
            .collect::<Vec<_>>()
            .join(", ")
    );
    for row in rows(database, &sql).await? {
        let Some(oid) = row.get(0).and_then(|oid| oid.parse().ok()) else { continue };
        match row.get(1).map(str::parse) {
            Some(Ok(attribute)) => drop(covered.columns.insert((oid, attribute))),
            _ => drop(covered.tables.insert(oid)),
        }
    }
    Ok(covered)
}

/// The tables that hold rows of users, but for the history's own.
async fn relations(database: &mut PostgresDatabase<'_>) -> Result<BTreeMap<u32, Relation>, Failure> {
    let own: Vec<String> = database
        .tables
        .recorded()
        .iter()
        .map(|name| format!("coalesce(to_regclass({}), 0)", Literal(Some(name))))
        .collect();
    let history = own.join(", ");
    let sql = format!(
        "SELECT c.oid, CASE WHEN pg_table_is_visible(c.oid) THEN NULL ELSE n.nspname END, c.relname, \
         coalesce(CASE WHEN c.relispartition THEN pg_partition_root(c.oid) END, c.oid)::oid, c.relfilenode, \
         pg_stat_get_xact_tuples_deleted(c.oid), pg_stat_get_xact_tuples_updated(c.oid), \
         (SELECT string_agg(a.attnum::text, ' ') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attisdropped) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE (c.relkind IN ('r', 'p') AND n.nspname <> ALL ('{{pg_catalog,information_schema,pg_toast}}') \
         OR c.oid = 'pg_catalog.pg_largeobject'::regclass) AND c.oid NOT IN ({history})"
    );
    let mut relations = BTreeMap::new();
    for row in rows(database, &sql).await? {
        let number = |at: usize| row.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let oid = |at: usize| u32::try_from(number(at)).unwrap_or(0);
        let dropped =
            row.get(7).unwrap_or_default().split(' ').filter_map(|attribute| attribute.parse().ok()).collect();
        let Some(name) = name(row.get(1), row.get(2)) else { continue };
        relations.insert(
            oid(0),
            Relation { name, root: oid(3), file: oid(4), deleted: number(5), changed: number(6), dropped },
        );
    }
    Ok(relations)
}

/// What triggers and rules of the history's tables do when the record is written: after everything was counted.
async fn by_record(database: &mut PostgresDatabase<'_>) -> Result<Vec<Counted>, Failure> {
    let tables = [database.tables.history(), database.tables.log()].map(|name| Literal(Some(&name)).to_string());
    let sql = format!(
        "SELECT format('%s %s of %s', w.kind, w.name, c.relname) FROM pg_class c JOIN (\
         SELECT 'trigger', tgname, tgrelid FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' \
         UNION ALL SELECT 'rule', rulename, ev_class FROM pg_rewrite WHERE ev_enabled <> 'D') AS w (kind, name, oid) ON w.oid = c.oid \
         WHERE c.oid IN (to_regclass({}), to_regclass({})) ORDER BY 1",
        tables[0], tables[1]
    );
    Ok(texts(database, &sql).await?.iter().map(|what| Counted::by_record(what)).collect())
}

/// Whether the server counts, and the script leaves that alone.
async fn is_counting(database: &mut PostgresDatabase<'_>, job: &Job<'_>) -> Result<bool, Failure> {
    let found = texts(database, "SELECT current_setting('track_counts')").await?;
    let is_touched = job.step.script().text().to_ascii_lowercase().contains("track_counts");
    Ok(!is_touched && found.first().map(String::as_str) == Some("on"))
}

pub(super) async fn texts(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<String>, Failure> {
    Ok(rows(database, sql).await?.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect())
}

async fn rows(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>, Failure> {
    let answer = database.session.query(sql).await;
    answer.map_err(|broken| failure::of(broken, database.session.is_interrupted()))
}
