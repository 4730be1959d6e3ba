//! Where seeders look for the server they stand beside.

use super::*;

#[test]
fn a_wildcard_is_reached_over_loopback() {
    for (listening, reached) in [
        ("0.0.0.0:8040", "127.0.0.1:8040"),
        ("[::]:8040", "[::1]:8040"),
        ("127.0.0.1:9000", "127.0.0.1:9000"),
        ("192.0.2.7:80", "192.0.2.7:80"),
    ] {
        assert_eq!(reachable(listening.parse().unwrap()).to_string(), reached);
    }
}
