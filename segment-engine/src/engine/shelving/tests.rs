//! What is on the shelf is held, offered, read back, checked and served; what an earlier session left is not fetched again.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

mod bench;
mod model;

use std::collections::BTreeSet;
use std::time::Duration;

use self::bench::{Bench, LIVE, PIECES, SEGMENTS, Way, body};
use crate::integrity::Record;
use crate::output::{Event, Source};
use crate::shelf::{ShelfCommand, ShelfEntry, ShelfFact, ShelfFault};
use crate::stats::SourceBytes;
use crate::wire::{Frame, Reject};

/// A seeder that has harvested all of a film, of which memory holds a third.
fn harvested() -> Bench {
    let mut bench = Bench::seeder();
    bench.open(&[]);
    bench.wait(1_000);
    bench
}

/// A seeder that finds on its shelf what an earlier one of the same film left.
fn warm() -> Bench {
    let before = harvested();
    let mut bench = Bench::seeder();
    bench.disk = before.disk.clone();
    bench.open(&before.found());
    bench.wait(1_000);
    bench
}

#[test]
fn what_is_fetched_is_shelved_with_its_root() {
    let bench = harvested();
    assert_eq!(bench.disk.len(), SEGMENTS);
    for number in 1..=SEGMENTS {
        assert_eq!(bench.disk[&bench.key(number)], body(number));
    }
    let stats = bench.engine.stats();
    assert_eq!(stats.shelved_segments, SEGMENTS as u64);
    assert_eq!(
        stats.shelved_bytes,
        bench.disk.values().map(|body| body.len()).sum::<u64>()
    );
    assert!(
        stats.stored_segments < SEGMENTS as u64 / 2,
        "memory is smaller: {stats:?}"
    );
}

#[test]
fn what_the_shelf_alone_holds_is_looked_at_again_and_written_anew_where_it_has_changed() {
    let mut bench = Bench::rechecking(Duration::from_secs(240));
    bench.open(&[]);
    bench.wait(1_000);
    bench.fetched.clear();
    bench.origin_offset = 100;
    bench.wait(520_000);
    let looked: BTreeSet<&String> = bench.fetched.iter().collect();
    assert_eq!(looked.len(), SEGMENTS, "in memory or not");
    assert!(
        bench.fetched.len() <= SEGMENTS + SEGMENTS / 2,
        "none is fetched for want of it: {}",
        bench.fetched.len()
    );
    for number in 1..=SEGMENTS {
        assert_eq!(bench.disk[&bench.key(number)], body(number + 100));
    }
}

#[test]
fn without_a_shelf_none_is_asked_for_anything() {
    let mut bench = Bench::seeder();
    bench.start();
    bench.wait(60_000);
    assert!(bench.commands.is_empty());
    assert_eq!(bench.fetched.len(), SEGMENTS);
}

#[test]
fn what_went_from_memory_alone_stays_offered() {
    let mut bench = Bench::seeder();
    bench.open(&[]);
    bench.link("early");
    bench.wait(1_000);
    assert_eq!(bench.offered("early"), (1..=SEGMENTS).collect());
    bench.link("late");
    assert_eq!(bench.offered("late"), (1..=SEGMENTS).collect());
}

#[test]
fn what_went_from_memory_and_is_not_on_the_shelf_is_taken_back() {
    let mut bench = Bench::seeder();
    bench.way = Way::Refuses;
    bench.open(&[]);
    bench.link("a");
    bench.wait(1_000);
    assert_eq!(
        bench.offered("a").len() as u64,
        bench.engine.stats().stored_segments
    );
    assert_eq!(bench.engine.stats().shelved_segments, 0);
}

