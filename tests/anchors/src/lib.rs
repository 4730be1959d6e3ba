//! What the senders share: their options, and the exchange of descriptions with the bench over standard input and output.
//!
//! For each peer a line with the offer goes out, as a JSON string, and a line with the answer comes in. Then it sends, to all
//! of them and without an end: the bench ends the process.

use std::io::{self, BufRead as _, Write as _};

use anyhow::{Context as _, Result};
use clap::Parser;
use socket2::SockRef;

/// The label of the data channel.
pub const LABEL: &str = "fugitive";

/// The socket buffers that fugitive-seeder asks for, in bytes.
const RECEIVE_BUFFER: usize = 4 << 20;
const SEND_BUFFER: usize = 1 << 20;

/// What is sent, and to how many.
#[derive(Debug, Clone, Copy, Parser)]
pub struct Options {
    /// How many peers
    #[arg(long, default_value_t = 1)]
    pub peers: usize,
    /// Bytes of each message
    #[arg(long, default_value_t = 16 << 10)]
    pub message: usize,
    /// How many bytes of a channel may wait for acknowledgement before the sender does
    #[arg(long, default_value_t = 1 << 20)]
    pub limit: usize,
}

/// Hands an offer to the bench, and returns its answer.
///
/// # Errors
/// The bench has gone.
pub fn exchange(offer: &str) -> Result<String> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(offer)?)?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    serde_json::from_str(&line).context("the answer")
}

/// Gives a socket the buffers of fugitive-seeder's.
///
/// # Errors
/// The system refuses.
pub fn enlarge<'a>(socket: impl Into<SockRef<'a>>) -> io::Result<()> {
    use std::os::fd::AsFd as _;
    let socket = socket.into();
    if rustix::net::sockopt::set_socket_recv_buffer_size_force(socket.as_fd(), RECEIVE_BUFFER).is_err() {
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    }
    socket.set_send_buffer_size(SEND_BUFFER)
}
