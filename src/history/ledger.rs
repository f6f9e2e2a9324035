//! What other tools record of the migrations that they have applied, as values.

use std::collections::BTreeMap;

use crate::config::Tool;
use crate::sql::Ident;

/// The columns of a tool's table, as its newest release makes it.
struct LedgerColumns {
    version: &'static str,
    /// Says of each row whether it counts.
    flag: Option<&'static str>,
    order: &'static str,
    /// Those that tell the table from another tool's of the same name.
    others: &'static [&'static str],
    /// Those of the name and of the checksum, where the tool's checksums can be verified.
    proof: Option<(&'static str, &'static str)>,
}

/// The name that the column of refinery's checksums has from a takeover on. Every release of refinery reads that column by its name
/// before it does anything else, and so ends with an error that names it, whatever it was told to let pass: where nothing is missing
/// but a row, one with `set_abort_missing(false)` would still apply what is unversioned.
pub(crate) const TAKEN_OVER: &str = "checksum_taken_over_by_schemactl";

impl Tool {
    /// The column that gets another name when the table is taken over, with that name: so a binary of the tool that is started by
    /// mistake ends before it does anything.
    pub(crate) fn mark(self) -> Option<(&'static str, &'static str)> {
        self.columns().proof.map(|(_, checksum)| (checksum, TAKEN_OVER))
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

    fn columns(self) -> LedgerColumns {
        let plain = LedgerColumns { version: "version", flag: None, order: "version", others: &[], proof: None };
        match self {
            Self::Rails | Self::Dbmate | Self::Bare => plain,
            Self::GolangMigrate => LedgerColumns { flag: Some("dirty"), ..plain },
            Self::Diesel => LedgerColumns { others: &["run_on"], ..plain },
            Self::Sqlx => LedgerColumns { flag: Some("success"), others: &["installed_on"], ..plain },
            Self::Refinery => {
                LedgerColumns { others: &["applied_on", "name"], proof: Some(("name", "checksum")), ..plain }
            }
            Self::Goose => LedgerColumns { version: "version_id", flag: Some("is_applied"), order: "id", ..plain },
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
pub(crate) struct LocatedTable {
    /// As SQL names it, quoted.
    pub(crate) sql: String,
    /// As messages do.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    /// Whether it has the name that the history is to have.
    pub(crate) is_in_our_place: bool,
}

impl LocatedTable {
    /// Whether it was taken over before.
    pub(crate) fn is_taken_over(&self) -> bool {
        self.columns.iter().any(|column| column.eq_ignore_ascii_case(TAKEN_OVER))
    }
}

/// A row of another tool's table, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LedgerRow {
    pub(crate) version: Option<String>,
    pub(crate) flag: Option<String>,
    /// The name and the checksum, of a tool whose checksums can be verified.
    pub(crate) name: Option<String>,
    pub(crate) checksum: Option<String>,
}

/// Another tool's table with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignHistory {
    pub(crate) tool: Tool,
    pub(crate) place: LocatedTable,
    pub(crate) rows: Vec<LedgerRow>,
}

/// Which versions a tool has applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LedgerVersions {
    Each(Vec<String>),
    /// All up to this one.
    UpTo(String),
    /// This one was begun, and failed.
    Unfinished(String),
}

impl ForeignHistory {
    /// A query for the rows, all columns as text. What a table has not got of its tool's checksums is missing from its rows, and so
    /// verified as such.
    pub(crate) fn select(tool: Tool, place: &LocatedTable) -> String {
        let columns = tool.columns();
        let text = |column: &str| format!("CAST({} AS text)", Ident(column));
        let some = |column: Option<&str>| column.map_or("NULL".to_owned(), text);
        let has = |column: &&str| place.columns.iter().any(|there| there.eq_ignore_ascii_case(column));
        let (name, checksum) = columns.proof.unzip();
        let read = [text(columns.version), some(columns.flag), some(name.filter(has)), some(checksum.filter(has))];
        format!("SELECT {} FROM {} ORDER BY {}", read.join(", "), place.sql, Ident(columns.order))
    }

