//! A client that the operator switches off: links end, it stays away as long as it was told, and comes back by itself.

use std::time::Duration;

use super::harness::{
    LOT, Player, config, connect, drop_peer, first_words, go_away, offer, paired, send, unreachable,
};
use super::session::lose;
use crate::client::{ClientConfig, ClientEvent, ClientInput, ClientOutput, Route};
use crate::message::{Away, Join, Relayed, Role, Signal, ToServer};

const MINUTES: u64 = 450_000;

#[test]
fn one_that_is_switched_off_ends_all_links_and_asks_again_when_it_was_told_to() {
    let mut player = Player::joined();
    player.link("up");
    player.hear(&paired("begun", true));
    player.input(connect("begun"));
    player.hear(&paired("introduced", false));
    assert_eq!(
        switch_off(&mut player),
        [
            ClientOutput::CloseSocket,
            switched_off(),
            drop_peer("begun"),
            unreachable("begun"),
            unreachable("introduced"),
            drop_peer("up"),
        ]
    );
    assert_eq!(player.advance(Duration::from_millis(MINUTES - 1)), []);
    let back = player.advance(Duration::from_millis(1));
    assert!(matches!(back[..], [ClientOutput::OpenSocket { .. }]), "{back:?}");
    let joined = player.input(ClientInput::SocketOpened);
    assert_eq!(joined, [send(&first_words(4))], "no link is left to be counted");
}

#[test]
fn one_that_is_not_in_from_the_start_is_told_so_in_the_place_of_a_welcome() {
    let mut player = Player::new();
    player.fire();
    player.input(ClientInput::SocketOpened);
    assert_eq!(
        switch_off(&mut player),
        [ClientOutput::CloseSocket, switched_off()]
    );
}

#[test]
fn it_tells_the_same_lot_at_each_join() {
    let mut player = Player::joined();
    for _ in 0..3 {
        switch_off(&mut player);
        player.fire();
        let said = player.input(ClientInput::SocketOpened);
        assert_eq!(said, [send(&first_words(4))]);
        player.input(ClientInput::SocketClosed);
    }
}

#[test]
fn a_seeder_says_that_it_is_one() {
    let mut player = Player::with(ClientConfig {
        role: Role::Seeder,
        ..config()
    });
    player.fire();
    let join = ToServer::Join(Join {
        lot: Some(LOT),
        role: Role::Seeder,
        ..Join::new("film", 4)
    });
    assert_eq!(player.input(ClientInput::SocketOpened), [send(&join)]);
}

#[test]
fn while_it_is_off_no_link_begins_by_any_way() {
    let mut player = Player::joined();
    switch_off(&mut player);
    let over_a_neighbour = ClientInput::Connect {
        peer: "a".into(),
        route: Route::Neighbours,
    };
    assert_eq!(player.input(over_a_neighbour.clone()), [unreachable("a")]);
    assert_eq!(player.input(offer_over_a_neighbour("b")), []);
    assert_eq!(player.hear(&offer("c")), []);
    // Also while it asks again, and where the server is away then.
    player.fire();
    assert_eq!(player.input(over_a_neighbour.clone()), [unreachable("a")]);
    lose(&mut player);
    assert_eq!(player.input(over_a_neighbour.clone()), [unreachable("a")]);
    player.join();
    let begun = player.input(over_a_neighbour);
    assert!(
        matches!(begun[..], [ClientOutput::CreateOffer { .. }]),
        "{begun:?}"
    );
    let taken = player.input(offer_over_a_neighbour("b"));
    assert!(
        matches!(taken[..], [ClientOutput::AcceptOffer { .. }]),
        "{taken:?}"
    );
}

#[test]
fn no_pause_makes_the_time_that_it_stays_away_shorter() {
    let mut player = Player::joined();
    switch_off(&mut player);
    let due = player.client.poll_timeout();
    player.input(ClientInput::Leave);
    player.input(ClientInput::Join);
    assert_eq!(player.client.poll_timeout(), due);
}

fn switch_off(player: &mut Player) -> Vec<ClientOutput> {
    player.hear(&go_away(Away::SwitchedOff, MINUTES))
}

fn switched_off() -> ClientOutput {
    ClientOutput::Event(ClientEvent::SwitchedOff { retry_in_ms: MINUTES })
}

fn offer_over_a_neighbour(peer: &str) -> ClientInput {
    let signal = Signal::Offer { sdp: "offer".into() };
    let relayed = Relayed { signal, tie: Some(1) };
    ClientInput::Relayed {
        peer: peer.into(),
        payload: relayed.to_json().into_bytes(),
    }
}
