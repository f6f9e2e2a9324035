//! Indexes are built and dropped as the up did it: without writers waiting, where it was CONCURRENTLY.

use std::collections::BTreeSet;

use crate::source::Script;
use crate::sql::{self, Dialect, Outside, StatementKind};

/// The statements, CONCURRENTLY where the up was. Such a script runs statement by statement: so only where it is about nothing but
/// indexes, and whatever comes after an interruption is a schema that works.
pub(super) fn like(up: &Script, statements: Vec<String>) -> Vec<String> {
    let Ok(up) = up.statements(Dialect::Postgres) else { return statements };
    let names: BTreeSet<String> = up.iter().flat_map(|statement| indexes(&statement.kind)).collect();
    if names.is_empty() || !statements.iter().all(|statement| is_of_index(statement)) {
        return statements;
    }
    statements.into_iter().map(|statement| concurrently(&statement, &names).unwrap_or(statement)).collect()
}

/// The indexes that a statement builds or drops CONCURRENTLY.
fn indexes(kind: &StatementKind<'_>) -> Vec<String> {
    match kind {
        StatementKind::Outside(Outside::CreateIndexConcurrently { index: Some(index), .. }) => {
            vec![index.name.to_string()]
        }
        StatementKind::Outside(Outside::DropIndexConcurrently { indexes }) => {
            indexes.iter().map(|index| index.name.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

fn is_of_index(statement: &str) -> bool {
    let begins = ["CREATE INDEX ", "CREATE UNIQUE INDEX ", "DROP INDEX ", "ALTER INDEX ", "COMMENT ON INDEX "];
    begins.iter().any(|begin| statement.starts_with(begin))
}

/// The same statement CONCURRENTLY, where it is about one of these indexes.
fn concurrently(statement: &str, names: &BTreeSet<String>) -> Option<String> {
    let text = statement.replacen("INDEX ", "INDEX CONCURRENTLY ", 1);
    let parsed = sql::statements(Dialect::Postgres, &text).next()?.ok()?;
    let found = indexes(&parsed.kind);
    (!found.is_empty() && found.iter().all(|index| names.contains(index))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(up: &str, down: &[&str]) -> Vec<String> {
        let up = Script::new("V1__a.sql", up.to_owned());
        like(&up, down.iter().map(|statement| (*statement).to_owned()).collect())
    }

    #[test]
    fn indexes_go_and_come_as_the_up_did_it() {
        let up = "CREATE INDEX CONCURRENTLY \"New\" ON t (a); DROP INDEX CONCURRENTLY IF EXISTS app.old; CREATE INDEX plain ON t (b)";
        assert_eq!(
            of(
                up,
                &[
                    "DROP INDEX public.\"New\"",
                    "DROP INDEX public.plain",
                    "CREATE UNIQUE INDEX old ON app.t USING btree (a)"
                ]
            ),
            [
                "DROP INDEX CONCURRENTLY public.\"New\"",
                "DROP INDEX public.plain",
                "CREATE UNIQUE INDEX CONCURRENTLY old ON app.t USING btree (a)"
            ]
        );
    }

    #[test]
    fn what_must_be_whole_stays_in_its_transaction() {
        let up = "CREATE INDEX CONCURRENTLY i ON t (a); ALTER TABLE t ADD b int";
        let down = ["DROP INDEX public.i", "ALTER TABLE public.t DROP COLUMN b"];
        assert_eq!(of(up, &down), down);
        assert_eq!(of("CREATE INDEX i ON t (a)", &down[..1]), down[..1]);
    }
}
