//! Indexes of texts over tables of SQLite.

use crate::sql::Ident;

/// The statement that makes an index of a virtual table anew of the rows that it is over (<https://www.sqlite.org/fts5.html#the_rebuild_command>). None
/// where it keeps texts of its own, or none at all.
pub(crate) fn rebuild(name: &str, sql: &str) -> Option<String> {
    let sql = sql.to_lowercase();
    let is_index = sql.contains("fts5") || sql.contains("fts4");
    let content = sql.split_once("content").map(|(_, rest)| rest.trim_start())?;
    let of = content.strip_prefix('=')?.trim_start();
    let has_no_rows = of.starts_with("''") || of.starts_with("\"\"");
    let name = Ident(name);
    (is_index && !has_no_rows).then(|| format!("INSERT INTO main.{name} ({name}) VALUES ('rebuild')"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_rows_of_a_table_is_made_anew() {
        let rebuilt = |sql: &str| rebuild("a", sql).is_some();
        assert!(rebuilt("CREATE VIRTUAL TABLE a USING fts5(b, content='notes', content_rowid='id')"));
        assert!(rebuilt("CREATE VIRTUAL TABLE a USING FTS4(Content = notes, b)"));
        assert!(!rebuilt("CREATE VIRTUAL TABLE a USING fts5(b)"));
        assert!(!rebuilt("CREATE VIRTUAL TABLE a USING fts5(b, content='')"));
        assert!(!rebuilt("CREATE VIRTUAL TABLE a USING fts5(content, other)"));
        assert!(!rebuilt("CREATE VIRTUAL TABLE a USING rtree(id, content)"));
    }
}
