use std::fmt;

/// One of the two databases between which data moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The SQLite file.
    Sqlite,
    /// The PostgreSQL database.
    Postgres,
}

impl Side {
    /// Returns the other one.
    ///
    /// ```
    /// use schemactl::route::Side;
    ///
    /// assert_eq!(Side::Sqlite.other(), Side::Postgres);
    /// ```
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Sqlite => Self::Postgres,
            Self::Postgres => Self::Sqlite,
        }
    }

    /// Returns its name as variables and metrics have it: `sqlite`, `postgres`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// As people write it.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}
