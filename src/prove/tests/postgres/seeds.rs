//! R17: every table holds rows as users might have them, whatever form its checks ask for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemactl_test_support::postgres as servers;

use super::migration;
use crate::config::Options;
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};
use crate::down::postgres::PostgresScratch;
use crate::down::{Savepoints as _, ScratchReader as _};
use crate::prove::{ExistingDowns, Known, Outcome, Prover};
use crate::source::Migrations;

/// The tables of a migration with how many seeded rows each has, and what is noted.
fn seeded(version: u32, up: &str) -> (BTreeMap<String, usize>, Vec<String>) {
    let settings = ConnectSettings::parse(&servers::shared(version).url(), &ConnectEnvironment::process()).unwrap();
    let migrations = Migrations::of(vec![migration(1, up, None)]);
    let options = Options::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Box::pin(async {
        let clean = PostgresScratch::open(settings.clone(), &options).await.unwrap();
        let mut bench = Prover::new(clean, PostgresScratch::open(settings, &options).await.unwrap());
        let proofs = bench.prove(&migrations, ExistingDowns::Prove, &Known::new()).await;
        let (clean, mut seeded) = bench.into_parts();
        let rows = seeded.rows().await.unwrap();
        Box::pin(clean.close()).await.unwrap();
        Box::pin(seeded.close()).await.unwrap();
        let counts = rows.counts().into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        let proofs = proofs.unwrap_or_else(|error| panic!("{error:#}"));
        assert!(proofs.iter().all(|proof| !matches!(proof.outcome, Outcome::Failed(_))), "{proofs:?}");
        (counts, proofs.into_iter().flat_map(|proof| [proof.notes, proof.untried].concat()).collect())
    }))
}

/// What stands before the tables.
const BEFORE: &str = "
    CREATE DOMAIN slug AS text CHECK (VALUE ~ '^[a-z]+(-[a-z]+)*$' AND length(VALUE) >= 6);
    CREATE DOMAIN percent AS numeric(4, 1) NOT NULL CHECK (VALUE >= 0 AND VALUE <= 1);
    CREATE TYPE mood AS ENUM ('glad', 'sad');
    CREATE TABLE parents (id int PRIMARY KEY, kind text NOT NULL, UNIQUE (kind, id));";

/// What the columns of a table are, behind `id int PRIMARY KEY`.
const SHAPES: [&str; 42] = [
    "a text NOT NULL CHECK (length(a) = 36 AND a = lower(a))",
    "a text NOT NULL UNIQUE CHECK (a ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')",
    "a text NOT NULL CHECK (a ~ '^[A-Z]{2}-\\d+$' AND char_length(a) > 8)",
    "a text NOT NULL CHECK (a LIKE 'order-%' AND a NOT LIKE '%-')",
    "a char(3) NOT NULL CHECK (a = upper(a) AND a !~ '[0-9 ]')",
    "a text NOT NULL CHECK (a <> '' AND btrim(a) = a)",
    "a text NOT NULL CHECK (position('@' IN a) > 1)",
    "a text NOT NULL CHECK (starts_with(a, 'urn:'))",
    "a text NOT NULL CHECK (a ~* '^https?://[^/]+$')",
    "a varchar(1) NOT NULL CHECK (a IN ('x', 'y')), b text NOT NULL CHECK (b IN ('x', 'y')), CHECK (a <> b)",
    "a jsonb NOT NULL CHECK (jsonb_typeof(a) = 'array' AND jsonb_array_length(a) > 0)",
    "a jsonb NOT NULL CHECK (jsonb_typeof(a) = 'object'), b json CHECK (json_typeof(b) = 'array')",
    "a jsonb NOT NULL CHECK (jsonb_typeof(a) IN ('boolean', 'null'))",
    "a jsonb NOT NULL CHECK (a ->> 'kind' IN ('x', 'y') AND (a -> 'count')::int > 5)",
    "a jsonb NOT NULL CHECK (a ? 'name' AND jsonb_typeof(a -> 'all') = 'array')",
    "a text NOT NULL DEFAULT ('~' || 7 || '~') CHECK (md5(a) = md5('~7~'))",
    "a timestamptz NOT NULL CHECK (a >= '2030-01-01' AND a < '2030-02-01'), b date NOT NULL CHECK (b > '2031-05-05')",
    "a time NOT NULL, b interval NOT NULL CHECK (b < '1 day')",
    "a double precision NOT NULL CHECK (a BETWEEN 0 AND 1), b real NOT NULL CHECK (b > -1 AND b < 0)",
    "a numeric(3, 2) NOT NULL, b numeric(2, 2) NOT NULL, c numeric(2, -3) NOT NULL, d smallint NOT NULL CHECK (d > 700)",
    "a int NOT NULL CHECK (a BETWEEN 700 AND 705), b int NOT NULL CHECK (b > 10 AND b < 12)",
    "a int NOT NULL CHECK (a < -5), b int NOT NULL CHECK (b % 15 = 0 AND b <> 0)",
    "a bytea NOT NULL CHECK (octet_length(a) = 20)",
    "a int[] NOT NULL CHECK (cardinality(a) = 3), b text[] NOT NULL CHECK (b <@ ARRAY['x', 'y'] AND b <> '{}')",
    "a mood[] NOT NULL CHECK (a <> '{}'), b uuid[] NOT NULL CHECK (array_length(b, 1) = 1)",
    "a mood NOT NULL CHECK (a <> 'glad')",
    "a slug NOT NULL, b percent",
    "a int4range NOT NULL CHECK (NOT isempty(a)), EXCLUDE USING gist (a WITH &&)",
    "a bit(3) NOT NULL, b inet NOT NULL, c point NOT NULL, d tsvector NOT NULL",
    "started_at timestamptz NOT NULL, finished_at timestamptz NOT NULL, CHECK (finished_at > started_at)",
    "finished_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), CHECK (finished_at >= started_at)",
    "low int NOT NULL, middle int NOT NULL, high int NOT NULL, CHECK (high > middle AND middle > low)",
    "a text, b text, CHECK ((a IS NULL) <> (b IS NULL))",
    "a text, b text, c int, CHECK (num_nonnulls(a, b, c) = 1)",
    "state text NOT NULL CHECK (state IN ('open', 'done')), done_at timestamptz, by text, \
     CHECK ((state = 'done') = (done_at IS NOT NULL)), CHECK ((done_at IS NULL) = (by IS NULL))",
    "price int NOT NULL CHECK (price > 0), pieces int NOT NULL CHECK (pieces > 0), total int NOT NULL, \
     CHECK (total = price * pieces)",
    "a int NOT NULL REFERENCES parents, b int NOT NULL REFERENCES parents (id), CHECK (a <> b)",
    "a int NOT NULL, b text NOT NULL, FOREIGN KEY (b, a) REFERENCES parents (kind, id)",
    "self int NOT NULL REFERENCES t (id)",
    "self int REFERENCES t (id) CHECK (self <> id)",
    "\"a b\" text NOT NULL CHECK (\"a b\" ~ '^x'), text text NOT NULL CHECK (length(text) = 7)",
    "a text NOT NULL, b text GENERATED ALWAYS AS (left(a, 1)) STORED CHECK (b = 's')",
];

