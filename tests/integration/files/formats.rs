//! Each format, and each choice of a rule.

use super::Importing;

const SQLITE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born TEXT, score REAL, active BOOLEAN, tags JSON, sum DECIMAL(10,2));
CREATE TABLE notes (path TEXT, line INTEGER, body TEXT NOT NULL CHECK (body <> 'bad'));";
const POSTGRES: &str = "CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, born timestamptz, score double precision,
    active boolean, tags jsonb, sum numeric(10,2));
CREATE TABLE notes (path text, line integer, body text NOT NULL CHECK (body <> 'bad'));";

const PEOPLE: &str =
    "SELECT id, name, score, CASE WHEN active THEN 'yes' ELSE 'no' END, tags, sum FROM people ORDER BY id";

/// A rule for people, with these lines.
fn people(lines: &str) -> String {
    format!("[import.people]\ntable = \"people\"\n{lines}\n")
}

#[test]
fn csv_with_all_that_hurts() {
    let rule = people("files = \"*.csv\"\nformat = \"csv\"\non_reject = \"set aside\"\nread = { bom = \"strip\" }");
    for import in Importing::both(SQLITE, POSTGRES, &rule) {
        let text = "\u{feff}id,name,score,active,tags,sum\r\n1,\"a, \"\"b\"\"\n2nd\",0.1,t,\"[1, 2]\",1.50\r\n2,short\r\n3,ok,1e3,f,{},7\r\n4,x,y,z,1,1\r\n";
        import.file("a.csv", text);
        let said = import.run("import").code(3).text();
        assert!(
            said.contains("4 records: 2 inserted, 2 set aside")
                && said.contains("a.csv:4: set aside: 2 fields, and not 6"),
            "{said}"
        );
        assert!(said.contains("a.csv:6: set aside: score: not a number"), "{said}");
        let rows = import
            .query(PEOPLE)
            .replace("1000.0", "1000")
            .replace("1.50", "1.5")
            .replace("7.00", "7")
            .replace("[1,2]", "[1, 2]");
        assert_eq!(rows, "1|a, \"b\"\n2nd|0.1|yes|[1, 2]|1.5\n3|ok|1000|no|{}|7");
        // The file's own head names a field that no column takes.
        import.file("b.csv", "id,name,what\n9,x,y\n");
        import.run("import").code(3).stdout_has("b.csv:2: set aside: the field `what` goes into no column");
    }
}

#[test]
fn objects_and_arrays_of_a_dump() {
    let rule = people(
        "files = \"*.json\"\nformat = \"json-array\"\nat = \"graph.people\"\n[import.people.columns]\nid = \"id\"\nname = \"name.first\"\ntags = \"tags\"\nactive = \"on\"\nborn = { field = \"born\", time = \"unix\" }\nscore = { constant = 1.5 }",
    );
    let second = "[import.notes]\ntable = \"notes\"\nfiles = \"*.json\"\nformat = \"json-entries\"\nat = \"notes\"\ncolumns = { path = \"@path\", line = \"@line\", body = \"@value\" }";
    for import in Importing::both(SQLITE, POSTGRES, &format!("{rule}{second}")) {
        let text = "{\"graph\": {\"people\": [\n{\"id\": 1, \"name\": {\"first\": \"A\"}, \"tags\": [1.10], \"on\": true, \"born\": 1737968130},\n{\"id\": 2, \"name\": {\"first\": \"B\"}, \"tags\": null}]},\n\"notes\": {\"x\": \"one\",\n\"y\": [2]}}";
        import.file("dump.json", text);
        import.run("import").ok();
        assert_eq!(
            import.query("SELECT id, name, CASE WHEN active THEN 'yes' END FROM people ORDER BY id"),
            "1|A|yes\n2|B|"
        );
        assert!(import.query("SELECT born FROM people WHERE id = 1").starts_with("2025-01-27"));
        assert!(import.query("SELECT tags FROM people WHERE id = 1").contains("1.10"));
        assert_eq!(
            import.query("SELECT path, line, body FROM notes ORDER BY line"),
            "dump.json|4|one\ndump.json|5|[2]"
        );
        import.run("import").ok().stdout_has("1 unchanged");
    }
}

