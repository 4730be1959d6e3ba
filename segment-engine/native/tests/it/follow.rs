//! A seeder that follows a live origin, by its manifest, its clock and its secrets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, DATE};
use axum::response::Response;
use segment_engine::config::Config;
use segment_engine_native::{Options, OriginAccess, SeedKey, Seeder};
use tokio::time::sleep;

use crate::scripted::{Asked, Scripted, all, now_ms, redirect, status, tagged};
use crate::seeding::{start_with, wait_for};

/// Segment n is of the second before n s after 1970, and there from `LATE` ms after it on: a packager takes its time.
const LATE: i64 = 370;

/// Goes by the clock: `@duration`.
fn by_clock() -> String {
    let early = r#"availabilityStartTime="1970-01-01T00:00:00.370Z""#;
    let template = r#"<SegmentTemplate duration="1" media="$Number$.m4s"/>"#;
    mpd(early, template)
}

/// Lists what is there: a `SegmentTimeline`.
fn listed(now: i64) -> String {
    let last = (now - LATE) / 1_000;
    let template = format!(
        r#"<SegmentTemplate timescale="1" startNumber="{}" media="$Number$.m4s"><SegmentTimeline><S t="{}" d="1" r="3"/>
        </SegmentTimeline></SegmentTemplate>"#,
        last - 3,
        last - 4
    );
    mpd(
        r#"availabilityStartTime="1970-01-01T00:00:00Z" minimumUpdatePeriod="PT1S""#,
        &template,
    )
}

fn mpd(attributes: &str, template: &str) -> String {
    format!(
        r#"<MPD type="dynamic" timeShiftBufferDepth="PT4S" {attributes}><Period id="1" start="PT0S">
        <AdaptationSet contentType="video">{template}<Representation id="v" bandwidth="1000"/></AdaptationSet></Period>
        </MPD>"#
    )
}

fn playlist(now: i64) -> String {
    let last = (now - LATE) / 1_000;
    let segments: String = (last - 3..=last)
        .map(|number| format!("#EXTINF:1,\n{number}.m4s\n"))
        .collect();
    format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{}\n{segments}",
        last - 3
    )
}

/// Manifests by validators, and segments where they are there by `now`.
pub(crate) fn live(asked: &Asked, now: i64) -> Response {
    let last = (now - LATE) / 1_000;
    match asked.path.as_str() {
        "clock.mpd" => tagged(asked, by_clock().into(), "same"),
        "listed.mpd" => tagged(asked, listed(now).into(), &last.to_string()),
        "list.m3u8" => tagged(asked, playlist(now).into(), &last.to_string()),
        path => match number(path) {
            Some(number) if number <= last => all(vec![7_u8; 50_000]),
            Some(_) | None => status(404),
        },
    }
}

/// The same with the date that it is there.
pub(crate) fn live_and_dated(asked: &Asked, now: i64) -> Response {
    let mut response = live(asked, now);
    let date = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap());
    let date = HeaderValue::try_from(httpdate::fmt_http_date(date)).unwrap();
    response.headers_mut().insert(DATE, date);
    response
}

pub(crate) fn number(path: &str) -> Option<i64> {
    path.strip_suffix(".m4s")?.parse().ok()
}

#[tokio::test]
async fn live_segments_are_fetched_once_when_they_are_there_and_manifests_by_validators() {
    for manifest in ["clock.mpd", "listed.mpd", "list.m3u8"] {
        let origin = Scripted::start(|asked| live(asked, now_ms())).await;
        let begun = now_ms();
        let seeder = start_with(&origin.url(manifest), |_| {});
        sleep(Duration::from_secs(8)).await;
        seeder.shutdown().await;
        let mut lags = Vec::new();
        for asked in origin.asked() {
            let Some(number) = number(&asked.path).filter(|_| asked.status == 200) else {
                continue;
            };
            let once = origin.asked_for(&asked.path);
            assert_eq!(
                once.iter().filter(|asked| asked.status == 200).count(),
                1,
                "{manifest}"
            );
            let there = number * 1_000 + LATE;
            if there > begun + 2_000 {
                lags.push(asked.at - there);
            }
        }
        lags.sort_unstable();
        assert!(lags.len() >= 4, "{manifest}: {lags:?}");
        let polls = origin.asked_for(manifest);
        let came = polls.iter().filter(|poll| poll.status == 200).count();
        let segments = if manifest == "clock.mpd" { 0 } else { 9 };
        assert!(
            came <= segments + 1,
            "{manifest}: {came} of {} polls",
            polls.len()
        );
        eprintln!(
            "{manifest}: lags in ms {lags:?}, {} polls, {came} of them came",
            polls.len()
        );
    }
}

