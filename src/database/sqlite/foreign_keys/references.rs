//! Which tables have foreign keys that act when their parent's rows change.

use rusqlite::Connection;

/// A table with a foreign key on `parent` that acts when rows of it are deleted.
pub(super) fn child_that_follows_deletes(connection: &Connection, parent: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare(
        "SELECT child.name FROM main.sqlite_schema AS child, pragma_foreign_key_list(child.name, 'main') AS key \
         WHERE child.type = 'table' AND lower(key.\"table\") = lower(?1) \
         AND key.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
         ORDER BY 1 LIMIT 1",
    )?;
    let mut rows = statement.query([parent])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// A table with a foreign key on one of these columns of `parent` that acts when they are changed.
pub(super) fn child_that_follows_updates(
    connection: &Connection,
    parent: &str,
    columns: &[String],
) -> rusqlite::Result<Option<String>> {
    // A key that names no columns is the primary key; the row's number may be one by another name.
    let mut statement = connection.prepare(
        "SELECT child.name FROM main.sqlite_schema AS child, pragma_foreign_key_list(child.name, 'main') AS key \
         WHERE child.type = 'table' AND lower(key.\"table\") = lower(?1) \
         AND key.on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
         AND (lower(?2) IN ('rowid', 'oid', '_rowid_') OR lower(key.\"to\") = lower(?2) OR key.\"to\" IS NULL AND EXISTS \
         (SELECT 1 FROM pragma_table_info(?1, 'main') AS own WHERE own.pk > 0 AND lower(own.name) = lower(?2))) \
         ORDER BY 1 LIMIT 1",
    )?;
    for column in columns {
        let mut rows = statement.query([parent, column.as_str()])?;
        if let Some(row) = rows.next()? {
            return row.get(0).map(Some);
        }
    }
    Ok(None)
}
