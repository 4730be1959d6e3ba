//! The binary as a process of its own, which can be killed as a machine that is switched off.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use signaling::Config;

use crate::harness::PATIENCE;

/// A running server; gone when it is dropped.
pub(super) struct Process {
    pub(super) address: SocketAddr,
    child: Child,
    config: PathBuf,
}

impl Process {
    pub(super) fn start(config: &Config) -> Self {
        let name = format!("node-{:08x}.toml", rand::random::<u32>());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, toml::to_string(config).unwrap()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_fugitive-signaling"))
            .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--config"])
            .arg(&path)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (told, lines) = mpsc::channel();
        // Read to its end, so that the server never waits for a reader.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                // Only its address is of interest.
                let _ = told.send(line);
            }
        });
        let address = loop {
            let line = lines.recv_timeout(PATIENCE).expect("it listens");
            if let Some((_, rest)) = line.split_once("ws://") {
                break rest.split('/').next().unwrap().parse().unwrap();
            }
        };
        Self {
            address,
            child,
            config: path,
        }
    }

    /// Kills it, as a machine that is switched off would: nobody is told.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It was killed already in some tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.config);
    }
}
