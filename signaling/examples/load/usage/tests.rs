//! What /proc tells of a process.

use super::*;

#[test]
fn reads_the_processor_time_behind_a_name_with_brackets() {
    let text = "4242 (a) b (c) S 1 4242 4242 0 -1 4194304 900 0 0 0 150 75 3 4 20 0 3 0 100 5000000 1200 18446744073709551615\n";
    assert_eq!(parse_stat(text), Some(Duration::from_millis(2_250)));
}

#[test]
fn refuses_a_stat_that_ends_early() {
    assert_eq!(parse_stat("4242 (name) S 1 4242"), None);
    assert_eq!(parse_stat(""), None);
    assert_eq!(parse_stat("4242 (name) S 1 2 3 4 5 6 7 8 9 10 150 x"), None);
}

#[test]
fn reads_the_resident_memory() {
    let text = "Name:\tx\nVmHWM:\t  900 kB\nVmRSS:\t    812 kB\nThreads:\t3\n";
    assert_eq!(parse_status(text, "VmRSS:"), Some(812));
    assert_eq!(parse_status(text, "VmHWM:"), Some(900));
    assert_eq!(parse_status("Name:\tx\n", "VmRSS:"), None);
}

#[test]
fn reads_the_soft_limit_of_open_files() {
    let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 20000   files\n";
    assert_eq!(parse_limits(text), Some(1024));
    assert_eq!(
        parse_limits("Max open files   unlimited  unlimited files\n"),
        Some(u64::MAX)
    );
}

#[test]
fn finds_this_process() {
    let process = std::process::id();
    let now = resident_kib(process).unwrap();
    assert!(now > 0 && peak_kib(process).unwrap() >= now);
    let before = processor_time(process).unwrap();
    assert!(processor_time(process).unwrap() >= before);
}
