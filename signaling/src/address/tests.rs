//! Which word about a client's address counts.

use super::*;

const HEADER: HeaderName = HeaderName::from_static("x-forwarded-for");

#[test]
fn without_a_header_the_tcp_connection_counts() {
    let mut extensions = Extensions::new();
    let mut headers = HeaderMap::new();
    headers.insert(HEADER, "192.0.2.9".parse().unwrap());
    assert_eq!(client_address(None, &headers, &extensions), None);
    extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 5))));
    assert_eq!(
        client_address(None, &headers, &extensions),
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
        let found = client_address(Some(&HEADER), &headers, &Extensions::new());
        assert_eq!(found, expected.map(|text| text.parse().unwrap()), "{values:?}");
    }
}
