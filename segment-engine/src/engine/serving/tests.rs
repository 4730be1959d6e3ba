//! What peers ask is served within the budget, and who asks for ever and takes nothing is dropped.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

#[cfg(feature = "upload-limits")]
use crate::config::BitsPerSecond;
use crate::config::Config;
use crate::device::{DeviceState, NetworkKind, Uploads};
use crate::engine::rig::Rig;
use crate::input::Input;
use crate::output::DisconnectReason;
use crate::wire::{Frame, Reject, RequestId};

/// An engine that holds segment 1 of so many pieces, with "a" and "b" as neighbours.
fn holding(pieces: u32) -> Rig {
    let mut rig = Rig::new(|_| {});
    rig.link("a", 1);
    rig.link("b", 2);
    rig.sign("a", 1, pieces);
    rig.demand(1);
    let fetch = rig.begin_fetch();
    rig.fetched(fetch, pieces);
    rig.tell(Input::FetchFinished(fetch));
    rig.wait(200);
    rig.deliver(&["a", "b"]);
    rig.outputs.clear();
    rig
}

fn leaves_to(rig: &Rig, name: &str) -> usize {
    let sent = rig.sent_to(name).into_iter();
    let leaves = sent.map(|frame| match frame {
        Frame::Leaves { leaves, .. } => leaves.len(),
        _ => 0,
    });
    leaves.sum()
}

fn rejects_to(rig: &Rig, name: &str) -> Vec<(u32, Reject, u32)> {
    let sent = rig.sent_to(name).into_iter();
    let rejects = sent.filter_map(|frame| match frame {
        Frame::Reject {
            request,
            reason,
            retry_ms,
        } => Some((request.0, reason, retry_ms)),
        _ => None,
    });
    rejects.collect()
}

fn on_cellular(rig: &mut Rig) {
    rig.tell(Input::Device(DeviceState {
        network: Some(NetworkKind::Cellular),
        ..DeviceState::default()
    }));
}

#[test]
fn leaves_are_sent_whole_to_who_asks() {
    let mut rig = holding(600);
    rig.want_leaves("a", 1, 1);
    assert_eq!(leaves_to(&rig, "a"), 600);
    assert_eq!(rejects_to(&rig, "a"), []);
}

#[test]
fn a_device_that_does_not_upload_sends_leaves_all_the_same() {
    let mut rig = holding(8);
    on_cellular(&mut rig);
    rig.want_leaves("a", 1, 1);
    rig.request("a", 2, 1, (0, 1));
    assert_eq!(leaves_to(&rig, "a"), 8);
    assert_eq!(rejects_to(&rig, "a"), [(2, Reject::Busy, 5_000)]);
}

#[test]
fn one_peer_that_takes_nothing_holds_up_nobody_else() {
    let mut rig = holding(64);
    rig.request("a", 1, 1, (0, 4));
    rig.request("b", 2, 1, (8, 4));
    assert_eq!(
        rig.pieces_to("a"),
        [(1, 0), (1, 1)],
        "as much as the uplink is to hold"
    );
    assert_eq!(rig.pieces_to("b"), []);
    rig.wait(2_100);
    rig.deliver(&["b"]);
    assert_eq!(rig.pieces_to("b").len(), 4);
    assert_eq!(rig.pieces_to("a").len(), 2);
    rig.deliver(&["a"]);
    assert_eq!(rig.pieces_to("a").len(), 4, "it takes something again");
}

#[test]
fn what_waits_for_a_channel_is_not_sent_once_the_user_has_taken_consent_back() {
    let mut rig = holding(64);
    for request in 0..16 {
        rig.request("a", request, 1, (4 * request, 4));
        rig.wait(200);
    }
    let sent = rig.pieces_to("a").len();
    let refused = rejects_to(&rig, "a").len();
    assert!(
        sent > 0 && sent + 4 * refused < 64,
        "{sent} went out, {refused} were refused"
    );
    rig.tell(Input::Device(DeviceState {
        consent: Some(Uploads::Off),
        ..DeviceState::default()
    }));
    rig.deliver(&["a"]);
    assert_eq!(rig.pieces_to("a").len(), sent);
    let rejects = rejects_to(&rig, "a");
    let put_off = rejects[refused..]
        .iter()
        .map(|(_, reason, retry)| (*reason, *retry));
    assert!(put_off.clone().all(|put_off| put_off == (Reject::Busy, 5_000)));
    assert!(put_off.count() > 0);
}

#[test]
fn leaves_that_wait_for_one_channel_are_bounded() {
    let mut rig = holding(512);
    for request in 0..1_000 {
        rig.want_leaves("a", request, 1);
    }
    rig.deliver(&["a"]);
    let bytes = leaves_to(&rig, "a") * 28;
    // One window that is on its way, and as much again that waits.
    assert!((28 * 512..300 << 10).contains(&bytes), "{bytes}");
    assert!(rejects_to(&rig, "a").len() > 900);
}

