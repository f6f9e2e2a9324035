//! From two catalogs of one database to the SQL that leads back.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
