use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = Self(std::env::temp_dir().join(format!("schemactl-layout-{}-{number}", std::process::id())));
        for (name, text) in files {
            let path = folder.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn read(&self, layout: Layout) -> Result<LaidOut> {
        LaidOut::read(&self.0, layout)
    }

    /// The migrations, and whether each has a down; and what was left alone.
    fn listed(&self, layout: Layout) -> (Vec<String>, Vec<String>) {
        let laid = self.read(layout).unwrap();
        let left = laid.left_alone().iter().map(|path| self.inside(path)).collect();
        let line = |migration: &crate::source::Migration| {
            let file = self.inside(migration.down().unwrap_or(migration.up()).path());
            format!("{migration}: {file}")
        };
        (laid.migrations.iter().map(line).collect(), left)
    }

    fn inside(&self, path: &str) -> String {
        path.strip_prefix(&format!("{}/", self.0.display())).unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const SQL: &str = "SELECT 1;\n";

#[test]
fn diesel_orders_by_the_digits_of_the_folder() {
    let folder = Folder::of(&[
        ("00000000000000_diesel_initial_setup/up.sql", SQL),
        ("00000000000000_diesel_initial_setup/down.sql", SQL),
        ("2019-01-02-030405_create_users/up.sql", SQL),
        ("2019-01-02-030405_create_users/down.sql", SQL),
        ("2019-01-02-030405_create_users/metadata.toml", "run_in_transaction = false\n"),
        ("20180101000000_before/up.sql", SQL),
        ("notes/today.sql", SQL),
        ("schema.sql", SQL),
        (".git/up.sql", SQL),
    ]);
    let (migrations, left) = folder.listed(Layout::Diesel);
    assert_eq!(
        migrations,
        [
            "1 diesel_initial_setup: 00000000000000_diesel_initial_setup/down.sql",
            "20180101000000 before: 20180101000000_before/up.sql",
            "20190102030405 create_users: 2019-01-02-030405_create_users/down.sql",
        ]
    );
    assert_eq!(left, ["notes/today.sql", "schema.sql"]);
}

#[test]
fn versions_that_cannot_be_ours_are_counted() {
    let long = Folder::of(&[("20190102030405123456_b.sql", SQL), ("00_a.sql", SQL)]);
    assert_eq!(
        long.listed(Layout::Sqlx).0,
        ["1 00_a: 00_a.sql", "2 20190102030405123456_b: 20190102030405123456_b.sql"]
    );
    let from_zero = Folder::of(&[("0_a.sql", SQL), ("1_b.sql", SQL)]);
    assert_eq!(from_zero.listed(Layout::Sqlx).0, ["1 0_a: 0_a.sql", "2 1_b: 1_b.sql"]);
    // As text, which is how diesel orders them, ten comes before two.
    let text = Folder::of(&[("1_a/up.sql", SQL), ("10_b/up.sql", SQL), ("2_c/up.sql", SQL)]);
    assert_eq!(text.listed(Layout::Diesel).0, ["1 1_a: 1_a/up.sql", "2 10_b: 10_b/up.sql", "3 2_c: 2_c/up.sql"]);
    let words = Folder::of(&[("first/up.sql", SQL)]);
    assert_eq!(words.listed(Layout::Diesel).0, ["1 first: first/up.sql"]);
}

#[test]
fn golang_migrate_pairs_by_number_alone() {
    let folder = Folder::of(&[
        ("000010_ten.up.sql", SQL),
        ("9_nine.up.sql", SQL),
        ("09_other_words.down.sql", SQL),
        ("30_dots.up..sql", SQL),
        ("8_alone.down.sql", SQL),
        ("11_code.up.go", ""),
        ("12_plain.sql", SQL),
        ("README.md", ""),
    ]);
    let (migrations, left) = folder.listed(Layout::GolangMigrate);
    assert_eq!(
        migrations,
        ["9 nine: 09_other_words.down.sql", "10 ten: 000010_ten.up.sql", "30 dots: 30_dots.up..sql"]
    );
    assert_eq!(left, ["11_code.up.go", "12_plain.sql", "8_alone.down.sql"]);
}

#[test]
fn sqlx_has_both_kinds() {
    let folder = Folder::of(&[
        ("1_a.sql", "-- no-transaction\nVACUUM;\n"),
        ("2_b.up.sql", SQL),
        ("2_b.down.sql", SQL),
        ("x_c.sql", SQL),
    ]);
    let (migrations, left) = folder.listed(Layout::Sqlx);
    assert_eq!(migrations, ["1 a: 1_a.sql", "2 b: 2_b.down.sql"]);
    assert_eq!(left, ["x_c.sql"]);
}

#[test]
fn refinery_has_no_downs() {
    let folder = Folder::of(&[
        ("V2__b.sql", SQL),
        ("sub/V1__a.sql", SQL),
        ("U10__late.sql", SQL),
        ("V3__code.rs", ""),
        ("mod.rs", ""),
    ]);
    let (migrations, left) = folder.listed(Layout::Refinery);
    assert_eq!(migrations, ["1 a: sub/V1__a.sql", "2 b: V2__b.sql", "10 late: U10__late.sql"]);
    assert_eq!(left, ["V3__code.rs"]);
}

#[test]
fn goose_keeps_lines_and_columns() {
    let text = "-- +goose NO TRANSACTION\n-- +goose up\nCREATE TABLE ü (a);\n-- +goose StatementBegin\nSELECT 1;\n\
                -- +goose StatementEnd\n-- +goose  Down\nDROP TABLE ü;\n";
    let folder = Folder::of(&[("00001_a.sql", text), ("00002_b.go", "")]);
    let laid = folder.read(Layout::Goose).unwrap();
    let migration = laid.migrations.iter().next().unwrap();
    let (up, down) = (migration.up().text(), migration.down().unwrap().text());
    assert_eq!((up.len(), down.len()), (text.len(), text.len()));
    assert_eq!(up.find("CREATE"), text.find("CREATE"));
    assert_eq!(down.find("DROP"), text.find("DROP"));
    assert_eq!((up.contains("DROP"), down.contains("CREATE")), (false, false));
    assert_eq!(up.lines().count(), text.lines().count());
    assert_eq!(laid.left_alone().len(), 1);

    let without = Folder::of(&[("1_a.sql", "-- +goose Up\nSELECT 1;\n")]);
    assert!(without.read(Layout::Goose).unwrap().migrations.iter().next().unwrap().down().is_none());
}

#[test]
fn goose_annotations_that_are_wrong() {
    for (text, place, reason) in [
        ("SELECT 1;\n", ":1:1", "it has no line `-- +goose Up`"),
        ("-- +goose Down\n", ":1:1", "`Down` stands before `Up`"),
        ("-- +goose Up\n-- +goose Up\n", ":2:1", "`Up` stands in it twice"),
        ("-- +goose Up\n-- +goose Dwon\n", ":2:1", "goose has no such annotation"),
        ("-- +goose ENVSUB ON\n-- +goose Up\n", ":1:1", "its variables have cannot be known"),
    ] {
        let error = Folder::of(&[("1_a.sql", text)]).read(Layout::Goose).unwrap_err();
        assert_eq!(error.code(), Code::Directive);
        assert!(error.place().unwrap().to_string().ends_with(&format!("1_a.sql{place}")), "{error:?}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn a_wrong_layout_is_told() {
    let goose = Folder::of(&[("1_a.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n")]);
    let error = goose.read(Layout::Sqlx).unwrap_err();
    assert_eq!((error.code(), error.hints()), (Code::FileName, &["did you mean `--layout goose`?".into()][..]));
    let diesel = Folder::of(&[("1_a/up.sql", SQL)]);
    let error = diesel.read(Layout::Goose).unwrap_err();
    assert_eq!((error.code(), error.hints()), (Code::FileName, &["did you mean `--layout diesel`?".into()][..]));
    let twice = Folder::of(&[("1_a.sql", SQL), ("01_b.sql", SQL)]);
    assert_eq!(twice.read(Layout::Sqlx).unwrap_err().code(), Code::DuplicateVersion);
    assert_eq!(LaidOut::read(Path::new("/nowhere/at all"), Layout::Sqlx).unwrap_err().code(), Code::Unreadable);
}

#[test]
fn the_dialect_is_told_where_it_is_plain() {
    for (sql, dialect) in [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)", Some(Dialect::Sqlite)),
        ("PRAGMA foreign_keys = OFF", Some(Dialect::Sqlite)),
        ("CREATE TABLE t (id bigserial) -- no autoincrement", Some(Dialect::Postgres)),
        ("SELECT '{}'::json, 'pragma'", Some(Dialect::Postgres)),
        ("CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON t EXECUTE FUNCTION f()", None),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql", Some(Dialect::Postgres)),
        ("CREATE TABLE t (id serial); PRAGMA user_version = 1", None),
        ("CREATE TABLE t (id INTEGER, name TEXT)", None),
    ] {
        let folder = Folder::of(&[("1_a.sql", sql)]);
        assert_eq!(folder.read(Layout::Sqlx).unwrap().dialect(), dialect, "{sql}");
    }
}

#[test]
fn transactions_of_a_files_own_are_taken_out() {
    let text_for = |dialect, sql: &str| {
        let folder = Folder::of(&[("1_a.sql", sql)]);
        let migrations = folder.read(Layout::Sqlx).unwrap().migrations(dialect);
        let up = migrations.iter().next().unwrap().up().clone();
        assert_eq!(up.checksum(), crate::source::Checksum::of(up.text()));
        up.text().to_owned()
    };
    let text = |sql: &str| text_for(Dialect::Sqlite, sql);
    let among = "SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT;\n";
    assert_eq!(text(among), "SELECT 1;\n     ;\nSELECT 2;\n      ;\n");
    let outside = "BEGIN;\nSELECT 1;\nCOMMIT;\nVACUUM;\n";
    assert_eq!(text_for(Dialect::Postgres, outside), "     ;\nSELECT 1;\n      ;\nVACUUM;\n");
    for kept in ["BEGIN;\nSELECT 1;\nCOMMIT;\n", "SELECT 1;\n", "SELECT 'open"] {
        assert_eq!(text(kept), kept);
    }
    assert!(text("BEGIN;\nSELECT 1;\nROLLBACK;\n").contains("ROLLBACK"));
}
