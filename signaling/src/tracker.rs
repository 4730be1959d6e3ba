//! The server's second protocol: that of WebTorrent's clients and their trackers, at `/announce`.
//!
//! It has no specification; this follows the reference, bittorrent-tracker 11.2.3. Text frames hold a JSON object each.
//! Names of 20 bytes are strings of 20 characters up to U+00FF, one for each byte.
//!
//! | message | members |
//! | --- | --- |
//! | announce, to the server | `action: "announce"`, `info_hash`, `peer_id`, `left`, `event`, `offers: [{offer_id, offer: {type, sdp}}]` |
//! | its response | `action`, `info_hash`, `interval` in seconds, `complete`, `incomplete` |
//! | an offer, to a peer | `action`, `info_hash`, `peer_id` of who offers, `offer_id`, `offer` |
//! | an answer, to the server | `action`, `info_hash`, `peer_id`, `to_peer_id`, `offer_id`, `answer: {type, sdp}` |
//! | and to a peer | `action`, `info_hash`, `peer_id` of who answers, `offer_id`, `answer` |
//! | scrape, to the server | `action: "scrape"`, `info_hash`: one, or a list |
//! | its response | `action`, `files: {<info hash>: {complete, incomplete, downloaded}}` |
//! | an error | `failure reason`, and `action` and `info_hash` where they are known |
//!
//! The rules are [`signaling_proto::rooms::announce`]. What is relayed is written once, by its sender's task and before
//! any lock: its text does not depend on who gets it.

mod carry;
#[cfg(any(test, feature = "hostile"))]
mod hostile;
mod outcome;
mod read;
mod session;
mod socket;
mod write;

#[cfg(any(test, feature = "hostile"))]
pub use self::hostile::play_announces;
pub(crate) use self::socket::run;

/// The largest frame that is looked at, in bytes: ten offers of 6 KiB. Those of browsers have 1 to 2 KiB.
const MAX_FRAME: usize = 64 << 10;

/// Frames up to this size are read, and refused with a word; larger ones end the connection.
pub(crate) const MAX_READ: usize = 2 * MAX_FRAME;

/// How many info hashes one connection may announce at a time.
const MAX_HASHES: usize = 16;

/// How many info hashes one scrape may name.
const MAX_SCRAPED: usize = 64;

/// The token of a request's query, `?t=TOKEN`: what clients of this protocol can pass on. It is base64url and dots, which
/// no client escapes.
pub(crate) fn token(query: Option<&str>) -> Option<&str> {
    query?
        .split('&')
        .find_map(|pair| pair.strip_prefix("t="))
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests;
