//! Whole nodes: rules, bus and driver, with rooms that the test plays.

use std::fs;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use signaling::bus::{BusConfig, ClusterHandle, Delivery, Driver, Members, Summary};
use signaling_proto::cluster::{ClusterHealth, NodeId};
use signaling_proto::message::Signal;
use signaling_proto::rooms::{Envelope, Stranger};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::nats::NatsServer;
use crate::harness::PATIENCE;

/// Rooms with some members of "film": they answer seeks, and write down the rest.
struct Rooms {
    handle: ClusterHandle,
    members: u32,
    told: mpsc::UnboundedSender<Delivery>,
}

impl Members for Rooms {
    fn deliver(&self, delivery: Delivery) {
        let Delivery::Delivered(Envelope::Seek { seeker, .. }) = delivery else {
            // A test that has seen enough hears no more.
            let _ = self.told.send(delivery);
            return;
        };
        let peers = vec![Stranger::from(&peer(&self.handle))];
        let seeker = seeker.id;
        self.handle.send(Envelope::Found { seeker, peers }).unwrap();
    }

    fn summary(&self) -> Summary {
        Summary {
            connections: self.members,
            swarms: vec![("film".to_owned(), self.members)],
        }
    }
}

struct Node {
    handle: ClusterHandle,
    told: mpsc::UnboundedReceiver<Delivery>,
    _rooms: Arc<Rooms>,
    task: JoinHandle<()>,
}

impl Node {
    async fn start(config: &BusConfig) -> Self {
        let (handle, driver) = Driver::start(config).await.unwrap();
        let (note, told) = mpsc::unbounded_channel();
        let rooms = Arc::new(Rooms {
            handle: handle.clone(),
            members: 5,
            told: note,
        });
        let weak = Arc::downgrade(&rooms);
        let weak: Weak<dyn Members> = weak;
        let task = tokio::spawn(driver.run(weak));
        Self {
            handle,
            told,
            _rooms: rooms,
            task,
        }
    }

    async fn reaches(&self, health: ClusterHealth) {
        let mut watched = self.handle.watch_health();
        let reached = watched.wait_for(|now| *now == health);
        let in_time = tokio::time::timeout(PATIENCE, reached).await;
        assert!(in_time.is_ok(), "{:?}, not {health:?}", self.handle.health());
    }

    async fn hears(&mut self) -> Delivery {
        let told = tokio::time::timeout(PATIENCE, self.told.recv()).await;
        told.expect("it hears something").expect("it is there")
    }

    /// Ends as a machine that is switched off does: without goodbye.
    async fn kill(self) -> NodeId {
        let node = self.handle.node();
        self.task.abort();
        let _ = self.task.await;
        node
    }
}

fn peer(handle: &ClusterHandle) -> String {
    format!("{}-peer", handle.node())
}

fn offer(from: &Node, to: &Node) -> Envelope {
    Envelope::Signal {
        from: peer(&from.handle),
        to: peer(&to.handle),
        signal: Signal::Offer { sdp: "v=0".into() },
    }
}

fn seek(from: &Node) -> Envelope {
    Envelope::Seek {
        seeker: (&peer(&from.handle)).into(),
        swarm: "film".into(),
        room: 0,
        count: 1,
    }
}

/// Short timing, so that the test is short.
fn quick(server: &NatsServer) -> BusConfig {
    BusConfig {
        heartbeat_ms: 200,
        gone_after_ms: 1_500,
        ..server.config()
    }
}

fn connected(nodes: usize) -> ClusterHealth {
    ClusterHealth::Connected { nodes }
}

async fn cluster(config: &BusConfig) -> [Node; 3] {
    let nodes = [
        Node::start(config).await,
        Node::start(config).await,
        Node::start(config).await,
    ];
    for node in &nodes {
        node.reaches(connected(2)).await;
    }
    nodes
}

#[tokio::test]
async fn signals_and_seeks_cross_from_node_to_node() {
    let server = NatsServer::start();
    let [mut one, mut two, three] = cluster(&quick(&server)).await;
    one.handle.send(offer(&one, &two)).unwrap();
    assert_eq!(two.hears().await, Delivery::Delivered(offer(&one, &two)));

    one.handle.send(seek(&one)).unwrap();
    let Delivery::Delivered(Envelope::Found { seeker, peers }) = one.hears().await else {
        panic!("somebody is found")
    };
    assert_eq!(seeker, peer(&one.handle));
    assert!(
        [peer(&two.handle), peer(&three.handle)].contains(&peers[0].id),
        "{peers:?}"
    );
}

#[tokio::test]
async fn nats_is_killed_and_comes_back_and_all_is_as_before_within_five_seconds() {
    let mut server = NatsServer::start();
    let [mut one, mut two, three] = cluster(&quick(&server)).await;
    server.kill();
    for node in [&one, &two, &three] {
        node.reaches(ClusterHealth::Degraded).await;
    }
    one.handle.send(offer(&one, &two)).unwrap();
    assert_eq!(one.hears().await, Delivery::Undeliverable(offer(&one, &two)));
    one.handle.send(seek(&one)).unwrap();

    server.restart();
    let back = Instant::now();
    for node in [&one, &two, &three] {
        node.reaches(connected(2)).await;
    }
    one.handle.send(offer(&one, &two)).unwrap();
    // Between its node's link and the other's, an offer may be lost: the client would make another.
    let heard = loop {
        match tokio::time::timeout(Duration::from_millis(200), two.told.recv()).await {
            Ok(delivery) => break delivery,
            Err(_) => one.handle.send(offer(&one, &two)).unwrap(),
        }
        assert!(back.elapsed() < Duration::from_secs(5));
    };
    assert_eq!(heard, Some(Delivery::Delivered(offer(&one, &two))));
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    assert_eq!(one.handle.figures().cluster.gone, 0, "nobody was taken for gone");
}

