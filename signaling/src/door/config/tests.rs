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
    let base = DoorConfig::default;
    let keys = |ids: &[&str]| DoorConfig {
        keys: ids.iter().map(|id| key(id, Algorithm::Hs256, "a")).collect(),
        ..base()
    };
    let turn = |urls: &[&str], secret_file: Option<&str>, lifetime_s| DoorConfig {
        turn: TurnConfig {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            secret_file: secret_file.map(PathBuf::from),
            lifetime_s,
        },
        ..base()
    };
    let many: Vec<_> = (0..17).map(|index| index.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let long_id = "a".repeat(65);
    let long_url = format!("turn:{}", "a".repeat(MAX_TURN_URL));
    let id = "the id of a key in door.keys must be 1 to 64 printable";
    let urls = "door.turn.urls must be at most 8 turn: or turns: URLs";
    let cases = [
        (
            DoorConfig {
                require_token: true,
                ..base()
            },
            "door.require_token needs a key",
        ),
        (keys(&["a", "b", "a"]), "door.keys has two keys of the id \"a\""),
        (keys(&many), "door.keys must be at most 16 keys"),
        (keys(&[""]), id),
        (keys(&["a b"]), id),
        (keys(&[&long_id]), id),
        (
            DoorConfig {
                origins: vec!["example.com".into()],
                ..base()
            },
            "door.origins: the origin \"example.com\" has no scheme",
        ),
        (
            DoorConfig {
                origins: vec!["https://a".into(); 257],
                ..base()
            },
            "door.origins must be at most 256 entries",
        ),
        (
            DoorConfig {
                max_lifetime_s: 59,
                ..base()
            },
            "door.max_lifetime_s must be 60 to 2592000",
        ),
        (
            DoorConfig {
                max_lifetime_s: 2_592_001,
                ..base()
            },
            "door.max_lifetime_s must be 60 to 2592000",
        ),
        (
            turn(&["turn:a"], None, 60),
            "door.turn.urls needs door.turn.secret_file",
        ),
        (
            turn(&[], Some("a"), 60),
            "door.turn.secret_file needs door.turn.urls",
        ),
        (
            turn(&["turn:a"], Some("a"), 59),
            "door.turn.lifetime_s must be 60 to 2592000",
        ),
        (turn(&["stun:a"], Some("a"), 60), urls),
        (turn(&["turn:"], Some("a"), 60), urls),
        (turn(&["turn:a b"], Some("a"), 60), urls),
        (turn(&[&long_url], Some("a"), 60), urls),
        (turn(&["turn:a"; 9], Some("a"), 60), urls),
    ];
    for (config, expected) in cases {
        let line = config.validate().unwrap_err().to_string();
        assert!(line.starts_with(expected), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    assert_eq!(keys(&many[..16]).validate(), Ok(()));
    assert_eq!(turn(&["turn:a"; 8], Some("a"), 2_592_000).validate(), Ok(()));
}

fn key(id: &str, algorithm: Algorithm, file: &str) -> KeyConfig {
    KeyConfig {
        id: id.into(),
        algorithm,
        file: file.into(),
    }
}
