//! Three servers as processes of their own, with pages that join, pair and signal all the time, while something is killed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use signaling::Config;
use signaling::bus::BusConfig;
use signaling_proto::message::{ToClient, ToServer};
use tokio::task::JoinHandle;

use super::nats::NatsServer;
use super::page::{Page, Seen};
use super::process::Process;
use super::servers::wait_for_health;
use crate::harness::{PATIENCE, Viewer, description, offer, signal};

/// Pages of each server, and how many links each looks for.
const PAGES: usize = 4;
const WANT: u32 = 2;
/// Within this all heals after NATS is back; the tests grant twice as long.
const HEALED: Duration = Duration::from_secs(5);

/// Starts a server for each bus, and waits until each knows all others.
async fn start(buses: [BusConfig; 3]) -> [Process; 3] {
    let servers = buses.map(|cluster| {
        Process::start(&Config {
            cluster,
            ..Config::default()
        })
    });
    for server in &servers {
        wait_for_health(server.address, "ok, with 2 other servers\n").await;
    }
    servers
}

/// Opens pages at each server, which know the others too, and waits until all have links.
async fn pages(servers: &[Process; 3]) -> [Vec<Page>; 3] {
    let pages = [0, 1, 2].map(|first| {
        let mut known: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
        known.rotate_left(first);
        let page = || Page::open(known.clone(), WANT);
        (0..PAGES).map(|_| page()).collect::<Vec<_>>()
    });
    for page in pages.iter().flatten() {
        let deadline = Instant::now() + PATIENCE;
        // Whoever came first asks again, as the engine does.
        while page.seen().links.is_empty() {
            assert!(Instant::now() < deadline, "{:?}", page.seen());
            tokio::time::sleep(Duration::from_millis(200)).await;
            page.want(1);
        }
    }
    pages
}

