//! Which connection is closed where there are too many.

use futures_util::FutureExt;

use super::*;

fn pending(all: usize, of_one: usize) -> Pending {
    Pending::new(PendingLimit {
        all,
        of_one,
        patience: Duration::ZERO,
    })
}

fn begin(pending: &Pending, address: &str) -> Option<Turn> {
    pending.begin(address.parse().unwrap(), Comer::Client)
}

fn is_lost(turn: &Turn) -> bool {
    turn.lost().now_or_never().is_some()
}

#[test]
fn few_addresses_that_fill_it_up_lose_their_oldest_and_newcomers_come_in() {
    let pending = pending(64, 4);
    let mut mute: Vec<Turn> = (1..=16)
        .flat_map(|last| (0..4).map(move |_| format!("203.0.113.{last}")))
        .map(|address| begin(&pending, &address).unwrap())
        .collect();
    assert!(
        begin(&pending, "203.0.113.1").is_none(),
        "the bound of an address"
    );
    let newcomers: Vec<Turn> = (1..=20)
        .map(|third| begin(&pending, &format!("198.51.{third}.1")).unwrap())
        .collect();
    assert_eq!(pending.count(), 64);
    assert_eq!(
        mute.drain(..20).filter(is_lost).count(),
        20,
        "the oldest of the fullest"
    );
    assert!(!mute.iter().chain(&newcomers).any(is_lost), "and nobody else");
}

#[test]
fn many_64s_of_one_48_count_as_one() {
    let pending = pending(8, 2);
    let honest = [
        begin(&pending, "2001:db8:1::1").unwrap(),
        begin(&pending, "192.0.2.1").unwrap(),
    ];
    let flood: Vec<Turn> = (0..100)
        .map(|number| begin(&pending, &format!("2001:db8:2:{number:x}::1")).unwrap())
        .collect();
    assert_eq!(pending.count(), 8);
    assert_eq!(flood.iter().filter(|turn| is_lost(turn)).count(), 94);
    assert!(!honest.iter().any(is_lost));
}

#[test]
fn of_networks_that_are_equally_full_the_oldest_goes() {
    let pending = pending(2, 2);
    let first = begin(&pending, "203.0.113.9").unwrap();
    let second = begin(&pending, "192.0.2.1").unwrap();
    let _third = begin(&pending, "198.51.100.1").unwrap();
    assert!(is_lost(&first) && !is_lost(&second));
}

#[test]
fn only_a_proxy_has_more_than_an_address_may() {
    let pending = pending(8, 2);
    let proxy = || pending.begin("10.0.0.1".parse().unwrap(), Comer::Proxy);
    let turns: Vec<Option<Turn>> = (0..6).map(|_| proxy()).collect();
    assert!(turns.iter().all(Option::is_some));
    let clients: Vec<Option<Turn>> = (0..3).map(|_| begin(&pending, "192.0.2.1")).collect();
    assert_eq!(clients.iter().flatten().count(), 2);
}

#[test]
fn nothing_is_kept_of_those_that_are_gone() {
    let pending = pending(2, 1);
    let turns: Vec<Turn> = (0..5)
        .map(|last| begin(&pending, &format!("2001:db8:{last}::1")).unwrap())
        .collect();
    drop(turns);
    let waiting = pending.lock();
    assert_eq!(waiting.count, 0);
    assert!(waiting.networks.is_empty() && waiting.ranks.is_empty());
    drop(waiting);
    assert!(begin(&pending, "2001:db8::1").is_some(), "its address has none");
}
