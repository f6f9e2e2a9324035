//! Rows that refer to what is not there, before a foreign key is put back that would refuse them: set aside, or what a rule says.

use super::apart::StillApart;
use super::journal::{LeftOut, MoveJournal, NULLED, ORPHAN, ORPHAN_LEFT_OUT};
use crate::error::Result;
use crate::history::MoveTable;
use crate::sql::{Ident, Literal};
use crate::transfer::orphans::{CHILD, CREATE_GONE, GONE, MovedRows, joined};
use crate::transfer::session::TargetSession;
use crate::transfer::{MovePlan, OrphanOutcome};

const MESSAGE: &str = "rows that refer to nothing cannot be settled";

/// What is done with the orphans of a target.
pub(crate) struct OrphanTask<'a> {
    pub(crate) session: &'a TargetSession,
    pub(crate) journal: &'a MoveJournal,
    pub(crate) plan: &'a MovePlan,
    /// What is off.
    pub(crate) apart: &'a [StillApart],
    /// Whether rows without a rule are set aside.
    pub(crate) sets_aside: bool,
}

impl OrphanTask<'_> {
    /// Settles all orphans, in one transaction. As long as all keys of a table are off none of them takes rows along by itself.
    pub(crate) async fn run(&self) -> Result<()> {
        let (removing, nulling) = (self.removing(), self.nulling());
        if removing.is_empty() && nulling.is_empty() {
            return Ok(());
        }
        self.session.alone(MESSAGE, async || self.settle(&removing, &nulling).await).await
    }

    /// Settles those that have a rule, in the transaction at hand.
    pub(crate) async fn run_within(&self) -> Result<()> {
        let (removing, nulling) = (self.removing(), self.nulling());
        if removing.is_empty() && nulling.is_empty() { Ok(()) } else { self.settle(&removing, &nulling).await }
    }

    async fn settle(&self, removing: &[usize], nulling: &[usize]) -> Result<()> {
        let place = |at: usize| self.plan.tables[at].target.to_string();
        let rows = MovedRows { plan: self.plan, place: &place };
        self.session.run(CREATE_GONE, MESSAGE).await?;
        loop {
            self.remove(rows, removing).await?;
            let mut is_to_repeat = false;
            for at in nulling {
                let key = rows.key(*at);
                is_to_repeat |= self.nullify(rows, *at).await? > 0 && rows.is_referred_to(key);
            }
            if !is_to_repeat {
                return Ok(());
            }
        }
    }

    /// The keys by which rows go: first those that have a rule.
    fn removing(&self) -> Vec<usize> {
        let all = self.plan.keys.iter().enumerate();
        let by_rule = all.clone().filter(|(_, key)| key.outcome == Some(OrphanOutcome::Skip));
        let is_off = |name: &str, table: &str| {
            self.apart.iter().filter_map(StillApart::key).any(|key| key.name == name && key.child.1 == table)
        };
        let others = all.filter(|(_, key)| {
            self.sets_aside && key.outcome.is_none() && is_off(&key.name, &self.plan.tables[key.child].target.name)
        });
        by_rule.chain(others).map(|(at, _)| at).collect()
    }

    fn nulling(&self) -> Vec<usize> {
        let is_null = |at: &usize| matches!(self.plan.keys[*at].outcome, Some(OrphanOutcome::Null(_)));
        (0..self.plan.keys.len()).filter(is_null).collect()
    }

    /// The rows that go, with those that refer to them.
    async fn remove(&self, rows: MovedRows<'_>, keys: &[usize]) -> Result<()> {
        self.session.run(&format!("DELETE FROM {GONE}"), MESSAGE).await?;
        for at in keys {
            self.session.run(&rows.direct(*at), MESSAGE).await?;
        }
        if self.session.number(&format!("SELECT count(*) FROM {GONE}"), MESSAGE).await? == 0 {
            return Ok(());
        }
        if let Some(followed) = rows.followed(keys) {
            self.session.run(&followed, MESSAGE).await?;
        }
        self.session.run(&MovedRows::once(keys), MESSAGE).await?;
        for table in 0..self.plan.tables.len() {
            let of_table: Vec<usize> = keys.iter().copied().filter(|at| rows.key(*at).child == table).collect();
            if !of_table.is_empty() {
                self.remove_from(rows, table, &of_table).await?;
            }
        }
        Ok(())
    }

    /// The rows of a table go, the journal has them, and its line takes them off what was written.
    async fn remove_from(&self, rows: MovedRows<'_>, table: usize, keys: &[usize]) -> Result<()> {
        let reason = |at: &usize| {
            let class = if rows.key(*at).outcome.is_some() { ORPHAN_LEFT_OUT } else { ORPHAN };
            format!("({at}, {}, {})", Literal(Some(class)), Literal(Some(&self.reason(rows, *at))))
        };
        let reasons: Vec<String> = keys.iter().map(reason).collect();
        let source = &self.plan.tables[table].name;
        let sql = format!(
            "WITH gone AS (DELETE FROM {target} {CHILD} USING {GONE} g WHERE {joined} RETURNING ({CHILD}.*)::text AS whole, g.key AS key), \
             kept AS (INSERT INTO {aside} (source_table, row_name, column_name, storage_class, value, reason) \
             SELECT {source}, left(whole, 200), NULL, r.class, convert_to(whole, 'UTF8'), r.reason FROM gone \
             JOIN (VALUES {reasons}) r (key, class, reason) ON r.key = gone.key RETURNING storage_class) \
             SELECT count(*) FILTER (WHERE storage_class = {orphan}), count(*) FILTER (WHERE storage_class <> {orphan}) FROM kept",
            target = (rows.place)(table),
            joined = joined(CHILD, table),
            aside = self.journal.table(MoveTable::SetAside),
            source = Literal(Some(source)),
            reasons = reasons.join(", "),
            orphan = Literal(Some(ORPHAN)),
        );
        let counted = self.session.rows(&sql, MESSAGE).await?;
        let number = |at: usize| counted.first().and_then(|row| row.get(at)?.parse::<u64>().ok()).unwrap_or_default();
        let left_out = LeftOut { orphans: number(1), ..LeftOut::default() };
        self.session.run(&self.journal.taken_off(source, number(0), left_out), MESSAGE).await
    }

    fn reason(&self, rows: MovedRows<'_>, at: usize) -> String {
        let key = rows.key(at);
        let table = self.plan.tables[key.child].target.plain();
        let by_rule = if key.outcome.is_some() { ", by the rule `orphan`" } else { "" };
        format!("it refers to what is not there: foreign key {} of {table}{by_rule}", key.name)
    }

    /// References that become NULL: the journal has the row as it was, and as it is. Returns how many.
    async fn nullify(&self, rows: MovedRows<'_>, at: usize) -> Result<u64> {
        let key = rows.key(at);
        let Some(OrphanOutcome::Null(columns)) = &key.outcome else { return Ok(0) };
        let source = &self.plan.tables[key.child].name;
        let set: Vec<String> = columns.iter().map(|column| format!("{} = NULL", Ident(column))).collect();
        let sql = format!(
            "WITH hit AS (SELECT {CHILD}.tableoid AS rel, {CHILD}.ctid AS tid, ({CHILD}.*)::text AS whole FROM {target} {CHILD} WHERE {condition}), \
             changed AS (UPDATE {target} {CHILD} SET {set} FROM hit g WHERE {CHILD}.tableoid = g.rel AND {CHILD}.ctid = g.tid \
             RETURNING g.whole AS whole, ({CHILD}.*)::text AS became), \
             kept AS (INSERT INTO {aside} (source_table, row_name, column_name, storage_class, value, became, reason) \
             SELECT {source}, left(whole, 200), {columns}, {class}, convert_to(whole, 'UTF8'), convert_to(became, 'UTF8'), {reason} FROM changed RETURNING 1) \
             SELECT count(*) FROM kept",
            target = (rows.place)(key.child),
            condition = rows.condition(key),
            set = set.join(", "),
            aside = self.journal.table(MoveTable::SetAside),
            source = Literal(Some(source)),
            columns = Literal(Some(&columns.join(", "))),
            class = Literal(Some(NULLED)),
            reason = Literal(Some(&self.reason(rows, at))),
        );
        let changed = self.session.number(&sql, MESSAGE).await?;
        if changed > 0 {
            // The rows were written by this transaction now, and are the move's by this line.
            self.session.run(&self.journal.taken_off(source, 0, LeftOut::default()), MESSAGE).await?;
        }
        Ok(changed)
    }
}
