use super::*;
use crate::error::{Code, Error};
use crate::version::Version;

fn step(version: i64, running: Running, because: Option<&str>) -> PreviewStep {
    PreviewStep {
        action: Action::Apply,
        version: Version::new(version).unwrap(),
        description: "add_total".to_owned(),
        phase: None,
        path: format!("migrations/sqlite/V{version}__add_total.sql"),
        sql: "ALTER TABLE a ADD b;\n".to_owned(),
        statements: 1,
        running,
        because: because.map(str::to_owned),
        out_of_order: false,
        verdict: None,
        losses: Vec::new(),
        notes: Vec::new(),
    }
}

fn view(preview: &Preview, shown: Shown) -> PlanView {
    let database = DatabaseView { database: None, backend: "sqlite", url: "app.db".to_owned() };
    PlanView::new(database, preview, shown)
}

fn preview(steps: Vec<PreviewStep>, rehearsal: Option<Rehearsal>) -> Preview {
    Preview { steps, rehearsal, failure: None }
}

#[test]
fn nothing_pending() {
    assert_eq!(view(&preview(Vec::new(), Some(Rehearsal::Ran(0))), Shown::Sql).text(Paint::Plain), "nothing to do");
}

#[test]
fn steps_with_their_sql() {
    let statements = Running::Statements { because: 0 };
    let mut steps = vec![step(7, Running::Transaction, None), step(8, statements, Some("statement 1: VACUUM"))];
    steps[1].out_of_order = true;
    assert_eq!(
        view(&preview(steps, Some(Rehearsal::Ran(1))), Shown::Sql).text(Paint::Plain),
        "\
apply 7 add_total
  migrations/sqlite/V7__add_total.sql
  1 statement in a transaction
    ALTER TABLE a ADD b;
apply 8 add_total
  migrations/sqlite/V8__add_total.sql
  1 statement, one by one, because of statement 1: VACUUM
  out of order: a higher version is applied already
    ALTER TABLE a ADD b;

rehearsed: 1 of 2 steps would succeed; the next one cannot be tried in a transaction, nor can those after it; \
nothing was changed"
    );
}

#[test]
fn how_far_it_was_rehearsed() {
    let last = |rehearsal, failure: Option<Error>| {
        let steps = vec![step(7, Running::Transaction, None)];
        let text = view(&Preview { steps, rehearsal, failure }, Shown::Names).text(Paint::Plain);
        text.lines().last().unwrap().to_owned()
    };
    assert_eq!(last(None, None), "1 step, not rehearsed; nothing was changed");
    assert_eq!(last(Some(Rehearsal::Ran(1)), None), "rehearsed: 1 of 1 step would succeed; nothing was changed");
    assert_eq!(
        last(Some(Rehearsal::NotPossible("a standby".into())), None),
        "1 step, not rehearsed: a standby; nothing was changed"
    );
    assert_eq!(
        last(Some(Rehearsal::Ran(0)), Some(Error::new(Code::StatementFailed, "no"))),
        "rehearsed: 0 of 1 step would succeed; the next one fails; nothing was changed"
    );
}

#[test]
fn json() {
    let view = view(&preview(vec![step(7, Running::Transaction, None)], Some(Rehearsal::Ran(1))), Shown::Names);
    assert_eq!(
        serde_json::to_value(view).unwrap(),
        serde_json::json!({
            "database": null, "backend": "sqlite", "url": "app.db",
            "steps": [{
                "action": "apply", "version": 7, "description": "add_total", "phase": null,
                "file": "migrations/sqlite/V7__add_total.sql", "statements": 1, "transaction": "step",
                "because": null, "out_of_order": false, "verdict": null, "losses": [], "notes": [], "sql": null
            }],
            "rehearsal": {"succeeded": 1, "not_possible": null, "stopped": null},
            "error": null
        })
    );
}