#[test]
fn a_request_waits_while_the_segment_is_read_back() {
    let mut bench = harvested();
    bench.link("a");
    bench.way = Way::Holds;
    let number = bench.not_in_memory();
    bench.request("a", 1, number, (0, 2));
    assert_eq!(bench.reads(), [number]);
    bench.request("a", 2, number, (2, 2));
    bench.want_leaves("a", 3, number);
    assert_eq!(bench.reads(), [number], "it is being read");
    assert_eq!((bench.pieces("a"), bench.rejects("a")), (Vec::new(), Vec::new()));
    bench.release();
    assert_eq!(bench.pieces("a"), [(1, 0), (1, 1), (2, 2), (2, 3)]);
    assert_eq!(bench.leaves("a"), body(number).leaves());
    assert_eq!(bench.engine.stats().shelf_reads, 1);
    assert_eq!(bench.rejects("a"), []);
    assert_eq!(bench.fetched.len(), SEGMENTS, "the origin is not asked");
}

#[test]
fn a_request_beyond_the_end_is_refused_without_a_read() {
    let mut bench = harvested();
    bench.link("a");
    let number = bench.not_in_memory();
    bench.request("a", 1, number, (PIECES - 1, 2));
    bench.request("a", 2, number, (PIECES, 1));
    assert_eq!(bench.rejects("a"), [(1, Reject::NotHeld), (2, Reject::NotHeld)]);
    assert!(bench.reads().is_empty());
}

#[test]
fn wrong_bytes_are_not_served_and_are_fetched_anew() {
    let mut bench = harvested();
    bench.link("a");
    let number = bench.not_in_memory();
    let key = bench.key(number);
    bench.disk.insert(key, body(number + 100));
    bench.request("a", 1, number, (0, 2));
    assert_eq!(
        (bench.pieces("a"), bench.rejects("a")),
        (Vec::new(), vec![(1, Reject::Busy)])
    );
    assert_eq!(bench.engine.stats().shelf_faults, 1);
    let fault = ShelfFault::Corrupt;
    assert!(bench.events.contains(&Event::ShelfFault { key, fault }));
    assert!(bench.commands.contains(&ShelfCommand::Discard(vec![key])));
    bench.wait(1_000);
    assert_eq!(bench.fetched.len(), SEGMENTS + 1, "it is fetched anew");
    assert_eq!(bench.disk[&key], body(number), "and shelved");
    bench.request("a", 3, number, (0, 1));
    assert_eq!(bench.pieces("a"), [(3, 0)]);
    assert!(bench.dropped.is_empty());
}

#[test]
fn what_cannot_be_read_now_is_fetched_once_and_stays_on_the_shelf() {
    let mut bench = harvested();
    bench.link("a");
    bench.way = Way::Stumbles;
    let number = bench.not_in_memory();
    let key = bench.key(number);
    bench.request("a", 1, number, (0, 2));
    assert_eq!(bench.rejects("a"), [(1, Reject::Busy)]);
    let fault = ShelfFault::Unreadable;
    assert!(bench.events.contains(&Event::ShelfFault { key, fault }));
    bench.wait(1_000);
    assert_eq!(bench.fetched.len(), SEGMENTS + 1);
    bench.request("a", 2, number, (0, 1));
    assert_eq!(bench.pieces("a"), [(2, 0)], "from memory");
    let discarded = |command: &ShelfCommand| matches!(command, ShelfCommand::Discard(_));
    assert!(!bench.commands.iter().any(discarded));
    assert_eq!(bench.engine.stats().shelved_segments, SEGMENTS as u64);
}

#[test]
fn who_waits_for_what_turns_out_wrong_is_told_once_to_come_again() {
    let mut bench = harvested();
    bench.link("a");
    bench.way = Way::Holds;
    let number = bench.not_in_memory();
    let key = bench.key(number);
    bench.request("a", 1, number, (0, 2));
    bench.request("a", 2, number, (2, 2));
    bench.want_leaves("a", 3, number);
    bench.disk.remove(&key);
    bench.release();
    let mut rejects = bench.rejects("a");
    rejects.sort_by_key(|(request, _)| *request);
    assert_eq!(rejects, [(1, Reject::Busy), (2, Reject::Busy), (3, Reject::Busy)]);
    let fault = ShelfFault::Missing;
    assert!(bench.events.contains(&Event::ShelfFault { key, fault }));
}

