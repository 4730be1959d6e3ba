//! Opening, joining, keeping alive, losing and leaving.

use std::time::Duration;

use proptest::prelude::*;

use super::harness::{
    PING_MS, Player, config, connect, drop_peer, first_words, paired, refusal, send, unreachable,
};
use crate::client::{Client, ClientConfig, ClientEvent, ClientInput, ClientOutput};
use crate::message::{ErrorCode, Hints, MAX_FRAME, ToClient, ToServer, Welcome};

const PING: Duration = Duration::from_millis(PING_MS);

#[test]
fn opens_its_socket_at_the_first_timeout_and_joins_when_it_is_open() {
    let mut player = Player::new();
    assert_eq!(player.client.poll_timeout(), Some(Duration::ZERO));
    assert_eq!(player.fire(), [ClientOutput::OpenSocket { url: config().url }]);
    let join = first_words(4);
    assert_eq!(player.input(ClientInput::SocketOpened), [send(&join)]);
}

#[test]
fn pings_at_the_servers_interval_and_gives_a_silent_server_up_after_two() {
    let mut player = Player::joined();
    assert_eq!(player.advance(PING - Duration::from_millis(1)), []);
    assert_eq!(player.advance(Duration::from_millis(1)), [send(&ToServer::Ping)]);
    assert_eq!(player.hear(&ToClient::Pong), []);
    assert_eq!(player.advance(PING), [send(&ToServer::Ping)]);
    let given_up = player.advance(PING);
    assert!(
        matches!(
            given_up[..],
            [
                ClientOutput::CloseSocket,
                ClientOutput::Event(ClientEvent::Lost { .. })
            ]
        ),
        "{given_up:?}"
    );
}

#[test]
fn gives_up_a_socket_that_does_not_open_and_a_server_that_does_not_welcome() {
    for opened in [false, true] {
        let mut player = Player::new();
        player.fire();
        if opened {
            player.input(ClientInput::SocketOpened);
        }
        assert_eq!(player.advance(Duration::from_millis(9_999)), []);
        let given_up = player.advance(Duration::from_millis(1));
        assert_eq!(given_up.first(), Some(&ClientOutput::CloseSocket));
        assert!(matches!(player.fire()[..], [ClientOutput::OpenSocket { .. }]));
    }
}

#[test]
fn a_socket_has_all_its_time_once_what_to_tell_is_known() {
    let mut player = Player::new();
    player.fire();
    player.advance(Duration::from_millis(8_000));
    player.input(ClientInput::Hints(Hints::default()));
    assert_eq!(player.advance(Duration::from_millis(9_999)), []);
    assert_eq!(
        player.advance(Duration::from_millis(1)).first(),
        Some(&ClientOutput::CloseSocket)
    );

    player.join();
    player.input(ClientInput::Hints(Hints::default()));
    assert_eq!(
        player.advance(PING),
        [send(&ToServer::Ping)],
        "a membership goes on"
    );
}

#[test]
fn waits_longer_with_each_loss_and_starts_over_after_a_stable_time() {
    let mut player = Player::new();
    let mut longest = Duration::ZERO;
    for attempt in 0..12u32 {
        player.fire();
        let wait = lose(&mut player);
        let ceiling = (Duration::from_millis(500) * 2u32.pow(attempt)).min(Duration::from_secs(30));
        assert!(
            wait > Duration::ZERO && wait <= ceiling,
            "attempt {attempt}: {wait:?} over {ceiling:?}"
        );
        longest = longest.max(wait);
    }
    assert!(longest > Duration::from_secs(5), "back-off grows: {longest:?}");
    player.join();
    player.advance(Duration::from_secs(25));
    player.hear(&ToClient::Pong);
    player.advance(Duration::from_secs(5));
    assert!(lose(&mut player) <= Duration::from_millis(500));
}

#[test]
fn a_membership_that_breaks_at_once_does_not_reset_the_back_off() {
    let waits = (0..40)
        .map(|_| ())
        .fold((Player::new(), Vec::new()), |(mut player, mut waits), ()| {
            player.join();
            waits.push(lose(&mut player));
            (player, waits)
        });
    assert!(
        waits
            .1
            .iter()
            .skip(10)
            .any(|wait| *wait > Duration::from_secs(10))
    );
}

#[test]
fn retry_time_in_the_event_is_when_the_socket_is_opened_again() {
    let mut player = Player::joined();
    let wait = lose(&mut player);
    assert_eq!(player.client.poll_timeout(), Some(player.now + wait));
    assert_eq!(player.advance(wait - Duration::from_millis(1)), []);
    assert!(matches!(
        player.advance(Duration::from_millis(1))[..],
        [ClientOutput::OpenSocket { .. }]
    ));
}

