//! The graph of governance on Apache AGE: skipped without it, applied once it is there, taken back with all that it made. What it
//! answers, the tables answer too.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::pglite::{self, Clients, Extensions, Pglite};

use super::system;

/// Has the question, asked of the tables and of the graph.
const GUIDE: &str = include_str!("../../../docs/systems/governance.md");

/// What the plan names: five kinds of vertices, eight of edges.
const LABELS: &str = "e HAS_MESSAGE,e HAS_TAG,e PAUSED_AGENT,e RELATED_TO,e RESPONSE_TO,e REVIEWER,e SPAWNED,e WROTE,\
     v Agent,v DialecticMessage,v DialecticSession,v Discovery,v Tag";

/// Whom `root` has spawned at any depth, and who has the tag: `grandchild` and `great`. Others have one of both.
const FACTS: &str = "INSERT INTO core.identities (agent_id, parent_agent_id) VALUES ('root', NULL), ('child', 'root'), \
       ('sibling', 'root'), ('grandchild', 'child'), ('great', 'grandchild'), ('stranger', NULL), ('heir', 'stranger'); \
     INSERT INTO core.agent_tags (agent_id, tag) VALUES ('root', 'locking'), ('grandchild', 'locking'), ('great', 'locking'), \
       ('great', 'other'), ('sibling', 'other'), ('heir', 'locking'); \
     INSERT INTO core.discoveries (discovery_id, agent_id, type, summary) VALUES ('found', 'child', 'insight', 'x'); \
     INSERT INTO core.discovery_tags (discovery_id, tag) VALUES ('found', 'locking')";

/// The project, for a server with one session.
fn project(server: &Pglite) -> Project {
    let project = system::project("governance");
    project.env("DATABASE_URL", server.url());
    project
}

fn run(project: &Project, arguments: &str) -> Output {
    project.run(arguments.split_whitespace().chain(["-d", "governance", "--backend", "postgres"]))
}

/// What `status` says of the graph.
#[track_caller]
fn assert_graph(project: &Project, state: &str) {
    let status = run(project, "status --check");
    let graph = status.ok().stdout.lines().find(|line| line.contains("create_graph")).map(str::to_owned);
    assert!(graph.as_ref().is_some_and(|line| line.contains(state)), "{graph:?}");
}

fn labels(server: &Pglite) -> String {
    server.psql(
        "SELECT string_agg(l.kind::text || ' ' || l.name, ',' ORDER BY l.kind, l.name) FROM ag_catalog.ag_label l \
         JOIN ag_catalog.ag_graph g ON g.graphid = l.graph WHERE g.name = 'governance' AND l.name NOT LIKE '\\_ag%'",
    )
}

/// Everything that is not the server's own, read without this tool.
fn content(server: &Pglite) -> String {
    server.psql(
        "SELECT 'extension ' || extname FROM pg_extension UNION ALL SELECT 'schema ' || nspname FROM pg_namespace \
         UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class WHERE oid >= 16384 AND relkind <> 'i' AND relname !~ '^(pg_toast|schema_migrations_undo)' \
         UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE oid >= 16384 AND typname !~ '^(pg_toast|_?schema_migrations_undo)' \
         UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE oid >= 16384 \
         UNION ALL SELECT 'operator ' || oid::regoperator FROM pg_operator WHERE oid >= 16384 \
         UNION ALL SELECT 'cast ' || castsource::regtype || casttarget::regtype FROM pg_cast WHERE oid >= 16384 ORDER BY 1",
    )
}

/// Runs openCypher. The session is that of all connections, and its settings are put back.
fn cypher(server: &Pglite, queries: &[String]) -> String {
    let queries = queries.join(";\n");
    server
        .psql(&format!("LOAD 'age'; SET search_path = ag_catalog, \"$user\", public;\n{queries};\nRESET search_path;"))
}

/// Puts what the tables have into the graph.
fn fill(server: &Pglite) {
    let create = |create: &str| format!("SELECT * FROM cypher('governance', $${create}$$) AS (nothing agtype)");
    let rows = |sql: &str, make: &dyn Fn(&str, &str) -> String| -> Vec<String> {
        let rows = server.psql(sql);
        rows.lines().filter_map(|row| row.split_once('|')).map(|(a, b)| create(&make(a, b))).collect()
    };
    let vertex = |label: &str, key: &str, value: &str| format!("({label}:{label} {{{key}: '{value}'}})");
    let edge = |from: String, [a, label, b]: [&str; 3], to: String| {
        format!("MATCH {from}, {to} CREATE ({a})-[:{label}]->({b})")
    };
    let tagged = |label: &'static str| {
        move |id: &str, tag: &str| edge(vertex(label, "id", id), [label, "HAS_TAG", "Tag"], vertex("Tag", "name", tag))
    };
    let made = [
        rows("SELECT agent_id, '' FROM core.identities", &|id, _| format!("CREATE {}", vertex("Agent", "id", id))),
        rows("SELECT discovery_id, '' FROM core.discoveries", &|id, _| {
            format!("CREATE {}", vertex("Discovery", "id", id))
        }),
        rows("SELECT tag, '' FROM core.agent_tags UNION SELECT tag, '' FROM core.discovery_tags", &|tag, _| {
            format!("CREATE {}", vertex("Tag", "name", tag))
        }),
        rows(
            "SELECT parent_agent_id, agent_id FROM core.identities WHERE parent_agent_id IS NOT NULL",
            &|parent, child| {
                let child = format!("(Child:Agent {{id: '{child}'}})");
                edge(vertex("Agent", "id", parent), ["Agent", "SPAWNED", "Child"], child)
            },
        ),
        rows("SELECT agent_id, tag FROM core.agent_tags", &tagged("Agent")),
        rows("SELECT discovery_id, tag FROM core.discovery_tags", &tagged("Discovery")),
    ];
    assert_eq!(made.each_ref().map(Vec::len), [7, 1, 2, 5, 6, 1]);
    cypher(server, &made.concat());
}

