//! Governance: the months of the audit tables, with the clock moved.

use std::collections::BTreeSet;
use std::thread;

use super::governance;
use super::system::System;

/// Puts the clock of maintenance under the test's hand, for sessions that say what time it is.
const CLOCK: &str = "CREATE OR REPLACE FUNCTION audit.partition_clock() RETURNS timestamptz \
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp \
    AS $$ SELECT coalesce(nullif(current_setting('test.now', true), '')::timestamptz, now()) $$";

pub(super) fn postgres() -> System {
    let system = governance::postgres();
    system.query(CLOCK);
    system
}

/// What maintenance does at a time; warnings are not told.
pub(super) fn maintain(system: &System, now: &str) -> String {
    system
        .query(&format!("SET test.now = '{now}'; SELECT action, partition, moved FROM audit.partition_maintenance()"))
        .trim()
        .to_owned()
}

/// One step of the clock, for both tables: a row of today, one that comes six weeks late, one that is ahead of every month
/// that was made; then maintenance. Tells how many rows wait in a default partition without a reason, how many there are
/// in all, and, of what maintenance was about to drop, all rows and those that are too young for it.
const STEP: &str = r"
    CREATE FUNCTION public.step(today timestamptz, OUT waiting bigint, OUT kept bigint, OUT gone bigint, OUT young bigint)
        LANGUAGE plpgsql
        SET timezone = 'UTC'
    AS $$
    DECLARE
        place record;
        counted bigint;
        under_age bigint;
    BEGIN
        WITH row AS (
            INSERT INTO audit.events (ts, event_type)
                SELECT today + shift * interval '1 day', 'seen' FROM (VALUES (0), (-42), (150)) AS s (shift)
                RETURNING event_id, ts)
        INSERT INTO public.written SELECT 'events', * FROM row;
        WITH row AS (
            INSERT INTO audit.tool_usage (ts, tool_name, success)
                SELECT today + shift * interval '1 day', 'grep', true FROM (VALUES (0), (-42), (150)) AS s (shift)
                RETURNING usage_id, ts)
        INSERT INTO public.written SELECT 'tool_usage', * FROM row;
        kept := 0;
        gone := 0;
        young := 0;
        FOR place IN SELECT * FROM audit.partition_plan(today) WHERE action = 'drop' LOOP
            EXECUTE format('SELECT count(*), count(*) FILTER (WHERE ts >= $1) FROM audit.%I', place.partition)
                INTO counted, under_age
                USING today - CASE place.parent WHEN 'events' THEN interval '210 days' ELSE interval '120 days' END;
            gone := gone + counted;
            young := young + under_age;
        END LOOP;
        PERFORM set_config('test.now', today::text, false);
        PERFORM audit.partition_maintenance();
        SELECT count(*) INTO waiting
          FROM (SELECT ts FROM audit.events_default UNION ALL SELECT ts FROM audit.tool_usage_default) AS d
         WHERE ts < date_trunc('month', today) + interval '4 months';
        FOR place IN
            SELECT oid::regclass AS name FROM pg_class
             WHERE relnamespace = 'audit'::regnamespace AND relkind = 'r' AND relname ~ '_(default|y\d{4}m\d\d)$'
        LOOP
            EXECUTE format('SELECT count(*) FROM %s', place.name) INTO counted;
            kept := kept + counted;
        END LOOP;
    END
    $$";

