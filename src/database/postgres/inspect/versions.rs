//! What of the catalog is another than it was, by the versions of its rows.
//!
//! A row is never changed in place: whoever changes one writes another version of it, which has another place (`ctid`) or another transaction
//! (`xmin`), and no two versions ever have both in common, in a database and in a copy of it. So what has the same versions as before is what it
//! was. What PostgreSQL does change in place, counts of pages and of rows, no inspection shows.
//!
//! What an object looks like depends on its own rows and, by names and types, on those of what it needs, which `pg_depend` has. So what needs
//! something that has changed is taken to have changed as well, step by step. All of this is followed for relations and their parts. Where
//! anything else has changed, a schema, a type, a function, a role, everything is taken to have.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use tokio_postgres::SimpleQueryRow;

/// The versions of the rows that an inspection reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowVersions(Arc<[String]>);

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum VersionDifference {
    Nothing,
    /// Of these relations, and of what needs these objects: class and oid.
    Rows {
        relations: BTreeSet<u32>,
        objects: BTreeSet<(u32, u32)>,
    },
    /// It is not known what may look different.
    Unknown,
}

/// A catalog of the server's whose rows are followed.
struct Followed {
    catalog: &'static str,
    /// The catalog that the object of a row is in, and its oid.
    class: &'static str,
    object: &'static str,
    /// The relation that the row is a part of, or that looks different with it; 0 for none.
    relation: &'static str,
    /// What a row is of that has none.
    without: Without,
    condition: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    /// Of an object that has rows of its own, which are followed.
    Itself,
    /// Of something that is not followed.
    Unknown,
}

const fn followed(catalog: &'static str, object: &'static str, relation: &'static str) -> Followed {
    Followed { catalog, class: catalog, object, relation, without: Without::Unknown, condition: "true" }
}

const fn of_relation(catalog: &'static str, relation: &'static str, condition: &'static str) -> Followed {
    Followed { class: "pg_class", condition, ..followed(catalog, relation, relation) }
}

/// Objects of the server's own have lower oids.
const FOLLOWED: [Followed; 14] = [
    of_relation("pg_class", "t.oid", "t.oid >= 16384"),
    of_relation("pg_attribute", "t.attrelid", "t.attrelid >= 16384 AND t.attnum > 0"),
    of_relation("pg_sequence", "t.seqrelid", "true"),
    of_relation("pg_inherits", "t.inhrelid", "true"),
    followed("pg_attrdef", "t.oid", "t.adrelid"),
    followed("pg_constraint", "t.oid", "t.conrelid"),
    followed("pg_trigger", "t.oid", "t.tgrelid"),
    followed("pg_policy", "t.oid", "t.polrelid"),
    followed("pg_statistic_ext", "t.oid", "t.stxrelid"),
    Followed { class: "pg_class", ..followed("pg_index", "t.indexrelid", "t.indrelid") },
    Followed { condition: "t.oid >= 16384", ..followed("pg_rewrite", "t.oid", "t.ev_class") },
    // The type of a relation's rows, and that of arrays of these.
    Followed {
        condition: "t.oid >= 16384 OR {recent}",
        ..followed(
            "pg_type",
            "t.oid",
            "CASE WHEN t.typrelid <> 0 THEN t.typrelid WHEN t.typelem <> 0 \
               THEN coalesce((SELECT e.typrelid FROM pg_type e WHERE e.oid = t.typelem), 0) ELSE 0 END",
        )
    },
    // A sequence, an index, a partition shows in what it belongs to.
    Followed {
        catalog: "pg_depend",
        class: "t.classid",
        object: "t.objid",
        relation: "CASE WHEN t.deptype IN ('a', 'i', 'P') AND t.refclassid = 'pg_class'::regclass THEN t.refobjid ELSE 0 END",
        without: Without::Itself,
        condition: "t.objid >= 16384",
    },
    Followed {
        catalog: "pg_description",
        class: "t.classoid",
        object: "t.objoid",
        relation: "0",
        without: Without::Itself,
        // Of the schema `public` and of extensions, which are the server's own, comments are shown as well.
        condition: "t.objoid >= 16384 OR t.classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass)",
    },
];

/// Catalogs with an oid of which all rows count that people made, whatever they are of.
pub(super) const WHOLE_CATALOGS: [&str; 21] = [
    "pg_extension",
    "pg_proc",
    "pg_cast",
    "pg_operator",
    "pg_opclass",
    "pg_opfamily",
    "pg_collation",
    "pg_conversion",
    "pg_language",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_transform",
    "pg_am",
    "pg_publication",
    "pg_publication_rel",
    "pg_event_trigger",
    "pg_default_acl",
];

