//! A down of an up whose rows were recorded: what is in the way is told before it runs, and rows are put back after it has made the tables as they
//! were. What it did to any other row is a loss.

use super::ahead::{self, known};
use super::apart::{self, NamePath};
use super::facts::{Facts, OwnRows, TouchedRows, all_of};
use super::state::{CLEAN, KEYED, PartState, VerdictPlace, shown};
use super::{given, quiet, replay, store};
use crate::database::postgres::PostgresDatabase;
use crate::database::undo::{ChangedRows, Conflict, RowsUndone, UndoneTable};
use crate::database::{Counted, Failure, Job, Why};
use crate::error::Code;
use crate::history::{PartKind, value_column};
use crate::sql::{DataHolder, Loss};

/// A down that puts rows back.
pub(in crate::database::postgres) struct RowUndoing {
    parts: Vec<PartState>,
    changed: ChangedRows,
    undone: RowsUndone,
    /// Whether its script has no statements about rows.
    is_generated: bool,
    /// The tables before it.
    before: Facts,
}

impl RowUndoing {
    /// Looks at the rows that the up changed. None where it has no record.
    pub(in crate::database::postgres) async fn begin(
        database: &mut PostgresDatabase<'_>,
        job: &Job<'_>,
    ) -> Result<Option<Self>, Failure> {
        if !job.step.undo.is_whole() {
            return Ok(None);
        }
        // What is kept may have been purged, or its time be over, since the step was planned: then it is another one, which asks.
        let version = job.step.version();
        let kept = store::read(database, &[version]).await.map_err(Failure::of_error)?.remove(&version);
        if kept.as_ref() != Some(&job.step.undo) {
            let why = "what is kept of the rows has changed since it was read";
            return Err(Failure::new(Code::HistoryTable, why).because(Why::DoneByOther));
        }
        let before = known(database).await?;
        let parts = ahead::compare(database, &before, version, job.step.undo.parts(), VerdictPlace::Written).await?;
        let undone = RowsUndone { conflicts: ahead::conflicts(database, &parts).await?, ..RowsUndone::default() };
        let is_generated = job.step.script().is_generated();
        Ok(Some(Self { parts, changed: job.changed_rows, undone, is_generated, before }))
    }

    /// The rows that are not as the up left them, as far as that is known.
    pub(in crate::database::postgres) fn conflicts(&self) -> &[Conflict] {
        &self.undone.conflicts
    }

    fn verdicts(&self) -> String {
        replay::verdicts(self.changed == ChangedRows::PutBack)
    }

    /// That the value of a column in a row `t` is another one than the up left, or none that comes back: a conversion may lose it. Empty where all may be.
    pub(in crate::database::postgres) async fn converted_beside(
        &self,
        database: &mut PostgresDatabase<'_>,
        holder: &DataHolder<'_>,
    ) -> Result<String, Failure> {
        let Some(column) = holder.column else { return Ok(String::new()) };
        let facts = known(database).await?;
        let mut conditions = Vec::new();
        let mut tables = Vec::new();
        for state in &self.parts {
            let Some(name) = state.part.table_after().filter(|name| name.may_be(holder.table)) else { continue };
            let Some(table) = facts.named(Some(&name)) else { continue };
            let Some(key) = state.key(table, |column| column.after.as_deref()) else { continue };
            let value = value_column(&state.part.columns);
            let is_of_values = state.part.kind == PartKind::Values;
            let is_of_it = is_of_values && value.is_some_and(|(_, value)| value.after.as_deref() == Some(column));
            if state.is_by_content() || is_of_values && !is_of_it {
                continue;
            }
            tables.push(table.oid);
            let back = if is_of_it { format!("i.verdict IN ({CLEAN}, {KEYED})") } else { replay::verdicts(false) };
            conditions.push(format!(
                " AND NOT EXISTS (SELECT FROM {} AS i WHERE {} AND {} AND i.was_there AND i.is_there AND NOT i.is_same AND i.row_key = {key})",
                state.rows.table,
                state.rows.condition_of("i"),
                back
            ));
        }
        tables.dedup();
        // Of two tables of one name it is not known which one is meant.
        Ok(if tables.len() == 1 { conditions.concat() } else { String::new() })
    }

