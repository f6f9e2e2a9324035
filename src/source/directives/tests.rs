use std::time::Duration;

use super::super::directive_value::{Cost, Repeat, Requirement, TransactionDirective};
use super::*;
use crate::config::UndoPolicy;

fn read(text: &'static str) -> Result<Directives> {
    let script = Script::new("f.sql", text);
    script.directives().cloned()
}

fn extensions(names: &[&str]) -> Vec<Requirement> {
    names.iter().map(|name| Requirement::Extension((*name).to_owned())).collect()
}

#[test]
fn all_directives_together() {
    let text = "-- Adds the graph.\r\n\
        -- schemactl: transaction = none\r\n\
        -- schemactl: lock_timeout = 500ms\r\n\
        /* a block */\r\n\
        -- schemactl: statement_timeout = \"2min\"\r\n\
        -- schemactl: requires = \"extension age, extension pg_trgm\"\r\n\
        -- schemactl: irreversible = rows of users are gone\r\n\
        -- schemactl: repeat = changed\r\n\
        -- schemactl: undo = all\r\n\
        SELECT 1;";
    let expected = Directives {
        transaction: TransactionDirective::None,
        lock_timeout: Some(Duration::from_millis(500)),
        statement_timeout: Some(Duration::from_secs(120)),
        requires: extensions(&["age", "pg_trgm"]),
        irreversible: Some("rows of users are gone".into()),
        repeat: Repeat::Changed,
        undo: Some(UndoPolicy::All),
        ..Directives::default()
    };
    assert_eq!(read(text).unwrap(), expected);
}

#[test]
fn what_a_down_costs() {
    let text = "-- schemactl: verdict = lossy\n\
        -- schemactl: loses = column orders.total\n\
        -- schemactl: loses = 'table \"Old orders\"'\n\
        -- schemactl: loses = other: the order of the rows\n\
        SELECT 1;";
    let directives = read(text).unwrap();
    assert_eq!(directives.verdict, Some(Cost::Lossy));
    let losses: Vec<_> = directives.loses.iter().map(ToString::to_string).collect();
    assert_eq!(losses, ["column orders.total", "table \"Old orders\"", "the order of the rows"]);
    assert_eq!(read("-- schemactl: verdict = lossless").unwrap().verdict, Some(Cost::Lossless));
}

#[test]
fn what_is_kept_of_a_file() {
    for (text, policy) in [
        ("-- schemactl: undo = auto", Some(UndoPolicy::Auto)),
        ("-- schemactl: undo = 'all'", Some(UndoPolicy::All)),
        ("-- schemactl: undo = none", Some(UndoPolicy::None)),
        ("-- undo = all", None),
    ] {
        assert_eq!(read(text).unwrap().undo, policy, "{text}");
    }
}

#[test]
fn forms_of_one_directive() {
    let none = Directives { transaction: TransactionDirective::None, ..Directives::default() };
    for text in [
        "-- schemactl: transaction = none",
        "--schemactl:transaction=none\n",
        "  -- Schemactl : transaction = 'none'  \nSELECT 1",
        "---- SCHEMACTL:  transaction  =  none\r\n",
        "/* x */ -- schemactl: transaction = none",
        "-- a\r-- schemactl: transaction = none\rSELECT 1",
    ] {
        assert_eq!(read(text).unwrap(), none, "{text:?}");
    }
    for (text, reason) in [
        ("-- schemactl: irreversible", ""),
        ("-- schemactl: irreversible =", ""),
        ("-- schemactl: irreversible = 'it is: gone'", "it is: gone"),
        ("-- schemactl: irreversible = users' rows", "users' rows"),
    ] {
        assert_eq!(read(text).unwrap().irreversible.as_deref(), Some(reason), "{text}");
    }
    assert_eq!(read("-- schemactl: lock_timeout = 0").unwrap().lock_timeout, Some(Duration::ZERO));
    assert_eq!(read("-- schemactl: transaction = required").unwrap().transaction, TransactionDirective::Required);
    assert_eq!(read("-- schemactl: requires = extension \"uuid-ossp\"").unwrap().requires, extensions(&["uuid-ossp"]));
}

#[test]
fn a_directive_that_is_commented_out_says_nothing() {
    for text in [
        "--   -- schemactl: irreversible = why\nSELECT 1;",
        "-- -- schemactl: transaction = none\nSELECT 1;",
        "--\t--schemactl: nonsense\nSELECT 1;",
        "SELECT 1;\n-- -- schemactl: transaction = none\nSELECT 2;",
    ] {
        assert_eq!(read(text).unwrap(), Directives::default(), "{text}");
    }
}

#[test]
fn other_comments_are_left_alone() {
    for text in [
        "",
        "SELECT 1",
        "-- schemactl is what runs this\nSELECT 1",
        "-- see schemactl: the manual",
        "-- schema: public\n-- author: me\nSELECT 1",
        "SELECT 1; -- schemactl: not in a line of its own",
        "/* Not now:\n-- schemactl: transaction = none\n*/ SELECT 1;",
        "SELECT 1;\n-- schemctl: x",
    ] {
        assert_eq!(read(text).unwrap(), Directives::default(), "{text:?}");
    }
}

