//! Negotiations that neighbours carry: both ways, crossing each other and signaling's, and hostile ones.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;

use super::harness::{
    Player, answer, candidate, config, connect, drop_peer, local_sdp, offer, paired, send, trickle,
    unreachable,
};
use crate::client::{ClientConfig, ClientEvent, ClientInput, ClientOutput, Route};
use crate::message::{MAX_RELAYED, MAX_SDP, Relayed, Signal, ToClient, ToServer};

#[test]
fn the_calling_side_goes_from_the_engines_wish_to_a_link_without_signaling() {
    let mut player = Player::new();
    assert_eq!(player.input(call("a")), [create("a")]);
    let (tie, sdp) = offered(&player.input(local_sdp("a")), "a");
    assert_eq!((tie.is_some(), sdp.as_str()), (true, "local"));
    assert_eq!(player.input(relayed("a", &trickled(1))), []);
    let accepted = player.input(relayed("a", &answering()));
    assert!(matches!(accepted[0], ClientOutput::AcceptAnswer { .. }));
    assert_eq!(accepted[1..], [add("a", 1)]);
    assert_eq!(player.input(local_candidate("a", 2)), [relay("a", &trickled(2))]);
    assert_eq!(player.input(ClientInput::LinkUp("a".into())), []);
    assert_eq!(
        player.advance(Duration::from_secs(60)).len(),
        1,
        "the socket, at last"
    );
}

#[test]
fn the_called_side_answers_the_way_it_was_called() {
    let mut player = Player::joined();
    assert_eq!(player.input(relayed("a", &offering(7))), [accept("a", "theirs")]);
    assert_eq!(player.input(relayed("a", &trickled(1))), [add("a", 1)]);
    let answer = Signal::Answer { sdp: "local".into() };
    assert_eq!(player.input(local_sdp("a")), [relay("a", &plain(answer))]);
    assert_eq!(player.input(local_candidate("a", 2)), [relay("a", &trickled(2))]);
    player.input(ClientInput::LinkUp("a".into()));
    assert_eq!(
        player.input(ClientInput::LinkClosed("a".into())),
        [],
        "the server knows nothing of it"
    );
}

#[test]
fn the_loss_of_signaling_ends_no_negotiation_that_does_without() {
    let mut player = Player::joined();
    player.input(call("a"));
    player.input(relayed("b", &offering(7)));
    let lost = player.input(ClientInput::SocketClosed);
    assert!(
        matches!(lost[..], [ClientOutput::Event(ClientEvent::Lost { .. })]),
        "{lost:?}"
    );
    player.input(ClientInput::Leave);
    assert_eq!(player.input(local_sdp("b")).len(), 1);
    offered(&player.input(local_sdp("a")), "a");
}

#[test]
fn of_two_offers_that_cross_the_one_with_the_larger_tie_stands() {
    for (theirs, stands) in [(0, false), (u32::MAX, true)] {
        let mut player = Player::new();
        player.input(call("a"));
        player.input(local_sdp("a"));
        let heard = player.input(relayed("a", &offering(theirs)));
        let taken = player.input(relayed("a", &answering()));
        if stands {
            assert_eq!(heard, [accept("a", "theirs")]);
            assert_eq!(taken, [], "an answer to the offer that was withdrawn");
            let answer = Signal::Answer { sdp: "local".into() };
            assert_eq!(player.input(local_sdp("a")), [relay("a", &plain(answer))]);
        } else {
            assert_eq!(heard, []);
            assert!(matches!(taken[..], [ClientOutput::AcceptAnswer { .. }]));
        }
    }
}

#[test]
fn an_offer_that_crosses_one_in_the_making_waits_for_it() {
    let mut player = Player::new();
    player.input(call("a"));
    assert_eq!(player.input(relayed("a", &offering(u32::MAX))), []);
    assert_eq!(player.input(relayed("a", &trickled(1))), []);
    let heard = player.input(local_sdp("a"));
    assert_eq!(
        heard,
        [accept("a", "theirs"), add("a", 1)],
        "the own offer is not told"
    );
    let answer = Signal::Answer { sdp: "local".into() };
    assert_eq!(player.input(local_sdp("a")), [relay("a", &plain(answer))]);
}