#[tokio::test]
async fn what_stands_in_a_manifests_place_is_asked_for_until_it_is_one() {
    let origin = Scripted::start(|asked| match asked.path.as_str() {
        "clock.mpd" if asked.before < 3 => tagged(asked, b"it will be here shortly".to_vec(), "none"),
        _ => live(asked, now_ms()),
    })
    .await;
    let seeder = start_with(&origin.url("clock.mpd"), |_| {});
    wait_for(&seeder, |stats| stats.stored_segments > 0).await;
    seeder.shutdown().await;
}

#[tokio::test]
async fn a_packager_that_starts_anew_under_other_names_and_counts_from_zero_is_followed() {
    let restart = now_ms() + 2_000;
    let since = move || (now_ms() - restart) / 1_000;
    let origin = Scripted::start(move |asked| {
        let name = if now_ms() < restart {
            "old.m3u8"
        } else {
            "new.m3u8"
        };
        match asked.path.as_str() {
            "title.m3u8" => {
                let text = format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n{name}\n");
                tagged(asked, text.into(), name)
            }
            "old.m3u8" if name == "old.m3u8" => all(playlist(now_ms())),
            "new.m3u8" => {
                let (first, last) = ((since() - 3).max(0), since());
                let segments: String = (first..=last)
                    .map(|number| format!("#EXTINF:1,\nnew-{number}.m4s\n"))
                    .collect();
                all(format!(
                    "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n{segments}"
                ))
            }
            path if path.ends_with(".m3u8") => status(404),
            path if path.starts_with("new-") => all(vec![8_u8; 60_000]),
            _ => live(asked, now_ms()),
        }
    })
    .await;
    let seeder = start_with(&origin.url("title.m3u8"), |_| {});
    let of_new = || {
        origin
            .asked()
            .iter()
            .filter(|asked| asked.path.starts_with("new-"))
            .count()
    };
    wait_for(&seeder, |stats| of_new() >= 4 && stats.stored_segments >= 4).await;
    seeder.shutdown().await;
    let names = origin.asked_for("title.m3u8").len();
    assert!(names <= 4, "it is not asked for again and again: {names}");
}

#[tokio::test]
async fn what_goes_by_the_clock_is_followed_while_the_manifest_cannot_be_had() {
    let origin = Scripted::start(|asked| match asked.path.as_str() {
        "clock.mpd" if asked.before > 0 => status(500),
        _ => live(asked, now_ms()),
    })
    .await;
    let seeder = start_with(&origin.url("clock.mpd"), |_| {});
    wait_for(&seeder, |stats| stats.stored_segments >= 9).await;
    assert!(origin.asked_for("clock.mpd").len() >= 2, "it is tried again");
    seeder.shutdown().await;
}

#[tokio::test]
async fn an_origin_whose_clock_is_off_is_followed_by_its_clock() {
    for ahead in [30_000, -30_000] {
        let origin = Scripted::start(move |asked| live_and_dated(asked, now_ms() + ahead)).await;
        let seeder = start_with(&origin.url("clock.mpd"), |_| {});
        let from = (now_ms() + ahead) / 1_000;
        wait_for(&seeder, |_| {
            let came = origin.asked();
            let came = came.iter().filter(|asked| asked.status == 200);
            came.filter_map(|asked| number(&asked.path))
                .any(|number| number > from + 2)
        })
        .await;
        for asked in origin.asked() {
            let there = (asked.at + ahead - LATE) / 1_000;
            let early = number(&asked.path).map_or(0, |number| number - there);
            assert!(
                early <= 1,
                "{early} s too soon, where the clock is {ahead} ms ahead"
            );
        }
        seeder.shutdown().await;
    }
}

