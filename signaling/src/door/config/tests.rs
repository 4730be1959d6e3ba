//! Which configurations stand.

use super::*;

#[test]
fn an_empty_table_is_the_default() {
    let config: DoorConfig = toml::from_str("").unwrap();
    assert_eq!(config, DoorConfig::default());
    assert_eq!(config.validate(), Ok(()));
}

#[test]
fn a_full_table_is_read_and_written() {
    let text = r#"
        require_token = true
        origins = ["https://example.com", "http://localhost:*"]
        allow_no_origin = false
        max_lifetime_s = 3600
        [[keys]]
        id = "2026-11"
        algorithm = "HS256"
        file = "tokens.key"
        [[keys]]
        id = "2026-12"
        algorithm = "EdDSA"
        file = "/etc/fugitive/tokens.pem.pub"
        [turn]
        urls = ["turn:turn.example:3478", "turns:turn.example"]
        secret_file = "turn.secret"
        lifetime_s = 600
    "#;
    let config: DoorConfig = toml::from_str(text).unwrap();
    let expected = DoorConfig {
        require_token: true,
        origins: vec!["https://example.com".into(), "http://localhost:*".into()],
        allow_no_origin: false,
        max_lifetime_s: 3600,
        keys: vec![
            key("2026-11", Algorithm::Hs256, "tokens.key"),
            key("2026-12", Algorithm::EdDsa, "/etc/fugitive/tokens.pem.pub"),
        ],
        turn: TurnConfig {
            urls: vec!["turn:turn.example:3478".into(), "turns:turn.example".into()],
            secret_file: Some("turn.secret".into()),
            lifetime_s: 600,
        },
    };
    assert_eq!(config, expected);
    assert_eq!(config.validate(), Ok(()));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(
        toml::from_str::<DoorConfig>(&written).unwrap(),
        config,
        "{written}"
    );
}

#[test]
fn unknown_names_are_refused() {
    for text in [
        "require_tokens = true",
        "[turn]\nurl = \"turn:a\"",
        "[[keys]]\nid = \"a\"\nalgorithm = \"none\"\nfile = \"a\"",
        "[[keys]]\nid = \"a\"\nalgorithm = \"RS256\"\nfile = \"a\"",
        "[[keys]]\nid = \"a\"\nfile = \"a\"",
        "[[keys]]\nid = \"a\"\nalgorithm = \"HS256\"\nfile = \"a\"\nsecret = \"b\"",
    ] {
        assert!(toml::from_str::<DoorConfig>(text).is_err(), "{text}");
    }
}

#[test]
fn each_mistake_is_told_in_one_line() {
    let many: Vec<_> = (0..17).map(|index| index.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let id = "the id of a key in door.keys must be 1 to 64 printable";
    let base = DoorConfig::default;
    refuses(keys(&["a", "b", "a"]), "door.keys has two keys of the id \"a\"");
    refuses(keys(&many), "door.keys must be at most 16 keys");
    for wrong in ["", "a b", "ü", &"a".repeat(65)] {
        refuses(keys(&[wrong]), id);
    }
    let required = DoorConfig {
        require_token: true,
        ..base()
    };
    refuses(required, "door.require_token needs a key");
    let origins = |origins| DoorConfig { origins, ..base() };
    refuses(
        origins(vec!["example.com".into()]),
        "door.origins: the origin \"example.com\" has no scheme",
    );
    refuses(
        origins(vec!["https://a".into(); 257]),
        "door.origins must be at most 256 entries",
    );
    for max_lifetime_s in [0, 59, 2_592_001] {
        let config = DoorConfig {
            max_lifetime_s,
            ..base()
        };
        refuses(config, "door.max_lifetime_s must be 60 to 2592000");
    }
    assert_eq!(keys(&many[..16]).validate(), Ok(()));
}

#[test]
fn each_mistake_about_turn_is_told_in_one_line() {
    let long = format!("turn:{}", "a".repeat(MAX_TURN_URL));
    let secret = Some("a");
    refuses(
        turn(&["turn:a"], None, 60),
        "door.turn.urls needs door.turn.secret_file",
    );
    refuses(
        turn(&[], secret, 60),
        "door.turn.secret_file needs door.turn.urls",
    );
    for lifetime_s in [0, 59, 2_592_001] {
        let config = turn(&["turn:a"], secret, lifetime_s);
        refuses(config, "door.turn.lifetime_s must be 60 to 2592000");
    }
    for wrong in [
        &["stun:a"][..],
        &["turn:"],
        &["turn:a b"],
        &[&long],
        &["turn:a"; 9],
    ] {
        refuses(
            turn(wrong, secret, 60),
            "door.turn.urls must be at most 8 turn: or turns: URLs",
        );
    }
    assert_eq!(turn(&["turns:a"; 8], secret, 2_592_000).validate(), Ok(()));
}

#[expect(clippy::needless_pass_by_value, reason = "each case is made for it")]
fn refuses(config: DoorConfig, expected: &str) {
    let line = config.validate().unwrap_err().to_string();
    assert!(line.starts_with(expected), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

fn keys(ids: &[&str]) -> DoorConfig {
    DoorConfig {
        keys: ids.iter().map(|id| key(id, Algorithm::Hs256, "a")).collect(),
        ..DoorConfig::default()
    }
}

fn turn(urls: &[&str], secret_file: Option<&str>, lifetime_s: u64) -> DoorConfig {
    let turn = TurnConfig {
        urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        secret_file: secret_file.map(PathBuf::from),
        lifetime_s,
    };
    DoorConfig {
        turn,
        ..DoorConfig::default()
    }
}

fn key(id: &str, algorithm: Algorithm, file: &str) -> KeyConfig {
    KeyConfig {
        id: id.into(),
        algorithm,
        file: file.into(),
    }
}