#[test]
fn r13_what_is_wrong_is_said_with_its_place() {
    for (text, place, message, hint) in [
        ("-- schemactl: transction = none", "1:15", "`transction` is unknown", "did you mean `transaction`?"),
        ("\n-- schemactl: colour = red", "2:15", "`colour` is unknown", "the directives are transaction"),
        ("-- schemactl:", "1:14", "the key is missing", ""),
        ("-- schemactl: = 3s", "1:15", "the key is missing", ""),
        ("-- schemactl: lock_timeout 3s", "1:15", "`=` is missing after `lock_timeout`", ""),
        ("-- schemactl: lock_timeout: 3s", "1:15", "`=` is missing", ""),
        ("-- schemactl: lock_timeout", "1:15", "`lock_timeout` has no value", ""),
        ("-- schemactl: lock_timeout = ''", "1:15", "`lock_timeout` has no value", ""),
        ("-- schemactl: lock_timeout = 3", "1:15", "the unit is missing: `3s`", ""),
        ("-- schemactl: lock_timeout = \"3s", "1:15", "the closing quote is missing", ""),
        ("-- schemactl: lock_timeout = '3s' x", "1:15", "text follows the closing quote", ""),
        ("-- schemactl: transaction = non", "1:15", "it is none or required", "did you mean `none`?"),
        ("-- schemactl: transaction = none, repeat = changed", "1:15", "it is none or required", ""),
        ("-- schemactl: verdict = losless", "1:15", "it is lossless or lossy", "did you mean `lossless`?"),
        ("-- schemactl: verdict = irreversible", "1:15", "it is lossless or lossy", "where there is no way back"),
        ("-- schemactl: verdict = lossy\n-- schemactl: verdict = lossy", "2:15", "`verdict` is given twice", ""),
        ("-- schemactl: loses = orders", "1:15", "`loses` cannot be `orders`: it is `table <name>`, `column", ""),
        ("-- schemactl: loses = tabel orders", "1:15", "`loses` cannot be `tabel orders`", "did you mean `table`?"),
        ("-- schemactl: loses = other:", "1:15", "what is lost follows it", ""),
        ("-- schemactl: loses", "1:15", "`loses` has no value", ""),
        ("-- schemactl: repeat = always", "1:15", "it is changed or once", ""),
        ("-- schemactl: repeat = once\n-- schemactl: repeat = once", "2:15", "`repeat` is given twice", ""),
        ("-- schemactl: undo = al", "1:15", "`undo` cannot be `al`: it is auto or all or none", "did you mean `all`?"),
        ("-- schemactl: undo = 30d", "1:15", "it is auto or all or none", ""),
        ("-- schemactl: undo", "1:15", "`undo` has no value", ""),
        ("-- schemactl: undo_keep = 30d", "1:15", "`undo_keep` is unknown", "the directives are transaction"),
        ("-- schemactl: undo = all\n-- schemactl: undo = none", "2:15", "`undo` is given twice", ""),
        ("-- schemactl undo", "1:4", "a colon follows `schemactl`", ""),
        ("SELECT 1;\n-- schemactl: undo = all", "2:1", "before the first statement", "move the line to the top"),
        ("-- schemactl: requires = age", "1:15", "does not say what", "did you mean `requires = \"extension age\"`?"),
        ("-- schemactl: requires = extenson age", "1:15", "is not a requirement", "did you mean `extension`?"),
        ("-- schemactl: requires = extension age,", "1:15", "missing beside a comma", ""),
        ("-- schemactl: requires = extension a;b", "1:15", "not the name of an extension", ""),
        ("-- schemactl: requires = extension", "1:15", "is not a requirement", ""),
        ("-- schemactl transaction = none", "1:4", "a colon follows `schemactl`", ""),
        ("-- schemactl irreversible", "1:4", "a colon follows `schemactl`", ""),
        ("-- shemactl: transaction = none", "1:4", "the word before the colon is `schemactl`", ""),
        ("/* schemactl: transaction = none\n */", "1:4", "stands in a line comment", ""),
        ("/* -- schemactl: repeat = once */", "1:4", "stands in a line comment", ""),
        ("SELECT 1;\n  -- schemactl: repeat = once", "2:3", "before the first statement", "move the line to the top"),
        ("SELECT 1;\r\n--Schemactl :x\r\n", "2:1", "before the first statement", "move the line to the top"),
        ("/* open \n-- schemactl: repeat = once", "2:1", "before the first statement", ""),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.code(), Code::Directive, "{text}");
        assert_eq!(error.place().unwrap().to_string(), format!("f.sql:{place}"), "{text}");
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert!(
            hint.is_empty() || error.hints()[0].words(crate::error::Audience::Command).starts_with(hint),
            "{text}: {:?}",
            error.hints()
        );
    }
}
