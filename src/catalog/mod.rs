//! What a database holds, as a value: read once, compared, printed, hashed.

mod diff;
mod fingerprint;
mod object;

pub(crate) use diff::{Change, diff};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use object::{Catalog, Fact, Id, Kind, Object, ObjectName};
