//! The settings as TOML, for `--print-config`: those that a start would use, and those that are not set as comments.

use service::settings::{self, Optional};

use super::Settings;

/// Settings without a value of their own. They are of the whole process, and so stand before the streams.
const OPTIONAL: [Optional; 15] = [
    optional("signaling", "\"wss://signal.example/v1/ws\""),
    optional("token_file", "\"/etc/fugitive/token\""),
    optional("pop", "\"FRA\""),
    optional(
        "accept_keys",
        "[\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]",
    ),
    optional("origin_headers", "[\"X-Key=env:ORIGIN_KEY\"]"),
    optional("origin_query", "[\"token=file:/etc/fugitive/origin-token\"]"),
    optional("upload_mbit", "800"),
    optional("peer_upload_mbit", "20"),
    optional("total_upload_mbit", "1000"),
    optional("cache_dir", "\"/var/cache/fugitive-seeder\""),
    optional("cache_mib", "10240"),
    optional("udp_ports", "\"40000-40999\""),
    optional("interfaces", "[\"eth0\"]"),
    optional("public_addresses", "[\"203.0.113.7\"]"),
    optional("http", "\"127.0.0.1:8042\""),
];

const fn optional(name: &'static str, example: &'static str) -> Optional {
    Optional {
        table: "",
        name,
        example,
    }
}

impl Settings {
    /// All settings as TOML; those that are not set, with an example, behind a `#`.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub(crate) fn printed(&self) -> Result<String, toml::ser::Error> {
        settings::print(self, &OPTIONAL)
    }
}
