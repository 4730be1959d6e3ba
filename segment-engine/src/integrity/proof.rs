//! What a seeder signs to prove to another that it has the same key: it names both ends of their link, and would not
//! hold on any other.

use crate::id::Member;
use crate::input::Fingerprint;
use crate::wire::Writer;

/// The first bytes: no batch begins with them.
const DOMAIN: &str = "fugitive fellow 1";

/// One end of a link: the certificate that it shows, and its member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// SHA-256 of its certificate.
    pub certificate: Fingerprint,
    /// Its own name in the swarm, drawn again at each start.
    pub member: Member,
}

/// What the `prover` signs for the `verifier`. The certificates are those that the two ends of one channel have shown
/// each other: a man in the middle shows each another one, and so cannot pass a signature on. The verifier's member
/// makes it new at each start, and the order of the two keeps it from being reflected.
pub fn proof_of(swarm: &str, prover: End, verifier: End) -> Vec<u8> {
    let mut to = Writer::default();
    to.list(6);
    to.text(DOMAIN);
    to.text(swarm);
    for end in [prover, verifier] {
        to.bytes(&end.certificate.0);
        to.bytes(&end.member.0);
    }
    to.0
}

#[cfg(test)]
mod tests;
