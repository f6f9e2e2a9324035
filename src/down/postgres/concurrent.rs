//! Indexes are built and dropped as the up did it: without writers waiting, where it was CONCURRENTLY.

use std::collections::BTreeSet;

use crate::source::Script;
use crate::sql::{Dialect, IndexWork, Outside, OwnKind, OwnStatement, StatementKind};

/// The statements, CONCURRENTLY where the up was. Such a script runs statement by statement: so only where it is about nothing but
/// indexes, and whatever comes after an interruption is a schema that works.
pub(super) fn like(up: &Script, statements: Vec<OwnStatement>) -> Vec<OwnStatement> {
    let Ok(up) = up.statements(Dialect::Postgres) else { return statements };
    let names: BTreeSet<String> = up.iter().flat_map(|statement| indexes(&statement.kind)).collect();
    if names.is_empty() || !statements.iter().all(is_of_index) {
        return statements;
    }
    statements.into_iter().map(|statement| concurrently(statement, &names)).collect()
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

fn is_of_index(statement: &OwnStatement) -> bool {
    matches!(statement.kind, OwnKind::Index(_))
}

/// The same statement CONCURRENTLY, where it builds or drops one of these indexes.
fn concurrently(statement: OwnStatement, names: &BTreeSet<String>) -> OwnStatement {
    match &statement.kind {
        OwnKind::Index(IndexWork::Whole { name, concurrently }) if names.contains(name) => {
            let text = concurrently.clone();
            statement.worded(text)
        }
        _ => statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(up: &str, down: &[OwnStatement]) -> Vec<String> {
        let up = Script::new("V1__a.sql", up.to_owned());
        like(&up, down.to_vec()).into_iter().map(|statement| statement.text).collect()
    }

    fn whole(name: &str, text: &str) -> OwnStatement {
        let concurrently = text.replacen("INDEX", "INDEX CONCURRENTLY", 1);
        OwnStatement::new(OwnKind::Index(IndexWork::Whole { name: name.to_owned(), concurrently }), text)
    }

    #[test]
    fn indexes_go_and_come_as_the_up_did_it() {
        let up = "CREATE INDEX CONCURRENTLY \"New\" ON t (a); DROP INDEX CONCURRENTLY IF EXISTS app.old; CREATE INDEX plain ON t (b)";
        assert_eq!(
            of(
                up,
                &[
                    whole("New", "DROP INDEX public.\"New\""),
                    whole("plain", "DROP INDEX public.plain"),
                    whole("old", "CREATE UNIQUE INDEX old ON app.t USING btree (a)"),
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
        let down = [whole("i", "DROP INDEX public.i"), OwnStatement::object("ALTER TABLE public.t DROP COLUMN b")];
        assert_eq!(of(up, &down), ["DROP INDEX public.i", "ALTER TABLE public.t DROP COLUMN b"]);
        assert_eq!(of("CREATE INDEX i ON t (a)", &down[..1]), ["DROP INDEX public.i"]);
    }
}
