//! What a statement is, as far as running it in a migration depends on that.

use std::borrow::Cow;

use super::{Name, Strings};

/// What a statement is, told by its first tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatementKind<'a> {
    /// Nothing that running it depends on. SAVEPOINT, RELEASE, ROLLBACK TO and SET TRANSACTION are this too.
    Ordinary,
    /// Begins or ends a transaction.
    Transaction(Control),
    /// Fails in a transaction block.
    Outside(Outside<'a>),
    /// PostgreSQL: `ALTER TYPE ... ADD VALUE`. It may run in a transaction, but the value may not be used there.
    AddEnumValue { type_name: Name<'a>, value: Cow<'a, str> },
    /// PostgreSQL: `COPY ... FROM STDIN`.
    CopyIn,
    /// PostgreSQL: `COPY ... TO STDOUT`.
    CopyOut,
    /// PostgreSQL: sets or resets `standard_conforming_strings`, `escape_string_warning` or `backslash_quote`. The
    /// server reads a message as a whole before it runs any of it, so no message may go on after this statement.
    SetStrings {
        /// How strings are read from here on; `None` where that does not change.
        strings: Option<Strings>,
    },
    /// SQLite: changes which table a name is. A step that has one needs foreign keys guarded.
    Shape(Shape<'a>),
    /// SQLite: removes or changes rows, which a foreign key may cascade.
    Rows(RowStatement<'a>),
    /// SQLite: a PRAGMA that may run in a transaction, though `foreign_keys` does nothing there.
    Pragma(Pragma<'a>),
}

/// A statement that begins or ends a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// BEGIN or START TRANSACTION, in SQLite also with DEFERRED, IMMEDIATE or EXCLUSIVE.
    Begin,
    /// BEGIN or START TRANSACTION with an isolation level or access mode.
    BeginWith,
    /// COMMIT or END.
    Commit,
    /// COMMIT AND CHAIN, which begins the next one.
    CommitAndChain,
    /// ROLLBACK or ABORT, but not ROLLBACK TO.
    Rollback,
    /// PREPARE TRANSACTION.
    Prepare,
    /// COMMIT PREPARED.
    CommitPrepared,
    /// ROLLBACK PREPARED.
    RollbackPrepared,
}

/// A statement that fails in a transaction block.
///
/// PostgreSQL: the callers of `PreventInTransactionBlock` in 14 to 18, as far as the text shows them. REINDEX and CLUSTER of
/// a partitioned table, and CALL or DO of code that commits, are not shown by the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outside<'a> {
    CreateIndexConcurrently {
        /// `None` where the server chooses the name.
        index: Option<Name<'a>>,
        table: Name<'a>,
        if_not_exists: bool,
    },
    DropIndexConcurrently {
        indexes: Vec<Name<'a>>,
    },
    /// REINDEX with CONCURRENTLY, of anything.
    ReindexConcurrently {
        /// The index or table; none of a schema or database.
        relation: Option<Name<'a>>,
    },
    /// REINDEX of a DATABASE, SCHEMA or SYSTEM.
    Reindex,
    DetachPartitionConcurrently {
        parent: Name<'a>,
        partition: Name<'a>,
    },
    /// In both dialects.
    Vacuum,
    /// CLUSTER without a table.
    ClusterAll,
    CreateDatabase {
        name: Name<'a>,
    },
    DropDatabase {
        name: Name<'a>,
    },
    /// ALTER DATABASE ... SET TABLESPACE.
    AlterDatabaseTablespace {
        name: Name<'a>,
    },
    CreateTablespace {
        name: Name<'a>,
    },
    DropTablespace {
        name: Name<'a>,
    },
    AlterSystem,
    /// CREATE or DROP SUBSCRIPTION, and the forms of ALTER that talk to the publisher. Some options make them
    /// transactional; they are right outside a transaction all the same.
    Subscription {
        name: Name<'a>,
    },
    DiscardAll,
    /// SQLite: a database that the open transaction has locked cannot be detached.
    Detach,
    /// SQLite: `journal_mode`, `synchronous` and `temp_store` with a value, and `wal_checkpoint`.
    Pragma(Pragma<'a>),
}

/// SQLite: a statement that changes which table a name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    DropTable { name: Name<'a> },
    RenameTable { from: Name<'a>, to: Name<'a> },
}

/// SQLite: a statement that removes or changes rows, also after a WITH clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowStatement<'a> {
    Delete {
        table: Name<'a>,
    },
    /// REPLACE INTO, INSERT OR REPLACE INTO and UPDATE OR REPLACE, which delete the rows that are in the way.
    Replace {
        table: Name<'a>,
    },
    Update {
        table: Name<'a>,
    },
}

/// SQLite: `PRAGMA schema.name = value` or `PRAGMA schema.name(value)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pragma<'a> {
    pub(crate) schema: Option<Cow<'a, str>>,
    pub(crate) name: Cow<'a, str>,
    /// Without quotes.
    pub(crate) value: Option<Cow<'a, str>>,
}

impl Pragma<'_> {
    /// Whether this is the pragma of that name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether the value switches a flag off: SQLite takes everything for that which is not a number or a word for on.
    pub(crate) fn switches_off(&self) -> bool {
        let on = |value: &str| {
            let number = value.bytes().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
            number || ["on", "yes", "true"].iter().any(|word| value.eq_ignore_ascii_case(word))
        };
        self.value.as_deref().is_some_and(|value| !on(value))
    }
}
