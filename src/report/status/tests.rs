use super::*;

fn migration(version: i64, phase: Option<&str>, status: MigrationStatus) -> MigrationView {
    let recorded = !matches!(status, MigrationStatus::Pending);
    MigrationView {
        version,
        description: format!("step_{version}"),
        phase: phase.map(str::to_owned),
        state: status.as_str(),
        file: Some(format!("V{version}__step_{version}.sql")),
        statements_done: recorded.then_some(1),
        statements: recorded.then_some(3),
        applied_at: recorded.then(|| "2026-11-04T09:30:00.123Z".to_owned()),
        duration_ms: recorded.then_some(12),
        host: recorded.then(|| "web-1".to_owned()),
        application: recorded.then(String::new),
        tool: recorded.then(|| "schemactl 0.1.0".to_owned()),
        down_stored: recorded.then_some(true),
        verdict: recorded.then(|| "lossless".to_owned()),
        verdict_unkept: None,
        requires: if status == MigrationStatus::Skipped { vec!["extension age".to_owned()] } else { Vec::new() },
        kept: None,
        status,
    }
}

fn view(migrations: Vec<MigrationView>) -> StatusView {
    let mut summary = BTreeMap::new();
    for migration in &migrations {
        *summary.entry(migration.state).or_insert(0) += 1;
    }
    let database = DatabaseView { database: None, backend: "sqlite", url: "app.db".to_owned() };
    StatusView { database, notes: Vec::new(), migrations, summary, drift: None, broken: Vec::new(), error: None }
}

#[test]
fn a_table_is_grouped_by_phase() {
    let view = view(vec![
        migration(1, Some("1_core"), MigrationStatus::Applied),
        migration(20, Some("1_core"), MigrationStatus::Partial),
        migration(21, Some("2_audit"), MigrationStatus::Pending),
        migration(22, Some("2_audit"), MigrationStatus::Skipped),
    ]);
    let expected = "\
app.db (sqlite)
version  description  state                    applied at (UTC)      took  by
phase 1_core
      1  step_1       applied                  2026-11-04 09:30:00  12 ms  web-1
     20  step_20      partial, 1 of 3 statements  2026-11-04 09:30:00  12 ms  web-1
phase 2_audit
     21  step_21      pending
     22  step_22      skipped, requires extension age  2026-11-04 09:30:00  12 ms  web-1

1 applied, 1 skipped, 1 pending, 1 partial";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&view.text(Paint::Plain)), squeezed(expected));
    let widths: Vec<_> = view.text(Paint::Plain).lines().filter_map(|line| line.find("web-1")).collect();
    assert_eq!(widths[0], widths[1]);
}

#[test]
fn no_migrations() {
    assert_eq!(view(Vec::new()).text(Paint::Plain), "app.db (sqlite)\nno migrations");
}

#[test]
fn colour_is_only_added() {
    let view = view(vec![migration(1, None, MigrationStatus::Applied), migration(2, None, MigrationStatus::Pending)]);
    let coloured = view.text(Paint::Coloured);
    assert!(coloured.contains("\x1b["));
    let mut plain = String::new();
    for (at, part) in coloured.split("\x1b[").enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    let trimmed = plain.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed, view.text(Paint::Plain));
}

#[test]
fn json_has_what_the_table_has_and_more() {
    let json = serde_json::to_value(StatusDocument {
        databases: vec![view(vec![migration(1, None, MigrationStatus::Applied)])],
    });
    assert_eq!(
        json.unwrap(),
        serde_json::json!({"databases": [{
            "database": null, "backend": "sqlite", "url": "app.db", "notes": [],
            "migrations": [{
                "version": 1, "description": "step_1", "phase": null, "state": "applied", "file": "V1__step_1.sql",
                "statements_done": 1, "statements": 3, "applied_at": "2026-11-04T09:30:00.123Z", "duration_ms": 12,
                "host": "web-1", "application": "", "tool": "schemactl 0.1.0", "down_stored": true,
                "requires": [], "kept": null, "verdict": "lossless", "verdict_unkept": null
            }],
            "summary": {"applied": 1},
            "drift": null, "broken": [], "error": null
        }]})
    );
}
