//! An origin that fails: how often it is asked, and when the player is left to itself.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::super::rig::{Rig, body};
use super::*;
use crate::input::Input;
use crate::output::Fetch;
use crate::piece::PIECE;
use crate::wire::{Frame, PieceBody, Reject};

/// How often the origin is asked for a demanded segment that nobody holds, before the demand is declined.
fn asked_in_vain(error: FetchError) -> u32 {
    let mut rig = Rig::new(|_| {});
    rig.play_with(0, Duration::from_secs(60));
    rig.demand(10);
    for asked in 0..10 {
        let goes_on = |output: &Output| matches!(output, Output::Fetch(_) | Output::Decline { .. });
        while !rig.outputs.iter().any(goes_on) {
            rig.wait(100);
        }
        if rig
            .outputs
            .iter()
            .any(|output| matches!(output, Output::Decline { .. }))
        {
            return asked;
        }
        let fetch = rig.begin_fetch();
        rig.outputs.clear();
        rig.tell(Input::FetchFailed { fetch, error });
    }
    panic!("{error:?}: it is asked for ever");
}

#[test]
fn a_word_on_the_segment_is_final_and_one_on_the_request_is_not() {
    let again = MAX_FAILURES + 1;
    let table = [
        (404, 1),
        (403, 1),
        (410, 1),
        (408, again),
        (425, again),
        (429, again),
        (500, again),
        (503, again),
    ];
    for (status, times) in table {
        assert_eq!(asked_in_vain(FetchError::Status(status)), times, "{status}");
    }
}

/// What becomes of a demand for a segment of six pieces, by the word of the swarm, of which a neighbour gives one piece and is
/// busy then: what the origin was asked for, and how it ended.
fn demanded_of_a_miser(answer: impl Fn(&mut Rig, &Fetch)) -> (Vec<bool>, Option<Output>) {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.play_with(0, Duration::from_secs(60));
    rig.hold("a", 10, 6, &[(0, 6)]);
    rig.demand(10);
    let (mut ranged, mut given, mut seen) = (Vec::new(), false, 0);
    for _ in 0..3_000 {
        rig.wait(20);
        while let Some(output) = rig.outputs.get(seen).cloned() {
            seen += 1;
            match output {
                Output::Deliver(_) | Output::Decline { .. } => return (ranged, Some(output)),
                Output::Fetch(fetch) => {
                    ranged.push(fetch.range.is_some());
                    answer(&mut rig, &fetch);
                }
                Output::Send { message, .. } => match crate::wire::decode(message).unwrap() {
                    Frame::WantLeaves { .. } => rig.give_leaves("a", 6),
                    Frame::Request { request, first, .. } => {
                        if !std::mem::replace(&mut given, true) {
                            let piece = crate::piece::Piece::new(&[7; PIECE]);
                            let body = PieceBody::Plain(piece);
                            rig.hear(
                                "a",
                                &Frame::Piece {
                                    request,
                                    piece: first,
                                    body,
                                },
                            );
                        }
                        let (reason, retry_ms) = (Reject::Busy, 20);
                        rig.hear(
                            "a",
                            &Frame::Reject {
                                request,
                                reason,
                                retry_ms,
                            },
                        );
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }
    (ranged, None)
}

fn send(rig: &mut Rig, fetch: &Fetch, pieces: u32) {
    rig.tell(Input::FetchStarted {
        fetch: fetch.id,
        partial: fetch.range.is_some(),
        length: None,
        total: None,
        url: None,
    });
    let bytes = body(pieces).to_vec().into();
    let fetch = fetch.id;
    rig.tell(Input::FetchChunk { fetch, bytes });
    rig.tell(Input::FetchFinished(fetch));
}

#[test]
fn where_a_part_ends_early_all_of_the_segment_tells_how_large_it_is() {
    // The origin's has four pieces.
    let (ranged, end) = demanded_of_a_miser(|rig, fetch| match fetch.range {
        Some(range) => send(
            rig,
            fetch,
            4_u32.saturating_sub(u32::try_from(range.first / PIECE as u64).unwrap()),
        ),
        None => send(rig, fetch, 4),
    });
    let Some(Output::Deliver(delivery)) = end else {
        panic!("{ranged:?}: {end:?}");
    };
    assert_eq!(delivery.body.len(), 4 * PIECE as u64);
    assert_eq!(ranged.last(), Some(&false));
}

#[test]
fn where_parts_alone_are_refused_all_of_the_segment_is_asked_for() {
    let (ranged, end) = demanded_of_a_miser(|rig, fetch| match fetch.range {
        Some(_) => rig.tell(Input::FetchFailed {
            fetch: fetch.id,
            error: FetchError::Network,
        }),
        None => send(rig, fetch, 6),
    });
    assert!(matches!(end, Some(Output::Deliver(_))), "{ranged:?}: {end:?}");
}

#[test]
fn who_announces_all_and_gives_nothing_more_keeps_no_player_waiting_for_a_failing_origin() {
    for error in [FetchError::Network, FetchError::Timeout, FetchError::Status(503)] {
        let fetch_fails = |rig: &mut Rig, fetch: &Fetch| {
            rig.tell(Input::FetchFailed {
                fetch: fetch.id,
                error,
            });
        };
        let (ranged, end) = demanded_of_a_miser(fetch_fails);
        assert!(
            matches!(end, Some(Output::Decline { .. })),
            "{error:?} {ranged:?}: {end:?}"
        );
    }
}
