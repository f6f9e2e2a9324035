//! For an application whose data moves from SQLite to PostgreSQL: [`follow`] copies its rows, and brings what changes from the side that is written to the other one, until both are switched and after it.
//!
//! The switch is the command's (`schemactl move cutover`). Which side the application reads and writes meanwhile, `schemactl::route` says.

#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod age;
#[cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]
mod archive;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod back;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod binary_copy;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod capture;
mod compare;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod computed;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod copy;
mod correspondence;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod course;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod cutover;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod estimate;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod follow;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod follower;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod layout;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod numbers;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod orphans;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod preflight;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod session;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod texts;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod trial;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod verify;

#[cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]
pub(crate) use archive::{Archived, archive};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use back::{ReturnTask, no_way_back, resume_following};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use binary_copy::{append as append_field, begin_row};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use capture::{Capture, SourceGate};
pub(crate) use compare::compare;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
use compare::unmapped;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use copy::{
    Captured, CopiedTable, CopyChoices, CopyEvent, CopyOutcome, CopyState, CopyTask, Discarded, FollowState,
    KEY_OFF_AND_BACK, MoveJournal, MoveState, SequenceSet, StillApart, advance_table, assert_same_map,
    copied_without_capture, discard, next_numbers, send as send_rows,
};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use course::{
    AllowedVersions, ExamineTask, FollowMove, HeldCopy, MoveEnds, MoveLook, PlannedMove, PreparedCopy, copy,
    copy_choices, lay_out, prepare, refused, with_task,
};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use cutover::{
    BackOutcome, BackTask, CutoverOutcome, CutoverTask, Finished, abort, assert_undecided, finish, half_finished,
};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use estimate::CopyEstimate;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub use follow::FollowEvent;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use follow::{FollowEnd, FollowTask, not_captured};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub use follower::{FollowOptions, follow, follow_blocking};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use layout::{
    BegunMove, ColumnMove, ComputedColumn, KeyParent, KeyShape, MergedRules, MovePlan, OrphanOutcome, PlannedKey,
    PlannedUnique, RowName, TableMove, layout, type_of,
};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use numbers::goes_on_with;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use preflight::{
    ColumnTally, ConvertedExample, Example, LeftOutRows, Preflight, PreflightTask, RefusedListener, RefusedValue,
    RefusedValues, TableTally, quoted, shown_value,
};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use session::TargetSession;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use source::{SqliteRows, file_state, refused_expressions, stored};
pub(crate) use table::{Form, MappedColumn, MappedTable, MappedTables};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use texts::rebuild;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use trial::{
    BrokenConstraint, ComputedTrial, RowsPiece, SettledRows, TrialChoices, TrialVerdict, hand_over, judge,
};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use verify::{ChangedColumn, DifferentRow, RowDifferences, VerifiedMove, VerifiedTable, VerifyTask};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use verify::{ReceivedRows, RowSample, SampleSize, canonical_field, receive, row_fields};
