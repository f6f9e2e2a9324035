//! What is kept of the rows that a step changes.

use std::time::Duration;

use super::*;
use crate::config::{UndoKeep, UndoLimit, UndoPolicy};

const DAY: u64 = 86_400;

#[test]
fn each_database_has_its_own() {
    let schema = "[database.shop.sqlite]\nurl = 'shop.db'\nundo = 'all'\nundo_keep = '7d'\n\
        ignore_undo = ['users.email', '*.password']\n\
        [database.log.postgres]\nurl = 'postgres://h/log'\nundo = 'none'\nundo_keep = 'forever'\n\
        ignore_undo = ['app.users.email']\n\
        [database.cache.sqlite]\nurl = 'cache.db'\n";
    let undo: Vec<_> = Call::with(schema).targets().unwrap().into_iter().map(|target| target.options.undo).collect();
    let [shop, log, cache] = &undo[..] else { panic!("there are three") };
    assert_eq!((shop.policy, shop.keep), (UndoPolicy::All, UndoKeep::For(Duration::from_secs(7 * DAY))));
    assert!(shop.ignores(None, "users", "email") && shop.ignores(None, "admins", "password"));
    assert!(!shop.ignores(None, "users", "name"));
    assert_eq!((log.policy, log.keep), (UndoPolicy::None, UndoKeep::Forever));
    assert!(log.ignores(Some("app"), "users", "email") && !log.ignores(Some("other"), "users", "email"));
    assert_eq!((cache.policy, cache.keep, cache.ignored.len()), (UndoPolicy::Auto, UndoKeep::default(), 0));
    assert_eq!(cache.limit(None), UndoLimit::UpTo { rows: 10_000, bytes: 64_000_000 });
}

#[test]
fn a_variable_counts_more_than_the_file() {
    let call = || Call::with("[sqlite]\nurl = 'a.db'\nundo = 'all'\nundo_keep = '${KEEP}'\n").variable("KEEP", "12h");
    let undo = call().target().options.undo;
    assert_eq!((undo.policy, undo.keep), (UndoPolicy::All, UndoKeep::For(Duration::from_secs(DAY / 2))));
    let undo = call().variable("SCHEMACTL_UNDO", "none").variable("SCHEMACTL_UNDO_KEEP", "0").target().options.undo;
    assert_eq!((undo.policy, undo.keep), (UndoPolicy::None, UndoKeep::For(Duration::ZERO)));
    let undo = call().variable("SCHEMACTL_UNDO_KEEP", "0").target().options.undo;
    assert_eq!(undo.limit(Some(UndoPolicy::All)), UndoLimit::Nothing);
}

#[test]
fn what_a_variable_cannot_say() {
    let call = || Call::with("[sqlite]\nurl = 'a.db'\nundo_keep = '${KEEP}'\n").variable("KEEP", "1d");
    check(
        &call().variable("SCHEMACTL_UNDO", "nome"),
        Code::InvalidValue,
        "`SCHEMACTL_UNDO` cannot be `nome`",
        "did you mean `none`?",
    );
    let keep = call().variable("SCHEMACTL_UNDO_KEEP", "30");
    check(&keep, Code::InvalidValue, "`SCHEMACTL_UNDO_KEEP` cannot be `30`: the unit is missing", "");
    let keep = call().variable("KEEP", "a month");
    check(&keep, Code::InvalidValue, "`undo_keep` cannot be `a month`: it is a whole number and a unit", "");
    assert_eq!(keep.error().place().unwrap().to_string(), "schema.toml:3:13");
}
