//! The tables of tools that leave a database to `repair --baseline`: nothing reads them, and they stay.

/// Each by the name that it has by default, with all of its columns, in small letters. A table that has one more or one less is somebody's own.
const TABLES: &[(&str, &[&str])] = &[
    ("flyway_schema_history", FLYWAY),
    ("databasechangelog", LIQUIBASE),
    ("databasechangeloglock", &["id", "locked", "lockgranted", "lockedby"]),
    ("_prisma_migrations", PRISMA),
    ("alembic_version", &["version_num"]),
    ("django_migrations", &["id", "app", "name", "applied"]),
    ("knex_migrations", &["id", "name", "batch", "migration_time"]),
    ("knex_migrations_lock", &["index", "is_locked"]),
    ("migrations", &["id", "migration", "batch"]),
    ("migrations", &["id", "timestamp", "name"]),
    ("typeorm_migrations", &["id", "timestamp", "name"]),
    ("__efmigrationshistory", &["migrationid", "productversion"]),
    ("sequelizemeta", &["name"]),
    ("kysely_migration", &["name", "timestamp"]),
    ("kysely_migration_lock", &["id", "is_locked"]),
    ("__drizzle_migrations", &["id", "hash", "created_at"]),
    ("pgmigrations", &["id", "name", "run_on"]),
    ("mikro_orm_migrations", &["id", "name", "executed_at"]),
    ("phinxlog", &["version", "migration_name", "start_time", "end_time", "breakpoint"]),
    ("doctrine_migration_versions", &["version", "executed_at", "execution_time"]),
    ("seaql_migrations", &["version", "applied_at"]),
    ("grdb_migrations", &["identifier"]),
    ("room_master_table", &["id", "identity_hash"]),
    ("d1_migrations", &["id", "name", "applied_at"]),
    ("schemaversions", &["schemaversionsid", "scriptname", "applied"]),
    ("schemaversion", &["version", "name", "md5", "run_at"]),
];

const FLYWAY: &[&str] = &[
    "installed_rank",
    "version",
    "description",
    "type",
    "script",
    "checksum",
    "installed_by",
    "installed_on",
    "execution_time",
    "success",
];

const LIQUIBASE: &[&str] = &[
    "id",
    "author",
    "filename",
    "dateexecuted",
    "orderexecuted",
    "exectype",
    "md5sum",
    "description",
    "comments",
    "tag",
    "liquibase",
    "contexts",
    "labels",
    "deployment_id",
];

const PRISMA: &[&str] =
    &["id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count"];

/// Whether a table is such a one.
pub(super) fn is_kept(table: &str, columns: &[String]) -> bool {
    let sorted = |columns: Vec<String>| {
        let mut columns = columns;
        columns.sort_unstable();
        columns
    };
    let table = table.to_lowercase();
    let columns = sorted(columns.iter().map(|column| column.to_lowercase()).collect());
    TABLES.iter().any(|(name, wanted)| {
        *name == table && columns == sorted(wanted.iter().map(|column| (*column).to_owned()).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_columns_both_count() {
        let is = |table: &str, columns: &[&str]| {
            is_kept(table, &columns.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert!(is("SequelizeMeta", &["name"]) && is("__EFMigrationsHistory", &["ProductVersion", "MigrationId"]));
        assert!(is("flyway_schema_history", FLYWAY));
        assert!(!is("flyway_schema_history", &[FLYWAY, &["mine"]].concat()));
        assert!(!is("flyway_schema_history", &FLYWAY[1..]));
        assert!(!is("my_history", FLYWAY));
        assert!(!is("migrations", &["id", "name"]));
    }
}
