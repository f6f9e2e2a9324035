//! What becomes of users' rows: each case is what there was, the up, and what the verdict has to say.

use super::{migration, prove};
use crate::prove::{ExistingDowns, Outcome};

/// The verdict of the last up, whose down is derived.
fn derived(ups: &[&str]) -> String {
    let list = (1..).zip(ups).map(|(version, up)| migration(version, up, None)).collect();
    prove(list, ExistingDowns::Prove).pop().unwrap().verdict.unwrap().to_string()
}

/// The verdict of the last up and what its down does not declare, with a down by hand.
fn by_hand(before: &str, up: &str, down: &str) -> (String, Vec<String>) {
    let list = vec![migration(1, before, None), migration(2, up, Some(down))];
    let proof = prove(list, ExistingDowns::Prove).pop().unwrap();
    assert!(matches!(proof.outcome, Outcome::Given), "{:?}", proof.outcome);
    (proof.verdict.unwrap().to_string(), proof.undeclared)
}

fn has(ups: &[&str], parts: &[&str]) {
    let verdict = derived(ups);
    for part in parts {
        assert!(verdict.contains(part), "{ups:?}\n{part}\n{verdict}");
    }
    assert!(verdict.starts_with("lossy"), "{verdict}");
}

const ROLES: &str = "create table role (name text primary key, note text);";

#[test]
fn a1_rows_that_refer_to_those_of_a_migration_go_with_them() {
    let up = "insert into role (name) values ('editor');";
    for (action, what) in [
        ("on delete cascade", "rows of table member are deleted"),
        ("on delete set null", "rows of table member are changed"),
        ("", "it fails, and changes nothing, where rows are in the way: FOREIGN KEY"),
    ] {
        let member = format!("create table member (id integer primary key, role text references role {action});");
        has(&[&format!("{ROLES}{member}"), up], &["rows of table role are deleted", what]);
    }
    let trigger = "create table log (t text); create trigger d after delete on role begin delete from log; end;";
    has(&[&format!("{ROLES}{trigger}"), up], &["rows of table log are deleted"]);
}

/// Where a user has the row already the up does nothing: what refers to the row that it makes elsewhere is told all the same.
#[test]
fn a1_rows_that_refer_to_what_an_up_may_find_are_told() {
    for up in [
        "insert into role (name) values ('editor') on conflict do nothing;",
        "insert or ignore into role (name) values ('editor');",
        "insert into role (name) select 'editor' where not exists (select 1 from role where name = 'editor');",
        "insert into role (name) values ('editor') on conflict (name) do update set note = note;",
    ] {
        for (action, what) in [
            ("on delete cascade", "rows of table member are deleted"),
            ("on delete set null", "rows of table member are changed"),
            ("", "it fails, and changes nothing, where rows are in the way: FOREIGN KEY"),
        ] {
            let member = format!("create table member (id integer primary key, role text references role {action});");
            has(&[&format!("{ROLES}{member}"), up], &["rows of table role are deleted", what]);
        }
    }
    // It makes another row where somebody has left one as it was.
    let first = format!(
        "{ROLES} create table member (id integer primary key, role text references role on delete cascade); \
         insert into role values ('first', 'plain');"
    );
    let up = "insert into role (name) select 'editor' from role where name = 'first' and note = 'plain';";
    has(&[&first, up], &["rows of table role are deleted", "rows of table member are deleted"]);
}

/// The down makes a parent again without its rows, and a reference to it: the runner refuses to leave rows without a parent.
#[test]
fn a9_a_down_that_would_leave_rows_without_a_parent_is_told() {
    let before = "create table p (id blob primary key, n text); create table c (id integer primary key, p blob references p (id));";
    let up = "alter table c add column q blob; update c set q = p; alter table c drop column p; alter table c rename column q to p; drop table p;";
    has(&[before, up], &["it fails, and changes nothing, where rows are in the way: rows would have no parent"]);
    let up = "create table n (id integer primary key, p blob); insert into n select id, p from c; drop table c; \
              alter table n rename to c; drop table p;";
    has(&[before, up], &["it fails, and changes nothing, where rows are in the way: rows would have no parent"]);
}

#[test]
fn a2_rows_that_users_had_already_are_not_the_migrations() {
    for up in [
        "insert or ignore into role values ('editor', 'x');",
        "insert into role values ('editor', 'x') on conflict do nothing;",
        "insert into role select 'editor', 'x' where not exists (select 1 from role where name = 'editor');",
        "insert into role values ('editor', 'x') on conflict (name) do update set note = 'x';",
        "replace into role values ('editor', 'x');",
    ] {
        let list = vec![migration(1, ROLES, None), migration(2, up, None)];
        let proof = prove(list, ExistingDowns::Prove).pop().unwrap();
        let Outcome::Derived { file } = &proof.outcome else { panic!("{:?}", proof.outcome) };
        assert!(file.contains("DELETE FROM role WHERE name = 'editor' AND note = 'x';"), "{file}");
        assert!(file.contains("-- schemactl: loses = rows role deleted\n"), "{file}");
    }
}

