//! The JSON dump of coherence's two stores, by the rules that ship.

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::sqlite;

use crate::systems::system;

const GRAPH: &str = r#"{"projects": [
  {"ecosystem": "npm", "name": "React", "description": "UI", "dependency_count": 1, "created_at": 1737968130.25},
  {"ecosystem": "npm", "name": "loose-envify", "homepage": ""}],
 "edges": [[["npm", "React"], ["npm", "loose-envify"]]],
 "contributors": [{"id": "11111111-1111-4111-8111-111111111111", "name": "Zoë", "email": "z@example.org", "created_at": "2025-01-27T09:15:30.123456+00:00"}],
 "assets": [{"id": "22222222-2222-4222-8222-222222222222", "type": "CODE", "description": "d", "total_cost": "12345678.90"}],
 "contributions": [
  {"id": "33333333-3333-4333-8333-333333333333", "contributor_id": "11111111-1111-4111-8111-111111111111", "asset_id": "22222222-2222-4222-8222-222222222222",
   "cost_amount": "12345678.90", "coherence_score": 0.5, "metadata": {"n": 12345678901234567890.10}, "timestamp": "2025-01-27T09:15:30Z"}]}"#;

const TASKS: &str = r#"{"task_1": {"id": "task_1", "direction": "do it", "task_type": "SPEC", "status": "NeedsDecision", "model": "m", "command": "c", "created_at": "2025-01-27T09:15:30"}}"#;

struct Stores {
    project: Project,
    server: Option<Database>,
}

impl Stores {
    fn run(&self, arguments: &str) -> schemactl_test_support::cli::Output {
        let backend = if self.server.is_some() { "postgres" } else { "sqlite" };
        self.project.run(arguments.split_whitespace().chain(["-d", "coherence", "--backend", backend]))
    }

    fn query(&self, sql: &str) -> String {
        match &self.server {
            Some(database) => database.psql(&format!("SET search_path TO coherence; {sql}")),
            None => sqlite::query(&sqlite::open(&self.project.path().join("data/coherence.db")), sql),
        }
    }
}

#[test]
fn the_dump_of_both_stores_is_imported_and_exported_and_restored() {
    for server in [None, Some(postgres::database(postgres::version()))] {
        let stores = Stores { project: system::project("coherence"), server };
        if let Some(database) = &stores.server {
            stores.project.env("DATABASE_URL", database.url());
        }
        stores.run("up --phase dual_write").ok();
        stores.project.file("dump/graph.json", GRAPH).file("dump/tasks.json", TASKS);
        stores.run("import").ok();
        assert_eq!(stores.query("SELECT name FROM projects ORDER BY 1"), "loose-envify\nreact");
        assert_eq!(stores.query("SELECT count(*) FROM project_dependencies"), "1");
        // No trigger has counted what the dump has counted already.
        assert!(stores.query("SELECT total_cost FROM assets").starts_with("12345678.9"));
        assert!(stores.query("SELECT metadata FROM contributions").contains("12345678901234567890.10"));
        assert_eq!(stores.query("SELECT id, task_type, status FROM agent_tasks"), "task_1|spec|needs_decision");
        stores.run("import").ok().stdout_has("1 unchanged");
        stores.run("export -o snapshot.json").ok();
        let again = Stores {
            project: system::project("coherence"),
            server: stores.server.as_ref().map(|_| postgres::database(postgres::version())),
        };
        if let Some(database) = &again.server {
            again.project.env("DATABASE_URL", database.url());
        }
        again.run("up --phase dual_write").ok();
        again.project.file("snapshot.json", stores.project.read("snapshot.json"));
        again.run("import --snapshot snapshot.json").ok().stdout_has("equal");
        assert!(again.query("SELECT total_cost FROM assets").starts_with("12345678.9"));
    }
}
