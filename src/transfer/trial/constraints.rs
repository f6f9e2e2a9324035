//! Each constraint of the target, asked of the rows in the temporary tables.

use tokio_postgres::Client;

use super::{BrokenConstraint, BrokenExample, ROW_NAME, TrialChoices, TrialVerdict, ask, run, temporary};
use crate::catalog::{Body, Catalog, ForeignKey, IndexText, Object, ObjectName, RuleKind};
use crate::error::Result;
use crate::sql::{Ident, Plain, mentions};
use crate::transfer::layout::{columns_of, is_domain, referenced_columns, table_of};
use crate::transfer::{MovePlan, TableMove};

/// A constraint at hand.
struct Trial<'a> {
    client: &'a Client,
    plan: &'a MovePlan,
    catalog: &'a Catalog,
    most: usize,
    at: usize,
    table: &'a TableMove,
    verdict: TrialVerdict,
}

/// What is asked of the rows, and what it is called.
struct Demand {
    kind: &'static str,
    name: String,
    definition: String,
}

pub(super) async fn judge(
    client: &Client,
    (plan, catalog): (&MovePlan, &Catalog),
    choices: TrialChoices,
    mut verdict: TrialVerdict,
) -> Result<TrialVerdict> {
    let TrialChoices { most, holds_copy } = choices;
    if holds_copy {
        verdict.untried.push("whether the target is empty: it has rows of a copy that has begun".to_owned());
    }
    for (at, table) in plan.tables.iter().enumerate() {
        let Some(object) = table_of(catalog, &table.target) else { continue };
        let mut trial = Trial { client, plan, catalog, most, at, table, verdict };
        if !holds_copy {
            trial.emptiness().await?;
        }
        trial.partitions(object);
        for part in catalog.parts_of(object.id) {
            trial.part(part).await?;
        }
        verdict = trial.verdict;
    }
    Ok(verdict)
}

