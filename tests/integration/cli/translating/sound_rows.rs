//! Rows that keep what their schema says have a place in the translated one, whatever the schema looks like.

use schemactl_test_support::postgres;

use super::{application, has_all, migrations};

/// Tables that bite, with rows of which `n` counts; and what the migrations are to hold of them.
const SCHEMAS: &[(&str, &[&str])] = &[
    // Kinds of keys.
    (
        "CREATE TABLE a (id INTEGER PRIMARY KEY DESC, t TEXT);
         CREATE TABLE b (x INT PRIMARY KEY, y TEXT NOT NULL) WITHOUT ROWID;
         CREATE TABLE c (x TEXT NOT NULL, y TEXT NOT NULL, PRIMARY KEY (y, x DESC)) WITHOUT ROWID;
         CREATE TABLE d (id INTEGER, t TEXT, CONSTRAINT pk PRIMARY KEY (id ASC));
         CREATE TABLE e (t TEXT PRIMARY KEY);
         INSERT INTO a SELECT i, 't' || i FROM n; INSERT INTO b SELECT i, i FROM n; INSERT INTO c SELECT i, i % 7 FROM n;
         INSERT INTO d SELECT i, NULL FROM n; INSERT INTO e VALUES (NULL), (NULL), ('x');",
        &[
            "CREATE TABLE a (\n    id bigint PRIMARY KEY,",
            "PRIMARY KEY (y, x)",
            "CONSTRAINT pk PRIMARY KEY (id)",
            "    t text UNIQUE --",
        ],
    ),
    // Foreign keys: to a unique index, to itself, in circles, of two columns, with types of their own.
    (
        "CREATE TABLE p (code TEXT, other INTEGER, UNIQUE (code, other));
         CREATE TABLE q (code VARCHAR(9), n INTEGER REFERENCES q2 (n), next INTEGER REFERENCES q (n) ON UPDATE CASCADE);
         CREATE UNIQUE INDEX q_n ON q (n);
         CREATE TABLE q2 (n INTEGER PRIMARY KEY, q INTEGER REFERENCES q (n) ON DELETE SET NULL, who REFERENCES p2);
         CREATE TABLE p2 (id TEXT PRIMARY KEY);
         CREATE TABLE r (code TEXT, other INT, FOREIGN KEY (other, code) REFERENCES p (other, code) ON DELETE SET DEFAULT);
         INSERT INTO p SELECT 'c' || i, i FROM n; INSERT INTO r SELECT 'c' || i, i FROM n;
         INSERT INTO q2 SELECT i, NULL, printf('%08x-1111-4111-8111-111111111111', i) FROM n;
         INSERT INTO p2 SELECT printf('%08x-1111-4111-8111-111111111111', i) FROM n; INSERT INTO q SELECT 'x', i, i FROM n;",
        &[
            "CREATE UNIQUE INDEX q_n ON q (n);\n",
            "REFERENCES q (n) ON UPDATE CASCADE",
            "    who uuid",
            "FOREIGN KEY (other, code) REFERENCES p (other, code) ON DELETE SET DEFAULT",
        ],
    ),
    // Types by values.
    (
        "CREATE TABLE t (i INTEGER PRIMARY KEY, big INTEGER, small TINYINT, float FLOAT, price MONEY, at DATETIME, day DATE,
           local TIMESTAMP, iso TEXT, utc TEXT, mixed TEXT, j TEXT, json JSON, list TEXT, id UUID, guid CHAR(36), md5 TEXT,
           flag BOOL, is_on INTEGER, is_odd INTEGER, plain, word STRING, raw BLOB, dec DECIMAL(6, 2), wide NUMERIC, unicode TEXT);
         INSERT INTO t SELECT i, random(), random() % 128, random() / 1e9, i * 1.25, datetime('2024-01-01', i || ' hours'),
           date('2024-01-01', i || ' days'), strftime('%Y-%m-%dT%H:%M:%f', '2024-01-01', i || ' minutes'),
           strftime('%Y-%m-%dT%H:%M:%fZ', '2024-01-01', i || ' minutes'), datetime('2024-01-01', i || ' minutes') || '+00:00',
           CASE WHEN i % 2 THEN '2024-01-01T00:00:00Z' ELSE '2024-01-01 00:00:00' END, json_object('i', i), json_array(i), '[]',
           printf('%08x-1111-4111-8111-111111111111', i), printf('%08X-1111-4111-8111-111111111111', i), printf('%032x', i),
           i % 2, i % 2, i % 3, i, 'w' || i, randomblob(i), round(random() % 1000 / 7.0, 2), random() / 3.0,
           char(0x1F600 + i % 60, 9, 233, 39) FROM n;",
        &[
            "    big bigint,",
            "    float double precision,",
            "    at timestamp,",
            "    day date,",
            "    local timestamp,",
            "    iso timestamptz,",
            "    utc timestamptz,",
            "    mixed text,",
            "    j jsonb,",
            "    json jsonb,",
            "    list jsonb,",
            "    id uuid,",
            "    guid uuid,",
            "    md5 text,",
            "    flag boolean,",
            "    is_on boolean,",
            "    is_odd bigint,",
            "    plain bigint,",
            "    word text,",
            "    raw bytea,",
            "    dec numeric(6,2),",
            "    unicode text",
        ],
    ),
    // Defaults.
    (
        "CREATE TABLE t (i INTEGER PRIMARY KEY, a TEXT DEFAULT 'it''s', b INTEGER DEFAULT -1, c REAL DEFAULT 1e3, d TEXT DEFAULT 5, e BLOB DEFAULT x'00FF',
           f BOOLEAN DEFAULT TRUE, g TEXT DEFAULT NULL, h DATETIME DEFAULT (datetime('now')), k DATE DEFAULT CURRENT_DATE, l TEXT DEFAULT CURRENT_TIME,
           m INTEGER DEFAULT (1 + 2), o TEXT DEFAULT word, q DECIMAL(4,1) DEFAULT '7', r TEXT DEFAULT (strftime('%Y-%m-%d', 'now')), s TEXT DEFAULT 'back\\slash',
           u INTEGER DEFAULT (unixepoch()), v TEXT DEFAULT (lower('AB')));
         INSERT INTO t (i) SELECT i FROM n;",
        &[
            "DEFAULT 'it''s'",
            "DEFAULT -1",
            "DEFAULT 1000.0",
            "d text DEFAULT '5'",
            "DEFAULT '\\x00ff'::bytea",
            "f boolean DEFAULT true",
            "g text,",
            "m bigint DEFAULT 3",
            "o text DEFAULT 'word'",
            "DEFAULT 7.0",
            "v text DEFAULT 'ab'",
        ],
    ),
    // Generated columns and indexes.
    (
        "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER AS (a * b), d TEXT GENERATED ALWAYS AS (e || '-' || a) STORED, e TEXT, f AS (c + 1),
           g REAL AS (a * 1.5) VIRTUAL);
         CREATE INDEX one ON t (a DESC, e COLLATE NOCASE); CREATE INDEX two ON t (a + b) WHERE e IS NOT NULL AND a > 1;
         CREATE INDEX three ON t (hex(e));
         INSERT INTO t (a, b, e) SELECT i, i % 5, 'e' || i FROM n;",
        &[
            "c bigint GENERATED ALWAYS AS (a * b) STORED",
            "d text GENERATED ALWAYS AS ((e || '-') || a::text) STORED",
            "g double precision GENERATED ALWAYS AS",
            "CREATE INDEX two ON t ((a + b)) WHERE (e IS NOT NULL) AND (a > 1)",
            "t.f, generated column",
            "index three, index",
        ],
    ),
    // What is left to people, and strange but taken by SQLite.
    (
        "CREATE TABLE 'quoted' ([a b] TEXT CHECK ([a b] <> ''), `c` TEXT UNIQUE ON CONFLICT REPLACE, e TEXT CONSTRAINT x NOT NULL, f INTEGER CONSTRAINT x CHECK (f > 0)
             CONSTRAINT x CHECK (f < 1000), /* of both */ g TEXT REFERENCES gone (id), h CLOB(9) NULL,
             CONSTRAINT x CHECK (\"a b\" IS NOT e) CHECK (f IS NOT NULL));
         CREATE TABLE s (a INT, b REAL, c TEXT, d BLOB, e ANY) STRICT;
         INSERT INTO quoted SELECT 'a' || i, 'c' || i, 'e', i, NULL, NULL FROM n;
         INSERT INTO s SELECT i, i, i, x'00', CASE WHEN i % 2 THEN 'x' END FROM n;",
        &["\"a b\" text", "CONSTRAINT x CHECK", "-- of both", "quoted, FOREIGN KEY: gone", "ON CONFLICT REPLACE", "s.e, type"],
    ),
];

#[test]
fn every_sound_row_has_a_place() {
    for (number, (sql, wanted)) in SCHEMAS.iter().enumerate() {
        let database = postgres::database(postgres::version());
        let numbers = "PRAGMA foreign_keys = OFF; CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300) SELECT i FROM c;";
        let project = application(&database, &format!("{numbers}{sql}"));
        project.run(["translate"]).ok();
        has_all(&migrations(&project), wanted);
        project.run(["up", "--backend", "postgres"]).ok();
        let output = project.run(["move", "plan"]);
        assert!(
            output.stdout.contains("nothing was written") && output.stderr.is_empty(),
            "{number}: {}{}",
            output.stdout,
            output.stderr
        );
        output.ok();
        project.run(["translate"]).ok().stdout_has("unchanged");
    }
}
