use super::*;
use crate::version::Version;

/// A folder of migrations that is removed with the value.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            folder.write(path, text.as_bytes());
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self) -> Result<Migrations> {
        Migrations::read(self.path())
    }

    /// The error, with its message and hints freed of where the folder lies.
    fn error(&self) -> (Code, String, Vec<String>) {
        let error = self.read().expect_err("the folder is wrong");
        let prefix = format!("{}/", self.path().display());
        let clean = |text: &str| text.replace(&prefix, "");
        assert!(error.place().is_some(), "{error:?}");
        (
            error.code(),
            clean(&error.to_string()),
            error.hints().iter().map(|hint| clean(&hint.words(crate::error::Audience::Command))).collect(),
        )
    }
}

#[test]
fn reads_ups_downs_and_phases_in_order() {
    let folder = Folder::with(&[
        ("2_audit/V10__partition.sql", "SELECT 10;"),
        ("1_core/V0002__core.sql", "\u{feff}SELECT 2;\r\n"),
        ("1_core/V0002__core.down.sql", "SELECT -2;"),
        ("V1__first.sql", "SELECT 1;"),
        ("README.md", "not a migration"),
        (".hidden", "nor this"),
        ("V3__old.sql~", "nor this"),
        ("notes/todo.txt", "nor this"),
    ]);
    fs::create_dir(folder.path().join("3_empty")).unwrap();
    let migrations = folder.read().unwrap();
    let seen: Vec<_> = migrations
        .iter()
        .map(|m| (m.to_string(), m.phase().map(ToString::to_string), m.up().text(), m.down().map(Script::text)))
        .collect();
    assert_eq!(
        seen,
        [
            ("1 first".into(), None, "SELECT 1;", None),
            ("2 core".into(), Some("1_core".into()), "SELECT 2;\r\n", Some("SELECT -2;")),
            ("10 partition".into(), Some("2_audit".into()), "SELECT 10;", None),
        ]
    );
    let two = migrations.get(Version::new(2).unwrap()).unwrap();
    assert_eq!(two.up().path(), folder.path().join("1_core/V0002__core.sql").to_str().unwrap());
    assert_eq!(two.up().checksum(), crate::source::Checksum::of("SELECT 2;\n"));
}

#[test]
fn an_empty_folder_has_no_migrations() {
    assert!(Folder::with(&[]).read().unwrap().is_empty());
}

#[test]
fn r13_files_and_folders_that_do_not_fit() {
    let sql = "SELECT 1;";
    for (files, code, message, hint) in [
        (vec!["V1_a.sql"], Code::FileName, "V1_a.sql: two underscores", "did you mean `V1__a.sql`?"),
        (vec!["V1__a.sql", "b.SQL"], Code::FileName, "b.SQL: the ending", "migrations are named"),
        (
            vec!["V1__a.sql", "V1__a.down"],
            Code::FileName,
            "V1__a.down: the name of a migration, but",
            "did you mean `V1__a.down.sql`?",
        ),
        (
            vec!["V1__a.sql.txt"],
            Code::FileName,
            "V1__a.sql.txt: the name of a migration, but",
            "did you mean `V1__a.sql`?",
        ),
        (vec!["V0__a.sql"], Code::VersionRange, "V0__a.sql: versions begin at 1", "number migrations from 1"),
        (vec!["V1__a.sql", "V01__a.sql"], Code::DuplicateVersion, "version 1 twice: V01__a.sql and V1__a.sql", "give"),
        (vec!["V1__a.sql", "V1__b.sql"], Code::DuplicateVersion, "version 1 twice: V1__a.sql and V1__b.sql", "give"),
        (
            vec!["1_x/V1__a.sql", "2_y/V1__a.sql"],
            Code::DuplicateVersion,
            "version 1 twice: 1_x/V1__a.sql and 2_y",
            "give",
        ),
        (
            vec!["V1__a.sql", "V1__a.down.sql", "V01__a.down.sql"],
            Code::DuplicateVersion,
            "version 1 twice: V01__a.down.sql and V1__a.down.sql",
            "give",
        ),
        (vec!["V1__a.down.sql"], Code::OrphanDown, "V1__a.down.sql has no migration beside it", "add the file"),
        (
            vec!["V1__a.sql", "V1__b.down.sql"],
            Code::OrphanDown,
            "V1__b.down.sql has no",
            "did you mean `V1__a.down.sql`?",
        ),
        (
            vec!["1_x/V1__a.sql", "V1__a.down.sql"],
            Code::OrphanDown,
            "V1__a.down.sql has no migration",
            "did you mean `1_x/V1__a.down.sql`?",
        ),
        (vec!["core/V1__a.sql"], Code::Phase, "core: this folder has .sql files and is not named", "name it such as"),
        (vec!["1core/deep/V1__a.sql"], Code::Phase, "1core: this folder has .sql files", "did you mean `1_core`?"),
        (vec![".git/x.sql"], Code::Phase, ".git: this folder has .sql files", "name it such as"),
        (vec!["1_x/2_y/V1__a.sql"], Code::Phase, "1_x/2_y: a phase has no subfolders", "name it such as"),
        (vec!["1_x/V1__a.sql", "01_y/V2__a.sql"], Code::Phase, "1_x: the phase 01_y has the same number", "number"),
        (vec!["1_x/V1__a.sql", "2_x/V2__a.sql"], Code::Phase, "2_x: the phase 1_x has the same name", "number"),
        (
            vec!["1_x/V1__a.sql", "1_x/V3__c.sql", "2_y/V2__b.sql"],
            Code::Phase,
            "1_x/V3__c.sql has a higher version than 2_y/V2__b.sql, which is of a later phase",
            "every version",
        ),
        (vec!["1_x/V1__a.sql", "V2__b.sql"], Code::Phase, "V2__b.sql has a higher version than 1_x/V1__a.sql", "every"),
        (vec!["V1__a.sql/x"], Code::FileName, "V1__a.sql: this is a folder", ""),
    ] {
        let files: Vec<_> = files.into_iter().map(|path| (path, sql)).collect();
        let (found, text, hints) = Folder::with(&files).error();
        assert_eq!(found, code, "{files:?}: {text}");
        assert!(text.starts_with(message), "{files:?}: {text}");
        assert!(hint.is_empty() || hints[0].starts_with(hint), "{files:?}: {hints:?}");
    }
}

