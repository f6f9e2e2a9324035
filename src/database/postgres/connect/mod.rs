//! Connections to PostgreSQL as users of libpq expect them.
//!
//! tokio-postgres reads fewer connection strings than libpq, and maps sslmode otherwise. This is the front end to it that
//! makes `psql "$DATABASE_URL"` and schemactl reach the same server in the same way: URLs and key=value strings, PG*
//! variables, the service file, the password file, every sslmode.
//!
//! The order of precedence is the connection string, the service file, the environment, the defaults.

mod certificate;
mod checked;
mod environment;
mod failure;
mod hosts;
mod invalid;
mod keyvalue;
#[cfg(feature = "project")]
mod libpq;
mod open;
mod order;
mod origin;
mod parameters;
mod passfile;
mod password;
mod probe;
mod report;
mod server;
mod service;
mod session;
mod settings;
mod shown;
#[cfg(test)]
mod tests;
mod tls;
mod uri;
mod verifier;

pub(crate) use environment::ConnectEnvironment;
#[cfg(feature = "project")]
pub(crate) use libpq::LibpqParameters;
pub(crate) use session::{Cancel, Connected, ConnectionTask};
pub(crate) use settings::ConnectSettings;
