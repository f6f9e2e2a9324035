//! What a database is made with: encoding, locale, settings. `pg_dump` writes them for a database of the same name alone.

use tokio_postgres::{Client, SimpleQueryRow};

use super::ask;
use crate::backup::manifest::{DatabaseSetting, PostgresFacts, damaged};
use crate::error::{Error, Result};
use crate::sql::{Ident, Literal};

/// Reads them of the database that the client is connected to.
pub(super) async fn read(client: &Client, pg_dump: u32) -> Result<PostgresFacts> {
    // As JSON, since the names of the columns differ from version to version.
    let sql = "SELECT pg_catalog.pg_encoding_to_char(d.encoding), pg_catalog.to_json(d) \
               FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";
    let rows = ask::rows(client, sql).await?;
    let column = |at: usize| rows.first().and_then(|row| row.get(at)).unwrap_or_default();
    let facts: serde_json::Value = serde_json::from_str(column(1)).unwrap_or_default();
    let text = |name: &str| facts.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    Ok(PostgresFacts {
        pg_dump,
        encoding: column(0).to_owned(),
        provider: text("datlocprovider").unwrap_or_else(|| "c".to_owned()),
        collate: text("datcollate").unwrap_or_default(),
        ctype: text("datctype").unwrap_or_default(),
        locale: text("datlocale").or_else(|| text("daticulocale")),
        rules: text("daticurules"),
        settings: settings(client).await?,
    })
}

async fn settings(client: &Client) -> Result<Vec<DatabaseSetting>> {
    let sql = "SELECT r.rolname, pg_catalog.split_part(u.c, '=', 1), pg_catalog.substr(u.c, pg_catalog.strpos(u.c, '=') + 1) \
               FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase \
               LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY u(c, n) \
               WHERE d.datname = pg_catalog.current_database() ORDER BY r.rolname NULLS FIRST, u.n";
    let text = |row: &SimpleQueryRow, at: usize| row.get(at).map(str::to_owned);
    let rows = ask::rows(client, sql).await?;
    let setting = |row: &SimpleQueryRow| DatabaseSetting {
        role: text(row, 0),
        name: text(row, 1).unwrap_or_default(),
        value: text(row, 2).unwrap_or_default(),
    };
    Ok(rows.iter().map(setting).collect())
}

/// The statement that makes an empty database like that one.
pub(super) fn create(name: &str, facts: &PostgresFacts, server: u32) -> Result<String> {
    let literal = |text: &str| Literal(Some(text)).to_string();
    let mut sql = format!(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        Ident(name),
        literal(&facts.encoding),
        literal(&facts.collate),
        literal(&facts.ctype)
    );
    let locale = literal(facts.locale.as_deref().unwrap_or_default());
    match facts.provider.as_str() {
        // Before version 15 there is no other.
        "c" if server < 15 => {}
        "c" => sql.push_str(" LOCALE_PROVIDER libc"),
        "i" if server >= 15 => sql.push_str(&format!(" LOCALE_PROVIDER icu ICU_LOCALE {locale}")),
        "b" if server >= 17 => sql.push_str(&format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}")),
        other => return Err(no_provider(other, server)),
    }
    if let Some(rules) = &facts.rules {
        sql.push_str(&format!(" ICU_RULES {}", literal(rules)));
    }
    Ok(sql)
}

fn no_provider(provider: &str, server: u32) -> Error {
    damaged(format!("the backup has a locale that PostgreSQL {server} does not have: provider `{provider}`"))
        .with_hint("restore it on a server of the version that it was made at, or a newer one")
}

/// The statements that make the sessions of a database begin with a setting. The value is read as `SET` reads it: some are lists.
pub(super) fn set(database: &str, setting: &DatabaseSetting) -> String {
    let name = setting.name.split('.').map(|part| Ident(part).to_string()).collect::<Vec<_>>().join(".");
    let owner = match &setting.role {
        Some(role) => format!("ROLE {} IN DATABASE {}", Ident(role), Ident(database)),
        None => format!("DATABASE {}", Ident(database)),
    };
    format!(
        "BEGIN; SELECT pg_catalog.set_config({}, {}, true); ALTER {owner} SET {name} FROM CURRENT; COMMIT",
        Literal(Some(&setting.name)),
        Literal(Some(&setting.value))
    )
}
