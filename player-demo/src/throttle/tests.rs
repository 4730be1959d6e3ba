//! The link's pace, on tokio's paused clock.

use axum::body::to_bytes;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_body_takes_as_long_as_the_link_says() {
    let throttle = Throttle::new(Conditions::of(Some(800)));
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
    let throttle = Throttle::new(Conditions::of(Some(800)));
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

#[tokio::test(start_paused = true)]
async fn a_wider_link_helps_what_is_under_way() {
    let throttle = Throttle::new(Conditions::of(Some(8)));
    let start = Instant::now();
    let response = throttle
        .clone()
        .slow_down(Response::new(Body::from(vec![1; 200_000])));
    let (_, body) = tokio::join!(
        async {
            sleep(Duration::from_secs(1)).await;
            throttle.set(Conditions::of(None));
        },
        to_bytes(response.into_body(), usize::MAX)
    );
    assert_eq!(body.unwrap().len(), 200_000);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(throttle.sent().viewers, 200_000);
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_for_what_was_booked_before_the_link_was_changed() {
    let throttle = Throttle::new(Conditions::of(Some(8)));
    let start = Instant::now();
    let body = |length| {
        let response = throttle
            .clone()
            .slow_down(Response::new(Body::from(vec![1; length])));
        to_bytes(response.into_body(), usize::MAX)
    };
    let late = async {
        sleep(Duration::from_secs(1)).await;
        throttle.set(Conditions::of(Some(800)));
        let later = Instant::now();
        body(100_000).await.unwrap();
        later.elapsed()
    };
    let (early, also_early, late) = tokio::join!(body(100_000), body(100_000), late);
    assert_eq!(
        (early.unwrap().len(), also_early.unwrap().len()),
        (100_000, 100_000)
    );
    assert!(late < Duration::from_millis(3_100), "{late:?}");
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(3_990) && took < Duration::from_millis(4_200),
        "{took:?}"
    );
}

#[tokio::test]
async fn an_origin_that_goes_away_breaks_off_and_a_length_stays_told() {
    let throttle = Throttle::new(Conditions::of(None));
    let response = throttle
        .clone()
        .slow_down(Response::new(Body::from(vec![1; 200_000])));
    assert_eq!(response.headers()[CONTENT_LENGTH], "200000");
    throttle.set(Conditions {
        reach: Reach::Away,
        ..throttle.conditions()
    });
    assert!(to_bytes(response.into_body(), usize::MAX).await.is_err());
    assert_eq!(throttle.sent().viewers, 0);
}

#[tokio::test(start_paused = true)]
async fn who_stands_beside_the_origin_does_not_wait_for_the_link() {
    let throttle = Throttle::new(Conditions::of(Some(8)));
    let start = Instant::now();
    let response = throttle
        .beside()
        .slow_down(Response::new(Body::from(vec![1; 200_000])));
    to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    let sent = Sent {
        viewers: 0,
        seeders: 200_000,
    };
    assert_eq!(throttle.sent(), sent);
}
