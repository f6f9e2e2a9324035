//! Fields that say nothing where they are as usual.

use super::field::words;

words! {
    /// Whether a relation outlives a crash.
    Persistence { Permanent, Unlogged = "UNLOGGED" }
}

words! {
    /// Whether a constraint is known to hold for the rows that are there.
    Validated { Yes, No = "NOT VALID" }
}

words! {
    /// Whether an index is complete.
    Usable { Yes, No = "INVALID" }
}

words! {
    /// Whether a materialized view holds rows.
    Populated { Yes, No = "NO DATA" }
}

words! {
    /// What an index is on.
    Keys {
        Columns,
        /// Also on expressions, or on the rows for which one holds.
        Expressions = "expressions",
    }
}

words! {
    /// Where a column comes from.
    Inheritance {
        Own,
        /// From a parent alone.
        Inherited = "inherited",
        /// From a parent, and declared besides.
        InheritedAndLocal = "inherited and local",
    }
}

words! {
    /// When a trigger or a rule does its work.
    Firing { Origin, Never = "DISABLE", OnReplicas = "ENABLE REPLICA", Always = "ENABLE ALWAYS" }
}

impl Firing {
    /// As ALTER TABLE takes it.
    #[cfg(feature = "postgres")]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Origin => "ENABLE",
            Self::Never => "DISABLE",
            Self::OnReplicas => "ENABLE REPLICA",
            Self::Always => "ENABLE ALWAYS",
        }
    }
}
