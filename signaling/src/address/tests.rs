//! Which word about a client's address counts.

use super::*;

const HEADER: HeaderName = HeaderName::from_static("x-forwarded-for");

#[test]
fn without_a_header_the_tcp_connection_counts() {
    let mut extensions = Extensions::new();
    let mut headers = HeaderMap::new();
    headers.insert(HEADER, "192.0.2.9".parse().unwrap());
    let none = Proxies::default();
    assert_eq!(none.client_address(&headers, &extensions), None);
    extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 5))));
    assert_eq!(
        none.client_address(&headers, &extensions),
        Some([192, 0, 2, 1].into())
    );
}

#[test]
fn with_a_header_its_last_entry_counts() {
    let cases = [
        (vec!["192.0.2.1"], Some("192.0.2.1")),
        (vec!["10.0.0.1, 192.0.2.2"], Some("192.0.2.2")),
        (vec!["10.0.0.1", "192.0.2.3"], Some("192.0.2.3")),
        (vec!["192.0.2.4:5000"], Some("192.0.2.4")),
        (vec!["[2001:db8::1]:5000"], Some("2001:db8::1")),
        (vec!["2001:db8::2"], Some("2001:db8::2")),
        (vec!["10.0.0.1, unknown"], None),
        (vec![], None),
    ];
    for (values, expected) in cases {
        let mut headers = HeaderMap::new();
        for value in &values {
            headers.append(HEADER, value.parse().unwrap());
        }
        let proxies = Proxies {
            header: Some(HEADER),
            trusted: Vec::new(),
        };
        let found = proxies.client_address(&headers, &Extensions::new());
        assert_eq!(found, expected.map(|text| text.parse().unwrap()), "{values:?}");
    }
}

#[test]
fn only_proxies_that_are_named_are_believed() {
    let proxies = Proxies {
        header: Some(HEADER),
        trusted: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:a::/48".parse().unwrap()],
    };
    let cases = [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("2001:db8:a::1", "2001:db8:b::1", "2001:db8:b::1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
    ];
    for (connected, told, expected) in cases {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(connected.parse().unwrap(), 5)));
        let mut headers = HeaderMap::new();
        headers.append(HEADER, told.parse().unwrap());
        let found = proxies.client_address(&headers, &extensions);
        assert_eq!(found, Some(expected.parse().unwrap()), "{connected}: {told}");
    }
    let mut extensions = Extensions::new();
    extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 5))));
    let mut headers = HeaderMap::new();
    headers.append(HEADER, "unknown".parse().unwrap());
    assert_eq!(
        proxies.client_address(&headers, &extensions),
        None,
        "a proxy that does not tell"
    );
}
