//! What a number counts as a time.

/// What a number counts. Every count is in UTC: from 1970-01-01, or for Julian days as SQLite counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epoch {
    Seconds,
    Millis,
    Micros,
    Nanos,
    Julian,
    /// The number of digits before the point decides: 9 and 10 are seconds, 12 and 13 milliseconds, 15 and 16
    /// microseconds, 18 and 19 nanoseconds, and 7 digits with a fraction (or stored as real) Julian days.
    /// Other sizes are a fault because two units are equally likely. Seconds are then from 1973 to 2286, and a count
    /// of milliseconds from before May 1970 is read as seconds.
    BySize,
}
