//! What a session is set to, so that a step cannot leave its settings to the next one, or to the application.

use super::PostgresDatabase;
use super::message::Message;
use super::session::DeferredCleanup;
use crate::sql::{Ident, Literal, Strings};

/// The role and the settings that the session had before the first step.
#[derive(Debug, Clone, Default)]
pub(super) struct SessionState {
    /// Statements that put it back.
    restore: Vec<String>,
}

impl SessionState {
    pub(super) fn new(
        session_user: &str,
        role: &str,
        settings: &[(String, String)],
        reset: Vec<String>,
        strings: Strings,
    ) -> Self {
        // RESET ALL leaves role and session user alone.
        let mut restore = vec![format!("SET SESSION AUTHORIZATION {}", Literal(Some(session_user)))];
        restore.extend(reset);
        if role != "none" {
            restore.push(format!("SET ROLE {}", Ident(role)));
        }
        let settings: Vec<String> = settings
            .iter()
            .map(|(name, value)| format!("set_config({}, {}, false)", Literal(Some(name)), Literal(Some(value))))
            .collect();
        if !settings.is_empty() {
            restore.push(format!("SELECT {}", settings.join(", ")));
        }
        // Scripts are cut with this in mind. The session has it, whatever the role or the application has set.
        if strings == Strings::Escapes {
            restore.push("SET standard_conforming_strings = on".to_owned());
        }
        Self { restore }
    }

    /// Statements that put the session back.
    pub(super) fn restore(&self) -> &[String] {
        &self.restore
    }
}

/// Adds what puts the session's settings back.
pub(super) fn settings(database: &PostgresDatabase<'_>, message: &mut Message) {
    database.prepared().state.restore().iter().for_each(|statement| message.ours(statement));
}

/// Statements that put the session's settings back, which it owes from now on: until they have run.
pub(super) fn defer_put_back(database: &mut PostgresDatabase<'_>) -> String {
    let put_back = database.prepared().state.restore().join(";\n");
    database.session.defer_cleanup(DeferredCleanup::Settings, &put_back);
    put_back
}

/// Statements that reset every setting that was made in the session.
///
/// RESET ALL would take the settings that an application invented (`SET app.tenant = ...`) with it, and no catalog lists those,
/// so that they could not be put back. Where the session is the application's each setting is reset on its own.
pub(super) fn reset(borrowed: bool, version: u32) -> Vec<String> {
    if !borrowed {
        return vec!["RESET ALL".to_owned()];
    }
    // Those that every step sets; RESET leaves less behind than a value.
    let ours = ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"];
    let ours = &ours[..if version >= 170_000 { 4 } else { 3 }];
    let others = format!(
        "SELECT set_config(name, reset_val, false) FROM pg_catalog.pg_settings WHERE source = 'session' \
         AND name !~ '^transaction_(isolation|read_only|deferrable)$' AND name <> ALL ('{{{}}}')",
        ours.join(",")
    );
    ours.iter().map(|name| format!("RESET {name}")).chain([others]).collect()
}
