//! NATS away: at the start, in the middle, and at the end.

use std::time::{Duration, Instant};

use signaling::bus::{Away, Bus, BusConfig, BusEvent};

use super::nats::{Access, NatsServer};

/// Within this all heals after NATS is back.
const HEALED: Duration = Duration::from_secs(5);

#[tokio::test]
async fn while_nats_is_away_it_says_so_at_once_and_replays_nothing_after() {
    let mut server = NatsServer::start();
    let mut one = Access::up(&server.config(), 1).await;
    let mut two = Access::up(&server.config(), 2).await;
    one.reach(&mut two).await;

    server.kill();
    assert_eq!(one.next().await, BusEvent::Down);
    assert_eq!(two.next().await, BusEvent::Down);
    let before = Instant::now();
    for _ in 0..10_000 {
        assert_eq!(one.bus.publish(two.node, "stale".into()), Err(Away));
    }
    assert!(before.elapsed() < Duration::from_secs(1), "it does not wait");
    assert_eq!(one.bus.stats().away, 10_000);

    server.restart();
    let back = Instant::now();
    for access in [&mut one, &mut two] {
        let left = HEALED.saturating_sub(back.elapsed());
        assert_eq!(access.within(left).await, Some(BusEvent::Up));
    }
    let deadline = back + HEALED;
    let fresh = loop {
        one.bus.publish(two.node, "fresh".into()).unwrap();
        match two.within(Duration::from_millis(100)).await {
            Some(event) => break event,
            None => assert!(Instant::now() < deadline, "nothing is carried"),
        }
    };
    assert_eq!(fresh, BusEvent::Packet("fresh".into()));
    while let Some(event) = two.within(Duration::from_millis(200)).await {
        assert_eq!(event, BusEvent::Packet("fresh".into()));
    }
    assert_eq!(one.bus.stats().ups, 2);
}

#[tokio::test]
async fn a_flood_that_is_cut_off_is_not_replayed_late() {
    let mut server = NatsServer::start();
    let one = Access::up(&server.config(), 1).await;
    let mut two = Access::up(&server.config(), 2).await;
    one.reach(&mut two).await;
    let mut taken = 0;
    for number in 0..2_000_u32 {
        taken += u32::from(one.bus.publish(two.node, vec![b'x'; 8 << 10].into()).is_ok());
        if number == 1_000 {
            server.kill();
        }
    }
    assert!(taken > 0);
    while two.next().await != BusEvent::Down {}
    server.restart();
    while two.within(HEALED).await.expect("it is back") != BusEvent::Up {}
    // What NATS' client itself had taken may come yet: no more than its queue of 256.
    let mut replayed = 0;
    while two.within(Duration::from_millis(500)).await.is_some() {
        replayed += 1;
    }
    assert!(replayed <= 257, "{replayed} of {taken}");
}

#[tokio::test]
async fn a_start_without_nats_does_not_wait_and_is_up_once_nats_is() {
    let mut server = NatsServer::start();
    server.kill();
    let before = Instant::now();
    let mut one = Access::start(&server.config(), 1).await;
    assert!(before.elapsed() < Duration::from_secs(1));
    assert_eq!(one.bus.broadcast("hello".into()), Err(Away));
    assert_eq!(one.within(Duration::from_millis(500)).await, None);
    server.restart();
    assert_eq!(one.within(HEALED).await, Some(BusEvent::Up));
}

#[tokio::test]
async fn closing_without_nats_is_quick() {
    let mut server = NatsServer::start();
    let mut one = Access::up(&server.config(), 1).await;
    server.kill();
    assert_eq!(one.next().await, BusEvent::Down);
    let bus: Box<dyn Bus> = Box::new(one.bus);
    tokio::time::timeout(Duration::from_secs(3), bus.close())
        .await
        .unwrap();
}

#[tokio::test]
async fn of_several_servers_another_takes_over() {
    let (mut first, mut second) = (NatsServer::start(), NatsServer::start());
    let config = BusConfig {
        nats: vec![first.url(), second.url()],
        ..BusConfig::default()
    };
    second.kill();
    let mut one = Access::up(&config, 1).await;
    second.restart();
    first.kill();
    assert_eq!(one.next().await, BusEvent::Down);
    assert_eq!(one.within(HEALED).await, Some(BusEvent::Up));
    one.bus.broadcast("hello".into()).unwrap();
}
