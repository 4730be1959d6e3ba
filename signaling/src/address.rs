//! Where a client comes from: its TCP connection, or what a trusted proxy says.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

/// Whose word about a client's address counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies {
    /// The header in which proxies tell it; none: the TCP connection counts.
    pub(crate) header: Option<HeaderName>,
    /// Where proxies are. Empty: whoever connects is one.
    pub(crate) trusted: Vec<IpNet>,
}

impl Proxies {
    /// Finds a client's address. `None` where the embedding server passes no [`ConnectInfo`], or where the proxy
    /// that was promised does not tell it.
    pub(crate) fn client_address(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let connected = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip().to_canonical());
        let Some(header) = &self.header else {
            return connected;
        };
        if self.trusted.is_empty() {
            // The proxy appends what it saw: only the last entry is its own word.
            return entries(header, headers).next()?;
        }
        let mut client = connected?;
        let mut entries = entries(header, headers);
        // Each proxy tells who came to it; the word of the first that is none counts no further.
        while self.is_proxy(client) {
            match entries.next() {
                Some(entry) => client = entry?,
                None => break,
            }
        }
        Some(client)
    }

    /// Whether this is the address of a proxy that was named, which connects for many clients. Without names none is: nobody
    /// would have the bounds of an address.
    pub(crate) fn is_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.header.is_some() && self.trusted.iter().any(|network| network.contains(&address))
    }
}

/// The entries of a header, the last first; none of one that is no address.
fn entries<'a>(header: &HeaderName, headers: &'a HeaderMap) -> impl Iterator<Item = Option<IpAddr>> + 'a {
    let values: Vec<_> = headers.get_all(header).iter().collect();
    let texts = values.into_iter().rev().flat_map(|value| {
        let text = value.to_str().unwrap_or("?");
        text.rsplit(',')
    });
    texts.map(|entry| address(entry.trim()))
}

fn address(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = entry.parse::<IpAddr>().ok().or_else(with_port)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests;
