//! The server's answers: ranges, permissions, the page's settings, the live stream.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, RANGE};
use reqwest::{Method, StatusCode};
use segment_engine_native::parse_public_key;
use segment_engine_native::segment_engine::manifest::Limits;
use segment_engine_native::segment_engine::manifest::files::read_list;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::demo::{Demo, client, media};

#[tokio::test]
async fn ranges_are_honoured_and_wrong_ones_refused() {
    let demo = Demo::start(&["--no-seeder"]);
    let url = demo.url("/media/v360/3.m4s");
    let whole = std::fs::read(media().join("v360/3.m4s")).unwrap();
    let length = whole.len();
    for (range, expected) in [
        ("bytes=0-0", &whole[..1]),
        ("bytes=100-299", &whole[100..300]),
        ("bytes=-50", &whole[length - 50..]),
        (&format!("bytes={}-", length - 7), &whole[length - 7..]),
    ] {
        let response = client().get(&url).header(RANGE, range).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert!(
            text(response.headers(), "content-range").ends_with(&format!("/{length}")),
            "{range}"
        );
        assert_eq!(response.bytes().await.unwrap(), expected, "{range}");
    }
    let past = format!("bytes={length}-");
    let response = client().get(&url).header(RANGE, past).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(
        text(response.headers(), "content-range"),
        format!("bytes */{length}")
    );
}

#[tokio::test]
async fn head_tells_length_and_kind() {
    let demo = Demo::start(&["--no-seeder"]);
    let response = client().head(demo.url("/media/v360/3.m4s")).send().await.unwrap();
    let length = std::fs::metadata(media().join("v360/3.m4s")).unwrap().len();
    assert_eq!(text(response.headers(), "content-length"), length.to_string());
    assert_eq!(text(response.headers(), "accept-ranges"), "bytes");
    let manifest = client()
        .head(demo.url("/media/manifest.mpd"))
        .send()
        .await
        .unwrap();
    assert_eq!(text(manifest.headers(), "content-type"), "application/dash+xml");
}

