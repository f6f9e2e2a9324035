use super::*;

/// How each version stands: `1 applied, 2 pending`.
fn standing(migrations: &str, history: &str) -> String {
    let (migrations, records) = (files(migrations), rows(migrations, history));
    let entries = survey(&migrations, &records).unwrap();
    let all = entries.iter().map(|entry| format!("{} {}", entry.version(), entry.status()));
    all.collect::<Vec<_>>().join(", ")
}

#[test]
fn how_files_and_rows_stand_to_each_other() {
    for (files, history, expected) in [
        ("", "", ""),
        ("1 2", "", "1 pending, 2 pending"),
        ("1 2", "1a", "1 applied, 2 pending"),
        ("1 2", "1b 2a", "1 baseline, 2 applied"),
        ("1e 2", "1a 2a", "1 modified, 2 applied"),
        ("1e 2", "1b 2a", "1 modified, 2 applied"),
        ("1re 2", "1a 2a", "1 changed, 2 applied"),
        ("1r 2", "2a", "1 pending, 2 applied"),
        ("1 2", "1a 2p", "1 applied, 2 partial"),
        // What is under way is that, whatever its file says.
        ("1 2e", "1a 2p", "1 applied, 2 partial"),
        ("1 2", "1a 2v", "1 applied, 2 reverting"),
        ("1 2e", "1a 2s", "1 applied, 2 skipped"),
        ("1 2 3", "1a 3a", "1 applied, 2 out of order, 3 applied"),
        ("1 2l 3", "1a 3a", "1 applied, 2 pending, 3 applied"),
        // What was skipped, or is repeatable, makes nothing late.
        ("1 2 3", "1a 3s", "1 applied, 2 pending, 3 skipped"),
        ("1 2 3r", "1a 3a", "1 applied, 2 pending, 3 applied"),
        ("1 2 4", "1a 2a 3a 4a 5a", "1 applied, 2 applied, 3 missing, 4 applied, 5 newer"),
        ("1 3", "2a", "1 out of order, 2 missing, 3 pending"),
        ("", "1a", "1 newer"),
    ] {
        assert_eq!(standing(files, history), expected, "{files} | {history}");
    }
}
