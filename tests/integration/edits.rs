//! Files that are not what was applied: what is refused, what is let pass, and whether the hints lead to a database that is right.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

use schemactl::{Code, Edits, Migrations, Options, RepairRequest, Target, Version};
use schemactl_test_support::shop::Shop;
use schemactl_test_support::{project, sqlite};

fn both() -> [Shop; 2] {
    let shops = Shop::both([project!(), project!()]);
    for shop in &shops {
        shop.file("V1__create_orders.sql", "CREATE TABLE orders (id integer PRIMARY KEY);\n");
        shop.file("V2__add_a.sql", "ALTER TABLE orders ADD a text;\n");
        shop.run("up").ok();
    }
    shops
}

/// What these tests ask of a shop.
trait Edited {
    fn rename(&self, from: &str, to: &str);
    /// Everything is applied, and the table has these columns.
    fn is_right(&self, columns: &str);
    /// The table has these columns.
    fn has_columns(&self, columns: &str);
}

impl Edited for Shop {
    fn rename(&self, from: &str, to: &str) {
        let folder = self.project.path().join(self.folder());
        std::fs::rename(folder.join(from), folder.join(to)).unwrap();
    }

    #[track_caller]
    fn is_right(&self, columns: &str) {
        self.run("status").ok().lacks("pending").lacks("modified").lacks("missing");
        self.has_columns(columns);
    }

    #[track_caller]
    fn has_columns(&self, columns: &str) {
        let sql = if self.is_sqlite() {
            "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('orders') ORDER BY name)"
        } else {
            "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_name = 'orders'"
        };
        assert_eq!(self.query(sql), columns);
    }
}

#[test]
fn i36_two_branches_gave_one_version() {
    for shop in both() {
        shop.rename("V2__add_a.sql", "V9__put_aside.sql");
        shop.file("V2__add_b.sql", "ALTER TABLE orders ADD b text;\n");
        shop.remove("V9__put_aside.sql");
        let refused = shop.run("up");
        refused.code(1).stderr_has("error[E0401]").stderr_has("it was applied as 2 add_a");
        refused.stderr_has("bring the file of 2 add_a back, and give V2__add_b.sql the next free version");
        shop.run("repair").code(3).stdout_has("was applied under another name").lacks("--checksums");
        // The hint.
        shop.rename("V2__add_b.sql", "V3__add_b.sql");
        shop.file("V2__add_a.sql", "ALTER TABLE orders ADD a text;\n");
        shop.run("up").ok().stdout_has("applied 3 add_b");
        shop.is_right("a,b,id");
    }
}

#[test]
fn i36_a_file_that_was_renumbered_is_recorded_under_its_new_number() {
    for shop in both() {
        shop.rename("V2__add_a.sql", "V3__add_a.sql");
        let hint = "`schemactl repair --forget 2 --mark-applied 3`";
        shop.run("up")
            .code(1)
            .stderr_has("error[E0404]")
            .stderr_has("what was applied as 2 has the version 3 now: add_a; give it the version 2 again")
            .stderr_has(hint);
        shop.run("repair --forget 2 --mark-applied 3 --yes").ok();
        shop.run("up").ok().stdout_has("nothing to do");
        shop.is_right("a,id");
    }
    // And another took its place.
    for shop in both() {
        shop.rename("V2__add_a.sql", "V3__add_a.sql");
        shop.file("V2__add_b.sql", "ALTER TABLE orders ADD b text;\n");
        let refused = shop.run("up");
        refused.code(1).stderr_has("error[E0401]").stderr_has("`schemactl repair --forget 2 --mark-applied 3`");
        shop.run("repair --forget 2 --mark-applied 3 --yes").ok();
        shop.run("up").code(1).stderr_has("error[E0403]");
        shop.run("up --order any").ok().stdout_has("applied 2 add_b");
        shop.is_right("a,b,id");
    }
}

