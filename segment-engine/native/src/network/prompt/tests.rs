//! When the driver is made to go round.

use std::sync::Mutex;
use std::task::Wake;

use super::*;

/// A socket on which so many datagrams have come.
#[derive(Debug)]
struct Filled(Mutex<u32>);

impl AsyncUdpSocket for Filled {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], 9)))
    }

    fn poll_send(&self, _: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(transmit.contents.len()))
    }

    fn poll_recv(
        &self,
        _: &mut Context<'_>,
        _: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut left = self.0.lock().unwrap();
        if *left == 0 {
            return Poll::Pending;
        }
        *left -= 1;
        meta[0].len = 5;
        Poll::Ready(Ok(1))
    }
}

struct Quiet;

impl Wake for Quiet {
    fn wake(self: Arc<Self>) {}
}

/// The length of what came.
fn poll(socket: &Prompt, waker: &Waker) -> Option<usize> {
    let mut meta = [RecvMeta::default()];
    let mut bytes = [0; 8];
    let mut buffers = [IoSliceMut::new(&mut bytes)];
    match socket.poll_recv(&mut Context::from_waker(waker), &mut buffers, &mut meta) {
        Poll::Ready(_) => Some(meta[0].len),
        Poll::Pending => None,
    }
}

#[test]
fn empty_datagrams_follow_the_first_and_a_probe_does_not_use_them_up() {
    let socket = Prompt::new(Arc::new(Filled(Mutex::new(2))));
    let real = Waker::from(Arc::new(Quiet));
    assert_eq!(poll(&socket, &real), Some(5));
    assert_eq!(poll(&socket, Waker::noop()), Some(5));
    assert_eq!(poll(&socket, Waker::noop()), None);
    for _ in 0..ROUNDS {
        assert_eq!(poll(&socket, &real), Some(0));
    }
    assert_eq!(poll(&socket, &real), None);
}

#[test]
fn later_ones_come_alone() {
    let socket = Prompt::new(Arc::new(Filled(Mutex::new(DATAGRAMS + 9))));
    let real = Waker::from(Arc::new(Quiet));
    let all: Vec<usize> = std::iter::from_fn(|| poll(&socket, &real)).collect();
    assert_eq!(
        all.iter().filter(|length| **length == 5).count(),
        DATAGRAMS as usize + 9
    );
    let one_more = Prompt::new(Arc::new(Filled(Mutex::new(1))));
    one_more.left.store(0, Ordering::Relaxed);
    assert_eq!(poll(&one_more, &real), Some(5));
    assert_eq!(poll(&one_more, &real), None);
}
