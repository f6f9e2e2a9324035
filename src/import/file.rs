//! One file, which is one transaction: its rows, the keys that they have, and its line in the journal.

mod ways;

use super::content::{SeenContent, Stretch, Survey, WatchedContent, open};
use super::journal::JournalEntry;
use super::keep::keep;
use super::places::RecordPlaces;
use super::record::{BadRecord, FileRecord};
use super::report::{FileFate, FileOutcome};
use super::rows::{ImportRow, RowMaker};
use super::source::{self, RecordSource};
use super::table::TablePlan;
use super::target::{ImportTarget, RowOutcome, TransactionEnd, WriteWay};
use super::task::{ImportEvent, ImportTask};
use super::walk::FoundFile;
use crate::config::{FileFormat, ImportRule};
use crate::error::Result;
use crate::fault;

/// Records and bytes that are written at once.
const BATCH: usize = 1_000;
const BYTES: usize = 4 * 1024 * 1024;
/// So many bad records of a file are kept to be shown.
const SHOWN: usize = 100;
/// So many rows that refer to nothing may wait for the end of the file.
const WAITING: usize = 100_000;

/// A file, what it was when it was looked at, and what the journal had of it then.
pub(super) struct FileAtHand {
    pub(super) file: FoundFile,
    pub(super) survey: Survey,
    pub(super) known: Option<JournalEntry>,
    /// What it had of the name under which it was imported.
    pub(super) before: Option<JournalEntry>,
}

pub(super) struct FileImport<'a> {
    pub(super) task: &'a ImportTask<'a>,
    pub(super) rule: &'a ImportRule,
    pub(super) plan: &'a TablePlan,
    pub(super) state: &'a FileAtHand,
}

/// What stays set aside of an earlier import.
fn aside_before(selection: Selection, earlier: Option<&JournalEntry>) -> RecordPlaces {
    match (selection, earlier) {
        (Selection::Behind(known), Some(earlier)) => earlier.aside.up_to(known),
        _ => RecordPlaces::default(),
    }
}

/// Which records of a file are imported now: the others are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    /// Those behind so many.
    Behind(u64),
    /// Those that were set aside.
    SetAside,
}

/// A file on its way.
struct FileProgress {
    outcome: FileOutcome,
    /// Rows that refer to what is not there yet.
    waiting: Vec<(ImportRow, WriteWay)>,
    /// The records that an earlier import set aside, and that are not tried now.
    aside: RecordPlaces,
    /// Those that are set aside now, as they come.
    new_aside: Vec<u64>,
    /// Why the file ends here.
    stopped: Option<String>,
}

