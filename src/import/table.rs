//! The table that records go to, and what its columns make of values.

use crate::catalog::{Catalog, Kind, Object};
use crate::config::{ColumnSource, ImportColumn, ImportRule};
use crate::convert::{ColumnRule, ConvertOptions, TargetType};
use crate::database::sqlite::inspect::SqliteSnapshot;
use crate::error::{Code, Error, Result, did_you_mean};
use crate::sql::{Ident, Plain};
use crate::transfer::{MappedColumn, MappedTable, MappedTables, type_of};
use crate::translate::reading_type;

/// The tables of a target, and how their types are read.
pub(crate) enum TargetCatalog {
    Sqlite(SqliteSnapshot),
    Postgres(Box<Catalog>),
}

/// The table of a rule, and where the values of its columns come from.
#[derive(Debug, Clone)]
pub(crate) struct TablePlan {
    /// As SQL names it.
    pub(crate) name: String,
    /// As messages name it.
    pub(crate) plain: String,
    pub(crate) columns: Vec<ColumnPlan>,
    /// The places of the columns that tell rows apart.
    pub(crate) key: Vec<usize>,
    pub(crate) fires_triggers: bool,
}

/// A column of the table.
#[derive(Debug, Clone)]
pub(crate) struct ColumnPlan {
    pub(crate) name: String,
    pub(crate) from: ColumnSource,
    pub(crate) rule: ColumnRule,
    pub(crate) may_be_null: bool,
    /// The type that the server makes of a text, where values come as it writes them.
    pub(crate) cast: Option<String>,
    /// Where a value is looked up, with the field for each column by which.
    pub(crate) lookup: Option<(LookupPlan, Vec<String>)>,
}

/// A column of another table, and the columns by which its row is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LookupPlan {
    /// As SQL names it.
    pub(crate) table: String,
    pub(crate) plain: String,
    pub(crate) column: String,
    pub(crate) by: Vec<String>,
}

impl TargetCatalog {
    pub(crate) fn tables(&self) -> Vec<MappedTable> {
        match self {
            Self::Sqlite(snapshot) => snapshot.tables(),
            Self::Postgres(catalog) => catalog.tables(),
        }
    }

    /// The table of a name. A schema that is not named is the one where the history is, or where the name is only once.
    pub(crate) fn table(&self, name: &[String], schema: &str) -> Option<MappedTable> {
        let tables = self.tables();
        let is_called = |table: &&MappedTable, name: &str| match self {
            Self::Sqlite(_) => table.name.eq_ignore_ascii_case(name),
            Self::Postgres(_) => table.name == name,
        };
        match name {
            [schema, name] => {
                tables.iter().find(|table| table.schema.as_ref() == Some(schema) && is_called(table, name))
            }
            [name] => {
                let mut found = tables.iter().filter(|table| is_called(table, name));
                let own = found.clone().find(|table| table.schema.as_deref().is_none_or(|own| own == schema));
                own.or_else(|| found.next().filter(|_| found.next().is_none()))
            }
            _ => None,
        }
        .cloned()
    }

    /// The type of a column. SQLite has types that mean more than their affinity says: by the declared word, and by a CHECK.
    pub(crate) fn datatype(&self, table: &MappedTable, column: &MappedColumn) -> TargetType {
        match self {
            Self::Postgres(catalog) => type_of(catalog, &column.datatype),
            Self::Sqlite(snapshot) => {
                let entry = snapshot.table(&table.name);
                let found = entry.and_then(|entry| entry.table.columns.iter().find(|known| known.name == column.name));
                found.map_or(TargetType::Text, |found| reading_type(&found.datatype, &found.definition))
            }
        }
    }

    /// The names of virtual tables, whose rows are no rows of theirs, or are kept by a module.
    pub(crate) fn virtual_tables(&self) -> Vec<String> {
        let Self::Sqlite(snapshot) = self else { return Vec::new() };
        let found = snapshot.others.iter().filter(|other| other.kind == Kind::VirtualTable);
        found.map(|other| other.name.clone()).collect()
    }

    fn missing(&self, rule: &ImportRule) -> Error {
        let name = rule.table.join(".");
        let tables = self.tables();
        let error = not_ready(rule, format!("there is no table {name} for the rule `{}`", rule.name));
        match did_you_mean(&name, tables.iter().map(|table| table.name.as_str())) {
            Some(hint) => error.with_hint(hint),
            None => error.with_hint("`schemactl up` makes the tables; import needs them first"),
        }
    }
}

