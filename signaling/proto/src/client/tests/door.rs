//! What the server asks at the door, and how it shows its members out: tokens, hints, measurements, farewells.

use std::time::Duration;

use super::harness::{
    LOT, PING_MS, Player, config, connect, drop_peer, first_words, go_away, paired, refusal, send,
    unreachable,
};
use super::session::lose;
use crate::client::{ClientConfig, ClientEvent, ClientInput, ClientOutput, ServerClock};
use crate::message::{Away, Cell, ErrorCode, Hints, Join, MAX_RTT_MS, Policy, ToClient, ToServer, Welcome};

#[test]
fn joins_with_its_token_and_hints() {
    let mut player = Player::with(ClientConfig {
        token: Some("first".into()),
        hints: berlin(),
        ..config()
    });
    assert_eq!(enter(&mut player), [join(Some("first"), berlin())]);
}

#[test]
fn a_newer_token_is_for_the_next_join_and_says_nothing_now() {
    let mut player = Player::joined();
    assert_eq!(player.input(ClientInput::Token("second".into())), []);
    lose(&mut player);
    assert_eq!(enter(&mut player), [join(Some("second"), Hints::default())]);
    lose(&mut player);
    assert_eq!(
        enter(&mut player),
        [join(Some("second"), Hints::default())],
        "it holds until there is a newer one"
    );
}

#[test]
fn a_token_that_comes_while_the_socket_opens_is_in_time() {
    let mut player = Player::new();
    player.fire();
    player.input(ClientInput::Token("late".into()));
    assert_eq!(
        player.input(ClientInput::SocketOpened),
        [join(Some("late"), Hints::default())]
    );
}

#[test]
fn tokens_and_hints_out_of_their_limits_are_ignored() {
    let mut player = Player::with(ClientConfig {
        token: Some("good".into()),
        hints: berlin(),
        ..config()
    });
    for bad in [String::new(), "two words".into(), "t".repeat(2049)] {
        player.input(ClientInput::Token(bad));
    }
    player.input(ClientInput::Hints(Hints {
        cell: Some(Cell { north: 181, east: 0 }),
        ..Hints::default()
    }));
    assert_eq!(enter(&mut player), [join(Some("good"), berlin())]);
}

#[test]
fn newer_hints_take_the_place_of_older_ones() {
    let mut player = Player::with(ClientConfig {
        hints: berlin(),
        ..config()
    });
    let hints = Hints {
        pop: Some("FRA".into()),
        ..Hints::default()
    };
    player.input(ClientInput::Hints(hints.clone()));
    assert_eq!(enter(&mut player), [join(None, hints)]);
}

#[test]
fn one_that_is_forbidden_says_so_and_shows_the_same_token_ever_more_rarely() {
    let mut player = Player::new();
    for attempt in 0..10u32 {
        enter(&mut player);
        let ceiling = Duration::from_secs(10) * 2u32.pow(attempt);
        let ceiling = ceiling.min(Duration::from_secs(600));
        let wait = forbid(&mut player);
        assert!(
            (ceiling / 2..=ceiling).contains(&wait),
            "attempt {attempt}: {wait:?}"
        );
        player.input(ClientInput::Token("two words".into()));
        assert_eq!(player.advance(wait - Duration::from_millis(1)), []);
    }
}

#[test]
fn one_that_is_forbidden_joins_soon_with_another_token_and_not_with_the_same() {
    let mut player = Player::with(ClientConfig {
        token: Some("stale".into()),
        ..config()
    });
    for _ in 0..3 {
        enter(&mut player);
        forbid(&mut player);
    }
    let due = player.client.poll_timeout();
    player.input(ClientInput::Token("stale".into()));
    assert_eq!(player.client.poll_timeout(), due, "it was refused already");
    player.input(ClientInput::Token("fresh".into()));
    let wait = player.client.poll_timeout().unwrap() - player.now;
    assert!(wait <= Duration::from_secs(4), "as after any loss: {wait:?}");
    assert_eq!(enter(&mut player), [join(Some("fresh"), Hints::default())]);
    let wait = forbid(&mut player);
    assert!(
        wait <= Duration::from_secs(10),
        "the first time for this one: {wait:?}"
    );
}

