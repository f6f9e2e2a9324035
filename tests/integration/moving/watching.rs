//! How a move stands, as whoever watches it is told: a person, a script, Prometheus.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use schemactl_test_support::Signal;

use super::Move;

/// The answer to a request.
fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("metrics are served");
    write!(stream, "{request} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A port that nobody has.
fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn value(text: &str, metric: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Asks until it is so.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_move_is_watched_in_both_directions() {
    let moved = Move::with_rows(200);
    let looks = |stdout: &str| -> Vec<serde_json::Value> {
        stdout.lines().map(|line| serde_json::from_str(line).expect("each line is a document")).collect()
    };
    let mut watcher = moved.project.spawn(["move", "status", "--watch", "1", "--json"]);
    watcher.wait_for("\"state\":null");
    let mut follower = moved.project.spawn(["move", "follow", "--skip-plan"]);
    moved.run("status --watch 1 --until level").ok().stdout_has("following, sqlite is written, followed: level");
    let mut lines = moved.project.spawn(["move", "status", "--watch"]);
    moved.sqlite("UPDATE people SET score = 1; UPDATE letters SET price = 1");
    lines.wait_for(" rows/s");
    moved.run("cutover --deadline 20s").ok();
    moved.run("status --watch 1 --until postgres").ok().stdout_has("postgres is written");
    moved.database.psql("UPDATE people SET score = 2");
    thread::sleep(Duration::from_secs(3));
    moved.run("status --watch 1 --until level").ok().stdout_has("open, postgres is written, followed: level");
    follower.signal(Signal::SIGINT);
    follower.wait().code(130);
    moved.database.psql("UPDATE people SET score = 3 WHERE id <= 20");
    watcher.wait_for("\"is_followed\":false,\"behind\":");
    moved.run("back --deadline 20s").ok();
    moved.run("status --watch 1 --until sqlite").ok().stdout_has("sqlite is written");
    watcher.signal(Signal::SIGINT);
    lines.signal(Signal::SIGINT);
    lines.wait().ok();
    let output = watcher.wait();
    output.ok();
    let looks = looks(&output.stdout);
    assert!(looks.len() > 5);
    let has = |is_wanted: &dyn Fn(&serde_json::Value) -> bool| looks.iter().any(is_wanted);
    assert!(has(&|look| look["written"] == "sqlite" && look["is_followed"] == true && look["behind"] == 0));
    assert!(has(&|look| look["written"] == "postgres" && look["applied_per_second"].as_f64() > Some(0.0)));
    assert!(looks.iter().all(|look| look["format"] == 1 && look["command"] == "move status" && look["at"].is_string()));
    moved.run("status --until level").code(2).stderr_has("--watch");
}

#[test]
fn figures_are_scraped_and_written_in_both_directions() {
    let moved = Move::with_rows(300);
    let port = port();
    let listen = format!("127.0.0.1:{port}");
    let mut follower = moved.project.spawn([
        "move",
        "follow",
        "--skip-plan",
        "--batch",
        "100",
        "--metrics-listen",
        &listen,
        "--metrics-file",
        "move.prom",
    ]);
    follower.wait_for("level with the source");
    moved.sqlite("UPDATE people SET score = 1 WHERE id <= 50");
    let scraped = || ask(port, "GET /metrics");
    wait_for("the changes of SQLite", || {
        value(&scraped(), "schemactl_move_applied_rows_total{written=\"sqlite\"}") == Some(50.0)
    });
    wait_for("a lag", || value(&scraped(), "schemactl_move_behind_rows{written=\"sqlite\"}") == Some(0.0));
    let text = scraped();
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("Content-Type: text/plain; version=0.0.4"), "{text}");
    for (metric, least) in [
        ("schemactl_move_up", 1.0),
        ("schemactl_move_copied_rows_total", 1_500.0),
        ("schemactl_move_rounds_total{written=\"sqlite\"}", 1.0),
        ("schemactl_move_behind_seconds{written=\"sqlite\"}", 0.0),
        ("schemactl_move_set_aside_rows{written=\"sqlite\"}", 0.0),
    ] {
        assert!(value(&text, metric).is_some_and(|value| value >= least), "{metric}: {text}");
        let name = metric.split('{').next().unwrap();
        assert!(text.contains(&format!("# HELP {name} ")) && text.contains(&format!("# TYPE {name} ")), "{name}");
    }
    assert!(ask(port, "GET /").starts_with("HTTP/1.1 404"));
    assert!(ask(port, "POST /metrics").starts_with("HTTP/1.1 405"));

    moved.run("cutover --deadline 20s").ok();
    moved.database.psql("UPDATE people SET score = 2 WHERE id <= 30");
    wait_for("the changes of PostgreSQL", || {
        value(&scraped(), "schemactl_move_applied_rows_total{written=\"postgres\"}") == Some(30.0)
    });
    wait_for("a lag", || value(&scraped(), "schemactl_move_behind_rows{written=\"postgres\"}") == Some(0.0));
    assert!(!scraped().contains("behind_rows{written=\"sqlite\"}"), "of the side that is written alone");
    let written = || moved.project.read("move.prom");
    wait_for("the file", || value(&written(), "schemactl_move_behind_rows{written=\"postgres\"}") == Some(0.0));
    assert_eq!(value(&written(), "schemactl_move_up"), Some(1.0));
    follower.signal(Signal::SIGINT);
    follower.wait().code(130);
    assert_eq!(value(&written(), "schemactl_move_up"), Some(0.0));
    assert!(value(&written(), "schemactl_move_applied_rows_total{written=\"postgres\"}") >= Some(30.0));
    assert!(!moved.project.files().iter().any(|file| file.starts_with(".tmp")), "a file in part");
}

#[test]
fn figures_are_for_this_machine_alone() {
    let moved = Move::new();
    for address in ["0.0.0.0:9187", "192.0.2.1:9187", "[::]:9187"] {
        let output = moved.project.run(["move", "follow", "--metrics-listen", address]);
        output.code(2).stderr_has("metrics are served to this one alone");
    }
    moved.run("follow --metrics-listen localhost").code(2).stderr_has("such as 127.0.0.1:9187");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = moved.project.run(["move", "follow", "--skip-plan", "--metrics-listen", &address]);
    output.error("E0701").stderr_has("nothing was begun");
    let output = moved.project.run(["move", "follow", "--skip-plan", "--metrics-file", "nowhere/move.prom"]);
    output.error("E0701").stderr_has("nothing was begun");
    assert_eq!(moved.database.psql("SELECT to_regclass('schema_migrations_move')"), "");
}
