//! What a server knows of where its members are, and what it makes of it.

use std::net::IpAddr;
use std::time::Duration;

use super::mesh::Mesh;
use super::{Stage, join, left, paired, unpair};
use crate::message::{Candidate, Hints, Signal, ToClient, ToServer};
use crate::rooms::{ClientLocation, Nearest, RoomsConfig, RoomsOutput};

#[test]
fn those_of_one_address_or_site_meet_in_a_large_swarm() {
    let mut mesh = Mesh::empty(Box::new(Nearest), 8, 16, 2);
    for conn in 0..1000 {
        mesh.join_as(conn, stranger(conn), Hints::default());
    }
    let office = |address: [u8; 4]| ClientLocation {
        site: Some(7),
        ..IpAddr::from(address).into()
    };
    let home = IpAddr::from([192, 0, 2, 1]);
    mesh.join_as(2000, office([198, 18, 0, 1]), Hints::default());
    mesh.join_as(2001, home.into(), Hints::default());
    mesh.join_as(2002, office([198, 19, 0, 1]), Hints::default());
    mesh.join_as(2003, home.into(), Hints::default());
    assert!(mesh.pairs[&2002].contains(&2000));
    assert!(mesh.pairs[&2003].contains(&2001));
}

#[test]
fn two_symmetric_nats_do_not_meet_where_others_are() {
    // One of eight is drawn at random.
    let met = meetings_with_a_stranger([5000, 5001]);
    assert!(met >= 16, "{met} of 20");
    // Where their sockets keep their ports, those of one network meet each other.
    let met = meetings_with_a_stranger([5000, 5000]);
    assert!(met <= 10, "{met} of 20");
}

/// How many of 20 members of one network are introduced to the one that is of another, once all have told what two STUN
/// servers saw of their sockets.
fn meetings_with_a_stranger(ports: [u16; 2]) -> usize {
    let mut stage = near();
    let members = 1..=20;
    for conn in members.clone() {
        let address = [198, 51, u8::try_from(conn).unwrap(), 1];
        let (_, said) = stage.join_as(conn, IpAddr::from(address).into(), &join("film", 1));
        for output in said {
            let RoomsOutput::Send {
                conn,
                message: ToClient::Paired { peer, .. },
            } = output
            else {
                panic!("{output:?}")
            };
            for port in ports {
                let said = stage.say(conn.0, &candidate_to(&peer, port));
                assert_eq!(said.len(), 1, "it is carried");
            }
        }
    }
    let (other, _) = stage.join_as(100, stranger(100), &join("film", 0));
    let mut met = 0;
    for conn in members {
        let said = stage.say(conn, &ToServer::Want { count: 1 });
        met += usize::from(said.contains(&paired(conn, &other, true)));
        stage.close(conn);
    }
    met
}

fn candidate_to(peer: &str, port: u16) -> ToServer {
    let candidate = format!("candidate:1 1 udp 9 198.51.100.1 {port} typ srflx raddr 0.0.0.0 rport 0");
    ToServer::Signal {
        to: peer.to_owned(),
        signal: Signal::Candidate(Candidate {
            candidate,
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        }),
    }
}

#[test]
fn measured_round_trips_move_whom_a_member_meets() {
    let mut stage = near();
    let location = |asn: u32, host: u8| ClientLocation {
        asn: Some(asn),
        ..IpAddr::from([100, u8::try_from(asn).unwrap(), host, 1]).into()
    };
    // Three of system 1 measure 5 ms to three of system 2; nothing is known of system 3.
    let mut conn = 0;
    let mut enter = |stage: &mut Stage, asn, want| {
        conn += 1;
        let host = u8::try_from(conn).unwrap();
        let (id, said) = stage.join_as(conn, location(asn, host), &taking("film", want, 1));
        (conn, id, said)
    };
    for _ in 0..3 {
        let (_, peer, _) = enter(&mut stage, 2, 0);
        let (conn, _, said) = enter(&mut stage, 1, 1);
        assert_eq!(said.len(), 2);
        let measured = ToServer::Measured { peer, rtt_ms: 5 };
        assert_eq!(stage.say(conn, &measured), []);
    }
    let (_, _, _) = enter(&mut stage, 3, 0);
    let (near, peer, _) = enter(&mut stage, 2, 0);
    let mut met = 0;
    for _ in 0..20 {
        let (conn, _, said) = enter(&mut stage, 1, 1);
        assert_eq!(said.len(), 2);
        if said[1] == paired(conn, &peer, true) {
            met += 1;
        }
        stage.close(conn);
    }
    assert!(met >= 14, "{near} was met {met} times of 20");
}

