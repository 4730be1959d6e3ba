//! Two links in one process, over real WebRTC on this machine.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects, and no more"
)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use segment_engine::input::LOW_WATER;
use tokio::sync::mpsc;
use tokio::time::timeout;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceCandidateInit,
    RTCSessionDescription,
};

mod cost;
mod ports;

use super::*;
use crate::inbox::inbox;
use crate::network::NetworkOptions;

const WINDOW: usize = 256 << 10;
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn links_on_loopback_carry_messages_both_ways() {
    let mut pair = Pair::connect("127.0.0.1:0").await;
    pair.offerer.link.send(b"ping".to_vec()).unwrap();
    assert_eq!(pair.answerer.message().await, b"ping");
    pair.answerer.link.send(b"pong".to_vec()).unwrap();
    assert_eq!(pair.offerer.message().await, b"pong");
}

#[tokio::test]
async fn links_on_every_interface_connect() {
    let mut pair = Pair::connect("0.0.0.0:0").await;
    pair.offerer.link.send(vec![7; 24 << 10]).unwrap();
    assert_eq!(pair.answerer.message().await, vec![7; 24 << 10]);
}

#[tokio::test]
async fn messages_arrive_whole_and_in_order_and_room_is_told() {
    let mut pair = Pair::connect("127.0.0.1:0").await;
    // Twice the window, so that the channel is full for a while.
    let count = 2 * WINDOW / (16 << 10);
    for index in 0..count {
        pair.offerer
            .link
            .send(vec![u8::try_from(index).unwrap(); 16 << 10])
            .unwrap();
    }
    assert!(pair.offerer.link.waiting() > LOW_WATER);
    for index in 0..count {
        assert_eq!(
            pair.answerer.message().await,
            vec![u8::try_from(index).unwrap(); 16 << 10]
        );
    }
    assert!(pair.offerer.room().await <= LOW_WATER);
}

#[tokio::test]
async fn room_is_told_after_each_burst_down_to_nothing() {
    let mut pair = Pair::connect("127.0.0.1:0").await;
    for (count, bytes) in [(1, 10), (1, 16 << 10), (8, 16 << 10), (40, 100), (1, 24 << 10)] {
        for _ in 0..count {
            pair.offerer.link.send(vec![1; bytes]).unwrap();
        }
        while pair.offerer.room().await > 0 {}
        for _ in 0..count {
            assert_eq!(pair.answerer.message().await.len(), bytes);
        }
    }
}

#[tokio::test]
async fn closing_when_sent_loses_nothing() {
    let pair = Pair::connect("127.0.0.1:0").await;
    for index in 0..20 {
        pair.offerer.link.send(vec![index; 16 << 10]).unwrap();
    }
    let Pair {
        offerer,
        mut answerer,
        ..
    } = pair;
    offerer.link.close_when_sent();
    for index in 0..20 {
        assert_eq!(answerer.message().await, vec![index; 16 << 10]);
    }
    assert!(matches!(answerer.event().await, LinkEvent::Closed(_)));
}

#[tokio::test]
async fn dropping_a_link_closes_the_other_end() {
    let pair = Pair::connect("127.0.0.1:0").await;
    let Pair {
        offerer,
        mut answerer,
        mut tasks,
    } = pair;
    drop(offerer);
    while !matches!(answerer.event().await, LinkEvent::Closed(_)) {}
    drop(answerer);
    let ended = timeout(PATIENCE, async { while tasks.join_next().await.is_some() {} }).await;
    assert!(ended.is_ok(), "no task outlives its handle");
}

#[tokio::test]
async fn an_offer_that_is_none_ends_the_link() {
    let mut tasks = JoinSet::new();
    for offer in ["", "v=0\r\nnonsense", &"a".repeat(MAX_SDP_PLUS)] {
        let mut side = Side::start(Start::Answer(offer.to_owned()), "127.0.0.1:0", &mut tasks);
        assert!(
            matches!(side.event().await, LinkEvent::Closed(_)),
            "{}",
            &offer[..offer.len().min(20)]
        );
    }
}

