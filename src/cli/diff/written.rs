//! `diff --new`: what was done outside of migrations becomes the next one.

use crate::cli::context::Context;
use crate::cli::drift;
use crate::cli::new::{NextMigration, Numbering, named};
use crate::config::{DatabaseTarget, MigrationSource, Project};
use crate::drift::{Drift, Finding, Sql};
use crate::error::{Code, Error, Result};
use crate::report::{NewDocument, visible};
use crate::source::names;

/// Writes the file, and says what is to be done with it. Where nothing differs, or what differs is not known, nothing is written.
pub(super) fn write(
    context: &Context,
    project: &Project,
    target: &DatabaseTarget,
    drift: &Drift,
    description: &str,
) -> Result<NewDocument> {
    let slug = named(description)?;
    let done = done(target, drift)?;
    let own = target.source();
    refuse_pending(&own, drift)?;
    let sources: Vec<MigrationSource> =
        project.sources()?.into_iter().filter(|source| source.database == own.database).collect();
    let next = NextMigration::of(project, &sources, drift.version, slug, Numbering::AsBefore)?;
    let created = next.create(&own, None, &text(done))?;
    let (version, output) = (next.version, &context.output);
    output.data(format!("\ncreated {}", created.file));
    for other in sources.iter().filter(|source| source.dialect != own.dialect) {
        output.data(format!("  write version {version} for {} too, in {}", other.dialect, other.migrations.display()));
    }
    output.data(format!(
        "\nnext:\n  schemactl generate                       write what takes it back\n  schemactl repair --mark-applied {version:<8} this database has it already"
    ));
    Ok(next.document(vec![created]))
}

fn done<'a>(target: &DatabaseTarget, drift: &'a Drift) -> Result<&'a Sql> {
    let refused = |message: String| Error::new(Code::Usage, message).with_state("nothing was written");
    match &drift.finding {
        Finding::None => {
            Err(refused(format!("{} is what its migrations make: there is no migration to write", target.connection)))
        }
        Finding::Differs(differences) => {
            differences.done.as_ref().filter(|done| done.has_statements()).ok_or_else(|| {
                refused(format!("what differs in {} cannot be written as statements", target.connection))
                    .with_hint("`schemactl diff` lists it: write it by hand, in the file that `schemactl new` makes")
            })
        }
        Finding::Unexplained(_) | Finding::Unknown(_) => {
            let unknown = || refused(format!("what differs in {} is not known", target.connection));
            Err(drift::error(target, drift).unwrap_or_else(unknown).with_state("nothing was written"))
        }
    }
}

/// The new migration comes last, and what is pending below it may do the same or build on something else.
fn refuse_pending(source: &MigrationSource, drift: &Drift) -> Result<()> {
    let named = names(&source.migrations)?;
    match named.iter().find(|named| drift.version.is_none_or(|last| named.version > last)) {
        Some(pending) => {
            Err(Error::new(Code::Usage, format!("migration {} is pending, and comes first", pending.version))
                .with_state("nothing was written")
                .with_hint(
                    "`schemactl up` applies it; where this database has it already: `schemactl repair --mark-applied`",
                ))
        }
        None => Ok(()),
    }
}

/// What is printed, without the indentation; what the statements leave out stands above them.
fn text(done: &Sql) -> String {
    let mut text = "-- What was done outside of migrations, as `schemactl diff` found it.\n".to_owned();
    for gap in &done.gaps {
        text.push_str(&format!("-- Left out: {}\n", visible(&gap.split_whitespace().collect::<Vec<_>>().join(" "))));
    }
    text + "\n" + done.text.trim_end() + "\n"
}