#[test]
fn reports_count_once_for_a_pairing_and_for_none_without_one() {
    let mut stage = near();
    let (mut ids, mut pairs) = (Vec::new(), 0);
    for conn in 1..=6u8 {
        let asn = Some(u32::from(conn % 2));
        let location = ClientLocation {
            asn,
            ..stranger(conn.into())
        };
        ids.push(stage.join_as(conn.into(), location, &join("film", 0)).0);
    }
    let shift = |stage: &Stage| {
        let locale = |conn| stage.rooms.hall.member(super::ConnId(conn)).unwrap().locale;
        stage.rooms.hall.rtts.shift(locale(1).group(), locale(2).group())
    };
    let tell = |stage: &mut Stage, from: u64, peer: &str| {
        let peer = peer.to_owned();
        assert_eq!(stage.say(from, &ToServer::Measured { peer, rtt_ms: 5 }), []);
    };
    // Nobody is paired yet.
    for from in 1..=6 {
        ids.iter().for_each(|peer| tell(&mut stage, from, peer));
        tell(&mut stage, from, "nobody");
    }
    assert_eq!(shift(&stage), 0);
    // All are; but two of them tell of one pairing, again and again from both sides.
    for conn in 1..=6 {
        pairs += stage.say(conn, &ToServer::Want { count: 5 }).len() / 2;
    }
    assert_eq!(pairs, 15);
    for _ in 0..5 {
        tell(&mut stage, 1, &ids[1]);
        tell(&mut stage, 2, &ids[0]);
    }
    assert_eq!(shift(&stage), 0, "one report");
    tell(&mut stage, 3, &ids[3]);
    tell(&mut stage, 1, &ids[3]);
    assert_eq!(shift(&stage), 0, "two members");
    tell(&mut stage, 5, &ids[5]);
    assert_eq!(shift(&stage), -2);
}

#[test]
fn a_pairing_that_failed_lately_is_tried_after_others() {
    let config = RoomsConfig {
        ping_interval: Duration::from_secs(300),
        ..RoomsConfig::default()
    };
    let repair_after = config.repair_after;
    let mut stage = Stage::paired_by(Box::new(Nearest), config, 3);
    let of_system = |conn, asn| ClientLocation {
        asn: Some(asn),
        country: Some(*b"DE"),
        ..stranger(conn)
    };
    let (first, _) = stage.join_as(1, of_system(1, 7), &join("film", 0));
    let (me, said) = stage.join_as(2, of_system(2, 7), &join("film", 1));
    assert_eq!(said, [paired(1, &me, false), paired(2, &first, true)]);
    assert_eq!(stage.say(2, &unpair(&first)), [left(1, &me)]);
    // Those of its country are less near, but did not fail.
    for conn in 3..33 {
        stage.join_as(conn, of_system(conn, 8), &join("film", 0));
    }
    stage.advance(repair_after);
    let meets_first = |stage: &mut Stage, times: usize| {
        let said: Vec<RoomsOutput> = (0..times)
            .flat_map(|_| stage.say(2, &ToServer::Want { count: 1 }))
            .collect();
        assert_eq!(said.len(), 2 * times);
        said.contains(&paired(2, &first, true))
    };
    assert!(!meets_first(&mut stage, 10));
    stage.advance(Duration::from_secs(600));
    assert!(meets_first(&mut stage, 2), "after ten minutes it is forgotten");
}

fn near() -> Stage {
    Stage::paired_by(Box::new(Nearest), RoomsConfig::default(), 3)
}

fn taking(swarm: &str, want: u32, capacity: u32) -> ToServer {
    super::join_taking(swarm, want, Some(capacity))
}

/// One of a /16 of its own, as far as there are enough.
fn stranger(conn: u64) -> ClientLocation {
    let [.., high, low] = conn.to_be_bytes();
    IpAddr::from([10 + high, low, 0, 1]).into()
}
