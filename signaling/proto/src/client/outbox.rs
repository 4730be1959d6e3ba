//! What the client has to say, in order, until the driver takes it.

use std::collections::VecDeque;

use super::io::{ClientEvent, ClientOutput};
use crate::message::{IceServer, MAX_FRAME, MAX_RELAYED, RELAY_GROWTH, Relayed, Signal, ToServer};

#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<ClientOutput>,
    /// The server's latest, which each new connection is given.
    ice_servers: Vec<IceServer>,
}

/// A signal does not fit in a frame.
#[derive(Debug)]
pub(super) struct TooLarge;

impl Outbox {
    pub(super) fn push(&mut self, output: ClientOutput) {
        self.queue.push_back(output);
    }

    /// Gives new connections these servers from now on.
    pub(super) fn use_ice_servers(&mut self, ice_servers: Vec<IceServer>) {
        self.ice_servers = ice_servers;
    }

    pub(super) fn create_offer(&mut self, peer: String) {
        self.push(ClientOutput::CreateOffer {
            peer,
            ice_servers: self.ice_servers.clone(),
        });
    }

    pub(super) fn accept_offer(&mut self, peer: &str, sdp: String) {
        self.push(ClientOutput::AcceptOffer {
            peer: peer.to_owned(),
            sdp,
            ice_servers: self.ice_servers.clone(),
        });
    }

    pub(super) fn event(&mut self, event: ClientEvent) {
        self.push(ClientOutput::Event(event));
    }

    pub(super) fn send(&mut self, message: &ToServer) {
        self.push(ClientOutput::Send(message.to_json()));
    }

    pub(super) fn signal(&mut self, to: &str, signal: Signal) -> Result<(), TooLarge> {
        let frame = ToServer::Signal {
            to: to.to_owned(),
            signal,
        }
        .to_json();
        if frame.len() > MAX_FRAME - RELAY_GROWTH {
            return Err(TooLarge);
        }
        self.push(ClientOutput::Send(frame));
        Ok(())
    }

    /// Hands a signal to a neighbour.
    pub(super) fn relay(&mut self, to: &str, signal: Signal, tie: u32) -> Result<(), TooLarge> {
        let tie = match signal {
            Signal::Offer { .. } => Some(tie),
            Signal::Answer { .. } | Signal::Candidate(_) => None,
        };
        let payload = Relayed { signal, tie }.to_json().into_bytes();
        if payload.len() > MAX_RELAYED {
            return Err(TooLarge);
        }
        self.push(ClientOutput::Relay {
            peer: to.to_owned(),
            payload,
        });
        Ok(())
    }

    /// Declines a peer's call.
    pub(super) fn refuse(&mut self, peer: &str) {
        self.push(ClientOutput::Relay {
            peer: peer.to_owned(),
            payload: Vec::new(),
        });
    }

    pub(super) fn pop(&mut self) -> Option<ClientOutput> {
        self.queue.pop_front()
    }
}
