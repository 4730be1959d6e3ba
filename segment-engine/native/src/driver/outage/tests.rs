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
    outage.on_closed("Connection refused".to_owned());
    outage.on_lost(100);
    assert!(outage.is_said);
    outage.on_joined();
    assert_eq!((outage.is_said, outage.reason()), (false, None));
}

#[test]
fn a_refusal_is_the_reason_of_what_follows_at_once_and_of_nothing_later() {
    let mut outage = Outage::new(URL);
    outage.on_refused("the token has ended");
    assert!(outage.is_refused);
    assert!(
        outage
            .reason()
            .unwrap()
            .ends_with("it refused: the token has ended")
    );
    outage.on_step();
    assert!(!outage.is_refused);
}
