//! The section `[cluster]`: what it takes, and what it says where it does not.

use std::path::PathBuf;

use super::{BusConfig, BusConfigError};

#[test]
fn the_defaults_are_a_server_that_is_alone() {
    let config: BusConfig = toml::from_str("").unwrap();
    assert_eq!(config, BusConfig::default());
    assert!(config.validate().is_ok());
    assert!(config.nats.is_empty());
}

#[test]
fn what_is_printed_is_read_back() {
    let config = BusConfig {
        nats: vec!["tls://[::1]:4222".into(), "nats://a.example".into()],
        user: Some("signaling".into()),
        password_file: Some("/run/secrets/nats".into()),
        ..BusConfig::default()
    };
    config.validate().unwrap();
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<BusConfig>(&text).unwrap(), config);
}

#[test]
fn an_unknown_key_is_refused() {
    assert!(toml::from_str::<BusConfig>("natz = []").is_err());
}

#[test]
fn says_in_one_line_what_to_mend() {
    for servers in [
        &["http://a:1"][..],
        &["nats://user:word@a:1"],
        &["nats://"],
        &["nats://a:99999"],
        &["nats://a"; 17],
    ] {
        let nats = servers.iter().map(|url| (*url).to_owned()).collect();
        refuses("nats", |config| config.nats = nats);
    }
    for prefix in ["", "a..b", "a.>", "a b"] {
        refuses("prefix", |config| config.prefix = prefix.to_owned());
    }
    let file = || Some(PathBuf::from("/x"));
    refuses("user", |config| config.user = Some("a".into()));
    refuses("user", |config| config.password_file = file());
    refuses("credentials_file", |config| {
        config.token_file = file();
        config.nkey_file = file();
    });
    refuses("cert_file", |config| config.key_file = file());
    refuses("heartbeat", |config| config.heartbeat_ms = 1);
    refuses("gone_after", |config| config.gone_after_ms = 2_000);
    refuses("nodes", |config| config.nodes = 0);
}

/// A configuration that was changed so is refused for this field.
fn refuses(field: &str, change: impl FnOnce(&mut BusConfig)) {
    let mut config = BusConfig::default();
    change(&mut config);
    let line = config.validate().unwrap_err().to_string();
    assert!(line.starts_with(&format!("cluster.{field} must be ")), "{line}");
    assert_eq!(line.lines().count(), 1);
}

#[test]
fn a_secret_is_read_from_its_file_without_the_newline_at_its_end() {
    let dir = std::env::temp_dir().join(format!("fugitive-secret-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("secret");
    let config = BusConfig {
        secret_file: Some(path.clone()),
        ..BusConfig::default()
    };
    let missing = config.cluster().unwrap_err();
    std::fs::write(&path, "fifteen bytes..\n").unwrap();
    let short = config.cluster().unwrap_err();
    std::fs::write(&path, "sixteen bytes...\n").unwrap();
    let secret = config.cluster().unwrap().secret;
    std::fs::remove_dir_all(&dir).unwrap();
    for error in [missing, short] {
        assert!(
            matches!(
                error,
                BusConfigError::File {
                    field: "secret_file",
                    ..
                }
            ),
            "{error}"
        );
    }
    assert!(secret.is_some());
}