#[test]
fn a3_values_that_users_wrote_since_stay() {
    let plans =
        "create table tariff (id integer primary key, price integer); insert into tariff values (1, 10), (2, 20);";
    let down = |before: &str, up: &str| {
        let proof =
            prove(vec![migration(1, before, None), migration(2, up, None)], ExistingDowns::Prove).pop().unwrap();
        let Outcome::Derived { file } = proof.outcome else { panic!("{:?}", proof.outcome) };
        file
    };
    let file = down(plans, "update tariff set price = price + 5;");
    assert!(file.contains("UPDATE tariff SET price = 10 WHERE id = 1 AND price = 15;"), "{file}");
    assert!(file.contains("-- schemactl: loses = rows tariff changed\n"), "{file}");
    // What the scratch database has already may be another value elsewhere.
    has(
        &[plans, "update tariff set price = 10 where id = 1;"],
        &["values of table tariff that the up changes do not come back"],
    );
    let counter = "create table s (id integer primary key); create table n (name text primary key, c integer); \
                   insert into n values ('s', 0); create trigger a after insert on s begin update n set c = c + 1; end;";
    let file = down(counter, "insert into s values (1);");
    assert!(file.contains("UPDATE n SET c = 0 WHERE name = 's' AND c = 1;"), "{file}");
}

#[test]
fn a4_rows_without_a_key_and_backfills_are_no_lossless_ones() {
    has(
        &["create table log (what text, n integer);", "insert into log values ('x', 1);"],
        &["rows of table log are deleted"],
    );
    has(
        &[
            "create table a (id integer primary key, e text); create table b (a integer unique, e text);",
            "insert into b select id, e from a;",
        ],
        &["rows that the up adds to table b stay", "after it the up fails where tables have rows"],
    );
}

#[test]
fn a6_a_loss_is_booked_on_the_script_that_caused_it() {
    let before = "create table acct (id integer primary key, e text);";
    let (verdict, undeclared) =
        by_hand(before, "create index i on acct (e);", "drop index i; delete from acct where id > 0;");
    assert_eq!(verdict, "lossy: rows of table acct are deleted");
    assert!(undeclared[0].contains("loses = rows acct deleted"), "{undeclared:?}");
    let down = "-- schemactl: verdict = lossless\ndrop index i; update acct set e = trim(e);";
    let (verdict, undeclared) = by_hand(before, "create index i on acct (e);", down);
    assert_eq!((verdict.as_str(), undeclared.len()), ("lossy: rows of table acct are changed", 2));
    let down = "-- schemactl: loses = rows acct deleted\ndrop index i; delete from acct where id > 0;";
    assert_eq!(by_hand(before, "create index i on acct (e);", down).1, Vec::<String>::new());
    // Nothing in the text of a copy says so: its columns stand in another order.
    let before = "create table acct (a text, b text);";
    let down = "drop index i; create table n (b text, a text); insert into n select * from acct; drop table acct; \
                create table acct (a text, b text); insert into acct (a, b) select a, b from n; drop table n;";
    let (verdict, undeclared) = by_hand(before, "create index i on acct (a);", down);
    assert_eq!((verdict.as_str(), undeclared.len()), ("lossy: rows of table acct are changed", 1));
    // A down that leaves rows alone needs to declare nothing.
    let (verdict, undeclared) = by_hand(before, "create index i on acct (a);", "drop index i;");
    assert_eq!((verdict.as_str(), undeclared.len()), ("lossless", 0));
}

#[test]
fn a7_columns_of_later_changes_have_values_too() {
    let (before, added) =
        ("create table t (id integer primary key, a text);", "alter table t add column b text default 'new';");
    let forgets = "create table n (id integer primary key, a text, b text default 'new'); insert into n (id, a) select id, a from t; \
                   drop table t; alter table n rename to t;";
    for up in [forgets, "alter table t drop column b; alter table t add column b text default 'new';"] {
        has(&[before, added, up], &["values of table t that the up changes do not come back: b"]);
    }
}

#[test]
fn a8_values_that_a_type_keeps_otherwise_are_not_what_they_were() {
    let rebuild = |from: &str, to: &str| {
        let before = format!("create table t (id integer primary key, a {from});");
        let up = format!(
            "create table n (id integer primary key, a {to}); insert into n select * from t; drop table t; alter table n rename to t;"
        );
        derived(&[&before, &up])
    };
    assert!(
        rebuild("text", "integer")
            .contains("values of column t.a are those that the up converted from text to integer")
    );
    assert!(rebuild("integer", "text").contains("values of column t.a are converted from text to integer"));
    assert!(rebuild("decimal(10,2)", "text").starts_with("lossy"));
    assert!(rebuild("integer", "real").starts_with("lossy"));
    assert_eq!(rebuild("varchar(10)", "text"), "lossless");
    assert_eq!(rebuild("int", "bigint"), "lossless");
    // The index names rows by numbers that nobody wrote.
    let texts = "create table t (a text); create virtual table f using fts5 (a, content='t');";
    let up =
        "create table n (a text, b text); insert into n (a) select a from t; drop table t; alter table n rename to t;";
    has(&[texts, up], &["(by rowid)"]);
}

