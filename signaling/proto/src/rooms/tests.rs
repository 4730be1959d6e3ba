//! Scenarios per behaviour, the shape of large swarms, and a reference model that predicts every output of random
//! runs but for the choice among members that may be introduced.

mod abroad;
mod mesh;
mod model;
mod nearness;
mod population;
mod scenarios;

use std::net::IpAddr;
use std::time::Duration;

use super::{ClientLocation, CloseCode, ConnId, Pairing, Rooms, RoomsConfig, RoomsOutput, Scattered};
use crate::message::{Join, Signal, ToClient, ToServer, Welcome};

/// A server whose clock and connections the test plays.
struct Stage {
    rooms: Rooms,
    now: Duration,
}

impl Stage {
    fn new(config: RoomsConfig) -> Self {
        Self::seeded(config, 3)
    }

    fn seeded(config: RoomsConfig, seed: u8) -> Self {
        Self::paired_by(Box::new(Scattered), config, seed)
    }

    fn paired_by(pairing: Box<dyn Pairing + Send>, config: RoomsConfig, seed: u8) -> Self {
        let rooms = Rooms::new(config, pairing, [seed; 32]).unwrap();
        Self {
            rooms,
            now: Duration::from_secs(1000),
        }
    }

    fn connect(&mut self, conn: u64) -> Vec<RoomsOutput> {
        self.connect_from(conn, "127.0.0.1")
    }

    fn connect_from(&mut self, conn: u64, address: &str) -> Vec<RoomsOutput> {
        self.connect_as(conn, address.parse::<IpAddr>().unwrap())
    }

    fn connect_as(&mut self, conn: u64, location: impl Into<ClientLocation>) -> Vec<RoomsOutput> {
        self.rooms.handle_connected(self.now, ConnId(conn), location);
        self.drain()
    }

    fn say(&mut self, conn: u64, message: &ToServer) -> Vec<RoomsOutput> {
        self.frame(conn, &message.to_json())
    }

    fn frame(&mut self, conn: u64, frame: &str) -> Vec<RoomsOutput> {
        self.rooms.handle_frame(self.now, ConnId(conn), frame);
        self.drain()
    }

    fn close(&mut self, conn: u64) -> Vec<RoomsOutput> {
        self.rooms.handle_closed(self.now, ConnId(conn));
        self.drain()
    }

    fn advance(&mut self, by: Duration) -> Vec<RoomsOutput> {
        self.now += by;
        self.rooms.handle_timeout(self.now);
        self.drain()
    }

    /// Connects and joins; returns the peer id and what else was said.
    fn join(&mut self, conn: u64, swarm: &str, want: u32) -> (String, Vec<RoomsOutput>) {
        self.join_with(conn, &join(swarm, want))
    }

    /// As [`join`](Self::join), for one that takes so many links.
    fn join_taking(
        &mut self,
        conn: u64,
        swarm: &str,
        want: u32,
        capacity: u32,
    ) -> (String, Vec<RoomsOutput>) {
        self.join_with(conn, &join_taking(swarm, want, Some(capacity)))
    }

    fn join_with(&mut self, conn: u64, join: &ToServer) -> (String, Vec<RoomsOutput>) {
        self.join_as(conn, IpAddr::from([127, 0, 0, 1]).into(), join)
    }

    /// As [`join`](Self::join), for one from there.
    fn join_as(
        &mut self,
        conn: u64,
        location: ClientLocation,
        join: &ToServer,
    ) -> (String, Vec<RoomsOutput>) {
        assert_eq!(self.connect_as(conn, location), []);
        let mut said = self.say(conn, join);
        let RoomsOutput::Send {
            message: ToClient::Welcome(Welcome { peer, .. }),
            ..
        } = said.remove(0)
        else {
            panic!("no welcome: {said:?}")
        };
        (peer, said)
    }

    fn drain(&mut self) -> Vec<RoomsOutput> {
        std::iter::from_fn(|| self.rooms.poll_output()).collect()
    }
}

fn join(swarm: &str, want: u32) -> ToServer {
    join_taking(swarm, want, None)
}

fn join_taking(swarm: &str, want: u32, capacity: Option<u32>) -> ToServer {
    ToServer::Join(Join {
        capacity,
        ..Join::new(swarm, want)
    })
}

fn offer_to(peer: &str) -> ToServer {
    ToServer::Signal {
        to: peer.into(),
        signal: Signal::Offer { sdp: "v=0".into() },
    }
}

fn unpair(peer: &str) -> ToServer {
    ToServer::Unpair { peer: peer.into() }
}

fn to(conn: u64, message: ToClient) -> RoomsOutput {
    RoomsOutput::Send {
        conn: ConnId(conn),
        message,
    }
}

fn paired(conn: u64, peer: &str, offer: bool) -> RoomsOutput {
    to(
        conn,
        ToClient::Paired {
            peer: peer.into(),
            offer,
        },
    )
}

fn left(conn: u64, peer: &str) -> RoomsOutput {
    to(conn, ToClient::Left { peer: peer.into() })
}

fn undeliverable(conn: u64, peer: &str) -> RoomsOutput {
    to(conn, ToClient::Undeliverable { to: peer.into() })
}

/// The code that a connection is closed with, where it is the last thing said.
fn closing(said: &[RoomsOutput]) -> Option<(u64, CloseCode)> {
    let Some(RoomsOutput::Close { conn, code, .. }) = said.last() else {
        return None;
    };
    Some((conn.0, *code))
}
