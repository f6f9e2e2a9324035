//! What a file may hold: the rows of a COPY, megabytes, every letter; and where its mistakes are shown.
#![cfg(feature = "postgres")]

use std::fmt::Write as _;

use crate::postgres_common::{BOTH, history, migrations, shown};
use schemactl::{Code, Options};
use schemactl_test_support::postgres as servers;
use schemactl_test_support::proxy::Proxy;

#[tokio::test]
async fn a_row_of_a_copy_that_fails_is_shown_with_its_statement() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            for head in ["", "-- schemactl: transaction = none\n"] {
                let database = servers::database(version);
                let text = format!(
                    "{head}CREATE TABLE t (a int, b text);\nCOPY t (a, b) FROM stdin;\n1\té\nx\ty\n\\.\nSELECT 1;\n"
                );
                let error =
                    by.up(&database.url(), &migrations(&[("V1__copy.sql", &text)]), &Options::new()).await.unwrap_err();
                let shown = shown(&error);
                assert_eq!(error.code(), Code::StatementFailed, "{shown}");
                assert_eq!(error.place().unwrap().source_line(), "COPY t (a, b) FROM stdin;", "{shown}");
                assert!(shown.contains("statement 2 of 3") && shown.contains("COPY t, line 2, column a"), "{shown}");
                let mended = text.replace("x\ty", "2\ty");
                by.up(&database.url(), &migrations(&[("V1__copy.sql", &mended)]), &Options::new()).await.unwrap();
                assert_eq!(database.psql("SELECT * FROM t ORDER BY a"), "1|é\n2|y");
                assert_eq!(history(&database), "1|applied|3|3");
            }
        }
    }
}

#[tokio::test]
async fn an_empty_copy_and_a_long_one_are_copied() {
    for by in BOTH {
        let database = servers::database(servers::version());
        let mut text = String::from(
            "CREATE TABLE t (a int, b text);\nCOPY t FROM STDIN;\n\\.\nCOPY t FROM STDIN WITH (FORMAT csv);\n",
        );
        for number in 0..50_000 {
            let _ = writeln!(text, "{number},\"it's {number} é\"");
        }
        text += "\\.\nCREATE INDEX t_a ON t (a);\n";
        by.up(&database.url(), &migrations(&[("V1__copy.sql", &text)]), &Options::new())
            .await
            .unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(database.psql("SELECT count(*), max(a), max(length(b)) FROM t"), "50000|49999|12");
    }
}

/// Three megabytes in statements of one line each, with letters of several bytes before the one that fails.
fn long(fails: usize) -> (String, usize) {
    let mut text = String::from("CREATE TABLE t (a int PRIMARY KEY, b text);\n");
    let rows = 30_000;
    for number in 1..=rows {
        let value = if number == fails { "'x'".to_owned() } else { number.to_string() };
        let _ = writeln!(
            text,
            "INSERT INTO t (b, a) VALUES ('é🦀 and what else makes the line a hundred bytes long, {number}', {value});"
        );
    }
    (text, rows)
}

#[tokio::test]
async fn a_long_file_is_sent_in_pieces_and_a_mistake_in_it_is_found() {
    for by in BOTH {
        let database = servers::database(servers::version());
        let proxy = Proxy::start(database.endpoint());
        let url = database.url_at(&proxy.endpoint());
        for fails in [1, 12_345, 30_000] {
            let (text, rows) = long(fails);
            assert!(text.len() > 3_000_000);
            let error = by.up(&url, &migrations(&[("V1__long.sql", &text)]), &Options::new()).await.unwrap_err();
            let shown = shown(&error);
            assert!(shown.contains(&format!("statement {} of {}", fails + 1, rows + 1)), "{shown}");
            let place = error.place().unwrap();
            assert_eq!(place.line(), Some(fails + 1), "{shown}");
            let before = place.source_line().find("'x'").map(|at| place.source_line()[..at].chars().count() + 1);
            assert_eq!(place.column(), before, "{shown}");
            assert_eq!(database.psql("SELECT to_regclass('t') IS NULL"), "t");
        }
        proxy.reset();
        let (text, rows) = long(0);
        by.up(&url, &migrations(&[("V1__long.sql", &text)]), &Options::new()).await.unwrap();
        assert_eq!(database.psql("SELECT count(*) FROM t"), rows.to_string());
        let largest = proxy.counts().sql.iter().map(String::len).max();
        assert!(largest < Some(400_000), "{largest:?}");
        // A mistake that the server reports without a position, by its number.
        let error = by
            .up(
                &url,
                &migrations(&[
                    ("V1__long.sql", &text),
                    (
                        "V2__more.sql",
                        &format!(
                            "{}\nINSERT INTO t VALUES (7);",
                            text.replace("CREATE TABLE t (a int PRIMARY KEY, b text);", "TRUNCATE t;")
                        ),
                    ),
                ]),
                &Options::new(),
            )
            .await
            .unwrap_err();
        assert_eq!((error.sqlstate(), error.place().unwrap().line()), (Some("23505"), Some(30_003)), "{error:#}");
    }
}

#[tokio::test]
async fn mistakes_are_shown_where_they_are() {
    let cases: &[(&str, Option<usize>, &str)] = &[
        ("SELECT 1;\nSELEC 2;", Some(2), "SELEC 2;"),
        ("SELECT 'é🦀é';\n/* é */ SELECT 'é', nothing;", Some(2), "nothing;"),
        ("CREATE TABLE t (\n  a int,\n  b nosuchtype\n);", Some(3), "nosuchtype"),
        ("SELECT 1\n;\n\nSELECT (1", Some(4), ""),
        ("DO $$\nBEGIN\n  PERFORM 1/0;\nEND $$;", Some(1), "DO $$"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 +;\nEND $$;", Some(3), ""),
        ("SELECT 1; SELECT 2; SELECT nope; SELECT 3;", Some(1), "nope; SELECT 3;"),
        (
            "CREATE TABLE r (a int);\nCREATE RULE no AS ON INSERT TO r DO INSTEAD NOTHING;\nINSERT INTO r VALUES (1);\nSELECT 1/0;",
            Some(4),
            "SELECT 1/0;",
        ),
    ];
    for by in BOTH {
        for (text, line, rest) in cases {
            for head in ["", "-- schemactl: transaction = none\n"] {
                let database = servers::database(servers::version());
                let file = format!("{head}{text}");
                let error =
                    by.up(&database.url(), &migrations(&[("V1__m.sql", &file)]), &Options::new()).await.unwrap_err();
                let report = shown(&error);
                let place = error.place().unwrap_or_else(|| panic!("{report}"));
                assert_eq!(place.line(), line.map(|line| line + usize::from(!head.is_empty())), "{report}");
                let from = place.column().unwrap() - 1;
                let tail: String = place.source_line().chars().skip(from).collect();
                assert!(tail.starts_with(rest), "{tail:?}, not {rest:?}\n{report}");
            }
        }
    }
}
