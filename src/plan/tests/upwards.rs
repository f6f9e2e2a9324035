use super::*;
use crate::config::{NewerDatabase, Options, Order};
use crate::error::Code;

fn planned(migrations: &str, history: &str, target: &Target, options: &Options) -> String {
    let (files, records) = (files(migrations), rows(migrations, history));
    match super::super::up(DIALECT, &files, &records, target, options) {
        Ok(Ok(plan)) => shown(&plan),
        Ok(Err(refusal)) => said(&refusal),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_an_up_would_do() {
    for (files, history, expected) in [
        ("", "", ""),
        ("1 2 3", "", "apply 1, apply 2, apply 3"),
        ("1 2 3", "1a 2b", "apply 3"),
        ("1 2 3", "1a 2a 3a", ""),
        ("1 2 3", "1a 2p", "resume 2, apply 3"),
        ("1 2e 3", "1a 2p", "2 edited at 1"),
        ("1 2 3", "1a 2s", "apply 2, apply 3"),
        // What is repeated runs last, whatever its number.
        ("1r 2 3", "", "apply 2, apply 3, apply 1"),
        ("1re 2 3", "1a 2a", "apply 3, reapply 1"),
        ("1r 2", "2a", "apply 1"),
        ("1 2l 3", "1a 3a", "apply 2"),
    ] {
        assert_eq!(planned(files, history, &Target::Latest, &Options::new()), expected, "{files} | {history}");
    }
}

#[test]
fn what_an_up_is_refused_for() {
    for (files, history, expected) in [
        ("1e 2 3", "1a 2a", "modified 1"),
        ("1e 2e 3", "1a 2a", "modified 1 and 2"),
        ("1 2 3", "1a 2v", "reverting 2"),
        ("1 3", "1a 2a 3a", "missing 2"),
        ("1 2", "1a 2a 3a 4b", "newer 3 4 back to 2"),
        ("", "1a", "newer 1"),
        ("1 2 3", "1a 3a", "late 2 below 3"),
        ("1 2 3 4r", "1a 3a 4a", "late 2 below 3"),
        // The gravest first: what is under way, what is above, what is another text, what is gone, what is late.
        ("1e 2 3 4", "1a 2v 3a 5a", "reverting 2"),
        ("1e 3 4", "1a 2a 3a 5a", "newer 5 back to 3"),
        ("1e 3 4", "1a 2a 3a", "modified 1"),
        ("1 3 4 5", "1a 2a 5a", "missing 2"),
        ("1 2e 3 4", "1a 2p 4a", "2 edited at 1"),
    ] {
        assert_eq!(planned(files, history, &Target::Latest, &Options::new()), expected, "{files} | {history}");
    }
}

/// A text that was given another version is found there.
#[test]
fn what_was_renumbered_is_told() {
    for (files, expected) in
        [("1 3=2", "missing 2 moved to 3"), ("1 2e 3=2", "modified 2 moved to 3"), ("1 3", "missing 2")]
    {
        assert_eq!(planned(files, "1a 2a", &Target::Latest, &Options::new()), expected, "{files}");
    }
}

#[test]
fn policies_let_pass_what_they_name_and_nothing_else() {
    let late = Options::new().order(Order::Any);
    let newer = Options::new().newer_database(NewerDatabase::Allow);
    for (options, files, history, expected) in [
        (&late, "1 2 3 4", "1a 3a", "apply 2 late, apply 4"),
        (&late, "1 2 3", "1a 3a 4a", "newer 4 back to 3"),
        (&late, "1e 2 3", "1a 3a", "modified 1"),
        (&newer, "1 2", "1a 3a", "late 2 below 3"),
        (&newer, "1 2", "1a 2a 3a", ""),
        (&newer, "1 3", "1a 2a 3a 4a", "missing 2"),
    ] {
        assert_eq!(planned(files, history, &Target::Latest, options), expected, "{files} | {history}");
    }
}

#[test]
fn an_up_goes_as_far_as_it_is_told() {
    let to = |word: &str| Target::Version(version(word));
    for (files, history, target, expected) in [
        ("1 2 3", "", to("2"), "apply 1, apply 2"),
        ("1 2 3", "1a 2a 3a", to("1"), ""),
        ("1r 2 3", "", to("2"), "apply 2, apply 1"),
        ("1 2 3r", "", to("2"), "apply 1, apply 2"),
        ("1e 2 3", "1a", to("3"), "modified 1"),
    ] {
        assert_eq!(planned(files, history, &target, &Options::new()), expected, "{files} | {history}");
    }
    let error = super::super::up(DIALECT, &files("1 3"), &[], &to("2"), &Options::new()).unwrap_err();
    assert_eq!(error.code(), Code::UnknownTarget);
}
