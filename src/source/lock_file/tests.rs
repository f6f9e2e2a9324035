use std::fs;

use super::*;
use crate::error::Code;

fn migrations(folder: &std::path::Path, files: &[(&str, &str)]) -> Migrations {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Migrations::read(folder).unwrap()
}

fn version(number: i64) -> Version {
    Version::new(number).unwrap()
}

const FILES: [(&str, &str); 3] =
    [("V1__a.sql", "SELECT 1;"), ("V1__a.down.sql", "SELECT -1;"), ("1_core/V0002__b.sql", "SELECT 2;")];

#[test]
fn the_text_is_fixed_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.lock");
    let found = migrations(&folder.path().join("m"), &FILES);
    let mut lock = LockFile::default();
    lock.update(Some("shop"), Dialect::Postgres, &found, |_| ProofShown::Holds);
    lock.update(Some("shop"), Dialect::Sqlite, &migrations(&folder.path().join("m"), &FILES[..1]), |_| {
        ProofShown::Holds
    });
    let entry = lock.get_mut(&key(Some("shop"), Dialect::Postgres, version(1))).unwrap();
    entry.verdict = Some("lossy: \"t\".c".parse().unwrap());
    entry.before = Some("0a".into());
    entry.after = Some("0b".into());
    lock.write(&path).unwrap();

    let text = fs::read_to_string(&path).unwrap();
    let (one, minus_one, two) = (Checksum::of("SELECT 1;"), Checksum::of("SELECT -1;"), Checksum::of("SELECT 2;"));
    let expected = format!(
        r#"# Written by `schemactl generate`, checked by `schemactl check`. Commit it; do not edit it.
# A conflict here shows that two people added a migration at once.
lock_version = 1

[[migration]]
database = "shop"
backend = "sqlite"
version = 1
file = "V1__a.sql"
up = "{one}"

[[migration]]
database = "shop"
backend = "postgres"
version = 1
file = "V1__a.sql"
up = "{one}"
down = "{minus_one}"
verdict = 'lossy: "t".c'
before = "0a"
after = "0b"

[[migration]]
database = "shop"
backend = "postgres"
version = 2
file = "1_core/V0002__b.sql"
up = "{two}"
"#
    );
    assert_eq!(text, expected);
    assert_eq!(LockFile::read(&path).unwrap(), Some(lock));
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    assert!(LockFile::read(&path).unwrap().is_some());
    assert_eq!(LockFile::read(&folder.path().join("none")).unwrap(), None);
}

#[test]
fn compares_and_updates() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("m");
    let mut lock = LockFile::default();
    let changed = lock.update(None, Dialect::Sqlite, &migrations(&folder, &FILES), |_| ProofShown::Holds);
    assert_eq!(
        changed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["V1__a.sql is not in schema.lock", "1_core/V0002__b.sql is not in schema.lock"]
    );
    for key in [key(None, Dialect::Sqlite, version(1)), key(None, Dialect::Sqlite, version(2))] {
        let entry = lock.get_mut(&key).unwrap();
        entry.verdict = Some(Verdict::Lossless);
        entry.after = Some("f".into());
    }
    assert_eq!(lock.compare(None, Dialect::Sqlite, &migrations(&folder, &FILES)), []);

    for (files, expected) in [
        (vec![FILES[0], FILES[1]], vec!["1_core/V0002__b.sql was removed"]),
        (vec![FILES[0], FILES[2]], vec!["the down of V1__a.sql was removed"]),
        (vec![("V1__a.sql", "SELECT 1;\r\n"), FILES[1], FILES[2]], vec!["V1__a.sql was changed"]),
        (vec![FILES[0], ("V1__a.down.sql", "SELECT 0;"), FILES[2]], vec!["the down of V1__a.sql was changed"]),
        (
            vec![("V01__c.sql", "SELECT 0;"), FILES[2], ("1_core/V0002__b.down.sql", "SELECT 0;")],
            vec![
                "V1__a.sql was renamed to V01__c.sql",
                "V01__c.sql was changed",
                "the down of V01__c.sql was removed",
                "the down of 1_core/V0002__b.sql is not in schema.lock",
            ],
        ),
    ] {
        let found = migrations(&folder, &files);
        let mut updated = lock.clone();
        let differences = updated.update(None, Dialect::Sqlite, &found, |_| ProofShown::Holds);
        assert_eq!(differences.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        assert_eq!(updated.compare(None, Dialect::Sqlite, &found), []);
    }
    assert_eq!(lock.compare(Some("other"), Dialect::Sqlite, &migrations(&folder, &FILES)).len(), 2);
    assert_eq!(lock.compare(None, Dialect::Postgres, &migrations(&folder, &FILES)).len(), 2);
}

