//! The HTTP face of the real process: health, figures, sidecars and the proxy.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::header;
use segment_engine::config::{Config, Trust};
use segment_engine_native::{Options, Peer, parse_public_key};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::origin::{Origin, sample_media};
use crate::scripted::{Scripted, all, redirect, status};
use crate::stage::{PATIENCE, Process, client, fresh_folder, signaling, text_of};

/// Three rungs and one audio track, each an init segment and 24 media segments.
const CLIP_SEGMENTS: u64 = 4 * 25;

#[tokio::test]
async fn ready_once_the_manifest_is_read_and_signaling_joined() {
    let (origin, folder, mut tasks) = (Origin::start().await, fresh_folder("ready"), JoinSet::new());
    let url = signaling(&mut tasks).await;
    let key = folder.join("key");
    let flags = [
        "--manifest",
        &origin.url("manifest.mpd"),
        "--key",
        text_of(&key),
        "--signaling",
    ];
    let process = Process::start(&[&flags[..], &[&url]].concat()).await;
    assert_eq!(process.text("healthz").await, "ok\n");
    process
        .until("stream", |stream| {
            stream.is_some_and(|stream| stream["health"]["state"] == "ok")
        })
        .await;
    let ready = process.get("readyz").await;
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.text().await.unwrap(), "stream: ready\n");

    let away = Process::start(&[&flags[..], &["ws://127.0.0.1:9/v1/ws"]].concat()).await;
    away.until_warm("stream", CLIP_SEGMENTS).await;
    let unready = away.get("readyz").await;
    assert_eq!(unready.status(), 503);
    assert!(unready.text().await.unwrap().contains("signaling"));
    assert_eq!(
        away.stream("stream").await.unwrap()["health"]["state"],
        "starting"
    );
}

#[tokio::test]
async fn figures_are_what_happened_and_well_formed() {
    let (origin, process) = warm("figures", &["--total-upload-mbit", "800"]).await;
    let text = process.text("metrics").await;
    let figures = parse(&text);
    let of = |name: &str| figures[&format!("fugitive_seeder_{name}")];
    let stream = process.stream("stream").await.unwrap();
    assert_eq!(
        of("received_bytes_total{stream=\"stream\",source=\"origin\"}"),
        stream["bytes"]["origin"].as_f64().unwrap()
    );
    assert_eq!(
        of("origin_requests_total{stream=\"stream\"}"),
        origin.requests() as f64
    );
    assert_eq!(
        of("origin_latency_seconds_count{stream=\"stream\"}"),
        origin.requests() as f64
    );
    assert_eq!(
        of("origin_latency_seconds_bucket{stream=\"stream\",le=\"+Inf\"}"),
        origin.requests() as f64
    );
    assert_eq!(of("digests{stream=\"stream\"}"), CLIP_SEGMENTS as f64);
    assert_eq!(of("digests_unsigned{stream=\"stream\"}"), 0.0);
    assert!(of("digest_lag_seconds_count{stream=\"stream\"}") >= 1.0);
    assert!(of("digest_lag_seconds_sum{stream=\"stream\"}") < 60.0);
    assert_eq!(of("streams"), 1.0);
    assert_eq!(of("total_upload_limit_bytes_per_second"), 1e8);
    assert!(of("upload_share_bytes_per_second{stream=\"stream\"}") > 0.0);
    assert!(figures["process_resident_memory_bytes"] > 1e6);
    assert!(figures["process_open_fds"] > 3.0);
    let manual = include_str!("../../OPERATIONS.md");
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        let name = name.strip_prefix("fugitive_seeder_").unwrap_or(name);
        let is_told = ["`", "{"]
            .iter()
            .any(|end| manual.contains(&format!("`{name}{end}")));
        assert!(is_told, "the manual says nothing of {name}");
    }
}

