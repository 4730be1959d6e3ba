//! Origins that fail, and what a seeder makes of them: the right bytes in the end, or a gap that is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::response::Response;
use futures_util::future::join_all;
use segment_engine::input::FetchError;
use segment_engine::output::{Event, GapReason};
use segment_engine_native::PeerEvent;

use crate::operation::{stream, write};
use crate::scripted::{
    Asked, Scripted, all, broken_off, busy, misstated, now_ms, redirect, slowly, status, tagged,
    whole_for_a_part,
};
use crate::seeding::{next_event, start_with, wait_for};
use crate::stage::{Process, fresh_folder, text_of};

/// Four segments, and an init segment.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT8S"><Period><AdaptationSet contentType="video">
    <SegmentTemplate duration="2" media="$Number$.m4s" initialization="init.mp4"/>
    <Representation id="v" bandwidth="1000"/></AdaptationSet></Period></MPD>"#;

/// Two parts of one file.
const PARTS: &str = r#"<MPD type="static" mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video">
    <Representation id="v" bandwidth="1000"><BaseURL>film.mp4</BaseURL><SegmentList duration="2">
    <SegmentURL mediaRange="1000-40999"/><SegmentURL mediaRange="41000-60000"/></SegmentList></Representation>
    </AdaptationSet></Period></MPD>"#;

/// A segment's bytes: as many as its name says, and no piece of them like another.
fn segment(path: &str) -> Vec<u8> {
    let seed = path
        .bytes()
        .fold(7_u32, |sum, byte| sum * 31 % 65_521 + u32::from(byte));
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let numbers = std::iter::successors(Some(seed), next);
    numbers
        .map(|number| number.to_le_bytes()[3])
        .take(40_000 + path.len())
        .collect()
}

const SIZES: u64 = 4 * 40_005 + 40_008;

type Fault = fn(&Asked, Vec<u8>) -> Response;

const FAULTS: [(&str, Fault); 8] = [
    ("500", |_, _| status(500)),
    ("404", |_, _| status(404)),
    ("slow", |_, bytes| slowly(&bytes)),
    ("broken-off", |_, bytes| broken_off(&bytes)),
    ("fewer-bytes-than-it-says", |_, bytes| misstated(bytes, 10)),
    ("empty", |_, _| all("")),
    ("round-and-round", |asked, _| {
        redirect(&format!("/{}", asked.path))
    }),
    ("to-where-nobody-speaks-HTTP", |_, _| {
        redirect("file:///etc/passwd")
    }),
];

/// An origin of the film whose segments all fail twice.
async fn failing(fault: Fault) -> Scripted {
    Scripted::start(move |asked| match asked.path.as_str() {
        "film.mpd" => all(FILM),
        path if asked.before < 2 => fault(asked, segment(path)),
        path => all(segment(path)),
    })
    .await
}

