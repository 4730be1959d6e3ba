//! The settings as TOML, for `--print-config`: what a start would use, and settings that are not set as comments.

use super::Config;

/// A table, a setting in it that may be without a value, and an example of one.
type Without = (&'static str, &'static str, &'static str);

/// All such settings; those in no table have an empty name for it.
const WITHOUT: [Without; 20] = [
    ("", "address_header", "\"x-forwarded-for\""),
    ("", "candidates", "\"public\""),
    (
        "",
        "signer",
        "\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"",
    ),
    ("tls", "cert_file", "\"/etc/fugitive/cert.pem\""),
    ("tls", "key_file", "\"/etc/fugitive/key.pem\""),
    ("policy", "min_peers", "4"),
    ("policy", "max_peers", "16"),
    ("places", "asn_database", "\"/var/lib/geo/asn.mmdb\""),
    ("places", "country_database", "\"/var/lib/geo/country.mmdb\""),
    ("places", "sites_file", "\"/etc/fugitive/sites.txt\""),
    ("cluster", "user", "\"signaling\""),
    ("cluster", "password_file", "\"/etc/fugitive/nats-password\""),
    ("cluster", "token_file", "\"/etc/fugitive/nats-token\""),
    ("cluster", "nkey_file", "\"/etc/fugitive/nats.nk\""),
    ("cluster", "credentials_file", "\"/etc/fugitive/nats.creds\""),
    ("cluster", "ca_file", "\"/etc/fugitive/nats-ca.pem\""),
    ("cluster", "cert_file", "\"/etc/fugitive/nats-cert.pem\""),
    ("cluster", "key_file", "\"/etc/fugitive/nats-key.pem\""),
    ("cluster", "secret_file", "\"/etc/fugitive/cluster-secret\""),
    ("door.turn", "secret_file", "\"/etc/fugitive/turn-secret\""),
];

impl Config {
    /// All settings as TOML; those that are not set, with an example, behind a `#` at the end of their table.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn printed(&self) -> Result<String, toml::ser::Error> {
        let text = toml::to_string(self)?;
        let mut tables = vec![("", String::new())];
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                tables.push((name, String::new()));
            }
            if let Some((_, told)) = tables.last_mut() {
                told.push_str(&format!("{line}\n"));
            }
        }
        for (name, told) in &mut tables {
            let is_set = |setting: &str| {
                let mut set = told.lines().filter_map(|line| line.split_once(" = "));
                set.any(|(set, _)| set == setting)
            };
            let without = WITHOUT
                .iter()
                .filter(|(table, setting, _)| table == name && !is_set(setting));
            let without: String = without
                .map(|(_, setting, example)| format!("# {setting} = {example}\n"))
                .collect();
            told.push_str(&without);
        }
        let tables: Vec<String> = tables.into_iter().map(|(_, told)| told).collect();
        Ok(tables.join("\n"))
    }
}

#[cfg(test)]
mod tests;