/// The question of the guide: its answer by the tables, and by the graph.
fn answers(server: &Pglite) -> [Vec<String>; 2] {
    let block = GUIDE.split("```sql\n").find(|block| block.contains("cypher(")).expect("the guide asks the graph");
    let queries = block.split("```").next().and_then(|block| block.split_once("\n\n"));
    let (tables, graph) = queries.expect("the guide has two queries");
    assert!(tables.contains("WITH RECURSIVE") && graph.contains(":SPAWNED") && graph.contains(":HAS_TAG"));
    let graph = cypher(server, &[graph.trim_end().trim_end_matches(';').to_owned()]);
    [server.psql(tables), graph].map(|rows| {
        let mut rows: Vec<_> = rows.lines().map(|row| row.trim_matches('"').to_owned()).collect();
        rows.sort_unstable();
        rows
    })
}

#[test]
fn a_graph_that_was_skipped_is_applied_once_the_server_has_age() {
    let Some(mut server) = pglite::start(Extensions::None, Clients::Several) else { return };
    let project = project(&server);
    project.env("SCHEMACTL_CONNECTIONS", "one");
    run(&project, "up").ok().stdout_has("18 applied, 1 skipped");
    assert_graph(&project, "skipped");
    run(&project, "up").ok().stdout_has("nothing to do");
    server.psql(FACTS);
    let before = content(&server);

    server.restart(Extensions::Age);
    assert_eq!(content(&server), before);
    // Rehearsed it would be made and rolled back in the only session there is, and AGE knows its types by numbers that are gone then.
    run(&project, "plan --no-rehearsal").ok().stdout_has("apply 19 create_graph");
    run(&project, "up").ok().stdout_has("1 applied");
    assert_graph(&project, "applied");
    assert_eq!(labels(&server), LABELS);
    fill(&server);
    let expected = ["grandchild", "great"].map(str::to_owned);
    assert_eq!(answers(&server), [expected.clone(), expected]);

    // In a session that has not loaded AGE.
    server.restart(Extensions::Age);
    run(&project, "down --to 18").code(5).error("E0408").says(&["the graph governance with its vertices and edges"]);
    run(&project, "down --to 18 --accept-data-loss").ok().stdout_has("1 reverted");
    assert_eq!(content(&server), before);
    run(&project, "diff").ok().stdout_has("no drift");

    run(&project, "up").ok().stdout_has("1 applied");
    assert_graph(&project, "applied");
    assert_eq!(labels(&server), LABELS);
    let [tables, graph] = answers(&server);
    assert_eq!((tables.len(), graph.len()), (2, 0), "the tables kept what the graph has lost");

    // Every name of a database leads to this one: what a proof makes must not be made here.
    server.psql("CREATE TABLE core.extra ()");
    let before = content(&server);
    run(&project, "diff")
        .code(3)
        .error("E0412")
        .says(&["the server made the scratch database", "but leads to postgres"]);
    assert_eq!(content(&server), before);
}

#[test]
fn age_stays_where_another_graph_needs_it() {
    let Some(server) = pglite::start(Extensions::Age, Clients::One) else { return };
    let project = project(&server);
    // Whoever is told to take two connections is told at once that there is one.
    let refused = run(&project, "up");
    refused.code(1).error("E0512").says(&["the second connection: ", "nothing was changed", "--connections one"]);
    assert_eq!(server.psql("SELECT to_regnamespace('governance_history') IS NULL"), "t");

    run(&project, "up --connections one").ok().stdout_has("19 applied");
    let other = "SELECT name FROM ag_catalog.ag_graph ORDER BY name";
    cypher(&server, &["SELECT create_graph('other')".to_owned()]);
    run(&project, "down --to 18 --accept-data-loss --connections one").ok().stdout_has("1 reverted");
    assert_eq!(server.psql(other), "other");
    assert_eq!(server.psql("SELECT extname FROM pg_extension WHERE extname = 'age'"), "age");
    run(&project, "up --connections one").ok().stdout_has("1 applied");
    assert_eq!(server.psql(other), "governance\nother");
    assert_eq!(labels(&server), LABELS);
}
