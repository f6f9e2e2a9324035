//! Rows that REPLACE puts out, for which SQLite fires no trigger.

use super::Recorder;
use crate::database::sqlite::session::number;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::database::sqlite::undo::recursion::Recursion;
use crate::database::sqlite::undo::written::WrittenTables;

/// How it is known which rows a statement replaces.
pub(super) enum Replaced<'c> {
    /// None are, or all rows are noted.
    None,
    /// Triggers see them.
    Seen(#[expect(dead_code, reason = "it is held, and put back by its drop")] Recursion<'c>),
    /// They are counted.
    Counted,
}

impl<'c> Recorder<'c> {
    /// How many rows there are, where triggers alone may not tell.
    pub(super) fn counts(&self, on: &[usize]) -> rusqlite::Result<u64> {
        if !self.replaces {
            return Ok(0);
        }
        let mut all = 0;
        for now in on.iter().filter_map(|at| self.tables.list[*at].now.as_ref()) {
            all += number(self.connection, &format!("SELECT count(*) FROM {now}"))?;
        }
        Ok(all)
    }

    /// Sees to it that rows which a statement replaces are noted: by triggers that fire for them, or all rows are noted beforehand.
    pub(super) fn before_replace(
        &mut self,
        on: &[usize],
        rows: u64,
        written: &WrittenTables,
    ) -> rusqlite::Result<Replaced<'c>> {
        if let Some(recursion) = Recursion::on(self.connection, written)? {
            return Ok(Replaced::Seen(recursion));
        }
        // With triggers of the database on these tables it would change what they do.
        if !self.room.has_limit_for(rows) {
            return Ok(Replaced::Counted);
        }
        for at in on {
            let Some(now) = self.tables.list[*at].now.clone() else { continue };
            let (Some(images), Ok(facts)) = (&self.logs[*at].rows, TableFacts::read(self.connection, &now)?) else {
                continue;
            };
            let sql = images.note(&facts.key, "t", &format!(" FROM {now} AS t"));
            self.connection.execute(&sql, [])?;
        }
        Ok(Replaced::None)
    }

    /// REPLACE deletes without firing a trigger: what neither came nor went in sight was replaced.
    pub(super) fn assert_seen(&mut self, on: &[usize], before: u64, told: (u64, u64)) -> rusqlite::Result<()> {
        let (inserted, deleted) = self.room.came_and_went();
        let (inserted, deleted) = (inserted - told.0, deleted - told.1);
        if self.replaces && before + inserted != deleted + self.counts(on)? {
            self.give_up("rows were replaced while triggers of the database had to be left as they are".to_owned());
        }
        Ok(())
    }
}
