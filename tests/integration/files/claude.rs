//! What a folder `.claude` holds, by the rules that ship: each kind of file has its number.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::sqlite;

use crate::systems::system;

const AGENT: &str = "INSERT INTO agents (agent_id, agent_type, status) VALUES ('mesh-1', 'service-mesh', 'active');";

/// agent_memory on one of its backends.
struct Memory {
    project: Project,
    server: Option<Database>,
}

impl Memory {
    fn both() -> [Self; 2] {
        let file = Self { project: system::project("agent_memory"), server: None };
        let server =
            Self { project: system::project("agent_memory"), server: Some(postgres::database(postgres::version())) };
        server.project.env("DATABASE_URL", server.server.as_ref().unwrap().url());
        let both = [file, server];
        for memory in &both {
            memory.run("up").ok();
            std::fs::create_dir_all(memory.project.path().join(".claude")).unwrap();
            memory.query(AGENT);
        }
        both
    }

    fn run(&self, arguments: &str) -> Output {
        let backend = if self.server.is_some() { "postgres" } else { "sqlite" };
        self.project.run(arguments.split_whitespace().chain(["-d", "agent_memory", "--backend", backend]))
    }

    fn query(&self, sql: &str) -> String {
        match &self.server {
            Some(database) => database.psql(&format!("SET search_path TO agent_memory; SET TimeZone TO 'UTC';\n{sql}")),
            None => sqlite::query(&sqlite::open(&self.project.path().join("data/agent_memory.db")), sql),
        }
    }

    fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        self.project.file(&format!(".claude/{path}"), text);
        self
    }

    /// The rules with other words.
    fn with_rule(&self, before: &str, after: &str) -> &Self {
        let config = self.project.read("schema.toml");
        assert!(config.contains(before));
        self.project.config(&config.replace(before, after));
        self
    }
}

/// One file of a session.
const SESSION: &str = r#"{"session_id": "s1", "agent_id": "mesh-1", "started_at": "2025-01-27T09:15:30Z"}"#;

#[test]
fn f01_to_f04_documents_are_sessions_or_named() {
    for memory in Memory::both() {
        memory.file("context/a.json", SESSION.replace("\"agent_id\"", "\"n\": 12345678901234567890.10, \"agent_id\""));
        memory.file("context/b.json", b"\xef\xbb\xbf{\"agent_id\": \"mesh-1\",\r\n\"x\": 1}\r\n");
        memory.file("context/c.json", "").file("context/d.json", "{\"agent_id\": \"mesh-1\",\n \"x\": [1,");
        let imported = memory.run("import context").code(3).text();
        for part in [
            "4 imported",
            "4 records: 2 inserted, 2 set aside",
            "context/c.json:1: set aside: the text is empty",
            "context/d.json:1: set aside: the text ends in the middle of the document (at $.x[1], line 2, column 10)",
            "error[E1001]",
        ] {
            assert!(imported.contains(part), "{part}: {imported}");
        }
        let all = memory.query("SELECT session_id, token_count FROM context_sessions ORDER BY 1");
        assert_eq!(all, "b|0\ns1|0");
        assert!(
            memory
                .query("SELECT context FROM context_sessions WHERE session_id = 's1'")
                .contains("12345678901234567890.10")
        );
        assert!(
            memory.query("SELECT started_at FROM context_sessions WHERE session_id = 's1'").starts_with("2025-01-27")
        );
    }
}

#[test]
fn f05_f06_comments_and_nan_are_asked_about() {
    for memory in Memory::both() {
        memory.file("context/e.json", "{\"agent_id\": \"mesh-1\", // who\n \"x\": [1,],}");
        memory.file("context/f.json", "{\"agent_id\": \"mesh-1\", \"x\": NaN}");
        let asked = memory.run("import context").code(3).text();
        assert!(
            asked.contains("context/e.json:1: set aside: ") && asked.contains("read = { json = \"json5\" }"),
            "{asked}"
        );
        assert!(asked.contains("read = { json_nan = \"null\" } would settle it"), "{asked}");
        memory.with_rule(
            "read = { bom = \"strip\" }",
            "read = { bom = \"strip\", json = \"json5\", json_nan = \"null\" }",
        );
        memory.run("import context --retry").ok().stdout_has("2 records: 2 inserted");
        assert!(memory.query("SELECT context FROM context_sessions WHERE session_id = 'f'").contains("null"));
    }
}