#[test]
fn a_changed_file_replaces_its_rows_and_those_of_others_stay() {
    let rule = people(
        "files = \"*.jsonl\"\nformat = \"json-lines\"\non_reject = \"set aside\"\ncolumns = { id = \"id\", name = \"name\" }",
    );
    for import in Importing::both(SQLITE, POSTGRES, &rule) {
        let own = if import.server.is_some() {
            "INSERT INTO people (id, name) OVERRIDING SYSTEM VALUE VALUES (3, 'own');"
        } else {
            "INSERT INTO people (id, name) VALUES (3, 'own');"
        };
        import.execute(own);
        import.file("a.jsonl", "{\"id\": 1, \"name\": \"a\"}\n{\"id\": 2, \"name\": \"b\"}\n{\"id\": 3, \"name\": \"c\"}\n{\"id\": 1, \"name\": \"twice\"}\n");
        let said = import.run("import").code(3).text();
        assert!(said.contains("people has a row with its key that no file brought"), "{said}");
        assert!(said.contains("a.jsonl:4: set aside: its key is in the file already"), "{said}");
        import.file("a.jsonl", "{\"id\": 1, \"name\": \"A\"}\n{\"id\": 4, \"name\": \"d\"}\n");
        let said = import.run("import").ok().text();
        assert!(
            said.contains("2 records: 1 inserted, 1 replaced")
                && said.contains("1 rows of an earlier state of it are not in it any more, and stay"),
            "{said}"
        );
        assert_eq!(import.query("SELECT id, name FROM people ORDER BY id"), "1|A\n2|b\n3|own\n4|d");
        let config = import.project.read("schema.toml");
        for (choice, name) in [("keep", "own"), ("update", "c")] {
            let with = format!("[import.people]\nexisting = \"{choice}\"\n");
            import.project.config(&config.replace("[import.people]\n", &with));
            import.file(&format!("{choice}.jsonl"), "{\"id\": 3, \"name\": \"c\"}\n");
            import.run("import").ok();
            assert_eq!(import.query("SELECT name FROM people WHERE id = 3"), name);
        }
    }
}

#[test]
fn stopping_leaves_nothing_of_the_file_and_all_of_those_before_it() {
    let rule = "[import.notes]\ntable = \"notes\"\nfiles = \"*.txt\"\nformat = \"text\"\ncolumns = { path = \"@path\", body = \"@text\" }";
    for import in Importing::both(SQLITE, POSTGRES, rule) {
        import.file("a.txt", "a").file("b.txt", "bad").file("c.txt", "c");
        let said = import.run("import").code(3).text();
        assert!(said.contains("b.txt: not imported: line 1: ") && !said.contains("c.txt"), "{said}");
        assert_eq!(import.query("SELECT path FROM notes"), "a.txt");
        import.run("import --on-reject set-aside").code(3).stdout_has("b.txt:1: set aside");
        assert_eq!(import.query("SELECT path FROM notes ORDER BY 1"), "a.txt\nc.txt");
    }
}

#[test]
fn a_dry_run_says_everything_and_writes_nothing() {
    let rule = people("files = \"*.jsonl\"\nformat = \"json-lines\"\ncolumns = { id = \"id\", name = \"name\" }");
    for import in Importing::both(SQLITE, POSTGRES, &rule) {
        import
            .file("a.jsonl", "{\"id\": 1, \"name\": \"a\"}\n{\"id\": 2}\n")
            .file("b.jsonl", "{\"id\": 1, \"name\": \"b\"}\n");
        let tables = |import: &Importing| {
            import.query(match import.server {
                Some(_) => "SELECT count(*) FROM pg_tables WHERE tablename LIKE '%import%'",
                None => "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%import%'",
            })
        };
        let said = import.run("import --dry-run --json").code(3).text();
        let document: serde_json::Value =
            serde_json::from_str(said.split("\nerror").next().unwrap().trim()).unwrap_or_default();
        assert_eq!(
            (import.query("SELECT count(*) FROM people"), tables(&import)),
            ("0".to_owned(), "0".to_owned()),
            "{document}"
        );
        let text = import.run("import --dry-run").code(3).text();
        for part in [
            "a.jsonl:2: set aside: name: NULL",
            "b.jsonl:1: set aside: its key was brought by a.jsonl",
            "nothing was written",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
fn a_rule_that_is_wrong_is_told_with_its_line() {
    let wrong = [
        ("format = \"jason\"", "E0103", "one of json, json-entries"),
        ("format = \"json\"\npattern = \"x\"", "E0103", "a key of the format log"),
        ("format = \"log\"", "E0103", "needs a `pattern`"),
        ("format = \"json\"", "E0103", "has no `columns`"),
        ("format = \"json\"\ncolumns = { nam = \"x\" }", "E1002", "no column `nam`"),
        ("format = \"json\"\ncolumns = { name = { field = \"x\", constant = 1 } }", "E0103", "2 sources"),
        ("format = \"json\"\ncolumns = { name = { field = \"x\", zome = \"UTC\" } }", "E0102", "did you mean"),
        ("format = \"csv\"\nkey = \"id\"\ncolumns = { name = \"x\" }", "E1002", "none of its columns"),
        ("format = \"json\"\nroot = \"gone\"\ncolumns = { name = \"x\" }", "E1002", "is no folder"),
    ];
    for (lines, code, part) in wrong {
        let [import, _] = Importing::both(SQLITE, POSTGRES, "");
        import
            .project
            .config(&format!("[sqlite]\nurl = \"sqlite:app.db\"\n{}", people(&format!("files = \"*.x\"\n{lines}"))));
        import.run("import").error(code).stderr_has(part);
    }
}
