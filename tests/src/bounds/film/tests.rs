//! What any swarm could spare the origin of a film.

use super::*;

fn watchers(of: &[(u64, u64)]) -> Vec<Watcher> {
    let watcher = |(position, uplink): &(u64, u64)| Watcher {
        position: *position,
        uplink: *uplink,
    };
    of.iter().map(watcher).collect()
}

#[test]
fn who_is_ahead_feeds_who_is_behind() {
    type Row = (&'static [(u64, u64)], u64, u64);
    let table: [Row; 6] = [
        // (position, uplink) of each; cache; the server's rate at bitrate 4.
        (&[(50, 9)], 100, 4),
        (&[(50, 4), (40, 0)], 100, 4),
        (&[(50, 3), (40, 0)], 100, 5),
        (&[(50, 4), (40, 0)], 5, 8),
        // The one at 30 is out of reach for the first; the second feeds it.
        (&[(50, 4), (40, 4), (30, 0)], 15, 4),
        (&[(50, 8), (40, 0), (30, 0)], 100, 4),
    ];
    for (of, cache, expected) in table {
        assert_eq!(
            film_server_rate(&watchers(of), 4, cache),
            expected,
            "{of:?} {cache}"
        );
    }
}

#[test]
fn who_loses_first_gives_first() {
    // The one at 100 reaches 60 and not 35; were 60 fed by 90 instead, 35 would have nobody.
    let of = watchers(&[(100, 8), (90, 4), (60, 0), (35, 0)]);
    assert_eq!(film_server_rate(&of, 4, 60), 4);
}

#[test]
fn without_a_limit_it_is_the_deepest_deficit() {
    // max over j of (j * r - sum of the uplinks before it): the closed form for an endless cache.
    let of = watchers(&[(9, 0), (8, 10), (7, 0), (6, 1), (5, 0), (4, 0)]);
    let mut sum = 0;
    let mut deepest = 0_i64;
    for (index, watcher) in of.iter().enumerate() {
        deepest = deepest.max(4 * (index as i64 + 1) - sum);
        sum += watcher.uplink as i64;
    }
    assert_eq!(film_server_rate(&of, 4, u64::MAX) as i64, deepest);
}
