//! What the crate metrics is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use super::*;

/// What was told last of each metric with its labels: a sum, or a value.
#[derive(Default, Clone)]
struct Told(Arc<Mutex<BTreeMap<String, f64>>>);

struct One(Told, String);

impl One {
    fn add(&self, value: f64) {
        *self.0.0.lock().unwrap().entry(self.1.clone()).or_default() += value;
    }
}

impl CounterFn for One {
    #[expect(clippy::cast_precision_loss, reason = "a test counts little")]
    fn increment(&self, value: u64) {
        self.add(value as f64);
    }

    fn absolute(&self, _: u64) {
        unreachable!("nothing is set");
    }
}

impl GaugeFn for One {
    fn increment(&self, _: f64) {
        unreachable!("a lag is set");
    }

    fn decrement(&self, _: f64) {
        unreachable!("a lag is set");
    }

    fn set(&self, value: f64) {
        self.0.0.lock().unwrap().insert(self.1.clone(), value);
    }
}

impl HistogramFn for One {
    fn record(&self, _: f64) {
        self.add(1.0);
    }
}

fn name(key: &Key) -> String {
    let labels: Vec<String> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
    format!("{} {}", key.name(), labels.join(" "))
}

impl Recorder for Told {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(One(self.clone(), name(key))))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Arc::new(One(self.clone(), name(key))))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(One(self.clone(), name(key))))
    }
}

/// The names that docs/application.md has.
#[test]
fn each_metric_has_its_name_and_labels() {
    let told = Told::default();
    metrics::with_local_recorder(&told, || {
        let route = Route::told(both(0), behind(2)).unwrap();
        let orders = route.reads("orders").unwrap();
        let health = route.reads("health").unwrap();
        let _ = orders.read_blocking("a", |_| Ok::<_, Failure>(1));
        let _ = health.read_blocking("a", |_| Err::<(), _>(Failure::Other));
        let _ = route.write_blocking(|_| Ok::<_, Failure>(1));
        route.tell(behind(60));
        let _ = health.side("a");
        let _: Result<(), _> = route.write_blocking(|side| {
            route.tell(Standing::Switching);
            Err(Failure::Fence(side))
        });
        orders.shadowed(super::super::measure::ShadowEnd::EqualLater, Duration::ZERO);
        super::super::measure::Measures::default().look_failed(&Error::new(Code::Connect, "a test"));
    });
    let told = told.0.lock().unwrap();
    let expected = [
        ("schemactl_lag_seconds ", 60.0),
        ("schemactl_looks_failed_total ", 1.0),
        ("schemactl_read_seconds kind=health side=postgres", 1.0),
        ("schemactl_read_seconds kind=orders side=sqlite", 1.0),
        ("schemactl_reads_held_back_total kind=health", 1.0),
        ("schemactl_reads_total kind=health side=postgres result=error", 1.0),
        ("schemactl_reads_total kind=orders side=sqlite result=ok", 1.0),
        ("schemactl_shadow_read_seconds kind=orders", 1.0),
        ("schemactl_shadow_reads_total kind=orders end=equal_later", 1.0),
        ("schemactl_write_seconds side=sqlite", 1.0),
        ("schemactl_writes_given_up_total ", 1.0),
        ("schemactl_writes_refused_total side=sqlite", 1.0),
        ("schemactl_writes_total side=sqlite result=ok", 1.0),
    ];
    let found: Vec<(&str, f64)> = told.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(found, expected);
    let page = include_str!("../../../docs/application.md");
    for (name, _) in expected {
        let name = name.split(' ').next().unwrap();
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