#[test]
fn leaves_are_paid_for_by_the_budget() {
    let mut rig = holding(512);
    let mut request = 0;
    for _ in 0..1_000 {
        request += 1;
        rig.want_leaves("a", request, 1);
        rig.wait(100);
        rig.deliver(&["a"]);
    }
    let (sent, asked) = (leaves_to(&rig, "a"), 1_000 * 512);
    // What was asked for in each 100 ms is what the channel was seen to bring in them: 80 % of it may be spent.
    assert!(
        (asked * 70 / 100..asked * 85 / 100).contains(&sent),
        "{sent} of {asked}"
    );
}

#[test]
fn leaves_that_are_to_come_are_waited_for_once_by_each() {
    let mut rig = holding(8);
    rig.demand(2);
    for request in 1..=3 {
        rig.want_leaves("a", request, 2);
    }
    rig.want_leaves("b", 1, 2);
    let again = [(2, Reject::NotHeld, 0), (3, Reject::NotHeld, 0)];
    assert_eq!(rejects_to(&rig, "a"), again);
    assert_eq!(rejects_to(&rig, "b"), []);
    rig.hear("a", &Frame::Cancel(RequestId(1)));
    rig.want_leaves("a", 4, 2);
    assert_eq!(rejects_to(&rig, "a").len(), 2, "it has taken its first back");
}

#[cfg(feature = "upload-limits")]
#[test]
fn a_limit_that_is_told_while_it_runs_holds_and_ends() {
    let mut rig = holding(64);
    let mut request = 0;
    let mut served = |rig: &mut Rig| {
        let before = rig.pieces_to("a").len();
        for _ in 0..20 {
            request += 1;
            rig.request("a", request, 1, (0, 4));
            rig.deliver(&["a"]);
            rig.wait(500);
        }
        rig.pieces_to("a").len() - before
    };
    // Without a limit the line brings 40 pieces in 10 s; 400 kbit/s are 30, and full requests of 4 are some fewer.
    for (limit, least, most) in [
        (None, 40, 80),
        (Some(0), 4, 4),
        (Some(400_000), 20, 32),
        (Some(0), 0, 4),
        (None, 40, 80),
    ] {
        rig.tell(Input::UploadLimit(limit.map(BitsPerSecond)));
        let pieces = served(&mut rig);
        assert!((least..=most).contains(&pieces), "{limit:?}: {pieces}");
    }
    let rejects = rejects_to(&rig, "a");
    assert!(rejects.iter().all(|(_, reason, _)| *reason == Reject::Busy));
}

/// The segment of the film's names that is there now, in a live stream; later numbers come later.
const NEWEST: u64 = 425_000_000;

const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" minimumUpdatePeriod="PT4S">
  <Period id="1" start="PT0S"><AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$Number$.m4s"/>
  <Representation id="v" bandwidth="800000"/></AdaptationSet></Period></MPD>"#;

fn live() -> Rig {
    let mut rig = Rig::of(Config::viewer("title"), |_| {});
    rig.tell(Input::Manifest {
        url: "https://origin.example/live.mpd".into(),
        body: LIVE.into(),
    });
    rig
}

#[test]
fn leaves_of_live_segments_are_waited_for_only_around_their_time() {
    let mut rig = live();
    rig.link("a", 1);
    for (request, number) in (1..).zip([
        NEWEST,
        NEWEST + 1,
        NEWEST + 2,
        NEWEST + 3,
        NEWEST + 1_000_000,
        NEWEST - 60,
    ]) {
        rig.want_leaves("a", request, number);
    }
    let refused: Vec<u32> = rejects_to(&rig, "a")
        .into_iter()
        .map(|(request, ..)| request)
        .collect();
    assert_eq!(refused, [4, 5, 6]);
}

#[test]
fn leaves_that_were_refused_are_not_asked_for_again_at_once() {
    let mut rig = holding(8);
    rig.demand(2);
    rig.hold("a", 2, 8, &[]);
    let asked = |rig: &Rig| {
        let sent = rig.sent_to("a").into_iter();
        let asked = sent.filter_map(|frame| match frame {
            Frame::WantLeaves { request, .. } => Some(request),
            _ => None,
        });
        asked.collect::<Vec<_>>()
    };
    let [request] = asked(&rig)[..] else {
        panic!("they are asked for");
    };
    rig.hear(
        "a",
        &Frame::Reject {
            request,
            reason: Reject::Busy,
            retry_ms: 400,
        },
    );
    rig.wait(390);
    assert_eq!(asked(&rig).len(), 1);
    rig.wait(20);
    assert_eq!(asked(&rig).len(), 2);
}

#[test]
fn who_asks_for_ever_and_reads_nothing_is_dropped() {
    let mut rig = holding(8);
    for request in 0..200_000 {
        rig.request("a", request, 5, (0, 1));
        if !rig.dropped().is_empty() {
            break;
        }
        rig.outputs.clear();
    }
    let unresponsive = ("a".to_owned(), DisconnectReason::Unresponsive);
    assert_eq!(rig.dropped(), [unresponsive]);
}
