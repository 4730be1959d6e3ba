//! `fugitive-signaling token` and `key`: what an operator makes with them lets viewers in.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{SystemTime, UNIX_EPOCH};

use signaling::Config;
use signaling::door::{Algorithm, Door, DoorConfig, KeyConfig, Refusal, Ticket, TokenError};
use signaling_proto::message::{IceServer, Role};

use crate::binary::run;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

#[test]
fn a_minted_token_lets_in_with_keys_of_either_algorithm() {
    let directory = directory("either");
    for (algorithm, name, verifying) in [
        (Algorithm::Hs256, "tokens.key", "tokens.key"),
        (Algorithm::EdDsa, "tokens.pem", "tokens.pem.pub"),
    ] {
        let key = directory.join(name);
        make_key(algorithm, &key);
        let token = mint(&["--key", text(&key), "--swarm", "show", "--id", "viewer-1"]);
        let door = door(algorithm, &directory.join(verifying));
        let ticket = door.admit(Some(&token), "show", HERE, now()).unwrap().unwrap();
        assert_eq!((ticket.id.as_str(), ticket.connections), ("viewer-1", 1));
        let left = ticket.expires - now();
        assert!((290..=300).contains(&left), "{left}");
        let elsewhere = door.admit(Some(&token), "other", HERE, now());
        assert_eq!(elsewhere, Err(Refusal::Token(TokenError::OtherSwarm)));
    }
}

#[test]
fn flags_of_a_token_end_up_in_it() {
    let directory = directory("flags");
    let key = directory.join("tokens.key");
    make_key(Algorithm::Hs256, &key);
    let door = door(Algorithm::Hs256, &key);
    let admit = |token: &str, swarm: &str, address: IpAddr| door.admit(Some(token), swarm, address, now());
    let token = mint(&[
        "--key",
        text(&key),
        "--key-id",
        "a",
        "--algorithm",
        "HS256",
        "--prefix",
        "acme/",
        "--expires",
        "2h",
        "--connections",
        "3",
        "--net",
        "203.0.113.0/24",
    ]);
    let Ticket {
        id,
        connections,
        expires,
        role,
    } = admit(&token, "acme/show", HERE).unwrap().unwrap();
    assert_eq!((id.len(), connections, role), (22, 3, Role::Viewer));
    assert!((7190..=7200).contains(&(expires - now())), "{expires}");
    let elsewhere = admit(&token, "acme/show", [198, 51, 100, 1].into());
    assert_eq!(elsewhere, Err(Refusal::Token(TokenError::OtherAddress)));
    let token = mint(&[
        "--key",
        text(&key),
        "--key-id",
        "a",
        "--swarm",
        "show",
        "--seeder",
    ]);
    assert_eq!(admit(&token, "show", HERE).unwrap().unwrap().role, Role::Seeder);
    let token = mint(&["--key", text(&key), "--key-id", "b", "--swarm", "show"]);
    assert_eq!(
        admit(&token, "show", HERE),
        Err(Refusal::Token(TokenError::UnknownKey))
    );
}

#[test]
fn the_settings_of_the_server_tell_the_key() {
    let directory = directory("settings");
    let (first, second) = (directory.join("first.key"), directory.join("second.pem"));
    make_key(Algorithm::Hs256, &first);
    make_key(Algorithm::EdDsa, &second);
    let settings = directory.join("signaling.toml");
    let keys = format!(
        "[door]\nrequire_token = true\nmax_lifetime_s = 3600\n\
         [[door.keys]]\nid = \"1\"\nalgorithm = \"HS256\"\nfile = {first:?}\n\
         [[door.keys]]\nid = \"2\"\nalgorithm = \"EdDSA\"\nfile = {second:?}\n"
    );
    fs::write(&settings, keys).unwrap();
    let door = Door::open(&Config::read(&settings).unwrap().door).unwrap();
    let settings = text(&settings);
    for args in [
        &["--config", settings, "--swarm", "show"][..],
        &["--config", settings, "--swarm", "show", "--key-id", "2"],
        &["--config", settings, "--swarm", "show", "--expires", "1h"],
    ] {
        let ticket = door.admit(Some(&mint(args)), "show", HERE, now());
        assert!(matches!(ticket, Ok(Some(_))), "{args:?}: {ticket:?}");
    }
    refused(
        &[
            "token",
            "--config",
            settings,
            "--swarm",
            "show",
            "--expires",
            "61m",
        ],
        "--expires must be 1s to 1h",
    );
    refused(
        &["token", "--config", settings, "--swarm", "show", "--key-id", "3"],
        "has no such key in [[door.keys]]",
    );
}

