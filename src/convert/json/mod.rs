//! Whether PostgreSQL takes a text as `json` or `jsonb`, without a change of its meaning.
//!
//! [`read`] accepts what the server accepts, and refuses the rest with a reason and the path in the document. It also
//! refuses what the server takes and changes in silence (`jsonb` keeps only the last of two equal keys). The rules of
//! a user allow repairs; the text says which were needed. `canonical_of_valid` makes one form by value, for the comparison of `jsonb`
//! columns; the type `json` keeps the text, so that the text itself is what a checksum takes.

mod canonical;
mod cursor;
mod escape;
mod fault;
mod keys;
mod lenient;
mod number;
mod reader;
mod rules;
mod strict;
mod walk;
mod words;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use canonical::canonical;
pub(crate) use canonical::canonical_of_valid;
pub(crate) use fault::{JsonFault, JsonFaultKind};
pub(crate) use reader::{JsonText, read};
pub(crate) use rules::{CharRepair, JsonKind, JsonRules, JsonTarget, Keep, Repairs, Replacement};
