//! Whose record of what is applied is taken over.

/// A tool whose record of what it has applied can be taken over.
///
/// ```
/// use schemactl::{Options, Tool};
/// let options = Options::new().take_over(Tool::Refinery);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tool {
    /// Rails: `schema_migrations`.
    Rails,
    /// dbmate: `schema_migrations`.
    Dbmate,
    /// golang-migrate: `schema_migrations`, with one row.
    GolangMigrate,
    /// diesel: `__diesel_schema_migrations`.
    Diesel,
    /// sqlx: `_sqlx_migrations`.
    Sqlx,
    /// refinery: `refinery_schema_history`. Its checksums are verified.
    Refinery,
    /// goose: `goose_db_version`.
    Goose,
    /// Any table with a row for each version.
    Bare,
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
}

/// The name of the tool, as it is typed.
impl std::fmt::Display for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose record of what is applied is taken over, and how. A [`Tool`] alone is one, too.
///
/// ```
/// use schemactl::{Options, TakeOver, Tool};
/// let from = TakeOver::from(Tool::Refinery).table("shop_migrations");
/// let options = Options::new().take_over(from);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakeOver {
    pub(crate) tool: Option<Tool>,
    pub(crate) table: Option<String>,
    pub(crate) accept_modified: bool,
}

impl TakeOver {
    /// Whichever tool's table is found: its columns tell whose it is.
    pub fn any() -> Self {
        Self::default()
    }

    /// Sets the name of the tool's table, where it is not the one that the tool gives it: what
    /// `Runner::set_migration_table_name` has.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }

    /// Sets whether migrations count as applied whose text is another than the one that the tool has applied, as its checksums
    /// tell. Default: they are refused with [`Code::Modified`](crate::Code::Modified), and named.
    #[must_use]
    pub fn accept_modified(mut self, accept: bool) -> Self {
        self.accept_modified = accept;
        self
    }
}

impl From<Tool> for TakeOver {
    fn from(tool: Tool) -> Self {
        Self { tool: Some(tool), ..Self::default() }
    }
}
