use super::super::rules::Fold;
use super::{TIMESTAMP, TIMESTAMPTZ, TimeFault, TimeRules, Ways, faults, in_zone, reads};
use crate::convert::way::Way;

fn berlin(fold: Fold) -> TimeRules {
    TimeRules { fold: Some(fold), ..in_zone("Europe/Berlin") }
}

#[test]
fn a_naive_time_is_read_in_the_zone_of_the_rules() {
    let rules = in_zone("Europe/Berlin");
    reads("2025-01-27 09:15:30", TIMESTAMPTZ, &rules, "2025-01-27 08:15:30+00", &[Ways::of(Way::Zone)]);
    reads("2025-07-27 09:15:30", TIMESTAMPTZ, &rules, "2025-07-27 07:15:30+00", &[Ways::of(Way::Zone)]);
    reads("2025-07-27 09:15:30", TIMESTAMP, &rules, "2025-07-27 09:15:30", &[]);
    faults("2025-07-27 09:15:30", TIMESTAMPTZ, &TimeRules::default(), &TimeFault::Naive);
}

#[test]
fn an_hour_that_happens_twice_needs_the_rule_fold() {
    let zone = chrono_tz::Europe::Berlin;
    let text = "2025-10-26 02:30:00";
    faults(text, TIMESTAMPTZ, &in_zone("Europe/Berlin"), &TimeFault::Ambiguous { zone });
    let ways = [Ways::of(Way::Zone), Ways::of(Way::Fold)];
    reads(text, TIMESTAMPTZ, &berlin(Fold::First), "2025-10-26 00:30:00+00", &ways);
    reads(text, TIMESTAMPTZ, &berlin(Fold::Second), "2025-10-26 01:30:00+00", &ways);
    faults("2025-03-30 02:30:00", TIMESTAMPTZ, &berlin(Fold::First), &TimeFault::Missing { zone });
}

#[test]
fn two_instants_never_become_one_wall_clock() {
    let zone = chrono_tz::Europe::Berlin;
    let (first, second) = ("2025-10-26 00:30:00Z", "2025-10-26 01:30:00Z");
    for text in [first, second] {
        faults(text, TIMESTAMP, &in_zone("Europe/Berlin"), &TimeFault::Ambiguous { zone });
    }
    let ways = [Ways::of(Way::Zone), Ways::of(Way::Fold)];
    reads(first, TIMESTAMP, &berlin(Fold::First), "2025-10-26 02:30:00", &ways);
    reads(second, TIMESTAMP, &berlin(Fold::Second), "2025-10-26 02:30:00", &ways);
    faults(second, TIMESTAMP, &berlin(Fold::First), &TimeFault::Ambiguous { zone });
}

#[test]
fn a_zone_is_not_stretched_beyond_its_tables() {
    let zone = chrono_tz::Europe::Berlin;
    faults("2100-07-01 12:00", TIMESTAMPTZ, &in_zone("Europe/Berlin"), &TimeFault::BeyondZone { zone });
    reads("2099-07-01 12:00", TIMESTAMPTZ, &in_zone("Europe/Berlin"), "2099-07-01 10:00:00+00", &[Ways::of(Way::Zone)]);
    reads(
        "200000-07-01 12:00",
        TIMESTAMPTZ,
        &in_zone("Asia/Tokyo"),
        "200000-07-01 03:00:00+00",
        &[Ways::of(Way::Zone)],
    );
    reads("200000-07-01 12:00", TIMESTAMPTZ, &in_zone("UTC"), "200000-07-01 12:00:00+00", &[Ways::of(Way::Zone)]);
}

#[test]
fn a_disputed_history_is_a_fault() {
    let fault = TimeFault::DisputedZone { zone: chrono_tz::Europe::Oslo, year: 1966 };
    faults("1960-07-01 12:00", TIMESTAMPTZ, &in_zone("Europe/Oslo"), &fault);
    reads("1966-07-01 12:00", TIMESTAMPTZ, &in_zone("Europe/Oslo"), "1966-07-01 11:00:00+00", &[Ways::of(Way::Zone)]);
    reads("1960-07-01 12:00", TIMESTAMPTZ, &in_zone("Europe/Berlin"), "1960-07-01 11:00:00+00", &[Ways::of(Way::Zone)]);
}

#[test]
fn the_disputed_zones_are_in_order_and_exist() {
    use super::super::zone_history::{ALL_AGREED_SINCE, agreed_since};
    let disputed: Vec<_> = chrono_tz::TZ_VARIANTS.iter().filter_map(|zone| agreed_since(zone.name())).collect();
    assert_eq!(disputed.len(), 106);
    assert!(disputed.into_iter().all(|year| year <= ALL_AGREED_SINCE));
}

/// The list of disputed histories was made by comparing this release with another build of it.
#[test]
fn the_list_of_disputed_zones_is_of_this_release() {
    assert_eq!(chrono_tz::IANA_TZDB_VERSION, "2025b", "zone_history.rs has to be made again");
}
