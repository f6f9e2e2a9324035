//! Comparisons with a server.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use schemactl_test_support::{cases, postgres as servers};

use super::super::{CharRepair, JsonFaultKind, JsonRules, JsonTarget, Keep, Replacement, canonical, read};
use super::texts::{Random, texts};
use crate::hex::Hex;

const SETUP: &str = "
set client_min_messages = warning;
create or replace function pg_temp.try_json(t text) returns text language plpgsql as $$ begin return t::json::text; exception when others then return null; end $$;
create or replace function pg_temp.try_jsonb(t text) returns jsonb language plpgsql as $$ begin return t::jsonb; exception when others then return null; end $$;
create temp table t(id int, h text);
";

struct Told {
    json: Option<String>,
    jsonb: Option<String>,
    group: String,
}

fn unhex(hex: &str) -> Option<String> {
    if hex == "-" {
        return None;
    }
    let bytes =
        hex.as_bytes().chunks(2).map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect();
    Some(String::from_utf8(bytes).unwrap())
}

fn ask(texts: &[String]) -> Vec<Told> {
    let mut script = format!("{SETUP}copy t from stdin;\n");
    for (id, text) in texts.iter().enumerate() {
        let _ = writeln!(script, "{id}\t{}", Hex(text.as_bytes()));
    }
    script.push_str(
        "\\.\n
        create temp table u as select id, pg_temp.try_json(s) j, pg_temp.try_jsonb(s) b from (select id, convert_from(decode(h, 'hex'), 'UTF8') s from t) x;
        select coalesce(encode(convert_to(j, 'UTF8'), 'hex'), '-'), coalesce(encode(convert_to(b::text, 'UTF8'), 'hex'), '-'), coalesce(dense_rank() over (order by b)::text, '-') from u order by id;\n",
    );
    let listed = servers::database(servers::version()).psql(&script);
    let told: Vec<Told> = listed
        .lines()
        .map(|line| {
            let mut parts = line.split('|');
            let (json, jsonb) = (unhex(parts.next().unwrap()), unhex(parts.next().unwrap()));
            Told { json, jsonb, group: parts.next().unwrap().to_owned() }
        })
        .collect();
    assert_eq!(told.len(), texts.len());
    told
}

fn short(text: &str) -> String {
    format!("{:?}", text.chars().take(300).collect::<String>())
}

#[test]
fn a_server_takes_the_same() {
    let count = usize::try_from(cases(3_000, 60_000)).unwrap();
    let texts = texts(count, &mut Random(0x9e37_79b9_7f4a_7c15));
    let told = ask(&texts);
    let none = JsonRules::default();
    let last = JsonRules { duplicates: Some(Keep::Last), ..JsonRules::default() };
    let mut wrong = 0;
    let mut fail = |what: &str, text: &str, detail: String| {
        wrong += 1;
        if wrong < 40 {
            println!("{what}: {} {}", short(text), detail);
        }
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut forms: HashMap<String, String> = HashMap::new();
    let mut groups: HashMap<String, String> = HashMap::new();
    for (text, told) in texts.iter().zip(&told) {
        let json = read(text, JsonTarget::Json, &none);
        let deep = matches!(&json, Err(fault) if fault.kind == JsonFaultKind::TooDeep);
        if !deep && json.is_ok() != told.json.is_some() {
            fail("json", text, format!("{json:?}").chars().take(300).collect());
        }
        if json.as_ref().is_ok_and(|json| json.text != *text || told.json.as_ref() != Some(text)) {
            fail("json text", text, String::new());
        }
        let mut jsonb = read(text, JsonTarget::Jsonb, &none);
        let kind = jsonb.as_ref().map_or_else(
            |f| format!("{:?}", f.kind).split([' ', '{']).next().unwrap().to_owned(),
            |_| "accepted".to_owned(),
        );
        *counts.entry(format!("jsonb {kind}")).or_default() += 1;
        if matches!(&jsonb, Err(fault) if matches!(fault.kind, JsonFaultKind::Duplicate { .. })) {
            jsonb = read(text, JsonTarget::Jsonb, &last);
        }
        if !deep && jsonb.is_ok() != told.jsonb.is_some() {
            fail("jsonb", text, format!("{jsonb:?}").chars().take(300).collect());
        }
        if let (Ok(jsonb), Some(server)) = (&jsonb, &told.jsonb) {
            let form = canonical(&jsonb.text);
            if form != canonical(server) || form != canonical(text) || form != canonical(&form) {
                fail("canonical", text, format!("{} {} {}", short(&form), short(&canonical(server)), short(server)));
            }
            if *forms.entry(form.clone()).or_insert_with(|| told.group.clone()) != told.group
                || *groups.entry(told.group.clone()).or_insert_with(|| form.clone()) != form
            {
                fail("equality", text, short(&form));
            }
        }
    }
    println!("{} texts, {} values of jsonb, {} forms", texts.len(), groups.len(), forms.len());
    for (kind, count) in counts {
        println!("  {kind}: {count}");
    }
    wrong_repairs(&texts, &mut fail);
    assert_eq!(wrong, 0);
}

/// Whatever is repaired is taken by the server.
fn wrong_repairs(texts: &[String], fail: &mut impl FnMut(&str, &str, String)) {
    let rules = JsonRules {
        python: true,
        json5: true,
        nan: Some(Replacement::String),
        duplicates: Some(Keep::First),
        nul: Some(CharRepair::Strip),
        surrogates: true,
        unwrap: true,
        bom: true,
    };
    for target in [JsonTarget::Json, JsonTarget::Jsonb] {
        let repaired: Vec<(String, &String)> = texts
            .iter()
            .filter_map(|text| {
                read(text, target, &rules)
                    .ok()
                    .filter(|read| !read.repairs.is_empty())
                    .map(|read| (read.text.into_owned(), text))
            })
            .collect();
        println!("{} repaired texts for {target:?}", repaired.len());
        let told = ask(&repaired.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>());
        for ((text, from), told) in repaired.iter().zip(told) {
            let is_taken = if target == JsonTarget::Json { told.json.is_some() } else { told.jsonb.is_some() };
            if !is_taken {
                fail("repaired", text, short(from));
            }
        }
    }
}
