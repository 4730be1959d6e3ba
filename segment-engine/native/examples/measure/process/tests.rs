//! What Linux tells of a process is read, whatever its name is.

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

#[test]
fn connections_are_told_from_other_sockets_by_their_inodes() {
    let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
        \x20  0: 0100007F:8C97 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1872137 1 0 100 0\n\
        \x20  1: 0100007F:C424 0100007F:B4B5 06 00000000:00000000 03:00000A2C 00000000     0        0 0 3 0\n\
        \x20  2: cut off\n";
    let sockets = parse_sockets(table);
    assert!(sockets.contains("socket:[1872137]"), "{sockets:?}");
    assert_eq!(
        sockets.len(),
        2,
        "one that only waits for its end has inode 0: {sockets:?}"
    );
}
