//! Tables: what is seen, and what is decided.

use super::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

#[test]
fn the_origin_is_asked_while_there_is_still_time() {
    let slack = |playable, origin| Slack {
        playable: ms(playable),
        origin: ms(origin),
        guard: ms(700),
        patience: ms(4000),
    };
    let table = [
        (slack(0, 300), 1000, "nothing is buffered"),
        (slack(900, 300), 1000, "less is buffered than the origin needs"),
        (slack(2000, 300), 2000, "what is left after origin and guard"),
        (
            slack(60_000, 300),
            5000,
            "no longer than patience, however much is buffered",
        ),
    ];
    for (slack, expected, why) in table {
        assert_eq!(slack.rescue_at(at(1000)), at(expected), "{why}");
    }
}

#[test]
fn a_demand_takes_the_course_that_it_can_afford() {
    let outlook = |rescue_at, holder, hope: Option<u64>| Outlook {
        rescue_at: at(rescue_at),
        holder,
        hope: hope.map(at),
    };
    let table = [
        (
            outlook(1000, true, None),
            Course::Fetch,
            "no time is left, though a peer has it",
        ),
        (outlook(2000, true, None), Course::Ask, "a peer has it"),
        (
            outlook(2000, false, None),
            Course::Fetch,
            "nobody has it, nobody will",
        ),
        (
            outlook(2000, false, Some(1500)),
            Course::Wait(at(1500)),
            "somebody may have it soon",
        ),
        (
            outlook(2000, false, Some(9000)),
            Course::Wait(at(2000)),
            "no longer than the rescue",
        ),
        (outlook(2000, false, Some(900)), Course::Fetch, "the hope is over"),
    ];
    for (outlook, expected, why) in table {
        assert_eq!(course(&outlook, at(1000)), expected, "{why}");
    }
}

#[test]
fn viewers_are_asked_before_seeders_and_the_quickest_of_them_first() {
    let holder = |name: &str, role, load, rate: Option<u64>| {
        let mut service = Throughput::default();
        if let Some(rate) = rate {
            service.record(rate, Duration::from_secs(1));
        }
        Holder {
            peer: PeerId::new(name).unwrap(),
            role,
            load,
            service,
        }
    };
    let viewer = PeerRole::Viewer;
    let table = [
        (vec![], None, "nobody"),
        (
            vec![
                holder("s", PeerRole::Seeder, 0, Some(9_000_000)),
                holder("v", viewer, 3, Some(100_000)),
            ],
            Some("v"),
            "a viewer, though the seeder is faster",
        ),
        (
            vec![
                holder("slow", viewer, 0, Some(100_000)),
                holder("fast", viewer, 1, Some(1_000_000)),
            ],
            Some("fast"),
            "the one that is done first",
        ),
        (
            vec![
                holder("busy", viewer, 3, Some(1_000_000)),
                holder("idle", viewer, 0, Some(1_000_000)),
            ],
            Some("idle"),
            "the one with less to do",
        ),
        (
            vec![
                holder("slow", viewer, 0, Some(10_000)),
                holder("new", viewer, 0, None),
            ],
            Some("new"),
            "one that was never tried, before a slow one",
        ),
    ];
    for (holders, expected, why) in table {
        let chosen = choose(&holders, 100_000).map(|holder| holder.peer.as_str());
        assert_eq!(chosen, expected, "{why}");
    }
}