impl Trial<'_> {
    /// A table that has rows already is not one to copy to.
    async fn emptiness(&mut self) -> Result<()> {
        let definition = self.table.target.plain();
        let demand = Demand { kind: "not-empty", name: definition.clone(), definition };
        let sql = format!(
            "SELECT NULL, '', count(*), count(*) FROM (SELECT FROM {} LIMIT 1000000) o HAVING count(*) > 0",
            self.table.target
        );
        self.query(demand, &sql).await
    }

    /// Of a table with partitions nobody knows yet whether each row has one.
    fn partitions(&mut self, object: &Object) {
        if object.body.table().is_some_and(|table| table.partition_key.is_some()) {
            self.verdict.untried.push(format!("whether each row of {} has a partition", self.table.name));
        }
    }

    async fn part(&mut self, part: &Object) -> Result<()> {
        match &part.body {
            Body::Constraint(constraint) => {
                if let Some(rule) = &constraint.rule {
                    return self.rule(&part.name.name, &rule.text, &rule.kind).await;
                }
                self.verdict.untried.push(format!("{}: it is not known what it demands", part.name.plain()));
                Ok(())
            }
            Body::Index(index) => match &index.definition {
                Some(text) => self.index(&part.name.name, text).await,
                None => Ok(()),
            },
            Body::Column(column) => {
                if is_domain(self.catalog, part.data_type()) {
                    self.domain(part).await?;
                }
                if column.not_null.is_some() { self.not_null(&part.name.name).await } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    async fn rule(&mut self, name: &str, text: &str, kind: &RuleKind) -> Result<()> {
        let demand = |kind| Demand { kind, name: name.to_owned(), definition: text.to_owned() };
        match kind {
            RuleKind::Check { expression } => self.check(demand("check"), expression).await,
            RuleKind::PrimaryKey { columns } => self.unique(demand("unique"), columns, None, true).await,
            RuleKind::Unique { columns, nulls_distinct } => {
                self.unique(demand("unique"), columns, None, *nulls_distinct).await
            }
            RuleKind::ForeignKey(key) => self.foreign_key(demand("foreign-key"), key).await,
            RuleKind::Exclude => {
                let sql = format!("ALTER TABLE {} ADD {text}", temporary(self.at));
                self.attempt(demand("exclude"), &sql).await
            }
        }
    }

    /// A unique index, also on expressions and on some rows only.
    async fn index(&mut self, name: &str, text: &IndexText) -> Result<()> {
        let Some(parts) = &text.parts else {
            if text.text.to_lowercase().starts_with("create unique") {
                self.verdict.untried.push(format!("{}: it is not known what it is on", Plain(name)));
            }
            return Ok(());
        };
        if !parts.is_unique {
            return Ok(());
        }
        let demand = Demand { kind: "unique", name: name.to_owned(), definition: text.text.clone() };
        let columns: Option<Vec<String>> = parts.keys.iter().map(|key| key.column.clone()).collect();
        let is_null_equal = text.text.to_lowercase().contains("nulls not distinct");
        if let Some(columns) = columns
            && !is_null_equal
        {
            return self.unique(demand, &columns, parts.predicate.as_deref(), true).await;
        }
        let keys: Vec<&str> = parts.keys.iter().map(|key| key.text.as_str()).collect();
        let predicate = parts.predicate.as_ref().map_or_else(String::new, |text| format!(" WHERE {text}"));
        let nulls = if is_null_equal { " NULLS NOT DISTINCT" } else { "" };
        let sql = format!("CREATE UNIQUE INDEX ON {} ({}){nulls}{predicate}", temporary(self.at), keys.join(", "));
        self.attempt(demand, &sql).await
    }

    async fn check(&mut self, demand: Demand, expression: &str) -> Result<()> {
        let columns: Vec<&str> = columns_of(self.catalog, &self.table.target)
            .map(|column| column.name.name.as_str())
            .filter(|name| mentions(expression, name))
            .collect();
        if self.lacks(&demand, &columns) {
            return Ok(());
        }
        let (value, group) = match columns[..] {
            [column] => (shown(&Ident(column).to_string()), "GROUP BY 1"),
            _ => ("NULL".to_owned(), "GROUP BY 2"),
        };
        let from = temporary(self.at);
        let rows = if columns.len() == 1 { format!("min({ROW_NAME})") } else { ROW_NAME.to_owned() };
        let sql = format!(
            "SELECT {value}, {rows}, count(*), sum(count(*)) OVER () FROM {from} WHERE NOT ({expression}) {group} ORDER BY 3 DESC, 2 LIMIT {}",
            self.most.max(1)
        );
        self.query(demand, &sql).await
    }

    async fn unique(
        &mut self,
        demand: Demand,
        columns: &[String],
        predicate: Option<&str>,
        nulls_distinct: bool,
    ) -> Result<()> {
        if self.lacks(&demand, columns) {
            return Ok(());
        }
        let list: Vec<String> = columns.iter().map(|name| Ident(name).to_string()).collect();
        let mut conditions: Vec<String> = predicate.map(|text| format!("({text})")).into_iter().collect();
        if nulls_distinct {
            conditions.extend(list.iter().map(|name| format!("{name} IS NOT NULL")));
        }
        let condition =
            if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
        let value = match &list[..] {
            [only] => shown(&format!("min({only}::text)")),
            _ => "NULL".to_owned(),
        };
        let list = list.join(", ");
        let sql = format!(
            "SELECT {value}, array_to_string((array_agg({ROW_NAME} ORDER BY {ROW_NAME}))[1:4], '; '), count(*), sum(count(*)) OVER () \
             FROM {} {condition} GROUP BY {list} HAVING count(*) > 1 ORDER BY 3 DESC, 2 LIMIT {}",
            temporary(self.at),
            self.most.max(1)
        );
        self.query(demand, &sql).await
    }

    async fn foreign_key(&mut self, demand: Demand, key: &ForeignKey) -> Result<()> {
        if self.lacks(&demand, &key.columns) {
            return Ok(());
        }
        let parent = ObjectName { schema: key.schema.clone(), owner: None, name: key.table.clone() };
        let parent = match self.plan.tables.iter().position(|table| table.target == parent) {
            Some(at) => temporary(at),
            // Its rows are not moved, so that those that are there count.
            None => parent.to_string(),
        };
        let referenced = referenced_columns(self.catalog, key);
        let pairs = key.columns.iter().zip(&referenced);
        let equal: Vec<String> = pairs.map(|(own, other)| format!("p.{} = c.{}", Ident(other), Ident(own))).collect();
        let given: Vec<String> = key.columns.iter().map(|name| format!("c.{} IS NOT NULL", Ident(name))).collect();
        let value = match &key.columns[..] {
            [only] => shown(&format!("c.{}", Ident(only))),
            _ => "NULL".to_owned(),
        };
        let sql = format!(
            "SELECT {value}, min(c.{ROW_NAME}), count(*), sum(count(*)) OVER () FROM {} c \
             WHERE {} AND NOT EXISTS (SELECT FROM {parent} p WHERE {}) GROUP BY 1 ORDER BY 3 DESC, 2 LIMIT {}",
            temporary(self.at),
            given.join(" AND "),
            equal.join(" AND "),
            self.most.max(1)
        );
        self.query(demand, &sql).await
    }

    async fn domain(&mut self, column: &Object) -> Result<()> {
        let demand =
            Demand { kind: "domain", name: column.name.name.clone(), definition: column.data_type().to_owned() };
        let sql = format!(
            "ALTER TABLE {} ALTER COLUMN {} TYPE {}",
            temporary(self.at),
            Ident(&column.name.name),
            column.data_type()
        );
        self.attempt(demand, &sql).await
    }

    /// Of a column that the server computes nobody knew before whether it is NULL.
    async fn not_null(&mut self, column: &str) -> Result<()> {
        if !self.table.computed.iter().any(|computed| computed.target == column) {
            return Ok(());
        }
        let demand = Demand { kind: "not-null", name: column.to_owned(), definition: "NOT NULL".to_owned() };
        let sql = format!(
            "SELECT NULL, min({ROW_NAME}), count(*), count(*) FROM {} WHERE {} IS NULL HAVING count(*) > 0",
            temporary(self.at),
            Ident(column)
        );
        self.query(demand, &sql).await
    }

    /// Whether a column that is demanded something of is not moved, so that it cannot be tried; then that is noted.
    fn lacks<C: AsRef<str>>(&mut self, demand: &Demand, columns: &[C]) -> bool {
        let is_moved = |name: &str| self.table.fills(name);
        let Some(missing) = columns.iter().map(AsRef::as_ref).find(|name| !is_moved(name)) else { return false };
        self.verdict.untried.push(format!("{}: column {} is not moved", demand.name, Plain(missing)));
        true
    }

    /// A query that returns the rows which break a constraint: the value that they have in common, their names, how many, and how many in all.
    async fn query(&mut self, demand: Demand, sql: &str) -> Result<()> {
        run(self.client, "SAVEPOINT schemactl").await?;
        let rows = match ask(self.client, sql).await {
            Ok(rows) => rows,
            Err(error) => return self.failed(demand, &error).await,
        };
        run(self.client, "RELEASE SAVEPOINT schemactl").await?;
        let Some(first) = rows.first() else { return Ok(()) };
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or(1);
        let all = number(first.get(3));
        let example = |row: &tokio_postgres::SimpleQueryRow| BrokenExample {
            value: row.get(0).map(str::to_owned),
            rows: row.get(1).unwrap_or_default().to_owned(),
            count: number(row.get(2)),
        };
        let examples = rows.iter().take(self.most).map(example).collect();
        self.broken(demand, Some(all), examples, None);
        Ok(())
    }

    /// SQL that fails where a row breaks a constraint.
    async fn attempt(&mut self, demand: Demand, sql: &str) -> Result<()> {
        run(self.client, "SAVEPOINT schemactl").await?;
        match self.client.batch_execute(sql).await {
            Ok(()) => run(self.client, "RELEASE SAVEPOINT schemactl").await,
            Err(error) => self.failed(demand, &error).await,
        }
    }

    /// The server's refusal is a finding, whatever it is: what could not be tried counts as the worse.
    async fn failed(&mut self, demand: Demand, error: &tokio_postgres::Error) -> Result<()> {
        let Some(refusal) = error.as_db_error() else {
            return Err(super::refused(error, "the rows could not be tried on the server"));
        };
        let detail = refusal.detail().map_or_else(String::new, |detail| format!(": {detail}"));
        let cause = format!("{}{detail}", refusal.message());
        run(self.client, "ROLLBACK TO SAVEPOINT schemactl").await?;
        self.broken(demand, None, Vec::new(), Some(cause));
        Ok(())
    }

    fn broken(&mut self, demand: Demand, rows: Option<u64>, examples: Vec<BrokenExample>, cause: Option<String>) {
        let Demand { kind, name, definition } = demand;
        let table = self.table.name.clone();
        self.verdict.broken.push(BrokenConstraint { table, kind, name, definition, rows, examples, cause });
    }
}

/// A value as a report shows it: in quotes, the beginning of a long one.
fn shown(value: &str) -> String {
    format!("left(quote_nullable({value}::text), 82)")
}
