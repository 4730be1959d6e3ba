//! The settings of a newer file that wait for the next start.

use std::collections::BTreeSet;

use super::Config;

/// The tables that are read anew while the server runs, with their files. So is a certificate, where there is one, and who
/// of the viewers takes part.
const READ_ANEW: [&str; 2] = ["door", "places"];

impl Config {
    /// The settings that differ in `newer` and take effect only at a start: all but those that are read anew; also
    /// `tls`, where only one of the two has a certificate, and `policy` for what viewers are told.
    pub fn needing_restart(&self, newer: &Self) -> Vec<String> {
        let table = |config: &Self| toml::Table::try_from(config).unwrap_or_default();
        let (old, new) = (table(self), table(newer));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let speaks_tls = |config: &Self| config.tls.cert_file.is_some();
        let differs = |name: &&&String| match name.as_str() {
            "tls" => speaks_tls(self) != speaks_tls(newer),
            "policy" => self.policy.told() != newer.policy.told(),
            other => !READ_ANEW.contains(&other) && old.get(other) != new.get(other),
        };
        names.iter().filter(differs).map(|name| (*name).clone()).collect()
    }
}
