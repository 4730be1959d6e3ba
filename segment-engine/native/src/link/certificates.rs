//! The certificates of the two ends of a link: the fingerprints in their descriptions, which DTLS holds each end to
//! (RFC 8122).

use segment_engine::input::Fingerprint;

/// The attribute of a description with a certificate's fingerprint, and the only hash function that is read.
const ATTRIBUTE: &str = "a=fingerprint:";
const HASH: &str = "sha-256";

/// The certificates of a link, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    own: Option<Option<Fingerprint>>,
    theirs: Option<Option<Fingerprint>>,
}

impl Certificates {
    /// Takes this end's description in.
    pub(super) fn on_own(&mut self, sdp: &str) {
        self.own.get_or_insert_with(|| fingerprint_of(sdp));
    }

    /// Takes the other end's in. The first counts, as it does for the connection.
    pub(super) fn on_theirs(&mut self, sdp: &str) {
        self.theirs.get_or_insert_with(|| fingerprint_of(sdp));
    }

    /// This end's and the other's, where both are known.
    pub(super) fn both(&self) -> Option<(Fingerprint, Fingerprint)> {
        Some((self.own.flatten()?, self.theirs.flatten()?))
    }
}

/// The one fingerprint of a description; `None` where there is none, or there are several: DTLS is content with any of them,
/// so none of them would tell which peer is at the other end.
fn fingerprint_of(sdp: &str) -> Option<Fingerprint> {
    let mut found: Option<Fingerprint> = None;
    for value in sdp.lines().filter_map(|line| line.trim().strip_prefix(ATTRIBUTE)) {
        let fingerprint = read(value)?;
        if *found.get_or_insert(fingerprint) != fingerprint {
            return None;
        }
    }
    found
}

fn read(value: &str) -> Option<Fingerprint> {
    let (hash, bytes) = value.split_once(' ')?;
    if !hash.eq_ignore_ascii_case(HASH) {
        return None;
    }
    let read = |byte: &str| {
        (byte.len() == 2)
            .then(|| u8::from_str_radix(byte, 16).ok())
            .flatten()
    };
    let bytes: Option<Vec<u8>> = bytes.split(':').map(read).collect();
    bytes?.try_into().ok().map(Fingerprint)
}

#[cfg(test)]
mod tests;
