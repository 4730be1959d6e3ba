//! Join tokens: JSON Web Tokens that a tenant's backend mints, and that a client shows when it joins.
//!
//! The key decides the algorithm, the caller tells the time. What a token says is in [`Grant`].

use std::net::IpAddr;
use std::time::Duration;

use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Header, Validation, decode, decode_header, encode};
pub use signaling_proto::message::MAX_TOKEN;
use signaling_proto::message::Role;
use thiserror::Error;

use super::claims::{AUDIENCE, ClaimError, Claims, Grant};
use super::crypto;
use super::keys::{SigningKey, VerifyingKey};

/// How far the clocks of backend and server may differ, in seconds.
pub const LEEWAY: u64 = 5;

/// A token does not let in. A client can get another one from where it got this one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It has more than [`MAX_TOKEN`] bytes.
    #[error("the token is longer than 2 KiB")]
    TooLong,
    /// It is no JSON Web Token, or has a claim of another type. The algorithm `none` is not accepted.
    #[error("the token is no JSON Web Token of this service")]
    Malformed,
    /// It names a key that this server does not have, or none where there are several.
    #[error("the token's key is unknown here")]
    UnknownKey,
    /// Its algorithm is not that of its key.
    #[error("the token is not of its key's algorithm")]
    OtherAlgorithm,
    /// It was changed, or signed with another key.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// It is for another service.
    #[error("the token's aud is not fugitive-signaling")]
    OtherAudience,
    /// A claim is missing or out of its range.
    #[error("{0}")]
    Claim(#[from] ClaimError),
    /// It has expired.
    #[error("the token is over")]
    Expired,
    /// It is not valid yet.
    #[error("the token is not valid yet")]
    NotYet,
    /// It is valid for longer than this server allows.
    #[error("the token lasts longer than this server allows")]
    LastsTooLong,
    /// It is for another swarm.
    #[error("the token is for another swarm")]
    OtherSwarm,
    /// It is for a client in another network.
    #[error("the token is for another network")]
    OtherAddress,
}

impl TokenError {
    /// Names the kind in one word, for metrics and logs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown_key",
            Self::OtherAlgorithm => "other_algorithm",
            Self::BadSignature => "bad_signature",
            Self::OtherAudience => "other_audience",
            Self::Claim(_) => "claim",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::LastsTooLong => "lasts_too_long",
            Self::OtherSwarm => "other_swarm",
            Self::OtherAddress => "other_address",
        }
    }
}

/// What a good token lets its holder do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The viewer's or ticket's id (`jti`).
    pub id: String,
    /// How many connections it lets in at once: 1 to 64.
    pub connections: u32,
    /// Until when it lets in, in seconds since 1970.
    pub expires: u64,
    /// Whether it is a viewer's or a seeder's.
    pub role: Role,
}

/// Tells good tokens from others.
#[derive(Debug)]
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    max_lifetime: Duration,
}

impl Verifier {
    /// Takes the keys, and how long a token may last from its minting, or from now where it does not say when that was.
    pub fn new(keys: Vec<VerifyingKey>, max_lifetime: Duration) -> Self {
        crypto::install();
        Self { keys, max_lifetime }
    }

    /// Checks a token against the swarm that is joined, the client's address and the time in seconds since 1970.
    ///
    /// # Errors
    /// When the token does not let this client into this swarm now.
    pub fn verify(
        &self,
        token: &str,
        swarm: &str,
        address: IpAddr,
        now_unix: u64,
    ) -> Result<Ticket, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::TooLong);
        }
        let claims = self.read(token)?;
        let minted = claims.minted();
        let grant = claims.grant()?;
        self.check_time(&grant, minted, now_unix)?;
        if !grant.scope.holds(swarm) {
            return Err(TokenError::OtherSwarm);
        }
        if !grant.admits(address) {
            return Err(TokenError::OtherAddress);
        }
        Ok(Ticket {
            id: grant.id,
            connections: grant.connections,
            expires: grant.expires,
            role: grant.role,
        })
    }

    /// Checks the signature before it reads any claim.
    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        let header = decode_header(token).map_err(|error| refusal(&error))?;
        let key = self.key(header.kid.as_deref()).ok_or(TokenError::UnknownKey)?;
        let data = decode::<Claims>(token, &key.key, &validation(key)).map_err(|error| refusal(&error))?;
        Ok(data.claims)
    }

    fn key(&self, id: Option<&str>) -> Option<&VerifyingKey> {
        match (id, self.keys.as_slice()) {
            (Some(id), keys) => keys.iter().find(|key| key.id == id),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    fn check_time(&self, grant: &Grant, minted: Option<u64>, now: u64) -> Result<(), TokenError> {
        if now > grant.expires.saturating_add(LEEWAY) {
            return Err(TokenError::Expired);
        }
        if grant
            .not_before
            .is_some_and(|start| start > now.saturating_add(LEEWAY))
        {
            return Err(TokenError::NotYet);
        }
        // A token that claims to be minted in the future gains nothing by it.
        let start = minted.unwrap_or(now).min(now);
        let lifetime = grant.expires.saturating_sub(start);
        if lifetime > self.max_lifetime.as_secs().saturating_add(LEEWAY) {
            return Err(TokenError::LastsTooLong);
        }
        Ok(())
    }
}

/// A token cannot be minted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MintError {
    /// A claim is out of its range. Correct it.
    #[error("{0}")]
    Claim(#[from] ClaimError),
    /// The key does not sign. Make another.
    #[error("the key cannot sign: {0}")]
    Key(String),
}

impl SigningKey {
    /// Mints a token. The time is in seconds since 1970.
    ///
    /// # Errors
    /// When a claim is out of its range.
    pub fn mint(&self, grant: &Grant, now_unix: u64) -> Result<String, MintError> {
        grant.check()?;
        crypto::install();
        let mut header = Header::new(self.algorithm.jwt());
        header.kid = self.id.clone();
        let claims = Claims::new(grant, now_unix);
        encode(&header, &claims, &self.key).map_err(|error| MintError::Key(error.to_string()))
    }
}

/// The checks that `jsonwebtoken` makes: the key's algorithm, the signature and the audience. It knows no time but the
/// system's, so times are checked here.
fn validation(key: &VerifyingKey) -> Validation {
    let mut validation = Validation::new(key.algorithm.jwt());
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_required_spec_claims(&["aud"]);
    validation.set_audience(&[AUDIENCE]);
    validation
}

fn refusal(error: &JwtError) -> TokenError {
    let kind = error.kind();
    if matches!(kind, ErrorKind::InvalidSignature) {
        TokenError::BadSignature
    } else if matches!(kind, ErrorKind::InvalidAlgorithm) {
        TokenError::OtherAlgorithm
    } else if matches!(
        kind,
        ErrorKind::InvalidAudience | ErrorKind::MissingRequiredClaim(_)
    ) {
        TokenError::OtherAudience
    } else {
        TokenError::Malformed
    }
}

#[cfg(test)]
mod tests;
