//! A process's status is read whatever its name is.

use super::*;

#[test]
fn reads_the_status_of_a_process_whose_name_has_brackets() {
    let fields = "7 (a (b) c) S 1 7 7 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 4";
    assert_eq!(parse_stat(fields), Some(Duration::from_millis(1_750)));
    assert_eq!(parse_stat("7 (cut off"), None);
    let status = "Name:\tx\nVmRSS:\t   16384 kB\nThreads:\t12\n";
    assert_eq!(parse_status(status, "VmRSS:"), Some(16_384));
    assert_eq!(parse_status(status, "Threads:"), Some(12));
    assert_eq!(parse_status(status, "VmHWM:"), None);
}