#[test]
fn another_version_is_tried_ever_more_rarely() {
    let mut player = Player::new();
    for ceiling_s in [10, 20, 40, 80, 160, 320, 600, 600] {
        player.fire();
        player.input(ClientInput::SocketOpened);
        let refused = player.hear(&refusal(ErrorCode::Version, true));
        let event = ClientEvent::Refused {
            code: ErrorCode::Version,
            message: "no".into(),
        };
        assert_eq!(
            refused[..2],
            [ClientOutput::Event(event), ClientOutput::CloseSocket]
        );
        let wait = player.client.poll_timeout().unwrap() - player.now;
        let ceiling = Duration::from_secs(ceiling_s);
        assert!((ceiling / 2..=ceiling).contains(&wait), "{wait:?} of {ceiling:?}");
    }
    player.join();
}

#[test]
fn another_version_is_tried_ever_more_rarely_also_where_each_refusal_brings_another_token() {
    let mut player = Player::new();
    for ceiling_s in [10, 20, 40, 80] {
        player.fire();
        player.input(ClientInput::SocketOpened);
        player.hear(&refusal(ErrorCode::Version, true));
        player.input(ClientInput::Token(format!("minted{ceiling_s}")));
        let wait = player.client.poll_timeout().unwrap() - player.now;
        let ceiling = Duration::from_secs(ceiling_s);
        assert!((ceiling / 2..=ceiling).contains(&wait), "{wait:?} of {ceiling:?}");
        player.fire();
        player.input(ClientInput::Token(format!("late{ceiling_s}")));
        lose(&mut player);
    }
    player.fire();
    player.input(ClientInput::SocketOpened);
    player.hear(&refusal(ErrorCode::Forbidden, true));
    player.input(ClientInput::Token("mends".into()));
    let wait = player.client.poll_timeout().unwrap() - player.now;
    assert!(wait <= Duration::from_secs(30), "as after any loss: {wait:?}");
}

#[test]
fn a_full_server_is_tried_again_later() {
    let mut player = Player::new();
    player.fire();
    player.input(ClientInput::SocketOpened);
    let refused = player.hear(&refusal(ErrorCode::Full, true));
    assert!(matches!(
        refused[..],
        [
            ClientOutput::Event(ClientEvent::Refused {
                code: ErrorCode::Full,
                ..
            }),
            ClientOutput::CloseSocket,
            ClientOutput::Event(ClientEvent::Lost { .. })
        ]
    ));
    assert!(matches!(player.fire()[..], [ClientOutput::OpenSocket { .. }]));
}

#[test]
fn a_passing_refusal_is_told_and_membership_goes_on() {
    let mut player = Player::joined();
    let told = player.hear(&refusal(ErrorCode::RateLimited, false));
    assert!(matches!(
        told[..],
        [ClientOutput::Event(ClientEvent::Refused { .. })]
    ));
    assert_eq!(
        player.input(ClientInput::WantPeers(2)),
        [send(&ToServer::Want { count: 2 })]
    );
}

#[test]
fn peers_wanted_while_signaling_is_away_are_asked_for_when_joining() {
    let mut player = Player::joined();
    lose(&mut player);
    assert_eq!(player.input(ClientInput::WantPeers(9)), []);
    assert_eq!(player.input(ClientInput::WantPeers(3)), []);
    player.fire();
    let join = first_words(3);
    assert_eq!(player.input(ClientInput::SocketOpened), [send(&join)]);
}

#[test]
fn peers_wanted_between_join_and_welcome_are_asked_for_then() {
    let mut player = Player::new();
    player.fire();
    player.input(ClientInput::SocketOpened);
    assert_eq!(player.input(ClientInput::WantPeers(6)), []);
    let welcome = ToClient::Welcome(Welcome::new("me", PING_MS));
    let joined = player.hear(&welcome);
    assert_eq!(
        joined[1..],
        [send(&ToServer::Want { count: 2 })],
        "the join asked for four"
    );
}

#[test]
fn links_that_are_up_are_taken_off_what_a_rejoin_asks_for() {
    let mut player = Player::joined();
    player.link("a");
    player.link("b");
    lose(&mut player);
    player.fire();
    let join = first_words(2);
    assert_eq!(player.input(ClientInput::SocketOpened), [send(&join)]);
}

#[test]
fn links_that_are_up_are_taken_off_the_capacity_that_a_rejoin_tells() {
    let mut player = Player::joined_with(ClientConfig {
        capacity: Some(3),
        ..config()
    });
    for (peer, expected) in [("a", 2), ("b", 1), ("c", 1)] {
        player.link(peer);
        lose(&mut player);
        player.fire();
        let said = player.input(ClientInput::SocketOpened);
        assert!(
            matches!(&said[..], [ClientOutput::Send(frame)] if frame.contains(&format!("\"capacity\":{expected}"))),
            "{said:?}"
        );
        lose(&mut player);
        player.join();
    }
}

