//! What links cost, measured in pairs; run by hand, in a release build:
//! `cargo test --release -p segment-engine-native --lib -- --ignored --nocapture link::tests::cost`

use std::time::Instant;

use super::*;
use crate::network::tests::free_address;

const MESSAGE: usize = 16 << 10;
const BYTES: usize = 192 << 20;
const RUNS: usize = 3;
/// What one port for all may cost over a socket for each link.
const MOST: f64 = 1.3;
/// Until a peer has its first byte over loopback.
const FIRST_BYTE: Duration = Duration::from_millis(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of a minute, of a release build on a quiet machine"]
async fn one_port_for_all_costs_little_more_than_a_socket_for_each() {
    let (mut separate, mut shared) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        separate.push(transfer(&network("127.0.0.1:0")).await);
        shared.push(transfer(&network(&free_address("127.0.0.1").to_string())).await);
    }
    let (separate, shared) = (median(separate), median(shared));
    let ratio = shared / separate;
    println!("CPU-s/GB, both ends: separate {separate:.1}, shared {shared:.1}, ratio {ratio:.2}");
    assert!(ratio < MOST, "{ratio}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, of a release build on a quiet machine"]
async fn the_first_byte_comes_soon() {
    for address in ["127.0.0.1:0".to_owned(), free_address("127.0.0.1").to_string()] {
        let seeder = network(&address);
        let viewer = network("127.0.0.1:0");
        let mut times = Vec::new();
        for _ in 0..11 {
            let start = Instant::now();
            let mut pair = Pair::between(&viewer, &seeder).await;
            pair.answerer.link.send(vec![1]).unwrap();
            pair.offerer.message().await;
            times.push(start.elapsed().as_secs_f64());
        }
        let median = Duration::from_secs_f64(median(times.clone()));
        println!("first byte over {address}: {median:?}, all: {times:.3?}");
        assert!(median < FIRST_BYTE, "{median:?}");
    }
}

/// Sends [`BYTES`] from a network to another; tells the CPU-seconds per GB of both ends.
async fn transfer(network_of_sender: &Arc<Network>) -> f64 {
    let mut pair = Pair::between(network_of_sender, &network("127.0.0.1:0")).await;
    let (before, start) = (cpu_seconds(), Instant::now());
    let count = BYTES / MESSAGE;
    let sending = async {
        for _ in 0..count {
            // Its news must be heard, or its task would wait for that.
            while pair.offerer.queue.try_recv().is_ok() {}
            while pair.offerer.link.waiting() > WINDOW as u64 {
                pair.offerer.event().await;
            }
            pair.offerer.link.send(vec![1; MESSAGE]).unwrap();
        }
    };
    let receiving = async {
        for _ in 0..count {
            pair.answerer.message().await;
        }
    };
    tokio::join!(sending, receiving);
    let cost = (cpu_seconds() - before) / (BYTES as f64 / 1e9);
    println!(
        "{cost:.1} CPU-s/GB at {:.0} MB/s",
        BYTES as f64 / 1e6 / start.elapsed().as_secs_f64()
    );
    cost
}

/// The user and system time of this process, in seconds: fields 14 and 15 of its status, in ticks of 10 ms.
fn cpu_seconds() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap();
    let behind_name = status.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    fields[11..=12]
        .iter()
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
