//! Rewrites candidates (RFC 8839, section 5.1) where the stack does not know the address that peers should use: another
//! port on a shared socket or of a range, another address in front of a NAT.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use crate::network::runtime::Translation;

/// The positions of a candidate's fields, counted from 0.
const ADDRESS: usize = 4;
const PORT: usize = 5;
const KIND: usize = 7;

/// Writes candidates as peers are to see them.
#[derive(Debug, Default)]
pub(super) struct Rewriter {
    /// The addresses and ports that peers were told already: several addresses of the host may have one public address.
    told: BTreeSet<(String, String)>,
}

impl Rewriter {
    /// The candidates to tell peers in place of one of the stack's: for one of the host's own addresses, one for each
    /// public address.
    pub(super) fn rewrite(
        &mut self,
        candidate: &str,
        translation: &Translation,
        public: &[IpAddr],
    ) -> Vec<String> {
        let mut fields: Vec<String> = candidate.split_ascii_whitespace().map(str::to_owned).collect();
        let Some(address) = address(&fields, ADDRESS, PORT) else {
            return vec![candidate.to_owned()];
        };
        if fields.get(KIND).is_some_and(|kind| kind == "relay") {
            hide_related(&mut fields);
        } else {
            translate_related(&mut fields, translation);
        }
        if fields.get(KIND).is_none_or(|kind| kind != "host") {
            return vec![fields.join(" ")];
        }
        let address = translation.of(address);
        let same_family = public.iter().filter(|ip| ip.is_ipv4() == address.is_ipv4());
        let mut told: Vec<IpAddr> = same_family.copied().collect();
        if told.is_empty() {
            told.push(address.ip());
        }
        let mut written = Vec::new();
        for ip in told {
            fields[ADDRESS] = ip.to_string();
            fields[PORT] = address.port().to_string();
            if self.told.insert((fields[ADDRESS].clone(), fields[PORT].clone())) {
                written.push(fields.join(" "));
            }
        }
        written
    }
}

/// Hides the related address of a relayed candidate, in the form of RFC 8839, section 5.1: who is met over a relay alone is
/// not to be known by any other address, and no check needs it.
fn hide_related(fields: &mut [String]) {
    let Some((related, port)) = related(fields) else {
        return;
    };
    let is_ipv6 = fields.get(ADDRESS).is_some_and(|address| address.contains(':'));
    fields[related] = if is_ipv6 { "::" } else { "0.0.0.0" }.to_owned();
    "9".clone_into(&mut fields[port]);
}

/// The positions of the related address and its port.
fn related(fields: &[String]) -> Option<(usize, usize)> {
    let find = |name| fields.iter().position(|field| field == name);
    let (address, port) = (find("raddr")? + 1, find("rport")? + 1);
    (address.max(port) < fields.len()).then_some((address, port))
}

/// Translates the base address of a reflexive candidate, which the stack gives by its own name for it.
fn translate_related(fields: &mut [String], translation: &Translation) {
    let Some((related, port)) = related(fields) else {
        return;
    };
    if let Some(address) = address(fields, related, port) {
        fields[port] = translation.of(address).port().to_string();
    }
}

fn address(fields: &[String], ip: usize, port: usize) -> Option<SocketAddr> {
    Some(SocketAddr::new(
        fields.get(ip)?.parse().ok()?,
        fields.get(port)?.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests;
