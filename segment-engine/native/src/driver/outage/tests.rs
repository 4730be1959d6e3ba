//! What is told of an outage.

use super::*;

const URL: &str = "wss://user:password@signal.example/v1/ws?token=secret";

#[test]
fn names_where_and_why_and_no_secret() {
    let mut outage = Outage::new(URL);
    assert_eq!(outage.reason(), None, "nothing was tried yet");
    outage.on_closed("Connection refused".to_owned());
    outage.on_lost(100);
    let reason = outage.reason().unwrap();
    assert_eq!(reason, "wss://signal.example/v1/ws: Connection refused");
}

#[test]
fn is_said_once_and_again_after_it_was_over() {
    let mut outage = Outage::new(URL);
    assert_eq!(closed(&mut outage), Told::Warning);
    assert_eq!(closed(&mut outage), Told::Detail);
    outage.on_joined();
    assert_eq!(outage.reason(), None);
    assert_eq!(closed(&mut outage), Told::Warning);
}

#[test]
fn an_outage_after_a_refusal_is_said_too() {
    let mut outage = Outage::new(URL);
    outage.on_refused("the token has ended");
    outage.on_closed("it hung up".to_owned());
    assert_eq!(outage.on_lost(100), Told::Detail, "the log has the refusal");
    assert_eq!(closed(&mut outage), Told::Warning);
    assert_eq!(closed(&mut outage), Told::Detail);
}

#[test]
fn a_refusal_is_the_reason_of_what_follows_at_once_and_of_nothing_later() {
    let mut outage = Outage::new(URL);
    outage.on_refused("the token has ended");
    assert_eq!(outage.on_lost(100), Told::Detail);
    let reason = outage.reason().unwrap();
    assert!(reason.ends_with("it refused: the token has ended"), "{reason}");
    outage.on_joined();
    outage.on_refused("too many messages");
    outage.on_step();
    assert_eq!(outage.on_lost(100), Told::Warning, "it was silent");
    assert_eq!(outage.reason(), None);
}

#[test]
fn one_that_is_switched_off_says_why_until_it_is_in() {
    let mut outage = Outage::new(URL);
    assert_eq!(closed(&mut outage), Told::Warning, "the server was started anew");
    assert_eq!(outage.on_switched_off(450_000), Told::Warning);
    assert_eq!(outage.on_switched_off(450_000), Told::Detail);
    let reason = outage.reason().unwrap();
    assert!(
        reason.starts_with("wss://signal.example/v1/ws: it lets in only a share"),
        "{reason}"
    );
    assert_eq!(closed(&mut outage), Told::Detail, "the log has it already");
    outage.on_joined();
    assert_eq!(outage.reason(), None);
    assert_eq!(closed(&mut outage), Told::Warning);
}

/// The socket is gone, and the membership with it.
fn closed(outage: &mut Outage) -> Told {
    outage.on_step();
    outage.on_closed("Connection refused".to_owned());
    outage.on_lost(100)
}
