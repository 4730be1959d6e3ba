//! What members may say to each other, of whom they learn, and whom they meet.

use std::collections::BTreeSet;
use std::time::Instant;

use signaling::{Candidates, Config};
use signaling_proto::message::{Candidate, ErrorCode, Join, Signal, ToClient, ToServer};

use super::{Others, figure, refused};
use crate::harness::{Server, Viewer, connect_from, description, offer, signal};

/// How many introductions a member may ask for at once.
const MOST: usize = 32;

/// How long ago that was, in whole seconds.
fn seconds(begin: Instant) -> usize {
    usize::try_from(begin.elapsed().as_secs()).unwrap()
}

fn is_error(message: &ToClient, expected: ErrorCode) -> bool {
    matches!(message, ToClient::Error { code, fatal: false, .. } if *code == expected)
}

#[tokio::test]
async fn addresses_that_are_nobodys_business_never_arrive() {
    let server = Server::start(Config {
        candidates: Some(Candidates::Public),
        ..Config::default()
    })
    .await;
    let mut others = Others::join(&server).await;
    let secret = [
        "10.1.2.3",
        "172.16.9.9",
        "192.168.1.7",
        "127.0.0.1",
        "169.254.3.4",
        "224.0.0.251",
        "0.0.0.0",
        "255.255.255.255",
        "fe80::1",
        "::1",
        "fd00::7",
        "ff02::fb",
        "::ffff:10.1.2.3",
    ];
    let line = |address: &str| format!("candidate:1 1 udp 2113937151 {address} 50000 typ host");
    let lines: String = secret
        .iter()
        .map(|address| format!("a={}\r\n", line(address)))
        .collect();
    let open = format!("a={}\r\n", line("203.0.113.9"));
    let (to, sdp) = (others.a_id.clone(), description(0));
    others
        .b
        .say(&signal(&to, offer(&format!("{sdp}{lines}{open}"))))
        .await;
    for address in secret {
        let candidate = Signal::Candidate(Candidate {
            candidate: line(address),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        });
        others.b.say(&signal(&to, candidate)).await;
    }
    assert_eq!(others.b.heard().await, [], "it is no fault of its sender");
    let heard = others.a.heard().await;
    let [
        ToClient::Signal {
            signal: Signal::Offer { sdp },
            ..
        },
    ] = &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert!(sdp.contains("203.0.113.9"), "{sdp}");
    for address in secret {
        assert!(
            !sdp.contains(&format!(" {address} 50000")),
            "{address} is in {sdp}"
        );
    }
    let count = u64::try_from(2 * secret.len()).unwrap();
    assert_eq!(figure(&server, "filtered_candidates_total").await, count);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn one_member_is_introduced_to_so_many_and_no_faster() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let mut crowd = Vec::new();
    for _ in 0..100 {
        crowd.push(server.join("film", 0).await);
    }
    let begin = Instant::now();
    let mut harvester = server.connect().await;
    let own = harvester.join(harvest()).await;
    let (mut met, mut refusals, mut frames) = (BTreeSet::new(), 0, 0);
    for _ in 0..40 {
        let (peers, refused) = harvester.heard_of().await;
        refusals += refused;
        frames += 2 + peers.len();
        // It lets them go at once, to be introduced to others.
        for peer in &peers {
            harvester.say(&ToServer::Unpair { peer: peer.clone() }).await;
        }
        met.extend(peers);
        harvester.say(&ToServer::Want { count: 1024 }).await;
    }
    let (last, _) = harvester.heard_of().await;
    met.extend(last);
    let most = MOST + seconds(begin) + 1;
    assert!((MOST..=most).contains(&met.len()), "{} of {most}", met.len());
    assert!(frames < 300, "no other limit stands in: {frames} frames");
    assert!(refusals > 0 && refused(&server, "rate_limited").await >= refusals);
    others.heard_of_none_but(&own).await;
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn whoever_leaves_and_joins_again_is_introduced_to_no_more() {
    let server = Server::start(Config {
        connections_per_address: 4,
        ..Config::default()
    })
    .await;
    let mut others = Others::join(&server).await;
    let mut crowd = Vec::new();
    for number in 0..100 {
        let mut viewer = connect_from(server.address, [127, 3, number, 1]).await;
        viewer.join(Join::new("film", 0)).await;
        crowd.push(viewer);
    }
    let (begin, mut introductions) = (Instant::now(), 0);
    for _ in 0..12 {
        let mut harvester = connect_from(server.address, [127, 9, 9, 9]).await;
        let own = harvester.join(harvest()).await;
        introductions += harvester.heard_of().await.0.len();
        drop(harvester);
        others.heard_of_none_but(&own).await;
    }
    // As many as four members may ask for, and what comes to that and to the membership itself each second.
    let most = 4 * MOST + 5 * (seconds(begin) + 1);
    assert!(
        (4 * MOST..=most).contains(&introductions),
        "{introductions} of {most}"
    );
    others.are_unharmed().await;
    server.stop().await;
}

/// One that takes whom it gets.
fn harvest() -> Join {
    Join {
        capacity: Some(1024),
        ..Join::new("film", 1024)
    }
}

impl Viewer {
    /// The peers that it was introduced to, and how often it was told that it asks for too many.
    async fn heard_of(&mut self) -> (Vec<String>, u64) {
        let (mut peers, mut refusals) = (Vec::new(), 0);
        for message in self.heard().await {
            if is_error(&message, ErrorCode::RateLimited) {
                refusals += 1;
                continue;
            }
            let ToClient::Paired { peer, .. } = message else {
                panic!("{message:?}")
            };
            peers.push(peer);
        }
        (peers, refusals)
    }
}

impl Others {
    /// Reads of the harvester that came and went. They heard of nobody else, and not that the other one left.
    async fn heard_of_none_but(&mut self, harvester: &str) {
        for viewer in [&mut self.a, &mut self.b] {
            for message in viewer.heard().await {
                let (ToClient::Paired { peer, .. } | ToClient::Left { peer }) = &message else {
                    panic!("{message:?}")
                };
                assert_eq!(peer, harvester);
            }
        }
    }
}

#[tokio::test]
async fn a_connection_joins_once() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let (mut member, _) = server.join("a", 0).await;
    for swarm in ["b", "film"] {
        member.say(&ToServer::Join(Join::new(swarm, 8))).await;
        assert!(is_error(&member.hear().await, ErrorCode::NotJoined));
    }
    assert_eq!(refused(&server, "not_joined").await, 2);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn the_sender_of_a_signal_is_who_the_server_says() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let (_victim, victim) = server.join("another", 0).await;
    let frame = signal(&others.a_id, offer(&description(0))).to_json();
    let forged = frame.replacen('{', &format!("{{\"from\":\"{victim}\","), 1);
    others.b.send(&forged).await;
    let heard = others.a.hear().await;
    assert!(
        matches!(&heard, ToClient::Signal { from, .. } if *from == others.b_id),
        "{heard:?}"
    );
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn nobody_hears_of_whom_it_was_not_paired_with() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let (mut stranger, _) = server.join("film", 0).await;
    let (mut foreign, _) = server.join("another", 0).await;
    let (a_id, b_id) = (others.a_id.clone(), others.b_id.clone());
    for viewer in [&mut stranger, &mut foreign] {
        for to in [&a_id, &b_id] {
            viewer.say(&signal(to, offer(&description(0)))).await;
            let answer = Signal::Answer { sdp: description(0) };
            viewer.say(&signal(to, answer)).await;
            viewer.say(&ToServer::Unpair { peer: to.clone() }).await;
            let lost = ToClient::Undeliverable { to: to.clone() };
            assert_eq!(viewer.heard().await, [lost.clone(), lost]);
        }
    }
    assert_eq!(figure(&server, "undeliverable_total").await, 8);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn descriptions_that_are_weapons_are_refused() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let good = description(0);
    let print = format!("a=fingerprint:sha-256 {}\r\n", ["CD"; 32].join(":"));
    let scan: String = (1..=200)
        .map(|port| format!("a=candidate:1 1 udp 1 203.0.113.9 {port} typ host\r\n"))
        .collect();
    let weapons = [
        format!("{good}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"),
        good.replace("webrtc-datachannel", "anything"),
        format!("{good}{print}"),
        good.replace("a=mid:0\r\n", "a=mid:0\r\n\0"),
    ];
    let to = others.a_id.clone();
    for weapon in &weapons {
        others.b.say(&signal(&to, offer(weapon))).await;
        let answer = others.b.hear().await;
        assert!(is_error(&answer, ErrorCode::OutOfRange), "{weapon}: {answer:?}");
    }
    assert_eq!(refused(&server, "description").await, 4);
    others.b.say(&signal(&to, offer(&format!("{good}{scan}")))).await;
    assert!(
        is_error(&others.b.hear().await, ErrorCode::OutOfRange),
        "over 8 KiB"
    );
    assert_eq!(refused(&server, "out_of_range").await, 1);
    assert_eq!(others.a.heard().await, [], "nothing of it arrives");
    let many: String = scan.split_inclusive('\n').take(100).collect();
    others.b.say(&signal(&to, offer(&format!("{good}{many}")))).await;
    let ToClient::Signal {
        signal: Signal::Offer { sdp },
        ..
    } = others.a.hear().await
    else {
        panic!("no offer")
    };
    assert_eq!(
        sdp.matches("a=candidate").count(),
        32,
        "it makes nobody scan ports"
    );
    assert_eq!(figure(&server, "filtered_candidates_total").await, 68);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_flood_of_offers_in_a_pairing_is_cut_off() {
    let server = Server::start(Config::default()).await;
    let mut others = Others::join(&server).await;
    let [(mut victim, victim_id), (mut flooder, flooder_id)] = server.pair_in("flooded").await;
    let offers = 200;
    let mut refusals = 0;
    for _ in 0..offers {
        flooder.say(&signal(&victim_id, offer(&description(0)))).await;
        let heard = flooder.heard().await;
        let refused = heard
            .iter()
            .filter(|heard| is_error(heard, ErrorCode::RateLimited));
        refusals += refused.count();
    }
    let arrived = victim.heard().await;
    assert!(
        arrived
            .iter()
            .all(|heard| matches!(heard, ToClient::Signal { from, .. } if *from == flooder_id))
    );
    assert!(arrived.len() <= 96, "{} arrived", arrived.len());
    assert!(refusals >= offers - 96, "{refusals} were refused");
    assert!(refused(&server, "rate_limited").await >= u64::try_from(refusals).unwrap());
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_block_of_sybils_gets_a_third_of_a_victims_pairings() {
    let server = Server::start(Config::default()).await;
    let (mut crowd, mut sybils) = (Vec::new(), BTreeSet::new());
    for number in 0..60 {
        let mut viewer = connect_from(server.address, [127, 1, 1, 1 + number]).await;
        sybils.insert(viewer.join(Join::new("film", 0)).await);
        crowd.push(viewer);
    }
    for number in 0..8 {
        let mut viewer = connect_from(server.address, [127, 100 + number, 1, 1]).await;
        viewer.join(Join::new("film", 0)).await;
        crowd.push(viewer);
    }
    let mut victim = connect_from(server.address, [127, 200, 1, 1]).await;
    victim.join(Join::new("film", 9)).await;
    let (met, _) = victim.heard_of().await;
    let fakes = met.iter().filter(|peer| sybils.contains(*peer)).count();
    assert!(met.len() >= 6, "{met:?}");
    assert!(fakes <= (met.len() / 3).max(2), "{fakes} of {}", met.len());
    // It is as if they were not there for those whom they leave alone.
    let (_friend, _) = server.join("another", 0).await;
    server.stop().await;
}
