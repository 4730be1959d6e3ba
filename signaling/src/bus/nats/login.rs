//! The login to NATS: the options of its client, from the configuration and the files that it names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::ConnectOptions;
use rustls::crypto::ring;

use crate::bus::config::{BusConfig, BusConfigError, read_text};

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How often NATS is asked whether it is there. After the second that is not answered the link is down.
const PING: Duration = Duration::from_secs(2);
/// How many packets wait in the client for its socket. More wait in the publisher's queue, from where they can be dropped.
const CLIENT_QUEUE: usize = 256;
/// How many packets of one subscription wait to be read.
const SUBSCRIPTION_QUEUE: usize = 2048;

/// Options for a client that reconnects for ever.
///
/// # Errors
/// When a file cannot be read, or holds no credentials.
pub(super) fn options(config: &BusConfig, name: &str) -> Result<ConnectOptions, BusConfigError> {
    let mut options = ConnectOptions::new()
        .name(name)
        .no_echo()
        .retry_on_initial_connect()
        .max_reconnects(None)
        // The time to reconnect is bounded by how many servers there are to try: those that the configuration names.
        .ignore_discovered_servers()
        .connection_timeout(CONNECT)
        .ping_interval(PING)
        .client_capacity(CLIENT_QUEUE)
        .subscription_capacity(SUBSCRIPTION_QUEUE);
    options = log_in(options, config)?;
    let is_secure = config.nats.iter().any(|url| url.starts_with("tls://"));
    if is_secure || config.ca_file.is_some() || config.cert_file.is_some() {
        // Fails where the embedding server has chosen one already, which is as well.
        let _ = ring::default_provider().install_default();
        options = options.require_tls(true);
    }
    if let Some(path) = &config.ca_file {
        options = options.add_root_certificates(readable("ca_file", path)?);
    }
    if let (Some(cert), Some(key)) = (&config.cert_file, &config.key_file) {
        options = options.add_client_certificate(readable("cert_file", cert)?, readable("key_file", key)?);
    }
    Ok(options)
}

fn log_in(options: ConnectOptions, config: &BusConfig) -> Result<ConnectOptions, BusConfigError> {
    if let (Some(user), Some(path)) = (&config.user, &config.password_file) {
        return Ok(options.user_and_password(user.clone(), read_text("password_file", path)?));
    }
    if let Some(path) = &config.token_file {
        return Ok(options.token(read_text("token_file", path)?));
    }
    if let Some(path) = &config.nkey_file {
        return Ok(options.nkey(read_text("nkey_file", path)?));
    }
    if let Some(path) = &config.credentials_file {
        let field = "credentials_file";
        let text = read_text(field, path)?;
        return options.credentials(&text).map_err(|error| BusConfigError::File {
            field,
            path: path.display().to_string(),
            problem: error.to_string(),
        });
    }
    Ok(options)
}

/// Whether a file that the client reads anew at each connect can be read: told at the start rather than in the log.
fn readable(field: &'static str, path: &Path) -> Result<PathBuf, BusConfigError> {
    read_text(field, path).map(|_| path.to_path_buf())
}
