//! Governance: maintenance of the months does nothing that cannot be taken back, whatever it is told, and tells what it cannot do.

use std::thread;
use std::time::{Duration, Instant};

use schemactl_test_support::postgres::{self as server, Cluster, Config};

use super::governance::NAME;
use super::governance_partitions::{maintain, postgres};
use super::system::System;

const MONTHS: &str = "SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY 1) FROM pg_inherits \
     WHERE inhparent = 'audit.events'::regclass";
const SEEN: &str = "INSERT INTO audit.events (ts, event_type) VALUES ('2026-06-10T00:00:00Z', 'seen')";

fn rehearse(system: &System, at: &str) -> String {
    system.query(&format!("SELECT action, partition FROM audit.partition_maintenance('{at}')"))
}

#[test]
fn a_rehearsal_does_it_all_and_leaves_nothing() {
    let system = postgres();
    system.query(SEEN);
    maintain(&system, "2026-06-15");
    let before = (system.query(MONTHS), system.query("SELECT count(*) FROM audit.events"));
    let told = rehearse(&system, "2027-06-15");
    assert!(told.contains("detach|events_y2026m06") && told.contains("create|events_y2027m09"), "{told}");
    assert_eq!((system.query(MONTHS), system.query("SELECT count(*) FROM audit.events")), before);
    assert_eq!(system.query("SELECT count(*) FROM audit.detached_partitions"), "0");
    // What is in the way shows in it, and it keeps no lock that others wait for.
    let mut reader = system.session();
    reader.run("BEGIN; SELECT count(*) FROM audit.events");
    assert!(rehearse(&system, "2027-06-15").contains("postpone detach|events_y2026m06"));
    reader.run("COMMIT");
    let mut rehearsal = system.session();
    rehearsal.run("BEGIN; SELECT audit.partition_maintenance('2027-06-15')");
    assert_eq!(system.query("SET lock_timeout = '5s'; SELECT count(*) FROM audit.events").trim(), "1");
    rehearsal.run("COMMIT");
    assert_eq!(system.query(MONTHS), before.0);
    for at in ["infinity", "-infinity"] {
        assert!(system.refused(&format!("SELECT audit.partition_maintenance('{at}')")).contains("22023"));
    }
}

#[test]
fn the_present_month_stays_whatever_the_policy_says() {
    let system = postgres();
    system.query(SEEN);
    maintain(&system, "2026-06-15");
    system.query(
        "CREATE OR REPLACE VIEW audit.partition_policy (parent, retention_days, grace_days, premake_months) AS \
           VALUES ('events'::text, -400, 30, 3), ('tool_usage', 90, 30, 3)",
    );
    assert_eq!(maintain(&system, "2026-06-30T23:59:59Z"), "");
    assert_eq!(system.query("SELECT tableoid::regclass FROM audit.events"), "events_y2026m06");
}

#[test]
fn what_a_wrong_clock_has_detached_comes_back() {
    let system = postgres();
    system.query(SEEN);
    maintain(&system, "2026-06-15");
    assert!(maintain(&system, "2027-01-15").contains("detach|events_y2026m06|"));
    assert_eq!(system.query("SELECT count(*) FROM audit.events"), "0");
    // A row of that month comes meanwhile: it goes with the others.
    system.query(SEEN);
    let done = maintain(&system, "2026-06-16");
    assert!(done.contains("attach|events_y2026m06|1"), "{done}");
    assert_eq!(
        system.query("SELECT count(*) FROM audit.events WHERE tableoid = 'audit.events_y2026m06'::regclass"),
        "2"
    );
    assert_eq!(system.query("SELECT count(*) FROM audit.detached_partitions"), "0");
    assert_eq!(maintain(&system, "2026-06-17"), "");
    // One that cannot be attached is told of each time, and nothing else is kept from being done.
    maintain(&system, "2027-01-15");
    system.query("ALTER TABLE audit.events_y2026m06 ADD COLUMN note text");
    for _ in 0..2 {
        let done = maintain(&system, "2026-06-18");
        assert!(done.contains("postpone attach|events_y2026m06|"), "{done}");
    }
    assert_eq!(system.query("SELECT count(*) FROM audit.events_y2026m06"), "2");
}

#[test]
fn a_table_with_the_name_of_a_month_is_told_and_left_alone() {
    let system = postgres();
    system.query("CREATE TABLE audit.events_y2026m06 (what text)");
    system.query(SEEN);
    let done = maintain(&system, "2026-06-15");
    assert!(done.contains("stray|events_y2026m06|") && done.contains("create|events_y2026m07|"), "{done}");
    assert!(system.refused("SELECT audit.create_partition('events', '2026-06-10')").contains("42P07"));
    assert_eq!(system.query("SELECT count(*) FROM audit.events_default"), "1");
    system.query("ALTER TABLE audit.events_y2026m06 RENAME TO mine");
    assert!(maintain(&system, "2026-06-15").contains("create|events_y2026m06|1"));
    // One that is attached for other rows than its name says is not detached by its name.
    system.query(
        "CREATE TABLE audit.events_y2020m01 (LIKE audit.events INCLUDING ALL); \
         ALTER TABLE audit.events ATTACH PARTITION audit.events_y2020m01 FOR VALUES FROM ('2027-01-01') TO ('2027-02-01'); \
         INSERT INTO audit.events (ts, event_type) VALUES ('2027-01-10', 'later')",
    );
    assert_eq!(maintain(&system, "2026-06-16"), "stray|events_y2020m01|");
    assert_eq!(system.query("SELECT count(*) FROM audit.events"), "2");
    // Names that are nearly those of months.
    system.query("CREATE TABLE audit.events_y2026m13 (a int); CREATE TABLE audit.events_y0000m01 (a int); CREATE TABLE audit.events_yy (a int)");
    assert_eq!(maintain(&system, "2026-06-16"), "stray|events_y2020m01|");
}

