//! What a database holds, as a value: read once, compared, printed, hashed.

mod diff;
mod fingerprint;
mod fit;
mod fresh;
mod ignore;
mod object;
mod stamp;
mod words;

pub(crate) use diff::{Change, diff};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use fit::{Fit, Snapshot};
pub(crate) use fresh::Home;
#[cfg(any(feature = "cli", feature = "barrel"))]
pub(crate) use ignore::is_like;
pub(crate) use ignore::{Ignore, Ledgers, Pattern, pattern};
pub(crate) use object::{Catalog, Fact, Id, Kind, Object, ObjectName};
pub(crate) use stamp::{Seen, Stamp};
