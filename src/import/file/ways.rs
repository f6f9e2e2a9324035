//! How each row of a file is written: what other tables have of it, and whose its key is.

use std::collections::HashMap;

use super::{FileImport, FileProgress};
use crate::config::{Duplicates, Existing};
use crate::error::Result;
use crate::import::journal::{KeyDigest, KeyOwner};
use crate::import::record::BadRecord;
use crate::import::rows::{ImportRow, key_of, looked_up};
use crate::import::target::{ImportTarget, WriteWay};

impl FileImport<'_> {
    /// Fills in what other tables have. A row for which nothing is found is set aside.
    pub(super) async fn look_up<T: ImportTarget>(
        &self,
        mut rows: Vec<ImportRow>,
        progress: &mut FileProgress,
        target: &mut T,
    ) -> Result<Vec<ImportRow>> {
        let mut missing: HashMap<u64, String> = HashMap::new();
        for (at, column) in self.plan.columns.iter().enumerate() {
            let Some((plan, _)) = &column.lookup else { continue };
            let by = rows.iter().map(|row| row.lookups.iter().find(|(place, _)| *place == at));
            let by: Vec<&[String]> = by.map(|by| by.map_or(&[][..], |(_, by)| by)).collect();
            let found = target.look_up(plan, &by).await?;
            for (row, found) in rows.iter_mut().zip(found) {
                match found.map(|text| looked_up(column, &text)) {
                    Some(Ok(value)) => row.values[at] = value,
                    Some(Err(reason)) => drop(missing.insert(row.number, reason)),
                    None => {
                        let reason = format!("{}: no row of {} has what it is looked up by", column.name, plan.plain);
                        missing.insert(row.number, reason);
                    }
                }
            }
        }
        if self.plan.columns.iter().any(|column| column.lookup.is_some()) {
            rows.iter_mut().for_each(|row| row.key = key_of(self.plan, &row.values));
        }
        let (bad, good): (Vec<ImportRow>, Vec<ImportRow>) =
            rows.into_iter().partition(|row| missing.contains_key(&row.number));
        for row in bad {
            let reason = missing.remove(&row.number).unwrap_or_default();
            self.set_aside(row.number, BadRecord::new(row.line, reason), progress);
        }
        Ok(good)
    }

    /// Decides how each row is written: by whether its key is known, and whose it is.
    pub(super) async fn with_ways<T: ImportTarget>(
        &self,
        rows: Vec<ImportRow>,
        progress: &mut FileProgress,
        target: &mut T,
    ) -> Result<Vec<(ImportRow, WriteWay)>> {
        let keys: Vec<KeyDigest> = rows.iter().filter_map(|row| row.key).collect();
        if keys.is_empty() {
            return Ok(rows.into_iter().map(|row| (row, WriteWay::Insert)).collect());
        }
        let owners = target.owners(&self.plan.plain, &keys).await?;
        let mut ways: Vec<(ImportRow, WriteWay)> = Vec::with_capacity(rows.len());
        let mut places: HashMap<Option<KeyDigest>, usize> = HashMap::with_capacity(rows.len());
        for (row, owner) in rows.into_iter().zip(owners) {
            if let Some(at) = places.get(&row.key).copied() {
                self.twice_at_once(row, &mut ways[at].0, progress);
                continue;
            }
            let way = match &owner {
                Some((_, owner)) if self.is_of_this_run(owner) => self.twice_in_file(),
                Some((rule, owner)) if *rule == self.rule.name && owner.path == self.state.file.path => {
                    Ok(WriteWay::Replace)
                }
                Some((rule, owner)) => self.of_another_file(rule, owner),
                None => Ok(match self.rule.existing {
                    Existing::Refuse => WriteWay::Insert,
                    Existing::Keep => WriteWay::InsertMissing,
                    Existing::Update => WriteWay::Replace,
                }),
            };
            match way {
                Ok(way) => {
                    places.insert(row.key, ways.len());
                    ways.push((row, way));
                }
                Err(reason) => self.set_aside(row.number, BadRecord::new(row.line, reason), progress),
            }
        }
        Ok(ways)
    }

    fn is_of_this_run(&self, owner: &KeyOwner) -> bool {
        owner.path == self.state.file.path && owner.sha256 == self.state.survey.sha256
    }

    /// Two records with one key that are written together: one of them alone is.
    fn twice_at_once(&self, row: ImportRow, earlier: &mut ImportRow, progress: &mut FileProgress) {
        match self.twice_in_file() {
            Ok(WriteWay::Replace) => *earlier = row,
            Ok(_) => {}
            Err(reason) => return self.set_aside(row.number, BadRecord::new(row.line, reason), progress),
        }
        progress.outcome.counts.kept += 1;
    }

    fn twice_in_file(&self) -> Result<WriteWay, String> {
        match self.rule.duplicates {
            Duplicates::Last => Ok(WriteWay::Replace),
            Duplicates::First => Ok(WriteWay::InsertMissing),
            Duplicates::Refuse | Duplicates::Newest => Err("its key is in the file already".to_owned()),
        }
    }

    /// The key of another file.
    fn of_another_file(&self, rule: &str, owner: &KeyOwner) -> Result<WriteWay, String> {
        let of_rule = if rule == self.rule.name { String::new() } else { format!(" (rule `{rule}`)") };
        match self.rule.duplicates {
            Duplicates::Refuse => Err(format!(
                "its key was brought by {}{of_rule} already; `duplicates` in the rule says which one counts",
                owner.path
            )),
            Duplicates::First if owner.path < self.state.file.path => Ok(WriteWay::InsertMissing),
            Duplicates::Last if owner.path > self.state.file.path => Ok(WriteWay::InsertMissing),
            Duplicates::Newest if owner.modified >= self.state.file.modified => Ok(WriteWay::InsertMissing),
            Duplicates::First | Duplicates::Last | Duplicates::Newest => Ok(WriteWay::Replace),
        }
    }
}
