//! A sender on webrtc 0.21.1, with the settings of fugitive-seeder.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anchors::{LABEL, Options, enlarge, exchange};
use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bytes::BytesMut;
use clap::Parser as _;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::setting_engine::SctpMaxMessageSize;
use tokio::sync::watch;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    RTCSessionDescription, SettingEngine, SettingEngineBuilder,
};
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime, TokioRuntime,
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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

/// Tokio, with larger socket buffers.
#[derive(Debug)]
struct Enlarging(TokioRuntime);

impl Runtime for Enlarging {
    fn spawn(&self, future: BoxFuture<'static, ()>) -> Box<dyn JoinHandle> {
        self.0.spawn(future)
    }

    fn spawn_reactor(&self, pool: usize, future: BoxFuture<'static, ()>) -> Box<dyn JoinHandle> {
        self.0.spawn_reactor(pool, future)
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        enlarge(&socket)?;
        self.0.wrap_udp_socket(socket)
    }

    fn wrap_tcp_listener(&self, listener: TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        self.0.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(&'a self, remote: SocketAddr) -> BoxFuture<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        self.0.connect_tcp(remote)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        self.0.resolve_host(host)
    }

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        self.0.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.0.block_on(future);
    }

    fn yield_now(&self) -> BoxFuture<'static, ()> {
        self.0.yield_now()
    }

    fn name(&self) -> &'static str {
        self.0.name()
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

fn settings() -> SettingEngine {
    SettingEngineBuilder::new()
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(64 << 10))
        .with_ice_connection_attempts(Some(Duration::from_millis(50)), Some(100))
        .with_prflx_acceptance_min_wait(Some(Duration::ZERO))
        .build()
}

async fn connect(options: Options) -> Result<(Arc<dyn PeerConnection>, Arc<dyn DataChannel>)> {
    let (gathered, mut gathering) = watch::channel(false);
    let connection = PeerConnectionBuilder::new()
        .with_setting_engine(settings())
        .with_runtime(Arc::new(Enlarging(TokioRuntime)))
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