/// Visitors that come to all servers in turn, in pairs that meet and signal each other, one pair after another.
struct Load {
    pairs: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Load {
    fn start(servers: Vec<SocketAddr>) -> Self {
        let (pairs, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, ended) = (Arc::clone(&pairs), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            let mut visits = 0;
            while !ended.load(Ordering::Relaxed) {
                let server = servers[visits % servers.len()];
                meet(server, &format!("visit {visits}")).await;
                visits += 1;
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { pairs, stop, task }
    }

    /// Waits for some more pairs: each server has had one by then.
    async fn goes_on(&self) {
        let until = self.pairs.load(Ordering::Relaxed) + 6;
        let deadline = Instant::now() + PATIENCE;
        while self.pairs.load(Ordering::Relaxed) < until {
            assert!(Instant::now() < deadline, "nobody is paired any more");
            assert!(!self.task.is_finished(), "a visitor was not served");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Fails where a visitor was not served.
    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
    }
}

/// Two of one server meet in a swarm of their own, and an offer is carried.
async fn meet(server: SocketAddr, swarm: &str) {
    let (mut a, a_id) = Viewer::joined(server, swarm, 0).await;
    let (mut b, b_id) = Viewer::joined(server, swarm, 1).await;
    let paired = |peer: &str, offer| ToClient::Paired {
        peer: peer.to_owned(),
        offer,
    };
    assert_eq!(a.hear().await, paired(&b_id, false));
    assert_eq!(b.hear().await, paired(&a_id, true));
    b.say(&signal(&a_id, offer(&description(0)))).await;
    let heard = a.hear().await;
    assert!(matches!(heard, ToClient::Signal { .. }), "{heard:?}");
}

/// Reads on until a signal is told to be lost; whatever else comes is none of this test's.
async fn hears_undeliverable(viewer: &mut Viewer, to: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        viewer.say(&signal(to, offer(&description(0)))).await;
        // After a while nobody answers any more: it is told at once, or the node is taken for gone later.
        while let Ok(heard) = tokio::time::timeout(Duration::from_millis(300), viewer.hear()).await {
            if heard == (ToClient::Undeliverable { to: to.to_owned() }) {
                return;
            }
        }
        assert!(Instant::now() < deadline, "a signal is lost without a word");
    }
}

fn all_seen(pages: &[Vec<Page>; 3]) -> Vec<Seen> {
    pages.iter().flatten().map(Page::seen).collect()
}

/// All links that were up still are.
fn assert_kept(before: &Seen, after: &Seen) {
    assert!(
        after.links.is_superset(&before.links),
        "{before:?}, now {after:?}"
    );
    assert_eq!(after.dropped, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nats_node_is_killed_and_started_under_load_and_nobody_is_lost() {
    let mut nats = NatsServer::trio();
    let buses = [0, 1, 2].map(|server| nats[server].config());
    let servers = start(buses).await;
    let pages = pages(&servers).await;
    let [one, two, three] = [0, 1, 2].map(|server| servers[server].address);
    let load = Load::start(vec![one, two, three]);
    let before = all_seen(&pages);
    // Pairs that cross, from the server that is cut off and towards it.
    let (mut cut_off, far) = paired_across(two, None).await;
    let (mut outside, lost) = paired_across(one, Some(two)).await;

    nats[1].kill();
    wait_for_health(two, "ok, but the cluster is degraded: its bus is away\n").await;
    hears_undeliverable(&mut cut_off, &far).await;
    load.goes_on().await;
    meet(two, "at home").await;
    hears_undeliverable(&mut outside, &lost).await;
    wait_for_health(one, "ok, with 1 other servers\n").await;

    nats[1].restart();
    let back = Instant::now();
    for server in [one, two, three] {
        wait_for_health(server, "ok, with 2 other servers\n").await;
    }
    paired_across(two, None).await;
    assert!(back.elapsed() < 2 * HEALED, "{:?}", back.elapsed());
    load.goes_on().await;
    load.end().await;
    for (before, after) in before.iter().zip(all_seen(&pages)) {
        assert_kept(before, &after);
        assert_eq!((after.joins, after.losses), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_of_a_server_that_is_killed_are_in_again_on_others_and_keep_their_links() {
    let nats = NatsServer::start();
    let mut servers = start([nats.config(), nats.config(), nats.config()]).await;
    let pages = pages(&servers).await;
    let [one, two, three] = [0, 1, 2].map(|server| servers[server].address);
    let load = Load::start(vec![two, three]);
    let before = all_seen(&pages);

    servers[0].kill();
    for page in &pages[0] {
        page.until("another server", |seen| {
            seen.losses == 1 && seen.server.is_some_and(|server| server != one)
        })
        .await;
    }
    load.goes_on().await;
    for (before, after) in before.iter().zip(all_seen(&pages)) {
        assert_kept(before, &after);
    }
    for page in pages[1].iter().chain(&pages[2]) {
        let seen = page.seen();
        assert_eq!((seen.joins, seen.losses), (1, 0), "others hear nothing of it");
    }
    // The ones that came back are found, and find others.
    for server in [two, three] {
        wait_for_health(server, "ok, with 1 other servers\n").await;
    }
    for page in &pages[0] {
        let had = page.seen().links.len();
        page.want(1);
        page.until("one link more", |seen| seen.links.len() > had).await;
    }
    load.end().await;
}

/// A viewer of one server and the peer on another that it is paired with: on that one, where it is given.
async fn paired_across(server: SocketAddr, other: Option<SocketAddr>) -> (Viewer, String) {
    let other = match other {
        Some(other) => Some(Viewer::joined(other, "a probe", 0).await.1),
        None => None,
    };
    let (mut viewer, mut own) = Viewer::joined(server, "film", 1).await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "nobody is found on another server");
        let Ok(heard) = tokio::time::timeout(Duration::from_millis(300), viewer.hear()).await else {
            viewer.say(&ToServer::Want { count: 1 }).await;
            continue;
        };
        if let ToClient::Paired { peer, .. } = heard {
            let is_other = other.as_deref().is_none_or(|other| node(other) == node(&peer));
            if node(&peer) == node(&own) {
                continue;
            }
            if is_other {
                return (viewer, peer);
            }
            // Of its own block of addresses it takes few from elsewhere: another one has the luck that it had not.
            (viewer, own) = Viewer::joined(server, "film", 1).await;
        }
    }
}

/// The digits that a peer's server has.
fn node(peer: &str) -> &str {
    &peer[..8]
}
