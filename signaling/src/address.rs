//! Where a client comes from: its TCP connection, or what a trusted proxy says.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

/// Which headers and proxies are believed about a client's address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies {
    /// The header in which proxies tell a client's address. None: the address of the TCP connection counts.
    pub(crate) header: Option<HeaderName>,
    /// The networks that proxies are in. Empty: whoever connects is one.
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
        // Each proxy tells who came to it. What is told before the first address that is no proxy's is not believed.
        while self.is_proxy(client) {
            match entries.next() {
                Some(entry) => client = entry?,
                None => break,
            }
        }
        Some(client)
    }

    /// Whether this is the address of a proxy that was named, which connects for many clients. Where none are named no
    /// address is: the limits of an address would hold for nobody.
    pub(crate) fn is_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.header.is_some() && self.trusted.iter().any(|network| network.contains(&address))
    }
}

/// The entries of a header, the last first; `None` for one that is no address.
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