#[tokio::test]
async fn a_sidecar_is_cached_by_its_etag_and_tells_a_viewer_all_digests() {
    let (_origin, process) = warm("sidecar", &[]).await;
    let url = process.url("digests/stream");
    let first = client()
        .get(&url)
        .header(header::ORIGIN, "https://page.example")
        .send()
        .await
        .unwrap();
    assert_eq!(first.status(), 200);
    assert_eq!(first.headers()[header::CONTENT_TYPE], "application/octet-stream");
    assert_eq!(first.headers()[header::CACHE_CONTROL], "public, max-age=30");
    assert_eq!(first.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let etag = first.headers()[header::ETAG].clone();
    let again = client()
        .get(&url)
        .header(header::IF_NONE_MATCH, &etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()[header::ETAG], etag);
    assert_eq!(again.bytes().await.unwrap().len(), 0);
    assert_eq!(process.get("digests/other").await.status(), 404);

    let stream = process.stream("stream").await.unwrap();
    let key = parse_public_key(stream["publicKey"].as_str().unwrap()).unwrap();
    let config = Config {
        trust: Trust::signed(key),
        ..Config::viewer(stream["swarm"].as_str().unwrap())
    };
    let mut options = Options::new("ws://127.0.0.1:9/v1/ws");
    options.digests_url = Some(url);
    let viewer = Peer::start(config, options).unwrap();
    let known = async {
        while viewer.stats().await.unwrap().known_digests < CLIP_SEGMENTS {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, known)
        .await
        .expect("the viewer learns all digests");
    viewer.shutdown().await;
}

#[tokio::test]
async fn the_proxy_gives_what_the_seeder_has_and_asks_the_origin_once() {
    let (origin, process) = warm("proxy", &["--proxy"]).await;
    let before = origin.requests();
    let expected = std::fs::read(sample_media().join("v180/3.m4s")).unwrap();
    let gets = (0..8).map(|_| process.get("stream/v180/3.m4s"));
    for response in join_all(gets).await {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "video/mp4");
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(response.bytes().await.unwrap(), expected);
    }
    let part = client()
        .get(process.url("stream/v180/3.m4s"))
        .header(header::RANGE, "bytes=100-199")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()[header::CONTENT_RANGE],
        format!("bytes 100-199/{}", expected.len())
    );
    let tag = part.headers()[header::ETAG].clone();
    assert_eq!(part.bytes().await.unwrap(), expected[100..200]);
    for (told, status) in [
        (tag.to_str().unwrap(), 206),
        ("\"another\"", 200),
        ("Mon, 30 Nov 2026 09:00:00 GMT", 200),
    ] {
        let asked = client().get(process.url("stream/v180/3.m4s"));
        let asked = asked
            .header(header::RANGE, "bytes=100-199")
            .header(header::IF_RANGE, told);
        let answer = asked.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[header::ETAG]),
            (status, &tag),
            "{told}"
        );
    }
    for (told, status) in [(tag.to_str().unwrap(), 304), ("\"another\"", 200), ("*", 304)] {
        let asked = client().get(process.url("stream/v180/3.m4s"));
        let answer = asked.header(header::IF_NONE_MATCH, told).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[header::ETAG]),
            (status, &tag),
            "{told}"
        );
    }
    let head = client()
        .head(process.url("stream/v180/3.m4s"))
        .send()
        .await
        .unwrap();
    assert_eq!(head.headers()[header::CONTENT_LENGTH], expected.len().to_string());
    assert_eq!(origin.requests(), before, "all of it was in the store");

    let manifests = join_all((0..8).map(|_| process.text("stream/manifest.mpd"))).await;
    assert!(manifests.iter().all(|text| text.contains("<MPD")));
    let count = origin.count("/manifest.mpd");
    assert!(
        (2..=4).contains(&count),
        "the seeder's, and one a second: {count}"
    );
    let sums = process.text("stream/SHA256SUMS").await;
    assert!(sums.lines().count() > 100, "other files pass through: {sums}");
}

