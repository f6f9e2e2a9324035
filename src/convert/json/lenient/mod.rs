//! The readings that repair: JSON with what `jsonb` can't hold, Python's `repr`, JSON5.
//!
//! They walk through the text as the strict reading does, and write the text anew where it has to change. What is
//! right stays as it is written.

mod document;
mod escapes;
mod json5;
mod members;
mod mending;
mod patch;
mod python;
mod strings;

pub(crate) use document::{Mended, mend};
pub(crate) use mending::WrittenAs;
