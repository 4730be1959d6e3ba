//! The host's addresses that connections use: those that were given, and those that a wildcard stands for at the
//! moment.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use rtc::shared::ifaces::ifaces;

/// One address of one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) ip: IpAddr,
}

/// The addresses and interfaces that were asked for.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// To be bound, wildcards among them.
    pub(super) addresses: Vec<SocketAddr>,
    /// Names and addresses that a wildcard is to stand for; all but loopback where there are none.
    pub(super) interfaces: Vec<String>,
}

/// Lists the addresses of the host's interfaces.
pub(super) fn interfaces() -> io::Result<Vec<Interface>> {
    let all = ifaces()?.into_iter();
    Ok(all
        .filter_map(|interface| {
            Some(Interface {
                ip: interface.addr?.ip(),
                name: interface.name,
            })
        })
        .collect())
}

impl Places {
    /// The addresses of the host that are meant now: interfaces come and go.
    ///
    /// # Errors
    /// When the system does not list its interfaces.
    pub(super) fn now(&self) -> io::Result<Vec<IpAddr>> {
        let is_wildcard = |address: &SocketAddr| address.ip().is_unspecified();
        let host = if self.addresses.iter().any(is_wildcard) {
            interfaces()?
        } else {
            Vec::new()
        };
        Ok(self.among(&host))
    }

    /// The addresses that are meant among those of `host`.
    pub(super) fn among(&self, host: &[Interface]) -> Vec<IpAddr> {
        let mut meant = Vec::new();
        let mut add = |ip| {
            if !meant.contains(&ip) {
                meant.push(ip);
            }
        };
        for address in &self.addresses {
            if !address.ip().is_unspecified() {
                add(address.ip());
                continue;
            }
            // `[::]` stands for both families.
            let same_family = |ip: IpAddr| address.is_ipv6() || ip.is_ipv4();
            let chosen = host.iter().filter(|interface| self.is_chosen(interface));
            chosen
                .map(|interface| interface.ip)
                .filter(|ip| same_family(*ip))
                .for_each(&mut add);
        }
        meant
    }

    /// The first of the interfaces that were named which `host` does not have.
    pub(super) fn missing(&self, host: &[Interface]) -> Option<&str> {
        let is_there = |name: &&String| host.iter().any(|interface| is_named(interface, name));
        self.interfaces
            .iter()
            .find(|name| !is_there(name))
            .map(String::as_str)
    }

    fn is_chosen(&self, interface: &Interface) -> bool {
        if interface.ip.is_unspecified() || is_link_local(interface.ip) {
            return false;
        }
        if self.interfaces.is_empty() {
            return !interface.ip.is_loopback();
        }
        self.interfaces.iter().any(|name| is_named(interface, name))
    }
}

fn is_named(interface: &Interface, name: &str) -> bool {
    interface.name == name || name.parse() == Ok(interface.ip)
}

/// Without its interface such an address means nothing to a peer, and a candidate has no place for it.
fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => Ipv6Addr::is_unicast_link_local(&ip),
    }
}

#[cfg(test)]
mod tests;
