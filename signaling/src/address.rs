//! Where a client comes from: its TCP connection, or what a trusted proxy says.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};

/// Finds a client's address. `None` where the embedding server passes no [`ConnectInfo`], or where the proxy
/// that was promised does not tell it.
pub(crate) fn client_address(
    header: Option<&HeaderName>,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Option<IpAddr> {
    let Some(header) = header else {
        return extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
    };
    // A proxy appends what it saw: only the last entry is its own word.
    let last = headers.get_all(header).iter().next_back()?.to_str().ok()?;
    let entry = last.rsplit(',').next()?.trim();
    entry
        .parse()
        .ok()
        .or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests;
