//! Ten thousand viewers that join one swarm within ten seconds, over two nodes of a cluster: how soon each has as many
//! links as it looks for, who is dropped, and what it costs each node.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use signaling_proto::node::NodeId;

use crate::cluster::Cluster;
use crate::random::Random;
use crate::sockets::{Event, Language, Sockets, Way};
use crate::statistics::quantile;
use crate::usage::{peak_kib, processor_time, resident_kib};
use crate::viewer::{Act, Browser, Viewer, is_undeliverable};

/// Over so long all come, evenly.
const ARRIVAL: Duration = Duration::from_secs(10);
/// From the first on, all are to be paired within so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// How long those that are late are waited for, to tell how late they are.
const OVERTIME: Duration = Duration::from_secs(15);
/// The longest wait for sockets.
const TURN: Duration = Duration::from_millis(5);
const NODES: usize = 2;
const SWARM: &str = "the event";
/// The server's name for signals that found no room in a queue.
const DROPPED: &str = "fugitive_signaling_dropped_total ";
/// And for those that are connected.
const CONNECTIONS: &str = "fugitive_signaling_connections ";

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Joined {
    /// How many came.
    pub(crate) viewers: usize,
    /// How many had all links that they look for within [`PATIENCE`].
    pub(crate) in_time: usize,
    /// When the last had them; `None` where one never had.
    pub(crate) all_after: Option<Duration>,
    /// From a viewer's coming to its being paired.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Connections that a server closed, or refused, and why the first.
    pub(crate) closed: u64,
    pub(crate) why: Option<String>,
    /// Connections that their own viewer gave up, because the server did not answer in time.
    pub(crate) given_up: u64,
    /// Signals that found no room in a viewer's queue.
    pub(crate) dropped: u64,
    /// Signals to a peer that had declined, and was heard of too late.
    pub(crate) undeliverable: u64,
    /// Links, and those of them that cross from one node to the other.
    pub(crate) links: usize,
    pub(crate) across: usize,
    /// The most memory of each node for each of its connections, above what it had without any, in KiB.
    pub(crate) kib: f64,
    /// The most memory of the node that has more, in MiB.
    pub(crate) mib: f64,
    /// Processor time of both nodes, and of this process.
    pub(crate) servers: Duration,
    pub(crate) client: Duration,
}

/// A frame of the project's own protocol, as it comes.
#[derive(Debug)]
struct Text(String);

impl Language for Text {
    const PATH: &'static str = "/v1/ws";

    fn read(payload: &[u8]) -> Result<Self> {
        Ok(Self(String::from_utf8(payload.to_vec())?))
    }
}

/// All viewers, and their connections, which have the same numbers.
struct Audience {
    start: Instant,
    sockets: Sockets<Text>,
    browser: Browser,
    viewers: Vec<Viewer>,
    /// When each came.
    came: Vec<Duration>,
    /// When each is due; one entry for each that ever is.
    timers: BTreeSet<(Duration, usize)>,
    armed: Vec<Option<Duration>>,
    names: BTreeMap<String, usize>,
    unpaired: usize,
    closed: u64,
    given_up: u64,
    why: Option<String>,
    undeliverable: u64,
}

/// Measures it. `server` is the project's, `nats` the bus's program.
///
/// # Errors
/// A server does not start, or ends.
pub(crate) fn measure(server: &Path, nats: &Path, viewers: usize, folder: &Path) -> Result<Joined> {
    let cluster = Cluster::start(server, nats, NODES, folder)?;
    let nodes = cluster.nodes();
    let idle = nodes
        .iter()
        .map(|node| resident_kib(node.process()))
        .collect::<Result<Vec<_>>>()?;
    let own = processor_time(std::process::id())?;
    let mut audience = Audience::new()?;
    while audience.is_on(viewers) {
        let due = viewers.min(share(viewers, audience.start.elapsed()));
        while audience.viewers.len() < due {
            let number = audience.viewers.len();
            audience.arrive(Way {
                server: nodes[number % NODES].address(),
                origin: Some(origin(number)),
            })?;
        }
        audience.turn()?;
    }
    let client = processor_time(std::process::id())?.saturating_sub(own);
    let mut servers = Duration::ZERO;
    let (mut kib, mut mib, mut dropped) = (0_f64, 0_f64, 0);
    for (node, idle) in nodes.iter().zip(idle) {
        let peak = peak_kib(node.process()).context("a server has ended")?;
        servers += processor_time(node.process())?;
        dropped += node.figure(DROPPED)?;
        let connections = node.figure(CONNECTIONS)?.max(1);
        kib = kib.max(peak.saturating_sub(idle) as f64 / connections as f64);
        mib = mib.max(peak as f64 / 1024.0);
    }
    Ok(Joined {
        kib,
        mib,
        dropped,
        servers,
        client,
        ..audience.outcome()
    })
}

impl Audience {
    fn new() -> Result<Self> {
        Ok(Self {
            start: Instant::now(),
            sockets: Sockets::new()?,
            browser: Browser::new(&mut Random::new(1)),
            viewers: Vec::new(),
            came: Vec::new(),
            timers: BTreeSet::new(),
            armed: Vec::new(),
            names: BTreeMap::new(),
            unpaired: 0,
            closed: 0,
            given_up: 0,
            why: None,
            undeliverable: 0,
        })
    }

