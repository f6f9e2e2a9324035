//! Migrations in Rust, with the released crate barrel, rendered for both databases: what becomes of right ones, and that each thing
//! which barrel does wrong is found before a file is written.

#![cfg(feature = "barrel")]

use std::fs;
use std::path::Path;

use schemactl::build::barrel::functions::current_timestamp;
use schemactl::build::barrel::types::{self, ReferentialAction, WrappedDefault};
use schemactl::build::barrel::{Migration, Table};
use schemactl::build::{Barrel, barrel};
use schemactl::{Code, Error, Migrations};
use schemactl_test_support::postgres;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

/// As a build on a machine without a server: nothing of the environment counts.
fn without_server(folder: &Path) -> Barrel {
    barrel(folder).postgres("")
}

fn users(m: &mut Migration) {
    m.create_table("users", |t| {
        t.add_column("id", types::primary());
        t.add_column("email", types::varchar(200).unique(true));
        t.add_column("name", types::text().nullable(true).default("nobody"));
        t.add_column("made", types::datetime().default(current_timestamp()));
        t.add_index("users_name", types::index(["name"]));
    });
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).expect("the file is there")
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("it is a folder") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("it lies in it").display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// What becomes of one migration without a server; where it is refused, nothing may be written.
fn refused(write: impl Fn(&mut Migration) + 'static) -> Error {
    let folder = folder();
    let error = without_server(folder.path()).migration(1, "it", write).try_write().expect_err("it is wrong");
    assert_eq!(files(folder.path()), Vec::<String>::new(), "{error:#}");
    assert!(error.to_string().contains("migration 1 it") || error.place().is_some(), "{error:#}");
    error
}

/// What becomes of one table without a server.
fn refused_table(write: impl Fn(&mut Table) + 'static + Clone) -> Error {
    refused(move |m| {
        m.create_table("parent", |t| {
            t.add_column("id", types::primary());
        });
        m.create_table("it", write.clone());
    })
}

fn column(datatype: types::Type) -> Error {
    refused_table(move |t| {
        t.add_column("id", types::primary());
        t.add_column("it", datatype.clone());
    })
}

/// What becomes of one table that changes.
fn refused_change(write: impl Fn(&mut Table) + 'static + Clone) -> Error {
    refused(move |m| {
        users(m);
        m.change_table("users", write.clone());
    })
}

#[track_caller]
fn says(error: &Error, code: Code, words: &str) {
    assert_eq!(error.code(), code, "{error:#}");
    assert!(format!("{error:#}").contains(words), "{words:?} is not in\n{error:#}");
    assert!(!error.hints().is_empty(), "no hint:\n{error:#}");
}

#[test]
fn a_migration_is_rendered_once_for_both() {
    let folder = folder();
    let rendered = without_server(folder.path()).migration(1, "create_users", users).try_write().unwrap();
    let wanted = ["postgres/V0001__create_users.sql", "sqlite/V0001__create_users.sql"];
    assert_eq!(files(folder.path()), wanted);
    assert_eq!(rendered.written().len(), 2);
    let [untried] = rendered.not_tried() else { panic!("{rendered:?}") };
    assert!(untried.contains("not tried on PostgreSQL") && untried.contains("SCHEMACTL_SCRATCH_URL"), "{untried}");
    let sqlite = read(&folder, wanted[1]);
    assert!(sqlite.contains("\nCREATE TABLE \"users\" (\n    \"id\" INTEGER NOT NULL PRIMARY KEY,\n"), "{sqlite}");
    assert!(sqlite.ends_with(");\nCREATE INDEX \"users_name\" ON \"users\" (\"name\");\n"), "{sqlite}");
    assert!(read(&folder, wanted[0]).contains("\"id\" SERIAL PRIMARY KEY NOT NULL"));

    // They are files like any other.
    let migrations = Migrations::read(folder.path().join("sqlite")).unwrap();
    schemactl::sqlite::assert_proven(&migrations);

    let again = without_server(folder.path()).migration(1, "create_users", users).try_write().unwrap();
    assert_eq!(again.written(), &[] as &[std::path::PathBuf]);
    assert_eq!(again.not_tried().len(), 1);
}

#[tokio::test]
async fn both_are_tried_and_compared() {
    let folder = folder();
    let database = postgres::database(postgres::version());
    let url = database.url();
    // Inside a runtime, as a program of the project may be.
    let rendered = barrel(folder.path()).postgres(&url).migration(1, "create_users", users).try_write().unwrap();
    assert_eq!((rendered.written().len(), rendered.not_tried()), (2, &[] as &[String]));
    let migrations = Migrations::read(folder.path().join("postgres")).unwrap();
    schemactl::postgres::assert_proven(&url, &migrations).await;
}