#[test]
fn a9_rows_that_only_the_new_schema_allows_are_in_the_way() {
    let t = "create table t (id integer primary key, a text not null check (a <> 'q'));";
    for to in ["a text check (a <> 'q')", "a text not null"] {
        let up = format!(
            "create table n (id integer primary key, {to}); insert into n select * from t; drop table t; alter table n rename to t;"
        );
        let verdict = derived(&[t, &up]);
        // A value that the check forbade comes to nobody's mind.
        assert!(verdict.contains("rows are in the way") || to.contains("not null"), "{verdict}");
    }
    has(
        &["create table t (a text); create unique index u on t (a);", "drop index u;"],
        &["rows are in the way: UNIQUE"],
    );
    let list = "create table t (a text check (a in ('x', 'y')));";
    let wider = "create table n (a text check (a in ('x', 'y', 'z'))); insert into n select * from t; drop table t; alter table n rename to t;";
    has(&[list, wider], &["rows are in the way: CHECK"]);
}

#[test]
fn a9_an_up_that_does_not_run_over_rows_is_told() {
    let before = "create table t (id integer primary key, a text);";
    let up = "create table n (id integer primary key, a text, b text not null); insert into n (id, a) select id, a from t; \
              drop table t; alter table n rename to t;";
    let proofs = prove(vec![migration(1, before, None), migration(2, up, None)], ExistingDowns::Prove);
    assert!(proofs[1].untried[0].contains("NOT NULL constraint failed: n.b"), "{:?}", proofs[1].untried);
    // Where it runs over some, it is no finding.
    let up = "create unique index u on t (a);";
    let proofs = prove(vec![migration(1, before, None), migration(2, up, None)], ExistingDowns::Prove);
    assert_eq!(proofs[1].untried, Vec::<String>::new());
}

#[test]
fn ordinary_changes_are_what_they_are() {
    let before =
        "create table t (id integer primary key, a text); create table c (t integer references t on delete cascade);";
    for (up, verdict) in [
        ("alter table t add column b text;", "lossy: column t.b is dropped with its values"),
        ("create table u (id integer primary key, t integer references t);", "lossy: table u is dropped with its rows"),
        ("create index i on t (a);", "lossless"),
        ("create unique index i on t (a);", "lossless"),
        ("create view v as select a from t;", "lossless"),
        ("alter table t rename column a to b;", "lossless"),
        ("alter table t rename to u;", "lossless"),
        ("create table u (k text primary key); insert into u values ('a');", "lossy: table u is dropped with its rows"),
        ("create trigger x after update of a on t begin delete from c; end;", "lossless"),
    ] {
        assert_eq!(derived(&[before, up]), verdict, "{up}");
    }
}

/// How often an up does something may be a value: of those that tell types apart it would not come to an end.
#[test]
fn an_up_that_counts_to_a_value_is_stopped_where_the_value_is_large() {
    let before = "create table scene (id integer primary key, plays integer not null default 0, at text);\
                  create table play (scene integer references scene, at text);";
    let numbers =
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < (select max(plays) from scene))";
    let up = format!("insert into play {numbers} select id, at from scene cross join n where n.n <= plays;");
    has(&[before, &up], &["rows that the up adds to table play stay"]);
    // Later migrations have rows to try again.
    let list = vec![
        migration(1, before, None),
        migration(2, &up, None),
        migration(3, "alter table scene add column note text; update scene set note = at;", None),
    ];
    let proof = prove(list, ExistingDowns::Prove).pop().unwrap();
    assert!(proof.untried.is_empty(), "{:?}", proof.untried);
    // In a trigger.
    let trigger = format!(
        "{before} create trigger t after update on scene begin insert into play with n (n) as \
         (select 1 union all select n + 1 from n where n < new.plays) select new.id, new.at from n; end;"
    );
    has(&[&trigger, "update scene set at = 'now';"], &["rows that the up adds to table play stay"]);
    // In a down by hand.
    let down = format!(
        "insert into play {numbers} select id, at from scene cross join n where n.n <= plays; alter table scene drop column note;"
    );
    let (verdict, undeclared) = by_hand(before, "alter table scene add column note text;", &down);
    assert!(
        verdict.contains("it does not come to an end over values that users might have"),
        "{verdict} {undeclared:?}"
    );
}

/// It never ends where there is any row.
#[test]
fn an_up_that_never_ends_over_rows_is_told() {
    let up = "create table n as with recursive n (n) as (select 1 union all select n + 1 from n, (select 1 from t limit 1)) \
              select n from n where (select count(*) from t) > 0;";
    let list = vec![migration(1, "create table t (a integer primary key);", None), migration(2, up, None)];
    let proof = prove(list, ExistingDowns::Prove).pop().unwrap();
    let untried = proof.untried.join("; ");
    assert!(untried.contains("it does not come to an end over values that users might have"), "{untried}");
}
