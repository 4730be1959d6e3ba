//! What is known of neighbours and theirs, and whom of them to choose.

use super::*;

const OWN: Member = Member([0; 8]);

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn member(number: u8) -> Member {
    Member([number; 8])
}

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn known(number: u8) -> Neighbour {
    Neighbour {
        peer: peer(&format!("k{number}")),
        member: member(number),
        uplink: 12,
        links: 4,
        head: 100,
    }
}

fn identity(number: u8) -> Identity {
    Identity {
        role: PeerRole::Viewer,
        member: member(number),
        capabilities: capability::RELAYS,
    }
}

/// Links to `n1`, `n2`.. that told of these at second 0.
fn links(lists: &[&[Neighbour]]) -> Links {
    let mut links = Links::default();
    for (number, list) in (1..).zip(lists) {
        let name = peer(&format!("n{number}"));
        links.on_connected(at(0), name.clone());
        links.on_ready(&name, identity(number));
        let own = Own {
            uplink: 12,
            head: 100,
        };
        let count = u8::try_from(list.len()).unwrap() + 1;
        links.on_word(at(0), &name, own, count, list.to_vec());
    }
    links
}

fn best(links: &Links, now: Timestamp, head: i32) -> Option<(String, String)> {
    let candidate = links.candidate(now, OWN, head, |_| true)?;
    Some((
        candidate.peer.as_str().to_owned(),
        candidate.over.as_str().to_owned(),
    ))
}

#[test]
fn chooses_who_uploads_then_plays_near_then_has_few_links() {
    let over = |name: &str| Some((name.to_owned(), "n1".to_owned()));
    let mut idle = known(21);
    idle.uplink = 0;
    idle.links = 0;
    let mut far = known(22);
    far.head = 5_000;
    far.links = 0;
    let mut lost = known(23);
    lost.head = NO_HEAD;
    lost.links = 0;
    let mut full = known(24);
    full.links = 12;
    let list = [idle, far, lost, full, known(25)];
    for (count, name) in [(1, "k21"), (2, "k22"), (3, "k23"), (4, "k24"), (5, "k25")] {
        assert_eq!(best(&links(&[&list[..count]]), at(1), 100), over(name));
    }
}

#[test]
fn chooses_nobody_who_is_linked_to_or_is_this_peer_or_is_barred() {
    let twin = Neighbour {
        member: member(2),
        ..known(30)
    };
    let own = Neighbour {
        member: OWN,
        ..known(31)
    };
    let links = links(&[&[twin, own, known(32)], &[]]);
    assert_eq!(best(&links, at(1), 100).unwrap().0, "k32");
    assert_eq!(
        links.candidate(at(1), OWN, 100, |known| known.member != member(32)),
        None
    );
}

#[test]
fn only_neighbours_that_carry_are_asked_to() {
    let mut links = links(&[&[known(21)], &[known(22)]]);
    let mute = Identity {
        capabilities: 0,
        ..identity(1)
    };
    links.on_ready(&peer("n1"), mute);
    assert_eq!(
        best(&links, at(1), 100),
        Some(("k22".to_owned(), "n2".to_owned()))
    );
    assert_eq!(links.over_whom(at(1), &peer("k21")), None);
    assert_eq!(links.over_whom(at(1), &peer("k22")), Some(&peer("n2")));
}

#[test]
fn peers_choose_differently_among_alike() {
    let list: Vec<Neighbour> = (20..36).map(known).collect();
    let links = links(&[&list]);
    let choice = |own: u8| links.candidate(at(1), member(own), 100, |_| true).unwrap().peer;
    let choices: VecSet<PeerId> = (100..120).fold(VecSet::default(), |mut all, own| {
        all.insert(choice(own));
        all
    });
    assert!(choices.len() > 8, "{choices:?}");
}

#[test]
fn a_list_lasts_until_another_comes_or_it_is_old() {
    let mut links = links(&[&[known(21)]]);
    let own = Own {
        uplink: 12,
        head: 100,
    };
    links.on_word(at(5), &peer("n1"), own, 3, Vec::new());
    assert!(best(&links, at(6), 100).is_some(), "nothing new of them");
    assert_eq!(best(&links, at(41), 100), None, "too old");
    links.on_word(at(42), &peer("n1"), own, 2, vec![known(22)]);
    assert_eq!(best(&links, at(43), 100).unwrap().0, "k22");
    links.on_word(at(44), &peer("n1"), own, 1, Vec::new());
    assert_eq!(best(&links, at(45), 100), None, "it has no link but this");
}

#[test]
fn counts_each_that_uploads_once() {
    let mut idle = known(22);
    idle.uplink = 0;
    let own = Neighbour {
        member: OWN,
        ..known(23)
    };
    let mut links = links(&[&[known(21), idle, own], &[known(21), known(24)]]);
    assert_eq!(links.known_capable(at(1), OWN).len(), 4, "n1, n2, k21 and k24");
    let never = Identity {
        capabilities: capability::NEVER_UPLOADS,
        ..identity(1)
    };
    links.on_ready(&peer("n1"), never);
    assert_eq!(links.known_capable(at(1), OWN).len(), 3);
    links.on_left(&peer("n2"));
    assert_eq!(links.known_capable(at(1), OWN).len(), 1);
    links.on_connected(at(2), peer("n3"));
    assert_eq!(
        links.known_capable(at(2), OWN).len(),
        1,
        "nobody before it shook hands"
    );
}

#[test]
fn counts_who_plays_near_as_time_goes_by() {
    let mut far = known(22);
    far.head = 400;
    let links = links(&[&[known(21), far]]);
    assert_eq!(links.count_near(at(0), OWN, 100), 2, "n1 and k21");
    assert_eq!(links.count_near(at(30), OWN, 130), 2);
    assert_eq!(links.count_near(at(30), OWN, 430), 1);
    assert_eq!(links.count_near(at(30), OWN, 95), 0);
    assert!(!links.is_anyone_near(at(30), OWN, 95) && links.is_anyone_near(at(30), OWN, 430));
}

#[test]
fn a_neighbour_is_told_of_sixteen_others_that_its_hash_chooses() {
    let mut links = Links::default();
    for number in 1..=40 {
        let name = peer(&format!("n{number}"));
        links.on_connected(at(0), name.clone());
        links.on_ready(&name, identity(number));
    }
    let list = |number: u8| links.list_for(at(0), &peer(&format!("n{number}")), member(number));
    assert_eq!(list(1).len(), MAX_NEIGHBOURS);
    assert!(list(1).iter().all(|other| other.peer != peer("n1")));
    let names = |number| {
        list(number)
            .iter()
            .map(|other| other.peer.clone())
            .collect::<Vec<_>>()
    };
    assert_ne!(names(1), names(2));
    assert_eq!(names(1), names(1));
}

#[test]
fn extreme_playheads_do_no_harm() {
    for head in [i32::MIN, i32::MIN + 1, -1, 0, i32::MAX] {
        let mut list = [known(21)];
        list[0].head = head;
        let links = links(&[&list]);
        for own in [i32::MIN, i32::MIN + 1, i32::MAX] {
            assert!(best(&links, at(39), own).is_some());
            links.count_near(at(39), OWN, own);
        }
    }
}