    /// What the script has done to rows of the up that were as it left them: how many of each table are gone, and how many are others. What the server counts
    /// beyond that was done to rows of people.
    pub(in crate::database::postgres) async fn own(
        &self,
        database: &mut PostgresDatabase<'_>,
    ) -> Result<OwnRows, Failure> {
        let mut own = OwnRows::new();
        if self.is_generated {
            return Ok(own);
        }
        let facts = known(database).await?;
        for state in self.parts.iter().filter(|state| state.part.kind == PartKind::Rows) {
            let Some(table) = replay::table(&facts, state) else { continue };
            let Some(key) = state.key(table, |column| column.before.as_deref()) else { continue };
            // Of the columns that are there before and after, under the names that they have again.
            let same: Vec<String> = state
                .columns(table, |column| column.after.as_ref().and(column.before.as_deref()))
                .iter()
                .map(|(place, column)| format!("{} IS NOT DISTINCT FROM i.after[{place}]", column.written("t")))
                .collect();
            let same = all_of(&same);
            let of =
                format!("{} AND {} AND i.is_there AND NOT i.is_same", state.rows.condition_of("i"), self.verdicts());
            let rows = &state.rows.table;
            let counted = format!(
                "SELECT count(*), 0 FROM {} LEFT JOIN {} USING (row_key, place) WHERE l.ctid IS NULL",
                state.ranked_images(&self.verdicts()),
                PartState::ranked_live(table, &key)
            );
            let compared = format!(
                "SELECT (SELECT count(*) FROM {rows} AS i WHERE {of} AND NOT EXISTS (SELECT FROM ONLY {0} AS t WHERE i.row_key = {key})), \
                 (SELECT count(*) FROM {rows} AS i JOIN ONLY {0} AS t ON i.row_key = {key} WHERE {of} AND NOT ({same}))",
                table.name
            );
            let sql = if state.is_by_content() { counted } else { compared };
            let found = apart::query(database, &sql).await?;
            let number = |at| apart::number_at(&found, at).unwrap_or(0);
            let sum = own.entry(table.oid).or_default();
            *sum = (sum.0 + number(0), sum.1 + number(1));
        }
        Ok(own)
    }

    /// Before a generated script: puts back what fits the tables as they are now, so that constraints which it makes find rows as they were. What does not
    /// fit yet, and what a cascade would take others along for, is left to the end.
    pub(in crate::database::postgres) async fn first_go(
        &self,
        database: &mut PostgresDatabase<'_>,
    ) -> Result<(), Failure> {
        let fits = |state: &&PartState| {
            let is_same = state.part.kind == PartKind::Rows && state.part.table_before() == state.part.table_after();
            // Of rows without a key it is not seen which are put back.
            is_same
                && !state.is_by_content()
                && state.part.columns.iter().all(|column| column.before.is_none() || column.before == column.after)
        };
        if !self.is_generated || !self.parts.iter().any(|state| fits(&state)) {
            return Ok(());
        }
        apart::query(database, "SAVEPOINT schemactl_first").await?;
        let before = known(database).await?;
        let quiet = quiet::switch_off(database, &before, &self.parts).await?;
        let mut expected = OwnRows::new();
        let whole: Vec<usize> = (0..self.parts.len()).filter(|at| fits(&&self.parts[*at])).collect();
        let left = replay::some_rows(database, &before, &self.parts, &whole, &self.verdicts(), &mut expected).await?;
        self.expect(database, &before, &mut expected).await?;
        let checked = apart::attempt_in(database, NamePath::Session, "SET CONSTRAINTS ALL IMMEDIATE").await?;
        let after = known(database).await?;
        let is_right = checked.is_ok() && beyond(database, &before, &after, &expected).is_empty();
        if is_right {
            quiet::switch_on(database, &quiet).await?;
            apart::query(database, "RELEASE SAVEPOINT schemactl_first").await?;
            tracing::debug!("before the script rows were put back, but for {left} statements");
        } else {
            apart::query(database, "ROLLBACK TO SAVEPOINT schemactl_first; RELEASE SAVEPOINT schemactl_first").await?;
        }
        Ok(())
    }

