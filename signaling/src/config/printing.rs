//! The settings as TOML, for `--print-config`: what a start would use, and settings that are not set as comments.

use service::settings::{self, Optional};

use super::Config;

/// All settings that may be without a value, those of no table first.
const OPTIONAL: [Optional; 20] = [
    optional("", "address_header", "\"x-forwarded-for\""),
    optional("", "candidates", "\"public\""),
    optional(
        "",
        "signer",
        "\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"",
    ),
    optional("tls", "cert_file", "\"/etc/fugitive/cert.pem\""),
    optional("tls", "key_file", "\"/etc/fugitive/key.pem\""),
    optional("policy", "min_peers", "4"),
    optional("policy", "max_peers", "16"),
    optional("places", "asn_database", "\"/var/lib/geo/asn.mmdb\""),
    optional("places", "country_database", "\"/var/lib/geo/country.mmdb\""),
    optional("places", "sites_file", "\"/etc/fugitive/sites.txt\""),
    optional("cluster", "user", "\"signaling\""),
    optional("cluster", "password_file", "\"/etc/fugitive/nats-password\""),
    optional("cluster", "token_file", "\"/etc/fugitive/nats-token\""),
    optional("cluster", "nkey_file", "\"/etc/fugitive/nats.nk\""),
    optional("cluster", "credentials_file", "\"/etc/fugitive/nats.creds\""),
    optional("cluster", "ca_file", "\"/etc/fugitive/nats-ca.pem\""),
    optional("cluster", "cert_file", "\"/etc/fugitive/nats-cert.pem\""),
    optional("cluster", "key_file", "\"/etc/fugitive/nats-key.pem\""),
    optional("cluster", "secret_file", "\"/etc/fugitive/cluster-secret\""),
    optional("door.turn", "secret_file", "\"/etc/fugitive/turn-secret\""),
];

const fn optional(table: &'static str, name: &'static str, example: &'static str) -> Optional {
    Optional { table, name, example }
}

impl Config {
    /// All settings as TOML; those that are not set, with an example, behind a `#` at the end of their table.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn printed(&self) -> Result<String, toml::ser::Error> {
        settings::print(self, &OPTIONAL)
    }
}

#[cfg(test)]
mod tests;
