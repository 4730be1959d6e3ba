//! What an operator meets: exit codes, lines, files, signals.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use segment_engine_native::{MIN_SHELF, Shelf, parse_public_key};

use crate::origin::Origin;

const NEEDED: [&str; 4] = [
    "--manifest",
    "http://127.0.0.1:9/a.mpd",
    "--signaling",
    "ws://127.0.0.1:9/v1/ws",
];

#[test]
fn bad_settings_end_with_code_2_and_one_line() {
    let key = fresh_path("key-beside-a-bad-token");
    let beside = fresh_path("key-beside-a-bad-secret");
    for (flags, named) in [
        (
            &["--manifest", "film.mpd", "--signaling", "ws://127.0.0.1:9/"][..],
            "film.mpd",
        ),
        (&["--manifest", "http://127.0.0.1:9/a.mpd"], "--signaling"),
        (&[&NEEDED[..], &["--max-peers", "0"]].concat(), "max_peers"),
        (&[&NEEDED[..], &["--store-mib", "0"]].concat(), "store_mib"),
        (
            &[&NEEDED[..], &["--config", "/no/such.toml"]].concat(),
            "/no/such.toml",
        ),
        (
            &[&NEEDED[..], &["--config", "/dev/zero"]].concat(),
            "/dev/zero: it has more than 1 MiB",
        ),
        (
            &[
                &NEEDED[..],
                &[
                    "--key",
                    beside.to_str().unwrap(),
                    "--origin-header",
                    "X-Key=file:/no/such/secret",
                ],
            ]
            .concat(),
            "/no/such/secret",
        ),
        (
            &[&NEEDED[..], &["--key", "/no/such/folder/key"]].concat(),
            "/no/such/folder/key",
        ),
        (
            &[
                &NEEDED[..],
                &["--key", key.to_str().unwrap(), "--token-file", "/no/such/token"],
            ]
            .concat(),
            "/no/such/token",
        ),
        (
            &[
                &NEEDED[..],
                &["--key", key.to_str().unwrap(), "--token-file", "/dev/zero"],
            ]
            .concat(),
            "cannot read the token file /dev/zero: it has more than",
        ),
    ] {
        let output = run(flags);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{flags:?}: {text}");
        assert!(text.contains(named), "{flags:?}: {text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_address_in_use_ends_with_code_1_since_another_start_may_go_well() {
    let (tcp, udp) = (
        TcpListener::bind("127.0.0.1:0").unwrap(),
        UdpSocket::bind("127.0.0.1:0").unwrap(),
    );
    let (http, links) = (
        tcp.local_addr().unwrap().to_string(),
        udp.local_addr().unwrap().to_string(),
    );
    for (flag, address) in [("--http", &http), ("--udp-address", &links)] {
        let key = fresh_path("key-beside-a-taken-address");
        let output = run(&[&NEEDED[..], &["--key", key.to_str().unwrap(), flag, address]].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{flag}: {text}");
        assert!(text.contains(address.as_str()), "{flag}: {text}");
    }
}

#[test]
fn a_cache_in_use_ends_with_code_1_since_the_one_before_may_still_end() {
    let (folder, key) = (fresh_path("taken-cache"), fresh_path("key-beside-a-taken-cache"));
    let _held = Shelf::open(&folder, MIN_SHELF).unwrap();
    let flags = [
        "--key",
        key.to_str().unwrap(),
        "--cache-dir",
        folder.to_str().unwrap(),
    ];
    let output = run(&[&NEEDED[..], &flags].concat());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("used by another process"), "{text}");
}

#[test]
fn a_bad_rust_log_is_told_in_one_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
        .args(NEEDED)
        .env("RUST_LOG", "a=b=c")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("RUST_LOG") && text.lines().count() == 1, "{text}");
}

#[test]
fn unknown_flags_end_with_code_2() {
    assert_eq!(run(&["--manifesto", "x"]).status.code(), Some(2));
}

#[test]
fn help_teaches_with_examples() {
    let output = run(&["--help"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        text.contains("Examples:") && text.contains("--manifest https://"),
        "{text}"
    );
}

#[test]
fn print_config_prints_toml_and_makes_no_key() {
    let key = fresh_path("unmade-key");
    let output = run(&[&NEEDED[..], &["--print-config", "--key", key.to_str().unwrap()]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(text.contains("max_peers = 256"), "{text}");
    assert!(!key.exists());
}

#[tokio::test]
async fn seeds_keeps_its_key_and_stops_on_a_signal() {
    let origin = Origin::start().await;
    let key = fresh_path("kept-key");
    let mut printed = Vec::new();
    for signal in ["TERM", "INT"] {
        let mut seeder = Running::start(&origin, &key);
        printed.push(seeder.public_key());
        assert!(
            printed[0] == *printed.last().unwrap(),
            "the key file is read again"
        );
        let asked = Instant::now();
        seeder.signal(signal);
        let status = tokio::task::spawn_blocking(move || seeder.child.wait().unwrap())
            .await
            .unwrap();
        assert_eq!(status.code(), Some(0));
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn the_settings_that_are_shipped_pass_a_check() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/seeder.toml");
    let folder = fresh_path("shipped");
    std::fs::create_dir_all(&folder).unwrap();
    // What this machine has in the place of /var/cache; and nobody else may listen where the file says.
    let cache = folder.join("cache");
    let output = Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
        .current_dir(&folder)
        .args([
            "--config",
            example,
            "--check",
            "--http",
            "127.0.0.1:0",
            "--cache-dir",
        ])
        .arg(&cache)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), &*error), (Some(0), ""), "{told}");
    for line in [
        "would seed news: https://origin.example/news/live.mpd for the swarm cdn.example/news/live.mpd at \
         wss://signal.example/v1/ws, with 1024 MiB of memory; would make the key seeder.key",
        "would seed film: https://origin.example/film/manifest.mpd for the swarm cdn.example/film/manifest.mpd at \
         wss://signal.example/v1/ws, with 1024 MiB of memory; would make the key seeder.key",
        "would keep up to 20480 MiB of segments on disk in ",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// A seeder's process; killed when the test is done with it.
struct Running {
    child: Child,
}

impl Running {
    fn start(origin: &Origin, key: &std::path::Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
            .args([
                "--manifest",
                &origin.url("manifest.mpd"),
                "--signaling",
                "ws://127.0.0.1:9/v1/ws",
            ])
            .args(["--log-format", "json", "--key"])
            .arg(key)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Reads the one line on standard output.
    fn public_key(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let key = line
            .strip_prefix("public-key ")
            .expect("the line names the key")
            .trim()
            .to_owned();
        assert!(parse_public_key(&key).is_some(), "{line}");
        key
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, as a rule.
        let _ = self.child.kill();
    }
}

fn run(flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
        .args(flags)
        .output()
        .unwrap()
}

fn fresh_path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fugitive-it-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}
