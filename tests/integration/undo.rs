//! Down with the rows: whatever `down` does, no row of users is lost by it, and where it ends with 0 every row is as it would be had the up never been.
#![cfg(all(feature = "cli", feature = "sqlite"))]

/// Whether the database keeps what an up does to rows, so that its down gives back all of it.
const IS_RECORDED: bool = true;

mod altering;
mod cases;
mod dice;
mod dump;
mod ignoring;
mod judge;
mod kept;
mod making;
mod names;
mod outcome;
#[cfg(feature = "postgres")]
mod postgres;
mod property;
mod proving;
mod purging;
mod rebuilding;
mod round;
mod schema;
mod shrinking;
mod statement;
mod steps;
mod target;
mod values;
mod verdicts;
mod world;
mod write;
