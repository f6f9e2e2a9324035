use serde::Serialize;

use super::count;
use crate::config::MigrationSource;
use crate::error::Audience;
use crate::prove::{CostWhileKept, Outcome, Proof, WhileKept};
use crate::source::{Migration, Verdict};

/// What `prove` found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ProveDocument {
    pub(crate) proofs: Vec<ProofView>,
    /// How many are not as they should be.
    pub(crate) findings: usize,
    pub(crate) downs: DownsView,
}

/// How many downs there are of each kind: together they are as many as the migrations.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DownsView {
    /// They restore the schema.
    pub(crate) restore: usize,
    pub(crate) wrong: usize,
    pub(crate) missing: usize,
    /// A file declares that there is no way back.
    pub(crate) declared: usize,
    /// What the migration requires is not in a scratch database.
    pub(crate) skipped: usize,
    /// The up does not run.
    pub(crate) failed: usize,
    /// They come after an up that does not run.
    pub(crate) not_tried: usize,
}

/// What proving a migration showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProofView {
    pub(crate) database: Option<String>,
    pub(crate) backend: &'static str,
    pub(crate) version: i64,
    pub(crate) description: String,
    /// The file of the down, or of the up where there is none.
    pub(crate) file: String,
    /// Where the down comes from, or what kept it from being proven.
    pub(crate) down: &'static str,
    /// `lossless`, `lossy` or `irreversible`; none where nothing was proven.
    pub(crate) verdict: Option<&'static str>,
    pub(crate) reasons: Vec<String>,
    /// Where the down is wrong, the SQL that it leaves to be done.
    pub(crate) leftover: Option<String>,
    /// What it costs where the database keeps what the up does to rows; none where that is the verdict, or was not tried.
    pub(crate) while_kept: Option<WhileKeptView>,
    /// What could not be tried.
    pub(crate) notes: Vec<String>,
}

/// What a down costs while the rows are kept that its up changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WhileKeptView {
    /// `lossless`, `lossy` or `not_kept`.
    verdict: &'static str,
    /// What is lost all the same, or why nothing is kept.
    reasons: Vec<String>,
    /// For how long they are kept; null where that has no end.
    seconds: Option<u64>,
    /// `while kept (30 d)`.
    #[serde(skip)]
    text: String,
}

impl WhileKeptView {
    fn of(kept: &WhileKept) -> Self {
        let (verdict, reasons) = match &kept.cost {
            CostWhileKept::Lossless => ("lossless", Vec::new()),
            CostWhileKept::Lossy(reasons) => ("lossy", reasons.clone()),
            CostWhileKept::NotKept(reason) => ("not_kept", vec![reason.clone()]),
        };
        Self { verdict, reasons, seconds: kept.time.map(|time| time.as_secs()), text: kept.to_string() }
    }

    fn is_lossless(&self) -> bool {
        self.verdict == "lossless"
    }

    /// What is to be known beside the verdict; nothing, where it says all of it.
    fn line(&self) -> Option<String> {
        let reasons = self.reasons.join("; ");
        match self.verdict {
            "lossless" => None,
            "lossy" => Some(format!("{}, only this is lost: {reasons}", self.text)),
            _ => Some(format!("nothing would be kept of the rows that it changes: {reasons}")),
        }
    }
}

impl ProofView {
    pub(crate) fn of(source: &MigrationSource, migration: &Migration, proof: &Proof) -> Self {
        if let Outcome::Known { verdict } = &proof.outcome {
            return Self::unchanged(source, migration, verdict);
        }
        let (down, mut reasons, leftover) = match &proof.outcome {
            Outcome::Derived { .. } => ("derived", Vec::new(), None),
            Outcome::Known { .. } => unreachable!("it is shown as unchanged"),
            Outcome::Given => ("given", Vec::new(), None),
            Outcome::Wrong { reasons, leftover } => ("wrong", reasons.clone(), Some(leftover.clone())),
            Outcome::Declared => ("declared", Vec::new(), None),
            Outcome::Skipped => ("skipped", Vec::new(), None),
            Outcome::Failed(error) => ("failed", vec![error.with_its_cause()], None),
        };
        reasons.extend(proof.verdict.iter().flat_map(Verdict::reasons));
        let mut notes = proof.notes.clone();
        notes.extend(proof.undeclared.iter().chain(&proof.untried).cloned());
        // What was not tried is a reason of the verdict, too: nobody reads it twice.
        notes.retain(|note| !reasons.contains(note));
        if let Outcome::Failed(error) = &proof.outcome {
            notes.extend(error.hints().iter().map(|hint| hint.words(Audience::Command)));
        }
        Self {
            database: source.database.clone(),
            backend: source.dialect.as_str(),
            version: proof.version.get(),
            description: migration.description().to_owned(),
            file: migration.down().unwrap_or(migration.up()).path().to_owned(),
            down,
            verdict: proof.verdict.as_ref().map(Verdict::word),
            reasons,
            leftover,
            while_kept: proof.while_kept.as_ref().map(WhileKeptView::of),
            notes,
        }
    }

    /// Whether somebody has to do something about it.
    pub(crate) fn is_finding(&self) -> bool {
        matches!(self.down, "wrong" | "failed")
    }

    /// Of a migration that was not run, since nothing has changed since it was proven.
    pub(crate) fn unchanged(source: &MigrationSource, migration: &Migration, verdict: &Verdict) -> Self {
        Self {
            database: source.database.clone(),
            backend: source.dialect.as_str(),
            version: migration.version().get(),
            description: migration.description().to_owned(),
            file: migration.down().unwrap_or(migration.up()).path().to_owned(),
            down: "unchanged",
            verdict: Some(verdict.word()),
            reasons: verdict.reasons(),
            leftover: None,
            while_kept: None,
            notes: Vec::new(),
        }
    }

