//! Where an address is: in a site of the operator's, and in the network and country that a MaxMind database tells.
//!
//! All of it is optional, and only decides who is introduced to whom first. No database comes with this program.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use maxminddb::Reader;
use serde::{Deserialize, Serialize};
use service::bounded;
use thiserror::Error;

/// The largest database, in bytes. Those that are sold have some hundred MB.
const MAX_DATABASE: u64 = 1 << 30;
/// The largest file of sites, in bytes: some 300 for each network that there may be.
const MAX_SITES: u64 = 32 << 20;
/// The most networks of sites.
const MAX_NETWORKS: usize = 100_000;

/// The files to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlacesConfig {
    /// A `.mmdb` file with `autonomous_system_number`, such as GeoLite2-ASN or DB-IP's ASN Lite. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn_database: Option<PathBuf>,
    /// A `.mmdb` file with `country.iso_code`, such as GeoLite2-Country, -City or DB-IP's Country Lite. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_database: Option<PathBuf>,
    /// A text file with the operator's own sites: on each line a network and a site's name, as in
    /// `10.1.0.0/16 berlin`; `#` begins a comment. A site may have several networks; of two that hold an address the
    /// longer prefix counts. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sites_file: Option<PathBuf>,
}

/// A file of places cannot be used. Correct it, or leave it out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlacesError {
    /// It cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// The reason.
        error: std::io::Error,
    },
    /// It is no MaxMind database.
    #[error("{path} is no MaxMind database: {error}")]
    Database {
        /// The file.
        path: String,
        /// The reason.
        error: maxminddb::MaxMindDbError,
    },
    /// A line of the file of sites is not a network and a name.
    #[error("{path}:{line}: a line is a network and a name, as in 10.1.0.0/16 berlin")]
    Site {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// There are too many sites.
    #[error("{path} has more than {MAX_NETWORKS} networks")]
    TooMany {
        /// The file.
        path: String,
    },
}

/// What is known of an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The number of its site, in the order of their names.
    pub(crate) site: Option<u32>,
    /// The number of its autonomous system.
    pub(crate) asn: Option<u32>,
    /// Its country (ISO 3166-1 alpha-2).
    pub(crate) country: Option<[u8; 2]>,
}

/// The files' contents.
#[derive(Debug, Default)]
pub(crate) struct Places {
    asn: Option<Reader<Vec<u8>>>,
    country: Option<Reader<Vec<u8>>>,
    /// Longest prefixes first.
    sites: Vec<(IpNet, u32)>,
}

#[derive(Deserialize)]
struct AsnRecord {
    autonomous_system_number: Option<u32>,
}

#[derive(Deserialize)]
struct CountryRecord<'a> {
    #[serde(borrow)]
    country: Option<Country<'a>>,
}

#[derive(Deserialize)]
struct Country<'a> {
    iso_code: Option<&'a str>,
}

impl Places {
    /// Reads the files.
    pub(crate) fn open(config: &PlacesConfig) -> Result<Self, PlacesError> {
        let database = |path: &Option<PathBuf>| path.as_deref().map(database).transpose();
        Ok(Self {
            asn: database(&config.asn_database)?,
            country: database(&config.country_database)?,
            sites: config
                .sites_file
                .as_deref()
                .map_or_else(|| Ok(Vec::new()), sites)?,
        })
    }

    /// Looks an address up: some microseconds.
    pub(crate) fn find(&self, address: IpAddr) -> Found {
        let address = address.to_canonical();
        let site = self.sites.iter().find(|(network, _)| network.contains(&address));
        Found {
            site: site.map(|(_, site)| *site),
            asn: self.asn.as_ref().and_then(|asn| find_asn(asn, address)),
            country: self
                .country
                .as_ref()
                .and_then(|country| find_country(country, address)),
        }
    }
}

/// The autonomous system of an address; none where the record is damaged.
fn find_asn(reader: &Reader<Vec<u8>>, address: IpAddr) -> Option<u32> {
    let record: Option<AsnRecord> = reader.lookup(address).ok()?.decode().ok()?;
    record?.autonomous_system_number
}

fn find_country(reader: &Reader<Vec<u8>>, address: IpAddr) -> Option<[u8; 2]> {
    let record: Option<CountryRecord<'_>> = reader.lookup(address).ok()?.decode().ok()?;
    record?.country?.iso_code?.as_bytes().try_into().ok()
}

fn database(path: &Path) -> Result<Reader<Vec<u8>>, PlacesError> {
    let name = path.display().to_string();
    let bytes = bounded::read(path, MAX_DATABASE).map_err(|error| PlacesError::Unreadable {
        path: name.clone(),
        error,
    })?;
    Reader::from_source(bytes).map_err(|error| PlacesError::Database { path: name, error })
}

fn sites(path: &Path) -> Result<Vec<(IpNet, u32)>, PlacesError> {
    let name = path.display().to_string();
    let text = bounded::read_text(path, MAX_SITES).map_err(|error| PlacesError::Unreadable {
        path: name.clone(),
        error,
    })?;
    let mut networks: Vec<(IpNet, &str)> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let site = site(text).ok_or_else(|| PlacesError::Site {
            path: name.clone(),
            line,
        })?;
        if networks.len() == MAX_NETWORKS {
            return Err(PlacesError::TooMany { path: name });
        }
        networks.push(site);
    }
    Ok(numbered(&networks))
}

fn site(line: &str) -> Option<(IpNet, &str)> {
    let (network, name) = line.split_once(char::is_whitespace)?;
    Some((network.parse().ok()?, name.trim()))
}

fn numbered(networks: &[(IpNet, &str)]) -> Vec<(IpNet, u32)> {
    let mut names: Vec<&str> = networks.iter().map(|(_, name)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let number = |name: &str| names.partition_point(|other| *other < name);
    let mut sites: Vec<(IpNet, u32)> = networks
        .iter()
        .map(|(network, name)| (*network, u32::try_from(number(name)).unwrap_or(u32::MAX)))
        .collect();
    sites.sort_by_key(|(network, _)| std::cmp::Reverse(network.prefix_len()));
    sites
}

#[cfg(test)]
mod tests;
