//! Whom to know, and when to ask for more.

use super::*;

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

#[test]
fn dials_up_to_the_most_and_nobody_twice() {
    let mut swarm = Swarm::new(1, 2, at(0));
    assert!(swarm.on_introduced(at(0), &peer("a"), 0));
    assert!(!swarm.on_introduced(at(0), &peer("a"), 0), "it is being dialled");
    assert!(
        !swarm.on_introduced(at(0), &peer("b"), 1),
        "one link, one on the way"
    );
    swarm.on_dialled(&peer("a"));
    assert!(swarm.on_introduced(at(0), &peer("b"), 1));
}

#[test]
fn never_dials_who_was_dropped_for_good() {
    let mut swarm = Swarm::new(1, 9, at(0));
    swarm.ban(peer("liar"));
    assert!(!swarm.on_introduced(at(0), &peer("liar"), 0));
    assert!(swarm.is_banned(&peer("liar")));
}

#[test]
fn asks_for_what_is_missing_ever_more_rarely() {
    let mut swarm = Swarm::new(3, 9, at(0));
    assert_eq!(swarm.want(at(0), 0), None, "nobody to ask");
    swarm.on_signaling_up(at(0));
    assert_eq!(swarm.want(at(0), 1), Some((2, FIRST_WANT)));
    assert_eq!(swarm.want(at(0), 1), Some((2, FIRST_WANT * 2)));
    assert_eq!(swarm.want(at(0), 3), None, "there are enough");
    assert!((0..9).all(|_| swarm.want(at(0), 0).is_some_and(|(_, pause)| pause <= LAST_WANT)));
    swarm.on_signaling_down();
    assert_eq!(swarm.want(at(0), 0), None);
}

#[test]
fn hopes_for_a_first_link_only_while_one_may_come() {
    let mut swarm = Swarm::new(1, 9, at(0));
    assert_eq!(swarm.hope(at(0)), Some(at(2500)), "signaling may come up");
    swarm.on_signaling_up(at(100));
    assert_eq!(swarm.hope(at(100)), Some(at(600)), "introductions follow at once");
    assert_eq!(swarm.hope(at(600)), None, "or nobody is there");
    swarm.on_introduced(at(300), &peer("a"), 0);
    assert_eq!(swarm.hope(at(600)), Some(at(2800)), "a link is being made");
    swarm.on_dialled(&peer("a"));
    assert_eq!(swarm.hope(at(600)), None);
}
