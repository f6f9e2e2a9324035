use super::*;
use crate::error::Code;

fn planned(migrations: &str, history: &str, order: &str, back: Back) -> String {
    let (files, records, stored) = (files(migrations), rows(migrations, history), kept(migrations, history));
    let order: Vec<Version> = order.split_whitespace().map(version).collect();
    let versions = match included(&files, &records, &order, back) {
        Ok(versions) => versions,
        Err(error) => return error.to_string(),
    };
    match down(DIALECT, &files, &records, &stored, &versions) {
        Ok(plan) => shown(&plan),
        Err(error) => error.code().as_str().to_owned(),
    }
}

#[test]
fn what_was_applied_last_goes_first() {
    let to = |word: &str| Back::To(version(word));
    for (files, history, order, back, expected) in [
        ("1 2 3", "1ad 2ad 3ad", "1 2 3", Back::Steps(1), "revert 3"),
        ("1 2 3", "1ad 2ad 3ad", "1 2 3", Back::Steps(9), "revert 3, revert 2, revert 1"),
        ("1 2 3", "1ad 2ad 3ad", "1 2 3", Back::Steps(0), ""),
        ("1 2 3", "1ad 2ad 3ad", "1 2 3", to("1"), "revert 3, revert 2"),
        ("1 2 3", "1ad 2ad 3ad", "1 2 3", Back::Empty, "revert 3, revert 2, revert 1"),
        // One that came late was applied last.
        ("1 2 3", "1ad 2ad 3ad", "1 3 2", Back::Steps(1), "revert 2"),
        // What the log does not know counts as applied right after those below it.
        ("1 2 3", "1ad 2bd 3ad", "1 3", Back::Steps(2), "revert 3, revert 2"),
        ("1 2 3", "1bd 2bd 3bd", "", Back::Steps(1), "revert 3"),
        // What is under way is the last one.
        ("1 2 3", "1ad 2vd 3ad", "1 2 3", Back::Steps(1), "revert 2"),
        // What was skipped did nothing: only its record goes.
        ("1 2", "1ad 2s", "1", Back::Steps(2), "forget 2, revert 1"),
        // The files are not needed for what is stored.
        ("", "1ad 2ad", "1 2", Back::Empty, "revert 2, revert 1"),
        // A file's down stands in for one that is not stored.
        ("1 2d", "1ad 2a", "1 2", Back::Steps(1), "revert 2"),
    ] {
        assert_eq!(planned(files, history, order, back), expected, "{files} | {history} | {order}");
    }
}

#[test]
fn what_a_down_is_refused_for() {
    for (files, history, expected) in [
        ("1 2", "1ad 2p", Code::Partial),
        ("1 2", "1ad 2a", Code::NoDown),
        ("1", "1ad 2a", Code::NoDown),
        ("1 2i", "1ad 2ad", Code::Irreversible),
        ("1 2", "1ad 2ac", Code::Modified),
    ] {
        assert_eq!(planned(files, history, "1 2", Back::Steps(1)), expected.as_str(), "{files} | {history}");
        // All of it is refused, or none: what would go well before it is not begun.
        assert_eq!(planned(files, history, "1 2", Back::Empty), expected.as_str(), "{files} | {history}");
    }
    let (files, records) = (files("1 2"), rows("1 2", "1ad"));
    let error = included(&files, &records, &[], Back::To(version("2"))).unwrap_err();
    assert_eq!(error.code(), Code::UnknownTarget);
}
