//! The link's pace, on tokio's paused clock.

use axum::body::to_bytes;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_body_takes_as_long_as_the_link_says() {
    let throttle = Throttle::new(800);
    let start = Instant::now();
    let body = throttle
        .slow_down(Response::new(Body::from(vec![1; 200_000])))
        .into_body();
    assert_eq!(to_bytes(body, usize::MAX).await.unwrap(), vec![1; 200_000]);
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(1990) && took < Duration::from_millis(2100),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn two_bodies_share_the_link() {
    let throttle = Throttle::new(800);
    let start = Instant::now();
    let bodies = [100_000, 100_000].map(|length| Response::new(Body::from(vec![1; length])));
    let bodies = bodies.map(|response| {
        let throttle = throttle.clone();
        async move {
            to_bytes(throttle.slow_down(response).into_body(), usize::MAX)
                .await
                .unwrap()
        }
    });
    futures_util::future::join_all(bodies).await;
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(1990) && took < Duration::from_millis(2200),
        "{took:?}"
    );
}
