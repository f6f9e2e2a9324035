//! What a step does to rows, kept in the database, and put back by its down: see `docs/design/undo.md`.

mod ahead;
mod apart;
mod by_key;
mod copy;
mod counted;
mod facts;
mod given;
mod held;
mod kept;
mod look;
mod lost;
mod net;
mod numbering;
mod pairs;
mod part;
mod parts;
mod purge;
mod quiet;
mod recorder;
mod references;
mod replay;
mod staged;
mod state;
mod store;
mod undoing;

pub(super) use facts::OwnRows;
pub(super) use held::{beyond, beyond_default, filled_column, held_columns};
pub(super) use purge::purge_expired;
pub(super) use recorder::{StepRecorder, StepRecording, may_change_rows};
pub(super) use store::{forget, read, unkept};
pub(super) use undoing::RowUndoing;
