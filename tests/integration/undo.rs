//! Down with the rows: whatever `down` does, no row of users is lost by it, and where it ends with 0 every row is as it would be had the up never been.
#![cfg(all(feature = "cli", feature = "sqlite"))]

/// Whether the database keeps what an up does to rows, so that its down gives back all of it.
const IS_RECORDED: bool = true;

mod altering;
mod by_hand;
mod by_key;
mod cases;
mod consent;
#[cfg(feature = "postgres")]
mod defaults;
mod deferred;
mod dice;
mod dump;
mod filled;
mod ignoring;
mod indexes;
mod judge;
mod kept;
mod keys;
#[cfg(all(feature = "postgres", feature = "fault-points"))]
mod killing;
mod making;
mod moving;
mod names;
mod outcome;
mod parents;
#[cfg(feature = "postgres")]
mod postgres;
mod property;
mod proving;
mod purging;
mod rebuilding;
mod remade;
mod round;
mod schema;
mod shrinking;
mod statement;
mod steps;
mod stopped;
#[cfg(feature = "postgres")]
mod superseded;
mod target;
mod texts;
mod told;
mod unkept;
mod values;
mod verdicts;
mod ways;
mod world;
mod write;
