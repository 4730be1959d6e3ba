//! A sender on webrtc 0.17.2, with a detached channel.

use std::sync::Arc;
use std::time::Duration;

use anchors::{LABEL, Options, exchange};
use anyhow::{Context as _, Result};
use bytes::{Bytes, BytesMut};
use clap::Parser as _;
use tokio::sync::{mpsc, oneshot};
use webrtc17::api::APIBuilder;
use webrtc17::api::setting_engine::SettingEngine;
use webrtc17::data::data_channel::DataChannel;
use webrtc17::ice::mdns::MulticastDnsMode;
use webrtc17::peer_connection::RTCPeerConnection;
use webrtc17::peer_connection::configuration::RTCConfiguration;
use webrtc17::peer_connection::sdp::session_description::RTCSessionDescription;

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..options.peers {
        let (connection, opened) = connect().await?;
        senders.spawn(async move {
            // Kept for as long as it sends.
            let _connection = connection;
            let channel = opened.await?;
            send(&channel, options).await
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(())
}

type Opened = oneshot::Receiver<Arc<DataChannel>>;

async fn connect() -> Result<(Arc<RTCPeerConnection>, Opened)> {
    let mut settings = SettingEngine::default();
    settings.detach_data_channels();
    settings.set_include_loopback_candidate(true);
    settings.set_ip_filter(Box::new(|ip| ip.is_loopback() && ip.is_ipv4()));
    settings.set_ice_multicast_dns_mode(MulticastDnsMode::Disabled);
    let api = APIBuilder::new().with_setting_engine(settings).build();
    let connection = Arc::new(api.new_peer_connection(RTCConfiguration::default()).await?);
    let channel = connection.create_data_channel(LABEL, None).await?;
    let (tell, opened) = oneshot::channel();
    let detached = Arc::clone(&channel);
    channel.on_open(Box::new(move || {
        Box::pin(async move {
            if let Ok(channel) = detached.detach().await {
                let _ = tell.send(channel);
            }
        })
    }));
    let mut gathered = connection.gathering_complete_promise().await;
    let offer = connection.create_offer(None).await?;
    connection.set_local_description(offer).await?;
    let _ = gathered.recv().await;
    let offer = connection.local_description().await.context("an offer")?;
    let answer = tokio::task::spawn_blocking(move || exchange(&offer.sdp)).await??;
    connection
        .set_remote_description(RTCSessionDescription::answer(answer)?)
        .await?;
    Ok((connection, opened))
}

async fn send(channel: &DataChannel, options: Options) -> Result<()> {
    let (low, mut room) = mpsc::channel::<()>(1);
    channel.set_buffered_amount_low_threshold(options.limit / 2);
    channel.on_buffered_amount_low(Box::new(move || {
        let _ = low.try_send(());
        Box::pin(async {})
    }));
    loop {
        let message: Bytes = BytesMut::zeroed(options.message).freeze();
        channel.write(&message).await?;
        while channel.buffered_amount() >= options.limit {
            // The word may have gone by between the look and the wait.
            let _ = tokio::time::timeout(Duration::from_millis(20), room.recv()).await;
        }
    }
}