#[test]
fn f07_front_matter_is_fields_and_the_body_is_text() {
    for memory in Memory::both() {
        memory.file("context/g.md", "---\nagent: mesh-1\ntitle: \"A: b\"\ntags: [x, 1.50]\n---\n# Hällo\n");
        memory.file("context/none.md", "# no front matter\n");
        let imported = memory.run("import context_notes").code(3).text();
        assert!(imported.contains("context/none.md:1: set aside: agent_id: NULL"), "{imported}");
        let context = memory.query("SELECT context FROM context_sessions WHERE session_id = 'g'");
        assert!(
            context.contains("\"A: b\"") && context.contains("1.50") && context.contains("# Hällo\\n"),
            "{context}"
        );
    }
}

#[test]
fn f08_an_array_is_no_session() {
    for memory in Memory::both() {
        memory.file("context/h.json", "[1, 2]");
        memory.run("import context").code(3).stdout_has("context/h.json:1: set aside: agent_id: NULL");
        assert_eq!(memory.query("SELECT count(*) FROM context_sessions"), "0");
    }
}

#[test]
fn f09_two_files_with_one_session_are_both_named() {
    for memory in Memory::both() {
        memory.file("context/a.json", SESSION).file("context/b.json", SESSION.replace('}', ", \"x\": 2}"));
        memory.run("import context").code(3).stdout_has(
            "context/b.json:1: set aside: its key was brought by context/a.json already; `duplicates` in the rule says which one counts",
        );
        // The one that was written last.
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        let file = std::fs::File::options().write(true).open(memory.project.path().join(".claude/context/b.json"));
        file.unwrap().set_modified(later).unwrap();
        memory.with_rule("table = \"context_sessions\"", "table = \"context_sessions\"\nduplicates = \"newest\"");
        memory.run("import context --retry").ok().stdout_has("1 replaced");
        assert!(memory.query("SELECT context FROM context_sessions").contains("\"x\": 2"));
    }
}

#[test]
fn f10_an_agent_that_nobody_knows_is_not_invented() {
    for memory in Memory::both() {
        memory.file("context/a.json", SESSION.replace("mesh-1", "nobody"));
        let said = memory.run("import context").code(3).text().to_lowercase();
        assert!(said.contains("context/a.json:1: set aside: ") && said.contains("foreign key constraint"), "{said}");
        // Once the agent is there, the record is tried again.
        memory.query("INSERT INTO agents (agent_id, agent_type, status) VALUES ('nobody', 'pm', 'idle');");
        memory.run("import context").ok().stdout_has("1 of its 1 records are set aside; `--retry` tries them again");
        memory.run("import context --retry").ok().stdout_has("1 record: 1 inserted");
        memory.run("import context --retry").ok().stdout_has("1 unchanged");
    }
}

#[test]
fn f11_f12_logs_grow_and_rotate_and_are_imported_once() {
    for memory in Memory::both() {
        let line =
            |n: u32| format!("{{\"agent\": \"mesh-1\", \"event\": \"e{n}\", \"time\": \"2025-01-27T09:15:30Z\"}}\n");
        let lines = |from: u32, to: u32| (from..to).map(line).collect::<String>();
        memory.file("logs/x.jsonl", format!("{}{{\"agent\": \"me", lines(0, 3_000)));
        memory.run("import events").code(3).stdout_has("logs/x.jsonl:3001: set aside: the text ends in the middle");
        // The line is completed, and more come.
        memory.file("logs/x.jsonl", lines(0, 3_005));
        memory.run("import events").ok().stdout_has("3005 records: 5 inserted, 3000 imported before");
        memory.run("import events").ok().stdout_has("1 unchanged");
        // It is rotated and packed, and another one is begun.
        let path = memory.project.path().join(".claude/logs");
        std::fs::write(path.join("x.jsonl.1"), lines(0, 3_007)).unwrap();
        let packed = std::process::Command::new("gzip").arg(path.join("x.jsonl.1")).status().unwrap();
        assert!(packed.success());
        memory.file("logs/x.jsonl", lines(9_000, 9_002));
        let again = memory.run("import events").ok().text();
        assert!(
            again.contains("2 imported") && again.contains("3009 records: 4 inserted, 3005 imported before"),
            "{again}"
        );
        assert_eq!(memory.query("SELECT count(*), count(DISTINCT event_type) FROM events"), "3009|3009");
        // One that is not what it was is not imported twice.
        memory.file("logs/x.jsonl", lines(1, 4));
        memory.run("import events").code(3).stdout_has("it was imported, and changed otherwise than by growing");
        assert_eq!(memory.query("SELECT count(*) FROM events"), "3009");
    }
}

