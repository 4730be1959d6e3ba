//! What is made of the rounds.

use super::*;
use crate::join::Joined;

#[test]
fn compares_servers_of_the_same_round() {
    let ours = rounds(OURS, [Some(sample(200, 5, 4.0)), None, Some(sample(600, 5, 4.0))]);
    let aquatic = rounds(
        AQUATIC,
        [
            Some(sample(100, 10, 8.0)),
            Some(sample(9, 10, 8.0)),
            Some(sample(200, 10, 8.0)),
        ],
    );
    let figures = figures(&[ours, aquatic], 10_000);
    // 2 and 3: the round that failed does not count.
    assert_eq!(of(&figures, "relays_ratio_aquatic").value, Some(2.5));
    assert_eq!(of(&figures, "relays_ratio_aquatic").holds(), Some(true));
    assert_eq!(of(&figures, "memory_ratio_aquatic").value, Some(0.5));
    assert_eq!(of(&figures, "open_p99_ratio_best_anchor").value, Some(0.5));
    assert_eq!(of(&figures, "idle_10000_core").holds(), Some(true));
}

#[test]
fn takes_the_quickest_anchor() {
    let all = [
        rounds(OURS, [Some(sample(100, 9, 4.0))]),
        rounds(AQUATIC, [Some(sample(100, 20, 8.0))]),
        rounds(BITTORRENT_TRACKER, [Some(sample(100, 10, 8.0))]),
    ];
    let figures = figures(&all, 10_000);
    let wait = of(&figures, "open_p99_ratio_best_anchor");
    assert_eq!((wait.value, wait.holds()), (Some(0.9), Some(false)));
}

#[test]
fn leaves_open_what_needs_an_anchor_that_is_missing() {
    let all = [rounds(OURS, [Some(sample(100, 9, 4.0))])];
    let figures = figures(&all, 10_000);
    assert_eq!(of(&figures, "memory_per_idle_connection").holds(), Some(true));
    for name in [
        "relays_ratio_aquatic",
        "relays_ratio_bittorrent_tracker",
        "open_p99_ratio_best_anchor",
    ] {
        assert_eq!(
            (of(&figures, name).value, of(&figures, name).holds()),
            (None, None),
            "{name}"
        );
    }
    assert!(table(&all, &figures).contains("not measured"));
}

#[test]
fn writes_figures_with_goal_and_verdict() {
    let figure = Figure {
        name: "x".into(),
        value: Some(13.5),
        unit: "KiB",
        goal: Some(Goal::AtMost(12.0)),
    };
    let none = Figure {
        value: None,
        goal: None,
        ..figure.clone()
    };
    let value: Value = serde_json::from_str(&json(&[figure, none])).unwrap();
    assert_eq!(
        value["figures"][0],
        json!({"name":"x","value":13.5,"unit":"KiB","goal":"<= 12","holds":false})
    );
    assert_eq!(
        value["figures"][1],
        json!({"name":"x","value":null,"unit":"KiB","goal":null,"holds":null})
    );
}

#[test]
fn of_joins_the_median_counts_and_what_is_not_to_happen_at_its_worst() {
    let run = |after: Option<u64>, kib, given_up| Joined {
        viewers: 100,
        in_time: 100,
        all_after: after.map(Duration::from_secs),
        kib,
        given_up,
        ..Joined::default()
    };
    let figures = join_figures(&[run(Some(12), 20.0, 0), run(None, 30.0, 2), run(Some(11), 26.0, 0)]);
    let of = |name: &str| of(&figures, &format!("join_100_{name}"));
    assert_eq!(of("all_paired_after").value, Some(12.0), "one never was");
    assert_eq!(of("memory_per_viewer").value, Some(26.0));
    assert_eq!(
        (of("given_up").value, of("given_up").holds()),
        (Some(2.0), Some(false))
    );
    assert_eq!(of("unpaired_in_time").holds(), Some(true));
    let never = join_figures(&[run(None, 1.0, 0), run(None, 1.0, 0), run(Some(9), 1.0, 0)]);
    assert_eq!(self::of(&never, "join_100_all_paired_after").value, None);
}

fn of<'a>(figures: &'a [Figure], name: &str) -> &'a Figure {
    figures.iter().find(|figure| figure.name == name).unwrap()
}

fn rounds<const N: usize>(server: &'static str, samples: [Option<Sample>; N]) -> Rounds {
    Rounds {
        server,
        samples: samples.to_vec(),
    }
}

fn sample(relays: u64, p99: u64, kib: f64) -> Sample {
    let load = Load {
        relays,
        server: Duration::from_secs(1),
        client: Duration::from_millis(100),
        p50: Duration::from_millis(1),
        p99: Duration::from_millis(p99),
        lost: 0,
    };
    Sample {
        arrival: Arrival { kib, micros: 100.0 },
        silence: Some(0.001),
        closed: load,
        open: load,
    }
}