    /// Which versions are applied.
    pub(crate) fn noted(&self) -> LedgerVersions {
        let version = |row: &LedgerRow| row.version.clone().unwrap_or_else(|| "NULL".to_owned());
        let is_set = |row: &LedgerRow| row.flag.as_deref().is_some_and(is_true);
        match self.tool {
            Tool::GolangMigrate => match self.rows.last() {
                None => LedgerVersions::Each(Vec::new()),
                Some(row) if is_set(row) => LedgerVersions::Unfinished(version(row)),
                Some(row) => LedgerVersions::UpTo(version(row)),
            },
            Tool::Sqlx => match self.rows.iter().find(|row| !is_set(row)) {
                Some(row) => LedgerVersions::Unfinished(version(row)),
                None => LedgerVersions::Each(self.rows.iter().map(version).collect()),
            },
            // A row for each time that it was applied or taken back; the one of version 0 is there from the start.
            Tool::Goose => {
                let last: BTreeMap<String, bool> = self.rows.iter().map(|row| (version(row), is_set(row))).collect();
                let applied = last.into_iter().filter(|(version, is_applied)| *is_applied && version != "0");
                LedgerVersions::Each(applied.map(|(version, _)| version).collect())
            }
            _ => LedgerVersions::Each(self.rows.iter().map(version).collect()),
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

    fn ledger(tool: Tool, rows: &[(&str, &str)]) -> ForeignHistory {
        let row = |(version, flag): &(&str, &str)| LedgerRow {
            version: Some((*version).to_owned()),
            flag: Some((*flag).to_owned()),
            name: None,
            checksum: None,
        };
        let place = LocatedTable {
            sql: "main.\"t\"".to_owned(),
            name: "t".to_owned(),
            columns: Vec::new(),
            is_in_our_place: true,
        };
        ForeignHistory { tool, place, rows: rows.iter().map(row).collect() }
    }

    fn each(versions: &[&str]) -> LedgerVersions {
        LedgerVersions::Each(versions.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_tool_says_it_its_own_way() {
        let noted = |tool, rows: &[(&str, &str)]| ledger(tool, rows).noted();
        assert_eq!(noted(Tool::Rails, &[("2", ""), ("1", "")]), each(&["2", "1"]));
        assert_eq!(noted(Tool::GolangMigrate, &[("3", "false")]), LedgerVersions::UpTo("3".to_owned()));
        assert_eq!(noted(Tool::GolangMigrate, &[("3", "1")]), LedgerVersions::Unfinished("3".to_owned()));
        assert_eq!(noted(Tool::GolangMigrate, &[]), each(&[]));
        assert_eq!(noted(Tool::Sqlx, &[("1", "true"), ("2", "1")]), each(&["1", "2"]));
        assert_eq!(noted(Tool::Sqlx, &[("1", "true"), ("2", "0")]), LedgerVersions::Unfinished("2".to_owned()));
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
            ForeignHistory::select(Tool::Goose, &place),
            r#"SELECT CAST("version_id" AS text), CAST("is_applied" AS text), NULL, NULL FROM main."t" ORDER BY "id""#
        );
        assert_eq!(
            ForeignHistory::select(Tool::Bare, &place),
            r#"SELECT CAST("version" AS text), NULL, NULL, NULL FROM main."t" ORDER BY "version""#
        );
        let columns = ["version", "name", "applied_on", "checksum"].map(str::to_owned).to_vec();
        assert_eq!(
            ForeignHistory::select(Tool::Refinery, &LocatedTable { columns, ..place }),
            r#"SELECT CAST("version" AS text), NULL, CAST("name" AS text), CAST("checksum" AS text) FROM main."t" ORDER BY "version""#
        );
    }
}
