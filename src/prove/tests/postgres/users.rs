//! What becomes of users' rows on PostgreSQL: each case is what there was, the up, and what the verdict has to say.

use schemactl_test_support::postgres as servers;

use super::{migration, proofs};
use crate::prove::Proof;

/// The proofs of all these changes of tables of their own, each of a schema with its name.
fn proven(ups: &[&[&str]]) -> Vec<Proof> {
    let mut list = Vec::new();
    let mut judged = Vec::new();
    for (at, ups) in ups.iter().enumerate() {
        for up in *ups {
            let version = i64::try_from(list.len() + 1).unwrap();
            list.push(migration(version, &up.replace("x_", &format!("x{at}_")), None));
        }
        judged.push(list.len() - 1);
    }
    let proofs = proofs(servers::version(), list);
    proofs.into_iter().enumerate().filter(|(at, _)| judged.contains(at)).map(|(_, proof)| proof).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn users_rows_make_verdicts() {
    const T: &str = "create table x_t (id int primary key, a text);";
    let cases: &[(&[&str], &str)] = &[
        // A1
        (
            &[
                "create table x_role (name text primary key); create table x_member (id int primary key, \
                 role text references x_role on delete cascade);",
                "insert into x_role values ('editor');",
            ],
            "lossy: rows of table x_member are deleted; rows of table x_role are deleted",
        ),
        // A2
        (
            &[
                "create table x_role (name text primary key, d text);",
                "do $$ begin if not exists (select 1 from x_role where name = 'editor') then \
                 insert into x_role values ('editor', 'x'); end if; end $$;",
            ],
            "lossy: rows of table x_role are deleted",
        ),
        // A3
        (
            &[
                "create table x_tariff (id int primary key, price numeric(10,2), r real); insert into x_tariff values (1, 10, 0.1);",
                "update x_tariff set price = price + 5, r = r * 2;",
            ],
            "lossy: rows of table x_tariff are changed; values of table x_tariff that the up changes do not come back: price, r",
        ),
        // A4
        (
            &[
                "create table x_a (id int primary key, e text); create table x_b (a int unique, e text);",
                "insert into x_b select id, e from x_a;",
            ],
            "lossy: rows that the up adds to table x_b stay; after it the up fails where tables have rows",
        ),
        // A7
        (
            &[
                T,
                "alter table x_t add column b text default 'new';",
                "alter table x_t alter b drop default, alter b type varchar(3) using left(b, 3), alter b set default 'new';",
            ],
            "lossy: values of table x_t that the up changes do not come back: b",
        ),
        (
            &[T, "do $$ begin update x_t set a = 'q' where a = 'nobody'; end $$;"],
            "lossy: what this does to rows does not show",
        ),
        (
            &[
                "create table x_t (id int primary key, a text); create function x_f() returns void language sql \
                 as $$ update x_t set a = 'q' where a = 'nobody' $$;",
                "select x_f();",
            ],
            "lossy: what this does to rows does not show",
        ),
        (
            &[
                T,
                "alter table x_t add column b text default 'new';",
                "alter table x_t drop b; alter table x_t add b text default 'new';",
            ],
            "lossy: values of table x_t that the up changes do not come back: b",
        ),
        // A8
        (
            &[T, "alter table x_t alter a type int using a::int;"],
            "lossy: rows of table x_t are changed; values of column x_t.a are those that the up converted",
        ),
        // A9
        (&[T, "alter table x_t alter id drop default;"], "lossless"),
        (
            &["create table x_t (id int primary key, a text not null);", "alter table x_t alter a drop not null;"],
            "lossy: it fails, and changes nothing, where rows are in the way: column \"a\"",
        ),
        (
            &["create table x_t (id int primary key, a text unique);", "alter table x_t drop constraint x_t_a_key;"],
            "lossy: it fails, and changes nothing, where rows are in the way: could not create unique index",
        ),
        (
            &["create type x_m as enum ('a', 'b'); create table x_t (m x_m);", "alter type x_m add value 'c';"],
            "lossy: it fails, and changes nothing, where a row has a value that was added",
        ),
        // What is ordinary is what it is.
        (&[T, "alter table x_t add b text;"], "lossy: column x_t.b is dropped with its values"),
        (&[T, "create index on x_t (a);"], "lossless"),
        (&[T, "create index concurrently x_i on x_t (a);"], "lossless"),
        (&[T, "create view x_v as select a from x_t;"], "lossless"),
        (
            &[T, "do $$ begin create type x_s as enum ('a'); exception when duplicate_object then null; end $$;"],
            "lossless",
        ),
        (
            &[
                "create table x_t (id bigserial primary key, a int[], b jsonb, c bytea, d inet, e timestamptz, f interval, g numeric, \
                 h float4, i uuid, j xml, k date, l time, m int4range, n tsvector, o bit(3), p char(4), q bool, r money, s json, u point);",
                "create index on x_t (q);",
            ],
            "lossless",
        ),
    ];
    let ups: Vec<&[&str]> = cases.iter().map(|(ups, _)| *ups).collect();
    let mut wrong = String::new();
    for (at, (proof, (ups, expected))) in proven(&ups).into_iter().zip(cases).enumerate() {
        let verdict = proof.verdict.map_or_else(|| format!("{:?}", proof.outcome), |verdict| verdict.to_string());
        if !verdict.starts_with(&expected.replace("x_", &format!("x{at}_"))) || !proof.untried.is_empty() {
            wrong.push_str(&format!("{ups:?}\n  {verdict}\n  {:?}\n", proof.untried));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_up_that_does_not_run_over_rows_is_told() {
    let t = "create table x_t (id int primary key, a text);";
    let proof = proven(&[&[t, "alter table x_t add b text not null;"]]).pop().unwrap();
    assert!(proof.untried[0].contains("contains null values"), "{:?}", proof.untried);
    let proof = proven(&[&[t, "alter table x_t add check (a in ('x', 'y'));"]]).pop().unwrap();
    assert_eq!(proof.untried, Vec::<String>::new());
    // Where it runs over some, it is told what it stumbles on.
    let t = "create table x_t (id int primary key, q int not null, p int not null, total int);";
    let proof = proven(&[&[t, "update x_t set total = q * p;"]]).pop().unwrap();
    let told = "it runs over some rows that users might have, and not over all: integer out of range";
    assert!(proof.notes.iter().any(|note| note == told), "{proof:#?}");
}

/// How often an up does something may be a value: of those that tell types apart it would not come to an end.
#[test]
fn an_up_that_counts_to_a_value_is_stopped_where_the_value_is_large() {
    let scene = "create table x_scene (id int primary key, plays bigint not null default 0, at text); \
                 create table x_play (scene int, nth bigint);";
    let up = "insert into x_play select id, n from x_scene, generate_series(1, plays) n; set statement_timeout = 0;";
    let proof = proven(&[&[scene, up]]).remove(0);
    assert!(proof.verdict.as_ref().unwrap().to_string().starts_with("lossy: "), "{proof:#?}");
    assert!(proof.untried.is_empty(), "{proof:#?}");
}
