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
    let file = || Some(PathBuf::from("/x"));
    let defaults = BusConfig::default;
    let table = [
        (
            "nats",
            BusConfig {
                nats: vec!["http://a:1".into()],
                ..defaults()
            },
        ),
        (
            "nats",
            BusConfig {
                nats: vec!["nats://user:word@a:1".into()],
                ..defaults()
            },
        ),
        (
            "nats",
            BusConfig {
                nats: vec!["nats://".into()],
                ..defaults()
            },
        ),
        (
            "nats",
            BusConfig {
                nats: vec!["nats://a:99999".into()],
                ..defaults()
            },
        ),
        (
            "nats",
            BusConfig {
                nats: vec!["nats://a".into(); 17],
                ..defaults()
            },
        ),
        (
            "prefix",
            BusConfig {
                prefix: String::new(),
                ..defaults()
            },
        ),
        (
            "prefix",
            BusConfig {
                prefix: "a..b".into(),
                ..defaults()
            },
        ),
        (
            "prefix",
            BusConfig {
                prefix: "a.>".into(),
                ..defaults()
            },
        ),
        (
            "user",
            BusConfig {
                user: Some("a".into()),
                ..defaults()
            },
        ),
        (
            "user",
            BusConfig {
                password_file: file(),
                ..defaults()
            },
        ),
        (
            "credentials_file",
            BusConfig {
                token_file: file(),
                nkey_file: file(),
                ..defaults()
            },
        ),
        (
            "cert_file",
            BusConfig {
                key_file: file(),
                ..defaults()
            },
        ),
        (
            "heartbeat",
            BusConfig {
                heartbeat_ms: 1,
                ..defaults()
            },
        ),
        (
            "gone_after",
            BusConfig {
                gone_after_ms: 2_000,
                ..defaults()
            },
        ),
        (
            "nodes",
            BusConfig {
                nodes: 0,
                ..defaults()
            },
        ),
    ];
    for (field, config) in table {
        let line = config.validate().unwrap_err().to_string();
        assert!(line.starts_with(&format!("cluster.{field} must be ")), "{line}");
        assert_eq!(line.lines().count(), 1);
    }
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
