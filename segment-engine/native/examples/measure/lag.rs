//! How long it takes from a live segment's being at the origin until a linked peer is offered its first piece.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use segment_engine_native::segment_engine::wire::{Frame, Have, Holds};
use tokio::time::{Instant, interval, sleep_until};

use crate::Options;
use crate::origin::{Origin, Shape, Title, since_1970};
use crate::report::{Figure, Goal, quantile};
use crate::seeder::Seeder;
use crate::signaling::Signaling;
use crate::wire_peer::WirePeer;

/// A stream of 4 Mbit/s in segments of a second, by the clock: a seeder needs no poll to know of one.
const SHAPE: Shape = Shape {
    title: Title::Live { window: 15 },
    duration: Duration::from_secs(1),
    bytes: 500_000,
};

/// How often the peer tells of itself.
const STAYS: Duration = Duration::from_secs(5);

pub(crate) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let origin = Origin::start(SHAPE).await?;
    let signaling = Signaling::start(None).await?;
    let seeder = Seeder::start(&options.seeder, &origin, &signaling, &[]).await?;
    seeder
        .until("a window", |metrics| metrics.of("store_segments") >= 14.0)
        .await?;
    let peer = WirePeer::connect(signaling.enter()).await?;
    let first = SHAPE.newest(since_1970()) + 2;
    let until = Instant::now() + Duration::from_secs(options.seconds.into());
    let mut lags: BTreeMap<u64, f64> = BTreeMap::new();
    let mut stays = interval(STAYS);
    let mut uncounted = |_| {};
    loop {
        let frame = tokio::select! {
            frame = peer.next(&mut uncounted) => frame?,
            _ = stays.tick() => {
                peer.stay().await?;
                continue;
            }
            () = sleep_until(until) => break,
        };
        let Frame::Announce { came, .. } = frame else {
            continue;
        };
        for have in came.iter().filter(|have| is_offered(have)) {
            let number = number(have);
            if number >= first {
                let lag = since_1970().saturating_sub(SHAPE.there(number));
                lags.entry(number).or_insert(lag.as_secs_f64() * 1e3);
            }
        }
    }
    let all: Vec<f64> = lags.into_values().collect();
    let offered = all.len() as f64;
    // The last may be on its way when the time is over.
    let missed = (f64::from(options.seconds) - 3.0 - offered).max(0.0);
    Ok(vec![
        Figure::aimed("lag.p95", quantile(all.clone(), 95), "ms", Goal::AtMost(500.0)),
        Figure::plain("lag.p50", quantile(all, 50), "ms"),
        Figure::plain("lag.segments", Some(offered), "count"),
        Figure::aimed("lag.missed", Some(missed), "count", Goal::AtMost(0.0)),
    ])
}

fn is_offered(have: &Have) -> bool {
    match &have.holds {
        Holds::All => true,
        Holds::Runs(runs) => !runs.is_empty(),
    }
}

/// Segment 1 begins at 0.
fn number(have: &Have) -> u64 {
    let millis = u64::try_from(have.key.time).unwrap_or_default();
    millis / 1_000 + 1
}