#[tokio::test]
async fn a_candidate_that_is_none_does_no_harm() {
    let mut tasks = JoinSet::new();
    let mut side = Side::start(Start::Offer, "127.0.0.1:0", &mut tasks);
    assert!(matches!(side.event().await, LinkEvent::Description(_)));
    for text in ["", "candidate:", "candidate:1 1 udp 1 not-an-address 1 typ host"] {
        let candidate = Candidate {
            candidate: text.to_owned(),
            sdp_mid: None,
            sdp_m_line_index: Some(0),
            username_fragment: None,
        };
        side.link.add_candidate(candidate);
    }
    let closed = timeout(Duration::from_millis(300), async {
        while !matches!(side.event().await, LinkEvent::Closed(_)) {}
    });
    assert!(closed.await.is_err(), "the link waits on for usable candidates");
}

#[tokio::test]
async fn a_link_over_relays_tells_no_address_of_its_own() {
    for (policy, expected) in [
        (IceTransportPolicy::All, true),
        (IceTransportPolicy::Relay, false),
    ] {
        let mut tasks = JoinSet::new();
        // A port at which nothing answers: what is told is told without it.
        let turn = IceServer {
            urls: vec!["turn:127.0.0.1:9".into()],
            username: Some("u".into()),
            credential: Some("c".into()),
        };
        let start = Start::Offer;
        let mut side = Side::with_policy((policy, vec![turn]), start, "127.0.0.1:0", &mut tasks);
        let sdp = side.description().await;
        assert!(!sdp.contains("a=candidate:"), "{sdp}");
        let told = timeout(Duration::from_millis(500), async {
            while !matches!(side.event().await, LinkEvent::Candidate(_)) {}
        });
        assert_eq!(told.await.is_ok(), expected, "{policy:?}");
    }
}

