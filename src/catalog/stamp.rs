use std::fmt;

use super::fresh::{Home, is_fresh};
use super::{Catalog, Fingerprint, Ignore};

/// What a database was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenCatalog {
    pub(crate) stamp: Stamp,
    /// It is nothing but what a new database has.
    pub(crate) is_fresh: bool,
}

/// What a look over the rows of a catalog found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skimmed {
    pub(crate) seen: SeenCatalog,
    /// When it was.
    pub(crate) moment: CatalogMoment,
    /// Whether others than the run's own steps have written rows of the catalog since the moment that was asked about.
    pub(crate) by_others: bool,
}

/// A moment in the life of a database, as the database tells it: what had been committed then, and what had not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CatalogMoment(pub(crate) String);

/// A fingerprint as it is recorded: with what it depends on besides the schema, how the server words it.
///
/// `sha256:...` on SQLite, which keeps the words that were typed; `pg15:sha256:...` on PostgreSQL, whose releases word an object
/// differently. Only stamps of the same release say something about each other.
///
/// `pg15.rows1.16384.16390:sha256:...` is a digest of rows, as PostgreSQL keeps them: of one database, told by its oid and that of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// `pg15`, or nothing.
    release: String,
    fingerprint: String,
}

impl Stamp {
    /// The stamp of what a database holds, without what is ignored.
    pub(crate) fn of(catalog: &Catalog, release: &str, ignore: &Ignore) -> Self {
        let ignored = ignore.of(catalog);
        let fingerprint = Fingerprint::without(catalog, &ignored).to_string();
        Self { release: release.to_owned(), fingerprint }
    }

    /// The stamp of a scratch database: a proof leaves nothing out.
    pub(crate) fn of_all(catalog: &Catalog, release: &str) -> Self {
        Self { release: release.to_owned(), fingerprint: Fingerprint::of(catalog).to_string() }
    }

    /// The stamp, and whether nothing was done to the database yet.
    pub(crate) fn seen(catalog: &Catalog, release: &str, ignore: &Ignore, home: Option<Home<'_>>) -> SeenCatalog {
        let ignored = ignore.of(catalog);
        SeenCatalog { stamp: Self::of(catalog, release, ignore), is_fresh: is_fresh(catalog, &ignored, home) }
    }

    /// Whether both are of the same catalog, whatever words it: what earlier releases of schemactl wrote into schema.lock has the fingerprint
    /// alone.
    pub(crate) fn has_fingerprint_of(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }

    /// Reads one that was recorded. One of another kind, of a newer schemactl, is that of another release.
    pub(crate) fn parse(text: &str) -> Self {
        const HASH: &str = "sha256:";
        let at = text.find(HASH).unwrap_or(text.len());
        let release = text[..at].trim_end_matches(':').to_owned();
        Self { release, fingerprint: text[at..].to_owned() }
    }

    /// Whether it is of the rows that a catalog is made of, and not of what they say.
    pub(crate) fn is_of_rows(&self) -> bool {
        self.release.contains(".rows")
    }

    /// Whether it does not say what words it, as where that is the same everywhere.
    pub(crate) fn is_of_any_release(&self) -> bool {
        self.release.is_empty()
    }

    /// Whether both would be the same if nothing had changed.
    pub(crate) fn is_comparable(&self, other: &Self) -> bool {
        self.release == other.release
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.release.is_empty() { "" } else { ":" };
        write!(f, "{}{colon}{}", self.release, self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_release_says_nothing() {
        let of = |release: &str| Stamp::of(&Catalog::default(), release, &Ignore::default());
        for release in ["", "pg15"] {
            assert_eq!(Stamp::parse(&of(release).to_string()), of(release));
        }
        assert!(of("pg15").to_string().starts_with("pg15:sha256:"));
        assert!(!of("pg15").is_comparable(&of("pg16")));
        assert!(!of("").is_comparable(&Stamp::parse("blake3:00")));
    }
}
