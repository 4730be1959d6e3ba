//! Whose datagrams are, as connections and sources come and go.

use super::*;

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn flow(port: u16) -> Flow {
    Flow {
        socket: 0,
        peer: SocketAddr::from(([192, 0, 2, 1], port)),
    }
}

fn two() -> (Routes<char>, ConnectionId, ConnectionId) {
    let mut routes = Routes::default();
    let a = routes.add("aaaa", 'a').unwrap();
    let b = routes.add("bbbb", 'b').unwrap();
    (routes, a, b)
}

#[test]
fn a_source_is_known_by_the_fragment_that_it_named() {
    let (mut routes, ..) = two();
    assert_eq!(routes.of_source(at(0), flow(1)), None);
    assert_eq!(routes.of_check(at(0), flow(1), "aaaa"), Some('a'));
    assert_eq!(routes.of_check(at(0), flow(2), "bbbb"), Some('b'));
    assert_eq!(routes.of_source(at(1), flow(1)), Some(&'a'));
    assert_eq!(routes.of_source(at(1), flow(2)), Some(&'b'));
    assert_eq!(routes.of_known_check(at(1), flow(1), "aaaa"), Some(&'a'));
    assert_eq!(routes.of_known_check(at(1), flow(1), "bbbb"), None);
}

#[test]
fn who_names_no_connection_leaves_nothing() {
    let (mut routes, ..) = two();
    for port in 1..10_000 {
        assert_eq!(routes.of_check(at(0), flow(port), "zzzz"), None);
        assert_eq!(routes.of_source(at(0), flow(port)), None);
        assert_eq!(routes.of_response(&[1; 12]), None);
    }
    assert_eq!(routes.sources(), 0);
}

#[test]
fn a_source_in_use_passes_to_nobody() {
    let (mut routes, a, b) = two();
    routes.of_check(at(0), flow(1), "aaaa");
    routes.of_source(at(4), flow(1));
    // The check itself is its addressee's; what else comes from there stays with the first.
    assert_eq!(routes.of_check(at(8), flow(1), "bbbb"), Some('b'));
    assert_eq!(routes.of_source(at(8), flow(1)), Some(&'a'));
    assert_eq!(routes.way(at(8), a, flow(1)), Way::Shared);
    assert_eq!(routes.way(at(8), b, flow(1)), Way::Spare);
}

#[test]
fn a_source_that_fell_silent_passes_to_who_it_names_next() {
    let (mut routes, a, b) = two();
    routes.of_check(at(0), flow(1), "aaaa");
    assert_eq!(routes.of_check(at(5), flow(1), "bbbb"), Some('b'));
    assert_eq!(routes.of_source(at(5), flow(1)), Some(&'b'));
    assert_eq!(routes.way(at(5), b, flow(1)), Way::Shared);
    assert_eq!(routes.way(at(5), a, flow(1)), Way::Spare);
    routes.remove(a);
    assert_eq!(routes.of_source(at(5), flow(1)), Some(&'b'));
}

#[test]
fn a_connection_that_ended_leaves_nothing() {
    let (mut routes, a, _) = two();
    routes.of_check(at(0), flow(1), "aaaa");
    routes.on_request(at(0), a, flow(2), Sent::Request([1; 12]));
    routes.remove(a);
    assert_eq!(routes.of_source(at(0), flow(1)), None);
    assert_eq!(routes.of_check(at(0), flow(1), "aaaa"), None);
    assert_eq!(routes.of_response(&[1; 12]), None);
    assert!(routes.add("aaaa", 'c').is_some(), "its fragment is free again");
}

#[test]
fn a_fragment_has_one_connection() {
    let (mut routes, ..) = two();
    assert_eq!(routes.add("aaaa", 'c'), None);
}

#[test]
fn responses_go_to_who_asked() {
    let (mut routes, a, b) = two();
    let server = flow(3478);
    assert_eq!(
        routes.on_request(at(0), a, server, Sent::Request([1; 12])),
        Way::Shared
    );
    assert_eq!(
        routes.on_request(at(0), b, server, Sent::Request([2; 12])),
        Way::Shared
    );
    assert_eq!(routes.of_response(&[1; 12]), Some(&'a'));
    assert_eq!(routes.of_response(&[2; 12]), Some(&'b'));
    assert_eq!(routes.of_source(at(0), server), None, "asking claims nothing");
}

#[test]
fn only_so_many_answers_are_awaited() {
    let (mut routes, a, _) = two();
    let name = |index: usize| {
        let mut name = [0; 12];
        name[..8].copy_from_slice(&index.to_be_bytes());
        name
    };
    for index in 0..1000 {
        routes.on_request(at(0), a, flow(1), Sent::Request(name(index)));
    }
    let known = (0..1000).filter(|index| routes.of_response(&name(*index)).is_some());
    assert_eq!(known.collect::<Vec<_>>(), (744..1000).collect::<Vec<_>>());
}

#[test]
fn a_relay_serves_one_connection_by_the_shared_socket() {
    let (mut routes, a, b) = two();
    let server = flow(3478);
    assert_eq!(
        routes.on_request(at(0), a, server, Sent::Allocate([1; 12])),
        Way::Shared
    );
    assert_eq!(
        routes.on_request(at(0), b, server, Sent::Allocate([2; 12])),
        Way::Spare
    );
    assert_eq!(routes.of_source(at(1), server), Some(&'a'));
    assert_eq!(routes.of_response(&[2; 12]), None, "the spare socket has it");
}

#[test]
fn idle_sources_expire() {
    let (mut routes, ..) = two();
    routes.of_check(at(0), flow(1), "aaaa");
    routes.of_check(at(0), flow(2), "aaaa");
    routes.of_source(at(100), flow(2));
    routes.expire(at(360));
    assert_eq!(routes.of_source(at(360), flow(1)), None);
    assert_eq!(routes.of_source(at(360), flow(2)), Some(&'a'));
    assert_eq!(routes.sources(), 1);
}

#[test]
fn one_connection_has_only_so_many_sources_and_keeps_the_latest() {
    let (mut routes, ..) = two();
    for port in 1..=1000 {
        routes.of_check(at(u64::from(port)), flow(port), "aaaa");
        routes.of_source(at(u64::from(port)), flow(1));
    }
    assert_eq!(routes.sources(), 32);
    assert_eq!(
        routes.of_source(at(1000), flow(1)),
        Some(&'a'),
        "in use all the time"
    );
    assert_eq!(routes.of_source(at(1000), flow(1000)), Some(&'a'));
    assert_eq!(routes.of_source(at(1000), flow(500)), None);
}

#[test]
fn sockets_have_sources_of_their_own() {
    let (mut routes, ..) = two();
    let other = Flow { socket: 1, ..flow(1) };
    routes.of_check(at(0), flow(1), "aaaa");
    routes.of_check(at(0), other, "bbbb");
    assert_eq!(routes.of_source(at(0), flow(1)), Some(&'a'));
    assert_eq!(routes.of_source(at(0), other), Some(&'b'));
}
