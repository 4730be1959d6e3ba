//! What hostile clients may say on `/announce`, made of bytes: real sessions, without their sockets.
//!
//! Each line of a text is one thing that happens: a digit from `0` to `7` and a frame, which that connection says; `x3`:
//! connection 3 ends; `t`: members that are overdue are looked for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value;

use super::outcome::Outcome;
use super::session::Session;
use crate::bus::Driver;
use crate::config::Config;
use crate::hub::Hub;
use crate::outbox::{Inbox, Outgoing};
use crate::socket::Notice;

/// Plays what the bytes say.
///
/// # Panics
/// When the sessions break their contract: a reply or what is carried is no JSON object of the protocol, somebody is
/// told what it said itself, or a member is left behind.
pub fn play_announces(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.expect("invariant: it needs a clock alone");
    runtime.block_on(async {
        let config = Config {
            webtorrent: true,
            announced_swarms: 6,
            peers_per_swarm: 4,
            connections: 7,
            connections_per_address: 4,
            ..Config::default()
        };
        let (handle, _driver) = Driver::start(&config.cluster).await.expect("invariant: alone");
        let hub = Hub::new(&config, handle).expect("invariant: within range");
        let mut stage = Stage {
            hub: Arc::new(hub),
            open: BTreeMap::new(),
        };
        for line in bytes.split(|byte| *byte == b'\n') {
            stage.step(line);
            stage.carry();
        }
        stage.open.clear();
        let stats = stage.hub.stats();
        assert_eq!(
            (stats.announcers.members, stats.announcers.rooms),
            (0, 0),
            "none is left behind"
        );
        assert_eq!((stats.connections, stats.announced_swarms), (0, 0));
    });
}

struct Stage {
    hub: Arc<Hub>,
    /// Sessions by the digits that they are called.
    open: BTreeMap<u8, (Session, Inbox)>,
}

impl Stage {
    fn step(&mut self, line: &[u8]) {
        match line {
            [b'x', name, ..] => _ = self.open.remove(name),
            [b't', ..] => self.hub.sweep(),
            [name @ b'0'..=b'7', frame @ ..] => self.say(*name, frame),
            _ => {}
        }
    }

    fn say(&mut self, name: u8, frame: &[u8]) {
        let Some(tracker) = self.hub.tracker.clone() else {
            return;
        };
        let hub = &self.hub;
        let (session, _) = match self.open.entry(name) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(vacant) => {
                let Ok(visit) = hub.connect(IpAddr::from([192, 0, 2, name % 2])) else {
                    return;
                };
                let (outbox, inbox) = hub.outbox();
                let session = Session::new(Arc::clone(hub), tracker, visit, None, outbox);
                vacant.insert((session, inbox))
            }
        };
        session.heard();
        let Outcome { replies, farewell } = session.receive(&String::from_utf8_lossy(frame));
        for reply in replies {
            let reply = object(&reply);
            let known = ["interval", "files", "failure reason"];
            assert!(known.iter().any(|member| reply.get(member).is_some()), "{reply}");
        }
        if farewell.is_some() {
            self.open.remove(&name);
        }
    }

    /// Takes what peers have for each session.
    fn carry(&mut self) {
        for (session, inbox) in self.open.values_mut() {
            while let Some(outgoing) = inbox.frames.try_recv() {
                match *outgoing {
                    Outgoing::Text(text) => {
                        let carried = object(&text);
                        let is_offer = carried["offer"]["type"] == "offer";
                        let is_answer = carried["answer"]["type"] == "answer";
                        assert!(is_offer != is_answer, "{carried}");
                        assert!(
                            carried["peer_id"].is_string() && carried["offer_id"].is_string(),
                            "{carried}"
                        );
                    }
                    Outgoing::Lapsed(conn) => session.notice(Notice::Lapsed(conn)),
                    Outgoing::Probe => session.notice(Notice::Probed),
                    Outgoing::Message(message) => panic!("it is of the other protocol: {message:?}"),
                }
            }
        }
    }
}

fn object(text: &str) -> Value {
    let read: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(read.is_object(), "{text}");
    read
}

#[cfg(test)]
mod tests;