/// Catalogs with an oid whose rows are only compared, besides [`WHOLE_CATALOGS`]: none may be another one, but for those that were there before the
/// database was.
const COMPARED: [&str; 3] = ["pg_namespace", "pg_enum", "pg_tablespace"];

/// Those without one.
const COMPARED_WHOLE: [&str; 5] =
    ["pg_range", "pg_foreign_table", "pg_partitioned_table", "pg_ts_config_map", "pg_seclabel"];

/// Written since the cluster was made. What was written since this database was made would not do: a row that was changed in the database of which
/// it is a copy is older than the copy, and another one than in a copy of a third.
const RECENT: &str = "age(t.xmin) <= (SELECT max(age(b.xmin)) FROM pg_database b)";

/// A query for the versions of all these rows, a line for each catalog that is followed and one for all others.
pub(super) fn query() -> String {
    let class = |followed: &Followed| {
        if followed.class.starts_with("t.") {
            followed.class.to_owned()
        } else {
            format!("'{}'::regclass::oid", followed.class)
        }
    };
    let of = |(at, followed): (usize, &Followed)| {
        let Followed { catalog, object, relation, condition, .. } = followed;
        format!(
            "SELECT 'Versions' AS kind, {at} AS object, \
               string_agg(concat_ws(':', {}, {object}, {relation}, t.ctid, t.xmin), ' ') AS name \
             FROM {catalog} t WHERE {}",
            class(followed),
            condition.replace("{recent}", RECENT)
        )
    };
    let recent = COMPARED.iter().chain(&WHOLE_CATALOGS).map(|catalog| {
        format!(
            "SELECT string_agg(t.ctid || ' ' || t.xmin, ',') AS v FROM {catalog} t WHERE t.oid >= 16384 OR {RECENT}"
        )
    });
    let whole = COMPARED_WHOLE
        .map(|catalog| format!("SELECT string_agg(t.ctid || ' ' || t.xmin, ',') FROM {catalog} t WHERE {RECENT}"));
    // What not everybody may read is told by a view.
    let seen = [
        "SELECT string_agg(concat_ws(' ', r.oid, r.rolname), ',' ORDER BY r.oid) FROM pg_roles r",
        "SELECT string_agg(m::text, ',' ORDER BY m.umid) FROM pg_user_mappings m",
    ];
    let rest: Vec<String> = recent.chain(whole).chain(seen.map(str::to_owned)).collect();
    let numbered = rest.iter().enumerate().map(|(at, part)| format!("SELECT {at} AS at, r.* FROM ({part}) r (v)"));
    let rest = format!(
        "SELECT 'Versions', {}, string_agg(concat(p.at, ' ', p.v), '|' ORDER BY p.at) FROM ({}) p",
        FOLLOWED.len(),
        numbered.collect::<Vec<_>>().join(" UNION ALL ")
    );
    FOLLOWED.iter().enumerate().map(of).chain([rest]).collect::<Vec<_>>().join("\nUNION ALL\n")
}

impl RowVersions {
    /// Those of an answer; none where it has not all of them.
    pub(super) fn read(rows: &[SimpleQueryRow]) -> Option<Self> {
        let text = |name: &str, row: &SimpleQueryRow| row.try_get(name).ok().flatten().map(str::to_owned);
        let mut all = vec![None; FOLLOWED.len() + 1];
        for row in rows.iter().filter(|row| text("kind", row).as_deref() == Some("Versions")) {
            let at: usize = text("object", row)?.parse().ok()?;
            *all.get_mut(at)? = Some(text("name", row).unwrap_or_default());
        }
        all.into_iter().collect::<Option<Vec<String>>>().map(|all| Self(all.into()))
    }

    /// What has changed since these were read.
    pub(super) fn difference(&self, now: &Self) -> VersionDifference {
        let (mut relations, mut objects) = (BTreeSet::new(), BTreeSet::new());
        for (at, (was, is)) in self.0.iter().zip(now.0.iter()).enumerate() {
            if was == is {
                continue;
            }
            let Some(followed) = FOLLOWED.get(at) else { return VersionDifference::Unknown };
            for entry in different(was, is) {
                let Some((class, object, relation)) = parse(entry) else { return VersionDifference::Unknown };
                objects.insert((class, object));
                match relation {
                    0 if followed.without == Without::Unknown => return VersionDifference::Unknown,
                    0 => {}
                    relation => {
                        relations.insert(relation);
                    }
                }
            }
        }
        if objects.is_empty() { VersionDifference::Nothing } else { VersionDifference::Rows { relations, objects } }
    }
}

