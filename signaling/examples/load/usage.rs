//! What a process has used of processor and memory, from Linux's `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// A tick of the counters in `/proc/PID/stat`: 1/100 s on every Linux that Rust's standard library runs on.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of all threads, in and on behalf of the process.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub(crate) fn processor_time(process: u32) -> Result<Duration> {
    let path = format!("/proc/{process}/stat");
    let text =
        fs::read_to_string(&path).with_context(|| format!("reading {path}: this bench needs Linux"))?;
    parse_stat(&text).with_context(|| format!("{path} is not as expected"))
}

/// Kilobytes (1024 bytes) of memory that the process holds.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub(crate) fn resident_kib(process: u32) -> Result<u64> {
    status_kib(process, "VmRSS:")
}

/// The most kilobytes (1024 bytes) of memory that the process has held so far.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub(crate) fn peak_kib(process: u32) -> Result<u64> {
    status_kib(process, "VmHWM:")
}

/// How many files this process may have open; a server that it starts inherits that.
///
/// # Errors
/// There is no `/proc`.
pub(crate) fn open_files() -> Result<u64> {
    let text = fs::read_to_string("/proc/self/limits").context("this bench needs Linux")?;
    parse_limits(&text).context("/proc/self/limits is not as expected")
}

/// The machine's load average of the last minute.
pub(crate) fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn status_kib(process: u32, name: &str) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    let text =
        fs::read_to_string(&path).with_context(|| format!("reading {path}: this bench needs Linux"))?;
    parse_status(&text, name).with_context(|| format!("{path} is not as expected"))
}

/// Fields 14 and 15. The name of the program in field 2 may hold spaces and brackets.
fn parse_stat(text: &str) -> Option<Duration> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * ticks()?.checked_add(ticks()?)?)
}

fn parse_status(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn parse_limits(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
