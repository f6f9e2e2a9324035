use super::*;
use crate::sql::statements;

fn one(dialect: Dialect, text: &str) -> Statement<'_> {
    statements(dialect, text).next().unwrap().unwrap()
}

fn finds(dialect: Dialect, text: &str) -> bool {
    may_find(dialect, &one(dialect, text))
}

#[test]
fn what_may_come_upon_something() {
    for text in [
        "CREATE TABLE IF NOT EXISTS t (a int)",
        "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a)",
        "DROP VIEW v",
        "create trigger if not exists x after insert on t begin select 1; end",
        "WHATEVER comes",
    ] {
        assert!(finds(Dialect::Sqlite, text), "{text}");
    }
    for text in [
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "CREATE EXTENSION IF NOT EXISTS hstore",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int",
        "ALTER TYPE e ADD VALUE IF NOT EXISTS 'a'",
        "DO $$ BEGIN CREATE TYPE a AS ENUM (); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "CALL make()",
        "SELECT make()",
        "DROP TABLE IF EXISTS t",
    ] {
        assert!(finds(Dialect::Postgres, text), "{text}");
    }
    for text in [
        "CREATE TABLE t (a int CHECK (EXISTS (SELECT 1)))",
        "ALTER TABLE t ADD a int",
        "INSERT INTO t VALUES ('if not exists')",
        "CREATE INDEX i ON t (a)",
        "SET search_path = a",
    ] {
        assert!(!finds(Dialect::Postgres, text), "{text}");
        assert!(!finds(Dialect::Sqlite, text), "{text}");
    }
    assert!(!finds(Dialect::Sqlite, "SELECT 1"));
}

#[test]
fn what_is_not_known_counts_as_the_worse() {
    let statement = one(Dialect::Postgres, "REPACK orders");
    assert!(may_find(Dialect::Postgres, &statement) && may_break(Dialect::Postgres, &statement));
    let effect = Effect::of(Dialect::Postgres, &statement);
    assert_eq!(effect.drops, Dropping::Unclear);
    assert!(matches!(effect.deeds[..], [Deed::Hides { .. }]), "{:?}", effect.deeds);
}

#[test]
fn a_query_in_parentheses_is_one() {
    for text in ["(SELECT wipe())", "((TABLE a) UNION SELECT wipe())"] {
        let effect = Effect::of(Dialect::Postgres, &one(Dialect::Postgres, text));
        assert!(matches!(effect.deeds[..], [Deed::Hides { .. }]), "{text}: {:?}", effect.deeds);
    }
    assert!(!finds(Dialect::Sqlite, "VALUES (1)"));
}

#[test]
fn what_cannot_be_read_may_do_anything() {
    for text in [
        "ALTER TABLE 5 DROP COLUMN a",
        "ALTER TABLE t DROP COLUMN 5",
        "ALTER TABLE t ALTER COLUMN 5 TYPE text",
        "ALTER TABLE t RENAME COLUMN 5 TO b",
        "ALTER TABLE t RENAME COLUMN a TO 5",
        "ALTER TABLE t ADD COLUMN b int, DROP 5",
        "DROP TABLE 5",
        "DROP TABLE a, 5 CASCADE",
        "DROP TABLE U&\"d!0061\" UESCAPE '!'",
        "DROP TABLE U&\"d\\00\"",
        "TRUNCATE 5",
        "TRUNCATE a, 5 RESTART IDENTITY",
        "DELETE FROM 5",
        "UPDATE 5 SET a = 1",
        "INSERT INTO 5 SELECT 1",
    ] {
        let effect = Effect::of(Dialect::Postgres, &one(Dialect::Postgres, text));
        assert!(effect.deeds.iter().any(|deed| matches!(deed, Deed::Hides { .. })), "{text}: {:?}", effect.deeds);
    }
    for text in [
        "DROP TABLE a, b.c CASCADE",
        "DROP TABLE IF EXISTS a RESTRICT",
        "TRUNCATE TABLE ONLY a, b * RESTART IDENTITY CASCADE",
        "ALTER TABLE t ADD CHECK (a > 0)",
        "ALTER TABLE t DROP CONSTRAINT c",
        "ALTER TABLE t RENAME CONSTRAINT a TO b",
    ] {
        let effect = Effect::of(Dialect::Postgres, &one(Dialect::Postgres, text));
        assert!(!effect.deeds.iter().any(|deed| matches!(deed, Deed::Hides { .. })), "{text}: {:?}", effect.deeds);
    }
}

/// PostgreSQL 15, 4.1.1: the two have one name.
#[test]
fn a_name_with_unicode_escapes_is_the_name_that_it_stands_for() {
    let dropped = |text: &'static str| match &Effect::of(Dialect::Postgres, &one(Dialect::Postgres, text)).deeds[..] {
        [Deed::DropsTable { table }] => table.name.to_string(),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(dropped("DROP TABLE U&\"ord\\0065rs\""), "orders");
    assert_eq!(dropped("DROP TABLE u&\"\\+01F600\""), "😀");
    assert_eq!(dropped("DROP TABLE U&\"a\\\\b\""), "a\\b");
    assert_eq!(dropped("DROP TABLE U"), "u");
}