#[test]
fn what_would_differ_is_an_error_that_shows_it() {
    let folder = folder();
    without_server(folder.path()).migration(1, "create_users", users).try_write().unwrap();
    let before = read(&folder, "sqlite/V0001__create_users.sql");
    let changed = |m: &mut Migration| {
        m.create_table("users", |t| {
            t.add_column("id", types::primary());
            t.add_column("email", types::varchar(200).unique(true));
            t.add_column("name", types::text().default("nobody"));
            t.add_column("made", types::datetime().default(current_timestamp()));
            t.add_index("users_name", types::index(["name"]));
        });
    };
    let error = without_server(folder.path()).migration(1, "create_users", changed).try_write().unwrap_err();
    says(&error, Code::RenderedDiffers, "migration 1 create_users renders differently from its file");
    let shown = format!("{error:#}");
    assert!(
        shown.contains(
            "\n     -     \"name\" TEXT DEFAULT 'nobody',\n     +     \"name\" TEXT DEFAULT 'nobody' NOT NULL,"
        ),
        "{shown}"
    );
    assert!(shown.contains("sqlite/V0001__create_users.sql"), "{shown}");
    assert_eq!(read(&folder, "sqlite/V0001__create_users.sql"), before);

    // The same of the other file alone.
    fs::write(folder.path().join("sqlite/V0001__create_users.sql"), &before).unwrap();
    let postgres = folder.path().join("postgres/V0001__create_users.sql");
    let text = fs::read_to_string(&postgres).unwrap();
    fs::write(&postgres, text.replace("VARCHAR(200)", "VARCHAR(20)")).unwrap();
    let error = without_server(folder.path()).migration(1, "create_users", users).try_write().unwrap_err();
    says(&error, Code::RenderedDiffers, "postgres/V0001__create_users.sql");

    // Another name for the same version.
    fs::write(&postgres, text).unwrap();
    let error = without_server(folder.path()).migration(1, "create_people", users).try_write().unwrap_err();
    says(&error, Code::RenderedDiffers, "version 1 is create_people in Rust, and create_users in its file");
}