#[test]
fn texts_that_are_wrong() {
    let up = ("V1__a.sql", "SELECT 1;");
    let irreversible = "-- schemactl: irreversible = rows are gone\n";
    for (files, code, message) in [
        (vec![("V1__a.sql", "")], Code::Empty, "V1__a.sql holds no statement"),
        (vec![("V1__a.sql", "\u{feff}\r\n-- a\n/* b /* c */ */;\n")], Code::Empty, "V1__a.sql holds no statement"),
        (vec![("V1__a.sql", "a\0b")], Code::Encoding, "V1__a.sql holds a NUL byte: byte 1, in line 1"),
        (
            vec![("V1__a.sql", "-- schemactl: repat = once\nSELECT 1;")],
            Code::Directive,
            "directive in V1__a.sql: `repat`",
        ),
        (vec![up, ("V1__a.down.sql", "-- nothing\n")], Code::Empty, "V1__a.down.sql holds no statement"),
        (
            vec![up, ("V1__a.down.sql", "-- schemactl: irreversible\nSELECT 1;")],
            Code::Directive,
            "directive in V1__a.down.sql: the migration is declared irreversible",
        ),
        (
            vec![("V1__a.sql", "-- schemactl: irreversible\nSELECT 1;"), ("V1__a.down.sql", "SELECT 1;")],
            Code::Directive,
            "directive in V1__a.down.sql: the migration is declared irreversible",
        ),
        (
            vec![up, ("V1__a.down.sql", "-- schemactl: repeat = changed\nSELECT 1;")],
            Code::Directive,
            "directive in V1__a.down.sql: `repeat` belongs into the file",
        ),
        (
            vec![up, ("V1__a.down.sql", "-- schemactl: undo = all\nSELECT 1;")],
            Code::Directive,
            "directive in V1__a.down.sql: `undo` belongs into the file that applies the migration",
        ),
        (
            vec![("V1__a.sql", "-- the loses\n-- schemactl: loses = table t\nSELECT 1;")],
            Code::Directive,
            "directive in V1__a.sql: `loses` belongs into the file that takes the migration back",
        ),
        (
            vec![up, ("V1__a.down.sql", "-- schemactl: verdict = lossless\n-- schemactl: loses = table t\nSELECT 1;")],
            Code::Directive,
            "directive in V1__a.down.sql: a down that is lossless loses nothing",
        ),
        (
            vec![up, ("V1__a.down.sql", "-- schemactl: irreversible = no\n-- schemactl: verdict = lossy\n")],
            Code::Directive,
            "directive in V1__a.down.sql: the migration is declared irreversible",
        ),
    ] {
        let (found, text, _) = Folder::with(&files).error();
        assert_eq!(found, code, "{files:?}: {text}");
        assert!(text.starts_with(message), "{files:?}: {text}");
    }
    let declared = Folder::with(&[up, ("V1__a.down.sql", irreversible)]).read().unwrap();
    let down = declared.iter().next().unwrap().down().unwrap();
    assert_eq!(down.directives().unwrap().irreversible.as_deref(), Some("rows are gone"));
}

