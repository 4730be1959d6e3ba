//! Programs are real shells: what is tested is the behaviour towards them.

use super::*;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn hands_on_lines_of_both_streams() {
    let mut seen = Vec::new();
    let status = watch(&mut shell("echo out; echo err >&2"), |line| {
        seen.push(line.to_owned())
    })
    .unwrap();
    seen.sort();
    assert!(status.success());
    assert_eq!(seen, ["err", "out"]);
}

#[test]
fn does_not_wait_for_a_pipe_that_a_grandchild_keeps() {
    let start = Instant::now();
    let status = watch(&mut shell("sleep 30 & exit 3"), |_| {}).unwrap();
    assert_eq!(status.code(), Some(3));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn names_a_missing_program() {
    let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
    assert_eq!(error.to_string(), "`no-such-program-here` is not installed");
}

#[test]
fn carries_the_last_line_of_a_failure() {
    let error = capture(&mut shell("echo first >&2; echo the reason >&2; exit 1")).unwrap_err();
    assert!(error.to_string().ends_with("the reason"), "{error}");
}
