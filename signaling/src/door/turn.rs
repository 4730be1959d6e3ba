//! Credentials for a TURN server that are valid for some hours, by the scheme of coturn's `use-auth-secret`
//! (draft-uberti-behave-turn-rest-00, section 2.2).
//!
//! username = `<expiry in seconds since 1970>:<label>`, credential = base64(HMAC-SHA1(secret, username)). The TURN
//! server has the same secret; the two never need to talk.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use service::bounded;
use signaling_proto::message::{IceServer, MAX_ID};
use thiserror::Error;

use super::keys::{MAX_FILE, without_newline};

/// The shortest secret that is shared with the TURN server, in bytes. Whoever guesses it relays for free.
pub const MIN_TURN_SECRET: usize = 16;

/// The secret cannot be used. Each variant says in one line what to correct.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TurnError {
    /// The file cannot be read. Check its path and mode.
    #[error("cannot read the TURN secret {path}: {error}")]
    Unreadable {
        /// The file's path.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// The secret is too short to be safe. Give coturn a longer one, and the same here.
    #[error("the TURN secret in {path} has {length} bytes, at least {MIN_TURN_SECRET} are needed")]
    ShortSecret {
        /// The file's path.
        path: String,
        /// The bytes that it has.
        length: usize,
    },
}

/// Issues TURN credentials.
#[derive(Clone)]
pub struct TurnIssuer {
    urls: Vec<String>,
    key: hmac::Key,
    lifetime: Duration,
}

impl TurnIssuer {
    /// Reads the secret: the file's bytes, without a newline at the end. `urls` are told to clients; `lifetime` is how long
    /// a credential opens new allocations.
    ///
    /// # Errors
    /// When the file cannot be read, or its secret is too short.
    pub fn read(secret_file: &Path, urls: Vec<String>, lifetime: Duration) -> Result<Self, TurnError> {
        let path = || secret_file.display().to_string();
        let bytes = bounded::read(secret_file, MAX_FILE)
            .map_err(|error| TurnError::Unreadable { path: path(), error })?;
        let secret = without_newline(&bytes);
        if secret.len() < MIN_TURN_SECRET {
            return Err(TurnError::ShortSecret {
                path: path(),
                length: secret.len(),
            });
        }
        Ok(Self::new(secret, urls, lifetime))
    }

    fn new(secret: &[u8], urls: Vec<String>, lifetime: Duration) -> Self {
        // The scheme fixes the hash; as a message authentication code SHA-1 still holds.
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
        Self { urls, key, lifetime }
    }

    /// Issues a credential from `now_unix` on, in seconds since 1970. The label tells sessions apart in the TURN
    /// server's log and quotas; its printable ASCII counts, up to 64 bytes.
    pub fn issue(&self, now_unix: u64, label: &str) -> IceServer {
        let expiry = now_unix.saturating_add(self.lifetime.as_secs());
        let label = label.chars().filter(char::is_ascii_graphic).take(MAX_ID);
        let username = format!("{expiry}:{}", label.collect::<String>());
        let credential = STANDARD.encode(hmac::sign(&self.key, username.as_bytes()));
        IceServer {
            urls: self.urls.clone(),
            username: Some(username),
            credential: Some(credential),
        }
    }
}

impl fmt::Debug for TurnIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TurnIssuer")
            .field("urls", &self.urls)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
