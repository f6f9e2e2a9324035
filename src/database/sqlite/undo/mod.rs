//! What a step does to rows, kept in the database, and put back by its down: see `docs/design/undo.md`.

mod ahead;
mod by_key;
mod declared;
mod facts;
mod held;
mod images;
mod kept;
mod late;
mod moving;
mod parts;
mod recorder;
mod recursion;
mod references;
mod replay;
mod room;
mod state;
mod store;
mod told;
mod triggers;
mod undoing;
mod written;

pub(super) use ahead::in_the_way;
pub(super) use held::{beyond, beyond_default};
pub(super) use kept::{columns, is_kept_at, list, purge};
pub(super) use late::LateIndex;
pub(super) use moving::Moving;
pub(super) use parts::of_version;
pub(super) use recorder::{ImagePlace, KeptLimit, Recorded, Recorder, may_change_rows};
pub(super) use store::{forget, has_expired, keep, read, settle};
pub(super) use undoing::RowUndoing;