#[test]
fn bytes_that_are_not_utf8() {
    let folder = Folder::with(&[]);
    folder.write("V1__a.sql", b"SELECT 1;\nSELECT 'M\xfcller';");
    assert_eq!(folder.error().1, "V1__a.sql is not UTF-8: byte 19, in line 2");
}

#[test]
fn a_missing_folder_names_the_way_out() {
    let error = Migrations::read("no/such/folder").unwrap_err();
    assert_eq!(error.code(), Code::Unreadable);
    assert_eq!(error.to_string(), "no/such/folder: there is no such folder of migrations");
    assert!(error.hints()[0].words(crate::error::Audience::Command).starts_with("make the folder, or name another"));
    assert!(std::error::Error::source(&error).is_some());

    let folder = Folder::with(&[("V1__a.sql", "SELECT 1;")]);
    let file = Migrations::read(folder.path().join("V1__a.sql")).unwrap_err();
    assert_eq!((file.code(), file.cause().is_some()), (Code::Unreadable, true));
}

#[test]
fn r37_the_same_error_in_every_run() {
    let names: Vec<_> = (0..50).map(|n| format!("{n}_wrong.sql")).collect();
    let files: Vec<_> = names.iter().rev().map(|name| (name.as_str(), "")).collect();
    let folder = Folder::with(&files);
    for _ in 0..20 {
        assert!(folder.error().1.starts_with("0_wrong.sql: "));
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    fn linked(target: &str, link: &str) -> Folder {
        let folder = Folder::with(&[("outside/V9__x.sql", "SELECT 9;"), ("m/V1__a.sql", "SELECT 1;"), ("m/text", "x")]);
        symlink(target, folder.path().join("m").join(link)).unwrap();
        folder
    }

    fn read(folder: &Folder) -> Result<Migrations> {
        Migrations::read(folder.path().join("m"))
    }

    #[test]
    fn inside_the_folder_they_are_followed() {
        let folder = linked("V1__a.sql", "V2__b.sql");
        assert_eq!(read(&folder).unwrap().len(), 2);
        let root = linked("m", "unused");
        symlink("m", root.path().join("link")).unwrap();
        fs::remove_file(root.path().join("m/unused")).unwrap();
        assert_eq!(Migrations::read(root.path().join("link")).unwrap().len(), 1);
    }

    #[test]
    fn out_of_the_folder_they_are_refused() {
        for (target, link, code) in [
            ("../outside/V9__x.sql", "V9__x.sql", Code::OutsideFolder),
            ("../outside", "2_audit", Code::OutsideFolder),
            ("../outside", "docs", Code::Phase),
            ("missing.sql", "V9__x.sql", Code::Unreadable),
            ("missing", "2_audit", Code::Unreadable),
            ("V9__x.sql", "V9__x.sql", Code::Unreadable),
            (".", "V9__x.sql", Code::FileName),
            (".", "1_loop", Code::Phase),
        ] {
            assert_eq!(read(&linked(target, link)).unwrap_err().code(), code, "{link} -> {target}");
        }
    }

    #[test]
    fn that_are_no_migrations_are_left_alone() {
        for (target, link) in [("../outside/V9__x.sql", "notes"), ("missing", ".lock"), ("text", "text2")] {
            assert_eq!(read(&linked(target, link)).unwrap().len(), 1, "{link}");
        }
    }

    #[test]
    fn what_is_not_a_file_is_not_opened() {
        let folder = Folder::with(&[]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("V1__a.sql")).unwrap();
        assert_eq!(folder.error().0, Code::Unreadable);
    }
}

/// Run by hand: `cargo test --release ten_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn ten_thousand_files() {
    let folder = Folder::with(&[]);
    let text = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n".repeat(30);
    for n in 1..=10_000 {
        folder.write(&format!("V{n:05}__create_table.sql"), text.as_bytes());
    }
    let time = |what: &str, work: &dyn Fn()| {
        work();
        let start = std::time::Instant::now();
        work();
        println!("{what}: {:?}", start.elapsed());
    };
    time("bytes", &|| {
        let entries = fs::read_dir(folder.path()).unwrap();
        let bytes: usize = entries.map(|entry| fs::read(entry.unwrap().path()).unwrap().len()).sum();
        assert!(bytes > 0);
    });
    time("read", &|| assert_eq!(folder.read().unwrap().len(), 10_000));
}
