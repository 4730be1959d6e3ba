//! Which links are being made, and who is left alone for how long.

use super::*;

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn fail(dials: &mut Dials, now: Timestamp, name: &str) -> bool {
    dials.open(now, peer(name), Carrier::Signaling, Caller::Own, None);
    dials.on_failed(now, &peer(name), &mut Rng::new([1; 32]))
}

#[test]
fn a_peer_that_failed_is_left_alone_ever_longer() {
    let mut dials = Dials::default();
    let mut now = at(0);
    for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        assert!(fail(&mut dials, now, "a"));
        let pause = Duration::from_secs(seconds);
        let before = now + (pause - Duration::from_millis(1));
        assert!(dials.is_resting(before, &peer("a")), "{seconds}");
        assert!(
            !dials.is_resting(now + pause + pause / 2, &peer("a")),
            "{seconds}"
        );
        now = now + pause * 2;
    }
    dials.on_connected(&peer("a"));
    assert!(fail(&mut dials, now, "a"));
    assert!(
        !dials.is_resting(now + Duration::from_secs(3), &peer("a")),
        "a link in between forgives"
    );
}

#[test]
fn only_links_that_were_being_made_fail() {
    let mut dials = Dials::default();
    assert!(!dials.on_failed(at(0), &peer("a"), &mut Rng::new([1; 32])));
    assert!(!dials.is_resting(at(0), &peer("a")));
}

#[test]
fn hope_ends_before_the_dial_does() {
    let mut dials = Dials::default();
    dials.open(at(0), peer("a"), Carrier::Signaling, Caller::Own, None);
    assert_eq!((dials.hoped(at(2)), dials.hoped(at(3)), dials.len()), (1, 0, 1));
    let mut rng = Rng::new([1; 32]);
    assert_eq!(dials.expire(at(19), &mut rng), []);
    assert_eq!(dials.expire(at(20), &mut rng), [peer("a")]);
    assert_eq!(dials.len(), 0);
    assert!(dials.is_resting(at(21), &peer("a")));
}

#[test]
fn counts_what_neighbours_carry() {
    let mut dials = Dials::default();
    let by = |name: &str| Carrier::Neighbour(peer(name));
    dials.open(at(0), peer("a"), by("n"), Caller::Own, Some(Member([1; 8])));
    dials.open(at(0), peer("b"), by("n"), Caller::Other, None);
    dials.open(at(0), peer("c"), by("m"), Caller::Other, None);
    dials.open(at(0), peer("d"), Carrier::Signaling, Caller::Own, None);
    assert_eq!(dials.over_neighbours(Caller::Own, None), 1);
    assert_eq!(dials.over_neighbours(Caller::Other, None), 2);
    assert_eq!(dials.over_neighbours(Caller::Other, Some(&peer("m"))), 1);
    assert!(dials.reaches(Member([1; 8])) && !dials.reaches(Member([2; 8])));
}

#[test]
fn remembers_no_more_than_the_most() {
    let mut dials = Dials::default();
    for number in 0..1_000 {
        dials.leave_alone(
            at(0),
            peer(&format!("p{number}")),
            Duration::from_secs(1_000 + number),
        );
    }
    assert_eq!(dials.resting.len(), MAX_RESTING);
    assert!(dials.is_resting(at(1), &peer("p999")), "those that rest longest");
}
