//! The door as a whole: files, tokens, origins and TURN together; and a place for the files of its parts' tests.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use signaling_proto::message::Role;

use super::*;

pub(super) const NOW: u64 = 1_700_000_000;
pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(super) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

#[test]
fn an_open_door_lets_in_without_a_token_but_not_with_a_bad_one() {
    let door = Door::open(&DoorConfig::default()).unwrap();
    assert_eq!(door.admit(None, "show", HERE, NOW), Ok(None));
    let scratch = Scratch::new();
    let token = scratch.signing("a").mint(&grant(), NOW).unwrap();
    assert_eq!(
        door.admit(Some(&token), "show", HERE, NOW),
        Err(Refusal::Token(TokenError::UnknownKey))
    );
}

#[test]
fn a_door_that_requires_a_token_tells_so() {
    let scratch = Scratch::new();
    let door = Door::open(&scratch.config()).unwrap();
    let refusal = door.admit(None, "show", HERE, NOW).unwrap_err();
    assert_eq!(refusal, Refusal::NoToken);
    assert_eq!(refusal.reason(), "no_token");
    let refusal = door.admit(Some("x"), "show", HERE, NOW).unwrap_err();
    assert_eq!(
        (refusal.to_string().as_str(), refusal.reason()),
        ("the token is no JSON Web Token of this service", "malformed")
    );
}

#[test]
fn a_door_that_requires_a_token_lets_in_with_one() {
    let scratch = Scratch::new();
    let door = Door::open(&scratch.config()).unwrap();
    let token = scratch.signing("a").mint(&grant(), NOW).unwrap();
    let ticket = door.admit(Some(&token), "show", HERE, NOW).unwrap().unwrap();
    assert_eq!(
        ticket,
        Ticket {
            id: "viewer-1".into(),
            connections: 1,
            expires: NOW + 300,
            role: Role::Viewer,
        }
    );
}

#[test]
fn a_tokens_longest_time_is_that_of_the_configuration() {
    let scratch = Scratch::new();
    let mut config = scratch.config();
    config.max_lifetime_s = 60;
    let door = Door::open(&config).unwrap();
    let token = scratch.signing("a").mint(&grant(), NOW).unwrap();
    assert_eq!(
        door.admit(Some(&token), "show", HERE, NOW),
        Err(Refusal::Token(TokenError::LastsTooLong))
    );
}

#[test]
fn origins_are_those_of_the_configuration() {
    let config = DoorConfig {
        origins: vec!["https://example.com".into()],
        allow_no_origin: false,
        ..DoorConfig::default()
    };
    let door = Door::open(&config).unwrap();
    assert!(door.allows_origin(Some("https://example.com")));
    assert!(!door.allows_origin(Some("https://example.org")));
    assert!(!door.allows_origin(None));
    let door = Door::open(&DoorConfig::default()).unwrap();
    assert!(door.allows_origin(None) && door.allows_origin(Some("https://example.org")));
}

#[test]
fn turn_credentials_are_issued_where_servers_are_configured() {
    let door = Door::open(&DoorConfig::default()).unwrap();
    assert_eq!(door.turn(NOW, "a"), None);
    let scratch = Scratch::new();
    let config = DoorConfig {
        turn: TurnConfig {
            urls: vec!["turn:turn.example:3478".into()],
            secret_file: Some(scratch.write("turn", "sixteen bytes ok\n")),
            lifetime_s: 600,
        },
        ..DoorConfig::default()
    };
    let server = Door::open(&config).unwrap().turn(NOW, "a").unwrap();
    assert_eq!(server.urls, ["turn:turn.example:3478"]);
    assert_eq!(server.username.as_deref(), Some("1700000600:a"));
}

#[test]
fn files_that_are_missing_keep_the_door_shut() {
    let scratch = Scratch::new();
    let mut config = scratch.config();
    config.keys[0].file = "/nonexistent/key".into();
    let error = Door::open(&config).unwrap_err().to_string();
    assert!(
        error.starts_with("door.keys: cannot read the key /nonexistent/key: "),
        "{error}"
    );
    let config = DoorConfig {
        turn: TurnConfig {
            urls: vec!["turn:a".into()],
            secret_file: Some("/nonexistent/turn".into()),
            ..TurnConfig::default()
        },
        ..DoorConfig::default()
    };
    let error = Door::open(&config).unwrap_err().to_string();
    assert!(
        error.starts_with("door.turn: cannot read the TURN secret /nonexistent/turn: "),
        "{error}"
    );
}

#[test]
fn a_configuration_that_cannot_stand_keeps_the_door_shut() {
    let config = DoorConfig {
        require_token: true,
        ..DoorConfig::default()
    };
    let error = Door::open(&config).unwrap_err();
    assert!(
        matches!(error, DoorError::Config(DoorConfigError::NoKeys)),
        "{error}"
    );
}

#[test]
fn secrets_are_not_in_debug_output() {
    let scratch = Scratch::new();
    let mut config = scratch.config();
    config.turn.urls = vec!["turn:a".into()];
    config.turn.secret_file = Some(scratch.write("turn", SECRET));
    let shown = format!("{:?} {:?}", Door::open(&config).unwrap(), scratch.signing("a"));
    let bytes = format!("{:?}", SECRET.as_bytes());
    assert!(
        !shown.contains(SECRET) && !shown.contains(bytes.trim_matches(['[', ']'])),
        "{shown}"
    );
}

/// Lets viewer-1 into `show` for five minutes.
pub(super) fn grant() -> Grant {
    Grant {
        scope: Scope::Swarm("show".into()),
        id: "viewer-1".into(),
        expires: NOW + 300,
        not_before: None,
        connections: 1,
        network: None,
        role: Role::Viewer,
    }
}

/// A directory for the files of one test.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("signaling-door-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The HS256 key of [`SECRET`] for minting.
    pub(super) fn signing(&self, id: &str) -> SigningKey {
        let path = self.write("secret", SECRET);
        SigningKey::read(&path, Some(Algorithm::Hs256), Some(id)).unwrap()
    }

    /// A fresh EdDSA key for minting, and for verifying from the public file.
    pub(super) fn ed25519(&self, id: &str) -> (SigningKey, VerifyingKey) {
        let path = self.path(id);
        write_fresh_key(&path, Algorithm::EdDsa).unwrap();
        let public = self.path(&format!("{id}.pub"));
        (
            SigningKey::read(&path, None, Some(id)).unwrap(),
            VerifyingKey::read(&public, Algorithm::EdDsa, id).unwrap(),
        )
    }

    /// Requires a token of the key of [`SECRET`], whose id is `a`.
    fn config(&self) -> DoorConfig {
        DoorConfig {
            require_token: true,
            keys: vec![KeyConfig {
                id: "a".into(),
                algorithm: Algorithm::Hs256,
                file: self.write("secret", SECRET),
            }],
            ..DoorConfig::default()
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left lies in the system's directory for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}
