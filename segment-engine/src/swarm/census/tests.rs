//! How a mesh comes to know its size, and what one that exaggerates can do about it.

use super::*;
use crate::fnv::mix;
use crate::rng::Rng;

const START: i64 = 1_000 * EPOCH_MS as i64;

fn peer(index: usize) -> PeerId {
    PeerId::new(&format!("p{index:05}")).unwrap()
}

fn member(index: usize) -> Member {
    Member(mix(0xfeed << 32 | index as u64).to_be_bytes())
}

/// A mesh in which all gossip at once, a round a second.
struct Mesh {
    names: Vec<PeerId>,
    links: Vec<Vec<usize>>,
    nodes: Vec<Census>,
    now: i64,
}

impl Mesh {
    /// A random graph in which each has `degree` links, or one or two less.
    fn regular(size: usize, degree: usize, seed: u8) -> Self {
        let mut rng = Rng::new([seed; 32]);
        let mut ends: Vec<usize> = (0..size * degree).map(|end| end / degree).collect();
        for index in (1..ends.len()).rev() {
            let other = rng.below(u32::try_from(index + 1).unwrap()) as usize;
            ends.swap(index, other);
        }
        let mut links = vec![Vec::new(); size];
        for pair in ends.chunks(2).filter(|pair| pair[0] != pair[1]) {
            links[pair[0]].push(pair[1]);
            links[pair[1]].push(pair[0]);
        }
        for links in &mut links {
            links.sort_unstable();
            links.dedup();
        }
        let mut mesh = Self {
            names: (0..size).map(peer).collect(),
            links,
            nodes: (0..size).map(|_| Census::default()).collect(),
            now: START,
        };
        mesh.tick();
        mesh
    }

    fn tick(&mut self) {
        for (index, node) in self.nodes.iter_mut().enumerate() {
            let known = std::iter::once(index).chain(self.links[index].iter().copied());
            node.on_time(UnixTime::from_millis(self.now), known.map(member));
        }
    }

    /// Lets a second pass in which each tells each. The first lies: `told` is asked what, to one that hears from others of
    /// so many.
    fn round_with(&mut self, told: impl Fn(&[u32]) -> Option<Sketch>) {
        let mut sent = Vec::new();
        for (from, links) in self.links.iter().enumerate() {
            for to in links {
                let (epoch, sketch) = self.nodes[from].for_neighbour(&self.names[*to]);
                sent.push((from, *to, epoch, sketch));
            }
        }
        let mut heard: Vec<(usize, Vec<u32>)> = self.links[0].iter().map(|to| (*to, Vec::new())).collect();
        for (from, to, _, sketch) in &sent {
            match self.links[0].binary_search(to) {
                Ok(index) if *from != 0 => heard[index].1.push(sketch.count()),
                Ok(_) | Err(_) => {}
            }
        }
        let lies = heard.iter().filter_map(|(to, counts)| Some((*to, told(counts)?)));
        let lies: Vec<(usize, Sketch)> = lies.collect();
        for (from, to, epoch, sketch) in sent {
            let lie = lies.iter().find(|(whom, _)| from == 0 && *whom == to);
            let sketch = lie.map_or(sketch, |(_, lie)| *lie);
            self.nodes[to].on_report(&self.names[from], epoch, sketch.registers());
        }
        self.now += 1_000;
        self.tick();
    }

    fn round(&mut self) {
        self.round_with(|_| None);
    }

    /// The estimates of all but the liar, in order.
    fn estimates(&self) -> Vec<u32> {
        let mut estimates: Vec<u32> = self.nodes[1..].iter().map(Census::estimate).collect();
        estimates.sort_unstable();
        estimates
    }

    fn truth(&self) -> u32 {
        let mut all = Sketch::default();
        (0..self.nodes.len()).for_each(|index| all.add(member(index)));
        all.count()
    }
}

#[test]
fn a_mesh_agrees_on_its_size_within_six_rounds() {
    for (size, seed) in [(20, 1), (300, 2), (1_000, 3)] {
        let mut mesh = Mesh::regular(size, 12, seed);
        (0..6).for_each(|_| mesh.round());
        let (estimates, truth) = (mesh.estimates(), mesh.truth());
        let error = usize::try_from(truth).unwrap().abs_diff(size);
        assert!(error * 100 <= 30 * size, "{truth} of {size}");
        assert_eq!(
            (estimates[0], estimates[estimates.len() - 1]),
            (truth, truth),
            "{size}"
        );
    }
}