#[test]
fn mistakes_of_a_token_give_one_line_and_exit_code_2() {
    let directory = directory("mistakes");
    let key = directory.join("tokens.key");
    make_key(Algorithm::Hs256, &key);
    let pair = directory.join("tokens.pem");
    make_key(Algorithm::EdDsa, &pair);
    let public = directory.join("tokens.pem.pub");
    let short = directory.join("short.key");
    fs::write(&short, "too short\n").unwrap();
    let key = text(&key);
    let cases: [(&[&str], &str); 14] = [
        (
            &[],
            "not provided: <--key <FILE>|--config <FILE>> <--swarm <ID>|--prefix <TEXT>>",
        ),
        (&["--key", key], "<--swarm <ID>|--prefix <TEXT>>"),
        (
            &["--key", key, "--swarm", "a", "--prefix", "a"],
            "cannot be used with",
        ),
        (
            &["--key", key, "--config", key, "--swarm", "a"],
            "cannot be used with",
        ),
        (
            &["--key", "/nonexistent", "--swarm", "a"],
            "cannot read the key /nonexistent: ",
        ),
        (
            &["--key", text(&short), "--swarm", "a"],
            "HS256 needs at least 32",
        ),
        (
            &["--key", text(&public), "--swarm", "a"],
            "holds a public key, which cannot sign",
        ),
        (
            &["--key", text(&pair), "--swarm", "a", "--algorithm", "HS256"],
            "holds a PEM key",
        ),
        (
            &["--key", key, "--swarm", "a", "--algorithm", "none"],
            "invalid value 'none'",
        ),
        (
            &["--key", key, "--swarm", ""],
            "the claim swarm must be 1 to 128 bytes",
        ),
        (
            &["--key", key, "--swarm", "a", "--connections", "65"],
            "the claim conns must be 1 to 64",
        ),
        (
            &["--key", key, "--swarm", "a", "--expires", "soon"],
            "invalid value 'soon'",
        ),
        (
            &["--key", key, "--swarm", "a", "--expires", "0s"],
            "--expires must be 1s to 30days",
        ),
        (
            &["--key", key, "--swarm", "a", "--net", "203.0.113.7"],
            "invalid value '203.0.113.7'",
        ),
    ];
    for (args, expected) in cases {
        refused(&[&["token"], args].concat(), expected);
    }
    refused(
        &["--listen", "127.0.0.1:0", "token", "--key", key, "--swarm", "a"],
        "cannot be used with",
    );
}

#[test]
fn a_key_is_never_written_over() {
    let directory = directory("again");
    let key = directory.join("tokens.key");
    make_key(Algorithm::Hs256, &key);
    let before = fs::read(&key).unwrap();
    for algorithm in ["HS256", "EdDSA"] {
        refused(
            &["key", "--algorithm", algorithm, "--out", text(&key)],
            "tokens.key: File exists",
        );
    }
    assert_eq!(fs::read(&key).unwrap(), before);
}

#[test]
fn the_help_of_each_subcommand_teaches() {
    for (command, parts) in [
        (
            "token",
            &["Examples:", "--prefix acme/ --expires 12h", "jti", "--net"][..],
        ),
        (
            "key",
            &[
                "Examples:",
                "tokens.pem.pub",
                "0600",
                "[possible values: HS256, EdDSA]",
            ],
        ),
    ] {
        let output = run(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).unwrap();
        for part in parts {
            assert!(help.contains(part), "{part} is not in\n{help}");
        }
    }
}

#[test]
fn tokens_cannot_be_required_without_a_key() {
    refused(
        &["--require-token"],
        "door.require_token needs a key in [[door.keys]]",
    );
    let directory = directory("required");
    let settings = directory.join("signaling.toml");
    let key = "[[door.keys]]\nid = \"a\"\nalgorithm = \"HS256\"\nfile = \"a\"\n";
    fs::write(&settings, key).unwrap();
    let output = run(&["--require-token", "--config", text(&settings), "--print-config"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("require_token = true"), "{printed}");
}

#[test]
fn turn_servers_count_among_the_eight_that_clients_are_told() {
    let mut config = Config::default();
    let stun = IceServer {
        urls: vec!["stun:stun.example".into()],
        username: None,
        credential: None,
    };
    config.ice_servers = vec![stun; 8];
    assert!(config.validate().is_ok());
    config.door.turn.urls = vec!["turn:turn.example".into()];
    config.door.turn.secret_file = Some("turn.secret".into());
    let line = config.validate().unwrap_err().to_string();
    assert_eq!(
        line,
        "ice_servers must be at most 7 servers beside those of door.turn"
    );
    config.ice_servers.pop();
    assert!(config.validate().is_ok());
}

fn door(algorithm: Algorithm, file: &Path) -> Door {
    let config = DoorConfig {
        require_token: true,
        keys: vec![KeyConfig {
            id: "a".into(),
            algorithm,
            file: file.to_owned(),
        }],
        ..DoorConfig::default()
    };
    Door::open(&config).unwrap()
}

fn make_key(algorithm: Algorithm, path: &Path) {
    let output = run(&["key", "--algorithm", &algorithm.to_string(), "--out", text(path)]);
    assert!(
        output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}

/// The token, which is all that is printed.
fn mint(args: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = run(&[&["token"], args].concat());
    let told = String::from_utf8(stderr).unwrap();
    assert!(status.success() && told.is_empty(), "{args:?}: {told}");
    let line = String::from_utf8(stdout).unwrap();
    let token = line.strip_suffix('\n').unwrap();
    assert_eq!(token.split('.').count(), 3, "{token}");
    assert!(!token.contains(char::is_whitespace), "{token}");
    token.to_owned()
}

fn refused(args: &[&str], expected: &str) {
    let output = run(args);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {line}");
    assert!(line.contains(expected), "{args:?}: {line}");
    assert_eq!(line.lines().count(), 1, "{args:?}: {line}");
    assert!(output.stdout.is_empty(), "{args:?}");
}

/// An empty directory of this name.
fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("token-{name}"));
    // It is there where the test ran before.
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
