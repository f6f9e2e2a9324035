//! What the user may decide: policies and limits, from code, schema.toml, the environment and flags.

mod options;
mod secret;

pub use options::{NewerDatabase, Options, Order, TransactionMode};
pub(crate) use secret::{Secret, mask, redact};