#[test]
fn a_demand_is_answered_from_the_shelf() {
    let mut bench = harvested();
    let number = bench.not_in_memory();
    bench.demand(number);
    assert_eq!(bench.delivered, [(1, body(number))]);
    assert_eq!(bench.fetched.len(), SEGMENTS);
    bench.demand(number);
    assert_eq!(bench.delivered.len(), 2);
    assert_eq!(bench.reads(), [number], "the second time from memory");
}

#[test]
fn a_demand_goes_to_the_origin_where_the_shelf_is_wrong_or_silent() {
    for way in [Way::Answers, Way::Holds] {
        let mut bench = harvested();
        let number = bench.not_in_memory();
        bench.disk.insert(bench.key(number), body(0));
        bench.way = way;
        bench.demand(number);
        bench.wait(4_900);
        assert_eq!(bench.delivered.is_empty(), way == Way::Holds);
        bench.wait(200);
        assert_eq!(bench.delivered, [(1, body(number))]);
    }
}

#[test]
fn what_takes_too_long_is_not_waited_for_and_still_taken_when_it_comes() {
    let mut bench = harvested();
    bench.link("a");
    bench.way = Way::Holds;
    let number = bench.not_in_memory();
    bench.request("a", 1, number, (0, 1));
    bench.wait(4_999);
    assert_eq!(bench.rejects("a"), []);
    bench.wait(1);
    assert_eq!(bench.rejects("a"), [(1, Reject::Busy)]);
    bench.request("a", 2, number, (0, 1));
    assert_eq!(
        bench.rejects("a").last(),
        Some(&(2, Reject::Busy)),
        "at once: it hangs"
    );
    bench.release();
    bench.request("a", 3, number, (0, 1));
    assert_eq!(bench.pieces("a"), [(3, 0)]);
    assert_eq!(bench.engine.stats().shelf_faults, 0);
}

#[test]
fn what_the_shelf_brings_late_is_not_fetched_any_further() {
    let mut bench = harvested();
    bench.way = Way::Holds;
    let number = bench.not_in_memory();
    bench.origin_hangs = true;
    bench.demand(number);
    bench.wait(5_100);
    assert_eq!(bench.delivered, []);
    let before = bench.aborted;
    bench.release();
    assert_eq!(bench.delivered, [(1, body(number))]);
    assert_eq!(bench.aborted, before + 1, "the origin's response");
}

#[test]
fn what_is_taken_back_is_not_sent() {
    let mut bench = harvested();
    for name in ["a", "b"] {
        bench.link(name);
    }
    bench.way = Way::Holds;
    let number = bench.not_in_memory();
    bench.request("a", 1, number, (0, 1));
    bench.request("b", 1, number, (1, 1));
    bench.hear("a", &Frame::Cancel(crate::wire::RequestId(1)));
    bench.close("b");
    bench.release();
    assert_eq!((bench.pieces("a"), bench.pieces("b")), (Vec::new(), Vec::new()));
    assert_eq!(bench.engine.stats().shelf_reads, 1);
}

#[test]
fn who_asks_for_too_much_is_told_to_come_again() {
    let mut bench = harvested();
    bench.link("greedy");
    bench.link("modest");
    bench.way = Way::Holds;
    let number = bench.not_in_memory();
    for request in 0..200 {
        bench.request("greedy", request, number, (0, 1));
    }
    let rejects = bench.rejects("greedy");
    assert_eq!(rejects.len(), 200 - 64);
    assert!(rejects.iter().all(|(_, reason)| *reason == Reject::Busy));
    bench.request("modest", 1, number, (0, 1));
    assert!(bench.rejects("modest").is_empty(), "it may wait");
    bench.release();
    let answered = bench.pieces("greedy").len() + bench.rejects("greedy").len();
    assert_eq!(answered, 200, "each is sent its piece, or told to come again");
    assert_eq!(bench.pieces("modest").len() + bench.rejects("modest").len(), 1);
}

