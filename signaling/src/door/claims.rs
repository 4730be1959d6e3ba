//! What a join token says.
//!
//! | claim | | meaning |
//! | --- | --- | --- |
//! | `aud` | required | [`AUDIENCE`], or a list with it |
//! | `exp` | required | until when it lets in, in seconds since 1970 |
//! | `jti` | required | the viewer's or ticket's id: 1 to 64 printable ASCII characters |
//! | `swarm` or `prefix` | one of them | the swarm's id, or what it begins with: 1 to 128 bytes |
//! | `nbf` | | from when it lets in |
//! | `iat` | | when it was minted |
//! | `conns` | | how many connections it lets in at once: 1 to 64, default 1 |
//! | `net` | | the client's network, such as `203.0.113.0/24` or `2001:db8::/64` |
//! | `seeder` | | true for a seeder, which is in where only a share of viewers is; default false |
//!
//! Others are ignored.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use signaling_proto::message::{MAX_ID, MAX_SWARM, Role};
use signaling_proto::range::{OutOfRange, in_range, require};
use thiserror::Error;

/// The value that a token's `aud` has to have, so that a token for another service is not accepted here.
pub const AUDIENCE: &str = "fugitive-signaling";

/// The most connections that one token lets in at once.
pub const MAX_CONNECTIONS: u32 = 64;

/// The latest time in a token: the end of the year 9999, in seconds since 1970.
const MAX_TIME: f64 = 253_402_300_799.0;

const NO_NETWORK: ClaimError = ClaimError(OutOfRange {
    field: "net",
    expected: "an address and a length, such as 203.0.113.0/24",
});

/// A claim is missing or out of its range. Correct the program that mints the tokens.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the claim {0}")]
pub struct ClaimError(#[from] pub OutOfRange);

/// The swarms that a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The swarm of this id.
    Swarm(String),
    /// All swarms whose ids begin with this.
    Prefix(String),
}

impl Scope {
    pub(super) fn holds(&self, swarm: &str) -> bool {
        match self {
            Self::Swarm(id) => id == swarm,
            Self::Prefix(prefix) => swarm.starts_with(prefix.as_str()),
        }
    }
}

/// What a token grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The swarms that it lets into.
    pub scope: Scope,
    /// The viewer's or ticket's id: 1 to 64 printable ASCII characters without space.
    pub id: String,
    /// Until when it lets in, in seconds since 1970.
    pub expires: u64,
    /// From when it lets in, in seconds since 1970. None: at once.
    pub not_before: Option<u64>,
    /// How many connections it lets in at once: 1 to [`MAX_CONNECTIONS`].
    pub connections: u32,
    /// The network that the client has to be in. None: any.
    pub network: Option<IpNet>,
    /// Whether it is a viewer's or a seeder's.
    pub role: Role,
}

impl Grant {
    /// Checks every claim against its range.
    ///
    /// # Errors
    /// Names the first claim that is out of range.
    pub fn check(&self) -> Result<(), ClaimError> {
        let (claim, swarm) = match &self.scope {
            Scope::Swarm(id) => ("swarm", id),
            Scope::Prefix(prefix) => ("prefix", prefix),
        };
        in_range(claim, &swarm.len(), &(1..=MAX_SWARM), "1 to 128 bytes")?;
        let printable = self.id.bytes().all(|byte| byte.is_ascii_graphic());
        require(
            printable && (1..=MAX_ID).contains(&self.id.len()),
            "jti",
            "1 to 64 printable ASCII characters without space",
        )?;
        in_range("conns", &self.connections, &(1..=MAX_CONNECTIONS), "1 to 64")?;
        Ok(())
    }

    /// Tells whether a client at this address may use it. An IPv4 address in IPv6 form counts as IPv4.
    pub(super) fn admits(&self, address: IpAddr) -> bool {
        self.network
            .is_none_or(|network| network.contains(&address.to_canonical()))
    }
}

/// The claims as they travel. `aud` is checked by `jsonwebtoken` when it reads them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(skip_deserializing, default = "audience")]
    aud: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    swarm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conns: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    seeder: bool,
}

impl Claims {
    /// Writes a grant that was checked, minted now.
    pub(super) fn new(grant: &Grant, now_unix: u64) -> Self {
        let (swarm, prefix) = match grant.scope.clone() {
            Scope::Swarm(id) => (Some(id), None),
            Scope::Prefix(prefix) => (None, Some(prefix)),
        };
        Self {
            aud: AUDIENCE,
            exp: Some(Seconds(grant.expires)),
            nbf: grant.not_before.map(Seconds),
            iat: Some(Seconds(now_unix)),
            jti: Some(grant.id.clone()),
            swarm,
            prefix,
            conns: Some(grant.connections),
            net: grant.network.map(|network| network.to_string()),
            seeder: grant.role == Role::Seeder,
        }
    }

    /// When it was minted, if it says so.
    pub(super) fn minted(&self) -> Option<u64> {
        self.iat.map(|iat| iat.0)
    }

    /// Reads the grant, and checks it.
    pub(super) fn grant(self) -> Result<Grant, ClaimError> {
        let scope = match (self.swarm, self.prefix) {
            (Some(id), None) => Scope::Swarm(id),
            (None, Some(prefix)) => Scope::Prefix(prefix),
            (None, None) | (Some(_), Some(_)) => {
                return Err(ClaimError(OutOfRange {
                    field: "swarm",
                    expected: "there, or prefix, and not both",
                }));
            }
        };
        let missing = |claim| {
            ClaimError(OutOfRange {
                field: claim,
                expected: "there",
            })
        };
        let network = self
            .net
            .map(|net| net.parse().map_err(|_| NO_NETWORK))
            .transpose()?;
        let grant = Grant {
            scope,
            id: self.jti.ok_or_else(|| missing("jti"))?,
            expires: self.exp.ok_or_else(|| missing("exp"))?.0,
            not_before: self.nbf.map(|nbf| nbf.0),
            connections: self.conns.unwrap_or(1),
            network,
            role: if self.seeder { Role::Seeder } else { Role::Viewer },
        };
        grant.check()?;
        Ok(grant)
    }
}

/// A time in whole seconds since 1970. Fractions, which some libraries write (RFC 7519, section 2), are cut off.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "u64")]
struct Seconds(u64);

impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(time: f64) -> Result<Self, Self::Error> {
        if !(0.0..=MAX_TIME).contains(&time) {
            return Err("a time must be in the years 1970 to 9999");
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked, and fractions are to be cut off"
        )]
        let whole = time as u64;
        Ok(Self(whole))
    }
}

impl From<Seconds> for u64 {
    fn from(time: Seconds) -> Self {
        time.0
    }
}

fn audience() -> &'static str {
    AUDIENCE
}
