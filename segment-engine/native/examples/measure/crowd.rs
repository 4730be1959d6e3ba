//! Many viewers of a live stream at one seeder: whether each gets all of it in time and as much as the others, and what
//! memory each costs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::Options;
use crate::origin::{Origin, Shape, Title, since_1970};
use crate::player::Player;
use crate::process::{holding, load_average, processor_time};
use crate::report::{Figure, Goal, mean, quantile, spread};
use crate::seeder::Seeder;
use crate::signaling::Signaling;

/// A stream of 4 Mbit/s.
const SHAPE: Shape = Shape {
    title: Title::Live { window: 15 },
    duration: Duration::from_secs(2),
    bytes: 1_000_000,
};
/// A player three segments behind the edge has two in reserve when it asks for the newest: so long it can wait.
const RESERVE: Duration = Duration::from_secs(4);
/// How long the seeder runs before peers come, so that it holds the stream's window.
const BEFORE: Duration = Duration::from_secs(10);
/// How many older segments a viewer fetches first, as a player does that joins; they are not counted.
const JOINS_BEHIND: u64 = 2;
/// How many viewers come at once.
const ARRIVALS: usize = 8;

/// What a viewer saw.
#[derive(Debug)]
struct Seen {
    bytes: f64,
    /// From a segment's being at the origin until it was here, in milliseconds.
    took: Vec<f64>,
    late: u64,
}

/// What the seeder held, its store aside, in KiB.
async fn resident_beside_store(seeder: &Seeder) -> Result<f64> {
    let store = seeder.metrics().await?.of("store_bytes") / 1024.0;
    Ok(holding(seeder.id())?.resident_kib as f64 - store)
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let origin = Arc::new(Origin::start(SHAPE).await?);
    let signaling = Signaling::start(None).await?;
    let seeder = Seeder::start(&options.seeder, &origin, &signaling, &[]).await?;
    seeder
        .until("a window", |metrics| metrics.of("store_segments") >= 14.0)
        .await?;
    sleep(BEFORE).await;
    let alone = resident_beside_store(&seeder).await?;
    let viewers = usize::from(options.viewers);
    let mut players = Vec::new();
    while players.len() < viewers {
        let more = ARRIVALS.min(viewers - players.len());
        let arriving: Vec<Player> = (0..more)
            .map(|_| Player::start(&signaling, seeder.key))
            .collect::<Result<_>>()?;
        for player in &arriving {
            player.join(&origin).await?;
        }
        players.extend(arriving);
    }
    eprintln!(
        "{} viewers are linked (load average {})",
        players.len(),
        load_average()
    );
    let (begun, own) = (Instant::now(), std::process::id());
    let (used, used_here) = (processor_time(seeder.id())?, processor_time(own)?);
    let first = SHAPE.newest(since_1970()) + 2;
    let last = first + u64::from(options.seconds) / SHAPE.duration.as_secs();
    let mut playing = JoinSet::new();
    for player in players {
        let origin = Arc::clone(&origin);
        playing.spawn(async move {
            let seen = play(&player, &origin, first, last).await;
            (player, seen)
        });
    }
    // Kept until the memory is looked at.
    let (players, seen): (Vec<Player>, Vec<Seen>) = playing.join_all().await.into_iter().unzip();
    let took = begun.elapsed().as_secs_f64();
    let share = (processor_time(seeder.id())? - used).as_secs_f64() / took * 100.0;
    let share_here = (processor_time(own)? - used_here).as_secs_f64() / took * 100.0;
    let full = resident_beside_store(&seeder).await?;
    drop(players);
    let memory = (full - alone) / viewers as f64 / 1024.0;
    let mut figures = figures(&seen, viewers, memory);
    figures.push(Figure::plain("crowd.seeder_core", Some(share), "%"));
    figures.push(Figure::plain("crowd.viewers_core", Some(share_here), "%"));
    let refused = origin.refused() as f64;
    figures.push(Figure::plain("crowd.requests_to_origin", Some(refused), "count"));
    Ok(figures)
}

/// Plays three segments behind the edge.
async fn play(player: &Player, origin: &Origin, first: u64, last: u64) -> Seen {
    for number in first - JOINS_BEHIND..first {
        player.tell(origin, number, RESERVE).await;
        player.fetch(origin, number, RESERVE).await;
    }
    let before = player.stats().await.received.seeder;
    let mut seen = Seen {
        bytes: 0.0,
        took: Vec::new(),
        late: 0,
    };
    for number in first..=last {
        let there = SHAPE.there(number);
        sleep(there.saturating_sub(since_1970())).await;
        player.tell(origin, number, RESERVE).await;
        if player.fetch(origin, number, RESERVE).await {
            let took = since_1970().saturating_sub(there);
            seen.late += u64::from(took > RESERVE);
            seen.took.push(took.as_secs_f64() * 1e3);
        } else {
            seen.late += 1;
        }
    }
    seen.bytes = (player.stats().await.received.seeder - before) as f64;
    seen
}

fn figures(seen: &[Seen], viewers: usize, memory: f64) -> Vec<Figure> {
    let bytes: Vec<f64> = seen.iter().map(|seen| seen.bytes).collect();
    let late: u64 = seen.iter().map(|seen| seen.late).sum();
    let all = seen.iter().flat_map(|seen| seen.took.iter().copied());
    let waits: Vec<f64> = seen.iter().filter_map(|seen| mean(&seen.took)).collect();
    vec![
        Figure::plain("crowd.viewers", Some(viewers as f64), "count"),
        Figure::aimed(
            "crowd.late_segments",
            Some(late as f64),
            "count",
            Goal::AtMost(0.0),
        ),
        Figure::aimed("crowd.unfairness", spread(&bytes), "ratio", Goal::AtMost(0.1)),
        Figure::aimed("crowd.memory_per_peer", Some(memory), "MiB", Goal::AtMost(1.0)),
        Figure::plain("crowd.delivered_p50", quantile(all.clone(), 50), "ms"),
        Figure::plain("crowd.delivered_p99", quantile(all, 99), "ms"),
        Figure::plain("crowd.unfairness_of_waits", spread(&waits), "ratio"),
    ]
}