    /// Puts the rows back, and tells what was done to others thereby: as losses.
    pub(in crate::database::postgres) async fn finish(
        mut self,
        database: &mut PostgresDatabase<'_>,
    ) -> Result<(RowsUndone, Vec<Counted>), Failure> {
        let facts = known(database).await?;
        let quiet = quiet::switch_off(database, &facts, &self.parts).await?;
        let before = known(database).await?;
        let (mut lost, expected) = self.put_back(database, &facts).await?;
        let checked = apart::attempt_in(database, NamePath::Session, "SET CONSTRAINTS ALL IMMEDIATE").await?;
        if let Err(why) = checked {
            let cause = format!("rows that the up deleted or changed do not fit beside what was written since: {why}");
            return Err(Failure::new(Code::RowsChanged, cause));
        }
        quiet::switch_on(database, &quiet).await?;
        let facts = known(database).await?;
        if let Some(why) = replay::verify(database, &facts, &self.parts, &self.verdicts()).await? {
            return Err(Failure::new(Code::StatementFailed, why));
        }
        self.advance(database, &facts).await?;
        lost.extend(beyond(database, &before, &facts, &expected));
        Ok((self.undone, lost))
    }

    /// Sees to it that numbers of rows which came back are not given again: a sequence that began anew is set to the highest.
    async fn advance(&self, database: &mut PostgresDatabase<'_>, facts: &Facts) -> Result<(), Failure> {
        for table in self.parts.iter().filter_map(|state| replay::table(facts, state)) {
            let sql = format!(
                "SELECT format('SELECT setval(%L, (SELECT max(%I) FROM {0}), true) WHERE (SELECT max(%I) FROM {0}) > \
                 (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s)', s.oid::regclass, a.attname, a.attname, s.oid::regclass) \
                 FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
                 JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0 \
                 WHERE d.refobjid = {1} AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')",
                table.name.to_string().replace('\'', "''").replace('%', "%%"),
                table.oid
            );
            for row in apart::query(database, &sql).await? {
                // A role that may not set it leaves it as it is.
                if let Err(why) = apart::attempt(database, row.get(0).unwrap_or_default()).await? {
                    tracing::debug!("a sequence stays as it is: {why}");
                }
            }
        }
        Ok(())
    }

    /// Returns what has no place, and would be gone with the record; and how many rows of each table were deleted and changed to put rows back.
    async fn put_back(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        facts: &Facts,
    ) -> Result<(Vec<Counted>, OwnRows), Failure> {
        let verdicts = self.verdicts();
        let mut homeless = Vec::new();
        let mut tables: Vec<UndoneTable> = Vec::new();
        for state in self.parts.iter().filter(|state| state.part.kind == PartKind::Rows) {
            let Some(name) = state.part.table_before() else { continue };
            let name = shown(database, name);
            if replay::table(facts, state).is_none() {
                // Those that have other values in new columns alone are among them: they count as the up's own elsewhere.
                let count = state.list(database, "i.was_there").await?.count;
                if count > 0 {
                    homeless.push(Counted { loss: Loss::Rows { table: name }, count: Some(count) });
                }
                continue;
            }
            for (column, count) in replay::without_column(database, facts, state).await? {
                let loss = Loss::Values { table: name.clone(), column };
                homeless.push(Counted { loss, count: Some(count) });
            }
        }
        let mut expected = OwnRows::new();
        let refused = replay::rows(database, facts, &self.parts, &verdicts, &mut expected).await?;
        let mut unfit = Vec::new();
        for (part, why) in &refused {
            unfit.extend(self.parts[*part].unfit(database, why).await?);
        }
        // Where they are kept as they are, what cannot be put back is one of them.
        if !refused.is_empty() && (unfit.is_empty() || self.changed != ChangedRows::Keep) {
            return Err(Failure::of_conflicts(&unfit));
        }
        for state in self.parts.iter().filter(|state| state.part.kind == PartKind::Rows) {
            let Some(name) = state.part.table_before().filter(|_| replay::table(facts, state).is_some()) else {
                continue;
            };
            let mut undone = UndoneTable::new(shown(database, name));
            undone.deleted = state.list(database, &format!("{verdicts} AND NOT i.was_there")).await?;
            let changed = format!("{verdicts} AND i.was_there AND i.is_there AND NOT i.is_same");
            undone.changed = state.list(database, &changed).await?;
            undone.inserted = state.list(database, &format!("{verdicts} AND i.was_there AND NOT i.is_there")).await?;
            tables.push(undone);
        }
        for state in self.parts.iter().filter(|state| state.part.kind == PartKind::Values) {
            let Some(name) = state.part.table_before() else { continue };
            let name = shown(database, name);
            let restored = replay::values(database, facts, state, &verdicts).await?;
            let at = tables.iter().position(|table| table.table == name);
            if let Some(values) = restored {
                let at = at.unwrap_or_else(|| {
                    tables.push(UndoneTable::new(name));
                    tables.len() - 1
                });
                tables[at].add(values);
                continue;
            }
            let column = value_column(&state.part.columns).and_then(|(_, column)| column.before.clone());
            let column = column.unwrap_or_default();
            homeless.push(Counted { loss: Loss::Values { table: name, column }, count: Some(state.part.rows) });
        }
        self.expect(database, facts, &mut expected).await?;
        if self.changed == ChangedRows::Keep {
            self.give(database, facts, &mut tables, &mut expected).await?;
            self.undone.conflicts = ahead::conflicts(database, &self.parts).await?;
        }
        self.undone.conflicts.extend(unfit);
        tables.retain(|table| !table.is_empty());
        self.undone.tables = tables;
        Ok((homeless, expected))
    }