#[test]
fn pieces_that_left_memory_before_they_were_sent_are_read_again() {
    let mut bench = harvested();
    bench.link("slow");
    bench.link("quick");
    let slow = bench.not_in_memory();
    // The first window is on its way, and nothing of it leaves.
    bench.is_stuck = true;
    for request in 0..4 {
        bench.request("slow", request, slow, (0, PIECES));
    }
    let before = bench.pieces("slow").len();
    for number in (1..=SEGMENTS).filter(|number| *number != slow) {
        bench.request("quick", 100 + u32::try_from(number).unwrap(), number, (0, 1));
    }
    assert!(!bench.in_memory(slow), "others were of use since");
    bench.is_stuck = false;
    bench.drain("slow");
    bench.wait(2_000);
    let sent = bench.pieces("slow").len();
    let refused = bench.rejects("slow").len() * PIECES as usize;
    assert!(before < sent, "{before} {sent}");
    assert_eq!(
        sent + refused,
        4 * PIECES as usize,
        "each request is served in full or refused"
    );
    assert!(
        bench
            .rejects("slow")
            .iter()
            .all(|(_, reason)| *reason == Reject::Busy)
    );
    assert!(bench.reads().iter().filter(|number| **number == slow).count() >= 2);
}

#[test]
fn what_was_of_use_last_stays_in_memory() {
    let mut bench = harvested();
    bench.link("a");
    let (hot, other) = (bench.not_in_memory(), SEGMENTS);
    for request in 0..40 {
        bench.request("a", 2 * request, hot, (0, 1));
        let cold = 1 + (other + request as usize) % SEGMENTS;
        bench.request("a", 2 * request + 1, cold, (0, 1));
        bench.wait(500);
    }
    assert_eq!(bench.reads().iter().filter(|number| **number == hot).count(), 1);
    assert!(bench.in_memory(hot));
}

#[test]
fn a_warm_start_asks_the_origin_for_the_manifest_alone() {
    let mut bench = warm();
    assert_eq!(bench.fetched, Vec::<String>::new());
    assert_eq!(bench.signed(), (1..=SEGMENTS).collect(), "all is signed anew");
    bench.link("a");
    assert_eq!(bench.offered("a"), (1..=SEGMENTS).collect());
    bench.request("a", 1, 3, (0, 2));
    assert_eq!(bench.pieces("a"), [(1, 0), (1, 1)]);
    assert_eq!(bench.engine.stats().stored_segments, 1);
}

#[test]
fn a_warm_start_fetches_what_is_not_there() {
    let before = harvested();
    let mut found = before.found();
    let missing = found.remove(4).key;
    let mut bench = Bench::seeder();
    bench.disk = before.disk.clone();
    bench.open(&found);
    bench.wait(1_000);
    assert_eq!(bench.fetched.len(), 1);
    assert!(bench.disk.contains_key(&missing));
    assert_eq!(bench.signed(), (1..=SEGMENTS).collect());
}

#[test]
fn what_is_found_wrong_after_a_warm_start_is_fetched_and_signed_as_it_is() {
    let before = harvested();
    let mut bench = Bench::seeder();
    bench.disk = before.disk.clone();
    bench.disk.insert(before.key(2), body(77));
    bench.open(&before.found());
    bench.wait(1_000);
    bench.link("a");
    bench.request("a", 1, 2, (0, 1));
    assert_eq!(bench.pieces("a"), []);
    bench.wait(1_000);
    assert_eq!(bench.fetched.len(), 1);
    bench.request("a", 2, 2, (0, 1));
    assert_eq!(bench.pieces("a"), [(2, 0)]);
}

#[test]
fn nothing_is_fetched_while_the_shelf_is_looked_up_but_not_for_ever() {
    let mut bench = Bench::seeder();
    bench.tell_shelf(ShelfFact::Opening);
    bench.start();
    bench.wait(9_900);
    assert_eq!(bench.fetched, Vec::<String>::new());
    bench.wait(200);
    assert_eq!(bench.fetched.len(), SEGMENTS);
    let in_memory = bench.engine.stats().stored_segments;
    bench.tell_shelf(ShelfFact::Opened(Vec::new()));
    assert_eq!(
        bench.disk.len() as u64,
        in_memory,
        "what is in memory by then is shelved"
    );
}

