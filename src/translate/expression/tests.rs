use super::*;
use crate::database::sqlite::inspect::Affinity;

fn column(name: &str, kind: ValueKind, affinity: Affinity) -> ScopeColumn {
    let sql = name.to_owned();
    ScopeColumn { table: None, name: name.to_owned(), sql, kind, affinity, collation: None, is_json: false }
}

fn columns() -> Vec<ScopeColumn> {
    let whole = ValueKind::Integer { is_small: false };
    vec![
        column("i", whole, Affinity::Integer),
        column("j", whole, Affinity::Integer),
        column("r", ValueKind::Real, Affinity::Real),
        column("n", ValueKind::Numeric { is_exact: true }, Affinity::Numeric),
        column("m", ValueKind::Numeric { is_exact: false }, Affinity::Numeric),
        column("t", ValueKind::Text, Affinity::Text),
        column("s", ValueKind::Text, Affinity::Numeric),
        column("b", ValueKind::Boolean, Affinity::Integer),
        column("d", ValueKind::Opaque("a time"), Affinity::Text),
        ScopeColumn { is_json: true, ..column("js", ValueKind::Opaque("jsonb"), Affinity::Text) },
        ScopeColumn { collation: Some("NOCASE".to_owned()), ..column("c", ValueKind::Text, Affinity::Text) },
    ]
}

fn written(text: &str, use_: Use) -> Result<String, Untranslated> {
    let columns = columns();
    let scope = Scope { columns: &columns, use_ };
    let expr = parse(text)?;
    let written = if use_ == Use::Condition { scope.condition(&expr)? } else { scope.value(&expr)? };
    Ok(written.sql)
}

#[test]
fn what_means_the_same_is_translated() {
    for (text, wanted) in [
        ("i == 1 AND j != 2 OR NOT i", "((i = 1) AND (j <> 2)) OR (NOT (i <> 0))"),
        ("i + j > 10", "(i::numeric + j) > 10"),
        ("i % 2 = 0", "(i % 2) = 0"),
        ("-5 < i", "(-5) < i"),
        ("b IN (0, 1)", "b IN (false, true)"),
        ("b IN (0, 1, 2)", "b::integer IN (0, 1, 2)"),
        ("b = 1", "b = true"),
        ("b = i", "b::integer = i"),
        ("(i IS NULL) + (t IS NOT NULL) = 1", "((i IS NULL)::integer + (t IS NOT NULL)::integer) = 1"),
        ("i ISNULL OR t NOTNULL", "(i IS NULL) OR (t IS NOT NULL)"),
        ("i IS j", "i IS NOT DISTINCT FROM j"),
        ("i IS NOT 3", "i IS DISTINCT FROM 3"),
        ("r >= 0.5", "r >= 0.5"),
        ("n BETWEEN 0 AND 99.5", "n BETWEEN 0 AND 99.5"),
        ("t = \"draft\"", "t = 'draft'"),
        ("t < 'b'", "t COLLATE \"C\" < 'b'"),
        ("t BETWEEN 'a' AND 'c'", "t COLLATE \"C\" BETWEEN 'a' AND 'c'"),
        ("t LIKE 'a%'", "t COLLATE \"C\" ILIKE 'a%'"),
        ("t NOT LIKE '%\\%'", "t COLLATE \"C\" NOT LIKE E'%\\\\%' ESCAPE ''"),
        ("t GLOB '[A-Z]*.?'", "t COLLATE \"C\" ~ E'^[A-Z].*\\\\..$'"),
        ("t NOT GLOB '*[^0-9]*'", "t COLLATE \"C\" !~ '^.*[^0-9].*$'"),
        ("length(trim(t)) > 0", "length(btrim(t, ' ')) > 0"),
        ("lower(t) = t", "lower(t COLLATE \"C\") = t"),
        ("typeof(i) = 'integer'", "CASE WHEN i IS NULL THEN 'null' ELSE 'integer' END = 'integer'"),
        ("json_valid(js)", "CASE WHEN js IS NOT NULL THEN true END"),
        ("d IS NULL", "d IS NULL"),
        ("CASE i WHEN 1 THEN t = 'x' ELSE 0 END", "CASE WHEN i = 1 THEN (t = 'x')::integer ELSE 0 END <> 0"),
    ] {
        assert_eq!(written(text, Use::Condition).as_deref(), Ok(wanted), "{text}");
    }
    for (text, wanted) in [
        ("i * j", "i * j"),
        ("i * r", "i::double precision * r"),
        ("t || '-' || i", "(t || '-') || i::text"),
        ("coalesce(t, '')", "coalesce(t, '')"),
        ("substr(t, 1, 3)", "substr(t, 1, 3)"),
    ] {
        assert_eq!(written(text, Use::Value).as_deref(), Ok(wanted), "{text}");
    }
}

#[test]
fn what_may_mean_something_else_is_not() {
    for text in [
        "i / j > 1",
        "i / 0 = 1",
        "i + j + 1 > 0",
        "r + 1 > 0",
        "r = i",
        "m = n",
        "r = 0.1000000000000000055",
        "t = 1",
        "t",
        "s = '12'",
        "c = 'x'",
        "d > '2020-01-01'",
        "js = '{}'",
        "t LIKE i",
        "t LIKE 'a' ESCAPE 'ab'",
        "t GLOB '[]]'",
        "t GLOB '[z-a]'",
        "datetime(d) IS NOT NULL",
        "i << 2 = 4",
        "t REGEXP 'a'",
        "t COLLATE NOCASE = 'a'",
        "json_valid(t)",
        "i IN (SELECT 1)",
        "(i, j) = (1, 2)",
        "x'00' = t",
        "substr(t, -1) = 'a'",
        "max(i, j) > 1",
        "round(r) = 1",
        "CAST(t AS INTEGER) = 1",
        "0x10 = i",
        "gone = 1",
        "i +",
    ] {
        assert!(written(text, Use::Condition).is_err(), "{text}: {:?}", written(text, Use::Condition));
    }
}
