//! Whose a table is that this tool did not make, told by its name and its columns.

use std::collections::BTreeSet;

use super::TAKEN_OVER;
use super::kept::is_kept;
use crate::config::Tool;

/// The columns by which other tools' tables of the history's name are known.
const TOOLS: &[(&[&str], &str)] = &[
    (&["version", "dirty"], "golang-migrate"),
    (&["version", "inserted_at"], "Ecto"),
    (&["version", "applied_at"], "a tool that keeps version and applied_at"),
    (&["version"], "Rails or dbmate, or by hand"),
];

/// The columns without which a table is not ours.
pub(crate) const OURS: &[&str] =
    &["version", "description", "checksum", "state", "statements_done", "statement_hashes"];

/// Which tool made a table with these columns; none where it is ours.
pub(crate) fn foreign_tool(columns: &[String]) -> Option<&'static str> {
    let has = |wanted: &[&str]| wanted.iter().all(|name| columns.iter().any(|column| column == name));
    if has(OURS) {
        return None;
    }
    let known = TOOLS.iter().find(|(names, _)| names.len() == columns.len() && has(names));
    Some(known.map_or("another tool", |(_, tool)| tool))
}

/// A tool by whose table it is known that it has migrated a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownTool {
    /// As its makers write it.
    pub(crate) name: &'static str,
    /// What `adopt` knows it by.
    pub(crate) adopted_as: Option<Tool>,
    /// What is true of a row that counts; none where every one does.
    pub(crate) counts: Option<&'static str>,
    /// The name of the table, in small letters; none where the columns say enough, since the tool lets its users choose.
    table: Option<&'static str>,
    columns: &'static [&'static str],
    rest: Rest,
}

/// What else a table may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Any,
    None,
}

const fn any(name: &'static str, columns: &'static [&'static str]) -> KnownTool {
    KnownTool { name, adopted_as: None, counts: None, table: None, columns, rest: Rest::Any }
}

const fn exactly(name: &'static str, columns: &'static [&'static str]) -> KnownTool {
    KnownTool { rest: Rest::None, ..any(name, columns) }
}

const fn called(name: &'static str, table: &'static str, columns: &'static [&'static str]) -> KnownTool {
    KnownTool { table: Some(table), ..any(name, columns) }
}

const fn adopted(tool: Tool, migrator: KnownTool) -> KnownTool {
    KnownTool { adopted_as: Some(tool), ..migrator }
}

/// The first that fits is it. Columns are in small letters; the first of each is the rarest.
const MIGRATORS: &[KnownTool] = &[
    any("Flyway", &["installed_rank", "version", "script", "installed_on", "success"]),
    adopted(Tool::Sqlx, any("sqlx", &["installed_on", "version", "description", "success"])),
    adopted(Tool::Refinery, any("refinery", &["applied_on", "version", "name"])),
    KnownTool {
        // The row of version 0 is there from the start.
        counts: Some("version_id <> 0"),
        ..adopted(Tool::Goose, any("goose", &["version_id", "is_applied", "id"]))
    },
    adopted(Tool::Diesel, exactly("diesel", &["run_on", "version"])),
    adopted(Tool::GolangMigrate, exactly("golang-migrate", &["dirty", "version"])),
    any("Prisma", &["applied_steps_count", "migration_name", "checksum"]),
    exactly("Alembic", &["version_num"]),
    any("Liquibase", &["orderexecuted", "exectype", "md5sum", "filename"]),
    called("Django", "django_migrations", &["app", "name", "applied"]),
    any("Knex", &["migration_time", "batch", "name"]),
    exactly("Laravel", &["batch", "id", "migration"]),
    any("Entity Framework", &["migrationid", "productversion"]),
    called("Sequelize", "sequelizemeta", &["name"]),
    called("TypeORM", "migrations", &["timestamp", "id", "name"]),
    called("TypeORM", "typeorm_migrations", &["timestamp", "id", "name"]),
    called("Kysely", "kysely_migration", &["timestamp", "name"]),
    called("Drizzle", "__drizzle_migrations", &["hash", "created_at"]),
    called("node-pg-migrate", "pgmigrations", &["run_on", "name"]),
    called("MikroORM", "mikro_orm_migrations", &["executed_at", "name"]),
    any("Phinx", &["migration_name", "version", "start_time", "end_time"]),
    any("Atlas", &["operator_version", "version", "executed_at"]),
    exactly("Doctrine", &["executed_at", "version", "execution_time"]),
    any("Sqitch", &["change_id", "change", "project", "committed_at"]),
    any("yoyo", &["migration_hash", "migration_id", "applied_at_utc"]),
    called("SeaORM", "seaql_migrations", &["version", "applied_at"]),
    called("GRDB", "grdb_migrations", &["identifier"]),
    called("Room", "room_master_table", &["identity_hash"]),
    called("Wrangler", "d1_migrations", &["name", "applied_at"]),
    called("tern", "schema_version", &["version"]),
    any("DbUp", &["schemaversionsid", "scriptname", "applied"]),
    any("postgrator", &["run_at", "version", "md5"]),
    any("graphile-migrate", &["previous_hash", "hash"]),
    any("pgroll", &["migration", "schema", "parent", "done"]),
    adopted(Tool::Bare, exactly("Ecto, or a tool like it,", &["inserted_at", "version"])),
    adopted(Tool::Bare, called("Rails, dbmate, or a tool like these,", "schema_migrations", &["version"])),
];

/// Columns of which a table has one where one of the tools made it: databases look for such tables by them.
pub(crate) fn marks() -> BTreeSet<&'static str> {
    MIGRATORS.iter().map(|known| known.columns[0]).collect()
}

