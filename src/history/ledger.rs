//! What other tools record of the migrations that they have applied, as values.

use std::collections::BTreeMap;

use crate::sql::Ident;

/// A tool whose records can be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Rails,
    Dbmate,
    GolangMigrate,
    Diesel,
    Sqlx,
    Refinery,
    Goose,
    /// Any table with a row for each version.
    Bare,
}

/// The columns of a tool's table, as its newest release makes it.
struct Columns {
    version: &'static str,
    /// Says of each row whether it counts.
    flag: Option<&'static str>,
    order: &'static str,
    /// Those that tell the table from another tool's of the same name.
    others: &'static [&'static str],
}

impl Tool {
    pub(crate) const ALL: [Self; 8] = [
        Self::Rails,
        Self::Dbmate,
        Self::GolangMigrate,
        Self::Diesel,
        Self::Sqlx,
        Self::Refinery,
        Self::Goose,
        Self::Bare,
    ];

    /// Returns the name as it is typed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rails => "rails",
            Self::Dbmate => "dbmate",
            Self::GolangMigrate => "golang-migrate",
            Self::Diesel => "diesel",
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
            Self::Goose => "goose",
            Self::Bare => "bare",
        }
    }

    /// The name that its table has by default.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Rails | Self::Dbmate | Self::GolangMigrate | Self::Bare => "schema_migrations",
            Self::Diesel => "__diesel_schema_migrations",
            Self::Sqlx => "_sqlx_migrations",
            Self::Refinery => "refinery_schema_history",
            Self::Goose => "goose_db_version",
        }
    }

    fn columns(self) -> Columns {
        let plain = Columns { version: "version", flag: None, order: "version", others: &[] };
        match self {
            Self::Rails | Self::Dbmate | Self::Bare => plain,
            Self::GolangMigrate => Columns { flag: Some("dirty"), ..plain },
            Self::Diesel => Columns { others: &["run_on"], ..plain },
            Self::Sqlx => Columns { flag: Some("success"), others: &["installed_on"], ..plain },
            Self::Refinery => Columns { others: &["applied_on"], ..plain },
            Self::Goose => Columns { version: "version_id", flag: Some("is_applied"), order: "id", others: &[] },
        }
    }

    /// Whether a table with these columns may be its.
    pub(crate) fn fits(self, columns: &[String]) -> bool {
        let has = |name: &str| columns.iter().any(|column| column == name);
        let wanted = self.columns();
        let fits =
            [wanted.version, wanted.order].iter().chain(wanted.flag.iter()).chain(wanted.others).all(|name| has(name));
        // A row of golang-migrate's stands for all versions below it, too.
        fits && (self == Self::GolangMigrate || !has("dirty"))
    }

    /// The tool that made a table of the history's name with these columns. Rails' and dbmate's say no more than that they have
    /// a version.
    pub(crate) fn of(columns: &[String]) -> Option<Self> {
        [Self::GolangMigrate, Self::Sqlx, Self::Diesel, Self::Refinery, Self::Goose, Self::Bare]
            .into_iter()
            .find(|tool| tool.fits(columns))
    }
}

/// Where a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    /// As SQL names it, quoted.
    pub(crate) sql: String,
    /// As messages do.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    /// Whether it has the name that the history is to have.
    pub(crate) is_in_our_place: bool,
}

/// A row of another tool's table, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LedgerRow {
    pub(crate) version: Option<String>,
    pub(crate) flag: Option<String>,
}

/// Another tool's table with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) tool: Tool,
    pub(crate) place: Located,
    pub(crate) rows: Vec<LedgerRow>,
}

/// Which versions a tool has applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Noted {
    Each(Vec<String>),
    /// All up to this one.
    UpTo(String),
    /// This one was begun, and failed.
    Unfinished(String),
}

impl Ledger {
    /// A query for the rows, both columns as text.
    pub(crate) fn select(tool: Tool, place: &Located) -> String {
        let columns = tool.columns();
        let text = |column: &str| format!("CAST({} AS text)", Ident(column));
        let flag = columns.flag.map_or("NULL".to_owned(), text);
        format!("SELECT {}, {flag} FROM {} ORDER BY {}", text(columns.version), place.sql, Ident(columns.order))
    }

