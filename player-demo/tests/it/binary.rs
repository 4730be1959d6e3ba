//! What a person meets who starts the demo.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::demo::{Demo, media, page, run};

#[test]
fn a_taken_port_is_one_line_and_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (page, media) = (page(), media());
    let folders = [
        "--page",
        page.to_str().unwrap(),
        "--media",
        media.to_str().unwrap(),
    ];
    let output = run(&[&folders[..], &["--listen", &address]].concat());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(&address) && text.contains("--listen"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_missing_folder_names_the_command_that_makes_it() {
    let (page, media) = (page(), media());
    for (folders, command) in [
        (
            ["--page", "/no/such/page", "--media", media.to_str().unwrap()],
            "cargo xtask demo",
        ),
        (
            ["--page", page.to_str().unwrap(), "--media", "/no/such/media"],
            "cargo xtask media",
        ),
    ] {
        let output = run(&folders);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(command), "{text}");
    }
}

#[test]
fn a_digest_key_that_is_none_is_refused() {
    assert_eq!(run(&["--digest-key", "abc"]).status.code(), Some(2));
}

#[test]
fn says_where_it_listens_and_stops_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let mut demo = Demo::start(&[]);
        let next = demo.rest.next().unwrap().unwrap();
        assert!(
            next.contains(&format!("http://{}/", demo.address)) && next.contains("two tabs"),
            "{next}"
        );
        let asked = Instant::now();
        let id = demo.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(demo.child.wait().unwrap().code(), Some(0));
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
}
