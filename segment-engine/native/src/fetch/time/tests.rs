//! Against clocks that tell the time, and clocks that do not.

use std::sync::{Arc, Mutex};

use segment_engine::time::UnixTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::access::Access;
use crate::fetch::{Fetches, For};
use crate::inbox::inbox;

const NOON: i64 = 1_709_208_000_000;

#[tokio::test]
async fn a_text_is_read_down_to_its_fraction() {
    for (text, millis, within) in [
        ("2024-02-29T12:00:00.250Z", NOON + 250, 1),
        ("2024-02-29T12:00:00Z\r\n", NOON, 1_000),
        ("2024-02-29T13:00:00.5+01:00", NOON + 500, 1),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
        let dated = told(Telling::Text, &[&answer]).await.expect("it tells the time");
        assert_eq!(
            (dated.date, dated.within),
            (UnixTime::from_millis(millis), within),
            "{text}"
        );
        assert!(dated.sent <= dated.received);
    }
}

#[tokio::test]
async fn a_date_is_asked_for_without_a_body() {
    let answer = "HTTP/1.1 200 OK\r\ndate: Thu, 29 Feb 2024 12:00:00 GMT\r\ncontent-length: 7\r\n\r\n";
    let (url, seen) = clock(&[answer]).await;
    let dated = ask_at(Telling::Date, url).await.expect("it tells the time");
    assert_eq!((dated.date, dated.within), (UnixTime::from_millis(NOON), 1_000));
    assert!(seen.lock().unwrap().starts_with("HEAD "), "{seen:?}");
}

#[tokio::test]
async fn a_redirect_is_followed() {
    let dated = told(
        Telling::Text,
        &[
            "HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n2024-02-29T12:00:00Z",
        ],
    );
    assert_eq!(
        dated.await.expect("it tells the time").date,
        UnixTime::from_millis(NOON)
    );
}

#[tokio::test]
async fn what_tells_no_time_says_why() {
    let far = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n{}",
        "2".repeat(4_000)
    );
    for (telling, answer, why) in [
        (
            Telling::Text,
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nnoon!",
            "tells no time",
        ),
        (Telling::Text, &far, "tells no time"),
        (
            Telling::Text,
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "404",
        ),
        (
            Telling::Text,
            "HTTP/1.1 200 OK\r\nage: 12\r\ncontent-length: 20\r\n\r\n2024-02-29T12:00:00Z",
            "cache",
        ),
        (
            Telling::Date,
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "tells no time",
        ),
        (Telling::Text, "", "cannot be reached"),
    ] {
        let untold = told(telling, &[answer]).await.expect_err("it tells none");
        assert!(untold.contains(why), "{untold}");
    }
}

#[tokio::test]
async fn the_next_one_is_asked_where_one_tells_none_or_is_far_off() {
    let (broken, _) = clock(&["HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"]).await;
    let (stale, _) = clock(&["HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n2024-02-29T12:00:00Z"]).await;
    let now = humantime::format_rfc3339_millis(std::time::SystemTime::now()).to_string();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{now}", now.len());
    let (sound, _) = clock(&[&answer]).await;
    let dated = ask(
        &fetches().context,
        &sources(Telling::Text, &[broken, stale, sound]),
    )
    .await;
    assert_eq!(Some(dated.expect("the third tells it").date), read_time(&now));
}

#[tokio::test]
async fn what_none_told_is_said_in_one_line_without_what_may_be_secret() {
    let (broken, _) = clock(&["HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"]).await;
    let (stale, _) = clock(&["HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n2024-02-29T12:00:00Z"]).await;
    let urls = [broken, stale].map(|url| format!("{}?token=s3cret", url.replace("//", "//me:s3cret@")));
    let reason = ask(&fetches().context, &sources(Telling::Text, &urls)).await;
    let reason = reason.expect_err("none tells it");
    assert!(
        reason.contains("500") && reason.contains("ten minutes off"),
        "{reason}"
    );
    assert!(!reason.contains("s3cret") && !reason.contains('\n'), "{reason}");
}

async fn told(telling: Telling, answers: &[&str]) -> Result<Dated, String> {
    let (url, _) = clock(answers).await;
    ask_at(telling, url).await
}

async fn ask_at(telling: Telling, url: String) -> Result<Dated, String> {
    let [source] = &sources(telling, &[url])[..] else {
        panic!("one source of one URL")
    };
    let told = ask_one(&fetches().context, source).await;
    told.map_err(|untold| untold.to_string())
}

fn fetches() -> Fetches {
    Fetches::new(inbox().0, For::Seeder, Access::default()).unwrap()
}

fn sources(telling: Telling, urls: &[String]) -> Vec<TimeSource> {
    let source = |url: &String| TimeSource {
        url: url.clone(),
        telling,
    };
    urls.iter().map(source).collect()
}

/// A server that gives one answer after the other, and what it was asked last.
async fn clock(answers: &[&str]) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/now", listener.local_addr().unwrap());
    let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
    let seen = Arc::new(Mutex::new(String::new()));
    let asked = Arc::clone(&seen);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            *asked.lock().unwrap() = String::from_utf8_lossy(&request[..read]).into_owned();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, seen)
}