#[test]
fn an_offer_that_crosses_a_link_that_is_up_or_nearly_is_ignored() {
    let mut player = Player::new();
    player.input(call("a"));
    player.input(local_sdp("a"));
    player.input(relayed("a", &answering()));
    assert_eq!(player.input(relayed("a", &offering(u32::MAX))), []);
    player.input(ClientInput::LinkUp("a".into()));
    assert_eq!(player.input(relayed("a", &offering(u32::MAX))), []);
}

#[test]
fn what_signaling_negotiates_neighbours_cannot_touch() {
    let mut player = Player::joined();
    player.hear(&paired("a", true));
    player.input(connect("a"));
    player.input(local_sdp("a"));
    for message in [offering(u32::MAX), answering(), trickled(1)] {
        assert_eq!(player.input(relayed("a", &message)), []);
    }
    let accepted = player.hear(&answer("a"));
    assert!(
        matches!(accepted[..], [ClientOutput::AcceptAnswer { .. }]),
        "{accepted:?}"
    );
}

#[test]
fn what_neighbours_negotiate_signaling_leaves_alone() {
    let mut player = Player::joined();
    player.input(call("a"));
    player.input(local_sdp("a"));
    for message in [
        offer("a"),
        answer("a"),
        trickle("a", 1),
        ToClient::Left { peer: "a".into() },
    ] {
        assert_eq!(player.hear(&message), []);
    }
    assert_eq!(player.input(relayed("a", &answering())).len(), 1);
}

#[test]
fn a_peer_that_is_introduced_while_it_is_called_is_negotiated_once() {
    let mut player = Player::joined();
    player.input(call("a"));
    player.input(local_sdp("a"));
    assert_eq!(player.hear(&paired("a", true)), [], "the call goes on");
    assert_eq!(player.input(relayed("a", &answering())).len(), 1);
    player.input(ClientInput::LinkUp("a".into()));
    let unpair = ToServer::Unpair { peer: "a".into() };
    assert_eq!(player.input(ClientInput::LinkClosed("a".into())), [send(&unpair)]);

    player.input(call("b"));
    player.input(local_sdp("b"));
    assert_eq!(player.hear(&paired("b", false)), []);
    assert_eq!(
        player.hear(&offer("b")),
        [accept("b", "offer")],
        "the server's word stands"
    );
    let answer = Signal::Answer { sdp: "local".into() };
    let signal = ToServer::Signal {
        to: "b".into(),
        signal: answer,
    };
    assert_eq!(player.input(local_sdp("b")), [send(&signal)]);
}

#[test]
fn an_introduction_that_has_not_begun_yields_to_a_call() {
    for offers in [true, false] {
        let mut player = Player::joined();
        player.hear(&paired("a", offers));
        assert_eq!(player.input(relayed("a", &offering(0))), [accept("a", "theirs")]);
        let answer = Signal::Answer { sdp: "local".into() };
        assert_eq!(player.input(local_sdp("a")), [relay("a", &plain(answer))]);
    }
}

#[test]
fn calls_beyond_the_limit_are_refused() {
    let limited = ClientConfig {
        max_negotiations: 2,
        ..config()
    };
    let mut player = Player::joined_with(limited);
    assert_eq!(player.input(relayed("a", &offering(1))).len(), 1);
    assert_eq!(player.input(call("b")).len(), 1);
    assert_eq!(player.input(relayed("c", &offering(1))), [refusal("c")]);
    assert_eq!(player.input(call("d")), [unreachable("d")]);
    assert_eq!(
        player.input(relayed("e", &trickled(1))),
        [],
        "only an offer is a call"
    );
}

#[test]
fn a_call_without_a_link_in_time_is_dropped() {
    let mut player = Player::joined();
    player.input(call("a"));
    player.input(relayed("b", &offering(1)));
    let ended = player.advance(Duration::from_secs(10));
    assert_eq!(
        ended,
        [drop_peer("a"), unreachable("a"), drop_peer("b"), unreachable("b")]
    );
}

#[test]
fn the_engine_ends_a_call_as_any_link() {
    let mut player = Player::joined();
    player.input(call("a"));
    assert_eq!(
        player.input(ClientInput::LinkClosed("a".into())),
        [unreachable("a")]
    );
    assert_eq!(player.input(relayed("a", &answering())), []);
}

#[test]
fn a_description_that_no_neighbour_would_carry_ends_the_call() {
    for sdp in ["s".repeat(MAX_SDP + 1), "\"".repeat(MAX_SDP), String::new()] {
        let mut player = Player::new();
        player.input(call("a"));
        let ended = player.input(ClientInput::LocalDescription {
            peer: "a".into(),
            sdp,
        });
        assert_eq!(ended, [drop_peer("a"), unreachable("a")]);
    }
}