#[test]
fn two_years_go_by() {
    let system = postgres();
    let mut session = system.session();
    session.run("CREATE TABLE public.written (parent text, id uuid, ts timestamptz)");
    assert_eq!(session.run(STEP), "");
    let mut dropped = 0;
    for step in 0..=73 {
        let today = format!("timestamptz '2026-01-05 12:00:00+00' + {step} * interval '10 days'");
        let answer = session.run(&format!("SELECT * FROM public.step({today})"));
        let counts: Vec<i64> = answer.split('|').filter_map(|count| count.parse().ok()).collect();
        let [waiting, kept, gone, young] = counts[..] else { panic!("{answer}") };
        dropped += gone;
        assert_eq!((waiting, young, kept + dropped), (0, 0, 6 * (step + 1)), "step {step}");
    }
    assert!(dropped > 200, "{dropped}");
    // The clock stands at 2028-01-05: what is within retention is there, row by row, in its month.
    let lost = "SELECT count(*) FROM public.written AS w \
         WHERE ts >= timestamptz '2028-01-05 12:00:00+00' - CASE parent WHEN 'events' THEN 180 ELSE 90 END * interval '1 day' \
           AND NOT EXISTS (SELECT FROM audit.events WHERE event_id = w.id AND ts = w.ts) \
           AND NOT EXISTS (SELECT FROM audit.tool_usage WHERE usage_id = w.id AND ts = w.ts)";
    assert_eq!(system.query(lost), "0");
    for (table, first, detached) in
        [("events", "events_y2027m07", "events_y2027m06"), ("tool_usage", "tool_usage_y2027m10", "tool_usage_y2027m09")]
    {
        let wrong = format!(
            "SELECT count(*) FROM audit.{table} WHERE tableoid::regclass::text NOT LIKE '%default' \
               AND right(tableoid::regclass::text, 7) <> to_char(ts AT TIME ZONE 'UTC', 'YYYY\"m\"MM')"
        );
        assert_eq!(system.query(&wrong), "0");
        let months = format!(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid \
             WHERE inhparent = 'audit.{table}'::regclass AND relname NOT LIKE '%default' ORDER BY 1"
        );
        let months = system.query(&months);
        assert_eq!(months.lines().next(), Some(first));
        assert_eq!(months.lines().last(), Some(&*format!("{table}_y2028m04")));
        let detached_now = format!("SELECT partition FROM audit.detached_partitions WHERE parent = '{table}'");
        assert_eq!(system.query(&detached_now), detached);
    }
}

#[test]
fn run_twice_it_does_nothing_more() {
    let system = postgres();
    system.query("INSERT INTO audit.events (ts, event_type) VALUES ('2026-05-31T23:59:59Z', 'seen'), ('2026-06-01T00:00:00Z', 'seen')");
    let done = maintain(&system, "2026-06-15");
    assert!(
        done.starts_with("create|events_y2026m05|1\ncreate|events_y2026m06|1\ncreate|events_y2026m07|0\n"),
        "{done}"
    );
    assert_eq!(done.lines().count(), 9, "{done}");
    assert_eq!(maintain(&system, "2026-06-15"), "");
    assert_eq!(maintain(&system, "2026-06-30T23:59:59Z"), "");
    assert_eq!(system.query("SELECT count(*) FROM audit.events_default"), "0");
    // Months are those of UTC, whatever the session's zone is.
    let done = system.query(
        "SET timezone = 'Pacific/Auckland'; SET test.now = '2026-06-30T23:59:59Z'; \
         SELECT partition FROM audit.partition_maintenance()",
    );
    assert_eq!(done.trim(), "");
    // The setting with which it waits for locks is its own.
    assert_eq!(
        system.query("SET lock_timeout = '7s'; SELECT FROM audit.partition_maintenance(); SHOW lock_timeout").trim(),
        "7s"
    );
}

#[test]
fn several_at_once_do_it_once_while_others_write() {
    let system = postgres();
    // All of 2026 waits in the default partition; the clock stands in the middle of it.
    system.query(
        "INSERT INTO audit.events (ts, event_type) \
           SELECT timestamptz '2026-01-01T00:00:00Z' + i * interval '1 hour', 'old' FROM generate_series(0, 6000) AS i",
    );
    let (actions, written) = thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                scope.spawn({
                    let system = &system;
                    move || write(system, writer)
                })
            })
            .collect();
        let runners: Vec<_> = (0..6).map(|_| scope.spawn(|| maintain(&system, "2026-06-15"))).collect();
        let actions: Vec<_> = runners.into_iter().map(|runner| runner.join().unwrap()).collect();
        (actions, writers.into_iter().map(|writer| writer.join().unwrap()).sum::<i64>())
    });
    let lines: Vec<_> = actions.iter().flat_map(|text| text.lines()).collect();
    let names: BTreeSet<_> = lines.iter().map(|line| line.rsplit_once('|').unwrap().0).collect();
    assert_eq!(lines.len(), 9 + 4, "{lines:?}");
    assert_eq!(names.len(), lines.len(), "one was done twice: {lines:?}");
    assert!(names.iter().all(|name| name.starts_with("create|")), "{names:?}");
    assert_eq!(system.query("SELECT count(*) FROM audit.events"), (6001 + written).to_string());
    assert_eq!(system.query("SELECT count(*) FROM audit.events_default"), "0");
}

