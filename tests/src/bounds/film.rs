//! Bounds of films: who is ahead can feed who comes behind, as long as it still holds what that one needs.

/// Somebody who watches a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watcher {
    /// Its playhead, in microseconds.
    pub position: u64,
    /// The rate that it gives, in bits per second.
    pub uplink: u64,
}

/// The rate that the origin has to send, in bits per second: what no viewer at most `cache` microseconds ahead can give
/// ("surplus and deficit", Huang, Li and Ross, SIGCOMM 2007). Suppliers furthest ahead are used first, as they are the
/// first to drop what is needed behind them.
pub fn film_server_rate(watchers: &[Watcher], bitrate: u64, cache: u64) -> u64 {
    let mut watchers = watchers.to_vec();
    watchers.sort_by_key(|watcher| std::cmp::Reverse(watcher.position));
    let mut left: Vec<u64> = Vec::new();
    let mut oldest = 0;
    let mut server = 0;
    for (index, watcher) in watchers.iter().enumerate() {
        while oldest < index && watchers[oldest].position - watcher.position > cache {
            oldest += 1;
        }
        let mut needs = bitrate;
        for supply in &mut left[oldest..] {
            let given = needs.min(*supply);
            *supply -= given;
            needs -= given;
            if needs == 0 {
                break;
            }
        }
        server += needs;
        left.push(watcher.uplink);
    }
    server
}

#[cfg(test)]
mod tests;
