use super::*;
use crate::history::{IndexRow, StatementHashes, StoredDown, UndoRecord};
use crate::source::GENERATED;
use crate::version::Version;

const DELETED: &str =
    "lossy: rows of table role that the up removes do not come back; the statement is: DELETE FROM role";

fn kept(kind: &str) -> KeptRows {
    let row = IndexRow {
        version: 2,
        kind: kind.to_owned(),
        kept_until: Some("2026-12-30T08:00:00.000Z".to_owned()),
        reason: Some("the step has savepoints".to_owned()),
        ..IndexRow::default()
    };
    KeptRows::of(&[row], &std::collections::BTreeSet::new()).remove(0)
}

fn down(text: &str, undo: UndoRecord) -> DownNow {
    let sql = text.to_owned();
    let checksum = crate::source::Checksum::of(&sql).to_string();
    let stored = Stored {
        version: Version::new(2).unwrap(),
        hashes: StatementHashes::Each(Vec::new()),
        down: Some(StoredDown::new(sql, &checksum)),
        verdict: None,
        found: None,
        undo,
    };
    DownNow::of(Dialect::Sqlite, &stored, None)
}

fn whole() -> UndoRecord {
    UndoRecord::Whole(Vec::new())
}

fn now(known: &str, kept: Option<&KeptRows>, down: &DownNow) -> String {
    VerdictNow::of(Some(known.parse().unwrap()), kept, down).unwrap().to_string()
}

#[test]
fn what_the_up_did_is_taken_away_while_it_is_kept() {
    let kept = kept(IndexRow::WHOLE);
    let by_hand = down("SELECT 1;\n", whole());
    assert_eq!(now(DELETED, Some(&kept), &by_hand), "lossless while kept until 2026-12-30");
    assert_eq!(now("lossless", Some(&kept), &by_hand), "lossless");
    assert_eq!(now("irreversible: no", Some(&kept), &by_hand), "irreversible: no");
    let forever = KeptRows { kept_until: None, ..kept.clone() };
    assert_eq!(now(DELETED, Some(&forever), &by_hand), "lossless while kept");
    // The index and the record do not say the same.
    for record in [UndoRecord::Absent, UndoRecord::Not("no".into()), UndoRecord::unknown()] {
        assert_eq!(now(DELETED, Some(&kept), &down("SELECT 1;\n", record)), DELETED);
    }
}

#[test]
fn what_is_not_known_is_not_taken_away() {
    let kept = kept(IndexRow::WHOLE);
    let by_hand = down("SELECT 1;\n", whole());
    for known in [
        "lossy",
        "lossy: something that an earlier release said",
        "lossy: the statement is: DELETE FROM role",
        "lossy: column role.rank is dropped with its values",
        "lossy: rows of table role are deleted",
        "lossy: sequence a begins anew",
    ] {
        let now = now(known, Some(&kept), &by_hand);
        assert!(now.starts_with("lossy"), "{known}: {now}");
    }
    // A reason that is taken away is not told beside one that stays.
    let both = format!("{DELETED}; column role.note is dropped with its values");
    assert_eq!(now(&both, Some(&kept), &by_hand), "lossy: column role.note is dropped with its values");
}

#[test]
fn what_its_head_says_stays() {
    let kept = kept(IndexRow::WHOLE);
    let said = "rows of table role that the up removes do not come back";
    let by_hand = down(&format!("-- schemactl: loses = other: {said}\nSELECT 1;\n"), whole());
    assert_eq!(now(&format!("lossy: {said}"), Some(&kept), &by_hand), format!("lossy: {said}"));
}

#[test]
fn a_generated_down_leaves_rows_to_the_record() {
    let kept = kept(IndexRow::WHOLE);
    let known = "lossy: rows of table role are deleted";
    let generated = down(&format!("{GENERATED}\nDELETE FROM role WHERE name = 'a';\n"), whole());
    assert_eq!(now(known, Some(&kept), &generated), "lossless while kept until 2026-12-30");
    let unkept = down(&format!("{GENERATED}\nDELETE FROM role WHERE name = 'a';\n"), UndoRecord::Not("no".into()));
    assert_eq!(now(known, Some(&kept), &unkept), known);
    // Rows are in the way of what it would do to rows alone, which it does not do.
    let fails = "lossy: it fails, and changes nothing, where rows are in the way: FOREIGN KEY constraint failed";
    assert_eq!(now(fails, Some(&kept), &generated), "lossless while kept until 2026-12-30");
    let shape = down(&format!("{GENERATED}\nDELETE FROM role;\nDROP INDEX a;\n"), whole());
    assert_eq!(now(known, Some(&kept), &shape), "lossless while kept until 2026-12-30");
    assert_eq!(now(fails, Some(&kept), &shape), fails);
    // A rebuild copies rows, and this one does more than that.
    let more = down(&format!("{GENERATED}\nREPLACE INTO role SELECT * FROM other;\n"), whole());
    assert_eq!(now(known, Some(&kept), &more), known);
}

#[test]
fn a_dry_run_counts_what_is_there() {
    let kept = kept(IndexRow::WHOLE);
    let known = "lossy: column role.note is dropped with its values";
    let mut by_hand = down("ALTER TABLE role DROP COLUMN note;\n", whole());
    by_hand.tried = TriedNow::LosesNothing;
    assert_eq!(now(known, Some(&kept), &by_hand), "lossless while kept until 2026-12-30");
    by_hand.tried = TriedNow::Loses(vec!["rows of table member are deleted".to_owned()]);
    assert_eq!(now(DELETED, Some(&kept), &by_hand), "lossy: rows of table member are deleted");
    assert_eq!(now(known, Some(&kept), &by_hand), format!("{known}; rows of table member are deleted"));
}

#[test]
fn what_is_not_kept_is_told() {
    let by_hand = down("SELECT 1;\n", whole());
    assert_eq!(
        now(DELETED, Some(&kept(IndexRow::NOT)), &by_hand),
        format!("{DELETED}; rows that the up changed were not kept, and are not put back: the step has savepoints")
    );
    assert_eq!(now("lossless", Some(&kept(IndexRow::NOT)), &by_hand), "lossless");
    let purged = now("lossless", Some(&kept(IndexRow::PURGED)), &by_hand);
    assert!(purged.starts_with("lossy: rows that the up changed are not put back"), "{purged}");
    assert_eq!(now(DELETED, None, &by_hand), DELETED);
    assert_eq!(VerdictNow::of(None, Some(&kept(IndexRow::WHOLE)), &by_hand), None);
}