#[tokio::test]
async fn a_process_weathers_them_all_and_counts_what_failed() {
    let mut origins = Vec::new();
    let mut tables = String::new();
    for (name, fault) in FAULTS {
        let origin = failing(fault).await;
        tables += &stream(name, &origin.url("film.mpd"));
        origins.push(origin);
    }
    let file = write(&fresh_folder("faults"), &[&tables]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    for (name, _) in FAULTS {
        let all_are_there = |stream: Option<&serde_json::Value>| {
            stream
                .is_some_and(|stream| stream["segments"]["signed"] == 5 && stream["bytes"]["stored"] == SIZES)
        };
        process.until(name, all_are_there).await;
    }
    let figures = process.text("metrics").await;
    for figure in [
        "origin_failures_total{stream=\"500\",reason=\"status_5xx\"} 10",
        "origin_failures_total{stream=\"404\",reason=\"status_4xx\"} 10",
        "origin_failures_total{stream=\"broken-off\",reason=\"network\"} 10",
        "origin_failures_total{stream=\"slow\",reason=\"network\"} 0",
    ] {
        assert!(figures.contains(figure), "{figure}: {figures}");
    }
}

#[tokio::test]
async fn what_fails_at_first_is_fetched_right_in_the_end() {
    let each = FAULTS.map(|(name, fault)| async move {
        let origin = failing(fault).await;
        let seeder = start_with(&origin.url("film.mpd"), |_| {});
        let stats = wait_for(&seeder, |stats| stats.known_digests >= 5).await;
        assert_eq!((stats.stored_segments, stats.stored_bytes), (5, SIZES), "{name}");
        assert_eq!(stats.gaps, 0, "{name}");
        seeder.shutdown().await;
    });
    join_all(each).await;
}

#[tokio::test]
async fn parts_are_taken_out_of_the_whole_where_the_origin_ignores_ranges() {
    let origin = Scripted::start(|asked| match asked.path.as_str() {
        "film.mpd" => all(PARTS),
        path => whole_for_a_part(asked, segment(path).repeat(2)),
    })
    .await;
    let seeder = start_with(&origin.url("film.mpd"), |_| {});
    let stats = wait_for(&seeder, |stats| stats.known_digests >= 2).await;
    assert_eq!(stats.stored_bytes, 40_000 + 19_001);
    seeder.shutdown().await;
}

#[tokio::test]
async fn an_origin_that_asks_for_it_is_left_alone() {
    let origin = Scripted::start(|asked| match asked.path.as_str() {
        "film.mpd" => all(FILM),
        _ if asked.before == 0 => busy(2),
        path => all(segment(path)),
    })
    .await;
    let seeder = start_with(&origin.url("film.mpd"), |config| config.parallel_fetches = 1);
    wait_for(&seeder, |stats| stats.stored_segments >= 2).await;
    let asked = origin.asked();
    let refused = asked.iter().filter(|asked| asked.status == 503);
    for refused in refused {
        let after = asked.iter().find(|asked| asked.at > refused.at);
        let pause = after.map_or(i64::MAX, |after| after.at - refused.at);
        assert!(pause >= 1_990, "{pause} ms");
    }
    seeder.shutdown().await;
}

#[tokio::test]
async fn playlists_beyond_the_most_that_are_followed_are_said_once_with_their_number() {
    let origin = Scripted::start(|asked| match asked.path.as_str() {
        "master.m3u8" => {
            let variant = |number| format!("#EXT-X-STREAM-INF:BANDWIDTH={number}000\n{number}.m3u8\n");
            all(format!("#EXTM3U\n{}", (1..=259).map(variant).collect::<String>()))
        }
        path if path.ends_with(".m3u8") => {
            let name = path.trim_end_matches(".m3u8");
            all(format!("#EXTM3U\n#EXTINF:2,\n{name}.ts\n#EXT-X-ENDLIST\n"))
        }
        path => all(segment(path)),
    })
    .await;
    let file = write(
        &fresh_folder("playlists"),
        &[&stream("film", &origin.url("master.m3u8"))],
    );
    let process = Process::start(&["--config", text_of(&file)]).await;
    let all_are_there =
        |stream: Option<&serde_json::Value>| stream.is_some_and(|stream| stream["segments"]["signed"] == 256);
    process.until("film", all_are_there).await;
    let log = process.log();
    let said: Vec<_> = log
        .lines()
        .filter(|line| line.contains("names more than are followed"))
        .collect();
    assert!(said.len() == 1 && said[0].contains("playlists=3"), "{log}");
}

/// A live origin whose first segment that is asked for is broken for good; its number is put into `broken`.
async fn with_one_broken(broken: &Arc<AtomicUsize>) -> Scripted {
    let chosen = Arc::clone(broken);
    Scripted::start(move |asked| {
        let Some(number) = asked
            .path
            .strip_suffix(".m4s")
            .and_then(|number| number.parse().ok())
        else {
            return all(LIVE);
        };
        let _ = chosen.compare_exchange(0, number, Ordering::SeqCst, Ordering::SeqCst);
        if number == chosen.load(Ordering::SeqCst) {
            return status(500);
        }
        if i64::try_from(number).unwrap() * 1_000 > now_ms() {
            return status(404);
        }
        all(segment(&asked.path))
    })
    .await
}

#[tokio::test]
async fn gaps_of_a_stream_are_among_its_figures_and_in_its_description() {
    let broken = with_one_broken(&Arc::default()).await;
    // No segment has that number.
    let whole = with_one_broken(&Arc::new(AtomicUsize::new(usize::MAX))).await;
    let streams = [
        stream("broken", &broken.url("live.mpd")),
        stream("whole", &whole.url("live.mpd")),
    ];
    let file = write(&fresh_folder("gaps"), &[&streams.concat()]);
    let process = Process::start(&["--config", text_of(&file)]).await;
    let gaps = |count: u64| {
        move |stream: Option<&serde_json::Value>| {
            stream.is_some_and(|stream| {
                stream["segments"]["gaps"] == count && stream["segments"]["stored"].as_u64() >= Some(3)
            })
        }
    };
    process.until("broken", gaps(1)).await;
    process.until("whole", gaps(0)).await;
    let figures = process.text("metrics").await;
    for figure in [
        "gaps_total{stream=\"broken\"} 1\n",
        "gaps_total{stream=\"whole\"} 0\n",
    ] {
        assert!(
            figures.contains(&format!("fugitive_seeder_{figure}")),
            "{figure}: {figures}"
        );
    }
}

#[tokio::test]
async fn a_live_segment_that_never_came_is_told_as_a_gap() {
    let broken = Arc::default();
    let origin = with_one_broken(&broken).await;
    let seeder = start_with(&origin.url("live.mpd"), |_| {});
    let mut events = seeder.peer().subscribe();
    let expired = GapReason::Expired(FetchError::Status(500));
    let told = next_event(
        &mut events,
        |event| matches!(event, PeerEvent::Engine(Event::Gap { reason, .. }) if *reason == expired),
    )
    .await;
    let start = broken.load(Ordering::SeqCst) - 1;
    let PeerEvent::Engine(Event::Gap { label, .. }) = told else {
        panic!("just matched");
    };
    assert_eq!(label, format!("v {start}.0s"));
    let stats = wait_for(&seeder, |stats| stats.stored_segments >= 3).await;
    assert_eq!(stats.gaps, 1, "and the others came");
    seeder.shutdown().await;
}

const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" timeShiftBufferDepth="PT3S">
    <Period id="1" start="PT0S"><AdaptationSet contentType="video"><SegmentTemplate duration="1" media="$Number$.m4s"/>
    <Representation id="v" bandwidth="1000"/></AdaptationSet></Period></MPD>"#;

#[tokio::test]
async fn a_segment_that_changes_under_its_url_is_found_and_signed_anew() {
    let edition = Arc::new(AtomicUsize::new(1));
    let current = Arc::clone(&edition);
    let origin = Scripted::start(move |asked| match asked.path.as_str() {
        "film.mpd" => all(FILM),
        "2.m4s" => {
            let edition = current.load(Ordering::SeqCst);
            let more = vec![0; 100 * (edition - 1)];
            tagged(asked, [segment("2.m4s"), more].concat(), &edition.to_string())
        }
        path => tagged(asked, segment(path), "only"),
    })
    .await;
    let seeder = start_with(&origin.url("film.mpd"), |config| {
        config.seeding.recheck = Some(Duration::from_secs(1));
    });
    let mut events = seeder.peer().subscribe();
    wait_for(&seeder, |stats| stats.known_digests >= 5).await;
    // A round in which everything is as it was.
    let looked_at = |count: usize| {
        let asked = origin.asked();
        asked.iter().filter(|asked| asked.status == 304).count() >= count
    };
    wait_for(&seeder, |_| looked_at(5)).await;
    let stats = wait_for(&seeder, |_| true).await;
    assert_eq!(
        (stats.received.origin, stats.stored_bytes),
        (SIZES, SIZES),
        "nothing came twice"
    );
    edition.store(2, Ordering::SeqCst);
    next_event(
        &mut events,
        |event| matches!(event, PeerEvent::Engine(Event::OriginMismatch { key }) if key.time == 2),
    )
    .await;
    let stats = wait_for(&seeder, |stats| stats.stored_bytes == SIZES + 100).await;
    assert_eq!((stats.known_digests, stats.stored_segments), (5, 5));
    seeder.shutdown().await;
}
