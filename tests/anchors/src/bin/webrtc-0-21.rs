//! A sender on webrtc 0.21.1, with the settings of fugitive-seeder.

use std::sync::Arc;

use anchors::{LABEL, Options, enlarge, exchange};
use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bytes::BytesMut;
use clap::Parser as _;
use tokio::sync::watch;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    RTCSessionDescription,
};

use stack::{Enlarging, settings};

#[path = "../webrtc_0_21.rs"]
mod stack;

/// The seeder's, on two cores.
const REACTORS: usize = 2;

/// Tells when all candidates are known.
struct Gathering(watch::Sender<bool>);

#[async_trait]
impl PeerConnectionEventHandler for Gathering {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.0.send_replace(true);
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..options.peers {
        let (connection, channel) = connect(options).await?;
        senders.spawn(async move {
            // Kept for as long as it sends.
            let _connection = connection;
            send(channel.as_ref(), options).await
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(())
}

async fn connect(options: Options) -> Result<(Arc<dyn PeerConnection>, Arc<dyn DataChannel>)> {
    let (gathered, mut gathering) = watch::channel(false);
    let connection = PeerConnectionBuilder::new()
        .with_setting_engine(settings())
        .with_runtime(Arc::new(Enlarging::by(|socket| enlarge(socket))))
        .with_handler(Arc::new(Gathering(gathered)))
        .with_udp_addrs(vec!["127.0.0.1:0"])
        .with_dedicated_reactor_pool_size(REACTORS)
        .with_data_channel_send_buffer_limit(options.limit)
        .build()
        .await?;
    let connection: Arc<dyn PeerConnection> = Arc::new(connection);
    let channel = connection.create_data_channel(LABEL, None).await?;
    let offer = connection.create_offer(None).await?;
    connection.set_local_description(offer).await?;
    gathering.wait_for(|complete| *complete).await?;
    let offer = connection.local_description().await.context("an offer")?;
    let answer = tokio::task::spawn_blocking(move || exchange(&offer.sdp)).await??;
    connection
        .set_remote_description(RTCSessionDescription::answer(answer)?)
        .await?;
    Ok((connection, channel))
}

async fn send(channel: &dyn DataChannel, options: Options) -> Result<()> {
    while let Some(event) = channel.poll().await {
        if matches!(event, DataChannelEvent::OnOpen) {
            break;
        }
    }
    loop {
        // A message of its own each time, as a seeder's are: the channel takes it away.
        channel.send(BytesMut::zeroed(options.message)).await?;
    }
}