#[tokio::test]
async fn pages_of_other_hosts_may_read_and_measure() {
    let demo = Demo::start(&["--no-seeder"]);
    for path in [
        "/media/v360/3.m4s",
        "/media/t/no-such",
        "/live/manifest.mpd",
        "/live/v360/init.mp4",
    ] {
        let request = client()
            .get(demo.url(path))
            .header("origin", "http://page.example");
        let response = request.send().await.unwrap();
        assert_eq!(
            text(response.headers(), "access-control-allow-origin"),
            "*",
            "{path}"
        );
        assert_eq!(text(response.headers(), "timing-allow-origin"), "*", "{path}");
        let exposed = text(response.headers(), "access-control-expose-headers").to_lowercase();
        assert!(
            exposed.contains("content-range") && exposed.contains("content-length"),
            "{exposed}"
        );
    }
    let preflight = client()
        .request(Method::OPTIONS, demo.url("/media/v360/3.m4s"))
        .header("origin", "http://page.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "range")
        .send()
        .await
        .unwrap();
    assert!(preflight.status().is_success());
    let allowed = text(preflight.headers(), "access-control-allow-headers");
    assert!(allowed == "*" || allowed.contains("range"), "{allowed}");
}

#[tokio::test]
async fn browsers_keep_no_media() {
    let demo = Demo::start(&["--no-seeder"]);
    for path in [
        "/media/manifest.mpd",
        "/media/v360/3.m4s",
        "/live/manifest.mpd",
        "/live/v360/init.mp4",
    ] {
        let response = client().get(demo.url(path)).send().await.unwrap();
        assert_eq!(text(response.headers(), "cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn nothing_outside_the_folders_is_served() {
    let demo = Demo::start(&["--no-seeder"]);
    let address = demo.url("").trim_start_matches("http://").to_owned();
    for path in [
        "/media/../Cargo.toml",
        "/media/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/live/..%2f/init.mp4",
    ] {
        // A client of HTTP would not send the first two as they are.
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn the_page_and_its_settings_are_there() {
    let demo = Demo::start(&["--no-seeder", "--digest-key", &"Ab".repeat(32)]);
    let page = client().get(demo.url("/")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("<title>page</title>"));

    let config = config(&demo).await;
    assert_eq!(config["signalingUrl"], "/v1/ws");
    assert_eq!(config["digestKey"], "ab".repeat(32));
    let streams = config["streams"].as_array().unwrap();
    let ids: Vec<&str> = streams
        .iter()
        .map(|stream| stream["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["live", "vod", "timeline", "live-hls", "hls"]);
    for stream in streams {
        assert!(
            !stream["title"].as_str().unwrap().is_empty() && !stream["swarm"].as_str().unwrap().is_empty()
        );
        let manifest = demo.url(stream["manifestUrl"].as_str().unwrap());
        let body = client().get(manifest).send().await.unwrap().text().await.unwrap();
        assert!(body.contains("<MPD") || body.starts_with("#EXTM3U"), "{body}");
    }
}

#[tokio::test]
async fn the_files_of_the_gallery_are_listed_and_there() {
    let demo = Demo::start(&["--no-seeder"]);
    let gallery = &config(&demo).await["gallery"];
    assert_eq!(gallery["swarm"], "player-demo/gallery");
    let url = demo.url(gallery["list"].as_str().unwrap());
    let response = client().get(url).send().await.unwrap();
    assert_eq!(text(response.headers(), "cache-control"), "no-cache");
    let list = response.bytes().await.unwrap();
    let signed = read_list(&list, &Limits::default()).unwrap();
    assert!(parse_public_key(gallery["digestKey"].as_str().unwrap()).is_some());
    assert_eq!(signed.list.swarm, "player-demo/gallery");
    let files: Vec<_> = signed.list.files.iter().map(|file| &file.reference[..]).collect();
    assert_eq!(files, ["look.css", "pictures/dot.svg"]);
    let file = client()
        .get(demo.url("/gallery/pictures/dot.svg"))
        .send()
        .await
        .unwrap();
    assert_eq!(file.text().await.unwrap(), "<svg/>");
}

#[tokio::test]
async fn settings_follow_the_flags() {
    let external = "wss://signal.example/v1/ws";
    let elsewhere = Demo::start(&["--no-seeder", "--no-signaling", "--signaling-url", external]);
    let told = config(&elsewhere).await;
    assert_eq!(told["signalingUrl"], external);
    assert!(told.get("digestKey").is_none(), "nobody signs: {told}");
    let response = client().get(elsewhere.url("/healthz")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);

    let complete = Demo::start(&[]);
    assert_eq!(config(&complete).await["digestKey"].as_str().unwrap().len(), 64);
    for path in ["/healthz"] {
        assert!(
            client()
                .get(complete.url(path))
                .send()
                .await
                .unwrap()
                .status()
                .is_success(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_live_edge_moves() {
    let demo = Demo::start(&["--no-seeder"]);
    let first = newest(&demo, 18).await;
    // The stream starts a window of 40 s ago: some 20 segments are there.
    assert!((19..=22).contains(&first), "{first}");
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let second = newest(&demo, first).await;
    assert!(second > first && second <= first + 2, "{first} {second}");
}

#[tokio::test]
async fn a_narrow_origin_is_slow() {
    let demo = Demo::start(&["--no-seeder", "--origin-kbps", "400"]);
    let state: Value = client()
        .get(demo.url("/control"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(state["origin"]["startKbps"], 400);
    let start = Instant::now();
    let body = client()
        .get(demo.url("/media/v180/1.m4s"))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let least = Duration::from_secs_f64(body.len() as f64 * 8.0 / 400_000.0 * 0.9);
    assert_eq!(body, std::fs::read(media().join("v180/1.m4s")).unwrap());
    assert!(
        start.elapsed() >= least,
        "{:?} for {} bytes",
        start.elapsed(),
        body.len()
    );
}

/// The newest segment that is there, looking up from one that is.
async fn newest(demo: &Demo, from: u64) -> u64 {
    let mut number = from;
    loop {
        let url = demo.url(&format!("/live/v180/{}.m4s", number + 1));
        if client().get(url).send().await.unwrap().status() == StatusCode::NOT_FOUND {
            return number;
        }
        number += 1;
    }
}

async fn config(demo: &Demo) -> Value {
    client()
        .get(demo.url("/config.json"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default()
}
