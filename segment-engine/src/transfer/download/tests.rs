//! A segment's pieces as they come: which count, which are refused, and what is held of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::id::{SegmentKind, TrackKey};
use crate::time::MediaTime;

const PIECES: u64 = PIECE as u64;

/// Four pieces, the last of five bytes.
const SIZE: u64 = 3 * PIECES + 5;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn segment() -> Segment {
    Segment {
        key: SegmentKey {
            track: TrackKey([1; 8]),
            kind: SegmentKind::Media,
            time: 0,
            range: None,
        },
        url: "http://origin/s".into(),
        start: MediaTime::ZERO,
        duration: Duration::from_secs(2),
    }
}

#[test]
fn a_piece_that_was_asked_for_by_an_earlier_download_blames_nobody() {
    let mut download = unsized_download();
    let from = PeerId::new("a").unwrap();
    let added = download.add_received(2, &Piece::new(b"late"), &from, None);
    assert_eq!(added, Added::Known);
}

fn unsized_download() -> Download {
    Download::new(segment(), 2, at(0), at(5_000))
}

/// A download of `SIZE` bytes that takes nothing from peers yet.
fn closed() -> Download {
    let mut download = unsized_download();
    download.on_size(SIZE, None);
    download
}

/// A download of the swarm's body, whose leaves are verified.
fn verified() -> Download {
    let mut download = closed();
    assert!(download.on_leaves(swarms().leaves().into()));
    download
}

/// The segment as the swarm has it.
fn swarms() -> Body {
    let bytes: Vec<u8> = (0..SIZE)
        .map(|index| (index ^ (index >> 8)).to_le_bytes()[0])
        .collect();
    Body::of(&bytes)
}

/// As large, and other in every piece.
fn others() -> Body {
    let bytes: Vec<u8> = swarms().to_vec().iter().map(|byte| !byte).collect();
    Body::of(&bytes)
}

