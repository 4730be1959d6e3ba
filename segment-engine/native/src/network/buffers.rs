//! Buffers of UDP sockets.
//!
//! The stack sets none itself, and the kernel's default of some 90 packets overflows at the first burst, which
//! costs a retransmission timeout of a second (measured: 6 to 50 MB/s without, 89 to 139 MB/s with 4 MiB).

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use socket2::SockRef;

/// The sizes of a socket's buffers, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buffers {
    receive: usize,
    send: usize,
}

impl Buffers {
    fn is_less_than(self, wanted: Self) -> bool {
        self.receive < wanted.receive || self.send < wanted.send
    }
}

/// The buffers of a socket for one connection, whose peer has at most 1 MiB on its way; the kernel counts a packet
/// twice.
pub(super) const OWN: Buffers = Buffers {
    receive: 4 << 20,
    send: 1 << 20,
};
/// The buffers of a socket for all connections: hundreds of peers may acknowledge or upload at once.
pub(super) const SHARED: Buffers = Buffers {
    receive: 16 << 20,
    send: 8 << 20,
};

/// Whether the system's cap was told of: once is enough.
static WARNED: AtomicBool = AtomicBool::new(false);

/// Asks for buffers; a process that may (`CAP_NET_ADMIN`) gets them over the system's cap. Failing that, the socket
/// works on with what it has, and the log says how to give it more.
pub(super) fn enlarge<'a>(socket: impl Into<SockRef<'a>>, wanted: Buffers) {
    let socket = socket.into();
    match ask(&socket, wanted) {
        Ok(granted) if granted.is_less_than(wanted) && !WARNED.swap(true, Ordering::Relaxed) => {
            tracing::warn!(
                ?wanted,
                ?granted,
                "the system caps UDP buffers, which slows transfers down; raise the caps with: \
             sysctl -w net.core.rmem_max={} net.core.wmem_max={}",
                wanted.receive,
                wanted.send
            )
        }
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "UDP buffers stay as they are"),
    }
}

fn ask(socket: &SockRef<'_>, wanted: Buffers) -> io::Result<Buffers> {
    if !is_forced(socket, wanted) {
        socket.set_recv_buffer_size(wanted.receive)?;
        socket.set_send_buffer_size(wanted.send)?;
    }
    // Linux tells twice what it gave: the other half is for its own records.
    let share = if cfg!(target_os = "linux") { 2 } else { 1 };
    Ok(Buffers {
        receive: socket.recv_buffer_size()? / share,
        send: socket.send_buffer_size()? / share,
    })
}

#[cfg(target_os = "linux")]
fn is_forced(socket: &SockRef<'_>, wanted: Buffers) -> bool {
    use std::os::fd::AsFd;

    use rustix::net::sockopt::{set_socket_recv_buffer_size_force, set_socket_send_buffer_size_force};

    let fd = socket.as_fd();
    set_socket_recv_buffer_size_force(fd, wanted.receive).is_ok()
        && set_socket_send_buffer_size_force(fd, wanted.send).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn is_forced(_: &SockRef<'_>, _: Buffers) -> bool {
    false
}
