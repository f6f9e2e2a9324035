//! Rows of the temporary tables that a rule settles before constraints are asked of them.

use tokio_postgres::Client;

use super::{BrokenExample, ROW_NAME, ROW_NUMBER, SettledRows, TrialVerdict, ask, refused, run, temporary};
use crate::error::Result;
use crate::sql::Ident;
use crate::transfer::orphans::{CHILD, CREATE_GONE, GONE, MovedRows, joined};
use crate::transfer::{MovePlan, OrphanOutcome};

/// Of rows that are there more than once the one stays that a rule names.
pub(super) async fn duplicates(client: &Client, plan: &MovePlan, verdict: &mut TrialVerdict) -> Result<()> {
    for (at, table) in plan.tables.iter().enumerate() {
        for unique in table.uniques.iter().filter(|unique| unique.rule.is_some()) {
            let name = temporary(at);
            let losers = unique.losers(&name, ROW_NUMBER);
            let value = match &unique.keys[..] {
                [only] => format!("left(quote_nullable(({only})::text), 82)"),
                _ => "NULL".to_owned(),
            };
            let sql = format!(
                "SELECT {value}, {ROW_NAME}, count(*) OVER () FROM {name} WHERE {ROW_NUMBER} IN ({losers}) ORDER BY {ROW_NUMBER} LIMIT 1"
            );
            let failed = |error: tokio_postgres::Error| {
                refused(&error, &format!("which rows of {} stay by {} cannot be told", table.name, unique.name))
            };
            let found = ask(client, &sql).await.map_err(failed)?;
            let (count, example) = counted(&found);
            verdict.add(SettledRows {
                table: table.name.clone(),
                rule: "duplicates",
                outcome: "left out",
                name: unique.name.clone(),
                rules: Vec::new(),
                place: unique.rule.as_ref().map(|rule| rule.place.clone()),
                count,
                example,
            });
            if count > 0 {
                run(client, &format!("DELETE FROM {name} WHERE {ROW_NUMBER} IN ({losers})")).await?;
            }
        }
    }
    Ok(())
}

/// How many rows a query found, as its third column says, and the first of them.
fn counted(found: &[tokio_postgres::SimpleQueryRow]) -> (u64, Option<BrokenExample>) {
    let count = found.first().and_then(|row| row.get(2)?.parse().ok()).unwrap_or_default();
    let example = found.first().map(|row| BrokenExample {
        rows: row.get(1).unwrap_or_default().to_owned(),
        value: row.get(0).map(str::to_owned),
        count,
    });
    (count, example)
}

/// What becomes of rows that refer to nothing, in the order in which a copy does it.
pub(super) async fn orphans(client: &Client, plan: &MovePlan, verdict: &mut TrialVerdict) -> Result<()> {
    let of = |is: fn(&OrphanOutcome) -> bool| -> Vec<usize> {
        let keys = plan.keys.iter().enumerate();
        keys.filter(|(_, key)| key.outcome.as_ref().is_some_and(is)).map(|(at, _)| at).collect()
    };
    let removing = of(|outcome| *outcome == OrphanOutcome::Skip);
    let nulling = of(|outcome| *outcome != OrphanOutcome::Skip);
    if removing.is_empty() && nulling.is_empty() {
        return Ok(());
    }
    let rows = MovedRows { plan, place: &temporary };
    run(client, CREATE_GONE).await?;
    loop {
        remove(client, rows, &removing, verdict).await?;
        let mut is_to_repeat = false;
        for at in &nulling {
            is_to_repeat |= nullify(client, rows, *at, verdict).await? > 0 && rows.is_referred_to(rows.key(*at));
        }
        if !is_to_repeat {
            return run(client, &format!("DROP TABLE {GONE}")).await;
        }
    }
}

async fn remove(client: &Client, rows: MovedRows<'_>, keys: &[usize], verdict: &mut TrialVerdict) -> Result<()> {
    run(client, &format!("DELETE FROM {GONE}")).await?;
    for at in keys {
        run(client, &rows.direct(*at)).await?;
    }
    if let Some(followed) = rows.followed(keys) {
        run(client, &followed).await?;
    }
    if keys.is_empty() {
        return Ok(());
    }
    run(client, &MovedRows::once(keys)).await?;
    for at in keys {
        let key = rows.key(*at);
        let from = format!(
            "FROM {} {CHILD} JOIN {GONE} g ON {} AND g.key = {at}",
            temporary(key.child),
            joined(CHILD, key.child)
        );
        let found = settled(client, rows, *at, &from).await?;
        verdict.add(found);
    }
    for table in 0..rows.plan.tables.len() {
        let sql = format!("DELETE FROM {} {CHILD} USING {GONE} g WHERE {}", temporary(table), joined(CHILD, table));
        run(client, &sql).await?;
    }
    Ok(())
}

async fn nullify(client: &Client, rows: MovedRows<'_>, at: usize, verdict: &mut TrialVerdict) -> Result<u64> {
    let key = rows.key(at);
    let Some(OrphanOutcome::Null(columns)) = &key.outcome else { return Ok(0) };
    let condition = rows.condition(key);
    let found = settled(client, rows, at, &format!("FROM {} {CHILD} WHERE {condition}", temporary(key.child))).await?;
    let count = found.count;
    verdict.add(found);
    let set: Vec<String> = columns.iter().map(|column| format!("{} = NULL", Ident(column))).collect();
    let sql = format!("UPDATE {} {CHILD} SET {} WHERE {condition}", temporary(key.child), set.join(", "));
    run(client, &sql).await?;
    Ok(count)
}

/// How many rows a key settles, and the first of them by its name.
async fn settled(client: &Client, rows: MovedRows<'_>, at: usize, from: &str) -> Result<SettledRows> {
    let key = rows.key(at);
    let value = match &key.pairs[..] {
        [(own, _)] => format!("left(quote_nullable({CHILD}.{}::text), 82)", Ident(own)),
        _ => "NULL".to_owned(),
    };
    let sql = format!("SELECT {value}, {CHILD}.{ROW_NAME}, count(*) OVER () {from} ORDER BY 2 LIMIT 1");
    let found =
        ask(client, &sql).await.map_err(|error| refused(&error, "the rows could not be tried on the server"))?;
    let (count, example) = counted(&found);
    Ok(SettledRows {
        table: rows.plan.tables[key.child].name.clone(),
        rule: "orphan",
        outcome: if key.outcome == Some(OrphanOutcome::Skip) { "left out" } else { "made NULL" },
        name: key.name.clone(),
        rules: key.rules.clone(),
        place: None,
        count,
        example,
    })
}
