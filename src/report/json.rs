use serde::Serialize;

use super::{
    AdoptDocument, BackupDocument, CheckDocument, DiffDocument, ErrorView, GenerateDocument, InitDocument, NewDocument,
    PagesDocument, PlanDocument, ProveDocument, RepairDocument, RestoreDocument, RunDocument, StatusDocument,
};

/// The shape that docs/json.md describes. A change that breaks a reader raises it.
const FORMAT: u32 = 1;

/// What `--json` prints: one document, also where the command failed.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<'a> {
    format: u32,
    /// None where the arguments name no command.
    command: Option<&'a str>,
    #[serde(flatten)]
    body: &'a ReplyBody,
    /// Why the exit code is not 0.
    error: Option<ErrorView>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn new(command: Option<&'a str>, body: &'a ReplyBody, error: Option<ErrorView>) -> Self {
        Self { format: FORMAT, command, body, error }
    }
}

/// The part of the document that each command has of its own.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ReplyBody {
    /// It failed before there was anything to tell.
    Nothing {},
    Run(RunDocument),
    Plan(PlanDocument),
    Status(StatusDocument),
    Kept(super::KeptDocument),
    KeptVersion(super::KeptVersionDocument),
    Purge(super::PurgeDocument),
    Check(CheckDocument),
    Diff(DiffDocument),
    Repair(RepairDocument),
    Adopt(AdoptDocument),
    Backup(BackupDocument),
    Restore(RestoreDocument),
    Generate(GenerateDocument),
    Prove(ProveDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    MovePlan(super::MovePlanDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Translate(super::TranslateDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Move(super::MoveDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    MoveLook(super::MoveLookDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Verify(super::VerifyDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Discard(super::DiscardDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Finish(super::FinishDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Archive(super::ArchiveDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Import(super::ImportDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Export(super::ExportDocument),
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    Snapshot(super::SnapshotDocument),
    Init(InitDocument),
    New(NewDocument),
    Pages(PagesDocument),
    /// What was printed is no JSON: a script, a manual page.
    Raw {},
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Error};

    #[test]
    fn a_failure_is_a_document_too() {
        let error = Error::new(Code::Usage, "no");
        let document = Envelope::new(Some("up"), &ReplyBody::Nothing {}, Some(ErrorView::of(&error, None)));
        let text = serde_json::to_string(&document).unwrap();
        assert!(text.starts_with(r#"{"format":1,"command":"up","error":{"code":"E0107","message":"no","#), "{text}");
    }
}
