//! What is backed up without being asked for.

use schemactl_test_support::shop::Shop;

use super::{backups, both, sqlite};

fn configure(shop: &Shop, section: &str) {
    let config = shop.project.read("schema.toml");
    shop.project.config(&format!("{}\n{section}", config.split("[backup]").next().unwrap()));
}

/// The file that the document of a run names; none where none was made.
fn of_run(shop: &Shop, arguments: &str) -> Option<String> {
    let output = shop.run(&format!("{arguments} --json"));
    output.ok();
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    json["databases"][0]["backup"]["file"].as_str().map(str::to_owned)
}

#[test]
fn a_down_is_backed_up_first() {
    for shop in both() {
        // Without a section nobody is surprised by one.
        shop.run("down --accept-data-loss").ok();
        assert_eq!(backups(&shop.project), Vec::<String>::new());
        shop.run("up").ok();
        configure(&shop, "[backup]\n");
        let content = shop.content();
        // One that is refused takes nothing back, and needs none.
        shop.execute("INSERT INTO \"Tags & more\" VALUES ('here')");
        shop.run("down").code(5).error("E0408");
        assert_eq!(backups(&shop.project), Vec::<String>::new());
        shop.execute("DELETE FROM \"Tags & more\"");
        let backup = of_run(&shop, "down").unwrap();
        assert!(shop.project.read(&format!("{backup}.json")).contains("\"because\": \"down\""));
        assert_eq!(shop.applied(), "1");
        shop.run(&format!("restore {backup} --replace")).ok();
        assert_eq!(shop.applied(), "1 2");
        assert_eq!(shop.content(), content);
        // The last one holds no version: there is nothing to take back, and nothing to keep.
        shop.run("down --to 0 --accept-data-loss --no-backup").ok();
        assert_eq!(backups(&shop.project), [&*backup]);
        assert_eq!(of_run(&shop, "down --to 0"), None);
    }
}

#[test]
fn an_up_that_may_lose_data_is_backed_up_first() {
    for shop in both() {
        configure(&shop, "[backup]\nbefore = [\"lossy\"]\n");
        shop.file("V3__more.sql", "CREATE TABLE more (x integer);\nINSERT INTO more VALUES (1);\n");
        assert_eq!(of_run(&shop, "up"), None);
        shop.file("V4__less.sql", "DELETE FROM notes WHERE id = 0;\n");
        // A run up to what loses nothing needs none.
        assert_eq!(of_run(&shop, "up --to 3"), None);
        let backup = of_run(&shop, "up").unwrap();
        assert!(shop.project.read(&format!("{backup}.json")).contains("\"because\": \"lossy\""));
        assert_eq!(shop.query("SELECT count(*) FROM notes"), "2");
        assert_eq!(of_run(&shop, "up"), None);
        shop.run(&format!("restore {backup} --replace")).ok();
        assert_eq!(shop.query("SELECT count(*) FROM notes"), "3");
        // What drops a table without rows loses nothing; `down` is not among the words.
        shop.file("V4__less.sql", "DELETE FROM \"Tags & more\";\nDROP TABLE \"Tags & more\";\n");
        shop.execute("DELETE FROM \"Tags & more\"");
        assert_eq!(of_run(&shop, "up"), None);
        assert_eq!(backups(&shop.project), [&*backup]);
    }
}

#[test]
fn nothing_is_done_where_the_backup_fails() {
    for shop in both() {
        let content = shop.content();
        shop.project.file("occupied", "a file");
        configure(&shop, "[backup]\nfolder = \"occupied\"\n");
        shop.file("V3__less.sql", "DELETE FROM notes;\n");
        for command in ["down --accept-data-loss", "up"] {
            let output = shop.run(command);
            output.code(1).error("E0701").says(&[
                "occupied cannot be written",
                "= state: nothing was changed",
                "`--no-backup`",
            ]);
            assert_eq!(shop.content(), content);
        }
        shop.run("up --no-backup").ok();
        assert_eq!(shop.query("SELECT count(*) FROM notes"), "0");
    }
}

#[test]
fn a_database_that_is_not_there_yet_needs_none() {
    let shop = sqlite();
    std::fs::remove_file(shop.database_file()).unwrap();
    configure(&shop, "[backup]\n");
    shop.file("V3__less.sql", "DELETE FROM notes;\n");
    assert_eq!(of_run(&shop, "up"), None);
}

/// The words for commands that are to come are words already.
#[test]
fn every_word_of_before_is_known() {
    let shop = sqlite();
    configure(&shop, "[backup]\nbefore = [\"lossy\", \"copy\", \"cutover\", \"down\"]\n");
    shop.run("status").ok();
}