#[tokio::test]
async fn the_manifest_of_a_film_is_passed_on_while_the_origin_fails() {
    let (origin, process) = warm("outage", &["--proxy"]).await;
    drop(origin);
    for _ in 0..2 {
        let answer = process.get("stream/manifest.mpd").await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().contains_key(header::CONTENT_TYPE));
        assert!(answer.text().await.unwrap().contains("<MPD"));
    }
    assert_eq!(
        process.get("stream/other.mpd").await.status(),
        502,
        "it was never read"
    );
}

#[tokio::test]
async fn an_origin_that_hangs_holds_nobody_up_for_whom_there_is_an_older_manifest() {
    let (origin, process) = warm("hangs", &["--proxy"]).await;
    assert_eq!(process.get("stream/manifest.mpd").await.status(), 200);
    origin.hang();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let before = origin.count("/manifest.mpd");
    // The second time the origin is not waited for, which may take 2 s.
    for longest in [4_000, 1_900] {
        let asked = Instant::now();
        for answer in join_all((0..6).map(|_| process.get("stream/manifest.mpd"))).await {
            assert_eq!(answer.status(), 200);
        }
        let took = asked.elapsed();
        assert!(took < Duration::from_millis(longest), "{took:?}");
    }
    assert_eq!(origin.count("/manifest.mpd"), before + 1, "one asks for all");
    let asked = Instant::now();
    for answer in join_all((0..6).map(|_| process.get("stream/other.mpd"))).await {
        assert_eq!(answer.status(), 504);
    }
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(15), "they wait together: {took:?}");
    let asked = Instant::now();
    assert_eq!(process.get("stream/other.mpd").await.status(), 504);
    assert!(asked.elapsed() < Duration::from_secs(1), "it is remembered");
    assert_eq!(origin.count("/other.mpd"), 1);
}

#[tokio::test]
async fn what_lies_beside_where_the_manifest_redirects_to_comes_from_the_store() {
    let origin = Scripted::start(|asked| match asked.path.strip_prefix("cdn/7/") {
        Some(path) => std::fs::read(sample_media().join(path)).map_or_else(|_| status(404), all),
        None if asked.path == "film/manifest.mpd" => redirect("/cdn/7/manifest.mpd"),
        None => status(404),
    })
    .await;
    let process = follow_url("redirected", &origin.url("film/manifest.mpd"), &["--proxy"]).await;
    process.until_warm("stream", CLIP_SEGMENTS).await;
    assert!(process.text("stream/manifest.mpd").await.contains("<MPD"));
    let expected = std::fs::read(sample_media().join("v180/3.m4s")).unwrap();
    let segment = process.get("stream/v180/3.m4s").await;
    assert_eq!(segment.status(), 200);
    assert_eq!(segment.bytes().await.unwrap(), expected);
    assert_eq!(origin.asked_for("cdn/7/v180/3.m4s").len(), 1, "the seeder's");
    assert_eq!(process.get("stream/SHA256SUMS").await.status(), 200);
}

#[tokio::test]
async fn figures_of_a_stream_that_counts_its_segments_from_1970_on_come_at_once() {
    const EVER: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z"><Period start="PT0S">
        <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$Number$.m4s"/>
        <Representation id="v" bandwidth="1000000"/></AdaptationSet></Period></MPD>"#;
    let origin = Scripted::start(|asked| match asked.path.as_str() {
        "ever.mpd" => all(EVER),
        _ => status(404),
    })
    .await;
    let process = follow_url("ever", &origin.url("ever.mpd"), &[]).await;
    let counts_all = |stream: Option<&serde_json::Value>| {
        stream.is_some_and(|stream| stream["segments"]["available"].as_u64() > Some(800_000_000))
    };
    process.until("stream", counts_all).await;
}

