//! The driver over a bus that the test plays.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bytes::Bytes;
use signaling_proto::cluster::{ClusterHealth, MAX_PACKET, NodeId};
use signaling_proto::message::Signal;
use signaling_proto::rooms::Envelope;
use tokio::sync::mpsc;

use super::{Delivery, Driver, Members, Reach, Summary};
use crate::bus::{Away, Bus, BusConfig, BusEvent, BusEvents, BusStats, Closing, Link};

const PATIENCE: Duration = Duration::from_secs(10);

/// Hands over all that it takes, to the test or to another driver; takes nothing while it is full.
#[derive(Debug)]
struct Wire {
    packets: mpsc::Sender<Bytes>,
}

impl Bus for Wire {
    fn publish(&self, _to: NodeId, packet: Bytes) -> Result<(), Away> {
        self.packets.try_send(packet).map_err(|_| Away)
    }

    fn broadcast(&self, packet: Bytes) -> Result<(), Away> {
        self.packets.try_send(packet).map_err(|_| Away)
    }

    fn stats(&self) -> BusStats {
        BusStats::default()
    }

    fn close(self: Box<Self>) -> Closing {
        Box::pin(std::future::ready(()))
    }
}

/// Rooms that write down what they are told.
struct Notebook {
    told: mpsc::UnboundedSender<Delivery>,
    summary: Mutex<Summary>,
}

impl Members for Notebook {
    fn deliver(&self, delivery: Delivery) {
        self.told.send(delivery).unwrap();
    }

    fn summary(&self) -> Summary {
        self.summary.lock().unwrap().clone()
    }
}

/// A driver, the test's ends of its bus, and its rooms.
struct Stage {
    handle: super::ClusterHandle,
    sent: mpsc::Receiver<Bytes>,
    link: mpsc::Sender<Link>,
    packets: mpsc::Sender<Bytes>,
    told: mpsc::UnboundedReceiver<Delivery>,
    rooms: Arc<Notebook>,
    task: tokio::task::JoinHandle<()>,
}

fn stage(node: u32) -> Stage {
    let (packet, sent) = mpsc::channel(4);
    let (link, links) = mpsc::channel(4);
    let (packets, unread) = mpsc::channel(4);
    let events = BusEvents {
        links,
        packets: unread,
    };
    let bus: Box<dyn Bus> = Box::new(Wire { packets: packet });
    let config = BusConfig::default();
    let (handle, driver) = Driver::new(&config, NodeId(node), Reach::Cluster, (bus, events)).unwrap();
    let (note, told) = mpsc::unbounded_channel();
    let summary = Summary {
        connections: 3,
        swarms: vec![("film".to_owned(), 2)],
    };
    let rooms = Arc::new(Notebook {
        told: note,
        summary: Mutex::new(summary),
    });
    let weak = Arc::downgrade(&rooms);
    let weak: Weak<dyn Members> = weak;
    let task = tokio::spawn(driver.run(weak));
    Stage {
        handle,
        sent,
        link,
        packets,
        told,
        rooms,
        task,
    }
}

fn offer(from: u32, to: u32) -> Envelope {
    Envelope::Signal {
        from: format!("{}-a", NodeId(from)),
        to: format!("{}-b", NodeId(to)),
        signal: Signal::Offer { sdp: "v=0".into() },
    }
}

async fn soon<T>(what: impl Future<Output = Option<T>>) -> T {
    tokio::time::timeout(PATIENCE, what)
        .await
        .expect("in time")
        .expect("it goes on")
}

/// Introduces two stages to each other by their first summaries.
async fn introduced() -> [Stage; 2] {
    let mut stages = [stage(1), stage(2)];
    for stage in &stages {
        stage.link.send(Link::Up).await.unwrap();
    }
    let summaries = [
        soon(stages[0].sent.recv()).await,
        soon(stages[1].sent.recv()).await,
    ];
    stages[0].packets.send(summaries[1].clone()).await.unwrap();
    stages[1].packets.send(summaries[0].clone()).await.unwrap();
    for stage in &mut stages {
        let mut health = stage.handle.watch_health();
        let one = ClusterHealth::Connected { nodes: 1 };
        tokio::time::timeout(PATIENCE, health.wait_for(|health| *health == one))
            .await
            .unwrap()
            .unwrap();
    }
    stages
}

/// The next packet that is not a summary: those end with the swarms, which no signal of these tests names.
async fn signal_of(stage: &mut Stage) -> Bytes {
    loop {
        let packet = soon(stage.sent.recv()).await;
        assert!(packet.len() <= MAX_PACKET);
        if packet.windows(3).any(|window| window == b"v=0") {
            return packet;
        }
    }
}