/// An error about a rule, at its place in schema.toml.
pub(crate) fn not_ready(rule: &ImportRule, message: String) -> Error {
    Error::new(Code::ImportNotReady, message).with_place(rule.place.clone()).with_state("nothing was written")
}

/// Decides which column of the table takes what. `fields` are those of a file that has them at its head.
///
/// # Errors
///
/// The table or a column of it is not there, or a rule is none.
pub(crate) fn table_plan(
    rule: &ImportRule,
    catalog: &TargetCatalog,
    schema: &str,
    fields: Option<&[String]>,
) -> Result<TablePlan> {
    let table = catalog.table(&rule.table, schema).ok_or_else(|| catalog.missing(rule))?;
    let plain = match &table.schema {
        Some(schema) => format!("{}.{}", Plain(schema), Plain(&table.name)),
        None => Plain(&table.name).to_string(),
    };
    let named = match (&rule.columns, fields) {
        (Some(columns), _) => columns.clone(),
        (None, Some(fields)) => of_fields(rule, &table, fields),
        (None, None) => Vec::new(),
    };
    let column = |wanted: &ImportColumn| column_plan(rule, (catalog, schema), &table, wanted);
    let columns: Vec<ColumnPlan> = named.iter().map(column).collect::<Result<_>>()?;
    let key = key_of(rule, &table, &columns)?;
    let schema = table.schema.as_ref().map(|schema| format!("{}.", Ident(schema))).unwrap_or_default();
    Ok(TablePlan {
        name: format!("{schema}{}", Ident(&table.name)),
        plain,
        columns,
        key,
        fires_triggers: rule.fires_triggers,
    })
}

/// Columns that are called as the fields are.
fn of_fields(rule: &ImportRule, table: &MappedTable, fields: &[String]) -> Vec<ImportColumn> {
    let columns = table.columns.iter().filter(|column| !column.is_generated);
    let of = |column: &MappedColumn| {
        let field = fields.iter().find(|field| field.eq_ignore_ascii_case(&column.name))?;
        Some(ImportColumn {
            name: column.name.clone(),
            from: ColumnSource::Fields(vec![field.clone()]),
            reads_as: None,
            rules: Vec::new(),
            place: rule.place.clone(),
        })
    };
    columns.filter_map(of).collect()
}

fn column_plan(
    rule: &ImportRule,
    (catalog, schema): (&TargetCatalog, &str),
    table: &MappedTable,
    wanted: &ImportColumn,
) -> Result<ColumnPlan> {
    let rule_of_import = rule;
    let column = table.columns.iter().find(|column| column.name == wanted.name && !column.is_generated);
    let column = column.ok_or_else(|| {
        let message = format!("the table {} has no column `{}` that takes values", table.name, wanted.name);
        let error = not_ready(rule, message).with_place(wanted.place.clone());
        let names = table.columns.iter().map(|column| column.name.as_str());
        did_you_mean(&wanted.name, names).into_iter().fold(error, Error::with_hint)
    })?;
    let mut options = ConvertOptions::default();
    for rule in &wanted.rules {
        // Each was tried when schema.toml was read.
        let _ = options.set(&rule.name, &rule.value);
    }
    let datatype = catalog.datatype(table, column);
    let target = match (&wanted.reads_as, catalog) {
        (Some(name), TargetCatalog::Sqlite(_)) => TargetType::parse(&canonical_name(name), &|_| None),
        (None, TargetCatalog::Sqlite(_)) if datatype == TargetType::Text => implied(wanted).unwrap_or(datatype),
        _ => datatype,
    };
    if target.is_unsent() {
        let message = format!("values of the type {target} of the column `{}` cannot be sent", wanted.name);
        return Err(not_ready(rule, message).with_place(wanted.place.clone()));
    }
    let rule = ColumnRule { target, may_be_null: column.may_be_null, options };
    Ok(ColumnPlan {
        name: column.name.clone(),
        from: wanted.from.clone(),
        may_be_null: column.may_be_null,
        rule,
        cast: None,
        lookup: lookup_plan(rule_of_import, catalog, schema, wanted)?,
    })
}