#[test]
fn two_with_one_token_drive_each_other_out_ever_more_rarely() {
    let mut player = Player::new();
    for attempt in 0..10u32 {
        player.join();
        let ceiling = Duration::from_secs(10) * 2u32.pow(attempt);
        let ceiling = ceiling.min(Duration::from_secs(600));
        let wait = replace(&mut player);
        assert!(
            (ceiling / 2..=ceiling).contains(&wait),
            "attempt {attempt}: {wait:?}"
        );
    }
}

#[test]
fn one_that_was_a_member_for_long_forgets_how_often_it_was_forbidden_or_replaced() {
    for out in [forbid, replace] {
        let mut player = Player::new();
        for _ in 0..5 {
            player.join();
            out(&mut player);
        }
        player.join();
        player.advance(Duration::from_secs(30));
        assert!(out(&mut player) <= Duration::from_secs(10));
    }
}

#[test]
fn one_that_was_a_member_for_long_forgets_it_whichever_way_that_ended() {
    let mut player = Player::new();
    for _ in 0..5 {
        player.join();
        replace(&mut player);
    }
    player.join();
    player.advance(Duration::from_secs(30));
    lose(&mut player);
    player.join();
    assert!(replace(&mut player) <= Duration::from_secs(10));
}

#[test]
fn one_that_was_let_in_again_for_a_moment_forgets_nothing() {
    let mut player = Player::new();
    for _ in 0..5 {
        enter(&mut player);
        forbid(&mut player);
    }
    player.join();
    player.advance(Duration::from_secs(29));
    lose(&mut player);
    enter(&mut player);
    let wait = forbid(&mut player);
    assert!(wait >= Duration::from_secs(160), "the sixth time: {wait:?}");
}

#[test]
fn one_that_is_sent_away_closes_and_comes_back_when_it_was_told_to() {
    let mut player = Player::joined();
    player.link("b");
    player.hear(&paired("a", true));
    player.input(connect("a"));
    let away = player.hear(&go_away(Away::Stopping, 45_000));
    assert_eq!(
        away,
        [
            ClientOutput::CloseSocket,
            drop_peer("a"),
            unreachable("a"),
            ClientOutput::Event(ClientEvent::Lost { retry_in_ms: 45_000 }),
        ],
        "the link that is up lives on"
    );
    assert_eq!(player.advance(Duration::from_millis(44_999)), []);
    let back = player.advance(Duration::from_millis(1));
    assert!(matches!(back[..], [ClientOutput::OpenSocket { .. }]), "{back:?}");
    let joined = player.input(ClientInput::SocketOpened);
    assert_eq!(joined, [send(&first_words(3))], "the link still counts");
}

#[test]
fn one_that_is_sent_away_again_and_again_waits_ever_longer() {
    let mut player = Player::new();
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        player.join();
        let told = player.hear(&go_away(Away::Stopping, 0));
        let Some(ClientOutput::Event(ClientEvent::Lost { retry_in_ms })) = told.last() else {
            panic!("{told:?}")
        };
        longest = longest.max(Duration::from_millis(*retry_in_ms));
    }
    assert!(longest > Duration::from_secs(5), "{longest:?}");
}

#[test]
fn one_that_left_is_not_sent_away() {
    let mut player = Player::joined();
    player.input(ClientInput::Leave);
    assert_eq!(player.hear(&go_away(Away::Stopping, 10)), []);
    assert_eq!(player.client.poll_timeout(), None);
}

#[test]
fn round_trips_are_told_of_paired_peers_only() {
    let mut player = Player::joined();
    player.link("a");
    assert_eq!(player.input(measured("a", 23)), [told("a", 23)]);
    assert_eq!(player.input(measured("nobody", 23)), []);
    player.hear(&ToClient::Left { peer: "a".into() });
    assert_eq!(player.input(measured("a", 24)), [], "the server knows it no more");
}