#[tokio::test]
async fn players_are_not_told_the_secret_of_the_origins_query_whatever_a_playlist_is_called() {
    let origin = Scripted::start(|asked| {
        let secret = asked.query.contains("pass=s3cret");
        let text = format!("#EXTM3U\nseg.ts?{}\n", asked.query);
        match asked.path.as_str() {
            _ if !secret => status(403),
            "manifest.mpd" => all(std::fs::read(sample_media().join("manifest.mpd")).unwrap()),
            "list" | "LIST.M3U8" => {
                let mut response = all(text);
                let kind = header::HeaderValue::from_static("application/vnd.apple.mpegurl");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                response
            }
            _ => status(404),
        }
    })
    .await;
    let file = fresh_folder("query").join("pass");
    std::fs::write(&file, "s3cret\n").unwrap();
    let query = format!("pass=file:{}", text_of(&file));
    let manifest = origin.url("manifest.mpd");
    let process = follow_url("query-proxy", &manifest, &["--proxy", "--origin-query", &query]).await;
    for path in ["stream/list?id=7", "stream/LIST.M3U8"] {
        let answer = process.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.text().await.unwrap();
        assert!(
            text.starts_with("#EXTM3U") && !text.contains("s3cret"),
            "{path}: {text}"
        );
    }
}

#[tokio::test]
async fn what_an_origin_packs_unasked_is_named_once_and_passed_on_as_what_it_is() {
    let origin = Scripted::start(|asked| {
        let mut response = match asked.path.as_str() {
            "notes.txt" => all("what gzip would have made of it"),
            path => std::fs::read(sample_media().join(path)).map_or_else(|_| status(404), all),
        };
        if asked.path != "manifest.mpd" {
            let gzip = header::HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        }
        response
    })
    .await;
    let process = follow_url("packed", &origin.url("manifest.mpd"), &["--proxy"]).await;
    process.until_logged("what the origin sends is packed").await;
    let passed = process.get("stream/notes.txt").await;
    assert_eq!(passed.headers()[header::CONTENT_ENCODING], "gzip");
    let asked = origin.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.headers[header::ACCEPT_ENCODING] == "identity")
    );
    let log = process.log();
    assert_eq!(log.matches("sends is packed").count(), 1, "{log}");
    assert!(log.contains("coding=gzip"), "{log}");
    assert_eq!(log.matches("did not give a segment").count(), 1, "{log}");
}

#[tokio::test]
async fn a_manifest_that_the_origin_took_away_is_not_passed_on() {
    let (folder, media) = (fresh_folder("takedown-media"), sample_media());
    std::fs::copy(media.join("manifest.mpd"), folder.join("manifest.mpd")).unwrap();
    let origin = Origin::of(&folder).await;
    let process = follow("takedown", &origin, &["--proxy"]).await;
    let is_read = |stream: Option<&serde_json::Value>| {
        stream.is_some_and(|stream| stream["segments"]["available"].as_u64() > Some(0))
    };
    process.until("stream", is_read).await;
    assert_eq!(process.get("stream/manifest.mpd").await.status(), 200);
    std::fs::remove_file(folder.join("manifest.mpd")).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(process.get("stream/manifest.mpd").await.status(), 404);
    drop(origin);
    // What the origin said counts for a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let later = process.get("stream/manifest.mpd").await.status();
    assert_eq!(later, 502, "it does not come back with a failure");
}

#[tokio::test]
async fn what_the_store_had_to_let_go_is_fetched_once_for_all_who_ask_at_once() {
    let (origin, process) = cold("evicted", &["--store-mib", "1", "--proxy"]).await;
    let is_signed = |stream: Option<&serde_json::Value>| {
        stream.is_some_and(|stream| stream["segments"]["signed"] == CLIP_SEGMENTS)
    };
    process.until("stream", is_signed).await;
    let mut fetched = 0;
    for number in 1..=24 {
        let path = format!("/v540/{number}.m4s");
        assert_eq!(origin.count(&path), 1, "{path}");
        let url = process.url(&format!("stream{path}"));
        let gets = join_all((0..6).map(|_| client().get(&url).send())).await;
        let expected = std::fs::read(sample_media().join(&path[1..])).unwrap();
        for response in gets {
            assert_eq!(response.unwrap().bytes().await.unwrap(), expected, "{path}");
        }
        let again = origin.count(&path) - 1;
        assert!(
            again <= 1,
            "{path} was fetched {again} times for six who asked at once"
        );
        fetched += again;
    }
    assert!(
        fetched > 10,
        "1 MiB does not hold the rung: {fetched} were fetched again"
    );
}

