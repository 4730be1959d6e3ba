//! What Linux writes.

use super::*;

#[test]
fn reads_what_the_kernel_writes() {
    assert_eq!(
        resident("Name:\tx\nVmRSS:\t   12345 kB\nThreads:\t3\n"),
        Some(12_345 * 1024)
    );
    assert_eq!(resident(""), None);
    let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                  Max open files            1024                 524288               files     \n";
    assert_eq!(max_files(limits), Some(1_024));
    assert_eq!(
        max_files("Max open files            unlimited            unlimited            files"),
        None
    );
}

#[cfg(target_os = "linux")]
#[test]
fn this_process_has_memory_and_files() {
    let process = look();
    assert!(
        process.resident.is_some_and(|bytes| bytes > 100_000),
        "{process:?}"
    );
    assert!(process.open_files.is_some_and(|files| files > 2), "{process:?}");
}
