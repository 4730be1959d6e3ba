//! Against origins that behave, and origins that do not.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects, and no more"
)]

use bytes::Bytes;
use segment_engine::id::ByteRange;
use segment_engine::output::FetchPurpose;
use segment_engine::piece::{PIECE, Piece};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;
use crate::access::OriginAccess;
use crate::inbox::inbox;

#[tokio::test]
async fn a_whole_resource_comes_in_chunks() {
    let url = origin(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
    let (started, body, last) = fetch(&url, None).await;
    assert_eq!(started, Some((false, Some(5), Some(5), url)));
    assert_eq!(body, b"hello");
    assert!(matches!(last, FetchEvent::Finished));
}

#[tokio::test]
async fn a_range_is_asked_for_and_told_as_partial() {
    let url = origin(b"HTTP/1.1 206 Partial Content\r\ncontent-length: 2\r\n\r\nll").await;
    let (started, body, last) = fetch(&url, ByteRange::new(2, 3)).await;
    assert_eq!(started.map(|(partial, ..)| partial), Some(true));
    assert_eq!(body, b"ll");
    assert!(matches!(last, FetchEvent::Finished));
}

#[tokio::test]
async fn the_size_of_what_a_part_is_of_is_told_where_the_origin_tells_it() {
    for (range, total) in [
        ("content-range: bytes 2-3/90\r\n", Some(90)),
        ("content-range: bytes 2-3/*\r\n", None),
        ("content-range: nonsense\r\n", None),
        ("", None),
    ] {
        let head = format!("HTTP/1.1 206 Partial Content\r\ncontent-length: 2\r\n{range}\r\nll");
        let url = origin(head.leak().as_bytes()).await;
        let (started, ..) = fetch(&url, ByteRange::new(2, 3)).await;
        assert_eq!(started, Some((true, Some(2), total, url)), "{range}");
    }
}

#[tokio::test]
async fn other_statuses_fail() {
    for (answer, status) in [
        (&b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"[..], 404),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (
            b"HTTP/1.1 416 Range Not Satisfiable\r\ncontent-length: 0\r\n\r\n",
            416,
        ),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304),
    ] {
        let (started, _, last) = fetch(&origin(answer).await, None).await;
        assert_eq!(started, None);
        assert!(
            matches!(last, FetchEvent::Failed(FetchError::Status(told)) if told == status),
            "{status}"
        );
    }
}

#[tokio::test]
async fn another_part_than_was_asked_for_is_none() {
    let head = b"HTTP/1.1 206 Partial Content\r\ncontent-length: 2\r\ncontent-range: bytes 0-1/90\r\n\r\nhe";
    let (started, _, last) = fetch(&origin(head).await, ByteRange::new(2, 3)).await;
    assert_eq!(started, None);
    assert!(matches!(last, FetchEvent::Failed(FetchError::Network)));
}

#[tokio::test]
async fn a_seeder_asks_for_a_manifest_by_its_validators_and_is_told_that_it_is_as_it_was() {
    let url = origin_of(&[
        b"HTTP/1.1 200 OK\r\nconnection: close\r\netag: \"7\"\r\ncontent-length: 5\r\n\r\nhello",
        b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n",
    ])
    .await;
    let (inbox, mut queue) = inbox();
    let mut fetches = Fetches::new(inbox, For::Seeder, Access::default()).unwrap();
    for (conditional, unchanged) in [(Conditional::Later, false), (Conditional::Now, true)] {
        fetches.start(Fetch {
            purpose: FetchPurpose::Manifest,
            conditional,
            ..request(&url, None)
        });
        let last = loop {
            match next(&mut queue).await {
                FetchEvent::Started { .. } | FetchEvent::Chunk(_) | FetchEvent::Dated(_) => {}
                last => break last,
            }
        };
        assert_eq!(matches!(last, FetchEvent::Unchanged), unchanged, "{last:?}");
        assert!(fetches.is_manifest(FetchId(1)));
        assert!(fetches.is_running(FetchId(1), &last), "it is the last word");
    }
}

