//! The course of an import: rule by rule, file by file.

use std::collections::BTreeSet;
use std::path::Path;

use super::content::{Survey, open, survey};
use super::decide::{FileDecision, RuleTraits, decide, moved_from, order};
use super::file::{FileAtHand, FileImport, Selection};
use super::journal::JournalEntry;
use super::record::BadRecord;
use super::report::{FileFate, FileOutcome, ImportOutcome, RuleOutcome};
use super::source::{field_names, tables_of_sqlite};
use super::table::{TablePlan, not_ready, table_plan};
use super::target::ImportTarget;
use super::task::ImportTask;
use super::walk::{FoundFile, FoundFiles, takes, walk};
use crate::config::{FileFormat, ImportRule, Rewritten};
use crate::error::Result;

impl ImportTask<'_> {
    /// Imports what is new or changed.
    ///
    /// # Errors
    ///
    /// A rule is wrong, or a database or folder cannot be read. What was imported before stays.
    pub(crate) async fn run<T: ImportTarget>(&self, target: &mut T) -> Result<ImportOutcome> {
        target.prepare().await?;
        let mut outcome = ImportOutcome::default();
        for rule in self.rules {
            // Each rule is looked at before a file of any is read.
            if rule.table != ["*"] && rule.columns.is_some() {
                table_plan(rule, self.catalog, self.schema, None)?;
            }
        }
        for rule in self.rules {
            let goes_on = self.rule(rule, target, &mut outcome).await?;
            if !goes_on {
                break;
            }
        }
        self.drop_taken(&mut outcome);
        Ok(outcome)
    }

    /// Leaves out of the files beside those of a rule what other rules take, or named before.
    fn drop_taken(&self, outcome: &mut ImportOutcome) {
        let mut told = BTreeSet::new();
        for of_rule in &mut outcome.rules {
            let root = self.rules.iter().find(|rule| rule.name == of_rule.rule).map(|rule| &rule.root);
            let of_root: Vec<&ImportRule> =
                self.all.iter().filter(|rule| self.root.is_some() || Some(&rule.root) == root).collect();
            let is_taken = |path: &str| of_root.iter().any(|rule| takes(rule, Path::new(path)));
            of_rule.beside.retain(|path| !is_taken(path) && told.insert((root.cloned(), path.clone())));
        }
    }

    /// The files of a rule. Whether the others are to follow.
    async fn rule<T: ImportTarget>(
        &self,
        rule: &ImportRule,
        target: &mut T,
        outcome: &mut ImportOutcome,
    ) -> Result<bool> {
        let root = self.root.map_or_else(|| self.folder.join(&rule.root), Path::to_owned);
        let found = walk(rule, &root)?;
        if rule.table != ["*"] {
            return self.files(rule, found, target, outcome).await;
        }
        // Of a file with many tables each is a rule of its own.
        let passed = found.passed.iter().filter(|passed| passed.is_wanted);
        let refused: Vec<FileOutcome> =
            passed.map(|passed| FileOutcome::refused(&passed.path, passed.reason.clone())).collect();
        outcome.rules.push(RuleOutcome {
            rule: rule.name.clone(),
            table: "*".to_owned(),
            files: refused,
            beside: found.beside.clone(),
            gone: Vec::new(),
        });
        for file in &found.taken {
            let names = match tables_of_sqlite(&file.place) {
                Ok(names) => names,
                Err(bad) => {
                    let at = outcome.rules.len() - 1;
                    outcome.rules[at].files.push(FileOutcome::refused(&file.path, bad.reason));
                    continue;
                }
            };
            for name in self.in_order(&names, rule, outcome) {
                let of_table = ImportRule {
                    name: format!("{}.{name}", rule.name),
                    table: vec![name.clone()],
                    from: Some(name),
                    ..rule.clone()
                };
                let only = FoundFiles { taken: vec![file.clone()], ..FoundFiles::default() };
                if !self.files(&of_table, only, target, outcome).await? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The tables that the target has too, parents before children; the others are told.
    fn in_order(&self, names: &[String], rule: &ImportRule, outcome: &mut ImportOutcome) -> Vec<String> {
        let (known, unknown): (Vec<&String>, Vec<&String>) = names
            .iter()
            .filter(|name| !rule.ignore.contains(name))
            .partition(|name| self.catalog.table(&[(*name).clone()], self.schema).is_some());
        if let Some(of_rule) = outcome.rules.last_mut() {
            of_rule.beside.extend(unknown.iter().map(|name| format!("table {name}")));
        }
        let order = self.catalog.parents_first();
        let mut known: Vec<String> = known.into_iter().cloned().collect();
        known.sort_by_key(|name| order.iter().position(|other| other.name.eq_ignore_ascii_case(name)));
        known
    }

    async fn files<T: ImportTarget>(
        &self,
        rule: &ImportRule,
        found: FoundFiles,
        target: &mut T,
        outcome: &mut ImportOutcome,
    ) -> Result<bool> {
        let journal = target.journal(&rule.name).await?;
        let mut of_rule = RuleOutcome { rule: rule.name.clone(), beside: found.beside, ..RuleOutcome::default() };
        of_rule.table = rule.table.join(".");
        let wanted = found.passed.into_iter().filter(|passed| passed.is_wanted);
        of_rule.files.extend(wanted.map(|passed| FileOutcome::refused(&passed.path, passed.reason)));
        let surveyed = self.survey(rule, found.taken, &journal, &mut of_rule)?;
        let seen: Vec<(String, Survey)> =
            surveyed.iter().map(|(file, survey)| (file.path.clone(), survey.clone())).collect();
        let traits = RuleTraits { has_key: self.has_key(rule, &surveyed), grows: rule.format.grows() };
        let decided = decide(&seen, &journal, traits);
        let moved: Vec<&str> = decided.iter().filter_map(moved_from).collect();
        let is_gone = |entry: &&JournalEntry| {
            let is_there = seen.iter().any(|(path, _)| *path == entry.path);
            !is_there && !moved.contains(&entry.path.as_str())
        };
        of_rule.gone = journal.iter().filter(is_gone).map(|entry| entry.path.clone()).collect();
        let mut goes_on = true;
        let taken: Vec<String> = decided.iter().filter_map(moved_from).map(str::to_owned).collect();
        let entry = |path: &str| journal.iter().find(|entry| entry.path == path);
        let in_order = order(&seen, &decided);
        let mut surveyed: Vec<Option<(FoundFile, Survey)>> = surveyed.into_iter().map(Some).collect();
        for at in in_order {
            let (Some((file, survey)), decision) = (surveyed[at].take(), decided[at].clone()) else { continue };
            let from = moved_from(&decision);
            // Its name may have been another file's, which has taken its line along.
            let known = entry(&file.path).filter(|_| from == Some(&file.path) || !taken.contains(&file.path)).cloned();
            let before = from.and_then(entry).cloned();
            let done = self.file(rule, FileAtHand { file, survey, known, before }, decision, target).await?;
            let stops = done.is_refused() && !self.sets_aside(rule);
            of_rule.files.push(done);
            if stops {
                goes_on = false;
                break;
            }
        }
        outcome.rules.push(of_rule);
        Ok(goes_on)
    }

    /// Reads each file once, to know what it is.
    fn survey(
        &self,
        rule: &ImportRule,
        files: Vec<FoundFile>,
        journal: &[JournalEntry],
        of_rule: &mut RuleOutcome,
    ) -> Result<Vec<(FoundFile, Survey)>> {
        let mut lengths: Vec<u64> = journal.iter().map(|entry| entry.settled.bytes).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let mut surveyed = Vec::with_capacity(files.len());
        for file in files {
            self.assert_wanted()?;
            // What is in the write-ahead log of a database belongs to it.
            let log = file
                .place
                .with_file_name(format!("{}-wal", file.place.file_name().unwrap_or_default().to_string_lossy()));
            let read = || -> std::io::Result<Survey> {
                let mut content = if rule.format == FileFormat::Sqlite {
                    let log: Box<dyn std::io::Read + Send> =
                        if log.is_file() { Box::new(std::fs::File::open(&log)?) } else { Box::new(std::io::empty()) };
                    Box::new(std::io::Read::chain(std::fs::File::open(&file.place)?, log))
                } else {
                    open(&file.place)?
                };
                survey(&mut content, &lengths)
            };
            match read() {
                Ok(survey) => surveyed.push((file, survey)),
                Err(error) => {
                    of_rule.files.push(FileOutcome::refused(&file.path, format!("it cannot be read: {error}")));
                }
            }
        }
        Ok(surveyed)
    }

    /// Whether rows of a rule are told apart. Where its columns are known by each file alone, the first says it.
    fn has_key(&self, rule: &ImportRule, files: &[(FoundFile, Survey)]) -> bool {
        let fields = files.iter().find_map(|(file, _)| field_names(rule, &file.place).ok().flatten());
        let plan = table_plan(rule, self.catalog, self.schema, fields.as_deref());
        plan.is_ok_and(|plan| !plan.key.is_empty())
    }

    async fn file<T: ImportTarget>(
        &self,
        rule: &ImportRule,
        state: FileAtHand,
        decision: FileDecision,
        target: &mut T,
    ) -> Result<FileOutcome> {
        self.assert_wanted()?;
        let path = state.file.path.clone();
        let (selection, before) = match decision {
            FileDecision::Unchanged
                if self.retries && state.known.as_ref().is_some_and(|entry| entry.set_aside > 0) =>
            {
                (Selection::SetAside, None)
            }
            FileDecision::Unchanged => {
                let mut same = FileOutcome::of(&path, FileFate::Unchanged);
                if let Some(entry) = state.known.as_ref().filter(|entry| entry.set_aside > 0) {
                    let note = format!(
                        "{} of its {} records are set aside; `--retry` tries them again",
                        entry.set_aside, entry.records
                    );
                    same.notes.push(note);
                }
                return Ok(same);
            }
            FileDecision::Copy { of } => {
                return Ok(FileOutcome::refused(
                    &path,
                    format!("it is the same as {of}, and nothing would tell their rows apart"),
                ));
            }
            FileDecision::Rewritten if rule.rewritten == Rewritten::Refuse => {
                let reason = "it was imported, and changed otherwise than by growing: nothing tells which of its records are there; \
                              `rewritten = \"add\"` in the rule imports all of it beside them";
                return Ok(FileOutcome::refused(&path, reason));
            }
            FileDecision::New | FileDecision::Changed | FileDecision::Rewritten => (Selection::Behind(0), None),
            FileDecision::Grown { from, records } => (Selection::Behind(records), Some(from)),
            FileDecision::Renamed { from } => {
                let plan = self.plan(rule, &state.file)?;
                return match plan {
                    Ok(plan) => FileImport { task: self, rule, plan: &plan, state: &state }.rename(from, target).await,
                    Err(bad) => Ok(FileOutcome::refused(&path, bad.reason)),
                };
            }
        };
        match self.plan(rule, &state.file)? {
            Ok(plan) => {
                let import = FileImport { task: self, rule, plan: &plan, state: &state };
                import.run(selection, before.as_deref(), target).await
            }
            Err(bad) => Ok(FileOutcome::refused(&path, bad.reason)),
        }
    }

    /// The columns for a file, or why it has none.
    fn plan(&self, rule: &ImportRule, file: &FoundFile) -> Result<Result<TablePlan, BadRecord>> {
        let fields = match (&rule.columns, field_names(rule, &file.place)) {
            (Some(_), _) => None,
            (None, Ok(fields)) => fields,
            (None, Err(bad)) => return Ok(Err(bad)),
        };
        let plan = table_plan(rule, self.catalog, self.schema, fields.as_deref())?;
        if plan.columns.is_empty() {
            return Err(not_ready(rule, format!("no field of {} is called as a column of {}", file.path, plan.plain)));
        }
        Ok(Ok(plan))
    }
}