#[test]
fn what_is_not_in_the_manifest_is_neither_signed_nor_served() {
    let mut bench = Bench::seeder();
    let mut stranger = harvested().found()[0];
    stranger.key.track = crate::id::TrackKey([9; 8]);
    bench.open(&[stranger]);
    bench.wait(1_000);
    assert_eq!(bench.signed(), (1..=SEGMENTS).collect());
    bench.link("a");
    assert_eq!(bench.offered("a").len(), SEGMENTS);
    assert!(
        !bench
            .commands
            .iter()
            .any(|command| matches!(command, ShelfCommand::Discard(_)))
    );
}

#[test]
fn what_no_memory_holds_and_no_segment_is_is_discarded() {
    let mut bench = Bench::seeder();
    let mut found = harvested().found();
    found.truncate(3);
    found[0].record.size = 0;
    found[1].record.size = 1 << 40;
    found[2].record.size = 1 << 20;
    let keys = found.iter().map(|entry| entry.key).collect();
    bench.open(&found);
    assert_eq!(bench.commands.first(), Some(&ShelfCommand::Discard(keys)));
}

#[test]
fn live_segments_that_left_the_window_are_discarded() {
    let mut bench = Bench::live(LIVE);
    bench.open(&[]);
    bench.wait(60_000);
    let ages: Vec<i64> = bench
        .disk
        .keys()
        .map(|key| bench.live_edge() - key.time)
        .collect();
    assert!(bench.fetched.len() > 20, "{:?}", bench.fetched.len());
    assert!(
        ages.iter().all(|age| *age <= 24),
        "no more than the window and one refresh: {ages:?}"
    );
    assert!(ages.len() >= 4);
    assert_eq!(bench.engine.stats().shelved_segments, ages.len() as u64);
}

#[test]
fn a_warm_start_of_a_live_title_discards_what_has_left_and_takes_the_rest() {
    let (before, mut bench) = live_again();
    bench.open(&before.found());
    let found = before.disk.len();
    bench.wait(1_000);
    let kept = before
        .found()
        .iter()
        .filter(|entry| bench.disk.contains_key(&entry.key))
        .count();
    assert!((1..found).contains(&kept), "{kept} of {found}");
    let again = bench.fetched.iter().filter(|url| before.fetched.contains(url));
    assert_eq!(
        again.count(),
        1,
        "of what is still in the window one is compared with the origin's"
    );
}

#[test]
fn a_warm_start_takes_nothing_of_another_run_of_a_live_title() {
    // Whether its names are those of segments that are not there yet.
    for is_ahead in [false, true] {
        let (before, mut bench) = live_again();
        bench.origin_offset = 100;
        let mut found = before.found();
        if is_ahead {
            found.iter_mut().for_each(|entry| entry.key.time += 1_000);
        }
        bench.open(&found);
        bench.wait(1_000);
        assert!(!bench.fetched.is_empty());
        for (key, is_of) in &bench.disk {
            let number = bench.number(key);
            assert!(is_ahead || *is_of == body(number + 100), "{key:?}");
        }
        let gone: Vec<_> = found.iter().map(|entry| entry.key).collect();
        let discarded = |command: &ShelfCommand| match command {
            ShelfCommand::Discard(keys) => keys.clone(),
            _ => Vec::new(),
        };
        let discarded: Vec<_> = bench.commands.iter().flat_map(discarded).collect();
        assert!(gone.iter().all(|key| discarded.contains(key)), "{discarded:?}");
    }
}

