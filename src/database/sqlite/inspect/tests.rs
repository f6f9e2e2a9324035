//! What is seen of a file.

use rusqlite::Connection;

use super::Inspector;
use crate::catalog::{Body, Fingerprint, Kind, RuleKind};

/// A schema with every kind of object, and with every field of each.
const ALL_KINDS: &str = r#"
    CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE COLLATE NOCASE, k INT, UNIQUE (id, k));
    CREATE TABLE "Odd, one" ([a b] VARCHAR(10, 2) NOT NULL DEFAULT -1.5, c AS (lower("a b")) STORED, parent REFERENCES parents ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        k INT CHECK (k > 0), d DEFAULT (1 + 2), PRIMARY KEY ("a b", k), CONSTRAINT pairs FOREIGN KEY (parent, k) REFERENCES parents (id, k) ON UPDATE CASCADE) WITHOUT ROWID;
    CREATE TABLE plain (a INT, b TEXT) STRICT;
    CREATE UNIQUE INDEX i ON parents (code DESC, lower(code)) WHERE k > 1;
    CREATE VIEW v AS SELECT id, code FROM parents;
    CREATE TRIGGER on_v INSTEAD OF INSERT ON v BEGIN INSERT INTO parents (code) VALUES (new.code); END;
    CREATE TRIGGER on_p AFTER UPDATE ON parents BEGIN SELECT 1; END;
    CREATE VIRTUAL TABLE words USING fts5 (body);
    PRAGMA user_version = 7;
"#;

/// Databases and lock files have such a fingerprint: whatever becomes of the types in which a catalog is kept, its canonical text stays.
#[test]
fn the_text_that_is_hashed_stays() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(ALL_KINDS).unwrap();
    let catalog = Inspector::default().read(&connection).unwrap().catalog;
    let recorded = "sha256:d82d82727322c17997693a70ab08968dbb996ae885735fcb61e4332754f6479b";
    assert_eq!(Fingerprint::of(&catalog).to_string(), recorded);
}

#[test]
fn columns_constraints_and_indexes_are_read() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(ALL_KINDS).unwrap();
    let catalog = Inspector::default().read(&connection).unwrap().catalog;
    let named = |kind: Kind, name: &str| {
        catalog.iter().find(|object| object.kind() == kind && object.name.name == name).unwrap()
    };
    let column = named(Kind::Column, "a b").body.column().unwrap();
    assert_eq!((column.data_type.as_deref(), column.default.as_deref()), (Some("varchar ( 10 , 2 )"), Some("-1.5")));
    assert!(column.not_null.is_some() && column.generated.is_none());
    assert_eq!(
        named(Kind::Column, "c").body.column().unwrap().generated.as_ref().unwrap().expression,
        "(lower(\"a b\"))"
    );
    let table = named(Kind::Table, "Odd, one").body.table().unwrap();
    let words = |rules: &[RuleKind]| rules.iter().map(RuleKind::word).collect::<Vec<_>>();
    assert_eq!(words(&table.constraints.as_ref().unwrap().rules), ["PRIMARY KEY", "FOREIGN KEY"]);
    let parent = named(Kind::Column, "parent").body.column().unwrap().written.as_ref().unwrap();
    assert_eq!(words(&parent.rules), ["FOREIGN KEY"]);
    let Body::Index(index) = &named(Kind::Index, "i").body else { panic!() };
    let parts = index.definition.as_ref().unwrap().parts.as_ref().unwrap();
    let columns: Vec<Option<&str>> = parts.keys.iter().map(|key| key.column.as_deref()).collect();
    assert_eq!((columns, parts.is_unique, parts.predicate.as_deref()), (vec![Some("code"), None], true, Some("k > 1")));
}
