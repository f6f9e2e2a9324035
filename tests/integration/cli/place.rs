//! A database of each kind, with what asks it.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;
use schemactl_test_support::sqlite;

use super::query;

/// A project with its database.
pub(crate) struct Place {
    pub(crate) project: Project,
    pub(crate) folder: &'static str,
    #[cfg(feature = "postgres")]
    server: Option<schemactl_test_support::postgres::Database>,
}

impl Place {
    pub(crate) fn all() -> Vec<Self> {
        let sqlite = project!();
        sqlite.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
        #[cfg(not(feature = "postgres"))]
        return vec![Self { project: sqlite, folder: "migrations/sqlite" }];
        #[cfg(feature = "postgres")]
        {
            use schemactl_test_support::postgres;
            let server = postgres::database(postgres::version());
            let project = project!();
            project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", server.url());
            vec![
                Self { project: sqlite, folder: "migrations/sqlite", server: None },
                Self { project, folder: "migrations/postgres", server: Some(server) },
            ]
        }
    }

    pub(crate) fn write(&self, name: &str, up: &str, down: &str) {
        self.project.file(&format!("{}/{name}.sql", self.folder), up);
        self.project.file(&format!("{}/{name}.down.sql", self.folder), down);
    }

    pub(crate) fn query(&self, sql: &str) -> String {
        #[cfg(feature = "postgres")]
        if let Some(server) = &self.server {
            return server.psql(sql);
        }
        query(&self.project, sql)
    }

    pub(crate) fn by_hand(&self, sql: &str) {
        #[cfg(feature = "postgres")]
        if let Some(server) = &self.server {
            drop(server.psql(sql));
            return;
        }
        sqlite::open(&self.project.path().join("app.db")).execute_batch(sql).unwrap();
    }

    /// Records a baseline as an application does, which compares nothing.
    pub(crate) fn baseline(&self, migrations: &schemactl::Migrations, last: i64) {
        let last = schemactl::Version::new(last).unwrap();
        self.repair(migrations, schemactl::RepairRequest::Baseline(last)).unwrap();
    }

    /// Repairs as an application does.
    pub(crate) fn repair(
        &self,
        migrations: &schemactl::Migrations,
        request: schemactl::RepairRequest,
    ) -> schemactl::Result<()> {
        let options = schemactl::Options::new();
        #[cfg(feature = "postgres")]
        if let Some(server) = &self.server {
            let (url, requests) = (server.url(), [request]);
            let repaired = schemactl::postgres::repair_url(&url, migrations, &requests, &options);
            return tokio::runtime::Runtime::new().unwrap().block_on(repaired).map(drop);
        }
        let mut connection = sqlite::open(&self.project.path().join("app.db"));
        schemactl::sqlite::repair(&mut connection, migrations, &[request], &options).map(drop)
    }

    /// Runs it, and sees that nothing is said of fingerprints.
    pub(crate) fn quietly(&self, arguments: &[&str]) {
        let output = self.project.run(arguments);
        assert!(!output.ok().stderr.contains("fingerprint"), "{arguments:?}: {}", output.text());
    }

    /// The versions that have a fingerprint.
    pub(crate) fn recorded(&self) -> String {
        self.query("SELECT version FROM schema_migrations WHERE fingerprint IS NOT NULL ORDER BY version")
    }
}
