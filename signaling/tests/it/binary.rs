//! The binary as its operator meets it: help, mistakes, start and stop.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use signaling_proto::message::{Away, ToClient};

use crate::harness::{Viewer, get};

#[test]
fn help_teaches_with_examples() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Examples:",
        "--listen",
        "--config",
        "--stun",
        "--webtorrent",
        "--print-config",
        "Exit codes:",
        "healthz",
    ] {
        assert!(help.contains(part), "{part} is not in\n{help}");
    }
}

#[test]
fn mistakes_give_one_line_and_exit_code_2() {
    let bad_value = file("bad-value.toml", "message_rate = 0\n");
    let bad_key = file("bad-key.toml", "listen = \"127.0.0.1:0\"\nsworms = 3\n");
    let bad_type = file("bad-type.toml", "swarms = \"many\"\n");
    let low_burst = file("low-burst.toml", "message_burst = 10\n");
    let bad_address = file("bad-address.toml", "\nlisten = \"localhost\"\n");
    let relay = file("relay.toml", "[policy]\nrelay_only = true\n");
    let no_secret = file("no-secret.toml", "[cluster]\nsecret_file = \"/no/such/secret\"\n");
    let header = ["--listen", "0.0.0.0:0", "--address-header", "x-forwarded-for"];
    let share = file("share.toml", "[policy]\nmin_peers = 2\nshare = 101\n");
    let retry = file("retry.toml", "[policy]\nretry_ms = 10\n");
    let cases: [(&[&str], &str); 17] = [
        (
            &["--config", bad_address.to_str().unwrap()],
            "bad-address.toml:2: listen: write an address and a port",
        ),
        (
            &["--config", relay.to_str().unwrap()],
            "policy.relay_only needs a TURN server",
        ),
        (
            &["--config", share.to_str().unwrap()],
            "share.toml:3: share: write a whole number of percent, 0 to 100",
        ),
        (
            &["--config", retry.to_str().unwrap()],
            "policy.retry_ms must be 1000 to 600000",
        ),
        (&header, "address_header needs trusted_proxies"),
        (&["--config", no_secret.to_str().unwrap()], "/no/such/secret"),
        (
            &["--webtorrent", "--config", low_burst.to_str().unwrap()],
            "message_burst must be at least 11 with webtorrent",
        ),
        (
            &["--listen", "127.0.0.1:7802", "--admin", "127.0.0.1:7802"],
            "admin must be another address",
        ),
        (&["--listen", "nowhere"], "invalid value 'nowhere'"),
        (&["--frobnicate"], "unexpected argument '--frobnicate'"),
        (&["--stun", "http://a"], "ice_servers must be"),
        (&["--address-header", "no header"], "address_header must be"),
        (
            &["--config", "/nonexistent/signaling.toml"],
            "cannot read /nonexistent/signaling.toml",
        ),
        (
            &["--config", "/dev/zero"],
            "cannot read /dev/zero: it has more than 1 MiB",
        ),
        (
            &["--config", bad_value.to_str().unwrap()],
            "message_rate must be 1 to 10000",
        ),
        (
            &["--config", bad_key.to_str().unwrap()],
            "bad-key.toml:2: unknown field `sworms`",
        ),
        (
            &["--config", bad_type.to_str().unwrap()],
            "bad-type.toml:1: swarms: invalid type",
        ),
    ];
    for (args, expected) in cases {
        // A check finds what a start does, and neither says first that it listens.
        for more in [&[][..], &["--check"]] {
            let output = run(&[args, more].concat());
            let line = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{args:?}: {line}");
            assert!(line.contains(expected), "{args:?}: {line}");
            assert_eq!(line.lines().count(), 1, "{args:?}: {line}");
        }
    }
}

#[test]
fn a_check_says_in_one_line_what_a_start_would_do() {
    let free = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--check"];
    let output = run(&free);
    let line = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        line.starts_with("would serve viewers at ws://127.0.0.1:0/v1/ws"),
        "{line}"
    );
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn the_settings_of_the_example_cluster_pass_a_check() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/cluster");
    let text = std::fs::read_to_string(format!("{example}/signaling.toml")).unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("example-cluster");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(format!("{example}/secrets.sh"), folder.join("secrets.sh")).unwrap();
    let drawn = Command::new("sh")
        .arg(folder.join("secrets.sh"))
        .status()
        .unwrap();
    assert!(drawn.success());
    // Where the containers find what secrets.sh has drawn.
    let text = text.replace("/run/secrets", folder.join("secrets").to_str().unwrap());
    let path = folder.join("signaling.toml");
    std::fs::write(&path, text).unwrap();
    let checked = run(&["--config", path.to_str().unwrap(), "--check"]);
    let line = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(0), "{line}");
    assert!(
        line.starts_with("would serve viewers at ws://0.0.0.0:7800/v1/ws") && line.lines().count() == 1,
        "{line}"
    );
    let printed = run(&["--config", path.to_str().unwrap(), "--print-config"]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("nats://nats-3:4222"), "{printed}");
}

