use std::borrow::Cow;

/// Something that a user sets: as it is typed, as schema.toml has it, and as an application sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// What is typed: `--order any`.
    typed: Option<Cow<'static, str>>,
    /// The line of schema.toml: `order = "any"`.
    key: Option<Cow<'static, str>>,
    /// What an application does, with backquotes where it is code: "`Options::order(Order::Any)`".
    call: Cow<'static, str>,
}

const fn typed(typed: &'static str, call: &'static str) -> Setting {
    Setting { typed: Some(Cow::Borrowed(typed)), key: None, call: Cow::Borrowed(call) }
}

const fn key(key: &'static str, call: &'static str) -> Setting {
    Setting { typed: None, key: Some(Cow::Borrowed(key)), call: Cow::Borrowed(call) }
}

const fn both(typed: &'static str, key: &'static str, call: &'static str) -> Setting {
    Setting { typed: Some(Cow::Borrowed(typed)), key: Some(Cow::Borrowed(key)), call: Cow::Borrowed(call) }
}

impl Setting {
    pub(crate) const ACCEPT_DATA_LOSS: Self =
        typed("schemactl down --accept-data-loss", "`Options::accept_data_loss(true)`");
    pub(crate) const ACCEPT_AND_KEEP: Self = typed(
        "schemactl down --accept-data-loss --keep-changed",
        "`Options::accept_data_loss(true).keep_changed(true)`",
    );
    pub(crate) const ACCEPT_MODIFIED: Self =
        typed("schemactl adopt --accept-modified", "`TakeOver::accept_modified(true)`");
    pub(crate) const ALL_IN_ONE: Self = typed("--transaction all", "`TransactionMode::All`");
    pub(crate) const COMMENTS: Self =
        both("--edits comments", "edits = \"comments\"", "`Options::edits(Edits::Comments)`");
    pub(crate) const EXISTING: Self = both(
        "--existing-database allow",
        "existing_database = \"allow\"",
        "`Options::existing_database(ExistingDatabase::Allow)`",
    );
    pub(crate) const FROM: Self = typed("--from", "`TakeOver::from`");
    pub(crate) const FROM_TABLE: Self = typed("--from-table", "`TakeOver::table`");
    pub(crate) const HISTORY_SCHEMA: Self = key("schema", "`Options::schema`");
    pub(crate) const HISTORY_TABLE: Self = key("table", "`Options::table`");
    pub(crate) const IGNORE: Self = key("ignore", "`Options::ignore`");
    pub(crate) const KEEP_CHANGED: Self = typed("schemactl down --keep-changed", "`Options::keep_changed(true)`");
    pub(crate) const LATE: Self = both("--order any", "order = \"any\"", "`Options::order(Order::Any)`");
    pub(crate) const LOCK_WAIT: Self = both("--lock-wait 15min", "lock_wait = \"15min\"", "`Options::lock_wait`");
    pub(crate) const MIGRATIONS: Self = key("migrations", "what `Migrations::read` or `embed!` is given");
    pub(crate) const NEWER: Self = both(
        "--newer-database allow-if-reversible",
        "newer_database = \"allow-if-reversible\"",
        "`Options::newer_database(NewerDatabase::AllowIfReversible)`",
    );
    pub(crate) const NAMED_SCHEMA: Self = key("schema = \"NAME\"", "`Options::schema`");
    pub(crate) const NAMED_TABLE: Self = key("table = \"NAME_migrations\"", "`Options::table`");
    pub(crate) const ONE_CONNECTION: Self =
        both("--connections one", "connections = \"one\"", "`Options::connections(Connections::One)`");
    pub(crate) const OWN_SCHEMA: Self = key("schema = \"app\"", "`Options::schema(\"app\")`");
    pub(crate) const OWN_TABLE: Self = both(
        "--table schemactl_migrations",
        "table = \"schemactl_migrations\"",
        "`Options::table(\"schemactl_migrations\")`",
    );
    pub(crate) const SCRATCH_URL: Self = key("scratch_url", "the URL that `assert_proven` is given");
    pub(crate) const STATEMENT_TIMEOUT: Self = key("statement_timeout", "`Options::statement_timeout`");
    pub(crate) const TARGET: Self = typed("--to", "`Target::Version`");
    #[cfg_attr(not(test), expect(dead_code, reason = "no hint names it yet"))]
    pub(crate) const UNDO_ALL: Self = key("undo = \"all\"", "`Options::undo(UndoPolicy::All)`");
    #[cfg_attr(not(test), expect(dead_code, reason = "no hint names it yet"))]
    pub(crate) const UNDO_KEEP: Self = key("undo_keep = \"90d\"", "`Options::undo_keep`");
    pub(crate) const UNTRIED: Self = typed("--no-rehearsal", "`Rehearse::No`");
    pub(crate) const URL: Self = both("--url", "url", "the URL");

    /// What `ignore` is to have.
    pub(crate) fn ignored(pattern: &str) -> Self {
        Self {
            typed: None,
            key: Some(format!("ignore = [\"{pattern}\"]").into()),
            call: format!("`Options::ignore(\"{pattern}\")`").into(),
        }
    }

    /// Whose record is taken over: the name that is typed, and that of `Tool`.
    pub(crate) fn from(name: &str, tool: &str) -> Self {
        Self {
            typed: Some(format!("--from {name}").into()),
            key: None,
            call: format!("`TakeOver::from(Tool::{tool})`").into(),
        }
    }

    pub(super) fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(super) fn call(&self) -> &str {
        &self.call
    }
}
