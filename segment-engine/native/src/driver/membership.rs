//! Changes of the membership at signaling: whom they are reported to, and what this peer does about them.

use segment_engine::id::PeerId;
use segment_engine::input::Input;
use segment_engine::output::Event;
use segment_engine::time::UnixTime;
use signaling_proto::client::{ClientEvent, ClientInput, ServerClock};
use signaling_proto::message::{ErrorCode, Policy};
use tokio::time::Instant;

use crate::driver::{Driver, TOKEN_PERIOD};
use crate::event::{Loudness, PeerEvent};
use crate::inbox::IoEvent;
use crate::link::IceTransportPolicy;
use crate::signing::hex;
use crate::token::{TokenFileError, read_token_file};

impl Driver {
    pub(super) fn handle_client_event(&mut self, event: ClientEvent) {
        match &event {
            ClientEvent::Joined {
                clock,
                signer,
                policy,
                ..
            } => {
                self.token_due = None;
                self.outage.on_joined();
                if let Some(ServerClock { unix_ms, within }) = *clock {
                    let unix = UnixTime::from_millis(unix_ms);
                    self.tell_engine(Input::SignalingClock { unix, within });
                }
                self.check_signer(signer.as_deref());
                self.take_policy(policy);
                self.tell_engine(Input::SignalingUp);
            }
            ClientEvent::Lost { retry_in_ms } => {
                // The log has it.
                let _ = self.outage.on_lost(*retry_in_ms);
                self.tell_engine(Input::SignalingDown);
            }
            ClientEvent::SwitchedOff { retry_in_ms } => {
                self.outage.on_switched_off(*retry_in_ms);
                // A seeder's may have been minted for a viewer.
                self.read_token_again();
                self.tell_engine(Input::SignalingDown);
            }
            ClientEvent::Introduced { peer, offer: true } => {
                if let Ok(peer) = PeerId::new(peer) {
                    self.tell_engine(Input::PeerIntroduced(peer));
                }
            }
            ClientEvent::Unreachable { peer } => {
                if let Ok(peer) = PeerId::new(peer) {
                    self.tell_engine(Input::PeerClosed(peer));
                }
            }
            ClientEvent::Refused { code, message } => {
                self.outage.on_refused(message);
                if *code == ErrorCode::Forbidden {
                    self.read_token_again();
                }
            }
            ClientEvent::Introduced { offer: false, .. } => {}
        }
        self.publish(PeerEvent::Signaling(event));
    }

    /// Takes the token that was read again, for the next attempt to join.
    pub(super) fn handle_token(&mut self, read: Result<String, TokenFileError>) {
        match read {
            Ok(token) => self.tell_client(ClientInput::Token(token)),
            Err(error) => tracing::warn!(%error, "the older token is kept"),
        }
    }

    /// Reads the token on a thread of its own, so that a slow disk does not hold up the driver; and again after a
    /// while, until a token is accepted.
    pub(super) fn read_token_again(&mut self) {
        let Some(path) = self.token_file.clone() else {
            return;
        };
        self.token_due = Some(Instant::now() + TOKEN_PERIOD);
        let inbox = self.inbox.clone();
        self.tasks.spawn_blocking(move || {
            // A driver that has gone needs no token.
            let _ = inbox.blocking_send(IoEvent::Token(read_token_file(&path)));
        });
    }

    /// Logs it if signaling names another signer: this peer keeps to its configured key, and viewers may keep to that
    /// other one.
    fn check_signer(&self, told: Option<&str>) {
        let (Some(told), Some(key)) = (told, &self.key) else {
            return;
        };
        let public_key = hex(&key.public_key().0);
        if !told.eq_ignore_ascii_case(&public_key) {
            tracing::warn!(%told, %public_key, "signaling names another signer than this one");
        }
    }

    fn take_policy(&mut self, policy: &Policy) {
        self.tell_engine(Input::Targets {
            min: policy.min_peers,
            max: policy.max_peers,
        });
        self.link_settings.ice_transport_policy = if policy.relay_only {
            IceTransportPolicy::Relay
        } else {
            IceTransportPolicy::All
        };
    }

    pub(super) fn publish(&mut self, event: PeerEvent) {
        let loudness = match &event {
            PeerEvent::Engine(event) => self.trouble.on_event(Instant::now(), event),
            PeerEvent::Signaling(_) => Loudness::Plain,
        };
        event.log(loudness, self.failed_url.as_deref());
        if let PeerEvent::Engine(Event::TimelineUpdated { .. }) = &event {
            self.naming.on_timeline(Instant::now());
        }
        self.meter.on_event(Instant::now(), &event);
        // Nobody need be listening.
        let _ = self.events.send(event);
    }
}
