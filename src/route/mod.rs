//! For an application whose data moves from SQLite to PostgreSQL, and back, while it runs.
//!
//! `schemactl move follow` keeps PostgreSQL level with SQLite, and `schemactl move cutover` switches both. A [`Route`] tells the application which side
//! serves a read and takes a write now, so that it goes over without a restart and without a request that fails. It takes neither a pool nor a framework: a closure gets the [`Side`], and uses
//! what the application has.
//!
//! - [`RouteOptions`]: which databases are used and how many reads PostgreSQL serves, in code, by `DB_BACKEND` and its like, or (feature `project`) by `[route]` in schema.toml.
//! - [`Route::watched`] looks how the move stands, at both sides. It needs the features `sqlite` and `postgres`. With one of them, or none, [`Route::fixed`] and [`Route::told`] do the same
//!   for an application that knows better, and errors of the drivers that are there are recognized.
//! - [`Route::write`] writes on the side that is open, waits at the moment of the switch, and never writes twice.
//! - [`Reads`]: the side for a read, by a key. [`Shadow`] reads on the other side too, and compares: [`Same`].
//!
//! # Why there is no outbox, and no write in two phases
//!
//! An application that writes to both databases has to say what becomes of a write that one of them took and the other did not. Here it writes to one. While SQLite is open, triggers note the change in
//! the transaction of the write itself, and the follower brings it to PostgreSQL, also where everything dies in between. A write that meets the fence of the switch is undone by it: there is nothing to be kept for
//! later, and it is tried again on the side that is open.
//!
//! ```
//! use schemactl::route::{Backends, Route, RouteOptions, Side, Standing};
//!
//! // As a test has it; an application says `Route::watched`.
//! let options = RouteOptions::from_variables(["orders"], [("DB_BACKEND".into(), "dual".into()), ("READ_FROM_POSTGRES_PERCENT".into(), "0".into())])?;
//! let route = Route::told(options, Standing::sqlite(None))?;
//! assert_eq!(route.reads("orders")?.side("user 7"), Side::Sqlite);
//!
//! route.tell(Standing::postgres(None)); // both sides were switched
//! assert_eq!(route.reads("orders")?.side("user 7"), Side::Postgres);
//! # Ok::<(), schemactl::Error>(())
//! ```

mod closed;
mod environment;
#[cfg(feature = "project")]
mod layers;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod look;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod lookout;
mod measure;
mod router;
mod same;
mod settings;
mod shadow;
mod share;
mod shared;
mod side;
mod standing;
#[cfg(test)]
mod tests;
mod writing;

pub use closed::{ClosedSide, closed_side};
pub use measure::RouteCounts;
pub use router::{Reads, Route};
pub use same::{Same, ShadowRow, ShadowValue};
pub use settings::{Backends, RouteOptions};
pub use shadow::{Shadow, ShadowOptions, ShadowSample};
pub use share::Share;
pub use side::Side;
pub use standing::Standing;