    fn is_on(&self, viewers: usize) -> bool {
        let elapsed = self.start.elapsed();
        let is_whole = self.viewers.len() == viewers && self.unpaired == 0;
        // Those that are paired early go on to the end all the same: it is when others still look for them.
        elapsed < PATIENCE || (!is_whole && elapsed < PATIENCE + OVERTIME)
    }

    fn arrive(&mut self, way: Way) -> Result<()> {
        let number = self.viewers.len();
        self.viewers.push(Viewer::new(number, SWARM)?);
        self.came.push(self.start.elapsed());
        self.armed.push(None);
        self.unpaired += 1;
        self.sockets.connect(way)
    }

    /// Waits a little, and lets everybody do what they do.
    fn turn(&mut self) -> Result<()> {
        let mut events = Vec::new();
        self.sockets.turn(TURN, &mut events)?;
        for (number, event) in events {
            let (now, browser) = (self.start.elapsed(), &self.browser);
            let viewer = &mut self.viewers[number];
            let acts = match event {
                // Its client asks for the socket now, which has been opening since it came.
                Event::Opened => {
                    let mut acts = viewer.wake(now, browser);
                    acts.extend(viewer.opened(now, browser));
                    acts
                }
                Event::Said(Text(text), _) => {
                    self.undeliverable += u64::from(is_undeliverable(&text));
                    viewer.heard(now, text, browser)
                }
                Event::Closed(why) => {
                    self.closed += 1;
                    self.why.get_or_insert(why);
                    viewer.closed(now, browser)
                }
            };
            self.act(now, number, acts)?;
        }
        let now = self.start.elapsed();
        while let Some((due, number)) = self.timers.first().copied().filter(|(due, _)| *due <= now) {
            self.timers.remove(&(due, number));
            self.armed[number] = None;
            let acts = self.viewers[number].wake(now, &self.browser);
            self.act(now, number, acts)?;
        }
        Ok(())
    }

    fn act(&mut self, now: Duration, number: usize, acts: Vec<Act>) -> Result<()> {
        for act in acts {
            match act {
                // There is one already, or it was closed: whoever is dropped stays so.
                Act::Open => {}
                // Its next socket is not opened: it is one that is dropped too.
                Act::Close => self.given_up += 1,
                Act::Say(frame) => self.sockets.send(number, &frame)?,
                Act::Joined(name) => _ = self.names.insert(name, number),
                Act::Linked(peer) => self.link(now, number, peer)?,
            }
        }
        let due = self.viewers[number].due();
        if due != self.armed[number] {
            if let Some(armed) = self.armed[number].take() {
                self.timers.remove(&(armed, number));
            }
            self.armed[number] = due;
            self.timers.extend(due.map(|due| (due, number)));
        }
        Ok(())
    }

    /// A data channel opens at both ends.
    fn link(&mut self, now: Duration, one: usize, peer: String) -> Result<()> {
        let Some(other) = self.names.get(&peer).copied() else {
            return Ok(());
        };
        let name = self.viewers[one].id().unwrap_or_default().to_owned();
        for (number, peer) in [(one, peer), (other, name)] {
            let viewer = &mut self.viewers[number];
            let was_paired = viewer.paired_at.is_some();
            let acts = viewer.linked(now, peer, &self.browser);
            if !was_paired && viewer.paired_at.is_some() {
                self.unpaired -= 1;
            }
            self.act(now, number, acts)?;
        }
        Ok(())
    }

    fn outcome(self) -> Joined {
        let paired = self.viewers.iter().zip(&self.came);
        let mut waits: Vec<Duration> = paired
            .filter_map(|(viewer, came)| Some(viewer.paired_at?.saturating_sub(*came)))
            .collect();
        waits.sort_unstable();
        let node = |name: &str| NodeId::of_peer(name);
        let ends = self
            .viewers
            .iter()
            .flat_map(|viewer| viewer.links().iter().map(|peer| (viewer.id(), peer)));
        let (mut links, mut across) = (0, 0);
        for (own, peer) in ends {
            links += 1;
            across += usize::from(own.and_then(node) != node(peer));
        }
        let times = || self.viewers.iter().map(|viewer| viewer.paired_at);
        Joined {
            viewers: self.viewers.len(),
            in_time: times().flatten().filter(|at| *at <= PATIENCE).count(),
            all_after: times().max().flatten().filter(|_| self.unpaired == 0),
            p50: quantile(&waits, 50),
            p99: quantile(&waits, 99),
            closed: self.closed,
            given_up: self.given_up,
            why: self.why,
            undeliverable: self.undeliverable,
            links: links / 2,
            across: across / 2,
            ..Joined::default()
        }
    }
}

/// How many have come after so long.
fn share(viewers: usize, elapsed: Duration) -> usize {
    let millis = |time: Duration| usize::try_from(time.as_millis()).unwrap_or(usize::MAX);
    viewers.saturating_mul(millis(elapsed)) / millis(ARRIVAL)
}

/// An address of its own for each, sixteen of them to a /24, as far as they go.
fn origin(number: usize) -> IpAddr {
    let (block, host) = (number / 16, number % 16);
    let byte = |number: usize| (number % 250) as u8 + 1;
    Ipv4Addr::new(100, byte(block / 250), byte(block), byte(host)).into()
}

#[cfg(test)]
mod tests;