fn lookup_plan(
    rule: &ImportRule,
    catalog: &TargetCatalog,
    schema: &str,
    wanted: &ImportColumn,
) -> Result<Option<(LookupPlan, Vec<String>)>> {
    let ColumnSource::Lookup { table, column, by } = &wanted.from else { return Ok(None) };
    let missing = |what: String| not_ready(rule, format!("`lookup` names {what}")).with_place(wanted.place.clone());
    let found = catalog.table(table, schema);
    let found = found.ok_or_else(|| missing(format!("the table {}, which is not there", table.join("."))))?;
    let names = by.iter().map(|(name, _)| name).chain([column]);
    if let Some(name) = names.into_iter().find(|name| !found.columns.iter().any(|column| column.name == **name)) {
        return Err(missing(format!("the column `{name}`, which {} has not", found.name)));
    }
    let schema = found.schema.as_ref().map(|schema| format!("{}.", Ident(schema))).unwrap_or_default();
    let plan = LookupPlan {
        table: format!("{schema}{}", Ident(&found.name)),
        plain: found.name.clone(),
        column: column.clone(),
        by: by.iter().map(|(name, _)| name.clone()).collect(),
    };
    Ok(Some((plan, by.iter().map(|(_, field)| field.clone()).collect())))
}

/// The short names that types have, as `format_type` writes them.
fn canonical_name(name: &str) -> String {
    match name {
        "timestamptz" => "timestamp(3) with time zone".to_owned(),
        "timestamp" => "timestamp(3) without time zone".to_owned(),
        name => name.to_owned(),
    }
}

/// The type that the rules of a column speak of, where SQLite says text alone.
fn implied(wanted: &ImportColumn) -> Option<TargetType> {
    let has = |names: &[&str]| wanted.rules.iter().any(|rule| names.contains(&rule.name.as_str()));
    if has(&["zone", "fold", "time", "time_format", "precision", "zero_date"]) {
        return Some(TargetType::Timestamptz(3));
    }
    if has(&["json", "json_nan", "json_null", "json_duplicates", "json_nul", "json_surrogates"]) {
        return Some(TargetType::Json);
    }
    has(&["uuid", "uuid5"]).then_some(TargetType::Uuid)
}

/// The places of the key's columns: those that the rule names, or the primary key where all of it is filled.
fn key_of(rule: &ImportRule, table: &MappedTable, columns: &[ColumnPlan]) -> Result<Vec<usize>> {
    let at = |name: &str| columns.iter().position(|column| column.name == name);
    let Some(named) = &rule.key else {
        let keys = table.columns.iter().filter(|column| column.is_key);
        return Ok(keys.map(|column| at(&column.name)).collect::<Option<_>>().unwrap_or_default());
    };
    let place = |name: &String| {
        at(name).ok_or_else(|| {
            let message = format!("the key of the rule `{}` has `{name}`, which is none of its columns", rule.name);
            not_ready(rule, message)
        })
    };
    named.iter().map(place).collect()
}

impl TargetCatalog {
    /// The names of all tables, those before others that others refer to; where keys go in a circle, by their names.
    pub(crate) fn parents_first(&self) -> Vec<MappedTable> {
        let mut left = self.tables();
        left.sort_by(|one, other| (&one.schema, &one.name).cmp(&(&other.schema, &other.name)));
        let links = self.links();
        let mut ordered = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let waits = |table: &MappedTable| {
                let of_table = links.iter().filter(|(child, parent)| *child == name_of(table) && child != parent);
                of_table.into_iter().any(|(_, parent)| left.iter().any(|other| name_of(other) == *parent))
            };
            let next = left.iter().position(|table| !waits(table)).unwrap_or_default();
            ordered.push(left.remove(next));
        }
        ordered
    }

    /// Each table with one that it refers to.
    fn links(&self) -> Vec<(TableName, TableName)> {
        match self {
            Self::Sqlite(snapshot) => snapshot
                .tables
                .iter()
                .flat_map(|entry| {
                    entry.table.parents.iter().map(|parent| ((None, entry.name.to_lowercase()), (None, parent.clone())))
                })
                .collect(),
            Self::Postgres(catalog) => {
                let link = |object: &Object| {
                    let key = object.foreign_key()?;
                    let child = catalog.get(object.parent?)?;
                    let child = (child.name.schema.clone(), child.name.name.clone());
                    Some((child, (key.schema.clone(), key.table.clone())))
                };
                catalog.of_kind(Kind::Constraint).filter_map(link).collect()
            }
        }
    }
}

/// A schema, where there are some, and a name.
type TableName = (Option<String>, String);

fn name_of(table: &MappedTable) -> TableName {
    match &table.schema {
        None => (None, table.name.to_lowercase()),
        schema => (schema.clone(), table.name.clone()),
    }
}
