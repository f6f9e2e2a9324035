//! A row that the CHECKs of SQLite accept or refuse is accepted or refused by the translated ones.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use schemactl_test_support::{postgres, sqlite};

use super::{application, migrations};

/// The conditions, over columns `i`, `j` (INTEGER), `r` (REAL), `n` (DECIMAL(9,3)), `t`, `u` (TEXT), `b` (BOOLEAN).
const CHECKS: &[&str] = &[
    "i > 3",
    "i = j OR i IS NULL",
    "i <> j",
    "i",
    "NOT i",
    "i + j > 10",
    "i - j <= 0",
    "i * j < 100",
    "i % 7 = 3",
    "i / 2 = 1",
    "-i < j",
    "i & 3 = 1",
    "i BETWEEN j AND 50",
    "i NOT BETWEEN -5 AND 5",
    "i IN (1, 2, 3)",
    "i NOT IN (0, 7)",
    "i IS j",
    "i IS NOT j",
    "i IS NOT NULL AND j IS NOT NULL",
    "(i IS NULL) + (j IS NULL) + (t IS NULL) = 1",
    "CASE WHEN i > 0 THEN j > 0 ELSE j < 0 END",
    "CASE i WHEN 1 THEN 1 WHEN 2 THEN 0 END",
    "abs(j) > 5",
    "coalesce(i, j, 0) > 2",
    "nullif(i, 3) IS NULL",
    "iif(i > 0, j > 0, t IS NULL)",
    "typeof(i) = 'integer'",
    "typeof(t) IN ('text', 'null')",
    "typeof(r) = 'real'",
    "r > 0.5",
    "r <= 3",
    "r IN (0.5, 1.5)",
    "r IS NOT NULL AND abs(r) < 1000.25",
    "n >= 0",
    "n BETWEEN -1.5 AND 99.125",
    "n = 0.1",
    "t = 'a'",
    "t <> u",
    "t < u",
    "t >= 'b'",
    "t BETWEEN 'A' AND 'a'",
    "t IN ('a', 'B', '')",
    "t LIKE 'a%'",
    "t NOT LIKE '%b_'",
    "t LIKE '%\\%'",
    "t LIKE '%x%%' ESCAPE 'x'",
    "t LIKE '%k%'",
    "t LIKE '_'",
    "t GLOB 'a*'",
    "t GLOB '*[0-9]*'",
    "t NOT GLOB '*[^a-z]*'",
    "t GLOB '[A-Z]?'",
    "t GLOB '*.*'",
    "length(t) BETWEEN 1 AND 3",
    "length(i) < 3",
    "length(trim(t)) > 0",
    "trim(t) = t",
    "ltrim(t, 'ab') <> t",
    "lower(t) = t",
    "upper(t) <> u",
    "substr(t, 1, 1) = 'a'",
    "substr(t, 2) = ''",
    "replace(t, 'a', 'b') = u",
    "instr(t, 'b') > 0",
    "instr(t, '') = 1",
    "t || u = 'ab'",
    "t || i = 'a3'",
    "t IS u",
    "ifnull(t, 'x') = 'x'",
    "b",
    "NOT b",
    "b = 1",
    "b <> 0",
    "b IN (0, 1)",
    "b IN (0, 2)",
    "b IS TRUE",
    "b IS NOT FALSE",
    "b > 0 OR t IS NULL",
    "b = (i > 3)",
    "i = TRUE",
    "t == \"a\"",
    "(t NOTNULL) = (u NOTNULL)",
    "i ISNULL",
    "NULL",
];

const TEXTS: &[&str] = &[
    "", "a", "A", "b", "B", "ab", "aB1", "abc", " a ", "é", "É", "K", "k", "Kk", "x%", "%", "\\", "a\\", "100%", "a.b",
    "Z9", "\n", "a\nb", "😀", "3", "ß", "_", "'", "-",
];
const INTEGERS: &[i64] =
    &[0, 1, 2, 3, 5, 7, -1, -3, -7, 10, 42, 100, 9_007_199_254_740_993, i64::MAX, i64::MIN + 1, i64::MIN];