#[test]
fn r17_tables_have_rows_in_the_form_that_their_checks_ask_for() {
    for version in servers::one_of_versions() {
        let mut up = BEFORE.to_owned();
        for (number, shape) in SHAPES.iter().enumerate() {
            let shape = shape.replace("REFERENCES t ", &format!("REFERENCES t{number} "));
            let _ = write!(up, "\nCREATE TABLE t{number} (id int PRIMARY KEY, {shape});");
        }
        // A scale below zero is new in 15.
        let up = if version < 15 { up.replace("numeric(2, -3)", "numeric(2)") } else { up };
        let (mut tables, notes) = seeded(version, &up);
        assert_eq!(notes, [""; 0], "on PostgreSQL {version}");
        assert_eq!(tables.remove("public.parents"), Some(2));
        assert_eq!(tables.len(), SHAPES.len());
        tables.retain(|_, count| *count != 2);
        assert_eq!(tables, BTreeMap::new(), "on PostgreSQL {version}");
    }
}

#[test]
fn r17_partitions_and_rings_of_tables_have_rows() {
    let (tables, notes) = seeded(
        servers::version(),
        "CREATE TABLE months (day date NOT NULL, kind text NOT NULL) PARTITION BY RANGE (day);
         CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM ('2031-03-01') TO ('2031-04-01') PARTITION BY LIST (kind);
         CREATE TABLE months_1_x PARTITION OF months_1 FOR VALUES IN ('x', 'y');
         CREATE TABLE b (id text PRIMARY KEY CHECK (length(id) = 7));
         CREATE TABLE a (id text PRIMARY KEY REFERENCES b, single boolean NOT NULL UNIQUE CHECK (single));
         ALTER TABLE b ADD first text REFERENCES a;",
    );
    assert_eq!(notes, [""; 0]);
    assert_eq!((tables["public.a"], tables["public.b"], tables.values().sum::<usize>()), (1, 2, 5), "{tables:?}");
}

#[test]
fn a_table_that_takes_no_row_is_named_with_the_rule_that_forbids_it() {
    let notes = seeded(
        servers::version(),
        "CREATE TABLE p (a int NOT NULL, id int PRIMARY KEY CONSTRAINT never CHECK (id > 0 AND id < 0));
         CREATE TABLE c (p int NOT NULL REFERENCES p);
         CREATE TABLE two (a int NOT NULL, b int NOT NULL, CONSTRAINT neither CHECK (a > b AND a < b));
         CREATE TABLE parts (a int) PARTITION BY LIST (a);
         CREATE TABLE gone (a int);
         CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER no BEFORE INSERT ON gone FOR EACH ROW EXECUTE FUNCTION no();",
    )
    .1;
    let expected = [
        "p: new row for relation \"p\" violates check constraint \"never\"",
        "c: its parent public.p has no rows",
        "two: new row for relation \"two\" violates check constraint \"neither\"",
        "parts: no partition of relation \"parts\" found for row",
        "gone: none that is put into it stays there",
    ];
    let expected = expected.map(|rest| format!("no row could be made for table public.{rest}"));
    assert_eq!(notes, expected);
}