fn piece(body: &Body, index: u32) -> &Piece {
    &body.pieces()[index as usize]
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

/// Takes a piece in that a viewer sent.
fn receive(download: &mut Download, index: u32, piece: &Piece, from: &str) -> Added {
    download.add_received(index, piece, &peer(from), Some(PeerRole::Viewer))
}

/// The pieces that two peers are asked for.
fn twice(download: &Download) -> Vec<u32> {
    let pieces = 0..download.piece_count();
    pieces.filter(|piece| download.asks.is_twice(*piece)).collect()
}

fn set(len: u32, members: impl IntoIterator<Item = u32>) -> Bits {
    let mut bits = Bits::none(len);
    for member in members {
        bits.add(member);
    }
    bits
}

fn held(download: &Download) -> Vec<u32> {
    download.have().iter().collect()
}

#[test]
fn nothing_has_a_place_before_the_size_is_known() {
    let mut download = unsized_download();
    assert_eq!(
        (download.size(), download.piece_count(), download.piece_len(0)),
        (None, 0, 0)
    );
    assert_eq!(download.add_fetched(0, piece(&swarms(), 0)), Added::Known);
    assert!(!download.is_complete() && download.body().is_none());
    assert!(download.missing().is_empty() && download.bytes_lacking() == 0);
    assert!(download.on_leaves(swarms().leaves().into()) && !download.is_open_to_peers());
}

#[test]
fn its_size_says_how_long_each_piece_is() {
    let table = [
        (1, vec![1, 0]),
        (PIECES, vec![PIECE, 0]),
        (PIECES + 1, vec![PIECE, 1, 0]),
        (SIZE, vec![PIECE, PIECE, PIECE, 5, 0]),
    ];
    for (size, lengths) in table {
        let mut download = unsized_download();
        download.on_size(size, None);
        assert_eq!(download.piece_count() as usize, lengths.len() - 1, "{size}");
        let lens: Vec<_> = (0..=download.piece_count())
            .map(|index| download.piece_len(index))
            .collect();
        assert_eq!(lens, lengths, "{size}");
        assert_eq!(download.bytes_lacking(), size);
    }
}

#[test]
fn a_record_may_follow_the_size_and_stays() {
    let mut download = closed();
    let record = Record::of(&swarms());
    assert_eq!(download.record(), None);
    download.on_size(SIZE, Some(record));
    assert_eq!(download.record(), Some(record));
    download.on_size(SIZE, None);
    assert_eq!(download.record(), Some(record));
}

#[test]
fn another_size_puts_it_in_dispute() {
    let mut download = verified();
    receive(&mut download, 0, piece(&swarms(), 0), "a");
    download.on_size(SIZE + 1, Some(Record::of(&swarms())));
    assert!(download.is_disputed() && held(&download).is_empty());
    assert_eq!((download.size(), download.record()), (Some(SIZE), None));
}

#[test]
fn its_slack_ends_at_its_deadline() {
    let mut download = unsized_download();
    for (now, slack) in [(0, 5_000), (4_999, 1), (5_000, 0), (9_000, 0)] {
        assert_eq!(download.slack(at(now)), Duration::from_millis(slack), "{now}");
    }
    download.set_deadline(at(7_000));
    assert_eq!(download.slack(at(4_000)), Duration::from_secs(3));
}

#[test]
fn peers_are_believed_where_leaves_are_verified_or_all_are_trusted() {
    let disputed = || {
        let mut download = verified();
        download.dispute();
        download
    };
    let open = || {
        let mut download = closed();
        download.trust();
        download
    };
    let table = [
        (closed(), Added::Known, "nothing vouches for it"),
        (verified(), Added::New, "it matches its leaf"),
        (open(), Added::New, "the swarm is trusted"),
        (disputed(), Added::Known, "the origin differs"),
    ];
    for (mut download, added, why) in table {
        assert_eq!(download.is_open_to_peers(), added == Added::New, "{why}");
        assert_eq!(download.is_relayable(), added == Added::New, "{why}");
        assert_eq!(
            receive(&mut download, 1, piece(&swarms(), 1), "a"),
            added,
            "{why}"
        );
        let expected: &[u32] = if added == Added::New { &[1] } else { &[] };
        assert_eq!(held(&download), expected, "{why}");
    }
}

#[test]
fn a_wrong_piece_of_a_peer_is_refused() {
    let other = others();
    let table = [
        (0, piece(&other, 0).clone(), "altered"),
        (0, piece(&swarms(), 1).clone(), "another piece of the segment"),
        (
            3,
            Piece::new(&swarms().to_vec()[3 * PIECE..3 * PIECE + 4]),
            "cut short",
        ),
        (4, piece(&swarms(), 0).clone(), "beyond the end"),
    ];
    for (index, piece, why) in table {
        let mut download = verified();
        assert_eq!(receive(&mut download, index, &piece, "a"), Added::Wrong, "{why}");
        assert!(held(&download).is_empty() && !download.is_disputed(), "{why}");
    }
}

#[test]
fn a_wrong_piece_is_told_where_the_right_one_is_held() {
    let mut download = verified();
    receive(&mut download, 0, piece(&swarms(), 0), "a");
    assert_eq!(receive(&mut download, 0, piece(&others(), 0), "b"), Added::Wrong);
    assert_eq!(download.piece(0), Some(piece(&swarms(), 0)));
}

#[test]
fn a_piece_of_another_length_is_wrong_even_where_all_are_trusted() {
    let mut download = closed();
    download.trust();
    assert_eq!(receive(&mut download, 0, piece(&swarms(), 3), "a"), Added::Wrong);
    assert_eq!(receive(&mut download, 3, piece(&swarms(), 0), "a"), Added::Wrong);
}

#[test]
fn a_piece_counts_once_wherever_it_comes_from() {
    let body = swarms();
    let mut download = verified();
    assert_eq!(receive(&mut download, 0, piece(&body, 0), "a"), Added::New);
    assert_eq!(receive(&mut download, 0, piece(&body, 0), "b"), Added::Known);
    assert_eq!(download.add_fetched(0, piece(&body, 0)), Added::Known);
    assert_eq!(download.add_fetched(3, piece(&body, 3)), Added::New);
    assert_eq!(receive(&mut download, 3, piece(&body, 3), "a"), Added::Known);
    assert_eq!((download.sources().peer, download.sources().origin), (PIECES, 5));
    assert_eq!(download.bytes_lacking(), 2 * PIECES);
}

#[test]
fn what_came_over_http_before_the_leaves_is_compared_with_them() {
    for (body, right) in [(swarms(), true), (others(), false)] {
        let mut download = closed();
        assert_eq!(download.add_fetched(1, piece(&body, 1)), Added::New);
        assert_eq!(download.on_leaves(swarms().leaves().into()), right);
        assert_eq!(
            (download.is_open_to_peers(), download.is_disputed()),
            (right, !right)
        );
        assert_eq!(held(&download), [1], "what this engine fetched is right");
    }
}

#[test]
fn leaves_of_another_number_are_not_taken() {
    for count in [0, 3, 5] {
        let mut download = closed();
        let leaves: Vec<_> = swarms().leaves().into_iter().cycle().take(count).collect();
        assert!(download.on_leaves(leaves.into()), "nothing differs");
        assert!(download.leaves().is_none(), "{count}");
    }
}

#[test]
fn the_first_leaves_stay() {
    let mut download = verified();
    assert!(download.on_leaves(others().leaves().into()));
    assert_eq!(
        download.leaves().map(|leaves| leaves.to_vec()),
        Some(swarms().leaves())
    );
}

#[test]
fn a_fetched_piece_that_is_not_the_swarms_puts_the_segment_in_dispute() {
    let mut download = verified();
    receive(&mut download, 0, piece(&swarms(), 0), "a");
    download.add_fetched(1, piece(&swarms(), 1));
    assert_eq!(download.add_fetched(2, piece(&others(), 2)), Added::Wrong);
    assert!(download.is_disputed());
    assert_eq!(
        held(&download),
        [1, 2],
        "what came over HTTP stays, the new piece too"
    );
    assert_eq!(download.sources().origin, 2 * PIECES);
    assert_eq!(download.sources().total(), 2 * PIECES);
}

#[test]
fn a_fetched_piece_replaces_one_of_peers_that_differs() {
    let mut verified = verified();
    receive(&mut verified, 0, piece(&swarms(), 0), "a");
    let mut open = closed();
    open.trust();
    receive(&mut open, 0, piece(&swarms(), 0), "a");
    for (mut download, trust) in [(verified, "leaves"), (open, "all are trusted")] {
        assert_eq!(
            download.add_fetched(0, piece(&others(), 0)),
            Added::Wrong,
            "{trust}"
        );
        assert!(download.is_disputed(), "{trust}");
        assert_eq!(download.piece(0), Some(piece(&others(), 0)), "{trust}");
        assert_eq!(
            (download.sources().origin, download.sources().peer),
            (PIECES, 0),
            "{trust}"
        );
    }
}

#[test]
fn an_origin_that_contradicts_itself_disputes_nothing() {
    let mut download = closed();
    download.add_fetched(0, piece(&swarms(), 0));
    assert_eq!(download.add_fetched(0, piece(&others(), 0)), Added::Known);
    assert_eq!(download.piece(0), Some(piece(&swarms(), 0)));
    assert!(!download.is_disputed());
}

#[test]
fn a_dispute_leaves_nothing_of_peers() {
    let mut download = verified();
    receive(&mut download, 0, piece(&swarms(), 0), "a");
    download.add_received(1, piece(&swarms(), 1), &peer("b"), Some(PeerRole::Seeder));
    assert_eq!((download.sources().seeder, download.shares().len()), (PIECES, 2));
    download.add_fetched(3, piece(&swarms(), 3));
    download.asks.ask(1);
    download.asks.ask(1);
    download.fetching.start(2);
    download.dispute();
    assert_eq!(held(&download), [3]);
    let origin = SourceBytes {
        origin: 5,
        ..SourceBytes::default()
    };
    assert_eq!(download.sources(), origin);
    assert!(download.shares().is_empty(), "nobody gave any of it");
    assert!(download.asks.pieces().is_empty() && twice(&download).is_empty());
    assert_eq!(download.missing(), set(4, [0, 1]), "what is fetched goes on");
}

#[test]
fn a_dispute_is_not_settled() {
    let mut download = verified();
    download.dispute();
    assert!(!download.on_leaves(swarms().leaves().into()));
    download.trust();
    assert!(download.is_disputed() && download.leaves().is_none());
    for index in 0..4 {
        assert_eq!(download.add_fetched(index, piece(&others(), index)), Added::New);
    }
    assert_eq!(download.body(), Some(others()));
}

#[test]
fn fetched_pieces_that_fit_nowhere_are_not_kept() {
    for (index, of) in [(0, 3), (3, 0), (4, 0), (u32::MAX, 0)] {
        let mut download = closed();
        let piece = piece(&swarms(), of).clone();
        assert_eq!(download.add_fetched(index, &piece), Added::Known, "{index} {of}");
        assert!(held(&download).is_empty() && download.sources().total() == 0);
    }
}

#[test]
fn what_is_on_its_way_is_not_missing() {
    let mut download = verified();
    download.asks.ask(0);
    download.fetching.start(1);
    download.add_fetched(2, piece(&swarms(), 2));
    assert_eq!(download.missing(), set(4, [3]));
    assert_eq!(download.lacking(), set(4, [0, 1, 3]));
}

#[test]
fn a_piece_that_came_is_not_on_its_way() {
    let body = swarms();
    let mut download = verified();
    for piece in 0..4 {
        download.asks.ask(piece);
        download.asks.ask(piece);
    }
    download.fetching.start_all(Bits::all(4));
    receive(&mut download, 0, piece(&body, 0), "a");
    download.add_fetched(1, piece(&body, 1));
    assert_eq!(download.asks.pieces(), &set(4, [2, 3]));
    assert_eq!(twice(&download), [2, 3]);
    assert_eq!(
        download.fetching.pieces(),
        &set(4, [0, 2, 3]),
        "the response goes on with it"
    );
}

#[test]
fn a_segment_of_pieces_from_everywhere_is_whole() {
    let body = swarms();
    let mut download = verified();
    for index in [2, 0] {
        assert_eq!(
            receive(&mut download, index, piece(&body, index), "a"),
            Added::New
        );
    }
    for index in [3, 1] {
        assert!(!download.is_complete() && download.body().is_none());
        assert_eq!(download.add_fetched(index, piece(&body, index)), Added::New);
    }
    assert!(download.is_complete());
    assert_eq!(download.body(), Some(body));
    assert_eq!(download.bytes_lacking(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_what_is_right_is_held_and_every_byte_has_its_source(
        steps in prop::collection::vec((0_u8..8, 0_u32..5, any::<bool>()), 1..60),
    ) {
        let bodies = [swarms(), others()];
        let mut download = closed();
        // What this engine fetched itself.
        let mut own: BTreeMap<u32, &Piece> = BTreeMap::new();
        for (step, index, altered) in steps {
            let piece = bodies[usize::from(altered)].pieces().get(index as usize).unwrap_or(piece(&bodies[0], 0));
            match step {
                0..=2 => match download.add_fetched(index, piece) {
                    Added::New | Added::Wrong => _ = own.entry(index).or_insert(piece),
                    Added::Known => {}
                },
                3..=5 => {
                    let before = held(&download);
                    let added = receive(&mut download, index, piece, "a");
                    prop_assert_eq!(added == Added::New, held(&download) != before);
                }
                6 => _ = download.on_leaves(bodies[0].leaves().into()),
                _ if altered && index == 0 => download.trust(),
                _ => {}
            }
            for (index, piece) in &own {
                prop_assert_eq!(download.piece(*index), Some(*piece), "what was fetched stays");
            }
            for index in download.have().iter().filter(|index| !own.contains_key(index)) {
                prop_assert!(download.is_open_to_peers(), "nothing of peers without a basis");
                let leaf = download.leaves().map(|leaves| leaves[index as usize]);
                prop_assert!(leaf.is_none_or(|leaf| download.piece(index).unwrap().leaf() == leaf));
            }
            let bytes = |index: u32| download.piece(index).map_or(0, |piece| piece.len() as u64);
            let all: u64 = (0..4).map(bytes).sum();
            prop_assert_eq!(download.sources().total(), all);
            prop_assert_eq!(download.sources().origin, own.keys().map(|index| bytes(*index)).sum::<u64>());
            prop_assert_eq!(download.sources().peer, download.shares().iter().map(|share| share.bytes).sum::<u64>());
            prop_assert_eq!(download.bytes_lacking(), SIZE - all);
            let there: Vec<u32> = (0..4).filter(|index| download.piece(*index).is_some()).collect();
            prop_assert_eq!(&held(&download), &there);
            prop_assert_eq!(download.lacking().count() as usize, 4 - there.len());
            prop_assert_eq!(download.is_complete(), there.len() == 4);
            prop_assert_eq!(download.body().map(|body| body.len()), download.is_complete().then_some(SIZE));
        }
    }

    #[test]
    fn replicas_are_counted_as_by_hand(
        steps in prop::collection::vec((0_u16..5, 0_u8..4, prop::collection::vec(0_u32..70, 0..12)), 0..40),
    ) {
        let mut download = unsized_download();
        download.on_size(70 * PIECES, None);
        let mut model: BTreeMap<Slot, BTreeSet<u32>> = BTreeMap::new();
        for (slot, step, pieces) in steps {
            let slot = Slot(slot);
            match step {
                0 => {
                    download.on_gone(slot);
                    model.remove(&slot);
                }
                1 => {
                    let none = download.on_held(slot, &set(71, pieces));
                    prop_assert!(none.is_empty(), "of another size");
                }
                _ => {
                    let holds = model.entry(slot).or_default();
                    let new: BTreeSet<u32> = pieces.iter().copied().filter(|piece| holds.insert(*piece)).collect();
                    let told = download.on_held(slot, &set(70, pieces));
                    prop_assert!(told.iter().eq(new));
                }
            }
            for piece in 0..72 {
                let replicas = model.values().filter(|holds| holds.contains(&piece)).count();
                prop_assert_eq!(usize::from(download.replicas(piece)), replicas);
            }
            for slot in (0..5).map(Slot) {
                let holds: Vec<u32> = download.holder(slot).map_or_else(Vec::new, |holds| holds.iter().collect());
                let expected = model.get(&slot).map_or_else(Vec::new, |holds| holds.iter().copied().collect());
                prop_assert_eq!(holds, expected);
            }
            let holders = download.holders().filter(|(_, holds)| !holds.is_empty()).count();
            prop_assert_eq!(holders, model.values().filter(|holds| !holds.is_empty()).count());
        }
    }
}

#[test]
fn more_replicas_than_can_be_told_are_counted() {
    let mut download = closed();
    for slot in (0..300).map(Slot) {
        download.on_held(slot, &Bits::all(4));
    }
    assert_eq!(download.replicas(0), 255, "the most that is told");
    for slot in (0..290).map(Slot) {
        download.on_gone(slot);
    }
    assert_eq!(download.replicas(0), 10);
}

#[test]
fn a_neighbour_that_goes_takes_its_leaves_along() {
    let mut download = closed();
    for slot in [3, 4].map(Slot) {
        download.layer_holders.insert(slot);
        download.layers.insert(slot, swarms().leaves().into());
    }
    download.on_gone(Slot(3));
    assert_eq!(
        download.layer_holders.iter().copied().collect::<Vec<_>>(),
        [Slot(4)]
    );
    assert!(!download.layers.contains_key(&Slot(3)) && download.layers.contains_key(&Slot(4)));
}