impl FileImport<'_> {
    /// Imports the file, but for the first records, which are there already.
    pub(super) async fn run<T: ImportTarget>(
        &self,
        selection: Selection,
        before: Option<&str>,
        target: &mut T,
    ) -> Result<FileOutcome> {
        let path = &self.state.file.path;
        (self.task.tell)(&ImportEvent::Begun { path });
        target.begin(self.plan).await?;
        let done = self.within(selection, before, target).await;
        let kept = match &done {
            Ok(outcome) if !outcome.is_refused() => TransactionEnd::Keep,
            _ => TransactionEnd::Discard,
        };
        fault::point("file imported");
        match (done, target.end(kept).await) {
            (Err(error), _) | (Ok(_), Err(error)) => {
                Err(error.unless_stated(format!("nothing of {path} is imported; the files before it are")))
            }
            (Ok(outcome), Ok(())) => {
                fault::point("file recorded");
                Ok(outcome)
            }
        }
    }

    /// Notes that a file has another name.
    pub(super) async fn rename<T: ImportTarget>(&self, from: String, target: &mut T) -> Result<FileOutcome> {
        target.begin(self.plan).await?;
        let renamed = async {
            let Some(entry) = target.entry(&self.rule.name, &from).await? else {
                return Ok(FileOutcome::refused(&self.state.file.path, "another import has it at this moment"));
            };
            let new = JournalEntry { path: self.state.file.path.clone(), modified: self.state.file.modified, ..entry };
            target.record(&new, Some(&from)).await?;
            Ok(FileOutcome::of(&self.state.file.path, FileFate::Renamed { from: from.clone() }))
        };
        let renamed = renamed.await;
        target.end(if renamed.is_ok() { TransactionEnd::Keep } else { TransactionEnd::Discard }).await?;
        renamed
    }

    async fn within<T: ImportTarget>(
        &self,
        selection: Selection,
        before: Option<&str>,
        target: &mut T,
    ) -> Result<FileOutcome> {
        let FileAtHand { file, survey, known: entry, before: expected } = self.state;
        // Another import may have been here since the journal was read; the transaction sees what it has done.
        let is_as_known = target.entry(&self.rule.name, &file.path).await? == *entry;
        let earlier = match before.filter(|before| *before != file.path) {
            Some(before) => target.entry(&self.rule.name, before).await?,
            None => entry.clone(),
        };
        if !is_as_known || before.is_some() && earlier != *expected {
            return Ok(FileOutcome::refused(&file.path, "another import has it at this moment: import again"));
        }
        if selection == Selection::Behind(0) && entry.is_some() {
            target.forget(&self.rule.name, &file.path).await?;
        }
        let (content, seen) = match open(&file.place) {
            Ok(content) => WatchedContent::new(content),
            Err(error) => return Ok(FileOutcome::refused(&file.path, format!("it cannot be read: {error}"))),
        };
        let mut records = match source::open(self.rule, &file.place, Box::new(content)) {
            Ok(records) => records,
            Err(bad) => return Ok(self.refused(bad)),
        };
        let mut progress = FileProgress {
            outcome: FileOutcome::of(&file.path, FileFate::Imported),
            waiting: Vec::new(),
            aside: aside_before(selection, earlier.as_ref()),
            new_aside: Vec::new(),
            stopped: None,
        };
        self.read_all((selection, earlier.as_ref()), records.as_mut(), &mut progress, target).await?;
        drop(records);
        if progress.stopped.is_none() {
            self.settle_waiting(&mut progress, target).await?;
        }
        if let Some(reason) = progress.stopped.or_else(|| self.changed(&seen)) {
            let mut outcome = progress.outcome;
            outcome.what = FileFate::Refused { reason };
            return Ok(outcome);
        }
        let mut outcome = progress.outcome;
        if let Some(folder) = self.rule.copy_to.as_ref().filter(|_| progress.new_aside.is_empty() && !self.task.is_dry)
            && let Err(reason) = keep(&file.place, &file.path, &self.task.folder.join(folder), &survey.sha256)
        {
            return Ok(FileOutcome::refused(&file.path, reason));
        }
        let mut aside = progress.aside;
        progress.new_aside.sort_unstable();
        progress.new_aside.iter().for_each(|number| aside.push(*number));
        let new = self.entry(outcome.counts.read, survey, &aside);
        target.record(&new, before).await?;
        if selection == Selection::Behind(0) && !self.plan.key.is_empty() {
            let left = target.left_behind(&new).await?;
            if left > 0 {
                outcome.notes.push(format!("{left} rows of an earlier state of it are not in it any more, and stay"));
            }
        }
        debug_assert!(outcome.counts.add_up(), "{:?}", outcome.counts);
        Ok(outcome)
    }

    async fn read_all<T: ImportTarget>(
        &self,
        (selection, earlier): (Selection, Option<&JournalEntry>),
        records: &mut dyn RecordSource,
        progress: &mut FileProgress,
        target: &mut T,
    ) -> Result<()> {
        let maker = RowMaker::new(self.rule, self.plan, &self.state.file, &self.state.survey.sha256);
        let mut rows: Vec<ImportRow> = Vec::new();
        let mut bytes = 0;
        loop {
            self.task.assert_wanted()?;
            let record = match records.next() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(error) => {
                    progress.stopped = Some(format!("it cannot be read to its end: {error}"));
                    return Ok(());
                }
            };
            progress.outcome.counts.read += 1;
            let number = progress.outcome.counts.read;
            let is_known = match selection {
                Selection::Behind(known) => number <= known,
                Selection::SetAside => !earlier.is_some_and(|earlier| earlier.aside.has(number)),
            };
            if is_known {
                progress.outcome.counts.known += 1;
                continue;
            }
            match record.and_then(|record: FileRecord| maker.row(number, &record)) {
                Ok(row) => {
                    bytes += row.size;
                    rows.push(row);
                }
                Err(bad) => self.set_aside(number, bad, progress),
            }
            if rows.len() >= BATCH || bytes >= BYTES {
                self.write(std::mem::take(&mut rows), progress, target).await?;
                bytes = 0;
            }
            if progress.stopped.is_some() {
                return Ok(());
            }
        }
        self.write(rows, progress, target).await
    }

    async fn write<T: ImportTarget>(
        &self,
        rows: Vec<ImportRow>,
        progress: &mut FileProgress,
        target: &mut T,
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let count = rows.len() as u64;
        let rows = self.look_up(rows, progress, target).await?;
        let rows = self.with_ways(rows, progress, target).await?;
        self.write_in_ways(rows, progress, target, true).await?;
        (self.task.tell)(&ImportEvent::Records { records: count });
        fault::point("records imported");
        Ok(())
    }

    async fn write_in_ways<T: ImportTarget>(
        &self,
        rows: Vec<(ImportRow, WriteWay)>,
        progress: &mut FileProgress,
        target: &mut T,
        may_wait: bool,
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let borrowed: Vec<(&ImportRow, WriteWay)> = rows.iter().map(|(row, way)| (row, *way)).collect();
        let outcomes = target.write(self.plan, &borrowed).await?;
        let mut keys = Vec::new();
        for ((row, way), outcome) in rows.into_iter().zip(outcomes) {
            let counts = &mut progress.outcome.counts;
            match outcome {
                RowOutcome::Inserted => counts.inserted += 1,
                RowOutcome::Replaced => counts.replaced += 1,
                // Its key is that of whoever brought the row that stays.
                RowOutcome::Kept => {
                    counts.kept += 1;
                    continue;
                }
                RowOutcome::Refused { refers_to_nothing: true, .. } if may_wait && progress.waiting.len() < WAITING => {
                    progress.waiting.push((row, way));
                    continue;
                }
                RowOutcome::Refused { reason, .. } => {
                    self.set_aside(row.number, BadRecord::new(row.line, reason), progress);
                    continue;
                }
            }
            keys.extend(row.key);
        }
        let of = self.entry(progress.outcome.counts.read, &self.state.survey, &progress.aside);
        target.own(&self.plan.plain, &of, &keys).await
    }

    /// Rows that refer to what came later in the file: they are tried until none is taken any more.
    async fn settle_waiting<T: ImportTarget>(&self, progress: &mut FileProgress, target: &mut T) -> Result<()> {
        let mut before = usize::MAX;
        while !progress.waiting.is_empty() {
            self.task.assert_wanted()?;
            let waiting = std::mem::take(&mut progress.waiting);
            let may_wait = waiting.len() < before;
            before = waiting.len();
            self.write_in_ways(waiting, progress, target, may_wait).await?;
        }
        Ok(())
    }

    fn set_aside(&self, number: u64, bad: BadRecord, progress: &mut FileProgress) {
        let path = &self.state.file.path;
        (self.task.tell)(&ImportEvent::Bad { rule: &self.rule.name, path, bad: &bad });
        progress.outcome.counts.set_aside += 1;
        progress.new_aside.push(number);
        if !self.task.sets_aside(self.rule) {
            progress.stopped.get_or_insert_with(|| format!("line {}: {}", bad.line, bad.reason));
        }
        if progress.outcome.bad.len() < SHOWN {
            progress.outcome.bad.push(bad);
        }
    }

    /// A file of which nothing can be read.
    fn refused(&self, bad: BadRecord) -> FileOutcome {
        let path = &self.state.file.path;
        (self.task.tell)(&ImportEvent::Bad { rule: &self.rule.name, path, bad: &bad });
        FileOutcome::refused(path, bad.reason)
    }

    /// Why a file that was written while it was read is not imported.
    fn changed(&self, seen: &SeenContent) -> Option<String> {
        let is_read = !matches!(self.rule.format, FileFormat::Sqlite | FileFormat::File);
        let is_same = if is_read {
            seen.sha256() == self.state.survey.sha256
        } else {
            std::fs::metadata(&self.state.file.place).is_ok_and(|now| now.len() == self.state.file.size)
        };
        (!is_same).then(|| "it was written while it was read: import again".to_owned())
    }

    /// The line of the journal that says what is there of the file.
    fn entry(&self, records: u64, survey: &Survey, aside: &RecordPlaces) -> JournalEntry {
        let FoundFile { path, modified, .. } = &self.state.file;
        let ends_open = survey.lines.bytes != survey.bytes;
        // A last line without an end that was no record may become one: the file goes on from before it.
        let (settled, settled_records) = if ends_open && records > 0 && aside.has(records) {
            (survey.lines.clone(), records - 1)
        } else {
            (Stretch { bytes: survey.bytes, sha256: survey.sha256.clone(), ends_a_line: true }, records)
        };
        JournalEntry {
            rule: self.rule.name.clone(),
            path: path.clone(),
            sha256: survey.sha256.clone(),
            bytes: survey.bytes,
            modified: *modified,
            records,
            set_aside: aside.count(),
            aside: aside.clone(),
            settled,
            settled_records,
        }
    }
}