#[tokio::test]
async fn under_load_a_nats_server_of_three_is_killed_and_started_and_offers_go_on() {
    let mut servers = NatsServer::trio();
    let [first, second, third] = [0, 1, 2].map(|server| quick(&servers[server]));
    let anywhere = BusConfig {
        nats: servers.iter().map(NatsServer::url).collect(),
        ..first
    };
    let mut nodes = [
        Node::start(&anywhere).await,
        Node::start(&second).await,
        Node::start(&third).await,
    ];
    for node in &nodes {
        node.reaches(connected(2)).await;
    }

    // The second node knows its own server alone: it is away for as long as that is.
    let mut load = Load::new(&nodes);
    load.run(&mut nodes, Duration::from_millis(500)).await;
    servers[1].kill();
    nodes[1].reaches(ClusterHealth::Degraded).await;
    load.run(&mut nodes, Duration::from_millis(500)).await;
    assert!(load.returned[1] > 0, "its offers come back");
    servers[1].restart();
    let back = Instant::now();
    for node in &nodes {
        node.reaches(connected(2)).await;
    }
    loop {
        let before = load.came;
        load.run(&mut nodes, Duration::from_millis(200)).await;
        if (0..3).all(|node| load.came[node] > before[node]) {
            break;
        }
        assert!(back.elapsed() < Duration::from_secs(5), "{load:?}");
    }

    // The first node knows all three, and moves on where the one that it is at is killed.
    for server in &mut servers {
        server.kill();
        load.run(&mut nodes, Duration::from_millis(300)).await;
        server.restart();
        let deadline = Instant::now() + Duration::from_secs(5);
        for node in &nodes {
            node.reaches(connected(2)).await;
        }
        assert!(Instant::now() < deadline);
    }
    assert!(load.came.iter().all(|came| *came > 20), "{load:?}");
}

#[tokio::test]
async fn a_node_that_is_killed_is_gone_once_it_was_silent_and_not_before() {
    let server = NatsServer::start();
    let config = quick(&server);
    let [mut one, two, three] = cluster(&config).await;
    let killed = Instant::now();
    let lost = three.kill().await;
    assert_eq!(one.hears().await, Delivery::Gone(lost));
    let silence = Duration::from_millis(config.gone_after_ms - config.heartbeat_ms);
    assert!(
        killed.elapsed() >= silence - Duration::from_millis(100),
        "{:?}",
        killed.elapsed()
    );
    two.reaches(connected(1)).await;
    // The two go on.
    one.handle.send(seek(&one)).unwrap();
    let found = Envelope::Found {
        seeker: peer(&one.handle),
        peers: vec![Stranger::from(&peer(&two.handle))],
    };
    assert_eq!(one.hears().await, Delivery::Delivered(found));
}

#[tokio::test]
async fn a_node_that_stops_is_gone_at_once() {
    let server = NatsServer::start();
    // Silence alone would take a minute.
    let config = BusConfig {
        gone_after_ms: 60_000,
        ..quick(&server)
    };
    let [mut one, two, three] = cluster(&config).await;
    let left = three.handle.node();
    tokio::time::timeout(PATIENCE, three.handle.stop()).await.unwrap();
    assert_eq!(one.hears().await, Delivery::Gone(left));
    two.reaches(connected(1)).await;
}

#[tokio::test]
async fn a_node_without_the_secret_is_no_part_of_the_cluster() {
    let server = NatsServer::start();
    let path = server.dir().join("secret");
    fs::write(&path, "a secret of the cluster\n").unwrap();
    let sealed = BusConfig {
        secret_file: Some(path),
        ..quick(&server)
    };
    let (one, two) = (Node::start(&sealed).await, Node::start(&sealed).await);
    let stranger = Node::start(&quick(&server)).await;
    one.reaches(connected(1)).await;
    two.reaches(connected(1)).await;
    stranger.reaches(connected(0)).await;
    let deadline = Instant::now() + PATIENCE;
    while one.handle.figures().cluster.forged < 3 {
        assert!(Instant::now() < deadline, "{:?}", one.handle.figures());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(one.handle.health(), connected(1));
}

/// Offers from each node to the next, and how many came or came back at each.
#[derive(Debug)]
struct Load {
    offers: [Envelope; 3],
    came: [u32; 3],
    returned: [u32; 3],
}

impl Load {
    fn new(nodes: &[Node; 3]) -> Self {
        Self {
            offers: [0, 1, 2].map(|node| offer(&nodes[node], &nodes[(node + 1) % 3])),
            came: [0; 3],
            returned: [0; 3],
        }
    }

    async fn run(&mut self, nodes: &mut [Node; 3], time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            for (node, offer) in self.offers.iter().enumerate() {
                nodes[node].handle.send(offer.clone()).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            for (node, at) in nodes.iter_mut().enumerate() {
                while let Ok(delivery) = at.told.try_recv() {
                    match delivery {
                        Delivery::Delivered(_) => self.came[node] += 1,
                        Delivery::Undeliverable(_) => self.returned[node] += 1,
                        Delivery::Gone(_) => {}
                    }
                }
            }
        }
    }
}
