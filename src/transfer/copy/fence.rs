//! While a source is followed, nobody but the follower writes to the tables of the target.

use super::journal::MoveJournal;
use crate::catalog::ObjectName;
use crate::history::FENCE_FUNCTION;
use crate::sql::{Ident, Literal};

/// The triggers that refuse it, and their function.
#[derive(Debug)]
pub(crate) struct Fence {
    function: String,
}

/// Its name on each table.
pub(crate) const FENCE: &str = "schemactl_move_fence";

/// The setting by which the follower is told from others, for one transaction.
pub(crate) const FOLLOWER: &str = "schemactl.follows";

impl Fence {
    pub(crate) fn beside(journal: &MoveJournal) -> Self {
        Self { function: journal.beside_history(FENCE_FUNCTION) }
    }

    /// The function, as SQL names it.
    pub(crate) fn function(&self) -> &str {
        &self.function
    }

    /// The statements that put it up. Whoever writes has to say which move it is of.
    pub(crate) fn put_up<'t>(&self, tables: impl Iterator<Item = &'t ObjectName>, id: &str) -> String {
        let function = format!(
            "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $schemactl$\nBEGIN\n\
             IF current_setting({}, true) IS DISTINCT FROM TG_ARGV[0] THEN\n\
             RAISE EXCEPTION 'the rows of % come from SQLite, and only the move writes to it until both are switched', TG_TABLE_NAME\n\
             USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'see \"schemactl move status\"';\n\
             END IF;\nRETURN NULL;\nEND\n$schemactl$",
            self.function,
            Literal(Some(FOLLOWER))
        );
        let triggers = tables.map(|table| {
            format!(
                "CREATE TRIGGER {} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {}({})",
                Ident(FENCE),
                self.function,
                Literal(Some(id))
            )
        });
        std::iter::once(function).chain(triggers).collect::<Vec<_>>().join(";\n")
    }

    /// The statements that take it away, where it is.
    pub(crate) fn take_away<N: AsRef<str>>(&self, tables: &[N]) -> String {
        let triggers =
            tables.iter().map(|table| format!("DROP TRIGGER IF EXISTS {} ON {}", Ident(FENCE), table.as_ref()));
        triggers.chain([format!("DROP FUNCTION IF EXISTS {}()", self.function)]).collect::<Vec<_>>().join(";\n")
    }

    /// The query for the tables on which it is not, or is switched off.
    pub(crate) fn missing<N: AsRef<str>>(&self, tables: &[N]) -> String {
        let names: Vec<String> = tables.iter().map(|table| Literal(Some(table.as_ref())).to_string()).collect();
        format!(
            "SELECT t.id::regclass FROM unnest(ARRAY[{}]::regclass[]) AS t (id) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g \
             WHERE g.tgrelid = t.id AND g.tgname = {} AND g.tgenabled IN ('O', 'A') AND g.tgfoid = {}::regproc)",
            names.join(", "),
            Literal(Some(FENCE)),
            Literal(Some(&self.function))
        )
    }

    /// The statement that says, for the transaction at hand, that the move writes.
    pub(crate) fn pass(id: &str) -> String {
        format!("SELECT set_config({}, {}, true)", Literal(Some(FOLLOWER)), Literal(Some(id)))
    }
}
