//! Tables of links, and which goes.

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn ago(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000 - seconds * 1_000)
}

/// Ten links that are well; their names are their lots.
fn well() -> Vec<LinkView> {
    let link = |lot: u64| LinkView {
        peer: PeerId::new(&format!("p{lot}")).unwrap(),
        lot,
        since: ago(300),
        tenure: Tenure::Judged,
        p95: Some(Duration::from_millis(100 + lot)),
        useful_at: Some(ago(2)),
        score: 10_000 * (lot + 1),
    };
    (0..10).map(link).collect()
}

/// Who goes after a change of some links.
fn goes(change: impl Fn(&mut [LinkView])) -> Option<String> {
    let mut links = well();
    change(&mut links);
    choose(&links, NOW).map(|peer| peer.as_str().to_owned())
}

const SLOW: Option<Duration> = Some(Duration::from_millis(900));

#[test]
fn nobody_goes_while_all_are_well() {
    assert_eq!(goes(|_| {}), None);
    assert_eq!(choose(&[], NOW), None);
}

#[test]
fn one_that_is_three_times_as_slow_as_the_median_goes() {
    let median = Duration::from_millis(104);
    for (p95, gone) in [
        (median * 3, None),
        (median * 3 + Duration::from_millis(4), Some("p7".to_owned())),
    ] {
        assert_eq!(goes(|links| links[7].p95 = Some(p95)), gone, "{p95:?}");
    }
}

#[test]
fn one_over_which_nothing_useful_went_for_a_minute_goes() {
    for (seconds, gone) in [(59, None), (60, Some("p5".to_owned()))] {
        assert_eq!(
            goes(|links| links[5].useful_at = Some(ago(seconds))),
            gone,
            "{seconds}"
        );
    }
    assert_eq!(
        goes(|links| links[5].useful_at = None),
        Some("p5".to_owned()),
        "never"
    );
}

#[test]
fn the_one_of_least_worth_goes_first() {
    let both = |links: &mut [LinkView]| {
        links[4].useful_at = None;
        links[4].score = 0;
        links[6].p95 = SLOW;
    };
    assert_eq!(goes(both), Some("p4".to_owned()));
    let alike = |links: &mut [LinkView]| {
        both(links);
        links[6].score = 0;
    };
    assert_eq!(
        goes(alike),
        Some("p6".to_owned()),
        "a slow one before an idle one"
    );
}

#[test]
fn the_two_random_links_stay() {
    let bad = |links: &mut [LinkView]| {
        links[0].p95 = SLOW;
        links[1].useful_at = None;
    };
    assert_eq!(goes(bad), None);
    let third = |links: &mut [LinkView]| {
        bad(links);
        links[2].p95 = SLOW;
    };
    assert_eq!(goes(third), Some("p2".to_owned()));
}

#[test]
fn seeders_and_new_links_stay() {
    let seeder = |links: &mut [LinkView]| {
        links[5].useful_at = None;
        links[5].tenure = Tenure::Kept;
    };
    assert_eq!(goes(seeder), None);
    let new = |seconds| {
        goes(move |links: &mut [LinkView]| {
            links[5].p95 = SLOW;
            links[5].since = ago(seconds);
        })
    };
    assert_eq!(new(19), None);
    assert_eq!(new(20), Some("p5".to_owned()));
    let unused = |links: &mut [LinkView]| {
        links[5].useful_at = None;
        links[5].since = ago(59);
    };
    assert_eq!(goes(unused), None, "a minute counts from its begin");
}

#[test]
fn nobody_goes_for_being_idle_while_all_are() {
    let idle = |links: &mut [LinkView]| links.iter_mut().for_each(|link| link.useful_at = Some(ago(120)));
    assert_eq!(goes(idle), None);
    let never = |links: &mut [LinkView]| links.iter_mut().for_each(|link| link.useful_at = None);
    assert_eq!(goes(never), None);
}

#[test]
fn nobody_is_slow_in_comparison_with_too_few() {
    let few = |measured: usize| {
        goes(move |links: &mut [LinkView]| {
            links.iter_mut().skip(measured).for_each(|link| link.p95 = None);
            links[2].p95 = SLOW;
        })
    };
    assert_eq!(few(3), None);
    assert_eq!(few(4), Some("p2".to_owned()));
}
