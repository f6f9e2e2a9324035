//! SQLite: by its online backup interface, which copies pages.
//!
//! Not by `VACUUM INTO`: that writes the tables anew, and gives the rows of a table without an INTEGER PRIMARY KEY other rowids
//! (<https://www.sqlite.org/lang_vacuum.html>).

mod check;
mod restore;
mod take;

pub(super) use restore::restore;
pub(super) use take::take;