    /// Which versions are applied.
    pub(crate) fn noted(&self) -> Noted {
        let version = |row: &LedgerRow| row.version.clone().unwrap_or_else(|| "NULL".to_owned());
        let is_set = |row: &LedgerRow| row.flag.as_deref().is_some_and(is_true);
        match self.tool {
            Tool::GolangMigrate => match self.rows.last() {
                None => Noted::Each(Vec::new()),
                Some(row) if is_set(row) => Noted::Unfinished(version(row)),
                Some(row) => Noted::UpTo(version(row)),
            },
            Tool::Sqlx => match self.rows.iter().find(|row| !is_set(row)) {
                Some(row) => Noted::Unfinished(version(row)),
                None => Noted::Each(self.rows.iter().map(version).collect()),
            },
            // A row for each time that it was applied or taken back; the one of version 0 is there from the start.
            Tool::Goose => {
                let last: BTreeMap<String, bool> = self.rows.iter().map(|row| (version(row), is_set(row))).collect();
                let applied = last.into_iter().filter(|(version, is_applied)| *is_applied && version != "0");
                Noted::Each(applied.map(|(version, _)| version).collect())
            }
            _ => Noted::Each(self.rows.iter().map(version).collect()),
        }
    }
}

/// SQLite's driver gives numbers, or what an application wrote.
fn is_true(flag: &str) -> bool {
    ["1", "t", "true"].iter().any(|word| flag.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(tool: Tool, rows: &[(&str, &str)]) -> Ledger {
        let row = |(version, flag): &(&str, &str)| LedgerRow {
            version: Some((*version).to_owned()),
            flag: Some((*flag).to_owned()),
        };
        let place =
            Located { sql: "main.\"t\"".to_owned(), name: "t".to_owned(), columns: Vec::new(), is_in_our_place: true };
        Ledger { tool, place, rows: rows.iter().map(row).collect() }
    }

    fn each(versions: &[&str]) -> Noted {
        Noted::Each(versions.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_tool_says_it_its_own_way() {
        let noted = |tool, rows: &[(&str, &str)]| ledger(tool, rows).noted();
        assert_eq!(noted(Tool::Rails, &[("2", ""), ("1", "")]), each(&["2", "1"]));
        assert_eq!(noted(Tool::GolangMigrate, &[("3", "false")]), Noted::UpTo("3".to_owned()));
        assert_eq!(noted(Tool::GolangMigrate, &[("3", "1")]), Noted::Unfinished("3".to_owned()));
        assert_eq!(noted(Tool::GolangMigrate, &[]), each(&[]));
        assert_eq!(noted(Tool::Sqlx, &[("1", "true"), ("2", "1")]), each(&["1", "2"]));
        assert_eq!(noted(Tool::Sqlx, &[("1", "true"), ("2", "0")]), Noted::Unfinished("2".to_owned()));
        let goose = [("0", "1"), ("1", "1"), ("2", "1"), ("2", "0"), ("1", "0"), ("1", "1")];
        assert_eq!(noted(Tool::Goose, &goose), each(&["1"]));
    }

    #[test]
    fn tables_are_told_by_their_columns() {
        let of = |columns: &[&str]| Tool::of(&columns.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of(&["version", "dirty"]), Some(Tool::GolangMigrate));
        assert_eq!(of(&["version"]), Some(Tool::Bare));
        assert_eq!(of(&["version", "inserted_at"]), Some(Tool::Bare));
        assert_eq!(of(&["id", "version_id", "is_applied", "tstamp"]), Some(Tool::Goose));
        assert_eq!(of(&["version", "description", "installed_on", "success"]), Some(Tool::Sqlx));
        assert_eq!(of(&["id", "name"]), None);
        assert!(!Tool::Rails.fits(&["version".to_owned(), "dirty".to_owned()]));
    }

    #[test]
    fn rows_are_read_as_text() {
        let place = ledger(Tool::Goose, &[]).place;
        assert_eq!(
            Ledger::select(Tool::Goose, &place),
            r#"SELECT CAST("version_id" AS text), CAST("is_applied" AS text) FROM main."t" ORDER BY "id""#
        );
        assert_eq!(
            Ledger::select(Tool::Bare, &place),
            r#"SELECT CAST("version" AS text), NULL FROM main."t" ORDER BY "version""#
        );
    }
}