#[test]
fn leaving_closes_the_socket_and_nothing_follows() {
    let mut player = Player::joined();
    player.hear(&paired("a", true));
    player.input(connect("a"));
    player.link("b");
    assert_eq!(
        player.input(ClientInput::Leave),
        [ClientOutput::CloseSocket, drop_peer("a"), unreachable("a")]
    );
    assert_eq!(player.client.poll_timeout(), None);
    assert_eq!(player.hear(&paired("c", true)), []);
    assert_eq!(player.input(ClientInput::SocketClosed), []);
    assert_eq!(player.input(ClientInput::Leave), []);
}

#[test]
fn one_that_left_comes_back_when_asked_to() {
    let mut player = Player::joined();
    player.link("b");
    player.input(ClientInput::Leave);
    assert_eq!(player.input(ClientInput::Join), []);
    let wait = player.client.poll_timeout().unwrap() - player.now;
    assert!(wait <= Duration::from_millis(500), "{wait:?}");
    player.fire();
    let opened = player.input(ClientInput::SocketOpened);
    let join = first_words(3);
    assert_eq!(opened, [send(&join)], "its link still counts");
    assert_eq!(player.input(ClientInput::Join), [], "it is there");
}

#[test]
fn leaving_without_a_socket_closes_none() {
    assert_eq!(Player::new().input(ClientInput::Leave), []);
}

#[test]
fn a_hostile_ping_interval_is_held_to_its_range() {
    for (told, kept) in [(0, 1_000), (u64::MAX, 300_000)] {
        let mut player = Player::new();
        player.fire();
        player.input(ClientInput::SocketOpened);
        let welcome = ToClient::Welcome(Welcome::new("me", told));
        player.hear(&welcome);
        assert_eq!(
            player.client.poll_timeout(),
            Some(player.now + Duration::from_millis(kept))
        );
    }
}

#[test]
fn config_values_out_of_range_are_named() {
    type Change = fn(&mut ClientConfig);
    let cases: [(&str, Change); 16] = [
        ("url", |config| config.url = "http://a/".into()),
        ("url", |config| config.url = "ws://".into()),
        ("url", |config| config.url = "wss:///v1/ws".into()),
        ("url", |config| config.url = "ws://a/#b".into()),
        ("url", |config| config.url = format!("ws://{}", "a".repeat(2048))),
        ("swarm", |config| config.swarm = String::new()),
        ("want", |config| config.want = 1025),
        ("capacity", |config| config.capacity = Some(0)),
        ("capacity", |config| config.capacity = Some(1025)),
        ("token", |config| config.token = Some("a b".into())),
        ("token", |config| config.token = Some("t".repeat(2049))),
        ("hints", |config| config.hints.pop = Some("p".repeat(49))),
        ("backoff_base", |config| config.backoff_base = Duration::ZERO),
        ("backoff_cap", |config| {
            config.backoff_cap = Duration::from_millis(499)
        }),
        ("link_timeout", |config| {
            config.link_timeout = Duration::from_millis(999)
        }),
        ("max_negotiations", |config| config.max_negotiations = 0),
    ];
    for (field, change) in cases {
        let mut config = config();
        change(&mut config);
        assert_eq!(Client::new(config, [0; 32]).unwrap_err().field, field);
    }
    assert!(
        ClientConfig::new("wss://signal.example:443/v1/ws?t=1", "s")
            .validate()
            .is_ok()
    );
}

proptest! {
    #[test]
    fn frames_of_a_hostile_server_never_panic(frames in prop::collection::vec(hostile(), 0..40)) {
        let mut player = Player::joined();
        player.hear(&paired("p", true));
        for frame in frames {
            player.input(ClientInput::SocketMessage(frame));
            player.advance(Duration::from_secs(1));
        }
    }
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        crate::parse::tests::to_client().prop_map(|message| message.to_json()),
        crate::parse::tests::to_client()
            .prop_map(|message| message.to_json().replace('1', "-99999999999999999999")),
        Just("[".repeat(MAX_FRAME)),
    ]
}

pub(super) fn lose(player: &mut Player) -> Duration {
    let lost = player.input(ClientInput::SocketClosed);
    let [ClientOutput::Event(ClientEvent::Lost { retry_in_ms })] = lost[..] else {
        panic!("{lost:?}")
    };
    Duration::from_millis(retry_in_ms)
}