    /// Gives rows that are left as people made them what comes back to them by the key.
    async fn give(
        &self,
        database: &mut PostgresDatabase<'_>,
        facts: &Facts,
        tables: &mut [UndoneTable],
        expected: &mut OwnRows,
    ) -> Result<(), Failure> {
        for state in &self.parts {
            let (Some(name), Some(table)) = (state.part.table_before(), replay::table(facts, state)) else { continue };
            let places = (&self.before, facts);
            let given = given::values(database, places, state, self.is_generated, expected).await?;
            expected.entry(table.oid).or_default().1 += given;
            let name = shown(database, name);
            if let Some(undone) = tables.iter_mut().find(|undone| undone.table == name) {
                state.part.returning().iter().for_each(|column| undone.add_given(column, given));
            }
        }
        Ok(())
    }

    /// How many rows of each table may have been deleted and changed to put rows back.
    async fn expect(
        &self,
        database: &mut PostgresDatabase<'_>,
        facts: &Facts,
        expected: &mut OwnRows,
    ) -> Result<(), Failure> {
        for state in &self.parts {
            let Some(table) = replay::table(facts, state) else { continue };
            let sql = format!(
                "SELECT count(*) FILTER (WHERE NOT i.was_there), count(*) FILTER (WHERE i.was_there AND NOT i.is_same) FROM {} AS i WHERE {} AND {}",
                state.rows.table,
                state.rows.condition_of("i"),
                self.verdicts()
            );
            let found = apart::query(database, &sql).await?;
            let number = |at| apart::number_at(&found, at).unwrap_or(0);
            let sum = expected.entry(table.oid).or_default();
            *sum = (sum.0 + number(0), sum.1 + number(1));
        }
        Ok(())
    }
}

/// What went along with the rows that were put back: a cascade took it.
fn beyond(database: &PostgresDatabase<'_>, before: &Facts, after: &Facts, expected: &OwnRows) -> Vec<Counted> {
    let mut lost = Vec::new();
    for (oid, now) in &after.tables {
        let was = before.tables.get(oid).map_or(TouchedRows::default(), |table| table.touched);
        let (deleted, changed) = expected.get(oid).copied().unwrap_or_default();
        let more = |now: u64, was: u64, own: u64| now.saturating_sub(was).saturating_sub(own);
        let table = || shown(database, now.name.clone());
        let deleted = more(now.touched.deleted, was.deleted, deleted);
        if deleted > 0 {
            lost.push(Counted { loss: Loss::Deleted { table: table() }, count: Some(deleted) });
        }
        let changed = more(now.touched.changed, was.changed, changed);
        if changed > 0 {
            lost.push(Counted { loss: Loss::Changed { table: table() }, count: Some(changed) });
        }
    }
    lost
}
