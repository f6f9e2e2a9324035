//! A full-text index of another table's texts holds no row of its own: its down asks for nothing, and only then.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

use super::migration;

/// A table with texts, and an index that the second migration adds.
fn shop(content: &str, index: &str, down: &str) -> Shop {
    let shop = Shop::sqlite(project!());
    migration(&shop, "V1__create", &format!("{content}\n"), "SELECT 1;\n");
    migration(&shop, "V2__search", &format!("{index}\n"), &format!("{down}\n"));
    shop.run("up").ok();
    shop
}

const NOTES: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, more TEXT);\n\
                     CREATE VIEW texts AS SELECT id, body FROM notes;\n\
                     INSERT INTO notes (body) VALUES ('one'), ('two'), ('three');";
const REBUILD: &str = "INSERT INTO search (search) VALUES ('rebuild');";

#[test]
fn an_index_of_another_tables_texts_goes_unasked() {
    for index in [
        "fts5 (body, content = 'notes', content_rowid = 'id')",
        "fts5 (body, content=notes, content_rowid=id, tokenize = 'trigram')",
        "FTS5 (body, CONTENT=\"NOTES\", detail=none)",
        "fts4 (content=\"notes\", body)",
    ] {
        for name in ["search", "main.search", "IF EXISTS \"Search\""] {
            let index = format!("CREATE VIRTUAL TABLE search USING {index};\n{REBUILD}");
            let shop = shop(NOTES, &index, &format!("DROP TABLE {name};"));
            shop.run("down").ok().stdout_has("reverted 2 search");
            assert_eq!(shop.query("SELECT group_concat(body) FROM notes"), "one,two,three");
            shop.run("up").ok();
            assert_eq!(shop.query("SELECT rowid FROM search WHERE search MATCH 'two'"), "2", "{index}");
        }
    }
}

#[test]
fn texts_that_are_nowhere_else_are_asked_for() {
    let fill = "INSERT INTO search (rowid, body) VALUES (1, 'mine'), (2, 'too');";
    for index in [
        // Texts of its own, and texts that are kept nowhere.
        "fts5 (body)",
        "fts4 (body)",
        "fts3 (body)",
        "fts5 (body, content = '')",
        "fts4 (content=\"\", body)",
        "fts5 (content)",
        // The text says it, and means something else.
        "fts5 (body, tokenize = 'unicode61 tokenchars ''content=notes''')",
    ] {
        let shop = shop(NOTES, &format!("CREATE VIRTUAL TABLE search USING {index};"), "DROP TABLE search;");
        shop.query(&if index == "fts5 (content)" { fill.replace("body", "content") } else { fill.to_owned() });
        shop.run("down").code(5).error("E0408").stderr_has("table search");
        shop.run("down --accept-data-loss").ok();
    }
}

#[test]
fn what_is_not_known_to_be_in_a_table_is_asked_for() {
    let of = |content: &str| {
        format!("CREATE VIRTUAL TABLE search USING fts5 (body, content = '{content}', content_rowid = 'id');")
    };
    // A view, and a table that is gone.
    let view = shop(NOTES, &format!("{}\n{REBUILD}", of("texts")), "DROP TABLE search;");
    view.run("down").code(5).error("E0408").stderr_has("table search: 3 rows");
    let gone = shop(NOTES, &format!("{}\n{REBUILD}", of("notes")), "DROP TABLE search;");
    gone.query("ALTER TABLE notes RENAME TO other");
    gone.run("down").code(5).error("E0408").stderr_has("table search");
}

/// The texts are in the other table: what goes of that is asked for, and the index is no second copy of it.
#[test]
fn where_the_texts_go_as_well_these_are_asked_for() {
    let index =
        format!("CREATE VIRTUAL TABLE search USING fts5 (body, content = 'notes', content_rowid = 'id');\n{REBUILD}");
    for (down, lost) in [
        ("DROP TABLE search;\nDROP VIEW texts;\nDROP TABLE notes;", "table notes: 3 rows"),
        ("DROP VIEW texts;\nDROP TABLE notes;\nDROP TABLE search;", "table notes: 3 rows"),
        ("DROP TABLE search;\nDELETE FROM notes WHERE id = 1;", "table notes: 1 row deleted"),
        ("DROP TABLE search;\nUPDATE notes SET body = 'x';", "table notes"),
        ("DROP TABLE search;\nDROP VIEW texts;\nALTER TABLE notes DROP COLUMN body;", "column notes.body: 3 values"),
    ] {
        let shop = shop(NOTES, &index, down);
        let before = shop.content();
        shop.run("down").code(5).error("E0408").stderr_has(lost).lacks("table search");
        assert_eq!(shop.content(), before, "{down}");
    }
    for down in [
        "DROP TABLE search;\nALTER TABLE notes DROP COLUMN more;",
        "DROP TABLE search;\nALTER TABLE notes ADD COLUMN third TEXT;",
    ] {
        let shop = shop(NOTES, &index, down);
        shop.run("down").ok();
        assert_eq!(shop.query("SELECT group_concat(body) FROM notes"), "one,two,three");
    }
}
