//! What is wrong with a history, in the words of a person who wants it mended.

use crate::error::Result;
use crate::plan::{self, Entry, Kin, MigrationStatus, Repair};
use crate::report::WrongView;
use crate::run::RepairPlan;
use crate::source::Migrations;

/// Every version whose record does not fit its files. Of a history that may be another application's nothing is mended: what does so
/// would harm that one.
pub(super) fn find(plan: &RepairPlan, migrations: &Migrations, kin: Kin) -> Result<Vec<WrongView>> {
    let entries = plan.entries(migrations)?;
    if kin == Kin::Strange {
        return Ok(entries.iter().filter_map(of_stranger).collect());
    }
    let mut wrong = Vec::new();
    for entry in &entries {
        wrong.extend(match moved(entry, &entries) {
            Some(view) => Some(view),
            None if plan.is_edited_since(entry)? => Some(of_edited(entry)),
            None => of_entry(entry, kin),
        });
    }
    // Of a history that may be another application's nobody stores a down.
    let downs = if kin == Kin::Ours { plan.downs_to_store(migrations)? } else { Vec::new() };
    for repair in downs {
        let Repair::Down { migration, script, replaces } = repair else { continue };
        let (version, path, flags) = (migration.version(), script.path(), Some("--downs".to_owned()));
        wrong.push(if replaces {
            let message = format!("{version}: the stored down is not that of {path}");
            WrongView::new(version, "down differs", message, flags)
        } else {
            // `down` takes it from the file: who has none is a release that does not know the migration.
            let message =
                format!("{version}: no down is stored, since {path} came later; to store it for other releases, too");
            WrongView::new(version, "down not stored", message, flags).harmless()
        });
    }
    wrong.sort_by_key(|wrong| wrong.version);
    Ok(wrong)
}

fn of_stranger(entry: &Entry<'_>) -> Option<WrongView> {
    let (version, status) = (entry.version(), entry.status());
    let recorded = entry.record()?.description();
    let message = match (status, entry.migration()) {
        (MigrationStatus::Modified, Some(migration)) => {
            format!("{version} {recorded} is recorded, and the file is {migration}")
        }
        (_, None) => format!("{version} {recorded} is recorded, and has no file here"),
        _ => return None,
    };
    Some(WrongView::new(version, status.as_str(), message, None))
}

/// Of a version whose text is that of a file with another number: `--forget` alone would have it run again.
fn moved(entry: &Entry<'_>, entries: &[Entry<'_>]) -> Option<WrongView> {
    let (version, status) = (entry.version(), entry.status());
    if !matches!(status, MigrationStatus::Missing | MigrationStatus::Newer | MigrationStatus::Modified) {
        return None;
    }
    let (to, description) = plan::moved(entry, entries)?;
    let message = format!(
        "what was applied as {version} has the version {to} now: {description}: give it the version {version} again; or, where no version \
         between them needs it"
    );
    Some(WrongView::new(version, status.as_str(), message, Some(format!("--forget {version} --mark-applied {to}"))))
}

/// Of one that stopped between two statements and does not go on.
fn of_edited(entry: &Entry<'_>) -> WrongView {
    let (version, status) = (entry.version(), entry.status());
    let message = format!(
        "{version} {} stopped between two statements, and what was done has been edited since: put that back, and `schemactl up` goes on \
         with it; or, once it is finished by hand",
        entry.description()
    );
    WrongView::new(version, status.as_str(), message, Some(format!("--mark-applied {version}")))
}

fn of_entry(entry: &Entry<'_>, kin: Kin) -> Option<WrongView> {
    let (version, status) = (entry.version(), entry.status());
    let name = format!("{version} {}", entry.description());
    let (message, flags) = match status {
        // Two branches gave one version, or the file was renumbered: `up` says which, and `--checksums` would record what never ran.
        MigrationStatus::Modified if entry.is_another() => (
            format!(
                "{version} was applied under another name than {}: `schemactl plan` shows the way out",
                entry.description()
            ),
            None,
        ),
        MigrationStatus::Modified => (
            format!(
                "{name} was changed after it was applied: put the file back, or, where the database is as it says now, record that"
            ),
            // Each by its number, where the history may be another application's.
            Some(if kin == Kin::Ours { "--checksums".to_owned() } else { format!("--checksum {version}") }),
        ),
        MigrationStatus::Missing => (
            format!(
                "{name} is applied, and its file is missing: put the file back; or, where what it did was undone by hand"
            ),
            Some(format!("--forget {version}")),
        ),
        MigrationStatus::Partial => (
            format!(
                "{name} stopped between two statements: `schemactl up` goes on with it; or, once it is finished by hand"
            ),
            Some(format!("--mark-applied {version}")),
        ),
        MigrationStatus::Reverting => (
            format!("{name} is partly taken back: `schemactl down` goes on with it; or, once it is finished by hand"),
            Some(format!("--forget {version}")),
        ),
        MigrationStatus::Newer => (
            format!(
                "{name} is above all versions that the files have: where a newer release applied it, run that release, or `schemactl down`; \
                 where its file was lost, bring it back; where what it did was undone by hand"
            ),
            Some(format!("--forget {version}")),
        ),
        _ => return None,
    };
    let view = WrongView::new(version, status.as_str(), message, flags);
    Some(if status == MigrationStatus::Newer { view.harmless() } else { view })
}