#[test]
fn i36_edited_comments_pass_where_the_policy_says_so() {
    for shop in both() {
        shop.file("V2__add_a.sql", "-- what for\nALTER TABLE orders ADD a text;\n\n");
        for command in ["up", "plan"] {
            shop.run(command)
                .code(1)
                .stderr_has("error[E0401]")
                .stderr_has("only comments or white space changed")
                .stderr_has("hint: record the file as it is now: `schemactl repair --checksums`");
        }
        shop.run("up --edits maybe").code(2).stderr_has("it is strict or comments");
        shop.run("up --edits comments").ok().stdout_has("nothing to do");
        shop.run("plan --edits comments").ok();
        shop.file("V3__add_b.sql", "ALTER TABLE orders ADD b text;\n");
        shop.project.env("SCHEMACTL_EDITS", "comments");
        shop.run("up").ok().stdout_has("applied 3 add_b");
        // A statement that differs, or one more, is no comment.
        for text in
            ["ALTER TABLE orders ADD a integer;\n", "ALTER TABLE orders ADD a text;\nSELECT 1;\n", "SELECT 1;\n"]
        {
            shop.file("V2__add_a.sql", text);
            shop.run("up").code(1).stderr_has("error[E0401]");
        }
        // One that may pass does not take along one that may not.
        shop.file("V2__add_a.sql", "-- what for\nALTER TABLE orders ADD a text;\n");
        shop.file("V1__create_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);\n");
        shop.run("up").code(1).stderr_has("error[E0401]: migration 1");
        shop.file("V1__create_orders.sql", "CREATE TABLE orders (id integer PRIMARY KEY);\n");
        shop.run("repair --checksums --yes").ok();
        shop.is_right("a,b,id");
    }
}

#[test]
fn i36_the_library_has_the_policy_and_the_repair() {
    for shop in both() {
        shop.file("V2__add_a.sql", "-- what for\nALTER TABLE orders ADD a text;\n");
        let migrations = Migrations::read(shop.project.path().join(shop.folder())).unwrap();
        let (strict, comments) = (Options::new(), Options::new().edits(Edits::Comments));
        let requests = [RepairRequest::Checksums];
        match shop.server() {
            None => {
                let mut connection = sqlite::open(&shop.database_file());
                let refused = schemactl::sqlite::up(&mut connection, &migrations).unwrap_err();
                assert_eq!(refused.code(), Code::Modified);
                schemactl::sqlite::up_with(&mut connection, &migrations, &Target::Latest, &comments).unwrap();
                assert!(schemactl::sqlite::pending(&connection, &migrations, &comments).unwrap().is_empty());
                let made = schemactl::sqlite::repair(&mut connection, &migrations, &requests, &strict).unwrap();
                assert_eq!((made.len(), made[0].version()), (1, Version::new(2).unwrap()));
                assert!(made[0].to_string().starts_with("2 add_a: record checksum"), "{}", made[0]);
                schemactl::sqlite::up(&mut connection, &migrations).unwrap();
            }
            Some(database) => {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(async {
                    let url = database.url();
                    let refused = schemactl::postgres::up_url(&url, &migrations, &strict).await.unwrap_err();
                    assert_eq!(refused.code(), Code::Modified);
                    schemactl::postgres::up_url(&url, &migrations, &comments).await.unwrap();
                });
            }
        }
    }
}

