//! The map in schema.toml: lines are added to it, and the others stay as people wrote them.

use std::path::PathBuf;

use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use super::TranslateEnds;
use crate::config::{FILE_NAME, Map, Project};
use crate::document::toml_string;
use crate::error::{Code, Error, Place, Result};
use crate::translate::{Question, Translation};

/// schema.toml as it is and as it is to be.
pub(super) struct SchemaText {
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) old: String,
    pub(super) new: String,
    /// The map in the new text.
    pub(super) map: Map,
}

impl SchemaText {
    pub(super) fn is_changed(&self) -> bool {
        self.old != self.new
    }
}

/// Adds to schema.toml what the translation needs, and its questions as comments.
pub(super) fn with_map(ends: &TranslateEnds, translation: &Translation) -> Result<SchemaText> {
    let path = ends.project.file().map_or_else(|| PathBuf::from(FILE_NAME), PathBuf::from);
    let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |cause| Error::io(Code::ConfigFile, format!("{shown} cannot be read"), cause);
    let old = std::fs::read_to_string(&path).map_err(failed)?;
    let new = edited(&old, ends, translation)?;
    let database = ends.target.database.as_deref();
    let map = Project::map_in(new.clone(), database)?.unwrap_or_else(|| ends.map.clone());
    Ok(SchemaText { path, shown, old, new, map })
}

fn edited(old: &str, ends: &TranslateEnds, translation: &Translation) -> Result<String> {
    let mut document: DocumentMut = old.parse().map_err(|error: toml_edit::TomlError| {
        Error::new(Code::ConfigFile, format!("{FILE_NAME} is not TOML"))
            .with_place(Place::whole(FILE_NAME))
            .with_cause(error.message().to_owned())
    })?;
    let has_map = ends.project.map(ends.target.database.as_deref()).is_some();
    {
        let map = match &ends.target.database {
            None => section(document.as_table_mut(), &["map"])?,
            Some(name) => section(document.as_table_mut(), &["database", name, "map"])?,
        };
        if !has_map && translation.schema != "public" {
            map.insert("schema", value(&translation.schema));
        }
        write_names(map, translation)?;
        let types =
            translation.decided.iter().filter(|decided| ends.map.type_of(&decided.table, &decided.column).is_none());
        for decided in types {
            let of_table = dotted(section(map, &["types"])?, &decided.table)?;
            let mut line = value(&decided.datatype);
            if let Some(line) = line.as_value_mut() {
                line.decor_mut().set_suffix(format!(" # {}", decided.reason.replace(['\n', '\r'], " ")));
            }
            of_table.insert(&decided.column, line);
        }
        if translation.questions.iter().any(|question| question.rule.is_some()) {
            section(map, &["convert"])?;
        }
        if translation.questions.iter().any(|question| question.datatype.is_some()) {
            section(map, &["types"])?;
        }
    }
    let mut text = document.to_string();
    for question in &translation.questions {
        ask(&mut text, &ends.map.section, question);
    }
    Ok(text)
}

fn write_names(map: &mut dyn TableLike, translation: &Translation) -> Result<()> {
    for renamed in &translation.renamed {
        match &renamed.column {
            None => {
                let tables = section(map, &["tables"])?;
                if !tables.contains_key(&renamed.table) {
                    tables.insert(&renamed.table, value(path_part(&renamed.name)));
                }
            }
            Some(column) => {
                let of_table = dotted(section(map, &["columns"])?, &renamed.table)?;
                if !of_table.contains_key(column) {
                    of_table.insert(column, value(path_part(&renamed.name)));
                }
            }
        }
    }
    Ok(())
}

/// A name as the map reads it: in quotes where it has a dot.
fn path_part(name: &str) -> String {
    if name.contains(['.', '"']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

/// A section below another, made where it is missing.
fn section<'t>(parent: &'t mut dyn TableLike, path: &[&str]) -> Result<&'t mut dyn TableLike> {
    let Some((first, rest)) = path.split_first() else { return Ok(parent) };
    let made = || {
        let mut table = Table::new();
        table.set_implicit(!rest.is_empty());
        Item::Table(table)
    };
    let item = parent.entry(first).or_insert_with(made);
    let table = item.as_table_like_mut().ok_or_else(|| {
        Error::new(Code::InvalidValue, format!("`{first}` in {FILE_NAME} is no table"))
            .with_place(Place::whole(FILE_NAME))
    })?;
    section(table, rest)
}

/// The lines `table.column = ...` of a table.
fn dotted<'t>(parent: &'t mut dyn TableLike, table: &str) -> Result<&'t mut dyn TableLike> {
    let made = || {
        let mut of_table = Table::new();
        of_table.set_dotted(true);
        Item::Table(of_table)
    };
    parent.entry(table).or_insert_with(made).as_table_like_mut().ok_or_else(|| {
        Error::new(Code::InvalidValue, format!("`{table}` in {FILE_NAME} is no table"))
            .with_place(Place::whole(FILE_NAME))
    })
}

/// Adds a question below the heading of its section, with the line that would answer it in a comment.
fn ask(text: &mut String, section: &str, question: &Question) {
    let name = format!("{}.{}", key(&question.table), key(&question.column));
    let rule = question.rule.as_ref().map(|rule| ("convert", format!("# {name} = {{ {rule} }}")));
    let datatype =
        question.datatype.as_ref().map(|datatype| ("types", format!("# {name} = {}", toml_string(datatype))));
    for (part, answer) in rule.into_iter().chain(datatype) {
        let heading = format!("[{section}.{part}]");
        let is_there = text.lines().any(|line| line.trim() == answer);
        let Some(at) = heading_end(text, &heading).filter(|_| !is_there) else { continue };
        let (plain, question) = (name.replace('"', ""), question.text.replace(['\n', '\r'], " "));
        text.insert_str(at, &format!("# {plain}: {question}\n{answer}\n"));
    }
}

/// Where the line behind a heading begins.
fn heading_end(text: &mut String, heading: &str) -> Option<usize> {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.split('#').next().is_some_and(|line| line.trim() == heading) {
            return Some(at);
        }
    }
    None
}

/// A key of TOML: bare where it may be.
fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_bare { name.to_owned() } else { toml_string(name) }
}
