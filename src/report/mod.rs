//! What a command found or did, as values that are shown as text and as JSON: the same facts for both.

mod adopt;
mod backup;
mod check;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod copying;
mod database;
mod diff;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod ended;
mod error;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod exported;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod followed;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod imported;
mod json;
mod kept;
mod lock;
mod log;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod moving;
mod paint;
mod plan;
mod prove;
mod repair;
mod run;
mod setup;
mod status;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod translate;
mod undone;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod verified;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod watching;
mod words;

pub(crate) use adopt::{AdoptDocument, AdoptView};
pub(crate) use backup::{BackedUpView, BackupDocument, BackupView, RestoreDocument};
pub(crate) use check::{CheckDocument, CheckView, MapView, findings};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use copying::MoveDocument;
pub(crate) use database::{DatabaseView, folder_name};
pub(crate) use diff::{DiffDocument, DiffView, ShownSql, Whose, visible};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use ended::{ArchiveDocument, DiscardDocument, FinishDocument};
pub(crate) use error::{ErrorView, with_colour};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use exported::{ExportDocument, SnapshotDocument};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use imported::ImportDocument;
pub(crate) use json::{Envelope, ReplyBody};
pub(crate) use kept::{
    KeptDocument, KeptFacts, KeptVersionDocument, KeptVersionView, KeptView, PurgeDocument, PurgeView,
};
pub(crate) use lock::{GenerateDocument, LockChangeView};
pub(crate) use log::{LogLine, of_event};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use moving::MovePlanDocument;
pub(crate) use paint::Paint;
pub(crate) use plan::{PlanDetail, PlanDocument, PlanView};
pub(crate) use prove::{ProofView, ProveDocument};
pub(crate) use repair::{ChangeView, RepairDocument, RepairView, WrongView};
pub(crate) use run::{RunDocument, RunView, StepView};
pub(crate) use setup::{CreatedView, InitDocument, NewDocument, PagesDocument};
pub(crate) use status::{StatusDocument, StatusView};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use translate::{FileState, TranslateDocument, WrittenFileView};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use verified::VerifyDocument;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use watching::MoveLookDocument;
pub(crate) use words::{count, duration, versions};
