//! A seeder in one call: what the binary runs, and what a program embeds beside its origin.

use std::time::Duration;

use segment_engine::config::{Config, Role, Trust};
use segment_engine::output::PublicKey;
use signaling_proto::message::MAX_SWARM;
use thiserror::Error;
use url::Url;

use crate::access::redacted_url;
use crate::peer::{Options, Peer, StartError};
use crate::signing::SeedKey;

/// How many bytes of a name that is too long stay.
const HEAD: usize = 100;

/// A running seeder: follows a manifest, and feeds a swarm.
#[derive(Debug)]
pub struct Seeder {
    peer: Peer,
    public_key: PublicKey,
}

/// A manifest's address cannot be used. Give an absolute http or https URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{url:?} is not an absolute http or https URL")]
pub struct BadManifestUrl {
    /// Redacted.
    url: String,
}

impl Seeder {
    /// Starts a seeder on the current tokio runtime, signing with `key`.
    ///
    /// The key is also the first of those whose digests it trusts. Those that `config` names as [`Trust::Signed`] count beside it:
    /// their owners' batches are passed on, and what they vouch for is signed with `key` as well.
    ///
    /// # Errors
    /// See [`StartError`]. An unreachable origin is none: the seeder keeps trying, and says so by an event.
    ///
    /// # Panics
    /// Outside a tokio runtime, or where `config` is a viewer's.
    pub fn start(mut config: Config, key: SeedKey, mut options: Options) -> Result<Self, StartError> {
        assert!(
            matches!(config.role, Role::Seeder { .. }),
            "a seeder needs a seeder's configuration"
        );
        let public_key = key.public_key();
        let further = config.trust.keys().iter().filter(|key| **key != public_key);
        let keys = std::iter::once(public_key).chain(further.copied());
        config.trust = Trust::Signed(keys.collect());
        options.key = Some(key);
        Ok(Self {
            peer: Peer::start(config, options)?,
            public_key,
        })
    }

    /// The public key that this seeder's digests are signed with.
    pub fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// The member of the swarm that the seeder is: its events, its counters.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// See [`Peer::drain`].
    pub async fn drain(&self, patience: Duration) -> usize {
        self.peer.drain(patience).await
    }

    /// Leaves the swarm, closes every connection, and ends every task; takes some seconds at most.
    pub async fn shutdown(self) {
        self.peer.shutdown().await;
    }
}

/// The swarm that viewers of a manifest meet in when nobody names one: its host, port where it is not the
/// scheme's own, and path; shortened where that is longer than a swarm's name may be. The browser's adapter comes to the
/// same (`swarmOf` in `dashjs-bridge/ts/check.ts`).
///
/// # Errors
/// When `manifest` is not an absolute http or https URL.
pub fn default_swarm(manifest: &str) -> Result<String, BadManifestUrl> {
    let bad = || BadManifestUrl {
        url: redacted_url(manifest),
    };
    let url = Url::parse(manifest).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad());
    }
    let host = url.host_str().ok_or_else(bad)?;
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    Ok(shortened(format!("{host}{port}{}", url.path())))
}

/// A name of at most [`MAX_SWARM`] bytes: a longer one's first 100, `~`, and the hash of the whole in hexadecimal digits.
fn shortened(name: String) -> String {
    if name.len() <= MAX_SWARM {
        return name;
    }
    let hash = fnv1a(name.as_bytes());
    // A URL's parts are ASCII once they are parsed: every byte is a character.
    let head = name.get(..HEAD).unwrap_or(&name);
    format!("{head}~{hash:x}")
}

/// The 64-bit FNV-1a hash of Fowler, Noll and Vo.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