#[test]
fn what_is_no_message_or_over_a_limit_is_ignored() {
    let long = |sdp: usize| Relayed {
        signal: Signal::Offer { sdp: "s".repeat(sdp) },
        tie: Some(1),
    };
    let untied = Relayed { tie: None, ..long(9) };
    for payload in [
        Vec::new(),
        b"{".to_vec(),
        b"\xff\xfe".to_vec(),
        b"null".to_vec(),
        b"{\"signal\":{\"kind\":\"renegotiate\",\"sdp\":\"v=0\"},\"tie\":1}".to_vec(),
        long(MAX_SDP + 1).to_json().into_bytes(),
        long(0).to_json().into_bytes(),
        untied.to_json().into_bytes(),
        vec![b' '; MAX_RELAYED + 1],
        b"{\"signal\":{\"kind\":\"offer\",\"sdp\":\"v=0\"},\"tie\":4294967296}".to_vec(),
    ] {
        let mut player = Player::joined();
        let input = ClientInput::Relayed {
            peer: "a".into(),
            payload: payload.clone(),
        };
        assert_eq!(player.input(input), [], "{:?}", String::from_utf8_lossy(&payload));
    }
}

/// Two clients that know each other by a neighbour alone: what one says the other hears 20 ms later.
#[test]
fn two_that_call_each_other_at_once_come_to_one_link() {
    for early in 0..8_u64 {
        for seed in 0..6_u8 {
            let mut pair = Pair::new(seed);
            pair.call(0);
            pair.run(early * 5);
            pair.call(1);
            pair.run(2_000);
            assert_eq!(pair.up, [true, true], "{early} {seed}");
            assert_eq!(pair.unreachable, 0, "{early} {seed}");
        }
    }
}

struct Pair {
    players: [Player; 2],
    /// What the driver of each is to tell when.
    driver: VecDeque<(Duration, usize, ClientInput)>,
    wire: VecDeque<(Duration, usize, Vec<u8>)>,
    /// The connection each has: which description it began with.
    connection: [Option<&'static str>; 2],
    up: [bool; 2],
    unreachable: u32,
}

impl Pair {
    fn new(seed: u8) -> Self {
        let player = |number: u8| {
            let mut player = Player::new();
            player.client = crate::client::Client::new(config(), [seed * 2 + number; 32]).unwrap();
            player
        };
        Self {
            players: [player(0), player(1)],
            driver: VecDeque::new(),
            wire: VecDeque::new(),
            connection: [None, None],
            up: [false, false],
            unreachable: 0,
        }
    }

    /// The name under which one knows the other.
    fn other(index: usize) -> &'static str {
        ["right", "left"][index]
    }

    fn call(&mut self, index: usize) {
        let outputs = self.players[index].input(call(Self::other(index)));
        self.drive(index, outputs);
    }

    fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            for player in &mut self.players {
                player.now += Duration::from_millis(1);
            }
            let now = self.players[0].now;
            while let Some((_, index, input)) = self.driver.pop_front_if(|(due, ..)| *due <= now) {
                let outputs = self.players[index].input(input);
                self.drive(index, outputs);
            }
            while let Some((_, to, payload)) = self.wire.pop_front_if(|(due, ..)| *due <= now) {
                let peer = Self::other(to).into();
                let outputs = self.players[to].input(ClientInput::Relayed { peer, payload });
                self.drive(to, outputs);
            }
        }
    }

    fn drive(&mut self, index: usize, outputs: Vec<ClientOutput>) {
        let now = self.players[index].now;
        for output in outputs {
            match output {
                ClientOutput::Relay { payload, .. } => {
                    self.wire
                        .push_back((now + Duration::from_millis(20), 1 - index, payload));
                }
                ClientOutput::CreateOffer { .. } => self.describe(index, "offer"),
                ClientOutput::AcceptOffer { sdp, .. } => {
                    assert_eq!(sdp, "offer");
                    self.describe(index, "answer");
                }
                ClientOutput::AcceptAnswer { sdp, .. } => {
                    assert_eq!((sdp.as_str(), self.connection[index]), ("answer", Some("offer")));
                    self.up = [true, true];
                    for (end, player) in self.players.iter_mut().enumerate() {
                        player.input(ClientInput::LinkUp(Self::other(end).into()));
                    }
                }
                ClientOutput::Event(ClientEvent::Unreachable { .. }) => self.unreachable += 1,
                ClientOutput::AddCandidate { .. } => {}
                ClientOutput::OpenSocket { .. }
                | ClientOutput::Send(_)
                | ClientOutput::CloseSocket
                | ClientOutput::DropPeer(_)
                | ClientOutput::Event(_) => panic!("{output:?}"),
            }
        }
    }

    /// The driver makes a connection in place of any it has, and its description after 7 ms.
    fn describe(&mut self, index: usize, kind: &'static str) {
        self.connection[index] = Some(kind);
        let due = self.players[index].now + Duration::from_millis(7);
        let input = ClientInput::LocalDescription {
            peer: Self::other(index).into(),
            sdp: kind.into(),
        };
        self.driver.push_back((due, index, input));
    }
}

