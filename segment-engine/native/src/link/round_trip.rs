//! The round trip over a link, as measured by ICE's own probes of the pair of addresses in use.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use tokio::time::sleep;
use webrtc::peer_connection::{PeerConnection, RTCStatsReport, StatsSelector};

use crate::inbox::LinkEvent;
use crate::link::{DriverGone, LinkReporter};

/// When a link that has come up is measured first: some probes have been answered by then.
const FIRST: Duration = Duration::from_secs(5);
/// How often it is measured after that. Paths change rarely, and the server's pairing is in no hurry.
const PERIOD: Duration = Duration::from_secs(60);

/// Tells the driver of a link's round trips, for as long as it is polled.
pub(super) async fn report(
    connection: &dyn PeerConnection,
    reporter: &LinkReporter,
) -> Result<Infallible, DriverGone> {
    sleep(FIRST).await;
    loop {
        let stats = connection.get_stats(Instant::now(), StatsSelector::None).await;
        if let Some(took) = latest(&stats) {
            reporter.report(LinkEvent::Measured(took)).await?;
        }
        sleep(PERIOD).await;
    }
}

/// The last round trip of the pair that is in use; none before its first.
pub(super) fn latest(stats: &RTCStatsReport) -> Option<Duration> {
    let seconds = stats
        .candidate_pairs()
        .find(|pair| pair.nominated)
        .map(|pair| pair.current_round_trip_time)?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|took| !took.is_zero())
}