#[test]
fn who_left_is_forgotten_after_two_epochs() {
    let mut mesh = Mesh::regular(250, 12, 5);
    (0..20).for_each(|_| mesh.round());
    let before = mesh.estimates()[0];
    for index in 30..250 {
        mesh.links[index].clear();
    }
    for index in 0..30 {
        mesh.links[index].retain(|other| *other < 30);
        (30..250).for_each(|gone| mesh.nodes[index].on_left(&peer(gone)));
    }
    // The thirty may no longer be one mesh: what matters is that none counts those who left.
    (0..41).for_each(|_| mesh.round());
    let after = mesh.nodes[1..30].iter().map(Census::estimate).max();
    assert!(before > 170 && after <= Some(40), "{before} {after:?}");
}

#[test]
fn the_estimate_holds_when_an_epoch_turns() {
    let mut mesh = Mesh::regular(200, 12, 6);
    (0..8).for_each(|_| mesh.round());
    let truth = mesh.truth();
    for _ in 0..34 {
        mesh.round();
        assert_eq!(mesh.estimates()[0], truth);
    }
}

#[test]
fn a_newcomer_is_told_at_once_whenever_it_comes() {
    for joins in [8, 15, 19, 21, 25] {
        let mut mesh = Mesh::regular(200, 12, 7);
        (0..joins).for_each(|_| mesh.round());
        let mut newcomer = Census::default();
        newcomer.on_time(UnixTime::from_millis(mesh.now), std::iter::once(member(999)));
        for from in 10..16 {
            let node = &mesh.nodes[from];
            let told = node.ended_for(&peer(999)).into_iter();
            for (epoch, sketch) in told.chain([node.for_neighbour(&peer(999))]) {
                newcomer.on_report(&peer(from), epoch, sketch.registers());
            }
        }
        newcomer.on_time(UnixTime::from_millis(mesh.now), std::iter::once(member(999)));
        let truth = mesh.truth();
        let close = |estimate: u32| estimate.abs_diff(truth) * 100 < 15 * truth;
        assert!(close(newcomer.estimate()), "{joins}: {}", newcomer.estimate());
        newcomer.on_time(
            UnixTime::from_millis(START + 20_000),
            std::iter::once(member(999)),
        );
        assert!(
            close(newcomer.estimate()),
            "{joins}, turned: {}",
            newcomer.estimate()
        );
    }
}

#[test]
fn one_that_claims_any_number_is_without_effect() {
    let huge = Sketch::read(&[16; 64]);
    for size in [20, 100, 300] {
        let mut mesh = Mesh::regular(size, 12, 8);
        let truth = mesh.truth();
        (0..25).for_each(|_| mesh.round_with(|_| huge));
        let estimates = mesh.estimates();
        assert!(estimates[estimates.len() - 1] <= truth, "{size}: {estimates:?}");
    }
}

#[test]
fn one_that_stays_below_the_limit_exaggerates_within_bounds() {
    let sketches = by_count();
    for (size, times) in [(30, 30), (100, 15), (300, 4)] {
        let mut mesh = Mesh::regular(size, 12, 9);
        let truth = mesh.truth();
        for _ in 0..25 {
            mesh.round_with(|heard| {
                let most = heard.iter().max()?;
                Some(largest_below(&sketches, most + most / 4 + FEW))
            });
        }
        let estimates = mesh.estimates();
        let median = estimates[estimates.len() / 2];
        assert!(median < truth * times, "{size}: {median} instead of {truth}");
    }
}

#[test]
fn sketches_of_other_epochs_are_ignored() {
    let mut census = Census::default();
    census.on_time(UnixTime::from_millis(START), std::iter::once(member(1)));
    let full = [9; 64];
    let mut report = |at, epoch, registers: &[u8]| {
        census.on_report(&peer(7), epoch, registers);
        census.on_time(UnixTime::from_millis(START + at), std::iter::once(member(1)));
        census.estimate()
    };
    for epoch in [0, 998, 1_002, u32::MAX] {
        assert_eq!(report(0, epoch, &full), 1, "{epoch}");
    }
    assert_eq!(report(100, 1_000, &full[1..]), 1, "no sketch");
    assert_eq!(report(100, 1_001, &full), 1, "a clock that is ahead");
    assert!(report(20_000, 1_001, &full[1..]) > 1_000, "waits for its time");
}

/// Sketches that count ever more.
fn by_count() -> Vec<(u32, Sketch)> {
    let levels = (0..16_u8).flat_map(|rank| (0..=64).map(move |raised| (rank, raised)));
    let sketches = levels.map(|(rank, raised)| {
        let mut registers = [rank; 64];
        registers[..raised].fill(rank + 1);
        Sketch::read(&registers).expect("of the right length")
    });
    sketches.map(|sketch| (sketch.count(), sketch)).collect()
}

/// The one that counts the most, up to a limit.
fn largest_below(sketches: &[(u32, Sketch)], limit: u32) -> Sketch {
    let below = sketches.iter().take_while(|(count, _)| *count <= limit);
    below.last().expect("the empty one counts nothing").1
}
