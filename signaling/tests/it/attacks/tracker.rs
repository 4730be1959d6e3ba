//! What the second front bears.

use std::time::Duration;

use signaling::Config;
use tokio::time::{Instant, timeout};

use super::{Others, figure, refused};
use crate::harness::{PATIENCE, Server};
use crate::tracker::{ANOTHER, Client, FILM, OFFER, announce, answer, open, peer};

/// A client that announces by a name which another may have.
async fn robber(server: &Server) -> Client {
    let mut client = Client::connect(server).await;
    client.say(&announce(FILM, &peer('a'), &[])).await;
    client
}

#[tokio::test]
async fn a_flood_of_info_hashes_keeps_nobody_out_of_the_other_front() {
    let server = Server::start(Config {
        announced_swarms: 3,
        swarms: 2,
        ..open()
    })
    .await;
    let mut flood = Client::connect(&server).await;
    let mut failures = 0;
    for number in 0..8 {
        flood
            .say(&announce(&format!("{number:020}"), &peer('f'), &[]))
            .await;
        failures += u64::from(flood.hear().await.get("failure reason").is_some());
    }
    assert_eq!((failures, refused(&server, "full_swarm").await), (5, 5));
    assert_eq!(figure(&server, "announced_swarms").await, 3);
    let mut others = Others::join(&server).await;
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_peer_id_whose_connection_broke_unnoticed_is_free_soon() {
    let server = Server::start(Config {
        join_timeout_ms: 300,
        ..open()
    })
    .await;
    let mut others = Others::join(&server).await;
    // It does not read from here on, so that it does not answer.
    let mut broken = Client::announcing(&server, 'a').await;
    let begun = Instant::now();
    let back = async {
        loop {
            let mut client = robber(&server).await;
            if client.hear().await.get("failure reason").is_none() {
                return client;
            }
            assert_eq!(client.closed().await, 1008);
        }
    };
    let _client = timeout(PATIENCE, back).await.expect("it is free");
    let after = begun.elapsed();
    let expected = Duration::from_millis(900)..Duration::from_secs(5);
    assert!(expected.contains(&after), "three pings: {after:?}");
    assert_eq!(broken.closed().await, 1008, "it is told, were it there");
    assert_eq!(refused(&server, "silent").await, 1);
    assert!(refused(&server, "peer_id").await >= 1);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_stall_costs_nobody_its_peer_id() {
    let server = Server::start(Config {
        join_timeout_ms: 400,
        ..open()
    })
    .await;
    let mut owner = Client::announcing(&server, 'a').await;
    let mut robber = robber(&server).await;
    assert!(robber.hear().await.get("failure reason").is_some());
    // It answers the second ping, which came meanwhile, as the first.
    tokio::time::sleep(Duration::from_millis(600)).await;
    owner.say(&announce(FILM, &peer('a'), &[])).await;
    assert_eq!(owner.hear().await["incomplete"], 1);
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    owner.say(&announce(FILM, &peer('a'), &[])).await;
    assert_eq!(owner.hear().await["incomplete"], 1, "it is there all along");
    assert_eq!(refused(&server, "silent").await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_peer_id_whose_owner_is_there_is_not_taken_from_it() {
    let server = Server::start(Config {
        join_timeout_ms: 200,
        ..open()
    })
    .await;
    let mut others = Others::join(&server).await;
    let mut owner = Client::announcing(&server, 'a').await;
    let mut maker = Client::announcing(&server, 'b').await;
    let robbery = async {
        let until = Instant::now() + Duration::from_secs(1);
        let mut tries = 0;
        while Instant::now() < until {
            let mut robber = robber(&server).await;
            assert_eq!(
                robber.hear_failure().await,
                "peer_id is in use by another connection"
            );
            assert_eq!(robber.closed().await, 1008);
            tries += 1;
        }
        maker.say(&announce(FILM, &peer('b'), &[OFFER])).await;
        assert_eq!(maker.hear().await["incomplete"], 2);
        tries
    };
    // It answers pings while it listens.
    let (tries, heard) = tokio::join!(robbery, owner.hear());
    assert_eq!(heard["offer_id"], OFFER, "and is offered what there is");
    owner.say(&answer(FILM, &peer('a'), &peer('b'), OFFER)).await;
    assert_eq!(maker.hear().await["peer_id"], peer('a'));
    assert_eq!(refused(&server, "peer_id").await, tries);
    assert_eq!(refused(&server, "silent").await, 0);
    others.are_unharmed().await;
    server.stop().await;
}

#[tokio::test]
async fn an_offer_is_answered_by_whom_it_was_handed_to_and_once() {
    let server = Server::start(open()).await;
    let mut others = Others::join(&server).await;
    let (mut maker, mut member) = (
        Client::announcing(&server, 'a').await,
        Client::announcing(&server, 'b').await,
    );
    maker.say(&announce(FILM, &peer('a'), &[OFFER])).await;
    assert_eq!(maker.hear().await["incomplete"], 2);
    assert_eq!(member.hear().await["offer_id"], OFFER);
    let mut robber = Client::announcing(&server, 'c').await;
    for stolen in [
        answer(FILM, &peer('c'), &peer('a'), OFFER),
        answer(FILM, &peer('c'), &peer('a'), ANOTHER),
    ] {
        robber.say(&stolen).await;
        assert_eq!(robber.hear_failure().await, "no such offer is open");
    }
    let right = answer(FILM, &peer('b'), &peer('a'), OFFER);
    member.say(&right).await;
    assert_eq!(
        maker.hear().await["peer_id"],
        peer('b'),
        "and nothing came before"
    );
    member.say(&right).await;
    assert_eq!(member.hear_failure().await, "no such offer is open");
    assert_eq!(figure(&server, "unasked_total").await, 3);
    others.are_unharmed().await;
    server.stop().await;
}