const REALS: &[f64] = &[0.0, -0.0, 0.5, 1.5, 3.0, -2.25, 0.1, 1e10, 1e-10, 1e300, 999.999, 0.300_000_000_000_000_04];
const DECIMALS: &[&str] = &["0", "0.1", "0.125", "-1.5", "99.125", "99.126", "12", "-0.001", "999999.999"];

/// A value as a literal that both databases read.
fn literals() -> impl proptest::strategy::Strategy<Value = [String; 7]> {
    let pick = |all: Vec<String>| {
        let some = proptest::sample::select(all);
        proptest::prop_oneof![1 => proptest::strategy::Just("NULL".to_owned()), 6 => some].boxed()
    };
    let quoted = |text: &&str| format!("'{}'", text.replace('\'', "''"));
    let text = move || pick(TEXTS.iter().map(quoted).collect());
    // SQLite reads the smallest number as one only without its sign before a literal that is too large.
    let whole =
        |number: &i64| if *number == i64::MIN { "(-9223372036854775807 - 1)".to_owned() } else { number.to_string() };
    let integer = move || pick(INTEGERS.iter().map(whole).collect());
    let real = pick(REALS.iter().map(|number| format!("{number:?}")).collect());
    let decimal = pick(DECIMALS.iter().map(|number| (*number).to_owned()).collect());
    let boolean = pick(vec!["0".to_owned(), "1".to_owned()]);
    (integer(), integer(), real, decimal, text(), text(), boolean).prop_map(<[String; 7]>::from)
}

#[test]
fn a_row_is_refused_by_one_where_the_other_refuses_it() {
    let columns = "i INTEGER, j INTEGER, r REAL, n DECIMAL(9,3), t TEXT, u TEXT, b BOOLEAN";
    let tables: Vec<String> = (0..)
        .zip(CHECKS)
        .map(|(number, check)| format!("CREATE TABLE c{number} ({columns}, CHECK ({check}));\n"))
        .collect();
    let database = postgres::database(postgres::version());
    let project = application(&database, &tables.concat());
    let output = project.run(["translate", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&output.ok().stdout).unwrap();
    assert_eq!(document["untranslated"], serde_json::json!([]), "every one of these means the same");
    let ups = migrations(&project);
    assert_eq!(ups.matches("CHECK (").count(), CHECKS.len());
    project.run(["up", "--backend", "postgres"]).ok();

    let mut runner = TestRunner::deterministic();
    let rows: Vec<[String; 7]> = (0..200).map(|_| literals().new_tree(&mut runner).unwrap().current()).collect();
    let connection = sqlite::open(&project.path().join("app.db"));
    // The server says for each table which rows it refuses.
    let mut script =
        "CREATE FUNCTION tried(sql text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE sql; RETURN 'accepted'; \
        EXCEPTION WHEN check_violation OR numeric_value_out_of_range THEN RETURN 'refused'; WHEN OTHERS THEN RETURN SQLERRM; END $$;\n"
            .to_owned();
    let mut wanted = Vec::new();
    for (number, check) in CHECKS.iter().enumerate() {
        for row in &rows {
            let insert = format!("INSERT INTO c{number} VALUES ({})", row.join(", "));
            wanted.push((connection.execute_batch(&insert).is_ok(), check, row));
            let mut of_server = row.clone();
            of_server[6] = match row[6].as_str() {
                "0" => "false",
                "1" => "true",
                null => null,
            }
            .to_owned();
            let insert = format!("INSERT INTO c{number} VALUES ({})", of_server.join(", "));
            script.push_str(&format!("SELECT tried($i${insert}$i$);\n"));
        }
    }
    let answers = database.psql(&script);
    let answers: Vec<&str> = answers.lines().filter(|line| *line != "CREATE FUNCTION").collect();
    assert_eq!(answers.len(), wanted.len());
    let accepted = wanted.iter().filter(|(accepted, ..)| *accepted).count();
    assert!((wanted.len() / 5..wanted.len() * 4 / 5).contains(&accepted), "{accepted} of {}", wanted.len());
    for ((is_accepted, check, row), answer) in wanted.iter().zip(answers) {
        let expected = if *is_accepted { "accepted" } else { "refused" };
        assert_eq!(answer, expected, "CHECK ({check}) with {row:?}");
    }
}
