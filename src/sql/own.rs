use super::Loss;

/// A statement that was written here. What it is for is said where it is written, and never read from its text again: a text says it in the
/// words of the moment, and what somebody else wrote may say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnStatement {
    /// Without the `;`.
    pub(crate) text: String,
    pub(crate) kind: OwnKind,
    /// The rows that it takes or changes in a table that stays.
    pub(crate) cost: Option<Loss>,
}

/// What a statement of our own is for, as far as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnKind {
    /// It makes, alters or drops what a catalog lists, and is nothing of what follows.
    Object,
    CreateSchema,
    /// It makes a function from a text that may name what is not there yet.
    CreateFunction,
    DropTable,
    RenameTable,
    /// It is about an index, and nothing else.
    Index(IndexWork),
    /// It gives or takes rights, or an owner, and names a role.
    Rights,
    /// It sets what the statements after it run under.
    Setting,
    /// It gives rows a value where they have none.
    Fill,
    /// It deletes rows of users' tables.
    Delete,
    /// It does something else to rows.
    Rows,
}

/// What is done to an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IndexWork {
    /// It is built or dropped.
    Whole {
        name: String,
        /// The statement that lets writers go on meanwhile.
        concurrently: String,
    },
    Altered,
}

impl OwnStatement {
    pub(crate) fn new(kind: OwnKind, text: impl Into<String>) -> Self {
        Self { text: text.into(), kind, cost: None }
    }

    pub(crate) fn object(text: impl Into<String>) -> Self {
        Self::new(OwnKind::Object, text)
    }

    pub(crate) fn costing(self, cost: Loss) -> Self {
        Self { cost: Some(cost), ..self }
    }

    /// The same statement in other words.
    pub(crate) fn worded(self, text: String) -> Self {
        Self { text, ..self }
    }
}

impl OwnKind {
    /// Whether the catalog may be another one after it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn changes_catalog(&self) -> bool {
        !matches!(self, Self::Setting | Self::Fill | Self::Delete | Self::Rows)
    }
}
