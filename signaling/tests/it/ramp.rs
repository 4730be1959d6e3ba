//! Ramp-up and switch-off, as viewers, seeders and the operator meet them.

use signaling::{Config, PolicyConfig};
use signaling_proto::message::{Away, Join, Role, ToClient, ToServer};
use signaling_proto::share::{Drawn, Lot, Share};

use crate::cluster::page::Page;
use crate::door::{closed, key, mint, mint_for};
use crate::harness::{Server, Viewer};
use crate::tracker::{self, Client, FILM, announce, announced, peer};

/// A shorter one than any operator's: so that tests need not wait.
const RETRY_MS: u64 = 1_000;

fn at(percent: u8, config: Config) -> Config {
    Config {
        policy: PolicyConfig {
            share: Share::new(percent).unwrap(),
            retry_ms: RETRY_MS,
            ..PolicyConfig::default()
        },
        ..config
    }
}

fn share(percent: u8) -> Config {
    at(percent, Config::default())
}

fn numbered(number: u32) -> Join {
    Join {
        lot: Some(number),
        ..Join::new("film", 4)
    }
}

fn seeder() -> Join {
    Join {
        role: Role::Seeder,
        ..Join::new("film", 4)
    }
}

fn is_in(percent: u8, number: u32) -> bool {
    let lot = Lot::draw("film", Drawn::Number(number));
    Share::new(percent).unwrap().holds(lot)
}

/// The first number that is in at one share and out at the other.
fn between(out: u8, within: u8) -> u32 {
    let found = (0..).find(|number| is_in(within, *number) && !is_in(out, *number));
    found.unwrap()
}

async fn ask(server: &Server, join: Join) -> (Viewer, ToClient) {
    let mut viewer = server.connect().await;
    viewer.say(&ToServer::Join(join)).await;
    let answer = viewer.hear().await;
    (viewer, answer)
}

fn is_welcome(answer: &ToClient) -> bool {
    matches!(answer, ToClient::Welcome(_))
}

fn is_off(answer: &ToClient) -> bool {
    matches!(
        answer,
        ToClient::GoAway {
            retry_in_ms: 500..=RETRY_MS,
            reason: Away::SwitchedOff
        }
    )
}

#[tokio::test]
async fn one_who_is_not_in_is_told_why_and_when_to_ask_again() {
    let server = Server::start(share(0)).await;
    let (mut viewer, answer) = ask(&server, Join::new("film", 4)).await;
    assert!(is_off(&answer), "{answer:?}");
    assert_eq!(viewer.closed().await, 4002);
    shows(
        &server,
        &[
            "fugitive_signaling_refused_total{reason=\"switched_off\"} 1\n",
            "fugitive_signaling_share_percent 0\n",
            "fugitive_signaling_peers 0\n",
        ],
    )
    .await;
    server.stop().await;
}