/// Schemas of PostgreSQL that a tool makes for its own table: what it migrates is elsewhere.
pub(crate) const SCHEMAS_OF_TOOLS: &[&str] = &[
    "drizzle",
    "supabase_migrations",
    "atlas_schema_revisions",
    "sqitch",
    "pgroll",
    "graphile_migrate",
    "flyway",
    "liquibase",
    "alembic",
];

/// Whether a table is the record of a tool that `adopt` or `repair --baseline` takes over, by the name that it has by default, and its columns.
pub(super) fn is_ledger(table: &str, columns: &[String]) -> bool {
    // Rails keeps the name of its environment beside it.
    const OF_RAILS: [&str; 4] = ["created_at", "key", "updated_at", "value"];
    let is_of_rails = || {
        let mut columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        columns.sort_unstable();
        columns == OF_RAILS
    };
    let is_adopted =
        || migrator(table, columns).and_then(|known| known.adopted_as).is_some_and(|tool| tool.table() == table);
    // One that was taken over is marked, whatever its name is.
    let is_marked = || columns.iter().any(|column| column == TAKEN_OVER);
    is_adopted() || is_marked() || is_kept(table, columns) || table == "ar_internal_metadata" && is_of_rails()
}

/// The tool that made a table, where it is one's record of what it has applied. What `adopt` has put aside, and a history of ours under
/// another name, is none.
pub(crate) fn migrator(table: &str, columns: &[String]) -> Option<KnownTool> {
    let table = table.to_lowercase();
    let columns: Vec<String> = columns.iter().map(|column| column.to_lowercase()).collect();
    let has = |wanted: &[&str]| wanted.iter().all(|name| columns.iter().any(|column| column == name));
    if has(OURS) || table.contains("_before_adopt") {
        return None;
    }
    MIGRATORS.iter().copied().find(|known| {
        known.table.is_none_or(|name| name == table)
            && has(known.columns)
            && (known.rest == Rest::Any || known.columns.len() == columns.len())
    })
}

/// The tool whose name is typed so, of those by whose record it is known that they have migrated a database, and which is not taken over.
#[cfg(feature = "project")]
pub(crate) fn not_taken_over(typed: &str) -> Option<&'static str> {
    // It counts in `PRAGMA user_version`, and has no table.
    const WITHOUT_A_TABLE: &str = "rusqlite_migration";
    let letters = |name: &str| {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect::<String>()
    };
    let tools = MIGRATORS.iter().filter(|known| known.adopted_as.is_none()).map(|known| known.name);
    tools.chain([WITHOUT_A_TABLE]).find(|name| letters(name) == letters(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(columns: &[&str]) -> Vec<String> {
        columns.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn knows_tables_by_their_columns() {
        let tool = |columns: &[&str]| foreign_tool(&owned(columns));
        assert_eq!(tool(&["version", "dirty"]), Some("golang-migrate"));
        assert_eq!(tool(&["version"]), Some("Rails or dbmate, or by hand"));
        assert_eq!(tool(&["id", "name"]), Some("another tool"));
        assert_eq!(tool(&[OURS, &["down_sql"]].concat()), None);
    }

    #[test]
    fn no_tool_is_taken_for_another() {
        for known in MIGRATORS {
            assert!(known.columns.iter().all(|column| *column == column.to_lowercase()), "{}", known.name);
            let found = migrator(known.table.unwrap_or("t"), &owned(known.columns)).map(|found| found.name);
            assert_eq!(found, Some(known.name));
        }
    }

    #[test]
    fn tools_are_told_from_each_other_and_from_applications() {
        let of = |table: &str, columns: &[&str]| migrator(table, &owned(columns)).map(|found| found.name);
        let flyway = ["installed_rank", "version", "description", "type", "script", "checksum", "installed_by"];
        let flyway = [&flyway[..], &["installed_on", "execution_time", "success"]].concat();
        assert_eq!(of("flyway_schema_history", &flyway), Some("Flyway"));
        let sqlx = ["version", "description", "installed_on", "success", "checksum", "execution_time"];
        assert_eq!((of("_sqlx_migrations", &sqlx), of("mine", &sqlx)), (Some("sqlx"), Some("sqlx")));
        assert_eq!(of("SequelizeMeta", &["name"]), Some("Sequelize"));
        assert_eq!(of("__EFMigrationsHistory", &["MigrationId", "ProductVersion"]), Some("Entity Framework"));
        assert_eq!(
            of("DATABASECHANGELOG", &["ID", "FILENAME", "ORDEREXECUTED", "EXECTYPE", "MD5SUM"]),
            Some("Liquibase")
        );
        assert_eq!(of("schema_migrations", &["version"]), Some("Rails, dbmate, or a tool like these,"));
        assert_eq!(of("supported", &["version"]), None);
        assert_eq!(of("migrations", &["id", "name"]), None);
        assert_eq!(of("songs", &["id", "name", "timestamp"]), None);
        assert_eq!(of("schema_migrations_before_adopt", &["version"]), None);
        assert_eq!(of("app_migrations", OURS), None);
    }
}
