//! What the user may decide: policies and limits, from code, schema.toml, the environment and flags.

mod options;

pub use options::{NewerDatabase, Options, Order, TransactionMode};