#[tokio::test]
async fn carries_an_envelope_from_rooms_to_rooms() {
    let [mut one, mut two] = introduced().await;
    one.handle.send(offer(1, 2)).unwrap();
    let packet = signal_of(&mut one).await;
    two.packets.send(packet).await.unwrap();
    assert_eq!(soon(two.told.recv()).await, Delivery::Delivered(offer(1, 2)));
}

#[tokio::test]
async fn gives_back_what_the_bus_does_not_take() {
    let [mut one, _two] = introduced().await;
    // The wire holds four packets, and nobody reads it.
    for _ in 0..10 {
        one.handle.send(offer(1, 2)).unwrap();
    }
    for _ in 0..6 {
        assert_eq!(soon(one.told.recv()).await, Delivery::Undeliverable(offer(1, 2)));
    }
    // A summary may have taken a place.
    assert!(one.handle.figures().cluster.undeliverable >= 5);
}

#[tokio::test]
async fn with_the_bus_down_health_is_degraded_and_envelopes_come_back() {
    let [mut one, _two] = introduced().await;
    one.link.send(Link::Down).await.unwrap();
    let mut health = one.handle.watch_health();
    let degraded = health.wait_for(|health| *health == ClusterHealth::Degraded);
    tokio::time::timeout(PATIENCE, degraded).await.unwrap().unwrap();
    one.handle.send(offer(1, 2)).unwrap();
    assert_eq!(soon(one.told.recv()).await, Delivery::Undeliverable(offer(1, 2)));
}

#[tokio::test]
async fn says_goodbye_when_it_is_stopped_and_takes_nothing_after() {
    let [mut one, mut two] = introduced().await;
    tokio::time::timeout(PATIENCE, one.handle.stop()).await.unwrap();
    tokio::time::timeout(PATIENCE, one.task).await.unwrap().unwrap();
    while let Some(packet) = one.sent.recv().await {
        two.packets.send(packet).await.unwrap();
    }
    assert_eq!(soon(two.told.recv()).await, Delivery::Gone(NodeId(1)));
    assert_eq!(one.handle.send(offer(1, 2)), Err(Box::new(offer(1, 2))));
    tokio::time::timeout(PATIENCE, one.handle.stop()).await.unwrap();
}

#[tokio::test]
async fn ends_with_its_rooms() {
    let stage = stage(1);
    drop(stage.rooms);
    stage.link.send(Link::Up).await.unwrap();
    tokio::time::timeout(PATIENCE, stage.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn ends_with_the_last_handle() {
    let stage = stage(1);
    drop(stage.handle);
    tokio::time::timeout(PATIENCE, stage.task).await.unwrap().unwrap();
    drop(stage.rooms);
}

#[tokio::test]
async fn a_server_that_is_alone_reaches_nobody_and_says_so() {
    let (handle, driver) = Driver::start(&BusConfig::default()).await.unwrap();
    assert_eq!(handle.health(), ClusterHealth::Alone);
    let (note, mut told) = mpsc::unbounded_channel();
    let rooms = Arc::new(Notebook {
        told: note,
        summary: Mutex::default(),
    });
    let weak = Arc::downgrade(&rooms);
    let weak: Weak<dyn Members> = weak;
    let task = tokio::spawn(driver.run(weak));
    let stranger = handle.node().0.wrapping_add(1);
    let seek = Envelope::Seek {
        seeker: (&format!("{}-a", handle.node())).into(),
        swarm: "film".into(),
        room: 0,
        count: 1,
    };
    handle.send(seek.clone()).unwrap();
    handle.send(offer(handle.node().0, stranger)).unwrap();
    let own = offer(stranger, handle.node().0);
    handle.send(own.clone()).unwrap();
    let back = Delivery::Undeliverable(offer(handle.node().0, stranger));
    assert_eq!(soon(told.recv()).await, Delivery::Undeliverable(seek));
    assert_eq!(soon(told.recv()).await, back);
    assert_eq!(soon(told.recv()).await, Delivery::Delivered(own));
    assert_eq!(handle.health(), ClusterHealth::Alone);
    tokio::time::timeout(PATIENCE, handle.stop()).await.unwrap();
    tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
    assert_eq!(handle.figures().cluster.unasked, 1);
}

#[tokio::test]
async fn that_the_bus_is_down_overtakes_packets_that_wait() {
    let (link, links) = mpsc::channel(4);
    let (packet, packets) = mpsc::channel(4);
    let mut events = BusEvents { links, packets };
    packet.send(Bytes::from_static(b"old")).await.unwrap();
    link.send(Link::Down).await.unwrap();
    assert_eq!(events.next().await, Some(BusEvent::Down));
    assert_eq!(
        events.next().await,
        Some(BusEvent::Packet(Bytes::from_static(b"old")))
    );
    drop((link, packet));
    assert_eq!(events.next().await, None);
}