#[test]
fn f13_to_f15_lines_of_a_log() {
    for memory in Memory::both() {
        let text = "2025-01-27 09:15:30,123 ERROR mesh-1: it broke\nTraceback (most recent call last):\n  File \"x\"\nValueError: no\n\
                    noise\n2025-01-27 09:16:30,5 WARN mesh-1: hm\n2025-01-27 09:16:31,5 Notice mesh-1: hm\n";
        memory.file("logs/y.log", text);
        memory.file(
            "logs/z.log",
            b"2025-01-27 09:15:30,123 INFO mesh-1: caf\xe9\n2025-01-27 09:15:30,123 INFO mesh-1: a\0b\n",
        );
        let imported = memory.run("import logs").code(3).text();
        for part in [
            "logs/y.log:5: set aside: the line does not match the pattern",
            "logs/y.log:7: set aside: ",
            "logs/z.log:1: set aside: not UTF-8 from byte 40 on; read = { invalid_utf8 = \"latin1\" } would settle it",
            "logs/z.log:2: set aside: it holds a NUL",
        ] {
            assert!(imported.contains(part), "{part}: {imported}");
        }
        assert_eq!(memory.query("SELECT severity FROM events ORDER BY created_at"), "error\nwarning");
        let data = memory.query("SELECT data FROM events WHERE severity = 'error'");
        assert!(data.contains("\\nValueError: no") && data.contains("\"message\": \"it broke\""), "{data}");
        assert!(memory.query("SELECT created_at FROM events ORDER BY created_at").contains("09:15:30.123"));
        memory.with_rule(
            "[database.agent_memory.import.logs]",
            "[database.agent_memory.import.logs]\nread = { invalid_utf8 = \"latin1\", nul = \"strip\" }",
        );
        memory.run("import logs --retry").code(3).stdout_has("2 inserted");
        assert!(memory.query("SELECT data FROM events ORDER BY event_id").contains("café"));
    }
}

#[test]
fn f16_f17_configuration_has_a_row_for_each_key_and_no_secrets() {
    for memory in Memory::both() {
        memory.file("config/settings.json", "{\"theme\": {\"dark\": true}, \"n\": 1, \"word\": \"w\", \"api_key\": \"k-123\", \"deep\": {\"a\": [{\"githubToken\": \"t\"}]}, \"token_count\": 3}");
        memory.file("config/settings.local.json", "{\"n\": 2}").file("config/.env", "A=k-456");
        let imported = memory.run("import config --rejects bad.jsonl").code(3).text();
        for part in
            ["`api_key` looks like a secret", "`githubToken` looks like a secret", "no pattern of it: config/.env"]
        {
            assert!(imported.contains(part), "{part}: {imported}");
        }
        assert!(!imported.contains("k-123") && !memory.project.read("bad.jsonl").contains("k-123"));
        let rows = memory.query("SELECT config_key, value FROM configurations ORDER BY config_key");
        assert_eq!(rows.replace(": ", ":"), "n|2\ntheme|{\"dark\":true}\ntoken_count|3\nword|\"w\"");
        memory.with_rule("duplicates = \"last\"", "duplicates = \"last\"\nsecrets = \"import\"");
        memory.run("import config --retry").ok();
        assert_eq!(memory.query("SELECT count(*) FROM configurations"), "6");
    }
}

#[test]
fn f18_f19_names_links_and_rights() {
    for memory in Memory::both() {
        memory.file("context/with blank.json", SESSION).file("context/a..b.json", SESSION.replace("s1", "s2"));
        let folder = memory.project.path().join(".claude/context");
        std::fs::write(folder.join(OsStr::from_bytes(b"n\xe9.json")), SESSION).unwrap();
        symlink("/etc/passwd", folder.join("out.json")).unwrap();
        symlink("../../schema.toml", folder.join("up.json")).unwrap();
        symlink("with blank.json", folder.join("in.json")).unwrap();
        let imported = memory.run("import context").code(3).text();
        for part in [
            "context/n\\xe9.json: not imported: its name is not UTF-8",
            "context/out.json: not imported: a symbolic link that leads out of the folder",
            "context/up.json: not imported: a symbolic link that leads out of the folder",
            "its key was brought by context/in.json already",
        ] {
            assert!(imported.contains(part), "{part}: {imported}");
        }
        assert_eq!(memory.query("SELECT count(*) FROM context_sessions"), "2");
    }
}