/// Writes rows of months that are being made. One that finds, after it has waited, that the month is there now is told so
/// by PostgreSQL (23514), and comes again.
fn write(system: &System, writer: i64) -> i64 {
    let mut written = 0;
    for row in 0..25 {
        let insert = format!(
            "INSERT INTO audit.events (ts, event_type) VALUES (timestamptz '2026-03-05T00:00:00Z' + {} * interval '1 day', 'new')",
            writer * 25 + row
        );
        while let Err(error) = system.attempt(&insert) {
            assert!(error.contains("23514") && error.contains("partition constraint"), "{error}");
        }
        written += 1;
    }
    written
}

#[test]
fn a_late_row_waits_until_the_name_of_its_month_is_free() {
    let system = postgres();
    let late = "INSERT INTO audit.tool_usage (ts, tool_name, success) VALUES ('2026-01-15T00:00:00Z', 'grep', true)";
    system.query(late);
    assert!(maintain(&system, "2026-03-01").contains("create|tool_usage_y2026m01|1"));
    assert!(maintain(&system, "2026-06-01").contains("detach|tool_usage_y2026m01|"));
    // The month is detached, and kept for its grace time: a row of it is taken all the same.
    system.query(late);
    assert!(!maintain(&system, "2026-06-02").contains("2026m01"));
    assert_eq!(system.query("SELECT count(*) FROM audit.tool_usage"), "1");
    assert_eq!(system.query("SELECT count(*) FROM audit.tool_usage_y2026m01"), "1");
    assert!(maintain(&system, "2026-07-02").contains("drop|tool_usage_y2026m01|"));
    assert_eq!(system.query("SELECT count(*) FROM audit.tool_usage"), "1");
    assert!(maintain(&system, "2026-07-03").contains("create|tool_usage_y2026m01|1"));
    assert!(maintain(&system, "2026-07-04").contains("detach|tool_usage_y2026m01|"));
    assert!(maintain(&system, "2026-08-04").contains("drop|tool_usage_y2026m01|"));
    assert_eq!(system.query("SELECT count(*) FROM audit.tool_usage"), "0");
}

#[test]
fn a_detached_month_can_be_kept_or_attached_again() {
    let system = postgres();
    system.query(
        "INSERT INTO audit.events (ts, event_type) VALUES ('2026-01-15T00:00:00Z', 'seen'), ('2026-02-15T00:00:00Z', 'seen'), ('2026-03-15T00:00:00Z', 'seen')",
    );
    maintain(&system, "2026-04-01");
    assert_eq!(maintain(&system, "2026-10-01").matches("detach|events").count(), 3);
    system.query(
        "UPDATE audit.detached_partitions SET drop_after = '2030-01-01' WHERE partition = 'events_y2026m01'; \
         ALTER TABLE audit.events ATTACH PARTITION audit.events_y2026m02 \
           FOR VALUES FROM ('2026-02-01T00:00:00Z') TO ('2026-03-01T00:00:00Z'); \
         CREATE VIEW public.march AS SELECT * FROM audit.events_y2026m03",
    );
    // One is kept by its row, one is detached anew and has its whole grace time again, one has a view: that is told of,
    // and tried again.
    let done = maintain(&system, "2026-12-01");
    assert!(done.contains("detach|events_y2026m02|"), "{done}");
    assert!(!done.contains("drop|events_y2026m02|"), "{done}");
    assert!(done.contains("postpone drop|events_y2026m03|"), "{done}");
    assert!(!done.contains("events_y2026m01"), "{done}");
    let kept = "SELECT (SELECT count(*) FROM audit.events_y2026m01) + (SELECT count(*) FROM audit.events_y2026m02)";
    assert_eq!(system.query(kept), "2");
    system.query("DROP VIEW public.march");
    assert!(maintain(&system, "2026-12-02").contains("drop|events_y2026m03|"));
    // One that somebody drops by hand is forgotten.
    system.query("DROP TABLE audit.events_y2026m02");
    assert!(maintain(&system, "2026-12-31").contains("forget|events_y2026m02|"));
    assert_eq!(system.query("SELECT count(*) FROM audit.detached_partitions WHERE partition = 'events_y2026m02'"), "0");
}

