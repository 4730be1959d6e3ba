//! Where a server says that it listens.

use super::*;

#[test]
fn finds_the_address_in_our_log() {
    let line = "2026-11-28T13:00:00Z  INFO fugitive_signaling: listening on ws://127.0.0.1:43210/v1/ws";
    assert_eq!(told(LISTENING, line), Some("127.0.0.1:43210".parse().unwrap()));
    assert_eq!(told(LISTENING, "listening on ws://nowhere/v1/ws"), None);
    assert_eq!(told(LISTENING, "stopped"), None);
    let line = "INFO fugitive_signaling: figures at http://127.0.0.1:7801/metrics";
    assert_eq!(told(FIGURES, line), Some("127.0.0.1:7801".parse().unwrap()));
}

#[test]
fn says_what_a_program_said_that_does_not_listen() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo no such file >&2; exit 3"]);
    let error = await_connection(&mut command, free_address().unwrap())
        .unwrap_err()
        .to_string();
    assert!(error.contains("no such file") && error.contains('3'), "{error}");
}

#[test]
fn ends_a_server_that_is_dropped() {
    let (child, _lines) = spawn(Command::new("sleep").arg("600")).unwrap();
    let server = Server {
        child,
        address: free_address().unwrap(),
        figures: None,
    };
    let folder = format!("/proc/{}", server.process());
    assert!(Path::new(&folder).exists());
    drop(server);
    assert!(!Path::new(&folder).exists());
}
