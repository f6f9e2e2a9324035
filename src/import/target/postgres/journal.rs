//! The imports' journal on PostgreSQL: tables beside the history.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use super::MESSAGE;
use crate::error::Result;
use crate::hex::{Hex, bytes_of};
use crate::history::ImportTable;
use crate::import::content::Stretch;
use crate::import::journal::{JournalEntry, KeyDigest, KeyOwner};
use crate::import::places::RecordPlaces;
use crate::sql::{Ident, Literal};
use crate::transfer::TargetSession;

/// The names of its tables, as SQL has them.
pub(super) struct ImportJournal {
    files: String,
    keys: String,
}

/// Keys that are asked for at once.
const KEYS: usize = 1_000;

impl ImportJournal {
    pub(super) fn beside((schema, history): (&str, &str)) -> Self {
        let name = |table: ImportTable| format!("{}.{}", Ident(schema), Ident(&table.name(history)));
        Self { files: name(ImportTable::Files), keys: name(ImportTable::Keys) }
    }

    /// The statements that make its tables where they are missing.
    pub(super) fn create(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (rule text NOT NULL, path text NOT NULL, sha256 text NOT NULL, bytes bigint NOT NULL, \
             modified bigint NOT NULL, records bigint NOT NULL, set_aside bigint NOT NULL, settled_bytes bigint NOT NULL, \
             settled_sha256 text NOT NULL, settled_records bigint NOT NULL, aside text NOT NULL, imported_at timestamptz NOT NULL DEFAULT now(), \
             PRIMARY KEY (rule, path)); \
             CREATE TABLE IF NOT EXISTS {} (target text NOT NULL, key bytea NOT NULL, rule text NOT NULL, path text NOT NULL, \
             sha256 text NOT NULL, modified bigint NOT NULL, PRIMARY KEY (target, key))",
            self.files, self.keys
        )
    }

    /// The files of a rule, or one of them.
    pub(super) async fn entries(
        &self,
        session: &TargetSession,
        rule: &str,
        path: Option<&str>,
    ) -> Result<Vec<JournalEntry>> {
        let and_path = path.map(|path| format!(" AND path = {}", Literal(Some(path)))).unwrap_or_default();
        let sql = format!(
            "SELECT rule, path, sha256, bytes, modified, records, set_aside, settled_bytes, settled_sha256, settled_records, aside \
             FROM {} WHERE rule = {}{and_path} ORDER BY path COLLATE \"C\"",
            self.files,
            Literal(Some(rule))
        );
        let rows = session.rows(&sql, MESSAGE).await?;
        Ok(rows.iter().map(entry).collect())
    }

    pub(super) async fn owners(
        &self,
        session: &TargetSession,
        table: &str,
        keys: &[KeyDigest],
    ) -> Result<Vec<Option<(String, KeyOwner)>>> {
        let mut found: BTreeMap<Vec<u8>, (String, KeyOwner)> = BTreeMap::new();
        for some in keys.chunks(KEYS) {
            let listed: Vec<String> = some.iter().map(bytea).collect();
            let sql = format!(
                "SELECT encode(key, 'hex'), rule, path, sha256, modified FROM {} WHERE target = {} AND key IN ({})",
                self.keys,
                Literal(Some(table)),
                listed.join(", ")
            );
            for row in session.rows(&sql, MESSAGE).await? {
                let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
                let modified = row.get(4).and_then(|text| text.parse().ok()).unwrap_or_default();
                let owner = KeyOwner { path: text(2), sha256: text(3), modified };
                found.insert(bytes_of(text(0).as_bytes()).unwrap_or_default(), (text(1), owner));
            }
        }
        Ok(keys.iter().map(|key| found.get(&key.0[..]).cloned()).collect())
    }

    pub(super) async fn own(
        &self,
        session: &TargetSession,
        table: &str,
        of: &JournalEntry,
        keys: &[KeyDigest],
    ) -> Result<()> {
        for some in keys.chunks(KEYS) {
            let rows = some.iter().map(|key| {
                let text = |text: &str| Literal(Some(text)).to_string();
                let values = [
                    text(table),
                    bytea(key),
                    text(&of.rule),
                    text(&of.path),
                    text(&of.sha256),
                    of.modified.to_string(),
                ];
                format!("({})", values.join(", "))
            });
            let rows: Vec<String> = rows.collect();
            let sql = format!(
                "INSERT INTO {} (target, key, rule, path, sha256, modified) VALUES {} ON CONFLICT (target, key) DO UPDATE \
                 SET rule = excluded.rule, path = excluded.path, sha256 = excluded.sha256, modified = excluded.modified",
                self.keys,
                rows.join(", ")
            );
            session.run(&sql, MESSAGE).await?;
        }
        Ok(())
    }

    pub(super) async fn record(&self, session: &TargetSession, new: &JournalEntry, before: Option<&str>) -> Result<()> {
        let (rule, path) = (Literal(Some(&new.rule)), Literal(Some(&new.path)));
        if let Some(before) = before.filter(|before| *before != new.path) {
            let before = Literal(Some(before));
            let sql = format!(
                "DELETE FROM {} WHERE rule = {rule} AND path = {before}; UPDATE {} SET path = {path} WHERE rule = {rule} AND path = {before}",
                self.files, self.keys
            );
            session.run(&sql, MESSAGE).await?;
        }
        let sql = format!(
            "INSERT INTO {} AS f (rule, path, sha256, bytes, modified, records, set_aside, settled_bytes, settled_sha256, settled_records, \
             aside) VALUES ({rule}, {path}, {}, {}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT (rule, path) DO UPDATE SET sha256 = excluded.sha256, \
             bytes = excluded.bytes, modified = excluded.modified, records = excluded.records, set_aside = excluded.set_aside, \
             settled_bytes = excluded.settled_bytes, settled_sha256 = excluded.settled_sha256, \
             settled_records = excluded.settled_records, aside = excluded.aside, imported_at = now()",
            self.files,
            Literal(Some(&new.sha256)),
            new.bytes,
            new.modified,
            new.records,
            new.set_aside,
            new.settled.bytes,
            Literal(Some(&new.settled.sha256)),
            new.settled_records,
            Literal(Some(&new.aside.to_string()))
        );
        session.run(&sql, MESSAGE).await
    }

    pub(super) async fn forget(&self, session: &TargetSession, rule: &str, path: &str) -> Result<()> {
        let (rule, path) = (Literal(Some(rule)), Literal(Some(path)));
        let sql = format!("UPDATE {} SET sha256 = '' WHERE rule = {rule} AND path = {path}", self.keys);
        session.run(&sql, MESSAGE).await
    }

    pub(super) async fn left_behind(&self, session: &TargetSession, entry: &JournalEntry) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM {} WHERE rule = {} AND path = {} AND sha256 <> {}",
            self.keys,
            Literal(Some(&entry.rule)),
            Literal(Some(&entry.path)),
            Literal(Some(&entry.sha256))
        );
        session.number(&sql, MESSAGE).await
    }
}

fn bytea(key: &KeyDigest) -> String {
    format!("'\\x{}'::bytea", Hex(&key.0))
}

fn entry(row: &SimpleQueryRow) -> JournalEntry {
    let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
    let number = |at: usize| row.get(at).and_then(|text| text.parse().ok()).unwrap_or_default();
    JournalEntry {
        rule: text(0),
        path: text(1),
        sha256: text(2),
        bytes: number(3),
        modified: row.get(4).and_then(|text| text.parse().ok()).unwrap_or_default(),
        records: number(5),
        set_aside: number(6),
        settled: Stretch { bytes: number(7), sha256: text(8), ends_a_line: true },
        settled_records: number(9),
        aside: RecordPlaces::parse(&text(10)),
    }
}
