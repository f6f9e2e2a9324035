//! Views whose query means the same.

use std::collections::BTreeSet;

use super::Untranslated;
use super::draft::DraftTable;
use super::expression::{Expr, Scope, ScopeColumn, Use, ValueKind};
use super::model::{TranslatedView, Translation};
use super::names::{folded, sql_name};
use super::read::{OrderTerm, Query, QueryItem, ViewStatement};
use crate::database::sqlite::inspect::WholeObject;

pub(super) fn translate(
    tables: &[DraftTable<'_>],
    view: &WholeObject,
    (name, statement): (&str, Result<ViewStatement, Untranslated>),
    translation: &mut Translation,
) {
    let body = statement.and_then(|statement| ViewQuery::of(tables, &statement, &translation.schema)?.sql(&statement));
    match body {
        Ok(body) => {
            let name = Translation::qualified(&translation.schema, name);
            translation.views.push(TranslatedView { sql: format!("CREATE VIEW {name} AS\n{body}") });
        }
        Err(why) => translation.leave(view.name.clone(), "view", why, &view.sql),
    }
}

/// A query over tables that are translated.
struct ViewQuery {
    columns: Vec<ScopeColumn>,
    /// `orders AS o`, as SQL has it.
    tables: Vec<String>,
    /// A column of a table that is not there, or not surely.
    is_partial: bool,
}

impl ViewQuery {
    fn of(tables: &[DraftTable<'_>], statement: &ViewStatement, schema: &str) -> Result<Self, Untranslated> {
        let mut query = Self { columns: Vec::new(), tables: Vec::new(), is_partial: false };
        for joined in &statement.query.from {
            let table = tables.iter().find(|table| table.entry.name.eq_ignore_ascii_case(&joined.table));
            let table =
                table.ok_or_else(|| Untranslated::new(format!("it reads {}, which is no table", joined.table)))?;
            let alias = sql_name(&folded(&joined.alias, false));
            query.tables.push(format!("{} AS {alias}", Translation::qualified(schema, &table.name)));
            query.is_partial |= table.columns.len() < table.entry.table.columns.len()
                || table.columns.iter().any(|column| column.generated.is_some());
            for (column, draft) in table.scope().into_iter().zip(&table.columns) {
                // One that is computed may be left out there.
                if draft.generated.is_none() {
                    let sql = format!("{alias}.{}", column.sql);
                    query.columns.push(ScopeColumn { table: Some(joined.alias.clone()), sql, ..column });
                }
            }
        }
        Ok(query)
    }

    fn scope(&self, use_: Use) -> Scope<'_> {
        Scope { columns: &self.columns, use_ }
    }

    fn sql(&self, statement: &ViewStatement) -> Result<String, Untranslated> {
        let query = &statement.query;
        let items = self.items(statement)?;
        refuse_ungrouped(query, &items)?;
        let listed: Vec<String> = items
            .iter()
            .map(|(expr, name)| Ok(format!("    {} AS {}", self.scope(Use::Query).value(expr)?.sql, sql_name(name))))
            .collect::<Result<_, Untranslated>>()?;
        let distinct = if query.is_distinct { " DISTINCT" } else { "" };
        let mut sql = format!("SELECT{distinct}\n{}", listed.join(",\n"));
        for (joined, table) in query.from.iter().zip(&self.tables) {
            let join = joined.join.map_or_else(|| "\nFROM ".to_owned(), |join| format!("\n{join} "));
            sql.push_str(&format!("{join}{table}"));
            if let Some(on) = &joined.on {
                sql.push_str(&format!(" ON {}", self.scope(Use::Value).condition(on)?.sql));
            }
        }
        if let Some(condition) = &query.condition {
            sql.push_str(&format!("\nWHERE {}", self.scope(Use::Value).condition(condition)?.sql));
        }
        self.write_groups(query, &mut sql)?;
        self.write_order(query, &items, &mut sql)?;
        if let Some(limit) = query.limit {
            sql.push_str(&format!("\nLIMIT {limit}"));
        }
        Ok(sql)
    }

    fn write_groups(&self, query: &Query, sql: &mut String) -> Result<(), Untranslated> {
        let mut groups = Vec::new();
        for group in &query.groups {
            if !matches!(group, Expr::Name { .. }) {
                return Err(Untranslated::new("it has groups of what is no column"));
            }
            groups.push(self.uncollated(group)?);
        }
        if !groups.is_empty() {
            sql.push_str(&format!("\nGROUP BY {}", groups.join(", ")));
        }
        if let Some(having) = &query.having {
            sql.push_str(&format!("\nHAVING {}", self.scope(Use::Query).condition(having)?.sql));
        }
        Ok(())
    }

    /// NULL comes first on SQLite, and texts by their bytes.
    fn write_order(&self, query: &Query, items: &[(Expr, String)], sql: &mut String) -> Result<(), Untranslated> {
        if query.order.is_empty() {
            return Ok(());
        }
        if query.is_distinct {
            return Err(Untranslated::new("DISTINCT with an order"));
        }
        let term = |OrderTerm { expr, is_descending }: &OrderTerm| {
            let meant = match expr {
                Expr::Integer(place) => usize::try_from(place - 1).ok().and_then(|at| items.get(at)),
                Expr::Name { table: None, name, .. } => items.iter().find(|(_, item)| item.eq_ignore_ascii_case(name)),
                _ => None,
            };
            let expr = meant.map_or(expr, |(expr, _)| expr);
            let written = self.scope(Use::Query).value(expr)?;
            let text = if matches!(expr, Expr::Name { .. }) { self.uncollated(expr)? } else { written.operand() };
            let collation = if written.kind == ValueKind::Text { " COLLATE \"C\"" } else { "" };
            let direction = if *is_descending { " DESC NULLS LAST" } else { " NULLS FIRST" };
            Ok(format!("{text}{collation}{direction}"))
        };
        let terms: Vec<String> = query.order.iter().map(term).collect::<Result<_, Untranslated>>()?;
        sql.push_str(&format!("\nORDER BY {}", terms.join(", ")));
        Ok(())
    }

    /// A column that is grouped or ordered as PostgreSQL does it.
    fn uncollated(&self, expr: &Expr) -> Result<String, Untranslated> {
        let scope = self.scope(Use::Value);
        let written = scope.value(expr)?;
        match scope.collation_of(&written) {
            Some(collation) => Err(Untranslated::new(format!("COLLATE {collation}"))),
            None => Ok(written.sql),
        }
    }

    /// Each column of the view, with its name.
    fn items(&self, statement: &ViewStatement) -> Result<Vec<(Expr, String)>, Untranslated> {
        let mut items = Vec::new();
        for item in &statement.query.items {
            match item {
                QueryItem::All { .. } if self.is_partial => {
                    return Err(Untranslated::new("* stands for a column that is computed or left out"));
                }
                QueryItem::All { table } => {
                    let is_of = |column: &&ScopeColumn| {
                        table.as_ref().is_none_or(|table| {
                            column.table.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(table))
                        })
                    };
                    for column in self.columns.iter().filter(is_of) {
                        let (table, name) = (column.table.clone(), column.name.clone());
                        let shown = folded(&name, false);
                        items.push((Expr::Name { table, name, is_double_quoted: false }, shown));
                    }
                }
                QueryItem::One { expr, name } => {
                    let name = match (name, expr) {
                        (Some((name, is_quoted)), _) => folded(name, *is_quoted),
                        (None, Expr::Name { name, .. }) => folded(name, false),
                        (None, _) => return Err(Untranslated::new("an expression without a name")),
                    };
                    items.push((expr.clone(), name));
                }
            }
        }
        if !statement.columns.is_empty() && statement.columns.len() == items.len() {
            for (item, (name, is_quoted)) in items.iter_mut().zip(&statement.columns) {
                item.1 = folded(name, *is_quoted);
            }
        }
        let names: BTreeSet<&String> = items.iter().map(|(_, name)| name).collect();
        if names.len() < items.len() {
            return Err(Untranslated::new("two of its columns have one name"));
        }
        Ok(items)
    }
}

/// SQLite takes a column from any row of a group; PostgreSQL does not.
fn refuse_ungrouped(query: &Query, items: &[(Expr, String)]) -> Result<(), Untranslated> {
    let is_grouped = !query.groups.is_empty() || items.iter().any(|(expr, _)| expr.has_aggregate());
    let is_named = |name: &Expr| {
        let Expr::Name { name, .. } = name else { return false };
        query
            .groups
            .iter()
            .any(|group| matches!(group, Expr::Name { name: group, .. } if group.eq_ignore_ascii_case(name)))
    };
    let order = query.order.iter().map(|term| &term.expr);
    let all = items.iter().map(|(expr, _)| expr).chain(&query.having).chain(order);
    if is_grouped && all.flat_map(Expr::names_outside_aggregates).any(|name| !is_named(name)) {
        return Err(Untranslated::new("a column that is in no group"));
    }
    Ok(())
}