#[test]
fn f20_f22_a_snapshot_stays_a_file_and_comes_along() {
    for memory in Memory::both() {
        memory.file("context/a.json", SESSION).file("memory_snapshots/s1_big.json", "[".repeat(1_000));
        memory.file("memory_snapshots/s1..b.json", "{}");
        let imported = memory.run("import context snapshots").code(3).text();
        assert!(
            imported.contains("memory_snapshots/s1..b.json:1: set aside: ")
                && imported.contains("memory_snapshots_relative_path"),
            "{imported}"
        );
        let row = memory.query("SELECT snapshot_id, session_id, file_path FROM memory_snapshots");
        assert_eq!(row, "s1_big|s1|memory_snapshots/s1_big.json");
        assert_eq!(memory.project.read("data/memory_snapshots/s1_big.json").len(), 1_000);
        assert!(!memory.project.path().join("data/memory_snapshots/s1..b.json").exists());
    }
}

#[test]
fn f23_a_time_comes_from_where_the_rule_says() {
    for memory in Memory::both() {
        memory.file("context/a.json", SESSION).file("context/b.json", "{\"agent_id\": \"mesh-1\"}");
        let named = "context/2025-01-27T09-15-31.json";
        memory.file(named, "{\"agent_id\": \"mesh-1\", \"started_at\": \"yesterday\"}");
        let modified = std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_250);
        let file = std::fs::File::options().write(true).open(memory.project.path().join(".claude/context/b.json"));
        file.unwrap().set_modified(modified).unwrap();
        memory.run("import context").code(3).stdout_has("context/2025-01-27T09-15-31.json:1: set aside: started_at: ");
        let times = memory.query("SELECT started_at FROM context_sessions ORDER BY session_id DESC");
        assert!(times.starts_with("2025-01-27") && times.contains("22:13:20.25"), "{times}");
        let by_name =
            "{ path = '(\\d{4}-\\d\\d-\\d\\dT[-\\d]+)', time_format = \"%Y-%m-%dT%H-%M-%S\", zone = \"UTC\" }";
        memory.with_rule("{ field = [\"started_at\", \"created_at\", \"@modified\"], zone = \"UTC\", precision = \"truncate\" }\nended_at", &format!("{by_name}\nended_at"));
        memory.run("import context --retry").ok();
        assert!(memory.query("SELECT started_at FROM context_sessions ORDER BY started_at").contains("09:15:31"));
    }
}

#[test]
fn state_db_comes_first_with_parents_in_any_order() {
    for memory in Memory::both() {
        memory.file("context/a.json", SESSION.replace("mesh-1", "old-1"));
        let state = sqlite::open(&memory.project.path().join(".claude/state.db"));
        let sql = "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY); CREATE TABLE extra (x);
            CREATE TABLE agents (agent_id TEXT, agent_type TEXT, status TEXT);
            INSERT INTO agents VALUES ('old-1', 'pm', 'idle');
            CREATE TABLE tasks (task_id TEXT, parent_task_id TEXT, title TEXT);
            INSERT INTO tasks VALUES ('t1', 't3', 'x'), ('t2', 't1', 'y'), ('t3', NULL, 'z'), ('t4', 'gone', 'w');";
        state.execute_batch(sql).unwrap();
        let imported = memory.run("import").code(3).text();
        assert!(imported.contains("state.db:4: set aside: ") && imported.contains("table extra"), "{imported}");
        assert_eq!(memory.query("SELECT task_id FROM tasks ORDER BY 1"), "t1\nt2\nt3");
        assert_eq!(memory.query("SELECT agent_id FROM context_sessions"), "old-1");
        memory.run("import").ok().stdout_has("state.tasks -> tasks: files: 1 unchanged");
        memory.run("diff").ok();
        memory.run("status --check").ok();
    }
}
