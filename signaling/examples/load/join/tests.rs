//! Which viewers come when, and from where.

use super::*;

#[test]
fn viewers_come_evenly_and_all_by_the_end() {
    assert_eq!(share(10_000, Duration::ZERO), 0);
    assert_eq!(share(10_000, Duration::from_secs(3)), 3_000);
    assert_eq!(share(10_000, ARRIVAL), 10_000);
}

#[test]
fn each_has_an_address_of_its_own_and_sixteen_share_a_block() {
    let all: BTreeSet<IpAddr> = (0..10_000).map(origin).collect();
    assert_eq!(all.len(), 10_000);
    let blocks: BTreeSet<[u8; 3]> = (0..10_000)
        .map(|number| match origin(number) {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                [a, b, c]
            }
            IpAddr::V6(_) => panic!("it is none"),
        })
        .collect();
    assert_eq!(blocks.len(), 625);
}
