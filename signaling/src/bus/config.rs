//! The section `[cluster]` of the configuration: which bus, how to get in, and the timing of a cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use service::bounded;
use signaling_proto::cluster::{ClusterConfig, MAX_SECRET, MIN_SECRET, Secret};
use signaling_proto::range::{OutOfRange, require};
use thiserror::Error;

/// The most NATS servers that are named.
const MAX_SERVERS: usize = 16;
/// The longest URL, prefix or user name, in bytes.
const MAX_TEXT: usize = 256;
/// The largest file with a credential, in bytes. A credentials file has some 1 KiB.
const MAX_FILE: u64 = 64 << 10;

/// The server cannot take part in a cluster with this configuration. Each variant says in one line what to correct.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BusConfigError {
    /// A value is out of its range.
    #[error("cluster.{0}")]
    OutOfRange(#[from] OutOfRange),
    /// A file cannot be used.
    #[error("cluster.{field}: {path}: {problem}")]
    File {
        /// The field that names it.
        field: &'static str,
        /// Its path.
        path: String,
        /// Why not.
        problem: String,
    },
}

/// How a server meets others. Passwords and keys are in files of their own, so that this can be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusConfig {
    /// NATS servers: `nats://HOST:PORT`, or `tls://HOST:PORT`; at most 16, all of one NATS cluster, which any of them
    /// gives access to. Default none: this server is alone.
    pub nats: Vec<String>,
    /// What subjects begin with: this server reads `PREFIX.sig.n.NODE` and `PREFIX.sig.all`, and writes `PREFIX.sig.>`.
    /// Default `fugitive`. Letters, digits, `-`, `_`, with dots between.
    pub prefix: String,
    /// The user at NATS; goes with `password_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The file with its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The file with a token, where NATS asks for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// The file with an NKey's seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nkey_file: Option<PathBuf>,
    /// The credentials file, with a JWT and an NKey's seed, as `nsc` writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_file: Option<PathBuf>,
    /// The file with the certificates of authorities that may have signed NATS' certificate, as PEM. Default: those of
    /// the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The file with this server's certificate, where NATS asks for one; goes with `key_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_file: Option<PathBuf>,
    /// The file with the certificate's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// The file with a secret of 16 to 1,024 bytes that all servers of the cluster share; white space at its end does not
    /// count. Packets without its seal are ignored. For a NATS that others can write to as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// See [`ClusterConfig::heartbeat`].
    pub heartbeat_ms: u64,
    /// See [`ClusterConfig::gone_after`].
    pub gone_after_ms: u64,
    /// See [`ClusterConfig::seek_timeout`].
    pub seek_timeout_ms: u64,
    /// See [`ClusterConfig::max_age`].
    pub max_age_ms: u64,
    /// See [`ClusterConfig::nodes`].
    pub nodes: usize,
}

impl Default for BusConfig {
    fn default() -> Self {
        let cluster = ClusterConfig::default();
        Self {
            nats: Vec::new(),
            prefix: "fugitive".to_owned(),
            user: None,
            password_file: None,
            token_file: None,
            nkey_file: None,
            credentials_file: None,
            ca_file: None,
            cert_file: None,
            key_file: None,
            secret_file: None,
            heartbeat_ms: millis(cluster.heartbeat),
            gone_after_ms: millis(cluster.gone_after),
            seek_timeout_ms: millis(cluster.seek_timeout),
            max_age_ms: millis(cluster.max_age),
            nodes: cluster.nodes,
        }
    }
}

impl BusConfig {
    /// Checks every field against its range. Files are read when the cluster starts, not here.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), BusConfigError> {
        let urls = self.nats.len() <= MAX_SERVERS && self.nats.iter().all(|url| is_server(url));
        require(
            urls,
            "nats",
            "at most 16 URLs as nats://HOST:PORT or tls://HOST:PORT; user and password go into `user` and `password_file`",
        )?;
        require(
            is_prefix(&self.prefix),
            "prefix",
            "letters, digits, `-` and `_`, with dots between, as a.b",
        )?;
        let user = self.user.as_ref();
        require(
            user.is_none_or(|user| (1..=MAX_TEXT).contains(&user.len())),
            "user",
            "1 to 256 bytes",
        )?;
        require(
            user.is_some() == self.password_file.is_some(),
            "user",
            "given together with password_file",
        )?;
        let ways = [
            &self.password_file,
            &self.token_file,
            &self.nkey_file,
            &self.credentials_file,
        ];
        require(
            ways.iter().filter(|way| way.is_some()).count() <= 1,
            "credentials_file",
            "the only one of password_file, token_file, nkey_file and credentials_file",
        )?;
        require(
            self.cert_file.is_some() == self.key_file.is_some(),
            "cert_file",
            "given together with key_file",
        )?;
        Ok(self.timing(None).validate()?)
    }

    /// The rules' configuration, with the secret.
    ///
    /// # Errors
    /// When the secret's file cannot be read, or is too short or long.
    pub(super) fn cluster(&self) -> Result<ClusterConfig, BusConfigError> {
        let Some(path) = &self.secret_file else {
            return Ok(self.timing(None));
        };
        let field = "secret_file";
        let text = read_bytes(field, path)?;
        let secret = Secret::new(text.trim_ascii_end()).ok_or_else(|| BusConfigError::File {
            field,
            path: path.display().to_string(),
            problem: format!("a secret has {MIN_SECRET} to {MAX_SECRET} bytes"),
        })?;
        Ok(self.timing(Some(secret)))
    }

    fn timing(&self, secret: Option<Secret>) -> ClusterConfig {
        ClusterConfig {
            heartbeat: Duration::from_millis(self.heartbeat_ms),
            gone_after: Duration::from_millis(self.gone_after_ms),
            seek_timeout: Duration::from_millis(self.seek_timeout_ms),
            max_age: Duration::from_millis(self.max_age_ms),
            nodes: self.nodes,
            secret,
            ..ClusterConfig::default()
        }
    }
}

/// Reads a credential: text without the white space around it.
///
/// # Errors
/// When the file cannot be read, is over 64 KiB, empty, or not text.
pub(super) fn read_text(field: &'static str, path: &Path) -> Result<String, BusConfigError> {
    let text = String::from_utf8(read_bytes(field, path)?).unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Err(BusConfigError::File {
            field,
            path: path.display().to_string(),
            problem: "it is empty, or not text".to_owned(),
        });
    }
    Ok(text.to_owned())
}

fn read_bytes(field: &'static str, path: &Path) -> Result<Vec<u8>, BusConfigError> {
    bounded::read(path, MAX_FILE).map_err(|error| BusConfigError::File {
        field,
        path: path.display().to_string(),
        problem: error.to_string(),
    })
}

/// Whether this is `nats://` or `tls://`, and a host and port without user, path or query.
fn is_server(url: &str) -> bool {
    let rest = url.strip_prefix("nats://").or_else(|| url.strip_prefix("tls://"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    url.len() <= MAX_TEXT
        && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_plain))
        && url.parse::<async_nats::ServerAddr>().is_ok()
}

fn is_prefix(prefix: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_token = |token: &str| !token.is_empty() && token.bytes().all(is_plain);
    prefix.len() <= MAX_TEXT && prefix.split('.').all(is_token)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
