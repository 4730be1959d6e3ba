//! What the client has to say, in order, until the driver takes it.

use std::collections::VecDeque;

use super::io::{ClientEvent, ClientOutput};
use crate::message::{MAX_FRAME, RELAY_GROWTH, Signal, ToServer};

#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<ClientOutput>,
}

/// A signal does not fit in a frame.
#[derive(Debug)]
pub(super) struct TooLarge;

impl Outbox {
    pub(super) fn push(&mut self, output: ClientOutput) {
        self.queue.push_back(output);
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

    pub(super) fn pop(&mut self) -> Option<ClientOutput> {
        self.queue.pop_front()
    }
}
