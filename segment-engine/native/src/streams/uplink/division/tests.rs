//! What engines are told as streams start, use, idle and end; rates in Mbit/s.

use super::*;

/// A process's streams, whose time passes by hand.
struct Rig {
    division: Division<&'static str>,
    now: Instant,
    counted: BTreeMap<&'static str, Counted>,
}

impl Rig {
    fn new(total: Option<u64>) -> Self {
        let mut division = Division::default();
        division.set_total(total.map(mbit));
        Self {
            division,
            now: Instant::now(),
            counted: BTreeMap::new(),
        }
    }

    fn begin(&mut self, name: &'static str, own: Option<u64>) {
        self.counted.insert(name, Counted::default());
        self.division.begin(name, name, own.map(mbit), self.now);
    }

    /// A second in which each stream uploads so much.
    fn second(&mut self, sent: &[(&'static str, u64)]) {
        for (name, rate) in sent {
            self.counted.get_mut(name).unwrap().uploaded += mbit(*rate).bytes_per_second();
        }
        self.now += Duration::from_secs(1);
        for (number, name) in self.division.handles() {
            self.division.note(number, self.now, self.counted[name]);
        }
    }

    fn refuse(&mut self, name: &str) {
        self.counted.get_mut(name).unwrap().refused += 1;
    }

    /// What is told at a division, in its order; `None` is no limit.
    fn told(&mut self) -> Vec<(&'static str, Option<u64>)> {
        let Changes { lowered, raised } = self.division.divide();
        let told = lowered.into_iter().chain(raised);
        told.map(|(name, limit)| (name, limit.map(|limit| limit.0 / 1_000_000)))
            .collect()
    }
}

fn mbit(rate: u64) -> BitsPerSecond {
    BitsPerSecond(rate * 1_000_000)
}

#[test]
fn a_stream_alone_has_all_or_its_own_limit() {
    for (own, first, share) in [(None, 1, 100), (Some(40), 1, 40), (Some(400), 1, 100)] {
        let mut rig = Rig::new(Some(100));
        assert_eq!(rig.division.first(own.map(mbit)), Some(mbit(first)));
        rig.begin("a", own);
        assert_eq!(rig.told(), [("a", Some(share))], "{own:?}");
        assert_eq!(rig.told(), []);
    }
}

#[test]
fn a_stream_that_starts_has_its_share_at_once_and_one_that_ends_leaves_its_own() {
    let mut rig = Rig::new(Some(120));
    rig.begin("b", None);
    assert_eq!(rig.told(), [("b", Some(120))]);
    rig.begin("a", None);
    assert_eq!(
        rig.told(),
        [("b", Some(60)), ("a", Some(60))],
        "who has less from now on is told first"
    );
    rig.begin("c", None);
    assert_eq!(rig.told(), [("a", Some(40)), ("b", Some(40)), ("c", Some(40))]);
    rig.division.end("a");
    assert_eq!(rig.told(), [("b", Some(60)), ("c", Some(60))]);
    rig.division.end("nobody");
    assert_eq!(rig.told(), []);
}

#[test]
fn who_uses_its_share_gets_what_idle_ones_leave_and_loses_it_to_those_who_begin() {
    let mut rig = Rig::new(Some(100));
    rig.begin("a", None);
    rig.begin("b", None);
    rig.told();
    rig.second(&[("a", 48)]);
    assert_eq!(rig.told(), [("b", Some(5)), ("a", Some(95))]);
    rig.second(&[("a", 95)]);
    assert_eq!(rig.told(), [], "it goes on");
    rig.second(&[("a", 95), ("b", 5)]);
    assert_eq!(rig.told(), [("a", Some(50)), ("b", Some(50))]);
    rig.second(&[("a", 50), ("b", 20)]);
    assert_eq!(rig.told(), [("b", Some(25)), ("a", Some(75))]);
    rig.second(&[("a", 75), ("b", 20)]);
    assert_eq!(rig.told(), [], "it has what it uses, and room");
}

#[test]
fn what_was_used_in_bursts_is_given_back_by_and_by() {
    let mut rig = Rig::new(Some(100));
    rig.begin("a", None);
    rig.begin("b", None);
    rig.told();
    rig.second(&[("a", 50), ("b", 40)]);
    let mut shares = Vec::new();
    for _ in 0..20 {
        rig.told();
        shares.push(rig.division.shares()[1].1.0 / 1_000_000);
        let a = rig.division.shares()[0].1.0 / 1_000_000;
        rig.second(&[("a", a)]);
    }
    assert_eq!(shares[..5], [50, 42, 36, 30, 26]);
    assert_eq!(shares[19], 5, "its floor");
}

#[test]
fn who_refuses_peers_gets_room_for_them() {
    for (refused, share) in [(0, 50), (1, 80)] {
        let mut rig = Rig::new(Some(200));
        rig.begin("a", None);
        rig.begin("b", None);
        rig.told();
        (0..refused).for_each(|_| rig.refuse("b"));
        rig.second(&[("a", 100), ("b", 40)]);
        assert_eq!(rig.told(), [("b", Some(share)), ("a", Some(200 - share))]);
    }
}

#[test]
fn a_total_that_changes_is_told_and_one_that_ends_leaves_own_limits() {
    let mut rig = Rig::new(None);
    assert_eq!(rig.division.first(None), None);
    rig.begin("a", None);
    rig.begin("b", Some(30));
    assert_eq!(rig.told(), []);
    assert_eq!(rig.division.shares(), []);
    assert_eq!(rig.division.set_total(Some(mbit(80))), None);
    assert_eq!(rig.told(), [("a", Some(50))]);
    rig.division.set_total(Some(mbit(40)));
    assert_eq!(rig.told(), [("a", Some(20)), ("b", Some(20))]);
    let shares = [("a".to_owned(), mbit(20)), ("b".to_owned(), mbit(20))];
    assert_eq!(rig.division.shares(), shares);
    assert_eq!(rig.division.set_total(None), Some(mbit(40)));
    assert_eq!(rig.told(), [("a", None), ("b", Some(30))]);
}

#[test]
fn figures_of_a_stream_that_has_ended_are_not_those_of_one_with_its_name() {
    let mut rig = Rig::new(Some(100));
    rig.begin("a", None);
    rig.begin("b", None);
    let before = rig.division.handles();
    rig.second(&[("a", 50)]);
    rig.division.end("a");
    rig.begin("a", None);
    rig.now += Duration::from_secs(1);
    let counted = Counted {
        uploaded: 1 << 40,
        refused: 0,
    };
    rig.division.note(before[0].0, rig.now, counted);
    assert_eq!(rig.told(), [("a", Some(50)), ("b", Some(50))]);
}

#[test]
fn a_moment_tells_nothing_of_a_rate() {
    let mut rig = Rig::new(Some(100));
    rig.begin("a", None);
    rig.begin("b", None);
    rig.told();
    let counted = Counted {
        uploaded: 2_000_000,
        refused: 0,
    };
    let (number, _) = rig.division.handles()[0];
    rig.now += Duration::from_millis(10);
    rig.division.note(number, rig.now, counted);
    assert_eq!(rig.told(), []);
}
