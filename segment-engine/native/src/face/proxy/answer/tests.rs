//! Answers made of a segment, and what failures are to a player.

use std::time::Duration;

use axum::body::to_bytes;
use segment_engine::id::DemandId;
use segment_engine::piece::Body as Segment;
use segment_engine::stats::SourceBytes;

use super::*;

fn delivery(bytes: &[u8]) -> Delivery {
    Delivery {
        demand: DemandId(1),
        body: Segment::of(bytes),
        sources: SourceBytes::default(),
        transfer: Duration::ZERO,
        rate: 0,
    }
}

/// Status, `Content-Range`, `Content-Length` and body.
async fn read(response: Response) -> (u16, String, String, Vec<u8>) {
    let header = |name| {
        let value: Option<&HeaderValue> = response.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let (range, length) = (header(header::CONTENT_RANGE), header(header::CONTENT_LENGTH));
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, range, length, body.to_vec())
}

#[tokio::test]
async fn a_part_of_a_segment_is_cut_out_across_its_pieces() {
    let bytes: Vec<u8> = (0..40_000_u32)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect();
    let delivery = delivery(&bytes);
    for (first, last) in [
        (0, 0),
        (0, 39_999),
        (16_383, 16_384),
        (16_384, 32_767),
        (39_999, 39_999),
    ] {
        let range = ByteRange::new(first, last).unwrap();
        let answer = read(whole(&delivery, Some(Wanted::Between(range)))).await;
        let wanted = &bytes[usize::try_from(first).unwrap()..=usize::try_from(last).unwrap()];
        let content = format!("bytes {first}-{last}/40000");
        assert_eq!(answer, (206, content, wanted.len().to_string(), wanted.to_vec()));
    }
    assert_eq!(
        read(whole(&delivery, None)).await,
        (200, String::new(), "40000".into(), bytes)
    );
    let beyond = read(whole(&delivery, Some(Wanted::From(40_000)))).await;
    assert_eq!((beyond.0, beyond.1.as_str()), (416, "bytes */40000"));
}

#[tokio::test]
async fn a_segment_that_is_a_range_keeps_its_place() {
    let range = ByteRange::new(100, 104).unwrap();
    let answer = read(ranged(&delivery(b"media"), range)).await;
    assert_eq!(
        answer,
        (206, "bytes 100-104/*".into(), "5".into(), b"media".to_vec())
    );
}

#[test]
fn a_failure_of_the_origin_is_the_gateways_and_a_refusal_the_players() {
    for (error, status) in [
        (FetchError::Status(404), 404),
        (FetchError::Status(403), 403),
        (FetchError::Status(500), 502),
        (FetchError::Status(302), 502),
        (FetchError::Network, 502),
        (FetchError::Timeout, 504),
    ] {
        let response = Failure::of(error).into_response();
        assert_eq!(response.status().as_u16(), status, "{error:?}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
    assert_eq!(Failure::BUSY.into_response().headers()[header::RETRY_AFTER], "1");
}