#[test]
fn a_warm_start_beside_an_origin_that_fails_waits_for_it_and_keeps_what_it_has() {
    let (before, mut bench) = live_again();
    bench.origin_fails = true;
    bench.open(&before.found());
    bench.wait(1_500);
    assert!(
        bench
            .commands
            .iter()
            .all(|command| !matches!(command, ShelfCommand::Discard(_)))
    );
    bench.origin_fails = false;
    bench.wait(4_000);
    let newest = before
        .found()
        .into_iter()
        .map(|entry| entry.key)
        .max_by_key(|key| key.time);
    assert!(bench.disk.contains_key(&newest.expect("something was left")));
    let again = bench.fetched.iter().filter(|url| before.fetched.contains(url));
    assert_eq!(again.count(), 1);
}

/// A seeder of a live title, and another that comes 8 s after it has ended, with what that left on its disk.
fn live_again() -> (Bench, Bench) {
    let mut before = Bench::live(LIVE);
    before.open(&[]);
    before.wait(10_000);
    let mut bench = Bench::live(LIVE);
    bench.disk = before.disk.clone();
    bench.skip(before.elapsed() + Duration::from_secs(8));
    (before, bench)
}

#[test]
fn what_could_not_be_written_is_tried_again_after_a_while() {
    let mut bench = Bench::seeder();
    bench.way = Way::Refuses;
    bench.open(&[]);
    bench.wait(1_000);
    let tried = bench.writes();
    assert!(tried < SEGMENTS / 2, "not each in vain: {tried}");
    bench.way = Way::Answers;
    bench.wait(3_000);
    assert_eq!(bench.writes(), tried, "not at once");
    bench.wait(3_000);
    assert_eq!(bench.disk.len() as u64, bench.engine.stats().stored_segments);
    let written = bench.writes();
    bench.wait(120_000);
    assert_eq!(bench.writes(), written, "once each");
}

#[test]
fn what_the_driver_let_go_is_not_fetched_for_the_shelf() {
    let mut bench = harvested();
    bench.link("a");
    let (memory, shelf) = (bench.in_memory_first(), bench.not_in_memory());
    bench.forget_sent();
    let keys = vec![bench.key(memory), bench.key(shelf)];
    for key in &keys {
        bench.disk.remove(key);
    }
    bench.tell_shelf(ShelfFact::Dropped(keys.clone()));
    bench.wait(60_000);
    assert_eq!(bench.gone("a"), [keys[1]], "the other is in memory");
    assert_eq!(bench.fetched.len(), SEGMENTS);
    assert_eq!(bench.writes(), SEGMENTS);
    bench.request("a", 1, memory, (0, 1));
    assert_eq!(bench.pieces("a"), [(1, 0)]);
}

#[test]
fn changed_bytes_of_the_origin_replace_what_is_shelved() {
    let mut bench = harvested();
    let number = bench.not_in_memory();
    let key = bench.key(number);
    bench.disk.remove(&key);
    bench.origin_offset = 40;
    bench.link("a");
    bench.request("a", 1, number, (0, 1));
    bench.wait(1_000);
    assert_eq!(bench.disk[&key], body(number + 40));
    let before = bench.rejects("a").len();
    bench.request("a", 2, number, (0, 1));
    assert_eq!(bench.pieces("a"), [], "who asks may not know that it is another");
    assert_eq!(bench.rejects("a")[before..], [(2, Reject::Busy)]);
    bench.wait(2_000);
    bench.request("a", 3, number, (0, 1));
    assert_eq!(bench.pieces("a"), [(3, 0)]);
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    let mut bench = harvested();
    let number = bench.not_in_memory();
    let key = bench.key(number);
    let before = bench.engine.stats();
    bench.tell_shelf(ShelfFact::Unshelved { key, body: None });
    let body = Some(body(number));
    bench.tell_shelf(ShelfFact::Unshelved { key, body });
    assert_eq!(bench.engine.stats(), before);
}

#[test]
fn what_was_written_and_is_not_wanted_any_more_is_discarded() {
    let mut bench = harvested();
    let key = bench.key(1);
    let record = Record::of(&body(200));
    bench.tell_shelf(ShelfFact::Shelved(ShelfEntry { key, record }));
    assert_eq!(bench.commands.last(), Some(&ShelfCommand::Discard(vec![key])));
}

