//! A translated schema as the files of migrations, one for each phase.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::model::{TranslatedTable, Translation, Untranslatable};
use super::names::sql_name;
use crate::hex::Hex;

/// A migration to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TranslatedFile {
    /// The folder of its phase.
    pub(crate) phase: &'static str,
    pub(crate) version: i64,
    pub(crate) description: &'static str,
    pub(crate) text: String,
}

/// What the first line of a file begins with: it says of what follows whether it is as it was written.
const HEAD: &str = "-- Written by schemactl translate. SHA-256 of what follows this line: ";

impl TranslatedFile {
    /// Its path below the folder of migrations.
    pub(crate) fn path(&self) -> String {
        format!("{}/V{:04}__{}.sql", self.phase, self.version, self.description)
    }
}

/// Whether a text is as `translate` wrote it.
pub(crate) fn is_as_written(text: &str) -> bool {
    let Some((head, rest)) = text.split_once('\n') else { return false };
    head.strip_prefix(HEAD).is_some_and(|sum| sum.trim_end() == checksum(rest))
}

fn checksum(text: &str) -> String {
    Hex(&Sha256::digest(text.as_bytes())).to_string()
}

/// The files of a translation: tables; foreign keys; indexes; views. A phase that has nothing has no file.
pub(crate) fn files(translation: &Translation, source: &str) -> Vec<TranslatedFile> {
    let phases: [(&'static str, &'static str, Option<String>); 4] = [
        ("1_tables", "tables", Some(tables(translation, source))),
        ("2_foreign_keys", "foreign_keys", foreign_keys(translation)),
        ("3_indexes", "indexes", indexes(translation)),
        ("4_views", "views", views(translation)),
    ];
    let written = phases.into_iter().filter_map(|(phase, description, text)| Some((phase, description, text?)));
    (1..)
        .zip(written)
        .map(|(version, (phase, description, text))| {
            let text = format!("{HEAD}{}\n{text}", checksum(&text));
            TranslatedFile { phase, version, description, text }
        })
        .collect()
}

fn tables(translation: &Translation, source: &str) -> String {
    let mut text = format!(
        "--\n-- Tables of {}, with their keys and checks. Beside each column: its type on SQLite, and why it has this one.\n",
        line(source)
    );
    if translation.schema != "public" {
        let _ = write!(text, "\nCREATE SCHEMA IF NOT EXISTS {};\n", sql_name(&translation.schema));
    }
    for table in &translation.tables {
        write_table(&mut text, table, &translation.schema);
    }
    let for_keys: Vec<_> = translation.indexes.iter().filter(|index| index.is_for_key).collect();
    if !for_keys.is_empty() {
        text.push_str("\n-- Foreign keys refer to what these keep unique.\n");
        for_keys.iter().for_each(|index| {
            let _ = writeln!(text, "{};", index.sql);
        });
    }
    if !translation.untranslated.is_empty() {
        text.push_str("\n-- Not translated:\n");
        translation.untranslated.iter().for_each(|left| write_untranslated(&mut text, left));
    }
    text
}

fn write_table(text: &mut String, table: &TranslatedTable, schema: &str) {
    text.push('\n');
    write_comments(text, "", &table.comments);
    let _ = writeln!(text, "CREATE TABLE {} (", Translation::qualified(schema, &table.name));
    let mut rest = table.columns.len() + table.constraints.len();
    let mut comma = || {
        rest -= 1;
        if rest == 0 { "" } else { "," }
    };
    for column in &table.columns {
        write_comments(text, "    ", &column.comments);
        let parts: Vec<&str> = std::iter::once(&column.datatype).chain(&column.clauses).map(String::as_str).collect();
        let (name, evidence) = (sql_name(&column.name), line(&column.evidence));
        let _ = writeln!(text, "    {name} {}{} -- {evidence}", parts.join(" "), comma());
    }
    for constraint in &table.constraints {
        let _ = writeln!(text, "    {constraint}{}", comma());
    }
    text.push_str(");\n");
}

fn write_comments(text: &mut String, indent: &str, comments: &[String]) {
    comments.iter().for_each(|comment| {
        let _ = writeln!(text, "{indent}-- {}", line(comment));
    });
}

/// A text in a comment: on one line, and no directive.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split(['\r', '\n']).map(str::trim).filter(|words| !words.is_empty()).collect();
    words.join(" ").replace("schemactl:", "schemactl :")
}

fn write_untranslated(text: &mut String, left: &Untranslatable) {
    let _ = writeln!(text, "--   {}, {}: {}", line(&left.subject), left.what, line(&left.reason));
    for sql in left.sql.lines().filter(|sql| !sql.trim().is_empty()) {
        let _ = writeln!(text, "--     {}", sql.replace('\r', " ").trim_end().replace("schemactl:", "schemactl :"));
    }
}

fn foreign_keys(translation: &Translation) -> Option<String> {
    let keys = &translation.foreign_keys;
    let mut text = "--\n-- Foreign keys.\n\n".to_owned();
    for key in keys {
        let table = Translation::qualified(&translation.schema, &key.table);
        let _ = writeln!(text, "ALTER TABLE {table} ADD CONSTRAINT {}\n    {};", sql_name(&key.name), key.definition);
    }
    (!keys.is_empty()).then_some(text)
}

fn indexes(translation: &Translation) -> Option<String> {
    let mut indexes = translation.indexes.iter().filter(|index| !index.is_for_key).peekable();
    indexes.peek()?;
    let mut text = "--\n-- Indexes.\n\n".to_owned();
    indexes.for_each(|index| {
        let _ = writeln!(text, "{};", index.sql);
    });
    Some(text)
}

fn views(translation: &Translation) -> Option<String> {
    let mut text = "--\n-- Views.\n".to_owned();
    translation.views.iter().for_each(|view| {
        let _ = write!(text, "\n{};\n", view.sql);
    });
    (!translation.views.is_empty()).then_some(text)
}
