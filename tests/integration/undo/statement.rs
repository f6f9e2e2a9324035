//! A statement of a migration, or some that belong together, with what it does to names and how the schema's part of it is taken back.

/// What a statement does to names.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    /// Nothing: rows, or what is new.
    None,
    RenameTable {
        from: String,
        to: String,
    },
    RenameColumn {
        table: String,
        from: String,
        to: String,
    },
    /// The column is gone, or its values are of another type.
    LoseColumn {
        table: String,
        column: String,
    },
    LoseTable {
        table: String,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) texts: Vec<String>,
    pub(super) deeds: Vec<Deed>,
    /// The inverse of the DDL alone.
    pub(super) inverse: Vec<String>,
}

impl Statement {
    /// One that writes rows alone.
    pub(super) fn rows(texts: Vec<String>) -> Self {
        Self { texts, deeds: Vec::new(), inverse: Vec::new() }
    }

    pub(super) fn ddl(texts: Vec<String>, deed: Deed, inverse: Vec<String>) -> Self {
        Self { texts, deeds: vec![deed], inverse }
    }
}