#[tokio::test]
async fn a_manifest_is_kept_without_what_the_origin_was_told_also_once_it_is_told_another() {
    let url = origin(b"HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\na.mp4?token=one.").await;
    let mut granted = OriginAccess::default();
    granted.add_query("token", "one").unwrap();
    let access = Access::new(granted, Some(&url));
    let (inbox, mut queue) = inbox();
    let mut fetches = Fetches::new(inbox, For::Seeder, access.clone()).unwrap();
    fetches.start(Fetch {
        purpose: FetchPurpose::Manifest,
        ..request(&url, None)
    });
    while !matches!(next(&mut queue).await, FetchEvent::Finished) {
        access.grant(OriginAccess::default());
    }
    assert_eq!(fetches.kept().get(&url).unwrap().body, "a.mp4?token=.");
}

#[tokio::test]
async fn a_seeder_is_told_of_segments_in_pieces_that_are_hashed() {
    let body: Vec<u8> = (0..40_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let answer = [head.as_bytes(), &body].concat().leak();
    let (inbox, mut queue) = inbox();
    let mut fetches = Fetches::new(inbox, For::Seeder, Access::default()).unwrap();
    fetches.start(request(&origin(answer).await, None));
    let mut pieces = Vec::new();
    loop {
        match next(&mut queue).await {
            FetchEvent::Pieces(more) => pieces.extend(more),
            FetchEvent::Started { .. } => {}
            FetchEvent::Finished => break,
            other => panic!("{other:?}"),
        }
    }
    let expected: Vec<Piece> = body.chunks(PIECE).map(Piece::new).collect();
    assert_eq!(pieces, expected);
}

#[tokio::test]
async fn how_long_the_origin_is_to_be_left_alone_is_told_before_the_failure() {
    let later = std::time::SystemTime::now() + Duration::from_secs(100);
    let date = httpdate::fmt_http_date(later);
    for (said, least, most) in [
        ("7", 7, 7),
        (date.as_str(), 90, 100),
        ("-1", 0, 0),
        ("soon", 0, 0),
    ] {
        let head = format!("HTTP/1.1 503 Busy\r\nretry-after: {said}\r\ncontent-length: 0\r\n\r\n");
        let (inbox, mut queue) = inbox();
        let mut fetches = Fetches::new(inbox, For::Seeder, Access::default()).unwrap();
        fetches.start(request(&origin(head.leak().as_bytes()).await, None));
        let mut told = 0;
        loop {
            match next(&mut queue).await {
                FetchEvent::RetryAfter(wait) => told = wait.as_secs(),
                FetchEvent::Failed(error) => {
                    assert_eq!(error, FetchError::Status(503));
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!((least..=most).contains(&told), "{said}: {told}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_network_failure() {
    let url = origin(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello").await;
    let (_, body, last) = fetch(&url, None).await;
    assert_eq!(body, b"hello");
    assert!(matches!(last, FetchEvent::Failed(FetchError::Network)));
}

#[tokio::test]
async fn what_does_not_speak_http_is_a_network_failure() {
    for answer in [&b"220 mail.example ready\r\n"[..], b""] {
        let (_, _, last) = fetch(&origin(answer).await, None).await;
        assert!(
            matches!(last, FetchEvent::Failed(FetchError::Network)),
            "{last:?}"
        );
    }
}

#[tokio::test]
async fn a_closed_port_and_a_bad_url_are_network_failures() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    for url in [closed.as_str(), "http://", "gopher://origin.example/"] {
        let (_, _, last) = fetch(url, None).await;
        assert!(matches!(last, FetchEvent::Failed(FetchError::Network)), "{url}");
    }
}

#[tokio::test]
async fn silence_is_a_timeout_before_headers_and_between_chunks() {
    const PATIENCE: Duration = Duration::from_millis(300);
    let silent = origin_that_stays(b"").await;
    let (started, _, last) = fetch_within(PATIENCE, &silent, None).await;
    assert_eq!(started, None);
    assert!(matches!(last, FetchEvent::Failed(FetchError::Timeout)));

    let stalled = origin_that_stays(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello").await;
    let (_, body, last) = fetch_within(PATIENCE, &stalled, None).await;
    assert_eq!(body, b"hello");
    assert!(matches!(last, FetchEvent::Failed(FetchError::Timeout)));
}

#[tokio::test]
async fn an_aborted_request_is_no_longer_wanted() {
    let (inbox, _queue) = inbox();
    let mut fetches = Fetches::new(inbox, For::Viewer, Access::default()).unwrap();
    fetches.start(request(&origin_that_stays(b"").await, None));
    assert!(fetches.is_running(FetchId(1), &FetchEvent::Chunk(Bytes::new())));
    fetches.abort(FetchId(1));
    assert!(!fetches.is_running(FetchId(1), &FetchEvent::Chunk(Bytes::new())));
    assert!(!fetches.is_running(FetchId(1), &FetchEvent::Finished));
    while fetches.tasks.join_next().await.is_some() {}
}

/// Whether a part comes, how long it and the resource are, and where they came from.
type Started = (bool, Option<u64>, Option<u64>, String);

/// Makes one request, and returns what was told of it.
async fn fetch(url: &str, range: Option<ByteRange>) -> (Option<Started>, Vec<u8>, FetchEvent) {
    fetch_within(Duration::from_secs(5), url, range).await
}

/// The same, where the origin may be silent for so long.
async fn fetch_within(
    timeout: Duration,
    url: &str,
    range: Option<ByteRange>,
) -> (Option<Started>, Vec<u8>, FetchEvent) {
    let (inbox, mut queue) = inbox();
    let mut fetches = Fetches::new(inbox, For::Viewer, Access::default()).unwrap();
    fetches.start(Fetch {
        timeout,
        ..request(url, range)
    });
    let (mut started, mut body) = (None, Vec::new());
    loop {
        match next(&mut queue).await {
            FetchEvent::Started {
                partial,
                length,
                total,
                url,
            } => started = Some((partial, length, total, url)),
            FetchEvent::Chunk(bytes) => body.extend(bytes),
            last => return (started, body, last),
        }
    }
}

async fn next(queue: &mut mpsc::Receiver<IoEvent>) -> FetchEvent {
    let event = timeout(Duration::from_secs(10), queue.recv())
        .await
        .expect("an event in time");
    match event.expect("the queue is open") {
        IoEvent::Fetch(FetchId(1), event) => event,
        other => panic!("not the request's: {other:?}"),
    }
}

fn request(url: &str, range: Option<ByteRange>) -> Fetch {
    Fetch {
        id: FetchId(1),
        url: url.to_owned(),
        range,
        demand: None,
        purpose: FetchPurpose::Segment,
        conditional: Conditional::Never,
        timeout: Duration::from_secs(5),
    }
}

/// An origin that gives one answer and hangs up.
async fn origin(answer: &'static [u8]) -> String {
    serve(answer, Duration::ZERO).await
}

/// An origin that gives one answer and stays silent.
async fn origin_that_stays(answer: &'static [u8]) -> String {
    serve(answer, Duration::from_secs(5)).await
}

/// An origin that gives one answer after the other; but for the first only where it is asked by a validator.
async fn origin_of(answers: &'static [&'static [u8]]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for (index, answer) in answers.iter().enumerate() {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
            assert_eq!(request.contains("if-none-match: \"7\""), index > 0, "{request}");
            stream.write_all(answer).await.unwrap();
        }
    });
    url
}

async fn serve(answer: &'static [u8], stay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
        if answer.starts_with(b"HTTP/1.1 206") {
            assert!(request.contains("range: bytes=2-3"), "{request}");
        }
        stream.write_all(answer).await.unwrap();
        tokio::time::sleep(stay).await;
    });
    url
}
