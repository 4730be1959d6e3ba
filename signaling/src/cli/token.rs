//! `fugitive-signaling token`: mints a join token.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args};
use ipnet::IpNet;
use signaling::door::{
    Algorithm, DoorConfigError, DoorError, FreshError, Grant, KeyError, MAX_LIFETIME, MintError, Scope,
    SigningKey, fresh_id, is_key_id,
};
use signaling::{Config, ConfigError, unix_time};
use signaling_proto::message::Role;
use thiserror::Error;

const EXAMPLES: &str = "\
Examples:
  fugitive-signaling token --key tokens.key --swarm my-stream
      Lets one viewer join the swarm my-stream, once, within five minutes.

  fugitive-signaling token --config signaling.toml --prefix acme/ --expires 12h --connections 3
      Takes the first key of the server's settings; lets into every swarm of acme/, three times at once.

  fugitive-signaling token --key tokens.key --prefix acme/ --expires 30d --connections 64 --seeder
      Lets a seeder of acme/'s streams in, also where `[policy] share` lets in only some viewers.

  fugitive-signaling token --key tokens.pem --key-id 2026-11 --swarm my-stream --net 203.0.113.0/24
      Signs with an EdDSA key that the server knows as 2026-11; only clients in that network may use it.

A token is a JSON Web Token, which a backend mints just as well with a library of its language. Its claims:
  aud             fugitive-signaling
  swarm | prefix  the swarm's id, or what it begins with
  exp             until when it lets in, in seconds since 1970
  jti             the viewer's id: 1 to 64 printable characters
  nbf             from when it lets in (optional)
  conns           connections at once, 1 to 64 (optional, default 1)
  net             the client's network (optional)
  seeder          true for a seeder (optional, default false)
The header names the key (kid); it may be left out where the server has one key only.";

/// Mint a join token, and print it.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    group(ArgGroup::new("source").args(["key", "config"]).required(true)),
    group(ArgGroup::new("scope").args(["swarm", "prefix"]).required(true))
)]
pub(crate) struct TokenArgs {
    /// The key: a secret (HS256), or a private key in PEM (EdDSA)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The server's settings, to take the first key from, or the one of --key-id
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the server calls the key
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,
    /// The key's algorithm [default: EdDSA where the file is PEM, else HS256]
    #[arg(long, value_name = "NAME", conflicts_with = "config", value_parser = super::algorithm())]
    algorithm: Option<Algorithm>,
    /// The swarm that it lets into
    #[arg(long, value_name = "ID")]
    swarm: Option<String>,
    /// What the swarms that it lets into begin with
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// How long it lets in, such as 90s, 5m or 12h
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = humantime::parse_duration)]
    expires: Duration,
    /// The viewer's or ticket's id [default: a random one]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// How many connections it lets in at once
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    connections: u32,
    /// The network that the client has to be in, such as 203.0.113.0/24 or 2001:db8::/64
    #[arg(long, value_name = "PREFIX")]
    net: Option<IpNet>,
    /// Mint it for a seeder, which is in where `[policy] share` lets in only some viewers
    #[arg(long)]
    seeder: bool,
}

/// A token cannot be minted. Each variant says in one line what to correct.
#[derive(Debug, Error)]
pub(crate) enum TokenCommandError {
    /// The settings are none.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The settings have no key, or none of that id.
    #[error("{path} has no such key in [[door.keys]]")]
    NoKey {
        /// The file of the settings.
        path: String,
    },
    /// The key cannot be used.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// The key's id is none.
    #[error("--key-id must be 1 to 64 printable ASCII characters without space")]
    KeyId,
    /// The time is out of its range.
    #[error("--expires must be 1s to {longest}")]
    Expires {
        /// What the server allows.
        longest: humantime::FormattedDuration,
    },
    /// There is no randomness for an id.
    #[error("{0}")]
    Random(#[from] FreshError),
    /// A claim is out of its range.
    #[error("{0}")]
    Mint(#[from] MintError),
}

impl TokenArgs {
    /// Mints the token.
    pub(crate) fn run(&self) -> Result<String, TokenCommandError> {
        let (key, longest) = self.signing_key()?;
        if !(Duration::from_secs(1)..=longest).contains(&self.expires) {
            let longest = humantime::format_duration(longest);
            return Err(TokenCommandError::Expires { longest });
        }
        let now = unix_time().as_secs();
        let grant = Grant {
            scope: self.scope(),
            id: match &self.id {
                Some(id) => id.clone(),
                None => fresh_id()?,
            },
            expires: now + self.expires.as_secs(),
            not_before: None,
            connections: self.connections,
            network: self.net,
            role: if self.seeder { Role::Seeder } else { Role::Viewer },
        };
        Ok(key.mint(&grant, now)?)
    }

    fn scope(&self) -> Scope {
        match (&self.swarm, &self.prefix) {
            (Some(id), _) => Scope::Swarm(id.clone()),
            (None, Some(prefix)) => Scope::Prefix(prefix.clone()),
            (None, None) => unreachable!("invariant: clap requires one of the group"),
        }
    }

    /// The key, and how long its tokens may last.
    fn signing_key(&self) -> Result<(SigningKey, Duration), TokenCommandError> {
        if let Some(config) = &self.config {
            return self.configured_key(config);
        }
        let file = self
            .key
            .as_deref()
            .expect("invariant: clap requires one of the group");
        if self.key_id.as_deref().is_some_and(|id| !is_key_id(id)) {
            return Err(TokenCommandError::KeyId);
        }
        let key = SigningKey::read(file, self.algorithm, self.key_id.as_deref())?;
        Ok((key, MAX_LIFETIME))
    }

    fn configured_key(&self, path: &Path) -> Result<(SigningKey, Duration), TokenCommandError> {
        let door = Config::read(path)?.door;
        door.validate()
            .map_err(|error: DoorConfigError| ConfigError::from(DoorError::from(error)))?;
        let wanted = |id: &str| self.key_id.as_deref().is_none_or(|wanted| wanted == id);
        let key = door.keys.iter().find(|key| wanted(&key.id));
        let key = key.ok_or_else(|| TokenCommandError::NoKey {
            path: path.display().to_string(),
        })?;
        let key = SigningKey::read(&key.file, Some(key.algorithm), Some(&key.id))?;
        Ok((key, Duration::from_secs(door.max_lifetime_s)))
    }
}
