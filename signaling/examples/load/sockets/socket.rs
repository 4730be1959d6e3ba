//! One connection: its handshake, whole messages of what was read, and what the kernel did not take yet.

use std::io::{ErrorKind, Write};

use anyhow::{Context, Result, bail, ensure};
use mio::net::TcpStream;

use super::{Event, Language, Way};
use crate::frame::{self, Opcode};

/// The longest answer to the handshake.
const MAX_HEAD: usize = 8 * 1024;

#[derive(Debug)]
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    pub(super) way: Way,
    pub(super) state: State,
    /// The start of a frame whose rest has not come.
    pub(super) inbox: Vec<u8>,
    /// What the kernel did not take yet.
    pub(super) outbox: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    Handshaking,
    Open,
    Closed,
}

impl Socket {
    /// Sends the handshake, as soon as the connection stands.
    pub(super) fn greet(&mut self, path: &str) -> Result<()> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error).context("connecting");
        }
        if self.stream.peer_addr().is_err() {
            return Ok(());
        }
        // As browsers do: an answer must not wait for the acknowledgement of the one before.
        self.stream.set_nodelay(true)?;
        self.state = State::Handshaking;
        let Way { server, origin } = self.way;
        let origin = origin.map_or_else(String::new, |origin| format!("X-Forwarded-For: {origin}\r\n"));
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {server}\r\n{origin}Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.send(request.as_bytes())
    }

    /// Takes what is whole at the start of `bytes`, and returns how much that was.
    pub(super) fn take<L: Language>(
        &mut self,
        bytes: &[u8],
        number: usize,
        events: &mut Vec<(usize, Event<L>)>,
        pings: &mut Vec<Vec<u8>>,
    ) -> Result<usize> {
        let mut used = 0;
        if self.state != State::Open {
            let Some(head) = head_length(bytes)? else {
                return Ok(0);
            };
            used = head;
            self.state = State::Open;
            events.push((number, Event::Opened));
        }
        while let Some(frame) = frame::read(&bytes[used..])? {
            match frame.opcode {
                Opcode::Text | Opcode::Binary => {
                    let message = L::read(frame.payload).context("no message")?;
                    events.push((number, Event::Said(message, frame.payload.len())));
                }
                Opcode::Ping => pings.push(frame.payload.to_vec()),
                Opcode::Close => bail!("closed by the server: {}", farewell(frame.payload)),
                Opcode::Pong => {}
            }
            used += frame.size;
        }
        Ok(used)
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.outbox.is_empty() {
            self.outbox.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = self.write(bytes)?;
        self.outbox.extend_from_slice(&bytes[sent..]);
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        let mut outbox = std::mem::take(&mut self.outbox);
        let sent = self.write(&outbox)?;
        outbox.drain(..sent);
        self.outbox = outbox;
        Ok(())
    }

    /// Writes until the kernel takes no more.
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.write(&bytes[sent..]) {
                Ok(0) => bail!("closed by the server"),
                Ok(size) => sent += size,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("broken"),
            }
        }
        Ok(sent)
    }
}

/// Bytes of the answer to the handshake; `None` until it is there as a whole.
fn head_length(bytes: &[u8]) -> Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        ensure!(bytes.len() <= MAX_HEAD, "an answer to the handshake without end");
        return Ok(None);
    };
    let first = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let status = String::from_utf8_lossy(first);
    ensure!(status.starts_with("HTTP/1.1 101"), "no WebSocket: {status}");
    Ok(Some(end + 4))
}

/// A close frame's code and reason.
fn farewell(payload: &[u8]) -> String {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return "without a reason".to_owned();
    };
    format!(
        "{} {}",
        u16::from_be_bytes(*code),
        String::from_utf8_lossy(reason)
    )
}
