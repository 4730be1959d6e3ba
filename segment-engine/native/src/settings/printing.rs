//! The settings as TOML, for `--print-config`: those that a start would use, and those that are not set as comments.

use super::Settings;

/// Settings without a value of their own, as they may be written.
const WITHOUT: [(&str, &str); 13] = [
    ("signaling", "\"wss://signal.example/v1/ws\""),
    ("token_file", "\"/etc/fugitive/token\""),
    ("pop", "\"FRA\""),
    ("origin_headers", "[\"X-Key=env:ORIGIN_KEY\"]"),
    ("origin_query", "[\"token=file:/etc/fugitive/origin-token\"]"),
    ("upload_mbit", "800"),
    ("peer_upload_mbit", "20"),
    ("cache_dir", "\"/var/cache/fugitive-seeder\""),
    ("cache_mib", "10240"),
    ("udp_ports", "\"40000-40999\""),
    ("interfaces", "[\"eth0\"]"),
    ("public_addresses", "[\"203.0.113.7\"]"),
    ("http", "\"127.0.0.1:8042\""),
];

impl Settings {
    /// All settings as TOML; those that are not set, with an example, behind a `#`.
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub(crate) fn printed(&self) -> Result<String, toml::ser::Error> {
        let text = toml::to_string(self)?;
        // They are of the whole process, and so stand before the streams.
        let (all, streams) = text.split_at(text.find("[[stream]]").unwrap_or(text.len()));
        let is_set = |name: &str| {
            let mut set = all.lines().filter_map(|line| line.split_once(" = "));
            set.any(|(set, _)| set == name)
        };
        let without = WITHOUT.iter().filter(|(name, _)| !is_set(name));
        let without: String = without
            .map(|(name, example)| format!("# {name} = {example}\n"))
            .collect();
        Ok(format!("{}\n{without}\n{streams}", all.trim_end()))
    }
}