#[test]
fn a_long_query_delays_one_table_alone() {
    let system = postgres();
    let mut reader = system.session();
    reader.run("BEGIN; SELECT count(*) FROM audit.events");
    let done = maintain(&system, "2026-06-15");
    assert_eq!(done.matches("postpone create|events").count(), 4, "{done}");
    assert_eq!(done.matches("\ncreate|tool_usage").count(), 4, "{done}");
    reader.run("COMMIT");
    assert_eq!(maintain(&system, "2026-06-15").matches("create|events").count(), 4);
}

#[test]
fn a_query_reads_the_months_that_it_names() {
    let system = postgres();
    system.query("INSERT INTO audit.events (ts, event_type, agent_id) \
        SELECT timestamptz '2026-01-01T00:00:00Z' + i * interval '10 minutes', 'type ' || i % 97, 'agent ' || i % 101 FROM generate_series(0, 25000) AS i");
    maintain(&system, "2026-06-15");
    system.query("ANALYZE audit.events");
    let month = "ts >= '2026-03-01T00:00:00Z' AND ts < '2026-04-01T00:00:00Z'";
    for (query, index) in [
        (format!("SELECT count(*) FROM audit.events WHERE {month}"), None),
        (
            format!("SELECT * FROM audit.events WHERE agent_id = 'agent 7' AND {month}"),
            Some("events_y2026m03_agent_id_ts_idx"),
        ),
        (
            format!("SELECT * FROM audit.events WHERE event_type = 'type 7' AND {month}"),
            Some("events_y2026m03_event_type_ts_idx"),
        ),
    ] {
        let plan = system.explain(&query);
        let months: BTreeSet<_> = plan
            .split([' ', '\n'])
            .filter(|word| word.starts_with("events_"))
            .map(|word| &word[..15.min(word.len())])
            .collect();
        assert_eq!(months.into_iter().collect::<Vec<_>>(), ["events_y2026m03"], "{plan}");
        assert!(index.is_none_or(|index| plan.contains(index)), "{plan}");
    }
}

#[test]
fn months_are_no_drift_and_go_with_their_tables() {
    let system = governance::postgres();
    let clock = system.query("SELECT pg_get_functiondef('audit.partition_clock'::regproc)");
    system.query(CLOCK);
    system.query("INSERT INTO audit.events (ts, event_type) VALUES ('2026-01-15T00:00:00Z', 'seen')");
    maintain(&system, "2026-03-01");
    maintain(&system, "2026-09-01");
    assert_eq!(
        system.query("SELECT partition FROM audit.detached_partitions"),
        "events_y2026m01\ntool_usage_y2026m03\ntool_usage_y2026m04\ntool_usage_y2026m05"
    );
    system.query(&clock);
    system.run("status --check").ok();
    system.run("diff").ok();
    // A month that is detached counts as data as well.
    system.run("down --to 9").code(5).stderr_has("audit.detached_partitions: 4 rows");
    system
        .run("down --to 0 --accept-data-loss")
        .ok()
        .stdout_has("forgotten 19 create_graph: it was skipped")
        .stdout_has("18 reverted, 1 forgotten");
    assert_eq!(system.query("SELECT nspname FROM pg_namespace WHERE nspname IN ('audit', 'core', 'governance')"), "");
    system.run("up").ok();
    system.run("status --check").ok();
}
