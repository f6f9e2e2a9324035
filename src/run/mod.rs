//! The algorithms of a run, written once for both databases.

mod adopt;
mod arrival;
mod course;
mod down;
mod explain;
mod fingerprint;
mod found;
mod job;
mod journal;
mod kept;
mod loss;
#[cfg(feature = "project")]
mod lossy;
mod modified;
mod patience;
mod preview;
mod read;
mod records;
mod repair;
mod report;
mod round;
mod sound;
mod sql_log;
mod status;
mod step;
mod stranger;
mod up;
mod walk;

pub use adopt::Adopted;
pub(crate) use adopt::{Adoption, adopt, adopt_as_asked, preview_adopt};
#[cfg(feature = "project")]
pub(crate) use down::foresee_down;
pub(crate) use down::{down, preview_down};
pub use kept::PurgeRequest;
pub(crate) use kept::{KeptVersion, NEVER, PurgePlan, kept, kept_version, plan_purge, purge};
#[cfg(feature = "project")]
pub(crate) use loss::copies;
#[cfg(feature = "project")]
pub(crate) use lossy::lossy_ups;
pub(crate) use preview::preview;
pub use preview::{Preview, PreviewStep, Rehearse};
#[cfg(feature = "project")]
pub(crate) use read::history_notes;
pub(crate) use read::{HistoryRows, history_rows, pending, status};
pub use repair::Repaired;
pub(crate) use repair::{RepairPlan, read_for_repair, repair};
pub use report::{Report, StepReport};
pub use status::{Status, StatusEntry, StatusRecord};
pub(crate) use up::up;
pub(crate) use walk::walk;