#[tokio::test]
async fn the_proxy_is_no_way_to_anything_else() {
    let (origin, process) = warm("closed", &["--proxy"]).await;
    let before = origin.requests();
    for path in [
        "stream/..%2fCargo.toml",
        "stream/v180%5c1.m4s",
        "other/manifest.mpd",
        "stream/",
    ] {
        assert_eq!(process.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(origin.requests(), before);
    assert_eq!(
        process.get("stream/v180/99.m4s").await.status(),
        404,
        "as the origin says"
    );
    let posted = client()
        .post(process.url("stream/v180/1.m4s"))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 405);
    let (_origin, closed) = warm("without", &[]).await;
    assert_eq!(
        closed.get("stream/v180/1.m4s").await.status(),
        404,
        "without --proxy there is none"
    );
}

#[tokio::test]
async fn whoever_connects_and_asks_for_nothing_is_let_go() {
    let (_origin, process) = warm("silent", &[]).await;
    let address = process
        .url("")
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let says = |text: &'static str| {
        let address = address.clone();
        async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            let mut told = Vec::new();
            // Ten seconds are what a head may take.
            let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut told)).await;
            assert!(ended.is_ok(), "{text:?} is waited for without end");
        }
    };
    tokio::join!(
        says(""),
        says("GET /heal"),
        says("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    );
    assert_eq!(process.text("healthz").await, "ok\n");
}

/// A process that has seen all of the clip.
async fn warm(name: &str, flags: &[&str]) -> (Origin, Process) {
    let (origin, process) = cold(name, flags).await;
    process.until_warm("stream", CLIP_SEGMENTS).await;
    (origin, process)
}

/// A process that has just been started.
async fn cold(name: &str, flags: &[&str]) -> (Origin, Process) {
    let origin = Origin::start().await;
    let process = follow(name, &origin, flags).await;
    (origin, process)
}

/// A process that has just been started, of an origin that the test chose.
async fn follow(name: &str, origin: &Origin, flags: &[&str]) -> Process {
    follow_url(name, &origin.url("manifest.mpd"), flags).await
}

/// The same of a manifest.
async fn follow_url(name: &str, manifest: &str, flags: &[&str]) -> Process {
    let key = fresh_folder(name).join("key");
    let needed = [
        "--manifest",
        manifest,
        "--key",
        text_of(&key),
        "--signaling",
        "ws://127.0.0.1:9/v1/ws",
    ];
    Process::start(&[&needed[..], flags].concat()).await
}

/// Reads Prometheus' text format, and holds it to its rules: a family has a HELP and a TYPE before its samples, once.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let (mut figures, mut families, mut kind) = (BTreeMap::new(), BTreeSet::new(), String::new());
    let mut family = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help says something");
            assert!(!help.is_empty() && families.insert(name.to_owned()), "{line}");
            family = name.to_owned();
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, told) = rest.split_once(' ').unwrap();
            assert!(
                name == family && ["counter", "gauge", "histogram"].contains(&told),
                "{line}"
            );
            kind = told.to_owned();
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').expect(line);
        let name = sample.split('{').next().unwrap();
        let suffixes: &[&str] = if kind == "histogram" {
            &["_bucket", "_sum", "_count"]
        } else {
            &[""]
        };
        assert!(
            suffixes.iter().any(|suffix| *name == format!("{family}{suffix}")),
            "{line}"
        );
        assert!(kind != "counter" || name.ends_with("_total"), "{line}");
        let value: f64 = value.parse().expect(line);
        assert!(
            figures.insert(sample.to_owned(), value).is_none(),
            "twice: {line}"
        );
    }
    figures
}
