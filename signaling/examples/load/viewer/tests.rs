//! A viewer does what a page does with what the server says.

use signaling_proto::message::{Signal, ToServer, Welcome};
use signaling_proto::rooms::{Abroad, ConnId, Rooms, RoomsConfig, RoomsOutput, Scattered};
use signaling_proto::sdp::{Addresses, IceTransportPolicy, SdpRules};

use super::*;

/// Viewers and the server's rules, without sockets.
struct Meeting {
    rooms: Rooms,
    browser: Browser,
    viewers: Vec<Viewer>,
    names: Vec<String>,
    now: Duration,
}

impl Meeting {
    fn new() -> Self {
        let config = RoomsConfig {
            abroad: Abroad::Nowhere,
            // What the rules refuse would not be carried.
            descriptions: Some(SdpRules {
                addresses: Addresses::Public,
                transport_policy: IceTransportPolicy::All,
                ..SdpRules::default()
            }),
            ..RoomsConfig::default()
        };
        Self {
            rooms: Rooms::new(config, Box::new(Scattered), [1; 32]).unwrap(),
            browser: Browser::new(&mut Random::new(1)),
            viewers: Vec::new(),
            names: Vec::new(),
            now: Duration::ZERO,
        }
    }

    fn join(&mut self) {
        let number = self.viewers.len();
        let mut viewer = Viewer::new(number, "film").unwrap();
        assert_eq!(viewer.wake(self.now, &self.browser), [Act::Open]);
        let origin = std::net::IpAddr::from([203, 0, 113, 1]);
        self.rooms
            .handle_connected(self.now, ConnId(number as u64), origin);
        let acts = viewer.opened(self.now, &self.browser);
        self.viewers.push(viewer);
        self.names.push(String::new());
        self.act(number, acts);
    }

    fn act(&mut self, number: usize, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Open | Act::Close => {}
                Act::Say(frame) => {
                    self.rooms.handle_frame(self.now, ConnId(number as u64), &frame);
                    self.deliver();
                }
                Act::Joined(name) => self.names[number] = name,
                Act::Linked(peer) => {
                    let other = self.names.iter().position(|name| *name == peer).unwrap();
                    let own = self.names[number].clone();
                    for (viewer, peer) in [(number, peer), (other, own)] {
                        let acts = self.viewers[viewer].linked(self.now, peer, &self.browser);
                        self.act(viewer, acts);
                    }
                }
            }
        }
    }

    fn deliver(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            let RoomsOutput::Send { conn, message } = output else {
                panic!("{output:?}")
            };
            let number = usize::try_from(conn.0).unwrap();
            let acts = self.viewers[number].heard(self.now, message.to_json(), &self.browser);
            self.act(number, acts);
        }
    }
}

#[test]
fn viewers_that_meet_are_linked_and_both_ends_know() {
    let mut meeting = Meeting::new();
    for _ in 0..=TARGET {
        meeting.join();
    }
    for (number, viewer) in meeting.viewers.iter().enumerate() {
        assert_eq!(count(viewer.links()), TARGET, "{number}");
        assert!(viewer.paired_at.is_some());
    }
    assert_eq!(meeting.rooms.stats().refused.description, 0);
    assert_eq!(meeting.rooms.stats().undeliverable, 0);
}

#[test]
fn one_that_lacks_links_asks_for_them_again_and_again_and_not_when_it_has_them() {
    let mut meeting = Meeting::new();
    meeting.join();
    let mut asked = Vec::new();
    for _ in 0..200 {
        meeting.now += Duration::from_millis(100);
        let acts = meeting.viewers[0].wake(meeting.now, &meeting.browser);
        for act in &acts {
            if let Act::Say(frame) = act
                && matches!(ToServer::parse(frame), Ok(ToServer::Want { count: GOAL }))
            {
                asked.push(meeting.now);
            }
        }
    }
    assert_eq!(asked[0], FIRST_WANT);
    assert!((4..=6).contains(&asked.len()), "{asked:?}");
    for _ in 0..TARGET {
        meeting.join();
    }
    let acts = meeting.viewers[0].wake(meeting.now + LAST_WANT, &meeting.browser);
    let wants = acts
        .iter()
        .any(|act| matches!(act, Act::Say(frame) if frame.contains("want")));
    assert!(!wants, "{acts:?}");
}

#[test]
fn tells_an_undeliverable_signal_from_all_else() {
    let lost = ToClient::Undeliverable { to: "x".into() };
    assert!(is_undeliverable(&lost.to_json()));
    let welcome = ToClient::Welcome(Welcome::new("undeliverable", 25_000));
    assert!(!is_undeliverable(&welcome.to_json()));
    let signal = ToClient::Signal {
        from: "x".into(),
        signal: Signal::Offer {
            sdp: "undeliverable".into(),
        },
    };
    assert!(!is_undeliverable(&signal.to_json()));
}
