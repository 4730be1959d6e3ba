//! This process's memory and open files, as Linux tells them under `/proc`.

use std::fs;

/// Figures of the process; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Process {
    /// Bytes in memory.
    pub(super) resident: Option<u64>,
    /// Open files and sockets.
    pub(super) open_files: Option<u64>,
    /// How many of them there may be.
    pub(super) max_files: Option<u64>,
}

/// Looks at this process.
pub(super) fn look() -> Process {
    let text = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    Process {
        resident: resident(&text("status")),
        open_files: fs::read_dir("/proc/self/fd")
            .ok()
            .map(|files| files.count() as u64),
        max_files: max_files(&text("limits")),
    }
}

/// Reads `VmRSS:    1234 kB`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Reads `Max open files            1024                 524288               files`: the soft limit.
fn max_files(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests;
