/// The columns by which other tools' tables of this name are known.
const TOOLS: &[(&[&str], &str)] = &[
    (&["version", "dirty"], "golang-migrate"),
    (&["version", "inserted_at"], "Ecto"),
    (&["version", "applied_at"], "a tool that keeps version and applied_at"),
    (&["version"], "Rails or dbmate, or by hand"),
];

/// The columns without which a table is not ours.
const OURS: &[&str] = &["version", "description", "checksum", "state", "statements_done", "statement_hashes"];

/// Which tool made a table with these columns; none where it is ours.
pub(crate) fn foreign_tool(columns: &[String]) -> Option<&'static str> {
    let has = |wanted: &[&str]| wanted.iter().all(|name| columns.iter().any(|column| column == name));
    if has(OURS) {
        return None;
    }
    let known = TOOLS.iter().find(|(names, _)| names.len() == columns.len() && has(names));
    Some(known.map_or("another tool", |(_, tool)| tool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_tables_by_their_columns() {
        let tool = |columns: &[&str]| foreign_tool(&columns.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(tool(&["version", "dirty"]), Some("golang-migrate"));
        assert_eq!(tool(&["version"]), Some("Rails or dbmate, or by hand"));
        assert_eq!(tool(&["id", "name"]), Some("another tool"));
        assert_eq!(tool(&[OURS, &["down_sql"]].concat()), None);
    }
}
