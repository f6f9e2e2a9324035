use super::*;
use crate::error::{Code, Result};

fn of(repair: &Repair<'_>) -> String {
    let version = repair.version();
    match repair {
        Repair::Checksum { differing, .. } => match differing.as_deref() {
            None => format!("checksum {version}"),
            Some(all) => format!("checksum {version} {all:?}"),
        },
        Repair::Down { replaces, .. } => format!("down {version}{}", if *replaces { " replaced" } else { "" }),
        Repair::Forget { .. } => format!("forget {version}"),
        Repair::MarkApplied { was, .. } => {
            format!("mark {version}{}", was.map(|was| format!(" was {}", was.as_str())).unwrap_or_default())
        }
        Repair::Baseline { .. } => format!("baseline {version}"),
    }
}

fn repaired(migrations: &str, history: &str, requests: &[RepairRequest]) -> Result<String> {
    let (files, records, stored) = (files(migrations), rows(migrations, history), kept(migrations, history));
    let repairs = repairs(DIALECT, &files, &records, &stored, requests)?;
    Ok(repairs.iter().map(of).collect::<Vec<_>>().join(", "))
}

#[test]
fn what_a_repair_would_change() {
    use RepairRequest::{Baseline, Checksum, Checksums, Downs, Forget, MarkApplied};
    let at = version;
    for (files, history, requests, expected) in [
        ("1 2", "1a 2a", vec![Checksums], ""),
        ("1e 2", "1a 2a", vec![Checksums], "checksum 1 [1]"),
        ("1e 2e", "1a 2b", vec![Checksums], "checksum 1 [1], checksum 2 [1]"),
        ("1e 2e", "1a 2a", vec![Checksum(at("2"))], "checksum 2 [1]"),
        // Asked for twice, done once.
        ("1e 2e", "1a 2a", vec![Checksum(at("2")), Checksums], "checksum 2 [1], checksum 1 [1]"),
        // What is under way, or runs again by itself, is not modified.
        ("1e 2re", "1p 2a", vec![Checksums], ""),
        ("1d 2d", "1a 2ad", vec![Downs], "down 1"),
        ("1d 2", "1s 2ad", vec![Downs], ""),
        ("1 2", "1a 2p", vec![Forget(at("2"))], "forget 2"),
        ("1", "1a 2a", vec![Forget(at("2"))], "forget 2"),
        // A record that goes is not put right as well.
        ("1e 2", "1a 2a", vec![Checksums, Forget(at("1"))], "forget 1"),
        ("1 2", "1a", vec![MarkApplied(at("2"))], "mark 2"),
        ("1 2", "1a 2p", vec![MarkApplied(at("2"))], "mark 2 was partial"),
        ("1 2", "1a 2v", vec![MarkApplied(at("2"))], "mark 2 was reverting"),
        ("1 2 3", "", vec![Baseline(at("2"))], "baseline 1, baseline 2"),
        ("1 2 3", "1a 2s", vec![Baseline(at("3"))], "baseline 2, baseline 3"),
        ("1 2 3", "1a 2p", vec![Baseline(at("2"))], ""),
    ] {
        assert_eq!(repaired(files, history, &requests).unwrap(), expected, "{files} | {history} | {requests:?}");
    }
}

#[test]
fn what_a_repair_is_refused_for() {
    use RepairRequest::{Baseline, Checksum, Forget, MarkApplied};
    let at = version;
    for (files, history, request) in [
        ("1", "1a", Checksum(at("1"))),
        ("1", "1a", Checksum(at("2"))),
        ("1", "1a", Forget(at("2"))),
        ("1 2", "1a", Forget(at("2"))),
        ("1", "1a", MarkApplied(at("1"))),
        ("1", "1b", MarkApplied(at("1"))),
        ("1", "", MarkApplied(at("2"))),
        ("1", "1a 2a", MarkApplied(at("2"))),
        ("1", "", Baseline(at("2"))),
        ("1 3", "", Baseline(at("2"))),
        ("2", "", Baseline(at("1"))),
    ] {
        let error = repaired(files, history, &[request]).unwrap_err();
        assert_eq!(error.code(), Code::UnknownTarget, "{files} | {history} | {request:?}");
    }
}