#[tokio::test]
async fn round_trips_are_told_once_a_link_has_been_up_for_a_while() {
    let mut pair = Pair::connect("127.0.0.1:0").await;
    loop {
        match pair.offerer.event().await {
            LinkEvent::Measured(took) => break assert!(took < Duration::from_secs(1), "{took:?}"),
            LinkEvent::Closed(reason) => panic!("closed: {reason}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_second_channel_ends_the_link() {
    struct Silent;
    impl PeerConnectionEventHandler for Silent {}
    let connection = PeerConnectionBuilder::new()
        .with_handler(Arc::new(Silent))
        .with_udp_addrs(vec!["127.0.0.1:0"])
        .build()
        .await
        .unwrap();
    let _first = connection.create_data_channel(CHANNEL_LABEL, None).await.unwrap();
    let _second = connection.create_data_channel("another", None).await.unwrap();
    let offer = connection.create_offer(None).await.unwrap();
    connection.set_local_description(offer.clone()).await.unwrap();

    let mut tasks = JoinSet::new();
    let mut side = Side::start(Start::Answer(offer.sdp), "127.0.0.1:0", &mut tasks);
    let answer = RTCSessionDescription::answer(side.description().await).unwrap();
    connection.set_remote_description(answer).await.unwrap();
    loop {
        match side.event().await {
            LinkEvent::Candidate(candidate) => {
                let candidate = RTCIceCandidateInit {
                    candidate: candidate.candidate,
                    ..Default::default()
                };
                connection.add_ice_candidate(candidate).await.unwrap();
            }
            LinkEvent::Closed(reason) => break assert!(reason.contains("second channel"), "{reason}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_queue_that_nobody_empties_overflows() {
    let mut tasks = JoinSet::new();
    let side = Side::start(Start::Offer, "127.0.0.1:0", &mut tasks);
    let sent = (0..1000)
        .take_while(|_| side.link.send(vec![0; 24 << 10]).is_ok())
        .count();
    assert!(
        sent * (24 << 10) > WINDOW && sent < 100,
        "{sent} messages were queued"
    );
}

/// Over what signaling carries.
const MAX_SDP_PLUS: usize = signaling_proto::message::MAX_SDP + 1;

/// One end of a link, and what its task says.
struct Side {
    link: Link,
    queue: mpsc::Receiver<IoEvent>,
    held: VecDeque<LinkEvent>,
}

impl Side {
    fn start(start: Start, address: &str, tasks: &mut JoinSet<()>) -> Self {
        Self::with_policy((IceTransportPolicy::All, Vec::new()), start, address, tasks)
    }

    fn with_policy(
        ice: (IceTransportPolicy, Vec<IceServer>),
        start: Start,
        address: &str,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        Self::on(&network(address), ice, start, tasks)
    }

    fn on(
        network: &Arc<Network>,
        (ice_transport_policy, ice_servers): (IceTransportPolicy, Vec<IceServer>),
        start: Start,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let (inbox, queue) = inbox();
        let settings = LinkSettings {
            network: Arc::clone(network),
            send_window: WINDOW,
            reactors: 2,
            ice_transport_policy,
        };
        let name = (PeerId::new("p").unwrap(), LinkId(1));
        let link = Link::start(name, start, ice_servers, &settings, inbox, tasks);
        Self {
            link,
            queue,
            held: VecDeque::new(),
        }
    }

    async fn event(&mut self) -> LinkEvent {
        if let Some(event) = self.held.pop_front() {
            return event;
        }
        let event = timeout(PATIENCE, self.queue.recv())
            .await
            .expect("an event in time");
        match event.expect("the link's task tells of its end") {
            IoEvent::Link(_, _, event) => event,
            other => panic!("not a link's: {other:?}"),
        }
    }

    async fn message(&mut self) -> Vec<u8> {
        loop {
            match self.event().await {
                LinkEvent::Message(bytes) => return bytes,
                LinkEvent::Closed(reason) => panic!("closed: {reason}"),
                _ => {}
            }
        }
    }

    /// Waits until room is told, and returns what waits then.
    async fn room(&mut self) -> u64 {
        loop {
            match self.event().await {
                LinkEvent::BufferedLow => return self.link.waiting(),
                LinkEvent::Closed(reason) => panic!("closed: {reason}"),
                _ => {}
            }
        }
    }

    async fn description(&mut self) -> String {
        match self.event().await {
            LinkEvent::Description(sdp) => sdp,
            other => panic!("no description: {other:?}"),
        }
    }
}

struct Pair {
    offerer: Side,
    answerer: Side,
    tasks: JoinSet<()>,
}

impl Pair {
    /// Plays signaling until both ends are open.
    async fn connect(address: &str) -> Self {
        Self::between(&network(address), &network(address)).await
    }

    async fn between(offering: &Arc<Network>, answering: &Arc<Network>) -> Self {
        let mut tasks = JoinSet::new();
        let any = || (IceTransportPolicy::All, Vec::new());
        let mut offerer = Side::on(offering, any(), Start::Offer, &mut tasks);
        let offer = offerer.description().await;
        let mut answerer = Side::on(answering, any(), Start::Answer(offer), &mut tasks);
        offerer.link.accept_answer(answerer.description().await);
        let (mut offerer_open, mut answerer_open) = (false, false);
        while !(offerer_open && answerer_open) {
            let (from_offerer, event) = tokio::select! {
                event = offerer.event() => (true, event),
                event = answerer.event() => (false, event),
            };
            let (other, open) = if from_offerer {
                (&mut answerer.link, &mut offerer_open)
            } else {
                (&mut offerer.link, &mut answerer_open)
            };
            match event {
                LinkEvent::Candidate(candidate) => other.add_candidate(candidate),
                LinkEvent::Opened => *open = true,
                other => panic!("unexpected before the opening: {other:?}"),
            }
        }
        Self {
            offerer,
            answerer,
            tasks,
        }
    }
}

fn network(address: &str) -> Arc<Network> {
    Network::open(NetworkOptions {
        udp_addresses: vec![address.parse().unwrap()],
        ..NetworkOptions::default()
    })
    .unwrap()
}