#[test]
fn a_viewer_serves_what_it_shelved_once_its_record_is_known() {
    let seeder = harvested();
    let mut bench = Bench::viewer();
    bench.disk = seeder.disk.clone();
    bench.open(&seeder.found());
    bench.link("a");
    assert_eq!(bench.offered("a").len(), 0, "nobody has signed them");
    bench.request("a", 1, 1, (0, 1));
    assert_eq!(bench.rejects("a"), [(1, Reject::NotHeld)]);
    bench.learn("a", 1..=4);
    bench.wait(1_000);
    assert_eq!(bench.offered("a"), (1..=4).collect());
    bench.request("a", 2, 2, (0, 1));
    assert_eq!(bench.pieces("a"), [(2, 0)]);
    bench.demand(3);
    assert_eq!(bench.delivered, [(1, body(3))]);
    assert_eq!(bench.fetched, Vec::<String>::new());
}

#[test]
fn what_was_shelved_of_another_root_is_discarded_when_the_record_comes() {
    let mut found = harvested().found();
    found.truncate(1);
    found[0].record = Record::of(&body(50));
    let key = found[0].key;
    let mut bench = Bench::viewer();
    bench.disk.insert(key, body(50));
    bench.open(&found);
    bench.link("a");
    bench.learn("a", 1..=1);
    assert!(bench.commands.contains(&ShelfCommand::Discard(vec![key])));
    assert_eq!(bench.offered("a").len(), 0);
    assert!(bench.disk.is_empty());
}

/// A viewer that has taken a film's first segments from its origin, and knows them to be signed: what its database holds
/// then.
fn watched(numbers: std::ops::RangeInclusive<usize>) -> Bench {
    let mut bench = Bench::viewer();
    bench.open_with_digests(&[], &[]);
    bench.link("a");
    bench.learn("a", numbers.clone());
    for number in numbers {
        bench.demand(number);
    }
    bench.wait(15_000);
    bench
}

#[test]
fn a_second_visit_plays_what_the_first_left_with_nobody_else_there() {
    let before = watched(1..=3);
    assert_eq!((before.disk.len(), before.kept.len()), (3, 1));
    let mut bench = Bench::viewer();
    bench.disk = before.disk.clone();
    bench.open_with_digests(&before.batches_kept(), &before.found());
    for number in 1..=3 {
        bench.demand(number);
    }
    assert_eq!(bench.delivered, [(1, body(1)), (2, body(2)), (3, body(3))]);
    assert_eq!(bench.fetched, Vec::<String>::new());
    let (stats, size) = (bench.engine.stats(), 3 * body(1).len());
    let stored = SourceBytes {
        stored: size,
        ..SourceBytes::default()
    };
    assert_eq!((stats.received, stats.delivered), (stored, stored));
    let delivered = bench.events.iter().filter_map(|event| match event {
        Event::SegmentDelivered { source, .. } => Some(*source),
        _ => None,
    });
    assert_eq!(delivered.collect::<Vec<_>>(), [Source::Stored; 3]);
    bench.link("a");
    assert_eq!(bench.offered("a"), (1..=3).collect(), "others can have it");
}

#[test]
fn a_demand_waits_until_it_is_known_what_an_earlier_visit_left() {
    let before = watched(1..=1);
    let mut bench = Bench::viewer();
    bench.disk = before.disk.clone();
    bench.tell_shelf(ShelfFact::Opening);
    bench.demand(1);
    bench.demand(2);
    assert_eq!(bench.fetched.len(), 0);
    bench.tell_shelf(ShelfFact::Digests(before.batches_kept()));
    bench.tell_shelf(ShelfFact::Opened(before.found()));
    assert_eq!(bench.delivered.len(), 2);
    assert_eq!(bench.fetched, ["http://origin.test/2.m4s"]);
}

