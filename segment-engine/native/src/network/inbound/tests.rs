//! The queue of one connection: its order, its bounds, and who is woken.

use std::sync::atomic::AtomicBool;
use std::task::Wake;

use super::*;

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn source() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 9))
}

fn run(bytes: &[u8], stride: usize) -> Run {
    Run {
        source: source(),
        bytes: Bytes::copy_from_slice(bytes),
        stride,
    }
}

fn take(inbound: &Inbound, waker: &Waker) -> Option<Vec<u8>> {
    let mut buffer = [0; 8];
    let mut meta = [RecvMeta::default()];
    let mut buffers = [IoSliceMut::new(&mut buffer)];
    match inbound.poll_take(&Context::from_waker(waker), &mut buffers, &mut meta) {
        Poll::Ready(count) => {
            assert_eq!((count, meta[0].addr), (1, source()));
            Some(buffer[..meta[0].len].to_vec())
        }
        Poll::Pending => None,
    }
}

#[test]
fn datagrams_come_one_by_one_in_their_order() {
    let inbound = Inbound::new(Arc::default());
    inbound.push(run(b"aabbc", 2)).unwrap();
    inbound.push(run(b"dd", 2)).unwrap();
    let all: Vec<_> = std::iter::from_fn(|| take(&inbound, Waker::noop())).collect();
    assert_eq!(
        all,
        [b"aa".to_vec(), b"bb".to_vec(), b"c".to_vec(), b"dd".to_vec()]
    );
}

#[test]
fn several_buffers_are_filled_at_once() {
    let inbound = Inbound::new(Arc::default());
    inbound.push(run(b"aabb", 2)).unwrap();
    inbound.push(run(b"ccc", 3)).unwrap();
    let mut bytes = [[0; 4]; 5];
    let mut buffers = bytes.each_mut().map(|buffer| IoSliceMut::new(buffer));
    let mut meta = [RecvMeta::default(); 5];
    let taken = inbound.poll_take(&Context::from_waker(Waker::noop()), &mut buffers, &mut meta);
    assert_eq!(taken, Poll::Ready(3));
    assert_eq!(meta.map(|meta| meta.len)[..3], [2, 2, 3]);
}

#[test]
fn an_empty_datagram_and_one_that_is_too_long_do_no_harm() {
    let inbound = Inbound::new(Arc::default());
    inbound.push(run(b"", 1)).unwrap();
    inbound.push(run(b"0123456789", 10)).unwrap();
    assert_eq!(take(&inbound, Waker::noop()), Some(Vec::new()));
    assert_eq!(take(&inbound, Waker::noop()), Some(b"01234567".to_vec()));
    assert_eq!(take(&inbound, Waker::noop()), None);
}

#[test]
fn who_waits_is_woken() {
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    let inbound = Inbound::new(Arc::default());
    assert_eq!(take(&inbound, &waker), None);
    // A probe that waits for nothing comes before, never after, who waits in earnest.
    inbound.push(run(b"a", 1)).unwrap();
    assert!(flag.0.load(Ordering::Relaxed));
}

#[test]
fn what_nobody_takes_is_dropped_over_the_bound() {
    let total = Arc::new(Total::default());
    let inbound = Inbound::new(Arc::clone(&total));
    let pushed = (0..100_000)
        .take_while(|_| inbound.push(run(&[0; 1200], 1200)).is_ok())
        .count();
    assert_eq!(pushed, MAX_BYTES / (1200 + OVERHEAD));
    let small = Inbound::new(Arc::clone(&total));
    let pushed = (0..100_000)
        .take_while(|_| small.push(run(b"", 1)).is_ok())
        .count();
    assert_eq!(pushed, MAX_BYTES / OVERHEAD, "empty ones count too");
    drop((inbound, small));
    assert_eq!(total.taken(), 0);
}

#[test]
fn all_connections_together_are_bounded() {
    let total = Arc::new(Total::default());
    let crowd: Vec<_> = (0..100).map(|_| Inbound::new(Arc::clone(&total))).collect();
    for inbound in &crowd {
        while inbound.push(run(&[0; 60_000], 1200)).is_ok() {}
    }
    assert!((MAX_TOTAL - 60_128..=MAX_TOTAL).contains(&total.taken()));
    while take(&crowd[0], Waker::noop()).is_some() {}
    assert_eq!(
        crowd[99].push(run(&[0; 60_000], 1200)),
        Ok(()),
        "there is room again"
    );
}