#[tokio::test]
async fn the_clock_that_a_manifest_names_is_followed_and_not_the_origin_s() {
    let ahead = 30_000;
    let origin = Scripted::start(move |asked| match asked.path.as_str() {
        "clock.mpd" => all(by_clock().replace(
            "<Period",
            r#"<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="/broken /now"/><Period"#,
        )),
        "broken" => status(500),
        "now" => all(xs_date_time(now_ms() + ahead)),
        _ => live(asked, now_ms() + ahead),
    })
    .await;
    let seeder = start_with(&origin.url("clock.mpd"), |_| {});
    wait_for(&seeder, |_| {
        let now = now_ms();
        let mut came = origin.asked();
        came.retain(|asked| asked.status == 200);
        came.iter()
            .filter_map(|asked| number(&asked.path))
            .any(|number| number * 1_000 > now + 20_000)
    })
    .await;
    assert_eq!(
        origin.asked_for("now").len(),
        1,
        "it is asked once in ten minutes"
    );
    seeder.shutdown().await;
}

fn xs_date_time(millis: i64) -> String {
    let time = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap());
    humantime::format_rfc3339_millis(time).to_string()
}

#[tokio::test]
async fn secrets_reach_the_host_of_the_manifest_and_no_other() {
    let cdn = Scripted::start(|_| all(vec![7_u8; 20_000])).await;
    let elsewhere = cdn.url("moved");
    let refused = Arc::new(AtomicBool::new(false));
    let saw = Arc::clone(&refused);
    let origin = Scripted::start(move |asked| {
        let let_in = asked
            .headers
            .get(AUTHORIZATION)
            .is_some_and(|value| value == "Bearer s3cret");
        if !let_in || !asked.query.contains("token=s3cret") {
            saw.store(true, Ordering::Relaxed);
            return status(403);
        }
        match asked.path.as_str() {
            "film.mpd" => redirect("/real/film.mpd?token=s3cret&x=1"),
            "real/film.mpd" => all(FILM),
            // Repeats what it was told, and sends elsewhere.
            _ => redirect(&format!("{elsewhere}?{}", asked.query)),
        }
    })
    .await;
    let mut access = OriginAccess::default();
    access.add_header("Authorization", "Bearer s3cret").unwrap();
    access.add_query("token", "s3cret").unwrap();
    let mut options = Options::new("ws://127.0.0.1:9/v1/ws");
    options.origin = access;
    let config = Config::seeder("test", origin.url("film.mpd"));
    let seeder = Seeder::start(config, SeedKey::generate(), options).unwrap();
    wait_for(&seeder, |stats| stats.stored_segments == 2).await;
    assert!(!refused.load(Ordering::Relaxed), "each request to it is let in");
    let moved = cdn.asked();
    assert_eq!(moved.len(), 2);
    for asked in moved {
        assert!(!asked.headers.contains_key(AUTHORIZATION));
        assert_eq!(asked.query, "");
    }
    seeder.shutdown().await;
}

#[tokio::test]
async fn a_secret_that_was_renewed_in_its_file_is_told_once_the_old_one_is_refused() {
    let file = std::env::temp_dir().join(format!("fugitive-renewed-{}", std::process::id()));
    std::fs::write(&file, "old").unwrap();
    let valid = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&valid);
    let origin = Scripted::start(move |asked| {
        let good = if still.load(Ordering::Relaxed) {
            "old"
        } else {
            "new"
        };
        match asked.headers.get("x-key") {
            Some(key) if key == good => live(asked, now_ms()),
            _ => status(403),
        }
    })
    .await;
    let mut options = Options::new("ws://127.0.0.1:9/v1/ws");
    options.origin = OriginAccess::read(&[format!("X-Key=file:{}", file.display())], &[]).unwrap();
    let config = Config::seeder("test", origin.url("listed.mpd"));
    let seeder = Seeder::start(config, SeedKey::generate(), options).unwrap();
    wait_for(&seeder, |stats| stats.stored_segments > 0).await;
    std::fs::write(&file, "new").unwrap();
    valid.store(false, Ordering::Relaxed);
    let from = now_ms() / 1_000;
    wait_for(&seeder, |_| {
        let mut came = origin.asked();
        came.retain(|asked| asked.status == 200);
        came.iter()
            .filter_map(|asked| number(&asked.path))
            .any(|number| number > from + 1)
    })
    .await;
    let refused = origin.asked().iter().filter(|asked| asked.status == 403).count();
    assert!(refused <= 2, "{refused} requests with the old one");
    seeder.shutdown().await;
    std::fs::remove_file(&file).unwrap();
}

const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video">
    <SegmentTemplate duration="2" media="$Number$.m4s"/><Representation id="v" bandwidth="1000"/></AdaptationSet>
    </Period></MPD>"#;