    /// Whether it was proven before, and is as it was then.
    pub(crate) fn is_known(&self) -> bool {
        self.down == "unchanged"
    }

    /// `2 add_total: lossy; the down is written`, and below it the reasons.
    pub(crate) fn written(&self) -> String {
        self.with("", if self.down == "derived" { "; the down is written" } else { "" })
    }

    /// `2 add_total: lossy`, and below it the reasons.
    pub(crate) fn text(&self) -> String {
        self.with("", if self.down == "derived" { "; there is no down, `schemactl generate` writes one" } else { "" })
    }

    /// `2 add_total (2_add_total.down.sql): lossy`, and below it the reasons: for a folder that is not this tool's.
    pub(crate) fn of_file(&self) -> String {
        let file = format!(" ({})", self.file);
        self.with(&file, if self.down == "derived" { "; there is no down" } else { "" })
    }

    /// Whether nothing is lost as long as the rows are kept.
    fn is_lossless_while_kept(&self) -> bool {
        self.while_kept.as_ref().is_some_and(WhileKeptView::is_lossless)
    }

    fn with(&self, file: &str, end: &str) -> String {
        let kept = self.while_kept.as_ref().filter(|kept| kept.is_lossless());
        let while_kept = kept.map(|kept| format!("lossless {}, else lossy", kept.text));
        let what = match (self.down, self.verdict) {
            ("wrong", _) => "WRONG: the down does not restore what was",
            ("failed", _) => "FAILED: the up does not run on a scratch database",
            ("skipped", _) => "skipped: what it requires is not in a scratch database",
            (_, Some(verdict)) => while_kept.as_deref().unwrap_or(verdict),
            _ => "not proven",
        };
        let mut text = format!("{} {}{file}: {what}{end}", self.version, self.description);
        for reason in &self.reasons {
            text.push_str(&format!("\n  * {reason}"));
        }
        for note in self.while_kept.iter().filter_map(WhileKeptView::line).chain(self.notes.iter().cloned()) {
            text.push_str(&format!("\n  note: {note}"));
        }
        if let Some(leftover) = self.leftover.as_ref().filter(|leftover| !leftover.is_empty()) {
            text.push_str("\n  what it leaves to be done:\n");
            text.push_str(&leftover.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"));
        }
        text
    }
}

impl ProveDocument {
    /// Counts what was found.
    pub(crate) fn count(&mut self, not_tried: usize) {
        let with = |down: &str| self.proofs.iter().filter(|proof| proof.down == down).count();
        self.downs = DownsView {
            restore: with("given") + with("unchanged"),
            wrong: with("wrong"),
            missing: with("derived"),
            declared: with("declared"),
            skipped: with("skipped"),
            failed: with("failed"),
            not_tried,
        };
        self.findings = self.proofs.iter().filter(|proof| proof.is_finding()).count();
    }

    /// `12 migrations: 5 lossless, 6 lossy, 1 irreversible`.
    pub(crate) fn summary(&self) -> String {
        let with = |word: &str, is_kept: bool| {
            let with = self.proofs.iter().filter(|proof| proof.verdict == Some(word));
            with.filter(|proof| proof.is_lossless_while_kept() == is_kept).count()
        };
        let counts = Verdict::WORDS
            .iter()
            .flat_map(|word| [(with(word, true), "lossless while kept"), (with(word, false), *word)]);
        let mut parts: Vec<String> =
            counts.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        if self.findings > 0 {
            parts.push(count(self.findings, "finding"));
        }
        let all = count(self.proofs.len(), "migration");
        let summary = if parts.is_empty() { all } else { format!("{all}: {}", parts.join(", ")) };
        match self.proofs.iter().filter(|proof| proof.is_known()).count() {
            0 => summary,
            known => format!("{summary}; {known} unchanged since an earlier proof (`--all` proves them again)"),
        }
    }
}

impl DownsView {
    /// `12 of 14 downs restore the schema, 1 is wrong, 1 missing`.
    pub(crate) fn sentence(&self) -> String {
        let Self { restore, wrong, missing, declared, skipped, failed, not_tried } = *self;
        let all = restore + wrong + missing + declared + skipped + failed + not_tried;
        let verb = if all == 1 { "restores" } else { "restore" };
        let is = if wrong == 1 { "is" } else { "are" };
        let parts = [
            (wrong, format!("{wrong} {is} wrong")),
            (missing, format!("{missing} missing")),
            (declared, format!("{declared} declared irreversible")),
            (skipped, format!("{skipped} skipped")),
            (
                failed,
                format!("{} not run", if failed == 1 { "1 up does".to_owned() } else { format!("{failed} ups do") }),
            ),
            (not_tried, format!("{not_tried} not tried")),
        ];
        let said = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, part)| format!(", {part}"));
        format!("{restore} of {} {verb} the schema{}", count(all, "down"), said.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downs_are_counted_for_people_who_compare() {
        let some = DownsView { restore: 12, wrong: 1, missing: 1, ..DownsView::default() };
        assert_eq!(some.sentence(), "12 of 14 downs restore the schema, 1 is wrong, 1 missing");
        let broken = DownsView { restore: 3, wrong: 2, failed: 1, not_tried: 7, ..DownsView::default() };
        assert_eq!(broken.sentence(), "3 of 13 downs restore the schema, 2 are wrong, 1 up does not run, 7 not tried");
        let one = DownsView { restore: 1, ..DownsView::default() };
        assert_eq!(one.sentence(), "1 of 1 down restores the schema");
    }
}
