//! Names of a title's segments, and back from them.

use super::*;

#[test]
fn names_and_resources_go_both_ways() {
    let title = Title {
        kind: Kind::Film(5),
        segment: 4 * SECOND,
        video: vec![1_000_000, 4_000_000],
        audio: 128_000,
        spread: 10,
    };
    for rung in 0..3 {
        for number in [0, 1, 17] {
            let resource = Resource { rung, number };
            assert_eq!(title.resource(&title.url(resource)), Some(resource));
        }
    }
    assert_eq!(title.resource("http://origin.test/v2-1"), None);
    let sizes: Vec<_> = (1..200)
        .map(|number| title.size(Resource { rung: 1, number }))
        .collect();
    assert!(sizes.iter().all(|size| (1_800_000..=2_200_000).contains(size)));
    assert!((sizes.iter().sum::<u64>() / 199).abs_diff(2_000_000) < 20_000);
}
