//! What a snapshot says of itself and of its tables.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hex::Hex;

/// The form that docs/files.md describes. A change that breaks a reader raises it.
pub(crate) const FORM: u32 = 1;

/// The first line of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotHeader {
    #[serde(rename = "schemactl_snapshot")]
    pub(crate) form: u32,
    /// `sqlite`, `postgres`: what the types and the forms of values are of.
    pub(crate) backend: String,
    /// The last version that was applied.
    pub(crate) version: Option<i64>,
}

/// What begins the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotTable {
    pub(crate) table: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) schema: Option<String>,
    pub(crate) columns: Vec<String>,
    /// As the database names them.
    pub(crate) types: Vec<String>,
    /// The next number of columns whose numbers are given by a sequence, or by AUTOINCREMENT.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) next: Vec<(String, i64)>,
}

/// What ends the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotCount {
    pub(crate) count: u64,
    pub(crate) sha256: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotEnd {
    pub(crate) sha256: String,
}

impl SnapshotTable {
    /// As messages name it.
    pub(crate) fn plain(&self) -> String {
        self.schema.as_ref().map_or_else(|| self.table.clone(), |schema| format!("{schema}.{}", self.table))
    }
}

/// The checksum over a table's rows, in whichever form they stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowsDigest {
    hash: Sha256,
    pub(crate) count: u64,
}

impl RowsDigest {
    pub(crate) fn add(&mut self, values: &[String]) {
        for value in values {
            self.hash.update(value.as_bytes());
            self.hash.update(b",");
        }
        self.hash.update(b"\n");
        self.count += 1;
    }

    pub(crate) fn end(&self) -> SnapshotCount {
        SnapshotCount { count: self.count, sha256: Hex(&self.hash.clone().finalize()).to_string() }
    }
}

/// The checksum over a snapshot: its header, and of each table what begins and what ends it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SnapshotDigest(Sha256);

impl SnapshotDigest {
    pub(crate) fn add(&mut self, part: &impl Serialize) {
        // What is written and what was read are the same values, and so the same texts.
        self.0.update(serde_json::to_string(part).unwrap_or_default().as_bytes());
        self.0.update(b"\n");
    }

    pub(crate) fn end(&self) -> SnapshotEnd {
        SnapshotEnd { sha256: Hex(&self.0.clone().finalize()).to_string() }
    }
}
