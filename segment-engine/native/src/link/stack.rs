//! Builds a peer connection of the WebRTC stack, and carries what its callbacks see to the link's task.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::setting_engine::SctpMaxMessageSize;
use signaling_proto::message::IceServer;
use tokio::sync::{mpsc, watch};
use webrtc::data_channel::DataChannel;
use webrtc::error::Error;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceCandidateInit, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnectionIceEvent,
    RTCPeerConnectionState, SettingEngine, SettingEngineBuilder,
};

use crate::link::{IceTransportPolicy, LinkSettings};
use crate::network::Seat;

/// The largest message that the peer is told to send, in bytes: RFC 8841's default, over the engine's 24 KiB.
const MAX_MESSAGE: u32 = 64 << 10;
/// How often ICE tries a pair of addresses, and how many times. The stack's 200 ms and 7 tries give a page that
/// trickles late candidates 1.4 s; these give it 5 s, and connect sooner.
const ICE_CHECK_INTERVAL: Duration = Duration::from_millis(50);
const ICE_CHECKS: u16 = 100;
/// How long an address that is known only from a peer's check has to wait. The stack's default of a second would delay
/// the first byte by a second whenever a check overtakes its address's candidate. Peers prefer better addresses by
/// their priority.
const REFLEXIVE_WAIT: Duration = Duration::ZERO;
/// Silence after which ICE calls a connection disconnected, and after which failed.
const ICE_DISCONNECTED: Duration = Duration::from_secs(5);
const ICE_FAILED: Duration = Duration::from_secs(10);
/// How often ICE probes a silent connection.
const ICE_KEEPALIVE: Duration = Duration::from_secs(2);
/// Bytes that one channel takes before it makes the sender wait: as many as a path of 80 Mbit/s and 100 ms holds. The
/// engine bounds what waits beyond that.
const CHANNEL_LIMIT: usize = 1 << 20;
/// How many notes of the stack may wait for the task. Further candidates are lost; no host has so many.
const NOTES: usize = 64;

/// An event that a callback of the WebRTC stack saw.
pub(super) enum Note {
    Candidate(RTCIceCandidateInit),
    Channel(Arc<dyn DataChannel>),
}

/// Puts what callbacks see where the task finds it: they run on the stack's own task, and must not wait.
struct Notes {
    queue: mpsc::Sender<Note>,
    /// Apart from the queue, so that a full queue cannot hide it.
    lost: watch::Sender<Option<RTCPeerConnectionState>>,
}

/// The task's end of [`Notes`].
pub(super) struct NoteQueue {
    pub(super) queue: mpsc::Receiver<Note>,
    pub(super) lost: watch::Receiver<Option<RTCPeerConnectionState>>,
}

impl Notes {
    fn new() -> (Self, NoteQueue) {
        let (queue, notes) = mpsc::channel(NOTES);
        let (lost, loss) = watch::channel(None);
        (
            Self { queue, lost },
            NoteQueue {
                queue: notes,
                lost: loss,
            },
        )
    }

    fn put(&self, note: Note) {
        if self.queue.try_send(note).is_err() {
            tracing::debug!("a note of the WebRTC stack was dropped");
        }
    }
}

#[async_trait]
impl PeerConnectionEventHandler for Notes {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        match event.candidate.to_json() {
            Ok(candidate) => self.put(Note::Candidate(candidate)),
            Err(error) => tracing::debug!(%error, "a local candidate cannot be written"),
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if matches!(
            state,
            RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed
        ) {
            self.lost.send_replace(Some(state));
        }
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        self.put(Note::Channel(channel));
    }
}

/// Makes a connection, and the queue of what its callbacks will see.
pub(super) async fn connect(
    ice_servers: Vec<IceServer>,
    settings: &LinkSettings,
    seat: &Seat,
) -> Result<(Arc<dyn PeerConnection>, NoteQueue), Error> {
    let (notes, note_queue) = Notes::new();
    let servers = ice_servers.into_iter().map(ice_server).collect();
    let policy = match settings.ice_transport_policy {
        IceTransportPolicy::All => RTCIceTransportPolicy::All,
        IceTransportPolicy::Relay => RTCIceTransportPolicy::Relay,
    };
    let configuration = RTCConfigurationBuilder::new()
        .with_ice_servers(servers)
        .with_ice_transport_policy(policy)
        .with_certificates(vec![seat.certificate()])
        .build();
    let connection = PeerConnectionBuilder::new()
        .with_configuration(configuration)
        .with_setting_engine(setting_engine(seat))
        .with_runtime(seat.runtime())
        .with_handler(Arc::new(notes))
        .with_udp_addrs(seat.addresses())
        .with_dedicated_reactor_pool_size(settings.reactors)
        .with_data_channel_send_buffer_limit(CHANNEL_LIMIT)
        .build()
        .await?;
    Ok((Arc::new(connection), note_queue))
}

fn ice_server(server: IceServer) -> RTCIceServer {
    RTCIceServer {
        urls: server.urls,
        username: server.username.unwrap_or_default(),
        credential: server.credential.unwrap_or_default(),
    }
}

fn setting_engine(seat: &Seat) -> SettingEngine {
    let (fragment, password) = seat.credentials();
    SettingEngineBuilder::new()
        // A server needs no multicast: a browser's masked address shows when its first check arrives.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        // What a shared port tells connections apart by.
        .with_ice_credentials(fragment, password)
        .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(MAX_MESSAGE))
        .with_ice_connection_attempts(Some(ICE_CHECK_INTERVAL), Some(ICE_CHECKS))
        .with_prflx_acceptance_min_wait(Some(REFLEXIVE_WAIT))
        .with_ice_timeouts(Some(ICE_DISCONNECTED), Some(ICE_FAILED), Some(ICE_KEEPALIVE))
        .build()
}

/// Waits until the connection is lost, and returns its state; waits for ever if this side closes it.
pub(super) async fn loss(
    lost: &mut watch::Receiver<Option<RTCPeerConnectionState>>,
) -> RTCPeerConnectionState {
    // Copied out at once: the guard must not live across the wait.
    let state = lost.wait_for(Option::is_some).await.ok().and_then(|state| *state);
    match state {
        Some(state) => state,
        None => std::future::pending().await,
    }
}
