//! The receiving end of a data channel, on the bare WebRTC stack: what a peer without an engine takes.

use std::io;
use std::net::UdpSocket;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use socket2::SockRef;
use tokio::sync::{mpsc, watch};
use webrtc::data_channel::DataChannel;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    RTCSessionDescription,
};

use bare::{Enlarging, settings};

// The bare sender's own: both ends are set up alike.
#[path = "../../../../tests/anchors/src/webrtc_0_21.rs"]
mod bare;

/// The receive buffer of each socket, as the seeder's are.
const RECEIVE_BUFFER: usize = 4 << 20;
const REACTORS: usize = 2;

/// What the callbacks of the stack see.
struct Notes {
    gathered: watch::Sender<bool>,
    channels: mpsc::UnboundedSender<Arc<dyn DataChannel>>,
}

#[async_trait]
impl PeerConnectionEventHandler for Notes {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.send_replace(true);
        }
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        // Whoever waits for it may have given up.
        let _ = self.channels.send(channel);
    }
}

/// One connection.
pub(crate) struct End {
    pub(crate) connection: Arc<dyn PeerConnection>,
    channels: mpsc::UnboundedReceiver<Arc<dyn DataChannel>>,
    gathered: watch::Receiver<bool>,
}

impl End {
    pub(crate) async fn new() -> Result<Self> {
        let (gathered, gathering) = watch::channel(false);
        let (channels, opened) = mpsc::unbounded_channel();
        let connection = PeerConnectionBuilder::new()
            .with_setting_engine(settings())
            .with_runtime(Arc::new(Enlarging::by(enlarge)))
            .with_handler(Arc::new(Notes { gathered, channels }))
            .with_udp_addrs(vec!["127.0.0.1:0"])
            .with_dedicated_reactor_pool_size(REACTORS)
            .build()
            .await?;
        Ok(Self {
            connection: Arc::new(connection),
            channels: opened,
            gathered: gathering,
        })
    }

    /// Offers a channel; returns it and the offer, which names all addresses.
    pub(crate) async fn offer(&mut self, label: &str) -> Result<(Arc<dyn DataChannel>, String)> {
        let channel = self.connection.create_data_channel(label, None).await?;
        let offer = self.connection.create_offer(None).await?;
        self.connection.set_local_description(offer).await?;
        Ok((channel, self.complete().await?))
    }

    /// Answers an offer, by a description that names all addresses.
    pub(crate) async fn answer(&mut self, offer: String) -> Result<String> {
        self.connection
            .set_remote_description(RTCSessionDescription::offer(offer)?)
            .await?;
        let answer = self.connection.create_answer(None).await?;
        self.connection.set_local_description(answer).await?;
        self.complete().await
    }

    /// Waits for the channel that the other side makes.
    pub(crate) async fn channel(&mut self) -> Result<Arc<dyn DataChannel>> {
        self.channels.recv().await.context("a channel")
    }

    async fn complete(&mut self) -> Result<String> {
        self.gathered.wait_for(|complete| *complete).await?;
        let description = self.connection.local_description().await;
        Ok(description.context("a description")?.sdp)
    }
}

fn enlarge(socket: &UdpSocket) -> io::Result<()> {
    SockRef::from(socket).set_recv_buffer_size(RECEIVE_BUFFER)
}