/// The entries that one of two lists has alone.
fn different<'a>(was: &'a str, is: &'a str) -> Vec<&'a str> {
    let (was, is): (Vec<&str>, Vec<&str>) = (was.split(' ').collect(), is.split(' ').collect());
    let ahead = was.iter().zip(&is).take_while(|(a, b)| a == b).count();
    let (was, is) = (&was[ahead..], &is[ahead..]);
    let behind = was.iter().rev().zip(is.iter().rev()).take_while(|(a, b)| a == b).count();
    let (was, is) = (&was[..was.len() - behind], &is[..is.len() - behind]);
    let (before, after): (HashSet<&str>, HashSet<&str>) = (was.iter().copied().collect(), is.iter().copied().collect());
    let differs = before.symmetric_difference(&after).copied();
    differs.filter(|entry| !entry.is_empty()).collect()
}

fn parse(entry: &str) -> Option<(u32, u32, u32)> {
    let mut parts = entry.split(':');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A query for the relations that may look different where these objects, by class and oid, have changed: theirs, and those of what needs them,
/// step by step. A line without an oid says that something else may.
pub(super) const REACHED: &str = "WITH RECURSIVE reached (class, object) AS ( \
       SELECT * FROM unnest($1::oid[], $2::oid[]) \
       UNION SELECT CASE WHEN w.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END, coalesce(w.ev_class, d.objid) \
       FROM reached r JOIN pg_depend d ON d.refclassid = r.class AND d.refobjid = r.object \
       LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid) \
     SELECT DISTINCT 'Reached' AS kind, CASE \
       WHEN r.class = 'pg_class'::regclass THEN CASE WHEN c.relkind = 't' THEN coalesce(m.oid, c.oid) ELSE coalesce(i.indrelid, r.object) END \
       WHEN r.class = 'pg_constraint'::regclass THEN coalesce(nullif(k.conrelid, 0), CASE WHEN k.oid IS NULL THEN 0 END) \
       WHEN r.class = 'pg_type'::regclass THEN coalesce(nullif(t.typrelid, 0), nullif(e.typrelid, 0), CASE WHEN t.oid IS NULL THEN 0 END) \
       WHEN r.class = 'pg_attrdef'::regclass THEN coalesce(a.adrelid, 0) \
       WHEN r.class = 'pg_rewrite'::regclass THEN coalesce(w.ev_class, 0) \
       WHEN r.class = 'pg_trigger'::regclass THEN coalesce(g.tgrelid, 0) \
       WHEN r.class = 'pg_policy'::regclass THEN coalesce(p.polrelid, 0) \
       WHEN r.class = 'pg_statistic_ext'::regclass THEN coalesce(s.stxrelid, 0) END AS object \
     FROM reached r LEFT JOIN pg_class c ON r.class = 'pg_class'::regclass AND c.oid = r.object \
     LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class m ON c.relkind = 't' AND m.reltoastrelid = c.oid \
     LEFT JOIN pg_constraint k ON r.class = 'pg_constraint'::regclass AND k.oid = r.object \
     LEFT JOIN pg_type t ON r.class = 'pg_type'::regclass AND t.oid = r.object \
     LEFT JOIN pg_type e ON t.typelem <> 0 AND e.oid = t.typelem \
     LEFT JOIN pg_attrdef a ON r.class = 'pg_attrdef'::regclass AND a.oid = r.object \
     LEFT JOIN pg_rewrite w ON r.class = 'pg_rewrite'::regclass AND w.oid = r.object \
     LEFT JOIN pg_trigger g ON r.class = 'pg_trigger'::regclass AND g.oid = r.object \
     LEFT JOIN pg_policy p ON r.class = 'pg_policy'::regclass AND p.oid = r.object \
     LEFT JOIN pg_statistic_ext s ON r.class = 'pg_statistic_ext'::regclass AND s.oid = r.object";

/// More relations than this are read no faster than all.
const MOST: usize = 200;

/// The relations of an answer to [`REACHED`]; none where something else was reached, or too much.
pub(super) fn reached(rows: &[SimpleQueryRow]) -> Option<BTreeSet<u32>> {
    let mut relations = BTreeSet::new();
    for row in rows.iter().filter(|row| matches!(row.try_get("kind"), Ok(Some("Reached")))) {
        relations.insert(row.try_get("object").ok()??.parse().ok()?);
    }
    // What is no longer there has none.
    relations.remove(&0);
    (relations.len() <= MOST).then_some(relations)
}
