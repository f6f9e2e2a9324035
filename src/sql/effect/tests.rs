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
