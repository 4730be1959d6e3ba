//! The door's part of the configuration: the table `[door]` of the TOML file, and the ranges of its values.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use signaling_proto::message::MAX_ICE_SERVERS;
use signaling_proto::range::{OutOfRange, require};
use thiserror::Error;

use super::keys::{Algorithm, MAX_KEY_ID};
use super::origin::{OriginError, OriginRule};

/// The most keys: two of each tenant while one takes over from the other.
pub const MAX_KEYS: usize = 16;

/// The most entries of the list of origins.
pub const MAX_ORIGINS: usize = 256;

/// The longest time that `max_lifetime_s` may allow: 30 days.
pub const MAX_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// The longest URL of a TURN server, in bytes; so that a welcome with all of them fits a frame.
pub const MAX_TURN_URL: usize = 256;

/// The access rules: who is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoorConfig {
    /// Whether a client has to show a join token. Default false, for local use; a token that is shown has to be good in
    /// any case. Needs a key.
    pub require_token: bool,
    /// Pages that may connect, by their `Origin`: `https://example.com`, `https://*.example.com`, `http://localhost:*`.
    /// Default: none named, and every page may. At most 256.
    pub origins: Vec<String>,
    /// Whether a client without `Origin` may connect. Default true: native clients send none.
    pub allow_no_origin: bool,
    /// How long a token may last, in seconds. Default 43,200, which is 12 h; 60 to 2,592,000, which is 30 days. A stolen
    /// token is of use for as long.
    pub max_lifetime_s: u64,
    /// The keys of tokens. Default none; at most 16. Two at a time let one take over from the other.
    pub keys: Vec<KeyConfig>,
    /// TURN servers whose credentials this server issues. Default none.
    pub turn: TurnConfig,
}

impl Default for DoorConfig {
    fn default() -> Self {
        Self {
            require_token: false,
            origins: Vec::new(),
            allow_no_origin: true,
            max_lifetime_s: 12 * 3600,
            keys: Vec::new(),
            turn: TurnConfig::default(),
        }
    }
}

/// A key of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// The id that tokens name it by (`kid`): 1 to 64 printable ASCII characters without space.
    pub id: String,
    /// `HS256` or `EdDSA`: the only one that counts for this key, whatever a token says.
    pub algorithm: Algorithm,
    /// The file: a secret of 32 bytes or more (HS256), or a public or private key in PEM (EdDSA). Taken from where the
    /// server was started, if it is no absolute path.
    pub file: PathBuf,
}

/// TURN servers with coturn's `use-auth-secret`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnConfig {
    /// The `turn:` and `turns:` URLs that clients are told. Default none: no TURN. At most 8, of 256 bytes each.
    pub urls: Vec<String>,
    /// The file with the secret that the TURN server has as `static-auth-secret`: 16 bytes or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// How long a credential is valid, in seconds. Default 21,600, which is 6 h; 60 to 2,592,000, which is 30 days. An
    /// allocation can be refreshed only with a valid one, so this bounds how long a viewer can watch over TURN.
    pub lifetime_s: u64,
}

impl Default for TurnConfig {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            secret_file: None,
            lifetime_s: 6 * 3600,
        }
    }
}

/// A value of the table `[door]` cannot be used. Each variant says in one line what to correct.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DoorConfigError {
    /// Tokens are required, and there is no key to check them with.
    #[error("door.require_token needs a key in [[door.keys]]: make one with fugitive-signaling key")]
    NoKeys,
    /// Two keys have the same id.
    #[error("door.keys has two keys of the id {0:?}")]
    SameId(String),
    /// An entry of `origins` is no origin.
    #[error("door.origins: {0}")]
    Origin(#[from] OriginError),
    /// TURN servers without the secret that they share.
    #[error("door.turn.urls needs door.turn.secret_file")]
    NoTurnSecret,
    /// A secret without TURN servers.
    #[error("door.turn.secret_file needs door.turn.urls")]
    NoTurnUrls,
    /// A value is out of its range.
    #[error("{0}")]
    OutOfRange(#[from] OutOfRange),
}

impl DoorConfig {
    /// Checks every value that can be checked without the files.
    ///
    /// # Errors
    /// Names the first mistake.
    pub fn validate(&self) -> Result<(), DoorConfigError> {
        self.check_keys()?;
        let origins = self.origins.len() <= MAX_ORIGINS;
        require(origins, "door.origins", "at most 256 entries")?;
        for entry in &self.origins {
            entry.parse::<OriginRule>()?;
        }
        require(
            is_lifetime(self.max_lifetime_s),
            "door.max_lifetime_s",
            "60 to 2592000",
        )?;
        self.turn.validate()
    }

    fn check_keys(&self) -> Result<(), DoorConfigError> {
        if self.require_token && self.keys.is_empty() {
            return Err(DoorConfigError::NoKeys);
        }
        require(self.keys.len() <= MAX_KEYS, "door.keys", "at most 16 keys")?;
        let mut ids = BTreeSet::new();
        for key in &self.keys {
            require(
                is_key_id(&key.id),
                "the id of a key in door.keys",
                "1 to 64 printable ASCII characters without space",
            )?;
            if !ids.insert(key.id.as_str()) {
                return Err(DoorConfigError::SameId(key.id.clone()));
            }
        }
        Ok(())
    }
}

impl TurnConfig {
    fn validate(&self) -> Result<(), DoorConfigError> {
        require(
            self.urls.len() <= MAX_ICE_SERVERS && self.urls.iter().all(|url| is_turn_url(url)),
            "door.turn.urls",
            "at most 8 turn: or turns: URLs of at most 256 bytes, such as turn:turn.example.com:3478",
        )?;
        require(
            is_lifetime(self.lifetime_s),
            "door.turn.lifetime_s",
            "60 to 2592000",
        )?;
        match (self.urls.is_empty(), &self.secret_file) {
            (false, None) => Err(DoorConfigError::NoTurnSecret),
            (true, Some(_)) => Err(DoorConfigError::NoTurnUrls),
            (true, None) | (false, Some(_)) => Ok(()),
        }
    }
}

/// Tells whether a key may have this id.
pub fn is_key_id(id: &str) -> bool {
    (1..=MAX_KEY_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_lifetime(seconds: u64) -> bool {
    (60..=MAX_LIFETIME.as_secs()).contains(&seconds)
}

fn is_turn_url(url: &str) -> bool {
    let rest = url.strip_prefix("turn:").or_else(|| url.strip_prefix("turns:"));
    url.len() <= MAX_TURN_URL
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && rest.is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests;