#[tokio::test]
async fn the_same_viewers_are_in_at_each_try_and_more_at_a_larger_share() {
    let server = Server::start(share(30)).await;
    let asked: Vec<u32> = (0..60).map(|number| number * 7_919).collect();
    for percent in [30, 30, 50, 100] {
        server.reload(&share(percent));
        for number in &asked {
            let (_viewer, answer) = ask(&server, numbered(*number)).await;
            assert_eq!(
                is_welcome(&answer),
                is_in(percent, *number),
                "{percent} %: {answer:?}"
            );
            assert_eq!(
                is_off(&answer),
                !is_in(percent, *number),
                "{percent} %: {answer:?}"
            );
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn one_that_has_no_number_is_drawn_by_its_token_or_else_its_address() {
    let server = Server::start(share(50)).await;
    for last in 1..40 {
        let mut viewer = server.connect_from(last).await;
        viewer.say(&ToServer::Join(Join::new("film", 0))).await;
        let address = std::net::IpAddr::from([127, 0, 0, last]);
        let place = signaling_proto::admission::Place::of(address);
        let expected = Share::new(50)
            .unwrap()
            .holds(Lot::draw("film", Drawn::Place(place)));
        let answer = viewer.hear().await;
        assert_eq!(is_welcome(&answer), expected, "{last}: {answer:?}");
    }
    server.stop().await;
    let file = key("drawn-by-token");
    // Its lot is that of the token's id, `viewer`.
    let drawn = Lot::draw("film", Drawn::Token("viewer"));
    let first = (0..=100u8).find(|percent| Share::new(*percent).unwrap().holds(drawn));
    let first = first.unwrap();
    let server = Server::start(at(first, closed(&file))).await;
    let with_token = || Join {
        token: Some(mint(&file, "film", 1)),
        ..Join::new("film", 0)
    };
    let (_viewer, answer) = ask(&server, with_token()).await;
    assert!(is_welcome(&answer), "{answer:?}");
    server.reload(&at(first - 1, closed(&file)));
    let (_viewer, answer) = ask(&server, with_token()).await;
    assert!(is_off(&answer), "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_seeder_is_in_at_no_share_of_viewers() {
    let server = Server::start(share(0)).await;
    let (_seeder, answer) = ask(&server, seeder()).await;
    assert!(is_welcome(&answer), "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn where_tokens_are_required_only_a_token_makes_a_seeder() {
    let file = key("seeders");
    let server = Server::start(at(0, closed(&file))).await;
    let minted = |role| Some(mint_for(role, &file, "film", 2));
    let pretender = Join {
        token: minted(Role::Viewer),
        ..seeder()
    };
    let (mut pretender, answer) = ask(&server, pretender).await;
    assert!(is_off(&answer), "{answer:?}");
    assert_eq!(pretender.closed().await, 4002);
    let proven = Join {
        token: minted(Role::Seeder),
        ..Join::new("film", 4)
    };
    let (_proven, answer) = ask(&server, proven).await;
    assert!(is_welcome(&answer), "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_smaller_share_closes_who_is_out_and_nobody_else() {
    let server = Server::start(share(100)).await;
    let (mut stays, _) = ask(&server, numbered(between(0, 50))).await;
    let (mut goes, _) = ask(&server, numbered(between(50, 100))).await;
    let (mut seeds, _) = ask(&server, seeder()).await;
    for viewer in [&mut stays, &mut goes, &mut seeds] {
        viewer.heard().await;
    }
    server.reload(&share(50));
    let told = goes.hear().await;
    assert!(is_off(&told), "{told:?}");
    assert_eq!(goes.closed().await, 4002);
    for viewer in [&mut stays, &mut seeds] {
        let heard = viewer.heard().await;
        assert!(matches!(heard[..], [ToClient::Left { .. }]), "{heard:?}");
    }
    server.reload(&share(0));
    assert!(is_off(&stays.hear().await));
    assert_eq!(stays.closed().await, 4002);
    let heard = seeds.heard().await;
    assert!(matches!(heard[..], [ToClient::Left { .. }]), "{heard:?}");
    shows(
        &server,
        &[
            "refused_total{reason=\"switched_off\"} 2\n",
            "_share_percent 0\n",
            "_peers 1\n",
        ],
    )
    .await;
    server.stop().await;
}

#[tokio::test]
async fn settings_that_cannot_be_used_switch_nobody_off() {
    let server = Server::start(share(100)).await;
    let (mut viewer, _) = ask(&server, numbered(1)).await;
    let mut broken = share(0);
    broken.door.turn.secret_file = Some("/no/such/secret".into());
    broken.door.turn.urls = vec!["turn:turn.example".into()];
    assert!(server.try_reload(&broken).is_err());
    assert_eq!(viewer.heard().await, []);
    server.stop().await;
}

#[tokio::test]
async fn pages_end_their_links_when_they_are_switched_off_and_come_back_by_themselves() {
    let server = Server::start(share(100)).await;
    let pages = [(); 2].map(|()| Page::open(vec![server.address], 4));
    for page in &pages {
        page.until("a link", |seen| seen.links.len() == 1).await;
    }
    server.reload(&share(0));
    for page in &pages {
        page.until("the end of its links", |seen| {
            seen.offs > 0 && seen.links.is_empty() && seen.dropped == 1
        })
        .await;
    }
    // It asks again meanwhile, and is refused.
    pages[0].until("another refusal", |seen| seen.offs > 1).await;
    server.reload(&share(100));
    for page in &pages {
        page.until("a link anew", |seen| seen.links.len() == 1 && seen.joins == 2)
            .await;
    }
    server.stop().await;
}

#[tokio::test]
async fn clients_of_the_tracker_are_switched_off_too() {
    let server = Server::start(at(100, tracker::open())).await;
    let mut client = Client::announcing(&server, 'a').await;
    server.reload(&at(0, tracker::open()));
    assert_eq!(client.closed().await, 4002);
    let mut client = Client::connect(&server).await;
    client.say(&announce(FILM, &peer('a'), &[])).await;
    assert_eq!(client.hear_failure().await, "switched off by the operator");
    assert_eq!(client.closed().await, 4002);
    server.reload(&at(100, tracker::open()));
    let mut client = Client::connect(&server).await;
    client.say(&announce(FILM, &peer('a'), &[])).await;
    assert_eq!(client.hear().await, announced(FILM, 0, 1));
    server.stop().await;
}

/// Checks that a server's figures have these among them.
async fn shows(server: &Server, figures: &[&str]) {
    let metrics = server.metrics().await;
    for figure in figures {
        assert!(metrics.contains(figure), "{figure} is not in {metrics}");
    }
}