#[test]
fn the_newest_are_found_by_an_index() {
    let system = postgres();
    system.query(
        "INSERT INTO audit.events (ts, event_type) \
           SELECT timestamptz '2026-01-01' + i * interval '10 minutes', 'seen' FROM generate_series(0, 20000) AS i; \
         INSERT INTO audit.tool_usage (ts, tool_name, success) SELECT ts, 'grep', true FROM audit.events",
    );
    maintain(&system, "2026-06-15");
    system.query("ANALYZE audit.events; ANALYZE audit.tool_usage");
    for table in ["events", "tool_usage"] {
        let plan = system.explain(&format!("SELECT * FROM audit.{table} ORDER BY ts DESC LIMIT 20"));
        assert!(plan.contains(&format!("{table}_y2026m05_ts_idx")), "{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("Sort\n"), "{plan}");
    }
}

#[test]
fn a_down_gives_detached_months_back_to_their_table() {
    let system = postgres();
    system.query(SEEN);
    maintain(&system, "2026-06-15");
    maintain(&system, "2027-01-15");
    system.query(SEEN);
    system.run("down --to 9").code(5);
    system.run("down --to 9 --accept-data-loss").ok();
    assert_eq!(system.query("SELECT count(*) FROM audit.events"), "2");
    system.run("down --to 6").code(5).stderr_has("audit.events: 2 rows");
}

/// A server that runs jobs, where the machine has pg_cron, with a role that owns nothing but is a member of the owner.
fn with_cron() -> Option<(Cluster, System)> {
    let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'";
    if server::shared(server::version()).psql(available) == "0" {
        println!("this server has no pg_cron: nothing is tested");
        return None;
    }
    let cluster = Cluster::start(
        Config::new(server::version())
            .setting("shared_preload_libraries", "pg_cron")
            .setting("cron.database_name", "test_0")
            .setting("cron.use_background_workers", "on")
            .setting("max_worker_processes", "20"),
    );
    let database = cluster.create_database();
    assert_eq!(database.name(), "test_0");
    database.psql(
        "CREATE ROLE keeper LOGIN; CREATE ROLE scheduler LOGIN; CREATE ROLE stranger LOGIN; GRANT keeper TO scheduler",
    );
    database.psql("ALTER DATABASE test_0 OWNER TO keeper");
    let url = database.url_as("keeper");
    let system = System::on(database, NAME, "core, audit");
    system.project.env("DATABASE_URL", url);
    system.run("up").ok();
    system.query("CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO scheduler, stranger");
    Some((cluster, system))
}

/// The plan's schedule line; that of every minute takes its place, since no test waits for a Sunday.
#[test]
fn pg_cron_runs_the_plans_line_as_a_role_that_owns_nothing() {
    let Some((_cluster, system)) = with_cron() else { return };
    let schedule = |role: &str| {
        format!(
            "SET ROLE {role}; \
             SELECT cron.schedule('partition-maintenance', '0 3 * * 0', 'SELECT audit.partition_maintenance()'); \
             RESET ROLE; SELECT cron.alter_job(jobid, schedule := '* * * * *') FROM cron.job WHERE username = '{role}'"
        )
    };
    system.query("INSERT INTO audit.events (event_type) VALUES ('now')");
    system.query(&schedule("scheduler"));
    // A role that may not do it fails, and says so: it is not taken for done.
    system.query("GRANT USAGE ON SCHEMA audit TO stranger");
    system.query(&schedule("stranger"));
    let started = Instant::now();
    let ran = |role: &str| {
        system.query(&format!(
            "SELECT DISTINCT status FROM cron.job_run_details WHERE username = '{role}' AND end_time IS NOT NULL"
        ))
    };
    while ran("scheduler").is_empty() || ran("stranger").is_empty() {
        assert!(started.elapsed() < Duration::from_secs(180), "pg_cron runs nothing");
        thread::sleep(Duration::from_millis(200));
    }
    let details = system.query("SELECT username, status, return_message FROM cron.job_run_details");
    assert_eq!((ran("scheduler").as_str(), ran("stranger").as_str()), ("succeeded", "failed"), "{details}");
    assert_eq!(system.query("SELECT count(*) FROM audit.events_default"), "0");
    let others = "SELECT count(*), count(*) FILTER (WHERE pg_get_userbyid(relowner) <> 'keeper') FROM pg_class \
         WHERE relnamespace = 'audit'::regnamespace AND relkind = 'r' AND relname ~ '_y[0-9]{4}m[0-9]{2}$'";
    assert_eq!(system.query(others), "8|0");
}

#[test]
fn months_belong_to_the_owner_of_their_table() {
    let system = postgres();
    server::roles(server::version(), &["audit_keeper"]);
    system.query("ALTER TABLE audit.events OWNER TO audit_keeper; GRANT CREATE, USAGE ON SCHEMA audit TO audit_keeper");
    maintain(&system, "2026-06-15");
    let owner =
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname LIKE 'events_y2026%' AND relkind = 'r'";
    assert_eq!(system.query(owner), "audit_keeper");
    system.query("SET ROLE audit_keeper; ALTER TABLE audit.events_y2026m06 SET (fillfactor = 90)");
    system.query("DROP OWNED BY audit_keeper CASCADE");
}