#[test]
fn comments_and_line_ends_do_not_differ() {
    let folder = folder();
    without_server(folder.path()).migration(1, "create_users", users).try_write().unwrap();
    let path = folder.path().join("sqlite/V0001__create_users.sql");
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.replace("    \"name\"", "    -- what we call them\n  \"name\"").replace('\n', "\r\n");
    fs::write(&path, &edited).unwrap();
    let again = without_server(folder.path()).migration(1, "create_users", users).try_write().unwrap();
    assert!(again.written().is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
}

#[test]
fn a_later_one_stands_on_files_that_are_there() {
    let folder = folder();
    without_server(folder.path()).migration(1, "create_users", users).try_write().unwrap();
    for backend in ["sqlite", "postgres"] {
        let text = "ALTER TABLE users ADD COLUMN note TEXT;\n";
        fs::write(folder.path().join(backend).join("V0002__by_hand.sql"), text).unwrap();
    }
    let add = |m: &mut Migration| {
        m.change_table("users", |t| {
            t.add_index("users_note", types::index(["note"]));
            t.add_column("age", types::integer().nullable(true));
        });
    };
    // The first one is no longer in the code: its files stay.
    let rendered = without_server(folder.path()).migration(3, "add_age", add).try_write().unwrap();
    assert_eq!(rendered.written().len(), 2);

    // A file that is missing on one side alone is rendered there.
    fs::remove_file(folder.path().join("postgres/V0003__add_age.sql")).unwrap();
    let rendered = without_server(folder.path()).migration(3, "add_age", add).try_write().unwrap();
    assert!(rendered.written()[0].ends_with("postgres/V0003__add_age.sql"), "{rendered:?}");
}

#[test]
fn a_panic_is_an_error_with_the_name_of_the_migration() {
    for (datatype, words) in [
        (types::serial(), "SQLite has no serials"),
        (types::uuid(), "`UUID` not supported by Sqlite3"),
        (types::json(), "`Json` not supported by Sqlite3"),
    ] {
        let error = column(datatype);
        says(&error, Code::NotRendered, "migration 1 it cannot be rendered");
        says(&error, Code::NotRendered, words);
        assert!(!format!("{error:#}").contains(".rs"), "{error:#}");
    }
    says(&refused_change(|t| t.drop_column("name")), Code::NotRendered, "Sqlite does not support dropping columns");
    says(&refused_change(|t| t.rename_column("name", "title")), Code::NotRendered, "does not support renaming columns");
    says(&refused_table(|t| t.add_index("i", types::text())), Code::NotRendered, "non-`Index` type");
    let own = refused(|_| panic!("of our own: {}", 7));
    says(&own, Code::NotRendered, "of our own: 7 (tests/integration/barrel.rs:");
    // Panics of others are told as ever afterwards, and can be caught.
    assert!(std::panic::catch_unwind(|| panic!("another")).is_err());
}

#[test]
fn names_that_barrel_does_not_escape_are_refused() {
    let quote = "barrel does not escape the double quote in the name";
    let long = "n".repeat(64);
    says(&refused(|m| m.drop_table("a\"b")), Code::NotRendered, quote);
    says(&refused(|m| m.drop_table_if_exists("t\"; DROP TABLE \"u")), Code::NotRendered, quote);
    says(&refused(|m| m.rename_table("a", "b\"")), Code::NotRendered, quote);
    let columns = |name: &'static str| {
        refused_table(move |t| {
            t.add_column(name, types::text());
        })
    };
    says(&columns("a\"b"), Code::NotRendered, quote);
    says(&columns(""), Code::NotRendered, "a name is empty");
    says(&columns("a\nb"), Code::NotRendered, "control character");
    let error = refused(move |m| {
        m.create_table(long.clone(), |t| {
            t.add_column("a", types::text());
        });
    });
    says(&error, Code::NotRendered, "PostgreSQL cuts the name");
    let with = |write: fn(&mut Table)| {
        refused_table(move |t| {
            t.add_column("a", types::text());
            write(t);
        })
    };
    says(&with(|t| t.add_index("i\"", types::index(["a"]))), Code::NotRendered, quote);
    says(&with(|t| t.add_index("i", types::index(["a\""]))), Code::NotRendered, quote);
    says(&with(|t| t.add_partial_index("i", types::index(["a\""]), "a = 1")), Code::NotRendered, quote);
    says(&with(|t| t.add_constraint("u\"", types::unique_constraint(["a"]))), Code::NotRendered, quote);
    says(&with(|t| t.set_primary_key(&["a\""])), Code::NotRendered, quote);
    says(&with(|t| t.add_foreign_key(&["a"], "parent", &["id\""])), Code::NotRendered, quote);
    // A name that needs quotes, and gets them, is right.
    let folder = folder();
    let odd = |m: &mut Migration| {
        m.create_table("Order Items", |t| {
            t.add_column("Select", types::text());
            t.add_index("Of It", types::index(["Select"]));
            t.set_primary_key(&["Select"]);
        });
    };
    without_server(folder.path()).migration(1, "odd", odd).try_write().unwrap();
}

#[test]
fn a_foreign_key_of_one_column_takes_plain_names_alone() {
    let foreign = |table: &'static str, parent: &'static str| {
        types::foreign(table, parent, ReferentialAction::Unset, ReferentialAction::Cascade)
    };
    let unquoted = "barrel does not quote";
    for (table, parent) in
        [("Parent", "id"), ("order", "id"), ("parent", "Id"), ("parent", "user"), ("main.parent", "id")]
    {
        says(&column(foreign(table, parent)), Code::NotRendered, unquoted);
    }
    says(&column(foreign("parent", "id\") --")), Code::NotRendered, "does not escape");
    let named = refused_table(move |t| {
        t.add_column("user", foreign("parent", "id"));
    });
    says(&named, Code::NotRendered, "barrel does not quote \"user\"");
    let behind = "behind its foreign key";
    says(&column(foreign("parent", "id").unique(true)), Code::NotRendered, behind);
    says(&column(foreign("parent", "id").default(1_i64)), Code::NotRendered, behind);
    says(&column(foreign("parent", "id").primary(true)), Code::NotRendered, behind);
    let elsewhere = types::foreign_schema("app", "parent", "id", ReferentialAction::Unset, ReferentialAction::Unset);
    says(&column(elsewhere), Code::NotRendered, "leaves the schema");
    let added = refused_change(move |t| {
        t.add_column("it", foreign("users", "id").nullable(true));
    });
    says(&added, Code::NotRendered, "in a form that PostgreSQL does not take");
    // SQLite takes these, and refuses the first row.
    says(&column(foreign("nowhere", "id")), Code::NotRendered, "it.it refers to nowhere, which is not there");
    says(&column(foreign("parent", "absent")), Code::NotRendered, "parent.absent, which is not there");
    let loose = |write: fn(&mut Table)| {
        refused(move |m| {
            users(m);
            m.create_table("it", write);
        })
    };
    let text = loose(|t| {
        t.add_column("it", types::foreign("users", "email", ReferentialAction::Unset, ReferentialAction::Unset));
    });
    says(&text, Code::NotRendered, "INTEGER does not keep all values of VARCHAR(200)");
    let no_key = loose(|t| {
        t.add_column("it", types::text());
        t.add_foreign_key(&["it"], "users", &["name"]);
    });
    says(&no_key, Code::NotRendered, "it.it refers to users by name, which is no key there");
}