#[test]
fn a_player_does_not_wait_long_for_a_database_that_does_not_open() {
    let mut bench = Bench::viewer();
    bench.tell_shelf(ShelfFact::Opening);
    bench.demand(1);
    bench.wait(900);
    assert_eq!(bench.fetched.len(), 0);
    bench.wait(200);
    assert_eq!(bench.delivered, [(1, body(1))]);
}

#[test]
fn a_player_does_not_wait_long_for_a_segment_that_is_not_read() {
    let before = watched(1..=1);
    let mut bench = Bench::viewer();
    bench.disk = before.disk.clone();
    bench.open_with_digests(&before.batches_kept(), &before.found());
    bench.way = Way::Holds;
    bench.demand(1);
    bench.wait(900);
    assert_eq!(bench.fetched.len(), 0);
    bench.wait(5_000);
    assert_eq!(bench.delivered, [(1, body(1))]);
    assert_eq!(bench.fetched.len(), 1);
}

#[test]
fn what_was_altered_in_the_database_is_fetched_anew_and_put_in_its_place() {
    let before = watched(1..=1);
    let (mut bench, key) = (Bench::viewer(), before.key(1));
    bench.disk.insert(key, body(50));
    bench.open_with_digests(&before.batches_kept(), &before.found());
    bench.demand(1);
    bench.wait(5_000);
    assert_eq!(bench.delivered, [(1, body(1))]);
    assert_eq!(bench.fetched.len(), 1);
    let fault = ShelfFault::Corrupt;
    assert!(bench.events.contains(&Event::ShelfFault { key, fault }));
    assert_eq!(bench.disk[&key], body(1));
}

#[test]
fn digests_that_are_not_signed_count_for_nothing_and_go() {
    let before = watched(1..=1);
    let mut bench = Bench::viewer();
    (bench.disk, bench.kept) = (before.disk.clone(), before.kept.clone());
    bench.has_forged_digests = true;
    bench.open_with_digests(&before.batches_kept(), &before.found());
    bench.demand(1);
    bench.wait(5_000);
    assert_eq!(bench.fetched.len(), 1);
    assert!(bench.kept.is_empty());
}

#[test]
fn digests_that_have_expired_go() {
    let before = watched(1..=1);
    let mut bench = Bench::viewer();
    bench.kept = before.kept.clone();
    bench.skip(Duration::from_secs(2 * 3_600));
    bench.open_with_digests(&before.batches_kept(), &before.found());
    assert!(bench.kept.is_empty());
    bench.demand(1);
    bench.wait(5_000);
    assert_eq!(bench.fetched.len(), 1);
}

#[test]
fn a_viewer_keeps_nothing_of_a_live_title() {
    let mut bench = Bench::live_viewer();
    bench.open_with_digests(&[], &[]);
    bench.link("a");
    let number = usize::try_from(bench.live_edge() / 2).unwrap() - 2;
    bench.learn("a", number..=number);
    bench.demand(number);
    bench.wait(2_000);
    assert_eq!(bench.delivered, [(1, body(number))]);
    assert!(bench.commands.is_empty(), "{:?}", bench.commands);
}

#[test]
fn what_another_tab_has_put_there_is_of_use_at_once() {
    let other = watched(1..=2);
    let mut bench = watched(1..=1);
    bench.disk = other.disk.clone();
    bench.learn("a", 2..=2);
    bench.tell_shelf(ShelfFact::Opened(other.found()));
    bench.demand(2);
    assert_eq!(bench.fetched.len(), 1, "the first only");
    assert_eq!(bench.delivered.last(), Some(&(2, body(2))));
}

#[test]
fn a_viewer_without_room_goes_on_without_and_does_not_try_again() {
    let mut bench = Bench::viewer();
    bench.way = Way::Refuses;
    bench.open_with_digests(&[], &[]);
    bench.link("a");
    bench.learn("a", 1..=1);
    bench.demand(1);
    bench.wait(60_000);
    assert_eq!(bench.writes(), 1);
    assert_eq!(bench.engine.stats().shelved_segments, 0);
}
