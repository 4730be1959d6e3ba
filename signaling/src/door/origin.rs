//! The allow-list for the `Origin` header, by which a browser tells what page opens a connection.
//!
//! It keeps other people's pages out, not programs: those send what they like. So it is a second line behind tokens.

use std::str::FromStr;

use thiserror::Error;

/// The longest origin and the longest entry, in bytes: a host name has at most 253.
pub const MAX_ORIGIN: usize = 512;

/// An entry of the allow-list is no origin. Write it as in the message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the origin {entry:?} {problem}: write scheme://host or scheme://host:port, such as https://*.example.com"
)]
pub struct OriginError {
    /// The entry.
    pub entry: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Pages that may connect: `https://example.com`, `https://*.example.com` (any name below it, and not itself),
/// `http://localhost:*` (any port). Without a port it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginRule {
    scheme: String,
    host: HostRule,
    port: PortRule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostRule {
    Exact(String),
    /// A name with this end, from the dot on.
    Below(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PortRule {
    Any,
    /// This port. `None`: the scheme's default port, where this server does not know it.
    Exact(Option<u16>),
}

impl OriginRule {
    fn holds(&self, origin: &Origin) -> bool {
        let host = match &self.host {
            HostRule::Exact(host) => *host == origin.host,
            HostRule::Below(end) => origin.host.len() > end.len() && origin.host.ends_with(end.as_str()),
        };
        let port = match self.port {
            PortRule::Any => true,
            PortRule::Exact(port) => port == origin.port,
        };
        host && port && self.scheme == origin.scheme
    }
}

impl FromStr for OriginRule {
    type Err = OriginError;

    fn from_str(entry: &str) -> Result<Self, OriginError> {
        let refused = |problem| OriginError {
            entry: entry.chars().take(80).collect(),
            problem,
        };
        let parts = Parts::split(entry).map_err(refused)?;
        let port = match parts.port {
            Some("*") => PortRule::Any,
            Some(port) => PortRule::Exact(Some(parse_port(port).map_err(refused)?)),
            None => PortRule::Exact(own_port(&parts.scheme)),
        };
        let host = match parts.host.strip_prefix('*') {
            Some(end) => {
                let name = end
                    .strip_prefix('.')
                    .ok_or_else(|| refused("has a * that is not the whole first label"))?;
                check_host(name).map_err(refused)?;
                HostRule::Below(end.to_owned())
            }
            None => {
                check_host(&parts.host).map_err(refused)?;
                HostRule::Exact(parts.host)
            }
        };
        Ok(Self {
            scheme: parts.scheme,
            host,
            port,
        })
    }
}

/// Which requests may open a connection, going by their `Origin`.
#[derive(Debug, Clone)]
pub struct Origins {
    rules: Vec<OriginRule>,
    without: WithoutOrigin,
}

/// What happens to a request that has no `Origin`, as native clients send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutOrigin {
    /// It is served.
    Allowed,
    /// It is refused.
    Refused,
}

impl Origins {
    /// Takes the list; an empty one allows every page.
    ///
    /// # Errors
    /// Names the first entry that is no origin.
    pub fn new(entries: &[String], without: WithoutOrigin) -> Result<Self, OriginError> {
        let rules = entries
            .iter()
            .map(|entry| entry.parse())
            .collect::<Result<_, _>>()?;
        Ok(Self { rules, without })
    }

    /// Tells whether a request with this `Origin` may connect.
    pub fn allows(&self, origin: Option<&str>) -> bool {
        let Some(origin) = origin else {
            return self.without == WithoutOrigin::Allowed;
        };
        if self.rules.is_empty() {
            return true;
        }
        // A page without an origin of its own says "null", which is none.
        Origin::parse(origin).is_some_and(|origin| self.rules.iter().any(|rule| rule.holds(&origin)))
    }
}

struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let parts = Parts::split(text).ok()?;
        check_host(&parts.host).ok()?;
        let port = match parts.port {
            Some(port) => Some(parse_port(port).ok()?),
            None => own_port(&parts.scheme),
        };
        Some(Self {
            scheme: parts.scheme,
            host: parts.host,
            port,
        })
    }
}

/// An origin taken apart, in lower case (RFC 6454, section 6.2).
struct Parts<'a> {
    scheme: String,
    host: String,
    port: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, &'static str> {
        if text.len() > MAX_ORIGIN {
            return Err("is too long");
        }
        let (scheme, rest) = text.split_once("://").ok_or("has no scheme")?;
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.bytes().all(letters) {
            return Err("has a scheme that is none");
        }
        if rest.contains(['/', '?', '#', '@']) {
            return Err("has more than scheme, host and port");
        }
        // The colons of an IPv6 address are within brackets.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            Some(_) | None => (rest, None),
        };
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').ok_or("has a [ without a ]")?;
        let address = address.parse::<std::net::Ipv6Addr>();
        return address
            .map(|_| ())
            .map_err(|_| "has an IPv6 address that is none");
    }
    if !host.is_ascii() {
        return Err("has a host with letters beyond ASCII, which browsers send as xn--");
    }
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let label = |label: &str| !label.is_empty() && label.bytes().all(letters);
    if host.split('.').all(label) {
        Ok(())
    } else {
        Err("has a host that is none")
    }
}

fn parse_port(port: &str) -> Result<u16, &'static str> {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse()
        .ok()
        .filter(|port| digits && *port > 0)
        .ok_or("has a port that is none")
}

fn own_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