#[test]
fn round_trips_are_told_while_joined_only() {
    let mut player = Player::joined();
    player.link("a");
    lose(&mut player);
    assert_eq!(player.input(measured("a", 23)), []);
    player.join();
    assert_eq!(
        player.input(measured("a", 23)),
        [],
        "a new membership has no pairings yet"
    );
    player.hear(&paired("a", false));
    assert_eq!(player.input(measured("a", 23)), [told("a", 23)]);
}

#[test]
fn a_round_trip_beyond_all_measure_is_told_as_the_longest() {
    let mut player = Player::joined();
    player.link("a");
    assert_eq!(player.input(measured("a", u32::MAX)), [told("a", MAX_RTT_MS)]);
}

#[test]
fn signer_and_policy_of_the_welcome_are_told() {
    let mut player = Player::new();
    enter(&mut player);
    let policy = Policy {
        relay_only: true,
        ..Policy::default()
    };
    let signer = Some("ab".repeat(32));
    let joined = player.hear(&ToClient::Welcome(Welcome {
        signer: signer.clone(),
        policy: policy.clone(),
        ..Welcome::new("me", PING_MS)
    }));
    let peer = "me".into();
    assert_eq!(
        joined,
        [ClientOutput::Event(ClientEvent::Joined {
            peer,
            clock: None,
            signer,
            policy
        })]
    );
}

#[test]
fn the_server_s_clock_is_told_as_it_reads_by_the_time_that_it_is_heard() {
    let mut player = Player::new();
    enter(&mut player);
    player.advance(Duration::from_millis(300));
    let told = |unix_ms| {
        ToClient::Welcome(Welcome {
            unix_ms: Some(unix_ms),
            ..Welcome::new("me", PING_MS)
        })
    };
    let joined = player.hear(&told(1_709_208_000_000));
    let [ClientOutput::Event(ClientEvent::Joined { clock, .. })] = joined[..] else {
        panic!("{joined:?}")
    };
    let clock = clock.expect("it is told");
    assert_eq!(clock.unix_ms, 1_709_208_000_150);
    assert_eq!(clock.within, Duration::from_millis(150));
}

#[test]
fn no_clock_of_a_server_is_too_far_off() {
    assert_eq!(
        ServerClock::read(u64::MAX, Duration::from_secs(2)).unix_ms,
        i64::MAX
    );
}

/// Waits until the socket is to be opened, and opens it.
fn enter(player: &mut Player) -> Vec<ClientOutput> {
    let open = player.fire();
    assert!(matches!(open[..], [ClientOutput::OpenSocket { .. }]), "{open:?}");
    player.input(ClientInput::SocketOpened)
}

/// Refuses its token: how long it waits.
fn forbid(player: &mut Player) -> Duration {
    bar(player, ErrorCode::Forbidden)
}

/// Gives its place to another with its token: how long it waits.
fn replace(player: &mut Player) -> Duration {
    bar(player, ErrorCode::Replaced)
}

fn bar(player: &mut Player, code: ErrorCode) -> Duration {
    let refused = player.hear(&refusal(code, true));
    let [
        ClientOutput::Event(ClientEvent::Refused { code: told, .. }),
        ClientOutput::CloseSocket,
        ClientOutput::Event(ClientEvent::Lost { retry_in_ms }),
    ] = refused[..]
    else {
        panic!("{refused:?}")
    };
    assert_eq!(told, code);
    Duration::from_millis(retry_in_ms)
}

fn join(token: Option<&str>, hints: Hints) -> ClientOutput {
    send(&ToServer::Join(Join {
        token: token.map(str::to_owned),
        hints,
        lot: Some(LOT),
        ..Join::new("film", 4)
    }))
}

fn measured(peer: &str, rtt_ms: u32) -> ClientInput {
    ClientInput::Measured {
        peer: peer.into(),
        rtt_ms,
    }
}

fn told(peer: &str, rtt_ms: u32) -> ClientOutput {
    send(&ToServer::Measured {
        peer: peer.into(),
        rtt_ms,
    })
}

fn berlin() -> Hints {
    Hints {
        zone: Some("Europe/Berlin".into()),
        cell: Some(Cell { north: 105, east: 27 }),
        ..Hints::default()
    }
}
