//! What of a newer file waits for the next start.

use std::collections::BTreeSet;

use super::Config;

/// The tables whose files are read anew while the server runs, with all that they say.
const READ_ANEW: [&str; 3] = ["door", "places", "tls"];

impl Config {
    /// The settings that take effect at a start only, and differ in `newer`: all but those of files that are read anew.
    pub fn needing_restart(&self, newer: &Self) -> Vec<String> {
        let table = |config: &Self| toml::Table::try_from(config).unwrap_or_default();
        let (old, new) = (table(self), table(newer));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let differs =
            |name: &&&String| !READ_ANEW.contains(&name.as_str()) && old.get(**name) != new.get(**name);
        names.iter().filter(differs).map(|name| (*name).clone()).collect()
    }
}
