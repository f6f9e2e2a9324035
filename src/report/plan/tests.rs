use super::*;
use crate::database::RowsUndone;
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
        verdict_unkept: None,
        kept: None,
        losses: Vec::new(),
        notes: Vec::new(),
        measured: false,
        undone: RowsUndone::default(),
        warnings: Vec::new(),
    }
}

fn view(preview: &Preview, shown: PlanDetail) -> PlanView {
    let database = DatabaseView { database: None, backend: "sqlite", url: "app.db".to_owned() };
    PlanView::new(database, preview, shown)
}

fn standby() -> Rehearsal {
    Rehearsal::NotPossible { why: "a standby".into(), hints: Vec::new() }
}

fn preview(steps: Vec<PreviewStep>, rehearsal: Option<Rehearsal>) -> Preview {
    Preview { steps, rehearsal, unsound_before: Vec::new(), failure: None, elsewhere: None }
}

#[test]
fn nothing_pending() {
    assert_eq!(
        view(&preview(Vec::new(), Some(Rehearsal::Ran(0))), PlanDetail::Sql).text(Paint::Plain),
        "nothing to do"
    );
}

#[test]
fn steps_with_their_sql() {
    let statements = Running::Statements { because: 0 };
    let mut steps = vec![step(7, Running::Transaction, None), step(8, statements, Some("statement 1: VACUUM"))];
    steps[1].out_of_order = true;
    assert_eq!(
        view(&preview(steps, Some(Rehearsal::Ran(1))), PlanDetail::Sql).text(Paint::Plain),
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

rehearsed: 1 of 2 steps would succeed; the last one was not rehearsed, since it cannot be in a transaction; \
nothing was changed"
    );
}

#[test]
fn how_far_it_was_rehearsed() {
    let last = |rehearsal, failure: Option<Error>| {
        let steps = vec![step(7, Running::Transaction, None)];
        let text = view(
            &Preview { steps, rehearsal, unsound_before: Vec::new(), failure, elsewhere: None },
            PlanDetail::Names,
        )
        .text(Paint::Plain);
        text.lines().last().unwrap().to_owned()
    };
    assert_eq!(last(None, None), "1 step, not rehearsed (--no-rehearsal); nothing was changed");
    assert_eq!(last(Some(Rehearsal::Ran(1)), None), "rehearsed: 1 of 1 step would succeed; nothing was changed");
    assert_eq!(last(Some(standby()), None), "1 step, not rehearsed: a standby; nothing was changed");
    assert_eq!(
        last(Some(Rehearsal::Ran(0)), Some(Error::new(Code::StatementFailed, "no"))),
        "rehearsed: the step fails; nothing was changed"
    );
    assert_eq!(
        last(Some(Rehearsal::Ran(0)), None),
        "1 step, not rehearsed, since it cannot be in a transaction; nothing was changed"
    );
    let stopped =
        Rehearsal::Stopped { succeeded: 0, why: "statement 1 of migration 7 add_total attaches a file".into() };
    assert_eq!(
        last(Some(stopped), None),
        "1 step, not rehearsed: statement 1 of migration 7 add_total attaches a file; nothing was changed"
    );
}

