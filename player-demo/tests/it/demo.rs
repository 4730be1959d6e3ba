//! The demo's process, on a port of its own.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::LazyLock;

/// A running demo; killed when the test is done with it.
pub(crate) struct Demo {
    pub(crate) child: Child,
    pub(crate) address: String,
    pub(crate) rest: Lines<BufReader<ChildStdout>>,
}

impl Demo {
    /// Starts the binary with a page of one line and the sample clip, and waits until it listens.
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::start_on("127.0.0.1:0", flags)
    }

    /// The same at another address.
    pub(crate) fn start_on(address: &str, flags: &[&str]) -> Self {
        let mut child = command()
            .args(["--listen", address, "--page"])
            .arg(page())
            .args(["--media".as_ref(), media().as_os_str()])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut rest = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = rest.next().expect("the demo says that it listens").unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .expect("the first line is the address");
        Self {
            child,
            address: address.to_owned(),
            rest,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn signaling(&self) -> String {
        format!("ws://{}/v1/ws", self.address)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Ended already, where the test asked it to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the binary to its end.
pub(crate) fn run(flags: &[&str]) -> Output {
    command().args(flags).output().unwrap()
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_player-demo"));
    command.stderr(Stdio::piped()).env("RUST_LOG", "error");
    command
}

pub(crate) fn media() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-media")
}

/// A folder with a page.
pub(crate) fn page() -> PathBuf {
    static PAGE: LazyLock<PathBuf> = LazyLock::new(write_page);
    PAGE.clone()
}

fn write_page() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(folder.join("gallery/pictures")).unwrap();
    // Tests in other processes read them meanwhile: each is there whole.
    for (name, content) in [
        ("index.html", "<!doctype html><title>page</title>"),
        ("gallery/look.css", "a { color: red }"),
        ("gallery/pictures/dot.svg", "<svg/>"),
    ] {
        let part = folder.with_extension(std::process::id().to_string());
        std::fs::write(&part, content).unwrap();
        std::fs::rename(&part, folder.join(name)).unwrap();
    }
    folder
}

pub(crate) fn client() -> reqwest::Client {
    client_of(reqwest::Client::builder)
}

/// A client of its own making.
pub(crate) fn client_of(builder: impl FnOnce() -> reqwest::ClientBuilder) -> reqwest::Client {
    // The same TLS backend as the seeder's; another test may have chosen it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder().build().unwrap()
}