#[test]
fn defaults_that_say_something_else_are_refused() {
    let now = std::time::SystemTime::UNIX_EPOCH;
    for (datatype, words) in [
        (types::text().default("it's"), "does not escape the quote in \"it's\""),
        (types::varchar(3).default("abcd"), "more than 3 characters"),
        (types::r#char(1).default("ab"), "more than 1 characters"),
        (types::datetime().default(now), "SystemTime"),
        (types::datetime().default("now"), "the moment of the migration"),
        (types::datetime().default("CURRENT_TIMESTAMP"), "is a text on SQLite"),
        (types::date().default(WrappedDefault::Custom("current_date")), "makes a text of the expression"),
        (types::text().default(WrappedDefault::Binary(b"ab")), "writes bytes as a list"),
        (types::text().default(WrappedDefault::Array(vec![types::text()])), "as Rust shows it"),
        (types::text().default(WrappedDefault::UUID("'||'".to_owned())), "does not escape the quote"),
        (types::float().default(f32::INFINITY), "writes inf without quotes"),
        (types::double().default(f64::NAN), "writes NaN without quotes"),
        (types::integer().default(true), "1 or 0 on SQLite"),
        (types::text().default(false), "1 or 0 on SQLite"),
        (types::boolean().default(1_i64), "no truth value"),
        (types::boolean().default("yes"), "no truth value"),
        (types::integer().default("7"), "the column keeps numbers"),
    ] {
        let error = column(datatype);
        says(&error, Code::NotRendered, words);
        says(&error, Code::NotRendered, "the default of column \"it\"");
    }
}

#[test]
fn settings_that_do_nothing_are_refused() {
    says(&column(types::integer().increments(true)), Code::NotRendered, "does nothing with `increments(true)`");
    says(&column(types::text().indexed(true)), Code::NotRendered, "does nothing with `indexed(true)`");
    says(&column(types::text().size(20)), Code::NotRendered, "does nothing with `size(..)`");
    says(&column(types::binary()), Code::NotRendered, "BINARY on SQLite");
    says(&column(types::r#char(0)), Code::NotRendered, "CHAR(0)");
    let encoded = refused(|m| {
        m.create_table("it", |t| {
            t.add_column("a", types::text());
        })
        .encoding("latin1");
    });
    says(&encoded, Code::NotRendered, "does nothing with the encoding");
    let left_out = refused_change(|t| {
        t.add_column("age", types::integer().nullable(true));
        t.add_constraint("u", types::unique_constraint(["age"]));
    });
    says(&left_out, Code::NotRendered, "leaves the constraint \"u\" out");
    let schema = refused(|m| {
        m.schema = Some("app".to_owned());
        m.drop_table("it");
    });
    says(&schema, Code::NotRendered, "SQLite has no schemas");
    says(&refused(|_| {}), Code::NotRendered, "renders no statement");
}

#[test]
fn what_a_database_does_not_take_is_refused() {
    let failed = Code::StatementFailed;
    // barrel writes ALTER TABLE without anything, or with more than SQLite takes.
    says(&refused_change(|t| t.add_index("i", types::index(["name"]))), failed, "incomplete input");
    says(&refused_change(|t| t.drop_index("users_name")), failed, "incomplete input");
    says(&refused_change(|t| t.set_primary_key(&["name"])), failed, "syntax error");
    says(&refused_change(|t| t.add_foreign_key(&["id"], "users", &["id"])), failed, "syntax error");
    let two = refused_change(|t| {
        t.add_column("a", types::text().nullable(true));
        t.add_column("b", types::text().nullable(true));
    });
    says(&two, failed, "syntax error");
    says(
        &refused_change(|t| {
            t.add_column("a", types::text().unique(true).nullable(true));
        }),
        failed,
        "UNIQUE",
    );
    says(&column(types::primary().primary(true)), failed, "");
    says(&refused(|m| m.drop_table("nothing")), failed, "no such table");
    says(&refused(|m| m.inject_custom("CREATE TABLE a (b TEXT")), Code::NotRendered, "can");
    // SQLite takes a name in double quotes that is no column for a string.
    let quoted = refused_table(|t| {
        t.add_column("a", types::text());
        t.add_index("i", types::index(["b"]));
    });
    assert!(matches!(quoted.code(), Code::NotRendered | Code::StatementFailed), "{quoted:#}");
    let error = refused(|m| m.inject_custom("COMMIT"));
    assert_eq!(error.code(), Code::TransactionControl, "{error:#}");
}

#[test]
fn what_changes_from_call_to_call_is_refused() {
    let calls = std::cell::Cell::new(0);
    let error = refused(move |m| {
        calls.set(calls.get() + 1);
        let name = format!("t{}", calls.get());
        m.create_table(name, |t| {
            t.add_column("a", types::text());
        });
    });
    says(&error, Code::NotRendered, "renders differently each time");
}

#[test]
fn what_can_be_no_file_is_refused() {
    let folder = folder();
    let with = |version, description: &str| {
        without_server(folder.path()).migration(version, description, users).try_write().unwrap_err()
    };
    says(&with(0, "a"), Code::VersionRange, "migration 0 a");
    says(&with(-1, "a"), Code::VersionRange, "migration -1 a");
    says(&with(i64::MAX, "a"), Code::VersionRange, "the highest version is");
    says(&with(1, "create users"), Code::FileName, "V0001__create_users.sql");
    says(&with(1, "../up"), Code::FileName, "'.'");
    let twice =
        without_server(folder.path()).migration(1, "a", users).migration(1, "b", users).try_write().unwrap_err();
    says(&twice, Code::DuplicateVersion, "migration 1 a and migration 1 b");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn postgres_refuses_what_sqlite_takes() {
    let url = postgres::database(postgres::version()).url();
    let refused = |write: fn(&mut Migration)| {
        let folder = folder();
        let error = barrel(folder.path()).postgres(&url).migration(1, "it", write).try_write().unwrap_err();
        assert!(files(folder.path()).is_empty(), "{error:#}");
        error
    };
    // A column that may not be NULL on one of them, a type that keeps other values, a name of the server's.
    let key = refused(|m| {
        m.create_table("a", |t| {
            t.add_column("id", types::text().nullable(true));
            t.set_primary_key(&["id"]);
        });
    });
    says(&key, Code::MapDiffers, "the one on SQLite may be NULL, the one on PostgreSQL may not");
    let json = refused(|m| {
        m.create_table("a", |t| {
            t.add_column("id", types::primary());
            t.add_column("it", types::custom("JSONB"));
        });
    });
    says(&json, Code::MapDiffers, "do not keep the same values: JSONB on SQLite, jsonb on PostgreSQL");
    let array = refused(|m| {
        m.create_table("a", |t| {
            t.add_column("it", types::array(&types::integer()));
        });
    });
    says(&array, Code::MapDiffers, "do not keep the same values");
    let unknown = refused(|m| {
        m.create_table("a", |t| {
            t.add_column("it", types::custom("NO_SUCH_TYPE"));
        });
    });
    says(&unknown, Code::StatementFailed, "no_such_type");
    let trigger = refused(|m| {
        m.create_table("a", |t| {
            t.add_column("it", types::text());
        });
        m.inject_custom("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END");
    });
    assert_eq!(trigger.code(), Code::TransactionControl, "{trigger:#}");
}

#[test]
fn what_one_of_them_has_alone_is_said() {
    let url = postgres::database(postgres::version()).url();
    let folder = folder();
    fs::create_dir_all(folder.path().join("postgres")).unwrap();
    let by_hand = "CREATE TABLE audit (id integer PRIMARY KEY);\n";
    fs::write(folder.path().join("postgres/V0001__audit.sql"), by_hand).unwrap();
    let list = || barrel(folder.path()).postgres(&url).migration(2, "create_users", users);
    let error = list().try_write().unwrap_err();
    says(&error, Code::MapDiffers, "table public.audit is on PostgreSQL alone");
    says(&error, Code::MapDiffers, ".postgres_only(");
    let stale = list().postgres_only("audit").sqlite_only("nothing").try_write().unwrap_err();
    says(&stale, Code::MapDiffers, "SQLite has no table or column nothing");
    let wrong = list().postgres_only("a..b").try_write().unwrap_err();
    says(&wrong, Code::InvalidValue, "is no name of a table or a column");
    assert_eq!(list().postgres_only("audit").try_write().unwrap().written().len(), 2);
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let folder = folder();
    let url = "postgresql://localhost:1/none?connect_timeout=2";
    let error = barrel(folder.path()).postgres(url).migration(1, "create_users", users).try_write().unwrap_err();
    assert_eq!(error.code(), Code::Connect, "{error:#}");
    assert!(files(folder.path()).is_empty());
}
