//! What a program that reads the log finds in its lines: which stream, which peer, which segment.

use segment_engine::config::{Config, Trust};
use segment_engine_native::{Options, Peer, SeedKey};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::operation::{stream, write};
use crate::origin::Origin;
use crate::scripted::{Scripted, all, status};
use crate::stage::{Process, fresh_folder, signaling, text_of};

/// Two segments of 2 s.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video">
    <SegmentTemplate duration="2" media="$Number$.m4s"/><Representation id="v" bandwidth="1000"/></AdaptationSet>
    </Period></MPD>"#;

/// The log as JSON, a line for each event.
fn lines(process: &Process) -> Vec<Value> {
    let log = process.log();
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    log.lines().map(read).collect()
}

/// The lines whose message is this.
fn saying<'a>(lines: &'a [Value], message: &str) -> Vec<&'a Value> {
    let said = lines.iter().filter(|line| line["fields"]["message"] == message);
    said.collect()
}

#[tokio::test]
async fn each_line_of_a_stream_names_it_and_a_failed_segment_is_named_by_its_key() {
    let message = "the origin did not give a segment";
    let origin = Scripted::start(|asked| match asked.path.rsplit('/').next() {
        Some("film.mpd") => all(FILM),
        Some("2.m4s") => status(500),
        Some(_) | None => all("segment"),
    })
    .await;
    let streams = ["one", "two"].map(|name| stream(name, &origin.url(&format!("{name}/film.mpd"))));
    let file = write(&fresh_folder("log-streams"), &[&streams.concat()]);
    let process = Process::start(&["--config", text_of(&file), "--log-format", "json"]).await;
    process.until_log(|log| log.matches(message).count() >= 2).await;
    let lines = lines(&process);
    for name in ["one", "two"] {
        let failed = saying(&lines, message);
        let failed: Vec<_> = failed
            .iter()
            .filter(|line| line["span"]["stream"] == name)
            .collect();
        let [failed] = failed[..] else {
            panic!("one line of {name}: {lines:?}");
        };
        assert_eq!(failed["span"]["name"], "seed");
        let url = failed["fields"]["url"].as_str().unwrap();
        assert!(url.ends_with(&format!("/{name}/2.m4s")), "{url}");
        // The track, and the place in it.
        let key = failed["fields"]["key"].as_str().unwrap();
        assert!(key.ends_with("/2"), "{key}");
    }
    for line in &lines {
        let span = &line["span"];
        let is_of_a_stream =
            span["name"] != "seed" || ["one", "two"].iter().any(|name| span["stream"] == *name);
        assert!(is_of_a_stream, "{line}");
        assert!(
            line["timestamp"].is_string() && line["level"].is_string(),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_comes_and_goes_is_named_in_both_lines() {
    let (origin, folder, mut tasks) = (Origin::start().await, fresh_folder("log-peers"), JoinSet::new());
    let (key, signaling) = (folder.join("key"), signaling(&mut tasks).await);
    let flags = [
        "--manifest",
        &origin.url("manifest.mpd"),
        "--swarm",
        "film",
        "--key",
        text_of(&key),
        "--signaling",
        &signaling,
        "--udp-address",
        "127.0.0.1:0",
        "--log-format",
        "json",
    ];
    let process = Process::start(&flags).await;
    let mut options = Options::new(signaling);
    options.udp_addresses = vec!["127.0.0.1:0".parse().unwrap()];
    let config = Config {
        trust: Trust::signed(SeedKey::load(&key).unwrap().public_key()),
        ..Config::viewer("film")
    };
    let viewer = Peer::start(config, options).unwrap();
    process.until_logged("\"peer joined\"").await;
    viewer.shutdown().await;
    process.until_logged("\"peer left\"").await;
    let lines = lines(&process);
    let of = |message: &str| {
        let said = saying(&lines, message);
        let [line] = said[..] else {
            panic!("{message} once: {lines:?}");
        };
        assert_eq!(line["span"]["stream"], "stream", "{line}");
        line["fields"]["peer"].as_str().unwrap()
    };
    assert!(of("peer joined").starts_with("peer-"));
    assert_eq!(of("peer joined"), of("peer left"));
}
