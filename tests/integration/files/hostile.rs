//! Files as nobody should write them.

use schemactl_test_support::sqlite;

use super::Importing;

const TABLE: &str = "CREATE TABLE texts (path text PRIMARY KEY, body text);";

fn both(lines: &str) -> [Importing; 2] {
    let rule = format!("[import.texts]\ntable = \"texts\"\non_reject = \"set aside\"\n{lines}\n");
    Importing::both(TABLE, TABLE, &rule)
}

#[test]
fn folders_pipes_and_files_that_nobody_may_read() {
    for import in both("files = \"in/*\"\nformat = \"text\"\ncolumns = { path = \"@path\", body = \"@text\" }") {
        import.file("in/a", "one\r\ntwo\u{2028}\t\\N").file("in/folder/x", "x").file("in/empty", "");
        let pipe = import.project.path().join("in/pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let said = import.run("import").code(3).text();
        assert!(said.contains("in/pipe: not imported: it is no file"), "{said}");
        assert!(said.contains("in no pattern of it: in/folder/x"), "{said}");
        assert_eq!(import.query("SELECT body FROM texts WHERE path = 'in/a'"), "one\r\ntwo\u{2028}\t\\N");
        assert_eq!(import.query("SELECT count(*) FROM texts"), "2");
    }
}

#[test]
fn bytes_that_are_no_text() {
    for import in both("files = \"*.txt\"\nformat = \"text\"\ncolumns = { path = \"@path\", body = \"@text\" }") {
        import.file("l.txt", b"caf\xe9").file("n.txt", "a\0b").file("m.txt", "\u{feff}x");
        let said = import.run("import").code(3).text();
        for part in [
            "l.txt:1: set aside: not UTF-8",
            "n.txt:1: set aside: it holds a NUL",
            "m.txt:1: set aside: a byte order mark",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let config = import.project.read("schema.toml");
        let read = "read = { invalid_utf8 = \"latin1\", nul = \"replace\", bom = \"strip\" }\nformat";
        import.project.config(&config.replace("format", read));
        import.run("import --retry").ok();
        assert_eq!(import.query("SELECT body FROM texts ORDER BY path"), "café\nx\na\u{fffd}b");
    }
}

#[test]
fn a_packed_file_that_was_cut_off() {
    for import in both("files = \"*.gz\"\nformat = \"text\"\ncolumns = { path = \"@path\", body = \"@text\" }") {
        import.file("whole", "x".repeat(100_000)).file("cut", (0..20_000).map(|n| n.to_string()).collect::<String>());
        for name in ["whole", "cut"] {
            let path = import.project.path().join(name);
            assert!(std::process::Command::new("gzip").arg(&path).status().unwrap().success());
        }
        let path = import.project.path().join("cut.gz");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        import.run("import").code(3).stdout_has("cut.gz: not imported: it cannot be read");
        assert_eq!(import.query("SELECT path FROM texts"), "whole.gz");
    }
}

#[test]
fn a_database_that_is_none_or_lacks_the_table() {
    for import in both("files = \"*.db\"\nformat = \"sqlite\"\nfrom = \"t\"") {
        import.file("none.db", "no database, by any means, whatever one may think of it");
        let other = sqlite::open(&import.project.path().join("other.db"));
        other.execute_batch("CREATE TABLE u (path TEXT);").unwrap();
        let whole = sqlite::open(&import.project.path().join("whole.db"));
        let sql = "PRAGMA journal_mode = WAL; CREATE TABLE t (path TEXT, body);
            INSERT INTO t VALUES ('a', 'text'), ('b', CAST(x'636166e9' AS TEXT)), ('c', x'00'), ('d', 1.5);";
        whole.execute_batch(sql).unwrap();
        let said = import.run("import").code(3).text();
        for part in [
            "none.db: not imported: ",
            "other.db: not imported: it has no table t",
            "whole.db:2: set aside: body: not UTF-8",
            "whole.db:3: set aside: body: a blob of 1 bytes",
            "whole.db:4: set aside: body: a real",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(import.query("SELECT path, body FROM texts"), "a|text");
    }
}

#[test]
fn json_that_is_deep_or_double() {
    for import in
        both("files = \"*.json\"\nformat = \"json\"\nignore = \"*\"\ncolumns = { path = \"@path\", body = \"a\" }")
    {
        import.file("deep.json", format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)));
        import
            .file("twice.json", "{\"a\": \"1\", \"a\": \"2\"}")
            .file("half.json", "{\"a\": \"\\ud83d\"}")
            .file("big.json", "{\"a\": 1e400000}");
        let said = import.run("import").code(3).text();
        assert!(
            said.contains("twice.json:1: set aside: ") && said.contains("read = { json_duplicates = \"last\" }"),
            "{said}"
        );
        assert!(said.contains("deep.json:1: set aside: ") && said.contains("half.json:1: set aside: "), "{said}");
    }
}
