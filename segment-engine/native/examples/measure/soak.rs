//! Weeks of a live stream in minutes: segments that follow each other fast, peers that come and go, and what the seeder holds
//! meanwhile and afterwards.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use segment_engine_native::segment_engine::output::PublicKey;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Options;
use crate::origin::{Origin, Shape, Title, since_1970};
use crate::player::Player;
use crate::process::{Holding, holding};
use crate::report::{Figure, Goal, mean};
use crate::seeder::Seeder;
use crate::signaling::Signaling;
use crate::wire_peer::WirePeer;

/// 24 h of segments of 4 s are 21,600: with these 72 minutes.
const SHAPE: Shape = Shape {
    title: Title::Live { window: 60 },
    duration: Duration::from_millis(200),
    bytes: 40_000,
};
/// How many peers there are at once.
const PEERS: u64 = 6;
/// How long each stays, from and to.
const STAY_MS: std::ops::Range<u64> = 500..6_000;
/// How often the seeder is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// How long what peers held may take to go: of one that vanished ICE is sure after 15 s.
const AFTERWARDS: Duration = Duration::from_secs(40);
/// How long after its last figure a link may hold its socket, twice over.
const CLOSING: Duration = Duration::from_secs(4);
/// How many TCP connections there may be at the end: one to listen, to signaling, from this bench, for the manifest, and for
/// each fetch at once.
const CONNECTIONS: f64 = 8.0;
/// How much memory may rise, from the second quarter to the last.
const RISE: f64 = 1.1;

pub(crate) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let origin = Arc::new(Origin::start(SHAPE).await?);
    let signaling = Arc::new(Signaling::start(None).await?);
    let flags = ["--store-mib", "8", "--peer-upload-mbit", "8"];
    let seeder = Seeder::start(&options.seeder, &origin, &signaling, &flags).await?;
    seeder
        .until("a window", |metrics| metrics.of("store_segments") >= 50.0)
        .await?;
    // The first peers have the seeder start threads for them, each with 4 files, that it keeps for all others.
    let mut peers = Vec::new();
    for _ in 0..PEERS {
        peers.push(WirePeer::connect(signaling.enter()).await?);
    }
    drop(peers);
    seeder
        .until("no links", |metrics| metrics.of("links") < 1.0)
        .await?;
    sleep(CLOSING).await;
    let before = holding(seeder.id())?;
    let first = SHAPE.newest(since_1970());
    let mut guests = JoinSet::new();
    for number in 0..PEERS {
        guests.spawn(come_and_go(
            number,
            Arc::clone(&origin),
            Arc::clone(&signaling),
            seeder.key,
        ));
    }
    let mut samples = Vec::new();
    while SHAPE.newest(since_1970()) < first + options.segments {
        sleep(PERIOD).await;
        samples.push(holding(seeder.id())?);
        if samples.len() % 60 == 0 {
            eprintln!(
                "{} segments: {:?}",
                SHAPE.newest(since_1970()) - first,
                samples.last()
            );
        }
    }
    guests.shutdown().await;
    sleep(AFTERWARDS).await;
    let after = holding(seeder.id())?;
    let metrics = seeder.metrics().await?;
    eprintln!("before {before:?}, after {after:?}");
    let mut figures = vec![
        Figure::plain("soak.segments", Some(options.segments as f64), "count"),
        Figure::plain("soak.gaps", Some(metrics.of("origin_failures_total")), "count"),
        Figure::aimed(
            "soak.links_left",
            Some(metrics.of("links")),
            "count",
            Goal::AtMost(0.0),
        ),
    ];
    figures.extend(held(&samples, before, after));
    Ok(figures)
}

fn held(samples: &[Holding], before: Holding, after: Holding) -> Vec<Figure> {
    let quarter = samples.len() / 4;
    let resident = |part: &[Holding]| {
        let values: Vec<f64> = part.iter().map(|sample| sample.resident_kib as f64).collect();
        mean(&values)
    };
    let second = resident(&samples[quarter..quarter * 2]);
    let last = resident(&samples[quarter * 3..]);
    let ratio = second.zip(last).map(|(second, last)| last / second);
    let more = |value: fn(Holding) -> u64| Some(value(after) as f64 - value(before) as f64);
    vec![
        Figure::aimed(
            "soak.memory_last_over_second_quarter",
            ratio,
            "ratio",
            Goal::AtMost(RISE),
        ),
        Figure::plain("soak.memory", last.map(|kib| kib / 1024.0), "MiB"),
        Figure::aimed(
            "soak.files_left",
            more(|held| held.files),
            "count",
            Goal::AtMost(0.0),
        ),
        Figure::aimed(
            "soak.connections",
            Some(after.connections as f64),
            "count",
            Goal::AtMost(CONNECTIONS),
        ),
        Figure::plain("soak.threads_left", more(|held| held.threads), "count"),
    ]
}

/// One peer after the other: those with an engine and those without take turns.
async fn come_and_go(number: u64, origin: Arc<Origin>, signaling: Arc<Signaling>, key: PublicKey) {
    for visit in 0_u64.. {
        let stay = Duration::from_millis(rand::random_range(STAY_MS));
        if (number + visit).is_multiple_of(2) {
            let member = signaling.enter();
            // Its end is what it came for.
            let _ = timeout(stay, async {
                let peer = WirePeer::connect(member).await?;
                peer.drain(|_| {}).await
            })
            .await;
        } else if let Ok(player) = Player::start(&signaling, key) {
            let _ = timeout(stay, watch(&player, &origin)).await;
            // In good order, or cut off.
            if visit % 4 < 2 {
                player.shutdown().await;
            }
        }
    }
}

async fn watch(player: &Player, origin: &Origin) -> Result<()> {
    player.join(origin).await?;
    loop {
        let number = SHAPE.newest(since_1970()).saturating_sub(2);
        player.tell(origin, number, SHAPE.duration * 8).await;
        player.fetch(origin, number, SHAPE.duration * 8).await;
        sleep(SHAPE.duration).await;
    }
}

#[cfg(test)]
mod tests;