/// Two branches have each added a migration, and schema.lock was merged by taking a side, both, or neither.
#[test]
fn i36_either_side_of_schema_lock_leads_to_a_database_that_is_right() {
    for merged in ["ours", "theirs", "union", "conflict", "none"] {
        for shop in both() {
            let path = shop.project.path().join("schema.lock");
            let files = [("V3__add_x", "x"), ("V4__add_y", "y")];
            shop.run("generate").ok();
            let base = std::fs::read_to_string(&path).unwrap();
            let mut sides = Vec::new();
            for (name, column) in files {
                std::fs::write(&path, &base).unwrap();
                shop.file(&format!("{name}.sql"), format!("ALTER TABLE orders ADD {column} text;\n"));
                shop.run("generate").ok();
                sides.push(std::fs::read_to_string(&path).unwrap());
                let folder = shop.project.path().join(shop.folder());
                std::fs::rename(folder.join(format!("{name}.sql")), shop.project.path().join(format!("{name}.up")))
                    .unwrap();
                std::fs::rename(
                    folder.join(format!("{name}.down.sql")),
                    shop.project.path().join(format!("{name}.down")),
                )
                .unwrap();
            }
            for (name, _) in files {
                let folder = shop.project.path().join(shop.folder());
                std::fs::rename(shop.project.path().join(format!("{name}.up")), folder.join(format!("{name}.sql")))
                    .unwrap();
                std::fs::rename(
                    shop.project.path().join(format!("{name}.down")),
                    folder.join(format!("{name}.down.sql")),
                )
                .unwrap();
            }
            let added = sides[1].rfind("[[migration]]").map(|at| &sides[1][at..]).unwrap();
            match merged {
                "ours" => std::fs::write(&path, &sides[0]).unwrap(),
                "theirs" => std::fs::write(&path, &sides[1]).unwrap(),
                "union" => std::fs::write(&path, format!("{}\n{added}", sides[0])).unwrap(),
                "conflict" => {
                    std::fs::write(&path, format!("<<<<<<< HEAD\n{}=======\n{}>>>>>>> other\n", sides[0], sides[1]))
                        .unwrap();
                }
                _ => std::fs::remove_file(&path).unwrap(),
            }
            // A side alone lacks what the other added, and the hint is the way out.
            let checked = shop.run("check");
            if matches!(merged, "ours" | "theirs" | "conflict") {
                assert_ne!(checked.status.code(), Some(0), "{merged}: {}", checked.text());
                assert!(checked.text().contains("schemactl generate"), "{merged}: {}", checked.text());
            }
            if merged == "conflict" {
                // As the hint says: what the files say is written anew.
                std::fs::remove_file(&path).unwrap();
            }
            shop.run("generate").ok();
            shop.run("check").ok();
            shop.run("up").ok().stdout_has("applied 3 add_x").stdout_has("applied 4 add_y");
            shop.is_right("a,id,x,y");
            shop.run("status --check").ok();
        }
    }
}

/// What was there when the history began is as its file says, and an edit of that is told as any other.
#[test]
fn i28_a_file_of_the_baseline_that_is_edited_later_is_told() {
    for shop in both() {
        shop.run("repair --forget 1 --forget 2 --yes").ok();
        shop.run("repair --baseline 2 --yes").ok();
        shop.run("status --check").ok().stdout_has("2 baseline");
        shop.file("V2__add_a.sql", "ALTER TABLE orders ADD b text;\n");
        shop.run("status --check").code(3).stdout_has("modified");
        shop.run("up").code(1).stderr_has("error[E0401]").stderr_has("V2__add_a.sql");
        shop.file("V2__add_a.sql", "ALTER TABLE orders ADD a text;\n");
        shop.run("up").ok().stdout_has("nothing to do");
    }
}

/// A file that was edited after its down was generated, and before it was applied: its down is that of another text, and that is told until
/// the hints are followed.
#[test]
fn what_is_applied_with_a_down_of_another_text() {
    for shop in both() {
        shop.file("V3__more.sql", "ALTER TABLE orders ADD b text;\n");
        shop.run("generate").ok();
        shop.run("up").ok().lacks("schema.lock has another text");
        shop.run("down --steps 1").ok();
        shop.file("V3__more.sql", "ALTER TABLE orders ADD b text;\nALTER TABLE orders ADD c text;\n");
        let output = shop.run("up");
        output.ok().stderr_has("3 more: schema.lock has another text of it");
        shop.is_right("a,b,c,id");
        shop.run("down --steps 1 --dry-run").ok().stdout_has("its down was not proven for this text of it");
        // What the note says leads to a down that takes back all of it.
        shop.run("generate --accept-modified=3").ok();
        shop.run("repair --downs --yes").ok();
        shop.run("down --steps 1").ok();
        shop.has_columns("a,id");
        shop.run("up").ok().lacks("schema.lock has another text");
        shop.is_right("a,b,c,id");
    }
}
