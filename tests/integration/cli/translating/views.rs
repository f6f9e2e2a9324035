//! Views: the same rows in the same order, or listed.

use schemactl_test_support::{postgres, sqlite};

use super::{application, migrations};

const TABLES: &str = "
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)), boss INTEGER);
CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER, body TEXT, points INTEGER, weight REAL);
";
const ROWS: &str = "
INSERT INTO people VALUES (1, 'ann', true, NULL), (2, 'Bob', false, 1), (3, 'Ärmel', true, 1), (4, 'bob', true, 9);
INSERT INTO notes VALUES (1, 1, 'x', 3, 0.5), (2, 1, NULL, 4, 1.5), (3, 2, 'Y', NULL, NULL), (4, NULL, 'z', 7, 2.5);
";

/// Each with its columns as texts, so that both say the same.
const SAME: &[(&str, &str)] = &[
    ("SELECT id, name FROM people WHERE is_open = 1 ORDER BY name DESC", "id || name"),
    ("SELECT * FROM notes ORDER BY body, id DESC", "id"),
    (
        "SELECT p.name AS who, n.body FROM people p LEFT JOIN notes AS n ON n.person = p.id ORDER BY 1, n.id",
        "who || coalesce(body, '-')",
    ),
    ("SELECT a.id, b.name boss FROM people a JOIN people b ON a.boss = b.id ORDER BY a.id", "id || boss"),
    (
        "SELECT person, count(*) AS n, count(body) AS bodies, sum(points) AS points FROM notes GROUP BY person HAVING count(*) > 0 ORDER BY person",
        "coalesce(person, 0) || '/' || n || '/' || bodies || '/' || coalesce(points, 0)",
    ),
    ("SELECT DISTINCT is_open FROM people WHERE name LIKE 'B%'", "count(*)"),
    ("SELECT max(weight) AS heaviest, min(points) AS least FROM notes", "least"),
    (
        "SELECT upper(name) AS loud, CASE WHEN boss IS NULL THEN 'top' ELSE 'below' END AS place FROM people ORDER BY id LIMIT 2",
        "loud || place",
    ),
    (
        "SELECT p.id, n.points * 2 AS twice FROM people p, notes n WHERE n.person = p.id ORDER BY twice DESC",
        "id || '/' || coalesce(twice, 0)",
    ),
];

const LISTED: &[&str] = &[
    "SELECT name, count(*) AS n FROM notes JOIN people",
    "SELECT avg(points) AS mean FROM notes",
    "SELECT id FROM people UNION SELECT id FROM notes",
    "WITH a AS (SELECT 1) SELECT 1 AS b",
    "SELECT id, (SELECT count(*) FROM notes) AS n FROM people",
    "SELECT row_number() OVER (ORDER BY id) AS n FROM people",
    "SELECT date(name) AS d FROM people",
    "SELECT id FROM v0",
    "SELECT id, name || 1.5 AS x FROM people",
    "SELECT person, body FROM notes GROUP BY person",
    "SELECT id, id + 1 FROM people",
];

#[test]
fn a_view_shows_the_same_rows_or_is_listed() {
    let mut sql = TABLES.to_owned();
    for (number, query) in SAME.iter().map(|(query, _)| query).chain(LISTED).enumerate() {
        sql.push_str(&format!("CREATE VIEW v{number} AS {query};\n"));
    }
    let database = postgres::database(postgres::version());
    let project = application(&database, &sql);
    let output = project.run(["translate", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&output.ok().stdout).unwrap();
    let left: Vec<&str> =
        document["untranslated"].as_array().unwrap().iter().map(|left| left["subject"].as_str().unwrap()).collect();
    let wanted: Vec<String> = (SAME.len()..SAME.len() + LISTED.len()).map(|number| format!("v{number}")).collect();
    assert_eq!(left, wanted, "{}", migrations(&project));
    project.run(["up", "--backend", "postgres"]).ok();
    let connection = sqlite::open(&project.path().join("app.db"));
    connection.execute_batch(ROWS).unwrap();
    database.psql(ROWS);
    for (number, (query, shown)) in SAME.iter().enumerate() {
        let select = format!("SELECT {shown} AS shown FROM v{number}");
        let mut statement = connection.prepare(&select).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
        let on_sqlite: Vec<String> = rows
            .map(|value| match value.unwrap() {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(database.psql(&select), on_sqlite.join("\n"), "{query}");
    }
}
