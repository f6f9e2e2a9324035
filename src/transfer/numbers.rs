//! The numbers that AUTOINCREMENT gives.

use rusqlite::Connection;

/// Lets a table go on behind the number before this one, as AUTOINCREMENT promises of all that were given (<https://www.sqlite.org/autoinc.html>). Another table
/// takes the next one of its rows.
pub(crate) fn goes_on_with(connection: &Connection, table: &str, next: i64) -> rusqlite::Result<()> {
    let numbered = "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1) AND lower(sql) LIKE '%autoincrement%'";
    if connection.query_row(numbered, [table], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(());
    }
    let last = next.saturating_sub(1);
    let sql = "UPDATE main.sqlite_sequence SET seq = max(seq, ?2) WHERE lower(name) = lower(?1)";
    if connection.execute(sql, (table, last))? == 0 {
        connection.execute("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, last))?;
    }
    Ok(())
}
