//! What a database records of its migrations, as values. Reading and writing the tables is the databases' part.

mod besides;
pub(crate) mod columns;
mod foreign;
mod hashes;
mod kept;
mod kept_rows;
mod leave;
mod ledger;
mod of_import;
mod of_move;
mod of_undo;
mod own;
mod prior;
mod record;
mod refinery;
mod verdict_now;
mod whereabouts;

pub(crate) use besides::besides;
#[cfg(feature = "project")]
pub(crate) use foreign::not_taken_over;
pub(crate) use foreign::{KnownTool, OURS, SCHEMAS_OF_TOOLS, foreign_tool, marks, migrator};
pub(crate) use hashes::{Edited, FirstChange, StatementHashes};
pub(crate) use kept_rows::IndexRow;
pub use kept_rows::{KeptRows, KeptState};
pub(crate) use leave::{Left, is_meant, leave, leave_rows};
pub(crate) use ledger::{ForeignHistory, LedgerRow, LedgerVersions, LocatedTable, TAKEN_OVER};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use of_import::ImportTable;
pub(crate) use of_import::journals_beside;
pub(crate) use of_move::{
    ApartKind, CAPTURE_TRIGGERS, CaptureTable, FENCE_FUNCTION, FOR_GOOD, GATE_TRIGGERS, MOVED, MoveTable,
    NOTE_FUNCTION, ROW_NUMBER, ROW_NUMBERS,
};
pub(crate) use of_undo::{
    ImageKey, PartKind, UndoColumn, UndoPart, UndoRecord, UndoTable, images_name, images_of, is_images_name,
    value_column, without_rows,
};
pub(crate) use own::own_histories;
pub(crate) use prior::{Fate, Prior, PriorObject, is_named_like};
pub(crate) use record::{Details, Record, State};
pub(crate) use record::{Elapsed, Found, LogEntry, LogOutcome, Stored, StoredDown};
pub(crate) use refinery::is_checksum as is_refinerys_checksum;
pub(crate) use verdict_now::{DownNow, TriedNow, VerdictNow};
pub(crate) use whereabouts::{OtherHistory, Whereabouts};