#[test]
fn how_far_several_were_rehearsed() {
    let last = |rehearsal, failure: Option<Error>| {
        let steps = (7..10).map(|version| step(version, Running::Transaction, None)).collect();
        let preview =
            Preview { steps, rehearsal: Some(rehearsal), unsound_before: Vec::new(), failure, elsewhere: None };
        let text = view(&preview, PlanDetail::Names).text(Paint::Plain);
        text.lines().last().unwrap().strip_suffix("; nothing was changed").unwrap().to_owned()
    };
    let fails = || Some(Error::new(Code::StatementFailed, "no"));
    let stopped = |succeeded| Rehearsal::Stopped { succeeded, why: "it attaches a file".into() };
    for (rehearsal, failure, shown) in [
        (Rehearsal::Ran(3), None, "rehearsed: 3 of 3 steps would succeed"),
        (Rehearsal::Ran(0), fails(), "rehearsed: the first of 3 steps fails"),
        (Rehearsal::Ran(2), fails(), "rehearsed: 2 of 3 steps would succeed; the next one fails"),
        (Rehearsal::Ran(0), None, "3 steps, not rehearsed, since the first one cannot be in a transaction"),
        (
            Rehearsal::Ran(1),
            None,
            "rehearsed: 1 of 3 steps would succeed; the other 2 were not rehearsed, since the first of them cannot be in a transaction",
        ),
        (stopped(0), None, "3 steps, not rehearsed: it attaches a file"),
        (stopped(1), None, "rehearsed: 1 of 3 steps would succeed; the other 2 were not rehearsed: it attaches a file"),
        (stopped(2), None, "rehearsed: 2 of 3 steps would succeed; the last one was not rehearsed: it attaches a file"),
        (standby(), None, "3 steps, not rehearsed: a standby"),
    ] {
        assert_eq!(last(rehearsal, failure), shown);
    }
}

#[test]
fn json() {
    let view = view(&preview(vec![step(7, Running::Transaction, None)], Some(Rehearsal::Ran(1))), PlanDetail::Names);
    assert_eq!(
        serde_json::to_value(view).unwrap(),
        serde_json::json!({
            "database": null, "backend": "sqlite", "url": "app.db", "notes": [],
            "steps": [{
                "action": "apply", "version": 7, "description": "add_total", "phase": null,
                "file": "migrations/sqlite/V7__add_total.sql", "statements": 1, "transaction": "step",
                "because": null, "out_of_order": false, "verdict": null,
                "verdict_unkept": null, "kept": null, "losses": [],
                "measured": false, "rows": null, "notes": [], "warnings": [], "sql": null
            }],
            "rehearsal": {"succeeded": 1, "not_possible": null, "stopped": null, "hints": []},
            "warnings": [], "error": null
        })
    );
}

#[test]
fn what_a_down_would_lose_is_measured_or_said_not_to_be() {
    let loss = |count| Counted { loss: Loss::Other { what: "rows".to_owned() }, count };
    let text = |measured, losses| {
        let step = PreviewStep { action: Action::Revert, measured, losses, ..step(7, Running::Transaction, None) };
        view(&preview(vec![step], Some(Rehearsal::Ran(1))), PlanDetail::Names).text(Paint::Plain)
    };
    assert!(!text(true, vec![loss(Some(2))]).contains("not measured"));
    assert!(text(false, vec![loss(Some(2))]).contains("counted by its text: "));
    assert!(!text(false, vec![loss(Some(0))]).contains("not measured"));
}

#[test]
fn a_down_says_what_its_proof_found() {
    let text = |action, verdict: &str| {
        let step = PreviewStep { action, verdict: Some(verdict.to_owned()), ..step(7, Running::Transaction, None) };
        view(&preview(vec![step], Some(Rehearsal::Ran(1))), PlanDetail::Names).text(Paint::Plain)
    };
    assert!(
        text(Action::Revert, "lossy: rows that the up adds to b stay")
            .contains("\n  lossy: rows that the up adds to b stay\n")
    );
    assert!(!text(Action::Revert, "lossless").contains("lossless"));
    assert!(!text(Action::Apply, "lossy: rows").contains("lossy"));
}

#[test]
fn what_does_not_compile_stands_with_its_step_or_before_them() {
    let step =
        PreviewStep { warnings: vec!["view v does not compile: x".to_owned()], ..step(7, Running::Transaction, None) };
    let before = vec!["view w does not compile: y".to_owned()];
    let found = Preview { unsound_before: before, ..preview(vec![step], Some(Rehearsal::Ran(1))) };
    let text = view(&found, PlanDetail::Names).text(Paint::Plain);
    assert!(text.contains("  warning: view v does not compile: x\nso it is before the first step: view w"), "{text}");
}