#[test]
fn an_address_in_use_fails_a_start_that_may_be_tried_again_and_no_check() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = held.local_addr().unwrap().to_string();
    let output = run(&["--listen", &taken, "--admin", "127.0.0.1:0"]);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(
        line.contains("cannot listen on 127.0.0.1:") && line.lines().count() == 1,
        "{line}"
    );
    let output = run(&["--listen", &taken, "--admin", "127.0.0.1:0", "--check"]);
    let line = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{line}");
    assert!(
        line.contains(&format!("{taken} is in use now")) && line.lines().count() == 1,
        "{line}"
    );
}

#[test]
fn a_bad_rust_log_is_said_in_one_line() {
    let output = command(&["--listen", "127.0.0.1:0"])
        .env("RUST_LOG", "a=b=c")
        .output()
        .unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(line.contains("RUST_LOG") && line.lines().count() == 1, "{line}");
}

#[test]
fn what_takes_a_restart_is_said_at_a_hang_up() {
    let path = file("hang-up.toml", "");
    let mut running = Running::start_with(&["--config", path.to_str().unwrap()]);
    file("hang-up.toml", "swarms = 3\n[door]\nmax_lifetime_s = 3600\n");
    let pid = running.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-s", "HUP", &pid])
            .status()
            .unwrap()
            .success()
    );
    let mut said = String::new();
    while !said.contains("read anew") {
        assert_ne!(running.log.read_line(&mut said).unwrap(), 0, "{said}");
    }
    assert_eq!(said.matches("at the next start only").count(), 1, "{said}");
    assert!(said.contains("\"setting\":\"swarms\""), "{said}");
}

#[tokio::test]
async fn a_hang_up_with_a_smaller_share_closes_who_is_out_and_asks_for_no_restart() {
    let path = file("switch-off.toml", "[policy]\nretry_ms = 60000\n");
    let mut running = Running::start_with(&["--config", path.to_str().unwrap()]);
    let (mut viewer, _) = Viewer::joined(running.address, "film", 4).await;
    file("switch-off.toml", "[policy]\nshare = 0\nretry_ms = 60000\n");
    let pid = running.child.id().to_string();
    let told = Command::new("kill").args(["-s", "HUP", &pid]).status().unwrap();
    assert!(told.success());
    let away = viewer.hear().await;
    assert!(
        matches!(
            away,
            ToClient::GoAway {
                retry_in_ms: 30_000..=60_000,
                reason: Away::SwitchedOff
            }
        ),
        "{away:?}"
    );
    assert_eq!(viewer.closed().await, 4002);
    let mut said = String::new();
    while !said.contains("read anew") {
        assert_ne!(running.log.read_line(&mut said).unwrap(), 0, "{said}");
    }
    assert!(!said.contains("at the next start only"), "{said}");
}

#[test]
fn printed_settings_are_a_file_it_reads_back() {
    let printed = run(&["--print-config", "--stun", "stun:192.0.2.1:3478"]);
    let text = String::from_utf8(printed.stdout).unwrap();
    assert!(
        text.contains("listen = \"127.0.0.1:7800\"")
            && text.contains("stun:192.0.2.1:3478")
            && text.contains("share = 100"),
        "{text}"
    );
    let path = file("printed.toml", &text);
    let again = run(&["--print-config", "--config", path.to_str().unwrap()]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), text);
}

#[tokio::test]
async fn it_serves_and_stops_at_sigterm_and_ctrl_c() {
    for signal in ["TERM", "INT"] {
        let mut running = Running::start();
        assert!(get(running.address, "/healthz").await.ends_with("ok\n"));
        let url = format!("ws://{}/v1/ws", running.address);
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let pid = running.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let farewell = futures_util::StreamExt::next(&mut socket).await.unwrap().unwrap();
        let close = tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode::Away;
        assert!(
            matches!(&farewell, tokio_tungstenite::tungstenite::Message::Close(Some(frame)) if frame.code == close),
            "{farewell:?}"
        );
        drop(socket);
        assert_eq!(running.child.wait().unwrap().code(), Some(0));
        let mut log = String::new();
        running.log.read_to_string(&mut log).unwrap();
        assert!(log.contains("stopped"), "{log}");
    }
}

/// The binary while it runs; ended with the test.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) log: BufReader<std::process::ChildStderr>,
    pub(crate) address: SocketAddr,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with more arguments.
    pub(crate) fn start_with(more: &[&str]) -> Self {
        let free = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        let args = [&free[..], &["--log-format", "json"], more].concat();
        let mut child = command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        assert!(line.starts_with('{'), "a JSON object per line: {line}");
        let rest = line
            .split("ws://")
            .nth(1)
            .unwrap_or_else(|| panic!("no address in {line}"));
        let address = rest.split('/').next().unwrap().parse().unwrap();
        Self { child, log, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fugitive-signaling"));
    command.args(args).env_remove("RUST_LOG");
    command
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}