#[test]
fn what_was_proven_stays_while_its_text_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("m");
    let mut lock = LockFile::default();
    lock.update(None, Dialect::Sqlite, &migrations(&folder, &FILES), |_| ProofShown::Holds);
    let key = key(None, Dialect::Sqlite, version(1));
    let entry = lock.get_mut(&key).unwrap();
    (entry.verdict, entry.after) = (Some(Verdict::Lossless), Some("f".into()));

    let mut same = lock.clone();
    same.update(None, Dialect::Sqlite, &migrations(&folder, &FILES), |_| ProofShown::Holds);
    assert_eq!(same, lock);
    let mut down = lock.clone();
    down.update(None, Dialect::Sqlite, &migrations(&folder, &[FILES[0]]), |_| ProofShown::Holds);
    assert_eq!((down.get(&key).unwrap().verdict.clone(), down.get(&key).unwrap().after.as_deref()), (None, Some("f")));
    lock.update(None, Dialect::Sqlite, &migrations(&folder, &[("V1__a.sql", "SELECT 0;"), FILES[1]]), |_| {
        ProofShown::Holds
    });
    assert_eq!((lock.get(&key).unwrap().verdict.clone(), lock.get(&key).unwrap().after.as_deref()), (None, None));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.lock");
    let up = Checksum::of("");
    let entry = format!("[[migration]]\nbackend = \"sqlite\"\nversion = 1\nfile = \"f\"\nup = \"{up}\"\n");
    for (text, line, message, hint) in [
        ("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n".to_owned(), 2, "unresolved conflict", "where both sides added"),
        ("lock_version = 2\nnew = 1\n".into(), 1, "written by a newer release", "install"),
        ("lock_version = \"1\"\n".into(), 1, "is no version of the file", ""),
        (String::new(), 1, "has no lock_version", "`schemactl generate`"),
        ("lock_version = 1\n[[migration]\n".into(), 2, "is not TOML", "take the file of the last commit"),
        ("lock_version = 1\n[migration]\n".into(), 2, "is not a list", "take the file of"),
        ("lock_version = 1\n[[migrations]]\n".into(), 2, "`migrations` is unknown", "did you mean `migration`?"),
        (format!("lock_version = 1\n{entry}verdct = \"x\"\n"), 7, "`verdct` is unknown", "did you mean `verdict`?"),
        (format!("lock_version = 1\n{entry}down = \"md5:00\"\n"), 7, "has an unknown checksum", ""),
        (format!("lock_version = 1\n{entry}verdict = \"lost\"\n"), 7, "has an unknown verdict", ""),
        (format!("lock_version = 1\n{entry}{entry}"), 7, "is there twice", "a merge may have"),
        (format!("lock_version = 1\n{}", entry.replace("version = 1", "version = 0")), 4, "version that is none", ""),
        (format!("lock_version = 1\n{}", entry.replace("sqlite", "mysql")), 3, "unknown backend", ""),
        (format!("lock_version = 1\n{}", entry.replace("file = \"f\"", "file = 1")), 5, "`file` is a string", ""),
        (format!("lock_version = 1\n{}", entry.replace("file = \"f\"\n", "")), 2, "has no `file`", ""),
    ] {
        fs::write(&path, &text).unwrap();
        let error = LockFile::read(&path).expect_err(&text);
        assert_eq!(error.code(), Code::LockFile);
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert_eq!(error.place().unwrap().line(), Some(line), "{text}");
        assert!(
            hint.is_empty() || error.hints()[0].words(crate::error::Audience::Command).starts_with(hint),
            "{text}: {:?}",
            error.hints()
        );
    }
}

#[test]
fn it_is_replaced_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.lock");
    let lock = LockFile::default();
    lock.write(&path).unwrap();
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    lock.write(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written, "the same text is not written again");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = lock.write(&folder.path().join("missing/schema.lock")).unwrap_err();
    assert_eq!(error.code(), Code::LockFile);
}
