//! Thousands of WebSocket connections on one thread: a poll loop, one buffer to read into for all, and memory of a
//! connection's own only while a frame is half there. It has to be much cheaper than any server.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use mio::event::Event as Readiness;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frame::{self, Opcode};
use crate::message::Message;
use crate::random::Random;

/// Readiness that is taken at once.
const BATCH: usize = 1024;
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
/// The longest answer to the handshake.
const MAX_HEAD: usize = 8 * 1024;

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum Event {
    /// The handshake is done.
    Opened,
    /// The server said something, in so many bytes.
    Said(Message, usize),
}

/// Connections to one server, by number.
#[derive(Debug)]
pub(crate) struct Sockets {
    address: SocketAddr,
    poll: Poll,
    ready: Events,
    sockets: Vec<Socket>,
    /// What was read last.
    chunk: Vec<u8>,
    /// The frame that is being sent.
    frame: Vec<u8>,
    masks: Random,
}

#[derive(Debug)]
struct Socket {
    stream: TcpStream,
    state: State,
    /// The start of a frame whose rest has not come.
    inbox: Vec<u8>,
    /// What the kernel did not take yet.
    outbox: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Handshaking,
    Open,
}

impl Sockets {
    /// No connections yet.
    ///
    /// # Errors
    /// The system has no way to wait for many sockets.
    pub(crate) fn new(address: SocketAddr) -> Result<Self> {
        Ok(Self {
            address,
            poll: Poll::new()?,
            ready: Events::with_capacity(BATCH),
            sockets: Vec::new(),
            chunk: vec![0; CHUNK],
            frame: Vec::new(),
            masks: Random::new(1),
        })
    }

    /// How many there are, open or not.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Starts one more connection; [`Event::Opened`] tells when it is there.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn connect(&mut self) -> Result<()> {
        let mut stream = TcpStream::connect(self.address).context("connecting")?;
        let token = Token(self.sockets.len());
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, token, both)?;
        self.sockets.push(Socket {
            stream,
            state: State::Connecting,
            inbox: Vec::new(),
            outbox: Vec::new(),
        });
        Ok(())
    }

    /// Closes all but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.sockets.truncate(count);
    }

    /// Sends a message in a text frame.
    ///
    /// # Errors
    /// The connection is broken.
    pub(crate) fn send(&mut self, number: usize, text: &str) -> Result<()> {
        self.send_frame(number, Opcode::Text, text.as_bytes())
    }

    /// Waits for at most `timeout`, and appends what happened to `events`.
    ///
    /// # Errors
    /// A connection is broken or closed, or the server does not speak the protocol.
    pub(crate) fn turn(&mut self, timeout: Duration, events: &mut Vec<(usize, Event)>) -> Result<()> {
        if let Err(error) = self.poll.poll(&mut self.ready, Some(timeout)) {
            ensure!(
                error.kind() == ErrorKind::Interrupted,
                "waiting for sockets: {error}"
            );
            return Ok(());
        }
        let ready: Vec<Readiness> = self.ready.iter().cloned().collect();
        for readiness in &ready {
            let Token(number) = readiness.token();
            if number < self.sockets.len() {
                let done = self.advance(number, readiness, events);
                done.with_context(|| format!("connection {number}"))?;
            }
        }
        Ok(())
    }

    fn advance(
        &mut self,
        number: usize,
        readiness: &Readiness,
        events: &mut Vec<(usize, Event)>,
    ) -> Result<()> {
        let socket = &mut self.sockets[number];
        if readiness.is_writable() && socket.state == State::Connecting {
            socket.greet(self.address)?;
        }
        if readiness.is_writable() && !socket.outbox.is_empty() {
            socket.flush()?;
        }
        if readiness.is_readable() || readiness.is_read_closed() {
            self.receive(number, events)?;
        }
        Ok(())
    }

    /// Reads all that has come. A short read means that there is no more, until the system says so.
    fn receive(&mut self, number: usize, events: &mut Vec<(usize, Event)>) -> Result<()> {
        loop {
            let socket = &mut self.sockets[number];
            let size = match socket.stream.read(&mut self.chunk) {
                Ok(0) => bail!("closed by the server"),
                Ok(size) => size,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("broken"),
            };
            let mut pings = Vec::new();
            if socket.inbox.is_empty() {
                let used = socket.take(&self.chunk[..size], number, events, &mut pings)?;
                socket.inbox.extend_from_slice(&self.chunk[used..size]);
            } else {
                let mut inbox = std::mem::take(&mut socket.inbox);
                inbox.extend_from_slice(&self.chunk[..size]);
                let used = socket.take(&inbox, number, events, &mut pings)?;
                // A whole new piece of memory, so that none is kept by a connection that is idle.
                socket.inbox = inbox[used..].to_vec();
            }
            for ping in pings {
                self.send_frame(number, Opcode::Pong, &ping)?;
            }
            if size < CHUNK {
                return Ok(());
            }
        }
    }

    fn send_frame(&mut self, number: usize, opcode: Opcode, payload: &[u8]) -> Result<()> {
        let [a, b, c, d, ..] = self.masks.next().to_be_bytes();
        self.frame.clear();
        frame::write(&mut self.frame, opcode, payload, [a, b, c, d]);
        self.sockets[number].send(&self.frame)
    }
}

impl Socket {
    /// Sends the handshake, as soon as the connection stands.
    fn greet(&mut self, address: SocketAddr) -> Result<()> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error).context("connecting");
        }
        if self.stream.peer_addr().is_err() {
            return Ok(());
        }
        // As browsers do: an answer must not wait for the acknowledgement of the one before.
        self.stream.set_nodelay(true)?;
        self.state = State::Handshaking;
        let request = format!(
            "GET /announce HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.send(request.as_bytes())
    }

    /// Takes what is whole at the start of `bytes`, and returns how much that was.
    fn take(
        &mut self,
        bytes: &[u8],
        number: usize,
        events: &mut Vec<(usize, Event)>,
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
                    let message = Message::read(frame.payload).context("no tracker's message")?;
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

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.outbox.is_empty() {
            self.outbox.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = self.write(bytes)?;
        self.outbox.extend_from_slice(&bytes[sent..]);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
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
    ensure!(
        status.starts_with("HTTP/1.1 101"),
        "no WebSocket at /announce: {status}"
    );
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