proptest! {
    #[test]
    fn hostile_payloads_never_panic_and_open_no_more_than_may_be(
        payloads in prop::collection::vec((0_u8..20, hostile()), 0..60)
    ) {
        let mut player = Player::joined();
        player.hear(&paired("1", true));
        player.input(call("2"));
        let mut made = 0;
        for (peer, payload) in payloads {
            let peer = peer.to_string();
            for output in player.input(ClientInput::Relayed { peer, payload }) {
                made += u32::from(matches!(output, ClientOutput::AcceptOffer { .. }));
            }
            player.advance(Duration::from_millis(1));
        }
        prop_assert!(made <= 16);
    }
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let message = || {
        let parts = (crate::parse::tests::signal(), any::<Option<u32>>());
        parts.prop_map(|(signal, tie)| Relayed { signal, tie }.to_json())
    };
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        message().prop_map(String::into_bytes),
        message().prop_map(|json| json.replace('1', "-99999999999999999999").into_bytes()),
        Just(b"[".repeat(MAX_RELAYED)),
    ]
}

/// Asks for a link over a neighbour.
fn call(peer: &str) -> ClientInput {
    ClientInput::Connect {
        peer: peer.into(),
        route: Route::Neighbours,
    }
}

fn plain(signal: Signal) -> Relayed {
    Relayed { signal, tie: None }
}

fn offering(tie: u32) -> Relayed {
    Relayed {
        signal: Signal::Offer { sdp: "theirs".into() },
        tie: Some(tie),
    }
}

fn answering() -> Relayed {
    plain(Signal::Answer { sdp: "answer".into() })
}

fn trickled(number: usize) -> Relayed {
    plain(Signal::Candidate(candidate(number)))
}

fn relayed(peer: &str, message: &Relayed) -> ClientInput {
    ClientInput::Relayed {
        peer: peer.into(),
        payload: message.to_json().into_bytes(),
    }
}

fn relay(peer: &str, message: &Relayed) -> ClientOutput {
    ClientOutput::Relay {
        peer: peer.into(),
        payload: message.to_json().into_bytes(),
    }
}

fn refusal(peer: &str) -> ClientOutput {
    ClientOutput::Relay {
        peer: peer.into(),
        payload: Vec::new(),
    }
}

fn create(peer: &str) -> ClientOutput {
    ClientOutput::CreateOffer {
        peer: peer.into(),
        ice_servers: Vec::new(),
    }
}

fn accept(peer: &str, sdp: &str) -> ClientOutput {
    ClientOutput::AcceptOffer {
        peer: peer.into(),
        sdp: sdp.into(),
        ice_servers: Vec::new(),
    }
}

fn add(peer: &str, number: usize) -> ClientOutput {
    ClientOutput::AddCandidate {
        peer: peer.into(),
        candidate: candidate(number),
    }
}

fn local_candidate(peer: &str, number: usize) -> ClientInput {
    ClientInput::LocalCandidate {
        peer: peer.into(),
        candidate: candidate(number),
    }
}

/// The tie and the description of the offer that is the only output.
fn offered(outputs: &[ClientOutput], to: &str) -> (Option<u32>, String) {
    let [ClientOutput::Relay { peer, payload }] = outputs else {
        panic!("{outputs:?}")
    };
    assert_eq!(peer, to);
    let Relayed { signal, tie } = Relayed::parse(payload).unwrap();
    let Signal::Offer { sdp } = signal else {
        panic!("{signal:?}")
    };
    (tie, sdp)
}
