//! Scratch databases: made for a test, and dropped after it.

use super::{PostgresDatabase, failure};
use crate::error::Result;
use crate::sql::Ident;

impl PostgresDatabase<'_> {
    /// Creates an empty database with a name that says what it is and whose.
    pub(crate) async fn create_scratch(&mut self) -> Result<String> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("schemactl_scratch_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let sql = format!("CREATE DATABASE {} TEMPLATE template0", Ident(&name));
        match self.session.run(&sql).await {
            Ok(()) => Ok(name),
            Err(broken) => {
                Err(failure::query(broken, self.session.is_interrupted(), "a scratch database cannot be created")
                    .with_hint("GRANT the role CREATEDB, or name a server where it has it"))
            }
        }
    }

    /// Drops a database that [`create_scratch`](Self::create_scratch) made.
    pub(crate) async fn drop_scratch(&mut self, name: &str) -> Result<()> {
        match self.session.run(&format!("DROP DATABASE {} WITH (FORCE)", Ident(name))).await {
            Ok(()) => Ok(()),
            Err(broken) => {
                let message = format!("the scratch database {name} cannot be dropped");
                Err(failure::query(broken, self.session.is_interrupted(), message))
            }
        }
    }
}
