//! Which backups are removed, and which never.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

use super::{back_up, backups, filled, made, path, sqlite};

/// Makes the record of a backup say that it was made so many days ago.
fn age(shop: &Shop, backup: &str, days: i64) {
    let file = format!("{backup}.json");
    let mut record: serde_json::Value = serde_json::from_str(&shop.project.read(&file)).unwrap();
    let then = chrono_days_ago(days);
    record["made_at"] = then.into();
    shop.project.file(&file, record.to_string());
}

fn chrono_days_ago(days: i64) -> String {
    let connection = schemactl_test_support::sqlite::temp();
    connection.query(&format!("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{days} days')"))
}

#[test]
fn what_is_too_old_goes_with_the_next_one() {
    let shop = sqlite();
    shop.project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n[backup]\nkeep_days = 7\n");
    let (old, young) = (back_up(&shop), back_up(&shop));
    age(&shop, &old, 8);
    age(&shop, &young, 6);
    let output = shop.run("backup");
    output.ok().stdout_has("removed 1 backup: too old");
    assert!(!path(&shop.project, &old).exists() && !path(&shop.project, &format!("{old}.json")).exists());
    assert!(path(&shop.project, &young).exists());
    assert_eq!(backups(&shop.project).len(), 2);
}

#[test]
fn the_last_good_one_stays_however_old_it_is() {
    let shop = sqlite();
    shop.project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n[backup]\nkeep_days = 0\n");
    let only = back_up(&shop);
    age(&shop, &only, 1_000);
    // One that fails removes nothing.
    std::fs::rename(shop.database_file(), path(&shop.project, "away.db")).unwrap();
    shop.run("backup").code(1);
    assert_eq!(backups(&shop.project), [&*only]);
    std::fs::rename(path(&shop.project, "away.db"), shop.database_file()).unwrap();
    let next = back_up(&shop);
    assert_eq!(backups(&shop.project), [&*next]);
}

#[test]
fn other_databases_and_other_files_are_left_alone() {
    let one = sqlite();
    let other = filled(Shop::sqlite(project!()));
    let folder = path(&one.project, "backups").display().to_string();
    let of_other = made(&other.run(&format!("backup --json --folder {folder}")));
    let of_one = back_up(&one);
    let name = of_other.rsplit('/').next().unwrap().to_owned();
    age(&one, &format!("backups/{name}"), 1_000);
    age(&one, &of_one, 1_000);
    one.project.file("backups/notes.json", "{}").file("backups/readme.txt", "mine");
    one.run("backup").ok().stdout_has("removed 1 backup: too old");
    let left = backups(&one.project);
    assert!(left.contains(&format!("backups/{name}")) && !left.contains(&of_one), "{left:?}");
    assert_eq!(one.project.read("backups/readme.txt"), "mine");
    assert_eq!(one.project.read("backups/notes.json"), "{}");
}

#[test]
fn each_database_has_what_its_section_says() {
    let shop = sqlite();
    let file = |name: &str| {
        format!("[database.{name}.sqlite]\nurl = \"sqlite:shop.db\"\nmigrations = \"migrations/sqlite\"\n")
    };
    shop.project.env("WHERE", "elsewhere");
    shop.project.config(&format!(
        "[backup]\nfolder = \"${{WHERE}}/all\"\ncompress = true\n{}[database.a.backup]\nfolder = \"own\"\n",
        file("a") + &file("b").replace("shop.db", "b.db")
    ));
    std::fs::copy(shop.database_file(), path(&shop.project, "b.db")).unwrap();
    let output = shop.run("backup");
    output.ok().stdout_has("backed up to own/a-20").stdout_has("backed up to elsewhere/all/b-20");
    assert_eq!(output.stdout.matches("-v2.sqlite.gz: version 2, ").count(), 2, "{}", output.text());
    // A variable that only backups need may be missing elsewhere.
    shop.project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n[backup]\nfolder = \"${NOT_SET}\"\n");
    shop.run("status").ok();
    shop.run("backup").code(2).error("E0104").stderr_has("`folder` needs the variable NOT_SET, which is not set");
}

#[test]
fn what_cannot_be_read_in_the_section_is_told_at_its_line() {
    let shop = sqlite();
    for (line, code, message) in [
        ("before = [\"downs\"]", "E0103", "hint: did you mean `down`?"),
        ("keep_days = -1", "E0103", "`keep_days` is a whole number of days"),
        ("compress = \"yes\"", "E0103", "`compress` is true or false"),
        ("folder = \"\"", "E0103", "`folder` is the path of a folder"),
        ("foldr = \"x\"", "E0102", "hint: did you mean `folder`?"),
    ] {
        shop.project.config(&format!("[sqlite]\nurl = \"sqlite:shop.db\"\n[backup]\n{line}\n"));
        shop.run("backup").code(2).error(code).stderr_has("schema.toml:4:").stderr_has(message);
    }
}
