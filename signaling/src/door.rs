//! The door, which is the access rules: who is let in, by join token and by origin, and what TURN credentials they get.
//!
//! Nothing here does I/O after [`Door::open`], and the caller tells the time, so that a join never waits here.

mod claims;
mod config;
mod crypto;
mod fresh;
mod keys;
mod origin;
mod token;
mod turn;

use std::net::IpAddr;
use std::time::Duration;

use signaling_proto::message::IceServer;
use thiserror::Error;

pub use self::claims::{AUDIENCE, ClaimError, Grant, MAX_CONNECTIONS, Scope};
pub use self::config::{
    DoorConfig, DoorConfigError, KeyConfig, MAX_KEYS, MAX_LIFETIME, MAX_ORIGINS, MAX_TURN_URL, TurnConfig,
    is_key_id,
};
pub use self::fresh::{FreshError, fresh_id, write_fresh_key};
pub use self::keys::{Algorithm, AlgorithmError, KeyError, MAX_KEY_ID, MIN_SECRET, SigningKey, VerifyingKey};
pub use self::origin::{MAX_ORIGIN, OriginError, OriginRule, Origins, WithoutOrigin};
pub use self::token::{LEEWAY, MAX_TOKEN, MintError, Ticket, TokenError, Verifier};
pub use self::turn::{MIN_TURN_SECRET, TurnError, TurnIssuer};

/// The access rules cannot be used. Each variant says in one line what to correct.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DoorError {
    /// A value of the configuration cannot be used.
    #[error("{0}")]
    Config(#[from] DoorConfigError),
    /// The file of a key cannot be used.
    #[error("door.keys: {0}")]
    Key(#[from] KeyError),
    /// The secret of the TURN servers cannot be used.
    #[error("door.turn: {0}")]
    Turn(#[from] TurnError),
}

/// A client is not let in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It shows no token. It needs one.
    #[error("a token is needed to join")]
    NoToken,
    /// Its token is not good.
    #[error("{0}")]
    Token(#[from] TokenError),
}

impl Refusal {
    /// Names the kind in one word, for metrics and logs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::Token(error) => error.reason(),
        }
    }
}

/// Decides who is let in.
#[derive(Debug)]
pub struct Door {
    require_token: bool,
    verifier: Verifier,
    origins: Origins,
    turn: Option<TurnIssuer>,
}

impl Door {
    /// Checks the configuration and reads its files.
    ///
    /// # Errors
    /// When a value is out of its range, or a file cannot be used.
    pub fn open(config: &DoorConfig) -> Result<Self, DoorError> {
        config.validate()?;
        let keys = config.keys.iter();
        let keys = keys
            .map(|key| VerifyingKey::read(&key.file, key.algorithm, &key.id))
            .collect::<Result<_, _>>()?;
        let without = if config.allow_no_origin {
            WithoutOrigin::Allowed
        } else {
            WithoutOrigin::Refused
        };
        let origins = Origins::new(&config.origins, without).map_err(DoorConfigError::from)?;
        let turn = &config.turn;
        let turn = turn
            .secret_file
            .as_deref()
            .map(|file| TurnIssuer::read(file, turn.urls.clone(), Duration::from_secs(turn.lifetime_s)))
            .transpose()?;
        Ok(Self {
            require_token: config.require_token,
            verifier: Verifier::new(keys, Duration::from_secs(config.max_lifetime_s)),
            origins,
            turn,
        })
    }

    /// Decides whether a client may join a swarm at `now_unix`, in seconds since 1970. Returns what its token lets it
    /// do; `None` where it has no token and none is required.
    ///
    /// # Errors
    /// When a token is required and none shown, or one is shown that is not good for this client, swarm and time.
    pub fn admit(
        &self,
        token: Option<&str>,
        swarm: &str,
        address: IpAddr,
        now_unix: u64,
    ) -> Result<Option<Ticket>, Refusal> {
        match token {
            Some(token) => Ok(Some(self.verifier.verify(token, swarm, address, now_unix)?)),
            None if self.require_token => Err(Refusal::NoToken),
            None => Ok(None),
        }
    }

    /// Tells whether nobody may join without a token.
    pub fn requires_token(&self) -> bool {
        self.require_token
    }

    /// Tells whether a request with this `Origin` header may connect.
    pub fn allows_origin(&self, origin: Option<&str>) -> bool {
        self.origins.allows(origin)
    }

    /// Issues TURN credentials from `now_unix` on, in seconds since 1970. `None` where no TURN servers are configured.
    /// The label tells sessions apart at the TURN server.
    pub fn turn(&self, now_unix: u64, label: &str) -> Option<IceServer> {
        Some(self.turn.as_ref()?.issue(now_unix, label))
    }
}

#[cfg(test)]
mod tests;
